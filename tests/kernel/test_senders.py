"""Who sent this? Asked of a real kernel about programs that send once and end at once."""

import os
import select
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import psutil
import pytest

from stile.applications import Kind
from stile.connections import ICMP, ICMPV6, TCP, UDP, Flow, Pid, Process, Protocol
from stiled import netcls
from stiled.classes import EXIT_MAJOR, MAJOR, SHARED_MAJOR
from stiled.notes import LENT
from stiled.owners import Owners
from stiled.senders import NoSenders, Senders, application_of_sender

NEAR, FAR, NEAR6, FAR6 = "10.78.0.1", "10.78.0.2", "fd78::1", "fd78::2"
PORT = 4711

BEGIN = f"""
import os, socket, sys
def udp(family=socket.AF_INET, port={PORT}):
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("", port))
    return made
"""
SEND = f"udp().sendto(b'x', ('{FAR}', 53))"
LEAVE = "; os._exit(0)"
WAIT = "\nprint('sent', flush=True)\nsys.stdin.read()"
ECHO = "bytes([{kind}, 0, 0, 0]) + ({port}).to_bytes(2, 'big') + b'..'"

WAYS = {
    "udp": (UDP, 4, SEND),
    "udp, connected": (UDP, 4, f"made = udp(); made.connect(('{FAR}', 53)); made.send(b'x')"),
    "udp of version 6": (UDP, 6, f"udp(socket.AF_INET6).sendto(b'x', ('{FAR6}', 53))"),
    "udp, mapped": (UDP, 4, f"udp(socket.AF_INET6).sendto(b'x', ('::ffff:{FAR}', 53))"),
    "tcp": (
        TCP,
        4,
        f"made = socket.socket(); made.bind(('', {PORT})); made.setblocking(False);"
        f"made.connect_ex(('{FAR}', 53))",
    ),
    "tcp of version 6": (
        TCP,
        6,
        f"made = socket.socket(socket.AF_INET6); made.bind(('', {PORT})); made.setblocking(False);"
        f"made.connect_ex(('{FAR6}', 53))",
    ),
    "ping": (
        ICMP,
        4,
        "made = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1);"
        f"made.sendto({ECHO.format(kind=8, port=PORT)}, ('{FAR}', 0))",
    ),
    "ping of version 6": (
        ICMPV6,
        6,
        "made = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58);"
        f"made.sendto({ECHO.format(kind=128, port=PORT)}, ('{FAR6}', 0))",
    ),
    "raw": (
        Protocol(47),
        4,
        "made = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47);"
        f"made.sendto(b'anything at all', ('{FAR}', 0))",
    ),
}


def flow(protocol: Protocol = UDP, *, version: int = 4) -> Flow:
    """The flow that a program of these tests sends."""
    near, far = (NEAR, FAR) if version == 4 else (NEAR6, FAR6)
    port = 53 if protocol.has_ports else 0
    source_port = PORT if protocol.has_ports or protocol in (ICMP, ICMPV6) else 0
    return Flow(protocol, ip_address(near), source_port, ip_address(far), port)


@pytest.fixture
def senders(own_namespace: None) -> Iterator[Senders]:
    """The kernel takes notes."""
    try:
        made = Senders.open()
    except NoSenders as error:
        pytest.skip(str(error))
    yield made
    made.close()


