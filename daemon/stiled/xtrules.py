"""The policy as iptables reads it: rules for `iptables-restore`, sets for `ipset restore`; pure.

What nftables does by one look into a map, iptables can do by one rule a class only. So all who
have the same verdict share one class here, and a verdict changes by the class that a group has:
only applications with chains of their own cost a rule each. The chains are those of `ruleset.py`:

    STILE       first in OUTPUT: loopback passes, each class meets its chain
    -judged     the same for a packet that was held, and comes back from the helper
    -undecided  what is not the beginning of a flow passes, then the rules about everybody count
    -open       then single flows, allowed or refused once; the rest is held
    -answers    a listener's answer to a SYN: xt_cgroup sees no class there (it looks at the request
                socket, not at the listener; measured), so the helper tells whose it is

What is accepted *returns* to OUTPUT, where the rules of others follow. So there is no chain that is
come back to: each is gone to (-g), and what follows it is named in it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_network
from math import ceil

from stile.connections import ICMP, ICMPV6, TCP, UDP, WITH_PORTS, Flow, Protocol
from stile.rules import Action
from stile.scopes import LOCAL, Network, Ports, Span
from stiled.chains import ALLOWED, DENIED, DROPPED, LOCAL_SETS, Chain, Line, Target
from stiled.classes import EXIT_MAJOR, SHARED_MAJOR, ClassId
from stiled.ruleset import (
    JUDGED_BIT,
    LOCKED,
    NOBODY,
    ONCE_SECONDS,
    PAUSED,
    REFUSE_MARK,
    REFUSED_SECONDS,
)

ROOT = "STILE"
HOOK = f"OUTPUT -j {ROOT}"
SHARED_CLASSES = {
    name: ClassId(SHARED_MAJOR << 16 | number)
    for number, name in enumerate((ALLOWED, DENIED, DROPPED), 1)
}
"""The classes of those who have no rules but one about all that they do."""

MOST_HELD = "-m limit --limit 200/s --limit-burst 256"
"""How much may be held of each kind of user and protocol (there is no limit a user)."""
MOST_ANSWERS = "-m limit --limit 1000/s --limit-burst 1000"
USERS = ("0", "1-999", "1000-4294967294")
HAS_FILE = "-m owner --uid-owner 0-4294967294"
HAS_NO_FILE = "-m owner ! --uid-owner 0-4294967294"
HAS_SOCKET = "-m cgroup ! --cgroup 4294967295"
ANSWERS = "-p tcp --tcp-flags SYN,ACK SYN,ACK"
RUNNING = "-p tcp ! --tcp-flags SYN,ACK SYN"
BEGUN = "-p tcp --tcp-flags SYN NONE"
EXITS = 64
"""How many processes can be on the way out of what is allowed, or unknown in an exit since."""
REJECT = {4: "icmp-host-unreachable", 6: "icmp6-addr-unreachable"}
LAST_DATE = 2**31 - 1
"""The last time that iptables can name, in seconds since the epoch (libxt_time.c)."""
MOST_PORTS = 15
"""What fits into one multiport match; a range takes two (XT_MULTI_PORTS)."""
MOST_NETWORKS = 1 << 24
LONGEST_SET = 31
"""Octets of the name of a set (IPSET_MAXNAMELEN, with its end)."""
FAMILY = {4: "inet", 6: "inet6"}
EVERYWHERE = {4: ("0.0.0.0/1", "128.0.0.0/1"), 6: ("::/1", "8000::/1")}
"""All addresses: a set of networks takes none of length 0."""
ECHO = {ICMP: (8, 13, 17), ICMPV6: (128,)}
"""The types of ICMP by which programs begin: echo, timestamp, address mask (RFC 792, 950, 4443)."""

Rules = dict[str, list[str]]
"""Rules by their chains, without `-A CHAIN`."""
Names = Callable[[str], str]
"""Gives the name that a set has in the kernel."""


@dataclass(frozen=True, slots=True)
class Frame:
    """How undecided packets are held: the number of the queue, and what else the settings say."""

    queue: int
    bypass: bool
    ask_in: bool
    locked: bool = False

    def locked_down(self) -> "Frame":
        """Give the same while locked down."""
        return replace(self, bypass=False, ask_in=True, locked=True)


def chain_name(name: str) -> str:
    """Name a chain so that it is ours."""
    return f"{ROOT}-{name}"


# -- all of it -------------------------------------------------------------------------------


def exit_set(class_id: str) -> str:
    """Name the set that says whether an exit has a verdict (`exits.py`)."""
    return f"stile_exit_{class_id}"


def _exits() -> list[ClassId]:
    return [ClassId(EXIT_MAJOR << 16 | number) for number in range(1, EXITS + 1)]


def _leaving() -> list[str]:
    """Let through what is on the way out of what is allowed, or has come back while we looked."""
    allowed = chain_name(ALLOWED)
    return [
        *(
            f"-m cgroup --cgroup {each} -m set --match-set {exit_set(f'{each:08x}')} dst "
            f"-g {allowed}"
            for each in _exits()
        ),
        f"-m cgroup --cgroup {SHARED_CLASSES[ALLOWED]} -g {allowed}",
    ]


def frame_rules(
    version: int, classes: Mapping[ClassId, str], frame: Frame, *, hold_answers: bool
) -> Rules:
    """Write the chains that are there whatever the policy says, but for the dispatch of classes.

    *classes* lead to chains; *hold_answers*: whether the helper judges who may be reached.
    """
    dispatch = [
        f"-m cgroup --cgroup {number} -g {chain_name(name)}" for number, name in classes.items()
    ]
    again, opened = (
        [f"{ANSWERS} -g {chain_name(name)}"] if hold_answers else [] for name in ("again", "open")
    )
    begun = [] if frame.locked else [f"{BEGUN} -j RETURN"]
    return {
        ROOT: [
            "-o lo -j RETURN",
            f"-m mark --mark {JUDGED_BIT:#x}/{JUDGED_BIT:#x} -g {chain_name('judged')}",
            *dispatch,
            f"-g {chain_name('undecided')}",
        ],
        chain_name("judged"): [
            f"-m mark --mark {REFUSE_MARK:#x} -g {chain_name('deny')}",
            f"-j MARK --and-mark {JUDGED_BIT - 1:#x}",
            *dispatch,
            *_leaving(),
            *again,  # of all rules the most specific counts, and not everybody's alone
            f"-g {chain_name('everybody_j')}",
        ],
        chain_name("again"): [*_single_flows(version), f"-g {chain_name('held')}"],
        chain_name("undecided"): [
            *begun,
            *_leaving(),
            *opened,
            f"-g {chain_name('everybody')}",
        ],
        chain_name("open"): [
            *_single_flows(version),
            f"{ANSWERS} -g {chain_name('answers')}" if hold_answers else f"{ANSWERS} -j RETURN",
            f"{HAS_FILE} -g {chain_name('held')}",
            f"{HAS_SOCKET} -g {chain_name('kernel')}",
        ],
        chain_name("unanswered"): [
            *begun,
            *_single_flows(version),
            f"{HAS_FILE} -g {chain_name('held')}",
        ],
        chain_name("answers"): [
            f"{HAS_NO_FILE} -j RETURN",
            f"{MOST_ANSWERS} -g {chain_name('ask' if frame.ask_in else 'ask_in')}",
            f"-g {chain_name('silence')}",
        ],
        **_ends(version, frame),
    }


def _ends(version: int, frame: Frame) -> Rules:
    """Write the chains in which a packet's way ends."""
    bypass = " --queue-bypass" if frame.bypass else ""
    paused = f"-m set --match-set {fixed(PAUSED, version)} dst -j RETURN"
    limited = (
        f"{protocol}-m owner --uid-owner {users} {limit}"
        for users in USERS
        for protocol in ("-p tcp ", "-p udp ", "")
        for limit in (f"{MOST_HELD} -g {chain_name('ask')}", f"-g {chain_name('silence')}")
    )
    return {
        chain_name("held"): [
            *([] if frame.locked else [paused]),
            *limited,
            f"{MOST_HELD} -g {chain_name('ask')}",  # whose socket is closed by now
            f"-g {chain_name('silence')}",
        ],
        chain_name("ask"): [f"-j NFQUEUE --queue-num {frame.queue}{bypass}"],
        chain_name("ask_in"): [f"-j NFQUEUE --queue-num {frame.queue} --queue-bypass"],
        chain_name("silence"): [f"-j NFQUEUE --queue-num {NOBODY}"],
        chain_name("deny"): [
            "-p tcp -j REJECT --reject-with tcp-reset",
            f"-j REJECT --reject-with {REJECT[version]}",
        ],
        chain_name("remember"): [
            "-p tcp -j RETURN",
            *_refreshed(version),
        ],
        chain_name("go_on"): [*_refreshed(version)],
    }


