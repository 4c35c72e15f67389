"""The form for a rule about an application that has not asked yet."""

import os
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from stile.applications import Application, Kind, spelled
from stile.rules import Action, Lifetime, Rule
from stile_ui import icons
from stile_ui.rules_model import SPANS, VERDICTS
from stile_ui.strip import TROUBLE, Strip

LASTING = (Lifetime.FOREVER, Lifetime.REBOOT)


class NewRule(QDialog):
    """Asks for an application, a verdict and a lifetime.

    Signals:
        made(Rule): the form was filled in; emitted once.
    """

    made = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Add a rule")
        self.setMinimumWidth(460)
        self._program = QLineEdit(self)
        self._program.setPlaceholderText("/usr/bin/curl, or an identity like path:/usr/bin/curl")
        self._verdict, self._lifetime = QComboBox(self), QComboBox(self)
        for action, name in VERDICTS.items():
            self._verdict.addItem(icons.verdict(action), name, action)
        for lifetime in LASTING:
            self._lifetime.addItem(SPANS[lifetime], lifetime)
        self._children = QCheckBox("also for programs that it &starts", self)
        self._children.setToolTip("Where they have no rules of their own.")
        self._note = QLineEdit(self)
        self._wrong = Strip(self, TROUBLE)
        self._build()

    def accept(self) -> None:
        """Make the rule, or say what is wrong with it."""
        try:
            rule = Rule(
                application_of(self._program.text().strip()),
                Action(self._verdict.currentData()),
                LASTING[self._lifetime.currentIndex()],
                self._note.text().strip(),
                children=self._children.isChecked(),
            )
        except ValueError as error:
            sentence = str(error)
            self._wrong.say(sentence[:1].upper() + sentence[1:])
            return
        self.made.emit(rule)
        super().accept()

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose a program", "/usr/bin")
        if path:
            self._program.setText(path)

    def _build(self) -> None:
        browse = QPushButton("&Choose…", self)
        browse.setAutoDefault(False)
        browse.clicked.connect(self._choose)
        program = QHBoxLayout()
        program.addWidget(self._program, 1)
        program.addWidget(browse)
        form = QFormLayout()
        form.addRow("&Program", program)
        form.labelForField(program).setBuddy(self._program)  # type: ignore[attr-defined]
        form.addRow("&Verdict", self._verdict)
        form.addRow("", self._children)
        form.addRow("&Holds", self._lifetime)
        form.addRow("&Note", self._note)
        buttons = QDialogButtonBox(self)
        buttons.addButton("&Add rule", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self._wrong)
        column.addStretch(1)
        column.addWidget(buttons)


def application_of(text: str) -> Application:
    """Read a path as people write it, or an identity. Raises ValueError that says what is wrong.

    The helper knows a program by the file that runs in the end, so links are followed.
    """
    if text.startswith("/"):
        return Application(Kind.PATH, spelled(os.fsencode(Path(text).resolve())))
    if not text:
        raise ValueError("which program is it about? A path like /usr/bin/curl is enough")
    return Application.parse(text)
