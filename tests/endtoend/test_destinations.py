"""Rules with a destination, ports and an end, on the real kernel with the real helper."""

import json
import socket
import time

import pytest
from worlds import BACKENDS, FAR, FAR6, NEAR, Client, World, run, until

from stile.rules import Action, Choice, Lifetime, Reach

pytestmark = pytest.mark.parametrize("guarded", BACKENDS, indirect=True)

OTHER = "10.77.0.9"
"""A second address outside."""


@pytest.fixture
def watched(guarded: World) -> World:
    """A world with two places and three ports outside, and a helper."""
    run("ip", "-n", f"{guarded.name}f", "addr", "add", f"{OTHER}/24", "dev", "far")
    for port in (80, 81, 443):
        guarded.listener(port=port)
        guarded.listener(socket.AF_INET6, port)
    guarded.helper = guarded.stiled()
    return guarded


def connects(client: Client, where: str = FAR, port: int = 80, **options: object) -> object:
    """Say what becomes of a connection: None is success."""
    return client.does("tcp", where, port, **options)


def rules(world: World) -> list[dict[str, object]]:
    return [json.loads(line) for line in world.stile("rules", "--json").splitlines()]


# -- what the line says ----------------------------------------------------------------------


def test_one_port_of_one_address_is_open_and_another_is_asked_about(watched: World) -> None:
    agent, client = watched.agent(), watched.client()
    watched.stile("allow", client.identity, "--to", FAR, "--port", "80", "--proto", "tcp")

    assert connects(client) is None
    assert agent.is_quiet
    arrived = watched.capture("port", "81")
    client.begin("tcp", FAR, 81)
    asked = agent.next()

    assert (str(asked.connection.flow.address), asked.connection.flow.port) == (FAR, 81)
    assert arrived.packets() == [], "it is held"
    assert agent.answer(asked, Action.DENY, Lifetime.ONCE)
    assert client.end() == "ECONNREFUSED"
    assert arrived.packets() == []
    client.begin("udp", FAR, 80)
    assert str(agent.next().connection.flow.protocol) == "udp", "the rule is about TCP"


def test_a_decided_destination_costs_no_trip_to_the_helper(watched: World) -> None:
    client = watched.client()
    watched.stile("deny", client.identity)
    watched.stile("allow", client.identity, "--to", FAR, "--port", "80")
    assert connects(client) is None
    before = watched.queued()

    assert [connects(client, name=str(n)) for n in range(5)] == [None] * 5
    assert [connects(client, port=81) for _ in range(5)] == ["ECONNREFUSED"] * 5

    assert watched.queued() == before


@pytest.mark.parametrize(("action", "said"), [("deny", "ECONNREFUSED"), ("drop", "TimeoutError")])
def test_a_network_is_closed_to_an_application_that_is_allowed(
    watched: World, action: str, said: str
) -> None:
    client = watched.client()
    watched.stile("allow", client.identity)
    watched.stile(action, client.identity, "--to", "10.77.0.8/30")
    arrived = watched.capture("dst", "host", OTHER)

    assert connects(client, OTHER, timeout=1) == said
    assert connects(client) is None
    assert connects(client, FAR6) is None
    assert arrived.packets() == []


def test_the_most_specific_rule_wins_in_the_kernel(watched: World) -> None:
    client = watched.client()
    watched.stile("allow", client.identity)
    watched.stile("deny", client.identity, "--to", "local")
    watched.stile("allow", client.identity, "--to", "10.77.0.0/24")
    watched.stile("deny", client.identity, "--to", FAR, "--port", "81")

    assert connects(client, FAR, 80) is None
    assert connects(client, FAR, 81) == "ECONNREFUSED"
    assert connects(client, OTHER, 81) is None
    assert connects(client, FAR6) == "ECONNREFUSED", "fd00::/8 is local too"


