"""Lines of the form "Command  curl -sS ..." that hold what a stranger wrote."""

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QFontDatabase, QPalette, QResizeEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QLabel, QLineEdit, QWidget

from stile_ui import words

TITLES = 76
"""The least width of what stands before the facts, so that tables below each other agree."""
GAP = 12

W = TypeVar("W", bound=QWidget)


def plain_label(parent: QWidget, *, wrap: bool = False) -> QLabel:
    """Make a label that shows tags as tags."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    return label


def muted(widget: QWidget) -> None:
    """Let a widget step back, on light and dark alike."""
    widget.setForegroundRole(QPalette.ColorRole.PlaceholderText)  # a role follows a change of theme


class Elided(QLineEdit):
    """One line, cut where it does not fit; click into it to read and copy all of it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._full = ""
        self.setReadOnly(True)
        self.setFrame(False)
        self.setTextMargins(-2, 0, 0, 0)  # QLineEdit's own two pixels, to stand flush with labels
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)

    def show_text(self, text: str) -> None:
        """Show other text."""
        self._full = text
        self.setToolTip(words.tooltip(text))
        self._fit()

    def _fit(self) -> None:
        room = self.contentsRect().width() - 4
        elided = self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, room)
        self.setText(self._full if self.hasFocus() else elided)
        self.setCursorPosition(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._fit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._fit()


class Facts(QFrame):
    """A small table of what is known; a fact that is empty takes no room."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = QFormLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setHorizontalSpacing(GAP)
        self._rows.setVerticalSpacing(5)
        self._rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)

    def add_label(self, title: str) -> QLabel:
        """Add a fact that is shown whole."""
        label = plain_label(self)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return self._added(title, label)

    def add_elided(self, title: str) -> Elided:
        """Add a fact that may be of any length."""
        return self._added(title, Elided(self))

    def add(self, title: str, widget: W) -> W:
        """Add a fact that has a widget of its own."""
        return self._added(title, widget)

    def show_row(self, widget: QWidget, *, visible: bool) -> None:
        """Show a fact, or leave it out."""
        self._rows.setRowVisible(widget, visible)

    def _added(self, title: str, widget: W) -> W:
        name = plain_label(self)
        name.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        name.setMinimumWidth(TITLES)
        if isinstance(widget, QLineEdit):
            name.setContentsMargins(0, 3, 0, 0)  # what it writes stands lower
        name.setText(title)
        muted(name)
        self._rows.addRow(name, widget)
        widget.setAccessibleName(title)
        return widget


def monospaced(widget: QWidget) -> None:
    """Write paths and commands so that l, 1 and I differ."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(widget.font().pointSizeF())
    widget.setFont(font)


def line(parent: QWidget) -> QFrame:
    """Draw a line between two parts of a window."""
    drawn = QFrame(parent)
    drawn.setFixedHeight(1)
    drawn.setAutoFillBackground(True)
    drawn.setBackgroundRole(QPalette.ColorRole.Mid)
    return drawn
