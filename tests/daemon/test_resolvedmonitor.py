"""What systemd-resolved's monitor says, as recorded of version 252, and who is believed."""

import asyncio
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stiled import resolvedmonitor
from stiled.features import State
from stiled.hostnames import Answer
from stiled.resolvedmonitor import Refused, ResolvedMonitor, read

READY = '{"parameters":{"ready":true},"continues":true}'
A1, A6 = ip_address("192.0.2.1"), ip_address("2001:db8::1")


def key(name: str, kind: int) -> dict[str, object]:
    return {"class": 1, "type": kind, "name": name}


def result(question: str, answer: str, collected: str = "") -> str:
    """A message, of its parts as they were recorded."""
    questions = json.dumps([key(question, 1), key(question, 28)])
    former = json.dumps([key(collected, 1), key(collected, 28)]) if collected else ""
    middle = f'"collectedQuestions":{former},' if former else ""
    return (
        f'{{"parameters":{{"state":"success","question":{questions},{middle}"answer":[{answer}]}},'
        '"continues":true}'
    )


ONE_6 = (
    '{"rr":{"key":{"class":1,"type":28,"name":"one.example.org"},'
    '"address":[32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,1]},'
    '"raw":"A29uZQdleGFtcGxlA29yZwAAHAABAAAAIQAQIAENuAAAAAAAAAAAAAAAAQ=="}'
)
ONE_4 = (
    '{"rr":{"key":{"class":1,"type":1,"name":"one.example.org"},"address":[192,0,2,1]},'
    '"raw":"A29uZQdleGFtcGxlA29yZwAAAQABAAAAIQAEwAACAQ=="}'
)
ALIAS = (
    '{"rr":{"key":{"class":1,"type":5,"name":"alias.example.net"},"name":"one.example.org"},'
    '"raw":"BWFsaWFzB2V4YW1wbGUDbmV0AAAFAAEAAAA8ABEDb25lB2V4YW1wbGUDb3JnAA=="}'
)
LOCALHOST = (
    '{"rr":{"key":{"class":1,"type":1,"name":"localhost"},"address":[127,0,0,1]},'
    '"raw":"CWxvY2FsaG9zdAAAAQABAAAAAAAEfwAAAQ=="}'
)
ONE = result("one.example.org", f"{ONE_6},{ONE_4}")
FAILED = (
    '{"parameters":{"state":"rcode-failure","rcode":5,"question":'
    '[{"class":1,"type":1,"name":"nope.example.org"}]},"continues":true}'
)


# -- what is read -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (ONE, Answer("one.example.org", {A6: 33, A1: 33})),
        (
            result("alias.example.net", f"{ALIAS},{ONE_6},{ONE_4}"),
            Answer("alias.example.net", {A6: 33, A1: 33}, ("one.example.org",)),
        ),
        (
            result("one.example.org", f"{ONE_4},{ONE_6}", "alias.example.net"),
            Answer("alias.example.net", {A6: 33, A1: 33}, ("one.example.org",)),
        ),
        (result("localhost", LOCALHOST), Answer("localhost", {ip_address("127.0.0.1"): 0})),
        (FAILED, None),
        (READY, None),
    ],
    ids=["addresses", "alias", "alias from the cache", "synthetic", "failure", "ready"],
)
def test_what_was_recorded_is_read(message: str, answer: Answer | None) -> None:
    assert read(message.encode()) == answer


def test_the_first_half_of_an_alias_that_is_led_further_has_no_addresses() -> None:
    answer = read(result("alias.example.net", ALIAS).encode())
    assert answer == Answer("alias.example.net", {}, ("one.example.org",))


def test_what_an_alias_has_led_to_counts_no_longer_than_an_alias_may_hold() -> None:
    day = ONE_4.replace("AQABAAAAIQ", "AQABAAFRgA")
    assert read(result("one.example.org", day).encode()) == Answer("one.example.org", {A1: 86400})
    led = read(result("one.example.org", day, "alias.example.net").encode())
    assert led == Answer(
        "alias.example.net", {A1: resolvedmonitor.CHAINED_SECONDS}, ("one.example.org",)
    )


