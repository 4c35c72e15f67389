"""Looks for rules that do nothing, in a thread of its own: files are looked for, and it takes time.

It sleeps until it is told of other rules.
"""

import os
import queue
import threading
import time
from collections.abc import Iterable

from PySide6.QtCore import QObject, Qt, Signal

from stile.applications import EVERYBODY, Application
from stile.lint import Finding, lint
from stile_ui.rulebook import Shelf, Shelves

AT_ONCE = 500
"""Applications that are told of together."""


class Inspector(QObject):
    """Keeps looking at rules as they change.

    Signals:
        found(dict[Application, tuple[Finding, ...]]): of these applications, that is what is wrong;
            emitted in Qt's thread.
    """

    found = Signal(object)
    _crossed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._crossed.connect(self.found, Qt.ConnectionType.QueuedConnection)
        self._jobs: queue.SimpleQueue[dict[Application, Shelf] | None] = queue.SimpleQueue()
        self._book: dict[Application, Shelf] = {}
        self._thread = threading.Thread(target=self._run, name="stile-inspector", daemon=True)
        self._thread.start()

    def look_at(self, shelves: Shelves) -> None:
        """Take other rules; an empty shelf says that an application has none any more."""
        self._jobs.put(dict(shelves))

    def close(self) -> None:
        """End the thread."""
        self._jobs.put(None)
        self._thread.join()

    # -- in its thread -----------------------------------------------------------------

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._look_at(job)
            del job  # it waits long for the next

    def _look_at(self, job: dict[Application, Shelf]) -> None:
        changed = {who for who in job if self._book.get(who) != job[who]}
        self._book = {who: s for who, s in {**self._book, **job}.items() if s.rules}
        for part in _parts(self._affected(changed)):
            self._crossed.emit({who: self._findings(who) for who in part})

    def _affected(self, changed: set[Application]) -> list[Application]:
        """Those that have to be looked at anew: a rule about everybody concerns all."""
        if EVERYBODY in changed:
            return [*self._book.keys() | changed]
        return [*changed, EVERYBODY] if EVERYBODY in self._book else [*changed]

    def _findings(self, who: Application) -> tuple[Finding, ...]:
        if (shelf := self._book.get(who)) is None:
            return ()
        general = self._book.get(EVERYBODY)
        others = (
            [rule for each in self._book.values() for rule in each.rules if each is not shelf]
            if who == EVERYBODY and len(shelf.rules) > 1
            else []
        )
        everybody = general.rules if general else []
        return tuple(lint(shelf.rules, everybody, others=others, now=time.time(), exists=exists))


def exists(application: Application) -> bool:
    """Whether the file of an application is there, as far as we may look."""
    if "\\" in application.name:
        return True  # not its own name: how it was spelled
    try:
        os.stat(application.name)  # noqa: PTH116 # a Path interns each of its parts
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _parts(these: list[Application]) -> Iterable[list[Application]]:
    return (these[start : start + AT_ONCE] for start in range(0, len(these), AT_ONCE))
