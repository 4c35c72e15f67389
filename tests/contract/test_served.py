"""Objects on a real, private bus: who called is known, and only what the contract lists is done."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator

import pytest
from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageFlag
from dbus_next.message import Message
from private_bus import private_bus

from stile import contract
from stile.served import MOST_AT_ONCE, Caller, Refused, Served

PATH = "/test"
INTERFACE = "org.test.Played1"
XML = f"""<node><interface name="{INTERFACE}">
  <method name="WhoAmI"><arg type="s" direction="out"/></method>
  <method name="TakeTwo"><arg type="s" direction="in"/><arg type="u" direction="in"/></method>
  <method name="SayNo"/>
  <method name="BreakDown"/>
  <method name="Wait"/>
</interface></node>"""

Call = Callable[..., Awaitable[Message]]


class Target:
    def __init__(self) -> None:
        self.callers: list[Caller] = []
        self.taken: list[tuple[str, int]] = []
        self.released = asyncio.Event()

    async def who_am_i(self, caller: Caller) -> str:
        self.callers.append(caller)
        return caller.name

    async def take_two(self, caller: Caller, text: str, number: int) -> None:
        self.taken.append((text, number))

    async def wait(self, caller: Caller) -> None:
        self.callers.append(caller)
        await self.released.wait()

    async def say_no(self, caller: Caller) -> None:
        raise Refused("org.test.Error.No", "for this reason")

    async def break_down(self, caller: Caller) -> None:
        raise RuntimeError("a secret of the inside")


@pytest.fixture
def bus_address() -> Iterator[str]:
    with private_bus() as address:
        yield address


def play(
    address: str,
    target: Target,
    story: Callable[[Call, MessageBus], Awaitable[None]],
    most: int = MOST_AT_ONCE,
) -> None:
    """Serve *target* on the bus and let *story* call it from another connection."""

    async def both() -> None:
        server = await MessageBus(bus_address=address).connect()
        Served(server, PATH, XML, target, most=most)
        client = await MessageBus(bus_address=address).connect()

        async def call(
            member: str, signature: str = "", *body: object, flags: MessageFlag = MessageFlag.NONE
        ) -> Message:
            interface, _, member = member.rpartition(".")
            message = Message(
                str(server.unique_name),
                PATH,
                interface or INTERFACE,
                member,
                flags=flags,
                signature=signature,
                body=list(body),
            )
            reply = await client.call(message)
            assert reply is not None
            return reply

        await story(call, client)
        client.disconnect()
        server.disconnect()

    asyncio.run(both())


def test_who_calls_is_known_by_the_bus_name(bus_address: str) -> None:
    target = Target()

    async def story(call: Call, client: MessageBus) -> None:
        reply = await call("WhoAmI")
        await call("WhoAmI", flags=MessageFlag.ALLOW_INTERACTIVE_AUTHORIZATION)

        assert reply.body == [client.unique_name]
        assert target.callers == [
            Caller(str(client.unique_name), interactive=False),
            Caller(str(client.unique_name), interactive=True),
        ]

    play(bus_address, target, story)


def test_a_call_with_other_arguments_than_the_contract_has_is_refused(bus_address: str) -> None:
    target = Target()

    async def story(call: Call, _: MessageBus) -> None:
        wrong = await call("TakeTwo", "s", "one")
        right = await call("TakeTwo", "su", "one", 1)

        assert wrong.error_name == "org.freedesktop.DBus.Error.InvalidArgs"
        assert wrong.body == ["TakeTwo takes (su), not (s)"]
        assert not right.error_name
        assert target.taken == [("one", 1)]

    play(bus_address, target, story)


def test_a_refusal_has_its_name_and_its_sentence(bus_address: str) -> None:
    async def story(call: Call, _: MessageBus) -> None:
        reply = await call("SayNo")

        assert (reply.error_name, reply.body) == ("org.test.Error.No", ["for this reason"])

    play(bus_address, Target(), story)


def test_what_breaks_inside_is_logged_and_never_told(
    bus_address: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(call: Call, _: MessageBus) -> None:
        reply = await call("BreakDown")

        assert reply.error_name == "org.freedesktop.DBus.Error.Failed"
        assert reply.body == ["internal error, see the helper's log"]

    with caplog.at_level(logging.ERROR):
        play(bus_address, Target(), story)
    assert "a secret of the inside" in caplog.text


def test_what_the_contract_does_not_list_is_not_there(bus_address: str) -> None:
    async def story(call: Call, _: MessageBus) -> None:
        reply = await call("TakeThree")

        assert reply.error_name == "org.freedesktop.DBus.Error.UnknownMethod"

    play(bus_address, Target(), story)


def test_the_contract_can_be_read_from_the_object(bus_address: str) -> None:
    async def story(call: Call, _: MessageBus) -> None:
        reply = await call("org.freedesktop.DBus.Introspectable.Introspect")

        assert reply.body == [XML]

    play(bus_address, Target(), story)


def test_a_caller_gets_so_many_answers_at_a_time_and_others_all_the_same(bus_address: str) -> None:
    target = Target()

    async def story(call: Call, _: MessageBus) -> None:
        calls = [asyncio.ensure_future(call("Wait")) for _ in range(MOST_AT_ONCE + 1)]
        (first,), waiting = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        beyond = first.result()
        other = await MessageBus(bus_address=bus_address).connect()
        message = Message(beyond.sender, PATH, INTERFACE, "WhoAmI")
        answer = await other.call(message)
        other.disconnect()
        target.released.set()
        answers = await asyncio.gather(*waiting)
        again = await call("WhoAmI")

        assert beyond.error_name == contract.LIMITS
        assert answer is not None
        assert not answer.error_name
        assert not [each.error_name for each in (*answers, again) if each.error_name]
        assert len(target.callers) == MOST_AT_ONCE + 2

    play(bus_address, target, story)


def test_an_agent_is_asked_as_often_as_there_are_questions(bus_address: str) -> None:
    target = Target()

    async def story(call: Call, _: MessageBus) -> None:
        calls = [asyncio.ensure_future(call("Wait")) for _ in range(2 * MOST_AT_ONCE)]
        answer = await call("WhoAmI")
        target.released.set()
        answers = await asyncio.gather(*calls)

        assert not [each.error_name for each in (*answers, answer) if each.error_name]

    play(bus_address, target, story, sys.maxsize)


def test_a_missing_handler_fails_at_the_start(bus_address: str) -> None:
    class Lazy:
        async def who_am_i(self, caller: Caller) -> str:
            return caller.name

    async def start() -> None:
        bus = await MessageBus(bus_address=bus_address).connect()
        try:
            Served(bus, PATH, XML, Lazy())
        finally:
            bus.disconnect()

    with pytest.raises(AttributeError, match="take_two"):
        asyncio.run(start())
