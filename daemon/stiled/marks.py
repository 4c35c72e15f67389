"""Which file systems the exec gate marks: local ones, that answer for themselves.

The kernel opens a file for the gate before it asks. On a file system that somebody else serves, a
FUSE for example, that could take as long as that somebody likes, and every exec would wait. So
those are left to the net under the gate (`procevents.py`).
"""

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from stiled import fanotify

log = logging.getLogger(__name__)

LOCAL = frozenset(
    {"bcachefs", "btrfs", "cramfs", "devtmpfs", "erofs", "exfat", "ext2", "ext3", "ext4", "f2fs"}
    | {"hfsplus", "iso9660", "jffs2", "jfs", "msdos", "nilfs2", "ntfs3", "overlay", "ramfs"}
    | {"reiserfs", "rootfs", "squashfs", "tmpfs", "ubifs", "udf", "vfat", "xfs", "zfs"}
)
"""Types of file systems (proc_pid_mountinfo(5)) that no program of a user serves."""


def mark_mounted(group: int, below: Sequence[str]) -> list[str]:
    """Mark the local file systems of some folders and all that are mounted below them.

    Gives the mounts that were marked, one a file system; to mark one again changes nothing. Raises
    NoGate, and OSError where one of the folders cannot be marked itself.
    """
    found: dict[str, str] = {}
    for device, place in _local_mounts():
        if device not in found and _is_below(place, below):
            try:
                fanotify.mark(group, place)
            except OSError as error:
                log.info("the exec gate does not see %s: %s", place, error.strerror)
            else:
                found[device] = os.fsdecode(place)
    for folder in below:
        fanotify.mark(group, os.fsencode(folder))
    return list(found.values()) or list(below)


def _local_mounts() -> Iterator[tuple[str, bytes]]:
    """Give device and place of each mount (proc_pid_mountinfo(5))."""
    for line in Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        if after.split(" ", 1)[0] in LOCAL:
            device, _, place = before.split(" ")[2:5]
            yield device, _unescaped(place)


def _is_below(place: bytes, folders: Sequence[str]) -> bool:
    return any(Path(os.fsdecode(place)).is_relative_to(folder) for folder in folders)


def _unescaped(place: str) -> bytes:
    """Undo the escapes of proc_pid_mountinfo(5): octal, for blanks and backslashes."""
    return os.fsencode(place).decode("unicode_escape").encode("latin-1")
