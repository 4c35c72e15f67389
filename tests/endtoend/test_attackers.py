"""What somebody with an account on the machine might try."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from worlds import FAR, Client, World, until

from stile.applications import Kind
from stile.rules import Action, Lifetime


def allowed(guarded: World, name: str = "allowed") -> Client:
    """A running application that may do everything, placed."""
    client = guarded.client(name)
    guarded.stile("allow", str(client.path))
    return client


def test_another_file_mounted_over_an_allowed_path_is_not_that_application(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    known, evil = allowed(guarded), guarded.program("evil")
    agent = guarded.agent()
    script = f"mount --bind {evil} {known.path} && exec {known.path} -S -c '{CONNECT}'"

    guarded.start(*guarded.near("unshare", "--mount", "sh", "-c", script))

    question = agent.next()
    assert str(question.connection.application) == f"path:{evil}"
    agent.answer(question, Action.DENY, Lifetime.ONCE)


def test_a_deleted_program_is_not_the_file_that_now_has_its_name(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent = guarded.agent()
    evil = guarded.client("evil")
    good = guarded.program("good")
    guarded.stile("allow", str(evil.path))
    guarded.stile("forget", str(evil.path))
    evil.path.unlink()
    shutil.copy(good, evil.path)  # now the rule below is about another file
    guarded.stile("allow", str(evil.path))

    evil.begin("tcp")

    question = agent.next()
    assert question.connection.application.kind is Kind.DELETED
    agent.answer(question, Action.DENY, Lifetime.FOREVER)
    assert evil.end() == "ECONNREFUSED"
    assert len(guarded.stile("rules", "--json").splitlines()) == 1, "no rule is about it"


def test_a_port_shared_with_an_allowed_application_does_not_help(guarded: World) -> None:
    guarded.stiled()
    receiver, agent = guarded.receiver(port=9), guarded.agent()
    known, evil = allowed(guarded), guarded.client("evil")
    share: dict[str, Any] = {"bind": 5353, "reuse": True}
    assert known.does("udp", FAR, 9, data="known", **share) == 5
    assert receiver.recv(99) == b"known"

    for _ in range(3):
        evil.begin("udp", FAR, 9, data="evil", **share)
        evil.end()
    question = agent.next()

    assert str(question.connection.application) != known.identity
    receiver.settimeout(0.3)
    with pytest.raises(TimeoutError):
        receiver.recv(99)


def test_a_socket_that_an_allowed_program_also_holds_is_its_makers(guarded: World) -> None:
    """The maker starts an allowed program that inherits the socket, and goes on sending itself."""
    guarded.stiled()
    receiver, agent = guarded.receiver(port=9), guarded.agent()
    known, evil = guarded.program("known"), guarded.program("evil")
    guarded.stile("allow", str(known))

    guarded.start(*guarded.near(evil, "-S", "-c", SHARE, known))

    question = agent.next()
    assert str(question.connection.application) == f"path:{evil}"
    receiver.settimeout(0.3)
    with pytest.raises(TimeoutError):
        receiver.recv(99)


def test_a_denied_packet_whose_socket_is_closed_is_not_taken_for_the_kernels(
    guarded: World,
) -> None:
    guarded.stiled()
    receiver, agent = guarded.receiver(port=9), guarded.agent()
    client = guarded.client()
    client.does("udp", FAR, 9)
    question = agent.next()
    client.does("close")

    agent.answer(question, Action.DENY)

    assert agent.withdrawn()[0] == question.id
    until(lambda: client.does("udp", FAR, 9) == "EPERM", "it is denied now")
    receiver.settimeout(0.3)
    with pytest.raises(TimeoutError):
        receiver.recv(99)


def test_a_process_in_a_foreign_class_is_never_moved(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    client, agent = guarded.client(), guarded.agent()
    foreign = guarded.home / "run/net_cls/stile-tests" / f"{guarded.name}x"
    foreign.mkdir()
    guarded.ends.callback(foreign.rmdir)
    guarded.ends.callback(guarded.end_programs)
    (foreign / "net_cls.classid").write_text("0x4d9f41")
    (foreign / "cgroup.procs").write_text(str(client.process.pid))

    client.begin("tcp")
    agent.answer(agent.next())

    assert client.end() is None, "its packets are judged all the same"
    assert f"{guarded.name}x" in Path(f"/proc/{client.process.pid}/cgroup").read_text()


def test_names_cannot_break_lines_or_turn_them(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent = guarded.agent()
    client = guarded.client("fire\nfox\u202egpj")

    client.begin("tcp")
    question = agent.next()

    name = question.connection.application.name
    assert name.endswith("fire\\x0afox\\u202egpj")
    agent.answer(question)
    assert client.end() is None
    assert client.does("tcp") is None


def test_a_sender_that_is_gone_is_asked_about_and_gets_no_rule(guarded: World) -> None:
    guarded.stiled()
    receiver, agent = guarded.receiver(port=9), guarded.agent()
    program = guarded.program("brief")
    send = f"import socket; socket.socket(2, 2).sendto(b'brief', ('{FAR}', 9))"
    guarded.start(*guarded.near(program, "-S", "-c", send)).wait()

    question = agent.next()
    agent.answer(question, Action.ALLOW, Lifetime.FOREVER)

    assert receiver.recv(9) == b"brief"
    known = question.connection.application.kind is Kind.PATH
    assert len(list(guarded.rules.iterdir())) == int(known)


def test_a_flood_of_one_application_does_not_keep_another_from_being_asked(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent, quiet = guarded.agent(), guarded.client("quiet")
    flood = guarded.start(*guarded.near(guarded.program("loud"), "-S", "-c", FLOOD))
    agent.next()

    quiet.begin("tcp")
    question = agent.next()
    while str(question.connection.application) != quiet.identity:
        question = agent.next()
    agent.answer(question)

    assert quiet.end() is None
    flood.kill()


CONNECT = f"""
import socket
made = socket.socket()
made.connect(("{FAR}", 80))
"""

FLOOD = f"""
import socket
while True:
    for port in range(1, 60000):
        with socket.socket(2, 2) as made:
            made.sendto(b"x", ("{FAR}", port))
"""

SHARE = f"""
import os, socket, sys, time
made = socket.socket(2, 2)
made.set_inheritable(True)
child = os.fork()
if not child:
    os.execv(sys.argv[1], [sys.argv[1], "-S", "-c", "import time; time.sleep(60)"])
while os.readlink(f"/proc/{{child}}/exe") != sys.argv[1]:
    time.sleep(0.01)
made.sendto(b"evil", ("{FAR}", 9))
time.sleep(60)
"""
