"""The real stile-tray in a session without a panel: one of it, windows, real notifications."""

import subprocess
from pathlib import Path

import pytest
from cast import question
from played_helper import PlayedHelper
from screen import Screen, missing, running, tray_command, wait_for

if absent := missing():
    pytest.skip(f"a desktop needs {absent}", allow_module_level=True)

RULES, PROMPT = "rules", "wants to connect"


def again(stage: Screen, helper: PlayedHelper, *options: str) -> tuple[int, str]:
    """Start it a second time, and give how that ended."""
    done = subprocess.run(
        tray_command(helper.address, *options),
        env=stage.environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_second_start_brings_up_the_window_of_the_first(
    stage: Screen, helper: PlayedHelper
) -> None:
    with running(tray_command(helper.address, "--background"), stage.environment):
        helper.wait_for("RegisterAgent")
        assert not stage.windows(RULES)
        assert again(stage, helper) == (0, "")
        stage.window(RULES)
        assert again(stage, helper, "--do", "settings") == (0, "")
        stage.window("Settings")


def test_the_pause_of_the_menu_is_asked_about_first(stage: Screen, helper: PlayedHelper) -> None:
    with running(tray_command(helper.address, "--background"), stage.environment):
        helper.wait_for("RegisterAgent")
        again(stage, helper, "--do", "pause")
        box = stage.window("Pause Stile")
        stage.focus(box)
        stage.key("Escape")
        stage.gone("Pause Stile")
        assert helper.heard.empty()
        again(stage, helper, "--do", "pause")
        stage.focus(stage.window("Pause Stile"))
        stage.key("alt+p")
        assert helper.wait_for("Pause") == (300,)


def test_started_by_hand_without_a_panel_it_shows_its_window(
    stage: Screen, helper: PlayedHelper
) -> None:
    with running(tray_command(helper.address), stage.environment):
        stage.window(RULES)


def test_a_question_put_aside_is_announced_by_the_service_of_the_session(
    stage: Screen, helper: PlayedHelper
) -> None:
    if gone := missing("dunst"):
        pytest.skip(f"needs {gone}")
    config = Path(stage.environment["XDG_CONFIG_HOME"], "stile")
    config.mkdir(parents=True)
    (config / "tray.ini").write_text("[General]\ntold_without_tray=true\n")
    with (
        running(["dunst"], stage.environment),
        running(tray_command(helper.address, "--background"), stage.environment),
    ):
        helper.wait_for("RegisterAgent")
        helper.ask(question(1))
        stage.close(stage.window(PROMPT))
        stage.gone(PROMPT)
        stage.window("^Dunst$")
        again(stage, helper, "--do", "questions")
        stage.window(PROMPT)
        stage.gone("^Dunst$")
        assert helper.heard.empty()


def test_without_panel_and_service_it_says_itself_how_to_come_back_and_takes_no_focus(
    stage: Screen, helper: PlayedHelper
) -> None:
    with running(tray_command(helper.address, "--background"), stage.environment):
        wait_for(lambda: stage.windows("Stile is running"), "the notice")
        assert stage.focused() not in stage.windows("Stile is running")
        assert not stage.windows(RULES)
