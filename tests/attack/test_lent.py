"""Sockets that are lent: given away, held in one table by two, used by the kernel's own workers."""

import errno
import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from accounts import Account
from crowds import without_notes
from worlds import FAR, Agent, World, run, until

from stile.rules import Action, Lifetime

SOURCE = Path(__file__).parent / "programs/uring.c"
REFUSED = 77
"""How `uring.c` ends where the kernel refuses io_uring to it."""
GIVES = f"""
import socket, sys
made = socket.socket(2, 2)
if sys.argv[2] == "sends":
    made.sendto(b"mine", ("{FAR}", 9))
    sys.stdin.readline()  # it has arrived: a held packet is everybody's who has its socket
other = socket.socket(socket.AF_UNIX)
other.connect(sys.argv[1])
socket.send_fds(other, [b"x"], [made.fileno()])
other.recv(1)
try:
    made.sendto(b"after", ("{FAR}", 9))
except PermissionError:
    print("refused", flush=True)
for line in sys.stdin:
    made.sendto(b"again", ("{FAR}", 9))
"""
TAKES = f"""
import os, socket, sys, time
waits = socket.socket(socket.AF_UNIX)
waits.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
waits.listen()
if sys.argv[3:]:  # its first packet brings its class
    first = socket.socket(2, 2)
    try:
        first.sendto(b"first", ("{FAR}", 9))
    except PermissionError:
        pass
print("listens", flush=True)
other, _ = waits.accept()
_, (taken, *_), _, _ = socket.recv_fds(other, 1, 1)
try:
    if sys.argv[2] == "sends":
        made = socket.socket(fileno=taken)
        made.sendto(b"evil", ("{FAR}", 9))
    other.send(b"x")
    print("taken", flush=True)
except OSError as error:
    print(error.errno, flush=True)
sys.stdin.read()
"""
FORKS = f"""
import os, socket, sys
made, (ours, theirs) = socket.socket(2, 2), socket.socketpair()
is_parent = os.fork()
for _ in range(10):
    if is_parent:
        made.sendto(b"parent", ("{FAR}", 9))
        ours.send(b"x")
        ours.recv(1)
    else:
        theirs.recv(1)
        made.sendto(b"child", ("{FAR}", 9))
        theirs.send(b"x")
sys.stdin.read()
"""
BEGINS = """
import socket
socket.create_connection(("10.77.0.99", 80))
"""
SHARES_ITS_TABLE = f"""
import ctypes, os, signal, socket, sys, time
libc = ctypes.CDLL(None, use_errno=True)
CLONE_FILES = 0x400
child = libc.syscall(56, CLONE_FILES | signal.SIGCHLD, 0, 0, 0, 0)
if not child:
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.01)
    os.execv(sys.argv[1], [sys.argv[1], "-S", "-c", "import time; time.sleep(60)"])
made = socket.socket(2, 2)
made.set_inheritable(True)
open(sys.argv[2], "w").close()
while os.readlink(f"/proc/{{child}}/exe") != sys.argv[1]:
    time.sleep(0.01)
made.sendto(b"evil", ("{FAR}", 9))
time.sleep(60)
"""


def nothing_comes(receiver: socket.socket) -> None:
    """See that nobody has been let through."""
    receiver.settimeout(0.5)
    with pytest.raises(TimeoutError):
        receiver.recv(9)


def refused(agent: Agent, program: Path) -> None:
    """Be asked about a program, and deny this once."""
    question = agent.next()
    assert question.connection.application.name == str(program)
    agent.answer(question, Action.DENY, Lifetime.ONCE)


def waits(
    account: Account, program: Path, what: str, *, placed: bool = False
) -> "subprocess.Popen[str]":
    """Start who will be given a socket, and has its class already, perhaps."""
    first = ["first"] if placed else []
    other = account.start(program, "-S", "-c", TAKES, meeting(account), what, *first)
    assert other.stdout is not None
    assert other.stdout.readline() == "listens\n"
    if placed:
        groups = Path(f"/proc/{other.pid}/cgroup")
        until(lambda: program.name in groups.read_text() or None, "it has its class")
    return other


