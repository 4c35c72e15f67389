"""Calls of the helper, many and odd ones, from an account without rights."""

import asyncio
from pathlib import Path

from dbus_next.constants import MessageFlag, MessageType
from dbus_next.message import Message
from other_users import done_as
from worlds import World, until

from stile import contract
from stile.client import connect

NOBODY = 65534
"""The bus lets only those in who stand in passwd(5)."""
OBJECT = "/org/stile/Agent"
LOGIN = "org.freedesktop.login1"
CALLS = 3000
ROOM = 30 << 10
"""KiB by which the helper may grow."""


def message(member: str, signature: str = "", *body: object, flags: MessageFlag) -> Message:
    return Message(
        contract.BUS_NAME,
        contract.PATH,
        contract.FIREWALL,
        member,
        flags=flags,
        signature=signature,
        body=list(body),
    )


def resident(pid: int) -> int:
    """KiB of memory that a process has."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


async def floods(bus: str) -> None:
    """Ask for everything, and wait for nothing."""
    joined = await connect(bus)
    silent = MessageFlag.NO_REPLY_EXPECTED
    for number in range(CALLS):
        await joined.send(message("RegisterAgent", "o", OBJECT, flags=silent))
        await joined.send(message("Pause", "u", number, flags=silent))
        await joined.send(message("Answer", "ta{sv}", number, {}, flags=silent))
    await joined.call(message("Status", flags=MessageFlag.NONE))  # all of them have arrived
    other = await connect(bus)
    reply = await other.call(message("Status", flags=MessageFlag.NONE))
    assert reply is not None
    assert reply.message_type is MessageType.METHOD_RETURN
    for each in (joined, other):
        each.disconnect()


def test_a_flood_of_calls_neither_fills_the_log_nor_the_memory_nor_keeps_others_out(
    guarded: World,
) -> None:
    helper = guarded.stiled()
    guarded.stile("status")
    lines, before = len(helper.log.read_text().splitlines()), resident(helper.process.pid)

    done_as(NOBODY, floods(guarded.bus))

    assert "rules" in guarded.stile("status"), "root is answered"
    assert resident(helper.process.pid) - before < ROOM
    told = helper.log.read_text().splitlines()[lines:]
    assert sum(f"user {NOBODY} may not" in line for line in told) == 2, "agent and pause"
    assert len(told) < 10


def test_who_leaves_while_it_is_asked_where_he_sits_is_no_agent_afterwards(guarded: World) -> None:
    """Otherwise nobody could answer this user's questions until the helper is started anew."""
    guarded.stiled()

    async def story() -> None:
        login, leaving = await connect(guarded.bus), await connect(guarded.bus)
        asked = asyncio.Event()
        questions: list[Message] = []

        def heard(call: Message) -> bool:
            if call.member == "GetUser":
                questions.append(call)
                asked.set()
                return True
            return False

        login.add_message_handler(heard)
        await login.request_name(LOGIN)
        silent = MessageFlag.NO_REPLY_EXPECTED
        await leaving.send(message("RegisterAgent", "o", OBJECT, flags=silent))
        await asyncio.wait_for(asked.wait(), 10)
        leaving.disconnect()
        await leaving.wait_for_disconnect()
        await login.send(Message.new_error(questions[0], f"{LOGIN}.NoSuchUser", "none"))
        await login.release_name(LOGIN)
        login.disconnect()

    asyncio.run(story())

    until(guarded.try_agent, "the one who comes after can answer")
