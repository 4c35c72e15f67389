"""The prompt, on an offscreen Qt: what decides, and what does not."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from cast import question
from geography import database
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QToolButton,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from stile import sentences
from stile.applications import Application, Kind
from stile.connections import Pid
from stile.questions import UNKNOWN, About, Details, Question, QuestionId
from stile.rules import DECIDING, Action, Choice, Lifetime, Reach, answer
from stile_ui.countries import Countries
from stile_ui.prompt import Prompt
from stile_ui.prompts import Open

SOON = 150
"""Milliseconds: the tests need not wait as long as people must."""

LEFT = Qt.MouseButton.LeftButton
EVIL = Application(Kind.PATH, "/srv/<b>curl</b>\u202e")
GONE = Application(Kind.DELETED, "/usr/bin/curl")


def show(prompt: Prompt, asked: Question, *others: Question, place: int = 0) -> None:
    waiting, *more = (
        Open(each, time.monotonic() + each.seconds, place=place) for each in (asked, *others)
    )
    prompt.show_question(waiting, [waiting, *more])


def several(number: int = 1, count: int = 3, about: About = UNKNOWN) -> Question:
    """A question about several places."""
    first, *others = (question(number, to=f"192.0.2.{n}", about=about) for n in range(1, count + 1))
    return replace(first, others=tuple(each.connection for each in others))


def named(name: str = "www.example.org", number: int = 1) -> Question:
    asked = question(number)
    return replace(asked, connection=replace(asked.connection, name=name))


def button(prompt: Prompt, action: Action) -> QPushButton:
    text = {Action.ALLOW: "&Allow", Action.DENY: "&Deny", Action.DROP: "Deny &silently"}[action]
    return next(each for each in prompt.findChildren(QPushButton) if each.text() == text)


def texts(prompt: Prompt) -> list[str]:
    return [label.text() for label in prompt.findChildren(QLabel) if label.isVisibleTo(prompt)]


def offered(prompt: Prompt, title: str) -> list[str]:
    """What one of the small choices offers."""
    return [
        each.text().replace("&", "")
        for each in prompt.findChildren(QRadioButton)
        if each.isVisibleTo(prompt) and each.accessibleName().startswith(f"{title}:")
    ]


def chosen(prompt: Prompt) -> list[str]:
    buttons = prompt.findChildren(QRadioButton)
    return [each.text().replace("&", "") for each in buttons if each.isChecked()]


def decided(prompt: Prompt, qtbot: QtBot, action: Action = Action.ALLOW) -> Choice:
    """Press a button when it counts, and give the choice."""
    qtbot.waitUntil(lambda: prompt.armed)
    with qtbot.waitSignal(prompt.decided) as caught:
        qtbot.mouseClick(button(prompt, action), LEFT)
    assert caught.args is not None
    choice = caught.args[1]
    assert isinstance(choice, Choice)
    return choice


def choose(prompt: Prompt, name: str) -> None:
    (found,) = [
        each for each in prompt.findChildren(QRadioButton) if each.text().replace("&", "") == name
    ]
    found.click()


@pytest.fixture
def prompt(qtbot: QtBot) -> Prompt:
    """A prompt with a question that came this moment."""
    shown = Prompt(arming=SOON)
    qtbot.addWidget(shown)
    show(shown, question())
    shown.show()
    return shown


@pytest.fixture
def armed(prompt: Prompt, qtbot: QtBot) -> Prompt:
    """A prompt that has been looked at for a moment."""
    qtbot.waitUntil(lambda: prompt.armed)
    return prompt


@pytest.mark.parametrize("action", [Action.ALLOW, Action.DENY, Action.DROP])
def test_a_click_decides(armed: Prompt, qtbot: QtBot, action: Action) -> None:
    with qtbot.waitSignal(armed.decided) as caught:
        qtbot.mouseClick(button(armed, action), LEFT)
    assert caught.args == [1, Choice(action, Lifetime.FOREVER)]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_a_stray_key_decides_nothing(armed: Prompt, qtbot: QtBot, key: Qt.Key) -> None:
    with qtbot.assertNotEmitted(armed.decided):
        qtbot.keyClick(armed.focusWidget() or armed, key)
    assert armed.isVisible()


def test_return_on_a_button_decides_nothing(armed: Prompt, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(armed.decided):
        qtbot.keyClick(button(armed, Action.ALLOW), Qt.Key.Key_Return)


def test_escape_puts_the_window_away_and_decides_nothing(armed: Prompt, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(armed.decided), qtbot.waitSignal(armed.dismissed):
        qtbot.keyClick(armed, Qt.Key.Key_Escape)
    assert not armed.isVisible()


def test_nothing_decides_in_the_first_moment(prompt: Prompt, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(prompt.decided):
        qtbot.mouseClick(button(prompt, Action.ALLOW), LEFT)


def test_another_question_under_the_mouse_is_not_armed(armed: Prompt, qtbot: QtBot) -> None:
    show(armed, question(2, to="203.0.113.9"))
    with qtbot.assertNotEmitted(armed.decided):
        qtbot.mouseClick(button(armed, Action.ALLOW), LEFT)


def test_the_same_question_to_another_place_is_not_armed(armed: Prompt) -> None:
    show(armed, question(1, to="203.0.113.9"))
    assert not armed.armed


def test_more_packets_for_the_same_question_change_nothing(armed: Prompt) -> None:
    show(armed, question(1, waiting=5))
    assert armed.armed
    assert "5 packets are held" in texts(armed)


def test_whoever_is_typing_does_not_decide(armed: Prompt, qtbot: QtBot) -> None:
    qtbot.keyClick(armed, Qt.Key.Key_X)
    with qtbot.assertNotEmitted(armed.decided):
        qtbot.mouseClick(button(armed, Action.ALLOW), LEFT)
    qtbot.waitUntil(lambda: armed.armed)


def test_the_keyboard_decides_for_those_who_mean_it(armed: Prompt, qtbot: QtBot) -> None:
    allow = button(armed, Action.ALLOW)
    armed.activateWindow()
    allow.setFocus()
    qtbot.waitUntil(lambda: armed.armed)
    with qtbot.waitSignal(armed.decided) as caught:
        qtbot.keyClick(allow, Qt.Key.Key_Space)
    assert caught.args == [1, Choice(Action.ALLOW, Lifetime.FOREVER)]


def test_an_answer_on_its_way_is_not_given_twice(armed: Prompt, qtbot: QtBot) -> None:
    waiting = Open(question(), time.monotonic(), answering=True)
    armed.show_question(waiting, [waiting])
    with qtbot.assertNotEmitted(armed.decided):
        qtbot.mouseClick(button(armed, Action.ALLOW), LEFT)


def test_the_window_takes_no_focus(prompt: Prompt) -> None:
    assert prompt.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert not any(each.isDefault() for each in prompt.findChildren(QPushButton))
    assert not any(each.autoDefault() for each in prompt.findChildren(QPushButton))
    assert prompt.focusWidget() in (None, prompt)


def test_a_lasting_answer_is_offered_where_it_can_last(prompt: Prompt) -> None:
    assert offered(prompt, "How long") == [
        *("Once", "Until it quits", "15 min", "1 hour", "Until reboot", "Always"),
    ]


@pytest.mark.parametrize(("name", "seconds"), [("15 min", 900), ("1 hour", 3600)])
def test_an_answer_for_a_time_ends_as_long_after_the_click(
    armed: Prompt, qtbot: QtBot, name: str, seconds: int
) -> None:
    choose(armed, name)
    before = time.time()
    choice = decided(armed, qtbot)
    assert (choice.lifetime, choice.is_narrow) == (Lifetime.UNTIL, False)
    assert before + seconds <= choice.until <= time.time() + seconds


def test_what_will_not_be_recognised_again_is_answered_once(armed: Prompt, qtbot: QtBot) -> None:
    show(armed, question(2, GONE))
    assert offered(armed, "How long") == ["Once"]
    assert offered(armed, "Where") == []
    qtbot.waitUntil(lambda: armed.armed)
    with qtbot.waitSignal(armed.decided) as caught:
        qtbot.mouseClick(button(armed, Action.ALLOW), LEFT)
    assert caught.args == [2, Choice(Action.ALLOW, Lifetime.ONCE)]


def test_an_inferred_program_is_marked_and_lasts_only_if_chosen(
    armed: Prompt, qtbot: QtBot
) -> None:
    show(armed, question(2, inferred=True))
    assert any("concluded, not seen" in text for text in texts(armed))
    qtbot.waitUntil(lambda: armed.armed)
    with qtbot.waitSignal(armed.decided) as caught:
        qtbot.mouseClick(button(armed, Action.ALLOW), LEFT)
    assert caught.args == [2, Choice(Action.ALLOW, Lifetime.ONCE)]


def test_no_choice_is_carried_over_to_the_next_question(prompt: Prompt) -> None:
    show(prompt, named())
    choose(prompt, "15 min")
    choose(prompt, "This domain")
    choose(prompt, "Port 443")
    show(prompt, named(number=2))
    assert chosen(prompt) == ["Anywhere", "Any port", "Always"]


# -- scopes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reach", "port", "made", "scope"),
    [
        ("Anywhere", "Any port", (Reach.ANYWHERE, False), {}),
        ("This domain", "Any port", (Reach.DOMAIN, False), {"to": "*.example.org"}),
        ("This host", "Any port", (Reach.HOST, False), {"to": "www.example.org"}),
        ("This network", "Any port", (Reach.NETWORK, False), {"to": "192.0.2.0/24"}),
        ("Anywhere", "Port 443", (Reach.ANYWHERE, True), {"port": "443", "protocol": "tcp"}),
    ],
)
def test_what_is_said_before_is_the_rule_that_the_answer_makes(
    armed: Prompt,
    qtbot: QtBot,
    reach: str,
    port: str,
    made: tuple[Reach, bool],
    scope: dict[str, str],
) -> None:
    asked = named()
    show(armed, asked)
    choose(armed, reach)
    choose(armed, port)
    qtbot.waitUntil(lambda: armed.armed)
    enter(armed, Action.DENY)
    said = texts(armed)

    choice = decided(armed, qtbot, Action.DENY)

    assert (choice.reach, choice.this_port) == made
    rule = answer(asked.connection, choice)
    assert {key: rule.scope.words[key] for key in scope} == scope
    words = sentences.covered(rule.scope)
    if scope.keys() == {"port", "protocol"}:
        words = f"anywhere, {words}"
    expected = f"may not reach {words}, forever." if scope else "may not use the network, forever."
    assert f"curl {expected}" in said


def enter(prompt: Prompt, action: Action) -> None:
    """Have the mouse over a button."""
    QApplication.sendEvent(button(prompt, action), QEvent(QEvent.Type.Enter))


def test_what_makes_no_sense_is_not_offered(prompt: Prompt) -> None:
    assert offered(prompt, "Where") == ["Anywhere", "This address", "This network"]
    show(prompt, named(number=2))
    assert offered(prompt, "Where") == ["Anywhere", "This domain", "This host", "This network"]
    lookup = named(number=3)
    show(prompt, replace(lookup, connection=replace(lookup.connection, lookup=True)))
    assert offered(prompt, "Where") == ["Anywhere", "This domain", "This host"]
    assert offered(prompt, "Port") == []


@pytest.mark.parametrize("whole", ["Once", "Until it quits"])
def test_until_it_quits_and_a_destination_exclude_each_other_and_the_last_word_counts(
    armed: Prompt, qtbot: QtBot, whole: str
) -> None:
    choose(armed, "This address")
    choose(armed, whole)
    assert chosen(armed) == ["Anywhere", "Any port", whole]
    choose(armed, "Port 443")
    assert chosen(armed) == ["Anywhere", "Port 443", "Always"]
    assert decided(armed, qtbot).this_port


def test_once_says_that_there_is_nothing_to_take_back(armed: Prompt) -> None:
    choose(armed, "Once")
    assert any("there will be nothing to take back" in text for text in texts(armed))


# -- keys --------------------------------------------------------------------------------------


def test_every_choice_has_a_key_of_its_own(prompt: Prompt) -> None:
    waiting = replace(named(), others=several().others)
    show(prompt, waiting)
    buttons = [each for each in prompt.findChildren(QAbstractButton) if each.isVisibleTo(prompt)]
    keys = {each.text(): each.shortcut().toString() for each in buttons}
    assert len(buttons) >= 15
    assert all(keys.values()), keys
    assert len(set(keys.values())) == len(buttons), keys


def test_the_keys_of_choices_choose_and_that_of_a_button_decides(
    armed: Prompt, qtbot: QtBot
) -> None:
    armed.activateWindow()
    qtbot.waitUntil(armed.isActiveWindow)
    for key in (Qt.Key.Key_N, Qt.Key.Key_P, Qt.Key.Key_B):
        qtbot.keyClick(armed, key, Qt.KeyboardModifier.AltModifier)
    wanted = ["This network", "Port 443", "Until reboot"]
    qtbot.waitUntil(lambda: chosen(armed) == wanted)  # a button that has a key is seen to go down
    qtbot.waitUntil(lambda: armed.armed)
    with qtbot.waitSignal(armed.decided) as caught:
        qtbot.keyClick(armed, Qt.Key.Key_D, Qt.KeyboardModifier.AltModifier)
    expected = Choice(Action.DENY, Lifetime.REBOOT, reach=Reach.NETWORK, this_port=True)
    assert caught.args == [1, expected]


def test_everything_can_be_reached_with_tab(armed: Prompt, qtbot: QtBot) -> None:
    armed.activateWindow()
    qtbot.waitUntil(armed.isActiveWindow)
    reached = []
    for _ in range(20):
        qtbot.keyClick(armed.focusWidget() or armed, Qt.Key.Key_Tab)
        reached.append(armed.focusWidget())
    assert {button(armed, action) for action in DECIDING} <= set(reached)
    assert {type(each).__name__ for each in reached} >= {"QRadioButton", "QToolButton"}


def test_everything_has_a_name_for_a_screen_reader(prompt: Prompt) -> None:
    show(prompt, several())
    for each in prompt.findChildren(QWidget):
        if each.isVisibleTo(prompt) and each.focusPolicy() & Qt.FocusPolicy.TabFocus:
            found = QAccessible.queryAccessibleInterface(each)
            assert found.text(QAccessible.Text.Name), each


# -- several places ----------------------------------------------------------------------------


def test_a_place_is_answered_for_itself_or_all_together(armed: Prompt, qtbot: QtBot) -> None:
    show(armed, several(2), place=1)
    choice = decided(armed, qtbot)
    assert (choice.place, choice.every) == (1, False)
    (every,) = (each for each in armed.findChildren(QCheckBox) if each.isVisibleTo(armed))
    assert every.text() == "A&ll 3 of curl, a rule each"
    every.click()
    assert not armed.armed, "all of them have to be looked at"
    choice = decided(armed, qtbot)
    assert (choice.place, choice.every) == (1, True)


def test_an_answer_to_all_waits_when_one_more_comes(armed: Prompt, qtbot: QtBot) -> None:
    show(armed, several(2))
    armed.findChildren(QCheckBox)[0].click()
    qtbot.waitUntil(lambda: armed.armed)
    show(armed, several(2, count=4))
    assert not armed.armed


def test_one_more_place_changes_nothing_about_the_one_that_is_looked_at(
    armed: Prompt, qtbot: QtBot
) -> None:
    show(armed, several(1))
    qtbot.waitUntil(lambda: armed.armed)
    choose(armed, "This network")
    show(armed, several(1, count=4))
    assert armed.armed
    assert "This network" in chosen(armed)


def test_a_flood_is_a_list_and_leaves_alone_what_is_looked_at(armed: Prompt, qtbot: QtBot) -> None:
    first = named()
    show(armed, first)
    qtbot.waitUntil(lambda: armed.armed)
    choose(armed, "This domain")
    place = button(armed, Action.ALLOW).mapTo(armed, QPoint())
    flood = [question(n, Application(Kind.PATH, f"/opt/{n}")) for n in range(2, 22)]
    for n in range(len(flood)):
        show(armed, first, *flood[: n + 1])
    assert armed.armed
    assert "This domain" in chosen(armed)
    assert button(armed, Action.ALLOW).mapTo(armed, QPoint()) == place
    assert "21 questions wait" in texts(armed)
    tree = armed.findChildren(QTreeWidget)[0]
    assert tree.topLevelItemCount() == 21
    selected = tree.currentItem()
    assert selected is not None
    assert selected.text(0) == "www.example.org, port 443"


def test_what_is_chosen_in_the_list_is_asked_for(armed: Prompt, qtbot: QtBot) -> None:
    show(armed, question(1), several(2))
    tree = armed.findChildren(QTreeWidget)[0]
    group = tree.topLevelItem(1)
    assert group is not None
    row = group.child(2)
    assert row is not None
    with qtbot.waitSignal(armed.looked_at) as caught:
        tree.setCurrentItem(row)
    assert caught.args == [2, 2]


# -- the clock and the details -----------------------------------------------------------------


def test_the_clock_can_be_stopped_and_go_on(prompt: Prompt, qtbot: QtBot) -> None:
    with qtbot.waitSignal(prompt.clock_wanted) as caught:
        press(prompt, "Stop the &clock")
    assert caught.args == [1, True]
    show(prompt, replace(question(), stopped=True, seconds=31.0))
    assert "waits for you" in texts(prompt)
    with qtbot.waitSignal(prompt.clock_wanted) as caught:
        press(prompt, "Start the &clock")
    assert caught.args == [1, False]


def press(prompt: Prompt, text: str) -> None:
    (found,) = (each for each in prompt.findChildren(QPushButton) if each.text() == text)
    found.click()


def test_details_unfold_and_are_of_the_process_that_is_looked_at(
    prompt: Prompt, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(prompt.details_wanted) as caught:
        prompt.findChildren(QToolButton)[0].click()
    assert caught.args == [1, 0]
    evil = Details(command=("<b>", "\x1b"), sha256="ab" * 32, parents=((Pid(7), "/bin/sh"),))
    prompt.show_details(QuestionId(9), 0, Details(directory="/elsewhere"))
    prompt.show_details(QuestionId(1), 0, evil)
    passages = [
        each.toPlainText()
        for each in prompt.findChildren(QPlainTextEdit)
        if each.isVisibleTo(prompt)
    ]
    assert passages == ["'<b>' '\\x1b'", "ab" * 32, "/bin/sh (7)"]


def test_why_there_are_no_details_is_said(prompt: Prompt) -> None:
    prompt.findChildren(QToolButton)[0].click()
    prompt.show_no_details(QuestionId(1), 0, "The process has quit")
    assert "The process has quit" in texts(prompt)


def test_ctrl_z_takes_the_last_answer_back(prompt: Prompt, qtbot: QtBot) -> None:
    prompt.activateWindow()
    qtbot.waitUntil(prompt.isActiveWindow)
    with qtbot.waitSignal(prompt.undo_wanted):
        qtbot.keyClick(prompt, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


# -- what is said ------------------------------------------------------------------------------


def test_it_says_what_started_the_program_and_in_which_country_the_address_is(
    qtbot: QtBot, tmp_path: Path
) -> None:
    database(tmp_path / "GeoLite2-Country.mmdb", {"8.8.8.0/24": "Bhutan"})
    prompt = Prompt(countries=Countries([tmp_path]))
    qtbot.addWidget(prompt)
    asked = question(to="8.8.8.8")
    show(prompt, replace(asked, parents=("make", "bash", "xterm", "systemd")))
    assert "make, in xterm" in texts(prompt)
    assert "8.8.8.8, port 443 (https), TCP, Bhutan" in texts(prompt)


def test_names_are_text_and_never_markup(prompt: Prompt) -> None:
    show(prompt, question(2, EVIL, ("<img src=x>", "\x1b[2J")))
    assert all(
        label.textFormat() == Qt.TextFormat.PlainText
        for label in prompt.findChildren(QLabel)
        if label.text()
    )
    whole = "".join([*texts(prompt), prompt.windowTitle()])
    assert "\u202e" not in whole
    assert "\\u202e" in whole
    tooltips = [each.toolTip() for each in prompt.findChildren(QWidget)]
    assert not any("<img" in text for text in tooltips)


def test_what_people_know_a_program_as_follows_and_arms_nothing_anew(armed: Prompt) -> None:
    place = button(armed, Action.ALLOW).mapTo(armed, QPoint())
    about = About("cURL <b>", "no-such-icon", "curl")

    show(armed, question(about=about))

    assert armed.armed
    assert button(armed, Action.ALLOW).mapTo(armed, QPoint()) == place, "nothing moves under a hand"
    assert "cURL <b>, package curl" in texts(armed)
    assert "/usr/bin/curl" in texts(armed), "the path stays: a name can lie"
