"""What does a process run? From a process to its application, and its command line.

What cannot be forged is compared first: /proc/PID/exe is the file that runs, whatever its name.
Its path is only taken for its name where the file at this path, as *we* see it, is the same file
(device and inode); for a process that sees another tree of files (chroot, container, sandbox)
the mount tables say where we would see it. From that path on, names are read off places in which
root alone can write: snaps, Flatpaks, the Nix store. docs/identity.md has the table.

Where the file that runs is an interpreter of root's, its command line says which file it runs.
That is the program's own word: it can be written over, and a script may be made to do other things
by environment variables, as any program may. So "script:" is a name for people and their rules, no
stronger than the interpreter that says it, and an interpreter that a user can have made is never
believed: it is the `path:` that it is. Nor does a script ever get the `path:` of anything.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stile.applications import Application, Kind, spelled
from stile.connections import Pid
from stiled import deployed, interpreters
from stiled.appimages import appimage_of
from stiled.deployed import SYSTEM, Places
from stiled.interpreters import Module, Script
from stiled.mounts import Mount, OwnMounts, mount_id, mounts_of

GONE = Pid(0)
"""Nobody has this number: nothing is read about it in /proc."""
LONGEST_COMMAND = 4096
"""Characters of a command line that are kept."""
FOR_OTHERS = stat.S_IWGRP | stat.S_IWOTH
SYS_OPENAT2 = 437
"""The same number on every architecture: asm-generic/unistd.h."""
IN_ROOT = 0x10 | 0x02
"""RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, linux/openat2.h."""
MACHINE = b"/proc/1/root"
"""The tree of files as the whole machine has it: our own may be mounted otherwise."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that a process runs or reads, and where we see it."""

    path: bytes
    """As we see it: the file there has been compared."""
    status: os.stat_result


@dataclass(frozen=True, slots=True)
class Unseen:
    """A file that we do not see anywhere."""

    path: bytes
    """As the process sees it."""
    mount: Mount | None
    """Where it lies, if that could be found out."""
    is_gone: bool = False


def application_of(pid: Pid, places: Places = SYSTEM) -> Application:
    """Say what a process runs. Raises FileNotFoundError for one that is gone, or of the kernel."""
    link = f"/proc/{pid}/exe"
    found = _found(pid, link)
    if isinstance(found, Unseen):
        return _unseen(pid, found)
    if interpreters.is_interpreter(found.path) and _is_roots(found):
        return _of_interpreter(pid, found, places)
    return _in_sandbox(pid, found, places) or _named(Kind.PATH, found, places, pid)


def application_of_gone(
    path: bytes, command: Sequence[bytes] | None, places: Places = SYSTEM
) -> Application:
    """Say what a process ran that is gone: a file where we see it. Raises OSError.

    *command* is None where it is not known as a whole, or names files of another tree than ours.
    What cannot be told without the process is unknown, and not the next best thing.
    """
    file = File(path, os.stat(path))
    if interpreters.is_interpreter(path) and _is_roots(file):
        told = interpreters.script_of(os.path.basename(path), command) if command else None
        if told or not command:
            return _script_of_gone(told, file, places)
    found = _named(Kind.PATH, file, places, GONE)
    if found.kind is Kind.SNAP:  # which of its applications, its label said
        return Application(Kind.UNKNOWN, f"of the snap {found.name}, already gone")
    return found


def command_of(pid: Pid) -> tuple[str, ...]:
    """Give the command line, safe to show, cut where it gets long."""
    return tuple(spelled(word) for word in _words(pid))


# -- where is the file? ----------------------------------------------------------------


def _found(pid: Pid, link: str) -> File | Unseen:
    """Find where we see the file at the end of a link in /proc."""
    text = os.readlink(os.fsencode(link))
    try:
        status = os.stat(link)
    except PermissionError:  # of a FUSE file system, which is closed to root
        return Unseen(text, _mount_of(pid, link))
    if b"/.mount_" not in text and _is_at(text, status):
        return File(text, status)
    return _elsewhere(pid, link, text, status)


def _elsewhere(pid: Pid, link: str, text: bytes, status: os.stat_result) -> File | Unseen:
    is_gone = text.endswith(b" (deleted)")
    if status.st_nlink == 0 or is_gone:
        return Unseen(text.removesuffix(b" (deleted)"), None, is_gone=True)
    mount = _mount_of(pid, link)
    if mount is None:
        return Unseen(text, None)
    if not mount.type.startswith(b"fuse."):
        for path in _own_mounts().paths(mount, _below_root(pid, text)):
            if _is_at(path, status):
                return File(path, status)
    elif _is_at(text, status) and appimage_of(mount) is None:
        return File(text, status)
    return Unseen(text, mount)


