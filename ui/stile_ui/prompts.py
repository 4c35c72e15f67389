"""Which questions are open, and which of them is on the screen. No widgets."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from stile.questions import Question, QuestionId


@dataclass(frozen=True, slots=True)
class Open:
    """A question that waits for its answer."""

    question: Question
    deadline: float
    """When the helper will withdraw it, by the clock of `Prompts`."""
    problem: str = ""
    """Why an answer that was given did not count."""
    answering: bool = False
    """An answer is on its way to the helper."""


class Prompts(QObject):
    """The open questions, oldest first. A new one never pushes aside the one that is looked at.

    Signals:
        changed(): anything here is other than before.
        arrived(QuestionId): a question came that was not open before.
    """

    changed = Signal()
    arrived = Signal(object)

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._open: dict[QuestionId, Open] = {}
        self._shown: QuestionId | None = None

    def __len__(self) -> int:
        return len(self._open)

    @property
    def current(self) -> Open | None:
        """The question on the screen."""
        return None if self._shown is None else self._open[self._shown]

    @property
    def position(self) -> int:
        """Which one it is, counted from 1; 0 where none is open."""
        return 0 if self._shown is None else list(self._open).index(self._shown) + 1

    def ask(self, question: Question) -> None:
        """Take in a question, or its new details; those keep their place."""
        is_new = question.id not in self._open
        self._open[question.id] = Open(question, self._clock() + question.seconds)
        if self._shown is None:
            self._shown = question.id
        self.changed.emit()
        if is_new:
            self.arrived.emit(question.id)

    def withdraw(self, question: QuestionId) -> None:
        """Forget a question; the next in line takes its place on the screen."""
        if question not in self._open:
            return
        if question == self._shown:
            self._shown = self._neighbour(1) or self._neighbour(-1)
        del self._open[question]
        self.changed.emit()

    def answering(self, question: QuestionId) -> None:
        """Remember that an answer is on its way."""
        self._note(question, answering=True, problem="")

    def unanswered(self, question: QuestionId, why: str) -> None:
        """Remember that an answer did not count, and why."""
        self._note(question, answering=False, problem=why)

    def clear(self) -> None:
        """Forget all: the helper that asked is gone."""
        self._open.clear()
        self._shown = None
        self.changed.emit()

    def show(self, question: QuestionId) -> None:
        """Put a question on the screen."""
        if question in self._open and question != self._shown:
            self._shown = question
            self.changed.emit()

    def turn(self, steps: int) -> None:
        """Look at another question; there is nothing before the first and after the last."""
        if (neighbour := self._neighbour(steps)) is not None:
            self.show(neighbour)

    def _neighbour(self, steps: int) -> QuestionId | None:
        numbers, place = list(self._open), self.position - 1 + steps
        return numbers[place] if 0 <= place < len(numbers) else None

    def _note(self, question: QuestionId, *, answering: bool, problem: str) -> None:
        if (waiting := self._open.get(question)) is None:
            return
        self._open[question] = Open(waiting.question, waiting.deadline, problem, answering)
        self.changed.emit()
