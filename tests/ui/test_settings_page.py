"""The page with the settings, before a played helper."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from played_helper import PlayedHelper
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QLineEdit, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from stile.settings import Settings, Stated
from stile_ui import autostart
from stile_ui.firewall import Firewall
from stile_ui.preferences import Preferences, Stored, Theme
from stile_ui.settings_page import SettingsPage


@pytest.fixture
def helper(bus: str) -> Iterator[PlayedHelper]:
    with PlayedHelper(bus) as played:
        yield played


@pytest.fixture
def desktop(
    qtbot: QtBot, helper: PlayedHelper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SimpleNamespace]:
    """The page, shown, with a helper behind it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "shared"))
    stored = Stored(tmp_path / "tray.ini")
    page, firewall = SettingsPage(stored), Firewall(helper.address)
    qtbot.addWidget(page)
    firewall.present.connect(page.show_presence)
    firewall.status.connect(page.refresh)
    firewall.settings.connect(page.show_settings)
    firewall.unsettled.connect(page.show_refusal)
    page.settings_wanted.connect(firewall.look_up_settings)
    page.change_wanted.connect(firewall.change_settings)
    page.show()
    with qtbot.waitSignal(firewall.settings):
        firewall.start()
    yield SimpleNamespace(page=page, stored=stored, firewall=firewall)
    firewall.close()


def control(page: QWidget, name: str, kind: type[QWidget]) -> QWidget:
    """The control that a screen reader calls so."""
    (found,) = (each for each in page.findChildren(kind) if each.accessibleName() == name)
    return found


def press(qtbot: QtBot, page: QWidget, text: str) -> None:
    (button,) = (
        each for each in page.findChildren(QAbstractButton) if each.text().replace("&", "") == text
    )
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def timeout(page: QWidget) -> QSpinBox:
    found = control(page, "Questions stay open for", QSpinBox)
    assert isinstance(found, QSpinBox)
    return found


def servers(page: QWidget) -> QLineEdit:
    found = control(page, "Name servers", QLineEdit)
    assert isinstance(found, QLineEdit)
    return found


def test_what_is_so_is_shown(desktop: SimpleNamespace) -> None:
    assert timeout(desktop.page).value() == 60
    assert timeout(desktop.page).isEnabled()
    assert desktop.page._helper.changes == {}
    assert not desktop.page._bar.isVisible()


def test_changes_are_gathered_and_applied_together(
    qtbot: QtBot, desktop: SimpleNamespace, helper: PlayedHelper
) -> None:
    timeout(desktop.page).setValue(30)
    servers(desktop.page).setText("192.0.2.53")
    assert helper.stated.settings == Settings()

    press(qtbot, desktop.page, "Apply")

    said = helper.wait_for("ChangeSettings")
    assert said == ({"question_timeout": 30, "name_servers": "192.0.2.53"},)
    qtbot.waitUntil(lambda: not desktop.page._bar.isVisible())
    assert timeout(desktop.page).value() == 30


def test_what_is_wrong_is_said_at_the_field_and_cannot_be_applied(
    qtbot: QtBot, desktop: SimpleNamespace
) -> None:
    servers(desktop.page).setText("example.org")
    (trouble,) = (
        each.trouble.text for each in desktop.page._helper._fields.values() if each.trouble.text
    )
    assert trouble.startswith("name_servers: 'example.org'")
    assert not desktop.page._apply.isEnabled()

    press(qtbot, desktop.page, "Revert")

    assert servers(desktop.page).text() == ""
    assert not any(each.trouble.text for each in desktop.page._helper._fields.values())


def test_a_refusal_is_said_and_what_was_typed_stays(
    qtbot: QtBot, desktop: SimpleNamespace, helper: PlayedHelper
) -> None:
    helper.refuses.add("ChangeSettings")
    timeout(desktop.page).setValue(30)
    press(qtbot, desktop.page, "Apply")
    qtbot.waitUntil(lambda: bool(desktop.page._trouble.text))
    assert "the played helper refuses" in desktop.page._trouble.text
    assert timeout(desktop.page).value() == 30


def test_what_counts_after_a_restart_is_named_as_people_know_it(
    qtbot: QtBot, desktop: SimpleNamespace
) -> None:
    control(desktop.page, "Packets held of all applications", QSpinBox).setValue(9)  # type: ignore[attr-defined]
    press(qtbot, desktop.page, "Apply")
    expected = "Counts once the helper is started anew: Packets held of all applications"
    qtbot.waitUntil(lambda: desktop.page._helper._late.text == expected)


def test_a_broken_file_is_shown_and_nothing_can_be_changed(desktop: SimpleNamespace) -> None:
    problem = "/etc/stile/stile.toml: line 1\u202e: not like this"
    desktop.page.show_settings(Stated(Settings(), "/etc/stile/stile.toml", problem))
    assert "line 1\\u202e: not like this" in desktop.page._helper._broken.text
    assert "The file is left as it is" in desktop.page._helper._broken.text
    assert not timeout(desktop.page).isEnabled()


def test_without_a_helper_it_says_so(desktop: SimpleNamespace) -> None:
    desktop.page.show_presence(False)  # noqa: FBT003 # as Qt calls it
    assert "helper is not running" in desktop.page._helper._away.text
    assert not timeout(desktop.page).isEnabled()


def test_who_changes_them_elsewhere_is_seen_but_not_where_the_person_types(
    qtbot: QtBot, desktop: SimpleNamespace
) -> None:
    servers(desktop.page).setText("192.0.2.1")
    desktop.page.show_settings(
        Stated(Settings(question_timeout=20, name_servers="192.0.2.9"), "/etc/stile/stile.toml")
    )
    assert timeout(desktop.page).value() == 20
    assert servers(desktop.page).text() == "192.0.2.1"


def test_a_fraction_of_a_second_is_no_change(desktop: SimpleNamespace) -> None:
    desktop.page.show_settings(Stated(Settings(question_timeout=2.4), "/etc/stile/stile.toml"))
    assert desktop.page._helper.changes == {}


# -- one's own -------------------------------------------------------------------------


def test_ones_own_settings_count_at_once(qtbot: QtBot, desktop: SimpleNamespace) -> None:
    colours = control(desktop.page, "Colours", QComboBox)
    assert isinstance(colours, QComboBox)
    colours.setFocus()
    qtbot.keyClicks(colours, "Dark")
    assert desktop.stored.value.theme is Theme.DARK

    qtbot.keyClick(control(desktop.page, "Remember connections", QCheckBox), Qt.Key.Key_Space)
    assert desktop.stored.value == Preferences(theme=Theme.DARK, history=False)
    assert not control(desktop.page, "For so many days", QSpinBox).isEnabled()


def test_the_autostart_is_switched(qtbot: QtBot, desktop: SimpleNamespace) -> None:
    switch = control(desktop.page, "Start Stile's icon and questions with the session", QCheckBox)
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert autostart.is_on()
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert not autostart.is_on()


def test_an_autostart_that_cannot_be_written_says_why(
    qtbot: QtBot, desktop: SimpleNamespace, tmp_path: Path
) -> None:
    (tmp_path / "autostart").write_text("a file, where the folder would be")
    switch = control(desktop.page, "Start Stile's icon and questions with the session", QCheckBox)
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert "could not be written" in desktop.page._own._trouble.text
    assert not switch.isChecked()  # type: ignore[attr-defined]
