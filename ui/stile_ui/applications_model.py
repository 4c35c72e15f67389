"""The applications that have rules, as a list for Qt: searched and sorted without Qt's help.

Ten thousand of them are searched in some milliseconds: what a row says is made when it is drawn.
"""

import bisect
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from stile.applications import Application
from stile.language import translate
from stile_ui import explained, icons
from stile_ui.rulebook import Problems, Shelf, Shelves, Wanted

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
SHELF = Qt.ItemDataRole.UserRole
FACTS, FLAWED = SHELF + 1, SHELF + 2
FEW = 50
"""Changes that are put into their places one by one; of more, all are sorted anew."""
Uses = Mapping[Application, tuple[float, int]]
"""When an application was seen last, in seconds since the epoch, and its octets."""


class Order(Enum):
    """By what the list is sorted."""

    NAME = auto()
    USE = auto()
    TRAFFIC = auto()
    RULES = auto()


class ApplicationsModel(QAbstractListModel):
    """Those applications that are looked for, in the order that is wanted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._book: dict[Application, Shelf] = {}
        self._sorted: list[Shelf] | None = []
        self._rows: list[Shelf] = []
        self._problems: dict[Application, Any] = {}
        self._uses: Uses = {}
        self._wanted, self._order = Wanted(), Order.NAME

    # -- what is known -----------------------------------------------------------------

    def show(self, shelves: Shelves) -> None:
        """Take other rules of some applications."""
        if len(shelves) > FEW or self._order is not Order.NAME:
            self._sorted = None
        for who, shelf in shelves.items():
            self._take(who, shelf)
        self._arrange()

    def _take(self, who: Application, shelf: Shelf) -> None:
        former = self._book.pop(who, None)
        if shelf.rules:
            self._book[who] = shelf
        if self._sorted is None:
            return
        place = bisect.bisect_left(self._sorted, shelf.order, key=lambda each: each.order)
        if former is not None:
            del self._sorted[place]
        if shelf.rules:
            self._sorted.insert(place, shelf)

    def show_problems(self, problems: Problems) -> None:
        """Take what is wrong with the rules of some applications."""
        for who, findings in problems.items():
            if findings:
                self._problems[who] = findings
            else:
                self._problems.pop(who, None)
        if self._wanted.problems:
            self._arrange()
        else:
            self._redraw()

    def show_uses(self, uses: Uses) -> None:
        """Take when applications were seen last, and what they have sent and received."""
        self._uses = uses
        if self._order in (Order.USE, Order.TRAFFIC):
            self._sorted = None
            self._arrange()
        else:
            self._redraw()

    def shelf(self, application: Application) -> Shelf | None:
        """The rules of an application, whether it is looked for or not."""
        return self._book.get(application)

    @property
    def problems(self) -> Problems:
        """What is wrong with rules."""
        return self._problems

    @property
    def shelves(self) -> Shelves:
        """All rules, also of those that are not looked for."""
        return self._book

    # -- what is looked for ------------------------------------------------------------

    def look_for(self, wanted: Wanted) -> None:
        """Show others."""
        if wanted != self._wanted:
            self._wanted = replace(wanted)
            self._arrange()

    def sort_by(self, order: Order) -> None:
        """Show them in another order."""
        self._order, self._sorted = order, None
        self._arrange()

    def row_of(self, application: Application) -> int:
        """Say where an application stands; -1 where it is not shown."""
        shelf = self._book.get(application)
        return self._rows.index(shelf) if shelf in self._rows else -1

    def _arrange(self) -> None:
        if self._sorted is None:
            self._sorted = sorted(self._book.values(), key=self._key())
        rows = [*self._sorted]
        if not self._wanted.is_all:
            rows = [each for each in rows if self._wanted.fits(each, self._problems)]
        if rows == self._rows:
            return
        if [each.application for each in rows] == [each.application for each in self._rows]:
            self._rows = rows
            self._redraw()
        else:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def _redraw(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def _key(self) -> Callable[[Shelf], tuple[Any, ...]]:
        seen = self._uses.get
        match self._order:
            case Order.NAME:
                return lambda shelf: shelf.order
            case Order.RULES:
                return lambda shelf: (-len(shelf.rules), *shelf.order)
            case Order.USE:
                return lambda shelf: (-seen(shelf.application, (0, 0))[0], *shelf.order)
            case Order.TRAFFIC:
                return lambda shelf: (-seen(shelf.application, (0, 0))[1], *shelf.order)

    # -- what Qt asks -----------------------------------------------------------------

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        shelf = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return shelf.title
            case Qt.ItemDataRole.DecorationRole:
                return icons.of_application(shelf.application)
            case Qt.ItemDataRole.AccessibleTextRole:
                verdict = explained.verdict(shelf.verdict)
                return f"{shelf.title}, {verdict}, {', '.join(self._facts(shelf))}"
            case _ if role == SHELF:
                return shelf
            case _ if role == FACTS:
                return self._facts(shelf)
            case _ if role == FLAWED:
                return shelf.application in self._problems
        return None

    def _facts(self, shelf: Shelf) -> Sequence[str]:
        """Say how many rules there are, when it was seen, and what it has sent and received."""
        facts = [translate("ApplicationsModel", "%n rule|%n rules", None, len(shelf.rules))]
        seen, octets = self._uses.get(shelf.application, (0.0, 0))
        if seen:
            facts.append(_ago(seen))
        if octets:
            facts.append(amount(octets))
        return facts


def _ago(seen: float) -> str:
    """Say when: "5 min ago"."""
    minutes = max(0, int(time.time() - seen)) // 60
    if minutes < 1:
        return translate("ApplicationsModel", "just now")
    if minutes < 60:
        return translate("ApplicationsModel", "%n min ago|%n min ago", None, minutes)
    if minutes < 60 * 24:
        return translate("ApplicationsModel", "%n h ago|%n h ago", None, minutes // 60)
    return translate("ApplicationsModel", "%n day ago|%n days ago", None, minutes // 1440)


def amount(octets: int) -> str:
    """Say how much: "1.2 MB"."""
    size, units = float(octets), ["B", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        del units[0]
    exact = 0 if units[0] == "B" or size >= 100 else 1
    return f"{size:.{exact}f} {units[0]}"
