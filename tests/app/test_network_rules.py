"""Rules that hold on one network: which are in force, and how they are written."""

from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stile.applications import Application
from stile.connections import TCP, Uid
from stile.rules import Action, Lifetime, Origin, Policy, Rule, decide
from stile.scopes import Attempt, Scope

CURL = Application.parse("path:/usr/bin/curl")
WEB = Attempt(TCP, ip_address("192.0.2.1"), 443, 0, Uid(1000))
HOME, CAFE = frozenset({"Home"}), frozenset({"Cafe"})
BOTH = HOME | CAFE


def rule(action: Action, network: str = "", **words: str) -> Rule:
    scope = Scope.parse({**words, **({"network": network} if network else {})})
    return Rule(CURL, action, scope=scope)


def decided(networks: frozenset[str] | None, *rules: Rule) -> Action:
    return decide(Policy.of(rules, networks), CURL, WEB)


def test_a_rule_holds_on_its_network_alone() -> None:
    allowed = rule(Action.ALLOW, "Home")
    assert decided(HOME, allowed) is Action.ALLOW
    assert decided(CAFE, allowed) is Action.ASK
    assert decided(frozenset(), allowed) is Action.ASK


@pytest.mark.parametrize("action", list(Action))
def test_where_nobody_can_tell_it_holds_unless_it_lets_something_through(action: Action) -> None:
    general = Action.DENY if action is Action.ALLOW else Action.ALLOW
    holds = action is not Action.ALLOW
    assert decided(None, rule(general), rule(action, "Home")) is (action if holds else general)


def test_all_networks_but_some_can_be_meant() -> None:
    elsewhere = rule(Action.DENY, "not:Home,Cafe")
    assert decided(frozenset({"Pub"}), elsewhere) is Action.DENY
    assert decided(frozenset(), elsewhere) is Action.DENY
    assert decided(CAFE, elsewhere) is Action.ASK
    assert decided(None, elsewhere) is Action.DENY
    assert decided(None, rule(Action.ALLOW, "not:Home")) is Action.ASK


def test_of_two_about_the_same_the_one_for_the_network_decides() -> None:
    everywhere, there = rule(Action.DENY), rule(Action.ALLOW, "Home")
    for rules in ((everywhere, there), (there, everywhere)):
        assert decided(HOME, *rules) is Action.ALLOW
        assert decided(CAFE, *rules) is Action.DENY


def test_of_two_networks_the_more_cautious_decides() -> None:
    rules = rule(Action.ALLOW, "Home"), rule(Action.DENY, "Cafe")
    assert decided(BOTH, *rules) is Action.DENY
    assert decided(BOTH, *reversed(rules)) is Action.DENY


def test_a_stronger_origin_decides_still() -> None:
    temporary = replace(rule(Action.DENY), origin=Origin.TEMPORARY, lifetime=Lifetime.REBOOT)
    assert decided(HOME, rule(Action.ALLOW, "Home"), temporary) is Action.DENY


def test_a_more_specific_rule_stands_over_it_as_ever() -> None:
    assert decided(HOME, rule(Action.ALLOW, "Home"), rule(Action.DENY, port="443")) is Action.DENY


def test_the_policy_knows_which_of_them_are_in_force() -> None:
    there, elsewhere = rule(Action.ALLOW, "Home", port="443"), rule(Action.DENY, "Cafe")
    policy = Policy.of([there, elsewhere], HOME)
    assert there in policy
    assert elsewhere not in policy
    assert not policy.with_rules(CURL, [elsewhere]).settles(CURL), "it knows where it is"


@given(
    st.dictionaries(st.sampled_from(["", "Home", "Cafe"]), st.sampled_from(list(Action))),
    st.sampled_from([frozenset(), HOME, CAFE, BOTH]),
)
def test_not_to_know_the_network_lets_nothing_through_that_would_not_pass_anyway(
    said: dict[str, Action], networks: frozenset[str]
) -> None:
    rules = [rule(action, network) for network, action in said.items()]
    if decided(None, *rules) is Action.ALLOW:
        assert decided(networks, *rules) is Action.ALLOW


def test_it_is_written_with_the_other_words_of_a_scope() -> None:
    words = {"to": "example.org", "network": "Haus & Hof"}
    scope = Scope.parse(words)
    assert scope.words == words
    assert scope.everywhere == Scope.parse({"to": "example.org"})
    assert not Scope.parse({"network": "Home"}).is_whole, "it is a [[rule]] of a file"
    assert Scope.parse({"network": "any"}).is_whole


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "not:",
        "not:Home,,",
        "not:type:x",
        "not:not:Home",
        "a\nb",
        "x" * 129,
        "type:pigeon",
        "\x1b[31m",
    ],
)
def test_what_is_no_name_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="network"):
        Scope.parse({"network": wrong})
