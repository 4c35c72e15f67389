"""How the list of applications looks: icon and name, who that is, and what is known of it."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from stile.language import translate
from stile_ui import icons, words
from stile_ui.applications_model import FACTS, FLAWED, SHELF
from stile_ui.rulebook import Shelf

Index = QModelIndex | QPersistentModelIndex
ROW, ICON, MARK, GAP = 54, 32, 16, 10


class ApplicationsView(QListView):
    """A quiet list; one application is open."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setItemDelegate(ApplicationRow(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(translate("RulesPage", "Applications"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()


class ApplicationRow(QStyledItemDelegate):
    """Two lines: the name with its verdict, and what is known in small letters."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        own.state &= ~QStyle.StateFlag.State_HasFocus
        own.icon, own.text = QIcon(), ""
        own.widget.style().drawControl(
            QStyle.ControlElement.CE_ItemViewItem, own, painter, own.widget
        )
        shelf = index.data(SHELF)
        area = own.rect.adjusted(GAP, 0, -GAP, 0)
        painter.save()
        self._picture(painter, own, area, index)
        texts = area.adjusted(ICON + GAP, 8, -(MARK + GAP), -7)
        ink = _ink(own)
        painter.setPen(ink)
        metrics = painter.fontMetrics()
        name = metrics.elidedText(shelf.title, Qt.TextElideMode.ElideMiddle, texts.width())
        side = Qt.AlignmentFlag.AlignLeading
        visual = own.widget.style().visualRect(own.direction, own.rect, texts)
        painter.drawText(visual, side | Qt.AlignmentFlag.AlignTop, name)
        self._small(painter, own, visual, ink, shelf, index)
        painter.restore()

    def _picture(
        self, painter: QPainter, own: QStyleOptionViewItem, area: QRect, index: Index
    ) -> None:
        style, shelf = own.widget.style(), index.data(SHELF)
        left = QRect(area.left(), area.center().y() - ICON // 2 + 1, ICON, ICON)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        picture.paint(painter, style.visualRect(own.direction, own.rect, left))
        mark = QRect(area.right() - MARK, area.top() + 9, MARK, MARK)
        verdict = icons.verdict(shelf.verdict)
        verdict.paint(painter, style.visualRect(own.direction, own.rect, mark))
        if index.data(FLAWED):
            flaw = QRect(area.right() - MARK + 2, area.bottom() - 20, 12, 12)
            warning = icons.own("stile-flaw")
            warning.paint(painter, style.visualRect(own.direction, own.rect, flaw))

    def _small(
        self,
        painter: QPainter,
        own: QStyleOptionViewItem,
        area: QRect,
        ink: QColor,
        shelf: Shelf,
        index: Index,
    ) -> None:
        small = QFont(own.font)
        small.setPointSizeF(small.pointSizeF() * 0.88)
        ink.setAlphaF(ink.alphaF() * 0.65)
        painter.setFont(small)
        painter.setPen(ink)
        metrics = painter.fontMetrics()
        facts = " · ".join(index.data(FACTS))
        room = area.width() - metrics.horizontalAdvance(facts) - 2 * GAP
        who = words.safe(str(shelf.application))
        elided = metrics.elidedText(who, Qt.TextElideMode.ElideMiddle, max(0, room))
        bottom = Qt.AlignmentFlag.AlignBottom
        painter.drawText(area, bottom | Qt.AlignmentFlag.AlignLeading, elided)
        painter.drawText(area, bottom | Qt.AlignmentFlag.AlignTrailing, facts)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(220, ROW)


def _ink(own: QStyleOptionViewItem) -> QColor:
    """The colour of the text of a row."""
    selected = bool(own.state & QStyle.StateFlag.State_Selected)
    enabled = bool(own.state & QStyle.StateFlag.State_Enabled)
    active = bool(own.state & QStyle.StateFlag.State_Active)
    group = QPalette.ColorGroup.Disabled
    if enabled:
        group = QPalette.ColorGroup.Active if active else QPalette.ColorGroup.Inactive
    role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
    return own.palette.color(group, role)
