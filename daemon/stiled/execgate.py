"""The exec gate: a process that is about to become another application leaves its class first.

A program of its own, because every exec of the machine waits for it: it starts no programs, waits
for nobody, and knows nothing but a table (`gatetable.py`) that `stiled` writes to a file.

    guardian   opens the group of marks and forks the worker; sees that it goes on
    worker     reads one exec after the other, and answers at once where nothing is to be moved;
               moves are made by other threads, since one takes up to 20 ms

What is being worked on stands in memory that both share. When the worker ends or hangs, the
guardian takes those processes out of their classes, lets them go on, and forks another worker. When
both are gone the kernel lets every exec go on, and `stiled` starts another gate.

    python -I -m stiled.execgate SOCKET TABLE MOUNT HOME PLACE...
"""

import gc
import logging
import mmap
import os
import resource
import select
import signal
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from stiled import badge, fanotify, gatepids, marks
from stiled.exits import Exits
from stiled.fanotify import EVENT, FAN_ALLOW, FAN_DENY, NoGate
from stiled.gatetable import EXITS, Executable, Table, group_of, is_loader
from stiled.interpreters import is_interpreter

log = logging.getLogger(__name__)

MOVERS = 8
"""Threads that move processes."""
SLOTS = 4096
"""Execs that may be worked on at a time; more wait in the kernel."""
SLOT = 32
"""Octets for each: struct fanotify_event_metadata, and room."""
NOTHING = bytes(EVENT.size)
LOOK = 0.25
"""Seconds between two looks of the guardian, while something is going on."""
LONGEST_READ = 0.5
"""Seconds without progress after which the worker's reading thread hangs."""
LONGEST_MOVE = 5.0
"""Seconds after which a thread that moves hangs."""
MOST_DEATHS, WITHIN = 5, 30.0
"""After so many workers in so many seconds the guardian ends: the kernel lets all execs go on."""
LOADERS_EXPECTED = 1024
LONGEST_LINE = 4000
"""Characters of a log line that are told."""
URGENT = -15
"""Priority (setpriority(2)): others wait for us."""


@dataclass(frozen=True, slots=True)
class Places:
    """What the command line says."""

    channel: int
    table: Path
    mount: Path
    home: str
    marked: tuple[str, ...]
    """Folders: their file systems, and those that are mounted below them, are asked about."""


