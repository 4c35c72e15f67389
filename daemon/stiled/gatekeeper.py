"""Starts the exec gate, tells it what changes, and starts another one where it ends.

The gate outlives the helper: while that is away, nobody slips into the class of another. The next
helper starts a gate of its own, and ends the old one when that is in place.
"""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Lock

from stile.connections import Pid
from stiled import gatepids
from stiled.gatetable import Change, Table, dump_change
from stiled.glance import NONE
from stiled.netcls import NetCls

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that a gate has to begin, and to end."""
LONGEST_WAIT = 60.0
"""Seconds between two tries to start one that does not last; the first follows at once."""
TABLE = "gate.table"
"""In the runtime folder: what the gate knows, and line by line what has changed since."""
MOST_CHANGES = 200
"""Lines after which the table is written anew."""


class Gatekeeper:
    """The gate, as the helper sees it. *spec* is `auto`, `none` or folders with commas between.

    *glance* is the program by which it looks at processes (`glance.py`), if there is one.
    """

    def __init__(self, runtime: Path, netcls: NetCls, spec: str, glance: int | None = None) -> None:
        self._runtime = runtime
        self._netcls = netcls
        self._spec = spec
        self._glance = glance
        self._lock = Lock()
        self._changes = MOST_CHANGES
        self._table = Table()
        self._gate: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._exited = -1
        self._wait = 0.0
        self._began = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._left: Callable[[Pid, str], None] = lambda *_: None
        self._changed: Callable[[], None] = lambda: None
        self.why_not = "it is switched off (--gate none)" if spec == "none" else "not yet there"
        self.guarded = ""

    @property
    def is_there(self) -> bool:
        """Whether execs are asked about."""
        return self._gate is not None

    @property
    def places(self) -> list[str]:
        """The folders that the gate stands at, if there is one."""
        return ["/"] if self._spec == "auto" else self._spec.split(",")

    def start(self, table: Table) -> None:
        """Start a gate, unless there shall be none; `is_there` tells what became of it.

        It blocks until the gate has begun, about 0.2 s.
        """
        if self._spec == "none":
            end_gates(self._runtime)
            return
        former = gatepids.read(self._runtime)
        self.push(table)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ExitStack() as undo, theirs:
            undo.callback(ours.close)
            gate = subprocess.Popen(  # noqa: S603 # nothing in it comes from outside
                [sys.executable, "-I", "-m", "stiled.execgate", *self._words(theirs)],
                pass_fds=[theirs.fileno(), *([] if self._glance is None else [self._glance])],
                stdin=subprocess.DEVNULL,
            )
            undo.pop_all()
        ours.settimeout(PATIENCE)
        said = _said(ours)
        if not said.startswith("ready"):
            self.why_not = said.removeprefix("failed ") or "it did not begin"
            log.warning("there is no exec gate: %s", self.why_not)
            gate.kill()
            gate.wait()
            ours.close()
            return
        gatepids.end(former)
        ours.setblocking(False)  # noqa: FBT003
        self._gate, self._channel, self.why_not = gate, ours, ""
        self._began = time.monotonic()
        self.guarded = said.removeprefix("ready ")

    def listen(
        self,
        loop: asyncio.AbstractEventLoop,
        left: Callable[[Pid, str], None],
        changed: Callable[[], None],
    ) -> None:
        """Tell *left* who has been taken out of which group.

        *changed* is called when the gate fails, or is there again.
        """
        self._loop, self._left, self._changed = loop, left, changed
        loop.add_signal_handler(signal.SIGCHLD, self._go_on)
        self._watch()

    def push(self, table: Table, change: Change | None = None) -> None:
        """Tell the gate what it shall know from now on. Raises OSError.

        *change* is what is new in it, where the gate knows all else already.
        """
        with self._lock:
            self._table = table
            if change is not None and self._changes < MOST_CHANGES:
                self._append(change)
            else:
                self._write(table)
        if channel := self._channel:
            with suppress(BlockingIOError):  # it has not read the last call yet: one is enough
                channel.send(b"read")

    def _write(self, table: Table) -> None:
        place, new = self._runtime / TABLE, self._runtime / f"{TABLE}.new"
        new.write_bytes(table.dump())
        new.chmod(0o600)
        new.replace(place)
        self._changes = 0

    def _append(self, change: Change) -> None:
        before, self._changes = self._changes, MOST_CHANGES  # the next one is whole if this fails
        with (self._runtime / TABLE).open("ab", buffering=0) as file:
            file.write(dump_change(change))
        self._changes = before + 1

    def close(self) -> None:
        """Leave the gate alone."""
        self._unwatch()

    def _words(self, channel: socket.socket) -> list[str]:
        table = self._runtime / TABLE
        mount, home = self._netcls.mount, self._netcls.home
        glance = NONE if self._glance is None else str(self._glance)
        return [str(channel.fileno()), str(table), str(mount), home, glance, *self.places]

    def _watch(self) -> None:
        if self._loop and self._gate and self._channel:
            self._exited = os.pidfd_open(self._gate.pid)
            self._loop.add_reader(self._exited, self._ended)
            self._loop.add_reader(self._channel, self._heard)

    def _unwatch(self) -> None:
        if self._loop and self._channel and self._exited >= 0:
            self._loop.remove_reader(self._exited)
            self._loop.remove_reader(self._channel)
            self._channel.close()
            os.close(self._exited)
        self._gate, self._channel, self._exited = None, None, -1

    def _heard(self) -> None:
        """Read `left PID GROUP`, some lines of it perhaps, or `log LEVEL TEXT`."""
        if self._channel is None:
            return
        try:
            word, number, rest = _words(said := self._channel.recv(1 << 16))
            if word == "log":
                log.log(number, "exec gate: %s", rest)
            elif word == "left":
                for line in said.splitlines():
                    _, number, rest = _words(line)
                    self._left(Pid(number), rest)
        except (OSError, ValueError):
            return  # it has ended

    def _go_on(self) -> None:
        """Let the guardian go on where somebody has stopped it: the whole machine waits for it."""
        if self._gate is None:
            return
        with suppress(ChildProcessError):
            if os.waitid(os.P_PID, self._gate.pid, os.WSTOPPED | os.WNOHANG):
                log.warning("somebody has stopped the exec gate: it goes on")
                self._gate.send_signal(signal.SIGCONT)

    def _ended(self) -> None:
        """Start another gate; the processes of the one that ended are ended by then."""
        if self._gate is None or self._loop is None:
            return
        code = self._gate.wait()
        self._unwatch()
        self.why_not = f"it has ended ({code})"
        log.error("the exec gate has ended (%s): another one is started", code)
        self._changed()
        if time.monotonic() - self._began > LONGEST_WAIT:
            self._wait = 0.0
        self._restart_later()

    def _restart_later(self) -> None:
        if self._loop:
            self._loop.call_later(self._wait, self._restart)
            self._wait = min(self._wait * 2 + 1, LONGEST_WAIT)

    def _restart(self) -> None:
        if self._loop:
            self._loop.create_task(self._start_again())

    async def _start_again(self) -> None:
        try:
            await asyncio.to_thread(self.start, self._table)
        except OSError as error:  # a full disk, or no memory
            self.why_not = f"it cannot be started: {error.strerror}"
            log.warning("there is no exec gate: %s", self.why_not)
        if self._gate is None:
            self._restart_later()
        self._watch()
        self._changed()


def end_gates(runtime: Path) -> None:
    """End the gate that an earlier helper with this folder has left behind."""
    gatepids.end(gatepids.read(runtime))
    for name in (gatepids.PROCESSES, TABLE):
        (runtime / name).unlink(missing_ok=True)


def _said(channel: socket.socket) -> str:
    """Wait for how a gate began: `ready PLACES` or `failed WHY`; nothing where it did not."""
    try:
        while (said := channel.recv(1 << 16).decode()).startswith("log "):
            _, number, rest = _words(said.encode())
            log.log(number, "exec gate: %s", rest)
    except TimeoutError:
        return ""
    return said


def _words(said: bytes) -> tuple[str, int, str]:
    """Take a message apart: a word, a number, and what follows. Raises ValueError."""
    word, _, rest = said.decode(errors="replace").partition(" ")
    number, _, rest = rest.partition(" ")
    return word, int(number), rest
