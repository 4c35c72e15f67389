"""The window with all rules. It changes none: it says what the person did, and shows what is."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPoint, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from stile.rules import Action, Lifetime, Origin, Rule, RuleId
from stile_ui import icons, words
from stile_ui.facts import muted, plain_label
from stile_ui.new_rule import NewRule
from stile_ui.rules_model import RULE, SEARCHED, VERDICTS, RulesModel, covered
from stile_ui.rules_view import RulesView
from stile_ui.strip import NOTICE, TROUBLE, WARNING, Strip

EMPTY = (
    "No rules yet.\n\nStile asks when an application wants to connect for the first time;\n"
    "your answers appear here."
)
NOTHING_FOUND = "No rule matches what you search for."
AWAY = "Stile's helper is not running, so nothing can be changed here (systemctl start stiled)."


class RulesWindow(QWidget):
    """Lists, finds, changes and removes rules.

    Signals:
        change_wanted(RuleId, Action): another verdict was chosen.
        sharing_wanted(RuleId, bool): the programs it starts shall get its verdict, or not any more.
        removal_wanted(RuleId): a rule shall go.
        rule_wanted(Rule): a rule shall be added.
    """

    change_wanted = Signal(object, object)
    sharing_wanted = Signal(object, bool)
    removal_wanted = Signal(object)
    rule_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Stile: rules")
        self.resize(1040, 540)
        self._removing: Rule | None = None
        self._model = RulesModel(self)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._model)
        self._found.setFilterRole(SEARCHED)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._found.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._build()
        self._show_selection()

    # -- what is shown -----------------------------------------------------------------

    def show_rules(self, rules: Sequence[tuple[Rule, bool]]) -> None:
        """Show these rules; what was selected stays so, if it is still there."""
        selected = self.selected
        self._model.show(rules)
        self._select(selected.id if selected else RuleId(""))
        self._offer_undo({rule.id for rule, _ in rules})
        self._show_page()
        self._show_selection()

    def show_status(self, status: Mapping[str, Any]) -> None:
        """Show what is wrong."""
        self._problems.say("\n".join(words.safe(problem) for problem in status["problems"]))

    def show_failure(self, sentence: str) -> None:
        """Say why something that was wanted did not happen."""
        self._removing = None
        self._failure.say(words.safe(sentence))
        self._show_selection()

    def show_presence(self, present: object) -> None:
        """Say whether there is a helper; without one nothing here can be changed."""
        self._away.say("" if present else AWAY)
        for widget in (self._add, self._stack):
            widget.setEnabled(bool(present))
        self._show_selection()

    @property
    def selected(self) -> Rule | None:
        """The rule that is selected."""
        rows = self._view.selectionModel().selectedRows()
        rule = rows[0].data(RULE) if rows else None
        return rule if isinstance(rule, Rule) else None

    def _select(self, rule: RuleId) -> None:
        for row in range(self._found.rowCount()):
            if self._found.index(row, 0).data(RULE).id == rule:
                self._view.selectRow(row)

    def _offer_undo(self, there: set[RuleId]) -> None:
        if self._removing is not None and self._removing.id not in there:
            about = words.safe(self._removing.application.title)
            where = f" ({covers})" if (covers := covered(self._removing)) else ""
            self._undo.say(f"The rule about {about}{where} is gone.")

    def _show_page(self) -> None:
        page = self._view if self._found.rowCount() else self._nothing
        self._nothing.setText(NOTHING_FOUND if self._model.rowCount() else EMPTY)
        self._stack.setCurrentWidget(page)

    def _show_selection(self) -> None:
        rule = self.selected if self._stack.isEnabled() else None
        # about a process that runs there is nothing to change: it is removed, and asks again
        changeable = rule is not None and rule.lifetime is not Lifetime.QUIT
        for action, button in self._verdicts.items():
            button.setEnabled(changeable)
            button.setChecked(rule is not None and rule.action is action)
            font = button.font()
            font.setBold(button.isChecked())  # a pressed look alone is hard to see on dark themes
            button.setFont(font)
        self._children.setEnabled(changeable and rule is not None and rule.can_have_children)
        self._children.setChecked(rule is not None and rule.children)
        self._remove.setEnabled(rule is not None)

    # -- what the person does ----------------------------------------------------------

    def _change(self, action: Action) -> None:
        rule = self.selected
        self._show_selection()  # the button shows the verdict that is, until the helper says else
        if rule is None or rule.lifetime is Lifetime.QUIT:
            return
        if rule.action is not action:
            self._failure.say("")
            self.change_wanted.emit(rule.id, action)

    def _share(self, children: bool) -> None:  # noqa: FBT001 # as Qt calls it
        rule = self.selected
        self._show_selection()
        if rule is not None and rule.children is not children:
            self._failure.say("")
            self.sharing_wanted.emit(rule.id, children)

    def _remove_selected(self) -> None:
        if (rule := self.selected) is not None:
            self._failure.say("")
            self._undo.say("")
            # a shipped rule is not removed but overridden, and comes back when that one goes; one
            # about a process cannot be added
            lost = rule.origin is Origin.SHIPPED or rule.lifetime is Lifetime.QUIT
            self._removing = None if lost else rule
            self.removal_wanted.emit(rule.id)

    def _undo_removal(self) -> None:
        removed, self._removing = self._removing, None
        self._undo.say("")
        if removed is not None:
            self.rule_wanted.emit(removed)

    def _add_rule(self) -> None:
        dialog = NewRule(self)
        dialog.made.connect(self.rule_wanted)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _search(self, text: str) -> None:
        self._found.setFilterFixedString(text)
        self._show_page()
        self._show_selection()

    def _menu(self, place: QPoint) -> None:
        if not self._view.indexAt(place).isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action, name in VERDICTS.items():
            entry = menu.addAction(icons.verdict(action), name)
            entry.setEnabled(self._verdicts[action].isEnabled())
            entry.triggered.connect(lambda _=False, action=action: self._change(action))
        menu.addSeparator()
        menu.addAction("Remove").triggered.connect(self._remove_selected)
        menu.popup(self._view.viewport().mapToGlobal(place))

    # -- how it looks ------------------------------------------------------------------

    def _build(self) -> None:
        self._away, self._problems = Strip(self, WARNING), Strip(self, WARNING)
        self._failure = Strip(self, TROUBLE)
        self._undo = Strip(self, NOTICE, "Undo")
        self._undo.pressed.connect(self._undo_removal)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(10)
        column.addLayout(self._top())
        for strip in (self._away, self._problems, self._failure):
            column.addWidget(strip)
        column.addWidget(self._table(), 1)
        column.addWidget(self._undo)
        column.addLayout(self._bottom())
        QShortcut(QKeySequence.StandardKey.Find, self, self._search_field.setFocus)
        QShortcut(QKeySequence.StandardKey.Close, self, self.close)
        QShortcut(QKeySequence.StandardKey.Delete, self._view, self._remove_selected)

    def _top(self) -> QHBoxLayout:
        self._search_field = QLineEdit(self)
        self._search_field.setAccessibleName("Search")
        self._search_field.setPlaceholderText("Search applications, paths, notes")
        self._search_field.setClearButtonEnabled(True)
        self._search_field.textChanged.connect(self._search)
        self._add = QPushButton("&Add rule…", self)
        self._add.clicked.connect(self._add_rule)
        row = QHBoxLayout()
        row.addWidget(self._search_field, 1)
        row.addWidget(self._add)
        return row

    def _table(self) -> QWidget:
        self._view = RulesView(self)
        self._view.setAccessibleName("Rules")
        self._view.setModel(self._found)
        self._view.lay_out()
        self._view.selectionModel().selectionChanged.connect(self._show_selection)
        self._view.customContextMenuRequested.connect(self._menu)
        self._nothing: QLabel = plain_label(self)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        muted(self._nothing)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._view)
        self._stack.addWidget(self._nothing)
        self._show_page()
        return self._stack

    def _bottom(self) -> QHBoxLayout:
        row = QHBoxLayout()
        label = plain_label(self)
        label.setText("Verdict")
        row.addWidget(label)
        self._verdicts: dict[Action, QPushButton] = {}
        for action, name in VERDICTS.items():
            button = self._verdicts[action] = QPushButton(icons.verdict(action), name, self)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, action=action: self._change(action))
            row.addWidget(button)
        self._children = QCheckBox("also for programs it &starts", self)
        self._children.setToolTip("Where they have no rules of their own.")
        self._children.clicked.connect(self._share)
        row.addWidget(self._children)
        row.addStretch(1)
        self._remove = QPushButton("&Remove", self)
        self._remove.clicked.connect(self._remove_selected)
        row.addWidget(self._remove)
        return row
