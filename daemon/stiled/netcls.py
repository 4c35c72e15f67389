"""The net_cls hierarchy: which class a process, and with it every packet it sends, belongs to.

A group an application, below a group of our own. The controller is described in the kernel's
Documentation/admin-guide/cgroup-v1/net_cls.rst.
"""

import ctypes
import errno
import fcntl
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from stile.connections import Pid
from stiled import badge, shortfiles
from stiled.classes import NONE, ClassId
from stiled.gatetable import EXITS, net_cls_of
from stiled.mounts import Mount, mounts_of

log = logging.getLogger(__name__)

QUICK = b"favordynmods"
"""The option of a mount by which moves do not wait (Documentation/admin-guide/cgroup-v2.rst)."""


class NoNetCls(Exception):
    """The hierarchy cannot be had; the text names the reason and the mend."""


class InUse(Exception):
    """Another helper works below the same group."""


class Standing(NamedTuple):
    """Where a process is."""

    name: str | None
    """Of its group, if that is ours."""
    is_foreign: bool
    """Whether it is in a class that somebody else gave it."""


class NetCls:
    """Groups of processes, each with its class.

    *mount* is where the hierarchy is mounted, *name* our group below its root.
    """

    def __init__(self, mount: Path, name: str) -> None:
        self._mount = mount
        self._home = mount / name
        self._lock: int | None = None

    @property
    def mount(self) -> Path:
        """Where the hierarchy is mounted."""
        return self._mount

    @property
    def home(self) -> str:
        """Our group, as /proc/PID/cgroup has it."""
        return f"/{self._home.relative_to(self._mount)}"

    def claim(self) -> None:
        """Make our group and keep others from it while we live. Raises InUse."""
        self._home.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise InUse(
                f"another helper works below {self._home}: end it, or name a group of your own "
                "with --cgroup"
            ) from None
        self._lock = lock

    def release(self) -> None:
        """Undo `claim`, where nobody has been put into a class yet."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
            with suppress(OSError):
                self._home.rmdir()

    def group_of(self, pid: Pid) -> str | None:
        """Name the group of ours that a process is in. Raises ProcessLookupError."""
        return self._name_of(self._group_of(pid))

    def groups(self) -> dict[str, ClassId]:
        """The groups that are there, and their classes."""
        if not self._home.is_dir():
            return {}
        found = {group.name: self._class_of_group(group) for group in _folders(self._home)}
        return {name: class_id for name, class_id in found.items() if class_id}

    def names(self) -> frozenset[str]:
        """Name the groups that are there: to see who has one takes a look at each otherwise."""
        if not self._home.is_dir():
            return frozenset()
        return frozenset(group.name for group in self._home.iterdir())

    def remains(self) -> list[str]:
        """The groups that are there without a class: somebody forked while they were vacated."""
        if not self._home.is_dir():
            return []
        return [group.name for group in _folders(self._home) if not self._class_of_group(group)]

    def ensure(self, name: str, class_id: ClassId) -> str:
        """Make sure of the group *name*, and give it back; one that is there keeps its class."""
        if not (self._home / name).is_dir():
            self.make(name, class_id)
        return name

    def make(self, name: str, class_id: ClassId) -> None:
        """Make the group *name* with its class. Raises FileExistsError."""
        (self._home / name).mkdir()
        self.give_class(name, class_id)

    def class_of(self, pid: Pid) -> ClassId:
        """The class that a process is in. Raises ProcessLookupError."""
        return self._class_of_group(self._group_of(pid))

    def _name_of(self, group: str) -> str | None:
        folder, _, name = group.rpartition("/")
        return name if folder == str(self._home) else None

    def standing(self, pid: Pid) -> Standing:
        """Say where a process stands. Raises ProcessLookupError."""
        group = self._group_of(pid)
        is_below_ours = f"{group}/".startswith(f"{self._home}/")
        is_foreign = not is_below_ours and self._class_of_group(group) != NONE
        return Standing(self._name_of(group), is_foreign)

    def move(self, pid: Pid, name: str) -> None:
        """Move a process with all its threads and sockets into a group; it wears the badge already.

        Raises ProcessLookupError, FileNotFoundError.
        """
        shortfiles.write(f"{self._home}/{name}/cgroup.procs", b"%d" % pid)

    def expel(self, pid: Pid) -> None:
        """Take a process out of its class, into none. Raises ProcessLookupError."""
        shortfiles.write(f"{self._mount}/cgroup.procs", b"%d" % pid)
        badge.take_off(pid)

    def give_class(self, name: str, class_id: ClassId) -> None:
        """Give a group its class, another one or the same: all sockets of its processes get it."""
        (self._home / name / "net_cls.classid").write_text(f"{class_id:#x}")

    def given(self, name: str) -> ClassId:
        """The class of a group; NONE where it is not there."""
        return self._class_of_group(f"{self._home}/{name}")

    def renew(self, name: str) -> None:
        """Give all sockets of the processes in a group its class again; none where it is gone."""
        shortfiles.rewrite(f"{self._home}/{name}/net_cls.classid")

    def members(self, name: str) -> list[Pid]:
        """The processes in a group, none where it is gone. A zombie is in no group."""
        try:
            return _members(self._home / name)
        except FileNotFoundError:
            return []

    def vacate(self, name: str) -> bool:
        """Move everybody out of the group *name*, and remove it; False where somebody forked."""
        self._vacate(self._home / name)
        return not (self._home / name).is_dir()

    def clear(self) -> None:
        """Move everybody out and remove our groups."""
        if self._home.is_dir():
            exits = self._home / EXITS
            leaving = [*_folders(exits), exits] if exits.is_dir() else []
            for group in [*leaving, *_folders(self._home), self._home]:
                self._vacate(group)
        for parent in self._home.relative_to(self._mount).parents:
            if parent.name:
                with suppress(OSError):  # others stand in it, or below it
                    (self._mount / parent).rmdir()

    def _vacate(self, group: Path) -> None:
        if not group.is_dir():
            return
        for pid in _members(group):
            with suppress(ProcessLookupError):
                self.expel(pid)
        with suppress(OSError):  # somebody forked meanwhile: without a verdict it is harmless
            group.rmdir()

    def _group_of(self, pid: Pid) -> str:
        """Where a process is: the line of net_cls in /proc/PID/cgroup (cgroups(7))."""
        try:
            text = shortfiles.read(f"/proc/{pid}/cgroup").decode(errors="replace")
        except FileNotFoundError:
            raise ProcessLookupError(errno.ESRCH, f"no process {pid}") from None
        return f"{self._mount}/{net_cls_of(text).strip('/')}".rstrip("/")

    @staticmethod
    def _class_of_group(group: Path | str) -> ClassId:
        try:
            return ClassId(int(shortfiles.read(f"{group}/net_cls.classid")))
        except FileNotFoundError:  # of a group that lies outside of our cgroup namespace
            return NONE


def _folders(home: Path) -> Iterator[Path]:
    return (path for path in sorted(home.iterdir()) if path.is_dir() and path.name != EXITS)


def _members(group: Path) -> list[Pid]:
    return [Pid(int(line)) for line in (group / "cgroup.procs").read_text().split()]


# -- mounting the hierarchy ----------------------------------------------------------------


def mounted(mounts: Iterable[Mount]) -> Path | None:
    """Where a hierarchy is mounted already."""
    for mount in mounts:
        if mount.type == b"cgroup" and b"net_cls" in mount.options.split(b","):
            return Path(os.fsdecode(mount.point))
    return None


def find_or_mount(runtime: Path, *, quick: bool = True) -> Path:
    """Give a mount of the hierarchy, of our own below *runtime* if we may. Raises NoNetCls.

    There is one hierarchy, however often it is mounted: a mount of our own does not go away when
    somebody else's does. Not below /sys/fs/cgroup: a v1 hierarchy there confuses LXC and Incus.

    *quick*: have no move wait for a grace period of RCU, where the hierarchy is new and the kernel
    can do that (Linux 6.0). From Linux 6.18 on, part of it holds until the machine is switched off.
    """
    place = runtime / "net_cls"
    if is_mounted(runtime):
        return place
    place.mkdir(parents=True, exist_ok=True)
    for options in _ways(quick=quick):
        if not (error := _mount(place, options)):
            return place
    place.rmdir()
    if found := mounted(mounts_of(os.getpid())):
        return found
    controllers = Path("/proc/cgroups")
    text = controllers.read_text() if controllers.exists() else ""
    raise NoNetCls(why_not(error, text, Path("/proc/cmdline").read_text()))


def _ways(*, quick: bool) -> Iterator[bytes]:
    """Give the options to try one after the other: see cgroups(7) and `find_or_mount`."""
    for controllers in (b"net_cls", b"net_cls,net_prio"):  # it may be bound to the other one
        if quick:
            yield controllers + b"," + QUICK
        yield controllers


def moves_are_quick() -> bool:
    """Whether moves do not wait for a grace period: one hierarchy for which that was wished does.

    They share a lock, cgroup_threadgroup_rwsem of kernel/cgroup/cgroup.c.
    """
    groups = (mount for mount in mounts_of(os.getpid()) if mount.type in (b"cgroup", b"cgroup2"))
    return any(QUICK in mount.options.split(b",") for mount in groups)


def why_not(error: int, controllers: str, cmdline: str) -> str:
    """Say why the hierarchy could not be mounted, and the mend."""
    if not any(line.startswith("net_cls\t") for line in controllers.splitlines()):
        return "this kernel has no net_cls cgroups: it needs CONFIG_CGROUP_NET_CLASSID"
    for word in cmdline.split():
        option, _, names = word.partition("=")
        if option in ("cgroup_no_v1", "cgroup_disable") and {"net_cls", "all"} & {
            *names.split(",")
        }:
            return f"net_cls is switched off by {word} on the kernel's command line: take it out"
    if error in (errno.EPERM, errno.EACCES):
        return "net_cls cannot be mounted here, in a container perhaps: run stiled on the host"
    return f"net_cls cannot be mounted: {os.strerror(error)}"


def is_mounted(runtime: Path) -> bool:
    """Whether `find_or_mount` has mounted it there before."""
    return (runtime / "net_cls").is_mount()


def unmount(runtime: Path) -> None:
    """Undo `find_or_mount`; a hierarchy that others mounted stays."""
    place = runtime / "net_cls"
    if is_mounted(runtime) and _libc().umount2(os.fsencode(place), 0):
        error = ctypes.get_errno()
        raise OSError(error, f"cannot be unmounted, somebody uses it: {os.strerror(error)}", place)
    if place.is_dir():
        place.rmdir()


def _mount(place: Path, options: bytes) -> int:
    """Mount the hierarchy; 0, or the error number (mount(2))."""
    libc = _libc()
    if libc.mount(b"net_cls", os.fsencode(place), b"cgroup", 0, options) == 0:
        return 0
    return ctypes.get_errno()


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
