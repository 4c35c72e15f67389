"""A list of lines with checkmarks, in groups; what was checked stays so when it is shown anew."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFont, QIcon, QPalette
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from stile_ui import words

KEY = Qt.ItemDataRole.UserRole
CHECK = Qt.ItemDataRole.CheckStateRole
DARK = 128
Index = QModelIndex | QPersistentModelIndex
LINE = 34
"""Height of a line at the least, in the desktop's own pixels."""


class CheckedList(QTreeWidget):
    """Lines with a key each.

    Signals:
        changed(): other lines are checked, or another one is current.
    """

    changed = Signal()

    def __init__(self, parent: QWidget, name: str, titles: Sequence[str]) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setHeaderLabels(list(titles))
        self.setRootIsDecorated(False)
        self.setAllColumnsShowFocus(True)
        self.setUniformRowHeights(False)
        self.setAlternatingRowColors(False)
        self.setIndentation(14)
        self.setIconSize(QSize(20, 20))
        self.setItemDelegate(_Roomy(self))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._choices: dict[str, Qt.CheckState] = {}
        self._is_filling = False
        self.itemChanged.connect(self._item_changed)
        self.currentItemChanged.connect(lambda *_: self._tell())

    # -- filling -------------------------------------------------------------------------

    def begin(self) -> None:
        """Take all lines away, to put others there."""
        self._is_filling = True
        self._choices = {
            str(line.data(0, KEY)): line.checkState(0)
            for line in self.lines
            if line.data(0, CHECK) is not None
        }
        self.clear()

    def end(self) -> None:
        """All lines are there."""
        for line in _all_below(self.invisibleRootItem()):
            for column in range(self.columnCount()):
                if not line.text(column):  # a screen reader comes by each of them
                    line.setData(column, Qt.ItemDataRole.AccessibleTextRole, _first_text(line))
        for top in _below(self.invisibleRootItem()):
            top.setExpanded(top.data(0, KEY) is None)
        header = self.header()
        header.setStretchLastSection(False)
        for column in range(self.columnCount()):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        widest = max(range(self.columnCount()), key=self.sizeHintForColumn)
        header.setSectionResizeMode(widest, QHeaderView.ResizeMode.Stretch)
        if self.currentItem() is None and (first := next(self.lines, None)):
            self.setCurrentItem(first)
        self._is_filling = False
        self._tell()

    def group(self, title: str) -> QTreeWidgetItem:
        """Add a heading for lines."""
        group = QTreeWidgetItem(self, [title])
        group.setFirstColumnSpanned(True)
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = group.font(0)
        font.setWeight(QFont.Weight.DemiBold)
        group.setFont(0, font)
        return group

    def line(
        self,
        group: QTreeWidgetItem | QTreeWidget,
        key: str,
        texts: Sequence[str],
        icon: QIcon,
        *,
        checked: bool | None,
    ) -> QTreeWidgetItem:
        """Add a line; without a checkmark where *checked* is None."""
        line = QTreeWidgetItem(group, list(texts))
        line.setData(0, KEY, key)
        line.setIcon(0, icon)
        for column, text in enumerate(texts):
            line.setToolTip(column, words.tooltip(f"{text}\n{words.safe(key)}" if text else key))
        if checked is None:
            faded = self.palette().color(QPalette.ColorRole.PlaceholderText)
            for column in range(len(texts)):
                line.setForeground(column, faded)
            return line
        state = Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked
        line.setCheckState(0, self._choices.get(key, state))
        return line

    # -- what is there -------------------------------------------------------------------

    @property
    def lines(self) -> Iterator[QTreeWidgetItem]:
        """All lines, headings and details left out."""
        for top in _below(self.invisibleRootItem()):
            if top.data(0, KEY) is not None:
                yield top
            else:
                yield from _below(top)

    @property
    def checked(self) -> list[QTreeWidgetItem]:
        """The lines that are checked."""
        return [
            line
            for line in self.lines
            if line.data(0, CHECK) is not None and line.checkState(0) is Qt.CheckState.Checked
        ]

    @property
    def keys(self) -> list[str]:
        """The keys of the lines that are checked."""
        return [str(line.data(0, KEY)) for line in self.checked]

    def check_all(self, on: bool) -> None:  # noqa: FBT001 # as Qt calls it
        """Check all lines, or none."""
        self._is_filling = True
        for line in self.lines:
            if line.data(0, CHECK) is not None:
                line.setCheckState(0, Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._is_filling = False
        self._tell()

    def _item_changed(self, _line: QTreeWidgetItem, column: int) -> None:
        if column == 0:
            self._tell()

    def _tell(self) -> None:
        if not self._is_filling:
            self.changed.emit()


class _Roomy(QStyledItemDelegate):
    """Lines with room around them; checkmarks whose frame can be seen on a dark ground too."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        size = super().sizeHint(option, index)
        least = LINE if index.data(KEY) or not index.parent().isValid() else 0
        return QSize(size.width() + 12, max(size.height() + 4, least))

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        palette = option.palette
        if palette.color(QPalette.ColorRole.Base).lightness() < DARK:
            # the style makes the frame of the window's colour, darker
            palette.setColor(QPalette.ColorRole.Window, palette.color(QPalette.ColorRole.Text))
            option.palette = palette


def _all_below(item: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    for child in _below(item):
        yield child
        yield from _all_below(child)


def _first_text(line: QTreeWidgetItem) -> str:
    """Give what stands in a line, or in the one that it belongs to."""
    texts = (line.text(column) for column in range(line.columnCount()))
    parent = line.parent()
    return next(filter(None, texts), "") or (_first_text(parent) if parent else "")


def _below(item: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    for number in range(item.childCount()):
        if (child := item.child(number)) is not None:
            yield child
