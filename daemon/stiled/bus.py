"""The helper's place on the bus: its name, who calls, and what it sends."""

import logging
from collections.abc import Callable
from typing import Any

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageFlag, MessageType, NameFlag, RequestNameReply
from dbus_next.errors import DBusError
from dbus_next.message import Message
from dbus_next.signature import Variant

from stile import contract
from stile.client import connect
from stile.connections import Uid
from stile.served import MOST_AT_ONCE, Caller, Served

log = logging.getLogger(__name__)

DBUS = "org.freedesktop.DBus"
POLKIT = "org.freedesktop.PolicyKit1"
LOGIN = "org.freedesktop.login1"
PROPERTIES = f"{DBUS}.Properties"
NETWORKS, NETWORKS_PATH = "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager"
ACTIVE_NETWORK = f"{NETWORKS}.Connection.Active"
MOST_NETWORKS = 64
NETWORK_MATCHES = [
    *(
        f"type='signal',sender='{NETWORKS}',interface='{PROPERTIES}',member='PropertiesChanged',"
        f"arg0='{interface}'"
        for interface in (NETWORKS, ACTIVE_NETWORK)
    ),
    f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{NETWORKS}'",
]
NOBODY_THERE = frozenset(
    f"{DBUS}.Error.{name}"
    for name in ("ServiceUnknown", "NameHasNoOwner", "NoReply", "UnknownMethod", "UnknownObject")
)


class NoName(Exception):
    """The name cannot be had; the text names the reason and the mend."""


class Failed(Exception):
    """Somebody on the bus answered with an error; its name is the argument."""


