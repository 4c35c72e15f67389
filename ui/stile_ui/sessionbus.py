"""What stile-tray says and hears on the bus of the session: its own name, and notifications.

It speaks asyncio, and lives in the thread of `session.py`.

    org.freedesktop.Application   who starts stile-tray a second time reaches the first one; any
                                  program of the user may call it, so it opens windows and no more
    org.freedesktop.Notifications what is said beside all windows, with actions
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageType, NameFlag, RequestNameReply
from dbus_next.message import Message
from dbus_next.signature import Variant

from stile.client import connect
from stile.served import Caller, Refused, Served

DBUS = "org.freedesktop.DBus"
NAME = "org.stile.Tray"
PATH = "/org/stile/Tray"
APPLICATION = "org.freedesktop.Application"
NOTIFICATIONS = "org.freedesktop.Notifications"
NOTES_PATH = "/org/freedesktop/Notifications"
XML = """<node><interface name="org.freedesktop.Application">
  <method name="Activate"><arg name="platform_data" type="a{sv}" direction="in"/></method>
  <method name="Open"><arg name="uris" type="as" direction="in"/>
    <arg name="platform_data" type="a{sv}" direction="in"/></method>
  <method name="ActivateAction"><arg name="action_name" type="s" direction="in"/>
    <arg name="parameter" type="av" direction="in"/>
    <arg name="platform_data" type="a{sv}" direction="in"/></method>
</interface></node>"""
"""https://specifications.freedesktop.org/desktop-entry-spec/latest/dbus.html"""

WINDOW = "window"
"""The action that is meant where none is named: bring the window up."""
LOW, NORMAL, CRITICAL = 0, 1, 2


class NoService(Exception):
    """Nobody shows notifications in this session."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification. A later one with the same key takes its place."""

    key: str
    title: str
    text: str
    actions: tuple[tuple[str, str], ...] = ()
    """What can be done about it: a word of ours, and what stands on the button. Nothing here may
    decide about an application: it appears where somebody else may be clicking."""
    is_urgent: bool = False
    seconds: int = 0
    """How long it stays; 0 for as long as the service likes."""


class SessionBus:
    """One connection.

    `wanted(action)` is called when another start of the program wants something of us,
    `acted(key, action)` when a button of a notice was pressed.
    """

    def __init__(
        self, guarded: str, wanted: Callable[[str], None], acted: Callable[[str, str], None]
    ) -> None:
        """*guarded* is the bus that the helper is on: there is one of us for each."""
        self._name = name_for(guarded)
        self._wanted = wanted
        self._acted = acted
        self._bus: MessageBus | None = None
        self._shown: dict[str, int] = {}
        self._talking = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def join(self, address: str = "session") -> bool:
        """Join the bus; gives whether we are the first of our kind there. Raises Away."""
        self._bus = await connect(address)
        Served(self._bus, PATH, XML, self)
        self._bus.add_message_handler(self._heard)
        for member in ("ActionInvoked", "NotificationClosed"):
            rule = f"type='signal',interface='{NOTIFICATIONS}',member='{member}'"
            await self._call(DBUS, "/org/freedesktop/DBus", DBUS, "AddMatch", "s", rule)
        reply = await self._bus.request_name(self._name, NameFlag.DO_NOT_QUEUE)
        return reply in (RequestNameReply.PRIMARY_OWNER, RequestNameReply.ALREADY_OWNER)

    async def tell_first(self, action: str) -> None:
        """Have the one that was first do something."""
        if action == WINDOW:
            await self._call(self._name, PATH, APPLICATION, "Activate", "a{sv}", {})
        else:
            method = "ActivateAction"
            await self._call(self._name, PATH, APPLICATION, method, "sava{sv}", action, [], {})

    async def lost(self) -> None:
        """Wait until the session ends."""
        if self._bus is not None:
            await self._bus.wait_for_disconnect()

    def close(self) -> None:
        """Leave the bus."""
        if self._bus is not None:
            self._bus.disconnect()

    # -- notifications -------------------------------------------------------------------------

    async def show(self, notice: Notice) -> None:
        """Put a notice up. Raises NoService."""
        async with self._talking:
            await self._show(notice)

    async def _show(self, notice: Notice) -> None:
        (found,) = await self._call(NOTIFICATIONS, NOTES_PATH, NOTIFICATIONS, "GetCapabilities", "")
        can = frozenset(found)
        text = escape(notice.text, quote=False) if "body-markup" in can else notice.text
        actions = notice.actions if "actions" in can else ()
        hints = {
            "urgency": Variant("y", CRITICAL if notice.is_urgent else NORMAL),
            "desktop-entry": Variant("s", "stile-tray"),
            "category": Variant("s", "network"),
        }
        (number,) = await self._call(
            NOTIFICATIONS,
            NOTES_PATH,
            NOTIFICATIONS,
            "Notify",
            "susssasa{sv}i",
            "Stile",
            self._shown.get(notice.key, 0),
            "stile",
            notice.title,
            text,
            [word for action in actions for word in action],
            hints,
            notice.seconds * 1000 or -1,
        )
        self._shown[notice.key] = number

    async def take_back(self, key: str) -> None:
        """Take a notice away, where it is still there. Raises NoService."""
        async with self._talking:  # one that is being put up has no number yet
            if number := self._shown.pop(key, 0):
                method = "CloseNotification"
                await self._call(NOTIFICATIONS, NOTES_PATH, NOTIFICATIONS, method, "u", number)

    def _heard(self, message: Message) -> None:
        if (
            message.message_type is not MessageType.SIGNAL
            or message.interface != NOTIFICATIONS
            or message.path != NOTES_PATH
        ):
            return
        task = asyncio.get_running_loop().create_task(self._happened(message))
        self._tasks.add(task)  # the loop alone would let it be collected
        task.add_done_callback(self._tasks.discard)

    async def _happened(self, message: Message) -> None:
        """Take in what became of a notice, once its number is known."""
        async with self._talking:
            number, what = message.body[:2]
        key = next((key for key, shown in self._shown.items() if shown == number), None)
        if key is None:
            return
        if message.member == "ActionInvoked":
            self._acted(key, str(what))
        elif message.member == "NotificationClosed":
            del self._shown[key]

    # -- org.freedesktop.Application -----------------------------------------------------------

    async def activate(self, _caller: Caller, _platform: dict[str, Variant]) -> None:
        """Bring the window up."""
        self._wanted(WINDOW)

    async def open(self, _caller: Caller, _uris: list[str], _platform: dict[str, Variant]) -> None:
        """Refuse files: there are none that we open."""
        raise Refused(f"{DBUS}.Error.NotSupported", "Stile opens no files")

    async def activate_action(
        self, _caller: Caller, action: str, _parameter: list[Variant], _platform: dict[str, Variant]
    ) -> None:
        """Do one of the things that the desktop entry offers."""
        self._wanted(action)

    async def _call(
        self, name: str, path: str, interface: str, member: str, signature: str, *body: object
    ) -> list[Any]:
        if self._bus is None or not self._bus.connected:
            raise NoService("not on a bus")
        message = Message(name, path, interface, member, signature=signature, body=list(body))
        reply = await self._bus.call(message)
        if reply is None or reply.message_type is MessageType.ERROR:
            raise NoService(reply.error_name if reply else "no reply")
        return list(reply.body)


def name_for(guarded: str) -> str:
    """Say by which name we are known to those who ask the helper at *guarded*."""
    if guarded == "system":
        return NAME
    return f"{NAME}.Other{hashlib.sha256(guarded.encode()).hexdigest()[:12]}"
