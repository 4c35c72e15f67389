"""A coloured strip that says something is not as it should be."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from stile_ui.facts import plain_label

WARNING, TROUBLE, NOTICE = QColor("#e8930c"), QColor("#d0453a"), QColor("#4a7fb5")


class Strip(QFrame):
    """One message, tinted so that it reads on light and dark; hidden while there is none.

    Signals:
        pressed(): its button was pressed.
    """

    pressed = Signal()

    def __init__(self, parent: QWidget, tint: QColor, button: str = "") -> None:
        super().__init__(parent)
        self._text = plain_label(self, wrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAutoFillBackground(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.addWidget(self._text, 1)
        if button:
            pressed = QPushButton(button, self)
            pressed.clicked.connect(self.pressed)
            row.addWidget(pressed, 0, Qt.AlignmentFlag.AlignVCenter)
        self._tint(tint)
        self.hide()

    def say(self, text: str) -> None:
        """Show a message, or none."""
        self._text.setText(text)
        self.setVisible(bool(text))

    @property
    def text(self) -> str:
        """The message."""
        return self._text.text()

    def _tint(self, tint: QColor) -> None:
        palette = self.palette()
        ground = palette.color(QPalette.ColorRole.Window)
        palette.setColor(QPalette.ColorRole.Window, _mixed(ground, tint, 0.22))
        self.setPalette(palette)


def _mixed(ground: QColor, tint: QColor, share: float) -> QColor:
    def part(below: int, above: int) -> int:
        return round(below * (1 - share) + above * share)

    return QColor(
        part(ground.red(), tint.red()),
        part(ground.green(), tint.green()),
        part(ground.blue(), tint.blue()),
    )
