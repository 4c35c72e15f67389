"""DNS messages on the wire: a copy of each, while they pass. Nothing is held up.

An answer counts where its question was seen before, to the server from whom it comes, and that
server is one which the system asks: anybody may ask a server of his own, and get any answer from
it.

Where the kernel notes what was asked (`senders.py`), raw sockets show us the answers over UDP. TCP
is looked at only while an answer has been cut short, and is asked for again that way: a packet
socket sees both ways, but each packet of everybody is copied for it (a connect() costs 1.05 times
as much, measured). It is all there is where nothing is noted.
"""

import asyncio
import ctypes
import logging
import socket
import struct
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from ipaddress import ip_address
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


IS_ANSWER, IS_CUT_SHORT = 0x80, 0x02
"""In the third octet of a message (RFC 1035, 4.1.1)."""
PACKET_INFO = socket.IPPROTO_IPV6, socket.IPV6_PKTINFO
"""What an address of our own comes with (ipv6(7))."""
TCP_SECONDS = 30.0
"""For how long TCP is looked at after an answer that was cut short."""


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


def _filter_of_answers(version: int) -> bytes:
    """Write one for a raw socket of UDP: from port 53.

    The packet begins with the header of IPv4, or with what follows that of IPv6 (raw(7), ipv6(7)).
    """
    ldx_msh, ld_ind, ld_h, jeq, ret = 0xB1, 0x48, 0x28, 0x15, 0x06
    port = [(ldx_msh, 0, 0, 0), (ld_ind, 0, 0, 0)] if version == 4 else [(ld_h, 0, 0, 0)]
    code = [*port, (jeq, 0, 1, DNS), (ret, 0, 0, LARGEST), (ret, 0, 0, 0)]
    return b"".join(struct.pack("=HBBI", *each) for each in code)


class _Asked(NamedTuple):
    """A question on its way: who asks whom, and what."""

    flow: Flow
    query: dnsmessages.Query


class DnsWire:
    """Sees DNS answers. *configured* says which servers the system asks.

    *was_asked* says, once, whether a question with a number was sent as a flow, where the kernel
    notes that.
    """

    def __init__(
        self,
        configured: Callable[[], Container[Address]],
        was_asked: Callable[[Flow, int], bool] | None = None,
    ) -> None:
        self._configured = configured
        self._was_asked = was_asked
        self._socket: socket.socket | None = None
        self._answers: dict[int, socket.socket] = {}
        self._end_of_tcp: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: OrderedDict[_Asked, float] = OrderedDict()
        self._streams = Streams()
        self._learned: Callable[[Answer], None] = lambda _: None

    def open(self) -> None:
        """Begin to see. Raises NoWire."""
        try:
            if self._was_asked is None:
                self._socket = _everything()
            else:
                self._answers = {4: _answers(4)}
                with suppress(OSError):  # there may be no IPv6
                    self._answers[6] = _answers(6)
        except OSError as error:
            raise NoWire(
                f"DNS answers cannot be seen ({error.strerror}): host names are known only from "
                "what programs ask themselves; it takes CONFIG_PACKET and CAP_NET_RAW"
            ) from None

    def listen(self, loop: asyncio.AbstractEventLoop, learned: Callable[[Answer], None]) -> None:
        """Call *learned* on the loop with each answer that counts."""
        self._loop, self._learned = loop, learned
        if self._socket:
            loop.add_reader(self._socket.fileno(), self._readable)
        for version, each in self._answers.items():
            loop.add_reader(each.fileno(), self._answers_readable, version)

    def close(self) -> None:
        """See nothing any more."""
        if self._end_of_tcp:
            self._end_of_tcp.cancel()
        self._look_away()
        for each in self._answers.values():
            self._end(each)
        self._answers = {}

    def _look_away(self) -> None:
        if self._socket:
            self._end(self._socket)
            self._socket = None

    def _end(self, ended: socket.socket) -> None:
        if self._loop:
            self._loop.remove_reader(ended.fileno())
        ended.close()

    # -- answers over UDP, to what the kernel has noted ----------------------------------------

    def _answers_readable(self, version: int) -> None:
        for _ in range(BURST):
            if (heard := self._answers.get(version)) is None:
                return
            try:
                octets, about, _, sender = heard.recvmsg(LARGEST, 256)
            except BlockingIOError:
                return
            except OSError as error:
                log.debug("DNS: %s", error)
                return
            self.answered(octets if version == 4 else _with_header(octets, about, sender[0]))

    def answered(self, octets: bytes) -> None:
        """Look at one packet that has come from a name server, with the header of IP."""
        read = packets.read(octets)
        if read is None or read[0].protocol != UDP or not self._is_to_server(_reversed(read[0])):
            return
        flow, message = _reversed(read[0]), _without_padding(read[1], octets)[8:]
        if len(message) < dnsmessages.HEAD.size or not message[2] & IS_ANSWER:
            return
        number = int.from_bytes(message[:2], "big")
        if self._was_asked is None or not self._was_asked(flow, number):
            return
        if message[2] & IS_CUT_SHORT:
            self._look_at_tcp()
        found = dnsmessages.read(message)
        if found and found[1] and found[1].addresses:
            self._learned(found[1])

    def _look_at_tcp(self) -> None:
        """See for a while what is asked again over TCP."""
        if self._loop is None:
            return
        if self._end_of_tcp:
            self._end_of_tcp.cancel()
        if self._socket is None:
            try:
                self._socket = _everything()
            except OSError as error:
                log.warning("DNS over TCP cannot be seen: %s", error.strerror)
                return
            self._loop.add_reader(self._socket.fileno(), self._readable)
        self._end_of_tcp = self._loop.call_later(TCP_SECONDS, self._look_away)

    # -- both ways, as they pass --------------------------------------------------------------

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
        protocols = (UDP, TCP) if self._was_asked is None else (TCP,)
        if read is None or read[0].protocol not in protocols or not self._concerns_us(read[0]):
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


def _everything() -> socket.socket:
    """Make a packet socket that sees DNS, both ways."""
    kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
    return _with_filter(socket.socket(socket.AF_PACKET, kind, socket.htons(ETH_P_ALL)), _filter())


def _answers(version: int) -> socket.socket:
    """Make a raw socket that gets a copy of what name servers answer over UDP."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK
    made = socket.socket(family, kind, socket.IPPROTO_UDP)
    if version == 6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    return _with_filter(made, _filter_of_answers(version))


def _with_filter(made: socket.socket, code: bytes) -> socket.socket:
    octets = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(octets))
    try:
        made.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
        made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    except OSError:
        made.close()
        raise
    return made


def _with_header(octets: bytes, about: Iterable[tuple[int, int, bytes]], sender: str) -> bytes:
    """Put the header of IPv6 before what a raw socket gives without (RFC 8200, 3)."""
    own = next((data[:16] for *kind, data in about if kind == [*PACKET_INFO]), b"")
    ends = ip_address(sender.partition("%")[0]).packed + own.ljust(16, b"\0")
    return struct.pack(">IHBB", 6 << 28, len(octets), UDP.number, 64) + ends + octets


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
