"""A question: an object with a number, owned by the helper, about one application."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from stile.connections import Connection

QuestionId = NewType("QuestionId", int)


class Why(StrEnum):
    """Why a question was withdrawn without an answer from the one it was shown to."""

    SETTLED = "settled"
    """A rule covers it now, or another agent has answered."""
    EXPIRED = "expired"
    """Nobody answered in time; the configured fallback was carried out."""
    STOPPED = "stopped"
    """The helper ends."""
    LOCKDOWN = "lockdown"
    """Locked down: nobody is asked any more, and what waited was refused."""


@dataclass(frozen=True, slots=True)
class About:
    """What people know an application as; empty where nobody knows. Nothing is decided by it."""

    name: str = ""
    """Of the desktop entry that the system has installed."""
    icon: str = ""
    """A name of the icon theme, or a path."""
    package: str = ""


UNKNOWN = About()


@dataclass(frozen=True, slots=True)
class Question:
    """May this connection be made?

    `waiting` counts the packets that wait for the answer; `seconds` are what is left to answer.
    """

    id: QuestionId
    connection: Connection
    waiting: int
    seconds: float
    about: About = UNKNOWN