def restored(new: Rules, old: Iterable[str], hook: Sequence[str] = ()) -> str:
    """Write a change as one transaction: *new* chains are filled, those of *old* go.

    *hook* are changes of chains that are not ours.
    """
    gone = list(old)
    lines = [
        "*filter",
        *(f":{name} - [0:0]" for name in new),
        *(f"-A {name} {rule}" for name, rules in new.items() for rule in rules),
        *hook,
        *(f"-F {name}" for name in gone),
        *(f"-X {name}" for name in gone),
        "COMMIT",
    ]
    return "\n".join(lines) + "\n"


# -- flows that are remembered ---------------------------------------------------------------


ALL = "all"
ONCE, DENIED_ONCE, DROPPED_ONCE = "once", "refused", "silenced"
REMEMBERED = {Action.ALLOW: ONCE, Action.DENY: DENIED_ONCE, Action.DROP: DROPPED_ONCE}
HALVES = {"s": "src,src,dst", "d": "src,dst,dst"}
"""A set holds one port of a flow, so two hold it: with its own port, and with the other's."""


def fixed(name: str, version: int) -> str:
    """Name a set that is always there."""
    return f"stile_{name}_{version}"


def _matching(name: str, version: int) -> str:
    return " ".join(
        f"-m set --match-set {fixed(name + half, version)} {directions}"
        for half, directions in HALVES.items()
    )