@pytest.fixture
def owners(senders: Senders) -> Owners:
    """Those who read the notes."""
    return Owners(senders)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program at a path of its own."""
    path = tmp_path / "program"
    shutil.copy(Path(sys.executable).resolve(), path)
    return path


ENVIRONMENT = {"PYTHONHOME": sys.base_prefix, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def command(program: Path | str, code: str) -> list[str]:
    return [str(program), "-S", "-c", BEGIN + code]


def run(*words: str, **options: str) -> int:
    """Run a program to its end, and give the number that it had."""
    with subprocess.Popen(words, env=ENVIRONMENT, **options) as process:  # type: ignore[call-overload]
        assert process.wait() == 0
        return int(process.pid)


@pytest.fixture
def start() -> "Iterator[Start]":
    """Start programs that stay."""
    with ExitStack() as ends:
        yield Start(ends)


class Start:
    def __init__(self, ends: ExitStack) -> None:
        self._ends = ends

    def __call__(self, *words: str) -> "subprocess.Popen[str]":
        """Start a program, and wait until it has sent."""
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT, text=True
        )
        self._ends.callback(process.communicate)
        self._ends.callback(process.kill)
        assert process.stdout
        assert process.stdout.readline() == "sent\n"
        return process


def named(processes: tuple[Process, ...]) -> list[tuple[int, str]]:
    return [(process.pid, str(process.application)) for process in processes]


# -- one that is gone ------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_who_sends_and_ends_at_once_is_named(owners: Owners, program: Path, way: str) -> None:
    protocol, version, code = WAYS[way]

    pid = run(*command(program, code + LEAVE))

    (found,) = owners.find(flow(protocol, version=version), 0)
    assert (found.pid, found.uid, str(found.application)) == (pid, 0, f"path:{program}")
    assert found.command[:3] == (str(program), "-S", "-c")


def test_a_program_of_several_threads_is_named_by_its_process(
    owners: Owners, program: Path
) -> None:
    thread = (
        f"import threading; it = threading.Thread(target=lambda: {SEND}); it.start(); it.join()"
    )

    pid = run(*command(program, thread + LEAVE))

    assert named(owners.find(flow(), 0)) == [(pid, f"path:{program}")]


def test_neither_its_words_nor_its_name_change_who_it_is(owners: Owners, program: Path) -> None:
    lie = "import ctypes; ctypes.CDLL(None).prctl(15, b'curl');"  # PR_SET_NAME

    pid = run("/usr/bin/curl", *command(program, lie + SEND + LEAVE)[1:], executable=str(program))

    (found,) = owners.find(flow(), 0)
    assert (found.pid, str(found.application)) == (pid, f"path:{program}")
    assert found.command[0] == "/usr/bin/curl", "its own word"


def test_a_path_may_lead_over_mounts_and_through_many_folders(
    owners: Owners, program: Path, tmp_path: Path
) -> None:
    place = tmp_path / "mounted"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
    try:
        deep = place.joinpath(*"abcdefghijkl") / ("n" * 255)
        deep.parent.mkdir(parents=True)
        shutil.copy(program, deep)

        run(*command(deep, SEND + LEAVE))

        assert [name for _, name in named(owners.find(flow(), 0))] == [f"path:{deep}"]
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_path_that_is_too_long_is_nobodys(owners: Owners, program: Path, tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*(letter * 250 for letter in "abcd")) / "program"
    deep.parent.mkdir(parents=True)
    shutil.copy(program, deep)

    run(*command(deep, SEND + LEAVE))

    (found,) = owners.find(flow(), 0)
    assert found.application.kind is Kind.UNKNOWN


@pytest.mark.parametrize("again", ["", "another file"])
def test_a_program_whose_file_is_gone_is_not_the_file_that_has_its_name(
    owners: Owners, program: Path, again: str
) -> None:
    pid = run(*command(program, f"os.unlink({str(program)!r});" + SEND + LEAVE))

    if again:
        program.write_text(again)

    assert named(owners.find(flow(), 0)) == [(pid, f"deleted:{program}")]


def test_what_stands_at_a_path_elsewhere_is_not_what_stands_there_here(
    owners: Owners, program: Path, tmp_path: Path
) -> None:
    trusted = tmp_path / "trusted"
    shutil.copy(program, trusted)
    script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
    inside = ("unshare", "--mount", "sh", "-c", script, "sh", str(program), str(trusted))

    run(*inside, *command(trusted, SEND + LEAVE))

    (found,) = owners.find(flow(), 0)
    assert str(found.application) == f"foreign:{trusted}"


SYSTEM_PYTHON = Path("/usr/bin/python3").resolve()


@pytest.mark.parametrize(
    ("words", "named_as"),
    [
        (["-S", "{folder}/script"], "script:{folder}/script"),
        (["-S", "script"], "unknown:a script of {python}, already gone"),
        (["-S", "-m", "script"], "unknown:a script of {python}, already gone"),
        (["-S", "-c", BEGIN + SEND], "path:{python}"),
        (["-S", "-c", BEGIN + SEND + "#" * 512], "unknown:a script of {python}, already gone"),
    ],
    ids=["whole path", "relative", "module", "inline", "long"],
)
def test_a_script_is_named_where_its_interpreter_can_be_believed(
    owners: Owners, tmp_path: Path, words: list[str], named_as: str
) -> None:
    if not SYSTEM_PYTHON.exists():
        pytest.skip("there is no Python of the system")
    (tmp_path / "script").write_text(BEGIN + SEND)
    (tmp_path / "script.py").write_text(BEGIN + SEND)
    command = [str(SYSTEM_PYTHON), *(word.replace("{folder}", str(tmp_path)) for word in words)]
    subprocess.run(command, check=True, cwd=tmp_path)

    (found,) = owners.find(flow(), 0)

    expected = named_as.format(folder=tmp_path, python=SYSTEM_PYTHON)
    assert str(found.application) == expected


# -- one that is there -------------------------------------------------------------------


def test_who_is_there_still_is_named_as_it_is_now(
    owners: Owners, program: Path, start: Start
) -> None:
    process = start(*command(program, f"made = udp(); made.sendto(b'x', ('{FAR}', 53))" + WAIT))

    assert named(owners.find(flow(), 0)) == [(process.pid, f"path:{program}")]


def test_who_has_closed_its_socket_has_no_number(
    owners: Owners, program: Path, start: Start
) -> None:
    """Its class would not reach the packet: the flow has to be let through, or refused."""
    start(*command(program, KEPT + "made.close()" + WAIT))

    assert named(owners.find(flow(), 0)) == [(0, f"path:{program}")]


KEPT = f"made = udp(); made.sendto(b'x', ('{FAR}', 53));"
EXEC = """
words = [sys.argv[0], "-S", "-c", "import sys; print('sent', flush=True); sys.stdin.read()"]
os.execv({other!r}, words)
"""


def test_who_has_become_another_program_is_named_as_it_was(
    owners: Owners, program: Path, tmp_path: Path, start: Start
) -> None:
    other = tmp_path / "other"
    shutil.copy(program, other)

    start(*command(program, KEPT + EXEC.format(other=str(other))))

    assert named(owners.find(flow(), 0)) == [(0, f"path:{program}")]


def test_who_has_become_another_program_with_its_socket_is_named_both_ways(
    owners: Owners, program: Path, tmp_path: Path, start: Start
) -> None:
    other = tmp_path / "other"
    shutil.copy(program, other)

    code = KEPT + "os.set_inheritable(made.fileno(), True)" + EXEC.format(other=str(other))
    process = start(*command(program, code))

    assert named(owners.find(flow(), 0)) == [
        (0, f"path:{program}"),
        (process.pid, f"path:{other}"),
    ]


# -- it comes back ---------------------------------------------------------------------------


def test_a_note_counts_also_where_an_earlier_connection_was_the_same(
    owners: Owners, program: Path, start: Start
) -> None:
    process = start(*command(program, KEPT + WAIT))

    found = owners.find(flow(), 0, beyond=lambda _: False)

    assert named(found) == [(process.pid, f"path:{program}")]


def test_a_note_of_who_is_in_its_class_leads_to_others_that_have_its_port(
    owners: Owners, program: Path, start: Start
) -> None:
    other = start(*command(program, "made = udp()" + WAIT))
    process = start(*command(program, KEPT + WAIT))

    found = owners.find(flow(), 0, beyond=lambda pid: pid == process.pid)

    assert named(found) == [(other.pid, f"path:{program}")]


# -- who else has its socket -----------------------------------------------------------------


def test_a_socket_that_its_sender_held_alone_is_not_looked_for_in_all_processes(
    owners: Owners, program: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = start(*command(program, KEPT + WAIT))
    owners.find(flow(), 0)
    monkeypatch.setattr("stiled.owners._everybody", lambda: pytest.fail("all are looked through"))

    assert owners.sharers(Pid(process.pid)) == []


def test_another_socket_of_the_sender_is_looked_for(
    owners: Owners, program: Path, start: Start
) -> None:
    code = f"""
