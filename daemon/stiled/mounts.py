"""Mount tables: what lies where, for us and for processes that see another tree of files."""

import errno
import os
import re
import select
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

ESCAPE = re.compile(rb"\\([0-7]{3})")
"""How the kernel writes what would break a line of the table: mangle() in fs/proc_namespace.c."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of mountinfo, proc_pid_mountinfo(5)."""

    id: int
    device: bytes
    """MAJOR:MINOR of the file system."""
    root: bytes
    """Which folder of the file system is seen here."""
    point: bytes
    type: bytes
    options: bytes
    """Of the file system."""

    @classmethod
    def parse(cls, line: bytes) -> "Mount":
        """Read a line."""
        left, _, right = line.partition(b" - ")
        fields, filesystem = left.split(b" "), right.split(b" ")
        root, point = _unescaped(fields[3]), _unescaped(fields[4])
        return cls(int(fields[0]), fields[2], root, point, filesystem[0], filesystem[2])

    def path_within(self, path: bytes) -> bytes | None:
        """Where in the file system *path*, seen through this mount, lies; None outside of it."""
        return _moved(path, self.point, self.root)

    def path_of(self, within: bytes) -> bytes | None:
        """Where a path within the file system is seen through this mount; None where it is not."""
        return _moved(within, self.root, self.point)


def parsed(table: bytes) -> Iterator[Mount]:
    """Read a table. A line ends with a newline alone: a name may have any other octet in it."""
    return map(Mount.parse, table.removesuffix(b"\n").split(b"\n") if table else ())


def mounts_of(pid: int) -> Iterator[Mount]:
    """Every mount that a process can reach. Raises OSError for one that is gone."""
    try:
        with open(f"/proc/{pid}/mountinfo", "rb") as table:
            read = table.read()
    except OSError as error:
        if error.errno == errno.EINVAL:  # it exits: mounts_open_common(), fs/proc_namespace.c
            raise ProcessLookupError(errno.ESRCH, f"no process {pid}") from None
        raise
    yield from parsed(read)


class OwnMounts:
    """The mounts that we see ourselves; read anew when the kernel says that they have changed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._table = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        self._changes = select.poll()
        self._changes.register(self._table, select.POLLPRI)  # mounts_poll(), fs/proc_namespace.c
        self._mounts = self._read()

    def __iter__(self) -> Iterator[Mount]:
        with self._lock:
            if self._changes.poll(0):
                self._mounts = self._read()
            return iter(self._mounts)

    def at(self, point: bytes) -> Mount | None:
        """Give the mount that is seen at a mount point, the last one of several."""
        found = [mount for mount in self if mount.point == point]
        return found[-1] if found else None

    def paths(self, mount: Mount, path: bytes) -> Iterator[bytes]:
        """Give the paths that a file may have for us which lies at *path* under *mount*."""
        within = mount.path_within(path)
        if within is None:
            return
        for own in sorted(self, key=lambda own: len(own.root)):
            if own.device == mount.device and (seen := own.path_of(within)) is not None:
                yield seen

    def _read(self) -> tuple[Mount, ...]:
        os.lseek(self._table, 0, os.SEEK_SET)
        chunks = []
        while chunk := os.read(self._table, 1 << 16):
            chunks.append(chunk)
        return tuple(parsed(b"".join(chunks)))


def mount_id(descriptor: int) -> int | None:
    """Say by which mount an open file was reached; proc_pid_fdinfo(5)."""
    return number_in(f"/proc/self/fdinfo/{descriptor}", b"mnt_id")


def number_in(fdinfo: str, key: bytes) -> int | None:
    """Read a number from an fdinfo file."""
    with suppress(OSError, ValueError), open(fdinfo, "rb") as lines:
        for line in lines:
            name, _, value = line.partition(b":")
            if name == key:
                return int(value)
    return None


def _unescaped(field: bytes) -> bytes:
    return ESCAPE.sub(lambda found: bytes([int(found[1], 8) & 0xFF]), field)


def _moved(path: bytes, old: bytes, new: bytes) -> bytes | None:
    """Put what lies below *old* below *new*."""
    if path != old and not path.startswith(old.rstrip(b"/") + b"/"):
        return None
    rest = path[len(old) :].lstrip(b"/")
    return new.rstrip(b"/") + b"/" + rest if rest else new
