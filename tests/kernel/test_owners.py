"""Whose packet is it? Asked of a real kernel about real sockets of real processes."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path

import pytest

from stile.applications import Kind
from stile.connections import TCP, UDP, UDPLITE, Flow, Pid, Protocol
from stiled.owners import Owners

NEAR, NEAR6 = "10.78.0.1", "fd78::1"
FAR, FAR6 = "10.78.0.2", "fd78::2"

CHILD = """
import json, socket, sys
family, kind, protocol, bind, connect, options = json.loads(sys.argv[1])
made = socket.socket(family, kind, protocol)
for level, option, value in options:
    made.setsockopt(level, option, value.encode() if isinstance(value, str) else value)
if kind == socket.SOCK_STREAM:
    made.setblocking(False)
if bind:
    made.bind(tuple(bind))
if connect:
    made.connect_ex(tuple(connect))
print(made.getsockname()[1], flush=True)
sys.stdin.read()
"""

Start = Callable[..., tuple[Pid, int]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process with one socket; gives its pid and the port that the socket has."""
    with ExitStack() as ends:

        def started(
            family: int,
            kind: int,
            protocol: int = 0,
            *,
            bind: tuple[str, int] | None = None,
            connect: tuple[str, int] | None = None,
            options: list[tuple[int, int, int | str]] | None = None,
            program: tuple[str, ...] = (sys.executable,),
        ) -> tuple[Pid, int]:
            words = json.dumps([family, kind, protocol, bind, connect, options or []])
            process = subprocess.Popen(
                [*program, "-S", "-c", CHILD, words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={"PYTHONHOME": sys.base_prefix, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            )
            ends.callback(process.communicate)
            ends.callback(process.kill)
            assert process.stdout
            return Pid(process.pid), int(process.stdout.readline())

        yield started


INET, INET6, STREAM, DGRAM = 2, 10, 1, 2


def flow(protocol: Protocol, port: int, *, version: int = 4) -> Flow:
    near, far = (NEAR, FAR) if version == 4 else (NEAR6, FAR6)
    return Flow(protocol, ip_address(near), port, ip_address(far), 53)


def pids(found: Flow, **options: Callable[[Pid], bool]) -> set[int]:
    return {process.pid for process in Owners().find(found, 0, **options)}


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize(
    ("protocol", "kind"), [(TCP, STREAM), (UDP, DGRAM), (UDPLITE, DGRAM)], ids=str
)
def test_a_connected_socket_is_found(
    start: Start, protocol: Protocol, kind: int, version: int
) -> None:
    if protocol == UDPLITE and not Path("/proc/self/net/udplite").exists():
        pytest.skip("this kernel has no UDP-Lite")
    family, far = (INET, FAR) if version == 4 else (INET6, FAR6)

    pid, port = start(family, kind, protocol.number, connect=(far, 53))

    assert pids(flow(protocol, port, version=version)) == {pid}


@pytest.mark.parametrize("version", [4, 6])
def test_a_datagram_socket_that_is_not_connected_is_found(start: Start, version: int) -> None:
    family, anywhere = (INET, "0.0.0.0") if version == 4 else (INET6, "::")  # noqa: S104 # no server

    pid, port = start(family, DGRAM, bind=(anywhere, 0))

    assert pids(flow(UDP, port, version=version)) == {pid}


@pytest.mark.parametrize("connected", [False, True])
def test_an_ipv6_socket_that_sends_ipv4_is_found(start: Start, *, connected: bool) -> None:
    far = (f"::ffff:{FAR}", 53) if connected else None
    pid, port = start(INET6, DGRAM, bind=None if connected else ("::", 0), connect=far)

    assert pids(flow(UDP, port)) == {pid}


def test_an_ipv6_stream_that_reaches_for_ipv4_is_found(start: Start) -> None:
    pid, port = start(INET6, STREAM, connect=(f"::ffff:{FAR}", 53))

    assert pids(flow(TCP, port)) == {pid}


def test_a_socket_that_is_bound_to_a_device_is_found_by_the_interface(start: Start) -> None:
    bound_to_device = (1, 25, "cable")  # SOL_SOCKET, SO_BINDTODEVICE
    pid, port = start(INET, DGRAM, bind=("0.0.0.0", 0), options=[bound_to_device])  # noqa: S104

    interface = int(_link("cable")["ifindex"])
    (found,) = Owners().find(flow(UDP, port), interface)
    assert found.pid == pid


def _link(name: str) -> dict[str, str]:
    command = ["ip", "-json", "link", "show", name]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    (link,) = json.loads(done.stdout)
    return dict(link)


def test_a_process_is_named_with_its_user_its_program_and_its_words(start: Start) -> None:
    pid, port = start(INET, DGRAM, connect=(FAR, 53))

    (found,) = Owners().find(flow(UDP, port), 0)

    assert (found.pid, found.uid) == (pid, 0)
    assert str(found.application) == f"path:{Path(sys.executable).resolve()}"
    assert found.command[1:3] == ("-S", "-c")


def test_of_sockets_that_share_a_port_the_other_is_found_beyond_the_first(start: Start) -> None:
    reuse_port = (1, 15, 1)  # SOL_SOCKET, SO_REUSEPORT
    one, port = start(INET, DGRAM, bind=(NEAR, 0), options=[reuse_port])
    other, _ = start(INET, DGRAM, bind=(NEAR, port), options=[reuse_port])

    assert len(pids(flow(UDP, port)) & {one, other}) == 1, "the kernel knows of one"
    assert pids(flow(UDP, port), beyond=lambda pid: pid == one) == {other}
    assert pids(flow(UDP, port), beyond=lambda pid: pid == other) == {one}


def test_where_everybody_is_beyond_nobody_is_named(start: Start) -> None:
    _, port = start(INET, DGRAM, connect=(FAR, 53))

    (found,) = Owners().find(flow(UDP, port), 0, beyond=lambda _: True)

    assert (found.pid, found.application.kind) == (0, Kind.UNKNOWN)


def test_a_sender_that_is_gone_is_unknown() -> None:
    (found,) = Owners().find(flow(UDP, 4711), 0)

    assert (found.pid, str(found.application)) == (0, "unknown:already gone")


@pytest.mark.parametrize(("family", "version"), [(INET, 4), (INET6, 6)])
def test_a_raw_socket_on_which_we_listen_ourselves_makes_nobody_of_us(
    start: Start, family: int, version: int
) -> None:
    """The helper hears what name servers answer by one (dnswire.py)."""
    gone = flow(UDP, 4711, version=version)
    with socket.socket(family, socket.SOCK_RAW, UDP.number):
        assert pids(gone) == {0}
        pid, _ = start(family, socket.SOCK_RAW, UDP.number)
        assert pids(gone) == {pid}, "others may send by theirs"


def test_a_program_whose_file_is_gone_is_not_the_file_that_has_its_name(
    start: Start, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    shutil.copy(Path(sys.executable).resolve(), program)
    _, port = start(INET, DGRAM, connect=(FAR, 53), program=(str(program),))
    assert str(Owners().find(flow(UDP, port), 0)[0].application) == f"path:{program}"

    program.unlink()
    assert str(Owners().find(flow(UDP, port), 0)[0].application) == f"deleted:{program}"

    program.write_text("another file")
    assert str(Owners().find(flow(UDP, port), 0)[0].application) == f"deleted:{program}"


def test_a_program_of_another_mount_namespace_is_foreign(start: Start, tmp_path: Path) -> None:
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        pytest.skip("needs unshare and mount")
    place, program = tmp_path / "place", tmp_path / "place" / "program"
    place.mkdir()
    python = Path(sys.executable).resolve()
    script = 'mount -t tmpfs tmpfs "$1" && cp "$2" "$1/program" && shift 2 && exec "$@"'
    inside = ("unshare", "--mount", "sh", "-c", script, "sh", str(place), str(python))

    _, port = start(INET, DGRAM, connect=(FAR, 53), program=(*inside, str(program)))

    assert str(Owners().find(flow(UDP, port), 0)[0].application) == f"foreign:{program}"
    shutil.copy(python, program)
    (found,) = Owners().find(flow(UDP, port), 0)
    assert found.application.kind is Kind.FOREIGN, "the same path here is another file"


def test_only_processes_of_our_network_namespace_run_for_us(start: Start) -> None:
    pid, _ = start(INET, DGRAM)

    running = {process.pid for process in Owners().running()}

    assert pid in running
    assert 1 not in running
