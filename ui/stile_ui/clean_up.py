"""Offers to remove rules that do nothing, in one go: a list with a reason each."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from stile.language import translate
from stile.lint import Finding, Problem
from stile_ui import explained, icons, words
from stile_ui.facts import plain_label

FINDING = Qt.ItemDataRole.UserRole
ROW = 28
HARMLESS = frozenset({Problem.NEVER, Problem.COVERED, Problem.OVER, Problem.LEFT})
"""Without these nothing is decided otherwise. A program that is gone may come back."""


class CleanUp(QDialog):
    """Lists what could go; what is certain to do nothing has a check mark.

    Signals:
        chosen(list[Rule]): these shall be removed; emitted once.
    """

    chosen = Signal(object)

    def __init__(self, findings: Sequence[Finding], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("CleanUp", "Clean up rules"))
        self.resize(760, 460)
        head = plain_label(self, wrap=True)
        head.setText(
            translate(
                "CleanUp",
                "Without the rules that are checked, no connection is decided otherwise. Those of "
                "programs that are gone may be wanted again, and are for you to choose.",
            )
        )
        self._list = QTreeWidget(self)
        self._list.setAccessibleName(translate("CleanUp", "Rules that do nothing"))
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setColumnCount(3)
        self._list.setIconSize(QSize(18, 18))
        self._list.setHeaderLabels(
            [
                translate("CleanUp", "Application"),
                translate("CleanUp", "Rule"),
                translate("CleanUp", "Why"),
            ]
        )
        self._list.addTopLevelItems([_item(each) for each in _sorted(findings)])
        for column, width in enumerate((180, 220)):
            self._list.setColumnWidth(column, width)
        self._list.itemChanged.connect(self._show)
        buttons = QDialogButtonBox(self)
        self._go = buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(translate("CleanUp", "Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column_of_all = QVBoxLayout(self)
        column_of_all.setSpacing(10)
        for widget in (head, self._list, buttons):
            column_of_all.addWidget(widget)
        self._show()

    def accept(self) -> None:
        """Have them removed."""
        self.chosen.emit([finding.rule for finding in self._checked])
        super().accept()

    @property
    def _checked(self) -> list[Finding]:
        items = (self._list.topLevelItem(n) for n in range(self._list.topLevelItemCount()))
        return [
            item.data(0, FINDING)
            for item in items
            if item is not None and item.checkState(0) is Qt.CheckState.Checked
        ]

    def _show(self) -> None:
        count = len(self._checked)
        self._go.setText(translate("CleanUp", "&Remove %n rule|&Remove %n rules", None, count))
        self._go.setEnabled(count > 0)


def _sorted(findings: Sequence[Finding]) -> list[Finding]:
    def place(finding: Finding) -> tuple[str, str, str]:
        application = finding.rule.application
        return application.title.casefold(), str(application), str(finding.rule.scope)

    return sorted(findings, key=place)


def _item(finding: Finding) -> QTreeWidgetItem:
    rule = finding.rule
    covers = f"{explained.verdict(rule.action)}: {explained.covered(rule.scope)}"
    why = explained.finding(finding)
    item = QTreeWidgetItem([words.safe(rule.application.title), covers, why])
    item.setIcon(0, icons.of_application(rule.application))
    item.setIcon(1, icons.verdict(rule.action))
    item.setToolTip(0, words.tooltip(words.safe(str(rule.application))))
    item.setToolTip(2, words.tooltip(why))
    item.setData(0, FINDING, finding)
    item.setSizeHint(0, QSize(0, ROW))
    checked = finding.problem in HARMLESS
    item.setCheckState(0, Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
    return item
