"""The first run as people meet it: real clicks, the real tray, the real helper."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from screen import Screen, missing, running, screen, tray_command, wait_for
from worlds import World, until, why_not, world

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"needs {missing()}")


@pytest.fixture
def guarded() -> Iterator[World]:
    """A world whose helper guards, without rules."""
    if reason := why_not():
        pytest.skip(reason)
    with world() as made:
        made.stiled()
        yield made


@pytest.fixture
def stage() -> Iterator[Screen]:
    """A screen of somebody who has never seen Stile."""
    with screen() as shown:
        marker(shown).unlink()
        yield shown


def marker(stage: Screen) -> Path:
    return Path(stage.environment["XDG_STATE_HOME"]) / "stile" / "first-run"


def tray(world: World, stage: Screen, *options: str) -> ExitStack:
    """Start the tray, until the block ends."""
    ends = ExitStack()
    command = tray_command(world.bus, *options)
    ends.enter_context(running(command, stage.environment))
    return ends


def test_it_comes_once_and_what_is_accepted_is_in_force(guarded: World, stage: Screen) -> None:
    if not Path("/usr/lib/apt/methods/http").exists():
        pytest.skip("needs apt, which is in the catalogue")
    with tray(guarded, stage, "--background"):
        window = stage.window("Welcome to Stile")
        stage.focus(window)
        wait_for(lambda: allows(guarded, stage), "the rules to be added")
        assert "path:/usr/lib/apt/methods/http" in guarded.stile("rules")
        until(marker(stage).exists, "it is remembered")
        stage.key("Escape")
        stage.gone("Welcome to Stile")
    with tray(guarded, stage, "--rules"):
        stage.window("Applications and rules")
        assert not stage.windows("Welcome to Stile")


def allows(world: World, stage: Screen) -> bool:
    """Press the button by its key, once the list is there."""
    stage.key("alt+a")
    return any(world.rules.iterdir())


def test_skipped_it_adds_nothing_and_does_not_come_again(guarded: World, stage: Screen) -> None:
    with tray(guarded, stage, "--background"):
        stage.close(stage.window("Welcome to Stile"))
        until(marker(stage).exists, "it is remembered")
    assert not any(guarded.rules.iterdir())
    with tray(guarded, stage, "--rules"):
        stage.window("Applications and rules")
        assert not stage.windows("Welcome to Stile")


def test_what_was_learned_is_accepted_by_keys_alone(guarded: World, stage: Screen) -> None:
    marker(stage).touch()
    guarded.listener()
    guarded.stile("learn", "on")
    client = guarded.client()
    assert client.does("tcp") is None
    with tray(guarded, stage, "--do", "review"):
        window = stage.window("what was learned")
        stage.focus(window)
        stage.key("alt+c")
        wait_for(lambda: accepts(guarded, stage), "the rule to be made")
        assert not guarded.stile("learn", "review", "--json")
    assert client.identity in guarded.stile("rules")


def accepts(world: World, stage: Screen) -> bool:
    stage.key("alt+a")
    return any(world.rules.iterdir())
