"""Questions in a terminal, one after another, as a person walks through them.

No I/O here: events go in, what is to be said and answered comes out, and `agent.py` carries both.
Time comes in as a value. The question at the front is the one that is shown.
"""

import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from stile import sentences
from stile.questions import Question, QuestionId, Why
from stile.rules import Action, Lifetime, Term

COMMAND_LENGTH = 400
ACTIONS = {"a": Action.ALLOW, "d": Action.DENY, "s": Action.DROP}
LIFETIMES = {
    "o": Lifetime.ONCE,
    "q": Lifetime.QUIT,
    "r": Lifetime.REBOOT,
    "f": Lifetime.FOREVER,
}
WORDS = {"drop": "s"}
WHYS = {
    Why.SETTLED: "it is settled already",
    Why.EXPIRED: "nobody answered in time",
    Why.STOPPED: "the helper ends",
    Why.LOCKDOWN: "lockdown is on, and what waited was refused",
}

# -- events: what happened outside -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """The helper wants to know, or has new details."""

    question: Question
    deadline: float


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The helper does not want to know any more."""

    question: QuestionId
    why: Why


@dataclass(frozen=True, slots=True)
class Typed:
    """The person ended a line."""

    line: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The helper went away, and its questions with it."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The person closed the terminal's input (Ctrl-D)."""


Event: TypeAlias = Asked | Withdrawn | Typed | Gone | Closed

# -- effects: what should happen outside -----------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Show lines."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """Show what can be typed, and wait on that line."""

    text: str


@dataclass(frozen=True, slots=True)
class Disregard:
    """Throw away what was typed before the question could be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Tell the helper."""

    question: Question
    action: Action
    term: Term


@dataclass(frozen=True, slots=True)
class End:
    """No more questions, please."""


Effect: TypeAlias = Say | Prompt | Disregard | Answer | End


class Conversation:
    """Knows which questions wait, which one is shown, and what has been typed about it."""

    def __init__(self, term: Term | None = None) -> None:
        self._term = term  # where the command line says it, nobody is asked for it
        self._waiting: dict[QuestionId, Asked] = {}
        self._later: dict[QuestionId, Asked] = {}
        self._action: Action | None = None

    def handle(self, event: Event, now: float) -> Iterator[Effect]:
        """Take in one event and say what has to be done about it."""
        match event:
            case Asked():
                yield from self._asked(event, now)
            case Withdrawn(question, why):
                yield from self._withdrawn(question, why, now)
            case Typed(line):
                yield from self._typed(line.strip().lower(), now)
            case Gone():
                yield from self._gone()
            case Closed():
                yield End()
            case _:
                assert_never(event)

    def _asked(self, event: Asked, now: float) -> Iterator[Effect]:
        number = event.question.id
        if number in self._later:
            self._later[number] = event
            return
        news = number not in self._waiting
        self._waiting[number] = event
        if not news:
            return
        if len(self._waiting) == 1:
            yield from self._show(now)
        else:
            yield Say(("", f"also waiting: {sentences.asked(event.question.connection)}"))
            yield self._prompt(now)

    def _withdrawn(self, number: QuestionId, why: Why, now: float) -> Iterator[Effect]:
        shown = self._front
        event = self._waiting.pop(number, None) or self._later.pop(number, None)
        if event is None:
            return
        said = f"withdrawn, {WHYS[why]}: {sentences.asked(event.question.connection)}"
        yield Say(("", said))
        if event is shown:
            yield from self._show(now)
        elif self._waiting:
            yield self._prompt(now)

    def _typed(self, line: str, now: float) -> Iterator[Effect]:
        if self._front is None:
            self._waiting, self._later = self._later, {}
            yield from self._show(now)
            return
        letter = WORDS.get(line, line[:1])
        if self._action is not None:
            if term := _term(line, letter):
                yield from self._answer(self._action, term, now)
                return
        elif action := ACTIONS.get(letter):
            yield from self._act(action, self._front, now)
            return
        elif letter == "l":
            yield from self._put_off(now)
            return
        yield self._prompt(now)

    def _act(self, action: Action, front: Asked, now: float) -> Iterator[Effect]:
        term = self._term
        if not front.question.connection.application.can_have_rules:
            term = Term(Lifetime.ONCE)
        if term is not None:
            yield from self._answer(action, term, now)
        else:
            self._action = action
            yield self._prompt(now)

    def _answer(self, action: Action, term: Term, now: float) -> Iterator[Effect]:
        front = self._waiting.pop(next(iter(self._waiting)))
        yield Answer(front.question, action, term)
        yield from self._show(now)

    def _put_off(self, now: float) -> Iterator[Effect]:
        number = next(iter(self._waiting))
        self._later[number] = self._waiting.pop(number)
        yield from self._show(now)

    def _gone(self) -> Iterator[Effect]:
        if self._waiting or self._later:
            yield Say(("", "the open questions went with the helper"))
        self._waiting.clear()
        self._later.clear()
        self._action = None

    @property
    def _front(self) -> Asked | None:
        return next(iter(self._waiting.values()), None)

    def _show(self, now: float) -> Iterator[Effect]:
        self._action = None
        if self._front is not None:
            yield Disregard()
            yield Say(_described(self._front.question, len(self._waiting) - 1))
            yield self._prompt(now)
        elif self._later:
            count = len(self._later)
            questions = "1 question" if count == 1 else f"{count} questions"
            yield Say((f"{questions} put off; Enter shows what is still open",))

    def _prompt(self, now: float) -> Prompt:
        if self._action is not None:
            return Prompt("[o]nce  until it [q]uits  15m, 2h ..  [r]eboot  [f]orever > ")
        left = max(0, round(self._front.deadline - now)) if self._front else 0
        return Prompt(f"[a]llow  [d]eny  [s]ilent drop  [l]ater  ({left} s left) > ")


def _term(line: str, letter: str) -> Term | None:
    """Read how long: a letter, or a duration."""
    if lifetime := LIFETIMES.get(letter):
        return Term(lifetime)
    with suppress(ValueError):
        return Term.parse(line)
    return None


def _described(question: Question, more: int) -> tuple[str, ...]:
    connection = question.connection
    process = connection.process
    inferred = ", inferred" if connection.inferred else ""
    lines = [
        "",
        sentences.asked(connection),
        f"  application  {connection.application} (pid {process.pid}, uid {process.uid}{inferred})",
    ]
    if process.command:
        command = shlex.join(process.command)
        short = command if len(command) <= COMMAND_LENGTH else command[:COMMAND_LENGTH] + "..."
        lines.append(f"  command      {short}")
    if known := sentences.belongs_to(question.about):
        lines.append(f"  belongs to   {known}")
    flow = connection.flow
    lines.append(f"  destination  {flow.protocol} {sentences.destination(flow, connection.name)}")
    if more:
        lines.append(f"  {more} more waiting")
    return tuple(lines)
