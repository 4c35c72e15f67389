"""Locked down: only what is allowed reaches the network, and nobody is asked."""

import asyncio
import json
import select
import socket
import statistics
from pathlib import Path
from typing import IO

import pytest
from worlds import BACKENDS, FAR, NEAR, NEAR6, Client, World, run, until

from stile.client import Firewall
from stile.questions import Why
from stile.rules import Action, Lifetime
from stile.served import Refused

QUICK = 1.0
"""Seconds: more than a busy machine takes, and far less than a question waits for its answer."""


@pytest.fixture
def locked(guarded: World) -> World:
    """A world whose helper guards, locked down, with a listener outside."""
    guarded.stiled()
    guarded.listener()
    guarded.stile("lockdown", "on")
    return guarded


def status(world: World) -> dict[str, object]:
    found: dict[str, object] = json.loads(world.stile("status", "--json"))
    return found


def allowed(world: World, name: str = "allowed") -> Client:
    """A running program with an allow rule."""
    client = world.client(name)
    world.stile("allow", client.identity)
    return client


def fetches(client: Client, made: socket.socket) -> object:
    """Send something from outside, and say what the program gets of it."""
    made.sendall(b"x" * 1000)
    return client.does("recv")


def state_file(world: World) -> Path:
    return world.home / "var" / "lockdown"


# -- who passes ------------------------------------------------------------------------------


def test_who_is_allowed_goes_on_and_is_not_disturbed(guarded: World) -> None:
    guarded.stiled()
    listener, client = guarded.listener(), allowed(guarded)
    assert client.does("tcp") is None
    made = guarded.accepted(listener)
    before = guarded.queued()

    guarded.stile("lockdown", "on")

    assert fetches(client, made) == 1000
    assert client.does("send", size=1000) == 1000
    assert len(made.recv(1000)) == 1000
    for name in ("second", "third"):
        assert client.does("tcp", name=name) is None
    assert guarded.queued() == before, "the kernel decides alone, as before"


def test_who_is_allowed_and_starts_meanwhile_is_placed(locked: World) -> None:
    program = locked.program("late")
    locked.stile("allow", str(program))

    client = Client(locked, program)

    assert client.does("tcp") is None
    assert client.does("udp", FAR, 9, name="udp") == 1


def test_a_rule_that_is_added_meanwhile_works_at_once_and_goes_at_once(locked: World) -> None:
    client = locked.client()
    assert client.does("tcp") == "ECONNREFUSED"

    locked.stile("allow", client.identity)
    assert client.does("tcp") is None

    locked.stile("forget", client.identity)
    assert client.does("tcp") == "ECONNREFUSED"


def test_a_rule_for_everybody_is_an_allow_rule(guarded: World) -> None:
    guarded.stiled()
    listener, _ = guarded.listener(), guarded.listener(port=81)
    client = guarded.client()
    guarded.stile("allow", "everybody", "--to", FAR, "--port", "80")
    assert client.does("tcp") is None
    made = guarded.accepted(listener)

    guarded.stile("lockdown", "on")

    assert fetches(client, made) == 1000, "what has begun by it goes on"
    assert client.does("tcp", name="again") is None
    assert client.does("tcp", port=81, name="other") == "ECONNREFUSED"


def test_who_may_go_to_some_places_goes_to_no_others(guarded: World) -> None:
    guarded.stiled()
    agent, client = guarded.agent(), guarded.client()
    here, there = guarded.listener(), guarded.listener(port=81)
    guarded.stile("allow", client.identity, "--port", "80")
    assert client.does("tcp", name="here") is None
    client.begin("tcp", port=81, name="there")
    agent.answer(agent.next(), lifetime=Lifetime.ONCE)
    assert client.end() is None
    made = {"here": guarded.accepted(here), "there": guarded.accepted(there)}

    guarded.stile("lockdown", "on")

    for each in made.values():
        each.sendall(b"x")
    assert client.does("recv", name="here") == 1
    assert client.does("recv", name="there") in (1, "ECONNRESET")  # one packet was on its way
    assert client.does("recv", name="there") == "ECONNRESET"
    assert client.does("tcp", name="more") is None
    assert client.does("tcp", port=81, name="none") == "ECONNREFUSED"


def test_loopback_and_the_kernels_own_pass(locked: World) -> None:
    client = locked.client()
    assert client.does("listen", port=2000) is None

    assert client.does("tcp", "127.0.0.1", 2000, name="loopback") is None
    assert replies(locked)


