"""The rules as a table for Qt: one column, one line of code."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon

from stile import sentences
from stile.rules import Action, Lifetime, Origin, Rule
from stile_ui import icons, words

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
RULE = Qt.ItemDataRole.UserRole
"""The role under which a row gives its `Rule`."""
IN_FORCE = RULE + 1
SEARCHED = RULE + 2

VERDICTS = {
    Action.ALLOW: "Allow",
    Action.DENY: "Deny",
    Action.DROP: "Drop",
    Action.ASK: "Ask",
}
SPANS = {
    Lifetime.FOREVER: "Always",
    Lifetime.REBOOT: "Until reboot",
    Lifetime.QUIT: "Until it quits",
    Lifetime.ONCE: "Once",
}
ORIGINS = {
    Origin.SHIPPED: "Shipped",
    Origin.USER: "Yours",
    Origin.TIMED: "Timed",
    Origin.TEMPORARY: "Temporary",
}


def covered(rule: Rule) -> str:
    """Say what a rule covers; empty for everything."""
    return words.safe(sentences.covered(rule.scope))


def _span(rule: Rule) -> str:
    """Say how long a rule holds: "Always", "Until Tue 24 Nov 12:30"."""
    said = sentences.span(rule.lifetime, rule.until)
    return SPANS.get(rule.lifetime, said[:1].upper() + said[1:])


def no_icon(_: Rule) -> QIcon | None:
    """Most columns are words only."""
    return None


class Column(NamedTuple):
    """What a column is called, and what it says about a rule."""

    title: str
    text: Callable[[Rule], str]
    icon: Callable[[Rule], QIcon | None] = no_icon


COLUMNS = (
    Column(
        "Application",
        lambda rule: words.safe(rule.application.title),
        lambda rule: icons.of(rule.application),
    ),
    Column("Verdict", lambda rule: VERDICTS[rule.action], lambda rule: icons.verdict(rule.action)),
    Column("Covers", lambda rule: covered(rule) or "anything"),
    Column("Programs it starts", lambda rule: "The same" if rule.children else ""),
    Column("Holds", lambda rule: _span(rule)),
    Column("Origin", lambda rule: ORIGINS[rule.origin]),
    Column("Note", lambda rule: words.safe(rule.note)),
)


class RulesModel(QAbstractTableModel):
    """Shows rules; it never changes one itself, it waits for the helper to say so."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rules: Sequence[tuple[Rule, bool]] = ()

    def show(self, rules: Sequence[tuple[Rule, bool]]) -> None:
        """Replace what the table shows."""
        self.beginResetModel()
        self._rules = sorted(rules, key=_place)
        self.endResetModel()

    # -- what Qt asks -----------------------------------------------------------------

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rules)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        rule, in_force = self._rules[index.row()]
        column = COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(rule)
            case Qt.ItemDataRole.DecorationRole:
                return column.icon(rule)
            case Qt.ItemDataRole.ToolTipRole:
                return words.tooltip(_whole(rule, in_force=in_force))
            case _ if role == RULE:
                return rule
            case _ if role == IN_FORCE:
                return in_force
            case _ if role == SEARCHED:
                return " ".join([str(rule.application), *(each.text(rule) for each in COLUMNS)])
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return COLUMNS[section].title


def _place(listed: tuple[Rule, bool]) -> tuple[str, str, bool, str]:
    """Say where a rule stands: those of one application together, the narrow ones last."""
    rule, _ = listed
    application = rule.application
    return application.title.casefold(), str(application), rule.scope.is_narrow, covered(rule)


def _whole(rule: Rule, *, in_force: bool) -> str:
    """Say all there is to say about a rule."""
    lines = [words.safe(str(rule.application))]
    if rule.note:
        lines.append(words.safe(rule.note))
    if rule.scope.is_narrow:
        lines.append(f"Covers {covered(rule)}.")
    if not rule.enabled:
        lines.append("Not in force: it is switched off.")
    elif not in_force:
        lines.append("Not in force: another rule about the same application overrides it.")
    return "\n".join(lines)
