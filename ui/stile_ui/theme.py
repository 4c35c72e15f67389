"""Light or dark, and how large: as the desktop has it, or as one wants it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from stile_ui.preferences import Preferences, Theme

SCHEMES = {
    Theme.DESKTOP: Qt.ColorScheme.Unknown,
    Theme.LIGHT: Qt.ColorScheme.Light,
    Theme.DARK: Qt.ColorScheme.Dark,
}
DARK = {
    QPalette.ColorRole.Window: "#2f3237",
    QPalette.ColorRole.WindowText: "#eceef0",
    QPalette.ColorRole.Base: "#1b1d20",
    QPalette.ColorRole.AlternateBase: "#222428",
    QPalette.ColorRole.Text: "#eceef0",
    QPalette.ColorRole.Button: "#3d4147",
    QPalette.ColorRole.ButtonText: "#eceef0",
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: "#34373b",
    QPalette.ColorRole.ToolTipText: "#eceef0",
    QPalette.ColorRole.PlaceholderText: "#a7adb4",
    QPalette.ColorRole.Link: "#6db3f2",
    QPalette.ColorRole.Highlight: "#2f6fb0",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Mid: "#565b61",
    QPalette.ColorRole.Dark: "#17181a",
    QPalette.ColorRole.Light: "#4a4e53",
    QPalette.ColorRole.Midlight: "#3e4246",
    QPalette.ColorRole.Shadow: "#000000",
}
FADED = "#7a8087"


class Look:
    """Changes how an application looks; made once, while it looks as the desktop has it."""

    def __init__(self, application: QApplication) -> None:
        self._application = application
        self._font = application.font()
        self._own_palette = False

    def wear(self, wanted: Preferences) -> None:
        """Look as it is wanted."""
        self._colour(wanted.theme)
        font = self._application.font()
        font.setPointSizeF(self._font.pointSizeF() * wanted.text_size / 100)
        if font != self._application.font():
            self._application.setFont(font)

    def _colour(self, theme: Theme) -> None:
        hints = QGuiApplication.styleHints()
        if hasattr(hints, "setColorScheme"):  # Qt 6.8
            hints.setColorScheme(SCHEMES[theme])
        # platforms without a theme of their own do not know how to be dark
        needs_palette = theme is Theme.DARK and (self._own_palette or not is_dark())
        if needs_palette is not self._own_palette:
            self._application.setPalette(dark_palette() if needs_palette else QPalette())
            self._own_palette = needs_palette


def is_dark() -> bool:
    """Whether windows are darker than what is written in them."""
    palette = QGuiApplication.palette()
    window = palette.color(QPalette.ColorRole.Window)
    return window.lightness() < palette.color(QPalette.ColorRole.WindowText).lightness()


def dark_palette() -> QPalette:
    """Give colours for a dark screen."""
    palette = QPalette()
    for role, colour in DARK.items():
        palette.setColor(role, QColor(colour))
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(FADED))
    return palette
