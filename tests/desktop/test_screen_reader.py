"""What a screen reader finds in the real stile-tray: every control of every window has a name."""

import asyncio
import subprocess
from collections.abc import Iterator

import accessible
import pytest
from accessible import ON, Thing
from cast import CURL, WGET, path, question, rule
from played_helper import PlayedHelper
from played_panel import PlayedPanel
from private_bus import private_bus
from screen import Screen, missing, running, screen, tray_command, wait_for

from stile.questions import About
from stile.rules import Action
from stile_ui.desktop import ACTIONS, RULES, SETTINGS

if absent := missing() or accessible.missing():
    pytest.skip(f"a desktop and its screen reader need {absent}", allow_module_level=True)

FEWEST = {SETTINGS: 18, RULES: 4}
"""Controls that there are at least: a tree that is cut off must not pass."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Screen]:
    with screen() as shown:
        yield Screen(shown.display, shown.environment | ON)


@pytest.fixture(scope="module")
def helper() -> Iterator[PlayedHelper]:
    kept = [rule(WGET, Action.DENY), rule(path("/usr/bin/ssh"), Action.ALLOW, "by hand")]
    findings = [("net_cls", "ok", "fine"), ("exec gate", "missing", "late")]
    with private_bus() as bus, PlayedHelper(bus, kept=kept, findings=findings) as played:
        yield played


@pytest.fixture(scope="module")
def panel(stage: Screen) -> Iterator[PlayedPanel]:
    with PlayedPanel(stage.environment["DBUS_SESSION_BUS_ADDRESS"]) as played:
        yield played


@pytest.fixture(scope="module")
def tray(stage: Screen, panel: PlayedPanel, helper: PlayedHelper) -> Iterator[list[str]]:
    """The running tray; gives the command that reaches it."""
    command = tray_command(helper.address)
    with running([*command, "--background"], stage.environment):
        helper.wait_for("RegisterAgent")
        yield command


def windows(stage: Screen) -> list[Thing]:
    """The windows of our program that can be seen."""
    session = stage.environment["DBUS_SESSION_BUS_ADDRESS"]
    found = asyncio.run(accessible.programs(session))
    return [window for program in found for window in program.parts if any_shown(window)]


def any_shown(window: Thing) -> bool:
    return any(each.has(accessible.SHOWING) for each in window)


def nameless(things: list[Thing]) -> list[str]:
    """Say which controls have no name, with the named ones around them."""
    found = []
    for window in things:
        seen = ""
        for each in window:
            if each.needs_name and not each.name.strip():
                found.append(f"{window.name}: a {each.role} after '{seen}'")
            seen = each.name or seen
    return found


def controls(things: list[Thing]) -> int:
    return sum(each.needs_name for window in things for each in window)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_control_of_every_window_has_a_name(
    stage: Screen, helper: PlayedHelper, tray: list[str], action: str
) -> None:
    helper.ask(question(3, CURL, about=About("", "", "curl")))
    stage.window("wants to connect")
    subprocess.run([*tray, "--do", action], env=stage.environment, check=True, timeout=20)

    least = FEWEST.get(action, 1)
    found = wait_for(
        lambda: seen if controls(seen := windows(stage)) >= least else [], "the window"
    )

    assert not nameless(found)


@pytest.mark.usefixtures("tray")
def test_what_the_menu_of_the_panel_opens_has_names_too(stage: Screen, panel: PlayedPanel) -> None:
    icon = panel.next()
    entry = "What this system lacks…"
    menu = wait_for(lambda: seen if entry in (seen := panel.menu(icon)) else {}, "the entry")
    panel.click(icon, menu[entry])
    stage.window("What this system lacks")
    found = wait_for(
        lambda: [each for each in windows(stage) if "lacks" in each.name], "it, by its name"
    )
    assert controls(found) >= 1
    assert not nameless(found)


def test_a_control_without_a_name_would_be_found() -> None:
    states = 1 << accessible.SHOWING | 1 << accessible.FOCUSABLE
    silent = Thing("push button", " ", states)
    window = Thing("frame", "Rules", 1 << accessible.SHOWING, (Thing("label", "Who", 0), silent))
    assert nameless([window]) == ["Rules: a push button after 'Who'"]
