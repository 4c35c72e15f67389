"""Who a program is, and whose, where the kernel lends it more: users, numbers that come again."""

import os
import sys
from pathlib import Path

import pytest
from accounts import ATTACKER, Account
from crowds import without_notes
from worlds import FAR, World

from stile.rules import Action, Lifetime

SENDS = f"""
import socket, sys
made = socket.socket(2, 2)
made.sendto(b"evil", ("{FAR}", 9))
print("sent", flush=True)
sys.stdin.read()
"""
AS_NUMBER = """
import ctypes, os, struct, sys
libc, number = ctypes.CDLL(None, use_errno=True), ctypes.c_int32(int(sys.argv[1]))
CLONE3, SIGCHLD, SIZE = 435, 17, 88
arguments = [0] * 11  # struct clone_args, linux/sched.h
arguments[4], arguments[8], arguments[9] = SIGCHLD, ctypes.addressof(number), 1
made = ctypes.create_string_buffer(struct.pack("=11Q", *arguments), SIZE)
child = libc.syscall(CLONE3, made, SIZE)
if child < 0:
    raise OSError(ctypes.get_errno(), "clone3")
if not child:
    os.execvp(sys.argv[2], sys.argv[2:])
os.waitpid(child, 0)
"""
"""Root can choose a number; an account has to start programs until its turn comes: the same."""


def setuid(world: World) -> Path:
    """A program that makes root of whoever starts it."""
    program = world.program("raises")
    os.chown(program, 0, 0)
    program.chmod(0o4755)
    return program


def test_who_starts_a_setuid_program_is_its_user(guarded: World) -> None:
    guarded.stiled()
    agent, program = guarded.agent(), setuid(guarded)

    Account(guarded).start(program, "-S", "-c", SENDS)

    question = agent.next()
    assert str(question.connection.application) == f"path:{program}"
    assert question.connection.process.uid == ATTACKER
    agent.answer(question, Action.DENY, Lifetime.ONCE)


def test_a_rule_for_one_user_lets_nobody_through_as_root(guarded: World) -> None:
    """To the kernel the sockets of a setuid program are root's (docs/threat-model.md)."""
    guarded.stiled()
    agent, program, receiver = guarded.agent(), setuid(guarded), guarded.receiver(port=9)
    guarded.stile("allow", str(program), "--user", str(ATTACKER))

    Account(guarded).start(program, "-S", "-c", SENDS)

    agent.answer(agent.next(), Action.DENY, Lifetime.ONCE)
    receiver.settimeout(0.5)
    with pytest.raises(TimeoutError):
        receiver.recv(9)


@pytest.mark.parametrize("notes", [True, False], ids=["noted", "not noted"])
@pytest.mark.parametrize("lifetime", [Lifetime.FOREVER, Lifetime.QUIT])
def test_who_has_the_number_of_one_that_was_asked_about_does_not_get_its_answer(
    guarded: World, lifetime: Lifetime, *, notes: bool
) -> None:
    if not notes:
        without_notes(guarded)
    guarded.stiled()
    account, agent, receiver = Account(guarded), guarded.agent(), guarded.receiver(port=9)
    first, evil = guarded.program("first"), account.program("evil")
    asker = account.start(first, "-S", "-c", SENDS)
    question = agent.next()
    number = question.connection.process.pid
    assert number == asker.pid
    asker.kill()
    asker.wait()

    words = [str(number), *account.command(evil, "-S", "-c", SENDS)[2:]]
    starter = account.world.near(sys.executable, "-c", AS_NUMBER, *words)
    process = guarded.start(*starter)
    assert process.stdout is not None
    assert process.stdout.readline() == "sent\n", "the number is its own"
    other = agent.next()
    assert other.connection.process.pid == number
    agent.answer(question, Action.ALLOW, lifetime)

    assert receiver.recv(9) == b"evil", "what the first one sent"
    assert other.connection.application.name == str(evil)
    receiver.settimeout(0.5)
    with pytest.raises(TimeoutError):
        receiver.recv(9)
    assert "first" not in Path(f"/proc/{number}/cgroup").read_text()
    agent.answer(other, Action.DENY, Lifetime.ONCE)
