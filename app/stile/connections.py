"""What was sent, from where to where, and by which process."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import NewType, TypeAlias

from stile.applications import Application

Address = IPv4Address | IPv6Address
Pid = NewType("Pid", int)
Uid = NewType("Uid", int)

NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", 132: "sctp", 136: "udplite"}
"""Words for protocols, as in /etc/protocols; numbers from the IANA registry "Protocol Numbers"."""


@dataclass(frozen=True, slots=True, order=True)
class Protocol:
    """What stands in the protocol field of an IP header; `str()` gives `tcp`, or `ip-47`."""

    number: int

    def __post_init__(self) -> None:
        if not 0 <= self.number <= 0xFF:
            raise ValueError(f"no IP protocol has the number {self.number}")

    def __str__(self) -> str:
        return NAMES.get(self.number, f"ip-{self.number}")

    @property
    def has_ports(self) -> bool:
        """Whether the header begins with two ports."""
        return self in WITH_PORTS

    @classmethod
    def parse(cls, text: str) -> "Protocol":
        """Read what `str()` wrote. Raises ValueError."""
        for number, name in NAMES.items():
            if name == text:
                return cls(number)
        prefix, _, number_text = text.partition("-")
        if prefix != "ip" or not number_text.isdecimal():
            raise ValueError(f"'{text}' is not a protocol")
        return cls(int(number_text))


ICMP, TCP, UDP = Protocol(1), Protocol(6), Protocol(17)
ICMPV6, SCTP, UDPLITE = Protocol(58), Protocol(132), Protocol(136)
WITH_PORTS = frozenset({TCP, UDP, SCTP, UDPLITE})


class Direction(StrEnum):
    """Who begins a conversation."""

    OUT = "out"
    IN = "in"
    """The other side."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The five things that all packets of one conversation share, as we send them.

    A port is 0 where the protocol has none; of an ICMP echo the source port is the identifier,
    as the kernel's ping sockets have it (RFC 792).
    """

    protocol: Protocol
    source: Address
    source_port: int
    address: Address
    port: int
    inbound: bool = False
    """Whether it is known that the other side has begun: this is the answer to a TCP SYN."""

    def __post_init__(self) -> None:
        if not (0 <= self.source_port <= 0xFFFF and 0 <= self.port <= 0xFFFF):
            raise ValueError(f"port out of range: {self.source_port} or {self.port}")
        if self.source.version != self.address.version:
            raise ValueError(f"{self.source} and {self.address} are of different families")


@dataclass(frozen=True, slots=True)
class Process:
    """A process as it was when its packet was seen; pid 0 stands for "nobody could tell"."""

    pid: Pid
    uid: Uid
    application: Application
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    """One process reaching for one place."""

    process: Process
    flow: Flow
    inferred: bool = False
    """Whether the process was concluded, not seen; what is inferred never grants anything."""
    name: str = ""
    """The host name that the address was looked up by, as far as that is known."""
    lookup: bool = False
    """Whether a name server is asked about `name`, and nobody of that name is reached yet."""

    @property
    def application(self) -> Application:
        """Who it is, in the words of the rules."""
        return self.process.application


Place: TypeAlias = tuple[str, Protocol, int, bool, bool]


def place_of(connection: Connection) -> Place:
    """Say what a question shows of where a connection goes: not from which port, for example.

    The addresses that a name has are one place.
    """
    flow = connection.flow
    port = flow.source_port if flow.inbound else flow.port
    where = connection.name or str(flow.address)
    return where, flow.protocol, port, flow.inbound, connection.lookup
