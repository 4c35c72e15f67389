"""Which questions are open, and which of their places is on the screen. No widgets."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from stile.connections import Connection
from stile.questions import Question, QuestionId


@dataclass(frozen=True, slots=True)
class Open:
    """A question that waits for its answer."""

    question: Question
    deadline: float
    """When the helper will withdraw it, by the clock of `Prompts`, unless its clock is stopped."""
    problem: str = ""
    """Why an answer that was given did not count."""
    answering: bool = False
    """An answer is on its way to the helper."""
    place: int = 0
    """Which of its places was looked at last."""

    @property
    def connection(self) -> Connection:
        """What is looked at."""
        return self.question.places[self.place]


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
    def all(self) -> Sequence[Open]:
        """All of them."""
        return list(self._open.values())

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
        former = self._open.get(question.id)
        waiting = Open(question, self._clock() + question.seconds)
        if former is not None and former.place < len(question.places):
            waiting = replace(waiting, place=former.place)
        self._open[question.id] = waiting
        if self._shown is None:
            self._shown = question.id
        self.changed.emit()
        if former is None:
            self.arrived.emit(question.id)

    def withdraw(self, question: QuestionId) -> None:
        """Forget a question; the next in line takes its place on the screen."""
        if question not in self._open:
            return
        if question == self._shown:
            numbers, at = list(self._open), self.position - 1
            self._shown = next(iter(numbers[at + 1 :] or numbers[at - 1 : at]), None)
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

    def show(self, question: QuestionId, place: int = 0) -> None:
        """Put a place of a question on the screen."""
        waiting = self._open.get(question)
        if waiting is None or place >= len(waiting.question.places):
            return
        if (question, place) != (self._shown, waiting.place):
            self._open[question] = replace(waiting, place=place)
            self._shown = question
            self.changed.emit()

    def turn(self, steps: int) -> None:
        """Look at another place; there is nothing before the first and after the last."""
        if (current := self.current) is None:
            return
        rows = [
            (waiting.question.id, place)
            for waiting in self._open.values()
            for place in range(len(waiting.question.places))
        ]
        at = rows.index((current.question.id, current.place)) + steps
        if 0 <= at < len(rows):
            self.show(*rows[at])

    def _note(self, question: QuestionId, *, answering: bool, problem: str) -> None:
        if (waiting := self._open.get(question)) is None:
            return
        self._open[question] = replace(waiting, problem=problem, answering=answering)
        self.changed.emit()
