"""The way out of a class, for a process that is about to become another application.

A move gives the new class to every socket that the process holds, also to those that it shares
with others: until the exec has closed them, that is all that its parent holds. So one that
holds sockets goes through an *exit*, a class of its own (measured: no packet of it is held):

    1  the exit gets the verdict of the class, for a moment
    2  the process goes into the exit, and all its sockets with it
    3  the old class is written anew, which takes back the sockets of those who stay
    4  the exit has no verdict from now on: whoever is in it is unknown

Only then the exec goes on. The exit's group stays as long as somebody is in it.
"""

import errno
import logging
import os
import socket
import struct
import time
from collections import deque
from itertools import count
from pathlib import Path
from random import randrange
from threading import Lock

from stiled import badge, shortfiles
from stiled.classes import EXIT_KEY, EXIT_MAJOR, EXIT_TEXT
from stiled.descriptors import network_sockets
from stiled.gatetable import EXITS, Table

log = logging.getLogger(__name__)

NETLINK_NETFILTER = 12
ADOPTED = 10.0
"""Seconds after which no former gate is at work any more: what it has left is removed then."""
LONGEST_ANSWER = 0.5
"""Seconds that the kernel has to acknowledge an element."""


class Exits:
    """Moves processes out of our classes. Safe to use from several threads."""

    def __init__(self, mount: Path, home: Path) -> None:
        self._none = os.open(mount / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
        """For those that shall be in no class."""
        self._home = home
        self._numbers = count(randrange(1 << 16))  # noqa: S311 # far from those of a former gate
        self._making = Lock()
        self._open: deque[Path] = deque()
        exits = home / EXITS
        self._found = [each for each in exits.iterdir() if each.is_dir()] if exits.is_dir() else []
        self._began = time.monotonic()

    def take_out(self, pid: int) -> None:
        """Take a process out of its group. Raises ProcessLookupError where it is gone, OSError.

        Nobody else notices that if it holds no network sockets.
        """
        os.write(self._none, b"%d" % pid)

    def leave(self, pid: int, group: str, table: Table) -> None:
        """Take a process out of *group*. Raises ProcessLookupError where it is gone, OSError."""
        if not network_sockets(pid):
            self.take_out(pid)
            return
        known = table.groups.get(group)
        adding = table.adding.get(known.chain) if known else None
        if adding is None or not table.settling:
            self._leave_at_once(pid, group)
            return
        try:
            self._leave_by_exit(pid, group, adding, table)
        except ProcessLookupError:
            raise
        except OSError as error:  # the table is being changed by somebody, for example
            log.warning("%d leaves %s without an exit: %s", pid, group, error)
            self._leave_at_once(pid, group)

    def _leave_at_once(self, pid: int, group: str) -> None:
        """Take a process out of *group* whatever it shares with others, then repair that."""
        self.take_out(pid)
        self._rewrite(group)

    def abandon(self, pid: int) -> None:
        """Take a process out of an exit that nobody will settle any more, or out of a group.

        Which class it came from is not known: all are written anew.
        """
        self.take_out(pid)
        badge.take_off(pid)
        for group in self._home.iterdir():
            if group.is_dir():
                self._rewrite(group.name)

    def _leave_by_exit(self, pid: int, group: str, adding: bytes, table: Table) -> None:
        exit_id, folder = self._make(table.exits)
        try:
            _change(adding, exit_id)
            shortfiles.write(f"{folder}/cgroup.procs", b"%d" % pid)
            self._rewrite(group)
            _change(table.settling, exit_id)
        finally:
            self._open.append(folder)

    def _rewrite(self, group: str) -> None:
        """Write a class anew: all sockets of those who are in it get it (net_cls.rst)."""
        shortfiles.rewrite(f"{self._home}/{group}/net_cls.classid")

    def _make(self, most: int) -> tuple[int, Path]:
        """Make one of *most* exits. Raises OSError where somebody is in each of them."""
        with self._making:
            self._close_some()
            for _ in range(most):
                exit_id = EXIT_MAJOR << 16 | next(self._numbers) % most + 1
                folder = self._home / EXITS / f"{exit_id:#x}"
                try:
                    folder.mkdir(parents=True)
                except FileExistsError:
                    continue  # somebody is in it still, from the last time round
                shortfiles.write(f"{folder}/net_cls.classid", b"%d" % exit_id)
                return exit_id, folder
            raise OSError(errno.EAGAIN, "somebody is in each of the exits still")

    def _close_some(self) -> None:
        """Remove exits that nobody is in any more: two for each that is made."""
        if self._found and time.monotonic() - self._began > ADOPTED:
            self._open.extend(self._found)
            self._found.clear()
        for _ in range(min(2, len(self._open))):
            folder = self._open.popleft()
            try:
                folder.rmdir()
            except OSError:
                self._open.append(folder)


def _change(template: bytes, exit_id: int) -> None:
    """Carry out a change of the table that names an exit. Raises OSError."""
    message = template.replace(EXIT_KEY, struct.pack("=I", exit_id))
    message = message.replace(EXIT_TEXT.encode(), f"{exit_id:08x}".encode())
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as kernel:
        kernel.settimeout(LONGEST_ANSWER)
        kernel.bind((0, 0))
        kernel.send(message)
        (error,) = struct.unpack_from("=i", kernel.recv(4096), 16)  # struct nlmsgerr
    if error:
        raise OSError(-error, os.strerror(-error))
