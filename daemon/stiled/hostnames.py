"""Which names addresses have: what DNS answers have said, for as long as they hold.

A name is the one that was asked for, or one that a CNAME led through on the way to an address
(RFC 1034, 3.6.2): a rule about either means that address.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stile.connections import Address

MOST = 50_000
"""Pairs of a name and an address that are remembered; those that end first are forgotten first."""
SHORTEST, LONGEST = 1.0, 86400.0
"""Seconds: an answer that holds for no time (RFC 1035, 3.2.1) counts for the connection that
follows, and none counts for longer than a day."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a name server has said about a name."""

    name: str
    """As it was asked for: lower case, as on the wire (IDNA), without the final dot."""
    addresses: Mapping[Address, float]
    """Each address with the seconds for which all that led to it holds."""
    aliases: tuple[str, ...] = ()
    """The names that CNAMEs led through."""


@dataclass(slots=True)
class Hostnames:
    """What is known at present. Time comes in as a value, in seconds of any clock.

    One thread may learn while others read: what is read is copied first.
    """

    _ends: dict[Address, dict[str, float]] = field(default_factory=dict)
    _aliases: set[tuple[Address, str]] = field(default_factory=set)
    _pairs: int = 0

    def learn(self, answer: Answer, now: float) -> frozenset[Address]:
        """Remember an answer. Gives the addresses of which something is new."""
        news: set[Address] = set()
        for address, seconds in answer.addresses.items():
            end = now + min(max(seconds, SHORTEST), LONGEST)
            for name in (*answer.aliases, answer.name):
                if self._extend(address, name, end, now):
                    news.add(address)
                pair = (address, name)
                if name == answer.name:
                    self._aliases.discard(pair)
                else:
                    self._aliases.add(pair)
        if self._pairs > MOST:
            self._forget(now)
        return frozenset(news)

    def names(self, address: Address, now: float) -> Mapping[str, float]:
        """Give the names that an address has, with their ends; what was asked for last is last."""
        return {name: end for name, end in tuple(self._ends.get(address, {}).items()) if end > now}

    def said(self, address: Address, now: float) -> tuple[str, ...]:
        """Give the names that an address has: first those that were asked for, the last first."""
        names = [*self.names(address, now)][::-1]
        return tuple(sorted(names, key=lambda name: (address, name) in self._aliases))

    def addresses(self, covers: Callable[[str], bool], now: float) -> Mapping[Address, float]:
        """Give the addresses that have a name which *covers* is true of, with their ends."""
        found: dict[Address, float] = {}
        for address, names in tuple(self._ends.items()):
            ends = [end for name, end in tuple(names.items()) if end > now and covers(name)]
            if ends:
                found[address] = max(ends)
        return found

    def _extend(self, address: Address, name: str, end: float, now: float) -> bool:
        names = self._ends.setdefault(address, {})
        former = names.pop(name, None)  # to stand at the end: it was asked for last
        self._pairs += former is None
        names[name] = max(end, former or 0.0)
        return former is None or former <= now or end > former

    def _forget(self, now: float) -> None:
        """Forget what is over, and of the rest what ends first."""
        pairs = [
            (end, address, name)
            for address, names in self._ends.items()
            for name, end in names.items()
            if end > now
        ]
        pairs.sort(key=lambda pair: pair[0])
        kept = pairs[-MOST * 3 // 4 :]
        self._ends = {}
        for end, address, name in kept:
            self._ends.setdefault(address, {})[name] = end
        self._aliases &= {(address, name) for _, address, name in kept}
        self._pairs = len(kept)