class Bus:
    """One connection. `gone(name)` is called whenever somebody leaves the bus."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self.gone: Callable[[str], None] = lambda _: None
        self._networks_changed: Callable[[], None] = lambda: None
        bus.add_message_handler(self._heard)

    @classmethod
    async def join(cls, address: str) -> "Bus":
        """Join the bus at *address*. Raises `stile.client.Away`."""
        return cls(await connect(address))

    async def claim(self, target: object) -> None:
        """Serve *target* under our name. Raises NoName."""
        xml = contract.interface(contract.FIREWALL)
        Served(self._bus, contract.PATH, xml, target, most=MOST_AT_ONCE)
        await self._call(DBUS, "/org/freedesktop/DBus", DBUS, "AddMatch", "s", OWNERS)
        try:
            reply = await self._bus.request_name(contract.BUS_NAME, NameFlag.DO_NOT_QUEUE)
        except DBusError as error:
            raise NoName(
                f"the bus does not let us be {contract.BUS_NAME}: {error}; is "
                "org.stile.Firewall1.conf installed in /usr/share/dbus-1/system.d?"
            ) from None
        if reply not in (RequestNameReply.PRIMARY_OWNER, RequestNameReply.ALREADY_OWNER):
            raise NoName(
                f"another helper runs on this bus ({contract.BUS_NAME} is taken): end it, or take "
                "another bus with --bus"
            )

    async def lost(self) -> None:
        """Wait until the connection ends, however."""
        try:
            await self._bus.wait_for_disconnect()
        except Exception as error:  # noqa: BLE001 # whatever broke it, it is gone
            log.debug("the bus: %r", error)

    def leave(self) -> None:
        """Leave the bus."""
        self._bus.disconnect()

    # -- who is it, and may they? ------------------------------------------------------------

    async def user_of(self, name: str) -> Uid:
        """Ask the bus whose *name* is. Raises Failed for one that is gone."""
        method = "GetConnectionUnixUser"
        (uid,) = await self._call(DBUS, "/org/freedesktop/DBus", DBUS, method, "s", name)
        return Uid(uid)

    async def polkit_allows(self, caller: Caller, action: str) -> bool | None:
        """Ask polkit; None where there is none on this bus.

        https://polkit.pages.freedesktop.org/polkit/eggdbus-interface-org.freedesktop.PolicyKit1.Authority.html
        """
        subject = ["system-bus-name", {"name": Variant("s", caller.name)}]
        interaction = 1 if caller.interactive else 0
        try:
            ((allowed, _, _),) = await self._call(
                POLKIT,
                "/org/freedesktop/PolicyKit1/Authority",
                f"{POLKIT}.Authority",
                "CheckAuthorization",
                "(sa{sv})sa{ss}us",
                subject,
                action,
                {},
                interaction,
                "",
            )
        except Failed as error:
            if str(error) in NOBODY_THERE:
                return None
            log.warning("polkit did not say whether %s may %s: %s", caller.name, action, error)
            return False
        return bool(allowed)

    async def is_active(self, uid: Uid) -> bool:
        """Whether a user's session is the active one, at the seat; False without logind.

        Whose process it is counts, and not of which session: what systemd starts for a user, as
        desktops have it start the tray, is of none (sd_pid_get_session(3)), and the number that a
        process had when it joined the bus may be somebody else's by now.
        """
        manager = f"{LOGIN}.Manager"
        try:
            (user,) = await self._call(
                LOGIN, "/org/freedesktop/login1", manager, "GetUser", "u", uid
            )
            session, place = await self._of_login(user, "User", "Display")
            return bool(session and await self._of_login(place, "Session", "Active"))
        except Failed:
            return False

    async def _of_login(self, place: str, kind: str, what: str) -> Any:  # noqa: ANN401 # a Variant's
        """Ask logind (org.freedesktop.login1(5)): *Display* is a session's id and object."""
        interface = f"{LOGIN}.{kind}"
        (value,) = await self._call(
            LOGIN, place, f"{DBUS}.Properties", "Get", "ss", interface, what
        )
        return value.value

    # -- sending -------------------------------------------------------------------------------

    def tell(self, name: str, path: str, member: str, signature: str, *body: object) -> None:
        """Call a method of an agent, and do not wait for what it says."""
        self._send(
            Message(
                name,
                path,
                contract.AGENT,
                member,
                flags=MessageFlag.NO_REPLY_EXPECTED | MessageFlag.NO_AUTOSTART,
                signature=signature,
                body=list(body),
            )
        )

    def signal(
        self, member: str, signature: str = "", *body: object, to: str | None = None
    ) -> None:
        """Send a signal of ours, to everybody or to one."""
        self._send(
            Message(
                to,  # type: ignore[arg-type] # a signal to everybody has no destination
                contract.PATH,
                contract.FIREWALL,
                member,
                MessageType.SIGNAL,
                signature=signature,
                body=list(body),
            )
        )

    def _send(self, message: Message) -> None:
        if self._bus.connected:
            self._bus.send(message)

    async def _call(
        self, name: str, path: str, interface: str, member: str, signature: str, *body: object
    ) -> list[Any]:
        starts = MessageFlag.NO_AUTOSTART if name == NETWORKS else MessageFlag.NONE
        message = Message(
            name, path, interface, member, flags=starts, signature=signature, body=list(body)
        )
        reply = await self._bus.call(message)
        if reply is None or reply.message_type is MessageType.ERROR:
            raise Failed(reply.error_name if reply else "no reply")
        return list(reply.body)

    # -- NetworkManager ------------------------------------------------------------------------

    async def active_networks(self) -> list[dict[str, Any]] | None:
        """What NetworkManager says of its active connections; None where there is none to say it.

        https://networkmanager.dev/docs/api/latest/gdbus-org.freedesktop.NetworkManager.html
        """
        try:
            (paths,) = await self._call(
                NETWORKS, NETWORKS_PATH, PROPERTIES, "Get", "ss", NETWORKS, "ActiveConnections"
            )
        except Failed:
            return None
        found = [await self._active_network(path) for path in paths.value[:MOST_NETWORKS]]
        return [each for each in found if each is not None]

    async def _active_network(self, path: str) -> dict[str, Any] | None:
        """Read the properties of one; None where it has ended meanwhile."""
        try:
            (words,) = await self._call(NETWORKS, path, PROPERTIES, "GetAll", "s", ACTIVE_NETWORK)
        except Failed:
            return None
        return {key: variant.value for key, variant in words.items()}

    async def follow_networks(self, changed: Callable[[], None]) -> None:
        """Call *changed* whenever NetworkManager comes or goes, or its active connections change.

        It says much else, the strength of radios every few seconds: that does not wake us.
        """
        self._networks_changed = changed
        for match in NETWORK_MATCHES:
            await self._call(DBUS, "/org/freedesktop/DBus", DBUS, "AddMatch", "s", match)

    def _heard(self, message: Message) -> None:
        if _is_of_networks(message):
            self._networks_changed()
        if (
            message.message_type is MessageType.SIGNAL
            and message.sender == DBUS
            and message.member == "NameOwnerChanged"
        ):
            name, _, new = message.body
            if not new:
                self.gone(name)


def _is_of_networks(message: Message) -> bool:
    """Whether a signal is one of `NETWORK_MATCHES`; anybody may send one, and we only look anew."""
    if message.message_type is not MessageType.SIGNAL or not message.body:
        return False
    if message.interface == PROPERTIES:
        return message.body[0] in (NETWORKS, ACTIVE_NETWORK)
    return message.member == "NameOwnerChanged" and message.body[0] == NETWORKS


OWNERS = f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg2=''"
"""Only those who leave wake us."""
