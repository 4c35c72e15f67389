"""The first run and the review of what was learned: what is shown, and what is asked for."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from cast import CURL, path, rule
from played_helper import PlayedHelper
from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QPushButton, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from stile import services
from stile.connections import TCP, UDP, Uid
from stile.learned import Learned, Place, Running, Verdict
from stile.questions import About
from stile.rules import Action
from stile_ui import icons
from stile_ui.checked_list import KEY, CheckedList
from stile_ui.firewall import Firewall
from stile_ui.first_run import FirstRun
from stile_ui.modes import Modes
from stile_ui.review import Review
from stile_ui.tray import Tray

AVAHI = path("/usr/sbin/avahi-daemon")
FIREFOX = path("/usr/lib/firefox/firefox")
WEB = Place(TCP, 443, ip_address("192.0.2.1"), "www.example.org")
RUNS = [
    Running(AVAHI, Uid(105), (), ((UDP, 5353),)),
    Running(FIREFOX, Uid(1000), (WEB,), about=About("Firefox", "firefox")),
]
LEARNED = [Learned(CURL, 3, (WEB,)), Learned(FIREFOX, 90, (WEB,), 26)]


@pytest.fixture(autouse=True)
def only_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine on which this is tested is proposed."""
    monkeypatch.setattr(services, "_real", lambda _: "")


@pytest.fixture
def first_run(qtbot: QtBot) -> FirstRun:
    page = FirstRun()
    qtbot.addWidget(page)
    page.show_presence(present=True)
    page.show_rules([])
    page.show_running(RUNS)
    page.show()
    return page


@pytest.fixture
def review(qtbot: QtBot) -> Review:
    page = Review()
    qtbot.addWidget(page)
    page.show_presence(present=True)
    page.show_status({"learning": 0, "learned": 2})
    page.show_learned(LEARNED)
    page.show()
    return page


def texts(page: QWidget) -> dict[str, list[str]]:
    (shown,) = page.findChildren(CheckedList)
    return {
        str(line.data(0, KEY)): [line.text(column) for column in range(shown.columnCount())]
        for line in shown.lines
    }


def check(page: QWidget, key: str, *, on: bool = True) -> None:
    (shown,) = page.findChildren(CheckedList)
    (line,) = [line for line in shown.lines if line.data(0, KEY) == key]
    line.setCheckState(0, Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)


def button(page: QWidget, begins: str) -> QPushButton:
    (found,) = [b for b in page.findChildren(QPushButton) if b.text().startswith(begins)]
    return found


def press(qtbot: QtBot, page: QWidget, begins: str) -> None:
    qtbot.mouseClick(button(page, begins), Qt.MouseButton.LeftButton)


# -- the first run -----------------------------------------------------------------------


def test_services_are_checked_and_said_in_words_and_others_are_not(first_run: FirstRun) -> None:
    assert texts(first_run) == {
        str(AVAHI): [
            "Avahi",
            "Finds devices on the local network",
            "devices (mDNS) on the local network",
            "running",
        ],
        str(FIREFOX): ["Firefox", "", "www.example.org, port 443 (https)", "running"],
    }
    assert {each.application for each in first_run.chosen} == {AVAHI}
    assert not any(each.scope.is_whole for each in first_run.chosen), "narrow, for a service"


def test_what_is_decided_is_not_proposed(first_run: FirstRun) -> None:
    first_run.show_rules([rule(AVAHI, Action.DENY), rule(FIREFOX, Action.ALLOW)])

    assert texts(first_run)[str(AVAHI)][2] == "has its rules already"
    assert str(FIREFOX) not in texts(first_run)
    assert not first_run.chosen
    assert not button(first_run, "&Allow").isEnabled()


def test_one_button_asks_for_what_is_checked(qtbot: QtBot, first_run: FirstRun) -> None:
    check(first_run, str(FIREFOX))
    with qtbot.waitSignal(first_run.rules_wanted) as wanted:
        press(qtbot, first_run, "&Allow these 2")

    (rules,) = wanted.args or [[]]
    assert [each.application for each in rules] == [AVAHI, FIREFOX]
    assert all(each.action is Action.ALLOW for each in rules)
    assert not button(first_run, "&Allow").isEnabled(), "once is enough"


