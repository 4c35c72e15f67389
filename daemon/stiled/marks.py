"""Which file systems the exec gate marks: local ones, that answer for themselves.

The kernel opens a file for the gate before it asks. On a file system that somebody else serves, a
FUSE for example, that could take as long as that somebody likes, and every exec would wait. So
those are left to the net under the gate (`procevents.py`).
"""

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from stiled import fanotify
from stiled.mounts import Mount, mounts_of

log = logging.getLogger(__name__)

LOCAL = frozenset(
    b"bcachefs btrfs cramfs devtmpfs erofs exfat ext2 ext3 ext4 f2fs hfsplus iso9660 jffs2 jfs "
    b"msdos nilfs2 ntfs3 overlay ramfs reiserfs rootfs squashfs tmpfs udf vfat xfs zfs".split()
)
"""Types of file systems (proc_pid_mountinfo(5)) that no program of a user serves."""


def mark_mounted(group: int, below: Sequence[str]) -> list[str]:
    """Mark the local file systems of some folders and all that are mounted below them.

    Gives the mounts that were marked, one a file system; to mark one again changes nothing. Raises
    NoGate, and OSError where one of the folders cannot be marked itself.
    """
    found: dict[bytes, str] = {}
    for mount in mounts_of(os.getpid()):
        new = mount.type in LOCAL and mount.device not in found
        if new and _is_below(mount.point, below):
            try:
                fanotify.mark(group, mount.point)
            except OSError as error:
                log.info("the exec gate does not see %s: %s", mount.point, error.strerror)
            else:
                found[mount.device] = os.fsdecode(mount.point)
    for folder in below:
        fanotify.mark(group, os.fsencode(folder))
    return list(found.values()) or list(below)


def marked(paths: Iterable[str], below: Sequence[str]) -> Iterator[str]:
    """Give those of *paths* that lie in file systems which `mark_mounted` marks.

    No file is looked at: who serves its file system could let that take for ever.
    """
    mounts = {mount.point: mount for mount in mounts_of(os.getpid())}  # the last one is seen
    seen = {each.device for each in mounts.values() if _is_below(each.point, below)}
    seen |= {mount.device for each in below if (mount := _mount_of(each, mounts))}
    for path in paths:
        mount = _mount_of(path, mounts)
        if mount and mount.type in LOCAL and mount.device in seen:
            yield path


def _mount_of(path: str, mounts: Mapping[bytes, Mount]) -> Mount | None:
    """Give the mount by which a path is reached, which is that of a folder on the way."""
    on_the_way = os.fsencode(path)
    while on_the_way not in mounts and on_the_way.strip(b"/"):
        on_the_way = on_the_way.rpartition(b"/")[0] or b"/"
    return mounts.get(on_the_way)


def _is_below(place: bytes, folders: Sequence[str]) -> bool:
    return any(Path(os.fsdecode(place)).is_relative_to(folder) for folder in folders)
