"""Changes of the table while it is in force, read back from a real kernel."""

import json
import socket
import subprocess
from ipaddress import ip_address
from typing import Any

import pytest

from stile.connections import ICMP, ICMPV6, TCP, UDP, Flow, Protocol
from stile.rules import Action
from stiled import netfilter
from stiled.classes import ClassId
from stiled.netfilter import Netfilter, NotLoaded
from stiled.ruleset import ONCE_SECONDS, REFUSED_SECONDS, Queue

ONE, TWO, THREE = (ClassId(0x5713_0000 + number) for number in (1, 2, 3))
ALLOW, DENY, DROP = Action.ALLOW, Action.DENY, Action.DROP
VERDICTS = {
    ALLOW: {"accept": None},
    DENY: {"goto": {"target": "deny"}},
    DROP: {"goto": {"target": "silence"}},
}


def flow(protocol: Protocol = UDP, port: int = 53, version: int = 4) -> Flow:
    near, far = ("10.78.0.1", "10.78.0.2") if version == 4 else ("fd78::1", "fd78::2")
    ports = (40000, port) if protocol.has_ports else (0, 0)
    return Flow(protocol, ip_address(near), ports[0], ip_address(far), ports[1])


@pytest.fixture
def table() -> Netfilter:
    """The table in force, as this kernel can have it."""
    made = Netfilter(Queue(7, netfilter.has_native_queue(), "deny"))
    made.load({ONE: ALLOW}, ALLOW)
    return made


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


def verdicts() -> dict[int, Any]:
    return {key["elem"]["val"]: verdict for key, verdict in elements("map", "verdicts")}


def test_a_change_adds_replaces_and_takes_away_at_once(table: Netfilter) -> None:
    table.change({TWO: DENY, THREE: DROP}, [])
    assert verdicts() == {ONE: VERDICTS[ALLOW], TWO: VERDICTS[DENY], THREE: VERDICTS[DROP]}

    table.change({ONE: DROP, TWO: ALLOW}, [THREE])
    assert verdicts() == {ONE: VERDICTS[DROP], TWO: VERDICTS[ALLOW]}


def test_what_is_the_same_already_and_what_was_never_there_are_no_errors(table: Netfilter) -> None:
    table.change({ONE: ALLOW}, [THREE])
    table.change({}, [THREE])
    assert verdicts() == {ONE: VERDICTS[ALLOW]}


def test_an_element_that_is_added_counts_as_those_of_the_load_do(table: Netfilter) -> None:
    table.change({TWO: DENY}, [])

    counters = [key["elem"].get("counter") for key, _ in elements("map", "verdicts")]
    assert counters == [{"packets": 0, "bytes": 0}] * 2


def test_many_changes_are_one_transaction(table: Netfilter) -> None:
    many = {ClassId(0x5713_0000 + number): DENY for number in range(2, 2000)}

    table.change(many, [])
    assert len(verdicts()) == 1999
    table.change({}, many)
    assert verdicts() == {ONE: VERDICTS[ALLOW]}


def test_a_change_that_fails_changes_nothing(table: Netfilter) -> None:
    subprocess.run(
        ["nft", "delete", "element", "inet", "stile", "verdicts", f"{{ {ONE} }}"], check=True
    )

    with pytest.raises(NotLoaded, match="No such file"):
        table.change({TWO: DENY}, [ONE])  # ONE is not there any more, against what we know

    assert verdicts() == {}
    table.load({TWO: DENY}, ALLOW)
    assert verdicts() == {TWO: VERDICTS[DENY]}, "a load puts it right"


def test_without_the_table_every_change_says_so() -> None:
    table = Netfilter(Queue(7, native=False, away="deny"))
    with pytest.raises(NotLoaded):
        table.change({ONE: DENY}, [])
    with pytest.raises(NotLoaded):
        table.change_kernel(DENY)
    with pytest.raises(NotLoaded):
        table.remember(flow(), ALLOW)
    with pytest.raises(NotLoaded):
        table.pause(5)


def test_a_load_that_fails_leaves_what_was_in_force(table: Netfilter) -> None:
    wrong = {ClassId(1 << 40): DENY}  # no class: too large for the key

    with pytest.raises(NotLoaded, match="nft: "):
        table.load(wrong, ALLOW)

    assert verdicts() == {ONE: VERDICTS[ALLOW]}
    table.change({TWO: DENY}, [])
    assert verdicts() == {ONE: VERDICTS[ALLOW], TWO: VERDICTS[DENY]}


@pytest.mark.parametrize("action", [ALLOW, DENY, DROP])
def test_the_kernels_own_verdict_is_changed_for_both_families(
    table: Netfilter, action: Action
) -> None:
    table.change_kernel(action)
    table.change_kernel(action)

    assert [verdict for _, verdict in elements("map", "kernel")] == [VERDICTS[action]] * 2


# -- single flows ------------------------------------------------------------------------------

FLOWS = [
    (flow(), "4", ["udp", "10.78.0.1", "10.78.0.2", 40000, 53]),
    (flow(TCP, 443, 6), "6", ["tcp", "fd78::1", "fd78::2", 40000, 443]),
    (flow(ICMP), "4h", ["icmp", "10.78.0.1", "10.78.0.2"]),
    (flow(ICMPV6, version=6), "6h", ["ipv6-icmp", "fd78::1", "fd78::2"]),
]


@pytest.mark.parametrize(("remembered", "shape", "key"), FLOWS)
def test_a_flow_is_remembered_as_the_kernel_looks_it_up(
    table: Netfilter, remembered: Flow, shape: str, key: list[object]
) -> None:
    table.remember(remembered, ALLOW)
    table.remember(remembered, ALLOW)

    (element,) = elements("set", f"once{shape}")
    assert element["elem"]["val"]["concat"] == key
    assert 0 < element["elem"]["expires"] <= ONCE_SECONDS


@pytest.mark.parametrize(("remembered", "shape", "key"), FLOWS)
@pytest.mark.parametrize("action", [DENY, DROP])
def test_a_refused_flow_is_remembered_with_its_verdict(
    table: Netfilter, remembered: Flow, shape: str, key: list[object], action: Action
) -> None:
    table.remember(remembered, ALLOW if action is DENY else DENY)
    table.remember(remembered, action)

    ((element, verdict),) = elements("map", f"refused{shape}")
    assert verdict == VERDICTS[action]
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

    table.load({TWO: DENY}, ALLOW)

    for _, shape, key in FLOWS:
        (element,) = elements("set", f"once{shape}")
        assert element["elem"]["val"]["concat"] == key
        assert ONCE_SECONDS - 30 < element["elem"]["expires"] <= ONCE_SECONDS


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
    table.change({TWO: DENY}, [])

    netfilter.clear()
    netfilter.clear()

    listing = subprocess.run(["nft", "list", "tables"], check=True, capture_output=True, text=True)
    assert listing.stdout == ""
