"""DNS messages (RFC 1035) as they matter here: what is asked, and what an answer says of it.

dnspython reads them. Whatever the octets are, nothing is raised: what cannot be read says nothing.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from stile.connections import Address
from stiled.hostnames import Answer

LONGEST_CHAIN = 16
QUESTION = (int(dns.rdatatype.A), int(dns.rdataclass.IN))
ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA)
for _kind in (*ADDRESSES, dns.rdatatype.CNAME):
    # found now: dnspython remembers for all classes that it knows no such type, where it is asked
    # about one of the class ANY first
    dns.rdata.get_rdata_class(dns.rdataclass.IN, _kind)


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
        message = dns.message.from_wire(octets, ignore_trailing=True)
        if len(message.question) != 1 or message.opcode() != 0:
            return None
        asked = message.question[0]
        if asked.rdclass != dns.rdataclass.IN:
            return None
        query = Query(message.id, _text(asked.name), int(asked.rdtype))
        if not message.flags & dns.flags.QR:
            return query, None
        return query, _answer(message, asked.name)
    except (dns.exception.DNSException, ValueError, KeyError, IndexError, UnicodeError):
        return None


def answer_of(name: str, records: Sequence[bytes]) -> Answer | None:
    """Say what records, each as on the wire and uncompressed, mean for a name, like `read`."""
    try:
        head = struct.pack(">6H", 0, dns.flags.QR, 1, len(records), 0, 0)
        asked = dns.name.from_text(name).to_wire() or b""
    except (dns.exception.DNSException, UnicodeError, struct.error):
        return None
    found = read(b"".join((head, asked, struct.pack(">2H", *QUESTION), *records)))
    return found[1] if found else None


def host_name(text: str) -> str:
    """Give a name as `Answer` has it. Raises ValueError."""
    try:
        return _text(dns.name.from_text(text))
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError(f"{text[:80]!r} is no name: {error}") from None


def _answer(message: dns.message.Message, asked: dns.name.Name) -> Answer:
    """Follow the chain from the name that was asked for; other records count for nothing."""
    addresses: dict[Address, float] = {}
    aliases: list[str] = []
    if message.rcode() == dns.rcode.NOERROR:
        at, holds = asked, float("inf")
        for _ in range(LONGEST_CHAIN):
            for record in _of(message, at, *ADDRESSES):
                for data in record:
                    addresses[ip_address(data.address)] = min(holds, record.ttl)
            alias = next(_of(message, at, dns.rdatatype.CNAME), None)
            if alias is None or addresses:
                break
            at, holds = alias[0].target, min(holds, alias.ttl)
            aliases.append(_text(at))
    return Answer(_text(asked), addresses, tuple(dict.fromkeys(aliases)))


def _of(
    message: dns.message.Message, name: dns.name.Name, *kinds: int
) -> Iterator[dns.rrset.RRset]:
    return (
        each
        for each in message.answer
        if each.name == name and each.rdclass == dns.rdataclass.IN and each.rdtype in kinds
    )


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
