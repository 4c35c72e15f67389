"""Sockets that have their class from somebody who was given them, but whom others send by.

A socket that is sent to a program (SCM_RIGHTS of unix(7)) has the class of that program from then
on, also for who has sent it; and each program that reads messages of D-Bus can be sent one. So what
is sent by a socket of a class in which the sender is not is thrown away in the kernel
(`recorder.py`), and here the socket is given the class of who sends by it. That may be none: then
what is sent next is held and asked about, like anybody's.
"""

import asyncio
import ctypes
import logging
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread

from stile.applications import spelled
from stile.connections import Pid
from stiled.bpf import Ring
from stiled.classes import NONE
from stiled.descriptors import numbers
from stiled.enforcement import Enforcement
from stiled.netcls import NetCls
from stiled.notes import LENT

log = logging.getLogger(__name__)

SYS_PIDFD_GETFD = 438
"""The same number on every architecture: asm-generic/unistd.h."""
PAUSE = 0.1
"""Seconds until we look again: who sends so without end must not keep us at work."""
MOST = 16
"""Sockets that are taken back at a time; of the others we hear again."""


class LentSockets:
    """Takes sockets back."""

    def __init__(self, ring: Ring | None, groups: NetCls, enforcement: Enforcement) -> None:
        """*ring* is where the kernel tells of them, if it does."""
        self._ring = ring
        self._groups = groups
        self._enforcement = enforcement
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hand: Thread | None = None

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin."""
        self._loop = loop
        self._wait()

    def close(self) -> None:
        """Stop; what is sent so is thrown away as long as the program in the kernel is there."""
        if self._loop and self._ring:
            self._loop.remove_reader(self._ring.descriptor)
        self._loop = None

    def _wait(self) -> None:
        if self._loop and self._ring:
            self._loop.add_reader(self._ring.descriptor, self._readable)

    def _readable(self) -> None:
        if self._loop and self._ring:
            told = {(Pid(pid), inode) for pid, _, inode in map(LENT.unpack, self._ring.take())}
            self._loop.remove_reader(self._ring.descriptor)
            self._loop.call_later(PAUSE, self._wait)
            self._take_back(sorted(told)[:MOST])

    def _take_back(self, sockets: Sequence[tuple[Pid, int]]) -> None:
        """Do it in a thread: what is closed there may be a file by now whose owner lets us wait."""
        if self._hand is None or not self._hand.is_alive():
            self._hand = Thread(target=self._take_all_back, args=[sockets], daemon=True)
            self._hand.start()

    def _take_all_back(self, sockets: Sequence[tuple[Pid, int]]) -> None:
        if self._groups.class_of(Pid(os.getpid())) != NONE:
            return  # they would get our class
        for pid, inode in sockets:
            with suppress(OSError):  # it is gone, or somebody keeps root out (Yama)
                _take_from(pid, numbers(pid, f"socket:[{inode}]"))
                self._enforcement.renew_sockets(pid)
        for pid, _ in sockets[:1]:  # one stands for all: nobody shall fill the log
            with suppress(OSError):
                name = spelled(bytes(Path(f"/proc/{pid}/exe").readlink()))
                log.warning("%s (%d) sent by a socket that another program was given", name, pid)


def _take_from(pid: Pid, descriptors: Iterable[int]) -> None:
    """Be given what a process holds, and close it: it has our class then. Raises OSError."""
    libc, process = ctypes.CDLL(None, use_errno=True), os.pidfd_open(pid)
    try:
        for each in descriptors:
            taken = libc.syscall(SYS_PIDFD_GETFD, process, each, 0)
            if taken < 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
            os.close(taken)
    finally:
        os.close(process)
