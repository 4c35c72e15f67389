"""The history in the tray: what feeds it, what disturbs it, and what its pages show of it."""

import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from cast import CURL, WGET
from past import lived, open_now
from played_helper import PlayedHelper
from PySide6.QtCore import QObject, QSettings, Qt
from pytestqt.qtbot import QtBot

from stile.applications import Application
from stile.connections import TCP, Connection, Direction, Flow, Pid, Process, Uid
from stile.decisions import Decision, Outcome, Reason
from stile.rules import Action
from stile.traffic import OpenConnection, State, Traffic
from stile_ui import history_file
from stile_ui.connections_model import ConnectionsModel
from stile_ui.firewall import Firewall
from stile_ui.history import Differences, History
from stile_ui.history_keeper import Keeper
from stile_ui.history_model import ENTRY, HistoryModel
from stile_ui.history_page import HistoryPage
from stile_ui.history_pages import CONNECTIONS, HISTORY, HistoryPages
from stile_ui.history_reader import Entry, Reader, View
from stile_ui.history_settings import HistorySettings
from stile_ui.history_writer import Event, Writer
from stile_ui.main_window import MainWindow
from stile_ui.traffic_page import TrafficPage
from stile_ui.traffic_sums import LAST_HOUR, MOST, Way, bars

PATIENCE = 10_000
NOW = 1_700_000_000.0


@pytest.fixture
def at(tmp_path: Path) -> Path:
    return tmp_path / "stile" / "history.db"


@pytest.fixture
def helper(bus: str) -> Iterator[PlayedHelper]:
    with PlayedHelper(bus) as played:
        yield played


@pytest.fixture
def firewall(bus: str, helper: PlayedHelper, qapp: QObject) -> Iterator[Firewall]:
    made = Firewall(bus)
    yield made
    made.close()


@pytest.fixture
def history(qtbot: QtBot, firewall: Firewall, helper: PlayedHelper, at: Path) -> Iterator[History]:
    made = History(firewall, HistorySettings(), at)
    made.start()
    with qtbot.waitSignal(firewall.present, timeout=PATIENCE):
        firewall.start()
    yield made
    made.close()


def entries(at: Path) -> list[Entry]:
    link = history_file.reading(at)
    try:
        reader = Reader(link)
        return reader.first(View(), 1000)
    finally:
        link.close()


def decision(outcome: Outcome = Outcome.ALLOW, application: Application = CURL) -> Decision:
    process = Process(Pid(1), Uid(1000), application, ())
    flow = Flow(TCP, ip_address("192.0.2.7"), 40000, ip_address("192.0.2.80"), 443)
    return Decision(
        time.time(), Connection(process, flow, name="example.org"), outcome, Reason.RULE
    )


def connection(number: int = 1, octets: int = 100, **more: object) -> OpenConnection:
    made = OpenConnection(
        *(number, CURL, Uid(1000), TCP, ip_address("192.0.2.80"), 443, 40000, "example.org"),
        *(Direction.OUT, Action.ALLOW, State.OPEN, octets, 0),
    )
    return replace(made, **more)  # type: ignore[arg-type]


# -- what feeds it -------------------------------------------------------------------------------


def test_what_the_helper_decides_is_kept_and_what_it_holds_is_not(
    qtbot: QtBot, history: History, helper: PlayedHelper, at: Path
) -> None:
    helper.wait_for("Watch")
    with qtbot.waitSignal(history.changed, timeout=PATIENCE):
        helper.decide(decision(Outcome.HELD), decision(), decision(), decision(Outcome.DENY, WGET))
    history.flush()

    found = {(each.application, each.verdict, each.place, each.count) for each in entries(at)}
    assert found == {(CURL, "allow", "example.org", 2), (WGET, "deny", "example.org", 1)}


def test_what_is_open_and_what_passed_is_asked_for_and_kept(
    qtbot: QtBot, history: History, helper: PlayedHelper, at: Path
) -> None:
    helper.wait_for("Traffic")
    helper.open = [connection()]
    helper.passed = [Traffic(CURL, Uid(1000), NOW, 5, 700, 3, 90)]
    with qtbot.waitSignal(history.changed, timeout=PATIENCE):
        history.look()
    qtbot.waitUntil(lambda: history.uses()[CURL].octets == 790, timeout=PATIENCE)
    history.flush()

    (found,) = entries(at)
    assert (found.application, found.octets, found.reason) == (CURL, 100, "rule")


def test_nothing_is_asked_for_or_kept_while_it_is_off(
    qtbot: QtBot, firewall: Firewall, helper: PlayedHelper, at: Path
) -> None:
    history = History(firewall, HistorySettings(on=False), at)
    history.start()
    with qtbot.waitSignal(firewall.present, timeout=PATIENCE):
        firewall.start()
    firewall.watch()
    helper.wait_for("Watch")
    with qtbot.waitSignal(firewall.decided, timeout=PATIENCE):
        helper.decide(decision())
    history.flush()
    history.close()

    assert not at.exists()


