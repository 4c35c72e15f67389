"""The history file: what is kept, what is added up, what is forgotten, and what is broken."""

import os
import sqlite3
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from cast import CURL, WGET
from hypothesis import given, settings
from hypothesis import strategies as st

from stile.applications import Application
from stile_ui import history_file
from stile_ui.history_file import NotOurs
from stile_ui.history_reader import Entry, Filter, Order, Reader, View
from stile_ui.history_writer import DAY, HOUR, MINUTE, WHILE, Event, Passed, Writer

NOW = 1_700_000_000.0
APPLICATIONS = st.sampled_from([CURL, WGET])
EVENTS = st.builds(
    Event,
    time=st.floats(NOW, NOW + 4 * WHILE),
    application=APPLICATIONS,
    host=st.sampled_from(["", "example.org"]),
    address=st.sampled_from(["192.0.2.1", "2001:db8::1"]),
    protocol=st.just("tcp"),
    port=st.sampled_from([80, 443]),
    direction=st.just("out"),
    verdict=st.sampled_from(["allow", "deny"]),
    reason=st.sampled_from(["rule", "answer"]),
    octets=st.integers(0, 10_000),
    count=st.integers(1, 5),
)


class Kept:
    """A history in a file, with a writer and a reader."""

    def __init__(self, at: Path) -> None:
        self.at = at
        self.link = history_file.opened(at)
        self.writer = Writer(self.link)
        self.reading = history_file.reading(at)
        self.reader = Reader(self.reading)

    def lines(self, view: View = View()) -> list[Entry]:  # noqa: B008 # frozen
        count = self.reader.prepare(view)
        found = [each for each in self.reader.window(0, count) if each]
        assert self.reader.first(view, count + 1) == found  # both ways say the same
        return found

    def close(self) -> None:
        self.reading.close()
        self.link.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path / "stile" / "history.db")
    yield made
    made.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drawn") / "history.db"


def fresh(at: Path) -> Kept:
    history_file.remove(at)
    return Kept(at)


def event(
    application: Application = CURL,
    at: float = NOW,
    host: str = "example.org",
    verdict: str = "allow",
    port: int = 443,
) -> Event:
    return Event(at, application, host, "192.0.2.1", "tcp", port, "out", verdict, "rule")


# -- lines ---------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(st.lists(EVENTS, max_size=12), max_size=5))
def test_what_is_added_up_loses_nothing(place: Path, batches: list[list[Event]]) -> None:
    history = fresh(place)
    try:
        for batch in batches:
            history.writer.write(batch)
        events = [each for batch in batches for each in batch]
        lines = history.lines()
    finally:
        history.close()

    wanted: Counter[tuple[object, ...]] = Counter()
    found: Counter[tuple[object, ...]] = Counter()
    for each in events:
        wanted[each.sort] += each.count
        wanted[*each.sort, "octets"] += each.octets
    for line in lines:
        sort = (line.application, line.host, line.address, line.protocol, line.port)
        sort += (line.direction, line.verdict, line.reason)  # type: ignore[assignment]
        found[sort] += line.count
        found[*sort, "octets"] += line.octets
        assert line.first <= line.last
    assert found == wanted


def test_the_same_thing_again_counts_up_and_later_is_a_new_line(kept: Kept) -> None:
    kept.writer.write([event(), event(at=NOW + 5), event(at=NOW + 10)])
    kept.writer.write([event(at=NOW + 10 + WHILE + 1)])

    assert [(line.first - NOW, line.last - NOW, line.count) for line in kept.lines()] == [
        (WHILE + 11, WHILE + 11, 1),
        (0, 10, 3),
    ]


def test_a_batch_that_fails_leaves_nothing_of_itself(kept: Kept) -> None:
    kept.writer.write([event()])

    with pytest.raises(OverflowError):
        kept.writer.write([event(), event(port=1 << 70)])
    kept.writer.write([event(at=NOW + 1)])

    assert sorted(line.count for line in kept.lines()) == [1, 1]


