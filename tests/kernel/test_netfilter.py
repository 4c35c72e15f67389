"""Changes of the table while it is in force, read back from a real kernel."""

import json
import socket
import subprocess
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from stile.applications import EVERYBODY, Application
from stile.connections import ICMP, ICMPV6, TCP, UDP, Flow, Protocol
from stile.rules import Action, Lifetime, Policy, Rule
from stile.scopes import Scope
from stiled import netfilter, netlink, nftmessages
from stiled.backends import Entry, NotLoaded
from stiled.chains import (
    ALLOWED,
    DENIED,
    DROPPED,
    chain_of,
    common_chains,
)
from stiled.classes import Classes, ClassId
from stiled.enforcement import Enforcement
from stiled.hostnames import Answer, Hostnames
from stiled.lists import Lists
from stiled.liststore import ListStore
from stiled.netcls import NetCls
from stiled.netfilter import Netfilter
from stiled.owners import Owners
from stiled.ruleset import ONCE_SECONDS, REFUSED_SECONDS, Queue
from stiled.tablewatch import (
    NETLINK_ADD_MEMBERSHIP,
    NETLINK_NETFILTER,
    NFNLGRP_NFTABLES,
    SOL_NETLINK,
    foreign,
)

ONE, TWO, THREE = (ClassId(0x5713_0000 + number) for number in (1, 2, 3))
NFT_MSG_NEWGEN = 15
NOT_THERE = 200
"""A message that no kernel knows."""
CURL = Application.parse("path:/usr/bin/curl")
ALLOW, DENY, DROP = Action.ALLOW, Action.DENY, Action.DROP
REFUSALS = {DENY: {"goto": {"target": "deny"}}, DROP: {"goto": {"target": "silence"}}}
COMMON = common_chains(Policy())


def flow(protocol: Protocol = UDP, port: int = 53, version: int = 4) -> Flow:
    near, far = ("10.78.0.1", "10.78.0.2") if version == 4 else ("fd78::1", "fd78::2")
    ports = (40000, port) if protocol.has_ports else (0, 0)
    return Flow(protocol, ip_address(near), ports[0], ip_address(far), ports[1])


@pytest.fixture
def table() -> Netfilter:
    """The table in force, as this kernel can have it."""
    made = Netfilter(Queue(7, netfilter.has_native_queue(), "deny"))
    made.load({ONE: ALLOWED}, COMMON)
    return made


