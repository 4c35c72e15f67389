"""Sockets with more rights than their makers, tried by an account without rights."""

import pytest
from accounts import IN_A_NAMESPACE, Account
from worlds import FAR, World, run

from stile.rules import Action, Lifetime
from stiled.ruleset import JUDGED_BIT, secret_mark

PRIVILEGED = """
import socket
def tries(what, act):
    try:
        act()
    except PermissionError:
        return
    print(what)
made, six = (socket.socket(family, socket.SOCK_DGRAM) for family in (2, 10))
for number in (*range(65), 1 << 31):
    mark = number.to_bytes(4, "little")
    tries(f"mark {number}", lambda: made.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark))
tries("transparent", lambda: made.setsockopt(socket.SOL_IP, 19, 1))
tries("transparent6", lambda: six.setsockopt(41, 75, 1))
tries("repair", lambda: socket.socket().setsockopt(socket.SOL_TCP, 19, 1))
tries("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP))
tries("raw6", lambda: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_UDP))
tries("frames", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
print("done")
"""
MARKS = f"""
import socket, struct, sys
for number in sys.argv[1:]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, struct.pack("=I", int(number)))
        made.sendto(b"marked", ("{FAR}", 9))
print(len(sys.argv) - 1, "sent")
"""
TAKES = f"""
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
victim = os.pidfd_open(int(sys.argv[1]))
for number in range(3, 20):
    taken = libc.syscall(438, victim, number, 0)  # pidfd_getfd
    if taken >= 0:
        try:
            made = socket.socket(fileno=taken)
            made.sendto(b"taken", ("{FAR}", 9))
        except OSError:
            continue
        print("sent")
        break
sys.stdin.read()
"""
HOLDS = f"""
import socket, sys
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
made.sendto(b"mine", ("{FAR}", 9))
print("there", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("within", [[], IN_A_NAMESPACE], ids=["plain", "namespace"])
def test_no_socket_can_say_that_it_was_judged_already_or_go_past(
    guarded: World, within: list[str]
) -> None:
    guarded.stiled()

    assert Account(guarded).tries(PRIVILEGED, within=within) == ["done"]


def test_what_a_program_with_more_rights_marks_for_anybody_is_held_even_so(guarded: World) -> None:
    """As ping(8), which may mark packets: the mark that lets a flow through is not to be known."""
    guarded.stiled()
    agent, seen = guarded.agent(), guarded.capture("udp port 9")
    may = ["--reuid=54321", "--clear-groups", "--inh-caps=+net_raw", "--ambient-caps=+net_raw"]
    marks = [JUDGED_BIT, JUDGED_BIT | 1, *(secret_mark() for _ in range(5))]

    marking = guarded.near("setpriv", *may, "/usr/bin/python3", "-c", MARKS, *map(str, marks))
    assert run(*marking) == f"{len(marks)} sent\n"

    assert agent.next().connection.flow.port == 9
    assert seen.packets() == []


def test_who_is_root_in_a_namespace_of_his_own_changes_nothing_outside(guarded: World) -> None:
    guarded.stiled()
    guarded.stile("deny", "/usr/bin/nothing")
    before = guarded.table()
    flush = "nft flush ruleset; nft add table inet stile; nft delete table inet stile; true"

    for namespace in ([], ["--net"]):
        words = [*IN_A_NAMESPACE, *namespace, "sh", "-c", flush]
        run(*Account(guarded).command(*words))

    assert before
    assert guarded.table() == before


def test_a_socket_taken_from_an_allowed_program_has_the_class_of_who_took_it(
    guarded: World,
) -> None:
    """Both are of one user, who may look into the own programs; the packet is the taker's."""
    guarded.stiled()
    account, agent, receiver = Account(guarded), guarded.agent(), guarded.receiver(port=9)
    known, thief = guarded.program("known"), account.program("thief")
    guarded.stile("allow", str(known))
    holder = account.start(known, "-S", "-c", HOLDS)
    assert receiver.recv(9) == b"mine"

    account.start(thief, "-S", "-c", TAKES, str(holder.pid))

    question = agent.next()
    assert "thief" in str(question.connection.application)
    receiver.settimeout(0.3)
    with pytest.raises(TimeoutError):
        receiver.recv(9)
    agent.answer(question, Action.DENY, Lifetime.ONCE)
