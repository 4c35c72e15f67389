"""What a rule covers: where to, which ports, which way, whose. And which of two covers less.

A scope has a text of its own, the same in rule files, on the bus and on command lines:

    to          any, local, 192.0.2.1, 192.0.2.0/24, 192.0.2.1-192.0.2.9, example.org,
                *.example.org (the domain and all below it), ads*.example.org, list:NAME
    port        443, 8000-8100, "80,443", or a group of them: web, mail, dns, ssh, print, time
    protocol    tcp, udp, icmp, ip-47 ...
    direction   out (it begins the conversation), in (it is reached), or both
    user        a user id
    network     the name or the UUID of a connection of NetworkManager, or type:wifi, type:wired,
                type:vpn: it holds only while that is active, and says nothing about where to;
                not:A,B: it holds while none of these is
"""

import fnmatch
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from ipaddress import (
    IPv4Network,
    IPv6Network,
    ip_address,
    ip_network,
    summarize_address_range,
)
from typing import TypeAlias

from stile.connections import TCP, Address, Direction, Flow, Protocol, Uid

Network: TypeAlias = IPv4Network | IPv6Network

LOCAL: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("224.0.0.0/4", "255.255.255.255/32", "fe80::/10", "fc00::/7", "ff00::/8"),
    )
)
"""The local network: private (RFC 1918, RFC 4193), link-local (RFC 3927, RFC 4291), multicast and
broadcast addresses. Not what happens to be behind an interface: a rule must not change its meaning
with the cable."""

GROUPS: Mapping[str, str] = {
    "web": "80,443,8080,8443",
    "mail": "25,110,143,465,587,993,995",
    "dns": "53,853",
    "ssh": "22",
    "print": "515,631,9100",
    "time": "123,4460",
}
"""Port groups, by the names that people say; numbers from the IANA registry of service names."""

LABEL = re.compile(r"[a-z0-9_*]([a-z0-9_*-]{0,61}[a-z0-9_*])?")
"""A part of a host name: the letters of RFC 1123, 2.1, underscores, and asterisks."""
LONGEST_NAME = 253
"""Letters of a host name (RFC 1035, 3.1: 255 octets on the wire)."""


# -- destinations ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Anywhere:
    """Every address."""

    def __str__(self) -> str:
        return "any"

    def covers(self, _address: Address) -> bool:
        """Whether an address is among those meant."""
        return True


@dataclass(frozen=True, slots=True)
class LocalNetwork:
    """The addresses of `LOCAL`."""

    def __str__(self) -> str:
        return "local"

    def covers(self, address: Address) -> bool:
        """Whether an address is among those meant."""
        return any(address in network for network in LOCAL)


@dataclass(frozen=True, slots=True)
class Span:
    """An address, a network or a range of addresses: all from *first* to *last*."""

    first: Address
    last: Address

    def __post_init__(self) -> None:
        if self.first.version != self.last.version:
            raise ValueError(f"{self.first} and {self.last} are of different families")
        if int(self.first) > int(self.last):
            raise ValueError(f"{self.first} is not below {self.last}")

    def __str__(self) -> str:
        if self.first == self.last:
            return str(self.first)
        bits = (self.size - 1).bit_length()
        if self.size == 1 << bits and not int(self.first) & (self.size - 1):  # it is one network
            return f"{self.first}/{ADDRESS_SPACE[self.first.version] - bits}"
        return f"{self.first}-{self.last}"

    @property
    def networks(self) -> Iterator[Network]:
        """The networks that it is made of."""
        return summarize_address_range(self.first, self.last)

    @property
    def size(self) -> int:
        """How many addresses it has."""
        return int(self.last) - int(self.first) + 1

    def covers(self, address: Address) -> bool:
        """Whether an address is among those meant."""
        return address.version == self.first.version and (
            int(self.first) <= int(address) <= int(self.last)
        )


@dataclass(frozen=True, slots=True)
class Name:
    """A host name, a domain with all below it (`*.example.org`), or a pattern."""

    pattern: str

    def __str__(self) -> str:
        return self.pattern

    @property
    def is_host(self) -> bool:
        """Whether it is a single name."""
        return "*" not in self.pattern

    def covers_name(self, name: str) -> bool:
        """Whether a host name is among those meant."""
        if self.pattern.startswith("*.") and name == self.pattern[2:]:
            return True
        return fnmatch.fnmatchcase(name, self.pattern)


