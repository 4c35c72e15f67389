"""Which open conversations a rule ends, and which it leaves alone."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stile.applications import EVERYBODY, Application
from stile.connections import TCP, UDP, Direction, Protocol, Uid
from stile.rules import Action, Policy, Rule, decide
from stile.scopes import Scope
from stiled.openflows import REFUSING, OpenFlow, directions, must_end

ALLOW, DENY, DROP, ASK = Action.ALLOW, Action.DENY, Action.DROP, Action.ASK
IN, OUT = Direction.IN, Direction.OUT
CURL = Application.parse("path:/usr/bin/curl")


def rule(action: Action, words: str = "", application: Application = CURL) -> Rule:
    """A rule whose scope is said as "to local port 443"."""
    split = words.split()
    scope = Scope.parse(dict(zip(split[::2], split[1::2], strict=True)))
    return Rule(application, action, scope=scope)


def flow(
    where: str = "192.0.2.1",
    port: int = 443,
    protocol: Protocol = TCP,
    *,
    begun_by: tuple[Direction, ...] = (OUT,),
    own_port: int = 40000,
    names: str = "",
    lists: str = "",
) -> OpenFlow:
    begun_by = begun_by if protocol == TCP else ()
    return OpenFlow(
        protocol,
        ip_address(where),
        port,
        own_port,
        Uid(1000),
        begun_by,
        frozenset(names.split()),
        frozenset(lists.split()),
    )


def ends(what: OpenFlow, *rules: Rule) -> bool:
    return must_end(Policy.of(rules), CURL, what)


# -- what is refused ends ------------------------------------------------------------------------


@pytest.mark.parametrize("action", REFUSING)
@pytest.mark.parametrize("words", ["to 192.0.2.0/24", "port 443", "protocol tcp", "to list:bad"])
@pytest.mark.parametrize("who", [CURL, EVERYBODY])
def test_what_a_narrow_rule_refuses_ends(action: Action, words: str, who: Application) -> None:
    assert ends(flow(lists="bad"), rule(ALLOW), rule(action, words, who))


@pytest.mark.parametrize("action", [ALLOW, ASK])
def test_what_is_allowed_or_would_be_asked_about_goes_on(action: Action) -> None:
    assert not ends(flow(), rule(action))
    assert not ends(flow(), rule(DENY, "to 192.0.2.0/24"), rule(action, "to 192.0.2.1"))
    assert not ends(flow("198.51.100.1"), rule(action), rule(DENY, "to 192.0.2.0/24"))
    assert not ends(flow())


@pytest.mark.parametrize("action", REFUSING)
def test_a_refusal_of_all_is_the_kernels_work_and_a_drop_stays_silent(action: Action) -> None:
    assert not ends(flow(), rule(action))
    assert not ends(flow(), rule(action), rule(DENY, "to 198.51.100.0/24"))


def test_but_where_something_else_is_allowed_the_kernel_cannot_tell_what_runs() -> None:
    assert ends(flow(), rule(DENY), rule(ALLOW, "direction in"))


def test_udp_ends_whatever_refuses_it() -> None:
    for words in ("", "to 192.0.2.0/24", "port 443"):
        assert ends(flow(protocol=UDP), rule(DENY, words))
    assert not ends(flow(protocol=UDP), rule(ALLOW), rule(DENY, "protocol tcp"))


# -- who began ------------------------------------------------------------------------------------


def test_who_began_is_known_by_the_listener_or_by_a_port_that_nobody_chose() -> None:
    ephemeral = range(32768, 61000)
    assert directions(TCP, 22, {22}, ephemeral) == (IN,)
    assert directions(TCP, 40000, {40000}, ephemeral) == (IN,)
    assert directions(TCP, 40000, {22}, ephemeral) == (OUT,)
    assert directions(TCP, 1000, {22}, ephemeral) == (OUT, IN), "nobody can tell"
    assert directions(UDP, 53, {53}, ephemeral) == ()


def test_where_nobody_knows_who_began_only_what_is_refused_either_way_ends() -> None:
    unknown = flow(begun_by=(OUT, IN), own_port=1000)
    outward, inward = rule(DENY, "to 192.0.2.0/24"), rule(DENY, "to 192.0.2.0/24 direction in")

    assert not ends(unknown, rule(ALLOW), outward)
    assert not ends(unknown, rule(ALLOW), inward)
    assert ends(unknown, rule(ALLOW), outward, inward)


def test_who_is_reached_is_judged_by_the_rules_about_that() -> None:
    reached = flow(begun_by=(IN,), port=50000, own_port=22)

    assert ends(reached, rule(ALLOW), rule(DENY, "direction in port 22"))
    assert not ends(reached, rule(ALLOW), rule(DENY, "to 192.0.2.0/24"))


# -- names ----------------------------------------------------------------------------------------


def test_a_denied_name_ends_what_is_known_to_have_it() -> None:
    denied = rule(DENY, "to *.example.org")
    assert ends(flow(names="www.example.org"), rule(ALLOW), denied)
    assert ends(flow(names="www.example.org www.example.net"), rule(ALLOW), denied)
    assert not ends(flow(names="www.example.net"), rule(ALLOW), denied)
    assert not ends(flow(), rule(ALLOW), denied)


def test_what_may_have_been_allowed_by_a_name_that_is_over_goes_on() -> None:
    rules = [rule(DENY), rule(ALLOW, "to example.org port 443"), rule(DENY, "to 192.0.2.0/24")]
    assert not ends(flow(), *rules)
    assert ends(flow(port=80), *rules), "it was never meant"
    assert ends(flow(), *rules, rule(DENY, "to 192.0.2.1 port 443")), "that stands over the name"
    assert not ends(flow(port=53, protocol=UDP), *rules), "this may be how the name is looked up"


@given(
    actions=st.lists(st.sampled_from(list(Action)), min_size=1, max_size=6),
    words=st.lists(
        st.sampled_from(
            ["", "to 192.0.2.0/24", "to 192.0.2.1", "direction in", "port 443", "to example.org"]
        ),
        min_size=6,
        max_size=6,
    ),
    begun_by=st.sampled_from([(OUT,), (IN,), (OUT, IN)]),
    protocol=st.sampled_from([TCP, UDP]),
)
def test_nothing_ends_that_decide_would_let_begin(
    actions: list[Action],
    words: list[str],
    begun_by: tuple[Direction, ...],
    protocol: Protocol,
) -> None:
    policy = Policy.of(rule(*said) for said in zip(actions, words, strict=False))
    what = flow(begun_by=begun_by, protocol=protocol)

    if must_end(policy, CURL, what):
        assert all(decide(policy, CURL, attempt) in REFUSING for attempt in what.attempts)
