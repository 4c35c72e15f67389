"""When the prompt is on the screen, and what the tray says meanwhile."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from cast import question
from played_helper import PlayedHelper
from PySide6.QtCore import QRect
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from stile.questions import QuestionId, Why
from stile.rules import Action, Choice, Lifetime
from stile_ui import icons
from stile_ui.agent import Agent
from stile_ui.firewall import Firewall
from stile_ui.prompt import Prompt
from stile_ui.prompts import Prompts
from stile_ui.tray import Tray, badged


@pytest.fixture
def helper(bus: str) -> Iterator[PlayedHelper]:
    with PlayedHelper(bus) as played:
        yield played


@pytest.fixture
def desktop(qtbot: QtBot, bus: str, helper: PlayedHelper) -> Iterator[SimpleNamespace]:
    """Everything but the rules window, as main() joins it."""
    firewall, prompts, prompt = Firewall(bus), Prompts(), Prompt()
    qtbot.addWidget(prompt)
    agent, tray = Agent(firewall, prompts, prompt), Tray()
    firewall.present.connect(tray.show_presence)
    firewall.status.connect(tray.show_status)
    firewall.findings.connect(tray.show_findings)
    agent.counted.connect(tray.show_questions)
    with qtbot.waitSignals([firewall.present, firewall.status]):
        firewall.start()
    helper.wait_for("RegisterAgent")
    yield SimpleNamespace(firewall=firewall, prompt=prompt, agent=agent, tray=tray)
    firewall.close()
    tray.deleteLater()


def test_a_question_brings_the_prompt_and_its_answer_takes_it_away(
    qtbot: QtBot, desktop: SimpleNamespace, helper: PlayedHelper
) -> None:
    helper.ask(question(1))
    qtbot.waitUntil(desktop.prompt.isVisible)
    assert desktop.tray.state == "asking"
    desktop.prompt.decided.emit(QuestionId(1), Choice(Action.DENY, Lifetime.ONCE))
    qtbot.waitUntil(lambda: not desktop.prompt.isVisible())
    assert desktop.tray.state == "guarding"


def test_a_question_that_was_put_away_stays_open_and_can_be_called_back(
    qtbot: QtBot, desktop: SimpleNamespace, helper: PlayedHelper
) -> None:
    helper.ask(question(1))
    qtbot.waitUntil(desktop.prompt.isVisible)
    desktop.prompt.close()
    assert desktop.tray.sentence == "Stile: one application waits for your answer"
    desktop.agent.call_back()
    assert desktop.prompt.isVisible()


def test_more_packets_do_not_bring_back_what_was_put_away_but_a_new_question_does(
    qtbot: QtBot, desktop: SimpleNamespace, helper: PlayedHelper
) -> None:
    helper.ask(question(1))
    qtbot.waitUntil(desktop.prompt.isVisible)
    desktop.prompt.close()
    with qtbot.waitSignal(desktop.agent.counted):
        helper.ask(question(1, waiting=5))
    assert not desktop.prompt.isVisible()
    helper.ask(question(2, to="203.0.113.9"))
    qtbot.waitUntil(desktop.prompt.isVisible)


def test_a_withdrawn_question_leaves_the_screen(
    qtbot: QtBot, desktop: SimpleNamespace, helper: PlayedHelper
) -> None:
    helper.ask(question(1))
    qtbot.waitUntil(desktop.prompt.isVisible)
    helper.withdraw(QuestionId(1), Why.EXPIRED)
    qtbot.waitUntil(lambda: not desktop.prompt.isVisible())


def test_a_pause_is_shown(qtbot: QtBot, desktop: SimpleNamespace) -> None:
    desktop.firewall.pause(300)
    qtbot.waitUntil(lambda: desktop.tray.state == "paused")


def test_lockdown_is_shown_and_can_be_ended_in_the_menu(
    qtbot: QtBot, desktop: SimpleNamespace, helper: PlayedHelper
) -> None:
    tray = desktop.tray
    tray.lockdown_wanted.connect(desktop.firewall.lock_down)

    entry(tray, "Loc&k down").trigger()

    assert helper.wait_for("Lockdown") == (True,)
    qtbot.waitUntil(lambda: tray.state == "locked")
    assert tray.sentence.startswith("Stile is locked down: only applications with an allow rule")
    assert not entry(tray, "&Pause for 5 minutes").isEnabled()

    entry(tray, "End loc&kdown").trigger()

    assert helper.wait_for("Lockdown") == (False,)
    qtbot.waitUntil(lambda: tray.state == "guarding")
    assert entry(tray, "&Pause for 5 minutes").isEnabled()


def entry(tray: Tray, text: str) -> QAction:
    """The entry of the menu that says so."""
    (found,) = (each for each in tray._menu.actions() if each.text() == text)
    return found


def test_whether_a_panel_shows_it_is_known_soon(qtbot: QtBot) -> None:
    tray = Tray()
    tray._look.setInterval(0)
    with qtbot.waitSignal(tray.hosted) as hosted:
        tray._look.start()
    assert hosted.args == [QSystemTrayIcon.isSystemTrayAvailable()]
    tray.deleteLater()


def test_what_went_wrong_is_plain_text_in_the_menu(qtbot: QtBot) -> None:
    tray = Tray()
    tray.show_presence(True)  # noqa: FBT003 # as Qt calls it
    tray.show_failure("no & \u202e here")
    assert tray._says.text() == "no && \\u202e here"
    with qtbot.waitSignal(tray.rules_wanted):
        tray._says.trigger()
    tray.deleteLater()


def test_the_tray_knows_that_the_helper_is_away(qtbot: QtBot) -> None:
    tray = Tray()
    assert (tray.state, tray.sentence) == ("away", "Stile's helper is not running")
    tray.deleteLater()


def test_the_tray_says_what_the_system_lacks(
    qtbot: QtBot, desktop: SimpleNamespace, helper: PlayedHelper
) -> None:
    assert desktop.tray.sentence == "Stile guards your connections"

    helper.find(
        ("net_cls", "ok", "applications are told apart"),
        ("nft queue", "limited", "the NFQUEUE target instead"),
        ("exec gate", "limited", "caught, some milliseconds late"),
    )

    expected = "Stile guards, with gaps: exec gate"
    qtbot.waitUntil(lambda: desktop.tray.sentence == expected)
    assert desktop.tray.lacks == (
        "nft queue: the NFQUEUE target instead\n\nexec gate: caught, some milliseconds late"
    )


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("state", ["guarding", "asking", "paused", "locked", "away", "program"])
@pytest.mark.parametrize("size", [16, 22, 48])
def test_every_state_has_a_picture_in_every_size(state: str, size: int) -> None:
    assert icons.own(f"stile-{state}").pixmap(size, size).rect() == QRect(0, 0, size, size)


@pytest.mark.usefixtures("qapp")
def test_a_number_stands_on_the_icon() -> None:
    plain = icons.own("stile-asking")
    images = [badged(plain, count).pixmap(22, 22).toImage() for count in (0, 1, 2, 10, 11)]
    assert images[0] != images[1] != images[2] != images[3]
    assert images[3] == images[4]  # 9+
