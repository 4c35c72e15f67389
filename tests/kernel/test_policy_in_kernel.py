"""The kernel decides as `decide()` does: random rules, real sockets of processes in their classes.

What became of a packet is read from outside: it arrived at the other end of the cable, its sender
was refused, it came to the helper's queue, or nothing of all this.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from netfilterqueue import NetfilterQueue, Packet

from stile.applications import EVERYBODY, Application, Kind
from stile.connections import ICMP, ICMPV6, TCP, UDP, UDPLITE, Address, Flow, Pid, Protocol, Uid
from stile.rules import DECIDING, Action, Lifetime, Policy, Rule, decide
from stile.scopes import Attempt, Scope
from stiled import netcls, netfilter
from stiled.backends import Backend
from stiled.classes import Classes, label
from stiled.enforcement import Enforcement
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
OWN_PORTS = [53, 5000]

SENDER = """
import errno, json, os, socket, sys
os.setgid(int(sys.argv[1]))
os.setuid(int(sys.argv[1]))
for line in sys.stdin:
    number, family, where, port, own = json.loads(line)
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


# -- what is drawn -----------------------------------------------------------------------

DESTINATIONS = [
    *("any", "local", "192.0.2.1", "192.0.2.0/24", "192.0.2.0/25", "192.0.2.128/25"),
    *("192.0.2.2-192.0.2.140", "0.0.0.0/0", "10.0.0.0/8", "10.78.0.2", "::/0"),
    *("2001:db8::/32", "2001:db8::/64", "2001:db8::1", "2001:db8::1-2001:db8::9", "fd78::2"),
]
PORTS = ["any", "53", "80", "443", "80,443", "1-100", "400-500", "5000", "web", "dns"]


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    protocol = draw(st.sampled_from(["any", "any", "tcp", "udp", "icmp", "udplite"]))
    has_ports = protocol != "icmp"
    words = {
        "to": draw(st.sampled_from(DESTINATIONS)),
        "protocol": protocol,
        "port": draw(st.sampled_from(PORTS)) if has_ports else "any",
        "direction": draw(st.sampled_from(["out", "out", "in"])),
        "user": draw(st.sampled_from(["any", "any", "any", "0", str(USER)])),
    }
    return Scope.parse(words)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    timed = draw(st.integers(0, 5)) == 0
    return Rule(
        application=draw(st.sampled_from([ONE, ONE, TWO, EVERYBODY])),
        action=draw(st.sampled_from(list(Action))),
        scope=draw(st.one_of(st.just(Scope()), scopes(), scopes(), scopes())),
        lifetime=Lifetime.UNTIL if timed else Lifetime.FOREVER,
        until=time.time() + 3600 if timed else 0.0,
    )


@st.composite
def connections(draw: st.DrawFn) -> tuple[Application, Uid, Protocol, Address, int, int]:
    place = draw(st.sampled_from(PLACES))
    ping = ICMP if place.version == 4 else ICMPV6
    protocol = draw(st.sampled_from([TCP, TCP, UDP, UDP, UDPLITE, ping]))
    port = draw(st.sampled_from([22, 53, 80, 443, 8080])) if protocol.has_ports else 0
    own = draw(st.sampled_from(OWN_PORTS)) if protocol in (UDP, UDPLITE) else 0
    who = draw(st.sampled_from([ONE, ONE, TWO, NOBODY]))
    return who, draw(st.sampled_from([ROOT, USER])), protocol, place, port, own


# -- where it is tried --------------------------------------------------------------------


@dataclass
class Ground:
    """The table in force, processes of each application and user, and what becomes of packets."""

    table: Backend
    groups: NetCls
    enforcement: Enforcement
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

    def verdict(
        self, who: Application, uid: Uid, protocol: Protocol, place: Address, port: int, own: int
    ) -> Action:
        """Send a packet and see what becomes of it."""
        self.asked.clear()
        self._seen()
        process = self.senders[who, uid]
        assert process.stdin
        assert process.stdout
        family = socket.AF_INET if place.version == 4 else socket.AF_INET6
        words = [protocol.number, family, str(place), port, own]
        process.stdin.write(json.dumps(words) + "\n")
        process.stdin.flush()
        if process.stdout.readline().strip() == "refused":
            return Action.DENY
        self.queue.run(block=False)
        if self.asked:
            return Action.ASK
        return Action.ALLOW if (protocol, place) in self._seen() else Action.DROP

    def _seen(self) -> set[tuple[Protocol, Address]]:
        """What has come to the other end of the cable since we looked last."""
        found = set()
        with suppress(BlockingIOError):
            while True:
                flow = flow_of(self.wire.recv(2048))
                if flow:
                    found.add((flow.protocol, flow.address))
        return found


