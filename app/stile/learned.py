"""What applications did while learning, and the rules that could be made of it.

Nothing here grants anything: a record becomes a rule when somebody accepts it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from stile.applications import Application
from stile.connections import Address, Connection, Protocol, Uid
from stile.questions import UNKNOWN, About
from stile.rules import Action, Rule
from stile.scopes import LOCAL, LocalNetwork, Name, Ports, Scope, Span, Way, host

DEFAULT_SECONDS = 3600
"""How long learning lasts where nobody says otherwise."""
LONGEST_SECONDS = 7 * 86400
"""It opens the machine to what nobody knows: there is no "until it is switched off"."""
MANY = 3
"""So many hosts of one domain are proposed as the domain, so many addresses of the local network
as that."""
MOST_RULES = 24
"""What has reached more places than that is not proposed place by place."""


class Verdict(StrEnum):
    """What a person says about a record."""

    ALLOW = "allow"
    """All that the application does."""
    REACHED = "reached"
    """Only what it has reached."""
    DENY = "deny"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an application went, or what was reached of it."""

    protocol: Protocol
    port: int
    """Of the other side; the own one where it was reached."""
    address: Address
    name: str = ""
    """The host name, as far as that is known."""
    lookup: bool = False
    """Whether a name server was asked about `name`."""
    inbound: bool = False

    @classmethod
    def of(cls, connection: Connection) -> "Place":
        """Say where a connection goes."""
        flow = connection.flow
        return cls(
            flow.protocol,
            flow.source_port if flow.inbound else flow.port if flow.protocol.has_ports else 0,
            flow.address,
            connection.name,
            connection.lookup,
            flow.inbound,
        )

    @property
    def is_local(self) -> bool:
        """Whether it is on the local network."""
        return any(self.address in network for network in LOCAL)

    @property
    def where(self) -> str:
        """The host name, or the address."""
        return self.name or str(self.address)


@dataclass(frozen=True, slots=True)
class Learned:
    """What one application did, in the order in which it first did so."""

    application: Application
    times: int
    """How many connections were let through."""
    places: tuple[Place, ...]
    more: int = 0
    """How many connections went to other places, of which there is no record: too many."""

    @property
    def can_be_narrow(self) -> bool:
        """Whether rules about what was reached can be made, and would be all of it."""
        return not self.more and 0 < len(reached(self.places)) <= MOST_RULES

    def rules(self, verdict: Verdict, seen: int) -> tuple[Rule, ...]:
        """Make the rules of a verdict about the first *seen* places. Raises ValueError."""
        match verdict:
            case Verdict.ALLOW | Verdict.DENY:
                return (Rule(self.application, Action(verdict.value)),)
            case Verdict.REACHED:
                scopes = reached(self.places[:seen])
                if self.more or not 0 < len(scopes) <= MOST_RULES:
                    raise ValueError(
                        f"{self.application} has reached too many places for a rule each: allow all"
                    )
                return tuple(Rule(self.application, Action.ALLOW, scope=each) for each in scopes)
            case Verdict.FORGET:
                return ()


MOST_LISTED = 32
"""Places, and ports, of a running application that are told."""


@dataclass(frozen=True, slots=True)
class Running:
    """An application that uses the network now, of one user."""

    application: Application
    uid: Uid
    places: tuple[Place, ...] = ()
    listens: tuple[tuple[Protocol, int], ...] = ()
    """Where something can arrive."""
    about: About = UNKNOWN


def reached(places: Iterable[Place]) -> tuple[Scope, ...]:
    """Say what rules would have to cover for *places* to be allowed, and little more.

    Who may reach a host may look it up as well: of that nothing is left to say.
    """
    gathered = list(places)
    named = {place.name for place in gathered if place.name and not place.lookup}
    kept = [place for place in gathered if not (place.lookup and place.name in named)]
    scopes = dict.fromkeys(_scope(place, gathered) for place in kept)
    return tuple(scopes)


def _scope(place: Place, among: list[Place]) -> Scope:
    ports = Ports(((place.port, place.port),)) if place.port else Ports()
    way = Way.IN if place.inbound else Way.OUT
    if named := host(place.name):
        return Scope(_domain(named, among), ports, place.protocol, way)
    alike = {
        each.address
        for each in among
        if each.is_local and not each.name and each.inbound is place.inbound
    }
    if place.is_local and (place.inbound or len(alike) >= MANY):
        return Scope(LocalNetwork(), ports, place.protocol, way)
    return Scope(Span(place.address, place.address), ports, place.protocol, way)


def _domain(named: Name, among: list[Place]) -> Name:
    """Take the domain where many of its hosts were reached, and it can be of one owner.

    Of "co.uk" and its like, of which strangers have parts, single hosts are proposed: no list of
    them is shipped, so short words below the name of a country are taken for such.
    """
    _, _, parent = named.pattern.partition(".")
    labels = parent.split(".")
    is_shared = len(labels) < 2 or (len(labels) == 2 and len(labels[0]) <= 3)
    siblings = {each.name for each in among if each.name.endswith(f".{parent}")}
    if is_shared or len(siblings) < MANY:
        return named
    return Name(f"*.{parent}")
