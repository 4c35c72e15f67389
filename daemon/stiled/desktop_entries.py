"""Names and icons of applications, from the desktop entries that the system has installed.

Desktop Entry Specification 1.5. Only folders are read in which root alone can write: an entry is a
claim, and anybody can write one into their home that calls itself Firefox.
"""

import configparser
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stile.applications import Application, Kind
from stiled.interpreters import is_interpreter

SYSTEM = (
    "/usr/share/applications",
    "/usr/local/share/applications",
    "/var/lib/flatpak/exports/share/applications",
    "/var/lib/snapd/desktop/applications",
)
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"
MAIN = "Desktop Entry"
LARGEST = 1 << 18
"""Octets of an entry that are read."""
LONGEST = 100
"""Characters of a name."""
GENERIC = frozenset({"env", "flatpak", "snap", "sudo", "pkexec", "xdg-open", "gtk-launch"})
"""Programs that start others: an entry that uses them is not about them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What an application is called, and its icon: a name of the theme, or a path."""

    name: str
    icon: str


class DesktopEntries:
    """The entries of some folders, read anew when one of the folders changes."""

    def __init__(self, folders: Sequence[str] = SYSTEM) -> None:
        self._folders = folders
        self._seen: tuple[float, ...] = ()
        self._entries: Mapping[Application, Entry] = {}

    def find(self, application: Application) -> Entry | None:
        """Give the entry of an application. It blocks while entries are read."""
        seen = tuple(_changed(folder) for folder in self._folders)
        if seen != self._seen:
            self._seen = seen
            self._entries = dict(self._read())
        return self._entries.get(application)

    def _read(self) -> Iterator[tuple[Application, Entry]]:
        for folder in self._folders:
            for path in sorted(Path(folder).glob("*.desktop")):
                if found := _entry(path):
                    application, entry = found
                    yield application, entry


def _changed(folder: str) -> float:
    try:
        return os.stat(folder).st_mtime
    except OSError:
        return 0.0


def _entry(path: Path) -> tuple[Application, Entry] | None:
    """Read an entry, and about whom it is; None for one that is broken, hidden, or about nobody."""
    reader = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            reader.read_string(file.read(LARGEST))
        main = reader[MAIN]
        application = _application(path, main)
    except (OSError, configparser.Error, KeyError, ValueError):
        return None
    name = " ".join(main.get("Name", "").split())[:LONGEST]
    if application is None or not name or main.get("Hidden") == "true":
        return None
    return application, Entry(name, main.get("Icon", ""))


def _application(path: Path, main: Mapping[str, str]) -> Application | None:
    """Say whose entry it is. Raises ValueError, OSError."""
    if flatpak := main.get("X-Flatpak"):
        return Application(Kind.FLATPAK, flatpak)
    if snap := main.get("X-SnapInstanceName"):
        return Application(Kind.SNAP, snap)
    words = shlex.split(main.get("Exec", ""))
    program = shutil.which(words[0], path=SEARCHED) if words else None
    if program is None:
        return None
    file = Path(program).resolve(strict=True)
    if file.name in GENERIC or is_interpreter(os.fsencode(file)):
        return None
    with file.open("rb") as content:
        kind = Kind.SCRIPT if content.read(2) == b"#!" else Kind.PATH
    return Application(kind, str(file))
