"""The policy as the kernel reads it: the text of the table that `nft -f` loads in one transaction.

How a packet goes through it:

    output      loopback passes; a class that is decided meets its verdict and is done
    judged      the same for a packet that was held, and comes back from the helper
    exits       who is on the way out of a class has its verdict for a moment (`exits.py`)
    undecided   what is not the beginning of a flow passes, and flows allowed once;
                the kernel's own sockets (they have no file, so no `skuid`) are judged as one
    ask         held for the helper
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stile.connections import Flow
from stile.rules import Action
from stile.settings import Away
from stiled.classes import ClassId

TABLE = "stile"
VERDICTS, KERNEL_VERDICT, PAUSED = "verdicts", "kernel", "paused"
LEAVING, SETTLED = "leaving", "settled"

LEAVING_MS = 500
"""Milliseconds for which an exit has the verdict of the class that it leads out of, at most."""

SETTLED_MS = 20 * LEAVING_MS
"""For how long it is known that it has none any more: it must not be the shorter time."""

JUDGED_BIT = 0x80000000
"""Set in the mark of a held packet that is judged again, and taken off at once: its socket may have
been closed meanwhile, and must not pass for one of the kernel's own for having no file."""

FLOOD = "flood"
FLOOD_KEY = "meta skuid . meta l4proto"
MOST_HELD = "200/second burst 256 packets"
"""How much may be held of one user and one protocol; what is over is thrown away in the kernel, so
that a flood of unknown packets does not use up the helper, and with it everybody else's answers."""

REFUSE_MARK = 0xD7130000
"""The mark of a held packet that is judged again to be refused."""

NOBODY = 65535
"""A queue that nobody reads: the kernel throws away what goes there and the sender hears nothing.
A plain `drop` in the output hook hands EPERM to a UDP sender (both measured, Linux 6.18)."""

ONCE_SECONDS = 180
"""How long a flow that was allowed once may be silent; a UDP stream in conntrack lasts as long."""

REFUSED_SECONDS = 60
"""How long a flow that was refused once is refused without another question."""

CHAIN = {Action.ALLOW: "accept", Action.DENY: "goto deny", Action.DROP: "goto silence"}


@dataclass(frozen=True, slots=True)
class Queue:
    """How held packets reach the helper: its number, and whether the kernel has nft's `queue`.

    Without that expression the two chains that queue are filled after the load, with the target
    of xtables (`netfilter.py`); until then they hold what follows from *away*.
    """

    number: int
    native: bool
    away: Away

    def statement(self, number: int) -> str:
        """Write the rule that sends a packet to queue *number*."""
        bypass = " flags bypass" if self.away == "allow" and number != NOBODY else ""
        return f"queue{bypass} to {number}"

    @property
    def ask(self) -> str:
        """What stands in the chain `ask`."""
        if self.native:
            return self.statement(self.number)
        return "accept" if self.away == "allow" else "drop"

    @property
    def silence(self) -> str:
        """What stands in the chain `silence`."""
        return self.statement(NOBODY) if self.native else "drop"


@dataclass(frozen=True, slots=True)
class FlowSet:
    """A set of flows of one family, with or without ports: allowed once, or refused once.

    The sets of refused flows are maps: refused, or thrown away.
    """

    name: str
    version: int
    with_ports: bool

    @property
    def key(self) -> str:
        """What is looked up."""
        ip = "ip" if self.version == 4 else "ip6"
        ports = " . th sport . th dport" if self.with_ports else ""
        return f"meta l4proto . {ip} saddr . {ip} daddr{ports}"

    @property
    def types(self) -> str:
        """The types of the key."""
        address = "ipv4_addr" if self.version == 4 else "ipv6_addr"
        ports = " . inet_service . inet_service" if self.with_ports else ""
        return f"inet_proto . {address} . {address}{ports}"

    @property
    def protocols(self) -> str:
        """Which packets can be in it."""
        family = f"meta nfproto ipv{self.version}"
        known = "{ tcp, udp, udplite, sctp }"
        return f"{family} meta l4proto {'' if self.with_ports else '!= '}{known}"


SHAPES = [(version, ports) for version in (4, 6) for ports in (True, False)]
ONCE = [FlowSet(f"once{v}{'' if ports else 'h'}", v, ports) for v, ports in SHAPES]
REFUSED = [FlowSet(f"refused{v}{'' if ports else 'h'}", v, ports) for v, ports in SHAPES]


def flow_set(flow: Flow, action: Action) -> FlowSet:
    """Find the set in which *flow* is remembered."""
    at = SHAPES.index((flow.address.version, flow.protocol.has_ports))
    return (ONCE if action is Action.ALLOW else REFUSED)[at]


