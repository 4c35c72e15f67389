"""What is said beside all windows: by the service of the session, or by ourselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cast import question
from played_notifications import PlayedNotifications, Shown
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from stile.questions import QuestionId, Why
from stile_ui.notices import AWAY, Notices
from stile_ui.preferences import Stored
from stile_ui.session import Session
from stile_ui.sessionbus import NAME, Notice, name_for


@pytest.fixture
def session(bus: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    joined = Session("system")
    assert joined.start()
    yield joined
    joined.close()


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return Stored(tmp_path / "tray.ini")


@pytest.fixture
def notices(session: Session, stored: Stored) -> Iterator[Notices]:
    made = Notices(session, stored)
    yield made
    made.deleteLater()


@pytest.fixture
def service(bus: str) -> Iterator[PlayedNotifications]:
    with PlayedNotifications(bus) as played:
        yield played


def shown(qtbot: QtBot, service: PlayedNotifications) -> Shown:
    """The next notification; Qt goes on meanwhile."""
    qtbot.waitUntil(lambda: not service.shown.empty(), timeout=10_000)
    return service.next()


def test_questions_that_were_put_aside_are_counted_in_one_notice(
    qtbot: QtBot, notices: Notices, service: PlayedNotifications
) -> None:
    notices.count(1)
    notices.put_aside()
    first = shown(qtbot, service)
    assert first.title == "One application waits for your answer"
    assert first.actions == ["questions", "Show questions"]

    notices.count(3)
    second = shown(qtbot, service)
    assert (second.title, second.replaced) == (
        "3 applications wait for your answer",
        first.number,
    )

    notices.count(0)
    assert service.closed.get(timeout=10) == first.number


def test_questions_that_are_on_the_screen_are_no_notice(
    qtbot: QtBot, notices: Notices, service: PlayedNotifications
) -> None:
    notices.count(5)
    notices.put_aside()
    number = shown(qtbot, service).number
    notices.count(6)
    notices.called_back()  # the sixth has brought the window back
    assert service.closed.get(timeout=10) == number
    notices.count(7)
    qtbot.waitUntil(lambda: not notices._soon.isActive())
    notices.say(Notice("other", "Something else", ""))
    assert service.next().title == "Something else"


def test_what_nobody_has_answered_is_said_and_counted(
    notices: Notices, service: PlayedNotifications
) -> None:
    for number in (1, 2, 3, 4):
        notices.asked(question(number))
    notices.answered(QuestionId(1))
    notices.withdrawn(QuestionId(1), Why.EXPIRED)  # it was answered before
    notices.withdrawn(QuestionId(2), Why.SETTLED)
    notices.withdrawn(QuestionId(3), Why.EXPIRED)
    first = service.next()
    assert first.title == "Nobody has answered a question"
    assert first.text.startswith("curl wants to connect to 192.0.2.80")
    notices.withdrawn(QuestionId(4), Why.EXPIRED)
    second = service.next()
    assert (second.title, second.replaced) == (
        "Nobody has answered 2 questions",
        first.number,
    )
    notices.called_back()
    assert service.closed.get(timeout=10) == first.number


def test_a_button_leads_to_a_window_and_decides_nothing(
    qtbot: QtBot, notices: Notices, service: PlayedNotifications
) -> None:
    notices.count(1)
    notices.put_aside()
    number = shown(qtbot, service).number
    with qtbot.waitSignal(notices.wanted) as wanted:
        service.press(number, "questions")
    assert wanted.args == ["questions"]


def test_the_button_of_anothers_notice_is_the_others(
    qtbot: QtBot, notices: Notices, service: PlayedNotifications
) -> None:
    notices.say(Notice("undo-7", "Allowed", "curl", (("undo", "Undo"),), seconds=10))
    number = service.next().number
    with qtbot.waitSignal(notices.acted) as acted:
        service.press(number + 1, "undo")  # somebody else's
        service.press(number, "undo")
    assert acted.args == ["undo-7", "undo"]


def test_what_comes_from_elsewhere_is_no_markup(
    notices: Notices, service: PlayedNotifications
) -> None:
    notices.say(Notice("a", "<b>", "<a href='x'>& click</a>"))
    first = service.next()
    assert (first.title, first.text) == ("<b>", "&lt;a href='x'&gt;&amp; click&lt;/a&gt;")
    service.can = ["body"]
    notices.say(Notice("b", "x", "1 < 2 & 3", (("go", "Go"),)))
    plain = service.next()
    assert (plain.text, plain.actions) == ("1 < 2 & 3", [])


def test_a_helper_that_is_restarted_is_no_notice_and_one_that_stays_away_is(
    qtbot: QtBot, notices: Notices, service: PlayedNotifications
) -> None:
    notices._gone.setInterval(50)
    notices.show_presence(False)  # noqa: FBT003 # as Qt calls it
    assert not notices._gone.isActive(), "it never was there"
    notices.show_presence(True)  # noqa: FBT003
    notices.show_presence(False)  # noqa: FBT003
    notices.show_presence(True)  # noqa: FBT003
    assert not notices._gone.isActive()
    notices.show_presence(False)  # noqa: FBT003
    qtbot.waitUntil(lambda: not service.shown.empty())
    said = service.next()
    assert said.title == "Stile's helper is not running"
    assert said.hints["urgency"] == 2
    notices.show_presence(True)  # noqa: FBT003
    assert service.closed.get(timeout=10) == said.number
    assert AWAY not in notices._session._bus._shown


def test_without_a_panel_it_is_said_once_how_to_come_back(
    notices: Notices, service: PlayedNotifications, stored: Stored
) -> None:
    notices.no_tray()
    assert "start Stile again" in service.next().text
    assert stored.value.told_without_tray
    notices.no_tray()
    notices.say(Notice("after", "After", ""))
    assert service.next().title == "After"


def test_who_wants_no_notices_gets_none(
    notices: Notices, service: PlayedNotifications, stored: Stored
) -> None:
    stored.change(notifications=False)
    notices.say(Notice("a", "Not wanted", ""))
    stored.change(notifications=True)
    notices.say(Notice("b", "Wanted", ""))
    assert service.next().title == "Wanted"


def test_where_nobody_shows_notices_we_do_without_taking_the_focus(
    qtbot: QtBot, notices: Notices
) -> None:
    notices.say(Notice("undo-1", "Allowed", "curl <b>", (("undo", "Undo"),)))
    qtbot.waitUntil(lambda: notices._toast is not None and notices._toast.isVisible())
    toast = notices._toast
    assert toast is not None
    qtbot.addWidget(toast)
    assert toast.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    (undo,) = (each for each in toast.findChildren(QPushButton) if each.text() == "Undo")
    with qtbot.waitSignal(notices.acted) as acted:
        qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    assert acted.args == ["undo-1", "undo"]
    assert not toast.isVisible()


# -- one of us a session ---------------------------------------------------------------


def test_a_second_start_reaches_the_first(qtbot: QtBot, session: Session) -> None:
    second = Session("system")
    assert not second.start()
    for action, wanted in (("window", "window"), ("settings", "settings")):
        with qtbot.waitSignal(session.wanted) as heard:
            second._send(second._bus.tell_first(action))
        assert heard.args == [wanted]
    second.close()


def test_one_that_guards_elsewhere_is_not_the_same(session: Session) -> None:
    other = Session("unix:path=/elsewhere")
    assert other.start()
    other.close()
    assert name_for("system") == NAME


def test_without_a_bus_of_the_session_it_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    alone = Session("system")
    assert alone.start()
    alone.close()
