"""The page with the rules on a real X server: keys and clicks, what they ask the helper for.

Last with the real helper in a namespace: a rule that is added in the window stands in a file and
decides in the kernel, until it is undone.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cast import CURL, WGET, rule
from played_helper import PlayedHelper
from private_bus import private_bus
from screen import Screen, missing, running, tray_command, wait_for
from worlds import FAR, until, why_not, world

from stile.rules import Action, Rule, RuleId
from stile.scopes import Scope

if absent := missing():
    pytest.skip(f"a desktop needs {absent}", allow_module_level=True)

PAGE = "Stile: Applications"
NARROW = replace(
    rule(CURL, Action.DENY), id=RuleId("curl:1"), scope=Scope.parse({"to": "192.0.2.1"})
)
COVERS = rule(CURL, Action.DENY)


@pytest.fixture
def helper() -> Iterator[PlayedHelper]:
    with (
        private_bus() as bus,
        PlayedHelper(bus, kept=[NARROW, COVERS, rule(WGET, Action.ALLOW)]) as played,
    ):
        yield played


def opened(stage: Screen) -> str:
    """Wait for the window, and give it the focus."""
    window = stage.window(PAGE)
    stage.focus(window)
    return window


@pytest.fixture
def page(stage: Screen, helper: PlayedHelper) -> Iterator[str]:
    command = tray_command(helper.address, "--rules")
    with running(command, stage.environment):
        helper.wait_for("ListRulesOf")
        yield opened(stage)


def form(stage: Screen, title: str, *keys: str) -> str:
    """Press keys until a dialog comes that has the focus."""

    def shown() -> list[str]:
        if not stage.windows(title):
            stage.key(*keys)
        return stage.windows(title)

    dialog = wait_for(shown, title)[-1]
    wait_for(lambda: stage.focused() == dialog, f"the focus of {title}")
    return dialog


def of_curl(helper: PlayedHelper) -> list[Rule]:
    return [each for each in helper.kept if each.application == CURL]


@pytest.mark.usefixtures("page")
def test_a_rule_is_added_undone_and_done_again_with_keys(
    stage: Screen, helper: PlayedHelper
) -> None:
    form(stage, "Add a rule", "ctrl+n")
    stage.xdotool("type", "path:/opt/thing")
    stage.key("alt+d")
    stage.xdotool("type", "*.example.org")
    stage.key("Return")
    _, (added,) = helper.wait_for("ApplyRules")
    assert (str(added.application), str(added.scope)) == ("path:/opt/thing", "to *.example.org")
    stage.gone("Add a rule")
    kept = helper.kept[-1]

    def undone() -> bool:
        stage.key("ctrl+z")
        return not helper.heard.empty()

    wait_for(undone, "the undo")
    assert helper.wait_for("ApplyRules") == ([kept.id], [])

    def redone() -> bool:
        stage.key("ctrl+shift+z")
        return any(str(each.application) == "path:/opt/thing" for each in helper.kept)

    wait_for(redone, "the redo")


@pytest.mark.usefixtures("page")
def test_what_is_covered_is_cleaned_up(stage: Screen, helper: PlayedHelper) -> None:
    form(stage, "Clean up rules", "ctrl+l")
    stage.key("alt+r")
    stage.gone("Clean up rules")
    removed, added = helper.wait_for("ApplyRules")
    assert (removed, added) == ([NARROW.id], [])
    assert of_curl(helper) == [COVERS]


def test_a_click_opens_an_application_and_delete_removes_its_rule(
    stage: Screen, helper: PlayedHelper, page: str
) -> None:
    stage.key("ctrl+f")
    stage.xdotool("type", "wget")
    width, _ = stage.size(page)

    def removed() -> bool:
        stage.click(page, width - 200, 130)  # its first and only rule
        stage.key("Delete")
        return all(each.application == CURL for each in helper.kept)

    wait_for(removed, "the removal")


@pytest.mark.usefixtures("page")
def test_escape_in_the_editor_changes_nothing(stage: Screen, helper: PlayedHelper) -> None:
    form(stage, "Edit rule", "alt+e")
    stage.xdotool("type", "nonsense")
    stage.key("Escape")
    stage.gone("Edit rule")
    former = list(helper.kept)
    form(stage, "Edit rule", "alt+e")
    stage.key("Escape")
    assert helper.kept == former


@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_a_rule_from_the_window_stands_on_disk_and_decides_in_the_kernel_until_it_is_undone(
    stage: Screen,
) -> None:
    with world() as here:
        here.listener(port=80)
        here.helper = here.stiled()
        client = here.client()
        here.stile("allow", client.identity)
        command = tray_command(here.bus, "--rules")
        with running(command, stage.environment):
            opened(stage)
            assert client.does("tcp", FAR) is None

            form(stage, "Add a rule", "ctrl+n")
            stage.xdotool("type", client.identity)
            stage.key("Tab", "Tab")  # past the button beside it
            stage.xdotool("type", "Deny")
            stage.key("Tab")
            stage.xdotool("type", FAR)
            stage.key("Tab")
            stage.xdotool("type", "80")
            stage.key("Return")
            stage.gone("Add a rule")
            (file,) = until(lambda: _says(here.rules, FAR) or None, "the file")
            assert 'action = "deny"' in file.read_text()
            assert client.does("tcp", FAR) == "ECONNREFUSED"
            assert FAR in here.table()

            def undone() -> bool | None:
                stage.key("ctrl+z")
                return not _says(here.rules, FAR) or None

            until(undone, "the undo")
            until(lambda: FAR not in here.table() or None, "the table without it")
            assert client.does("tcp", FAR) is None


def _says(folder: Path, text: str) -> list[Path]:
    return [each for each in folder.glob("*.toml") if text in each.read_text()]


def test_rules_opens_the_window_on_that_page(stage: Screen, helper: PlayedHelper) -> None:
    command = tray_command(helper.address, "--rules")
    with subprocess.Popen(command, env=stage.environment) as tray:
        stage.window(PAGE)
        tray.terminate()
        assert tray.wait(20) == 0
