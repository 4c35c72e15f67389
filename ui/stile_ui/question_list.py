"""All that waits for an answer, at the side of the question that is looked at."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from stile import sentences
from stile.language import translate
from stile.questions import QuestionId
from stile_ui import icons, words
from stile_ui.facts import muted, plain_label
from stile_ui.prompts import Open

WIDTH = 248
SIDE = 20
GROUP, ROW = 30, 24
KEY = Qt.ItemDataRole.UserRole


class QuestionList(QWidget):
    """The open questions, an application each, and below it the places that it wants to.

    Signals:
        chosen(QuestionId, int): somebody wants to look at a place of a question.
    """

    chosen = Signal(object, int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self._title = plain_label(self)
        muted(self._title)
        self._tree = QTreeWidget(self)
        self._tree.setHeaderHidden(True)
        self._tree.setRootIsDecorated(False)
        self._tree.setIndentation(SIDE + 4)
        self._tree.setIconSize(QSize(SIDE, SIDE))
        self._tree.setItemsExpandable(False)
        self._tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._tree.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._tree.setAccessibleName(translate("QuestionList", "Questions that wait"))
        self._tree.currentItemChanged.connect(self._selected)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._title)
        column.addWidget(self._tree, 1)
        self._shown: list[tuple[object, ...]] = []
        self._rows: dict[tuple[QuestionId, int], QTreeWidgetItem] = {}

    def show_questions(self, questions: Sequence[Open], current: Open) -> None:
        """Show them all; a flood only makes the list longer, and moves nothing else."""
        rows = [(each.question.id, each.question.places, each.question.about) for each in questions]
        was = self._tree.blockSignals(True)  # noqa: FBT003 # it has no keywords
        if rows != self._shown:
            self._shown = list(rows)
            self._fill(questions)
        self._mark(current)
        self._tree.blockSignals(was)
        waiting = sum(len(each.question.places) for each in questions)
        self._title.setText(
            translate("QuestionList", "%n question waits|%n questions wait", None, waiting)
        )

    def _fill(self, questions: Sequence[Open]) -> None:
        at = self._tree.verticalScrollBar().value()
        self._tree.clear()
        self._rows.clear()
        for waiting in questions:
            question = waiting.question
            title = words.safe(question.connection.application.title)
            places = len(question.places)
            group = QTreeWidgetItem([f"{title} ({places})" if places > 1 else title])
            group.setIcon(0, icons.of(question.connection.application, question.about.icon))
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            group.setFont(0, _strong(self._tree.font()))
            group.setToolTip(0, words.tooltip(words.safe(str(question.connection.application))))
            self._tree.addTopLevelItem(group)
            group.setSizeHint(0, QSize(0, GROUP))
            for number, connection in enumerate(question.places):
                text = words.safe(sentences.place(connection))
                row = QTreeWidgetItem(group, [text])
                row.setData(0, KEY, (question.id, number))
                self._rows[question.id, number] = row
                row.setSizeHint(0, QSize(0, ROW))
                row.setToolTip(0, words.tooltip(text))
        self._tree.expandAll()
        self._tree.verticalScrollBar().setValue(at)

    def _mark(self, current: Open) -> None:
        """Mark the one that is looked at."""
        if row := self._rows.get((current.question.id, current.place)):
            self._tree.setCurrentItem(row)

    def _selected(self, row: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        if row is not None and (key := row.data(0, KEY)):
            self.chosen.emit(*key)


def _strong(font: QFont) -> QFont:
    font.setWeight(QFont.Weight.DemiBold)
    return font
