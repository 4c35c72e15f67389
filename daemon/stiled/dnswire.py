"""DNS messages on the wire: a copy of each, while they pass. Nothing is held up.

A packet socket of the network namespace with a filter, so that nothing else wakes us. An answer
counts where its question was seen before, to the server from whom it comes, and that server is
one which the system asks: anybody may ask a server of his own, and get any answer from it.
"""

import asyncio
import ctypes
import logging
import socket
import struct
from collections import OrderedDict
from collections.abc import Callable, Container
from typing import NamedTuple

from stile.connections import TCP, UDP, Address, Flow
from stiled import dnsmessages, packets
from stiled.dnsstreams import Streams
from stiled.hostnames import Answer

log = logging.getLogger(__name__)

DNS = 53
ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 3, 0x0800, 0x86DD
SO_ATTACH_FILTER, SO_RCVBUFFORCE = 26, 33
BUFFER = 1 << 20
"""Octets that wait for us: a long answer over TCP comes in many segments at once."""
PACKET_OUTGOING, PACKET_HOST = 4, 0
"""linux/if_packet.h"""
BURST = 64
"""Packets taken before the loop's other work gets its turn."""
PATIENCE = 10.0
"""Seconds after which an answer does not count any more."""
MOST_QUERIES = 2048
LARGEST = 1 << 16


class NoWire(Exception):
    """DNS cannot be seen; the text names the reason and the mend."""


def _filter() -> bytes:
    """Write a classic BPF program: UDP or TCP, one of the ports 53, no later fragment.

    The opcodes are those of linux/bpf_common.h; the packet begins with the IP header.
    """
    ld_b, ld_h, ldx_msh, ld_ind = 0x30, 0x28, 0xB1, 0x48
    jeq, jset, ret, ld_proto = 0x15, 0x45, 0x06, 0x28
    protocol = 0xFFFFF000  # SKF_AD_OFF + SKF_AD_PROTOCOL (linux/filter.h)
    accept, reject = 22, 23
    code = [
        (ld_proto, 0, 0, protocol),
        (jeq, 0, 11, ETH_P_IP),  # to the part for IPv6
        (ld_b, 0, 0, 9),
        (jeq, 1, 0, 17),
        (jeq, 0, reject - 5, 6),
        (ld_h, 0, 0, 6),
        (jset, reject - 7, 0, 0x1FFF),
        (ldx_msh, 0, 0, 0),  # the length of the header
        (ld_ind, 0, 0, 0),
        (jeq, accept - 10, 0, DNS),
        (ld_ind, 0, 0, 2),
        (jeq, accept - 12, 0, DNS),
        (0x05, 0, 0, reject - 13),  # jump
        (jeq, 0, reject - 14, ETH_P_IPV6),
        (ld_b, 0, 0, 6),
        (jeq, 1, 0, 17),
        (jeq, 0, reject - 17, 6),
        (ld_h, 0, 0, 40),
        (jeq, accept - 19, 0, DNS),
        (ld_h, 0, 0, 42),
        (jeq, accept - 21, reject - 21, DNS),
        (ret, 0, 0, 0),
        (ret, 0, 0, LARGEST),
        (ret, 0, 0, 0),
    ]
    return b"".join(struct.pack("=HBBI", *each) for each in code)


class _Asked(NamedTuple):
    """A question on its way: who asks whom, and what."""

    flow: Flow
    query: dnsmessages.Query


class DnsWire:
    """Sees DNS answers. `configured` says which servers the system asks."""

    def __init__(self, configured: Callable[[], Container[Address]]) -> None:
        self._configured = configured
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: OrderedDict[_Asked, float] = OrderedDict()
        self._streams = Streams()
        self._learned: Callable[[Answer], None] = lambda _: None

    def open(self) -> None:
        """Begin to see. Raises NoWire."""
        try:
            everything = socket.htons(ETH_P_ALL)
            made = socket.socket(
                socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, everything
            )
            code = _filter()
            octets = ctypes.create_string_buffer(code, len(code))
            program = struct.pack("@HP", len(code) // 8, ctypes.addressof(octets))
            made.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
            made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        except OSError as error:
            raise NoWire(
                f"DNS answers cannot be seen ({error.strerror}): host names are known only from "
                "what programs ask themselves; it takes CONFIG_PACKET and CAP_NET_RAW"
            ) from None
        self._socket = made

    def listen(self, loop: asyncio.AbstractEventLoop, learned: Callable[[Answer], None]) -> None:
        """Call *learned* on the loop with each answer that counts."""
        self._loop, self._learned = loop, learned
        if self._socket:
            loop.add_reader(self._socket.fileno(), self._readable)

    def close(self) -> None:
        """See nothing any more."""
        if self._socket:
            if self._loop:
                self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _readable(self) -> None:
        for _ in range(BURST):
            if self._socket is None:
                return
            try:
                octets, where = self._socket.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError as error:  # an interface went down, for example
                log.debug("DNS: %s", error)
                return
            self.take(octets, outgoing=where[2] == PACKET_OUTGOING)

    def take(self, octets: bytes, *, outgoing: bool) -> None:
        """Look at one packet, which has left this machine or has come."""
        read = packets.read(octets)
        if read is None or read[0].protocol not in (UDP, TCP) or not self._concerns_us(read[0]):
            return
        flow, body = read
        for message in self._messages(flow, _without_padding(body, octets)):
            self._message(flow, message, outgoing=outgoing)

    def _message(self, flow: Flow, octets: bytes, *, outgoing: bool) -> None:
        read = dnsmessages.read(octets)
        if read is None or self._loop is None:
            self._streams.forget(flow)
            return
        now, (query, answer) = self._loop.time(), read
        if answer is None:
            if outgoing and self._is_to_server(flow):
                self._asked[_Asked(flow, query)] = now
                if len(self._asked) > MOST_QUERIES:
                    self._asked.popitem(last=False)
            return
        asked = _Asked(_reversed(flow), query)
        if not self._is_local(flow) and outgoing:
            return
        since = self._asked.pop(asked, None)
        if since is not None and now - since <= PATIENCE and answer.addresses:
            self._learned(answer)

    def _concerns_us(self, flow: Flow) -> bool:
        return self._is_to_server(flow) or self._is_to_server(_reversed(flow))

    def _is_to_server(self, flow: Flow) -> bool:
        """Whether it goes to a server that the system asks."""
        return flow.port == DNS and flow.address in self._configured()

    @staticmethod
    def _is_local(flow: Flow) -> bool:
        """Whether both ends are on this machine: such packets are seen on their way out alone."""
        return flow.source.is_loopback or flow.source == flow.address

    def _messages(self, flow: Flow, body: bytes) -> list[bytes]:
        """Take the DNS messages out of what a packet carries."""
        return [body[8:]] if flow.protocol == UDP else self._streams.take(flow, body)


def looked_up(flow: Flow, body: bytes) -> str:
    """Give the name that a packet asks a name server about; empty where it does nothing of it."""
    if flow.protocol != UDP or flow.port != DNS:
        return ""
    read = dnsmessages.read(body[8:])
    return read[0].name if read and read[1] is None else ""


def _reversed(flow: Flow) -> Flow:
    return Flow(flow.protocol, flow.address, flow.port, flow.source, flow.source_port)


def _without_padding(body: bytes, octets: bytes) -> bytes:
    """Take off what a frame of an Ethernet has after a short packet, by the length of RFC 791."""
    if octets[0] >> 4 == 6:
        return body
    (length,) = struct.unpack_from(">H", octets, 2)
    return body[: max(0, length - (len(octets) - len(body)))]
