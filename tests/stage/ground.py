"""Ground for the claim that the kernel decides as `decide()` does: real sockets, a real table.

What became of a packet is read from outside: it arrived at the other end of the cable, its sender
was refused, it came to the helper's queue, or nothing of all this.
"""

import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from netfilterqueue import NetfilterQueue, Packet

from stile.applications import Application, Kind
from stile.connections import TCP, Address, Flow, Pid, Protocol, Uid
from stile.rules import Action, Policy
from stiled import netcls, netfilter
from stiled.backends import Backend
from stiled.chains import Chain
from stiled.classes import Classes, label
from stiled.enforcement import Enforcement
from stiled.hostnames import Answer, Hostnames
from stiled.netcls import NetCls, NoNetCls
from stiled.netfilter import Netfilter
from stiled.owners import Owners
from stiled.packets import flow_of
from stiled.ruleset import Queue
from stiled.stays import Stay
from stiled.xtables import Tools, Xtables

QUEUE = 7
ROOT, USER = Uid(0), Uid(54321)
ONE, TWO, NOBODY = (Application(Kind.PATH, f"/usr/bin/{name}") for name in ("one", "two", "none"))
NEAR = {4: ip_address("10.78.0.1"), 6: ip_address("fd78::1")}
PLACES = [
    ip_address(text)
    for text in (
        *("192.0.2.1", "192.0.2.2", "192.0.2.130", "198.51.100.7", "10.78.0.2", "10.9.9.9"),
        *("2001:db8::1", "2001:db8::2", "2001:db8:1::1", "fd78::2"),
    )
]
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
ARP = 0
ETHERTYPE = {4: 0x0800, 6: 0x86DD, ARP: 0x0806}
WHO_HAS = struct.pack(
    ">HHBBH6s4s6s4s",
    *(1, 0x0800, 6, 4, 1, bytes.fromhex("020000000002"), bytes([10, 78, 0, 2])),
    *(bytes(6), bytes([10, 78, 0, 1])),
)
"""RFC 826: who has 10.78.0.1?"""

SENDER = """
import errno, json, os, socket, sys
os.setgid(int(sys.argv[1]))
os.setuid(int(sys.argv[1]))
listener = None
for line in sys.stdin:
    number, family, where, port, own = json.loads(line)
    if number == 0:
        listener = socket.create_server(("", own), family=family) if own else listener.close()
        print("done", flush=True)
        continue
    kind = {6: socket.SOCK_STREAM}.get(number, socket.SOCK_DGRAM)
    with socket.socket(family, kind, number) as made:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if own:
            made.bind(("", own))
        said = "sent"
        try:
            if number == 6:
                code = made.connect_ex((where, port))
                code = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or code
                said = "refused" if code == errno.ECONNREFUSED else "sent"
            else:
                echo = bytes([8 if family == socket.AF_INET else 128]) + bytes(7)
                made.sendto(echo if number in (1, 58) else b"x", (where, port))
        except PermissionError:
            said = "refused"
        print(said, flush=True)
"""


@dataclass
class Ground:
    """The table in force, processes of each application and user, and what becomes of packets."""

    table: Backend
    groups: NetCls
    enforcement: Enforcement
    names: Hostnames
    address: bytes
    """Of the cable's guarded end."""
    senders: "dict[tuple[Application, Uid], subprocess.Popen[str]]"
    wire: socket.socket
    queue: NetfilterQueue
    asked: list[Flow]
    last: Policy

    def put_in_force(self, policy: Policy) -> None:
        """Change from the policy before to this one, or load it whole, in turns."""
        if len(policy.rules) % 2:
            self.enforcement.load(policy)
        else:
            self.enforcement.teach(policy, self.last.rules.keys() | policy.rules.keys())
        self.last = policy
        for (application, _), process in self.senders.items():
            pid = Pid(process.pid)
            if not policy.has_class(application):
                self.groups.expel(pid)
            elif self.groups.group_of(pid) != label(application):
                class_id = self.enforcement.class_of(application)
                self.groups.move(pid, self.groups.ensure(label(application), class_id))
        if isinstance(self.table, Netfilter):  # iptables limits what is held by time alone
            subprocess.run(["nft", "flush", "set", "inet", "stile", "flood"], check=True)

    def set_apart(self, stay: Stay) -> None:
        """Put the processes of an application into a class that lasts until they quit."""
        for (application, _), process in self.senders.items():
            if application == stay.application:
                self.groups.move(Pid(process.pid), stay.name)

    def learn(self, answer: Answer) -> None:
        """Hear what a name server says, as the helper does."""
        news = self.names.learn(answer, self.enforcement.clock())
        if news:
            self.enforcement.learn(news)

    def forget_names(self) -> None:
        """Know no names any more; the next policy is loaded whole."""
        self.names._ends.clear()
        self.names._aliases.clear()
        self.names._pairs = 0
        self.enforcement.load(self.last)

    def chain_of(self, who: Application) -> Chain | None:
        """Give the chain that an application meets."""
        known = self.last.has_class(who)
        return self.table.chain(self.enforcement.chain_name(who) if known else "everybody")

    def verdict(
        self, who: Application, uid: Uid, protocol: Protocol, place: Address, port: int, own: int
    ) -> Action:
        """Send a packet and see what becomes of it."""
        self.asked.clear()
        self._seen()
        if self._tell(who, uid, [protocol.number, FAMILY[place.version], str(place), port, own]):
            return Action.DENY
        self.queue.run(block=False)
        if any((each.protocol, each.address) == (protocol, place) for each in self.asked):
            return Action.ASK
        return Action.ALLOW if (protocol, place) in self._seen() else Action.DROP

    def reached(self, who: Application, uid: Uid, place: Address, port: int, own: int) -> Action:
        """Let a listener be reached from *place*, and see what becomes of its answer.

        Whoever tries hears as little of a listener that is denied as of one that is silent: DENY.
        """
        self._tell(who, uid, [0, FAMILY[place.version], "", 0, own])
        try:
            self.asked.clear()
            self._seen()
            self._inject(place.version, syn(place, port, own))
            self._inject(ARP, WHO_HAS)  # what is answered after all that was before
            seen = self._heard_until_answered()
            self.queue.run(block=False)
            if any((each.source_port, each.address) == (own, place) for each in self.asked):
                return Action.ASK
            return Action.ALLOW if (TCP, place) in seen else Action.DENY
        finally:
            self._tell(who, uid, [0, FAMILY[place.version], "", 0, 0])

    def _tell(self, who: Application, uid: Uid, words: list[object]) -> bool:
        """Have a process do something; says whether it was refused."""
        process = self.senders[who, uid]
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(words) + "\n")
        process.stdin.flush()
        said = process.stdout.readline().strip()
        assert said
        return said == "refused"

    def _inject(self, version: int, packet: bytes) -> None:
        """Let a packet come from the other end of the cable."""
        where = ("end", ETHERTYPE[version], 0, 1, self.address)
        self.wire.sendto(packet, where)

    def _heard_until_answered(self) -> set[tuple[Protocol, Address]]:
        found: set[tuple[Protocol, Address]] = set()
        self.wire.settimeout(5)
        try:
            while True:
                octets, where = self.wire.recvfrom(2048)
                if where[2] == socket.PACKET_OUTGOING:
                    continue
                if where[1] == ETHERTYPE[ARP] and octets[7] == 2:  # a reply
                    return found
                if (flow := flow_of(octets)) and flow.inbound:
                    found.add((flow.protocol, flow.address))
        finally:
            self.wire.settimeout(0)

    def _seen(self) -> set[tuple[Protocol, Address]]:
        """What has come to the other end of the cable since we looked last."""
        found = set()
        with suppress(BlockingIOError):
            while True:
                flow = flow_of(self.wire.recv(2048))
                if flow:
                    found.add((flow.protocol, flow.address))
        return found


