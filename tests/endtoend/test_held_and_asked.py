"""An unknown application is held, its user is asked, and the kernel decides from then on."""

import os
import resource
import shutil
import socket
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from worlds import FAR, FAR6, NEAR, NEAR6, World, run, settled, until, wakeups

from stile.questions import Why
from stile.rules import Action, Lifetime
from stiled.main import URGENT


def test_nothing_arrives_while_the_question_is_open_and_then_the_very_packet_that_was_held(
    guarded: World,
) -> None:
    guarded.stiled()
    listener = guarded.listener()
    agent, capture = guarded.agent(), guarded.capture("tcp port 80")
    client = guarded.client()

    client.begin("tcp")
    question = agent.next()
    run(*guarded.far("ping", "-c", "1", NEAR))  # time passes, and other packets
    assert capture.packets() == []
    assert str(question.connection.application) == client.identity
    assert (str(question.connection.flow.address), question.connection.flow.port) == (FAR, 80)

    assert agent.answer(question)
    assert client.end() is None
    guarded.accepted(listener)
    until(lambda: any("Flags [.]" in line for line in capture.packets()), "the handshake ends")
    syns = [line for line in capture.packets() if "Flags [S]" in line]
    assert len(syns) == 1, "the held packet itself, no retransmission"


def test_a_held_datagram_is_delivered_after_the_answer(guarded: World) -> None:
    guarded.stiled()
    receiver, agent, client = guarded.receiver(port=9), guarded.agent(), guarded.client()

    assert client.does("udp", FAR, 9, data="held") == 4  # the sender has not noticed
    question = agent.next()
    receiver.settimeout(0.2)
    with pytest.raises(TimeoutError):
        receiver.recv(99)
    agent.answer(question)

    receiver.settimeout(20)
    assert receiver.recv(99) == b"held"