def replies(world: World) -> bool:
    """Whether the kernel answers an echo request from outside (RFC 792)."""
    pinger = world.far_socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    pinger.sendto(b"\x08\x00\xf7\xff" + bytes(4), (NEAR, 0))
    while True:
        packet, (source, _) = pinger.recvfrom(1500)
        if source == NEAR and packet[20] == 0:
            return True


# -- who does not -----------------------------------------------------------------------------


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
def test_who_is_unknown_is_refused_at_once_and_nobody_is_asked(locked: World) -> None:
    agent, client = locked.agent(), locked.client()
    took = []

    for number in range(20):
        client.begin("tcp", name=f"tcp{number}")
        outcome, seconds = client.ended()
        assert outcome == "ECONNREFUSED"
        took.append(seconds)

    assert statistics.median(took) < QUICK / 10, took
    assert max(took) < QUICK, took
    client.does("udp", FAR, 9, name="udp")
    until(lambda: client.does("send", name="udp") == "EPERM", "sending fails", within=QUICK)
    assert agent.is_quiet
    assert status(locked)["questions"] == 0


def test_it_is_said_to_those_who_watch_and_in_the_status(locked: World) -> None:
    watch, client = locked.lines("watch"), locked.client()
    assert watch.process.stdout is not None
    with watch.process.stdout as said:  # until it watches, what is refused is told to nobody
        until(lambda: client.does("tcp") and is_readable(said), "it is told")
        seen = json.loads(said.readline())

    assert (seen["verdict"], seen["reason"]) == ("deny", "lockdown")
    assert status(locked)["lockdown"] is True
    assert locked.stile("lockdown").startswith("lockdown is on")


def is_readable(stream: IO[str]) -> bool:
    return bool(select.select([stream], [], [], 0)[0])


def test_who_is_to_be_asked_about_by_a_rule_is_refused(locked: World) -> None:
    agent, client = locked.agent(), locked.client()
    locked.stile("ask", client.identity)

    assert client.does("tcp") == "ECONNREFUSED"
    assert agent.is_quiet


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
def test_a_download_that_was_allowed_once_stops(guarded: World) -> None:
    guarded.stiled()
    listener, receiver = guarded.listener(), guarded.receiver()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    agent.answer(agent.next(), lifetime=Lifetime.ONCE)
    assert client.end() is None
    made = guarded.accepted(listener)
    client.begin("udp", FAR, 9, name="udp")
    agent.answer(agent.next(), lifetime=Lifetime.ONCE)
    receiver.recv(9)
    client.end()
    assert fetches(client, made) == 1000, "until then it goes on"
    assert client.does("send", name="udp") == 1
    receiver.recv(9)

    guarded.stile("lockdown", "on")

    made.sendall(b"x")
    until(lambda: client.does("recv") == "ECONNRESET", "the program hears of it")
    with pytest.raises(ConnectionResetError):
        made.recv(1)  # the kernel's word: there is no such connection any more
    until(lambda: client.does("send", name="udp") == "EPERM", "sending fails")
    receiver.settimeout(0.3)
    with pytest.raises(TimeoutError):
        receiver.recv(9)
    assert agent.is_quiet


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
def test_a_listener_is_reached_where_a_rule_says_so(guarded: World) -> None:
    guarded.stiled()
    servers = {"decided": 2000, "undecided": 2001}
    for name, port in servers.items():
        client = guarded.client(name)
        assert client.does("listen", port=port) is None
        if name == "decided":
            guarded.stile("allow", client.identity, "--direction", "in", "--port", str(port))
    for port in servers.values():
        assert guarded.reached(port) == "connected"

    guarded.stile("lockdown", "on")

    for where in (NEAR, NEAR6):
        assert guarded.reached(servers["decided"], where) == "connected"
        assert guarded.reached(servers["undecided"], where, within=0.5) != "connected"


# -- its beginning and its end ------------------------------------------------------------------


