"""What was learned, in memory and on disk, and whether learning is on."""

import asyncio
import json
import os
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stile.applications import Application, Kind
from stile.connections import TCP, Connection, Flow, Pid, Process, Uid
from stiled.learning import LONGEST_STATE, Learning
from stiled.lessons import Lessons
from stiled.wallclock import WallClock

CURL = Application(Kind.PATH, "/usr/bin/curl")
NOW = 1_000_000.0


class Clock(WallClock):
    """A clock that stands where the test says."""

    def __init__(self) -> None:
        self.time = NOW
        self.rings: float | None = None

    @property
    def now(self) -> float:
        return self.time

    def ring_at(self, when: float | None) -> None:
        self.rings = when

    def close(self) -> None:
        pass


def connection(port: int = 443, name: str = "") -> Connection:
    flow = Flow(TCP, ip_address("192.0.2.9"), 40000, ip_address("192.0.2.1"), port)
    return Connection(Process(Pid(1), Uid(1000), CURL), flow, name=name)


def kept(folder: Path) -> Learning:
    made = Learning(folder, Lessons(), Clock())
    made.read()
    return made


@given(st.lists(st.tuples(st.integers(1, 65535), st.sampled_from(["", "example.org"]))))
def test_what_is_written_is_read_back(seen: list[tuple[int, str]]) -> None:
    lessons, other = Lessons(), Lessons()
    for port, name in seen:
        lessons.take(connection(port, name))
    other.read(json.loads(json.dumps(lessons.words())))
    assert list(other) == list(lessons)


def test_what_came_after_the_review_stays_for_the_next_one() -> None:
    lessons = Lessons()
    for port in (1, 2, 3):
        lessons.take(connection(port))
    lessons.forget(CURL, 2)
    assert [place.port for place in next(iter(lessons)).places] == [3]
    lessons.forget(CURL, 1)
    assert not len(lessons)
    lessons.forget(CURL, 1)


@pytest.mark.parametrize(
    "words",
    [
        {"curl": {}},
        {"path:/a": {"times": 1, "more": 0, "places": [["tcp", 99999, "192.0.2.1", "", 0, 0]]}},
        {"path:/a": {"times": 1, "more": 0, "places": [["tcp", 1, "nowhere", "", 0, 0]]}},
        {"path:/a": {"times": 1, "more": 0, "places": 5}},
        {"path:/a": []},
    ],
)
def test_nonsense_is_refused_whole(words: dict[str, object]) -> None:
    lessons = Lessons()
    lessons.take(connection())
    with pytest.raises(ValueError, match="not what was learned"):
        lessons.read(words)
    assert not len(lessons)


def test_it_is_off_where_there_is_no_file(tmp_path: Path) -> None:
    learning = kept(tmp_path)
    assert (learning.is_on, learning.left, learning.problems) == (False, 0, [])


@pytest.mark.parametrize(
    ("text", "on"),
    [
        (f"{NOW - 10} {NOW + 10}\n", True),
        (f"{NOW - 10} {NOW - 1}\n", False),  # its time is up
        (f"{NOW + 1} {NOW + 10}\n", False),  # the clock was set back
        ("on\n", False),
        ("", False),
        ("nan inf\n", False),
        (f"{NOW - 10} {NOW + 10} {NOW}\n", False),
        ("0" * (LONGEST_STATE + 1), False),
        ("\0\0", False),
    ],
)
def test_whatever_else_stands_there_counts_as_off(
    tmp_path: Path,
    text: str,
    on: bool,  # noqa: FBT001 # a parameter
) -> None:
    (tmp_path / "learning").write_text(text)
    assert kept(tmp_path).is_on is on


def test_a_file_that_others_may_write_or_that_leads_elsewhere_opens_nothing(
    tmp_path: Path,
) -> None:
    file = tmp_path / "learning"
    file.write_text(f"{NOW - 10} {NOW + 10}\n")
    file.chmod(0o666)
    learning = kept(tmp_path)
    assert not learning.is_on
    assert "others may change this file" in learning.problems[0]

    file.rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").chmod(0o644)
    file.symlink_to(tmp_path / "elsewhere")
    assert not kept(tmp_path).is_on
    file.unlink()
    os.mkfifo(file)
    assert not kept(tmp_path).is_on


def test_a_helper_that_comes_later_goes_on_until_the_same_end(tmp_path: Path) -> None:
    clock = Clock()
    first = Learning(tmp_path, Lessons(), clock)
    first.begin(60)
    first.lessons.take(connection())
    first.note()
    first.close()

    second = Learning(tmp_path, Lessons(), clock)
    second.read()
    assert second.is_on
    assert 58 <= second.left <= 60
    assert list(second.lessons) == list(first.lessons)
    clock.time += 61
    assert not second.is_on


def test_it_rings_at_its_end_and_is_heard(tmp_path: Path) -> None:
    async def story() -> None:
        clock, ended = Clock(), asyncio.Event()
        learning = Learning(tmp_path, Lessons(), clock)
        learning.begin(60)
        clock.listen = lambda *_: None  # type: ignore[method-assign]
        learning.listen(asyncio.get_running_loop(), ended.set)
        assert clock.rings
        assert not ended.is_set()
        clock.time += 61
        learning._look()
        assert ended.is_set()

    asyncio.run(story())


def test_records_that_cannot_be_read_are_named_and_nothing_else_is_lost(tmp_path: Path) -> None:
    (tmp_path / "learning").write_text(f"{NOW - 10} {NOW + 10}\n")
    (tmp_path / "learned.json").write_text("{")
    learning = kept(tmp_path)
    assert learning.is_on
    assert "what was learned is lost" in learning.problems[0]