@pytest.fixture(params=[False, True], ids=["as it is here", "before Linux 6.3"])
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes out of a set what need not be in it, and one that does not know how."""
    if request.param:
        monkeypatch.setattr(nftmessages, "NFT_MSG_DESTROYSETELEM", NOT_THERE)
    monkeypatch.setattr(netfilter, "_destroys", True)


def elements(kind: str, name: str) -> list[Any]:
    """The elements of a set or map, as `nft -j` lists them."""
    done = subprocess.run(
        ["nft", "--json", "list", f"{kind}s", "inet"], capture_output=True, text=True, check=True
    )
    (found,) = (
        entry[kind]
        for entry in json.loads(done.stdout)["nftables"]
        if kind in entry and entry[kind]["name"] == name
    )
    return list(found.get("elem", []))


ACCEPTED = "accepted"


def verdicts() -> dict[int, Any]:
    """The chain that each class is sent to."""
    return {
        key: ACCEPTED if "accept" in verdict else verdict["goto"]["target"]
        for key, verdict in elements("map", "verdicts")
    }


def test_a_change_adds_replaces_and_takes_away_at_once(table: Netfilter) -> None:
    table.change({TWO: DENIED, THREE: DROPPED}, [])
    assert verdicts() == {ONE: ACCEPTED, TWO: DENIED, THREE: DROPPED}

    table.change({ONE: DROPPED, TWO: ALLOWED}, [THREE])
    assert verdicts() == {ONE: DROPPED, TWO: ACCEPTED}


def test_who_is_allowed_is_accepted_at_once_while_nothing_is_said_about_everybody(
    table: Netfilter,
) -> None:
    ads = Rule(EVERYBODY, DENY, scope=Scope.parse({"to": "192.0.2.1"}))
    lookups = Rule(EVERYBODY, ALLOW, scope=Scope.parse({"to": "192.0.2.53", "port": "53"}))

    table.change({TWO: DENIED}, [], common_chains(Policy.of([ads])))
    assert verdicts() == {ONE: ALLOWED, TWO: DENIED}

    table.change({TWO: ALLOWED, THREE: ALLOWED}, [ONE], common_chains(Policy.of([lookups])))
    assert verdicts() == {TWO: ACCEPTED, THREE: ACCEPTED}

    table.load({ONE: ALLOWED}, common_chains(Policy.of([ads])))
    assert verdicts() == {ONE: ALLOWED}
    table.change({}, [], COMMON)
    assert verdicts() == {ONE: ACCEPTED}


def test_what_is_the_same_already_and_what_was_never_there_are_no_errors(table: Netfilter) -> None:
    table.change({ONE: ALLOWED}, [THREE])
    table.change({}, [THREE])
    assert verdicts() == {ONE: ACCEPTED}


def test_many_changes_are_one_transaction(table: Netfilter) -> None:
    many = {ClassId(0x5713_0000 + number): DENIED for number in range(2, 2000)}

    table.change(many, [])
    assert len(verdicts()) == 1999
    table.change({}, many)
    assert verdicts() == {ONE: ACCEPTED}


def test_a_change_that_fails_changes_nothing(table: Netfilter) -> None:
    subprocess.run(
        ["nft", "delete", "element", "inet", "stile", "verdicts", f"{{ {ONE} }}"], check=True
    )

    with pytest.raises(NotLoaded, match="No such file"):
        table.change({TWO: DENIED}, [ONE])  # ONE is not there any more, against what we know

    assert verdicts() == {}
    table.load({TWO: DENIED}, COMMON)
    assert verdicts() == {TWO: DENIED}, "a load puts it right"


def test_without_the_table_every_change_says_so() -> None:
    table = Netfilter(Queue(7, native=False, away="deny"))
    with pytest.raises(NotLoaded):
        table.change({ONE: DENIED}, [])
    with pytest.raises(NotLoaded):
        table.remember(flow(), ALLOW)
    with pytest.raises(NotLoaded):
        table.pause(5)


def test_a_load_that_fails_leaves_what_was_in_force(table: Netfilter) -> None:
    wrong = {ClassId(1 << 40): DENIED}  # no class: too large for the key

    with pytest.raises(NotLoaded, match="nft: "):
        table.load(wrong, COMMON)

    assert verdicts() == {ONE: ACCEPTED}
    table.change({TWO: DENIED}, [])
    assert verdicts() == {ONE: ACCEPTED, TWO: DENIED}


# -- chains of applications --------------------------------------------------------------------

LIMITED = Policy.of([Rule(CURL, DENY), Rule(CURL, ALLOW, scope=Scope.parse({"to": "192.0.2.1"}))])


def lines(chain: str) -> list[str]:
    done = subprocess.run(
        ["nft", "list", "chain", "inet", "stile", chain],
        capture_output=True,
        text=True,
        check=False,
    )
    return [line.strip() for line in done.stdout.splitlines()[2:-2]]


def test_a_chain_comes_changes_and_goes_with_its_class(table: Netfilter) -> None:
    chain = chain_of(LIMITED, CURL, "app2", ask_in=False)

    table.change({TWO: "app2"}, [], [chain])
    assert verdicts() == {ONE: ACCEPTED, TWO: "app2"}
    assert lines("app2")[1:] == ["ip daddr 192.0.2.1 accept", "goto deny"]
    assert table.chain("app2") == chain

    other = chain_of(
        Policy.of([Rule(CURL, DROP, scope=Scope.parse({"port": "53"}))]), CURL, "app2", ask_in=False
    )
    table.change({TWO: "app2"}, [], [other])
    assert lines("app2")[1:] == [
        "meta l4proto @ported th dport 53 goto silence",
        "goto unanswered",
    ]

    table.change({TWO: DENIED}, [])
    assert verdicts() == {ONE: ACCEPTED, TWO: DENIED}
    assert lines("app2") == []
    assert table.chain("app2") is None


def test_a_change_of_a_chain_that_fails_changes_nothing(table: Netfilter) -> None:
    chain = chain_of(LIMITED, CURL, "app2", ask_in=False)
    table.change({TWO: "app2"}, [], [chain])
    before = lines("app2")
    lost = Policy.of([Rule(CURL, DENY, scope=Scope.parse({"to": "list:nowhere"}))])

    with pytest.raises(NotLoaded, match="No such file"):  # a list that is not there
        table.change({ONE: DENIED}, [], [chain_of(lost, CURL, "app2", ask_in=False)])

    assert lines("app2") == before
    assert verdicts() == {ONE: ACCEPTED, TWO: "app2"}
    assert table.chain("app2") == chain
    table.change({}, [TWO])
    assert lines("app2") == []


def test_a_chain_of_very_many_rules_is_changed_too(table: Netfilter) -> None:
    many = [
        Rule(CURL, DENY, scope=Scope.parse({"to": f"192.0.{high}.{low}", "port": "1-9,80,443"}))
        for high in range(20)
        for low in range(0, 256, 2)
    ]
    table.change({TWO: "app2"}, [], [chain_of(Policy.of(many), CURL, "app2", ask_in=False)])
    assert len(lines("app2")) > 3 * len(many)
    table.change({}, [TWO])
    assert lines("app2") == []


def test_a_change_of_a_chain_is_known_for_our_own(table: Netfilter) -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as told:
        told.bind((0, 0))
        told.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTABLES)
        told.settimeout(5)

        table.change({TWO: "app2"}, [], [chain_of(LIMITED, CURL, "app2", ask_in=False)])
        ours = list(foreign(told.recv(1 << 17)))
        subprocess.run(["nft", "flush", "chain", "inet", "stile", "app2"], check=True)
        while not (others := [port for port in foreign(told.recv(1 << 17)) if port not in ours]):
            pass

    assert ours
    assert all(map(table.is_own, ours))
    assert not any(map(table.is_own, others))


@pytest.mark.usefixtures("kernel")
def test_an_address_comes_into_its_sets_in_one_change_and_ends_there_at_once(
    table: Netfilter,
) -> None:
    named = Policy.of([Rule(CURL, ALLOW, scope=Scope.parse({"to": "example.org"}))])
    chain = chain_of(named, CURL, "app2", ask_in=False)
    table.change({TWO: "app2"}, [], [chain])
    pairs = (chain.judged, *chain.names)
    address = ip_address("10.78.0.2")

    table.put(*(Entry(pair, address, 50.0) for pair in pairs))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as told:
        told.bind((0, 0))
        told.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTABLES)
        table.put(*(Entry(pair, address, 90.0) for pair in pairs))
        heard = [told.recv(1 << 17, socket.MSG_DONTWAIT) for _ in range(2)]
        with pytest.raises(BlockingIOError):
            told.recv(1, socket.MSG_DONTWAIT)

    kinds = [kind & 0xFF for data in heard for kind, _, _ in netlink.places(data)]
    gone, come = nftmessages.NFT_MSG_DELSETELEM, nftmessages.NFT_MSG_NEWSETELEM
    assert kinds == [gone] * 2 + [come] * 2 + [NFT_MSG_NEWGEN]
    assert [elements("set", f"{pair}_4")[0]["elem"]["timeout"] for pair in pairs] == [90, 90]


@pytest.mark.parametrize("lives", [(60.0, 3600.0), (3600.0, 60.0)])
def test_an_address_of_two_listed_names_is_listed_as_long_as_either_is(
    table: Netfilter, tmp_path: Path, lives: tuple[float, float]
) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("0.0.0.0 one.example\n0.0.0.0 two.example\n")
    (tmp_path / "lists.d").mkdir()
    (tmp_path / "lists.d" / "adverts.toml").write_text(f'source = "{hosts}"\n')
    lists, names = Lists(ListStore(tmp_path, tmp_path)), Hostnames()
    lists.load()
    groups = NetCls(tmp_path, "groups")
    enforcement = Enforcement(Classes(), table, groups, Owners(), names, lists)
    enforcement.load(Policy.of(lists.rules))
    place, now = ip_address("192.0.2.7"), enforcement.clock()
    for name, seconds in zip(("one.example", "two.example"), lives, strict=True):
        names.learn(Answer(name, {place: seconds}), now)

    enforcement.learn_listed([place])

    (found,) = elements("set", "list_adverts_4")
    assert 3500 < found["elem"]["expires"] <= 3600


def test_a_chain_that_many_changes_are_made_to_leaves_no_sets_behind(table: Netfilter) -> None:
    named = Policy.of(
        Rule(CURL, ALLOW, lifetime, scope=Scope.parse({"to": to}), until=until)
        for to, lifetime, until in (
            ("example.org", Lifetime.FOREVER, 0.0),
            ("192.0.2.1", Lifetime.UNTIL, time.time() + 60),
        )
    )
    before = names("sets")
    for _ in range(2):
        table.change({TWO: "app2"}, [], [chain_of(named, CURL, "app2", ask_in=False)])
    assert len(names("sets")) == len(before) + 5, "two families of names, two of judged, an end"
    table.change({}, [TWO])
    assert names("sets") == before


def names(kind: str) -> list[str]:
    done = subprocess.run(["nft", "--json", "list", kind, "inet"], capture_output=True, check=True)
    found = (entry.get(kind.rstrip("s")) for entry in json.loads(done.stdout)["nftables"])
    return sorted(each["name"] for each in found if each)


# -- single flows ------------------------------------------------------------------------------

FLOWS = [
    (flow(), "4", ["udp", "10.78.0.1", "10.78.0.2", 40000, 53]),
    (flow(TCP, 443, 6), "6", ["tcp", "fd78::1", "fd78::2", 40000, 443]),
    (flow(ICMP), "4h", ["icmp", "10.78.0.1", "10.78.0.2"]),
    (flow(ICMPV6, version=6), "6h", ["ipv6-icmp", "fd78::1", "fd78::2"]),
]


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize(("remembered", "shape", "key"), FLOWS)
def test_a_flow_is_remembered_as_the_kernel_looks_it_up(
    table: Netfilter,
    remembered: Flow,
    shape: str,
    key: list[object],
) -> None:
    table.remember(remembered, ALLOW)
    table.remember(remembered, ALLOW)

    (element,) = elements("set", f"once{shape}")
    assert element["elem"]["val"]["concat"] == key
    assert 0 < element["elem"]["expires"] <= ONCE_SECONDS


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize(("remembered", "shape", "key"), FLOWS)
@pytest.mark.parametrize("action", [DENY, DROP])
def test_a_refused_flow_is_remembered_with_its_verdict(
    table: Netfilter, remembered: Flow, shape: str, key: list[object], action: Action
) -> None:
    table.remember(remembered, ALLOW if action is DENY else DENY)
    table.remember(remembered, action)

    assert elements("set", f"once{shape}") == [], "it was allowed before"
    ((element, verdict),) = elements("map", f"refused{shape}")
    assert verdict == REFUSALS[action]
    assert element["elem"]["val"]["concat"] == key
    assert 0 < element["elem"]["expires"] <= REFUSED_SECONDS


def test_the_kernel_finds_a_flow_that_it_was_taught(table: Netfilter) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("10.78.0.1", 40000))
        sender.sendto(b"held, for all the sender knows", ("10.78.0.2", 53))

        table.remember(flow(port=53), DENY)
        with pytest.raises(PermissionError):
            sender.sendto(b"refused", ("10.78.0.2", 53))
        sender.sendto(b"another flow", ("10.78.0.2", 54))


def test_flows_that_were_allowed_once_survive_a_load(table: Netfilter) -> None:
    for remembered, _, _ in FLOWS:
        table.remember(remembered, ALLOW)
        table.remember(flow(port=99), DENY)

    table.load({TWO: DENIED}, COMMON)

    for _, shape, key in FLOWS:
        (element,) = elements("set", f"once{shape}")
        assert element["elem"]["val"]["concat"] == key
        assert ONCE_SECONDS - 30 < element["elem"]["expires"] <= ONCE_SECONDS


# -- lockdown ----------------------------------------------------------------------------------


def remembered() -> int:
    return sum(len(elements("set", f"once{shape}")) for _, shape, _ in FLOWS)


def test_lockdown_begins_with_the_next_load_and_ends_with_one(table: Netfilter) -> None:
    table.lock_down(on=True)
    assert "locked" not in names("sets")
    assert table.ask_in, "listeners are asked about"

    table.load({ONE: ALLOWED}, COMMON)
    assert "locked" in names("sets")
    table.change({TWO: DENIED}, [])
    assert verdicts() == {ONE: ACCEPTED, TWO: DENIED}

    table.lock_down(on=False)
    table.load({ONE: ALLOWED}, COMMON)
    assert "locked" not in names("sets")
    assert not table.ask_in


def test_flows_that_were_allowed_once_end_where_lockdown_begins(table: Netfilter) -> None:
    for each, _, _ in FLOWS:
        table.remember(each, ALLOW)
    table.pause(60)

    table.lock_down(on=True)
    table.load({ONE: ALLOWED}, COMMON)
    assert remembered() == 0
    assert elements("set", "paused") == []

    for each, _, _ in FLOWS:  # by rules, for nobody is asked any more
        table.remember(each, ALLOW)
    for on in (True, False):
        table.lock_down(on=on)
        table.load({ONE: ALLOWED}, COMMON)
        assert remembered() == len(FLOWS)


def test_a_helper_that_died_before_it_could_load_ends_them_when_it_is_back(
    table: Netfilter,
) -> None:
    table.remember(flow(), ALLOW)

    another = Netfilter(Queue(7, netfilter.has_native_queue(), "deny"))
    another.lock_down(on=True)
    another.load({ONE: ALLOWED}, COMMON)

    assert remembered() == 0


# -- pause, clear ------------------------------------------------------------------------------


def test_a_pause_is_ended_by_the_kernel_itself_or_by_word(table: Netfilter) -> None:
    table.pause(600)
    table.pause(60)

    paused = elements("set", "paused")
    assert len(paused) == 2, "both families"
    assert all(0 < each["elem"]["expires"] <= 60 for each in paused)
    table.pause(0)
    table.pause(0)
    assert elements("set", "paused") == []


def test_clear_takes_the_table_away_and_is_content_where_there_is_none(table: Netfilter) -> None:
    table.change({TWO: DENIED}, [])

    Netfilter.clear()
    Netfilter.clear()

    listing = subprocess.run(["nft", "list", "tables"], check=True, capture_output=True, text=True)
    assert listing.stdout == ""