def test_lines_are_found_by_parts_of_names_verdict_and_time(kept: Kept) -> None:
    kept.writer.write(
        [
            event(CURL, NOW, "one.example.org"),
            event(CURL, NOW + 1, "two_2.example.org", "deny"),
            event(WGET, NOW + 2, "one.example.org"),
        ]
    )

    def found(wanted: Filter) -> list[int]:
        return [round(line.last - NOW) for line in kept.lines(View(wanted, ascending=True))]

    assert found(Filter("CURL")) == [0, 1]
    assert found(Filter("one.ex")) == [0, 2]
    assert found(Filter("192.0.2.1")) == [0, 1, 2]
    assert found(Filter("_")) == [1]  # no pattern, but the letter
    assert found(Filter("%")) == []
    assert found(Filter(verdict="deny")) == [1]
    assert found(Filter("curl", verdict="allow")) == [0]
    assert found(Filter(since=NOW + 1)) == [1, 2]
    assert found(Filter(application=str(WGET))) == [2]


@settings(max_examples=40, deadline=None)
@given(events=st.lists(EVENTS, max_size=25), order=st.sampled_from(Order), up=st.booleans())
def test_every_order_has_every_line_once_and_in_order(
    place: Path,
    events: list[Event],
    order: Order,
    up: bool,  # noqa: FBT001 # drawn
) -> None:
    keys = {
        Order.TIME: lambda line: line.last,
        Order.APPLICATION: lambda line: line.application.title.lower(),
        Order.PLACE: lambda line: line.place.lower(),
        Order.PORT: lambda line: line.port,
        Order.DIRECTION: lambda line: line.direction,
        Order.VERDICT: lambda line: line.verdict,
        Order.REASON: lambda line: line.reason,
        Order.COUNT: lambda line: line.count,
    }
    history = fresh(place)
    try:
        history.writer.write(events)
        lines = history.lines(View(order=order, ascending=up))
        everything = history.lines()
    finally:
        history.close()

    assert sorted(line.id for line in lines) == sorted(line.id for line in everything)
    found = [keys[order](line) for line in lines]
    assert found == sorted(found, reverse=not up)


def test_a_line_that_is_forgotten_meanwhile_leaves_a_gap_and_no_other_moves(kept: Kept) -> None:
    kept.writer.write([event(at=NOW + number, port=number) for number in range(3)])
    kept.reader.prepare(View(ascending=True))

    kept.writer.forget(NOW + 0.5)

    gap, *rest = kept.reader.window(0, 3)
    assert gap is None
    assert [each.port for each in rest if each] == [1, 2]


# -- traffic -------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    passed=st.lists(
        st.builds(
            Passed,
            time=st.floats(NOW - 100 * DAY, NOW),
            application=APPLICATIONS,
            sent=st.integers(0, 1 << 40),
            received=st.integers(0, 1 << 40),
        ),
        max_size=30,
    ),
    later=st.lists(st.integers(0, 200), max_size=3),
)
def test_however_often_traffic_is_thinned_its_sums_stay(
    place: Path, passed: list[Passed], later: list[int]
) -> None:
    history = fresh(place)
    try:
        history.writer.write([], passed)
        for days in sorted(later):
            history.writer.thin(NOW + days * DAY)
        found = history.reader.traffic(0, MINUTE)
    finally:
        history.close()

    for application in {each.application for each in passed}:
        own = [each for each in passed if each.application == application]
        steps = found[application].values()
        assert sum(sent for sent, _ in steps) == sum(each.sent for each in own)
        assert sum(received for _, received in steps) == sum(each.received for each in own)


def test_old_traffic_is_told_apart_by_hour_and_very_old_by_day(kept: Kept) -> None:
    old, very_old = NOW - 10 * DAY, NOW - 100 * DAY
    kept.writer.write([], [Passed(old + at, CURL, 1, 2) for at in range(0, HOUR, MINUTE)])
    kept.writer.write([], [Passed(very_old + at, CURL, 1, 2) for at in range(0, DAY, HOUR)])

    kept.writer.thin(NOW)

    rows = kept.link.execute("SELECT span, sum(sent) FROM traffic GROUP BY span").fetchall()
    assert rows == [(HOUR, 60), (DAY, 24)]
    assert kept.link.execute("SELECT count(*) FROM traffic").fetchone()[0] <= 4


