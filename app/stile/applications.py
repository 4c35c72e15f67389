"""Who wants to talk: the identity of an application, a value with a kind, no bare string.

How the daemon finds it, what is compared and what a liar can do is in docs/identity.md.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePosixPath

UNSAFE_TO_SHOW = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
)
"""Marks that turn or break a line of text; Unicode TR 36, 2.3 (bidirectional text spoofing)."""


class Kind(StrEnum):
    """By what an application is known; the value stands before the colon of its identity."""

    PATH = "path"
    """An executable file, by its path on the host."""
    SCRIPT = "script"
    """A file that an interpreter runs: no stronger than the command line of that interpreter."""
    FLATPAK = "flatpak"
    """An application of Flatpak, by its id: `flatpak:org.mozilla.firefox`."""
    SNAP = "snap"
    """A snap, or one of its applications where that has another name: `snap:lxd.daemon`."""
    APPIMAGE = "appimage"
    """An AppImage, by its file; where that is mounted changes with every start."""
    NIX = "nix"
    """A file of the Nix store, by package and path within: `nix:firefox/bin/firefox`. Hash and
    version are left out, they change with every upgrade."""
    DELETED = "deleted"
    """An executable whose file is gone: not the file that now may have its name."""
    FOREIGN = "foreign"
    """An executable of another mount namespace or root: its path means another file here."""
    KERNEL = "kernel"
    """The kernel's own sockets: they belong to no process."""
    EVERYBODY = "everybody"
    """All applications: its rules go for each, where nothing more specific is said."""
    UNKNOWN = "unknown"
    """Nobody could tell who sent it; the name says whose it was, as far as that is known."""


KINDS = frozenset(Kind)
NAMELESS = frozenset({Kind.KERNEL, Kind.EVERYBODY})
FILES = frozenset({Kind.PATH, Kind.SCRIPT, Kind.APPIMAGE, Kind.DELETED, Kind.FOREIGN})
LASTING = KINDS - {Kind.DELETED, Kind.FOREIGN, Kind.UNKNOWN}
OWNABLE = frozenset({Kind.PATH, Kind.SCRIPT, Kind.APPIMAGE, Kind.FLATPAK})
ROOT = 0
SHAPES = {
    # flatpak_is_valid_name() in flatpak-utils.c
    Kind.FLATPAK: re.compile(r"[A-Za-z_-][\w-]*(\.[A-Za-z_-][\w-]*)+", re.ASCII),
    # naming.ValidateSnap and ValidateApp in snapd, instance keys and hooks too
    Kind.SNAP: re.compile(r"[a-z0-9-]+(_[a-z0-9]{1,10})?(\.[A-Za-z0-9-]+(\.[a-z0-9-]+)?)?"),
    Kind.NIX: re.compile(r"[^/]+/.+"),
}
CONTROL = re.compile("[\x00-\x1f\ud800-\udfff]")
"""What no name may hold: control characters, and halves of what UTF-16 writes in two."""
LATELY = 512
"""Applications of which it is remembered how they read: the rules of one come together, and then
share it."""
IDENTITY = re.compile(r"(?P<kind>[^:@]*)(@(?P<owner>[1-9][0-9]{0,9}))?(:(?P<name>.+))?", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Application:
    """What a rule is about and what people recognise.

    `str()` gives the identity text that stands in rule files, on the bus and on command lines,
    `path:/usr/bin/curl` or `kernel`; `Application.parse` reads it back.

    Where anybody may put a file of any name (below /tmp, for example), or the name is one that
    every user can give to files of their own, the owner is part of who it is:
    `path@1000:/tmp/installer`. A rule about it does not fit another user's file of that name.
    """

    kind: Kind
    name: str = ""
    owner: int = ROOT
    """User id; root's files, and those in places that are not open to all, are not marked."""

    def __post_init__(self) -> None:
        if bool(self.name) is (self.kind in NAMELESS):
            raise ValueError(f"not an application: '{self.kind}:{self.name}'")
        if self.kind in FILES and not self.name.startswith("/"):
            raise ValueError(f"'{self}' has no absolute path")
        if self.kind in SHAPES and not SHAPES[self.kind].fullmatch(self.name):
            raise ValueError(f"'{self}' is not the name of such an application")
        if self.owner and self.kind not in OWNABLE:
            raise ValueError(f"'{self}' cannot have an owner")
        if CONTROL.search(self.name):
            raise ValueError(f"'{self!s}' holds a control character")

    def __str__(self) -> str:
        kind = f"{self.kind}@{self.owner}" if self.owner else str(self.kind)
        return f"{kind}:{self.name}" if self.name else kind

    @classmethod
    @lru_cache(LATELY)
    def parse(cls, text: str) -> "Application":
        """Read an identity text. Raises ValueError that says what is wrong with it."""
        read = IDENTITY.fullmatch(text)
        if read is None or read["kind"] not in KINDS:
            raise ValueError(
                f"'{text}' is not an application: it starts with none of {', '.join(Kind)}"
            )
        return cls(Kind(read["kind"]), read["name"] or "", int(read["owner"] or ROOT))

    @property
    def can_have_rules(self) -> bool:
        """Whether a standing rule about it would mean the same tomorrow."""
        return self.kind in LASTING

    @property
    def title(self) -> str:
        """The short name that a sentence uses."""
        title = self._own_title
        return f"{title} (user {self.owner})" if self.owner else title

    @property
    def _own_title(self) -> str:
        match self.kind:
            case Kind.KERNEL:
                return "The system kernel"
            case Kind.EVERYBODY:
                return "Everybody"
            case Kind.UNKNOWN:
                return f"An unidentified program ({self.name})"
            case Kind.DELETED:
                return f"{PurePosixPath(self.name).name} (deleted)"
            case Kind.FOREIGN:
                return f"{PurePosixPath(self.name).name} (another root)"
            case Kind.FLATPAK | Kind.SNAP:
                return self.name  # its last word alone could be anybody's "firefox"
            case Kind.SCRIPT:
                path = PurePosixPath(self.name)
                return path.parent.name if path.name == "__main__.py" else path.name
            case Kind.APPIMAGE:
                return PurePosixPath(self.name).name.removesuffix(".AppImage")
            case Kind.PATH | Kind.NIX:
                return PurePosixPath(self.name).name


KERNEL = Application(Kind.KERNEL)
EVERYBODY = Application(Kind.EVERYBODY)


def spelled(raw: bytes) -> str:
    """Spell bytes of the system, a path for example: no two alike, and all can be shown.

    A backslash doubles; bytes that are not UTF-8, control characters and marks that would turn
    or break the line become escapes.
    """
    return shown(raw.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace"))


def shown(text: str) -> str:
    """Make a text of anybody's safe to print: what would turn, break or steer a line is escaped."""
    return text.translate(_ESCAPES)


# \x80 to \xff are bytes that are not UTF-8: a character of that number must look different
_ESCAPES = {number: f"\\x{number:02x}" for number in (*range(0x20), 0x7F)} | {
    ord(letter): f"\\u{ord(letter):04x}"
    for letter in (*UNSAFE_TO_SHOW, *map(chr, range(0x80, 0xA0)))
}
