"""Groups of processes and their classes, on a real hierarchy; and what is said without one."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stile.connections import Pid
from stiled import netcls
from stiled.classes import NONE, ClassId
from stiled.mounts import parsed
from stiled.netcls import InUse, NetCls, NoNetCls, mounted, why_not

ONE, TWO = ClassId(0x5713_0001), ClassId(0x5713_0002)
HAS_NET_CLS = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t0\t1\t1\nnet_cls\t0\t1\t1\n"

# -- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "controllers", "cmdline", "said"),
    [
        (errno.EINVAL, "", "", "this kernel has no net_cls cgroups: it needs"),
        (errno.EINVAL, "net_cls_more\t0\t1\t1\n", "", "this kernel has no net_cls"),
        (errno.EINVAL, HAS_NET_CLS, "quiet cgroup_no_v1=net_cls", "off by cgroup_no_v1=net_cls"),
        (errno.EINVAL, HAS_NET_CLS, "cgroup_no_v1=all", "off by cgroup_no_v1=all"),
        (errno.ENOENT, HAS_NET_CLS, "cgroup_disable=memory,net_cls x", "off by cgroup_disable="),
        (errno.EPERM, HAS_NET_CLS, "cgroup_no_v1=memory", "in a container perhaps"),
        (errno.EACCES, HAS_NET_CLS, "", "run stiled on the host"),
        (errno.ENOMEM, HAS_NET_CLS, "", "net_cls cannot be mounted: Cannot allocate memory"),
    ],
)
def test_a_hierarchy_that_cannot_be_had_is_explained(
    error: int, controllers: str, cmdline: str, said: str
) -> None:
    assert said in why_not(error, controllers, cmdline)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (
            "33 24 0:28 / /sys/fs/cgroup/net_cls rw,relatime shared:9 - cgroup cgroup rw,net_cls",
            "/sys/fs/cgroup/net_cls",
        ),
        ("33 24 0:28 / /a rw - cgroup none rw,net_cls,net_prio", "/a"),
        (r"33 24 0:28 / /with\040blank rw - cgroup none rw,net_cls", "/with blank"),
        ("33 24 0:28 / /net_cls rw - cgroup none rw,net_prio", None),
        ("33 24 0:28 / /net_cls rw - cgroup2 none rw,net_cls", None),
        ("", None),
    ],
)
def test_where_it_is_mounted_is_read_from_mountinfo(line: str, place: str | None) -> None:
    others = "21 1 8:1 / / rw,relatime - ext4 /dev/sda rw\n22 1 0:5 / /proc rw - proc proc rw\n"
    assert mounted(parsed((others + line).encode())) == (Path(place) if place else None)


# -- a real hierarchy ------------------------------------------------------------------------


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("needs root: mounts the net_cls hierarchy")
    try:
        yield netcls.find_or_mount(tmp_path)
    except NoNetCls as error:
        pytest.skip(str(error))
    finally:
        netcls.unmount(tmp_path)


@pytest.fixture
def name(tmp_path: Path) -> str:
    return f"stile-tests/{os.getpid()}-{tmp_path.name}"


@pytest.fixture
def groups(mount: Path, name: str) -> Iterator[NetCls]:
    (mount / name).mkdir(parents=True)
    made = NetCls(mount, name)
    yield made
    made.clear()


@pytest.fixture
def child() -> Iterator[Pid]:
    """A process that waits."""
    command = [sys.executable, "-S", "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield Pid(process.pid)
        process.kill()


def test_a_process_is_moved_into_its_class_and_out_again(groups: NetCls, child: Pid) -> None:
    assert groups.class_of(child) == NONE
    assert groups.group_of(child) is None

    groups.move(child, groups.ensure("curl", ONE))
    assert groups.class_of(child) == ONE
    assert groups.group_of(child) == "curl"
    assert not groups.standing(child).is_foreign

    groups.expel(child)
    assert groups.class_of(child) == NONE
    assert groups.group_of(child) is None


def test_groups_are_found_again_with_their_classes(mount: Path, name: str, groups: NetCls) -> None:
    groups.ensure("curl", ONE)
    groups.ensure("wget", TWO)
    groups.ensure("wget", TWO)

    assert NetCls(mount, name).groups() == {"curl": ONE, "wget": TWO}


def test_a_class_of_somebody_elses_is_foreign(
    mount: Path, name: str, groups: NetCls, child: Pid
) -> None:
    other = NetCls(mount, f"{name}-other")
    (mount / f"{name}-other").mkdir()
    try:
        other.move(child, other.ensure("container", ClassId(7)))
        assert groups.standing(child).is_foreign
        assert groups.group_of(child) is None
        assert not other.standing(child).is_foreign
    finally:
        other.clear()


CLAIM = """
import sys
from pathlib import Path
from stiled.netcls import NetCls
NetCls(Path(sys.argv[1]), sys.argv[2]).claim()
print("claimed", flush=True)
sys.stdin.read()
"""


def test_two_helpers_cannot_have_the_same_group(mount: Path, name: str, groups: NetCls) -> None:
    command = [sys.executable, "-c", CLAIM, str(mount), name]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "claimed\n"

        with pytest.raises(InUse, match=f"{name}: end it, or name a group of your own"):
            NetCls(mount, name).claim()
        other.communicate()

    assert groups.groups() == {}


def test_a_vacated_group_is_gone_and_its_processes_are_in_no_class(
    groups: NetCls, child: Pid
) -> None:
    groups.move(child, groups.ensure("curl", ONE))
    groups.ensure("wget", TWO)

    groups.vacate("curl")
    groups.vacate("curl")

    assert groups.groups() == {"wget": TWO}
    assert groups.class_of(child) == NONE


def test_a_claim_that_is_released_leaves_no_group_and_can_be_made_again(
    mount: Path, name: str
) -> None:
    for _ in range(2):
        claimed = NetCls(mount, name)
        claimed.claim()
        claimed.release()
        assert not (mount / name).exists()


def test_clear_leaves_nothing_behind(mount: Path, name: str, groups: NetCls, child: Pid) -> None:
    groups.move(child, groups.ensure("curl", ONE))

    groups.clear()

    assert not (mount / name).exists()
    assert groups.class_of(child) == NONE
    assert groups.groups() == {}


def test_a_process_that_is_gone_is_an_error_of_its_own(groups: NetCls) -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as process:
        process.wait()
    gone = Pid(process.pid)

    with pytest.raises(ProcessLookupError):
        groups.class_of(gone)
    with pytest.raises(ProcessLookupError):
        groups.move(gone, groups.ensure("curl", ONE))


def test_moves_in_a_hierarchy_that_we_make_are_quick(tmp_path: Path) -> None:
    _need_unused()
    if int(os.uname().release.partition(".")[0]) < 6:
        pytest.skip("quick moves came with Linux 6.0")
    netcls.find_or_mount(tmp_path)
    try:
        assert netcls.moves_are_quick()
    finally:
        netcls.unmount(tmp_path)
    assert not netcls.moves_are_quick()


def test_who_does_not_want_quick_moves_has_none(tmp_path: Path) -> None:
    _need_unused()
    netcls.find_or_mount(tmp_path, quick=False)
    try:
        assert not netcls.moves_are_quick()
    finally:
        netcls.unmount(tmp_path)


def _need_unused() -> None:
    """Skip where net_cls is in a hierarchy: the second column of /proc/cgroups, see cgroups(7)."""
    if os.geteuid() != 0:
        pytest.skip("needs root: mounts the net_cls hierarchy")
    end = time.monotonic() + 3  # a hierarchy that was unmounted just now goes a moment later
    while not _is_unused():
        if time.monotonic() > end:
            pytest.skip("somebody has mounted net_cls already")
        time.sleep(0.1)
    if netcls.moves_are_quick():
        pytest.skip("moves are quick for the whole machine")


def _is_unused() -> bool:
    table = Path("/proc/cgroups").read_text()
    return any(line.split()[:2] == ["net_cls", "0"] for line in table.splitlines())


def test_a_mount_is_found_again_and_taken_away(mount: Path, tmp_path: Path) -> None:
    assert netcls.find_or_mount(tmp_path) == mount
    if mount != tmp_path / "net_cls":
        pytest.skip("the hierarchy is mounted by somebody else, and stays")
    netcls.unmount(tmp_path)
    assert not mount.exists()
    assert netcls.find_or_mount(tmp_path) == mount
