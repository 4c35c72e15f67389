"""What a person sets: kept, checked, and told to everybody."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from pytestqt.qtbot import QtBot

from stile_ui import autostart, preferences
from stile_ui.placing import corner
from stile_ui.preferences import Place, Preferences, Stored, Theme


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder for configuration, and an empty one of the system's."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "shared"))
    return tmp_path


def test_what_is_changed_is_told_and_is_so_at_the_next_start(qtbot: QtBot, home: Path) -> None:
    stored = Stored(preferences.place())
    assert stored.value == Preferences()
    with qtbot.waitSignal(stored.changed) as told:
        stored.change(theme=Theme.DARK, arming=1200, notifications=False, language="he")
    assert told.args == [stored.value]

    assert Stored(preferences.place()).value == Preferences(
        theme=Theme.DARK, arming=1200, notifications=False, language="he"
    )
    assert preferences.place() == home / "own" / "stile" / "tray.ini"


def test_what_is_the_same_tells_nobody(qtbot: QtBot, home: Path) -> None:
    stored = Stored(preferences.place())
    with qtbot.assertNotEmitted(stored.changed):
        stored.change(arming=Preferences().arming)
    assert not preferences.place().exists()


def test_what_makes_no_sense_in_the_file_is_as_if_it_were_not_there(home: Path) -> None:
    preferences.place().parent.mkdir(parents=True)
    preferences.place().write_text(
        "[General]\ntheme=purple\narming=soon\ntext_size=5\nnotifications=maybe\n"
        "history=false\nprompt_place=top\nunknown=1\n"
    )
    assert Stored(preferences.place()).value == Preferences(history=False, prompt_place=Place.TOP)


def test_what_is_out_of_bounds_is_refused(home: Path) -> None:
    stored = Stored(preferences.place())
    with pytest.raises(ValueError, match="arming is a number from 200 to 5000"):
        stored.change(arming=0)
    assert stored.value == Preferences()


def test_a_relative_folder_of_the_environment_does_not_count(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(home))
    assert preferences.config_home() == home / ".config"


# -- autostart -------------------------------------------------------------------------


def shared_entry(home: Path, *, hidden: str = "false") -> Path:
    entry = home / "shared" / "autostart" / "stile-tray.desktop"
    entry.parent.mkdir(parents=True)
    entry.write_text(f"[Desktop Entry]\nType=Application\nExec=stile-tray\nHidden={hidden}\n")
    return entry


def own_entry(home: Path) -> Path:
    return home / "own" / "autostart" / "stile-tray.desktop"


def test_the_entry_of_the_system_is_switched_off_and_on_again_for_one_user(home: Path) -> None:
    shared = shared_entry(home)
    before = shared.read_text()
    assert autostart.is_on()

    autostart.switch(on=False)
    assert not autostart.is_on()
    assert "Hidden=true" in own_entry(home).read_text()

    autostart.switch(on=True)
    assert autostart.is_on()
    assert not own_entry(home).exists()
    assert shared.read_text() == before


def test_where_the_system_has_none_the_user_gets_an_own_one(home: Path) -> None:
    assert not autostart.is_on()
    autostart.switch(on=True)
    assert autostart.is_on()
    assert "Exec=stile-tray --background\n" in own_entry(home).read_text()
    autostart.switch(on=False)
    assert not autostart.is_on()


@pytest.mark.parametrize("broken", ["", "no group\n", "[Desktop Entry]\nHidden=true\n", "\0"])
def test_an_entry_that_a_session_would_not_start_is_off(home: Path, broken: str) -> None:
    shared_entry(home)
    own_entry(home).parent.mkdir(parents=True)
    own_entry(home).write_text(broken)
    assert not autostart.is_on()


# -- where questions appear -------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "is_ltr", "at"),
    [
        (Place.TOP, True, QPoint(775, 24)),
        (Place.TOP, False, QPoint(24, 24)),
        (Place.BOTTOM, True, QPoint(775, 675)),
        (Place.MIDDLE, True, QPoint(399, 349)),
    ],
)
def test_a_corner_is_at_the_end_of_a_line(place: Place, is_ltr: bool, at: QPoint) -> None:  # noqa: FBT001 # a case
    room = QRect(0, 0, 1000, 800)
    assert corner(place, room, QSize(200, 100), is_ltr=is_ltr) == at
