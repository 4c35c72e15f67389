"""Light and dark, and how large."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from stile_ui.preferences import Preferences, Theme
from stile_ui.theme import Look, dark_palette, is_dark


@pytest.fixture
def look(qapp: QApplication) -> Iterator[Look]:
    made = Look(qapp)
    yield made
    made.wear(Preferences())


def test_dark_is_dark_until_it_is_light_again(qtbot: QtBot, look: Look) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()

    def seen() -> bool:
        return window.palette().color(QPalette.ColorRole.Window).lightness() < 128

    assert not seen()
    for _ in range(2):  # also where something else of the preferences changes
        look.wear(Preferences(theme=Theme.DARK))
        qtbot.waitUntil(lambda: seen() and is_dark())
    look.wear(Preferences(theme=Theme.LIGHT))
    qtbot.waitUntil(lambda: not seen())


def test_text_is_larger_than_the_desktops_by_what_is_set(qapp: QApplication, look: Look) -> None:
    before = qapp.font().pointSizeF()
    look.wear(Preferences(text_size=150))
    assert qapp.font().pointSizeF() == pytest.approx(before * 1.5)
    look.wear(Preferences(text_size=150))
    assert qapp.font().pointSizeF() == pytest.approx(before * 1.5)
    look.wear(Preferences())
    assert qapp.font().pointSizeF() == pytest.approx(before)


@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        (QPalette.ColorRole.WindowText, QPalette.ColorRole.Window, 7),
        (QPalette.ColorRole.Text, QPalette.ColorRole.Base, 7),
        (QPalette.ColorRole.ButtonText, QPalette.ColorRole.Button, 7),
        (QPalette.ColorRole.PlaceholderText, QPalette.ColorRole.Window, 4.5),
        (QPalette.ColorRole.HighlightedText, QPalette.ColorRole.Highlight, 4.5),
        (QPalette.ColorRole.Link, QPalette.ColorRole.Window, 4.5),
    ],
)
def test_what_is_written_on_dark_can_be_read(
    text: QPalette.ColorRole, ground: QPalette.ColorRole, least: float
) -> None:
    """WCAG 2.1, 1.4.3 and 1.4.6: contrast."""
    palette = dark_palette()
    lighter, darker = sorted((_luminance(palette, text), _luminance(palette, ground)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= least


def _luminance(palette: QPalette, role: QPalette.ColorRole) -> float:
    """How bright a colour is to the eye."""
    colour = palette.color(role)
    parts = [_linear(each) for each in (colour.redF(), colour.greenF(), colour.blueF())]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
