"""A stage for the command line: a bus of its own, a played helper on it, the real `stile`."""

import asyncio
import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from typing import IO, Any, TypeVar

import pytest
from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageFlag, MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from stile import contract, wire
from stile.decisions import Decision
from stile.learned import Learned
from stile.learned import Running as RunningNow
from stile.questions import Details, Question, QuestionId, Why
from stile.rules import Choice, Rule
from stile.served import Caller, Refused, Served
from stile.settings import Settings, Stated
from stile.traffic import OpenConnection, Traffic

T = TypeVar("T")
PATIENCE = 30.0
"""Seconds after which a test gives up; nothing ever waits so long when all is well."""


class Helper:
    """Plays the helper: says what the test has put in, and remembers what it was told.

    It lives on a loop in a thread, because the tests themselves wait for the real command.
    """

    def __init__(self, address: str) -> None:
        self.rules: list[tuple[Rule, bool]] = []
        self.status_words: dict[str, str | int | list[str]] = {"version": "0.1.0", "paused": 0}
        self.findings: list[dict[str, str]] = []
        self.refusals: dict[str, tuple[str, str]] = {}
        self.takes_answers = True
        self.knows: dict[str, dict[str, list[str]]] = {}
        self.lists: list[dict[str, Any]] = []
        self.refreshed = 0
        self.stated = Stated(Settings(), "/etc/stile/stile.toml")
        self.open: list[OpenConnection] = []
        self.passed: list[Traffic] = []
        self.added: list[Rule] = []
        self.learned: list[Learned] = []
        self.judged: list[tuple[str, str, int]] = []
        self.runs: list[RunningNow] = []
        self.removed: list[str] = []
        self.agents: queue.Queue[tuple[str, str]] = queue.Queue()
        self.watchers: queue.Queue[str] = queue.Queue()
        self.answers: queue.Queue[tuple[int, Choice]] = queue.Queue()
        self._address = address
        self._bus: MessageBus | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    # -- what a test does with it ------------------------------------------------------

    def start(self) -> None:
        self._thread.start()
        self.come()

    def come(self) -> None:
        """Join the bus."""
        self._do(self._come())

    def go(self) -> None:
        """Leave the bus, as a helper that is stopped does."""
        self._do(self._go())

    def end(self) -> None:
        if self._bus is not None:
            self.go()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def ask(self, agent: tuple[str, str], question: Question) -> None:
        self._tell(agent, "Ask", "ta{sv}", question.id, wire.question_dict(question))

    def withdraw(self, agent: tuple[str, str], number: QuestionId, why: Why) -> None:
        self._tell(agent, "Withdraw", "ts", number, str(why))

    def tell_of(self, watcher: str, decision: Decision) -> None:
        signal = Message.new_signal(
            contract.PATH, contract.FIREWALL, "Decided", "a{sv}", [wire.decision_dict(decision)]
        )
        signal.destination = watcher
        self._do(self._send(signal))

    def next_agent(self) -> tuple[str, str]:
        return self.agents.get(timeout=PATIENCE)

    def next_answer(self) -> tuple[int, Choice]:
        return self.answers.get(timeout=PATIENCE)

    # -- what the contract wants -------------------------------------------------------

    async def register_agent(self, caller: Caller, path: str) -> None:
        self._check("RegisterAgent")
        self.agents.put((caller.name, path))

    async def unregister_agent(self, caller: Caller, path: str) -> None:
        pass

    async def answer(self, caller: Caller, number: int, choice: dict[str, Variant]) -> bool:
        self._check("Answer")
        self.answers.put((number, wire.choice_of(choice)))
        return self.takes_answers

    async def take_back(self, _caller: Caller, _number: int) -> bool:
        self._check("TakeBack")
        return False

    async def stop_clock(self, _caller: Caller, _number: int, _on: bool) -> bool:  # noqa: FBT001 # the contract's
        self._check("StopClock")
        return False

    async def details(self, _caller: Caller, _number: int, _place: int) -> wire.Dict:
        self._check("Details")
        return wire.details_dict(Details())

    async def list_rules(self, caller: Caller) -> list[dict[str, Variant]]:
        self._check("ListRules")
        return [wire.rule_dict(rule, in_force=in_force) for rule, in_force in self.rules]

    async def list_applications(self, _caller: Caller) -> list[str]:
        return sorted({str(rule.application) for rule, _ in self.rules})

    async def list_rules_of(self, _caller: Caller, _of: list[str]) -> list[dict[str, Variant]]:
        raise NotImplementedError

    async def apply_rules(
        self, caller: Caller, remove: list[str], add: list[dict[str, Variant]]
    ) -> list[str]:
        self._check("ApplyRules")
        self.removed += remove
        self.added += map(wire.new_rule_of, add)
        return [f"id-{number}" for number in range(len(add))]

    async def add_rule(self, caller: Caller, rule: dict[str, Variant]) -> str:
        self._check("AddRule")
        self.added.append(wire.new_rule_of(rule))
        return "the-id"

    async def change_rule(self, caller: Caller, rule: str, changes: dict[str, Variant]) -> str:
        raise NotImplementedError

    async def remove_rule(self, caller: Caller, rule: str) -> None:
        self._check("RemoveRule")
        self.removed.append(rule)

    async def list_lists(self, _caller: Caller) -> list[wire.Dict]:
        return [wire.list_dict(each) for each in self.lists]

    async def known(self, _caller: Caller, address: str, name: str) -> dict[str, list[str]]:
        self._check("Known")
        return self.knows.get(address, {"names": [name] if name else [], "lists": []})

    async def connections(self, _caller: Caller, everybody: bool) -> list[wire.Dict]:  # noqa: FBT001 # the contract's
        self._check("Connections")
        return [wire.open_dict(each) for each in self.open if everybody or each.uid == 1000]

    async def traffic(self, _caller: Caller, everybody: bool) -> list[wire.Dict]:  # noqa: FBT001 # the contract's
        self._check("Traffic")
        return [wire.traffic_dict(each) for each in self.passed if everybody or each.uid == 1000]

    async def refresh_lists(self, _caller: Caller) -> None:
        self.refreshed += 1

    async def pause(self, caller: Caller, seconds: int) -> None:
        raise NotImplementedError

    async def lockdown(self, caller: Caller, on: bool) -> None:  # noqa: FBT001 # the contract's
        self._check("Lockdown")
        self.status_words["lockdown"] = on

    async def learn(self, caller: Caller, seconds: int) -> None:
        self._check("Learn")
        self.status_words["learning"] = seconds

    async def list_learned(self, caller: Caller) -> list[wire.Dict]:
        self._check("ListLearned")
        return [wire.learned_dict(each) for each in self.learned]

    async def judge_learned(self, caller: Caller, verdicts: list[tuple[str, str, int]]) -> None:
        self._check("JudgeLearned")
        self.judged += [(who, what, seen) for who, what, seen in verdicts]

    async def running(self, caller: Caller) -> list[wire.Dict]:
        self._check("Running")
        return [wire.running_dict(each) for each in self.runs]

    async def status(self, caller: Caller) -> dict[str, Variant]:
        self._check("Status")
        return wire.status_dict(self.status_words)

    async def doctor(self, caller: Caller) -> list[dict[str, str]]:
        self._check("Doctor")
        return self.findings

    async def settings(self, caller: Caller) -> dict[str, Variant]:
        return wire.settings_dict(self.stated)

    async def change_settings(self, caller: Caller, table: dict[str, Variant]) -> list[str]:
        self._check("ChangeSettings")
        changes = wire.plain(table)
        self.stated = replace(self.stated, settings=self.stated.settings.with_changes(changes))
        return sorted(changes.keys() & {"held_in_all"})

    async def watch(self, caller: Caller) -> None:
        self._check("Watch")
        self.watchers.put(caller.name)

    def _check(self, method: str) -> None:
        if method in self.refusals:
            raise Refused(*self.refusals[method])

    # -- the bus -----------------------------------------------------------------------

    def _do(self, deed: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(deed, self._loop).result(PATIENCE)

    async def _come(self) -> None:
        self._bus = await MessageBus(bus_address=self._address).connect()
        Served(self._bus, contract.PATH, contract.interface(contract.FIREWALL), self)
        await self._bus.request_name(contract.BUS_NAME)

    async def _go(self) -> None:
        assert self._bus is not None
        self._bus.disconnect()
        with contextlib.suppress(EOFError, ConnectionError):  # a test may have killed the bus
            await self._bus.wait_for_disconnect()
        self._bus = None

    async def _send(self, message: Message) -> None:
        assert self._bus is not None
        await self._bus.send(message)

    def _tell(self, agent: tuple[str, str], member: str, signature: str, *body: object) -> None:
        message = Message(
            agent[0],
            agent[1],
            contract.AGENT,
            member,
            MessageType.METHOD_CALL,
            MessageFlag.NO_REPLY_EXPECTED,
            signature=signature,
            body=list(body),
        )
        self._do(self._send(message))


class Transcript:
    """What a stream says, read by a thread as it comes."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._stream = stream
        self._chunks: queue.Queue[bytes] = queue.Queue()
        self._rest = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def until(self, mark: str) -> str:
        """Wait for *mark*, and give what was said up to its end."""
        while mark not in self._rest:
            chunk = self._chunks.get(timeout=PATIENCE)
            assert chunk, f"ended without {mark!r}: {self._rest!r}"
            self._rest += chunk.decode()
        said, _, self._rest = self._rest.partition(mark)
        return said + mark

    def to_the_end(self) -> str:
        """Wait for the end, and give all that was said after the last mark."""
        while chunk := self._chunks.get(timeout=PATIENCE):
            self._rest += chunk.decode()
        return self._rest

    def close(self) -> None:
        self._reader.join()
        if self._stream is not None:
            self._stream.close()

    def _read(self) -> None:
        while self._stream is not None and (chunk := os.read(self._stream.fileno(), 65536)):
            self._chunks.put(chunk)
        self._chunks.put(b"")


class Running:
    """A `stile` that goes on: what it says comes out bit by bit."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.out = Transcript(process.stdout)
        self.err = Transcript(process.stderr)

    def line(self) -> str:
        """Wait for the next line on stdout."""
        return self.out.until("\n").rstrip("\n")

    def remark(self) -> str:
        """Wait for the next line on stderr."""
        return self.err.until("\n").rstrip("\n")

    def ended(self) -> int:
        """Wait for its end, and say how it ended."""
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.out.close()
        self.err.close()


Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., Running]