def sends_and_gives(account: Account, program: Path, receiver: socket.socket) -> None:
    """Have a program send, and give its socket away once that has arrived."""
    giver = account.start(program, "-S", "-c", GIVES, meeting(account), "sends")
    assert receiver.recv(9) == b"mine"
    assert giver.stdin is not None
    giver.stdin.write("\n")
    giver.stdin.flush()


def meeting(account: Account) -> str:
    """Where two programs of an account meet."""
    return str(account.world.home / "account" / "meeting")


@pytest.mark.parametrize("notes", [True, False], ids=["noted", "not noted"])
def test_a_socket_that_an_allowed_program_gives_away_has_the_class_of_who_took_it(
    guarded: World, *, notes: bool
) -> None:
    if not notes:
        without_notes(guarded)
    guarded.stiled()
    account, agent, receiver = Account(guarded), guarded.agent(), guarded.receiver(port=9)
    known, taker = guarded.program("known"), account.program("taker")
    guarded.stile("allow", str(known))
    waits(account, taker, "sends")

    sends_and_gives(account, known, receiver)

    refused(agent, taker)
    nothing_comes(receiver)


def test_a_denied_program_is_denied_with_the_socket_of_an_allowed_one(guarded: World) -> None:
    guarded.stiled()
    account, receiver = Account(guarded), guarded.receiver(port=9)
    known, taker = guarded.program("known"), account.program("taker")
    guarded.stile("allow", str(known))
    guarded.stile("deny", f"path@{account.uid}:{taker}")
    other = waits(account, taker, "sends", placed=True)

    sends_and_gives(account, known, receiver)

    assert other.stdout is not None
    assert int(other.stdout.readline()) == errno.EPERM
    nothing_comes(receiver)


def test_a_socket_that_an_allowed_program_was_sent_does_not_lend_its_sender_the_verdict(
    guarded: World,
) -> None:
    """Who has sent it is asked about as soon as it sends once more."""
    guarded.stiled()
    account, agent, receiver = Account(guarded), guarded.agent(), guarded.receiver(port=9)
    known, giver = guarded.program("known"), account.program("giver")
    guarded.stile("allow", str(known))
    other = waits(account, known, "keeps", placed=True)
    assert receiver.recv(9) == b"first"

    gives = account.start(giver, "-S", "-c", GIVES, meeting(account), "keeps")

    assert other.stdout is not None
    assert other.stdout.readline() == "taken\n"
    assert gives.stdout is not None
    assert gives.stdout.readline() == "refused\n"
    nothing_comes(receiver)
    assert gives.stdin is not None
    gives.stdin.write("again\n")
    gives.stdin.flush()
    refused(agent, giver)
    nothing_comes(receiver)


def test_a_denied_program_is_not_let_through_by_a_socket_that_it_has_sent_to_an_allowed_one(
    guarded: World,
) -> None:
    """And none of its own is open to it afterwards."""
    guarded.stiled()
    account, agent, receiver = Account(guarded), guarded.agent(), guarded.receiver(port=9)
    known, giver = guarded.program("known"), account.program("giver")
    guarded.stile("allow", str(known))
    guarded.stile("deny", f"path@{account.uid}:{giver}")
    other = waits(account, known, "keeps", placed=True)
    assert receiver.recv(9) == b"first"

    gives = account.start(giver, "-S", "-c", GIVES, meeting(account), "keeps")

    assert other.stdout is not None
    assert other.stdout.readline() == "taken\n"
    assert gives.stdout is not None
    assert gives.stdout.readline() == "refused\n"
    assert gives.stdin is not None
    gives.stdin.write("again\n")
    gives.stdin.flush()
    nothing_comes(receiver)
    assert agent.is_quiet


