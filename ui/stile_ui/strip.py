"""A coloured strip that says something is not as it should be."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
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
        self._tint = QColor(tint)
        self._tint.setAlphaF(0.22)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.addWidget(self._text, 1)
        self._button = QPushButton(button, self)
        self._button.setVisible(bool(button))
        self._button.clicked.connect(self.pressed)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def show_button(self, *, visible: bool) -> None:
        """Show the button only where there is something to press it for."""
        self._button.setVisible(visible)

    def say(self, text: str) -> None:
        """Show a message, or none."""
        self._text.setText(text)
        self.setVisible(bool(text))

    @property
    def text(self) -> str:
        """The message."""
        return self._text.text()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._tint)
        painter.end()
