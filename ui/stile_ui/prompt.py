"""The window that asks. It knows how to ask; it does not know who asked.

It takes no focus when it appears, and nothing that is typed by accident decides: there is no
default button, Escape only puts the window away, and an answer counts only after the question has
been on the screen, and the keyboard at rest, for a moment.
"""

import time

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from stile import sentences
from stile.applications import Application
from stile.connections import Connection
from stile.questions import About
from stile.rules import Action, Choice
from stile_ui import icons, words
from stile_ui.countdown import Countdown
from stile_ui.facts import Facts, line, monospaced, plain_label
from stile_ui.lifetimes import Lifetimes
from stile_ui.prompts import Open
from stile_ui.strip import TROUBLE, WARNING, Strip

ARMING = 700
"""Milliseconds for which a question only looks at you."""

WIDTH = 520
BUTTONS = (
    (Action.DROP, "Deny &silently", "The program hears nothing and waits until it gives up."),
    (Action.DENY, "&Deny", "The program is told at once that it may not."),
    (Action.ALLOW, "&Allow", "The connection goes on as if nothing had been."),
)
INFERRED = (
    "Which program this is was concluded, not seen: it was gone before it could be looked at."
)
MODIFIERS = {
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Control,
    Qt.Key.Key_Shift,
    Qt.Key.Key_Meta,
}