def test_it_is_over_when_the_rules_are_there_and_not_before(
    qtbot: QtBot, first_run: FirstRun
) -> None:
    over: list[bool] = []
    first_run.over.connect(lambda: over.append(True))
    press(qtbot, first_run, "&Allow")
    assert not over

    first_run.show_failure("You may not do this")
    assert button(first_run, "&Allow").isEnabled(), "it can be tried again"
    press(qtbot, first_run, "&Allow")
    first_run.show_added(1)

    assert over == [True]
    press(qtbot, first_run, "&Close")
    assert over == [True]
    assert not first_run.isVisible()


def test_to_skip_it_is_to_be_done_with_it(qtbot: QtBot, first_run: FirstRun) -> None:
    with qtbot.waitSignal(first_run.over):
        press(qtbot, first_run, "&Not now")
    assert not first_run.isVisible()


def test_a_choice_stays_when_the_lines_come_anew(first_run: FirstRun) -> None:
    check(first_run, str(AVAHI), on=False)
    check(first_run, str(FIREFOX))
    first_run.show_running(RUNS)
    assert [each.application for each in first_run.chosen] == [FIREFOX]


def test_names_from_outside_are_shown_as_they_are_spelled(first_run: FirstRun) -> None:
    first_run.show_running([Running(path("/x"), Uid(0), about=About("<b>\u202etxt.exe"))])
    assert texts(first_run)["path:/x"][0] == "<b>\\u202etxt.exe"


# -- when it comes -----------------------------------------------------------------------


def windows(qtbot: QtBot, helper: PlayedHelper, bus: str, marker: Path, parent: QObject) -> Modes:
    """The desktop half, as far as it shows these pages."""
    firewall = Firewall(bus)
    modes = Modes(firewall, parent, marker)
    with qtbot.waitSignals([firewall.shelves, firewall.status]):
        firewall.start()
    qtbot.addWidget(QWidget(), before_close_func=lambda _: firewall.close())
    helper.wait_for("RegisterAgent")
    return modes


@pytest.mark.parametrize(
    ("is_there", "origin", "comes"),
    [
        (False, "shipped", True),
        (False, "user", False),
        (False, "temporary", False),
        (True, "shipped", False),
    ],
)
def test_it_comes_by_itself_once_and_only_where_nobody_has_decided_anything(
    qtbot: QtBot,
    bus: str,
    tmp_path: Path,
    is_there: bool,  # noqa: FBT001 # a parameter
    origin: str,
    comes: bool,  # noqa: FBT001
) -> None:
    marker = tmp_path / "stile" / "first-run"
    if is_there:
        marker.parent.mkdir()
        marker.touch()
    parent = QObject()
    with PlayedHelper(bus, kept=[rule(CURL, Action.ALLOW, here=origin)], runs=RUNS) as helper:
        modes = windows(qtbot, helper, bus, marker, parent)
        page = modes._first_run
        assert (page is not None and page.isVisible()) is comes
        if page:
            qtbot.addWidget(page)
            qtbot.waitUntil(lambda: bool(texts(page)))
            press(qtbot, page, "&Allow")
            for scope in [each.scope for each in page.chosen]:
                assert helper.wait_for("AddRule")[0].scope == scope
            qtbot.waitUntil(marker.exists)


# -- the review --------------------------------------------------------------------------


def test_nothing_is_accepted_by_the_way(review: Review) -> None:
    assert list(texts(review)) == [str(CURL), str(FIREFOX)]
    assert texts(review)[str(FIREFOX)][1:3] == [
        "90",
        "www.example.org, port 443 (https) and 26 more",
    ]
    for begins in ("&Accept", "&Deny", "&Forget"):
        assert not button(review, begins).isEnabled()


def test_each_proposal_is_as_narrow_as_it_can_be(qtbot: QtBot, review: Review) -> None:
    for key in (str(CURL), str(FIREFOX)):
        check(review, key)
    with qtbot.waitSignal(review.verdicts_wanted) as wanted:
        press(qtbot, review, "&Accept 2 proposals")
    assert wanted.args == [[(LEARNED[0], Verdict.REACHED), (LEARNED[1], Verdict.ALLOW)]]


