"""What is open now, and how much has passed: what the live view and the history show."""

from dataclasses import dataclass
from enum import StrEnum

from stile.applications import Application
from stile.connections import Address, Direction, Protocol, Uid
from stile.rules import Action


class State(StrEnum):
    """How far a connection is."""

    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """A connection that is open, or nearly."""

    id: int
    """No other connection ever has it while the system runs."""
    application: Application
    uid: Uid
    protocol: Protocol
    address: Address
    """Of the other side; `port` as well."""
    port: int
    own_port: int
    host: str
    """The name that was asked for when the address was learnt; empty where none is known."""
    direction: Direction | None
    """Who began it; None where that cannot be known."""
    verdict: Action
    """What the rules say about it now; ASK where they say nothing."""
    state: State
    sent: int | None = None
    """Octets that have come through; None where the kernel does not count them."""
    received: int | None = None

    @property
    def service_port(self) -> int:
        """The port that was asked for: of the other side, or ours where that has begun."""
        return self.own_port if self.direction is Direction.IN else self.port


@dataclass(frozen=True, slots=True)
class Traffic:
    """What an application has sent and received of one user's, since the counters began."""

    application: Application
    uid: Uid
    since: float
    """Seconds since the epoch."""
    packets_sent: int
    sent: int
    packets_received: int
    received: int