def _single_flows(version: int) -> list[str]:
    return [
        f"{_matching(ONCE, version)} -g {chain_name('go_on')}",
        f"{_matching(DENIED_ONCE, version)} -g {chain_name('deny')}",
        f"{_matching(DROPPED_ONCE, version)} -g {chain_name('silence')}",
    ]


def _refreshed(version: int) -> list[str]:
    """Put the flow of a packet in, or let it stay for longer."""
    return [
        f"-j SET --add-set {fixed(ONCE + half, version)} {directions} --exist "
        f"--timeout {ONCE_SECONDS}"
        for half, directions in HALVES.items()
    ]


def remembered(flow: Flow, action: Action) -> list[str]:
    """Write the lines that give a single flow its verdict, in the place of another."""
    version = flow.address.version
    lines = []
    for half, port in zip(HALVES, (flow.source_port, flow.port), strict=True):
        for key in _keys(flow, port):
            lines += [
                f"del {fixed(name + half, version)} {key}"
                for name in REMEMBERED.values()
                if name != REMEMBERED[action]
            ]
            lines.append(f"add {fixed(REMEMBERED[action] + half, version)} {key}")
    return lines


def _keys(flow: Flow, port: int) -> list[str]:
    number = flow.protocol.number
    places = [f"{number}:{port}"]
    if flow.protocol in ECHO:
        name = "icmp" if flow.protocol == ICMP else "icmpv6"
        places = [f"{name}:{kind}/0" for kind in ECHO[flow.protocol]]
    elif flow.protocol not in WITH_PORTS:
        places = [f"{number}:0"]
    return [f"{flow.source},{place},{flow.address}" for place in places]


def fixed_sets() -> dict[str, str]:
    """Declare the sets that are always there: what follows `create NAME`, by their names."""
    declared = {}
    for version, family in FAMILY.items():
        for name in REMEMBERED.values():
            seconds = ONCE_SECONDS if name == ONCE else REFUSED_SECONDS
            for half in HALVES:
                kind = f"hash:ip,port,ip family {family} timeout {seconds}"
                declared[fixed(name + half, version)] = kind
        declared[fixed(ALL, version)] = f"hash:net family {family}"
        declared[fixed(PAUSED, version)] = f"hash:net family {family} timeout 0"
        declared[fixed(LOCAL_SETS, version)] = f"hash:net family {family}"
    for class_id in _exits():
        declared[exit_set(f"{class_id:08x}")] = "list:set size 2 timeout 1"
    return declared


LOCKED_SET = fixed(LOCKED, 4)
"""There while locked down: so who loads the next rules knows what these were."""


