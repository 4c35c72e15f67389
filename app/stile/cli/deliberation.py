"""Several questions before one person: which is looked at, and what would be answered.

No I/O here: `fullscreen.py` draws it and presses its keys. Time comes in as a value. Nothing is
decided in the first moment after a question has come before the person's eyes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from stile import sentences
from stile.questions import Question, QuestionId
from stile.rules import Action, Choice, Lifetime, Reach, Term, answer

T = TypeVar("T")
ARMING = 0.7
"""Seconds for which a question is only looked at, and after a key that says nothing."""
TERMS = (
    Term(Lifetime.ONCE),
    Term(Lifetime.QUIT),
    Term(Lifetime.UNTIL, 900),
    Term(Lifetime.UNTIL, 3600),
    Term(Lifetime.REBOOT),
    Term(Lifetime.FOREVER),
)
TERM_NAMES = ("once", "until it quits", "15 minutes", "an hour", "until reboot", "always")
ONCE, FOREVER = TERMS[0], TERMS[-1]


@dataclass(frozen=True, slots=True)
class Considered:
    """One open question, and what has been chosen about it until now."""

    question: Question
    deadline: float
    reach: Reach = Reach.ANYWHERE
    this_port: bool = False
    term: Term = ONCE
    is_aside: bool = False
    is_marked: bool = False
    """Whether it is to be answered together with others."""
    is_answering: bool = False
    problem: str = ""

    @property
    def is_lasting(self) -> bool:
        """Whether more than this connection can be decided."""
        return self.question.connection.application.can_have_rules

    @property
    def reaches(self) -> Sequence[Reach]:
        """How much an answer can be about."""
        if not self.is_lasting:
            return (Reach.ANYWHERE,)
        named = bool(self.question.connection.name)
        return tuple(each for each in Reach if each is not Reach.DOMAIN or named)

    @property
    def terms(self) -> Sequence[Term]:
        """How long it can hold: what is about less than all cannot hold until a process quits."""
        if not self.is_lasting:
            return (ONCE,)
        is_narrow = self.reach is not Reach.ANYWHERE or self.this_port
        return tuple(each for each in TERMS if not (is_narrow and each.lifetime is Lifetime.QUIT))

    @property
    def has_port(self) -> bool:
        """Whether an answer can be about the port alone."""
        connection = self.question.connection
        flow = connection.flow
        port = flow.source_port if flow.inbound else flow.port
        return self.is_lasting and flow.protocol.has_ports and bool(port) and not connection.lookup

    def choice(self, action: Action, now: float) -> Choice:
        """Make the choice that a verdict would be. *now*: seconds since the epoch."""
        narrow = {} if self.term == ONCE else {"reach": self.reach, "this_port": self.this_port}
        return Choice(action, self.term.lifetime, self.term.until(now), **narrow)  # type: ignore[arg-type] # each key has its type

    def place(self, reach: Reach) -> str:
        """Say which destination is meant by a reach; empty for any."""
        choice = Choice(Action.ALLOW, Lifetime.FOREVER, reach=reach)
        return answer(self.question.connection, choice).scope.words.get("to", "")

    def preview(self, action: Action, now: float) -> str:
        """Say what would follow from a verdict, in the words of the rule that it makes."""
        return sentences.follows(self.question.connection, self.choice(action, now))


class Deliberation:
    """The open questions, in the order in which they came."""

    def __init__(self, term: Term | None = None) -> None:
        self._term = term
        self._open: dict[QuestionId, Considered] = {}
        self._looked_at: QuestionId | None = None
        self._armed_at = 0.0

    # -- what happens outside ------------------------------------------------------------------

    def ask(self, question: Question, deadline: float, now: float) -> None:
        """Take in a question, or other details of one."""
        known = self._open.get(question.id)
        if known is None:
            self._open[question.id] = self._new(question, deadline)
        else:
            self._open[question.id] = replace(known, question=question, deadline=deadline)
            is_other = known.question.connection != question.connection
            if is_other and question.id == self._looked_at:
                self._arm(now)
        if self._looked_at is None:
            self._look_at(question.id, now)

    def withdraw(self, number: QuestionId, now: float) -> Considered | None:
        """Forget a question; gives what is forgotten."""
        if number not in self._open:
            return None
        before = list(self._open)
        gone = self._open.pop(number)
        if number == self._looked_at:
            at = before.index(number)
            others = [*before[at + 1 :], *reversed(before[:at])]
            self._look_at(
                next((each for each in others if not self._open[each].is_aside), None), now
            )
        return gone

    def gone(self) -> None:
        """Forget all: the helper went."""
        self._open.clear()
        self._looked_at = None

    def unanswered(self, number: QuestionId, why: str) -> None:
        """Remember that an answer did not count."""
        self._change(number, is_answering=False, problem=why)

    # -- what is seen --------------------------------------------------------------------------

    @property
    def questions(self) -> Sequence[Considered]:
        """All that are open."""
        return tuple(self._open.values())

    @property
    def current(self) -> Considered | None:
        """The one that is looked at."""
        return self._open.get(self._looked_at) if self._looked_at is not None else None

    @property
    def marked(self) -> Sequence[Considered]:
        """Those that the next verdict is about: the marked ones, or the one that is looked at."""
        chosen = [each for each in self._open.values() if each.is_marked and not each.is_answering]
        if chosen:
            return chosen
        current = self.current
        return [current] if current and not current.is_answering else []

    def armed(self, now: float) -> bool:
        """Whether a verdict counts."""
        return self.current is not None and now >= self._armed_at

    # -- what the person does ------------------------------------------------------------------

    def turn(self, steps: int, now: float) -> None:
        """Look at another question, also at one that was put aside."""
        numbers = list(self._open)
        if not numbers:
            return
        at = numbers.index(self._looked_at) + steps if self._looked_at in numbers else 0
        self._look_at(numbers[min(max(at, 0), len(numbers) - 1)], now)

    def put_aside(self, now: float) -> None:
        """Look at the next one; this one stays open, and what waits for it is held."""
        if (number := self._looked_at) is None:
            return
        self._change(number, is_aside=True, is_marked=False)
        left = [each for each, about in self._open.items() if not about.is_aside]
        self._look_at(left[0] if left else None, now)

    def mark(self) -> None:
        """Have this one answered with others, or not."""
        if self.current:
            self._change(self.current.question.id, is_marked=not self.current.is_marked)

    def next_reach(self, step: int = 1) -> None:
        """Mean more, or less."""
        if about := self.current:
            self._narrowed(about, reach=_after(about.reaches, about.reach, step))

    def toggle_port(self) -> None:
        """Mean the port alone, or all."""
        if (about := self.current) and about.has_port:
            self._narrowed(about, this_port=not about.this_port)

    def next_term(self, step: int = 1) -> None:
        """Let it hold longer, or shorter."""
        if about := self.current:
            term = _after(about.terms, about.term, step)
            self._change(about.question.id, term=term)

    def typed_nothing(self, now: float) -> None:
        """Take a key that says nothing as a sign that somebody types, and wait until they rest."""
        self._arm(now)

    def answering(self, chosen: Sequence[Considered]) -> None:
        """Remember that answers are on their way."""
        for about in chosen:
            self._change(about.question.id, is_answering=True, is_marked=False, problem="")

    # -- small things --------------------------------------------------------------------------

    def _new(self, question: Question, deadline: float) -> Considered:
        connection = question.connection
        if not connection.application.can_have_rules:
            return Considered(question, deadline)
        # who it is was only concluded: a lasting answer is the person's own, deliberate step
        usual = ONCE if connection.inferred else FOREVER
        return Considered(question, deadline, term=self._term or usual)

    def _narrowed(self, about: Considered, **changes: object) -> None:
        new = replace(about, **changes)  # type: ignore[arg-type] # one of its own
        term = (
            new.term if new.term.lifetime is not Lifetime.QUIT or new.term in new.terms else FOREVER
        )
        self._open[about.question.id] = replace(new, term=term)

    def _change(self, number: QuestionId, **changes: object) -> None:
        if about := self._open.get(number):
            self._open[number] = replace(about, **changes)  # type: ignore[arg-type] # its own

    def _look_at(self, number: QuestionId | None, now: float) -> None:
        if number != self._looked_at:
            self._looked_at = number
            self._arm(now)
        if number is not None:
            self._change(number, is_aside=False)

    def _arm(self, now: float) -> None:
        self._armed_at = now + ARMING


def _after(choices: Sequence[T], chosen: T, step: int) -> T:
    at = choices.index(chosen) + step if chosen in choices else 0
    return choices[at % len(choices)]
