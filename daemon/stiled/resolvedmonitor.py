"""What systemd-resolved finds out: its monitor, the one that `resolvectl monitor` shows.

Programs ask systemd-resolved over D-Bus, varlink or its stub, and what it says may come from its
cache, over TLS or out of /etc/hosts: none of that is seen on the wire. Where it runs, it tells root
of each lookup with what it found, before or while it answers the program.

The monitor speaks varlink: JSON objects over a Unix socket, each ended by a NUL. One call
subscribes (`SubscribeQueryResults`, with "more"), and a reply for each lookup follows.
"""

import asyncio
import base64
import json
import logging
import pwd
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from inotify_simple import INotify, flags

from stiled import dnsmessages
from stiled.features import Feature, State
from stiled.hostnames import Answer

log = logging.getLogger(__name__)

PLACE = Path("/run/systemd/resolve/io.systemd.Resolve.Monitor")
SUBSCRIBE = b'{"method":"io.systemd.Resolve.Monitor.SubscribeQueryResults","more":true}\0'
USER = "systemd-resolve"
"""Who systemd-resolved runs as, since it was root no longer."""
LONGEST_MESSAGE = 1 << 20
"""Octets: an answer has 64 KiB at most (RFC 1035, 4.2.2), and is told in words and in base64."""
MOST_NAMES = 32
"""Names that a lookup may lead through; systemd-resolved itself follows 16."""
CHAINED_SECONDS = 60.0
"""For how long an address counts for a name whose alias was found by a lookup of its own, at most:
how long the alias holds is not told then. With each lookup it is told anew."""
WAITS = (0.05, 0.5, 5.0)
"""Seconds before further tries where the socket is there and nobody speaks: between bind() and
listen() of a start, for example. Then nothing is tried until the folder changes."""
STEADY = 10.0
"""Seconds after which a connection was a good one, and the next may be tried as often again."""


class _NotBelieved(Exception):
    """Somebody else sits in its place."""


class Refused(OSError):
    """It does not let us listen."""


class ResolvedMonitor:
    """Listens to systemd-resolved, whenever it runs."""

    def __init__(self, place: Path = PLACE) -> None:
        self._place = place
        self.is_there = False
        """Whether what it finds out is heard at present."""
        self._why_not = ""
        """Empty where it does not run."""
        self._complaint = ""
        self._wondered = False
        self._stirred = asyncio.Event()
        self._learned: Callable[[Answer], None] = lambda _: None
        self._task: asyncio.Task[None] | None = None
        self._watch: _PathWatch | None = None

    def listen(self, loop: asyncio.AbstractEventLoop, learned: Callable[[Answer], None]) -> None:
        """Call *learned* on the loop with what each lookup has found."""
        self._learned = learned
        try:
            self._watch = _PathWatch(self._place, loop, self._stirred.set)
        except OSError as error:  # the user's inotify instances are used up, for example
            log.warning("the start of systemd-resolved will not be noticed: %s", error.strerror)
        self._task = loop.create_task(self._follow())
        self._task.add_done_callback(_ended)

    def close(self) -> None:
        """Listen no more."""
        if self._task:
            self._task.cancel()
        if self._watch:
            self._watch.close()

    @property
    def feature(self) -> Feature:
        """Say whether it is heard, and what follows."""
        if self.is_there:
            text = "what it looks up is heard, also what it answers from its cache or over TLS"
            return Feature("systemd-resolved", State.OK, text)
        if not self._why_not:
            return Feature("systemd-resolved", State.OK, "it does not run: nothing to listen to")
        text = f"what it answers from its cache or over TLS is not known: {self._why_not}"
        return Feature("systemd-resolved", State.LIMITED, text)

    # -- being connected -----------------------------------------------------------------------

    async def _follow(self) -> None:
        """Be connected whenever there is somebody to connect to."""
        loop, waits = asyncio.get_running_loop(), iter(WAITS)
        while True:
            self._stirred.clear()
            began = loop.time()
            why_not, may_come = await self._listen_once()
            self.is_there, self._why_not = False, why_not
            if loop.time() - began > STEADY:
                waits = iter(WAITS)
            wait = next(waits, None) if may_come else None
            if wait is None:
                waits = iter(WAITS)
                self._complain(why_not)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._stirred.wait()

    async def _listen_once(self) -> tuple[str, bool]:
        """Listen until it ends. Says why it did, and whether it may be there in a moment."""
        try:
            await self._listen()
        except (FileNotFoundError, NotADirectoryError):
            return "", False
        except _NotBelieved as error:
            return str(error), False
        except OSError as error:
            return error.strerror or str(error), True

    async def _listen(self) -> NoReturn:
        reader, writer = await asyncio.open_unix_connection(str(self._place), limit=LONGEST_MESSAGE)
        try:
            await _believe(writer.get_extra_info("socket"))
            writer.write(SUBSCRIBE)
            while True:
                self._take(await _message(reader))
                await asyncio.sleep(0)  # others have their turn, however much it has to tell
        finally:
            writer.close()

    def _take(self, message: bytes) -> None:
        try:
            said = read(message)
        except ValueError as error:
            if not self._wondered:
                log.warning("systemd-resolved says what is not understood: %s", error)
            self._wondered = True  # once is enough: others decide how often it happens
            return
        if not self.is_there:
            self.is_there, self._complaint = True, ""
            log.info("systemd-resolved is heard")
        if said and said.addresses:
            self._learned(said)

    def _complain(self, why_not: str) -> None:
        if why_not and why_not != self._complaint:
            log.warning("systemd-resolved is not heard: %s", why_not)
        self._complaint = why_not


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("systemd-resolved is not heard any more", exc_info=error)


