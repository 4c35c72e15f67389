"""Who wants to talk: the identity of an application, a value with a kind, no bare string."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

UNSAFE_TO_SHOW = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
)
"""Marks that turn or break a line of text; Unicode TR 36, 2.3 (bidirectional text spoofing)."""


class Kind(StrEnum):
    """By what an application is known; the value stands before the colon of its identity."""

    PATH = "path"
    """An executable file, by its path on the host."""
    DELETED = "deleted"
    """An executable whose file is gone: not the file that now may have its name."""
    FOREIGN = "foreign"
    """An executable of another mount namespace or root: its path means another file here."""
    KERNEL = "kernel"
    """The kernel's own sockets: they belong to no process."""
    UNKNOWN = "unknown"
    """Nobody could tell who sent it; the name says whose it was, as far as that is known."""


NAMELESS = frozenset({Kind.KERNEL})
FILES = frozenset({Kind.PATH, Kind.DELETED, Kind.FOREIGN})


@dataclass(frozen=True, slots=True, order=True)
class Application:
    """What a rule is about and what people recognise.

    `str()` gives the identity text that stands in rule files, on the bus and on command lines,
    `path:/usr/bin/curl` or `kernel`; `Application.parse` reads it back.
    """

    kind: Kind
    name: str = ""

    def __post_init__(self) -> None:
        if bool(self.name) is (self.kind in NAMELESS):
            raise ValueError(f"not an application: '{self.kind}:{self.name}'")
        if self.kind in FILES and not self.name.startswith("/"):
            raise ValueError(f"'{self}' has no absolute path")
        if any(ord(letter) < 0x20 or 0xD800 <= ord(letter) < 0xE000 for letter in self.name):
            raise ValueError(f"'{self!s}' holds a control character")

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)

    @classmethod
    def parse(cls, text: str) -> "Application":
        """Read an identity text. Raises ValueError that says what is wrong with it."""
        kind, _, name = text.partition(":")
        try:
            known = Kind(kind)
        except ValueError:
            kinds = ", ".join(Kind)
            raise ValueError(
                f"'{text}' is not an application: it starts with none of {kinds}"
            ) from None
        return cls(known, name)

    @property
    def can_have_rules(self) -> bool:
        """Whether a standing rule about it would mean the same tomorrow."""
        return self.kind in {Kind.PATH, Kind.KERNEL}

    @property
    def title(self) -> str:
        """The short name that a sentence uses."""
        match self.kind:
            case Kind.KERNEL:
                return "The system kernel"
            case Kind.UNKNOWN:
                return f"An unidentified program ({self.name})"
            case Kind.DELETED:
                return f"{PurePosixPath(self.name).name} (deleted)"
            case Kind.FOREIGN:
                return f"{PurePosixPath(self.name).name} (another root)"
            case Kind.PATH:
                return PurePosixPath(self.name).name


KERNEL = Application(Kind.KERNEL)


def spelled(raw: bytes) -> str:
    """Spell bytes of the system, a path for example: no two alike, and all can be shown.

    A backslash doubles; bytes that are not UTF-8, control characters and marks that would turn
    or break the line become escapes.
    """
    return shown(raw.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace"))


def shown(text: str) -> str:
    """Make a text of anybody's safe to print: what would turn, break or steer a line is escaped."""
    return "".join(_escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    # \x80 to \xff are bytes that are not UTF-8: a character of that number must look different
    if letter in UNSAFE_TO_SHOW or 0x80 <= ord(letter) < 0xA0:
        return f"\\u{ord(letter):04x}"
    if ord(letter) < 0x20 or ord(letter) == 0x7F:
        return f"\\x{ord(letter):02x}"
    return letter
