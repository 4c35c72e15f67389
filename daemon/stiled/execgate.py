"""The exec gate: a process that is about to become another application leaves its class first.

A program of its own, because every exec of the machine waits for it: it starts no programs, waits
for nobody but who is being placed (`placing.py`, for a moment), and knows nothing but a table
(`gatetable.py`) that `stiled` writes to a file.

    guardian   opens the group of marks and forks the worker; sees that it goes on
    worker     answers execs (`gateworker.py`)

What is being worked on stands in memory that both share. When the worker ends or hangs, the
guardian takes those processes out of their classes, lets them go on, and forks another worker. When
both are gone the kernel lets every exec go on, and `stiled` starts another gate.

    python -I -m stiled.execgate SOCKET TABLE MOUNT HOME GLANCE PLACE...
"""

import logging
import os
import resource
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from stiled import fanotify, gatepids, marks
from stiled.exits import Exits
from stiled.fanotify import EVENT, FAN_ALLOW, FAN_DENY, NoGate
from stiled.gatejournal import Journal
from stiled.gatetable import group_of
from stiled.gateworker import Places, Worker
from stiled.glance import NONE

log = logging.getLogger(__name__)

LOOK = 0.25
"""Seconds between two looks of the guardian, while something is going on."""
LONGEST_READ = 0.5
"""Seconds without progress after which the worker's reading thread hangs."""
LONGEST_STALL = 1.25
"""Seconds in which none of those that are being moved has come to an end: the worker hangs."""
LONGEST_MOVE = 5.0
"""Seconds after which a thread that moves hangs, while others go on."""
LONGEST_LAST = 1.5
"""Seconds that an ending worker has to answer all who wait for it."""
LONGEST_END = 0.25
"""Seconds until a killed worker is dead; what is in the kernel for longer does no harm later."""
MOST_DEATHS, WITHIN = 5, 30.0
"""After so many workers in so many seconds the guardian ends: the kernel lets all execs go on."""
LONGEST_LINE = 4000
"""Characters of a log line that are told."""
URGENT = -15
"""Priority (setpriority(2)): others wait for us."""


class Guardian:
    """Keeps a worker at work."""

    def __init__(self, group: int, places: Places) -> None:
        self._group = group
        self._places = places
        self._journal = Journal()
        self._exits = Exits(places.mount, places.mount / places.home.lstrip("/"))
        self._deaths: deque[float] = deque(maxlen=MOST_DEATHS)
        self._worker = 0
        self._exited = -1
        self._going = select.epoll()
        self._going.register(group, 0)

    def run(self) -> None:
        """Watch until too many workers have died."""
        self._fork()
        while True:
            self._watch()
            self._end_worker()
            self._recover()
            self._deaths.append(time.monotonic())
            if len(self._deaths) == MOST_DEATHS and self._deaths[-1] - self._deaths[0] < WITHIN:
                log.critical("the worker dies again and again: every exec goes on from now on")
                return
            log.error("the worker of the exec gate hung or died: another one takes over")
            self._fork()

    def end(self) -> None:
        """Let everybody go on who waits, out of their classes, and ask about nobody else."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._exited, signal.SIGTERM)
        select.select([self._exited], [], [], LONGEST_LAST)
        self._end_worker()
        self._recover()
        while fanotify.waits(self._group):  # nobody has read them: the worker hung
            fanotify.read(self._group, self._journal.slots[0])
            self._recover()

    def _fork(self) -> None:
        self._worker = os.fork()
        if not self._worker:
            self._be_worker()
        gatepids.write(self._places.table.parent, os.getpid(), self._worker)
        self._exited = os.pidfd_open(self._worker)
        self._going.register(self._exited, select.EPOLLIN)

    def _be_worker(self) -> None:
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self._going.close()
            Worker(self._group, self._journal, self._places).run()
        except BaseException:
            log.exception("the worker of the exec gate ends")
        finally:
            os._exit(1)

    def _watch(self) -> None:
        """Return when the worker is dead or hangs. Sleeps while nothing is executed."""
        while True:
            self._going.modify(self._group, select.EPOLLIN | select.EPOLLONESHOT)
            if self._exited in dict(self._going.poll()):
                return
            if self._follow():
                return

    def _follow(self) -> bool:
        """Look on until nothing goes on any more: False; True when the worker is dead or hangs."""
        progress, since = self._journal.progress, time.monotonic()
        waited = since
        moves: dict[tuple[int, bytes], float] = {}
        while True:
            if self._exited in dict(self._going.poll(LOOK)):
                return True
            now, open_slots = time.monotonic(), self._journal.open()
            waits = fanotify.waits(self._group)
            if not waits and not open_slots:
                return False
            if self._journal.progress != progress:
                progress, since, waited = self._journal.progress, now, now
            if not waits:
                waited = now
            if now - waited > LONGEST_READ or now - since > LONGEST_STALL:
                return True
            moves = {each: moves.get(each, now) for each in open_slots.items()}
            if any(now - began > LONGEST_MOVE for began in moves.values()):
                return True

    def _end_worker(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._exited, signal.SIGKILL)
        select.select([self._exited], [], [], LONGEST_END)
        with suppress(ChildProcessError):
            os.waitpid(self._worker, os.WNOHANG)
        self._going.unregister(self._exited)
        os.close(self._exited)

    def _recover(self) -> None:
        """Let those go on whom the worker has left, out of their classes."""
        for event in self._journal.open().values():
            *_, descriptor, pid = EVENT.unpack(event)
            response = FAN_ALLOW
            try:
                self._leave(pid)
            except ProcessLookupError:
                pass
            except OSError as error:
                log.error("%d cannot leave its class, and may not become another: %s", pid, error)
                response = FAN_DENY
            with suppress(FileNotFoundError):
                fanotify.answer(self._group, descriptor, response)
        for slot in self._journal.slots:
            self._journal.forget(slot)

    def _leave(self, pid: int) -> None:
        try:
            text = Path(f"/proc/{pid}/cgroup").read_text(errors="replace")
        except FileNotFoundError:
            return
        group = group_of(text, self._places.home)
        if group is not None:
            self._exits.abandon(pid)


class ToHelper(logging.Handler):
    """Hands what is logged to the helper, which logs it, or is away; it waits for neither."""

    def __init__(self, channel: socket.socket) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        """Send one line of a log."""
        text = f"log {record.levelno} {self.format(record)}"[:LONGEST_LINE]
        with suppress(OSError):
            self._channel.send(text.encode(errors="replace"), socket.MSG_DONTWAIT)


def main(arguments: Sequence[str]) -> int:
    """Guard until told to end. Says on the channel how it began: `ready` or `failed WHY`."""
    channel, table, mount, home, glance, *marked = arguments
    looks = None if glance == NONE else int(glance)
    places = Places(int(channel), Path(table), Path(mount), home, looks, tuple(marked))
    teller = socket.socket(fileno=os.dup(places.channel))
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[ToHelper(teller)])
    try:
        group = fanotify.begin()
        found = marks.mark_mounted(group, places.marked)
    except (NoGate, OSError) as error:
        teller.send(f"failed {error}".encode())
        return 1
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, URGENT)
        Path("/proc/self/oom_score_adj").write_text("-1000")  # the machine needs us to recover
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each exec that waits is an open file
    guardian = Guardian(group, places)
    signal.signal(signal.SIGTERM, lambda *_: _end(guardian))
    teller.send(f"ready {', '.join(found)}".encode())
    guardian.run()
    return 1


def _end(guardian: Guardian) -> None:
    guardian.end()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
