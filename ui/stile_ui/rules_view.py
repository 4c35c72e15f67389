"""How the table of rules looks: what is not in force steps back, what does nothing has a mark."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
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
from stile_ui.rules_model import FLAW, IN_FORCE
from stile_ui.strip import WARNING

Index = QModelIndex | QPersistentModelIndex
ROW = 36
WIDTHS = (116, 250, 120, 90, 80)


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
        header.setStretchLastSection(True)
        for section, width in enumerate(WIDTHS):
            header.resizeSection(section, width)


class Cell(QStyledItemDelegate):
    """A cell as Qt draws it, without the dotted frame around the one that has the focus."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if not index.data(IN_FORCE):
            option.font.setStrikeOut(index.column() == 1)
            if index.column():
                option.state &= ~QStyle.StateFlag.State_Enabled
        option.textElideMode = Qt.TextElideMode.ElideRight

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        marked = index.column() == 1 and index.data(FLAW)
        own = QStyleOptionViewItem(option)
        super().paint(painter, own, index)
        if marked:
            dot = QRect(own.rect.right() - 14, own.rect.center().y() - 3, 7, 7)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(WARNING)
            style = own.widget.style()
            painter.drawEllipse(style.visualRect(own.direction, own.rect, dot))
            painter.restore()
