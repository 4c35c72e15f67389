"""The history as a table for Qt: a million lines, and only those that are seen are in memory."""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QIcon

from stile.language import translate
from stile_ui import numbers, verdict_words, words
from stile_ui.history_lookup import Lookup
from stile_ui.history_reader import Entry, Filter, Order, Reader, View
from stile_ui.quiet_table import LEFT, RIGHT

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
DISPLAY, DECORATION, TOOLTIP, ALIGNMENT, ENTRY = ROLES = (
    Qt.ItemDataRole.DisplayRole.value,
    Qt.ItemDataRole.DecorationRole.value,
    Qt.ItemDataRole.ToolTipRole.value,
    Qt.ItemDataRole.TextAlignmentRole.value,
    Qt.ItemDataRole.UserRole.value,
)
FIRST_LINES = 200
"""That are shown at once, before it is known how many there are."""
WINDOW = 256
MOST_WINDOWS = 24


class Column(NamedTuple):
    """What a column is called, what it says of a line, and what it sorts by."""

    title: Callable[[], str]
    order: Order
    text: Callable[[Entry], str]
    icon: Callable[[Entry], QIcon | None] = lambda _: None
    is_number: bool = False


def _count(entry: Entry) -> str:
    return str(entry.count) if entry.count > 1 else ""


COLUMNS = (
    Column(
        lambda: translate("History", "Time"), Order.TIME, lambda entry: numbers.moment(entry.last)
    ),
    Column(
        lambda: translate("History", "Application"),
        Order.APPLICATION,
        lambda entry: words.safe(entry.application.title),
        lambda entry: verdict_words.program(entry.application),
    ),
    Column(
        lambda: translate("History", "Place"), Order.PLACE, lambda entry: words.safe(entry.place)
    ),
    Column(
        lambda: translate("History", "Port"),
        Order.PORT,
        lambda entry: verdict_words.port(entry.protocol, entry.port),
    ),
    Column(
        lambda: translate("History", "Direction"),
        Order.DIRECTION,
        lambda entry: verdict_words.direction(entry.direction),
    ),
    Column(
        lambda: translate("History", "Verdict"),
        Order.VERDICT,
        lambda entry: verdict_words.verdict(entry.verdict),
        lambda entry: verdict_words.icon(entry.verdict),
    ),
    Column(
        lambda: translate("History", "By"),
        Order.REASON,
        lambda entry: verdict_words.reason(entry.reason),
    ),
    Column(lambda: translate("History", "Times"), Order.COUNT, _count, is_number=True),
)


class HistoryModel(QAbstractTableModel):
    """Shows a view of the history; what is not in memory comes when it is scrolled to.

    Signals:
        counted(int): how many lines there are.
    """

    counted = Signal(int)

    def __init__(self, lookup: Lookup, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lookup = lookup
        self._view = View()
        self._rows = 0
        self._first: list[Entry] = []
        self._windows: OrderedDict[int, list[Entry | None]] = OrderedDict()
        self._asked: set[int] = set()
        self._generation = 0

    @property
    def view(self) -> View:
        """What is shown."""
        return self._view

    def show(self, view: View) -> None:
        """Show something else; its first lines come first, then all."""
        self._view = view
        self.refresh()

    def refresh(self) -> None:
        """Look anew."""
        self._generation += 1
        generation, view = self._generation, self._view
        self._lookup.ask_only(
            self,
            lambda reader: reader.first(view, FIRST_LINES),
            lambda first: self._show_first(generation, first),
        )
        self._lookup.ask(
            self, lambda reader: reader.prepare(view), lambda rows: self._show_all(generation, rows)
        )

    def clear(self) -> None:
        """Show nothing: all is forgotten."""
        self._generation += 1
        self._show_first(self._generation, [])
        self.counted.emit(0)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        ascending = order is Qt.SortOrder.AscendingOrder
        if 0 <= column < len(COLUMNS):
            wanted = View(self._view.filter, COLUMNS[column].order, ascending)
            if wanted != self._view:
                self.show(wanted)

    def narrow(self, wanted: Filter) -> None:
        """Show other lines in the same order."""
        self.show(View(wanted, self._view.order, self._view.ascending))

    # -- what was looked up ----------------------------------------------------------------------

    def _show_first(self, generation: int, first: list[Entry]) -> None:
        if generation != self._generation:
            return
        self.beginResetModel()
        self._first, self._rows = first, len(first)
        self._windows.clear()
        self._asked.clear()
        self.endResetModel()

    def _show_all(self, generation: int, rows: int) -> None:
        if generation != self._generation:
            return
        if rows > self._rows:
            self.beginInsertRows(NOWHERE, self._rows, rows - 1)
            self._rows = rows
            self.endInsertRows()
        self.counted.emit(rows)

    def _entry(self, row: int) -> Entry | None:
        if row < len(self._first):
            return self._first[row]
        number = row // WINDOW
        if (window := self._windows.get(number)) is not None:
            self._windows.move_to_end(number)
            return window[row % WINDOW]
        self._ask_for(number)
        return None

    def _ask_for(self, number: int) -> None:
        if number in self._asked:
            return
        self._asked.add(number)
        generation = self._generation

        def look(reader: Reader) -> list[Entry | None]:
            return reader.window(number * WINDOW, WINDOW)

        self._lookup.ask(self, look, lambda window: self._take(generation, number, window))

    def _take(self, generation: int, number: int, window: list[Entry | None]) -> None:
        if generation != self._generation:
            return
        self._asked.discard(number)
        self._windows[number] = window
        while len(self._windows) > MOST_WINDOWS:
            self._windows.popitem(last=False)
        top = self.index(number * WINDOW, 0)
        last = min(self._rows, (number + 1) * WINDOW) - 1
        self.dataChanged.emit(top, self.index(last, len(COLUMNS) - 1))

    # -- what Qt asks ----------------------------------------------------------------------------

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = DISPLAY) -> object:
        if not index.isValid():
            return None
        if role not in ROLES:  # a cell is asked for a dozen, and thousands of cells are drawn
            return None
        column = COLUMNS[index.column()]
        if role == ALIGNMENT:
            return RIGHT if column.is_number else LEFT
        entry = self._entry(index.row())
        if entry is None:
            return "…" if role == DISPLAY and not index.column() else None
        if role == DISPLAY:
            return column.text(entry)
        if role == DECORATION:
            return column.icon(entry)
        return entry if role == ENTRY else words.tooltip(_whole(entry))

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if COLUMNS[section].is_number else LEFT
        return COLUMNS[section].title() if role == Qt.ItemDataRole.DisplayRole else None


def _whole(entry: Entry) -> str:
    """Say all there is to say about a line."""
    place = entry.address if not entry.host else f"{entry.host} ({entry.address})"
    text = translate(
        "History", "{application}\n{place}\n{first} to {last}, {count} times, {octets}"
    )
    return text.format(
        application=words.safe(str(entry.application)),
        place=words.safe(place),
        first=numbers.moment(entry.first),
        last=numbers.moment(entry.last),
        count=entry.count,
        octets=numbers.octets(entry.octets),
    )