def test_a_conversation_goes_on_when_something_else_is_refused_now(watched: World) -> None:
    client = watched.client()
    listener = watched.listener(port=8080)
    watched.stile("allow", client.identity)
    assert connects(client, port=8080) is None
    far = watched.accepted(listener)

    watched.stile("deny", client.identity, "--port", "8081")
    watched.stile("deny", client.identity, "--port", "8080", "--direction", "in")

    client.begin("send", name="it", size=4)
    client.end()
    assert far.recv(4) == b"xxxx"
    watched.stile("deny", client.identity, "--port", "8080")
    with pytest.raises(ConnectionResetError):
        far.recv(1)
    assert connects(client, port=8080, name="new") == "ECONNREFUSED"


def test_a_rule_that_is_forgotten_leaves_the_others_in_force(watched: World) -> None:
    client = watched.client()
    watched.stile("deny", client.identity)
    watched.stile("allow", client.identity, "--port", "80")
    watched.stile("allow", client.identity, "--port", "81")
    (forgotten,) = [each["id"] for each in rules(watched) if each["scope"] == {"port": "81"}]

    watched.stile("forget", str(forgotten))

    assert connects(client, port=80) is None
    assert connects(client, port=81) == "ECONNREFUSED"
    assert len(rules(watched)) == 2


def test_rules_of_another_user_are_not_this_ones(watched: World) -> None:
    client = watched.client()
    watched.stile("allow", client.identity)
    watched.stile("deny", client.identity, "--user", "nobody")
    assert connects(client) is None
    watched.stile("deny", client.identity, "--user", "root", "--port", "81")
    assert connects(client, port=81) == "ECONNREFUSED"
    assert connects(client) is None


# -- what an answer says -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reach", "this_port", "scope"),
    [
        (Reach.HOST, False, {"to": FAR}),
        (Reach.HOST, True, {"to": FAR, "port": "80", "protocol": "tcp"}),
        (Reach.NETWORK, False, {"to": "10.77.0.0/24"}),
        (Reach.ANYWHERE, True, {"port": "80", "protocol": "tcp"}),
    ],
)
def test_an_answer_covers_what_it_says_and_no_more(
    watched: World,
    reach: Reach,
    this_port: bool,  # noqa: FBT001 # drawn
    scope: dict[str, str],
) -> None:
    agent, client = watched.agent(), watched.client()
    client.begin("tcp")
    choice = Choice(Action.ALLOW, Lifetime.FOREVER, reach=reach, this_port=this_port)
    assert agent.choose(agent.next(), choice)
    assert client.end() is None
    assert [each["scope"] for each in rules(watched)] == [scope]

    for where, port in ((FAR, 80), (FAR, 81), (OTHER, 80), (FAR6, 80), (OTHER, 81)):
        covered = "to" not in scope or where == FAR or (reach is Reach.NETWORK and where == OTHER)
        covered = covered and (port == 80 or not this_port)
        client.begin("tcp", where, port)
        if not covered:
            asked = agent.next()
            assert (str(asked.connection.flow.address), asked.connection.flow.port) == (where, port)
            assert agent.answer(asked, Action.DENY, Lifetime.ONCE)
        assert client.end() == (None if covered else "ECONNREFUSED")
    assert agent.is_quiet


def test_a_narrow_answer_settles_of_what_waits_only_what_it_covers(watched: World) -> None:
    agent, one = watched.agent(), watched.client("browser")
    two = Client(watched, one.path)
    one.begin("tcp", FAR, 80)
    first = agent.next()
    two.begin("tcp", FAR, 81)
    until(lambda: agent.next().waiting >= 2, "both wait for one question")

    assert agent.choose(first, Choice(Action.ALLOW, Lifetime.FOREVER, this_port=True))

    assert one.end() is None
    asked = agent.next()
    assert asked.connection.flow.port == 81, "the other is asked about anew"
    assert agent.answer(asked, Action.DENY, Lifetime.ONCE)
    assert two.end() == "ECONNREFUSED"


# -- everybody ---------------------------------------------------------------------------------


def test_a_rule_about_everybody_opens_a_port_without_question_or_queue(watched: World) -> None:
    agent = watched.agent()
    watched.stile("allow", "everybody", "--to", FAR, "--port", "443")
    before = watched.queued()
    client = watched.client("unheard-of")

    assert connects(client, FAR, 443) is None

    assert agent.is_quiet
    assert watched.queued() == before
    client.begin("tcp", FAR, 80)
    assert agent.next().connection.flow.port == 80