@dataclass(frozen=True, slots=True)
class Listed:
    """Whatever stands in a block list."""

    name: str

    def __str__(self) -> str:
        return f"list:{self.name}"


Destination: TypeAlias = Anywhere | LocalNetwork | Span | Name | Listed
ANYWHERE = Anywhere()
ADDRESS_SPACE = {4: 32, 6: 128}


def destination(text: str) -> Destination:
    """Read where to. Raises ValueError that says what can be said."""
    if text.startswith("list:"):
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", text[5:]):
            raise ValueError(f"'{text[5:]}' is not the name of a block list")
        return Listed(text[5:])
    word = _ascii(text.casefold().rstrip("."))  # first, so that nothing turns into another thing
    match word:
        case "any":
            return ANYWHERE
        case "local":
            return LocalNetwork()
    if ":" in word or "/" in word or re.fullmatch(r"[0-9.]+(-[0-9.]+)?", word):
        return _span(word)
    if not _is_name(word):
        raise ValueError(
            f"'{text}' is not a destination: say any, local, an address, a network, a range, "
            "a host name or *.domain"
        )
    return Name(word)


def host(name: str) -> Name | None:
    """Give the destination that is a single host; None for what no rule can name.

    A program can ask a name server about anything: about "any", "*.org" or "1.0.0.0-9.0.0.0".
    """
    try:
        found = destination(name)
    except ValueError:
        return None
    return found if isinstance(found, Name) and found.is_host else None


def _is_name(word: str) -> bool:
    """Whether it is a host name or a pattern that says anything at all."""
    return (
        len(word) <= LONGEST_NAME
        and bool(word.strip("*."))
        and all(LABEL.fullmatch(label) for label in word.split("."))
    )