shared = udp(port={PORT + 1})
if not os.fork():
    sys.stdin.read()
    os._exit(0)
"""
    process = start(*command(program, code + KEPT + WAIT))
    owners.find(flow(), 0)

    assert owners.sharers(Pid(process.pid)) == [child_of(process)]


def test_that_a_socket_was_held_alone_counts_once(
    owners: Owners, program: Path, start: Start
) -> None:
    """Who has passed it on since is found at the second look."""
    code = """
sys.stdin.readline()
if not os.fork():
    sys.stdin.read()
    os._exit(0)
print('passed on', flush=True)
"""
    process = start(*command(program, KEPT + "\nprint('sent', flush=True)" + code + WAIT))
    owners.find(flow(), 0)
    assert owners.sharers(Pid(process.pid)) == []
    assert process.stdin
    assert process.stdout
    process.stdin.write("go on\n")
    process.stdin.flush()
    assert process.stdout.readline() == "passed on\n"

    assert owners.sharers(Pid(process.pid)) == [child_of(process)]


def child_of(process: "subprocess.Popen[str]") -> int:
    (child,) = psutil.Process(process.pid).children()
    return int(child.pid)


# -- more than one ---------------------------------------------------------------------------


def test_all_holders_of_a_shared_socket_are_named(
    owners: Owners, program: Path, start: Start
) -> None:
    fork = f"""
