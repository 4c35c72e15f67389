"""A panel of the StatusNotifier kind as a play: it takes icons in, and opens their menus.

https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/
"""

import queue
from dataclasses import dataclass, field
from typing import Any

from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant
from played import Played

from stile.client import connect
from stile.served import Caller, Served

PATIENCE = 15.0
NAME = "org.kde.StatusNotifierWatcher"
PATH = "/StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
XML = """<node><interface name="org.kde.StatusNotifierWatcher">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
</interface><interface name="org.freedesktop.DBus.Properties">
  <method name="Get"><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="v" direction="out"/></method>
  <method name="GetAll"><arg type="s" direction="in"/><arg type="a{sv}" direction="out"/></method>
</interface></node>"""
PROPERTIES = {
    "IsStatusNotifierHostRegistered": Variant("b", True),  # noqa: FBT003 # a value
    "ProtocolVersion": Variant("i", 0),
    "RegisteredStatusNotifierItems": Variant("as", []),
}


@dataclass
class PlayedPanel(Played):
    """The watcher and the host in one."""

    address: str
    items: "queue.Queue[tuple[str, str]]" = field(default_factory=queue.Queue)
    """Who has an icon, and where it is."""

    def next(self) -> tuple[str, str]:
        """Wait for the next icon."""
        return self.items.get(timeout=PATIENCE)

    def about(self, item: tuple[str, str], name: str) -> Any:  # noqa: ANN401 # of any type
        """Read a property of an icon."""
        reply = self._here(
            self._call(*item, "org.freedesktop.DBus.Properties", "Get", "ss", ITEM, name)
        )
        return reply[0].value

    def menu(self, item: tuple[str, str]) -> dict[str, int]:
        """Read the menu of an icon: its entries, and their numbers."""
        path = self.about(item, "Menu")
        _, (_, _, entries) = self._here(
            self._call(item[0], path, MENU, "GetLayout", "iias", 0, -1, [])
        )
        found = {}
        for entry in entries:
            number, words, _ = entry.value
            if "label" in words and words.get("visible", Variant("b", True)).value:  # noqa: FBT003
                found[words["label"].value.replace("_", "")] = number
        return found

    def click(self, item: tuple[str, str], number: int) -> None:
        """Choose an entry of the menu."""
        path = self.about(item, "Menu")
        body = (number, "clicked", Variant("i", 0), 0)
        self._here(self._call(item[0], path, MENU, "Event", "isvu", *body))

    def activate(self, item: tuple[str, str]) -> None:
        """Click at an icon."""
        self._here(self._call(*item, ITEM, "Activate", "ii", 0, 0))

    async def register_status_notifier_item(self, caller: Caller, service: str) -> None:
        is_path = service.startswith("/")
        where = (caller.name, service) if is_path else (service, "/StatusNotifierItem")
        self.items.put(where)

    async def register_status_notifier_host(self, _caller: Caller, _service: str) -> None:
        pass

    async def get(self, _caller: Caller, _interface: str, name: str) -> Variant:
        return PROPERTIES[name]

    async def get_all(self, _caller: Caller, _interface: str) -> dict[str, Variant]:
        return PROPERTIES

    async def _join(self) -> None:
        self._bus = await connect(self.address)
        Served(self._bus, PATH, XML, self)
        await self._bus.request_name(NAME)

    async def _leave(self) -> None:
        self._bus.disconnect()
        await self._bus.wait_for_disconnect()

    async def _call(
        self, name: str, path: str, interface: str, member: str, signature: str, *body: object
    ) -> list[Any]:
        message = Message(name, path, interface, member, signature=signature, body=list(body))
        reply = await self._bus.call(message)
        assert reply is not None
        assert reply.message_type is not MessageType.ERROR, reply.body
        return list(reply.body)