def test_everybody_is_denied_a_network_also_who_is_allowed(watched: World) -> None:
    known, unknown = watched.client("known"), watched.client("unknown")
    watched.stile("allow", known.identity)
    watched.stile("deny", "everybody", "--to", "10.77.0.8/30")

    for client in (known, unknown):
        assert connects(client, OTHER) == "ECONNREFUSED"
    assert connects(known) is None
    watched.stile("allow", known.identity, "--to", OTHER)
    assert connects(known, OTHER) is None, "a rule of its own is more specific"


# -- time --------------------------------------------------------------------------------------


def ends(world: World) -> float:
    """The end of the only rule that has one."""
    (end,) = [each["until"] for each in rules(world) if each["until"]]
    assert isinstance(end, float)
    return end


def waits_for(client: Client, end: float, **options: object) -> float:
    """Connect until it is refused; say how long after the end of the rule that was."""
    until(lambda: connects(client, **options) == "ECONNREFUSED", "the rule ends")  # type: ignore[arg-type]
    return time.time() - end


def test_a_timed_rule_ends_on_time(watched: World) -> None:
    client = watched.client()
    watched.stile("deny", client.identity)
    watched.stile("allow", client.identity, "--port", "80", "--for", "2s")
    assert connects(client) is None

    late = waits_for(client, ends(watched))

    assert -0.1 < late < 1.0
    until(lambda: len(rules(watched)) == 1, "it is not listed any more")
    assert list((watched.home / "var" / "rules.d").iterdir()) == []


def test_a_timed_rule_ends_on_time_with_the_helper_dead(watched: World) -> None:
    client = watched.client()
    watched.stile("deny", client.identity)
    watched.stile("allow", client.identity, "--port", "80", "--for", "2s")
    end = ends(watched)
    watched.helper.kill()
    assert connects(client) is None, "the kernel keeps what was decided"

    assert -0.1 < waits_for(client, end) < 1.0
    watched.helper = watched.stiled()
    assert connects(client) == "ECONNREFUSED"
    assert len(rules(watched)) == 1


def test_a_timed_rule_about_everything_ends_with_the_helper_dead(watched: World) -> None:
    client = watched.client()
    watched.stile("allow", client.identity, "--for", "2s")
    end = ends(watched)
    assert connects(client) is None
    watched.helper.kill()

    arrived = watched.capture("dst", "port", "81")
    until(lambda: time.time() > end + 1.1, "it is over")  # iptables knows seconds
    assert connects(client, port=81, timeout=0.5) == "TimeoutError", "what is asked about is held"
    assert arrived.packets() == []


def test_a_restart_keeps_a_timed_rule_for_as_long_as_it_has_left(watched: World) -> None:
    client = watched.client()
    watched.stile("deny", client.identity)
    watched.stile("allow", client.identity, "--port", "80", "--for", "4s")
    end = ends(watched)
    watched.helper.stop()
    watched.helper = watched.stiled()
    assert ends(watched) == end

    assert -0.1 < waits_for(client, end) < 1.0


# -- why ---------------------------------------------------------------------------------------


def test_why_says_what_happens(watched: World) -> None:
    client = watched.client()
    watched.stile("allow", client.identity)
    watched.stile("deny", client.identity, "--to", "10.77.0.0/24")
    watched.stile("drop", "everybody", "--to", FAR, "--port", "81")

    for where, port, action in (
        *((FAR, 80, "deny"), (FAR, 81, "drop"), (OTHER, 81, "deny")),
        *((FAR6, 80, "allow"), (FAR6, 81, "allow")),
    ):
        place = f"[{where}]:{port}" if ":" in where else f"{where}:{port}"
        said = watched.stile("why", client.identity, place)
        assert said.startswith(f"{where}: {action}, by rule ")
        happened = {None: "allow", "ECONNREFUSED": "deny", "TimeoutError": "drop"}
        became = connects(client, where, port, timeout=1)
        assert happened[became] == action  # type: ignore[index]
    assert NEAR not in watched.stile("why", client.identity, f"{FAR}:80")
    unknown = watched.program("unknown")
    assert "ask, for no rule covers it" in watched.stile("why", str(unknown), f"{FAR}:80")
