"""The page "Connections": what is open now; asked for while somebody looks, and never else."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QWidget

from stile.language import translate
from stile.traffic import OpenConnection
from stile_ui import words
from stile_ui.connections_model import CONNECTION, ConnectionsModel, Narrowed
from stile_ui.facts import muted, plain_label
from stile_ui.quiet_table import QuietTable, between
from stile_ui.row_rule import suggested

EACH = 1500
"""Milliseconds between two looks."""
LETTERS = (24, 30, 15, 9, 14, 8, 9, 9, 9)


class ConnectionsPage(QWidget):
    """Shows what is open.

    Signals:
        look_wanted(bool): what is open now is wanted, of everybody or of oneself.
        rule_from(Application, Scope): a rule about a row is wanted.
    """

    look_wanted = Signal(bool)
    rule_from = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ConnectionsModel(self)
        self._narrowed = Narrowed(self._model, self)
        self._clock = QTimer(self, interval=EACH)
        self._clock.timeout.connect(self._look)
        self._make_widgets()
        self._make_table()
        between(
            self,
            (self._search, self._everybody),
            self._notice,
            self._table,
            (self._count, self._rule),
        )

    def show_open(self, found: Sequence[OpenConnection], everybody: bool) -> None:  # noqa: FBT001 # a signal's
        """Show what is open now."""
        if self.isVisible() and everybody is self._everybody.isChecked():
            self._model.show(found)
            self._notice.hide()
            self._show_count()

    def show_presence(self, here: bool) -> None:  # noqa: FBT001 # a signal's
        """The helper came, and can be asked; or it went."""
        if here and self.isVisible():
            self._begin_anew()

    def show_unseen(self, why: str) -> None:
        """Say why nothing can be shown; nobody is asked again until the page is opened anew."""
        if self.isVisible():
            self._clock.stop()
            self._model.show(())
            self._notice.setText(words.safe(why))
            self._notice.show()
            self._show_count()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()

    # -- what it is made of ----------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self._search = QLineEdit(self)
        self._search.setPlaceholderText(
            translate("Connections", "Search applications, places, ports and verdicts")
        )
        self._search.setAccessibleName(translate("Connections", "Search"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._narrow)
        QShortcut(QKeySequence.StandardKey.Find, self, self._search.setFocus)
        self._everybody = QCheckBox(translate("Connections", "&All users and the system"), self)
        self._everybody.toggled.connect(self._begin_anew)
        self._notice = plain_label(self, wrap=True)
        self._notice.hide()
        self._count = plain_label(self)
        muted(self._count)
        self._rule = QPushButton(translate("Connections", "Make a &rule…"), self)
        self._rule.setEnabled(False)
        self._rule.clicked.connect(self._make_rule)

    def _make_table(self) -> None:
        self._table = QuietTable(self, translate("Connections", "Connections"))
        self._table.setModel(self._narrowed)
        self._table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self._table.lay_out(LETTERS, stretched=1)
        self._table.selectionModel().currentRowChanged.connect(self._row_changed)
        self._make = QAction(translate("Connections", "Make a &rule from this row"), self)
        self._make.setEnabled(False)
        self._make.triggered.connect(self._make_rule)
        self._table.addAction(self._make)

    # -- what happens ----------------------------------------------------------------------------

    def _look(self) -> None:
        self.look_wanted.emit(self._everybody.isChecked())

    def _begin_anew(self) -> None:
        self._look()
        self._clock.start()

    def _narrow(self, text: str) -> None:
        self._narrowed.narrow(text)
        self._show_count()

    def _show_count(self) -> None:
        shown, there = self._narrowed.rowCount(), self._model.rowCount()
        if shown == there:
            text = translate("Connections", "%n connection|%n connections", None, there)
        else:
            text = translate("Connections", "{shown} of {there} connections")
        self._count.setText(text.format(shown=shown, there=there))

    def _row_changed(self, current: QModelIndex) -> None:
        self._rule.setEnabled(current.isValid())
        self._make.setEnabled(current.isValid())

    def _make_rule(self) -> None:
        each = self._table.currentIndex().data(CONNECTION)
        if isinstance(each, OpenConnection):
            direction = str(each.direction or "")
            scope = suggested(
                each.host, str(each.address), str(each.protocol), each.service_port, direction
            )
            self.rule_from.emit(each.application, scope)
