"""Block lists on disk and on the web.

A list is named by a file of its own in /etc/stile/lists.d:

    # NAME.toml
    source = "https://example.org/hosts.txt"    # or an absolute path
    action = "deny"         # or drop; may be left out, as all that follows
    every = "1d"            # how often it is fetched, where it comes from the web
    enabled = true
    note = "advertisers"

What was fetched last is kept in the state folder. A list that cannot be fetched or read keeps what
was in force before.
"""

import gzip
import http.client
import io
import logging
import os
import re
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from stile import __version__
from stile.applications import EVERYBODY
from stile.rules import UNITS, Action, Rule, RuleId
from stile.ruletext import toml
from stile.scopes import Listed, Scope
from stiled.blocklists import Blocklist, parse
from stiled.rulefile import check_owner, replace_file

log = logging.getLogger(__name__)

KEYS = ("source", "action", "every", "enabled", "note")
NAME = re.compile(r"[A-Za-z0-9_]{1,24}")
"""A list's name is part of the names of sets in the kernel."""
LARGEST = 64 << 20
"""Octets of a list, unpacked as well."""
SHORTEST, LONGEST = 600, 366 * 86400
"""Seconds between two fetches."""
PATIENCE = 30.0
"""Seconds for a server to say something."""
SHRUNK = 2
"""A list that suddenly has less than this part of its entries is taken for a mistake."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a file of lists.d says."""

    name: str
    source: str
    action: Action = Action.DENY
    every: int = 86400
    """Seconds."""
    enabled: bool = True
    note: str = ""

    @property
    def is_remote(self) -> bool:
        """Whether it comes from the web."""
        return urlsplit(self.source).scheme in ("http", "https")

    @property
    def rule(self) -> Rule:
        """The rule that it stands for."""
        return Rule(
            EVERYBODY,
            self.action,
            note=self.note or f"block list {self.name}",
            id=RuleId(f"list-{self.name}"),
            scope=Scope(destination=Listed(self.name)),
            enabled=self.enabled,
        )


@dataclass(slots=True)
class Loaded:
    """The lists in force, and what is wrong."""

    listings: dict[str, Listing] = field(default_factory=dict)
    lists: dict[str, Blocklist] = field(default_factory=dict)
    updated: dict[str, float] = field(default_factory=dict)
    """When each was written, in seconds since the epoch."""
    problems: dict[str, str] = field(default_factory=dict)


class ListStore:
    """Reads and fetches lists. It blocks: call it from a thread."""

    def __init__(self, config: Path, state: Path) -> None:
        self._config = config / "lists.d"
        self._state = state / "lists"
        self._key = secrets.token_bytes(16)
        self._states: dict[str, tuple[int, ...]] = {}
        self.loaded = Loaded()

    def load(self) -> Loaded:
        """Read all lists from disk; one that cannot be read is as it was before."""
        former, self.loaded = self.loaded, Loaded()
        for path in sorted(self._config.glob("*.toml")):
            listing: Listing | None
            try:
                listing = _listing(path)
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                self.loaded.problems[path.stem] = f"{path}: {reason}"
                listing = former.listings.get(path.stem)
            if listing and listing.enabled:
                self._load_one(listing, former)
        return self.loaded

    def fetch(self, name: str) -> bool:
        """Fetch a list anew; says whether it is another one. `load` puts it in force."""
        listing = self.loaded.listings[name]
        if not listing.is_remote:
            return True
        try:
            text = _fetched(listing.source, self._tag(name))
            if text is None:
                os.utime(self._place(name))
                return False
            self._check(name, text[0])
        except (OSError, ValueError, http.client.HTTPException, EOFError) as error:
            reason = f"{name}: {error}; the list as it was stays in force"
            self.loaded.problems[name] = reason
            log.warning("block list %s", reason)
            return False
        self._state.mkdir(parents=True, exist_ok=True)
        replace_file(self._place(name), text[0].decode("utf-8", "replace"))
        replace_file(self._place(name).with_suffix(".tag"), text[1])
        self.loaded.problems.pop(name, None)
        return True

    def due(self, name: str, now: float) -> float:
        """Say in how many seconds a list is to be fetched; infinite where it is not."""
        listing = self.loaded.listings[name]
        if not listing.is_remote:
            return float("inf")
        return max(0.0, self.loaded.updated.get(name, 0.0) + listing.every - now)

    def _load_one(self, listing: Listing, former: Loaded) -> None:
        name, loaded = listing.name, self.loaded
        loaded.listings[name] = listing
        place = self._place(name) if listing.is_remote else Path(listing.source)
        try:
            status = place.stat()
            state = (status.st_ino, status.st_mtime_ns, status.st_size)
            loaded.updated[name] = status.st_mtime
            if self._states.get(name) == state and name in former.lists:
                loaded.lists[name] = former.lists[name]
                return
            with place.open(encoding="utf-8", errors="replace") as lines:
                parsed = parse(lines)
            if not len(parsed):
                raise ValueError("there is no entry in it")
            loaded.lists[name] = Blocklist(name, parsed, self._key)
            self._states[name] = state
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            if listing.is_remote and isinstance(error, FileNotFoundError):
                reason = "it has not been fetched yet"
            kept = "; the list as it was stays in force" if name in former.lists else ""
            loaded.problems[name] = f"{name}: {place}: {reason}{kept}"
        if name not in loaded.lists and name in former.lists:
            loaded.lists[name] = former.lists[name]

    def _check(self, name: str, text: bytes) -> None:
        """Refuse what is no list. Raises ValueError."""
        entries = len(parse(text.decode("utf-8", "replace").splitlines()))
        known = self.loaded.lists.get(name)
        if not entries:
            raise ValueError("what was fetched has no entry")
        if known and entries * SHRUNK < known.entries:
            raise ValueError(f"it had {known.entries} entries, and what was fetched has {entries}")

    def _place(self, name: str) -> Path:
        return self._state / f"{name}.txt"

    def _tag(self, name: str) -> str:
        try:
            return self._place(name).with_suffix(".tag").read_text(encoding="utf-8")
        except OSError:
            return ""


