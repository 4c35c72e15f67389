"""Carries questions from the helper to the person, and answers back."""

from PySide6.QtCore import QObject, Signal

from stile.questions import Question, QuestionId, Why
from stile.rules import Choice
from stile_ui.firewall import Firewall
from stile_ui.prompt import Prompt
from stile_ui.prompts import Prompts


class Agent(QObject):
    """Decides when the prompt is on the screen: whenever a question comes, until it is put away.

    Signals:
        counted(int): so many questions are open.
    """

    counted = Signal(int)

    def __init__(self, firewall: Firewall, prompts: Prompts, prompt: Prompt) -> None:
        super().__init__(prompt)
        self._firewall = firewall
        self._prompts = prompts
        self._prompt = prompt
        firewall.present.connect(self._helper_changed)
        firewall.asked.connect(self._asked)
        firewall.withdrawn.connect(self._withdrawn)
        firewall.answered.connect(prompts.withdraw)
        firewall.unanswered.connect(prompts.unanswered)
        prompts.changed.connect(self._show)
        prompts.arrived.connect(self._arrived)
        prompt.decided.connect(self._decided)
        prompt.turned.connect(prompts.turn)

    def call_back(self) -> None:
        """Show the questions that were put away; the person asked for them, so take the focus."""
        if len(self._prompts):
            self._prompt.show()
            self._prompt.raise_()
            self._prompt.activateWindow()

    def _helper_changed(self, _present: object) -> None:
        self._prompts.clear()  # what a former helper asked, nobody waits for any more

    def _asked(self, question: Question) -> None:
        self._prompts.ask(question)

    def _withdrawn(self, question: QuestionId, _why: Why) -> None:
        self._prompts.withdraw(question)

    def _arrived(self, question: QuestionId) -> None:
        if not self._prompt.isVisible():
            self._prompts.show(question)
            self._prompt.show()

    def _decided(self, question: QuestionId, choice: Choice) -> None:
        self._prompts.answering(question)
        self._firewall.answer(question, choice)

    def _show(self) -> None:
        if (current := self._prompts.current) is None:
            self._prompt.hide()
        else:
            self._prompt.show_question(current, self._prompts.position, len(self._prompts))
        self.counted.emit(len(self._prompts))