class Journal:
    """What is being worked on, in memory that guardian and worker share."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, (SLOTS + 1) * SLOT)
        self._count = 0
        whole = memoryview(self._memory)
        self.slots = [whole[at * SLOT : at * SLOT + EVENT.size] for at in range(SLOTS)]
        self._progress = whole[SLOTS * SLOT : SLOTS * SLOT + 8]

    @property
    def progress(self) -> int:
        """How many execs have been answered."""
        (count,) = struct.unpack("=Q", self._progress)
        return int(count)

    def open(self) -> dict[int, bytes]:
        """What is being worked on, by the number of its slot."""
        return {at: bytes(slot) for at, slot in enumerate(self.slots) if any(slot)}

    def forget(self, slot: memoryview) -> None:
        """Note that an exec has been answered."""
        slot[:] = NOTHING
        self._count += 1
        struct.pack_into("=Q", self._progress, 0, self._count)


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


# -- the worker ------------------------------------------------------------------------------


class Worker:
    """Answers execs."""

    def __init__(self, group: int, journal: Journal, places: Places) -> None:
        self._group = group
        self._journal = journal
        self._places = places
        self._exits = Exits(places.mount, places.mount / places.home.lstrip("/"))
        self._table = Table(home=places.home)
        self._free = deque(journal.slots)
        self._moves: SimpleQueue[tuple[memoryview, int, int, str]] = SimpleQueue()
        self._loaders: dict[int, None] = {}
        self._channel = socket.socket(fileno=os.dup(places.channel))

    def run(self) -> None:
        """Answer execs for ever."""
        self._read_table()
        for work in (self._follow_tables, self._follow_mounts, *[self._move] * MOVERS):
            threading.Thread(target=work, daemon=True).start()
        gc.freeze()  # what is there stays: do not look through it again
        slot = self._free.pop()
        while True:
            slot = self._next(slot)

    def _next(self, slot: memoryview) -> memoryview:
        """Answer the next exec, or let somebody move who executes; gives the slot to use next.

        What need not be done before the answer is done after it.
        """
        try:
            fanotify.read(self._group, slot)
        except OSError as error:  # the kernel has denied this one
            log.error("an exec could not be looked at: %s", error)
            return slot
        *_, descriptor, pid = EVENT.unpack_from(slot)
        group = self._leaves(pid, descriptor)
        if group is not None:
            self._moves.put((slot, descriptor, pid, group))
            while not self._free:
                time.sleep(0.001)  # movers are at work on all of them
            return self._free.pop()
        self._answer(slot, descriptor, FAN_ALLOW)
        self._welcome(pid, descriptor)
        os.close(descriptor)
        return slot

    def _leaves(self, pid: int, descriptor: int) -> str | None:
        """Name the group that a process has to leave to become what it wants to; else None."""
        try:
            if not pid or not badge.is_worn(pid):
                return None
            place = os.open(f"/proc/{pid}/cgroup", os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, ProcessLookupError):
            return None  # it is gone
        try:
            text = os.read(place, 1 << 16).decode("utf-8", "replace")
        except ProcessLookupError:
            return None
        finally:
            os.close(place)
        group = group_of(text, self._table.home)
        if group is None or group.startswith(EXITS):
            return None
        try:
            return None if self._may_stay(pid, group, descriptor) else group
        except OSError:
            return group

    def _welcome(self, pid: int, descriptor: int) -> None:
        """Say that a process becomes a program that has a verdict: it is placed afterwards."""
        status = os.fstat(descriptor)
        if status.st_ino in self._table.inodes:
            path = os.readlink(f"/proc/self/fd/{descriptor}")
            if self._table.has_verdict(Executable(path, status.st_dev, status.st_ino)):
                self._tell(f"came {pid}")

    def _may_stay(self, pid: int, group: str, descriptor: int) -> bool:
        status = os.fstat(descriptor)
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if self._loaders.pop(pid, False) is None and is_loader(path):
            return True  # the second half of an exec that was let through before
        file = Executable(path, status.st_dev, status.st_ino)
        stays = self._table.stays(group, file, is_interpreter=is_interpreter(os.fsencode(path)))
        if stays:
            self._loaders[pid] = None
            if len(self._loaders) > LOADERS_EXPECTED:
                self._loaders.pop(next(iter(self._loaders)))
        return stays

    def _move(self) -> None:
        while True:
            slot, descriptor, pid, group = self._moves.get()
            response = FAN_ALLOW
            try:
                self._exits.leave(pid, group, self._table)
                self._tell(f"left {pid} {group}")
            except ProcessLookupError:
                pass  # it is gone
            except Exception as error:  # noqa: BLE001 # an exec must not wait for ever
                log.error("%d cannot leave %s, and may not become another: %s", pid, group, error)
                response = FAN_DENY
            self._answer(slot, descriptor, response)
            os.close(descriptor)
            self._free.append(slot)

    def _answer(self, slot: memoryview, descriptor: int, response: int) -> None:
        with suppress(FileNotFoundError):  # who waited was killed
            fanotify.answer(self._group, descriptor, response)
        self._journal.forget(slot)

    def _tell(self, text: str) -> None:
        with suppress(OSError):  # stiled is away, or does not listen: it looks later
            self._channel.send(text.encode(), socket.MSG_DONTWAIT)

    # -- what changes ----------------------------------------------------------------------

    def _read_table(self) -> None:
        try:
            self._table = Table.load(self._places.table.read_bytes())
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s cannot be read: %s", self._places.table, error)

    def _follow_tables(self) -> None:
        while self._channel.recv(64):
            self._read_table()

    def _follow_mounts(self) -> None:
        with Path("/proc/self/mountinfo").open("rb") as mounts:
            changes = select.poll()
            changes.register(mounts, select.POLLPRI)
            while True:
                marks.mark_mounted(self._group, self._places.marked)
                changes.poll()


# -- the guardian ----------------------------------------------------------------------------


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
        """Let everybody go on."""
        self._end_worker()
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
        moves: dict[tuple[int, bytes], float] = {}
        while True:
            if self._exited in dict(self._going.poll(LOOK)):
                return True
            now, open_slots = time.monotonic(), self._journal.open()
            waits = bool(select.select([self._group], [], [], 0)[0])
            if not waits and not open_slots:
                return False
            if self._journal.progress != progress or not (waits or open_slots):
                progress, since = self._journal.progress, now
            elif waits and now - since > LONGEST_READ:
                return True
            moves = {each: moves.get(each, now) for each in open_slots.items()}
            if any(now - began > LONGEST_MOVE for began in moves.values()):
                return True

    def _end_worker(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._exited, signal.SIGKILL)
        select.select([self._exited], [], [], LONGEST_MOVE)
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


def main(arguments: Sequence[str]) -> int:
    """Guard until told to end. Says on the channel how it began: `ready` or `failed WHY`."""
    channel, table, mount, home, *marked = arguments
    places = Places(int(channel), Path(table), Path(mount), home, tuple(marked))
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