def flow_key(flow: Flow) -> bytes:
    """Write *flow* as the key of its set: registers of 4 octets, each padded at its end."""
    parts = [bytes([flow.protocol.number]), flow.source.packed, flow.address.packed]
    if flow.protocol.has_ports:
        parts += [flow.source_port.to_bytes(2, "big"), flow.port.to_bytes(2, "big")]
    return b"".join(part.ljust(-(-len(part) // 4) * 4, b"\0") for part in parts)


def compiled(
    actions: Mapping[ClassId, Action],
    kernel: Action,
    queue: Queue,
    kept: Iterable[str] = (),
) -> str:
    """Write the whole table; loading it replaces the old one in a single step.

    *kept* are `add element` lines of an earlier table (`flow_element`).
    """
    lines = [
        f"table inet {TABLE}",
        f"delete table inet {TABLE}",
        f"table inet {TABLE} {{",
        f"\tmap {VERDICTS} {{",
        "\t\ttypeof meta cgroup : verdict; flags timeout; counter;",
        *_elements(f"{class_id:#x} : {CHAIN[action]}" for class_id, action in actions.items()),
        "\t}",
        f"\tmap {KERNEL_VERDICT} {{",
        "\t\ttypeof meta nfproto : verdict;",
        *_elements(f"{family} : {CHAIN[kernel]}" for family in ("ipv4", "ipv6")),
        "\t}",
        f"\tmap {LEAVING} {{ typeof meta cgroup : verdict; flags timeout; }}",
        f"\tset {SETTLED} {{ typeof meta cgroup; flags timeout; }}",
        f"\tset {PAUSED} {{ typeof meta nfproto; flags timeout; }}",
        *(_declared(each, ONCE_SECONDS, "timeout,dynamic") for each in ONCE),
        *(_declared(each, REFUSED_SECONDS, "timeout") for each in REFUSED),
        f"\tset {FLOOD} {{ typeof {FLOOD_KEY}; size 4096; flags dynamic,timeout; timeout 10s; }}",
        *_chain(
            "deny", "meta l4proto tcp reject with tcp reset", "reject with icmpx host-unreachable"
        ),
        *_chain("silence", queue.silence),
        *_chain("ask", queue.ask),
        *_chain(
            "held",
            f"meta nfproto @{PAUSED} accept",
            f"update @{FLOOD} {{ {FLOOD_KEY} limit rate over {MOST_HELD} }} goto silence",
            "goto ask",
        ),
        *_chain(
            "exits",
            f"meta cgroup != @{SETTLED} meta cgroup vmap @{LEAVING}",
            f"meta cgroup vmap @{VERDICTS}",  # its class came back while we looked
        ),
        *_chain("single", *_single_flows()),
        *_chain(
            "judged",
            f"meta mark {REFUSE_MARK:#x} goto deny",
            f"meta mark set meta mark and {JUDGED_BIT - 1:#x}",
            f"meta cgroup vmap @{VERDICTS}",
            "jump exits",
            "jump single",
            "goto held",
        ),
        *_chain(
            "undecided",
            "tcp flags & (syn | ack) != syn accept",
            "jump exits",
            "jump single",
            "meta skuid 0-4294967295 goto held",
            f"meta cgroup 0-4294967295 meta nfproto vmap @{KERNEL_VERDICT}",
        ),
        *_chain(
            "output",
            "type filter hook output priority filter; policy accept;",
            'oif "lo" accept',
            f"meta mark and {JUDGED_BIT:#x} != 0 goto judged",
            f"meta cgroup vmap @{VERDICTS}",
            "goto undecided",
        ),
        "}",
        *kept,
    ]
    return "\n".join(lines) + "\n"


def _single_flows() -> list[str]:
    return [
        *(
            f"{each.protocols} {each.key} @{each.name} update @{each.name} {{ {each.key} }} accept"
            for each in ONCE
        ),
        *(f"{each.protocols} {each.key} vmap @{each.name}" for each in REFUSED),
    ]


def _declared(each: FlowSet, seconds: int, flags: str) -> str:
    kind, data = ("set", "") if each in ONCE else ("map", " : verdict")
    return f"\t{kind} {each.name} {{ type {each.types}{data}; flags {flags}; timeout {seconds}s; }}"


def _elements(elements: Iterable[str]) -> list[str]:
    text = ", ".join(elements)
    return [f"\t\telements = {{ {text} }}"] if text else []


def _chain(name: str, *rules: str) -> list[str]:
    return [f"\tchain {name} {{", *(f"\t\t{rule}" for rule in rules), "\t}"]


def flow_element(each: FlowSet, values: list[object], seconds: int) -> str:
    """Write the line that puts an element, as `nft -j` lists it, into a set of a new table."""
    key = " . ".join(str(value) for value in values)
    return f"add element inet {TABLE} {each.name} {{ {key} timeout {seconds}s }}"