def test_an_international_name_is_known_as_it_stands_on_the_wire() -> None:
    said = json.loads(result("xn--bcher-kva.example", "", "xn--bcher-kva.example.org"))
    for questions in (said["parameters"]["question"], said["parameters"]["collectedQuestions"]):
        questions.append(
            {**questions[0], "name": questions[0]["name"].replace("xn--bcher-kva", "bücher")}
        )
    answer = read(json.dumps(said).encode())
    assert answer == Answer("xn--bcher-kva.example.org", {}, ("xn--bcher-kva.example",))


def test_records_about_other_names_count_for_nothing() -> None:
    answer = read(result("bank.example", f"{ONE_6},{ONE_4}").encode())
    assert answer == Answer("bank.example", {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=9), each, max_size=3)
    ),
    max_leaves=6,
)
PARTS = ("state", "rcode", "question", "collectedQuestions", "answer")


@given(JSON, st.sampled_from(PARTS), st.sampled_from(["class", "type", "name", "rr", "raw", ""]))
@example("[" * 100_000, "question", "")
@example("x." * 200, "question", "name")
@example("\x00é.a..b", "question", "name")
@example("****", "answer", "raw")
def test_no_value_in_any_place_breaks_it(value: object, part: str, inner: str) -> None:
    said: dict[str, Any] = json.loads(result("a.example", ONE_4, "b.example"))
    if inner and part in said["parameters"] and isinstance(said["parameters"][part], list):
        said["parameters"][part][0][inner] = value
    else:
        said["parameters"][part] = value
    with suppress(ValueError, Refused):
        read(json.dumps(said).encode())
    with suppress(ValueError, Refused):
        read(json.dumps(value).encode())


@given(st.binary(max_size=60), st.integers(0, len(ONE)))
@example(b"[" * 100_000, 0)
def test_no_octets_break_it(octets: bytes, at: int) -> None:
    for message in (
        octets,
        ONE.encode()[:at] + octets,
        ONE.encode()[:at] + octets + ONE.encode()[at:],
    ):
        with suppress(ValueError, Refused):
            read(message)


# -- who is listened to ------------------------------------------------------------------------


