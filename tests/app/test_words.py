"""Protocols, lifetimes, rules and settings: they cannot be wrong, and say what is."""

from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stile.applications import KERNEL, Application
from stile.connections import TCP, Flow, Protocol, Uid
from stile.rules import Action, Choice, Lifetime, Origin, Policy, Rule, Term, decide
from stile.scopes import Attempt
from stile.settings import Settings

CURL = Application.parse("path:/usr/bin/curl")
SOMETHING = Attempt(TCP, ip_address("192.0.2.1"), 443, 40000, Uid(1000))


@given(st.integers(0, 255).map(Protocol))
def test_a_protocol_reads_back_as_it_was_written(protocol: Protocol) -> None:
    assert Protocol.parse(str(protocol)) == protocol


@pytest.mark.parametrize("text", ["", "smoke", "ip-", "ip-256", "ip--1", "TCP", "ip-\u00b2"])
def test_what_is_no_protocol_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"protocol"):
        Protocol.parse(text)


def test_a_flow_has_ports_in_range_and_one_family() -> None:
    flow = Flow(TCP, ip_address("192.0.2.1"), 1, ip_address("192.0.2.2"), 2)

    with pytest.raises(ValueError, match=r"port out of range"):
        replace(flow, port=65536)
    with pytest.raises(ValueError, match=r"different families"):
        replace(flow, source=ip_address("2001:db8::1"))


@pytest.mark.parametrize("lifetime", [each for each in Lifetime if each is not Lifetime.UNTIL])
def test_a_lifetime_reads_back(lifetime: Lifetime) -> None:
    assert Term.parse(str(lifetime)) == Term(lifetime)


@pytest.mark.parametrize(
    ("text", "seconds"), [("15m", 900), ("2h", 7200), ("1s", 1), ("3d", 259200), ("4w", 2419200)]
)
def test_a_duration_is_a_lifetime_that_ends_at_a_time(text: str, seconds: int) -> None:
    term = Term.parse(text)

    assert (term.lifetime, term.until(1000.0)) == (Lifetime.UNTIL, 1000.0 + seconds)


@pytest.mark.parametrize("text", ["", "m", "15", "15q", "-1m", "0m", "Forever", "until", "99999w"])
def test_what_is_no_lifetime_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a lifetime: once, quit, reboot|ten years"):
        Term.parse(text)


def test_a_rule_that_would_mean_nothing_cannot_be_made() -> None:
    with pytest.raises(ValueError, match=r"holds once"):
        Rule(CURL, Action.ALLOW, Lifetime.ONCE)
    with pytest.raises(ValueError, match=r"not be recognised again"):
        Rule(Application.parse("deleted:/a"), Action.ALLOW)
    with pytest.raises(ValueError, match=r"kernel cannot be asked"):
        Rule(KERNEL, Action.ASK)
    for rule in (Rule(CURL, Action.ASK), Rule(KERNEL, Action.ALLOW)):
        with pytest.raises(ValueError, match=r"hold for children too"):
            replace(rule, children=True)
    with pytest.raises(ValueError, match=r"names the time"):
        Rule(CURL, Action.ALLOW, Lifetime.UNTIL)
    with pytest.raises(ValueError, match=r"names the time"):
        Choice(Action.ALLOW, Lifetime.FOREVER, until=5.0)
    with pytest.raises(ValueError, match=r"an answer decides"):
        Choice(Action.ASK, Lifetime.ONCE)


@given(st.permutations([*Origin]))
def test_of_rules_about_one_application_the_strongest_origin_is_in_force(
    order: list[Origin],
) -> None:
    actions = dict(zip(Origin, [Action.ALLOW, Action.DENY, Action.ASK, Action.DROP], strict=True))

    policy = Policy.of(Rule(CURL, actions[origin], origin=origin) for origin in order)

    assert decide(policy, CURL, SOMETHING) is Action.DROP
    assert decide(policy, KERNEL, SOMETHING) is Action.ASK


@given(st.sampled_from(Origin), st.booleans())
def test_what_holds_until_a_process_quits_is_no_policy_about_the_application(
    origin: Origin,
    before: bool,  # noqa: FBT001 # drawn
) -> None:
    quits = Rule(CURL, Action.ALLOW, Lifetime.QUIT, origin=Origin.TEMPORARY)
    standing = Rule(CURL, Action.DENY, origin=origin)

    assert decide(Policy.of([quits]), CURL, SOMETHING) is Action.ASK
    both = [quits, standing] if before else [standing, quits]
    assert Policy.of(both) == Policy.of([standing])


def test_programs_share_the_verdict_of_a_rule_that_is_in_force_and_says_so() -> None:
    shipped = Rule(CURL, Action.DENY, origin=Origin.SHIPPED, children=True)

    assert Policy.of([shipped]).shares(CURL)
    assert not Policy.of([shipped, Rule(CURL, Action.ALLOW)]).shares(CURL), "it is overridden"
    assert not Policy().shares(CURL)


def test_settings_have_defaults_and_can_be_read() -> None:
    assert Settings.parse({}) == Settings()
    assert Settings.parse({"question_timeout": 5, "when_nobody_answers": "drop"}) == Settings(
        question_timeout=5, when_nobody_answers=Action.DROP
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("when_daemon_is_away", "ask"),
        ("when_daemon_is_away", True),
        ("question_timeout", 0.5),
        ("question_timeout", "60"),
        ("question_timeout", True),
        ("question_timeout", float("nan")),
        ("when_nobody_answers", "ask"),
        ("when_nobody_answers", "maybe"),
        ("when_nobody_answers", 1),
        ("held_per_application", 0),
        ("held_in_all", 65537),
        ("questions_in_all", 1.5),
        ("volume", 11),
    ],
)
def test_a_setting_that_is_wrong_is_named(key: str, value: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=key):
        Settings.parse({key: value})
