"""What rules are proposed of what was reached."""

from ipaddress import ip_address

import pytest

from stile.applications import Application
from stile.connections import TCP, UDP, Protocol
from stile.learned import MOST_RULES, Learned, Place, Verdict, reached
from stile.rules import Action
from stile.scopes import Scope

CURL = Application.parse("path:/usr/bin/curl")
FIRST = "198.51.100.1"


def at(
    where: str = FIRST,
    port: int = 443,
    name: str = "",
    protocol: Protocol = TCP,
    *,
    lookup: bool = False,
    inbound: bool = False,
) -> Place:
    return Place(protocol, port, ip_address(where), name, lookup, inbound)


def scopes(*places: Place) -> list[dict[str, str]]:
    return [scope.words for scope in reached(places)]


def hosts(*names: str) -> list[str]:
    found = scopes(*(at(name=name) for name in names))
    return [words["to"] for words in found]


def test_a_place_is_a_host_or_an_address_with_its_port_and_protocol() -> None:
    assert scopes(at(name="example.org"), at(port=53, protocol=UDP)) == [
        {"to": "example.org", "port": "443", "protocol": "tcp"},
        {"to": FIRST, "port": "53", "protocol": "udp"},
    ]


def test_addresses_of_one_host_are_one_rule() -> None:
    assert hosts("example.org", "example.org") == ["example.org"]


def test_many_hosts_of_a_domain_are_the_domain() -> None:
    assert hosts("a.example.org", "b.example.org") == ["a.example.org", "b.example.org"]
    assert hosts("a.example.org", "b.example.org", "c.example.org") == ["*.example.org"]


@pytest.mark.parametrize("shared", ["co.uk", "com.au", "org", "gov.br"])
def test_what_strangers_have_parts_of_is_never_proposed_whole(shared: str) -> None:
    names = [f"{each}.{shared}" for each in "abcd"]
    assert hosts(*names) == names


def test_many_places_of_the_local_network_are_that() -> None:
    places = [at(f"10.0.0.{number}", 22000) for number in (1, 2)]
    assert [words["to"] for words in scopes(*places)] == ["10.0.0.1", "10.0.0.2"]
    assert scopes(*places, at("10.0.0.3", 22000)) == [
        {"to": "local", "port": "22000", "protocol": "tcp"}
    ]


def test_who_may_reach_a_host_may_look_it_up_as_well() -> None:
    asked = at("192.0.2.53", 53, "example.org", UDP, lookup=True)
    assert scopes(asked, at(name="example.org")) == scopes(at(name="example.org"))
    assert scopes(asked) == [{"to": "example.org", "port": "53", "protocol": "udp"}]


def test_who_was_reached_is_reached_at_that_port() -> None:
    assert scopes(at("10.0.0.1", 22, inbound=True)) == [
        {"to": "local", "port": "ssh", "protocol": "tcp", "direction": "in"}
    ]


@pytest.mark.parametrize("odd", ["any", "*.org", "1.0.0.0-9.0.0.0", "local", "list:ads"])
def test_a_name_that_is_none_is_never_more_than_its_address(odd: str) -> None:
    assert hosts(odd) == [FIRST]


def test_rules_are_made_of_what_was_seen_and_of_nothing_that_came_since() -> None:
    learned = Learned(CURL, 2, (at(port=1), at(port=2)))
    (rule,) = learned.rules(Verdict.REACHED, 1)
    assert (rule.application, rule.action) == (CURL, Action.ALLOW)
    assert rule.scope == Scope.parse({"to": FIRST, "port": "1", "protocol": "tcp"})


def test_all_or_nothing_of_it_is_one_rule() -> None:
    learned = Learned(CURL, 1, (at(),))
    for verdict, action in ((Verdict.ALLOW, Action.ALLOW), (Verdict.DENY, Action.DENY)):
        (rule,) = learned.rules(verdict, 1)
        assert (rule.scope.is_whole, rule.action) == (True, action)
    assert learned.rules(Verdict.FORGET, 1) == ()


def test_of_too_much_no_rules_are_made_place_by_place() -> None:
    many = Learned(CURL, 99, tuple(at(port=number) for number in range(1, MOST_RULES + 2)))
    for learned in (many, Learned(CURL, 2, (at(),), more=1)):
        assert not learned.can_be_narrow
        with pytest.raises(ValueError, match="too many places"):
            learned.rules(Verdict.REACHED, 99)
