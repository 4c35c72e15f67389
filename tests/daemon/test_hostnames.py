"""What is known of names, and which sets of a chain follow from it."""

from ipaddress import ip_address

import dns.message
import dns.rrset
from hypothesis import given
from hypothesis import strategies as st

from stile.applications import Application
from stile.rules import Action, Policy, Rule
from stile.scopes import Scope
from stiled import dnsmessages, hostnames
from stiled.chains import chain_of
from stiled.hostnames import Answer, Hostnames
from stiled.namesets import JUDGED_SECONDS, sets_of, sets_of_disputed

CURL = Application.parse("path:/usr/bin/curl")
ONE, TWO = ip_address("192.0.2.1"), ip_address("2001:db8::2")


def test_a_name_and_its_aliases_hold_as_long_as_the_answer() -> None:
    known = Hostnames()
    answer = Answer("www.example.org", {ONE: 30, TWO: 60}, ("cdn.example.net",))

    assert known.learn(answer, 100.0) == {ONE, TWO}
    assert known.names(ONE, 129.0) == {"www.example.org": 130.0, "cdn.example.net": 130.0}
    assert known.said(ONE, 100.0) == ("www.example.org", "cdn.example.net"), "what was asked first"
    assert known.names(ONE, 130.0) == {}
    assert known.addresses("www.example.org".__eq__, 131.0) == {TWO: 160.0}


def test_only_what_is_new_is_told() -> None:
    known = Hostnames()
    known.learn(Answer("a.example", {ONE: 60}), 0.0)

    assert known.learn(Answer("a.example", {ONE: 10}), 1.0) == frozenset()
    assert known.learn(Answer("a.example", {ONE: 60}), 1.0) == {ONE}, "it holds longer"
    assert known.learn(Answer("b.example", {ONE: 10}), 1.0) == {ONE}
    assert known.said(ONE, 2.0) == ("b.example", "a.example"), "the last that was asked for"


def test_an_answer_for_no_time_holds_for_what_follows_and_none_for_ever() -> None:
    known = Hostnames()
    known.learn(Answer("a.example", {ONE: 0, TWO: 1e9}), 0.0)

    assert known.names(ONE, 0.5) == {"a.example": hostnames.SHORTEST}
    assert known.names(TWO, 0.5) == {"a.example": hostnames.LONGEST}


def test_what_ends_first_is_forgotten_first() -> None:
    known = Hostnames()
    for number in range(hostnames.MOST + 1):
        known.learn(Answer(f"n{number}.example", {ONE: 10 + number}), 0.0)

    names = known.names(ONE, 0.0)
    assert len(names) < hostnames.MOST
    assert f"n{hostnames.MOST}.example" in names
    assert "n0.example" not in names


# -- messages ------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_whatever_the_octets_are_nothing_is_raised(octets: bytes) -> None:
    dnsmessages.read(octets)
    dnsmessages.read(b"\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00" + octets)


def test_records_that_the_chain_does_not_lead_to_count_for_nothing() -> None:
    answer = dns.message.make_response(dns.message.make_query("WWW.example.org", "A"))
    for name, ttl, kind, value in (
        ("www.example.org.", 60, "CNAME", "cdn.example.net."),
        ("cdn.example.net.", 20, "A", "192.0.2.1"),
        ("bank.example.", 60, "A", "198.51.100.66"),
    ):
        answer.answer.append(dns.rrset.from_text(name, ttl, "IN", kind, value))

    read = dnsmessages.read(answer.to_wire())
    assert read is not None
    assert read[1] == Answer("www.example.org", {ONE: 20}, ("cdn.example.net",))


def test_a_circle_of_aliases_ends() -> None:
    answer = dns.message.make_response(dns.message.make_query("a.example", "A"))
    for name, to in (("a.example.", "b.example."), ("b.example.", "a.example.")):
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", to))

    read = dnsmessages.read(answer.to_wire())
    assert read is not None
    assert read[1] is not None
    assert read[1].addresses == {}


# -- sets ------------------------------------------------------------------------------------


def sets(names: dict[str, float], **rules: Action) -> dict[str, float] | None:
    policy = Policy.of(
        Rule(CURL, action, scope=Scope.parse({"to": name.replace("_", ".")}))
        for name, action in rules.items()
    )
    chain = chain_of(policy, CURL, "app1", ask_in=False)
    found = sets_of(chain, names, 100.0)
    spoken = {pair: str(rule.scope.destination) for pair, rule in chain.names.items()}
    return None if found is None else {spoken.get(pair, "judged"): s for pair, s in found.items()}


def test_an_address_is_in_the_sets_of_its_names_and_known_until_the_first_ends() -> None:
    allow = Action.ALLOW
    assert sets({"a.example": 130.0}, a_example=allow, b_example=allow) == {
        "a.example": 30.0,
        "judged": 30.0,
    }


def test_an_address_without_a_name_is_looked_at_again_where_names_are_allowed() -> None:
    assert sets({"c.example": 130.0}, a_example=Action.ALLOW) == {}
    assert sets({}, a_example=Action.DENY) == {"judged": JUDGED_SECONDS}


def test_an_address_whose_names_lead_to_different_verdicts_is_in_no_set() -> None:
    both = {"a.example": 130.0, "b.example": 130.0}
    assert sets(both, a_example=Action.ALLOW, b_example=Action.DENY) is None
    assert sets(both, a_example=Action.DENY, b_example=Action.DENY) is not None


def test_who_is_reached_is_judged_by_names_that_agree_about_it_though_others_do_not() -> None:
    both = {"a.example": 130.0, "b.example": 140.0}
    outward = Rule(CURL, Action.ALLOW, scope=Scope.parse({"to": "a.example"}))
    inward = Rule(CURL, Action.DENY, scope=Scope.parse({"to": "b.example", "direction": "in"}))
    chain = chain_of(Policy.of([outward, inward]), CURL, "app1", ask_in=False)
    (pair,) = (pair for pair, rule in chain.names.items() if rule == inward)

    assert sets_of(chain, both, 100.0) is None
    assert sets_of_disputed(chain, both, 100.0) == {pair: 40.0}
