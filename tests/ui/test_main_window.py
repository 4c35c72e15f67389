"""The window around the pages."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QSize, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from stile_ui.main_window import MainWindow, PageNames


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "tray.ini"), QSettings.Format.IniFormat)


def window_with(qtbot: QtBot, settings: QSettings, *keys: str) -> MainWindow:
    window = MainWindow(settings)
    qtbot.addWidget(window)
    for key in keys:
        window.add_page(key, key.title(), f"stile-page-{key}", QLabel(f"this is {key}"))
    return window


def shown(window: MainWindow) -> list[str]:
    return [each.text() for each in window.findChildren(QLabel) if each.isVisible()]


def test_the_first_page_is_shown_until_another_is_chosen(qtbot: QtBot, settings: QSettings) -> None:
    window = window_with(qtbot, settings, "rules", "history")
    window.open()
    assert shown(window) == ["this is rules"]
    assert window.windowTitle() == "Stile: Rules"
    with qtbot.waitSignal(window.page_opened) as caught:
        window.open("history")
    assert caught.args == ["history"]
    assert shown(window) == ["this is history"]


def test_a_click_on_a_name_shows_its_page(qtbot: QtBot, settings: QSettings) -> None:
    window = window_with(qtbot, settings, "rules", "history")
    window.open()
    names = window.findChildren(PageNames)[0]
    place = names.visualItemRect(names.item(1)).center()
    qtbot.mouseClick(names.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.page == "history"


def test_size_and_page_are_remembered(qtbot: QtBot, settings: QSettings) -> None:
    window = window_with(qtbot, settings, "rules", "history")
    window.open("history")
    window.resize(QSize(700, 610))
    window.close()

    again = window_with(qtbot, settings, "rules", "history")
    assert (again.page, again.size()) == ("history", QSize(700, 610))


def test_a_page_that_is_not_there_any_more_changes_nothing(
    qtbot: QtBot, settings: QSettings
) -> None:
    window = window_with(qtbot, settings, "rules")
    window.open("nonsense")
    assert window.page == "rules"