def _listing(path: Path) -> Listing:
    """Read a file of lists.d. Raises OSError, or ValueError with the reason."""
    with path.open("rb") as file:
        check_owner(os.fstat(file.fileno()))
        table = toml(file.read().decode())
    _check(table)
    if not NAME.fullmatch(path.stem):
        raise ValueError("a list's name has letters, digits and _ only, 24 at most")
    every = str(table.get("every", "1d"))
    if not (every[:-1].isdecimal() and every[-1:] in UNITS and int(every[:-1])):
        raise ValueError(f"'every' is a duration (12h, 7d), not '{every}'")
    action = table.get("action", "deny")
    if action not in (Action.DENY, Action.DROP):
        raise ValueError(f"'action' is deny or drop, not '{action}'")
    listing = Listing(
        path.stem,
        table["source"],
        Action(action),
        min(max(SHORTEST, int(every[:-1]) * UNITS[every[-1]]), LONGEST),
        table.get("enabled", True),
        table.get("note", ""),
    )
    if not listing.is_remote and not listing.source.startswith("/"):
        raise ValueError("'source' is an absolute path, or begins with https://")
    return listing


def _check(table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        if key not in KEYS:
            raise ValueError(f"there is no '{key}' in the file of a list: {', '.join(KEYS)}")
        if not isinstance(value, bool if key == "enabled" else str):
            raise ValueError(f"'{key}' is of the wrong type")
    if "source" not in table:
        raise ValueError("'source' is missing")


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Goes where it is sent, but never to files or less safely than asked."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        was, to = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if to not in ("http", "https") or (was == "https" and to != "https"):
            raise ValueError(f"it leads to {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetched(source: str, tag: str) -> tuple[bytes, str] | None:
    """Fetch a list, with the tag of its version; None where it is the same as before.

    Raises OSError, ValueError, HTTPException.
    """
    headers = {"User-Agent": f"stile/{__version__}", "Accept-Encoding": "gzip"}
    if tag:
        headers["If-None-Match"] = tag
    request = urllib.request.Request(source, headers=headers)  # noqa: S310 # checked to be web
    opener = urllib.request.build_opener(_WebOnly)
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            octets = answer.read(LARGEST + 1)
            packed = answer.headers.get("Content-Encoding") == "gzip"
            new_tag = answer.headers.get("ETag", "")
    except urllib.error.HTTPError as error:
        if error.code == http.client.NOT_MODIFIED:
            return None
        raise OSError(f"the server says {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        raise OSError(f"it cannot be fetched: {error.reason}") from None
    if packed:
        with gzip.open(io.BytesIO(octets)) as unpacked:
            octets = unpacked.read(LARGEST + 1)
    if len(octets) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST >> 20} MiB")
    return octets, new_tag
