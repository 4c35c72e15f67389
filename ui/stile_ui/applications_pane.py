"""The list of applications with what it is searched and sorted by."""

from enum import Enum
from typing import TypeVar

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from stile.applications import Application
from stile.language import translate
from stile.rules import Action, Lifetime, Origin
from stile_ui import explained, icons
from stile_ui.applications_model import SHELF, ApplicationsModel, Order
from stile_ui.applications_view import ApplicationsView
from stile_ui.facts import muted, plain_label
from stile_ui.rulebook import Shelf, Wanted

E = TypeVar("E", bound=Enum)
PROBLEMS = "problems"


class ApplicationsPane(QWidget):
    """Finds applications; one of them is open.

    Signals:
        opened(): another application was chosen, or none.
    """

    opened = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.model = ApplicationsModel(self)
        self._chosen: Application | None = None
        self._view = ApplicationsView(self)
        self._view.setModel(self.model)
        self._view.selectionModel().currentChanged.connect(self._choose)
        self.model.modelReset.connect(self.show_current)
        self._search = QLineEdit(self)
        self._search.setPlaceholderText(
            translate("RulesPage", "Search names, paths, destinations, notes")
        )
        self._search.setAccessibleName(translate("RulesPage", "Search applications and rules"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._look)
        self._search.returnPressed.connect(self._view.setFocus)
        self._nothing = plain_label(self, wrap=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        muted(self._nothing)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._view)
        self._stack.addWidget(self._nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        column.addWidget(self._search)
        column.addLayout(self._filters())
        column.addWidget(self._stack, 1)
        self.setMinimumWidth(280)
        self._show_page()

    @property
    def current(self) -> Shelf | None:
        """The rules of the application that is open."""
        return self.model.shelf(self._chosen) if self._chosen else None

    def choose(self, application: Application) -> None:
        """Open an application; what hides it is not looked for any more."""
        self._chosen = application
        if self.model.row_of(application) < 0:
            self._search.clear()
            for box in (self._verdict, self._origin, self._lifetime):
                box.setCurrentIndex(0)
        self.show_current()
        self.opened.emit()

    def search(self) -> None:
        """Let the person type what to search for."""
        self._search.setFocus()
        self._search.selectAll()

    def show_current(self) -> None:
        """Have the one that is open selected, or the first."""
        row = self.model.row_of(self._chosen) if self._chosen else -1
        if row < 0 and self.model.rowCount():
            row = 0
        if row >= 0:
            self._view.setCurrentIndex(self.model.index(row))
            self._view.scrollTo(self.model.index(row))
        self._show_page()

    def _choose(self, current: QModelIndex) -> None:
        if current.isValid():
            shelf: Shelf = current.data(SHELF)
            self._chosen = shelf.application
            self.opened.emit()

    def _look(self) -> None:
        shown: str | None = self._verdict.currentData()
        self.model.look_for(
            Wanted(
                self._search.text(),
                Action(shown) if shown in set(Action) else None,
                self._origin.currentData(),
                self._lifetime.currentData(),
                shown == PROBLEMS,
            )
        )
        self._show_page()

    def _sort(self) -> None:
        self.model.sort_by(self._order.currentData())

    def _show_page(self) -> None:
        said = translate("RulesPage", "No application fits what you look for.")
        if not self.model.shelves:
            said = translate(
                "RulesPage",
                "No rules yet. Stile asks when an application wants to connect for the first time; "
                "your answers appear here.",
            )
        self._nothing.setText(said)
        self._stack.setCurrentWidget(self._view if self.model.rowCount() else self._nothing)

    def _filters(self) -> QGridLayout:
        self._verdict = self._box(
            translate("RulesPage", "Filter by verdict"), translate("RulesPage", "Any verdict")
        )
        for action in Action:
            self._verdict.addItem(icons.verdict(action), explained.verdict(action), action)
        self._verdict.addItem(translate("RulesPage", "With problems"), PROBLEMS)
        self._origin = self._box(
            translate("RulesPage", "Filter by origin"), translate("RulesPage", "Any origin")
        )
        for origin in Origin:
            self._origin.addItem(explained.origin(origin), origin)
        self._lifetime = self._box(
            translate("RulesPage", "Filter by lifetime"), translate("RulesPage", "Any lifetime")
        )
        for lifetime, text in _lifetimes().items():
            self._lifetime.addItem(text, lifetime)
        self._order = QComboBox(self)
        self._order.setAccessibleName(translate("RulesPage", "Sort by"))
        for order, text in _orders().items():
            self._order.addItem(text, order)
        for box in (self._verdict, self._origin, self._lifetime):
            box.currentIndexChanged.connect(self._look)
        self._order.currentIndexChanged.connect(self._sort)
        grid = QGridLayout()
        grid.setSpacing(6)
        for number, box in enumerate((self._verdict, self._origin, self._lifetime, self._order)):
            grid.addWidget(box, *divmod(number, 2))
        return grid

    def _box(self, name: str, everything: str) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.addItem(everything, None)
        return box


def _lifetimes() -> dict[Lifetime, str]:
    return {
        Lifetime.FOREVER: translate("RulesPage", "Always"),
        Lifetime.REBOOT: translate("RulesPage", "Until reboot"),
        Lifetime.UNTIL: translate("RulesPage", "Until a time"),
        Lifetime.QUIT: translate("RulesPage", "Until it quits"),
    }


def _orders() -> dict[Order, str]:
    return {
        Order.NAME: translate("RulesPage", "By name"),
        Order.USE: translate("RulesPage", "By last use"),
        Order.TRAFFIC: translate("RulesPage", "By traffic"),
        Order.RULES: translate("RulesPage", "By rules"),
    }
