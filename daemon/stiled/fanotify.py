"""Being asked before a program is executed, or told of it: the part of fanotify(7) that we need.

The numbers are those of linux/fanotify.h.
"""

import ctypes
import errno
import os
import select
import struct
from dataclasses import dataclass
from functools import cache

FAN_CLOEXEC, FAN_CLASS_CONTENT, FAN_UNLIMITED_QUEUE, FAN_UNLIMITED_MARKS = 0x1, 0x4, 0x10, 0x20
FAN_MARK_ADD, FAN_MARK_REMOVE, FAN_MARK_FLUSH, FAN_MARK_FILESYSTEM = 0x1, 0x2, 0x80, 0x100
FAN_OPEN_EXEC, FAN_OPEN_PERM, FAN_OPEN_EXEC_PERM = 0x1000, 0x10000, 0x40000
FAN_Q_OVERFLOW = 0x4000
FAN_ALLOW, FAN_DENY = 1, 2
AT_FDCWD = -100

EVENT = struct.Struct("=IBBHQii")
"""struct fanotify_event_metadata: event_len, vers, reserved, metadata_len, mask, fd, pid."""
LENGTH, DESCRIPTOR, PID = 0, 4, 5
"""Where event_len, fd and pid stand in an event that is seen as numbers of four octets."""
RESPONSE = struct.Struct("=iI")
"""struct fanotify_response: fd, response."""


class NoGate(Exception):
    """The kernel does not let us ask; the text names the reason."""


@dataclass(frozen=True, slots=True)
class Execution:
    """An exec that waits. *descriptor* is the open file, and the number to answer with."""

    descriptor: int
    pid: int
    """The process; 0 where our pid namespace does not know it."""


def begin() -> int:
    """Open a group of marks. What waits goes on when its last descriptor closes. Raises NoGate."""
    return _begin(FAN_CLOEXEC | FAN_CLASS_CONTENT | FAN_UNLIMITED_QUEUE)


def begin_to_be_told() -> int:
    """Open a group of marks for which nobody waits. Raises NoGate."""
    return _begin(FAN_CLOEXEC | FAN_UNLIMITED_MARKS)


def _begin(flags: int) -> int:
    group: int = _libc().fanotify_init(flags, os.O_RDONLY | os.O_CLOEXEC | os.O_LARGEFILE)
    if group < 0:
        number = ctypes.get_errno()
        if number == errno.ENOSYS:
            raise NoGate("this kernel has no fanotify: it needs CONFIG_FANOTIFY")
        raise NoGate(f"fanotify cannot be used here: {os.strerror(number)}")
    return group


def mark(group: int, place: bytes) -> None:
    """Ask about every exec of the file system that *place* lies on. Raises NoGate, OSError."""
    try:
        _mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC_PERM, place)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise NoGate(
            "this kernel does not ask before an exec: it needs "
            "CONFIG_FANOTIFY_ACCESS_PERMISSIONS, and Linux 5.0"
        ) from None


def mark_opened(group: int, place: bytes) -> None:
    """Ask whenever the file at *place* is opened. Raises OSError."""
    _mark(group, FAN_MARK_ADD, FAN_OPEN_PERM, place)


def mark_executed(group: int, place: bytes) -> None:
    """Be told whenever the file at *place* is executed. Raises OSError."""
    _mark(group, FAN_MARK_ADD, FAN_OPEN_EXEC, place)


def unmark_file(group: int, place: bytes) -> None:
    """Undo `mark_executed`. Raises FileNotFoundError where it was not done, OSError."""
    _mark(group, FAN_MARK_REMOVE, FAN_OPEN_EXEC, place)


def unmark_files(group: int) -> None:
    """Undo all of `mark_executed`. Raises OSError."""
    _mark(group, FAN_MARK_FLUSH, 0, None)


def unmark_all(group: int) -> None:
    """Ask about nothing more; what waits already is answered still. Raises OSError."""
    _mark(group, FAN_MARK_FLUSH | FAN_MARK_FILESYSTEM, 0, None)


def waits(group: int) -> bool:
    """Whether an exec waits to be read."""
    return bool(select.select([group], [], [], 0)[0])


def read(group: int, into: memoryview) -> None:
    """Wait for the next execution, and let the kernel write it into *into*, EVENT.size octets."""
    os.readv(group, [into])


def execution(event: memoryview) -> Execution:
    """Understand what `read` has written."""
    *_, descriptor, pid = EVENT.unpack_from(event)
    return Execution(descriptor, pid)


def answer(group: int, descriptor: int, response: int) -> None:
    """Let an exec go on, or fail with EPERM. Raises FileNotFoundError where none waits for it."""
    os.write(group, RESPONSE.pack(descriptor, response))


def _mark(group: int, flags: int, mask: int, place: bytes | None) -> None:
    if _libc().fanotify_mark(group, flags, ctypes.c_uint64(mask), AT_FDCWD, place):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), os.fsdecode(place or b"") or None)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