def locking() -> list[str]:
    """Write the lines that end what was allowed or refused once, and a pause."""
    return [*_forgotten(REMEMBERED.values()), *paused(0)]


def nothing_once() -> list[str]:
    """Write the lines that end what was allowed once."""
    return _forgotten([ONCE])


def unlocking() -> list[str]:
    """Write the lines that end what was refused while locked down."""
    return _forgotten((DENIED_ONCE, DROPPED_ONCE))


def _forgotten(names: Iterable[str]) -> list[str]:
    return [
        f"flush {fixed(name + half, version)}"
        for name in names
        for half in HALVES
        for version in FAMILY
    ]


def fixed_elements() -> list[str]:
    """Write what stands in them from the beginning."""
    return [
        *(f"add {fixed(LOCAL_SETS, each.version)} {each}" for each in LOCAL),
        *(f"add {fixed(ALL, v)} {each}" for v, places in EVERYWHERE.items() for each in places),
    ]


def paused(seconds: int) -> list[str]:
    """Write the lines that let undecided packets through for so long, 0 not any more."""
    names = [(fixed(PAUSED, version), places) for version, places in EVERYWHERE.items()]
    if not seconds:
        return [f"flush {name}" for name, _ in names]
    return [f"add {name} {place} timeout {seconds}" for name, places in names for place in places]


# -- sets of chains and lists ------------------------------------------------------------------


def own_sets(chain: Chain) -> list[str]:
    """Name the pairs of sets that belong to a chain."""
    return [*chain.names, *([chain.judged] if chain.judged else [])]


def numbered(pair: str, number: int) -> str:
    """Name a pair of sets of a chain, which was the so-many-th to be written."""
    return _short(f"stile{number:x}_{pair}")


def listed(name: str) -> str:
    """Name a pair of sets of a block list: its networks, or the addresses of its names."""
    return _short(f"stile_{name}")


def _short(name: str) -> str:
    most = LONGEST_SET - len("_4")
    if len(name) <= most:
        return name
    return f"{name[: most - 9]}~{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def address_set(pair: str) -> list[str]:
    """Declare a pair of sets of addresses that stay for some time."""
    return [f"create {pair}_{v} hash:ip family {each} timeout 60" for v, each in FAMILY.items()]


def network_set(pair: str, networks: Mapping[int, Sequence[Network]]) -> list[str]:
    """Declare and fill a pair of sets of networks."""
    lines = []
    for version, family in FAMILY.items():
        gathered = [each for network in networks[version] for each in _not_all(network)]
        lines.append(f"create {pair}_{version} hash:net family {family} maxelem {MOST_NETWORKS}")
        lines += [f"add {pair}_{version} {each}" for each in gathered]
    return lines


def _not_all(network: Network) -> list[Network]:
    if network.prefixlen == 0:
        return [ip_network(text) for text in EVERYWHERE[network.version]]
    return [network]


# -- chains of the policy ------------------------------------------------------------------------


def chain_rules(chain: Chain, version: int, names: Names, clock: float) -> Rules:
    """Write a chain of the policy, with its parts. *clock* is the time, since the epoch."""
    if chain.name == "everybody":
        return {
            **_chain(chain, "everybody", chain_name("open"), version, names, clock),
            **_chain(chain, "everybody_j", chain_name("again"), version, names, clock),
        }
    return _chain(chain, chain.name, "", version, names, clock)


def parts(chain: Chain) -> list[str]:
    """Name the chains in the kernel that `chain_rules` writes."""
    ways = ["everybody", "everybody_j"] if chain.name == "everybody" else [chain.name]
    return [chain_name(way + suffix) for way in ways for suffix in ("", *_ways_on(chain))]


def _ways_on(chain: Chain) -> dict[str, tuple[str, tuple[Line, ...]]]:
    """Give the parts of a chain for packets that begin nothing, by how their names end."""
    ways = {"_in": (ANSWERS, chain.answers), "_run": (RUNNING, chain.running)}
    if chain.is_uniform:
        return {}
    return {suffix: way for suffix, way in ways.items() if len(way[1]) > 1}


def refuses_inbound(chain: Chain) -> bool:
    """Whether a chain says more of those that reach somebody than that they may."""
    return any(line.target not in (Target.ACCEPT, Target.RETURN) for line in chain.answers)


