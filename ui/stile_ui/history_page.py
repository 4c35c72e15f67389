"""The page "History": what was, to be searched as one types."""

import time
from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QIcon, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QWidget,
)

from stile.language import translate
from stile_ui import verdict_words
from stile_ui.facts import muted, plain_label
from stile_ui.history import History
from stile_ui.history_model import ENTRY, HistoryModel
from stile_ui.history_reader import Entry, Filter
from stile_ui.quiet_table import QuietTable, between
from stile_ui.row_rule import suggested

A_PAUSE = 120
"""Milliseconds without a key after which what was typed is looked for."""
HOUR, DAY = 3600, 86400
LETTERS = (15, 24, 30, 15, 9, 14, 14, 6)


class HistoryPage(QWidget):
    """Shows the history.

    Signals:
        rule_from(Application, Scope): a rule about a row is wanted.
    """

    rule_from = Signal(object, object)

    def __init__(self, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = history
        self._model = HistoryModel(history.lookup, self)
        self._is_stale = True
        self._typing = QTimer(self, singleShot=True, interval=A_PAUSE)
        self._typing.timeout.connect(self._narrow)
        self._make_filters()
        self._make_table()
        self._make_footer()
        between(
            self,
            (self._search, self._verdict, self._since),
            self._notice,
            self._table,
            (self._count, self._news, self._rule, self._forget),
        )
        history.changed.connect(self._has_news)
        history.cleared.connect(self._cleared)
        history.trouble.connect(self.say)
        self._model.counted.connect(self._show_count)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.refresh()

    def refresh(self) -> None:
        """Look anew."""
        self._is_stale = False
        self._news.hide()
        self._model.refresh()

    def say(self, text: str) -> None:
        """Say something above the table; nothing takes no room."""
        self._notice.setText(text)
        self._notice.setVisible(bool(text))

    def show_only(self, text: str) -> None:
        """Show the lines about an application or a place."""
        self._search.setText(text)
        self._narrow()

    # -- what it is made of ----------------------------------------------------------------------

    def _make_filters(self) -> None:
        self._search = QLineEdit(self)
        self._search.setPlaceholderText(translate("History", "Search applications and places"))
        self._search.setAccessibleName(translate("History", "Search"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(lambda _: self._typing.start())
        QShortcut(QKeySequence.StandardKey.Find, self, self._search.setFocus)
        self._verdict = _choice(self, translate("History", "Verdict"))
        self._verdict.addItem(translate("History", "All verdicts"), "")
        for word in ("allow", "deny", "drop"):
            icon = verdict_words.icon(word) or QIcon()
            self._verdict.addItem(icon, verdict_words.verdict(word), word)
        self._since = _choice(self, translate("History", "Time"))
        for text, seconds in (
            (translate("History", "Any time"), 0),
            (translate("History", "Last hour"), HOUR),
            (translate("History", "Last day"), DAY),
            (translate("History", "Last week"), 7 * DAY),
        ):
            self._since.addItem(text, seconds)
        for choice in (self._verdict, self._since):
            choice.currentIndexChanged.connect(lambda _: self._narrow())

    def _make_table(self) -> None:
        self._table = QuietTable(self, translate("History", "History"))
        self._table.setModel(self._model)
        self._table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        self._table.lay_out(LETTERS, stretched=2)
        self._table.selectionModel().currentRowChanged.connect(self._row_changed)
        self._make = QAction(translate("History", "Make a &rule from this row"), self)
        self._make.triggered.connect(self._make_rule)
        self._only_application = QAction(translate("History", "Only this &application"), self)
        self._only_application.triggered.connect(
            lambda: self._only(lambda entry: str(entry.application))
        )
        self._only_place = QAction(translate("History", "Only this &place"), self)
        self._only_place.triggered.connect(lambda: self._only(lambda entry: entry.place))
        self._actions = (self._make, self._only_application, self._only_place)
        for action in self._actions:
            action.setEnabled(False)
            self._table.addAction(action)

    def _make_footer(self) -> None:
        self._notice = plain_label(self, wrap=True)
        self._notice.hide()
        self._count = plain_label(self)
        muted(self._count)
        self._rule = QPushButton(translate("History", "Make a &rule…"), self)
        self._rule.setEnabled(False)
        self._rule.clicked.connect(self._make_rule)
        self._news = QPushButton(translate("History", "Show what is &new"), self)
        self._news.setShortcut(QKeySequence.StandardKey.Refresh)
        self._news.hide()
        self._news.clicked.connect(self.refresh)
        self._forget = QPushButton(translate("History", "&Forget everything…"), self)
        self._forget.clicked.connect(self._ask_to_forget)

    # -- what happens ----------------------------------------------------------------------------

    def _narrow(self) -> None:
        self._typing.stop()
        seconds = int(self._since.currentData())
        since = time.time() - seconds if seconds else 0.0
        verdict = str(self._verdict.currentData())
        self._model.narrow(Filter(self._search.text().strip(), verdict=verdict, since=since))
        self._table.scrollToTop()

    def _has_news(self) -> None:
        if self.isVisible() and self._model.rowCount():
            self._news.show()
        elif self.isVisible():
            self.refresh()
        else:
            self._is_stale = True

    def _cleared(self) -> None:
        self._model.clear()
        self._news.hide()

    def _show_count(self, lines: int) -> None:
        text = translate("History", "{count} lines").format(count=self.locale().toString(lines))
        if not self._history.settings.on:
            text = translate("History", "{lines}; nothing new is kept").format(lines=text)
        self._count.setText(text)

    def _row_changed(self, current: QModelIndex) -> None:
        for action in self._actions:
            action.setEnabled(current.isValid())
        self._rule.setEnabled(current.isValid())

    @property
    def _entry(self) -> Entry | None:
        entry = self._table.currentIndex().data(ENTRY)
        return entry if isinstance(entry, Entry) else None

    def _make_rule(self) -> None:
        if (entry := self._entry) is not None:
            scope = suggested(
                entry.host, entry.address, entry.protocol, entry.port, entry.direction
            )
            self.rule_from.emit(entry.application, scope)

    def _only(self, what: Callable[[Entry], str]) -> None:
        if (entry := self._entry) is not None:
            self.show_only(what(entry))

    def _ask_to_forget(self) -> None:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(translate("History", "Forget all connections and all traffic of the past?"))
        box.setInformativeText(translate("History", "It cannot be brought back. Rules stay."))
        box.addButton(QMessageBox.StandardButton.Cancel)
        forget = box.addButton(
            translate("History", "&Forget everything"), QMessageBox.ButtonRole.DestructiveRole
        )
        forget.clicked.connect(self._history.forget_everything)
        box.open()


def _choice(parent: QWidget, name: str) -> QComboBox:
    made = QComboBox(parent)
    made.setAccessibleName(name)
    return made