made = udp()
if not os.fork():
    made.sendto(b'x', ('{FAR}', 53))
    os._exit(0)
os.wait()
"""
    process = start(*command(program, fork + WAIT))

    sender, holder = owners.find(flow(), 0)

    assert (holder.pid, str(holder.application)) == (process.pid, f"path:{program}")
    assert sender.pid not in (0, process.pid), "the child, that is gone"


def test_a_shared_socket_whose_holders_are_gone_has_an_unknown_one_too(
    owners: Owners, program: Path
) -> None:
    twice = f"made = udp(); other = os.dup(made.fileno()); made.sendto(b'x', ('{FAR}', 53))"

    pid = run(*command(program, twice + LEAVE))

    sender, unknown = owners.find(flow(), 0)
    assert (sender.pid, str(sender.application)) == (pid, f"path:{program}")
    assert str(unknown.application) == f"unknown:one of {program} and others, already gone"


def test_two_that_send_the_same_are_not_told_apart(
    owners: Owners, program: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copy(program, other)

    run(*command(program, SEND + LEAVE))
    run(*command(other, SEND + LEAVE))

    kinds = [process.application.kind for process in owners.find(flow(), 0)]
    assert kinds == [Kind.PATH, Kind.UNKNOWN]


def test_of_two_that_send_the_same_who_is_there_is_named(
    owners: Owners, program: Path, tmp_path: Path, start: Start
) -> None:
    other = tmp_path / "other"
    shutil.copy(program, other)

    pid = run(*command(program, SEND + LEAVE))
    process = start(*command(other, KEPT + WAIT))

    assert named(owners.find(flow(), 0)) == [
        (pid, f"path:{program}"),
        (process.pid, f"path:{other}"),
    ]


def test_a_note_is_taken_once(senders: Senders, program: Path) -> None:
    run(*command(program, SEND + LEAVE))
    assert senders.take(flow())

    assert senders.take(flow()) is None


def test_who_sends_again_is_one_sender(senders: Senders, program: Path) -> None:
    run(*command(program, SEND + ";" + SEND + LEAVE))

    found = senders.take(flow())

    assert found
    assert found.is_alone


# -- what is not noted --------------------------------------------------------------------------


def in_class(class_id: int, runtime: Path, ends: ExitStack, code: str) -> str:
    """Give the code that goes into a class before it does what it does."""
    if not netcls.is_mounted(runtime):
        ends.callback(netcls.unmount, runtime)
    group = netcls.find_or_mount(runtime) / f"stile-tests-senders-{os.getpid()}"
    group.mkdir()
    ends.callback(group.rmdir)
    (group / "net_cls.classid").write_text(str(class_id))
    return f"open('{group}/cgroup.procs', 'w').write(str(os.getpid()));" + code


@pytest.mark.parametrize(
    ("major", "noted"),
    [(MAJOR, False), (SHARED_MAJOR, False), (EXIT_MAJOR, True), (0x10, True)],
    ids=hex,
)
def test_who_is_in_a_decided_class_is_left_alone(
    senders: Senders, program: Path, tmp_path: Path, *, major: int, noted: bool
) -> None:
    with ExitStack() as ends:
        run(*command(program, in_class(major << 16 | 1, tmp_path, ends, SEND + LEAVE)))

    assert (senders.take(flow()) is not None) is noted


LENDS = """
made, (ours, theirs) = udp(), socket.socketpair()
if not os.fork():
    {enters}
    ours.close()
    socket.recv_fds(theirs, 1, 1)
    theirs.send(b"x")
    theirs.recv(1)
    os._exit(0)