def test_the_answer_is_a_rule_on_disk_a_class_and_a_verdict_in_the_kernel(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()

    client.begin("tcp")
    agent.answer(agent.next())
    assert client.end() is None

    (file,) = guarded.rules.iterdir()
    assert file.read_text() == f'application = "{client.identity}"\ndefault = "allow"\n'
    (group,) = (guarded.home / "run/net_cls/stile-tests" / guarded.name).glob("client-*")
    class_id = int((group / "net_cls.classid").read_text())
    assert str(client.process.pid) in (group / "cgroup.procs").read_text().split()
    if guarded.backend == "nftables":
        assert f"{class_id} : accept" in guarded.table()
    else:  # who is allowed shares its class with all others that are
        rules = run(*guarded.near("iptables-legacy", "-S", "STILE"))
        assert f"--cgroup {class_id} -g STILE-allowed" in rules


def test_a_decided_connection_makes_no_wakeup_in_stiled(guarded: World) -> None:
    helper = guarded.stiled()
    guarded.listener()
    client = guarded.client()
    guarded.stile("allow", str(client.path))
    assert client.does("tcp") is None
    before = settled(helper.process.pid)

    for _ in range(100):
        assert client.does("tcp") is None
        client.does("close")

    assert wakeups(helper.process.pid) == before


def test_an_idle_helper_sleeps(guarded: World) -> None:
    helper = guarded.stiled()
    agent = guarded.agent()
    before = settled(helper.process.pid)

    run("sleep", "2")

    assert wakeups(helper.process.pid) == before
    assert agent.is_quiet


def test_an_allowed_application_is_not_delayed_by_anothers_question(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent, known, unknown = guarded.agent(), guarded.client("known"), guarded.client("unknown")
    guarded.stile("allow", str(known.path))
    unknown.begin("tcp")
    question = agent.next()

    seconds = []
    for _ in range(20):
        known.begin("tcp")
        out, took = known.ended()
        assert out is None
        seconds.append(took)

    assert sorted(seconds)[10] < 0.01
    assert agent.answer(question), "the other is held still"
    assert unknown.end() is None


def test_ten_unknown_applications_are_ten_questions_and_ten_answers(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent = guarded.agent()
    watch = guarded.lines("watch")
    clients = {f"path:{c.path}": c for c in (guarded.client(f"app{n}") for n in range(10))}
    for client in clients.values():
        client.begin("tcp")
    questions = [agent.next() for _ in clients]
    assert {str(q.connection.application) for q in questions} == set(clients)

    for number, question in enumerate(questions):
        client = clients[str(question.connection.application)]
        wanted = Action.DENY if number % 2 else Action.ALLOW
        agent.answer(question, wanted)
        assert client.end() == ("ECONNREFUSED" if number % 2 else None)

    del watch
    status = guarded.stile("status", "--json")
    assert '"questions": 0' in status
    assert '"held": 0' in status


def test_a_deny_is_heard_at_once_and_a_drop_is_not(guarded: World) -> None:
    guarded.stiled()
    receiver = guarded.receiver(port=9)
    guarded.listener()
    client = guarded.client()
    guarded.stile("deny", str(client.path))
    for address in (FAR, FAR6):
        assert client.does("tcp", address, 80) == "ECONNREFUSED"
        assert client.does("udp", address, 9) in ("EPERM", "EHOSTUNREACH")

    guarded.stile("drop", str(client.path))
    assert client.does("tcp", timeout=0.3) == "TimeoutError"
    assert client.does("udp", FAR, 9) == 1, "the sender hears nothing"

    receiver.settimeout(0.2)
    with pytest.raises(TimeoutError):
        receiver.recv(99)


def test_a_held_deny_is_heard_at_once(guarded: World) -> None:
    guarded.stiled()
    agent, client = guarded.agent(), guarded.client()

    client.begin("tcp")
    agent.answer(agent.next(), Action.DENY)
    assert client.end() == "ECONNREFUSED"


def test_once_is_this_connection_and_the_next_is_asked_about(guarded: World) -> None:
    guarded.stiled()
    receiver = guarded.receiver(port=9)
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp", name="first")
    agent.answer(agent.next(), lifetime=Lifetime.ONCE)
    assert client.end() is None

    client.begin("tcp", name="second")
    agent.answer(agent.next(), Action.DENY, Lifetime.ONCE)
    assert client.end() == "ECONNREFUSED"
    assert list(guarded.rules.iterdir()) == []

    client.does("udp", FAR, 9, name="third")
    agent.answer(agent.next(), lifetime=Lifetime.ONCE)
    receiver.recv(9)
    client.does("send", name="third")
    receiver.recv(9)
    assert agent.is_quiet, "the flow goes on without another question"


def test_once_for_one_place_is_not_once_for_another(guarded: World) -> None:
    guarded.stiled()
    guarded.listener(port=80)
    guarded.listener(port=81)
    agent, client = guarded.agent(), guarded.client()
    other = guarded.start(*guarded.near(client.path, "-S", "-c", CONNECT_TWICE))

    shown = agent.next()
    both = agent.next()
    assert both.id == shown.id
    assert both.waiting == 2
    agent.answer(shown, lifetime=Lifetime.ONCE)
    second = agent.next()

    assert second.connection.flow.port != shown.connection.flow.port
    agent.answer(second, Action.DENY, Lifetime.ONCE)
    first = shown.connection.flow.port
    outcomes = {80: "0", 81: "111"} if first == 80 else {80: "111", 81: "0"}
    assert other.communicate()[0].split() == ["80", outcomes[80], "81", outcomes[81]]


CONNECT_TWICE = f"""
import select, socket
found = []
for port in (80, 81):
    made = socket.socket()
    made.setblocking(False)
    made.connect_ex(("{FAR}", port))
    found.append((port, made))
for port, made in found:
    select.select([], [made], [])
    print(port, made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
"""


@pytest.mark.parametrize(("fallback", "outcome"), [("deny", "ECONNREFUSED"), ("allow", None)])
def test_a_question_that_nobody_answers_falls_back_and_is_asked_again(
    guarded: World, fallback: str, outcome: str | None
) -> None:
    settings = f'question_timeout = 1\nwhen_nobody_answers = "{fallback}"\n'
    (guarded.home / "etc/stile.toml").write_text(settings)
    guarded.stiled()
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()

    client.begin("tcp")
    question = agent.next()
    assert client.end() == outcome
    assert agent.withdrawn() == (question.id, Why.EXPIRED)
    assert not agent.answer(question), "too late"

    client.begin("tcp")
    assert agent.next().id != question.id


def test_a_rule_settles_the_question_that_it_covers(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = agent.next()

    guarded.stile("allow", str(client.path))

    assert agent.withdrawn() == (question.id, Why.SETTLED)
    assert client.end() is None


def test_an_agent_that_comes_later_is_shown_all_that_is_open(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    first, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = first.next()
    first.leave()

    second = until(guarded.try_agent, "the first one is gone from the bus")
    assert second.next().id == question.id
    second.answer(question)
    assert client.end() is None


FLOWS = [
    ("udp", FAR, 9, {}),
    ("udp", FAR6, 9, {}),
    ("udp", FAR, 9, {"protocol": 136}),
    ("udp", "10.77.0.255", 9, {}),
    ("udp", "224.0.0.251", 5353, {}),
    ("udp", "ff02::fb%near", 5353, {}),
    ("tcp", FAR6, 80, {}),
]


@pytest.mark.parametrize(("kind", "address", "port", "options"), FLOWS)
def test_every_kind_of_socket_is_held_and_named(
    guarded: World, kind: str, address: str, port: int, options: dict[str, Any]
) -> None:
    guarded.stiled()
    guarded.listener(socket.AF_INET6)
    agent, client = guarded.agent(), guarded.client()
    capture = guarded.capture("udp or tcp or ip proto 136")

    client.begin(kind, address, port, **options)
    question = agent.next()

    assert str(question.connection.application) == client.identity
    assert str(question.connection.flow.address) == address.partition("%")[0]
    assert capture.packets() == []
    agent.answer(question)
    assert client.end() in (None, 1)
    until(capture.packets, "the held packet arrives")


RAW = """
import shutil
import socket
made = socket.socket({family}, socket.SOCK_RAW, {number})
made.sendto(b"hello", ("{to}", 0))
input()
"""


@pytest.mark.parametrize(("family", "to"), [(socket.AF_INET, FAR), (socket.AF_INET6, FAR6)])
@pytest.mark.parametrize("number", [99, 132])
def test_raw_packets_are_held_and_named(guarded: World, family: int, to: str, number: int) -> None:
    guarded.stiled()
    agent, program = guarded.agent(), guarded.program("rawhide")
    capture = guarded.capture("proto", str(number)) if family == socket.AF_INET else None
    script = RAW.format(family=int(family), number=number, to=to)
    guarded.start(*guarded.near(program, "-S", "-c", script))

    question = agent.next()

    assert str(question.connection.application) == f"path:{program}"
    assert question.connection.flow.protocol.number == number
    agent.answer(question)
    if capture:
        until(capture.packets, "the held packet arrives")


@pytest.mark.parametrize("to", [FAR, FAR6])
def test_a_ping_is_held_and_named(guarded: World, to: str) -> None:
    guarded.stiled()
    agent = guarded.agent()
    ping = guarded.start(*guarded.near("ping", "-n", "-c", "1", "-W", "20", to))
    question = agent.next()
    assert question.connection.application.title == "ping"
    agent.answer(question)
    assert "1 received" in ping.communicate()[0]


def test_the_kernels_own_sockets_are_judged_as_one_and_never_held(guarded: World) -> None:
    guarded.stiled()
    agent = guarded.agent()
    for address in (NEAR, NEAR6):
        assert "1 received" in run(*guarded.far("ping", "-n", "-c", "1", "-W", "5", address))

    guarded.stile("deny", "kernel")

    denied = run(*guarded.far("ping", "-n", "-c", "1", "-W", "1", NEAR), check=False)
    assert "0 received" in denied
    assert agent.is_quiet


def test_a_running_download_stops_within_a_second_of_deny(guarded: World) -> None:
    guarded.stiled()
    listener, client = guarded.listener(), guarded.client()
    guarded.stile("allow", str(client.path))
    assert client.does("tcp") is None
    served = guarded.accepted(listener)
    served.sendall(b"x" * 100_000)
    assert client.does("recv")

    guarded.stile("deny", str(client.path))
    served.settimeout(1)
    out: object = 1
    for _ in range(100):
        served.send(b"x" * 1000)
        if (out := client.does("recv")) == "ECONNRESET":
            break
    assert out == "ECONNRESET"


def test_a_download_of_an_undecided_application_stops_too(guarded: World) -> None:
    listener, client = guarded.listener(), guarded.client()
    assert client.does("tcp") is None  # before the helper was there
    served = guarded.accepted(listener)
    guarded.stiled()
    served.send(b"x")
    assert client.does("recv") == 1

    guarded.stile("deny", str(client.path))
    served.send(b"x" * 1000)
    assert client.does("recv") in ("ECONNRESET", 1000)
    assert client.does("send") in ("ECONNRESET", "EPIPE", "ECONNREFUSED", 1)
    assert client.does("recv") in ("ECONNRESET", 0, "EPIPE")


def test_processes_that_run_already_are_placed_at_the_start(guarded: World) -> None:
    client = guarded.client()
    guarded.listener()
    guarded.rule("it", client.identity)

    guarded.stiled()

    def placed() -> bool:
        return "client-" in Path(f"/proc/{client.process.pid}/cgroup").read_text()

    until(placed, "the process is in its class")
    watch = guarded.lines("watch")
    assert client.does("tcp") is None
    guarded.stile("status")
    assert watch.seen == []


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))


def test_a_question_says_what_the_program_belongs_to(guarded: World) -> None:
    guarded.stiled()
    agent = guarded.agent()

    guarded.start(*guarded.near("curl", "-s", f"http://{FAR}/"))

    first = agent.next()
    if shutil.which("dpkg-query") is None:
        pytest.skip("needs dpkg")
    again = first if first.about.package else agent.next()  # the number is the same
    assert (again.id, again.about.package) == (first.id, "curl")


def test_who_holds_packets_comes_before_other_programs_with_all_its_threads(guarded: World) -> None:
    """They wait for one lock: one that comes late keeps all others waiting."""
    helper = guarded.stiled().process.pid

    threads = [int(each.name) for each in Path(f"/proc/{helper}/task").iterdir()]

    assert len(threads) > 1
    assert {os.getpriority(os.PRIO_PROCESS, each) for each in threads} == {URGENT}


def test_an_answer_is_in_force_once_the_helper_can_open_files_again(guarded: World) -> None:
    helper = guarded.stiled().process.pid
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = agent.next()
    settled(helper)
    used = {int(each.name) for each in Path(f"/proc/{helper}/fd").iterdir()}
    free = next(number for number in count() if number not in used)
    _, most = resource.prlimit(helper, resource.RLIMIT_NOFILE)

    resource.prlimit(helper, resource.RLIMIT_NOFILE, (free, most))
    agent.answer(question)
    log = guarded.home / "stiled.log"
    until(lambda: "the kernel took no change" in log.read_text() or None, "it is short of files")
    resource.prlimit(helper, resource.RLIMIT_NOFILE, (most, most))

    assert client.end() is None
    assert client.does("tcp") is None, "it is held until then"
    before = guarded.queued()
    assert client.does("tcp") is None
    assert guarded.queued() == before, "the kernel decides alone"
    assert agent.is_quiet