def _is_at(path: bytes, status: os.stat_result) -> bool:
    with suppress(OSError, ValueError):
        return os.path.samestat(os.stat(path), status)
    return False


def _below_root(pid: Pid, path: bytes) -> bytes:
    """Give a path as the process has it, whose root may lie deeper."""
    root = os.readlink(os.fsencode(f"/proc/{pid}/root")).rstrip(b"/")
    return path.removeprefix(root) if path.startswith(root + b"/") else path


def _mount_of(pid: Pid, link: str) -> Mount | None:
    with _opened(link) as descriptor:
        number = mount_id(descriptor)
    tables: tuple[Iterator[Mount], ...] = (mounts_of(pid), iter(_own_mounts()))
    return next((mount for table in tables for mount in table if mount.id == number), None)


@contextmanager
def _opened(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@cache
def _own_mounts() -> OwnMounts:
    return OwnMounts()


# -- what is it called? ----------------------------------------------------------------


def _named(kind: Kind, file: File, places: Places, pid: Pid) -> Application:
    """Name a file that we see: by its package, where that has names, else by its path."""
    if places.near(file.path) and (packaged := _packaged(file, places, pid)):
        return packaged
    if file.status.st_mode & stat.S_IWOTH:
        return Application(Kind.UNKNOWN, f"everybody can write to {spelled(file.path)}")
    return Application(kind, spelled(file.path), _marked_owner(file))


def _packaged(file: File, places: Places, pid: Pid) -> Application | None:
    owner = file.status.st_uid
    if flatpak := deployed.flatpak_of(file.path, owner, places):
        return flatpak
    if owner != 0:
        return None
    if snap := deployed.snap_mount(file.path, places):
        point, name = snap
        mount = _own_mounts().at(point)
        if mount is None or mount.type != b"squashfs":
            return None
        return deployed.snap_of(name, _label(pid))
    return deployed.nix_of(file.path, places)


def _label(pid: Pid) -> bytes:
    """Read the AppArmor label: a confined process cannot give itself another."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/attr/apparmor/current").read_bytes()
    return b""


def _marked_owner(file: File) -> int:
    """Give the owner where the path alone does not say whose file it is, else 0.

    Where everybody may make files, a path is no name: when its file is gone, the next one there
    may be anybody's. Nobody can make a file that is another user's.
    """
    owner = file.status.st_uid
    if owner == 0:
        return 0
    folder = file.path
    while folder != b"/":
        folder = os.path.dirname(folder)
        with suppress(OSError):
            if os.stat(folder).st_mode & stat.S_IWOTH:
                return owner
    return 0


def _in_sandbox(pid: Pid, file: File, places: Places) -> Application | None:
    """Name a Flatpak's process that runs a part of its runtime, as web views do.

    The mount table says which application lies at /app, and .flatpak-info must agree. Of the
    runtime, only what applications start for themselves counts, not the tools that lie there.
    """
    if not deployed.is_part_of_runtime(file.path, places):
        return None
    with suppress(OSError):
        app = _inside(pid, b"/app/.", places)
        if app is not None and app.name == _info_name(pid):
            return app
    return None


def _inside(pid: Pid, path: bytes, places: Places) -> Application | None:
    with _within(pid, path) as descriptor:
        found = _found(pid, f"/proc/self/fd/{descriptor}")
    if isinstance(found, Unseen) or found.status.st_uid != 0:
        return None
    return deployed.flatpak_of(found.path + b"/.", 0, places)


def _info_name(pid: Pid) -> str | None:
    with _within(pid, b"/.flatpak-info") as descriptor:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        text = Path(f"/proc/self/fd/{descriptor}").read_bytes()[: deployed.LONGEST_INFO]
    return deployed.flatpak_info_name(text.decode(errors="replace"))


def _unseen(pid: Pid, file: Unseen) -> Application:
    if file.mount is not None and not file.is_gone and (image := _appimage(file.mount)):
        return image
    kind = Kind.DELETED if file.is_gone else Kind.FOREIGN
    name = spelled(file.path)
    return Application(kind, name if name.startswith("/") else f"/{name}")


def _appimage(mount: Mount) -> Application | None:
    if (served := appimage_of(mount)) is None:
        return None
    pid, path = served
    status = os.stat(f"/proc/{pid}/exe")
    if not _is_at(path, status):
        return None
    return Application(Kind.APPIMAGE, spelled(path), _marked_owner(File(path, status)))


# -- what does the interpreter run? ----------------------------------------------------


def _is_roots(file: File) -> bool:
    """Whether only root can have made a program: otherwise it says what it likes of itself.

    A file system that is mounted nosuid is one whose owners mean nothing: a stick, for example.
    """
    folder = os.stat(os.path.dirname(file.path))
    for each in (file.status, folder):
        if each.st_uid != 0 or each.st_mode & FOR_OTHERS:
            return False
    return not _flags_of(file.path) & os.ST_NOSUID or file.path.startswith(SYSTEM.store)


def _flags_of(path: bytes) -> int:
    """Give the mount flags of a file as the whole machine has it.

    A service manager that gives us mounts of our own makes them all nosuid (NoNewPrivileges= of
    systemd.exec(5)), which says nothing about what lies there.
    """
    try:
        return os.statvfs(MACHINE + path).f_flag
    except OSError:  # it lies where only we see it
        return os.statvfs(path).f_flag


def _of_interpreter(pid: Pid, interpreter: File, places: Places) -> Application:
    name = os.path.basename(interpreter.path)
    for path in _scripts(pid, interpreter, interpreters.script_of(name, _words(pid))):
        with suppress(OSError, ValueError), _within(pid, path) as descriptor:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                continue
            found = _found(pid, f"/proc/self/fd/{descriptor}")
            if isinstance(found, File):
                return _named(Kind.SCRIPT, found, places, pid)
            if found.mount is not None and (image := _appimage(found.mount)):
                return image
    return _named(Kind.PATH, interpreter, places, pid)


def _script_of_gone(told: Script | Module | None, interpreter: File, places: Places) -> Application:
    """Name a script that was called by its whole path; of others, nobody knows the folder."""
    if isinstance(told, Script) and told.path.startswith(b"/"):
        path = os.path.realpath(told.path)
        status = os.stat(path)
        if stat.S_ISREG(status.st_mode):
            return _named(Kind.SCRIPT, File(path, status), places, GONE)
    name = f"a script of {spelled(interpreter.path)}, already gone"
    return Application(Kind.UNKNOWN, name)


def _scripts(pid: Pid, interpreter: File, told: Script | Module | None) -> Iterator[bytes]:
    """Give the paths, as the process sees them, where its script may lie."""
    match told:
        case Script(path):
            whole = os.path.join(_folder(pid), path)
            yield whole
            yield whole + b"/__main__.py"
        case Module(name):
            inner = name.replace(b".", b"/")
            for folder in _module_folders(pid, interpreter):
                yield os.path.join(folder, inner, b"__main__.py")
                yield os.path.join(folder, inner + b".py")


def _folder(pid: Pid) -> bytes:
    return _below_root(pid, os.readlink(os.fsencode(f"/proc/{pid}/cwd"))) or b"/"


def _module_folders(pid: Pid, interpreter: File) -> Iterator[bytes]:
    """Give the folders of modules in the order of site(3py): where it stands, its venv, its own."""
    yield _folder(pid)
    version = os.path.basename(interpreter.path)
    started = os.path.join(_folder(pid), (_words(pid) or (b"",))[0])
    yield os.path.join(os.path.dirname(started), b"../lib", version, b"site-packages")
    for prefix in (b"/usr", b"/usr/local"):
        yield os.path.join(prefix, b"lib", version)
        yield os.path.join(prefix, b"lib", version, b"site-packages")
        yield os.path.join(prefix, b"lib", version, b"dist-packages")
    yield b"/usr/lib/python3/dist-packages"


def _words(pid: Pid) -> list[bytes]:
    with open(f"/proc/{pid}/cmdline", "rb") as command:
        raw = command.read(LONGEST_COMMAND)
    return raw.rstrip(b"\0").split(b"\0")


@contextmanager
def _within(pid: Pid, path: bytes) -> Iterator[int]:
    """Look a path up as the process would, so that no link leads out of its root into ours."""
    how = struct.pack("=QQQ", os.O_PATH | os.O_CLOEXEC, 0, IN_ROOT)
    with _opened(f"/proc/{pid}/root") as root:
        descriptor = _libc().syscall(SYS_OPENAT2, root, path, how, len(how))
    if descriptor < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
