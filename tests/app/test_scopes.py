"""What a rule covers: its text, what is refused, and which of two covers less."""

import time
from ipaddress import IPv4Address, ip_address, ip_network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stile.connections import ICMP, TCP, UDP, Direction, Flow, Protocol, Uid
from stile.scopes import (
    ANYWHERE,
    GROUPS,
    LOCAL,
    WHOLE,
    Attempt,
    Destination,
    Listed,
    LocalNetwork,
    Name,
    Ports,
    Scope,
    Span,
    Way,
    destination,
    host,
)

LABELS = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,10}[a-z0-9_])?", fullmatch=True)
HOSTS = st.builds(lambda labels, top: ".".join([*labels, top]), st.lists(LABELS), st.just("org"))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    addresses = st.ip_addresses(v=4) if draw(st.booleans()) else st.ip_addresses(v=6)
    first, last = sorted((draw(addresses), draw(addresses)), key=int)
    return Span(first, last)


@st.composite
def networks(draw: st.DrawFn) -> Span:
    is_v4 = draw(st.booleans())
    address = draw(st.ip_addresses(v=4) if is_v4 else st.ip_addresses(v=6))
    network = ip_network((address, draw(st.integers(0, 32 if is_v4 else 128))), strict=False)
    return Span(network[0], network[-1])


DESTINATIONS: st.SearchStrategy[Destination] = st.one_of(
    st.just(ANYWHERE),
    st.just(LocalNetwork()),
    spans(),
    networks(),
    HOSTS.map(Name),
    HOSTS.map(lambda name: Name(f"*.{name}")),
    HOSTS.map(lambda name: Name(f"ads*.{name}")),
    LABELS.map(Listed),
)
RANGES = st.tuples(st.integers(1, 65535), st.integers(1, 65535)).map(sorted)
PORTS = st.lists(RANGES, max_size=4).map(
    lambda ranges: Ports.parse(",".join(f"{low}-{high}" for low, high in ranges) or "any")
)


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    protocols = [TCP, UDP, Protocol(132), None]
    ports = draw(PORTS)
    return Scope(
        destination=draw(DESTINATIONS),
        ports=ports,
        protocol=draw(st.sampled_from(protocols if ports.ranges else [*protocols, ICMP])),
        way=draw(st.sampled_from(Way)),
        uid=draw(st.none() | st.integers(0, (1 << 32) - 1).map(Uid)),
    )


# -- the texts -----------------------------------------------------------------------------


@given(DESTINATIONS)
def test_a_destination_reads_back_as_it_was_written(where: Destination) -> None:
    assert destination(str(where)) == where


@given(PORTS)
def test_ports_read_back_as_they_were_written(ports: Ports) -> None:
    assert Ports.parse(str(ports)) == ports


@given(scopes())
def test_a_scope_reads_back_as_it_was_written(scope: Scope) -> None:
    assert Scope.parse(scope.words) == scope


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_of_ports_is_written_by_its_name(group: str) -> None:
    assert str(Ports.parse(group)) == group
    assert str(Ports.parse(GROUPS[group])) == group


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ANY", ANYWHERE),
        ("Local", LocalNetwork()),
        ("local.", LocalNetwork()),
        ("192.0.2.1/32", Span(IPv4Address("192.0.2.1"), IPv4Address("192.0.2.1"))),
        ("192.0.2.0-192.0.2.255", destination("192.0.2.0/24")),
        ("2001:DB8::/32", destination("2001:db8::/32")),
        ("Example.ORG.", Name("example.org")),
        ("*.b\u00fccher.example", Name("*.xn--bcher-kva.example")),
        ("\uff11.2.3.4", Span(IPv4Address("1.2.3.4"), IPv4Address("1.2.3.4"))),
    ],
)
def test_what_means_the_same_is_the_same(text: str, meant: Destination) -> None:
    assert destination(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "*", "*.*", "-a.org", "a..org", "a b", "a.org/", "1.2.3", "1.2.3.4-"),
        *("192.0.2.1/24", "192.0.2.9-192.0.2.1", "192.0.2.1-2001:db8::1", "fe80::1%eth0"),
        *("list:", "list:a/b", "ex?mple.org", "[a].org", "a" * 64 + ".org", "a." * 127 + "org"),
    ],
)
def test_what_is_no_destination_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not"):
        destination(text)


