"""Which file systems the exec gate marks: local ones, that answer for themselves.

The kernel opens a file for the gate before it asks. On a file system that somebody else serves, a
FUSE for example, that could take as long as that somebody likes, and every exec would wait. So
those are left to the net under the gate (`procevents.py`).
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from stiled import fanotify

log = logging.getLogger(__name__)

LOCAL = frozenset(
    {"bcachefs", "btrfs", "cramfs", "devtmpfs", "erofs", "exfat", "ext2", "ext3", "ext4", "f2fs"}
    | {"hfsplus", "iso9660", "jffs2", "jfs", "msdos", "nilfs2", "ntfs3", "overlay", "ramfs"}
    | {"reiserfs", "rootfs", "squashfs", "tmpfs", "ubifs", "udf", "vfat", "xfs", "zfs"}
)
"""Types of file systems (proc_pid_mountinfo(5)) that no program of a user serves."""


def mark_places(group: int, places: Sequence[str]) -> list[str]:
    """Mark the file systems of some folders. Raises NoGate, OSError."""
    for place in places:
        fanotify.mark(group, os.fsencode(place))
    return list(places)


def mark_new(group: int) -> list[str]:
    """Mark every local file system that is mounted; gives where they are. Raises NoGate.

    To mark one again changes nothing.
    """
    found: dict[str, str] = {}
    for line in Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        device, _, place = before.split(" ")[2:5]
        if after.split(" ", 1)[0] in LOCAL and device not in found:
            try:
                fanotify.mark(group, _unescaped(place))
            except OSError as error:
                log.info("the exec gate does not see %s: %s", place, error.strerror)
            else:
                found[device] = place
    return list(found.values())


def _unescaped(place: str) -> bytes:
    """Undo the escapes of proc_pid_mountinfo(5): octal, for blanks and backslashes."""
    return os.fsencode(place).decode("unicode_escape").encode("latin-1")
