"""Looks things up in the history from a thread of its own: whoever asks is told by a signal."""

import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from stile_ui import history_file
from stile_ui.history_reader import Reader

Told = Callable[[Any], None]
Question = Callable[[Reader], Any]
Asked = tuple[QObject, Question, Told]


class Lookup(QObject):
    """A reader in a thread. It begins with the first question, and ends with `close`."""

    _crossed = Signal(object, object, object)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._questions: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._link: sqlite3.Connection | None = None
        self._reader: Reader | None = None
        self._crossed.connect(self._arrive, Qt.ConnectionType.QueuedConnection)

    def ask(self, asker: QObject, question: Question, told: Told) -> None:
        """Look something up, and have *told* called with it in Qt's thread, if *asker* lives."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="stile-lookup", daemon=True)
            self._thread.start()
        self._questions.put((asker, question, told))

    def ask_only(self, asker: QObject, question: Question, told: Told) -> None:
        """Look something up instead of all that is being looked up, and was to be."""
        with suppress(queue.Empty):
            while True:
                self._questions.get_nowait()
        if (reader := self._reader) is not None:
            reader.interrupt()
        self.ask(asker, question, told)

    def reopen(self) -> None:
        """The file is another now."""
        self.ask(self, lambda _: self._shut(), lambda _: None)

    def close(self) -> None:
        """End."""
        if self._thread is not None:
            self._questions.put(None)
            self._thread.join()
            self._thread = None

    # -- in the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        while (asked := self._questions.get()) is not None:
            asker, question, told = asked
            with suppress(sqlite3.Error, OSError):  # interrupted, or not there (any more)
                answer = question(self._open())
                self._crossed.emit(asker, told, answer)
        self._shut()

    def _open(self) -> Reader:
        if self._reader is None:
            if not self._path.exists():
                raise FileNotFoundError(self._path)
            self._link = history_file.reading(self._path)
            self._reader = Reader(self._link)
        return self._reader

    def _shut(self) -> None:
        if self._link is not None:
            self._link.close()
        self._link = self._reader = None

    @Slot(object, object, object)
    def _arrive(self, asker: QObject, told: Told, answer: object) -> None:
        if isValid(asker):
            told(answer)
