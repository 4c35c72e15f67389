"""Answers execs: the part of the exec gate that every exec of the machine waits for.

Read `gateloop.py` first, then `Worker._next`: one thread reads one exec after the other, and
answers at once where nothing is to be moved, or what is moved takes no time. All else is done by
other threads: a move takes up to 20 ms where moves are not quick, an exit some netlink messages.
"""

import gc
import logging
import os
import select
import signal
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, NamedTuple

from stiled import badge, fanotify, gateloop, marks, placing
from stiled.classes import MAJOR
from stiled.descriptors import network_sockets
from stiled.exits import Exits
from stiled.fanotify import DESCRIPTOR, FAN_ALLOW, FAN_DENY, PID
from stiled.gatejournal import Journal
from stiled.gatetable import EXITS, Executable, Table, group_of, is_loader
from stiled.glance import Glance, Held, Seen
from stiled.netcls import moves_are_quick

log = logging.getLogger(__name__)

MOVERS = 8
"""Threads that move processes."""
PERHAPS = ""
"""Stands for the group of a process that may be about to be put into one."""
TOLD_AFTER = 0.02
"""Seconds after which stiled hears who has left a class for good."""
MOST_TOLD = 256
"""In one message."""
LOADERS_EXPECTED = 1024
"""Processes that are remembered whose loader is still to come."""


@dataclass(frozen=True, slots=True)
class Places:
    """What the command line says."""

    channel: int
    table: Path
    mount: Path
    home: str
    glance: int | None
    """The program that looks at processes (`glance.py`)."""
    marked: tuple[str, ...]
    """Folders: their file systems, and those that are mounted below them, are asked about."""


class Leaving(NamedTuple):
    """What a process has to leave before it becomes another program."""

    group: str
    """PERHAPS where that is not known yet."""
    held: Held
    may_come_back: bool
    """Whether the group is open to programs that nobody decided about."""


