"""What is open now as a table for Qt; what stays keeps its place, so that nothing jumps."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QIcon

from stile.language import translate
from stile.traffic import OpenConnection
from stile_ui import numbers, verdict_words, words
from stile_ui.quiet_table import LEFT, RIGHT

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
CONNECTION = Qt.ItemDataRole.UserRole
SORTED = CONNECTION + 1


class Column(NamedTuple):
    """What a column is called, and what it says of a connection seen first at a time."""

    title: Callable[[], str]
    text: Callable[[OpenConnection, float], str]
    icon: Callable[[OpenConnection], QIcon | None] = lambda _: None
    number: Callable[[OpenConnection, float], float] | None = None
    """By what it sorts, where that is not its text."""


def _octets(count: int | None) -> str:
    return "" if count is None else numbers.octets(count)


COLUMNS = (
    Column(
        lambda: translate("Connections", "Application"),
        lambda each, _: words.safe(each.application.title),
        lambda each: verdict_words.program(each.application),
    ),
    Column(
        lambda: translate("Connections", "Place"),
        lambda each, _: words.safe(each.host or str(each.address)),
    ),
    Column(
        lambda: translate("Connections", "Port"),
        lambda each, _: verdict_words.port(str(each.protocol), each.service_port),
        number=lambda each, _: each.service_port,
    ),
    Column(
        lambda: translate("Connections", "Direction"),
        lambda each, _: verdict_words.direction(str(each.direction or "")),
    ),
    Column(
        lambda: translate("Connections", "Verdict"),
        lambda each, _: verdict_words.verdict(str(each.verdict)),
        lambda each: verdict_words.icon(str(each.verdict)),
    ),
    Column(
        lambda: translate("Connections", "State"),
        lambda each, _: verdict_words.state(str(each.state)),
    ),
    Column(
        lambda: translate("Connections", "Sent"),
        lambda each, _: _octets(each.sent),
        number=lambda each, _: -1 if each.sent is None else each.sent,
    ),
    Column(
        lambda: translate("Connections", "Received"),
        lambda each, _: _octets(each.received),
        number=lambda each, _: -1 if each.received is None else each.received,
    ),
    Column(
        lambda: translate("Connections", "Seen for"),
        lambda _, first: numbers.ago(first),
        number=lambda _, first: -first,
    ),
)

AMOUNTS = range(6, len(COLUMNS))
"""The columns that are numbers, and stand below each other by their ends."""


class ConnectionsModel(QAbstractTableModel):
    """Shows what is open."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[OpenConnection] = []
        self._first: dict[int, float] = {}

    def show(self, found: Sequence[OpenConnection]) -> None:
        """Show what is open now: what has gone goes, what is new comes last."""
        now, by_id = time.time(), {each.id: each for each in found}
        self._first = {each: self._first.get(each, now) for each in by_id}
        for row in range(len(self._rows) - 1, -1, -1):
            if self._rows[row].id not in by_id:
                self.beginRemoveRows(NOWHERE, row, row)
                del self._rows[row]
                self.endRemoveRows()
        self._rows = [by_id.pop(each.id) for each in self._rows]
        if self._rows:
            last = self.index(len(self._rows) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        if by_id:
            self.beginInsertRows(NOWHERE, len(self._rows), len(self._rows) + len(by_id) - 1)
            self._rows += by_id.values()
            self.endInsertRows()

    # -- what Qt asks ----------------------------------------------------------------------------

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        each, column = self._rows[index.row()], COLUMNS[index.column()]
        first = self._first[each.id]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(each, first)
            case Qt.ItemDataRole.DecorationRole:
                return column.icon(each)
            case Qt.ItemDataRole.TextAlignmentRole:
                return RIGHT if index.column() in AMOUNTS else LEFT
            case Qt.ItemDataRole.ToolTipRole:
                return words.tooltip(_whole(each))
            case _ if role == CONNECTION:
                return each
            case _ if role == SORTED:
                text = column.text(each, first).casefold()
                return column.number(each, first) if column.number else text
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if section in AMOUNTS else LEFT
        return COLUMNS[section].title() if role == Qt.ItemDataRole.DisplayRole else None


class Narrowed(QSortFilterProxyModel):
    """The connections whose application, place or verdict has what was typed in it."""

    def __init__(self, model: ConnectionsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._typed: list[str] = []
        self.setSortRole(SORTED)
        self.setSourceModel(model)

    def narrow(self, text: str) -> None:
        """Show those that have all these words."""
        self._typed = text.casefold().split()
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        if not self._typed:
            return True
        each: OpenConnection = self.sourceModel().index(row, 0, parent).data(CONNECTION)
        verdict = verdict_words.verdict(str(each.verdict))
        port = verdict_words.port(str(each.protocol), each.service_port)
        text = f"{each.application} {each.host} {each.address} {port} {verdict}".casefold()
        return all(word in text for word in self._typed)


def _whole(each: OpenConnection) -> str:
    place = str(each.address) if not each.host else f"{each.host} ({each.address})"
    return f"{words.safe(str(each.application))}\n{words.safe(place)}\n{words.user(each.uid)}"
