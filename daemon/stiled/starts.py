"""Programs that are decided about, as somebody starts them: so that they are placed at once.

The kernel notes the execs of these files alone (fanotify(7), a mark on each), and nobody waits for
us. What is not told is placed by its first packet. The exec gate does not look for them: that would
cost every exec of the machine.
"""

import logging
import os
import select
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from stile.connections import Pid
from stiled import fanotify
from stiled.fanotify import EVENT, NoGate
from stiled.gatetable import Change, Executable, Group, Table

log = logging.getLogger(__name__)

CARRIED_OUT = 0.002
"""Seconds after which an exec that has begun has mostly been carried out."""
PATIENCE = 1.0
"""Seconds that the thread has to end: it may wait for a file system that does not answer."""
MOST = 128 * EVENT.size
"""Octets of events that are read at a time."""


class Starts:
    """Tells *started* of each start of such a program, in a thread of its own."""

    def __init__(self, started: Callable[[Pid], None]) -> None:
        self._started = started
        self._closing = os.eventfd(0)
        self._group = -1
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to listen; where the kernel does not tell, first packets do."""
        try:
            self._group = fanotify.begin_to_be_told()
        except NoGate as error:
            log.info("programs are placed by their first packets alone: %s", error)
        else:
            self._thread = threading.Thread(target=self._listen, daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        if self._thread:
            os.eventfd_write(self._closing, 1)
            self._thread.join(PATIENCE)

    def learn(self, table: Table) -> None:
        """Follow the programs of *table* that have a verdict, and no others."""
        if self._thread:
            with suppress(OSError):
                fanotify.unmark_files(self._group)
            self._follow(table.groups, table.files)

    def learn_of(self, change: Change) -> None:
        """Follow what is told of by *change* as `learn` would."""
        if self._thread:
            self._follow(change.groups, change.files)

    def _follow(
        self, groups: Mapping[str, Group | None], files: Mapping[Executable, str | None]
    ) -> None:
        decided = {group.application for group in groups.values() if group}
        marked = {file.path for file, whose in files.items() if whose and whose in decided}
        for path in {file.path for file in files} - marked:
            with suppress(OSError):  # it was not followed, or is gone
                fanotify.unmark_file(self._group, os.fsencode(path))
        for path in marked:
            with suppress(OSError):  # it has just gone
                fanotify.mark_executed(self._group, os.fsencode(path))

    def _listen(self) -> None:
        waiting = select.poll()
        for each in (self._group, self._closing):
            waiting.register(each, select.POLLIN)
        while all(ready != self._closing for ready, _ in waiting.poll()):
            try:
                events = os.read(self._group, MOST)
            except OSError as error:  # one file could not be opened for us
                log.debug("the start of a program was not told: %s", error)
                continue
            self._tell(events)

    def _tell(self, events: bytes) -> None:
        pids = []
        for *_, descriptor, pid in EVENT.iter_unpack(events):
            if descriptor >= 0:  # else more was started than fits
                os.close(descriptor)
                pids.append(Pid(pid))
        time.sleep(CARRIED_OUT)
        for pid in pids:
            try:
                self._started(pid)
            except Exception:  # one program must not keep us from the others
                log.exception("%d could not be placed", pid)
