"""Carries questions from the helper to the person, and answers back."""

from PySide6.QtCore import QObject, QTimer, Signal

from stile import sentences
from stile.connections import Connection
from stile.language import translate
from stile.questions import Question, QuestionId, Why
from stile.rules import Choice, Lifetime
from stile_ui import words
from stile_ui.firewall import Firewall
from stile_ui.prompt import Prompt
from stile_ui.prompts import Prompts
from stile_ui.undo import Undo

LINGER = 250
"""Milliseconds for which the window stays when the last question is over: what an answer did not
cover is asked about anew at once, and the window would come and go."""


class Agent(QObject):
    """Decides when the prompt is on the screen: whenever a question comes, until it is put away.

    Signals:
        counted(int): so many questions are open.
    """

    counted = Signal(int)

    def __init__(
        self, firewall: Firewall, prompts: Prompts, prompt: Prompt, undo: Undo | None = None
    ) -> None:
        super().__init__(prompt)
        self._firewall = firewall
        self._prompts = prompts
        self._prompt = prompt
        self._undo = undo or Undo()  # no child of the prompt: it stays when that goes
        self._given: dict[QuestionId, tuple[Connection, Choice]] = {}
        self._leaving = QTimer(self)
        self._leaving.setSingleShot(True)
        self._leaving.setInterval(LINGER)
        self._leaving.timeout.connect(prompt.hide)
        firewall.present.connect(self._helper_changed)
        firewall.asked.connect(self._asked)
        firewall.withdrawn.connect(self._withdrawn)
        firewall.answered.connect(self._answered)
        firewall.unanswered.connect(self._unanswered)
        firewall.detailed.connect(prompt.show_details)
        firewall.undetailed.connect(prompt.show_no_details)
        firewall.taken_back.connect(self._taken_back)
        prompts.changed.connect(self._show)
        prompts.arrived.connect(self._arrived)
        prompt.decided.connect(self._decided)
        prompt.turned.connect(prompts.turn)
        prompt.looked_at.connect(prompts.show)
        prompt.clock_wanted.connect(firewall.stop_clock)
        prompt.details_wanted.connect(firewall.look_closer)
        prompt.undo_wanted.connect(self._undo.undo)
        self._undo.wanted.connect(firewall.take_back)

    def call_back(self) -> None:
        """Show the questions that were put away; the person asked for them, so take the focus."""
        if len(self._prompts):
            self._prompt.show()
            self._prompt.raise_()
            self._prompt.activateWindow()

    def _helper_changed(self, _present: object) -> None:
        self._prompts.clear()  # what a former helper asked, nobody waits for any more
        self._given.clear()
        self._undo.withdraw()

    def _asked(self, question: Question) -> None:
        self._prompts.ask(question)

    def _withdrawn(self, question: QuestionId, _why: Why) -> None:
        self._prompts.withdraw(question)

    def _arrived(self, question: QuestionId) -> None:
        if not self._prompt.isVisible():
            self._prompts.show(question)
            self._prompt.show()

    def _show(self) -> None:
        if (current := self._prompts.current) is None:
            self._prompt.show_nothing()
            self._leaving.start()
        else:
            self._leaving.stop()
            self._prompt.show_question(current, self._prompts.all)
        self.counted.emit(len(self._prompts))

    # -- answers ---------------------------------------------------------------------------

    def _decided(self, question: QuestionId, choice: Choice) -> None:
        if (current := self._prompts.current) is not None and current.question.id == question:
            self._given[question] = current.connection, choice
        self._prompts.answering(question)
        self._firewall.answer(question, choice)

    def _answered(self, question: QuestionId, taken: object) -> None:
        self._prompts.withdraw(question)
        given = self._given.pop(question, None)
        if taken and given is not None and given[1].lifetime is not Lifetime.ONCE:
            connection, choice = given
            self._undo.offer(question, choice.action, words.safe(_said(connection, choice)))

    def _unanswered(self, question: QuestionId, why: str) -> None:
        self._given.pop(question, None)
        self._prompts.unanswered(question, why)

    def _taken_back(self, _question: QuestionId, why_not: str) -> None:
        done = translate("Agent", "Taken back. The next attempt is asked about again.")
        self._undo.tell(words.safe(why_not) or done)


def _said(connection: Connection, choice: Choice) -> str:
    said = sentences.follows(connection, choice)
    if choice.every:
        return translate("Agent", "{answer}, and the like for all that waited").format(answer=said)
    return said