def test_a_connection_that_was_decided_just_now_is_no_second_line() -> None:
    seen = Differences()
    decided = Event(NOW, CURL, "example.org", "192.0.2.80", "tcp", 443, "out", "allow", "answer")
    seen.expect(decided)

    first = seen.of([connection(1, 100), connection(2, 0, port=80)], NOW + 1)
    then = seen.of([connection(1, 150), connection(2, 0, port=80)], NOW + 2)

    assert [(each.reason, each.count, each.octets) for each in first] == [
        ("answer", 0, 100),
        ("rule", 1, 0),
    ]
    assert [(each.reason, each.count, each.octets) for each in then] == [("answer", 0, 50)]


# -- what disturbs it ----------------------------------------------------------------------------


@pytest.fixture
def keeper(qapp: QObject, at: Path) -> Iterator[Keeper]:
    made = Keeper(at, HistorySettings())
    yield made
    made.close()


def event(port: int = 443) -> Event:
    return Event(time.time(), CURL, "", "192.0.2.1", "tcp", port, "out", "allow", "rule")


def test_a_broken_file_is_set_aside_with_one_sentence_and_a_new_one_begun(
    qtbot: QtBot, keeper: Keeper, at: Path
) -> None:
    at.parent.mkdir()
    at.write_bytes(b"broken" * 1000)

    with qtbot.waitSignal(keeper.trouble, timeout=PATIENCE) as said:
        keeper.start()
    keeper.keep(event())
    keeper.flush()

    assert said.args is not None
    assert "set aside as history.db.broken-1" in said.args[0]
    assert (at.parent / "history.db.broken-1").read_bytes() == b"broken" * 1000
    assert len(entries(at)) == 1


def test_while_the_disk_is_full_nothing_is_kept_and_it_is_said_once(
    qtbot: QtBot, keeper: Keeper, at: Path
) -> None:
    said: list[str] = []
    keeper.trouble.connect(said.append)
    keeper.start()
    keeper.flush()
    assert keeper._link is not None
    (pages,) = keeper._link.execute("PRAGMA page_count").fetchone()
    keeper._link.execute(f"PRAGMA max_page_count = {pages}")  # as a full disk: SQLITE_FULL

    for port in range(2000):
        keeper.keep(event(port))
    keeper.flush()
    keeper.flush()
    qtbot.waitUntil(lambda: bool(said), timeout=PATIENCE)
    keeper.keep(event())
    keeper.flush()

    assert len(said) == 1
    assert "not kept at present: database or disk is full" in said[0]
    assert not entries(at)


def test_everything_can_be_forgotten(qtbot: QtBot, keeper: Keeper, at: Path) -> None:
    keeper.start()
    keeper.keep(event())
    keeper.flush()
    assert len(entries(at)) == 1

    with qtbot.waitSignal(keeper.cleared, timeout=PATIENCE):
        keeper.forget_everything()
    keeper.keep(event())
    keeper.flush()

    assert [each.count for each in entries(at)] == [1]


# -- its pages -----------------------------------------------------------------------------------


@pytest.fixture
def page(qtbot: QtBot, history: History, at: Path) -> HistoryPage:
    history.flush()
    lived(at, time.time(), events=1000)
    made = HistoryPage(history)
    qtbot.addWidget(made)
    with qtbot.waitSignal(made._model.counted, timeout=PATIENCE):
        made.show()
    return made


def shown(page: HistoryPage) -> list[Entry]:
    model = page._model
    found = [model.index(row, 0).data(ENTRY) for row in range(model.rowCount())]
    return [each for each in found if isinstance(each, Entry)]


def test_what_is_typed_narrows_the_lines(qtbot: QtBot, page: HistoryPage) -> None:
    before = len(shown(page))

    with qtbot.waitSignal(page._model.counted, timeout=PATIENCE):
        qtbot.keyClicks(page._search, "music.ex")

    assert 0 < len(shown(page)) < before
    assert {each.host for each in shown(page)} == {"audio-fa.music.example"}


def test_verdict_and_column_are_chosen(qtbot: QtBot, page: HistoryPage) -> None:
    with qtbot.waitSignal(page._model.counted, timeout=PATIENCE):
        page._verdict.setCurrentIndex(page._verdict.findData("deny"))
    with qtbot.waitSignal(page._model.counted, timeout=PATIENCE):
        page._table.sortByColumn(1, Qt.SortOrder.AscendingOrder)

    titles = [each.application.title.lower() for each in shown(page)]
    assert titles == sorted(titles)
    assert {each.verdict for each in shown(page)} == {"deny"}