@contextmanager
def laid_out(made: Callable[[], Backend], place: Path) -> Iterator[Ground]:
    """Lay a ground out in the network namespace that we are in, with a packet filter."""
    try:
        mount = netcls.find_or_mount(place)
    except NoNetCls as error:
        pytest.skip(str(error))
    _set_up_cable()
    groups = NetCls(mount, f"stile-tests/policy{os.getpid()}")
    groups.claim()
    table, names = made(), Hostnames()
    enforcement = Enforcement(Classes(), table, groups, Owners(), names)
    asked: list[Flow] = []

    def came(packet: Packet) -> None:
        if flow := flow_of(packet.get_payload()):
            asked.append(flow)
        packet.drop()

    queue = NetfilterQueue()
    queue.bind(QUEUE, came)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.ntohs(3))  # ETH_P_ALL
    wire.bind(("end", 3))
    wire.settimeout(0)
    senders = {(who, uid): _sender(uid) for who in (ONE, TWO, NOBODY) for uid in (ROOT, USER)}
    try:
        enforcement.load(Policy())
        yield Ground(
            table, groups, enforcement, names, _address(), senders, wire, queue, asked, Policy()
        )
    finally:
        for process in senders.values():
            process.kill()
            process.communicate()
        queue.unbind()
        wire.close()
        groups.clear()
        groups.release()
        netcls.unmount(place)


def _address() -> bytes:
    """Give the link address of the cable's guarded end."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as made:
        made.bind(("cable", 0))
        return bytes(made.getsockname()[4])


def _set_up_cable() -> None:
    for words in (
        "neigh add fd78::2 lladdr 02:00:00:00:00:02 dev cable",
        "route add default via 10.78.0.2 dev cable",
        "-6 route add default via fd78::2 dev cable",
    ):
        subprocess.run(["ip", *words.split()], check=True)
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0")
    Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 2147483647")


def _sender(uid: Uid) -> "subprocess.Popen[str]":
    """Start a process that sends as it is told."""
    return subprocess.Popen(
        [sys.executable, "-S", "-E", "-c", SENDER, str(uid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


# -- what comes from the other end ------------------------------------------------------------


def syn(place: Address, port: int, own: int) -> bytes:
    """Write the first packet of a connection from *place* to us."""
    near = NEAR[place.version]
    start = struct.pack(">HHIIBBHHH", port, own, 1, 0, 5 << 4, 2, 1024, 0, 0)
    pseudo = place.packed + near.packed + struct.pack(">II", len(start), TCP.number)
    start = start[:16] + struct.pack(">H", checksum(pseudo + start)) + start[18:]
    if place.version == 6:
        return (
            struct.pack(">IHBB", 6 << 28, 20, TCP.number, 64) + place.packed + near.packed + start
        )
    head = struct.pack(">BBHHHBBH", 0x45, 0, 40, 0, 0, 64, TCP.number, 0)
    head += place.packed + near.packed
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + start


def checksum(octets: bytes) -> int:
    """RFC 1071."""
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return int(~total & 0xFFFF)


# -- packet filters ---------------------------------------------------------------------------


def nftables(*, ask_in: bool = False) -> Backend:
    return Netfilter(Queue(QUEUE, netfilter.has_native_queue(), "deny"), ask_in=ask_in)


def iptables(*, ask_in: bool = False) -> Backend:
    return Xtables(QUEUE, "deny", ask_in=ask_in)


def iptables_of_nftables(*, ask_in: bool = False) -> Backend:
    return Xtables(QUEUE, "deny", ask_in=ask_in, tools=Tools("-nft"))


BACKENDS = [nftables, iptables, iptables_of_nftables]
