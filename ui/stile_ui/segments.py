"""A small choice: all that can be chosen stands side by side, one of it is pressed."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QWidget

T = TypeVar("T", bound=Hashable)

LOOK = """
QRadioButton {{ padding: 4px 9px; border: 1px solid {line}; border-{before}: none; spacing: 0px;
    background: {base}; color: {text}; }}
QRadioButton[first="true"] {{ border-{before}: 1px solid {line}; }}
QRadioButton::indicator {{ width: 0px; height: 0px; image: none; border: none; }}
QRadioButton:hover {{ background: {hover}; }}
QRadioButton:checked {{ background: {pressed}; color: {on}; border-color: {pressed}; }}
QRadioButton:focus {{ border: 2px solid {text}; padding: 3px 8px; }}
QRadioButton:disabled {{ color: {faint}; }}
QRadioButton:checked:disabled {{ background: {line}; color: {text}; border-color: {line}; }}
"""


class Segments(QWidget, Generic[T]):
    """Offers values by names with keys: Alt and the letter that follows the ampersand.

    They are radio buttons, so that the arrow keys move between them and a screen reader says so.

    Signals:
        changed(): another one was chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self._title = title
        self._group = QButtonGroup(self)
        self._group.idToggled.connect(self._toggled)
        self._buttons: dict[T, QRadioButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addStretch(1)
        self._dress()

    def add(self, value: T, name: str, hint: str = "") -> None:
        """Offer one more value."""
        button = self._buttons[value] = QRadioButton(name, self)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.rename(value, name, hint)
        self._group.addButton(button, len(self._buttons) - 1)
        self._row.insertWidget(self._row.count() - 1, button)
        if len(self._buttons) == 1:
            button.setProperty("first", True)  # noqa: FBT003 # a value
            button.setChecked(True)

    def rename(self, value: T, name: str, hint: str = "") -> None:
        """Give a value another name."""
        button = self._buttons[value]
        button.setText(name)
        button.setToolTip(hint)
        button.setAccessibleName(f"{self._title}: {name.replace('&', '')}")

    @property
    def chosen(self) -> T:
        """The value that is chosen."""
        return list(self._buttons)[self._group.checkedId()]

    def choose(self, value: T) -> None:
        """Choose one."""
        self._buttons[value].setChecked(True)

    def offer(self, value: T, *, offered: bool) -> None:
        """Show a value, or hide it: what is hidden is not chosen."""
        self._buttons[value].setVisible(offered)

    def _toggled(self, _number: int, checked: object) -> None:
        if checked:
            self.changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.LayoutDirectionChange):
            self._dress()

    def _dress(self) -> None:
        palette, role = self.palette(), QPalette.ColorRole
        window, text = palette.color(role.Window), palette.color(role.WindowText)
        is_dark = window.lightness() < 128
        raised = window.lighter(135) if is_dark else palette.color(role.Base)
        line = window.lighter(190) if is_dark else window.darker(135)
        is_ltr = self.layoutDirection() is Qt.LayoutDirection.LeftToRight
        look = LOOK.format(
            before="left" if is_ltr else "right",
            line=line.name(),
            base=raised.name(),
            text=text.name(),
            hover=(raised.lighter(120) if is_dark else window).name(),
            pressed=palette.color(role.Highlight).name(),
            on=palette.color(role.HighlightedText).name(),
            faint=line.name(),
        )
        if look != self.styleSheet():  # to set one changes the palette, too
            self.setStyleSheet(look)
