"""How the table of rules looks: what is not in force steps back."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from stile.language import translate
from stile_ui.rules_model import COVERS, IN_FORCE

Index = QModelIndex | QPersistentModelIndex
ROW = 36
WIDTHS = (104, 200, 120, 80, 100)


class RulesView(QTableView):
    """A quiet table: whole rows, no grid, no editing in place but for the check mark."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setItemDelegate(Cell(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIconSize(QSize(16, 16))
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(translate("RulesPage", "Rules of this application"))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def lay_out(self) -> None:
        """Share the width among the columns; to be called once there is a model."""
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        for section, width in enumerate(WIDTHS):
            header.resizeSection(section, width)
        header.setSectionResizeMode(COVERS, QHeaderView.ResizeMode.Stretch)


class Cell(QStyledItemDelegate):
    """A cell as Qt draws it, without the dotted frame around the one that has the focus."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        option.textElideMode = Qt.TextElideMode.ElideRight
        if not index.data(IN_FORCE):
            option.font.setStrikeOut(index.column() == COVERS)
            faint = option.palette.color(QPalette.ColorRole.Text)
            faint.setAlphaF(0.55)
            option.palette.setColor(QPalette.ColorRole.Text, faint)