def nftables() -> Backend:
    return Netfilter(Queue(QUEUE, netfilter.has_native_queue(), "deny"))


def iptables() -> Backend:
    return Xtables(QUEUE, "deny")


def iptables_of_nftables() -> Backend:
    return Xtables(QUEUE, "deny", tools=Tools("-nft"))


@pytest.fixture(params=[nftables, iptables, iptables_of_nftables])
def ground(own_namespace: None, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ground]:
    try:
        mount = netcls.find_or_mount(tmp_path)
    except NoNetCls as error:
        pytest.skip(str(error))
    _set_up_cable()
    groups = NetCls(mount, f"stile-tests/policy{os.getpid()}")
    groups.claim()
    table: Backend = request.param()
    enforcement = Enforcement(Classes(), table, groups, Owners())
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
        yield Ground(table, groups, enforcement, senders, wire, queue, asked, Policy())
    finally:
        for process in senders.values():
            process.kill()
            process.communicate()
        queue.unbind()
        wire.close()
        groups.clear()
        groups.release()
        netcls.unmount(tmp_path)


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


# -- the claim ------------------------------------------------------------------------------


ASKED_WHILE_OTHERS_ARE_NOT = [Rule(ONE, Action.ASK), Rule(EVERYBODY, Action.ALLOW)]
TO_ONE = (ONE, ROOT, UDP, PLACES[0], 53, 5000)


@example(said=ASKED_WHILE_OTHERS_ARE_NOT, tried=[TO_ONE])
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=st.lists(rules(), max_size=8), tried=st.lists(connections(), min_size=8, max_size=16))
def test_the_kernel_decides_as_the_policy_says(
    ground: Ground,
    said: list[Rule],
    tried: list[tuple[Application, Uid, Protocol, Address, int, int]],
) -> None:
    policy = Policy.of(said)
    ground.put_in_force(policy)

    for who, uid, protocol, place, port, own in tried:
        flow = Flow(protocol, NEAR[place.version], own, place, port)
        expected = decide(policy, who, Attempt.of(flow, uid))
        seen = ground.verdict(who, uid, protocol, place, port, own)
        if protocol == ICMPV6 and expected is Action.DENY:
            expected = Action.DROP  # the sender of a ping over IPv6 hears nothing of being refused
        assert seen is expected, (who, uid, flow)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    said=st.lists(rules(), max_size=8),
    action=st.sampled_from(DECIDING),
    is_later=st.booleans(),
    tried=st.lists(connections(), min_size=8, max_size=16),
)
def test_until_it_quits_the_kernel_decides_as_the_policy_with_the_answer_says(
    ground: Ground,
    said: list[Rule],
    action: Action,
    is_later: bool,  # noqa: FBT001 # drawn
    tried: list[tuple[Application, Uid, Protocol, Address, int, int]],
) -> None:
    """Whether the answer comes before the rules or after them."""
    policy = Policy.of(rule for rule in said if rule.application != ONE or not rule.scope.is_whole)
    if is_later:
        ground.put_in_force(policy)
    stay = ground.enforcement.stays.begin(ONE, action)
    if not is_later:
        ground.put_in_force(policy)
    ground.set_apart(stay)
    try:
        for who, uid, protocol, place, port, own in tried:
            flow = Flow(protocol, NEAR[place.version], own, place, port)
            in_force = policy.with_whole(ONE, action) if who == ONE else policy
            expected = decide(in_force, who, Attempt.of(flow, uid))
            seen = ground.verdict(who, uid, protocol, place, port, own)
            if protocol == ICMPV6 and expected is Action.DENY:
                expected = Action.DROP  # as above
            assert seen is expected, (who, uid, flow)
    finally:
        ground.enforcement.stays.end(stay)
