"""The chains of applications as rules of nftables, each word written twice, side by side: pure.

As text it is part of a whole load, as the kernel's own expressions of a change.

The text is nft(8)'s; what nft makes of it stands in nft's netlink_linearize.c, and what the kernel
reads in linux/netfilter/nf_tables.h. Tests load drawn chains both ways and have nft list them.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from stile.connections import TCP, Address
from stiled.chains import Chain, Line, Target
from stiled.nftmessages import (
    NF_ACCEPT,
    NFPROTO_IPV4,
    NFPROTO_IPV6,
    NFT_GOTO,
    NFT_JUMP,
    NFT_RETURN,
    KeyType,
    attribute,
    expression,
    name,
    number,
    value,
    verdict,
)

NFT_REG_VERDICT, NFT_REG_1 = 0, 1
NFT_META_SKUID, NFT_META_NFPROTO, NFT_META_L4PROTO = 10, 15, 16
NFT_PAYLOAD_NETWORK_HEADER, NFT_PAYLOAD_TRANSPORT_HEADER = 1, 2
NFT_CMP_EQ, NFT_CMP_NEQ, NFT_CMP_LTE, NFT_CMP_GTE = 0, 1, 3, 5
NFT_LOOKUP_F_INV = 1
SYN, ACK = 0x02, 0x10

IP = {4: "ip", 6: "ip6"}
ADDRESS_TYPE = {4: "ipv4_addr", 6: "ipv6_addr"}
PORTED, PORTED_NOT_TCP = "ported", "ported_not_tcp"
"""The sets of protocols that have ports."""

MOST_WORDS = 4096
"""That are remembered of each kind: many applications have the same rules."""

_BIG_ENDIAN = bytes.fromhex("000402000000")
KEY_TYPES = {
    4: KeyType(f"type {ADDRESS_TYPE[4]}", 7, 4, _BIG_ENDIAN),
    6: KeyType(f"type {ADDRESS_TYPE[6]}", 8, 16, _BIG_ENDIAN),
}
TIMER_TYPE = KeyType(
    "typeof meta nfproto",
    2,
    1,
    bytes.fromhex("000401000000030e000409000000010600040f000000"),
)


@dataclass(frozen=True, slots=True)
class Word:
    """A part of a rule."""

    text: str
    expressions: bytes

    def __str__(self) -> str:
        return self.text


Rule = tuple[Word, ...]


# -- what the kernel does ---------------------------------------------------------------------


def _meta(key: int) -> bytes:
    """Load what is known of a packet beside what stands in it."""
    return expression("meta", number(1, NFT_REG_1), number(2, key))


def _payload(header: int, offset: int, length: int) -> bytes:
    where = number(2, header) + number(3, offset) + number(4, length)
    return expression("payload", number(1, NFT_REG_1), where)


def _is(octets: bytes, operation: int = NFT_CMP_EQ) -> bytes:
    return expression("cmp", number(1, NFT_REG_1), number(2, operation), value(3, octets))


def _within(low: bytes, high: bytes) -> bytes:
    return _is(low) if low == high else _is(low, NFT_CMP_GTE) + _is(high, NFT_CMP_LTE)


def _in_set(table_set: str, flags: int = 0) -> bytes:
    inverted = number(5, flags) if flags else b""
    return expression("lookup", name(1, table_set), number(2, NFT_REG_1), inverted)


def _verdict(code: int, chain: str = "") -> bytes:
    return expression("immediate", number(1, NFT_REG_VERDICT), verdict(2, code, chain))


# -- words ------------------------------------------------------------------------------------


def _goto(chain: str) -> Word:
    return Word(f"goto {chain}", _verdict(NFT_GOTO, chain))


def _jump(chain: str) -> Word:
    return Word(f"jump {chain}", _verdict(NFT_JUMP, chain))


def _tcp_flags(text: str, operation: int, flags: int) -> Word:
    """Compare which of SYN and ACK are set."""
    both = bytes([SYN | ACK])
    masked = (number(1, NFT_REG_1), number(2, NFT_REG_1), number(3, 1), value(4, both))
    return Word(
        f"tcp flags & (syn | ack) {text}",
        _meta(NFT_META_L4PROTO)
        + _is(bytes([TCP.number]))
        + _payload(NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1)
        + expression("bitwise", *masked, value(5, b"\0"))
        + _is(bytes([flags]), operation),
    )


RUNNING = _tcp_flags("!= syn", NFT_CMP_NEQ, SYN)
ANSWERS = _tcp_flags("== (syn | ack)", NFT_CMP_EQ, SYN | ACK)
COUNTER = Word("counter", expression("counter", attribute(1, bytes(8)), attribute(2, bytes(8))))
STATEMENTS: Mapping[Target, Word] = {
    Target.ACCEPT: Word("accept", _verdict(NF_ACCEPT)),
    Target.REMEMBER: _goto("remember"),
    Target.DENY: _goto("deny"),
    Target.DROP: _goto("silence"),
    Target.UNANSWERED: _goto("unanswered"),
    Target.HELD: _goto("held"),
    Target.RETURN: Word("return", _verdict(NFT_RETURN)),
}
DESTINATION = {
    4: _meta(NFT_META_NFPROTO)
    + _is(bytes([NFPROTO_IPV4]))
    + _payload(NFT_PAYLOAD_NETWORK_HEADER, 16, 4),
    6: _meta(NFT_META_NFPROTO)
    + _is(bytes([NFPROTO_IPV6]))
    + _payload(NFT_PAYLOAD_NETWORK_HEADER, 24, 16),
}


@lru_cache(MOST_WORDS)
def _listed(pair: str, version: int) -> Word:
    code = DESTINATION[version] + _in_set(f"{pair}_{version}")
    return Word(f"{IP[version]} daddr @{pair}_{version}", code)


@lru_cache(MOST_WORDS)
def _not_listed(pair: str, version: int) -> Word:
    code = DESTINATION[version] + _in_set(f"{pair}_{version}", NFT_LOOKUP_F_INV)
    return Word(f"{IP[version]} daddr != @{pair}_{version}", code)


@lru_cache(MOST_WORDS)
def _span(low: Address, high: Address) -> Word:
    where = str(low) if low == high else f"{low}-{high}"
    code = DESTINATION[low.version] + _within(low.packed, high.packed)
    return Word(f"{IP[low.version]} daddr {where}", code)


@lru_cache(MOST_WORDS)
def _protocol(protocol: int) -> Word:
    return Word(f"meta l4proto {protocol}", _meta(NFT_META_L4PROTO) + _is(bytes([protocol])))


def _not_tcp() -> Word:
    is_not = _is(bytes([TCP.number]), NFT_CMP_NEQ)
    return Word("meta l4proto != tcp", _meta(NFT_META_L4PROTO) + is_not)


@lru_cache(MOST_WORDS)
def _protocols(table_set: str) -> Word:
    return Word(f"meta l4proto @{table_set}", _meta(NFT_META_L4PROTO) + _in_set(table_set))


@lru_cache(MOST_WORDS)
def _port(low: int, high: int, *, own: bool) -> Word:
    side, offset = ("sport", 0) if own else ("dport", 2)
    ports = str(low) if low == high else f"{low}-{high}"
    load = _payload(NFT_PAYLOAD_TRANSPORT_HEADER, offset, 2)
    return Word(
        f"th {side} {ports}", load + _within(low.to_bytes(2, "big"), high.to_bytes(2, "big"))
    )


@lru_cache(MOST_WORDS)
def _user(uid: int) -> Word:
    return Word(f"meta skuid {uid}", _meta(NFT_META_SKUID) + _is(struct.pack("=I", uid)))


@lru_cache(MOST_WORDS)
def _timer(table_set: str) -> Word:
    return Word(f"meta nfproto @{table_set}", _meta(NFT_META_NFPROTO) + _in_set(table_set))


# -- chains and sets --------------------------------------------------------------------------


def names(chain: Chain) -> list[str]:
    """Name the chains of nft's that a chain becomes."""
    return [chain.name, *(part for part, lines in _parts(chain).values() if len(lines) > 1)]