def test_another_rule_can_be_picked_and_stays_so(qtbot: QtBot, review: Review) -> None:
    box = next(b for b in review.findChildren(QComboBox) if b.count() == 2)
    assert box.accessibleName() == "Rule for curl"
    box.setCurrentIndex(1)
    box.activated.emit(1)
    check(review, str(CURL))

    review.show_learned(LEARNED)

    with qtbot.waitSignal(review.verdicts_wanted) as wanted:
        press(qtbot, review, "&Accept one")
    assert wanted.args == [[(LEARNED[0], Verdict.ALLOW)]]


@pytest.mark.parametrize(
    ("text", "verdict"), [("&Deny", Verdict.DENY), ("&Forget", Verdict.FORGET)]
)
def test_what_is_checked_is_denied_or_forgotten(
    qtbot: QtBot, review: Review, text: str, verdict: Verdict
) -> None:
    check(review, str(CURL))
    with qtbot.waitSignal(review.verdicts_wanted) as wanted:
        press(qtbot, review, text)
    assert wanted.args == [[(LEARNED[0], verdict)]]


def test_learning_is_switched_there_too(qtbot: QtBot, review: Review) -> None:
    with qtbot.waitSignal(review.learning_wanted) as wanted:
        press(qtbot, review, "&Learn")
    assert wanted.args == [3600]

    review.show_status({"learning": 120, "learned": 2})
    with qtbot.waitSignal(review.learning_wanted) as wanted:
        press(qtbot, review, "&Stop")
    assert wanted.args == [0]


def test_of_more_to_review_the_helper_is_asked(qtbot: QtBot, review: Review) -> None:
    with qtbot.waitSignal(review.refresh_wanted):
        review.show_status({"learning": 60, "learned": 3})


def test_every_control_of_both_pages_has_a_name(first_run: FirstRun, review: Review) -> None:
    for page in (first_run, review):
        for shown in page.findChildren(QTreeWidget):
            assert shown.accessibleName()
        for box in page.findChildren(QComboBox):
            assert box.accessibleName()
        for pressed in page.findChildren(QPushButton):
            assert pressed.text() or not pressed.isVisibleTo(page)


# -- the tray ----------------------------------------------------------------------------


@pytest.fixture
def tray(qtbot: QtBot) -> Iterator[Tray]:
    made = Tray()
    made.show_presence(present=True)
    yield made
    made.deleteLater()


def entry(tray: Tray, begins: str) -> QAction:
    (found,) = (each for each in tray._menu.actions() if each.text().startswith(begins))
    return found


def test_the_icon_says_that_it_learns_and_the_menu_ends_it(qtbot: QtBot, tray: Tray) -> None:
    with qtbot.waitSignal(tray.learning_wanted) as wanted:
        entry(tray, "L&earn for an hour").trigger()
    assert wanted.args == [3600]

    tray.show_status({"paused": 0, "learning": 1800, "learned": 0})

    assert tray.state == "learning"
    assert tray.sentence == "Stile learns: unknown applications pass and are recorded"
    with qtbot.waitSignal(tray.learning_wanted) as wanted:
        entry(tray, "Stop l&earning").trigger()
    assert wanted.args == [0]


def test_the_menu_leads_to_the_review_while_there_is_something(qtbot: QtBot, tray: Tray) -> None:
    assert not entry(tray, "Re&view").isVisible()
    tray.show_status({"paused": 0, "learned": 3})
    assert entry(tray, "Re&view what was learned (3)").isVisible()
    with qtbot.waitSignal(tray.review_wanted):
        entry(tray, "Re&view").trigger()
    with qtbot.waitSignal(tray.setup_wanted):
        entry(tray, "S&ystem services").trigger()


def test_while_locked_down_it_cannot_learn(tray: Tray) -> None:
    tray.show_status({"paused": 0, "lockdown": True})
    assert not entry(tray, "L&earn").isEnabled()


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("size", [16, 22, 48])
def test_learning_has_a_picture_of_its_own_in_every_size(size: int) -> None:
    picture = icons.own("stile-learning").pixmap(size, size)
    assert picture.rect() == QRect(0, 0, size, size)
    assert picture.toImage() != icons.own("stile-paused").pixmap(size, size).toImage()
