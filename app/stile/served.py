"""Python objects on the bus: the contract says what exists, the target says what it does.

dbus-next's own service classes never tell a method who called it, and send the traceback of a
failed call to the caller. We need the first and cannot have the second, so calls are taken as
plain messages and matched against the XML.
"""

import asyncio
import logging
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from dbus_next import introspection
from dbus_next.constants import MessageFlag, MessageType
from dbus_next.message import Message
from dbus_next.message_bus import BaseMessageBus

from stile import contract

log = logging.getLogger(__name__)

Handler = Callable[..., Awaitable[Any]]
MOST_AT_ONCE = 64
"""Calls of one caller that a service for all answers at a time: they wait, and take memory."""


class Refused(Exception):
    """A call that is answered by an error: its D-Bus name, and a sentence for the caller."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the unique name that the bus vouches for."""

    name: str
    interactive: bool = False
    """Whether the caller's user may be asked for a password (ALLOW_INTERACTIVE_AUTHORIZATION)."""


class Served:
    """One object path, answering the calls that the contract lists.

    Every method of the XML, `RegisterAgent` say, is the coroutine `register_agent(caller, ...)` of
    *target*; a missing one fails here, at the start. A handler raises `Refused` to answer with an
    error; any other exception is logged here and answered with a bare "internal error". Of one
    caller *most* calls are answered at a time: an agent is called by the helper alone, as often as
    there are questions.
    """

    def __init__(
        self,
        bus: BaseMessageBus,
        path: str,
        xml: str,
        target: object,
        *,
        most: int = sys.maxsize,
    ) -> None:
        self._bus = bus
        self._path = path
        self._xml = xml
        self._calls = _bound(introspection.Node.parse(xml), target)
        self._running: set[asyncio.Task[None]] = set()
        self._most = most
        self._at_once: Counter[str] = Counter()
        bus.add_message_handler(self._take)

    def _take(self, call: Message) -> Message | bool | None:
        if call.message_type is not MessageType.METHOD_CALL or call.path != self._path:
            return None
        if (call.interface, call.member) == (
            "org.freedesktop.DBus.Introspectable",
            "Introspect",
        ):
            return Message.new_method_return(call, "s", [self._xml])
        if (known := self._calls.get((call.interface, call.member))) is None:
            return None
        method, handler = known
        if call.signature != method.in_signature:
            text = f"{method.name} takes ({method.in_signature}), not ({call.signature})"
            return Message.new_error(call, contract.INVALID_ARGS, text)
        sender = call.sender or ""
        if self._at_once[sender] >= self._most:
            text = f"at most {self._most} calls at once"
            return True if _is_silent(call) else Message.new_error(call, contract.LIMITS, text)
        task = asyncio.get_running_loop().create_task(self._answer(call, method, handler))
        self._running.add(task)  # the loop alone would let it be collected
        self._at_once[sender] += 1
        task.add_done_callback(partial(self._done, sender))
        return True

    def _done(self, sender: str, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._at_once[sender] -= 1
        if not self._at_once[sender]:
            del self._at_once[sender]

    async def _answer(self, call: Message, method: introspection.Method, handler: Handler) -> None:
        caller = Caller(
            call.sender or "",
            bool(call.flags & MessageFlag.ALLOW_INTERACTIVE_AUTHORIZATION),
        )
        try:
            out = await handler(caller, *call.body)
        except Refused as error:
            reply = Message.new_error(call, error.name, str(error))
        except Exception:
            log.exception("%s failed", method.name)
            reply = Message.new_error(call, contract.FAILED, "internal error, see the helper's log")
        else:
            reply = Message.new_method_return(
                call, method.out_signature, [] if out is None else [out]
            )
        if not _is_silent(call):
            self._bus.send(reply)


def _is_silent(call: Message) -> bool:
    """Whether the caller wants no answer."""
    return bool(call.flags & MessageFlag.NO_REPLY_EXPECTED)


def _bound(
    node: introspection.Node, target: object
) -> dict[tuple[str, str], tuple[introspection.Method, Handler]]:
    """Pair each method of the contract with its handler."""
    return {
        (interface.name, method.name): (method, getattr(target, _python_name(method.name)))
        for interface in node.interfaces
        for method in interface.methods
    }


def _python_name(member: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", member).lower()
