"""How tables of connections look: whole rows, no grid, nothing to edit."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

Index = QModelIndex | QPersistentModelIndex
ROW, ICON = 30, 18
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class QuietTable(QTableView):
    """A table for reading. Home and End go to its first and last row."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.setTabKeyNavigation(False)
        self.setIconSize(QSize(ICON, ICON))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setItemDelegate(QuietCell(self))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(48)

    def lay_out(self, widths: Sequence[int], stretched: int) -> None:
        """Give the columns their widths in letters, and one of them what is left."""
        header, letter = self.horizontalHeader(), self.fontMetrics().averageCharWidth()
        for section, letters in enumerate(widths):
            header.resizeSection(section, letters * letter + ICON)
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)


class QuietCell(QStyledItemDelegate):
    """A cell as Qt draws it, without the dotted frame around the one that has the focus."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        option.textElideMode = Qt.TextElideMode.ElideMiddle


def between(
    page: QWidget,
    above: Sequence[QWidget],
    notice: QWidget,
    table: QWidget,
    below: Sequence[QWidget],
) -> None:
    """Lay a page out: a table between two rows; the first of each row takes what room is left."""
    whole = QVBoxLayout(page)
    whole.setContentsMargins(16, 16, 16, 12)
    whole.setSpacing(10)
    whole.addLayout(_row(above))
    whole.addWidget(notice)
    whole.addWidget(table, 1)
    whole.addLayout(_row(below))


def _row(widgets: Sequence[QWidget]) -> QHBoxLayout:
    row = QHBoxLayout()
    for number, each in enumerate(widgets):
        row.addWidget(each, 0 if number else 1)
    return row
