"""Rules that come in from a file or a folder, looked at before they do."""

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from stile.arrivals import Arrivals, Remark
from stile.exchange import Unreadable, read_rules
from stile.language import translate
from stile.rules import Rule
from stile_ui import explained, icons, words
from stile_ui.changes import Change, RulesAbout, displaced
from stile_ui.facts import plain_label
from stile_ui.strip import TROUBLE, WARNING, Strip

THEIRS = "/etc/opensnitchd/rules"
RULE = Qt.ItemDataRole.UserRole
ROW = 28


class ImportPreview(QDialog):
    """Shows what would come in, what would not, and why; adds what has a check mark.

    Signals:
        chosen(Change): these rules shall be added; emitted once.
    """

    chosen = Signal(object)

    def __init__(self, about: RulesAbout, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._about = about
        self.setWindowTitle(translate("ImportPreview", "Import rules"))
        self.resize(860, 560)
        self._path = QLineEdit(self)
        self._path.setAccessibleName(translate("ImportPreview", "File or folder"))
        self._path.setPlaceholderText(
            translate("ImportPreview", "A .toml file of Stile's, or a folder of OpenSnitch's rules")
        )
        self._path.returnPressed.connect(self._read)
        self._failure, self._lost = Strip(self, TROUBLE), Strip(self, WARNING)
        self._summary = plain_label(self, wrap=True)
        self._summary.setText(
            translate("ImportPreview", "Choose what to import: you see it here before it counts.")
        )
        self._list = self._tree()
        self._list.itemChanged.connect(self._show_count)
        self._build()
        self._show_count()
        if Path(THEIRS).is_dir():
            self._path.setText(THEIRS)

    def read(self, path: Path) -> None:
        """Show what a file or a folder would bring."""
        self._path.setText(str(path))
        self._read()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return in the path looks at what is there: it must not take it in as well."""
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and not self._go.hasFocus():
            return
        super().keyPressEvent(event)

    def accept(self) -> None:
        """Have what is checked added."""
        rules = self._checked
        if not rules:
            return
        text = translate("ImportPreview", "Import %n rule|Import %n rules", None, len(rules))
        gone = [each for rule in rules for each in displaced(rule, self._about)]
        self.chosen.emit(Change(text, tuple(gone), tuple(rules)))
        super().accept()

    def _read(self) -> None:
        self._failure.say("")
        text = self._path.text().strip()
        if not text:
            return
        try:
            arrivals = read_rules(Path(text), time.time())
        except Unreadable as error:
            self._failure.say(words.safe(str(error)))
            arrivals = Arrivals()
        self._show(arrivals)

    def _show(self, arrivals: Arrivals) -> None:
        self._list.blockSignals(True)  # noqa: FBT003 # Qt has no keywords
        self._list.clear()
        said = {rule: bool(displaced(rule, self._about)) for rule in arrivals.rules}
        lost = [each for each in arrivals.remarks if each.lost]
        others = [each for each in arrivals.remarks if not each.lost]
        self._list.addTopLevelItems([_lost(each) for each in lost])
        self._list.addTopLevelItems([_remarked(each) for each in others])
        self._list.addTopLevelItems([_coming(rule, replaces=r) for rule, r in said.items()])
        self._list.blockSignals(False)  # noqa: FBT003 # Qt has no keywords
        self._summary.setText(
            translate(
                "ImportPreview", "%n rule can come in.|%n rules can come in.", None, len(said)
            )
        )
        self._lost.say(_how_many_lost(len(lost)) if lost else "")
        self._show_count()

    @property
    def _checked(self) -> list[Rule]:
        items = (self._list.topLevelItem(n) for n in range(self._list.topLevelItemCount()))
        checked = (each for each in items if each and each.checkState(0) is Qt.CheckState.Checked)
        return [rule for each in checked if isinstance(rule := each.data(0, RULE), Rule)]

    def _show_count(self) -> None:
        count = len(self._checked)
        text = translate("ImportPreview", "&Import %n rule|&Import %n rules", None, count)
        self._go.setText(text)
        self._go.setEnabled(count > 0)

    # -- how it looks ------------------------------------------------------------------

    def _tree(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setAccessibleName(translate("ImportPreview", "What would come in"))
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setIconSize(QSize(18, 18))
        tree.setHeaderLabels(
            [
                translate("ImportPreview", "Application"),
                translate("ImportPreview", "Rule"),
                translate("ImportPreview", "Remark"),
            ]
        )
        for column, width in enumerate((190, 260)):
            tree.setColumnWidth(column, width)
        return tree

    def _build(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self._path, 1)
        for text, choose in (
            (translate("ImportPreview", "&File…"), self._choose_file),
            (translate("ImportPreview", "F&older…"), self._choose_folder),
            (translate("ImportPreview", "&Look"), self._read),
        ):
            button = QPushButton(text, self)
            button.setAutoDefault(False)
            button.clicked.connect(choose)
            row.addWidget(button)
        buttons = QDialogButtonBox(self)
        self._go = buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        self._go.setAutoDefault(False)
        cancel = translate("ImportPreview", "Cancel")
        buttons.addButton(cancel, QDialogButtonBox.ButtonRole.RejectRole).setAutoDefault(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addLayout(row)
        for widget in (self._failure, self._summary, self._lost, self._list, buttons):
            column.addWidget(widget)

    def _choose_file(self) -> None:
        title = translate("ImportPreview", "Import rules")
        kinds = translate("ImportPreview", "Rules (*.toml *.json)")
        path, _ = QFileDialog.getOpenFileName(self, title, "", kinds)
        if path:
            self.read(Path(path))

    def _choose_folder(self) -> None:
        title = translate("ImportPreview", "Import rules")
        if path := QFileDialog.getExistingDirectory(self, title):
            self.read(Path(path))


def _how_many_lost(count: int) -> str:
    return translate(
        "ImportPreview",
        "%n is not carried over: see why below.|%n are not carried over: see why below.",
        None,
        count,
    )


def _row(cells: Sequence[str]) -> QTreeWidgetItem:
    item = QTreeWidgetItem([words.safe(each) for each in cells])
    item.setSizeHint(0, QSize(0, ROW))
    for column, text in enumerate(cells):
        item.setToolTip(column, words.tooltip(words.safe(text)))
    return item


def _coming(rule: Rule, *, replaces: bool) -> QTreeWidgetItem:
    remarks = [translate("ImportPreview", "takes the place of one of yours")] if replaces else []
    if not rule.enabled:
        remarks.append(translate("ImportPreview", "is switched off"))
    covers = f"{explained.verdict(rule.action)}: {explained.covered(rule.scope)}"
    remarks.append(rule.note)
    item = _row([rule.application.title, covers, ", ".join(filter(None, remarks))])
    item.setIcon(0, icons.of_application(rule.application))
    item.setIcon(1, icons.verdict(rule.action))
    item.setData(0, RULE, rule)
    item.setCheckState(0, Qt.CheckState.Checked)
    return item


def _lost(remark: Remark) -> QTreeWidgetItem:
    item = _row([remark.source, translate("ImportPreview", "Not carried over"), remark.text])
    item.setForeground(1, TROUBLE)
    return item


def _remarked(remark: Remark) -> QTreeWidgetItem:
    return _row([remark.source, translate("ImportPreview", "Please note"), remark.text])
