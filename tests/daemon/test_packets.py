"""What is read of packets built by hand; the RFCs are named in packets.py."""

import struct
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stile.connections import ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE, Flow, Protocol
from stiled.packets import flow_of

NEAR, FAR = IPv4Address("192.0.2.9"), IPv4Address("198.51.100.1")
NEAR6, FAR6 = IPv6Address("2001:db8::9"), IPv6Address("2001:db8::1")
PORTS = struct.pack(">HH", 40000, 443) + bytes(16)
HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, OPTIONS, MOBILITY = 0, 43, 44, 51, 60, 135


def ipv4(protocol: int, body: bytes = PORTS, *, options: bytes = b"", offset: int = 0) -> bytes:
    words = 5 + len(options) // 4
    length = words * 4 + len(body)
    start = struct.pack(">BBHHHBBH", 4 << 4 | words, 0, length, 1, offset, 64, protocol, 0)
    return start + NEAR.packed + FAR.packed + options + body


def ipv6(protocol: int, body: bytes = PORTS) -> bytes:
    start = struct.pack(">IHBB", 6 << 28, len(body), protocol, 64)
    return start + NEAR6.packed + FAR6.packed + body


def header(following: int, units: int = 0) -> bytes:
    """An extension header of the usual form: next, length beyond the first 8 octets, content."""
    return bytes([following, units]) + bytes(6 + units * 8)


def fragment(following: int, offset: int, *, more: bool) -> bytes:
    return struct.pack(">BBHI", following, 0, offset << 3 | more, 7)


def authentication(following: int) -> bytes:
    """RFC 4302, 2.2: the length counts 4 octets each, minus 2."""
    return bytes([following, 4]) + bytes(22)


def echo(kind: int, identifier: int = 77) -> bytes:
    return struct.pack(">BBHHH", kind, 0, 0, identifier, 1) + b"payload"


def flow4(protocol: Protocol, source_port: int = 40000, port: int = 443) -> Flow:
    return Flow(protocol, NEAR, source_port, FAR, port)


def flow6(protocol: Protocol, source_port: int = 40000, port: int = 443) -> Flow:
    return Flow(protocol, NEAR6, source_port, FAR6, port)


@pytest.mark.parametrize("protocol", [TCP, UDP, UDPLITE, SCTP], ids=str)
def test_protocols_with_ports_are_read_with_them(protocol: Protocol) -> None:
    assert flow_of(ipv4(protocol.number)) == flow4(protocol)
    assert flow_of(ipv6(protocol.number)) == flow6(protocol)


@pytest.mark.parametrize("protocol", [Protocol(47), Protocol(2), Protocol(255)], ids=str)
def test_protocols_without_ports_have_none(protocol: Protocol) -> None:
    assert flow_of(ipv4(protocol.number)) == flow4(protocol, 0, 0)
    assert flow_of(ipv6(protocol.number)) == flow6(protocol, 0, 0)


@pytest.mark.parametrize("words", [1, 5, 10])
def test_options_of_ipv4_are_skipped(words: int) -> None:
    no_operation = b"\x01" * words * 4
    assert flow_of(ipv4(6, options=no_operation)) == flow4(TCP)


def test_later_fragments_of_ipv4_have_no_ports_to_read() -> None:
    more_fragments = 0x2000
    assert flow_of(ipv4(17, offset=more_fragments)) == flow4(UDP)
    assert flow_of(ipv4(17, offset=more_fragments | 185)) == flow4(UDP, 0, 0)
    assert flow_of(ipv4(17, offset=1)) == flow4(UDP, 0, 0)


def test_the_flag_that_forbids_fragments_makes_none() -> None:
    assert flow_of(ipv4(6, offset=0x4000)) == flow4(TCP)


@pytest.mark.parametrize("kind", [HOP_BY_HOP, ROUTING, OPTIONS, MOBILITY])
@pytest.mark.parametrize("units", [0, 1, 3])
def test_extension_headers_are_walked_through(kind: int, units: int) -> None:
    assert flow_of(ipv6(kind, header(6, units) + PORTS)) == flow6(TCP)


