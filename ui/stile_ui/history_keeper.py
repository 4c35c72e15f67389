"""Keeps the history: a thread of its own that writes in batches, and sleeps while nothing happens.

What goes wrong is said once. A file that is no history is set aside, and a new one begun; while the
disk is full nothing is kept, and everything else goes on.
"""

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import QObject, Signal

from stile.language import translate
from stile_ui import history_file
from stile_ui.history_file import NotOurs
from stile_ui.history_settings import HistorySettings
from stile_ui.history_writer import DAY, HOUR, Event, Passed, Writer

log = logging.getLogger(__name__)

A_BATCH = 1.0
"""Seconds for which what happens is gathered before it is written."""
MOST_WAITING = 20_000
"""Things that wait to be written; what is more is not kept."""
AFTER_TROUBLE = 60.0
"""Seconds after which a disk that was full is tried again."""
UPKEEP = HOUR

Job: TypeAlias = Event | Passed | Callable[[], None] | None


class Keeper(QObject):
    """Writes what it is given; nothing here waits for the disk but its thread.

    Signals:
        written(): there is more to be seen.
        cleared(): everything is forgotten.
        trouble(str): why nothing is kept, or what became of the file; once, as a sentence.
    """

    written = Signal()
    cleared = Signal()
    trouble = Signal(str)

    def __init__(
        self, path: Path, settings: HistorySettings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.path = path
        self._settings = settings
        self._jobs: queue.Queue[Job] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="stile-history", daemon=True)
        self._writer: Writer | None = None
        self._link: sqlite3.Connection | None = None
        self._not_before = 0.0
        self._upkeep_at = 0.0
        self._said = ""

    # -- from Qt's thread ------------------------------------------------------------------------

    def start(self) -> None:
        """Open the history, or begin one."""
        self._thread.start()
        self._jobs.put(lambda: None)

    def keep(self, job: Event | Passed) -> None:
        """Have something written soon."""
        if self._settings.on:
            with suppress(queue.Full):
                self._jobs.put_nowait(job)

    def go_by(self, settings: HistorySettings) -> None:
        """Keep more or less from now on; what was kept while it was on stays until it is old."""
        self._settings = settings
        self._upkeep_at = 0.0
        self._do(self._keep_up)

    def forget_everything(self) -> None:
        """Remove the history."""
        self._do(self._clear)

    def flush(self) -> None:
        """Wait until all that was given is written."""
        done = threading.Event()
        self._jobs.put(done.set)
        done.wait()

    def close(self) -> None:
        """Write what waits, and end."""
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()

    def _do(self, deed: Callable[[], None]) -> None:
        with suppress(queue.Full):
            self._jobs.put_nowait(deed)

    # -- in the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            events: list[Event] = []
            passed: list[Passed] = []
            deeds: list[Callable[[], None]] = []
            goes_on = self._gather(events, passed, deeds)
            if self._is_open():
                self._write(events, passed)
                self._keep_up()
            for deed in deeds:
                deed()
        self._shut()

    def _gather(
        self, events: list[Event], passed: list[Passed], deeds: list[Callable[[], None]]
    ) -> bool:
        """Sleep until there is something, and take what comes with it; False at the end."""
        job, until = self._jobs.get(), time.monotonic() + A_BATCH
        while job is not None:
            match job:
                case Event():
                    events.append(job)
                case Passed():
                    passed.append(job)
                case _:
                    deeds.append(job)
                    return True
            try:
                job = self._jobs.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return True
        return False

    def _is_open(self) -> bool:
        if self._writer is None and self._settings.on and time.monotonic() >= self._not_before:
            self._open()
        return self._writer is not None

    def _open(self) -> None:
        try:
            self._link = history_file.opened(self.path)
        except NotOurs as error:
            self._begin_anew(str(error))
        except OSError as error:
            self._pause(error.strerror or str(error))
        else:
            self._writer = Writer(self._link)

    def _begin_anew(self, why: str) -> None:
        self._shut()
        try:
            aside = history_file.set_aside(self.path)
            self._link = history_file.opened(self.path)
        except (NotOurs, OSError) as error:
            self._pause(str(error))
            return
        self._writer = Writer(self._link)
        text = translate(
            "History",
            "The history could not be read ({why}). It was set aside as {file}; a new one begins.",
        )
        self._say(text.format(why=why, file=aside.name))
        self.cleared.emit()

    def _write(self, events: Sequence[Event], passed: Sequence[Passed]) -> None:
        if self._writer is None or not (events or passed):
            return
        try:
            self._writer.write(events, passed)
        except sqlite3.DatabaseError as error:
            self._stumble(error)
        else:
            self._said = ""
            self.written.emit()

    def _stumble(self, error: sqlite3.DatabaseError) -> None:
        if isinstance(error, sqlite3.OperationalError):
            self._pause(str(error))
        else:
            self._begin_anew(str(error))

    def _pause(self, why: str) -> None:
        """Keep nothing for a while."""
        self._shut()
        self._not_before = time.monotonic() + AFTER_TROUBLE
        text = translate("History", "The history is not kept at present: {why}.")
        self._say(text.format(why=why))

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            log.warning("%s", text)
            self.trouble.emit(text)

    def _keep_up(self) -> None:
        """Once an hour in which something happens: forget what is old, or too much."""
        now = time.time()
        if self._writer is None or abs(now - self._upkeep_at) < UPKEEP:
            return
        self._upkeep_at = now
        try:
            while self._writer.forget(now - self._settings.days * DAY):
                pass
            while self._writer.forget_beyond(self._settings.megabytes * 1_000_000):
                pass
            self._writer.thin(now)
            self._writer.tidy()
        except sqlite3.DatabaseError as error:
            self._stumble(error)

    def _clear(self) -> None:
        self._shut()
        try:
            history_file.remove(self.path)
        except OSError as error:
            self._pause(error.strerror or str(error))
        self._not_before = 0.0
        self._is_open()
        self.cleared.emit()

    def _shut(self) -> None:
        if self._link is not None:
            with suppress(sqlite3.Error):
                self._link.close()
        self._writer = self._link = None
