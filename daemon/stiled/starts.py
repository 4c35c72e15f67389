"""Programs that are decided about, as somebody starts them: so that they are placed at once.

The kernel notes the execs of these files alone (fanotify(7), a mark on each), and nobody waits for
us. What is not told is placed by its first packet. The exec gate does not look for them: that would
cost every exec of the machine.

The kernel tells of a file as it is opened, before the process has become that program. Until then
it is what it was, and must not be placed: so each is looked at until it is one or the other.
"""

import heapq
import logging
import os
import select
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stile.connections import Pid
from stiled import fanotify, marks
from stiled.execevents import guarded
from stiled.execing import is_executing
from stiled.fanotify import EVENT, FAN_Q_OVERFLOW, NoGate
from stiled.gatetable import Change, Executable, Group, Table

log = logging.getLogger(__name__)

CARRIED_OUT = 0.002
"""Seconds after which an exec that has begun has mostly been carried out."""
LATEST = 60.0
"""Seconds after which nobody looks any more whether it was."""
PATIENCE = 1.0
"""Seconds that the thread has to end: it may be in the midst of placing somebody."""
MOST = 128 * EVENT.size
"""Octets of events that are read at a time."""


@dataclass(frozen=True, slots=True, order=True)
class Begun:
    """An exec that has begun."""

    due: float
    """When to look whether it has been carried out."""
    wait: float
    pid: Pid
    path: Path
    """As the kernel has it: what the link to the executable says afterwards."""


class Starts:
    """Tells *started* of each start of such a program, in a thread of its own.

    *lost* is called when some were not told. Followed is what lies where an exec gate that stands
    at *below* sees it: who starts a decided program elsewhere could use its class for others.
    """

    def __init__(
        self, started: Callable[[Pid], None], lost: Callable[[], None], below: Sequence[str]
    ) -> None:
        self._started = started
        self._lost = lost
        self._below = below
        self._closing = os.eventfd(0)
        self._group = -1
        self._thread: threading.Thread | None = None
        self._followed: set[str] = set()
        self._begun: list[Begun] = []

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
        self._follow(table.groups, table.files, self._followed)

    def learn_of(self, change: Change) -> None:
        """Follow what is told of by *change* as `learn` would."""
        self._follow(change.groups, change.files, {file.path for file in change.files})

    def _follow(
        self,
        groups: Mapping[str, Group | None],
        files: Mapping[Executable, str | None],
        former: set[str],
    ) -> None:
        """Follow those of *files* that have a verdict, and no others of *former*.

        Who is followed already is marked again: a file that has taken its place may have got its
        inode's number, too.
        """
        if not self._thread:
            return
        decided = {group.application for group in groups.values() if group}
        wanted = {file.path for file, whose in files.items() if whose and whose in decided}
        for path in former - wanted:
            self._followed.discard(path)
            with suppress(OSError):  # it was not followed, or is gone
                fanotify.unmark_file(self._group, os.fsencode(path))
        for path in marks.marked(wanted, self._below):
            with suppress(OSError):  # it has just gone
                fanotify.mark_executed(self._group, os.fsencode(path))
                self._followed.add(path)

    # -- the thread ------------------------------------------------------------------------

    def _listen(self) -> None:
        waiting = select.poll()
        for each in (self._group, self._closing):
            waiting.register(each, select.POLLIN)
        while True:
            ready = {each for each, _ in waiting.poll(self._milliseconds())}
            if self._closing in ready:
                break
            if self._group in ready:
                self._read()
            self._look()
        os.close(self._group)

    def _milliseconds(self) -> float | None:
        """How long there is nothing to look at."""
        if not self._begun:
            return None
        return max(0.0, (self._begun[0].due - time.monotonic()) * 1000)

    def _read(self) -> None:
        try:
            events = os.read(self._group, MOST)
        except OSError as error:  # one file could not be opened for us
            log.debug("the start of a program was not told: %s", error)
            return
        for *_, mask, descriptor, pid in EVENT.iter_unpack(events):
            if mask & FAN_Q_OVERFLOW:
                log.warning("more programs were started than could be told: all are looked through")
                guarded(self._lost)
            elif descriptor >= 0:
                self._await(Pid(pid), _path_of(descriptor), CARRIED_OUT)

    def _await(self, pid: Pid, path: Path, wait: float) -> None:
        heapq.heappush(self._begun, Begun(time.monotonic() + wait, wait, pid, path))

    def _look(self) -> None:
        """Tell of those who have become what they wanted to be, and forget who has not."""
        while self._begun and self._begun[0].due <= time.monotonic():
            begun = heapq.heappop(self._begun)
            with suppress(ProcessLookupError, FileNotFoundError):
                may_become = is_executing(begun.pid) is not False  # asked before: it may end
                if Path(f"/proc/{begun.pid}/exe").readlink() == begun.path:
                    guarded(self._started, begun.pid)
                elif may_become and begun.wait < LATEST:
                    self._await(begun.pid, begun.path, 2 * begun.wait)


def _path_of(descriptor: int) -> Path:
    """Name an open file, and close it."""
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink()
    finally:
        os.close(descriptor)
