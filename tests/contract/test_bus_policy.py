"""Our policy file in a real system bus: who may own the name, who may call whom."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageType, NameFlag
from dbus_next.errors import DBusError
from dbus_next.message import Message

from stile import contract

POLICY = Path(__file__).parents[2] / "packaging" / "org.stile.Firewall1.conf"
ROOT, NOBODY = 0, 65534
DENIED = contract.ACCESS_DENIED
ARRIVED = "it arrived"
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:dir={place}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <include>{policy}</include>
</busconfig>
"""
"""The rules of a stock system bus, and ours."""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be two users at once")


@pytest.fixture
def system_bus() -> Iterator[str]:
    # not tmp_path: only its owner may look into that
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        config = Path(place) / "bus.conf"
        config.write_text(BUS.format(place=place, policy=POLICY))
        with subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as daemon:
            assert daemon.stdout is not None
            yield daemon.stdout.readline().strip()
            daemon.terminate()


async def joined(address: str, uid: int) -> MessageBus:
    """Join the bus as a user; whatever is called there is answered."""
    os.setresuid(uid, uid, ROOT)
    try:
        bus = await MessageBus(bus_address=address).connect()
    finally:
        os.setresuid(ROOT, ROOT, ROOT)
    bus.add_message_handler(_answer)
    return bus


def _answer(call: Message) -> Message | None:
    if call.message_type is not MessageType.METHOD_CALL:
        return None
    return Message.new_method_return(call, "s", [ARRIVED])


async def reach(caller: MessageBus, destination: str, method: str) -> str:
    """Call a method, and say what came back: what was answered, or the error's name."""
    interface, _, member = method.rpartition(".")
    reply = await caller.call(Message(destination, "/", interface, member))
    assert reply is not None
    return reply.error_name or str(reply.body[0])


def test_only_root_may_own_the_name(system_bus: str) -> None:
    async def story() -> None:
        root, nobody = await joined(system_bus, ROOT), await joined(system_bus, NOBODY)

        with pytest.raises(DBusError, match="not allowed to own"):
            await nobody.request_name(contract.BUS_NAME, NameFlag.DO_NOT_QUEUE)
        await root.request_name(contract.BUS_NAME, NameFlag.DO_NOT_QUEUE)

        nobody.disconnect()
        root.disconnect()

    asyncio.run(story())


def test_everybody_may_call_the_helper_and_it_decides(system_bus: str) -> None:
    async def story() -> None:
        root, nobody = await joined(system_bus, ROOT), await joined(system_bus, NOBODY)
        await root.request_name(contract.BUS_NAME)

        for method, outcome in (
            ("org.stile.Firewall1.AddRule", ARRIVED),
            ("org.freedesktop.DBus.Introspectable.Introspect", ARRIVED),
            ("org.other.Interface.Method", DENIED),
        ):
            assert await reach(nobody, contract.BUS_NAME, method) == outcome

        nobody.disconnect()
        root.disconnect()

    asyncio.run(story())


def test_only_root_may_ask_agents(system_bus: str) -> None:
    async def story() -> None:
        root, nobody = await joined(system_bus, ROOT), await joined(system_bus, NOBODY)
        agent = await joined(system_bus, NOBODY)
        address = str(agent.unique_name)

        assert await reach(root, address, "org.stile.Agent1.Ask") == ARRIVED
        assert await reach(nobody, address, "org.stile.Agent1.Ask") == DENIED
        assert await reach(nobody, address, "org.other.Interface.Method") == DENIED

        for bus in (root, nobody, agent):
            bus.disconnect()

    asyncio.run(story())
