"""What was decided about a connection: one line of the live view."""

from dataclasses import dataclass
from enum import StrEnum

from stile.connections import Connection


class Outcome(StrEnum):
    """What became of a packet."""

    HELD = "held"
    ALLOW = "allow"
    DENY = "deny"
    DROP = "drop"


class Reason(StrEnum):
    """By whose word."""

    ASKED = "asked"
    """Held, for the user is being asked."""
    ANSWER = "answer"
    RULE = "rule"
    NOBODY_ANSWERED = "nobody-answered"
    TOO_MANY = "too-many"
    """More packets or questions wait than the helper holds."""
    LEARNED = "learned"
    """Nobody has decided, and while learning that is recorded and let through."""
    LOCKDOWN = "lockdown"
    """Only what is allowed reaches the network, and nobody is asked."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One packet that met the helper; what the kernel decides alone does not appear."""

    time: float
    """Seconds since the epoch."""
    connection: Connection
    outcome: Outcome
    reason: Reason
