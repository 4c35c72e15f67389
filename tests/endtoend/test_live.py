"""What is open, whose it is and how much has passed: the kernel's own word, and for its owner."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
from worlds import BACKENDS, FAR, Client, World, until

from stile import contract
from stile.applications import Application
from stile.client import Firewall
from stile.rules import Action
from stile.served import Refused
from stile.traffic import OpenConnection, State, Traffic

T = TypeVar("T")
CHUNK = 10_000
HEADERS = 100
"""Octets that no packet's headers exceed here."""


def asked(world: World, call: Callable[[Firewall], Coroutine[Any, Any, T]]) -> T:
    """Ask the helper something."""

    async def ask() -> T:
        firewall = Firewall(world.bus)
        await firewall.open()
        try:
            return await call(firewall)
        finally:
            firewall.close()

    return asyncio.run(ask())


def connections(world: World) -> list[OpenConnection]:
    return asked(world, lambda firewall: firewall.connections(everybody=True))


def traffic_of(world: World, client: Client) -> Traffic | None:
    passed = asked(world, lambda firewall: firewall.traffic(everybody=True))
    application = Application.parse(client.identity)
    return next((each for each in passed if each.application == application), None)


def chunks(octets: int) -> list[int]:
    """Cut into pieces that a socket takes at once."""
    return [CHUNK] * (octets // CHUNK) + [octets % CHUNK] * bool(octets % CHUNK)


def received(served: socket.socket, size: int) -> None:
    """Wait for so many octets."""
    left = size
    while left:
        left -= len(served.recv(left))


def exchange(world: World, client: Client, sends: int, receives: int) -> socket.socket:
    """Open a connection, and let so many octets go each way."""
    listener = world.listener(port=80)
    assert client.does("tcp", FAR) is None
    served = world.accepted(listener)
    for size in chunks(sends):
        assert client.does("send", size=size) == size
        received(served, size)
    for size in chunks(receives):
        served.sendall(b"y" * size)
        left = size
        while left:
            got = client.does("recv", "", 0)
            assert isinstance(got, int)
            left -= got
    return served


def test_nothing_is_counted_until_somebody_asks(guarded: World) -> None:
    guarded.stiled()
    assert "postrouting" not in guarded.table()

    asked(guarded, lambda firewall: firewall.traffic())

    assert "postrouting" in guarded.table()
    guarded.stile("lockdown", "on")  # loads the table anew
    assert "postrouting" in guarded.table()


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
def test_a_connection_is_listed_with_its_application_and_what_came_through(
    guarded: World,
) -> None:
    guarded.stiled()
    client = guarded.client()
    guarded.stile("allow", client.identity)

    exchange(guarded, client, 40_000, 70_000)

    (found,) = connections(guarded)
    assert str(found.application) == client.identity
    assert (str(found.address), found.port, str(found.protocol)) == (FAR, 80, "tcp")
    assert (found.verdict, found.state, found.uid) == (Action.ALLOW, State.OPEN, 0)
    assert found.sent is not None
    assert found.received is not None
    assert 40_000 <= found.sent <= 40_001  # the SYN is acknowledged, too
    assert 70_000 <= found.received <= 70_001


def test_what_nobody_has_decided_about_is_listed_too(guarded: World) -> None:
    client = guarded.client()
    listener = guarded.listener(port=80)
    assert client.does("tcp", FAR) is None  # before anybody guards
    guarded.accepted(listener)
    guarded.stiled()

    (found,) = connections(guarded)

    assert str(found.application) == client.identity
    assert found.verdict is Action.ASK


def test_one_that_has_ended_is_not_listed_any_more(guarded: World) -> None:
    guarded.stiled()
    client = guarded.client()
    guarded.stile("allow", client.identity)
    exchange(guarded, client, 1, 1)
    assert len(connections(guarded)) == 1

    client.does("close")
    until(lambda: not connections(guarded), "it is gone")


def test_the_kernel_counts_what_an_application_sends_and_receives(guarded: World) -> None:
    guarded.stiled()
    client = guarded.client()
    guarded.stile("allow", client.identity)

    assert traffic_of(guarded, client) is None  # from now on it is counted
    exchange(guarded, client, 300_000, 500_000)

    found = traffic_of(guarded, client)
    assert found is not None
    assert found.uid == 0
    assert 300_000 <= found.sent <= 300_000 + HEADERS * found.packets_sent
    assert 500_000 <= found.received <= 500_000 + HEADERS * found.packets_received


def test_the_count_goes_on_when_a_rule_changes(guarded: World) -> None:
    guarded.stiled()
    client = guarded.client()
    guarded.stile("allow", client.identity)
    assert traffic_of(guarded, client) is None
    exchange(guarded, client, 100_000, 1)
    before = traffic_of(guarded, client)

    guarded.stile("deny", client.identity, "--to", "192.0.2.1")
    after = traffic_of(guarded, client)

    assert before is not None
    assert after is not None
    assert after.since == before.since
    assert after.sent >= before.sent


def test_what_is_refused_is_not_counted(guarded: World) -> None:
    guarded.stiled()
    client = guarded.client()
    guarded.stile("deny", client.identity)
    assert traffic_of(guarded, client) is None

    assert client.does("tcp", FAR) == "ECONNREFUSED"

    assert traffic_of(guarded, client) is None


def test_with_iptables_it_is_said_that_nothing_is_counted(guarded: World) -> None:
    guarded.backend = "iptables"
    guarded.stiled()

    with pytest.raises(Refused) as refused:
        asked(guarded, lambda firewall: firewall.traffic())

    assert refused.value.name == contract.NOT_COUNTED
    assert "iptables does not count" in str(refused.value)
