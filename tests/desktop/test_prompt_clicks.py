"""The real stile-tray on a real X server: what clicks and keys do, and who has the focus."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from cast import CURL, WGET, question, rule
from played_helper import PlayedHelper
from private_bus import private_bus
from screen import Screen, missing, running, screen, tray_command, wait_for

from stile.questions import Details
from stile.rules import Action, Choice, Lifetime, Reach

if absent := missing("xmessage"):
    pytest.skip(f"a desktop needs {absent}", allow_module_level=True)

PROMPT = "wants to connect"
FROM_THE_LEFT = {Action.ALLOW: 554, Action.DENY: 450, Action.DROP: 340}
FROM_BELOW = 64
"""Where the buttons are, in pixels; the list of what waits is to the right of them."""


@pytest.fixture
def stage() -> Iterator[Screen]:
    """A screen on which another window has the focus."""
    with (
        screen() as shown,
        running(["xmessage", "-name", "other", "somebody types here"], shown.environment),
    ):
        other = shown.window("other")
        shown.focus(other)
        yield shown


@pytest.fixture
def bus() -> Iterator[str]:
    with private_bus() as address:
        yield address


@pytest.fixture
def helper(bus: str) -> Iterator[PlayedHelper]:
    with PlayedHelper(bus, kept=[rule(WGET, Action.DENY)]) as played:
        yield played


@pytest.fixture
def tray(stage: Screen, helper: PlayedHelper) -> Iterator["subprocess.Popen[str]"]:
    command = tray_command(helper.address, "--background")
    with running(command, stage.environment) as process:
        helper.wait_for("RegisterAgent")
        yield process


def press(stage: Screen, prompt: str, action: Action) -> None:
    _, height = stage.size(prompt)
    stage.click(prompt, FROM_THE_LEFT[action], height - FROM_BELOW)


def answered(
    stage: Screen, helper: PlayedHelper, prompt: str, action: Action
) -> tuple[int, Choice]:
    """Press a button until it is armed: before, presses are without effect."""

    def pressed() -> bool:
        press(stage, prompt, action)
        return not helper.heard.empty()

    wait_for(pressed, "an answer")
    number, choice = helper.wait_for("Answer")
    return number, choice


@pytest.mark.usefixtures("tray")
@pytest.mark.parametrize("action", [Action.ALLOW, Action.DENY, Action.DROP])
def test_a_click_answers(stage: Screen, helper: PlayedHelper, action: Action) -> None:
    helper.ask(question(3))
    prompt = stage.window(PROMPT)
    assert answered(stage, helper, prompt, action) == (3, Choice(action, Lifetime.FOREVER))
    stage.gone(PROMPT)
    assert [(each.application, each.action) for each in helper.kept][1:] == [(CURL, action)]


@pytest.mark.usefixtures("tray")
def test_the_prompt_takes_no_focus_and_what_is_typed_elsewhere_decides_nothing(
    stage: Screen, helper: PlayedHelper
) -> None:
    other = stage.focused()
    helper.ask(question(3))
    prompt = stage.window(PROMPT)
    assert stage.focused() == other
    stage.key("y", "Tab", "space", "Return", "alt+a", "alt+d", "alt+n", "alt+b", "alt+c")
    assert stage.focused() == other
    assert helper.heard.empty()
    # an answer that is given afterwards is the first one that the helper hears
    assert answered(stage, helper, prompt, Action.DENY) == (
        3,
        Choice(Action.DENY, Lifetime.FOREVER),
    )


@pytest.mark.usefixtures("tray")
def test_return_and_space_in_the_prompt_decide_nothing_and_escape_keeps_the_question(
    stage: Screen, helper: PlayedHelper
) -> None:
    helper.ask(question(3))
    prompt = stage.window(PROMPT)
    stage.focus(prompt)
    stage.key("Return", "space", "KP_Enter", "y", "Escape")
    stage.gone(PROMPT)
    assert helper.heard.empty()
    helper.ask(question(4, to="203.0.113.9"))  # a new one brings the window back, with both
    prompt = stage.window(PROMPT)
    assert answered(stage, helper, prompt, Action.ALLOW)[0] == 4
    assert answered(stage, helper, prompt, Action.ALLOW)[0] == 3


@pytest.mark.usefixtures("tray")
def test_what_is_typed_elsewhere_while_it_appears_decides_nothing(
    stage: Screen, helper: PlayedHelper
) -> None:
    """Keys all the while: before it is there, in its first moments, and long after."""
    other = stage.focused()
    typing = ["type", "--delay", "15", "yes and so on, alt a d s " * 8]
    with running(["xdotool", *typing], stage.environment) as typist:
        for number in range(1, 6):
            helper.ask(question(number, to=f"203.0.113.{number}"))
        prompt = stage.window(PROMPT)
        typist.wait(60)
    assert stage.focused() == other
    assert helper.heard.empty()
    assert stage.windows(PROMPT) == [prompt], "five questions are one window"


@pytest.mark.usefixtures("tray")
def test_the_whole_prompt_by_keyboard_alone(stage: Screen, helper: PlayedHelper) -> None:
    """Choose, look closer, stop the clock, answer, and take it back: no mouse."""
    helper.looks = Details(command=("curl",), sha256="ab" * 32)
    helper.ask(question(3, to="203.0.113.9"))
    prompt = stage.window(PROMPT)
    stage.xdotool("windowactivate", "--sync", prompt)  # as Alt+Tab does
    stage.key("alt+e")
    assert helper.wait_for("Details") == (3, 0)
    stage.key("alt+c")
    assert helper.wait_for("StopClock") == (3, True)
    helper.ask(question(4, WGET, to="203.0.113.10"))
    helper.ask(question(5, WGET, to="203.0.113.11"))
    stage.key("alt+n", "alt+p", "alt+b")

    def answered() -> bool:
        stage.xdotool("key", "alt+d", "sleep", 1)  # pressed too early it has to come to rest
        return not helper.heard.empty()

    wait_for(answered, "an answer")
    expected = Choice(Action.DENY, Lifetime.REBOOT, reach=Reach.NETWORK, this_port=True)
    assert helper.wait_for("Answer") == (3, expected)
    stage.window("Answered")
    wait_for(lambda: stage.focused() == prompt, "the focus, which nothing has taken")
    stage.key("ctrl+z")
    assert helper.wait_for("TakeBack") == (3,)
    stage.key("alt+Down", "Escape")
    stage.gone(PROMPT)


@pytest.mark.usefixtures("tray")
def test_an_answer_is_taken_back_with_a_click_and_nothing_has_taken_the_focus(
    stage: Screen, helper: PlayedHelper
) -> None:
    other = stage.focused()
    helper.ask(question(3))
    prompt = stage.window(PROMPT)
    answered(stage, helper, prompt, Action.ALLOW)
    undo = stage.window("Answered")
    stage.gone(PROMPT)
    wait_for(lambda: stage.focused() == other, "the focus to be where it was")
    stage.key("space", "Return", "alt+u")
    assert helper.heard.empty()

    width, height = stage.size(undo)
    stage.click(undo, width - 50, height // 2)

    assert helper.wait_for("TakeBack") == (3,)
    wait_for(lambda: [each.application for each in helper.kept] == [WGET], "the rule to go")


def test_a_question_comes_back_after_the_tray_was_killed(
    stage: Screen, helper: PlayedHelper, tray: "subprocess.Popen[str]"
) -> None:
    helper.ask(question(3))
    stage.window(PROMPT)
    tray.kill()
    tray.wait()
    stage.gone(PROMPT)
    helper.forget_agents()
    command = tray_command(helper.address, "--background")
    with running(command, stage.environment):
        prompt = stage.window(PROMPT)
        helper.wait_for("RegisterAgent")
        assert answered(stage, helper, prompt, Action.DENY)[0] == 3


def test_closing_the_window_decides_nothing(
    stage: Screen, helper: PlayedHelper, tray: "subprocess.Popen[str]"
) -> None:
    helper.ask(question(3))
    stage.close(stage.window(PROMPT))
    stage.gone(PROMPT)
    assert helper.heard.empty()
    assert tray.poll() is None


def test_sigterm_ends_it_cleanly(tray: "subprocess.Popen[str]") -> None:
    tray.terminate()
    said, _ = tray.communicate(timeout=20)
    assert (tray.returncode, said) == (0, "")


def run(*arguments: str, environment: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "stile_ui.main", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_no_bus_is_one_sentence(stage: Screen) -> None:
    status, said = run("--bus", "unix:path=/nowhere", environment=stage.environment)
    assert status == 1
    assert said.startswith("stile-tray: no bus at 'unix:path=/nowhere'")
    assert said.count("\n") == 1


def test_no_display_is_one_sentence(stage: Screen) -> None:
    status, said = run(environment={**stage.environment, "DISPLAY": ""})
    assert (status, said) == (
        1,
        "stile-tray: no display: neither WAYLAND_DISPLAY nor DISPLAY is set\n",
    )


def test_wrong_usage_says_so(stage: Screen) -> None:
    assert run("--nonsense", environment=stage.environment)[0] == 2
