"""How the table of rules looks: two lines a row, what is not in force steps back."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QIcon, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from stile.rules import Rule
from stile_ui import words
from stile_ui.rules_model import IN_FORCE, RULE

Index = QModelIndex | QPersistentModelIndex
ROW, ICON, GAP = 46, 28, 10


class RulesView(QTableView):
    """A quiet table: whole rows, no grid, no editing in place."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setItemDelegateForColumn(0, ApplicationCell(self))
        self.setItemDelegate(Cell(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.setIconSize(QSize(16, 16))
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)

    def lay_out(self) -> None:
        """Share the width among the columns; to be called once there is a model."""
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for section, width in enumerate((260, 90, 190, 130, 150, 90)):
            header.resizeSection(section, width)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)


class Cell(QStyledItemDelegate):
    """A cell as Qt draws it, without the dotted frame around the one that has the focus."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if not index.data(IN_FORCE):
            option.state &= ~QStyle.StateFlag.State_Enabled
            option.font.setStrikeOut(True)


class ApplicationCell(Cell):
    """The name, and below it in small letters who that is."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        icon, name = QIcon(own.icon), own.text
        own.icon, own.text = QIcon(), ""
        widget = own.widget
        style = widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, own, painter, widget)

        area: QRect = own.rect.adjusted(GAP, 0, -4, 0)
        top = area.top() + (area.height() - ICON) // 2
        icon.paint(painter, QRect(area.left(), top, ICON, ICON))
        area.setLeft(area.left() + ICON + GAP)
        self._write(painter, own, area, name, index.data(RULE))

    def _write(
        self, painter: QPainter, own: QStyleOptionViewItem, area: QRect, name: str, rule: Rule
    ) -> None:
        state, palette = own.state, own.palette
        selected = bool(state & QStyle.StateFlag.State_Selected)
        group = (
            QPalette.ColorGroup.Normal
            if state & QStyle.StateFlag.State_Enabled
            else QPalette.ColorGroup.Disabled
        )
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        ink = palette.color(group, role)
        small = QFont(own.font)
        small.setPointSizeF(small.pointSizeF() * 0.88)
        painter.save()
        middle = area.top() + area.height() // 2
        for font, strength, bottom, line in (
            (QFont(own.font), 1.0, middle + 1, name),
            (small, 0.65, area.bottom() - 5, words.safe(str(rule.application))),
        ):
            ink.setAlphaF(ink.alphaF() * strength)
            painter.setPen(ink)
            painter.setFont(font)
            metrics = painter.fontMetrics()
            elided = metrics.elidedText(line, Qt.TextElideMode.ElideMiddle, area.width())
            painter.drawText(area.left(), bottom - metrics.descent(), elided)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW)
