"""The policy as the kernel reads it: the text of the table that `nft -f` loads in one transaction.

How a packet goes through it:

    output      loopback passes; a class that is decided meets the chain of its verdict
    allowed, denied, dropped
                what the rules about everybody say, otherwise the verdict
    app...      the chain of an application with rules about destinations (`chains.py`)
    judged      the same for a packet that was held, and comes back from the helper
    allowed_once
                before that, the flow is noted of one that is allowed alone
    exits       who is on the way out of a class has its verdict for a moment (`exits.py`)
    undecided   what is not the beginning of a flow passes, then the rules about everybody count,
                and flows allowed once; the kernel's own sockets (they have no file, so no `skuid`)
                are judged as one
    ask         held for the helper
    sent, received
                what passes is counted, by class and user, while somebody wants to know: it costs
                a connection 5 % (measured), and nothing is decided there

While locked down, what nobody has decided never passes: not while the helper is away, not because
it does not begin a flow, not because a listener sends it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from secrets import randbits

from stile.connections import TCP, WITH_PORTS, Flow
from stile.rules import Action
from stile.scopes import LOCAL, Network
from stile.settings import Away
from stiled import nftrules
from stiled.chains import LOCAL_SETS, Chain
from stiled.classes import ClassId
from stiled.nftmessages import TABLE
from stiled.nftrules import ADDRESS_TYPE, ANSWERS, PORTED, PORTED_NOT_TCP, RUNNING

VERDICTS, PAUSED = "verdicts", "paused"
LEAVING, SETTLED = "leaving", "settled"
SENT, RECEIVED = "sent", "received"
COUNTED = "meta cgroup . meta skuid"
"""By which traffic is counted. Counters of the verdicts would begin anew with each change of a
rule, count what is refused, know neither users nor what comes in, and cost a connection 1 %."""
LOCKED = "locked"
"""An empty set, there while locked down: so who loads the next table knows what this one was."""

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


def secret_mark() -> int:
    """Choose the mark of held packets that are judged again, and whose flow is allowed once.

    So they wait 0.5 ms less than for a message to the kernel (measured). Nobody else knows it: who
    may mark packets, as ping(8) does for everybody, would let himself through.
    """
    while (mark := JUDGED_BIT | randbits(31)) in (JUDGED_BIT, REFUSE_MARK):
        pass
    return mark


BEGUN = f"{RUNNING} tcp flags & (syn | ack) != (syn | ack)"
HAS_FILE = "meta skuid 0-4294967295"


@dataclass(frozen=True, slots=True)
class Queue:
    """How held packets reach the helper: its number, and whether the kernel has nft's `queue`.

    Without that expression the two chains that queue are filled after the load, with the target
    of xtables (`netfilter.py`); until then they hold what follows from *away*.
    """

    number: int
    native: bool
    away: Away
    allowed_mark: int = 0
    """Of a packet that comes back and has its flow allowed (`secret_mark`); 0 where none does."""

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
    verdicts: Mapping[ClassId, str],
    chains: Iterable[Chain],
    queue: Queue,
    *,
    ask_in: bool,
    locked: bool = False,
    counted: bool = False,
    sets: Iterable[str] = (),
    kept: Iterable[str] = (),
) -> str:
    """Write the whole table; loading it replaces the old one in a single step.

    *verdicts* names the chain of each class, nothing where it is accepted; *chains* are all of
    them. *sets* are declarations of sets that they look at and that are not theirs, *kept*
    `add element` lines (`element`).
    *locked*: down; then *ask_in* holds as well. *counted*: what passes is.
    """
    chains = list(chains)
    allowed = f"meta mark {queue.allowed_mark:#x} jump allowed_once"
    if locked:
        ask_in, queue = True, replace(queue, away="deny")
    begun = [] if locked else [f"{BEGUN} accept"]
    lines = [
        f"table inet {TABLE}",
        f"delete table inet {TABLE}",
        f"table inet {TABLE} {{",
        *_constant_sets(),
        *([f"\tset {LOCKED} {{ typeof meta nfproto; }}"] if locked else []),
        *(_declared(each, ONCE_SECONDS, "timeout,dynamic") for each in ONCE),
        *(_declared(each, REFUSED_SECONDS, "timeout") for each in REFUSED),
        *(f"\t{each}" for each in sets),
        *(f"\t{each}" for chain in chains for each in _declarations(chain)),
        *_chain(
            "deny", "meta l4proto tcp reject with tcp reset", "reject with icmpx host-unreachable"
        ),
        *_chain("silence", queue.silence),
        *_chain("ask", queue.ask),
        *_chain(
            "held",
            *([] if locked else [f"meta nfproto @{PAUSED} accept"]),
            f"update @{FLOOD} {{ {FLOOD_KEY} limit rate over {MOST_HELD} }} goto silence",
            "goto ask",
        ),
        *_chain("single", *_single_flows()),
        *_chain("remember", *_remembering()),
        *_chain("unanswered", *begun, "jump single", f"{HAS_FILE} goto held"),
        *(line for chain in chains for line in _chains(chain)),
        f"\tmap {VERDICTS} {{",
        "\t\ttypeof meta cgroup : verdict;",
        *_elements(
            f"{class_id:#x} : {f'goto {chain}' if chain else 'accept'}"
            for class_id, chain in verdicts.items()
        ),
        "\t}",
        *_chain(
            "exits",
            f"meta cgroup != @{SETTLED} meta cgroup vmap @{LEAVING}",
            f"meta cgroup vmap @{VERDICTS}",  # its class came back while we looked
        ),
        *_chain(
            "judged",
            f"meta mark {REFUSE_MARK:#x} goto deny",
            *([allowed] if queue.allowed_mark else []),
            f"meta mark set meta mark and {JUDGED_BIT - 1:#x}",
            f"meta cgroup vmap @{VERDICTS}",
            "jump exits",
            "jump everybody",
            "jump single",
            "goto held",
        ),
        *_chain("allowed_once", "meta mark set 0", *_put_in_once()),
        *_chain(
            "undecided",
            *begun,
            "jump exits",
            "jump everybody",
            *([] if ask_in else [f"{ANSWERS} accept"]),
            "jump single",
            f"{HAS_FILE} goto held",
            "meta cgroup 0-4294967295 goto kernel",
        ),
        *_chain(
            "output",
            "type filter hook output priority filter; policy accept;",
            'oif "lo" accept',
            f"meta mark and {JUDGED_BIT:#x} != 0 goto judged",
            f"meta cgroup vmap @{VERDICTS}",
            "goto undecided",
        ),
        *(_counting() if counted else []),
        "}",
        *kept,
    ]
    return "\n".join(lines) + "\n"


# -- chains of applications ------------------------------------------------------------------


def _declarations(chain: Chain) -> list[str]:
    """Declare the sets that belong to a chain."""
    return [
        f"set {name} {{ {key.text}; flags timeout; }}" for name, key in nftrules.sets(chain).items()
    ]


def _chains(chain: Chain) -> list[str]:
    return [
        line
        for name, rules in nftrules.rules(chain).items()
        for line in _chain(name, *(" ".join(map(str, rule)) for rule in rules))
    ]


def list_sets(name: str, networks: Mapping[int, Iterable[Network]]) -> list[str]:
    """Declare the sets of a block list: its networks, and the addresses of its names."""
    lines = []
    for version, listed in networks.items():
        kind = ADDRESS_TYPE[version]
        elements = ", ".join(map(str, listed))
        filled = f" elements = {{ {elements} }};" if elements else ""
        lines += [
            f"set networks_{name}_{version} {{ type {kind}; flags interval;{filled} }}",
            f"set list_{name}_{version} {{ type {kind}; flags timeout; }}",
        ]
    return lines


def added(sets: Iterable[str]) -> str:
    """Write sets into the table that is there; those that are there already stay as they are."""
    return "\n".join([f"table inet {TABLE} {{", *sets, "}"]) + "\n"


# -- the rest ----------------------------------------------------------------------------------


def _constant_sets() -> list[str]:
    local = {v: ", ".join(str(each) for each in LOCAL if each.version == v) for v in (4, 6)}
    ported = {
        PORTED: ", ".join(str(each.number) for each in sorted(WITH_PORTS)),
        PORTED_NOT_TCP: ", ".join(str(each.number) for each in sorted(WITH_PORTS - {TCP})),
    }
    return [
        *(
            f"\tset {name} {{ type inet_proto; elements = {{ {of} }} }}"
            for name, of in ported.items()
        ),
        *(
            f"\tset {LOCAL_SETS}_{v} {{ type {ADDRESS_TYPE[v]}; flags interval; "
            f"elements = {{ {networks} }} }}"
            for v, networks in local.items()
        ),
        f"\tmap {LEAVING} {{ typeof meta cgroup : verdict; flags timeout; }}",
        f"\tset {SETTLED} {{ typeof meta cgroup; flags timeout; }}",
        f"\tset {PAUSED} {{ typeof meta nfproto; flags timeout; }}",
        f"\tset {FLOOD} {{ typeof {FLOOD_KEY}; size 4096; flags dynamic,timeout; timeout 10s; }}",
    ]


def counting() -> str:
    """Write what counts into the table that is there."""
    return "\n".join([f"table inet {TABLE} {{", *_counting(), "}"]) + "\n"


def _counting() -> list[str]:
    return [
        *(
            f"\tset {each} {{ typeof {COUNTED}; size 65535; flags dynamic,timeout; timeout 1d; }}"
            for each in (SENT, RECEIVED)
        ),
        *_chain(
            SENT,
            "type filter hook postrouting priority filter; policy accept;",
            'oif "lo" accept',
            f"update @{SENT} {{ {COUNTED} counter }}",
        ),
        *_chain(
            RECEIVED,
            "type filter hook input priority filter; policy accept;",
            'iif "lo" accept',
            f"update @{RECEIVED} {{ {COUNTED} counter }}",
        ),
    ]


def _remembering() -> list[str]:
    """Accept a conversation now and later; of TCP, what has begun goes on by itself."""
    return [
        "meta l4proto tcp accept",
        *(f"{each} accept" for each in _put_in_once()),
        "accept",
    ]


def _put_in_once() -> list[str]:
    return [f"{each.protocols} update @{each.name} {{ {each.key} }}" for each in ONCE]


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


def refilled(name: str, networks: Mapping[int, Iterable[Network]]) -> str:
    """Write the change of the networks of a block list, as one transaction."""
    lines = []
    for version, listed in networks.items():
        lines.append(f"flush set inet {TABLE} networks_{name}_{version}")
        if elements := ", ".join(map(str, listed)):
            lines.append(f"add element inet {TABLE} networks_{name}_{version} {{ {elements} }}")
    return "\n".join(lines) + "\n"


def element(name: str, values: Iterable[object], seconds: float) -> str:
    """Write the line that puts an element, as `nft -j` lists it, into a set of a new table."""
    key = " . ".join(str(value) for value in values)
    return f"add element inet {TABLE} {name} {{ {key} timeout {max(1, round(seconds * 1000))}ms }}"
