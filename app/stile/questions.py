"""A question: an object with a number, owned by the helper, about one application."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from stile.connections import Connection, Pid

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
class Details:
    """What a closer look at the process of a question has found; empty what cannot be told."""

    command: tuple[str, ...] = ()
    directory: str = ""
    """In which it works."""
    executable: str = ""
    sha256: str = ""
    """Of the executable, in hexadecimal."""
    unhashed: str = ""
    """Why there is no hash."""
    parents: tuple[tuple[Pid, str], ...] = ()
    """What started it, the nearest first."""
    connections: tuple[str, ...] = ()
    """What it has open, a line each."""
    names: tuple[str, ...] = ()
    """Under which names the address was looked up."""


@dataclass(frozen=True, slots=True)
class Question:
    """May this connection be made?

    `waiting` counts the packets that wait for the answer; `seconds` are what is left to answer,
    which does not become less while the clock is `stopped`.
    """

    id: QuestionId
    connection: Connection
    waiting: int
    seconds: float
    about: About = UNKNOWN
    others: tuple[Connection, ...] = ()
    """To which other places the application wants to, each of them once; `connection` is the first.
    """
    parents: tuple[str, ...] = ()
    """What started the process, by the names of the programs: the nearest first, without init."""
    stopped: bool = False

    @property
    def places(self) -> tuple[Connection, ...]:
        """All that waits for the answer; `Choice.place` counts from here."""
        return (self.connection, *self.others)
