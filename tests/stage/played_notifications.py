"""A notification service as a play, on the bus of a session; the test presses its buttons."""

import queue
from dataclasses import dataclass, field
from typing import Any, Self

from dbus_next.message import Message
from played import Played

from stile.client import connect
from stile.served import Caller, Served

PATIENCE = 10.0
NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
XML = """<node><interface name="org.freedesktop.Notifications">
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
    <arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
    <arg type="u" direction="out"/></method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
</interface></node>"""


@dataclass(frozen=True)
class Shown:
    """One call of Notify."""

    number: int
    replaced: int
    title: str
    text: str
    actions: list[str]
    hints: dict[str, Any]


@dataclass
class PlayedNotifications(Played):
    """Shows nothing, remembers all."""

    address: str
    can: list[str] = field(default_factory=lambda: ["actions", "body", "body-markup"])
    shown: "queue.Queue[Shown]" = field(default_factory=queue.Queue)
    closed: "queue.Queue[int]" = field(default_factory=queue.Queue)

    def __enter__(self) -> Self:
        self._last = 40
        return super().__enter__()

    def next(self) -> Shown:
        """Wait for the next notification."""
        return self.shown.get(timeout=PATIENCE)

    def press(self, number: int, action: str) -> None:
        """Press a button of a notification, as a person would."""
        self._here(self._press(number, action))

    async def get_capabilities(self, _caller: Caller) -> list[str]:
        return self.can

    async def notify(  # as the specification has it
        self,
        _caller: Caller,
        _program: str,
        replaced: int,
        _icon: str,
        title: str,
        text: str,
        actions: list[str],
        hints: dict[str, Any],
        _timeout: int,
    ) -> int:
        self._last = replaced or self._last + 1
        plain = {key: hint.value for key, hint in hints.items()}
        self.shown.put(Shown(self._last, replaced, title, text, actions, plain))
        return self._last

    async def close_notification(self, _caller: Caller, number: int) -> None:
        self.closed.put(number)

    async def _join(self) -> None:
        self._bus = await connect(self.address)
        Served(self._bus, PATH, XML, self)
        await self._bus.request_name(NAME)

    async def _leave(self) -> None:
        self._bus.disconnect()
        await self._bus.wait_for_disconnect()

    async def _press(self, number: int, action: str) -> None:
        signal = Message.new_signal(PATH, NAME, "ActionInvoked", "us", [number, action])
        await self._bus.send(signal)