def test_a_long_name_that_is_wrong_at_its_end_takes_no_time() -> None:
    begun = time.process_time()
    with pytest.raises(ValueError, match=r"is not a destination"):
        destination("a" * 250 + "!")
    assert time.process_time() - begun < 0.1


@pytest.mark.parametrize(
    "text", ["", "0", "65536", "9-5", "http", "web,22", "1,,2", "-1", "1-2-3", "\u00b2"]
)
def test_what_are_no_ports_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"port|within"):
        Ports.parse(text)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"protocol": "icmp", "port": "80"}, "icmp has no ports"),
        ({"direction": "up"}, "is not a direction"),
        ({"user": "-1"}, "is not a user id"),
        ({"user": "4294967296"}, "is not a user id"),
        ({"protocol": "smoke"}, "protocol"),
    ],
)
def test_what_is_no_scope_is_refused(words: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Scope.parse(words)


@pytest.mark.parametrize(
    "asked", ["any", "local", "*.org", "1.0.0.0-9.0.0.0", "192.0.2.1", "0.0.0.0/0", "a!b.org", ""]
)
def test_what_a_program_asks_a_name_server_about_does_not_become_another_destination(
    asked: str,
) -> None:
    assert host(asked) is None


def test_a_host_that_was_asked_for_is_that_host() -> None:
    assert host("www.Example.org.") == Name("www.example.org")


# -- what is covered -----------------------------------------------------------------------


def attempt(
    where: str = "192.0.2.1",
    port: int = 443,
    protocol: Protocol = TCP,
    *,
    inbound: bool = False,
    own: int = 40000,
    names: str = "",
) -> Attempt:
    address = ip_address(where)
    near = ip_address("192.0.2.7" if address.version == 4 else "2001:db8::7")
    if not protocol.has_ports:
        own = port = 0
    flow = Flow(protocol, near, own, address, port, inbound)
    return Attempt.of(flow, Uid(1000), frozenset(names.split()))


def covers(words: str, tried: Attempt, name: str | None = None) -> bool:
    """Whether a scope, said as "to local port 443", covers an attempt."""
    split = words.split()
    return Scope.parse(dict(zip(split[::2], split[1::2], strict=True))).covers(tried, name)


@pytest.mark.parametrize(
    ("pattern", "covered", "others"),
    [
        ("example.org", "example.org", "www.example.org badexample.org example.org.uk"),
        (
            "*.example.org",
            "example.org www.example.org a.b.example.org",
            "badexample.org example.org.uk org example.com",
        ),
        ("ads*.example.org", "ads.example.org ads7.example.org", "bads.example.org example.org"),
    ],
)
def test_a_name_covers_itself_and_a_wildcard_what_is_below_it(
    pattern: str, covered: str, others: str
) -> None:
    name = destination(pattern)
    assert isinstance(name, Name)
    assert all(name.covers_name(each) for each in covered.split())
    assert not any(name.covers_name(each) for each in others.split())


def test_a_name_covers_nothing_that_has_no_name() -> None:
    assert not covers("to *.example.org", attempt())
    assert covers("to *.example.org", attempt(), "a.example.org")


@pytest.mark.parametrize(
    ("where", "is_local"),
    [
        *(("10.1.2.3", True), ("172.31.255.255", True), ("192.168.0.1", True)),
        *(("169.254.1.1", True), ("224.0.0.251", True), ("255.255.255.255", True)),
        *(("fe80::1", True), ("fd00::1", True), ("ff02::fb", True)),
        *(("172.32.0.0", False), ("8.8.8.8", False), ("2001:db8::1", False), ("::1", False)),
    ],
)
def test_the_local_network_is_what_never_leaves_it(*, where: str, is_local: bool) -> None:
    assert covers("to local", attempt(where)) is is_local
    assert any(ip_address(where) in network for network in LOCAL) is is_local


def test_all_addresses_of_one_family_are_not_all_addresses() -> None:
    assert covers("to 0.0.0.0/0", attempt("203.0.113.1"))
    assert not covers("to 0.0.0.0/0", attempt("2001:db8::1"))


def test_who_is_reached_is_told_by_his_own_port_and_who_begins_by_the_others() -> None:
    reached = attempt(port=50000, own=22, inbound=True)

    assert covers("direction in port 22", reached)
    assert not covers("direction in port 50000", reached)
    assert not covers("port 22", reached)
    assert not covers("direction in port 443", attempt(port=443))
    assert covers("port 443", attempt(port=443))


def test_datagrams_have_no_direction_and_the_own_port_tells_a_server() -> None:
    sent = attempt(port=50000, own=53, protocol=UDP)

    assert covers("direction in port 53 protocol udp", sent)
    assert covers("port 50000", sent)
    assert not covers("direction in", sent)


@pytest.mark.parametrize("words", ["port 1-65535", "protocol tcp", "user 1001", "to local"])
def test_all_that_is_said_has_to_fit(words: str) -> None:
    assert not covers(words, attempt("203.0.113.1", protocol=ICMP))


def test_who_may_reach_a_host_may_look_it_up_and_nothing_else() -> None:
    flow = Flow(UDP, ip_address("192.0.2.7"), 40000, ip_address("192.0.2.53"), 53)
    asking = Attempt.of(flow, Uid(0), frozenset({"example.org"}), lookup=True)

    assert covers("to example.org port 443 protocol tcp", asking, "example.org")
    assert not covers("to example.com", asking, "example.org")
    assert not covers("to example.org direction in", asking, "example.org")
    assert covers("to 192.0.2.53", asking, "example.org")


# -- which of two is more specific -----------------------------------------------------------

ORDER = [
    "",
    "direction out",
    "user 1000",
    "protocol tcp",
    "port 1-65535",
    "port 1-1024",
    "port web",
    "port 443",
    "port 443 protocol tcp",
    "port 443 protocol tcp user 1000",
    "to local",
    "to local port 443",
    "to 0.0.0.0/0",
    "to 192.0.0.0/8",
    "to 192.0.2.0/24",
    "to 192.0.2.0/24 port 443",
    "to 192.0.2.0-192.0.2.127",
    "to list:ads",
    "to *.org",
    "to *.example.org",
    "to *.www.example.org port 443",
    "to www.example.org",
    "to www.example.org port 443",
]


@pytest.mark.parametrize(("wide", "narrow"), list(pairwise(ORDER)))
def test_one_scope_is_more_specific_than_the_one_before(wide: str, narrow: str) -> None:
    def read(text: str) -> Scope:
        words = text.split()
        return Scope.parse(dict(zip(words[::2], words[1::2], strict=True)))

    assert read(wide).rank < read(narrow).rank


def test_an_address_and_a_host_name_are_as_specific_as_each_other() -> None:
    ranks = {
        Scope.parse({"to": text}).rank for text in ("192.0.2.1", "2001:db8::1", "www.example.org")
    }
    assert len(ranks) == 1


@given(st.ip_addresses(v=4), st.integers(1, 32))
def test_of_two_networks_the_smaller_is_the_more_specific(address: IPv4Address, bits: int) -> None:
    def network(length: int) -> Scope:
        begin = int(address) >> (32 - length) << (32 - length)
        return Scope.parse({"to": f"{IPv4Address(begin)}/{length}"})

    assert network(bits - 1).rank < network(bits).rank


def test_a_whole_scope_is_about_everything_and_no_other_is() -> None:
    assert WHOLE.is_whole
    assert not WHOLE.is_narrow
    assert WHOLE.words == {}
    assert not Scope(uid=Uid(0)).is_whole
    assert Scope(way=Way.IN).is_narrow
    assert Direction.IN.value == "in"
