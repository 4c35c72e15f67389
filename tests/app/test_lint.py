"""What is said of rules that do nothing, held against what `decide` does without them."""

from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stile.applications import EVERYBODY, KERNEL, Application
from stile.connections import ICMP, TCP, UDP, Direction, Uid
from stile.lint import Finding, Problem, contains, lint, overlap
from stile.rules import Action, Lifetime, Origin, Policy, Rule, RuleId, decide, ruling
from stile.scopes import Attempt, Scope

CURL = Application.parse("path:/usr/bin/curl")
WGET = Application.parse("path:/usr/bin/wget")
NAMES = ["example.org", "ads.example.org", "www.ads.example.org", "example.net", "localhost"]
PATTERNS = [*NAMES, "*.example.org", "*.ads.example.org", "ads*.example.org", "*.org", "*a*"]
ADDRESSES = ["192.0.2.1", "192.0.2.2", "192.0.2.200", "10.1.2.3", "2001:db8::1", "fd00::7"]
PLACES = [
    *("any", "local", "192.0.2.0/24", "192.0.2.0/25", "192.0.2.0-192.0.2.5", "192.0.2.1-192.0.2.4"),
    *("10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "list:ads", "list:bad"),
    *ADDRESSES,
    *PATTERNS,
]
PORTS = ["any", "any", "443", "80,443", "1-1024", "53", "web"]


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    protocol = draw(st.sampled_from(["any", "any", "any", "tcp", "udp", "icmp"]))
    return Scope.parse(
        {
            "to": draw(st.sampled_from(PLACES)),
            "port": "any" if protocol == "icmp" else draw(st.sampled_from(PORTS)),
            "protocol": protocol,
            "direction": draw(st.sampled_from(["both", "both", "out", "in"])),
            "user": draw(st.sampled_from(["any", "any", "any", "0", "1000"])),
        }
    )


@st.composite
def rules(draw: st.DrawFn, *applications: Application) -> Rule:
    lifetime = draw(
        st.sampled_from([Lifetime.FOREVER, Lifetime.FOREVER, Lifetime.UNTIL, Lifetime.REBOOT])
    )
    return Rule(
        application=draw(st.sampled_from(applications or (CURL, CURL, CURL, EVERYBODY))),
        action=draw(st.sampled_from([Action.ALLOW, Action.ALLOW, Action.DENY, *Action])),
        lifetime=lifetime,
        until=draw(st.sampled_from([4e9, 5e9])) if lifetime is Lifetime.UNTIL else 0.0,
        origin=draw(st.sampled_from([Origin.USER, Origin.TEMPORARY, Origin.SHIPPED])),
        scope=draw(st.one_of(st.just(Scope()), scopes(), scopes(), scopes(), scopes())),
        enabled=draw(st.sampled_from([True, True, True, True, False])),
    )


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    protocol = draw(st.sampled_from([TCP, TCP, UDP, ICMP]))
    known = draw(st.sampled_from([Direction.OUT, Direction.OUT, Direction.IN]))
    ports = st.sampled_from([53, 80, 443, 8080]) if protocol.has_ports else st.just(0)
    names = draw(st.frozensets(st.sampled_from(NAMES), max_size=3))
    return Attempt(
        protocol=protocol,
        address=ip_address(draw(st.sampled_from(ADDRESSES))),
        port=draw(ports),
        own_port=draw(ports),
        uid=Uid(draw(st.sampled_from([0, 1000]))),
        direction=known if protocol == TCP else None,
        names=names,
        lists=draw(st.frozensets(st.sampled_from(["ads", "bad"]))),
        lookup=bool(names) and known is Direction.OUT and draw(st.booleans()),
    )


def numbered(drawn: list[Rule]) -> list[Rule]:
    """Of two about the same, of the same origin, there is one."""
    chosen = {(rule.application, rule.scope, rule.origin): rule for rule in drawn}
    return [replace(rule, id=RuleId(str(n))) for n, rule in enumerate(chosen.values())]


POLICIES = st.lists(rules(), min_size=2, max_size=7).map(numbered)
TRIES = st.lists(attempts(), min_size=8, max_size=12)


def found(drawn: list[Rule], application: Application) -> list[Finding]:
    own = [rule for rule in drawn if rule.application == application]
    others = [rule for rule in drawn if rule.application not in (application, EVERYBODY)]
    general = [rule for rule in drawn if rule.application == EVERYBODY]
    if application == EVERYBODY:
        return lint(own, others=others)
    return lint(own, general)


@settings(max_examples=150, deadline=None)
@given(POLICIES, TRIES)
def test_what_is_said_to_do_nothing_does_nothing(drawn: list[Rule], tries: list[Attempt]) -> None:
    policy = Policy.of(drawn)
    findings = [*found(drawn, CURL), *found(drawn, EVERYBODY)]
    idle = {each.rule.id for each in findings}
    never = {each.rule.id for each in findings if each.problem is Problem.NEVER}
    for application in (CURL, WGET):
        for attempt in tries:
            rule = ruling(policy, application, attempt)
            assert rule is None or rule.id not in never
            said = decide(policy, application, attempt)
            for gone in (idle, *({each} for each in idle)):
                left = Policy.of(rule for rule in drawn if rule.id not in gone)
                assert decide(left, application, attempt) is said


@settings(max_examples=100, deadline=None)
@given(POLICIES, TRIES, st.sampled_from([Lifetime.UNTIL, Lifetime.REBOOT]))
def test_nor_does_it_once_others_have_ended(
    drawn: list[Rule], tries: list[Attempt], over: Lifetime
) -> None:
    idle = {each.rule.id for each in (*found(drawn, CURL), *found(drawn, EVERYBODY))}
    later = [rule for rule in drawn if rule.lifetime is not over]
    left = [rule for rule in later if rule.id not in idle]
    for attempt in tries:
        said = decide(Policy.of(later), CURL, attempt)
        assert decide(Policy.of(left), CURL, attempt) is said


@settings(max_examples=200, deadline=None)
@given(scopes(), scopes(), TRIES)
def test_what_contains_covers_all_and_what_does_not_overlap_shares_nothing(
    one: Scope, other: Scope, tries: list[Attempt]
) -> None:
    for attempt in tries:
        for name in (None, *attempt.names):
            if contains(one, other) and other.covers(attempt, name):
                assert one.covers(attempt, name)
            if not overlap(one, other):
                assert not (one.covers(attempt, name) and other.covers(attempt, name))


def rule(action: str, words: str = "", application: Application = CURL, **more: Any) -> Rule:  # noqa: ANN401 # whatever a rule has
    """Make one of words: "to any port 443"."""
    pairs = words.split()
    scope = Scope.parse(dict(zip(pairs[::2], pairs[1::2], strict=True)))
    return replace(Rule(application, Action(action), scope=scope), **more)


COVERED = [
    ("allow", "to 192.0.2.1", "allow", ""),
    ("allow", "to www.example.org", "allow", "to *.example.org"),
    ("deny", "to 192.0.2.0/25 port 443", "deny", "to 192.0.2.0/24"),
    ("allow", "port 443 user 1000", "allow", "port web"),
    ("allow", "to 10.0.0.0/8", "allow", "to local"),
    ("deny", "direction in port 22", "deny", ""),
]


@pytest.mark.parametrize(("action", "narrow", "below", "wide"), COVERED)
def test_a_rule_that_a_wider_one_says_too_is_covered(
    action: str, narrow: str, below: str, wide: str
) -> None:
    small, large = rule(action, narrow), rule(below, wide)
    assert lint([large, small]) == [Finding(small, Problem.COVERED, large)]


NOT_COVERED = [
    ("allow", "to 192.0.2.1", "deny", ""),
    ("allow", "to 192.0.2.1", "allow", "to 198.51.100.0/24"),
    ("allow", "to example.org", "allow", "to 192.0.2.0/24"),
    ("ask", "to example.org", "ask", ""),
]


@pytest.mark.parametrize(("action", "narrow", "below", "wide"), NOT_COVERED)
def test_a_rule_that_says_something_of_its_own_is_not(
    action: str, narrow: str, below: str, wide: str
) -> None:
    assert lint([rule(action, narrow), rule(below, wide)]) == []


def test_what_stands_between_two_keeps_the_narrow_one() -> None:
    among = rule("deny", "to 192.0.2.0/24")
    assert lint([rule("allow", "to 192.0.2.1"), among, rule("allow")]) == []


def test_a_rule_about_everybody_covers_that_of_an_application() -> None:
    own, general = rule("deny", "to 192.0.2.1"), rule("deny", "to 192.0.2.0/24", EVERYBODY)
    assert lint([own], [general]) == [Finding(own, Problem.COVERED, general)]


def test_a_rule_about_everybody_stays_where_an_application_has_one_between() -> None:
    narrow, wide = rule("deny", "to 192.0.2.1", EVERYBODY), rule("deny", "", EVERYBODY)
    assert lint([narrow, wide]) == [Finding(narrow, Problem.COVERED, wide)]
    assert lint([narrow, wide], others=[rule("allow", "to 192.0.2.0/24")]) == []


def test_what_ends_covers_nothing_that_lasts() -> None:
    ends = rule("allow", lifetime=Lifetime.UNTIL, until=4e9)
    assert lint([rule("allow", "to 192.0.2.1"), ends]) == []


def test_the_one_of_a_stronger_origin_wins_always_if_it_lasts() -> None:
    here = rule("deny")
    there = rule("allow", origin=Origin.TEMPORARY, lifetime=Lifetime.REBOOT)
    assert lint([here, there]) == []
    lasting = replace(there, lifetime=Lifetime.FOREVER)
    assert lint([here, lasting]) == [Finding(here, Problem.NEVER, lasting)]


def test_of_two_ranges_that_count_as_equally_narrow_the_wider_may_win() -> None:
    wide = rule("deny", "to 192.0.2.0-192.0.2.7")
    small = rule("allow", "to 192.0.2.1-192.0.2.5")
    assert lint([wide, small]) == [Finding(small, Problem.NEVER, wide)]


def test_a_program_that_is_not_there_is_named_and_what_has_no_file_is_not() -> None:
    curl, kernel = rule("allow"), rule("allow", "", KERNEL)
    assert lint([curl], exists=lambda _: False) == [Finding(curl, Problem.GONE)]
    assert lint([kernel], exists=lambda _: False) == []


def test_what_is_over_and_what_is_left_of_it_is_named() -> None:
    over = rule("allow", lifetime=Lifetime.UNTIL, until=1000.0)
    left = rule("allow", lifetime=Lifetime.REBOOT, enabled=False)
    assert lint([over], now=1000.0) == [Finding(over, Problem.OVER)]
    assert lint([left]) == [Finding(left, Problem.LEFT)]
    assert lint([rule("allow", enabled=False)]) == []


def test_shipped_rules_are_left_alone() -> None:
    assert lint([rule("allow", "to 192.0.2.1", origin=Origin.SHIPPED), rule("allow")]) == []
