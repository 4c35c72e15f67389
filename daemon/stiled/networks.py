"""Which networks are active, as NetworkManager says: rules can hold on some alone.

Followed by its signals; nothing is polled. While it is away, or the bus, nobody can tell: then
rules for a network hold unless they let something through (`stile.rules.holds_on`).
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from uuid import UUID

from stile.rules import Networks
from stile.scopes import NOT, TYPES

log = logging.getLogger(__name__)

ACTIVATED = 2
"""NM_ACTIVE_CONNECTION_STATE_ACTIVATED: an address is there."""
RESERVED = ("type:", NOT)
"""What no network can be called: rules mean something else by it."""
PATIENCE = 2.0
"""Seconds that an answer of NetworkManager may take."""


class Sayer(Protocol):
    """The bus on which NetworkManager is."""

    async def follow_networks(self, changed: Callable[[], None]) -> None:
        """Call *changed* when what `active_networks` gives has changed."""

    async def active_networks(self) -> list[dict[str, Any]] | None:
        """The properties of each active connection; None where nobody can tell."""


class NetworkWatch:
    """What is active now. A look at a time; what changes meanwhile is looked at again."""

    def __init__(self) -> None:
        self.active: Networks | None = None
        """Names, UUIDs and kinds; None where nobody can tell."""
        self._bus: Sayer | None = None
        self._changed: Callable[[], None] = lambda: None
        self._looking: asyncio.Task[None] | None = None
        self._is_stale = False

    def listen(self, changed: Callable[[], None]) -> None:
        """Call *changed* on the loop when other networks are active."""
        self._changed = changed

    async def join(self, bus: Sayer) -> None:
        """Follow NetworkManager on *bus* from now on, and know what is active now."""
        self._bus = bus
        await bus.follow_networks(self._is_to_look)
        self._is_to_look()
        if self._looking:
            await asyncio.shield(self._looking)

    def lost(self) -> None:
        """Nobody can tell any more: the bus is gone."""
        self._bus = None
        self._learn(None)

    def _is_to_look(self) -> None:
        self._is_stale = True
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        while self._is_stale and (bus := self._bus):
            self._is_stale = False
            try:
                said = await asyncio.wait_for(bus.active_networks(), PATIENCE)
            except TimeoutError:
                log.warning("NetworkManager does not answer")
                said = None
            if bus is self._bus:
                self._learn(None if said is None else named(said))

    def _learn(self, active: Networks | None) -> None:
        if active != self.active:
            self.active = active
            log.info("active networks: %s", "not known" if active is None else sorted(active))
            self._changed()


def _name(said: str) -> str:
    """Give the name of a connection, unless it passes for something else: a kind, or a UUID."""
    try:
        UUID(said)
    except ValueError:
        return "" if said.startswith(RESERVED) else said
    return ""


def named(said: Iterable[Mapping[str, Any]]) -> Networks:
    """Gather what active connections can be called; one that is coming up is not active yet."""
    words: set[str] = set()
    for each in said:
        if each.get("State") == ACTIVATED:
            uuid = str(each.get("Uuid", ""))
            words |= {"" if uuid.startswith(RESERVED) else uuid, _name(str(each.get("Id", "")))}
            words |= {name for name, kinds in TYPES.items() if each.get("Type") in kinds}
            words |= {"type:vpn"} if each.get("Vpn") is True else set()
    return frozenset(words - {""})