class Prompt(QWidget):
    """Shows one open question at a time.

    Signals:
        decided(QuestionId, Choice): the person chose.
        turned(int): the person wants to see the next question (1), or the one before (-1).
        dismissed(): the window was put away; nothing is decided.
    """

    decided = Signal(object, object)
    turned = Signal(int)
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None, *, arming: int = ARMING) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        # the window itself holds the focus: Qt would give it to the first thing that can be pressed
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(WIDTH)
        self._shown: Open | None = None
        self._arming = QTimer(self)
        self._arming.setSingleShot(True)
        self._arming.setInterval(arming)
        self._arming.timeout.connect(self._show_armed)
        self._build()

    # -- what is asked -----------------------------------------------------------------

    def show_question(self, waiting: Open, position: int, count: int) -> None:
        """Put a question on the window, which stays hidden where it is."""
        before, self._shown = self._shown, waiting
        if before is None or _differs(before, waiting):
            self._lifetimes.offer(waiting.question.connection)
            self._arm()
        self._show_connection(waiting.question.connection, waiting.question.about)
        self._show_waiting(waiting)
        self._show_place(position, count)
        self._show_armed()
        self._preview(None)

    @property
    def armed(self) -> bool:
        """Whether a click decides."""
        return self._shown is not None and not self._shown.answering and not self._arming.isActive()

    def _show_connection(self, connection: Connection, about: About) -> None:
        application = connection.application
        self._icon.setPixmap(icons.of(application, about.icon).pixmap(48, 48))
        sentence = words.safe(sentences.asked(connection))
        self.setWindowTitle(f"{words.safe(application.title)} wants to connect")
        self._sentence.setText(sentence)
        known = words.safe(sentences.belongs_to(about))
        self._known.setText(known)
        self._facts.show_row(self._known, visible=bool(known))
        self._name_program(application)
        self._command.show_text(words.command_line(connection.process.command))
        self._facts.show_row(self._command, visible=bool(connection.process.command))
        self._user.setText(words.user(connection.process.uid))
        protocol = str(connection.flow.protocol).upper()
        self._destination.setText(f"{sentences.destination(connection.flow)}, {protocol}")
        self._inferred.say(INFERRED if connection.inferred else "")

    def _name_program(self, application: Application) -> None:
        identity = words.safe(application.name or application.title)
        metrics, room = self._program.fontMetrics(), WIDTH - 150
        self._program.setText(
            words.broken(identity, lambda text: metrics.horizontalAdvance(text) <= room, 3)
        )
        self._program.setToolTip(words.tooltip(words.safe(str(application))))

    def _show_waiting(self, waiting: Open) -> None:
        question = waiting.question
        packets = "1 packet" if question.waiting == 1 else f"{question.waiting} packets"
        self._held.setText(f"{packets} held until you answer")
        self._countdown.run(waiting.deadline, question.seconds)
        self._problem.say(words.safe(waiting.problem))

    def _show_place(self, position: int, count: int) -> None:
        self._place.setText(f"{position} of {count}")
        for widget in (self._place, self._previous, self._next):
            widget.setVisible(count > 1)
        self._previous.setEnabled(position > 1)
        self._next.setEnabled(position < count)

    # -- what is answered --------------------------------------------------------------

    def _arm(self) -> None:
        self._arming.start()
        self.setFocus()

    def _show_armed(self) -> None:
        for button in self._buttons.values():
            button.setEnabled(self.armed)

    def _clicked(self, action: Action) -> None:
        if self.armed and self._shown is not None:
            self.decided.emit(self._shown.question.id, self._choice(action))

    def _choice(self, action: Action) -> Choice:
        """Make the choice that a button stands for at this moment."""
        term = self._lifetimes.chosen
        return Choice(action, term.lifetime, term.until(time.time()))

    def _preview(self, action: Action | None) -> None:
        """Say what would follow: from pressing a button, or from the lifetime in general."""
        if self._shown is None:
            return
        application = self._shown.question.connection.application
        sentence = (
            sentences.held_for(application, self._lifetimes.chosen.lifetime)
            if action is None
            else sentences.follows(application, self._choice(action))
        )
        self._outcome.setText(words.safe(sentence))

    # -- what Qt tells -----------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        for action, button in self._buttons.items():
            if watched is button:
                return self._happened_to(action, event)
        return super().eventFilter(watched, event)

    def _happened_to(self, action: Action, event: QEvent) -> bool:
        """Look at what a button is about to get; true where it must not get it."""
        match event.type():
            case QEvent.Type.Enter:
                self._preview(action)
            case QEvent.Type.FocusIn:
                self._preview(action)
                self._arming.start()  # somebody who types Tab, Space elsewhere decides nothing
            case QEvent.Type.Leave | QEvent.Type.FocusOut:
                self._preview(None)
            case QEvent.Type.KeyPress if isinstance(event, QKeyEvent):
                if event.key() == Qt.Key.Key_Space and self.armed:
                    return False
                self._typed(event)
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Put the window away on Escape; whatever else comes here was meant for another window."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            self._typed(event)

    def _typed(self, event: QKeyEvent) -> None:
        """Take a key as a sign that somebody types, and wait until they have finished."""
        if event.key() not in MODIFIERS:  # Alt begins the shortcut of a button
            self._arming.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.dismissed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._arm()
        self._show_armed()

    # -- how it looks ------------------------------------------------------------------

    def _build(self) -> None:
        self._build_facts()
        self._lifetimes = Lifetimes(self)
        self._lifetimes.changed.connect(lambda: self._preview(None))
        self._outcome = plain_label(self, wrap=True)
        self._outcome.setMinimumHeight(2 * self.fontMetrics().lineSpacing())  # nothing may jump
        self._outcome.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._problem = Strip(self, TROUBLE)
        self._inferred = Strip(self, WARNING)
        self._countdown = Countdown(self)

        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addLayout(self._heading())
        for widget in (self._inferred, self._facts, line(self), self._lifetimes, self._outcome):
            column.addWidget(widget)
        column.addWidget(self._problem)
        column.addLayout(self._answers())
        column.addWidget(self._countdown)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)

    def _heading(self) -> QHBoxLayout:
        self._icon = QLabel(self)
        self._icon.setFixedSize(48, 48)
        self._sentence = plain_label(self, wrap=True)
        font = self._sentence.font()
        font.setPointSizeF(font.pointSizeF() * 1.2)
        font.setWeight(font.Weight.DemiBold)
        self._sentence.setFont(font)
        self._sentence.setFixedWidth(WIDTH - 40 - 48 - 14)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._sentence, 1)
        return row

    def _build_facts(self) -> None:
        self._facts = Facts(self)
        self._known = self._facts.add_label("Belongs to")
        self._program = self._facts.add_label("Program")
        self._command = self._facts.add_elided("Command")
        self._user = self._facts.add_label("User")
        self._destination = self._facts.add_label("Destination")
        self._held = self._facts.add_label("Waiting")
        monospaced(self._program)
        monospaced(self._command)

    def _answers(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._previous = self._arrow(Qt.ArrowType.LeftArrow, "The question before", -1)
        self._place = plain_label(self)
        self._next = self._arrow(Qt.ArrowType.RightArrow, "The next question", 1)
        for widget in (self._previous, self._place, self._next):
            row.addWidget(widget)
        row.addStretch(1)
        self._buttons: dict[Action, QPushButton] = {}
        for action, name, hint in BUTTONS:
            self._buttons[action] = button = self._button(action, name, hint)
            row.addWidget(button)
        return row

    def _button(self, action: Action, name: str, hint: str) -> QPushButton:
        button = QPushButton(icons.verdict(action), name, self)
        button.setToolTip(hint)
        button.setAutoDefault(False)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setMinimumHeight(34)
        if action is not Action.DROP:
            button.setMinimumWidth(96)
        button.clicked.connect(lambda: self._clicked(action))
        button.installEventFilter(self)
        return button

    def _arrow(self, arrow: Qt.ArrowType, hint: str, steps: int) -> QToolButton:
        button = QToolButton(self)
        button.setArrowType(arrow)
        button.setAutoRaise(True)
        button.setToolTip(hint)
        button.setAccessibleName(hint)
        button.clicked.connect(lambda: self.turned.emit(steps))
        return button


def _differs(one: Open, other: Open) -> bool:
    """Whether somebody who read the one would be surprised to have answered the other."""
    return (one.question.id, one.question.connection) != (
        other.question.id,
        other.question.connection,
    )
