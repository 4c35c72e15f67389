"""DNS messages (RFC 1035) as they matter here: what is asked, and what an answer says of it.

Whatever the octets are, nothing is raised: what cannot be read says nothing.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

import dns.exception
import dns.name

from stile.connections import Address
from stiled.hostnames import Answer

Labels: TypeAlias = tuple[bytes, ...]
"""A name, in lower case, without the root."""

LONGEST_CHAIN = 16
LONGEST_NAME, LONGEST_LABEL = 255, 63
MOST_POINTERS = 32
"""Pointers from one to the next, in a name; servers write one."""
HEAD, QUESTION_END, RECORD = struct.Struct(">6H"), struct.Struct(">2H"), struct.Struct(">HHIH")
RESPONSE, OPCODE, RCODE = 0x8000, 0x7800, 0x000F
A, CNAME, AAAA = 1, 5, 28
IN = 1
SIZES = {A: 4, AAAA: 16}


@dataclass(frozen=True, slots=True)
class Query:
    """What a program asks a name server."""

    id: int
    name: str
    kind: int
    """The type of the records that are wanted."""


def read(octets: bytes) -> tuple[Query, Answer | None] | None:
    """Read a message: what is asked, and of an answer what it says; None for what is neither.

    An answer without addresses is one to nothing.
    """
    try:
        return _read(octets)
    except (struct.error, ValueError, IndexError, dns.exception.DNSException):
        return None


def answer_of(name: str, records: Sequence[bytes]) -> Answer | None:
    """Say what records, each as on the wire and uncompressed, mean for a name, like `read`."""
    try:
        head = HEAD.pack(0, RESPONSE, 1, len(records), 0, 0)
        asked = dns.name.from_text(name).to_wire() or b""
    except (dns.exception.DNSException, UnicodeError, struct.error):
        return None
    found = read(b"".join((head, asked, QUESTION_END.pack(A, IN), *records)))
    return found[1] if found else None


def host_name(text: str) -> str:
    """Give a name as `Answer` has it. Raises ValueError."""
    try:
        return _written(dns.name.from_text(text))
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError(f"{text[:80]!r} is no name: {error}") from None


def _read(octets: bytes) -> tuple[Query, Answer | None] | None:
    number, flags, questions, *counts = HEAD.unpack_from(octets)
    if questions != 1 or flags & OPCODE:
        return None
    names = _Names(octets)
    asked, at = names.at(HEAD.size)
    kind, cls = QUESTION_END.unpack_from(octets, at)
    if cls != IN:
        return None
    records = [*_records(octets, names, at + QUESTION_END.size, sum(counts))]
    query = Query(number, _text(asked), kind)
    if not flags & RESPONSE:
        return query, None
    if flags & RCODE:
        return query, Answer(query.name, {})
    return query, _answer(octets, names, asked, records[: counts[0]])


class _Names:
    """The names in a message, each read once: an answer can point at the same one a thousand times.

    dnspython takes milliseconds for a record with a name of many labels, and half a minute for a
    message full of them.
    """

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._pointed: dict[int, Labels] = {}

    def at(self, start: int, pointers: int = 0) -> tuple[Labels, int]:
        """Read the name at a place, and say where it ends. Raises ValueError, IndexError.

        RFC 1035, 4.1.4: a pointer points to what stands before.
        """
        labels: list[bytes] = []
        at, rest = start, Labels()
        while length := self._octets[at]:
            if length > LONGEST_LABEL:
                rest = self._rest(at, start, pointers)
                at += 1
                break
            label = self._octets[at + 1 : at + 1 + length]
            labels.append(label.lower())
            at += 1 + length
            if len(label) < length or at - start > LONGEST_NAME:
                raise ValueError("a name that is cut off, or too long")
        name = (*labels, *rest)
        if sum(map(len, name)) + len(name) >= LONGEST_NAME:
            raise ValueError("a name that is too long")
        return name, at + 1

    def _rest(self, at: int, start: int, pointers: int) -> Labels:
        """Follow the pointer at the end of a name."""
        target = int.from_bytes(self._octets[at : at + 2], "big") - 0xC000
        if not 0 <= target < start or pointers > MOST_POINTERS:
            raise ValueError("a pointer that leads nowhere")
        if target not in self._pointed:
            self._pointed[target], _ = self.at(target, pointers + 1)
        return self._pointed[target]


@dataclass(frozen=True, slots=True)
class _Record:
    owner: Labels
    kind: int
    cls: int
    ttl: int
    start: int
    """Where its content begins, and ends."""
    end: int


def _records(octets: bytes, names: _Names, at: int, count: int) -> Iterator[_Record]:
    """Take the records apart, of all sections. Raises ValueError, IndexError, struct.error."""
    for _ in range(count):
        owner, at = names.at(at)
        kind, cls, ttl, length = RECORD.unpack_from(octets, at)
        at += RECORD.size
        if at + length > len(octets):
            raise ValueError("a record that is cut off")
        # RFC 2181, 8: with the highest bit it is none
        yield _Record(owner, kind, cls, ttl if ttl < 1 << 31 else 0, at, at + length)
        at += length


def _answer(octets: bytes, names: _Names, asked: Labels, records: Sequence[_Record]) -> Answer:
    """Follow the chain from the name that was asked for; other records count for nothing."""
    found: dict[Labels, dict[Address, float]] = {}
    aliases: dict[Labels, tuple[Labels, int]] = {}
    for each in records:
        if each.cls != IN:
            continue
        if each.kind in SIZES:
            address = _address(each.kind, octets[each.start : each.end])
            found.setdefault(each.owner, {})[address] = each.ttl
        elif each.kind == CNAME:
            target, end = names.at(each.start)
            if end != each.end:
                raise ValueError("an alias of another length")
            aliases[each.owner] = target, each.ttl
    return _followed(asked, found, aliases)


def _followed(
    asked: Labels,
    found: Mapping[Labels, Mapping[Address, float]],
    aliases: Mapping[Labels, tuple[Labels, int]],
) -> Answer:
    at, holds, passed = asked, float("inf"), list[str]()
    for _ in range(LONGEST_CHAIN):
        if at in found or at not in aliases:
            break
        at, ttl = aliases[at]
        holds = min(holds, ttl)
        passed.append(_text(at))
    addresses = {address: min(holds, ttl) for address, ttl in found.get(at, {}).items()}
    return Answer(_text(asked), addresses, tuple(dict.fromkeys(passed)))


def _address(kind: int, content: bytes) -> Address:
    if len(content) != SIZES[kind]:
        raise ValueError("an address of another length")
    return IPv4Address(content) if kind == A else IPv6Address(content)


def _text(name: Labels) -> str:
    return _written(dns.name.Name((*name, b"")))


def _written(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
