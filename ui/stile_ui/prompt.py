"""The window that asks. It knows how to ask; it does not know who asked.

It takes no focus when it appears, and nothing that is typed by accident decides: there is no
default button, Escape only puts the window away, and an answer counts only after the question has
been on the screen, and the keyboard at rest, for a moment.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from stile import sentences
from stile.language import translate
from stile.questions import Details, QuestionId
from stile.rules import Action, Choice, Lifetime
from stile_ui import words
from stile_ui.countdown import Countdown
from stile_ui.countries import Countries
from stile_ui.details_panel import DetailsPanel
from stile_ui.facts import line, muted, plain_label
from stile_ui.prompts import Open
from stile_ui.question_list import QuestionList
from stile_ui.rule_choice import RuleChoice
from stile_ui.strip import NOTICE, TROUBLE, Strip
from stile_ui.summary import Summary
from stile_ui.verdict_buttons import VerdictButtons

ARMING = 700
"""Milliseconds for which a question only looks at you."""

WIDTH = 582
"""Of what is asked; the list of those that wait stands beside it."""
MODIFIERS = {
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Control,
    Qt.Key.Key_Shift,
    Qt.Key.Key_Meta,
}


class Prompt(QWidget):
    """Shows one open question at a time, and the others at its side.

    Signals:
        decided(QuestionId, Choice): the person chose.
        turned(int): the person wants to see the next place (1), or the one before (-1).
        looked_at(QuestionId, int): the person wants to see this place of that question.
        clock_wanted(QuestionId, bool): the clock shall stand (true), or go on.
        details_wanted(QuestionId, int): the person wants to know more about the process.
        undo_wanted(): the last answer shall be taken back.
        dismissed(): the window was put away; nothing is decided.
    """

    decided = Signal(object, object)
    turned = Signal(int)
    looked_at = Signal(object, int)
    clock_wanted = Signal(object, bool)
    details_wanted = Signal(object, int)
    undo_wanted = Signal()
    dismissed = Signal()

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        arming: int = ARMING,
        countries: Countries | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        # the window itself holds the focus: Qt would give it to the first thing that can be pressed
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._shown: Open | None = None
        self._arming = QTimer(self)
        self._arming.setSingleShot(True)
        self._arming.setInterval(arming)
        self._arming.timeout.connect(self._show_armed)
        self._moving = QTimer(self)
        self._moving.setSingleShot(True)
        self._moving.timeout.connect(self._stay_on_screen)
        self._build(countries or Countries())

    # -- what is asked -----------------------------------------------------------------

    def show_question(self, waiting: Open, questions: Sequence[Open]) -> None:
        """Put a question on the window, which stays hidden where it is."""
        before, self._shown = self._shown, waiting
        is_other = before is None or _differs(before, waiting)
        if is_other:
            self._choose_afresh(waiting)
        if is_other or self._has_grown(before, waiting):
            self._arm()
        title = words.safe(waiting.connection.application.title)
        self.setWindowTitle(translate("Prompt", "{who} wants to connect").format(who=title))
        self._summary.show_question(waiting.question, waiting.connection)
        self._show_waiting(waiting)
        self._show_others(waiting, questions)
        if is_other and self._unfold.isChecked():
            self._look_closer()
        self._show_armed()
        self._preview(None)

    def show_nothing(self) -> None:
        """Nobody waits any more: what is still on the screen cannot be answered."""
        self._shown = None
        self._show_armed()

    def show_details(self, question: QuestionId, place: int, details: Details) -> None:
        """Show what a closer look has found."""
        if self._is_shown(question, place):
            self._details.show_details(details)

    def show_no_details(self, question: QuestionId, place: int, why: str) -> None:
        """Say why there is no closer look."""
        if self._is_shown(question, place):
            self._details.fail(words.safe(why))

    @property
    def armed(self) -> bool:
        """Whether a click decides."""
        return self._shown is not None and not self._shown.answering and not self._arming.isActive()

    def _is_shown(self, question: QuestionId, place: int) -> bool:
        shown = self._shown
        return shown is not None and (shown.question.id, shown.place) == (question, place)

    def _has_grown(self, before: Open | None, waiting: Open) -> bool:
        """Whether an answer to all would be about more than somebody has read."""
        return (
            self._every.isChecked()
            and before is not None
            and before.question.places != waiting.question.places
        )

    def _choose_afresh(self, waiting: Open) -> None:
        self._rule.offer_for(waiting.connection)
        self._every.setChecked(False)

    def _show_waiting(self, waiting: Open) -> None:
        question = waiting.question
        self._held.setText(
            translate("Prompt", "%n packet is held|%n packets are held", None, question.waiting)
        )
        if question.stopped:
            self._countdown.stand(question.seconds)
        else:
            self._countdown.run(waiting.deadline, question.seconds)
        self._problem.say(words.safe(waiting.problem))

    def _show_others(self, waiting: Open, questions: Sequence[Open]) -> None:
        places = len(waiting.question.places)
        self._every.setVisible(places > 1)
        self._every.setText(
            translate("Prompt", "A&ll {count} of {who}, a rule each").format(
                count=places,
                who=words.in_menu(words.safe(waiting.connection.application.title)),
            )
        )
        self._list.setVisible(sum(len(each.question.places) for each in questions) > 1)
        self._list.show_questions(questions, waiting)

    # -- what is answered --------------------------------------------------------------

    def _arm(self) -> None:
        self._arming.start()
        self.setFocus()

    def _show_armed(self) -> None:
        self._verdicts.setEnabled(self.armed)

    def _clicked(self, action: Action) -> None:
        if self.armed and self._shown is not None:
            self.decided.emit(self._shown.question.id, self._choice(action))

    def _choice(self, action: Action) -> Choice:
        place = self._shown.place if self._shown else 0
        return self._rule.choice(action, place, every=self._every.isChecked())

    def _preview(self, action: Action | None) -> None:
        """Say which rule would follow: of a button, or of any."""
        if self._shown is None:
            return
        choice, connection = self._choice(action or Action.ALLOW), self._shown.connection
        sentence = sentences.follows(connection, choice, decided=action is not None)
        if self._every.isChecked() and choice.lifetime is not Lifetime.QUIT:
            count = len(self._shown.question.places)
            more = translate("Prompt", "The same for each of the {count} places.")
            sentence = f"{sentence} {more.format(count=count)}"
        self._outcome.say(words.safe(sentence))

    def _look_closer(self) -> None:
        self._details.setVisible(self._unfold.isChecked())
        is_open = self._unfold.isChecked()
        self._summary.show_command(shown=not is_open)
        self._unfold.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        if is_open and self._shown is not None:
            self._details.wait()
            self.details_wanted.emit(self._shown.question.id, self._shown.place)

    def _stop_clock(self, on: object) -> None:
        if self._shown is not None:
            self.clock_wanted.emit(self._shown.question.id, bool(on))

    # -- what Qt tells -----------------------------------------------------------------

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._moving.start()  # when all parts have found their size

    def _stay_on_screen(self) -> None:
        """Move aside where more is shown than fits: the answers stand at the bottom."""
        frame, room = self.frameGeometry(), self.screen().availableGeometry()
        aside = min(0, room.right() - frame.right()), min(0, room.bottom() - frame.bottom())
        if self.isVisible() and any(aside):
            x, y = (each + by for each, by in zip(frame.topLeft().toTuple(), aside, strict=True))
            self.move(max(room.left(), x), max(room.top(), y))
            self._arming.start()  # something else is under the hand now
            self._show_armed()

    # -- how it looks ------------------------------------------------------------------

    def _build(self, countries: Countries) -> None:
        self._summary = Summary(self, WIDTH, countries)
        self._problem = Strip(self, TROUBLE)
        self._rule = RuleChoice(self)
        self._rule.changed.connect(lambda: self._preview(None))
        self._outcome = Strip(self, NOTICE)
        self._outcome.setMinimumHeight(2 * self.fontMetrics().lineSpacing() + 16)  # nothing jumps
        self._details = DetailsPanel(self)
        self._details.hide()
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(self._summary)
        column.addLayout(self._unfolding())
        column.addWidget(self._details)
        column.addWidget(line(self))
        column.addWidget(self._rule)
        column.addWidget(self._outcome)
        column.addWidget(self._problem)
        column.addLayout(self._answers())
        self._countdown = Countdown(self)
        self._countdown.stop_wanted.connect(self._stop_clock)
        column.addWidget(self._countdown)
        for part in (self._details, self._rule, self._outcome, self._problem, self._countdown):
            part.setMinimumWidth(WIDTH)
        self._list = QuestionList(self)
        self._list.chosen.connect(self.looked_at)
        self._list.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 18, 20, 14)
        row.setSpacing(20)
        row.addLayout(column)
        row.addWidget(self._list)  # at the end: nothing moves under a hand when others come
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetFixedSize)
        for keys, deed in (
            ("Alt+Down", lambda: self.turned.emit(1)),
            ("Alt+Up", lambda: self.turned.emit(-1)),
            (QKeySequence.StandardKey.Undo, self.undo_wanted.emit),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(deed)

    def _unfolding(self) -> QHBoxLayout:
        self._unfold = QToolButton(self)
        self._unfold.setText(translate("Prompt", "D&etails"))
        self._unfold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._unfold.setArrowType(Qt.ArrowType.RightArrow)
        self._unfold.setAutoRaise(True)
        self._unfold.setCheckable(True)
        self._unfold.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._unfold.toggled.connect(lambda _: self._look_closer())
        self._held = plain_label(self)
        muted(self._held)
        row = QHBoxLayout()
        row.addWidget(self._unfold)
        row.addStretch(1)
        row.addWidget(self._held)
        return row

    def _answers(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._every = QCheckBox(self)
        self._every.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._every.toggled.connect(self._every_toggled)
        row.addWidget(self._every)
        row.addStretch(1)
        self._verdicts = VerdictButtons(self, lambda: self.armed)
        self._verdicts.pressed.connect(self._clicked)
        self._verdicts.aimed_at.connect(self._preview)
        self._verdicts.typed.connect(self._typed)
        # somebody who types Tab, Space elsewhere decides nothing
        self._verdicts.entered.connect(self._arming.start)
        row.addWidget(self._verdicts)
        return row

    def _every_toggled(self, on: object) -> None:
        if on:
            self._arming.start()
            self._show_armed()
        self._preview(None)


def _differs(one: Open, other: Open) -> bool:
    """Whether somebody who read the one would be surprised to have answered the other."""
    return (one.question.id, one.connection) != (other.question.id, other.connection)