def test_an_open_question_is_withdrawn_and_its_program_refused(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = agent.next()

    guarded.stile("lockdown", "on")

    assert agent.withdrawn() == (question.id, Why.LOCKDOWN)
    assert client.end() == "ECONNREFUSED"
    assert not agent.answer(question), "it is over"


def test_its_end_brings_questions_back(locked: World) -> None:
    agent, client = locked.agent(), locked.client()
    assert client.does("tcp") == "ECONNREFUSED"

    locked.stile("lockdown", "off")

    assert status(locked)["lockdown"] is False
    client.begin("tcp")
    agent.answer(agent.next(), lifetime=Lifetime.ONCE)
    assert client.end() is None


def test_what_holds_until_a_program_quits_goes_on_holding(guarded: World) -> None:
    guarded.stiled()
    listener = guarded.listener()
    agent, client, twin = guarded.agent(), guarded.client(), None
    client.begin("tcp")
    agent.answer(agent.next(), Action.ALLOW, Lifetime.QUIT)
    assert client.end() is None
    made = guarded.accepted(listener)

    guarded.stile("lockdown", "on")

    assert fetches(client, made) == 1000
    assert client.does("tcp", name="more") is None
    twin = Client(guarded, client.path)
    assert twin.does("tcp") == "ECONNREFUSED", "another process of the same program"


def test_a_pause_ends_and_cannot_begin(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    client = guarded.client()
    pause(guarded, 60)
    assert client.does("tcp") is None

    guarded.stile("lockdown", "on")

    assert status(guarded)["paused"] == 0
    assert client.does("tcp", name="more") == "ECONNREFUSED"
    with pytest.raises(Refused, match="lockdown is on: end it first"):
        pause(guarded, 60)
    pause(guarded, 0)
    assert client.does("tcp", name="more") == "ECONNREFUSED"


def pause(world: World, seconds: int) -> None:
    async def ask() -> None:
        firewall = Firewall(world.bus)
        await firewall.open()
        try:
            await firewall.pause(seconds)
        finally:
            firewall.close()

    asyncio.run(ask())


# -- while the helper is away -------------------------------------------------------------------


def test_it_outlives_the_helper(guarded: World) -> None:
    helper = guarded.stiled()
    guarded.listener()
    known, unknown = allowed(guarded), guarded.client("unknown")
    guarded.stile("lockdown", "on")

    helper.kill()
    helper = guarded.stiled()

    agent = guarded.agent()
    assert status(guarded)["lockdown"] is True
    assert known.does("tcp") is None
    assert unknown.does("tcp") == "ECONNREFUSED"
    assert agent.is_quiet

    guarded.stile("lockdown", "off")
    helper.stop()
    guarded.stiled()
    assert status(guarded)["lockdown"] is False


@pytest.mark.parametrize("away", ["deny", "allow"])
def test_without_a_helper_who_is_unknown_reaches_nothing(guarded: World, away: str) -> None:
    (guarded.home / "etc/stile.toml").write_text(f'when_daemon_is_away = "{away}"\n')
    helper = guarded.stiled()
    listener = guarded.listener()
    known, unknown = allowed(guarded), guarded.client("unknown")
    assert known.does("tcp") is None
    made = guarded.accepted(listener)
    guarded.stile("lockdown", "on")
    assert status(guarded)["away"] == "deny"

    helper.kill()

    assert unknown.does("tcp", timeout=0.5) == "TimeoutError"
    assert known.does("tcp", name="more") is None
    assert fetches(known, made) == 1000


@pytest.mark.parametrize("text", ["", "maybe\n"])
def test_a_state_that_cannot_be_read_counts_as_on_and_is_said(guarded: World, text: str) -> None:
    state_file(guarded).write_text(text)
    guarded.stiled()
    guarded.listener()
    known, unknown = allowed(guarded), guarded.client("unknown")

    assert unknown.does("tcp") == "ECONNREFUSED"
    assert known.does("tcp") is None
    (problem,) = [line for line in guarded.stile("status").splitlines() if "problem" in line]
    assert problem.startswith(f"problem: {state_file(guarded)}: neither on nor off stands in it")
    assert state_file(guarded).read_text() == text

    guarded.stile("lockdown", "off")
    assert "problem" not in guarded.stile("status")
    assert state_file(guarded).read_text() == "off\n"


def test_what_cannot_be_written_is_in_force_all_the_same_and_said(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    state_file(guarded).mkdir()
    client = guarded.client()

    guarded.stile("lockdown", "on", check=False)

    assert client.does("tcp") == "ECONNREFUSED"
    assert "lockdown is on, but not on disk" in guarded.stile("status")


@pytest.mark.parametrize("guarded", ["nftables"], indirect=True)
def test_a_table_that_somebody_flushed_is_put_up_again_as_it_was(locked: World) -> None:
    run(*locked.near("nft", "flush", "ruleset"))

    until(lambda: "set locked" in locked.table(), "it is put up again")

    assert locked.client().does("tcp") == "ECONNREFUSED"
