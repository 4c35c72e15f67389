"""A connection that sends more at once than its socket takes stays a connection."""

import asyncio

from dbus_next.constants import MessageType
from dbus_next.message import Message
from private_bus import private_bus

from stile.client import connect

SIGNALS = 3000
TEXT = "x" * 4000


async def _send_much(address: str) -> int:
    """Send all of it without waiting, and count what arrives at another connection."""
    sender, listener = await connect(address), await connect(address)
    heard, done = 0, asyncio.Event()

    def hear(message: Message) -> None:
        nonlocal heard
        heard += message.message_type is MessageType.SIGNAL and message.member == "Much"
        if heard == SIGNALS:
            done.set()

    listener.add_message_handler(hear)
    for _ in range(SIGNALS):
        sender.send(
            Message(
                str(listener.unique_name),
                "/test",
                "org.test.Busy1",
                "Much",
                message_type=MessageType.SIGNAL,
                signature="s",
                body=[TEXT],
            )
        )
    await asyncio.wait_for(done.wait(), 20)
    for bus in (sender, listener):
        bus.disconnect()
        bus._sock.close()
    return heard


def test_a_full_socket_is_waited_for() -> None:
    with private_bus() as address:
        assert asyncio.run(_send_much(address)) == SIGNALS
