"""Taking an answer back: what is offered, for how long, and what comes of it."""

from collections.abc import Iterator

import pytest
from cast import CURL, question
from played_helper import PlayedHelper
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from stile.questions import QuestionId
from stile.rules import Action, Choice, Lifetime, Rule
from stile_ui.agent import Agent
from stile_ui.firewall import Firewall
from stile_ui.prompt import Prompt
from stile_ui.prompts import Prompts
from stile_ui.undo import SECONDS, SOON, Undo

LEFT = Qt.MouseButton.LeftButton
ALWAYS = Choice(Action.ALLOW, Lifetime.FOREVER)
QUICK = 20
"""Milliseconds of a second: ten of them need not be waited for."""


@pytest.fixture
def helper(bus: str) -> Iterator[PlayedHelper]:
    with PlayedHelper(bus) as played:
        yield played


@pytest.fixture
def undo(qtbot: QtBot) -> Undo:
    shown = Undo()
    qtbot.addWidget(shown)
    return shown


@pytest.fixture
def prompt(qtbot: QtBot, bus: str, helper: PlayedHelper, undo: Undo) -> Iterator[Prompt]:
    """A prompt that is joined with a helper."""
    firewall, shown = Firewall(bus), Prompt()
    qtbot.addWidget(shown)
    agent = Agent(firewall, Prompts(), shown, undo)
    with qtbot.waitSignal(firewall.present):
        firewall.start()
    helper.wait_for("RegisterAgent")
    assert agent.parent() is shown
    yield shown
    firewall.close()


def answer(qtbot: QtBot, prompt: Prompt, helper: PlayedHelper, choice: Choice) -> None:
    helper.ask(question(1))
    qtbot.waitUntil(prompt.isVisible)
    prompt.decided.emit(QuestionId(1), choice)
    qtbot.waitUntil(lambda: not prompt.isVisible())


def button(undo: Undo) -> QPushButton:
    return undo.findChildren(QPushButton)[0]


def said(undo: Undo) -> str:
    return " ".join(label.text() for label in undo.findChildren(QLabel) if label.text())


def test_an_answer_can_be_taken_back_with_a_click(
    qtbot: QtBot, prompt: Prompt, helper: PlayedHelper, undo: Undo
) -> None:
    answer(qtbot, prompt, helper, ALWAYS)
    qtbot.waitUntil(undo.isVisible)
    assert said(undo) == "curl may use the network, forever."
    assert helper.kept == [Rule(CURL, Action.ALLOW, id=helper.kept[0].id)]

    qtbot.mouseClick(button(undo), LEFT)

    assert helper.wait_for("TakeBack") == (1,)
    qtbot.waitUntil(lambda: said(undo).startswith("Taken back"))
    assert not button(undo).isVisible()
    assert helper.kept == []


def test_ctrl_z_in_the_prompt_does_the_same(
    qtbot: QtBot, prompt: Prompt, helper: PlayedHelper, undo: Undo
) -> None:
    answer(qtbot, prompt, helper, ALWAYS)
    qtbot.waitUntil(undo.isVisible)
    helper.ask(question(2))
    qtbot.waitUntil(prompt.isVisible)
    prompt.activateWindow()
    qtbot.waitUntil(prompt.isActiveWindow)

    qtbot.keyClick(prompt, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)

    assert helper.wait_for("TakeBack") == (1,)


def test_once_offers_nothing(
    qtbot: QtBot, prompt: Prompt, helper: PlayedHelper, undo: Undo
) -> None:
    answer(qtbot, prompt, helper, Choice(Action.ALLOW, Lifetime.ONCE))
    assert not undo.isVisible()


def test_it_is_said_where_it_is_too_late(
    qtbot: QtBot, prompt: Prompt, helper: PlayedHelper, undo: Undo
) -> None:
    answer(qtbot, prompt, helper, ALWAYS)
    qtbot.waitUntil(undo.isVisible)
    helper.refuses.add("TakeBack")

    qtbot.mouseClick(button(undo), LEFT)

    qtbot.waitUntil(lambda: "You may not do this" in said(undo))


def test_a_helper_that_goes_takes_the_offer_with_it(qtbot: QtBot, bus: str, undo: Undo) -> None:
    with PlayedHelper(bus) as helper:
        firewall, prompt = Firewall(bus), Prompt()
        qtbot.addWidget(prompt)
        Agent(firewall, Prompts(), prompt, undo)
        firewall.start()
        helper.wait_for("RegisterAgent")
        answer(qtbot, prompt, helper, ALWAYS)
        qtbot.waitUntil(undo.isVisible)
    qtbot.waitUntil(lambda: not undo.isVisible())
    firewall.close()


@pytest.mark.parametrize("seconds", [SECONDS, SOON])
def test_it_goes_by_itself(qtbot: QtBot, seconds: int) -> None:
    undo = Undo(second=QUICK)
    qtbot.addWidget(undo)
    if seconds == SECONDS:
        undo.offer(QuestionId(1), Action.DENY, "curl may not")
    else:
        undo.tell("Taken back.")
    assert undo.isVisible()
    qtbot.waitUntil(lambda: not undo.isVisible())
    with qtbot.assertNotEmitted(undo.wanted):
        undo.undo()


def test_it_takes_no_focus_and_stray_keys_do_nothing(qtbot: QtBot, undo: Undo) -> None:
    undo.offer(QuestionId(1), Action.ALLOW, "curl may")
    assert undo.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    with qtbot.assertNotEmitted(undo.wanted):
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
            qtbot.keyClick(undo.focusWidget() or undo, key)
    assert undo.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