def test_a_row_suggests_a_rule(qtbot: QtBot, page: HistoryPage) -> None:
    page.show_only("music.ex")
    qtbot.waitUntil(lambda: {each.port for each in shown(page)} == {443}, timeout=PATIENCE)
    page._table.selectRow(0)

    with qtbot.waitSignal(page.rule_from, timeout=PATIENCE) as wanted:
        qtbot.mouseClick(page._rule, Qt.MouseButton.LeftButton)

    assert wanted.args is not None
    application, scope = wanted.args
    assert str(application) == "snap:spotify"
    assert scope.words == {"to": "audio-fa.music.example", "port": "443", "protocol": "tcp"}


def test_lines_deep_down_come_when_they_are_scrolled_to(
    qtbot: QtBot, history: History, at: Path
) -> None:
    history.flush()
    link = history_file.opened(at)
    try:
        fill(link, 5000)
    finally:
        link.close()
    model = HistoryModel(history.lookup)
    with qtbot.waitSignal(model.counted, timeout=PATIENCE) as counted:
        model.refresh()
    assert counted.args == [5000]

    deep = model.index(4321, 3)
    with qtbot.waitSignal(model.dataChanged, timeout=PATIENCE):
        assert deep.data(ENTRY) is None
    assert deep.data(ENTRY).last == NOW + 5000 - 1 - 4321


def fill(link: sqlite3.Connection, count: int) -> None:
    Writer(link).write(
        replace(event(number % 60_000), time=NOW + number) for number in range(count)
    )


def test_connections_are_asked_for_only_while_they_are_seen(
    qtbot: QtBot, firewall: Firewall, history: History, helper: PlayedHelper, at: Path
) -> None:
    helper.open = open_now()
    window = MainWindow(QSettings(str(at.parent / "window.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(window)
    pages = HistoryPages(firewall, history, window)
    assert not pages.connections._clock.isActive()

    window.open(CONNECTIONS)
    qtbot.waitUntil(
        lambda: pages.connections._narrowed.rowCount() == len(helper.open), timeout=PATIENCE
    )
    assert pages.connections._clock.isActive()
    qtbot.keyClicks(pages.connections._search, "firefox allowed")
    assert 0 < pages.connections._narrowed.rowCount() < len(helper.open)
    window.open(HISTORY)
    assert not pages.connections._clock.isActive()


def test_what_stays_open_keeps_its_row(qtbot: QtBot, qtmodeltester: object) -> None:
    model = ConnectionsModel()
    model.show([connection(1), connection(2), connection(3)])
    model.show([connection(3, 7), connection(1), connection(4)])

    assert [each.id for each in model._rows] == [1, 3, 4]
    assert model._rows[1].sent == 7
    qtmodeltester.check(model)  # type: ignore[attr-defined]


def test_who_may_not_look_is_told_so_and_not_asked_again(
    qtbot: QtBot, firewall: Firewall, history: History, helper: PlayedHelper, at: Path
) -> None:
    helper.refuses = {"Connections"}
    window = MainWindow(QSettings(str(at.parent / "window.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(window)
    pages = HistoryPages(firewall, history, window)

    window.open(CONNECTIONS)
    qtbot.waitUntil(lambda: "may not" in pages.connections._notice.text(), timeout=PATIENCE)

    assert not pages.connections._clock.isActive()


def test_the_chart_shows_who_moved_the_most(qtbot: QtBot, history: History, at: Path) -> None:
    pytest.importorskip("PySide6.QtCharts")
    history.flush()
    lived(at, time.time(), events=10)
    page = TrafficPage(history)
    qtbot.addWidget(page)

    page.show()
    qtbot.waitUntil(lambda: page._list.topLevelItemCount() > 3, timeout=PATIENCE)

    assert page._chart is not None
    assert page._list.findItems("org.mozilla.firefox", Qt.MatchFlag.MatchExactly)
    assert not page._notice.isVisible()


def test_without_the_library_the_page_says_what_to_install(
    qtbot: QtBot, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "stile_ui.traffic_chart", None)
    page = TrafficPage(history)
    qtbot.addWidget(page)

    page.show()

    assert "python3-pyside6.qtcharts" in page._notice.text()
    assert page._notice.isVisible()


def test_bars_add_up_to_all_that_passed() -> None:
    by = {
        replace(CURL, name=f"/usr/bin/{number}"): {int(NOW) // 60 * 60: (number, 1)}
        for number in range(MOST + 3)
    }

    both = bars(by, LAST_HOUR, Way.BOTH, NOW)
    sent = bars(by, LAST_HOUR, Way.SENT, NOW)

    assert len(both.of) == MOST + 1
    assert sum(total for _, total in both.totals) == sum(range(MOST + 3)) + MOST + 3
    assert sum(total for _, total in sent.totals) == sum(range(MOST + 3))