@pytest.fixture
def bus() -> Iterator[tuple[str, int]]:
    """Run a bus that lives as long as the test, and give its address and process."""
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert daemon.stdout is not None
    with daemon:
        yield daemon.stdout.readline().strip(), daemon.pid
        daemon.terminate()


@pytest.fixture
def bus_address(bus: tuple[str, int]) -> str:
    return bus[0]


@pytest.fixture
def bus_pid(bus: tuple[str, int]) -> int:
    return bus[1]


@pytest.fixture
def helper(bus_address: str) -> Iterator[Helper]:
    """Play a helper that knows nothing yet."""
    played = Helper(bus_address)
    played.start()
    yield played
    played.end()


@pytest.fixture
def environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


@pytest.fixture
def stile(bus_address: str, environment: dict[str, str]) -> Run:
    """Run the real command to its end, on the test's bus."""
    pipes = {name: subprocess.PIPE for name in ("stdout", "stderr")}
    defaults: dict[str, Any] = {"env": environment, "stdin": subprocess.DEVNULL, **pipes}

    def run(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401
        return subprocess.run(
            [sys.executable, "-m", "stile.cli", "--bus", bus_address, *arguments],
            check=False,
            text=True,
            timeout=PATIENCE,
            **{**defaults, **more},
        )

    return run


@pytest.fixture
def start(bus_address: str, environment: dict[str, str]) -> Iterator[Start]:
    """Run the real command while the test goes on."""
    # a shell's background job ignores SIGINT, and so would what it starts
    interrupt = signal.signal(signal.SIGINT, signal.default_int_handler)
    running: list[Running] = []

    def run(
        *arguments: str, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.PIPE
    ) -> Running:
        process = subprocess.Popen(
            [sys.executable, "-m", "stile.cli", "--bus", bus_address, *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=environment,
        )
        running.append(Running(process))
        return running[-1]

    yield run
    signal.signal(signal.SIGINT, interrupt)
    for one in running:
        one.close()