socket.send_fds(ours, [b"x"], [made.fileno()])
ours.recv(1)
print("sent", flush=True)
while (count := int(sys.stdin.readline())):
    refused = 0
    for _ in range(count):
        try:
            made.sendto(b"x", ("{far}", 53))
        except PermissionError:
            refused += 1
    print(refused, os.fstat(made.fileno()).st_ino, flush=True)
ours.close(), theirs.close()
os.wait()
"""
"""The child is in the class, and is given a socket by which the parent sends."""


@pytest.mark.parametrize(
    ("major", "decided"), [(MAJOR, True), (SHARED_MAJOR, True), (0x10, False)], ids=hex
)
def test_nobody_sends_by_a_socket_that_has_its_class_from_somebody_else(
    senders: Senders, start: Start, program: Path, tmp_path: Path, *, major: int, decided: bool
) -> None:
    class_id = major << 16 | 1
    with ExitStack() as ends:
        enters = in_class(class_id, tmp_path, ends, "")
        process = start(*command(program, LENDS.format(enters=enters, far=FAR)))
        into, out = process.stdin, process.stdout
        assert into is not None
        assert out is not None

        def sends(count: int) -> tuple[int, int]:
            print(count, file=into, flush=True)
            refused, inode = out.readline().split()
            return int(refused), int(inode)

        for _ in range(5):  # all of the ring, more than once
            refused, inode = sends(150)
            told = [LENT.unpack(each) for each in senders.lent.take()]
            assert refused == (150 if decided else 0)
            assert told == [(process.pid, class_id, inode)] * refused
        refused, _ = sends(1000)
        assert refused == (1000 if decided else 0), "whether there is room to tell of it or not"
        assert len(senders.lent.take()) < 200
        assert senders.lent.take() == []
        print(0, file=into, flush=True)
        process.wait()


SHARES = f"""
import time
made, child = udp(), os.fork()
if not child:
    time.sleep(3600)
print("sent", child, sep="\\n", flush=True)
count, refused = int(sys.stdin.readline()), 0
for _ in range(count):
    try:
        made.sendto(b"x", ("{FAR}", 53))
    except PermissionError:
        refused += 1
