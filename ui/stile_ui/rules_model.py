"""The rules of one application as a table for Qt: one column, one line of code."""

from collections.abc import Callable, Mapping, Sequence
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
from stile.lint import Finding
from stile.rules import Lifetime, Rule
from stile_ui import explained, icons, words
from stile_ui.rulebook import Listed

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
RULE = Qt.ItemDataRole.UserRole
"""The role under which a row gives its `Rule`."""
IN_FORCE = RULE + 1


class Column(NamedTuple):
    """What a column says about a rule, and its picture."""

    text: Callable[[Rule], str]
    icon: Callable[[Rule], QIcon | None] = lambda _: None


COLUMNS = (
    Column(lambda rule: explained.verdict(rule.action), lambda rule: icons.verdict(rule.action)),
    Column(lambda rule: _covers(rule)),
    Column(lambda rule: explained.lifetime(rule)),
    Column(lambda rule: explained.origin(rule.origin)),
    Column(lambda rule: words.safe(rule.note)),
)


COVERS = 1
"""The column that says what a rule covers; of one that does nothing it has a mark."""


def titles() -> Sequence[str]:
    """Name the columns."""
    return (
        translate("RulesModel", "Verdict"),
        translate("RulesModel", "Covers"),
        translate("RulesModel", "Holds"),
        translate("RulesModel", "Origin"),
        translate("RulesModel", "Note"),
    )


def _covers(rule: Rule) -> str:
    covers = explained.covered(rule.scope)
    if not rule.children:
        return covers
    return translate("RulesModel", "{covers}, and what it starts").format(covers=covers)


class RulesModel(QAbstractTableModel):
    """Shows rules; it never changes one itself, it waits for the helper to say so.

    Signals:
        switched(Rule, bool): the check mark of a rule was clicked.
    """

    switched = Signal(object, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rules: Sequence[Listed] = ()
        self._flaws: Mapping[Rule, Finding] = {}

    def show(self, rules: Sequence[Listed], findings: Sequence[Finding] = ()) -> None:
        """Replace what the table shows; only what is other where there are as many as before."""
        flaws = {each.rule: each for each in findings}
        if len(rules) == len(self._rules):
            self._rules, self._flaws = rules, flaws
            if rules:
                self.dataChanged.emit(
                    self.index(0, 0), self.index(len(rules) - 1, len(COLUMNS) - 1)
                )
            return
        self.beginResetModel()
        self._rules, self._flaws = rules, flaws
        self.endResetModel()

    def row_of(self, rule: Rule) -> int:
        """Say where a rule stands, or what took its place; -1 where there is nothing of it."""
        rules = [each for each, _ in self._rules]
        if rule in rules:
            return rules.index(rule)
        same = (row for row, each in enumerate(rules) if each.scope == rule.scope)
        return next(same, -1)

    # -- what Qt asks -----------------------------------------------------------------

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rules)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid() and index.column() == 0 and self._is_changeable(index):
            return flags | Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        rule, in_force = self._rules[index.row()]
        column = COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(rule)
            case Qt.ItemDataRole.DecorationRole:
                flawed = index.column() == COVERS and rule in self._flaws
                return icons.own("stile-flaw") if flawed else column.icon(rule)
            case Qt.ItemDataRole.CheckStateRole if index.column() == 0:
                checked, unchecked = Qt.CheckState.Checked, Qt.CheckState.Unchecked
                return checked if rule.enabled else unchecked
            case Qt.ItemDataRole.ToolTipRole:
                return words.tooltip(self.explanation(rule, in_force=in_force))
            case _ if role == RULE:
                return rule
            case _ if role == IN_FORCE:
                return in_force
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not self._is_changeable(index):
            return False
        rule, _ = self._rules[index.row()]
        self.switched.emit(rule, Qt.CheckState(value) is Qt.CheckState.Checked)
        return False  # it is as before, until the helper says otherwise

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return titles()[section]

    def explanation(self, rule: Rule, *, in_force: bool) -> str:
        """Say all there is to say about a rule."""
        lines = [explained.sentence(rule)]
        if flaw := self._flaws.get(rule):
            lines.append(explained.finding(flaw))
        elif rule.enabled and not in_force:
            said = translate("RulesModel", "Another rule about the same is in force in its place.")
            lines.append(said)
        if rule.note:
            lines.append(words.safe(rule.note))
        return "\n".join(lines)

    def _is_changeable(self, index: Index) -> bool:
        return self._rules[index.row()][0].lifetime is not Lifetime.QUIT
