"""Held packets as they are given back: each is judged again, some have their flow allowed once."""

import asyncio
import json
import socket
import struct
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from ground import BACKENDS  # noqa: F401 # with it, the path of what the tests share

from stile.applications import EVERYBODY
from stile.rules import Action, Policy, Rule
from stiled import netfilter, nfqueue
from stiled.chains import common_chains
from stiled.desk import PacketId, Verdict
from stiled.netfilter import Netfilter
from stiled.ruleset import JUDGED_BIT, REFUSE_MARK, Queue, secret_mark

OWN_MARK, SOON = 5, 0.2
ETH_P_ALL, HEADER = 3, 14
SEEN = """table inet seen {
    set marks { typeof meta mark; flags dynamic; size 64; }
    chain out {
        type filter hook postrouting priority 0;
        meta l4proto { udp, icmp } update @marks { meta mark };
    }
}
"""
"""What others see of the marks of packets that leave."""
ECHO = bytes([8, 0, 0xF7, 0xF5, 0, 1, 0, 9])
"""RFC 792, with its checksum."""


def udp(version: int = 4, *, mark: int = 0) -> socket.socket:
    made = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, struct.pack("=I", mark))
    made.connect(("10.78.0.2" if version == 4 else "fd78::2", 53))
    return made


def ping() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    made.connect(("10.78.0.2", 0))
    return made


def prepare() -> None:
    subprocess.run(["nft", "--file", "-"], input=SEEN, text=True, check=True)
    there = ["lladdr", "02:00:00:00:00:02", "dev", "cable"]
    subprocess.run(["ip", "neigh", "add", "fd78::2", *there], check=True)


class Held:
    """The queue, and the far end of the cable."""

    def __init__(self, queue: nfqueue.Queue, wire: socket.socket) -> None:
        mark = queue.allowed_mark
        self.queue = queue
        self.packets: asyncio.Queue[PacketId] = asyncio.Queue()
        self._wire = wire
        self._table = Netfilter(Queue(7, netfilter.has_native_queue(), "deny", mark))
        self._table.load({}, common_chains(Policy()))

    def rule(self, *rules: Rule) -> None:
        """Go by these rules alone; a table that is loaded anew would cost what is held."""
        self._table.change({}, [], common_chains(Policy.of(rules)))

    async def next(self) -> PacketId:
        return await asyncio.wait_for(self.packets.get(), 5)

    async def is_nothing_held(self) -> bool:
        await asyncio.sleep(SOON)
        return self.packets.empty()

    def arrived(self, text: bytes) -> int:
        """How many packets with *text* have come to the far end since."""
        count = 0
        while True:
            try:
                count += text in self._wire.recv(2048)[HEADER:]
            except BlockingIOError:
                return count


@asynccontextmanager
async def held() -> AsyncIterator[Held]:
    prepare()
    queue = nfqueue.Queue(7, 64)
    queue.open()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as wire:
        wire.bind(("end", 0))
        wire.settimeout(0)
        made = Held(queue, wire)
        queue.listen(asyncio.get_running_loop(), lambda packet, *_: made.packets.put_nowait(packet))
        try:
            yield made
        finally:
            queue.close()


def marks() -> list[int]:
    command = ["nft", "--json", "list", "set", "inet", "seen", "marks"]
    done = subprocess.run(command, capture_output=True, check=True)
    found = next(entry["set"] for entry in json.loads(done.stdout)["nftables"] if "set" in entry)
    return list(found.get("elem", []))


@pytest.mark.parametrize(
    ("made", "text"),
    [(udp, b"hello"), (lambda: udp(6), b"hello"), (ping, ECHO)],
    ids=["udp", "udp over IPv6", "ping"],
)
def test_a_flow_that_is_allowed_with_its_packet_passes_from_then_on(
    made: Callable[[], socket.socket], text: bytes
) -> None:
    async def check() -> None:
        async with held() as station:
            with made() as sender:
                sender.send(text)
                first = await station.next()
                assert station.arrived(text) == 0
                assert station.queue.allow_once([first])
                for _ in range(3):
                    sender.send(text)
                assert await station.is_nothing_held()
                assert station.arrived(text) == 4
                assert marks() == [0]

    asyncio.run(check())


def test_another_flow_is_held_even_so() -> None:
    async def check() -> None:
        async with held() as station:
            with udp() as sender, udp() as another:
                sender.send(b"hello")
                station.queue.allow_once([await station.next()])
                another.send(b"another")
                await station.next()
                assert station.arrived(b"another") == 0

    asyncio.run(check())


def test_all_packets_of_the_flow_that_are_held_pass_with_it() -> None:
    async def check() -> None:
        async with held() as station:
            with udp() as sender:
                sender.send(b"hello")
                sender.send(b"hello")
                packets = [await station.next(), await station.next()]
                assert station.queue.allow_once(packets)
                assert station.arrived(b"hello") == 2

    asyncio.run(check())


def test_what_a_rule_refuses_by_now_is_refused() -> None:
    async def check() -> None:
        async with held() as station:
            with udp() as sender:
                sender.send(b"hello")
                first = await station.next()
                station.rule(Rule(EVERYBODY, Action.DROP))
                station.queue.allow_once([first])
                assert await station.is_nothing_held()
                assert station.arrived(b"hello") == 0

    asyncio.run(check())


def test_a_packet_with_a_mark_of_others_is_judged_again_with_it_and_not_allowed_so() -> None:
    async def check() -> None:
        async with held() as station:
            with udp(mark=OWN_MARK) as sender:
                sender.send(b"hello")
                first = await station.next()
                assert not station.queue.allow_once([first])
                station.rule(Rule(EVERYBODY, Action.ALLOW))
                station.queue.release(first, Verdict.REPEAT)
                assert station.arrived(b"hello") == 1
                assert marks() == [OWN_MARK]

    asyncio.run(check())


def test_a_mark_that_would_become_one_of_ours_decides_nothing() -> None:
    async def check() -> None:
        async with held() as station:
            for ours in (station.queue.allowed_mark, REFUSE_MARK):
                with udp(mark=ours & ~JUDGED_BIT) as sender:
                    sender.send(b"hello")
                    station.queue.release(await station.next(), Verdict.REPEAT)
                    await station.next()  # nobody has decided: it comes back
                    assert station.arrived(b"hello") == 0

    asyncio.run(check())


def test_nobody_can_know_the_mark_that_allows() -> None:
    marks = {secret_mark() for _ in range(1000)}

    assert len(marks) > 990
    assert all(mark & JUDGED_BIT and mark not in (JUDGED_BIT, REFUSE_MARK) for mark in marks)


def test_who_says_of_a_packet_that_it_was_judged_is_asked_about_even_so() -> None:
    async def check() -> None:
        async with held() as station:
            for mark in (JUDGED_BIT, JUDGED_BIT | OWN_MARK, secret_mark()):
                with udp(mark=mark) as sender:
                    sender.send(b"hello")
                    await station.next()
                    assert station.arrived(b"hello") == 0

    asyncio.run(check())