def test_uses_tell_when_an_application_was_last_seen_and_what_it_moved(kept: Kept) -> None:
    kept.writer.write([event(CURL), event(WGET, NOW + 9)], [Passed(NOW, CURL, 10, 20)])

    uses = kept.reader.uses()

    assert uses[WGET].last == NOW + 9
    assert uses[CURL].octets == 30
    assert uses[WGET].octets == 0


# -- the file ------------------------------------------------------------------------------------


def test_nobody_else_can_read_it(kept: Kept) -> None:
    kept.writer.write([event()])

    for each in kept.at.parent.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each
    assert stat.S_IMODE(kept.at.parent.stat().st_mode) == 0o700


def test_one_that_was_open_to_all_is_so_no_more(tmp_path: Path) -> None:
    at = tmp_path / "history.db"
    at.touch(mode=0o644)

    history_file.opened(at).close()

    assert stat.S_IMODE(at.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("content", "why"), [(b"not a database at all\n" * 100, "not a database"), (None, "another")]
)
def test_a_foreign_file_is_not_taken_for_ours(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    at = tmp_path / "history.db"
    if content is None:
        link = sqlite3.connect(at)
        link.execute("CREATE TABLE theirs (one)")
        link.commit()
        link.close()
    else:
        at.write_bytes(content)
    before = at.read_bytes()

    with pytest.raises(NotOurs, match=why):
        history_file.opened(at)

    assert at.read_bytes() == before


def test_a_file_whose_layout_is_no_text_is_said_to_be_broken(tmp_path: Path) -> None:
    at = tmp_path / "history.db"
    history_file.opened(at).close()
    link = sqlite3.connect(at)
    link.execute("PRAGMA writable_schema = ON")
    link.execute("UPDATE sqlite_master SET name = CAST(x'e8e8' AS TEXT), sql = 'nonsense'")
    link.commit()
    link.close()

    with pytest.raises(NotOurs, match="no text"):
        history_file.opened(at)


def test_a_file_that_is_cut_off_is_said_to_be_broken_wherever_that_is(tmp_path: Path) -> None:
    at, cut = tmp_path / "history.db", tmp_path / "cut.db"
    history_file.opened(at).close()
    whole = at.read_bytes()

    for length in range(100, len(whole), 97):
        cut.write_bytes(whole[:length])
        with pytest.raises(NotOurs):
            history_file.opened(cut)


def test_what_stands_in_the_journal_still_is_there_where_the_file_was_cut_off_meanwhile(
    kept: Kept, tmp_path: Path
) -> None:
    """As after a power cut, while the journal was being written into the file."""
    for number in range(3):
        kept.writer.write(event(at=NOW + DAY * number + each, port=each) for each in range(200))
    crashed = tmp_path / "crashed.db"
    crashed.write_bytes(kept.at.read_bytes()[:-1000])
    crashed.with_name("crashed.db-wal").write_bytes(
        kept.at.with_name(f"{kept.at.name}-wal").read_bytes()
    )
    before = kept.lines()

    again = Kept(crashed)

    assert again.lines() == before
    again.close()


def test_a_link_to_another_file_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"")
    (tmp_path / "history.db").symlink_to(other)

    with pytest.raises(OSError, match=os.strerror(40)):
        history_file.opened(tmp_path / "history.db")


def test_what_is_old_is_forgotten_and_what_is_too_much(kept: Kept) -> None:
    kept.writer.write(event(at=NOW + number, port=number % 60000) for number in range(12_000))

    while kept.writer.forget(NOW + 1000):
        pass
    assert min(line.last for line in kept.lines()) == NOW + 1000
    most = kept.writer.octets // 2
    while kept.writer.forget_beyond(most):
        pass
    kept.writer.tidy()

    assert kept.at.stat().st_size <= most
    assert max(line.last for line in kept.lines()) == NOW + 11_999
