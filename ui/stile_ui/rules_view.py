"""How the table of rules looks: what is not in force steps back."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyleOptionViewItem,
    QWidget,
)

from stile.language import translate
from stile_ui.quiet_table import Index, QuietCell, QuietTable
from stile_ui.rules_model import COVERS, IN_FORCE

ROW = 36
WIDTHS = (104, 200, 120, 80, 100)


class RulesView(QuietTable):
    """A quiet table with more room, in which several rows are selected and check marks are set."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, translate("RulesPage", "Rules of this application"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSortingEnabled(False)
        self.setItemDelegate(Cell(self))
        self.setIconSize(QSize(16, 16))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().setDefaultSectionSize(ROW)

    def share_width(self) -> None:
        """Share the width among the columns; to be called once there is a model."""
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        for section, width in enumerate(WIDTHS):
            header.resizeSection(section, width)
        header.setSectionResizeMode(COVERS, QHeaderView.ResizeMode.Stretch)


class Cell(QuietCell):
    """A cell that steps back where its rule is not in force."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight
        if not index.data(IN_FORCE):
            option.font.setStrikeOut(index.column() == COVERS)
            faint = option.palette.color(QPalette.ColorRole.Text)
            faint.setAlphaF(0.55)
            option.palette.setColor(QPalette.ColorRole.Text, faint)
