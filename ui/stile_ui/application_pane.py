"""One application, opened: its rules in a table, and the selected one in words."""

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from stile.applications import Application
from stile.language import translate
from stile.lint import Finding
from stile.rules import Lifetime, Rule
from stile_ui import icons, words
from stile_ui.facts import Elided, muted, plain_label
from stile_ui.rulebook import Shelf
from stile_ui.rules_model import IN_FORCE, RULE, RulesModel
from stile_ui.rules_view import RulesView

ICON = 40


class ApplicationPane(QWidget):
    """Shows the rules of an application, and says what the person does with them.

    Signals:
        add_wanted(), edit_wanted(Rule), copy_wanted(Rule), removal_wanted(list[Rule]),
        switch_wanted(Rule, bool), menu_wanted(QPoint, list[Rule])
    """

    add_wanted = Signal()
    edit_wanted, copy_wanted, removal_wanted = Signal(object), Signal(object), Signal(object)
    switch_wanted = Signal(object, bool)
    menu_wanted = Signal(object, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: Application | None = None
        self._expected: Rule | None = None
        self._model = RulesModel(self)
        self._model.switched.connect(self.switch_wanted)
        self._build()
        self.show_shelf(None)

    def show_shelf(self, shelf: Shelf | None, findings: Sequence[Finding] = ()) -> None:
        """Show the rules of an application; what is selected stays so, if it is there still."""
        former = self.selected[:1] if shelf and shelf.application == self._shown else []
        self._shown = shelf.application if shelf else None
        self._body.setVisible(shelf is not None)
        self._nothing.setVisible(shelf is None)
        self._model.show(shelf.listed if shelf else (), findings)
        if shelf is not None:
            self._title.setText(shelf.title)
            self._who.show_text(words.safe(str(shelf.application)))
            icon = icons.of_application(shelf.application)
            self._icon.setPixmap(icon.pixmap(ICON, ICON))
            wanted = self._expected if self._expected in shelf.rules else None
            row = self._model.row_of(wanted or former[0]) if wanted or former else 0
            self._select(max(0, row))
        self._show_selection()

    def _select(self, row: int) -> None:
        """Select a row alone; `selectRow` would go by the keys that are held at this moment."""
        index, how = self._model.index(row, 0), QItemSelectionModel.SelectionFlag
        rows = how.ClearAndSelect | how.Rows
        self._view.selectionModel().setCurrentIndex(index, rows)

    def expect(self, rule: Rule) -> None:
        """Select a rule once it is there."""
        self._expected = rule

    @property
    def selected(self) -> list[Rule]:
        """The rules that are selected."""
        rows = sorted(self._view.selectionModel().selectedRows(), key=lambda index: index.row())
        return [index.data(RULE) for index in rows]

    @property
    def has_focus(self) -> bool:
        """Whether what is done is meant for the application that is open."""
        return self.isAncestorOf(self.focusWidget()) if self.focusWidget() else False

    def _show_selection(self) -> None:
        selected = self.selected
        single = len(selected) == 1
        changeable = single and selected[0].lifetime is not Lifetime.QUIT
        self._edit.setEnabled(changeable)
        self._copy.setEnabled(changeable)
        self._remove.setEnabled(bool(selected))
        self._says.setText(self._explanation() if single else "")
        if not single:
            self._says.setText(_how_many(len(selected)) if selected else "")

    def _explanation(self) -> str:
        (index,) = self._view.selectionModel().selectedRows()
        return self._model.explanation(index.data(RULE), in_force=index.data(IN_FORCE))

    # -- what the person does ----------------------------------------------------------

    def _ask_menu(self, place: QPoint) -> None:
        if self._view.indexAt(place).isValid():
            self.menu_wanted.emit(self._view.viewport().mapToGlobal(place), self.selected)

    # -- how it looks ------------------------------------------------------------------

    def _build(self) -> None:
        self._nothing = plain_label(self, wrap=True)
        self._nothing.setText(translate("RulesPage", "Choose an application to see its rules."))
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        muted(self._nothing)
        self._body = QWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 0, 0)
        column.addWidget(self._body)
        column.addWidget(self._nothing)
        inside = QVBoxLayout(self._body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(10)
        inside.addLayout(self._head())
        inside.addWidget(self._table(), 1)
        inside.addWidget(self._words())

    def _head(self) -> QHBoxLayout:
        self._icon = QLabel(self)
        self._title = plain_label(self)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setBold(True)
        self._title.setFont(font)
        self._title.setMinimumWidth(40)
        self._who = Elided(self)
        self._who.setAccessibleName(translate("RulesPage", "Identity of the application"))
        muted(self._who)
        names = QVBoxLayout()
        names.setSpacing(1)
        names.addWidget(self._title)
        names.addWidget(self._who)
        self._edit = self._button(translate("RulesPage", "&Edit…"), self._edit_selected)
        self._copy = self._button(translate("RulesPage", "&Copy…"), self._copy_selected)
        self._remove = self._button(translate("RulesPage", "Re&move"), self._remove_selected)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addLayout(names, 1)
        for button in (self._edit, self._copy, self._remove):
            row.addWidget(button)
        return row

    def _button(self, text: str, pressed: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setAccessibleName(text.replace("&", ""))
        button.clicked.connect(pressed)
        return button

    def _edit_selected(self) -> None:
        if len(selected := self.selected) == 1:
            self.edit_wanted.emit(selected[0])

    def _copy_selected(self) -> None:
        if len(selected := self.selected) == 1:
            self.copy_wanted.emit(selected[0])

    def _remove_selected(self) -> None:
        self.removal_wanted.emit(self.selected)

    def _table(self) -> RulesView:
        self._view = RulesView(self)
        self._view.setModel(self._model)
        self._view.share_width()
        self._view.selectionModel().selectionChanged.connect(self._show_selection)
        self._view.doubleClicked.connect(self._edit_selected)
        self._view.customContextMenuRequested.connect(self._ask_menu)
        context = Qt.ShortcutContext.WidgetShortcut
        for key, deed in (
            (QKeySequence.StandardKey.Delete, self._remove_selected),
            (Qt.Key.Key_Return, self._edit_selected),
        ):
            QShortcut(QKeySequence(key), self._view, deed, context=context)
        return self._view

    def _words(self) -> QFrame:
        frame = QFrame(self)
        frame.setFrameShape(QFrame.Shape.StyledPanel)
        self._says = plain_label(frame, wrap=True)
        self._says.setAccessibleName(translate("RulesPage", "What the selected rule does"))
        self._says.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._says.setMinimumHeight(3 * self._says.fontMetrics().lineSpacing())
        self._says.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        box = QVBoxLayout(frame)
        box.addWidget(self._says)
        return frame


def _how_many(count: int) -> str:
    return translate("RulesPage", "%n rule is selected.|%n rules are selected.", None, count)
