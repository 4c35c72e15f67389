"""Every exec of the machine: the gate asks before it, the kernel tells of it afterwards."""

import asyncio
import heapq
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from stile.applications import Application
from stile.connections import Pid
from stile.rules import Policy
from stiled.execevents import ExecEvents, NoEvents
from stiled.execnotes import ExecNotes
from stiled.executions import Executions
from stiled.features import Feature, State
from stiled.gatekeeper import Gatekeeper
from stiled.procevents import Connector
from stiled.starts import Starts

log = logging.getLogger(__name__)

FAILED = 0.05
"""Seconds after which an exec that was let through has mostly failed, if nobody told of it."""
LATEST = 60.0
"""Seconds after which nobody looks any more whether it did."""


class ExecWatch:
    """Owns what watches programs being executed."""

    def __init__(
        self, gatekeeper: Gatekeeper, executions: Executions, notes: ExecNotes | None
    ) -> None:
        """*notes* are what the kernel tells of execs, where a BPF program can be had."""
        self._gatekeeper = gatekeeper
        self._executions = executions
        self._notes = notes
        self._events: ExecEvents | None = None
        self._no_events = "not yet there"
        self._starts = Starts(self._came, executions.look_for, gatekeeper.places)
        self._checks = ThreadPoolExecutor(1)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begun: list[tuple[float, float, Pid]] = []
        """Execs that may have failed: when to look, after how many seconds, and at whom."""
        self._timer: asyncio.TimerHandle | None = None

    def start(self, policy: Policy) -> None:
        """Begin to watch. It blocks until the gate is there, or cannot be."""
        table = self._executions.learn(policy)
        self._gatekeeper.start(table)
        self._start_events()
        if self._gatekeeper.is_there:
            self._starts.start()
            self._starts.learn(table)
        self._executions.look_through()

    def _start_events(self) -> None:
        try:
            source = self._notes or Connector.open()
        except NoEvents as error:
            self._no_events = str(error)
            log.warning("%s", error)
        else:
            told = self._executions
            self._events = ExecEvents(source, told.executed, told.look_through)

    def listen(self, loop: asyncio.AbstractEventLoop, changed: Callable[[], None]) -> None:
        """Follow what the gate does; *changed* is called when `features` are others."""
        self._loop = loop
        self._gatekeeper.listen(loop, self._left, changed)

    def learn(self, policy: Policy, applications: Iterable[Application] | None = None) -> None:
        """Go by *policy* from now on, which says other things about *applications* or about all.

        It blocks; where the gate cannot be told, it says so.
        """
        try:
            if applications is None:
                self._learn_all(policy)
            else:
                table, change = self._executions.learn_of(policy, applications)
                self._gatekeeper.push(table, change)
                self._starts.learn_of(change)
        except OSError as error:
            log.error("the exec gate does not know the new rules: %s", error)

    def _learn_all(self, policy: Policy) -> None:
        table = self._executions.learn(policy)
        self._gatekeeper.push(table)
        self._starts.learn(table)

    def is_outdated(self, application: Application) -> bool:
        """Whether what is known about an application's file is not so any more. It blocks."""
        return self._executions.is_outdated(application)

    def look_through(self) -> None:
        """See that everybody in a class belongs there. It blocks."""
        self._executions.look_through()

    def close(self) -> None:
        """Stop watching; the gate goes on."""
        if self._timer:
            self._timer.cancel()
        self._gatekeeper.close()
        if self._events:
            self._events.close()
        self._starts.close()
        self._checks.shutdown(wait=False, cancel_futures=True)

    def features(self) -> list[Feature]:
        """Say what is watched, and what follows where something is not."""
        return [self._gate(), self._net()]

    def _gate(self) -> Feature:
        keeper = self._gatekeeper
        if keeper.is_there:
            text = f"a program leaves the class of another before it runs; it sees {keeper.guarded}"
            return Feature("exec gate", State.OK, text)
        text = f"there is no exec gate, {keeper.why_not}"
        shares = "a program that a decided one starts shares its verdict"
        if self._events:
            caught = f"{shares} until it is caught, some milliseconds"
            return Feature("exec gate", State.LIMITED, f"{caught}: {text}")
        return Feature("exec gate", State.MISSING, f"{shares}: {text}")

    def _net(self) -> Feature:
        if not self._events:
            kept = (
                "what the exec gate does not see keeps the verdict of the program that started it"
            )
            return Feature("exec events", State.LIMITED, f"{kept}: {self._no_events}")
        text = "what the exec gate does not see (programs in memory, FUSE) is caught afterwards"
        if not self._notes:
            text += "; without BPF every exec of the machine wakes the helper, and takes 6 % longer"
        return Feature("exec events", State.OK, text)

    # -- what the gate tells --------------------------------------------------------------------

    def _left(self, pid: Pid, group: str) -> None:
        self._executions.left(pid, group)
        self._look_after(FAILED, pid)

    def _look_after(self, wait: float, pid: Pid) -> None:
        """See whether an exec has failed, ever later while that cannot be told."""
        if self._loop and wait < LATEST:
            heapq.heappush(self._begun, (self._loop.time() + wait, wait, pid))
            if self._timer is None:  # many begin at a time: it is looked at some together
                self._timer = self._loop.call_later(FAILED, self._rang)

    def _rang(self) -> None:
        self._timer, due = None, list[tuple[float, Pid]]()
        while self._loop and self._begun and self._begun[0][0] <= self._loop.time():
            _, wait, pid = heapq.heappop(self._begun)
            due.append((wait, pid))
        if due:
            with suppress(RuntimeError):  # it is shut down
                self._checks.submit(self._look, due)
        if self._loop and self._begun:
            later = max(self._begun[0][0], self._loop.time() + FAILED)
            self._timer = self._loop.call_at(later, self._rang)

    def _look(self, due: Sequence[tuple[float, Pid]]) -> None:
        for wait, pid in due:
            if not self._executions.not_executed(pid) and self._loop:
                with suppress(RuntimeError):  # it has ended
                    self._loop.call_soon_threadsafe(self._look_after, 2 * wait, pid)

    def _came(self, pid: Pid) -> None:
        if self._gatekeeper.is_there:  # else it would share its verdict with all that it starts
            self._executions.came(pid)
