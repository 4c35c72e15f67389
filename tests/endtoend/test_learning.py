"""Learning: what nobody has decided passes and is recorded, and grants nothing afterwards."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from worlds import BACKENDS, FAR, World, until

from stile.rules import Action, Lifetime

pytestmark = pytest.mark.parametrize("guarded", BACKENDS, indirect=True)


@pytest.fixture
def learning(guarded: World) -> World:
    """A world whose helper learns, with a listener outside."""
    guarded.stiled()
    guarded.listener()
    guarded.stile("learn", "on")
    return guarded


def reviewed(world: World) -> Mapping[str, Any]:
    """What was learned, by application."""
    lines = world.stile("learn", "review", "--json").splitlines()
    return {words["application"]: words for words in map(json.loads, lines)}


def status(world: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(world.stile("status", "--json"))
    return found


def rules(world: World) -> list[str]:
    return sorted(each.name for each in world.rules.iterdir())


def test_who_is_unknown_passes_unasked_and_where_it_goes_is_recorded(learning: World) -> None:
    agent, client = learning.agent(), learning.client()
    receiver = learning.receiver()

    assert client.does("tcp") is None
    assert client.does("tcp", name="again") is None
    assert client.does("udp", FAR, 9, name="udp") == 1
    assert receiver.recv(10) == b"x"

    found = reviewed(learning)[client.identity]
    assert agent.is_quiet
    assert found["times"] == 3
    assert found["places"] == [f"{FAR}, port 80 (http)", f"{FAR}, port 9 (discard)"]
    assert found["reached"] == [
        {"to": FAR, "port": "80", "protocol": "tcp"},
        {"to": FAR, "port": "9", "protocol": "udp"},
    ]
    assert status(learning)["learned"] == 1
    assert not rules(learning), "nothing was decided"


def test_what_is_denied_stays_denied_and_is_no_lesson(learning: World) -> None:
    client = learning.client()
    learning.stile("deny", client.identity)
    learning.stile("deny", "everybody", "--port", "81")
    other = learning.client("other")
    learning.listener(port=81)

    assert client.does("tcp") == "ECONNREFUSED"
    assert other.does("tcp", port=81) == "ECONNREFUSED"
    assert not reviewed(learning)


def test_what_a_rule_wants_to_be_asked_about_is_asked_about(learning: World) -> None:
    agent, client = learning.agent(), learning.client()
    learning.stile("allow", client.identity)
    learning.stile("ask", client.identity, "--port", "80")

    client.begin("tcp")
    agent.answer(agent.next(), Action.DENY, Lifetime.ONCE)

    assert client.end() == "ECONNREFUSED"
    assert not reviewed(learning)


def test_who_waits_for_an_answer_passes_when_learning_begins(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = agent.next()

    guarded.stile("learn", "on")

    assert client.end() is None
    assert agent.withdrawn()[0] == question.id
    assert client.identity in reviewed(guarded)


def test_when_it_ends_who_was_only_learned_is_asked_about_again(learning: World) -> None:
    agent, client = learning.agent(), learning.client()
    assert client.does("tcp") is None
    assert client.does("udp", FAR, 9, name="udp") == 1

    learning.stile("learn", "off")

    client.begin("tcp", name="again")
    assert str(agent.next().connection.application) == client.identity
    client.process.kill()
    assert not rules(learning)
    assert client.identity in reviewed(learning), "it can be reviewed still"


def test_what_datagrams_were_let_through_is_asked_about_again_too(learning: World) -> None:
    agent, client = learning.agent(), learning.client()
    assert client.does("udp", FAR, 9, name="udp") == 1

    learning.stile("learn", "off")

    assert client.does("send", name="udp") == 1, "sent, and held"
    assert agent.next().connection.flow.port == 9


def test_it_ends_by_itself(guarded: World) -> None:
    guarded.stiled()
    guarded.stile("learn", "on", "--for", "1s")
    until(lambda: not status(guarded)["learning"], "its time is up")
    agent, client = guarded.agent(), guarded.client()

    client.begin("tcp")

    assert agent.next()
    assert not (guarded.home / "var" / "learning").exists()


def test_it_outlives_the_helper_and_so_does_what_was_learned(guarded: World) -> None:
    helper = guarded.stiled()
    guarded.listener()
    guarded.stile("learn", "on")
    client = guarded.client()
    assert client.does("tcp") is None
    helper.stop()

    helper = guarded.stiled()

    assert status(guarded)["learning"] > 3000
    assert client.does("tcp", name="again") is None
    assert reviewed(guarded)[client.identity]["times"] == 2
    helper.kill()
    guarded.stiled()
    assert client.identity in reviewed(guarded)


def test_what_stands_in_its_file_does_not_open_the_machine(guarded: World) -> None:
    for text in ("on\n", "0 9999999999999 1\n", "9999999999 99999999999\n", "nan nan\n"):
        (guarded.home / "var" / "learning").write_text(text)
        helper = guarded.stiled()
        assert not status(guarded)["learning"], text
        helper.stop()


def test_accepted_an_application_passes_in_the_kernel(learning: World) -> None:
    client, other = learning.client(), learning.client("other")
    assert (client.does("tcp"), other.does("tcp")) == (None, None)

    learning.stile("learn", "accept", client.identity)
    learning.stile("learn", "accept", other.identity, "--only-reached")
    learning.stile("learn", "off")

    agent, before = learning.agent(), learning.queued()
    assert client.does("tcp", name="again") is None
    assert client.does("udp", FAR, 9, name="udp") == 1
    assert other.does("tcp", name="again") is None
    assert learning.queued() == before, "the kernel decides alone"
    other.begin("tcp", port=82, name="more")
    assert agent.next().connection.flow.port == 82, "it has never been there"
    assert not reviewed(learning)


def test_denied_or_forgotten_it_is_gone_from_the_review(learning: World) -> None:
    client, other = learning.client(), learning.client("other")
    assert (client.does("tcp"), other.does("tcp")) == (None, None)

    learning.stile("learn", "deny", client.identity)
    learning.stile("learn", "forget", other.identity)

    assert not reviewed(learning)
    assert client.does("tcp", name="again") == "ECONNREFUSED"
    assert other.does("tcp", name="again") is None


def test_lockdown_ends_it_and_it_cannot_begin_meanwhile(learning: World) -> None:
    client = learning.client()
    learning.stile("lockdown", "on")

    assert client.does("tcp") == "ECONNREFUSED"
    assert "error" not in learning.stile("learn", "on", check=False)
    assert not status(learning)["learning"]
    learning.stile("lockdown", "off")
    assert not status(learning)["learning"]


def test_a_pause_ends_for_nothing_would_be_recorded(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent = guarded.agent()
    agent.call(agent.firewall.pause(600))

    guarded.stile("learn", "on")

    client = guarded.client()
    assert client.does("tcp") is None
    assert client.identity in reviewed(guarded)


def test_what_was_learned_is_for_root_alone(learning: World) -> None:
    helper_file = learning.home / "var" / "learned.json"
    assert learning.client().does("tcp") is None
    until(helper_file.exists, "it is written")
    assert helper_file.stat().st_mode & 0o777 == 0o600
