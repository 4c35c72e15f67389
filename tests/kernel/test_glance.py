"""The exec gate sees at a glance what /proc says of a process."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path

import pytest

from stiled import glancer
from stiled.btf import Layouts
from stiled.classes import MAJOR, ClassId
from stiled.descriptors import network_sockets
from stiled.glance import Glance, Held, Seen
from stiled.glancer import MOST_FILES, NoGlance
from stiled.netcls import NetCls

SOCKETS = {
    "TCP": (socket.AF_INET, socket.SOCK_STREAM),
    "UDP over IPv6": (socket.AF_INET6, socket.SOCK_DGRAM),
    "packets": (socket.AF_PACKET, socket.SOCK_DGRAM),
    "unix": (socket.AF_UNIX, socket.SOCK_STREAM),
    "netlink": (socket.AF_NETLINK, socket.SOCK_RAW),
}
CLASS = ClassId(MAJOR << 16 | 7)


@pytest.fixture(scope="module")
def program() -> Iterator[int]:
    try:
        made = glancer.loaded(Layouts.of_kernel)
    except NoGlance as error:
        pytest.skip(str(error))
    yield made
    os.close(made)


@pytest.fixture
def looks(program: int) -> Glance:
    return Glance(program)


@pytest.mark.parametrize(
    "kinds",
    [kinds for count in range(3) for kinds in combinations(SOCKETS, count)],
    ids=lambda kinds: " and ".join(kinds) or "none",
)
def test_which_sockets_are_held_is_seen_as_proc_says_it(
    looks: Glance, kinds: tuple[str, ...]
) -> None:
    with ExitStack() as ends:
        held = [ends.enter_context(socket.socket(*SOCKETS[kind])) for kind in kinds]
        with subprocess.Popen(
            ["/bin/cat"], stdin=subprocess.PIPE, pass_fds=[each.fileno() for each in held]
        ) as process:
            seen = looks.at(process.pid)
            said = network_sockets(process.pid)
    assert seen is not None
    assert seen.held is (Held.NETWORK if said else Held.NONE)


@pytest.mark.parametrize(
    ("number", "held"),
    [(MOST_FILES - 1, Held.NETWORK), (MOST_FILES, Held.UNKNOWN)],
    ids=["the last that is looked at", "one more"],
)
def test_who_has_more_files_open_than_are_looked_at_is_not_said_to_hold_nothing(
    looks: Glance, number: int, held: Held
) -> None:
    with socket.socket() as made:
        os.dup2(made.fileno(), number)
        with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, pass_fds=[number]) as process:
            seen = looks.at(process.pid)
        os.close(number)
    assert seen is not None
    assert seen.held is held


def test_the_name_of_a_socket_that_is_open_as_a_file_is_none(looks: Glance, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "s"))
        place = os.open(tmp_path / "s", os.O_PATH)
        with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, pass_fds=[place]) as process:
            seen = looks.at(process.pid)
        os.close(place)
    assert seen == Seen(0, Held.NONE, is_at_root=True)


def test_a_class_is_seen_and_who_is_in_a_group_without_one_is_not_at_the_root(
    looks: Glance, groups: NetCls
) -> None:
    groups.make("one", CLASS)
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as process:
        found = [looks.at(process.pid)]
        for name in (f"{groups.home}/one", groups.home):
            place = groups.mount / name.lstrip("/") / "cgroup.procs"
            place.write_text(str(process.pid))
            found.append(looks.at(process.pid))
        (groups.mount / "cgroup.procs").write_text(str(process.pid))
    assert found == [
        Seen(0, Held.NONE, is_at_root=True),
        Seen(CLASS, Held.NONE, is_at_root=False),
        Seen(0, Held.NONE, is_at_root=False),
    ]


def test_who_is_gone_is_not_seen(looks: Glance) -> None:
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    assert looks.at(gone.pid) is None