def rules(chain: Chain) -> dict[str, list[Rule]]:
    """Write a chain, by the names of nft's chains that it becomes, the first it leads to first."""
    written: dict[str, list[Rule]] = {}
    ways: list[Rule] = []
    for packets, (part, lines) in _parts(chain).items():
        if len(lines) > 1:
            written[part] = [rule for line in lines for rule in _rules(line, chain)]
            ways.append((packets, _goto(part)))
        else:
            ways.append((packets, STATEMENTS[lines[0].target]))
    own = (rule for line in chain.lines for rule in _rules(line, chain))
    return {**written, chain.name: [*ways, *own]}


def sets(chain: Chain) -> dict[str, KeyType]:
    """Give the sets that belong to a chain; all that is in them has an end."""
    pairs = [*chain.names, *([chain.judged] if chain.judged else [])]
    addresses = {f"{pair}_{version}": KEY_TYPES[version] for pair in pairs for version in (4, 6)}
    return addresses | dict.fromkeys(chain.timers, TIMER_TYPE)


def _parts(chain: Chain) -> dict[Word, tuple[str, tuple[Line, ...]]]:
    """Give the parts of a chain for packets that begin nothing, each with its name.

    Packets that would meet the same lines without a part of their own have none: half of what many
    applications with rules take to load, and less to try for each of their packets.
    """
    parts: dict[Word, tuple[str, tuple[Line, ...]]] = {}
    if chain.answers != chain.running:
        parts[ANSWERS] = f"{chain.name}_in", chain.answers
    if chain.running != chain.lines:
        parts[RUNNING] = f"{chain.name}_run", chain.running
    return parts


def _rules(line: Line, chain: Chain) -> Iterator[Rule]:
    """Write a line as rules of nft's."""
    if line.target is Target.CLEAR_UP:
        yield (_jump("single"),)
        yield from ((_not_listed(chain.judged, v), STATEMENTS[Target.HELD]) for v in (4, 6))
        return
    ends = (
        *((_user(line.uid),) if line.uid is not None else ()),
        *((_timer(line.timer),) if line.timer else ()),
        *((COUNTER,) if line.counted else ()),
        STATEMENTS[line.target],
    )
    for where in _places(line):
        for ports in _ports(line):
            yield (*where, *_protocol_words(line), *ports, *ends)


def _places(line: Line) -> Sequence[Rule]:
    if line.addresses:
        return [(_listed(line.addresses, version),) for version in (4, 6)]
    return [(_span(line.span.first, line.span.last),)] if line.span else [()]


def _protocol_words(line: Line) -> Rule:
    if line.protocol:
        return (_protocol(line.protocol.number),)
    if line.ports.ranges:
        return (_protocols(PORTED_NOT_TCP if line.not_tcp else PORTED),)
    return (_not_tcp(),) if line.not_tcp else ()


def _ports(line: Line) -> Sequence[Rule]:
    """Write ports, a rule each range: a set of its own for each would slow the load of many down.

    The kernel looks for a free name among all sets for each that has none.
    """
    ranges = line.ports.ranges
    return [(_port(low, high, own=line.own_ports),) for low, high in ranges] or [()]