class Resolved:
    """Speaks as systemd-resolved does to those who subscribe."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.heard: list[bytes] = []
        self.subscribed = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self.place.unlink(missing_ok=True)
        self.subscribed.clear()
        self._server = await asyncio.start_unix_server(self._came, str(self.place))

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.readuntil(b"\0"))
        self._writer = writer
        self.say(READY)
        self.subscribed.set()

    def say(self, *messages: str) -> None:
        assert self._writer
        for message in messages:
            self._writer.write(message.encode() + b"\0")

    async def stop(self) -> None:
        assert self._server
        if self._writer:
            self._writer.close()
        self._server.close()
        await self._server.wait_closed()


@asynccontextmanager
async def listening(
    place: Path,
) -> AsyncIterator[tuple[ResolvedMonitor, "asyncio.Queue[Answer]"]]:
    monitor, learned = ResolvedMonitor(place), asyncio.Queue[Answer]()
    monitor.listen(asyncio.get_running_loop(), learned.put_nowait)
    try:
        yield monitor, learned
    finally:
        monitor.close()
        await asyncio.sleep(0)


async def eventually(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 # nobody announces it
            await asyncio.sleep(0.005)


def played(play: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(30):
            await play()

    asyncio.run(whole())


@pytest.fixture(autouse=True)
def _only_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: nobody else is believed")


def test_who_subscribes_hears_of_each_lookup(tmp_path: Path) -> None:
    async def play() -> None:
        resolved = Resolved(tmp_path / "monitor")
        await resolved.start()
        async with listening(resolved.place) as (monitor, learned):
            await resolved.subscribed.wait()
            resolved.say(FAILED, ONE)
            assert (await learned.get()).name == "one.example.org"
            assert "is heard" in monitor.feature.means
            assert json.loads(resolved.heard[0][:-1]) == {
                "method": "io.systemd.Resolve.Monitor.SubscribeQueryResults",
                "more": True,
            }
        await resolved.stop()

    played(play)


def test_it_is_found_when_it_comes_later_and_again_whenever_it_comes(tmp_path: Path) -> None:
    async def play() -> None:
        resolved = Resolved(tmp_path / "run" / "systemd" / "resolve" / "monitor")
        async with listening(resolved.place) as (monitor, learned):
            await asyncio.sleep(0)
            assert monitor.feature.state is State.OK
            assert "does not run" in monitor.feature.means
            for _ in range(2):  # its folder goes with it, and the folders above
                resolved.place.parent.mkdir(parents=True)
                await resolved.start()
                await resolved.subscribed.wait()
                resolved.say(ONE)
                await learned.get()
                await resolved.stop()
                await eventually(lambda: "is heard" not in monitor.feature.means)
                shutil.rmtree(tmp_path / "run")
            resolved.place.parent.mkdir(parents=True)
            for _ in range(3):  # a restart, the folder stays
                await resolved.start()
                await resolved.subscribed.wait()
                resolved.say(ONE)
                await learned.get()
                await resolved.stop()

    played(play)


def test_nothing_is_tried_for_ever_and_a_socket_of_nobody_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolvedmonitor, "WAITS", (0.01, 0.01, 0.01))

    async def play() -> None:
        resolved = Resolved(tmp_path / "monitor")
        await resolved.start()
        await resolved.stop()
        resolved.place.touch()
        loop = asyncio.get_running_loop()
        timers: list[object] = list(loop._scheduled)  # type: ignore[attr-defined]
        async with listening(resolved.place) as (monitor, learned):
            await eventually(lambda: monitor.feature.state is State.LIMITED)
            await asyncio.sleep(0.1)
            assert loop._scheduled == timers, "none of ours"  # type: ignore[attr-defined]
            await resolved.start()
            await resolved.subscribed.wait()
            resolved.say(ONE)
            await learned.get()
            await resolved.stop()

    played(play)


def test_a_socket_of_another_user_is_not_believed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents[:2]:
        folder.chmod(0o755)
    program = (
        "import os, socket, sys\n"
        "os.setuid(54321)\n"
        "made = socket.socket(socket.AF_UNIX)\n"
        "made.bind(sys.argv[1]); made.listen(); print(flush=True)\n"
        "print(len(made.accept()[0].recv(100)), flush=True)\n"
    )
    place = tmp_path / "monitor"
    command = [sys.executable, "-S", "-c", program, str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()

        async def play() -> None:
            async with listening(place) as (monitor, _):
                await eventually(lambda: monitor.feature.state is State.LIMITED)
                assert "user 54321" in monitor.feature.means

        played(play)
        assert process.stdout.readline() == "0\n", "it was told nothing"
    assert len(caplog.records) == 1


def test_what_makes_no_sense_is_passed_over_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)

    async def play() -> None:
        resolved = Resolved(tmp_path / "monitor")
        await resolved.start()
        async with listening(resolved.place) as (_, learned):
            await resolved.subscribed.wait()
            resolved.say("nonsense", "[]", '{"parameters":{"state":"success"}}', "")
            resolved.say("x" * (3 * resolvedmonitor.LONGEST_MESSAGE), ONE)
            assert (await learned.get()).name == "one.example.org"
        await resolved.stop()

    played(play)
    assert len(caplog.records) == 1


def test_a_refusal_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(resolvedmonitor, "WAITS", (0.01,))

    async def play() -> None:
        resolved = Resolved(tmp_path / "monitor")
        await resolved.start()
        async with listening(resolved.place) as (monitor, _):
            await resolved.subscribed.wait()
            resolved.say('{"error":"org.varlink.service.MethodNotFound","parameters":{}}')
            await eventually(lambda: "MethodNotFound" in monitor.feature.means)
            assert monitor.feature.state is State.LIMITED
        await resolved.stop()

    played(play)
