"""Which AppImage is it that a FUSE mount shows? Asked of the process that serves the mount.

The runtime in an AppImage mounts the file that it is itself, by FUSE, at a random place. The name
of the mount and the variable APPIMAGE are of the program's own making. What counts is this: the
kernel says which process serves the mount, that process runs the AppImage, and of all files it can
read only the AppImage. So a runtime that was told to show another image (TARGET_APPIMAGE) is not
taken for its own. Kernels before 6.16 do not tell who serves a mount: there nothing is found.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from stiled.mounts import Mount, number_in

DEVICE = "/dev/fuse"
MAGIC_AT, MAGIC = 8, (b"AI\x01", b"AI\x02")
"""In the padding of the ELF header: AppImage specification, "type 1" and "type 2"."""
SERVED_FOR = re.compile(rb"(?:^|,)user_id=([0-9]+)")


def appimage_of(mount: Mount) -> tuple[int, bytes] | None:
    """Find the AppImage that *mount* shows: the pid of who serves it, and the file's path there."""
    user = SERVED_FOR.search(mount.options)
    if not mount.type.startswith(b"fuse") or user is None:
        return None
    connection = int(mount.device.partition(b":")[2])  # fuse_dev_show_fdinfo(), fs/fuse/dev.c
    servers = [pid for pid in _of_user(int(user[1])) if _serves(pid, connection)]
    for pid in servers:
        with suppress(OSError):
            if _is_appimage(pid) and _reads_only_itself(pid):
                return pid, os.readlink(os.fsencode(f"/proc/{pid}/exe"))
    return None


def _of_user(uid: int) -> Iterator[int]:
    """Processes of a user, newest first."""
    for pid in sorted(psutil.pids(), reverse=True):
        with suppress(OSError):
            if os.stat(f"/proc/{pid}").st_uid in (uid, 0):  # root's: those that may not be dumped
                yield pid


def _serves(pid: int, connection: int) -> bool:
    return any(
        number_in(f"/proc/{pid}/fdinfo/{number}", b"fuse_connection") == connection
        for number, target in _descriptors(pid)
        if target == DEVICE
    )


def _is_appimage(pid: int) -> bool:
    with Path(f"/proc/{pid}/exe").open("rb") as file:
        return file.read(MAGIC_AT + 3)[MAGIC_AT:] in MAGIC


def _reads_only_itself(pid: int) -> bool:
    itself = os.stat(f"/proc/{pid}/exe")
    for number, target in _descriptors(pid):
        if not target.startswith("/") or _is_for_writing(pid, number):
            continue
        opened = os.stat(f"/proc/{pid}/fd/{number}")
        if stat.S_ISREG(opened.st_mode) and not os.path.samestat(opened, itself):
            return False
    return True


def _is_for_writing(pid: int, number: str) -> bool:
    with Path(f"/proc/{pid}/fdinfo/{number}").open() as lines:
        flags = next(line for line in lines if line.startswith("flags:"))
    return int(flags.split()[1], 8) & os.O_ACCMODE == os.O_WRONLY


def _descriptors(pid: int) -> Iterator[tuple[str, str]]:
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as descriptors:
        for each in descriptors:
            with suppress(OSError):
                yield each.name, os.readlink(each.path)
