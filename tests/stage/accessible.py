"""What a screen reader finds: the AT-SPI tree of the programs in a session, over its own bus.

    tree = asyncio.run(programs(stage.environment))

https://gnome.pages.gitlab.gnome.org/at-spi2-core/devel-docs/ names the interfaces; the program has
to run with QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1, and the accessibility bus is started by the
session's.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageType
from dbus_next.message import Message

from stile.client import connect

REGISTRY = "org.a11y.atspi.Registry"
ROOT = "/org/a11y/atspi/accessible/root"
ACCESSIBLE = "org.a11y.atspi.Accessible"
PROPERTIES = "org.freedesktop.DBus.Properties"
ON = {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
LAUNCHERS = (Path("/usr/libexec/at-spi-bus-launcher"), Path("/usr/lib/at-spi-bus-launcher"))
FOCUSABLE, SHOWING = 11, 25
"""Bits of AtspiStateType."""
ACTIONABLE = frozenset(
    {
        *("push button", "button", "toggle button", "check box", "radio button", "combo box"),
        *("spin button", "text", "entry", "slider", "menu item", "check menu item", "page tab"),
        *("table", "tree table", "tree", "list", "link"),
    }
)
CELLS = frozenset({"cell", "table cell"})
"""What stands in a table may be empty; its row and column are told all the same."""
DEEPEST = 40


def missing() -> str:
    """Say what is not here that this needs; empty where all is."""
    return "" if any(path.exists() for path in LAUNCHERS) else "at-spi2-core"


@dataclass(frozen=True)
class Thing:
    """One object as a screen reader knows it."""

    role: str
    name: str
    states: int
    parts: "tuple[Thing, ...]" = field(default=(), repr=False)

    def __iter__(self) -> "Iterator[Thing]":
        """Give it and all in it."""
        yield self
        for part in self.parts:
            yield from part

    def has(self, state: int) -> bool:
        """Whether it is in a state."""
        return bool(self.states >> state & 1)

    @property
    def needs_name(self) -> bool:
        """Whether a person can come to it, and has to hear what it is."""
        if not self.has(SHOWING) or self.role in CELLS:
            return False
        return self.has(FOCUSABLE) or self.role in ACTIONABLE


async def programs(session: str) -> list[Thing]:
    """Give the trees of all programs that tell of themselves on the session bus at *session*."""
    joined = await connect(session)
    (address,) = await _call(joined, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
    bus = await connect(address.partition(",guid")[0])
    try:
        (found,) = await _call(bus, REGISTRY, ROOT, ACCESSIBLE, "GetChildren")
        return [await _thing(bus, name, path, 0) for name, path in found]
    finally:
        bus.disconnect()
        joined.disconnect()


async def _thing(bus: MessageBus, owner: str, path: str, depth: int) -> Thing:
    name, role, states, found = await asyncio.gather(
        _call(bus, owner, path, PROPERTIES, "Get", "ss", ACCESSIBLE, "Name"),
        _call(bus, owner, path, ACCESSIBLE, "GetRoleName"),
        _call(bus, owner, path, ACCESSIBLE, "GetState"),
        _call(bus, owner, path, ACCESSIBLE, "GetChildren"),
    )
    inner = found[0] if found and depth < DEEPEST else []
    parts = await asyncio.gather(*(_thing(bus, who, at, depth + 1) for who, at in inner))
    low, high = (states[0] if states else (0, 0))[:2]
    title = name[0].value if name else ""
    return Thing(role[0] if role else "gone", title, low | high << 32, tuple(parts))


async def _call(
    bus: MessageBus,
    name: str,
    path: str,
    interface: str,
    member: str,
    signature: str = "",
    *body: str,
) -> list[Any]:
    """Call a method; what is gone meanwhile says nothing."""
    reply = await bus.call(
        Message(name, path, interface, member, signature=signature, body=list(body))
    )
    if reply is None or reply.message_type is MessageType.ERROR:
        return []
    return list(reply.body)
