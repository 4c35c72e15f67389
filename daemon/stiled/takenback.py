"""Answers that can be taken back for a while: what they have made, and what was there before."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from stile.connections import Process
from stile.questions import QuestionId
from stile.rules import Action, Origin, Rule, RuleId

SPAN = 30.0
"""Seconds for which an answer can be taken back."""
MOST = 64
"""Answers that are remembered."""
ORIGINS = list(Origin)


@dataclass(slots=True)
class Given:
    """What came of an answer."""

    at: float
    former: tuple[Rule, ...]
    """The rules in whose place those of the answer are."""
    apart: tuple[tuple[Process, Action], ...] = ()
    """Who of the application had a verdict until it quits."""
    kept: tuple[Rule, ...] = ()
    stay: RuleId | None = None
    """What holds until the process quits."""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether all of it is carried out."""


class TakenBack:
    """Remembers the last answers, each until it is taken back or too old."""

    def __init__(self) -> None:
        self._given: dict[QuestionId, Given] = {}

    def begin(self, question: QuestionId, given: Given) -> None:
        """Remember an answer that is being carried out."""
        self._forget(given.at)
        while len(self._given) >= MOST:
            del self._given[next(iter(self._given))]
        self._given[question] = given

    def take(self, question: QuestionId, now: float) -> Given | None:
        """Take an answer out; None where there was none, or it is too old."""
        self._forget(now)
        return self._given.pop(question, None)

    def _forget(self, now: float) -> None:
        for question in [key for key, given in self._given.items() if now - given.at > SPAN]:
            del self._given[question]


def replaced(rules: Sequence[Rule], new: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules that *new* ones may take the place of, in the order to put them back.

    To keep one of the user's ends those of weaker origins: they come after it.
    """
    scopes = {rule.scope for rule in new}
    found = (rule for rule in rules if rule.scope in scopes)
    return tuple(sorted(found, key=lambda rule: ORIGINS.index(rule.origin)))