def test_an_allowed_program_sends_by_a_socket_that_somebody_has_made_for_it(
    guarded: World,
) -> None:
    guarded.stiled()
    account, agent, receiver = Account(guarded), guarded.agent(), guarded.receiver(port=9)
    known, giver = guarded.program("known"), account.program("giver")
    guarded.stile("allow", str(known))
    waits(account, known, "sends", placed=True)
    assert receiver.recv(9) == b"first"

    account.start(giver, "-S", "-c", GIVES, meeting(account), "keeps")

    assert receiver.recv(9) == b"evil"
    nothing_comes(receiver)
    assert agent.is_quiet


def test_a_child_that_has_not_become_another_program_sends_by_the_socket_of_its_parent(
    guarded: World,
) -> None:
    guarded.stiled()
    account, agent, receiver = Account(guarded), guarded.agent(), guarded.receiver(port=9)
    known = guarded.program("known")
    guarded.stile("allow", str(known))

    account.start(known, "-S", "-c", FORKS)

    assert [receiver.recv(9) for _ in range(20)] == [b"parent", b"child"] * 10
    assert agent.is_quiet


def test_what_a_timer_sends_again_in_the_midst_of_another_program_is_the_first_ones(
    guarded: World,
) -> None:
    guarded.stiled()
    known = guarded.program("known")
    guarded.stile("allow", str(known))
    link = json.loads(run("ip", "-j", "-n", f"{guarded.name}f", "link", "show", "far"))
    nobody = ["10.77.0.99", "lladdr", link[0]["address"], "dev", "near"]
    run("ip", "-n", f"{guarded.name}n", "neigh", "add", *nobody)
    seen = guarded.capture("tcp port 80")
    for _ in os.sched_getaffinity(0):
        guarded.start(*guarded.near("sh", "-c", "while :; do :; done"))

    guarded.start(*guarded.near(known, "-S", "-c", BEGINS))

    until(lambda: len(seen.packets()) > 1 or None, "its first packet is sent again")


@pytest.mark.parametrize("notes", [True, False], ids=["noted", "not noted"])
def test_a_table_of_descriptors_that_two_had_together_lends_nobody_a_verdict(
    guarded: World, *, notes: bool
) -> None:
    """The child executes an allowed program, and has had the socket by no step of its own."""
    if not notes:
        without_notes(guarded)
    guarded.stiled()
    account, agent, receiver = Account(guarded), guarded.agent(), guarded.receiver(port=9)
    known, evil = guarded.program("known"), account.program("evil")
    guarded.stile("allow", str(known))

    account.start(evil, "-S", "-c", SHARES_ITS_TABLE, known, meeting(account))

    refused(agent, evil)
    nothing_comes(receiver)


@pytest.mark.parametrize("who", ["now", "worker", "thread"])
@pytest.mark.parametrize("what", ["send", "connect"])
@pytest.mark.parametrize("decided", [Action.ASK, Action.ALLOW, Action.DENY])
def test_what_the_kernel_does_for_a_program_is_the_programs(
    guarded: World, what: str, who: str, decided: Action
) -> None:
    """By io_uring: the sender is the process, one of its workers, or a thread of the kernel."""
    guarded.stiled()
    guarded.server()
    account, agent, receiver = Account(guarded), guarded.agent(), guarded.receiver(port=9)
    program = account.program("uring")
    run("gcc", "-O1", "-static", "-o", program, SOURCE)
    os.chown(program, account.uid, account.uid)
    if decided is not Action.ASK:
        guarded.stile(str(decided), f"path@{account.uid}:{program}")

    process = account.start(program, FAR, what, who)

    assert process.stdout is not None
    if decided is Action.ASK:
        question = agent.next()
        assert question.connection.application.name == str(program)
        agent.answer(question, Action.DENY, Lifetime.ONCE)
    line = process.stdout.readline()
    if not line and process.wait() == REFUSED:
        pytest.skip("this kernel refuses io_uring (kernel.io_uring_disabled, or not built in)")
    if what == "connect":
        assert int(line) == (0 if decided is Action.ALLOW else -errno.ECONNREFUSED)
    elif decided is Action.ALLOW:
        assert receiver.recv(9) == b"evil"
    else:
        nothing_comes(receiver)
    assert agent.is_quiet