def test_an_authentication_header_is_walked_through() -> None:
    assert flow_of(ipv6(AUTHENTICATION, authentication(17) + PORTS)) == flow6(UDP)


def test_extension_headers_are_walked_through_one_after_another() -> None:
    chain = header(ROUTING) + header(FRAGMENT, 2) + fragment(OPTIONS, 0, more=True)
    chain += header(AUTHENTICATION) + authentication(132)
    assert flow_of(ipv6(HOP_BY_HOP, chain + PORTS)) == flow6(SCTP)


def test_later_fragments_of_ipv6_have_no_ports_to_read() -> None:
    assert flow_of(ipv6(FRAGMENT, fragment(17, 0, more=True) + PORTS)) == flow6(UDP)
    assert flow_of(ipv6(FRAGMENT, fragment(17, 181, more=True) + PORTS)) == flow6(UDP, 0, 0)


def test_what_follows_in_a_later_fragment_is_no_header_any_more() -> None:
    packet = ipv6(FRAGMENT, fragment(OPTIONS, 181, more=False) + header(17) + PORTS)
    assert flow_of(packet) == flow6(Protocol(OPTIONS), 0, 0)


def test_what_is_encrypted_is_its_own_protocol() -> None:
    assert flow_of(ipv6(50, b"secret" * 9)) == flow6(Protocol(50), 0, 0)


def test_of_an_echo_request_the_identifier_is_the_source_port() -> None:
    assert flow_of(ipv4(1, echo(8))) == flow4(ICMP, 77, 0)
    assert flow_of(ipv6(58, echo(128))) == flow6(ICMPV6, 77, 0)


@pytest.mark.parametrize("kind", [0, 3, 11, 129, 135])
def test_other_messages_of_icmp_have_no_identifier(kind: int) -> None:
    assert flow_of(ipv4(1, echo(kind))) == flow4(ICMP, 0, 0)
    assert flow_of(ipv6(58, echo(kind))) == flow6(ICMPV6, 0, 0)


def test_an_echo_of_the_other_family_is_none() -> None:
    assert flow_of(ipv4(1, echo(128))) == flow4(ICMP, 0, 0)
    assert flow_of(ipv6(58, echo(8))) == flow6(ICMPV6, 0, 0)


@pytest.mark.parametrize("version", [0, 1, 3, 5, 7, 15])
def test_other_versions_of_ip_are_not_read(version: int) -> None:
    assert flow_of(bytes([version << 4 | 5]) + ipv4(6)[1:]) is None


def test_what_is_cut_off_before_the_end_of_the_ports_is_not_read() -> None:
    whole = ipv4(6, options=bytes(8))
    for length in range(len(whole)):
        flow = flow_of(whole[:length])
        assert flow == (None if length < 32 else flow4(TCP))


def test_extension_headers_that_are_cut_off_are_not_read() -> None:
    chain = header(FRAGMENT) + fragment(AUTHENTICATION, 0, more=True) + authentication(17)
    whole = ipv6(HOP_BY_HOP, chain + PORTS)
    for length in range(40 + len(chain)):
        read = flow_of(whole[:length])
        assert read is None or read == flow6(UDP, 0, 0), length
    assert flow_of(whole[: 40 + len(chain) + 4]) == flow6(UDP)


@given(st.binary(max_size=120))
def test_no_octets_break_it(octets: bytes) -> None:
    flow_of(octets)


@given(st.sampled_from([ipv4(6), ipv6(HOP_BY_HOP, header(FRAGMENT))]), st.binary(max_size=80))
def test_no_octets_after_a_sound_header_break_it(start: bytes, octets: bytes) -> None:
    read = flow_of(start[:40] + octets)
    assert read is None or read.address in (FAR, FAR6)


@given(st.integers(0, 255), st.binary(min_size=8, max_size=80))
def test_no_protocol_breaks_it(protocol: int, body: bytes) -> None:
    assert flow_of(ipv4(protocol, body)) is not None
    flow_of(ipv6(protocol, body))
