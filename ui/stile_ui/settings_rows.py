"""What a page of settings is made of: sections, and rows of a name, a control and what it means."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from stile.settings import Value
from stile_ui.facts import muted, plain_label
from stile_ui.strip import TROUBLE, Strip

C = TypeVar("C", bound=QWidget)
T = TypeVar("T", bound=str)
WIDTH = 720
NAMES = 240
"""Pixels of the column with the names, at least."""
GAP = 14
INDENT = 22


class Section(QWidget):
    """Rows under a heading."""

    def __init__(self, parent: QWidget, title: str, explained: str = "") -> None:
        super().__init__(parent)
        self._count = 0
        heading = QLabel(title, self)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        font = heading.font()
        font.setPointSizeF(font.pointSizeF() * 1.15)
        font.setWeight(font.Weight.DemiBold)
        heading.setFont(font)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(heading)
        if explained:
            said = plain_label(self, wrap=True)
            said.setText(explained)
            muted(said)
            column.addWidget(said)
        self._rows = QGridLayout()
        self._rows.setContentsMargins(0, 6, 0, 0)
        self._rows.setHorizontalSpacing(GAP)
        self._rows.setVerticalSpacing(4)
        self._rows.setColumnMinimumWidth(0, NAMES)
        self._rows.setColumnStretch(1, 1)
        column.addLayout(self._rows)

    def add(self, name: str, control: C, hint: str = "") -> C:
        """Add a row; the letter after an ampersand of its name leads to the control."""
        label = QLabel(name, self)
        label.setBuddy(control)
        label.setTextFormat(Qt.TextFormat.PlainText)
        self._rows.addWidget(label, self._count, 0, Qt.AlignmentFlag.AlignTop)
        spoken(control, name, hint)
        label.setMinimumHeight(control.sizeHint().height())
        self._put(control, hint)
        return control

    def add_switch(self, name: str, hint: str = "") -> QCheckBox:
        """Add something that is on or off."""
        switch = QCheckBox(name, self)
        spoken(switch, name, hint)
        self._rows.addWidget(switch, self._count, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        self._count += 1
        self._explain(hint, 0, indent=INDENT)
        return switch

    def add_below(self, widget: QWidget) -> None:
        """Add something without a name of its own below the last row."""
        self._rows.addWidget(widget, self._count, 1)
        self._count += 1

    def add_wide(self, widget: QWidget) -> None:
        """Add something that takes the whole width."""
        self._rows.addWidget(widget, self._count, 0, 1, 2)
        self._count += 1

    def _put(self, control: QWidget, hint: str) -> None:
        if isinstance(control, QLineEdit):
            self._rows.addWidget(control, self._count, 1)
        else:
            self._rows.addWidget(control, self._count, 1, Qt.AlignmentFlag.AlignLeft)
        self._count += 1
        self._explain(hint, 1)

    def _explain(self, hint: str, column: int, indent: int = 0) -> None:
        if hint:
            said = plain_label(self, wrap=True)
            said.setText(hint)
            said.setIndent(indent)
            muted(said)
            self._rows.addWidget(said, self._count, column, 1, -1)
            self._count += 1
        self._rows.setRowMinimumHeight(self._count, 6)
        self._count += 1


class Field(QObject):
    """One key of stile.toml on the screen: a control, and what is wrong with what it says.

    Signals:
        edited(): the person changed it.
    """

    edited = Signal()

    def __init__(self, section: Section, control: QWidget) -> None:
        super().__init__(control)
        self.control = control
        self.trouble = Strip(section, TROUBLE)
        match control:
            case QCheckBox():
                control.toggled.connect(self.edited)
            case QSpinBox():
                control.valueChanged.connect(self.edited)
            case QComboBox():
                control.currentIndexChanged.connect(self.edited)
            case QLineEdit():
                control.textChanged.connect(self.edited)

    @property
    def value(self) -> Value:
        """What it says."""
        match self.control:
            case QCheckBox() as switch:
                return switch.isChecked()
            case QSpinBox() as number:
                return number.value()
            case QComboBox() as choice:
                return str(choice.currentData())
            case QLineEdit() as text:
                return text.text().strip()
        raise TypeError(self.control)

    def differs(self, value: Value) -> bool:
        """Whether it says something else; a number of seconds is shown without its fraction."""
        if isinstance(value, float):
            return self.value != round(value)
        return self.value != value

    def show_value(self, value: Value) -> None:
        """Say something else, without a word about it."""
        self.control.blockSignals(True)  # noqa: FBT003 # it has no keywords
        match self.control:
            case QCheckBox() as switch:
                switch.setChecked(bool(value))
            case QSpinBox() as number:
                number.setValue(round(float(value)))
            case QComboBox() as choice:
                choice.setCurrentIndex(choice.findData(str(value)))
            case QLineEdit() as text:
                text.setText(str(value))
        self.control.blockSignals(False)  # noqa: FBT003
        self.trouble.say("")


def spoken(control: QWidget, name: str, hint: str) -> None:
    """Say to a screen reader what a control is for."""
    control.setAccessibleName(name.replace("&", ""))
    control.setAccessibleDescription(hint)


def scrolled(parent: QWidget, name: str, parts: Sequence[QWidget]) -> QScrollArea:
    """Put the parts of a page below each other, as wide as one likes to read, to be scrolled."""
    inner, middle = QWidget(), QWidget()
    inner.setMaximumWidth(WIDTH)
    column = QVBoxLayout(inner)
    column.setContentsMargins(24, 20, 24, 20)
    column.setSpacing(18)
    for part in parts:
        column.addWidget(part)
    column.addStretch(1)
    row = QHBoxLayout(middle)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(inner, 1)
    row.addStretch(0)
    area = QScrollArea(parent)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setAccessibleName(name)
    area.setWidget(middle)
    return area


def choice(parent: QWidget, words: Mapping[T, str]) -> QComboBox:
    """Make a list of which one is chosen; *words* has what each stands for, and what it says."""
    made = QComboBox(parent)
    for value, text in words.items():
        made.addItem(text, str(value))
    _still(made)
    return made


def number(parent: QWidget, least: int, most: int, unit: str = "", step: int = 1) -> QSpinBox:
    """Make a number within bounds."""
    made = QSpinBox(parent)
    made.setRange(least, most)
    made.setSingleStep(step)
    if unit:
        made.setSuffix(f" {unit}")
    _still(made)
    return made


def when_chosen(control: QComboBox, deed: Callable[[str], None]) -> None:
    """Have something done when the person, and nobody else, chooses."""
    control.activated.connect(lambda _: deed(str(control.currentData())))


class _Still(QObject):
    """Keeps the wheel of a page that is scrolled from changing what passes below the pointer."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() is QEvent.Type.Wheel
            and isinstance(watched, QWidget)
            and not watched.hasFocus()
        ):
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def _still(control: QWidget) -> None:
    control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    control.installEventFilter(_Still(control))
