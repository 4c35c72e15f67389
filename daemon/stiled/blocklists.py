"""Block lists: what they say, in the formats that people publish them in, and what they cover.

Told apart line by line:

    0.0.0.0 ads.example.org         hosts(5): that name alone; not localhost and its like
    ads.example.org                 the name and all below it, as *.ads.example.org says too
    ||ads.example.org^              the same, of Adblock Plus; with options only where the whole
                                    domain is meant, exceptions and parts of pages never
    address=/ads.example.org/       the same, of dnsmasq
    192.0.2.0/24, 2001:db8::1       a network, an address
    # ! ;                           remarks
"""

import hashlib
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network

from stile.connections import Address
from stile.scopes import Network

NAME = re.compile(r"(?=.{3,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")
NOT_MEANT = frozenset(
    {
        *("localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"),  # noqa: S104
        *("ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix"),
        *("ip6-allnodes", "ip6-allrouters", "ip6-allhosts"),
    }
)
"""What stands in every hosts file for the machine's own sake."""
WHOLE_DOMAIN = frozenset({"important", "all", "document", "doc", "popup", "third-party", "3p"})
"""Options of Adblock Plus with which an entry is about a domain still, not some of its pages."""
WIDEST = {4: 8, 6: 16}
"""Lengths of prefixes: a network that is wider is taken for a mistake, it would cut off much."""
EXAMPLES = 5
LONGEST_REASON = 200
"""Characters: the reason names what stands in the line, and that may be all of the file."""


@dataclass(slots=True)
class Parsed:
    """What the lines of a list said."""

    hosts: list[str] = field(default_factory=list)
    """Names that stand for themselves alone."""
    domains: list[str] = field(default_factory=list)
    """Names that stand for all below them as well."""
    networks: list[Network] = field(default_factory=list)
    skipped: int = 0
    reasons: list[str] = field(default_factory=list)
    """Of the first lines that were skipped."""

    def __len__(self) -> int:
        return len(self.hosts) + len(self.domains) + len(self.networks)


def parse(lines: Iterable[str]) -> Parsed:
    """Read a list. Lines that say nothing that we can do are skipped and counted."""
    parsed = Parsed()
    for number, line in enumerate(lines, 1):
        text = line.lstrip("\ufeff").strip()
        if not text or text[0] in "#!;[":
            continue
        try:
            _read(text, parsed)
        except ValueError as error:
            parsed.skipped += 1
            if len(parsed.reasons) < EXAMPLES:
                parsed.reasons.append(f"line {number}: {str(error)[:LONGEST_REASON]}")
    return parsed


def _read(text: str, parsed: Parsed) -> None:
    if text.startswith("||"):
        parsed.domains.append(_adblock(text[2:]))
        return
    if text.startswith(("@@", "|", "/")) or "##" in text or "#@#" in text:
        raise ValueError("it is about parts of pages, or an exception")
    text = text.split("#", 1)[0].strip()
    if text.startswith(("address=/", "server=/", "local=/")):
        parsed.domains += [_name(name) for name in text.split("/")[1:-1]]
        return
    words = text.lower().split()
    if len(words) > 1:
        _hosts(words, parsed)
    elif words[0][0] in "0123456789" or ":" in words[0]:
        _network_or_name(words[0], parsed)
    else:
        parsed.domains.append(_name(words[0]))


def _hosts(words: Sequence[str], parsed: Parsed) -> None:
    ip_address(words[0].partition("%")[0])
    for word in words[1:]:
        if word not in NOT_MEANT:
            parsed.hosts.append(_name(word))


def _network_or_name(word: str, parsed: Parsed) -> None:
    if NAME.fullmatch(word) and not re.fullmatch(r"[0-9.]+", word):
        parsed.domains.append(word)
        return
    network = ip_network(word, strict=False)
    if network.prefixlen < WIDEST[network.version]:
        raise ValueError(f"{network} is too wide to be meant")
    parsed.networks.append(network)


def _adblock(text: str) -> str:
    pattern, _, options = text.partition("$")
    if options and not {option.strip() for option in options.split(",")} <= WHOLE_DOMAIN:
        raise ValueError("it is about some of the domain only")
    name, caret, rest = pattern.partition("^")
    if not caret or rest.strip("|"):
        raise ValueError("it is about parts of pages")
    return _name(name)


def _name(word: str) -> str:
    name = word.strip().lower().removeprefix("*.").strip(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            raise ValueError(f"'{word}' is not a name") from None
    if not NAME.fullmatch(name):
        raise ValueError(f"'{word}' is neither a name nor a network")
    return name


class Blocklist:
    """A list, made to be asked: 8 octets a name, some microseconds a question.

    Names are kept as keyed hashes of 64 bits: nobody can make one that only seems to be listed.
    """

    def __init__(self, name: str, parsed: Parsed, key: bytes) -> None:
        self.name = name
        self.entries = len(parsed)
        self.skipped = parsed.skipped
        self.reasons = tuple(parsed.reasons)
        self._key = key
        self._hosts = self._hashed(parsed.hosts)
        self._domains = self._hashed(parsed.domains)
        self.networks: dict[int, Sequence[Network]] = {
            4: list(collapse_addresses(n for n in parsed.networks if isinstance(n, IPv4Network))),
            6: list(collapse_addresses(n for n in parsed.networks if isinstance(n, IPv6Network))),
        }
        """Apart from each other and in order, by family."""
        self._starts = {
            version: [int(network.network_address) for network in networks]
            for version, networks in self.networks.items()
        }

    def covers(self, name: str) -> bool:
        """Whether a host name is listed, or a domain above it that is listed with all below."""
        if _has(self._hosts, self._hash(name)):
            return True
        while name:
            if _has(self._domains, self._hash(name)):
                return True
            name = name.partition(".")[2]
        return False

    def covers_address(self, address: Address) -> bool:
        """Whether an address is in a network that is listed."""
        starts = self._starts[address.version]
        at = bisect_left(starts, int(address) + 1) - 1
        return at >= 0 and address in self.networks[address.version][at]

    def _hashed(self, names: Iterable[str]) -> "array[int]":
        return array("Q", sorted({self._hash(name) for name in names}))

    def _hash(self, name: str) -> int:
        digest = hashlib.blake2b(name.encode(), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "little")


def _has(hashes: "array[int]", wanted: int) -> bool:
    at = bisect_left(hashes, wanted)
    return at < len(hashes) and hashes[at] == wanted
