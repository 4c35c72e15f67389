"""The three buttons that decide. None of them is the default, and Return presses none."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from stile.language import translate
from stile.rules import Action
from stile_ui import icons


class VerdictButtons(QWidget):
    """Says what is pressed, and what is about to be.

    Signals:
        pressed(Action): by the mouse, by its key, or by Space on it.
        aimed_at(Action | None): the mouse, or the focus, is on it; or on none any more.
        entered(): the focus has come to one.
        typed(QKeyEvent): a key came that presses nothing.
    """

    pressed = Signal(object)
    aimed_at = Signal(object)
    entered = Signal()
    typed = Signal(object)

    def __init__(self, parent: QWidget, armed: Callable[[], bool]) -> None:
        super().__init__(parent)
        self._armed = armed
        self._buttons: dict[QObject, Action] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for action, name, hint in _verdicts():
            button = self._button(action, name, hint)
            self._buttons[button] = action
            row.addWidget(button)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (action := self._buttons.get(watched)) is not None:
            self._happened_to(action, event)
        return super().eventFilter(watched, event)

    def _happened_to(self, action: Action, event: QEvent) -> None:
        """Look at what a button is about to get."""
        match event.type():
            case QEvent.Type.Enter:
                self.aimed_at.emit(action)
            case QEvent.Type.FocusIn:
                self.aimed_at.emit(action)
                self.entered.emit()
            case QEvent.Type.Leave | QEvent.Type.FocusOut:
                self.aimed_at.emit(None)
            case QEvent.Type.KeyPress if isinstance(event, QKeyEvent):
                if not (event.key() == Qt.Key.Key_Space and self._armed()):
                    self.typed.emit(event)

    def _button(self, action: Action, name: str, hint: str) -> QPushButton:
        button = QPushButton(icons.verdict(action), name, self)
        button.setToolTip(hint)
        button.setAutoDefault(False)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setMinimumHeight(34)
        if action is not Action.DROP:
            button.setMinimumWidth(96)
        button.clicked.connect(lambda: self.pressed.emit(action))
        button.installEventFilter(self)
        return button


def _verdicts() -> Sequence[tuple[Action, str, str]]:
    return (
        (
            Action.DROP,
            translate("VerdictButtons", "Deny &silently"),
            translate("VerdictButtons", "The program hears nothing and waits until it gives up."),
        ),
        (
            Action.DENY,
            translate("VerdictButtons", "&Deny"),
            translate("VerdictButtons", "The program is told at once that it may not."),
        ),
        (
            Action.ALLOW,
            translate("VerdictButtons", "&Allow"),
            translate("VerdictButtons", "The connection goes on as if nothing had been."),
        ),
    )
