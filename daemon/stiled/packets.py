"""The beginning of an IP packet, read into a flow.

Formats: IPv4 RFC 791, IPv6 and its extension headers RFC 8200, ICMP RFC 792 and RFC 4443.
"""

import struct
from ipaddress import IPv4Address, IPv6Address

from stile.connections import ICMP, ICMPV6, TCP, WITH_PORTS, Flow, Protocol

ENOUGH = 512
"""Octets of a packet that are asked of the kernel: both headers and every usual extension."""

_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _OPTIONS, _MOBILITY = 0, 43, 44, 51, 60, 135
_ECHO = {ICMP: 8, ICMPV6: 128}


def flow_of(packet: bytes) -> Flow | None:
    """Read the flow that *packet* belongs to; None where it is no IP packet that we can read."""
    try:
        match packet[0] >> 4:
            case 4:
                return _flow4(packet)
            case 6:
                return _flow6(packet)
    except (IndexError, struct.error, ValueError):
        pass
    return None


def _flow4(packet: bytes) -> Flow:
    source, address = IPv4Address(packet[12:16]), IPv4Address(packet[16:20])
    protocol = Protocol(packet[9])
    is_first = not struct.unpack_from(">H", packet, 6)[0] & 0x1FFF
    body = packet[(packet[0] & 0xF) * 4 :] if is_first else b""
    ports = _ports(protocol, body)
    return Flow(protocol, source, ports[0], address, ports[1], _answers(protocol, body))


def _flow6(packet: bytes) -> Flow:
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
    protocol = Protocol(following)
    body = packet[at:] if is_first else b""
    ports = _ports(protocol, body)
    return Flow(protocol, source, ports[0], address, ports[1], _answers(protocol, body))


def _answers(protocol: Protocol, body: bytes) -> bool:
    """Whether this is a listener's answer to a SYN: SYN and ACK of RFC 9293, 3.1."""
    return protocol == TCP and len(body) > 13 and body[13] & 0x12 == 0x12


def _ports(protocol: Protocol, body: bytes) -> tuple[int, int]:
    """Read source and destination port; of an echo request the identifier stands for the source."""
    if protocol in WITH_PORTS and len(body) >= 4:
        source, destination = struct.unpack_from(">HH", body)
        return source, destination
    if protocol in _ECHO and len(body) >= 6 and body[0] == _ECHO[protocol]:
        return struct.unpack_from(">H", body, 4)[0], 0
    return 0, 0