def _chain(chain: Chain, name: str, onward: str, version: int, names: Names, clock: float) -> Rules:
    """Write one way through a chain; *onward* is where what it says nothing about goes."""
    own = _Writer(chain, chain_name(name), onward, version, names, clock)
    written: Rules = {}
    ways = []
    if not chain.is_uniform:
        own_parts = _ways_on(chain)
        for suffix, packets, lines in (
            ("_in", ANSWERS, chain.answers),
            ("_run", RUNNING, chain.running),
        ):
            if suffix in own_parts:
                part = chain_name(name + suffix)
                written[part] = [rule for line in lines for rule in own.rules(line)]
                ways.append(f"{packets} -g {part}")
            else:
                ways.append(f"{packets} {own.jump(lines[0].target)}")
    written[chain_name(name)] = [*ways, *(rule for line in chain.lines for rule in own.rules(line))]
    return written


@dataclass(frozen=True, slots=True)
class _Writer:
    chain: Chain
    name: str
    onward: str
    version: int
    names: Names
    clock: float

    def jump(self, target: Target) -> str:
        """Say where a rule sends what it matches."""
        match target:
            case Target.ACCEPT:
                return "-j RETURN"
            case Target.RETURN:
                return f"-g {self.onward}" if self.onward else "-j RETURN"
            case Target.DROP:
                return f"-g {chain_name('silence')}"
            case _:
                return f"-g {chain_name(str(target))}"

    def rules(self, line: Line) -> Iterator[str]:
        """Write a line as rules."""
        if line.target is Target.CLEAR_UP:
            yield from _single_flows(self.version)
            known = self.names(self.chain.judged)
            held = chain_name("held")
            yield f"-m set ! --match-set {known}_{self.version} dst -g {held}"
            return
        if line.timer and self.chain.timers[line.timer] <= self.clock:
            return
        for place in self._places(line):
            for protocol in _protocols(line):
                for ports in _ports(line):
                    words = (protocol, ports, place, self._rest(line), self.jump(line.target))
                    yield " ".join(filter(None, words))

    def _places(self, line: Line) -> list[str]:
        if line.addresses:
            fits = fixed(LOCAL_SETS, self.version)
            if line.addresses != LOCAL_SETS:
                fits = f"{self.names(line.addresses)}_{self.version}"
            return [f"-m set --match-set {fits} dst"]
        if line.span is None:
            return [""]
        if line.span.first.version != self.version:
            return []
        return [_within(line.span)]

    def _rest(self, line: Line) -> str:
        words = [f"-m owner --uid-owner {line.uid}"] if line.uid is not None else []
        if line.timer and (until := self.chain.timers[line.timer]) < LAST_DATE:
            stop = datetime.fromtimestamp(ceil(until) - 1, UTC)  # that second still counts
            words.append(f"-m time --datestop {stop:%Y-%m-%dT%H:%M:%S}")
        return " ".join(words)


def _within(span: Span) -> str:
    networks = list(span.networks)
    if len(networks) == 1:
        return f"-d {networks[0]}" if networks[0].prefixlen else ""
    return f"-m iprange --dst-range {span.first}-{span.last}"


def _protocols(line: Line) -> list[str]:
    if line.protocol is not None:  # 0 stands for all protocols there: none is matched by it
        return [_protocol(line.protocol)] if line.protocol.number else []
    if line.ports.ranges:
        ported = WITH_PORTS - {TCP} if line.not_tcp else WITH_PORTS
        return [_protocol(each) for each in sorted(ported)]
    return ["! -p tcp" if line.not_tcp else ""]


def _protocol(protocol: Protocol) -> str:
    return f"-p {protocol}" if protocol in (TCP, UDP) else f"-p {protocol.number}"


def _ports(line: Line) -> list[str]:
    side = "sports" if line.own_ports else "dports"
    return [f"-m multiport --{side} {each}" for each in _chunks(line.ports)] or [""]


def _chunks(ports: Ports) -> Iterator[str]:
    """Gather as many ranges as fit into one match."""
    words: list[str] = []
    left = MOST_PORTS
    for low, high in ports.ranges:
        takes = 1 if low == high else 2
        if takes > left:
            yield ",".join(words)
            words, left = [], MOST_PORTS
        words.append(str(low) if low == high else f"{low}:{high}")
        left -= takes
    if words:
        yield ",".join(words)
