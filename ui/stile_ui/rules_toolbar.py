"""What can be done on the page with the rules: a row of buttons, each with a key."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from stile.language import translate
from stile_ui import words


class RulesToolbar(QWidget):
    """Buttons, and which of them there is something to do for.

    Signals:
        add_wanted(), undo_wanted(), redo_wanted(), clean_up_wanted(), import_wanted(),
        export_wanted()
    """

    add_wanted, undo_wanted, redo_wanted = Signal(), Signal(), Signal()
    clean_up_wanted, import_wanted, export_wanted = Signal(), Signal(), Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._add = self._button(translate("RulesToolbar", "&Add rule…"), QKeySequence("Ctrl+N"))
        self._undo = self._button(translate("RulesToolbar", "&Undo"), QKeySequence("Ctrl+Z"))
        self._redo = self._button(translate("RulesToolbar", "&Redo"), QKeySequence("Ctrl+Shift+Z"))
        self._clean_up = self._button("", QKeySequence("Ctrl+L"))
        self._import = self._button(translate("RulesToolbar", "&Import…"), QKeySequence("Ctrl+O"))
        self._export = self._button(translate("RulesToolbar", "E&xport…"), QKeySequence("Ctrl+S"))
        for button in (self._add, self._undo, self._redo):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self._clean_up, self._import, self._export):
            row.addWidget(button)
        self._add.clicked.connect(self.add_wanted)
        self._undo.clicked.connect(self.undo_wanted)
        self._redo.clicked.connect(self.redo_wanted)
        self._clean_up.clicked.connect(self.clean_up_wanted)
        self._import.clicked.connect(self.import_wanted)
        self._export.clicked.connect(self.export_wanted)
        self._present, self._flaws, self._undoable, self._redoable = False, 0, "", ""
        self._show()

    def show_presence(self, present: bool) -> None:  # noqa: FBT001 # as Qt calls it
        """Without a helper nothing can be changed."""
        self._present = present
        self._show()

    def show_problems(self, count: int) -> None:
        """Offer to clean up, where there is something to."""
        self._flaws = count
        self._show()

    def show_history(self, undoable: str, redoable: str) -> None:
        """Offer to undo or redo what these texts name."""
        self._undoable, self._redoable = undoable, redoable
        self._show()

    def _show(self) -> None:
        self._add.setEnabled(self._present)
        self._import.setEnabled(self._present)
        self._undo.setEnabled(self._present and bool(self._undoable))
        self._redo.setEnabled(self._present and bool(self._redoable))
        self._undo.setToolTip(words.tooltip(self._undoable) if self._undoable else "")
        self._redo.setToolTip(words.tooltip(self._redoable) if self._redoable else "")
        self._clean_up.setEnabled(self._present and self._flaws > 0)
        text = translate("RulesToolbar", "C&lean up…")
        if self._flaws:
            said = translate("RulesToolbar", "C&lean up ({count})…")
            text = said.format(count=self._flaws)
        self._clean_up.setText(text)
        self._clean_up.setShortcut(QKeySequence("Ctrl+L"))

    def _button(self, text: str, keys: QKeySequence) -> QPushButton:
        button = QPushButton(text, self)
        button.setShortcut(keys)
        button.setAccessibleName(text.replace("&", ""))
        return button