async def _believe(connection: socket.socket) -> None:
    """Look who it is that listens there. Raises _NotBelieved, OSError."""
    words = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", words)
    if uid not in await asyncio.to_thread(_trusted):
        raise _NotBelieved(f"its socket is that of user {uid}, who is not believed")


async def _message(reader: asyncio.StreamReader) -> bytes:
    """Give the next message; one that is too long is empty. Raises OSError at the end."""
    is_whole = True
    while True:
        try:
            message = await reader.readuntil(b"\0")
        except asyncio.LimitOverrunError as error:
            is_whole = False
            await reader.readexactly(error.consumed)
        except asyncio.IncompleteReadError:
            raise ConnectionResetError("the connection has ended") from None
        else:
            return message[:-1] if is_whole else b""


def _trusted() -> set[int]:
    """Whose word counts. It may block: users may come from elsewhere than /etc/passwd."""
    with suppress(KeyError):
        return {0, pwd.getpwnam(USER).pw_uid}
    return {0}


# -- what it says ------------------------------------------------------------------------------


def read(message: bytes) -> Answer | None:
    """Read what it says of a lookup; None where it found nothing. Raises ValueError, Refused."""
    if not message:
        raise ValueError("a message that is empty, or too long")
    try:
        said: Any = json.loads(message)
        if "error" in said:
            raise Refused(f"it says {said['error']}")
        said = said["parameters"]
        if said.get("state") != "success":
            return None  # the word that it is ready, or a failure
        former = _names(said.get("collectedQuestions") or [])
        name = _names(said["question"])[0]
        records = [
            base64.b64decode(each["raw"], validate=True) for each in said.get("answer") or []
        ]
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None
    found = dnsmessages.answer_of(name, records)
    return _led_from(former, found) if former and found else found


def _led_from(former: list[str], found: Answer) -> Answer:
    """Say what names have that led to another question, for which an answer was found."""
    names = list(dict.fromkeys((*former[:MOST_NAMES], found.name, *found.aliases)))
    addresses = {each: min(ttl, CHAINED_SECONDS) for each, ttl in found.addresses.items()}
    return Answer(names[0], addresses, tuple(names[1:]))


def _names(questions: list[dict[str, Any]]) -> list[str]:
    """Give the names that are asked for, as on the wire; beside it stands how people write it."""
    names = dict.fromkeys(each["name"] for each in questions)
    return [dnsmessages.host_name(name) for name in names if name.isascii()]


# -- when it comes -----------------------------------------------------------------------------


class _PathWatch:
    """Tells when a path, or the folders that lead there, may have come. It wakes for nothing else.

    Watched are the folders that there are, each for its next part alone.
    """

    def __init__(
        self, path: Path, loop: asyncio.AbstractEventLoop, stirred: Callable[[], None]
    ) -> None:
        self._path = path
        self._loop = loop
        self._stirred = stirred
        self._inotify = INotify(nonblocking=True)
        self._watched: dict[int, str] = {}
        self._look()
        loop.add_reader(self._inotify.fileno(), self._readable)

    def close(self) -> None:
        """Watch no more."""
        self._loop.remove_reader(self._inotify.fileno())
        self._inotify.close()

    def _look(self) -> None:
        """Watch the last folder that is there, and the one above it, in case it goes."""
        while (found := dict(islice(self._watches(), 2))) != self._watched:
            for former in self._watched.keys() - found.keys():
                with suppress(OSError):  # it has gone
                    self._inotify.rm_watch(former)
            self._watched = found  # and again: a folder may have come before that above was watched

    def _watches(self) -> Iterator[tuple[int, str]]:
        """Watch folders that are there, the last first. Gives numbers, and what may come there."""
        interest = flags.CREATE | flags.MOVED_TO | flags.DELETE_SELF | flags.ONLYDIR
        below = self._path
        for folder in self._path.parents:
            with suppress(OSError):
                yield self._inotify.add_watch(folder, interest), below.name
            below = folder

    def _readable(self) -> None:
        events = [each for each in self._inotify.read(timeout=0) if not each.mask & flags.IGNORED]
        if any(each.name in ("", self._watched.get(each.wd)) for each in events):
            self._look()
            self._stirred()