print(refused, flush=True)
sys.stdin.readline()
os.kill(child, 9)
os.wait()
"""
"""Sends by a socket that a child holds, too."""


def test_who_sends_while_a_child_takes_the_class_of_its_socket_along_has_lent_nothing(
    senders: Senders, start: Start, program: Path, tmp_path: Path
) -> None:
    """The exec gate has each child go so that holds what its parent does (`exits.py`)."""
    with ExitStack() as ends:
        class_id = MAJOR << 16 | 1
        process = start(*command(program, in_class(class_id, tmp_path, ends, SHARES)))
        into, out = process.stdin, process.stdout
        assert into is not None
        assert out is not None
        child = out.readline()
        home = netcls.find_or_mount(tmp_path)
        group = home / f"stile-tests-senders-{os.getpid()}"
        way_out = group.with_name(f"{group.name}-out")
        way_out.mkdir()
        ends.callback(way_out.rmdir)
        (way_out / "net_cls.classid").write_text(str(EXIT_MAJOR << 16 | 1))

        print(200_000, file=into, flush=True)
        while not select.select([out], [], [], 0)[0]:
            (way_out / "cgroup.procs").write_text(child)
            (group / "net_cls.classid").write_text(str(class_id))
            (group / "cgroup.procs").write_text(child)
        refused = int(out.readline())
        print("end", file=into, flush=True)
        process.wait()
    assert (refused, senders.lent.take()) == (0, [])


QUESTION = "bytes([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]) + b'\\1a\\0\\0\\1\\0\\1'"
ASKING = {
    "to a place": (4, f"udp().sendto({QUESTION}, ('{FAR}', 53))"),
    "connected": (4, f"made = udp(); made.connect(('{FAR}', 53)); made.send({QUESTION})"),
    "by version 6": (6, f"udp(socket.AF_INET6).sendto({QUESTION}, ('{FAR6}', 53))"),
}


@pytest.mark.parametrize("way", ASKING)
@pytest.mark.parametrize("major", [MAJOR, 0x10], ids=["decided", "undecided"])
def test_a_question_to_a_name_server_is_noted_once_whose_ever_it_is(
    senders: Senders, program: Path, tmp_path: Path, way: str, *, major: int
) -> None:
    version, asking = ASKING[way]
    with ExitStack() as ends:
        run(*command(program, in_class(major << 16 | 1, tmp_path, ends, asking + LEAVE)))

    asked = flow(version=version)
    assert not senders.was_asked(asked, 0x1235)
    assert not senders.was_asked(replace(asked, source_port=PORT + 1), 0x1234)
    assert senders.was_asked(asked, 0x1234)
    assert not senders.was_asked(asked, 0x1234)


def test_a_question_on_this_machine_is_noted(senders: Senders, program: Path) -> None:
    run(*command(program, f"udp().sendto({QUESTION}, ('127.0.0.1', 53))" + LEAVE))

    local = ip_address("127.0.0.1")
    assert senders.was_asked(Flow(UDP, local, PORT, local, 53), 0x1234)


@pytest.mark.parametrize(
    "sent",
    [f"b'\\x12\\x34\\x81' + ({QUESTION})[3:]", f"({QUESTION})[:11]"],
    ids=["answer", "short"],
)
def test_what_is_no_question_is_not_noted(senders: Senders, program: Path, sent: str) -> None:
    run(*command(program, f"udp().sendto({sent}, ('{FAR}', 53))" + LEAVE))

    assert not senders.was_asked(flow(), 0x1234)


def test_what_stays_on_this_machine_is_left_alone(senders: Senders, program: Path) -> None:
    run(*command(program, "udp().sendto(b'x', ('127.0.0.1', 53))" + LEAVE))

    local = ip_address("127.0.0.1")
    assert senders.take(Flow(UDP, local, PORT, local, 53)) is None


def test_who_only_happens_to_be_there_when_the_kernel_repeats_a_syn_is_not_the_sender(
    senders: Senders, program: Path, start: Start
) -> None:
    """The timer interrupts whatever runs; here, something always does."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as wire:
        wire.bind(("end", 0x0800))
        wire.settimeout(10)
        start(*command(program, WAYS["tcp"][2] + WAIT))
        wire.recv(2048)
        assert senders.take(flow(TCP))

        busy = [subprocess.Popen(command(sys.executable, "while 1: 0")) for _ in range(4)]
        try:
            wire.recv(2048)
        finally:
            for each in busy:
                each.kill()
                each.wait()

    assert senders.take(flow(TCP)) is None


def test_a_user_who_may_not_load_programs_is_told_so(own_namespace: None, tmp_path: Path) -> None:
    code = """
import os
from stiled.senders import NoSenders, Senders
os.setresuid(65534, 65534, 65534)
try:
    Senders.open()
except NoSenders as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.startswith("no permission for BPF: stiled needs CAP_SYS_ADMIN")


# -- beginning and end -----------------------------------------------------------------------


def test_the_program_goes_with_whoever_put_it_there(own_namespace: None) -> None:
    code = "from stiled.senders import Senders; it = Senders.open(); print('here', flush=True);"
    words = [sys.executable, "-c", code + "import sys; sys.stdin.read()"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            if process.stdout.readline() != b"here\n":
                pytest.skip("this kernel has no BPF programs for netfilter")
            with pytest.raises(NoSenders, match="another BPF program has the priority -1"):
                Senders.open()
        finally:
            process.kill()

    Senders.open().close()


def test_nothing_is_noted_after_the_end(senders: Senders, program: Path) -> None:
    run(*command(program, SEND + LEAVE))
    senders.close()

    Senders.open().close()  # so the place is free


def test_a_note_says_where_the_file_lies(senders: Senders, program: Path) -> None:
    run(*command(program, SEND + LEAVE))

    found = senders.take(flow())

    assert found
    status = program.stat()
    assert found.file == (status.st_dev, status.st_ino)
    assert application_of_sender(found).name == str(program)