def _span(text: str) -> Span:
    first, dash, last = text.partition("-")
    if "%" in text:
        raise ValueError(f"'{text}' is not a destination: rules have no interfaces")
    try:
        if dash:
            return Span(ip_address(first), ip_address(last))
        if "/" not in text:
            address = ip_address(text)
            return Span(address, address)
        network = ip_network(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is not a destination: {error}") from None
    return Span(network.network_address, network.broadcast_address)


def _ascii(name: str) -> str:
    """Write a name as it stands on the wire (IDNA)."""
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


# -- ports -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ports:
    """Ranges of ports, in order and apart from each other; none stands for all."""

    ranges: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        text = ",".join(str(low) if low == high else f"{low}-{high}" for low, high in self.ranges)
        return next((name for name, group in GROUPS.items() if group == text), text or "any")

    def __contains__(self, port: int) -> bool:
        return not self.ranges or any(low <= port <= high for low, high in self.ranges)

    @property
    def size(self) -> int:
        """How many they are."""
        return sum(high - low + 1 for low, high in self.ranges) if self.ranges else 0x10000

    @classmethod
    def parse(cls, text: str) -> "Ports":
        """Read ports, ranges and groups. Raises ValueError."""
        if text == "any":
            return cls()
        words = GROUPS.get(text, text).split(",")
        ranges: list[tuple[int, int]] = []
        for low, high in sorted(_range(word.strip()) for word in words):
            if ranges and low <= ranges[-1][1] + 1:
                ranges[-1] = (ranges[-1][0], max(high, ranges[-1][1]))
            else:
                ranges.append((low, high))
        return cls(tuple(ranges))


ALL_PORTS = Ports()


def _range(word: str) -> tuple[int, int]:
    if word in GROUPS:
        raise ValueError(f"the port group '{word}' stands alone: write its numbers, {GROUPS[word]}")
    first, dash, last = word.partition("-")
    numbers = [first, last] if dash else [first]
    if not all(number.isascii() and number.isdecimal() and len(number) < 6 for number in numbers):
        groups = ", ".join(GROUPS)
        raise ValueError(f"'{word}' is not a port (443), a range (8000-8100) or a group ({groups})")
    low, high = int(numbers[0]), int(numbers[-1])
    if not 0 < low <= high <= 0xFFFF:
        raise ValueError(f"'{word}' is not within 1-65535, the smaller number first")
    return low, high


# -- scopes ------------------------------------------------------------------------------


MOST_READ = 4096
"""Different scopes, and ports, of which it is remembered how they read: many rules have the same,
and then share them."""
KEYS = ("to", "port", "protocol", "direction", "user", "network")
"""What can be said of a scope (`Scope.words`)."""


LONGEST_NETWORK = 128
"""Letters of the name of a network; of an SSID there are at most 32 octets."""
TYPES = {
    "type:wifi": ("802-11-wireless",),
    "type:wired": ("802-3-ethernet",),
    "type:vpn": ("vpn", "wireguard"),
}
"""Networks of a kind, and what NetworkManager calls their connections."""


NOT = "not:"
"""Begins the words for all networks but some."""


class Way(StrEnum):
    """Who begins the conversations that a rule is about."""

    BOTH = "both"
    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The beginning of a conversation, as rules look at it.

    Packets without a beginning that can be told (UDP, for example) have no direction: such a packet
    may be what a server answers as well as what a client sends. `names` are the host names
    that the address is known by.
    """

    protocol: Protocol
    address: Address
    """Of the other side; `port` as well."""
    port: int
    own_port: int
    uid: Uid
    direction: Direction | None = Direction.OUT
    names: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    """The block lists that cover the address, or one of its names."""
    lookup: bool = False
    """Whether a name server is asked about one of `names`."""

    @classmethod
    def of(
        cls,
        flow: Flow,
        uid: Uid,
        names: frozenset[str] = frozenset(),
        lists: frozenset[str] = frozenset(),
        *,
        lookup: bool = False,
    ) -> "Attempt":
        """Look at a flow as rules do."""
        direction = Direction.IN if flow.inbound else Direction.OUT
        return cls(
            protocol=flow.protocol,
            address=flow.address,
            port=flow.port,
            own_port=flow.source_port,
            uid=uid,
            direction=direction if flow.protocol == TCP else None,
            names=names,
            lists=lists,
            lookup=lookup,
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """What a rule covers of all that an application does."""

    destination: Destination = ANYWHERE
    ports: Ports = ALL_PORTS
    protocol: Protocol | None = None
    way: Way = Way.BOTH
    uid: Uid | None = None
    network: str = ""
    """Where it holds; empty: everywhere. `Policy` knows of what holds now, and not of networks."""

    def __post_init__(self) -> None:
        if self.ports.ranges and self.protocol and not self.protocol.has_ports:
            raise ValueError(f"{self.protocol} has no ports")
        if self.way is Way.BOTH and self._is_limited:
            # "both" is for whole applications: ports mean another side's, or one's own
            object.__setattr__(self, "way", Way.OUT)

    @property
    def is_narrow(self) -> bool:
        """Whether it is about less than all that an application does."""
        return self._is_limited or self.way is not Way.BOTH

    @property
    def _is_limited(self) -> bool:
        return bool(self.destination != ANYWHERE or self.ports.ranges or self.protocol)

    @property
    def everywhere(self) -> "Scope":
        """The same, whatever the network."""
        return replace(self, network="") if self.network else self

    @property
    def is_whole(self) -> bool:
        """Whether it covers all that an application does."""
        return self == WHOLE

    @property
    def by_name(self) -> bool:
        """Whether host names decide what it covers."""
        return isinstance(self.destination, Name)

    def covers(self, attempt: Attempt, name: str | None = None) -> bool:
        """Whether an attempt is among what is meant, taken for one to the host *name*.

        Who may reach a host may look it up as well, whatever port or protocol it is about.
        """
        if self.uid is not None and attempt.uid != self.uid:
            return False
        if attempt.lookup and isinstance(self.destination, Name) and self.way is not Way.IN:
            return name is not None and self.destination.covers_name(name)
        if self.protocol is not None and attempt.protocol != self.protocol:
            return False
        if self.ports.ranges and not attempt.protocol.has_ports:
            return False
        if not self._covers_port(attempt):
            return False
        if isinstance(self.destination, Name):
            return name is not None and self.destination.covers_name(name)
        if isinstance(self.destination, Listed):
            return self.destination.name in attempt.lists
        return self.destination.covers(attempt.address)

    def _covers_port(self, attempt: Attempt) -> bool:
        """Whether direction and port fit: of who is reached, the own port counts.

        Where a packet has no direction, its own port tells what a server sends.
        """
        match self.way:
            case Way.BOTH:
                return True
            case Way.OUT:
                return attempt.direction is not Direction.IN and attempt.port in self.ports
            case Way.IN:
                if attempt.direction is None and not self.ports.ranges:
                    return False
                return attempt.direction is not Direction.OUT and attempt.own_port in self.ports

    @property
    def rank(self) -> tuple[int, ...]:
        """How specific it is: the greater, the more. First the destination, then the rest."""
        return (
            *_rank(self.destination),
            0x10000 - self.ports.size,
            int(self.protocol is not None),
            int(self.uid is not None),
            int(self.way is not Way.BOTH),
        )

    @property
    def words(self) -> dict[str, str]:
        """What is said of it in rule files and on the bus: only what is not left open."""
        said = {
            "to": str(self.destination),
            "port": str(self.ports),
            "protocol": str(self.protocol or "any"),
            "direction": str(self.way),
            "user": "any" if self.uid is None else str(self.uid),
            "network": self.network or "any",
        }
        usual = {"direction": "out" if self._is_limited else "both"}
        return {key: word for key, word in said.items() if word != usual.get(key, "any")}

    @classmethod
    def parse(cls, words: Mapping[str, str]) -> "Scope":
        """Read what `words` gives. Raises ValueError."""
        return _read(
            words.get("to", "any"),
            words.get("port", "any"),
            words.get("protocol", "any"),
            words.get("direction", "both"),
            words.get("user", "any"),
            words.get("network", "any"),
        )

    def __str__(self) -> str:
        return " ".join(f"{key} {word}" for key, word in self.words.items()) or "anything"


WHOLE = Scope()


@lru_cache(MOST_READ)
def _read(to: str, port: str, protocol: str, direction: str, user: str, network: str) -> Scope:
    """Read a scope, each one of many that say the same once. Raises ValueError."""
    if user != "any" and not (user.isascii() and user.isdecimal() and int(user) < 1 << 32):
        raise ValueError(f"'{user}' is not a user id: say a number")
    try:
        way = Way(direction)
    except ValueError:
        raise ValueError(f"'{direction}' is not a direction: out, in, both") from None
    return Scope(
        destination=destination(to),
        ports=_ports(port),
        protocol=None if protocol == "any" else Protocol.parse(protocol),
        way=way,
        uid=None if user == "any" else Uid(int(user)),
        network="" if network == "any" else _network(network),
    )


@lru_cache(MOST_READ)
def _ports(text: str) -> Ports:
    return Ports.parse(text)


def _network(text: str) -> str:
    if not text or len(text) > LONGEST_NETWORK or not text.isprintable():
        raise ValueError(f"'{text[:LONGEST_NETWORK]}' is not the name of a network")
    for name in _named(text):
        if not name or name.startswith(NOT):
            raise ValueError(f"'{text}' is not the name of a network")
        if name.startswith("type:") and name not in TYPES:
            raise ValueError(f"'{name}' is not a kind of network: {', '.join(TYPES)}")
    return text


def _named(network: str) -> list[str]:
    """Give the networks that are named."""
    if not network.startswith(NOT):
        return [network]
    return [name.strip() for name in network.removeprefix(NOT).split(",")]


def is_there(network: str, active: Collection[str]) -> bool:
    """Whether what is said of a network is so where these are active."""
    is_one = any(name in active for name in _named(network))
    return is_one is not network.startswith(NOT)


def _rank(where: Destination) -> tuple[int, int]:
    """Say how narrow a destination is.

    A single address and a host name are as narrow as each other, so that a deny by either is not
    undone by an allow by the other.
    """
    match where:
        case Anywhere():
            return 0, 0
        case LocalNetwork():
            return 1, 0
        case Span():
            if where.size == 1:
                return 5, 0
            return 2, ADDRESS_SPACE[where.first.version] - (where.size - 1).bit_length()
        case Listed():
            return 3, 0
        case Name():
            literal = sum(letter != "*" for letter in where.pattern)
            return (5, 0) if where.is_host else (4, literal)
