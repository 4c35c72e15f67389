"""What packaging systems call the files that they have put somewhere; read off their paths.

Only the paths are read here. They mean something because root alone can write below them; that
the running file is the one at this path has been compared before.
"""

import configparser
import re
from dataclasses import dataclass

from stile.applications import Application, Kind, spelled

LONGEST_INFO = 1 << 16
"""Bytes of a .flatpak-info that are read; real ones have one or two thousand."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the packaging systems of this machine put their files."""

    snaps: tuple[bytes, ...] = (b"/snap", b"/var/lib/snapd/snap")
    flatpak: bytes = b"/var/lib/flatpak"
    store: bytes = b"/nix/store"

    def near(self, path: bytes) -> bool:
        """Whether *path* may be of a packaging system; quick, for most are not."""
        return path.startswith((*self.snaps, self.flatpak, self.store)) or USERS_FLATPAK in path


SYSTEM = Places()
USERS_FLATPAK = b"/.local/share/flatpak/"
FLATPAK_FILE = re.compile(rb"app/(?P<id>[^/]+)/[^/]+/[^/]+/[^/]+/files/.", re.DOTALL)
"""ID/ARCH/BRANCH/COMMIT; flatpak_dir_get_deploy_dir() in flatpak-dir.c."""
FLATPAK_TOOL = re.compile(rb"runtime/[^/]+/[^/]+/[^/]+/[^/]+/files/s?bin/", re.DOTALL)
FLATPAK_RUNTIME = re.compile(rb"runtime/[^/]+/[^/]+/[^/]+/[^/]+/files/.", re.DOTALL)
SNAP_FILE = re.compile(rb"(?P<name>[a-z0-9_-]+)/(?P<revision>x?[0-9]+)/.", re.DOTALL)
STORE_FILE = re.compile(rb"[0-9a-z]{32}-(?P<name>[^/]+)/(?P<inner>.+)", re.DOTALL)
"""Nix Reference Manual, "Store Path"."""
VERSION = re.compile(rb"-(?![A-Za-z]).*", re.DOTALL)
"""builtins.parseDrvName: "the version part starts at the first dash not followed by a letter"."""


def flatpak_of(path: bytes, owner: int, places: Places) -> Application | None:
    """Read the application off a file of a deployed Flatpak.

    *owner* is the file's. A user's own installation is that user's: anybody can make one that is
    called org.mozilla.firefox.
    """
    if path.startswith(places.flatpak + b"/"):
        inner, owner = path[len(places.flatpak) + 1 :], 0
    elif USERS_FLATPAK in path and owner:
        inner = path.partition(USERS_FLATPAK)[2]
    else:
        return None
    found = FLATPAK_FILE.match(inner)
    return _named(Kind.FLATPAK, spelled(found["id"]), owner) if found else None


def is_part_of_runtime(path: bytes, places: Places) -> bool:
    """Whether a file of a Flatpak runtime is one that applications start for themselves.

    What lies in its bin folders are tools that do what their command line says.
    """
    inner = path.removeprefix(places.flatpak + b"/")
    return bool(FLATPAK_RUNTIME.match(inner)) and not FLATPAK_TOOL.match(inner) and inner != path


def flatpak_info_name(text: str) -> str | None:
    """Read whose sandbox it is from a .flatpak-info; flatpak-metadata(5), "[Application]"."""
    read = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    try:
        read.read_string(text)
        return read.get("Application", "name", fallback=None)
    except configparser.Error:
        return None


def snap_mount(path: bytes, places: Places) -> tuple[bytes, bytes] | None:
    """Split the path of a file in a snap: where that is mounted, and its name."""
    for place in places.snaps:
        if path.startswith(place + b"/") and (found := SNAP_FILE.match(path[len(place) + 1 :])):
            return b"/".join((place, found["name"], found["revision"])), found["name"]
    return None


def snap_of(name: bytes, label: bytes) -> Application | None:
    """Name a snap; its AppArmor label, "snap.lxd.daemon (enforce)", says which application."""
    snap, text = spelled(name), spelled(label.partition(b" ")[0].strip())
    prefix = f"snap.{snap}."
    app = text.removeprefix(prefix) if text.startswith(prefix) else snap
    with_app = _named(Kind.SNAP, f"{snap}.{app}") if app != snap else None
    return with_app or _named(Kind.SNAP, snap)


def nix_of(path: bytes, places: Places) -> Application | None:
    """Name a file of the store by what stays the same when the package is upgraded."""
    if not path.startswith(places.store + b"/"):
        return None
    found = STORE_FILE.fullmatch(path[len(places.store) + 1 :])
    if found is None:
        return None
    name = VERSION.sub(b"", found["name"]) or found["name"]
    return _named(Kind.NIX, spelled(name + b"/" + found["inner"]))


def _named(kind: Kind, name: str, owner: int = 0) -> Application | None:
    try:
        return Application(kind, name, owner)
    except ValueError:
        return None
