"""Whom this system asks about names: resolv.conf(5), and that of systemd-resolved."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from stile.applications import EVERYBODY
from stile.connections import Address
from stile.rules import Action, Origin, Rule, RuleId
from stile.scopes import Scope

PLACES = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
USUAL = frozenset({ip_address("127.0.0.1"), ip_address("::1")})
"""What is asked where nothing is said."""


class Resolvers:
    """The name servers that are configured; the files are read again when they have changed."""

    def __init__(self, more: Iterable[Address] = (), places: Sequence[Path] = PLACES) -> None:
        self._more = frozenset(more)
        self._places = places
        self._state: tuple[tuple[int, ...] | None, ...] = ()
        self._servers = USUAL | self._more

    def believe(self, more: Iterable[Address]) -> None:
        """Have others beside those of the files."""
        self._more = frozenset(more)
        self._state = ()

    def __call__(self) -> frozenset[Address]:
        """Give them as they are now."""
        state = tuple(map(_state, self._places))
        if state != self._state:
            self._state = state
            found = frozenset(server for place in self._places for server in _servers(place))
            self._servers = (found or USUAL) | self._more
        return self._servers


def lookup_rule(server: str) -> Rule:
    """Let everybody ask a name server."""
    scope = Scope.parse({"to": server, "port": "53"})
    note = "everybody may look names up (everybody_may_look_up)"
    name = RuleId(f"lookups-{server}")
    return Rule(EVERYBODY, Action.ALLOW, note=note, id=name, origin=Origin.SHIPPED, scope=scope)


def _state(place: Path) -> tuple[int, ...] | None:
    try:
        status = place.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _servers(place: Path) -> list[Address]:
    found = []
    with suppress(OSError):
        for line in place.read_text(encoding="utf-8", errors="replace").splitlines():
            word, _, rest = line.partition(" ")
            if word == "nameserver":
                with suppress(ValueError):
                    found.append(ip_address(rest.strip().partition("%")[0]))
    return found
