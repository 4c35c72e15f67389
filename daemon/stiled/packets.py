"""The beginning of an IP packet, read into a flow.

Formats: IPv4 RFC 791, IPv6 and its extension headers RFC 8200, ICMP RFC 792 and RFC 4443.
"""

import struct
from ipaddress import IPv4Address, IPv6Address

from stile.connections import ICMP, ICMPV6, TCP, WITH_PORTS, Address, Flow, Protocol

ENOUGH = 512
"""Octets of a packet that are asked of the kernel: both headers and every usual extension."""

_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _OPTIONS, _MOBILITY = 0, 43, 44, 51, 60, 135
HEADER4 = 20
_ECHO = {ICMP: 8, ICMPV6: 128}


def flow_of(packet: bytes) -> Flow | None:
    """Read the flow that *packet* belongs to; None where it is no IP packet that we can read."""
    found = read(packet)
    return found[0] if found else None


def read(packet: bytes) -> tuple[Flow, bytes] | None:
    """Read the flow of *packet*, and what is carried for it, of a later fragment nothing.

    None where it is no IP packet that we can read: also where its ports are not there, for a rule
    could be about them.
    """
    try:
        match packet[0] >> 4:
            case 4:
                return _read4(packet)
            case 6:
                return _read6(packet)
    except (IndexError, struct.error, ValueError):
        pass
    return None


def _read4(packet: bytes) -> tuple[Flow, bytes]:
    source, address = IPv4Address(packet[12:16]), IPv4Address(packet[16:20])
    protocol = Protocol(packet[9])
    is_first = not struct.unpack_from(">H", packet, 6)[0] & 0x1FFF
    return _with_body(packet, protocol, (source, address), _length4(packet), is_first=is_first)


def _length4(packet: bytes) -> int:
    """Give the length of the header: 5 words at least (RFC 791, 3.1)."""
    length = (packet[0] & 0xF) * 4
    if not HEADER4 <= length <= len(packet):
        raise ValueError(f"no header has {length} octets")
    return length


def _read6(packet: bytes) -> tuple[Flow, bytes]:
    source, address = IPv6Address(packet[8:24]), IPv6Address(packet[24:40])
    following, at, is_first = packet[6], 40, True
    while following in (_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _OPTIONS, _MOBILITY):
        length = (packet[at + 1] + 1) * 8
        if following == _FRAGMENT:
            is_first = not struct.unpack_from(">H", packet, at + 2)[0] & 0xFFF8
            length = 8
        elif following == _AUTHENTICATION:  # counts in units of 4 octets (RFC 4302, 2.2)
            length = (packet[at + 1] + 2) * 4
        following, at = packet[at], at + length
        if not is_first:
            break
    if at > len(packet):
        raise ValueError("the headers have not come as a whole")
    return _with_body(packet, Protocol(following), (source, address), at, is_first=is_first)


def _with_body(
    packet: bytes, protocol: Protocol, ends: tuple[Address, Address], at: int, *, is_first: bool
) -> tuple[Flow, bytes]:
    body = packet[at:] if is_first else b""
    ports = _ports(protocol, body) if is_first else (0, 0)
    return Flow(protocol, ends[0], ports[0], ends[1], ports[1], _answers(protocol, body)), body


def _answers(protocol: Protocol, body: bytes) -> bool:
    """Whether this is a listener's answer to a SYN: SYN and ACK of RFC 9293, 3.1."""
    return protocol == TCP and len(body) > 13 and body[13] & 0x12 == 0x12


def _ports(protocol: Protocol, body: bytes) -> tuple[int, int]:
    """Read source and destination port; of an echo request the identifier stands for the source."""
    if protocol in WITH_PORTS:
        source, destination = struct.unpack_from(">HH", body)
        return source, destination
    if protocol in _ECHO and len(body) >= 6 and body[0] == _ECHO[protocol]:
        return struct.unpack_from(">H", body, 4)[0], 0
    return 0, 0
