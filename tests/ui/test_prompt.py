"""The prompt, on an offscreen Qt: what decides, and what does not."""

import time

import pytest
from cast import question
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from stile.applications import Application, Kind
from stile.questions import About, Question
from stile.rules import Action, Choice, Lifetime
from stile_ui.prompt import Prompt
from stile_ui.prompts import Open

SOON = 150
"""Milliseconds: the tests need not wait as long as people must."""

LEFT = Qt.MouseButton.LeftButton
EVIL = Application(Kind.PATH, "/srv/<b>curl</b>\u202e")
GONE = Application(Kind.DELETED, "/usr/bin/curl")


def show(prompt: Prompt, asked: Question, position: int = 1, count: int = 1) -> None:
    prompt.show_question(Open(asked, time.monotonic() + asked.seconds), position, count)


def button(prompt: Prompt, action: Action) -> QPushButton:
    text = {Action.ALLOW: "&Allow", Action.DENY: "&Deny", Action.DROP: "Deny &silently"}[action]
    return next(each for each in prompt.findChildren(QPushButton) if each.text() == text)


def texts(prompt: Prompt) -> list[str]:
    return [label.text() for label in prompt.findChildren(QLabel) if label.isVisibleTo(prompt)]


def lifetimes(prompt: Prompt) -> list[str]:
    return [
        each.text().replace("&", "")
        for each in prompt.findChildren(QRadioButton)
        if each.isVisibleTo(prompt)
    ]


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
    assert "5 packets held until you answer" in texts(armed)


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
    armed.show_question(Open(question(), time.monotonic(), answering=True), 1, 1)
    with qtbot.assertNotEmitted(armed.decided):
        qtbot.mouseClick(button(armed, Action.ALLOW), LEFT)


def test_the_window_takes_no_focus(prompt: Prompt) -> None:
    assert prompt.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert not any(each.isDefault() for each in prompt.findChildren(QPushButton))
    assert not any(each.autoDefault() for each in prompt.findChildren(QPushButton))
    assert prompt.focusWidget() in (None, prompt)


def test_a_lasting_answer_is_offered_where_it_can_last(prompt: Prompt) -> None:
    assert lifetimes(prompt) == [
        *("This time only", "Until it quits", "For 15 minutes"),
        *("For an hour", "Until reboot", "Always"),
    ]


@pytest.mark.parametrize(("name", "seconds"), [("For 15 minutes", 900), ("For an hour", 3600)])
def test_an_answer_for_a_time_ends_as_long_after_the_click(
    armed: Prompt, qtbot: QtBot, name: str, seconds: int
) -> None:
    choose(armed, name)
    before = time.time()
    with qtbot.waitSignal(armed.decided) as caught:
        qtbot.mouseClick(button(armed, Action.ALLOW), LEFT)
    assert caught.args is not None
    choice = caught.args[1]
    assert (choice.lifetime, choice.is_narrow) == (Lifetime.UNTIL, False)
    assert before + seconds <= choice.until <= time.time() + seconds
    assert "Your answer holds for all that curl sends, for a while." in texts(armed)


def test_what_will_not_be_recognised_again_is_answered_once(armed: Prompt, qtbot: QtBot) -> None:
    show(armed, question(2, GONE))
    assert lifetimes(armed) == ["This time only"]
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


def test_the_choice_of_a_lifetime_is_not_carried_over_to_the_next_question(prompt: Prompt) -> None:
    choose(prompt, "This time only")
    show(prompt, question(2))
    assert [each.text() for each in prompt.findChildren(QRadioButton) if each.isChecked()] == [
        "Al&ways"
    ]


def test_it_says_what_would_follow_before_it_is_decided(armed: Prompt, qtbot: QtBot) -> None:
    assert "Your answer holds for all that curl sends, from now on." in texts(armed)
    choose(armed, "Until reboot")
    assert "Your answer holds for all that curl sends, until the next reboot." in texts(armed)
    choose(armed, "Until it quits")
    assert "Your answer holds for this curl, until it quits. Another one is asked about." in texts(
        armed
    )


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


def test_several_questions_say_which_one_this_is(prompt: Prompt) -> None:
    assert "1 of 1" not in texts(prompt)
    show(prompt, question(), 2, 5)
    assert "2 of 5" in texts(prompt)


def test_what_people_know_a_program_as_follows_and_arms_nothing_anew(armed: Prompt) -> None:
    assert "Belongs to" not in texts(armed)
    about = About("cURL <b>", "no-such-icon", "curl")

    show(armed, question(about=about))

    assert armed.armed
    assert "Belongs to" in texts(armed)
    assert "cURL <b>, package curl" in texts(armed)
    assert "/usr/bin/curl" in texts(armed), "the path stays: a name can lie"