class Worker:
    """Answers execs."""

    def __init__(self, group: int, journal: Journal, places: Places) -> None:
        self._group = group
        self._journal = journal
        self._let_others_go = gateloop.quickest(journal)
        self._places = places
        self._runtime = places.table.parent
        self._exits = Exits(places.mount, places.mount / places.home.lstrip("/"))
        self._is_quick = False
        self._table = Table(home=places.home)
        self._glance = None if places.glance is None else Glance(places.glance)
        self._groups: dict[int, str] = {}
        """By their classes, as far as they have been met since the table was changed."""
        self._inodes = frozenset[tuple[int, int]]()
        """Of the files in the table: to see at once that a file is none of them."""
        self._file: BinaryIO | None = None
        self._free = deque(journal.slots)
        self._moves: SimpleQueue[tuple[memoryview, int, int, str]] = SimpleQueue()
        self._loaders: dict[int, None] = {}
        self._channel = socket.socket(fileno=os.dup(places.channel))
        self._untold: deque[str] = deque()
        self._has_untold = threading.Event()

    def run(self) -> None:
        """Answer execs for ever."""
        self._read_table()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # for `_end` alone
        follow = self._follow_tables, self._follow_mounts, self._tell_later
        for work in (self._end, *follow, *[self._move] * MOVERS):
            threading.Thread(target=work, daemon=True).start()
        gc.freeze()  # what is there stays: do not look through it again
        slot = self._free.pop()
        while True:
            slot = self._next(slot)

    def _next(self, slot: memoryview) -> memoryview:
        """Answer all execs up to that of one who may have to be moved, and that one, too.

        Or let somebody else move who executes; gives the slot to use next. Many execs wait for
        this, and what it needs has mostly gone from the processor's caches since the last one:
        each call, object and system call costs microseconds.
        """
        try:
            self._let_others_go(self._group, slot)
        except OSError as error:  # the kernel has denied this one
            log.error("an exec could not be looked at: %s", error)
            return slot
        descriptor, pid = slot[DESCRIPTOR], slot[PID]
        leaving = self._leaves(pid, descriptor)
        if leaving is not None and not self._has_left(pid, leaving):
            self._moves.put((slot, descriptor, pid, leaving.group))
            while not self._free:
                time.sleep(0.001)  # movers are at work on all of them
            return self._free.pop()
        self._answer(slot, descriptor, FAN_ALLOW)
        os.close(descriptor)
        if leaving is not None and not leaving.may_come_back:
            self._tell_left(pid, leaving)
        return slot

    def _leaves(self, pid: int, descriptor: int) -> Leaving | None:
        """Say what a process has to leave to become what it wants to, if anything."""
        try:
            group, held = self._seen(pid)
            if group is None:
                if not placing.nobody_is_placed(self._runtime):
                    return self._leaving(PERHAPS)
                group, held = self._seen(pid)  # it may have got one just before
        except (FileNotFoundError, ProcessLookupError):
            return None  # it is gone
        if group is None or (left := self._left_for(group, pid, descriptor)) is None:
            return None
        return self._leaving(left, held)

    def _leaving(self, group: str, held: Held = Held.UNKNOWN) -> Leaving:
        return Leaving(group, held, self._table.lets_children_stay(group))

    def _has_left(self, pid: int, leaving: Leaving) -> bool:
        """Take a process out of its group, if that takes no time; what fails is tried again."""
        held = leaving.held
        if leaving.group == PERHAPS or held is Held.NETWORK or not self._is_quick:
            return False
        try:
            if held is Held.UNKNOWN and network_sockets(pid):
                return False
            self._exits.take_out(pid)
        except OSError:
            return False
        badge.take_from_who_left(pid, may_come_back=leaving.may_come_back)  # then it may be placed
        if leaving.may_come_back:
            self._tell_left(pid, leaving)
        return True

    def _seen(self, pid: int) -> tuple[str | None, Held]:
        """Look which group of ours a process is in, and which sockets it holds."""
        if (seen := self._at_a_glance(pid)) is None:
            return self._group_of(pid), Held.UNKNOWN
        if seen.is_at_root:
            return None, seen.held
        known = self._groups  # replaced by another thread when the table is changed
        if (group := known.get(seen.class_id)) is None:
            group = self._group_of(pid)
            is_its = seen.class_id >> 16 == MAJOR and self._at_a_glance(pid) == seen
            if group is not None and is_its:
                known[seen.class_id] = group
        return group, seen.held

    def _at_a_glance(self, pid: int) -> Seen | None:
        """Look at a process where there is a program for it."""
        return self._glance.at(pid) if self._glance else None

    def _group_of(self, pid: int) -> str | None:
        place = os.open(f"/proc/{pid}/cgroup", os.O_RDONLY | os.O_CLOEXEC)
        try:
            text = os.read(place, 1 << 16).decode("utf-8", "replace")
        finally:
            os.close(place)
        return group_of(text, self._table.home)

    def _left_for(self, group: str, pid: int, descriptor: int) -> str | None:
        """Name the group of a process if it has to leave that."""
        if group.startswith(EXITS):
            return None
        try:
            return None if self._may_stay(pid, group, descriptor) else group
        except OSError:
            return group

    def _left_once_placed(self, pid: int, descriptor: int) -> str | None:
        """Wait for the helper, which may be placing a process; name the group it has to leave."""
        placing.wait(self._runtime)
        with suppress(FileNotFoundError, ProcessLookupError):  # it is gone
            if (group := self._group_of(pid)) is not None:
                return self._left_for(group, pid, descriptor)
        return None

    def _may_stay(self, pid: int, group: str, descriptor: int) -> bool:
        status = os.fstat(descriptor)
        inode = status.st_dev, status.st_ino
        may_load = self._loaders.pop(pid, False) is None
        if inode not in self._inodes and not may_load and not self._table.lets_children_stay(group):
            return False  # whatever its name is
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if may_load and is_loader(path):
            return True  # the second half of an exec that was let through before
        stays = self._table.stays(group, Executable(path, *inode))
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
                leaves = self._left_once_placed(pid, descriptor) if group == PERHAPS else group
                if leaves is not None:
                    self._exits.leave(pid, leaves, self._table)
                    left = self._leaving(leaves)
                    badge.take_from_who_left(pid, may_come_back=left.may_come_back)
                    self._tell_left(pid, left)
            except ProcessLookupError:
                pass  # it is gone
            except Exception as error:  # noqa: BLE001 # an exec must not wait for ever
                log.error("%d cannot leave %s, and may not become another: %s", pid, group, error)
                response = FAN_DENY
            self._answer(slot, descriptor, response)
            os.close(descriptor)
            self._free.append(slot)

    def _answer(self, slot: memoryview, descriptor: int, response: int) -> None:
        try:  # noqa: SIM105 # not one object more
            fanotify.answer(self._group, descriptor, response)
        except FileNotFoundError:  # who waited was killed
            pass
        self._journal.forget(slot)

    def _tell_left(self, pid: int, left: Leaving) -> None:
        """Tell who has left: at once if it may come back, else later, together with others.

        Each message wakes stiled up, just when the program that left begins to run.
        """
        self._untold.append(f"left {pid} {left.group}")
        if left.may_come_back:
            self._tell_untold()
        else:
            self._has_untold.set()

    def _tell_later(self) -> None:
        while self._has_untold.wait():
            time.sleep(TOLD_AFTER)
            self._has_untold.clear()  # before they are told: who comes now is told the next time
            self._tell_untold()

    def _tell_untold(self) -> None:
        lines = list[str]()
        with suppress(IndexError):
            while len(lines) < MOST_TOLD:
                lines.append(self._untold.popleft())
        if self._untold:
            self._has_untold.set()
        if lines:
            with suppress(OSError):  # stiled is away, or does not listen: it looks later
                self._channel.send("\n".join(lines).encode(), socket.MSG_DONTWAIT)

    # -- what changes ----------------------------------------------------------------------

    def _read_table(self) -> None:
        """Read the table, or what has come after it since we have read it."""
        try:
            if self._file is None or not _is_at(self._file, self._places.table):
                self._file = self._places.table.open("rb")  # open, its inode is no other file's
                self._learn(Table.load(_whole_lines(self._file)))
            elif lines := _whole_lines(self._file):
                self._learn(self._table.after(lines))
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s cannot be read: %s", self._places.table, error)

    def _learn(self, table: Table) -> None:
        """Go by another table; the thread that reads execs goes on meanwhile."""
        # first, so that no file of the table is ever taken for none
        self._inodes = frozenset((file.device, file.inode) for file in table.files)
        self._table = table
        self._groups = {}

    def _end(self) -> None:
        """End when told to: by the guardian, or by another gate where that is dead."""
        signal.sigwait({signal.SIGTERM})
        self._answer_all()
        os._exit(0)

    def _answer_all(self) -> None:
        """Ask about nothing more, and wait until all who wait already have been answered.

        The kernel lets all go on that a group has not answered when it closes, whatever class they
        are in: one who waits for us alone would slip through. Execs are read in their order, so
        one more question, about a file that we open ourselves, is read after all of them.
        """
        with suppress(OSError):
            fanotify.unmark_all(self._group)
            fanotify.mark_opened(self._group, os.fsencode(self._places.table))
            os.close(os.open(self._places.table, os.O_RDONLY | os.O_CLOEXEC))
        while self._journal.open():
            time.sleep(0.001)  # movers are at work on them

    def _follow_tables(self) -> None:
        with suppress(ConnectionError):  # a killed helper leaves what it has not read
            while self._channel.recv(64):
                self._read_table()

    def _follow_mounts(self) -> None:
        with Path("/proc/self/mountinfo").open("rb") as mounts:
            changes = select.poll()
            changes.register(mounts, select.POLLPRI)
            while True:
                marks.mark_mounted(self._group, self._places.marked)
                self._is_quick = moves_are_quick()
                changes.poll()


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Whether an open file is the one that is at a path now."""
    return os.path.samestat(os.fstat(file.fileno()), path.stat())


def _whole_lines(file: BinaryIO) -> bytes:
    """Read on to the end of the last line: who writes may not be done yet."""
    read = file.read()
    whole = read.rfind(b"\n") + 1
    file.seek(whole - len(read), os.SEEK_CUR)
    return read[:whole]
