"""The icon of the real stile-tray in a StatusNotifier panel, there from the start or later."""

import subprocess
from pathlib import Path

import pytest
from cast import question
from played_helper import PlayedHelper
from played_panel import PlayedPanel
from screen import Screen, missing, running, tray_command, wait_for

if absent := missing():
    pytest.skip(f"a desktop needs {absent}", allow_module_level=True)


def session(stage: Screen) -> str:
    return stage.environment["DBUS_SESSION_BUS_ADDRESS"]


def test_the_icon_says_its_state_and_its_menu_leads_to_the_windows(
    stage: Screen, helper: PlayedHelper
) -> None:
    with (
        PlayedPanel(session(stage)) as panel,
        running(tray_command(helper.address), stage.environment),
    ):
        helper.wait_for("RegisterAgent")
        icon = panel.next()
        wait_for(lambda: "guards" in str(panel.about(icon, "ToolTip")[2]), "its state")
        menu = panel.menu(icon)
        assert {"Rules…", "Settings…", "Pause for 5 minutes", "About Stile", "Quit"} <= menu.keys()

        panel.click(icon, menu["Settings…"])
        stage.window("Settings")
        panel.click(icon, menu["Pause for 5 minutes"])
        assert helper.wait_for("Pause") == (300,)

        helper.ask(question(1))
        stage.close(stage.window("wants to connect"))
        stage.gone("wants to connect")
        wait_for(lambda: "waits for your answer" in str(panel.about(icon, "ToolTip")[2]), "it")
        panel.activate(icon)
        stage.window("wants to connect")


def test_a_panel_that_comes_later_gets_the_icon(stage: Screen, helper: PlayedHelper) -> None:
    with running(tray_command(helper.address, "--background"), stage.environment):
        helper.wait_for("RegisterAgent")
        with PlayedPanel(session(stage)) as panel:
            icon = panel.next()
            panel.activate(icon)
            stage.window("rules")


def test_a_tray_without_windows_sleeps(stage: Screen, helper: PlayedHelper) -> None:
    """Once a minute it looks at what is open, and what is drawn is forgotten after a while."""
    with (
        PlayedPanel(session(stage)) as panel,
        running(tray_command(helper.address, "--background"), stage.environment) as tray,
    ):
        helper.wait_for("RegisterAgent")
        panel.next()

        assert any(slept(tray.pid, seconds=10) for _ in range(4))


def slept(pid: int, seconds: int) -> bool:
    """Whether the first thread of a process has not woken up for so long (proc_pid_status(5))."""
    before = turns(pid)
    subprocess.run(["sleep", str(seconds)], check=True)
    return turns(pid) == before


def turns(pid: int) -> list[str]:
    """How often it has gone to sleep, and was made to."""
    lines = Path(f"/proc/{pid}/task/{pid}/status").read_text().splitlines()
    return [line for line in lines if "ctxt_switches" in line]
