"""What was done to rules, and how it is undone. No widgets, no bus.

A change is two sets of rules: what is to go and what is to come. Undoing it is the same the other
way round, if what came is still there as it came: others change rules too.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from stile.applications import Application
from stile.language import translate
from stile.rules import Lifetime, Origin, Rule, RuleId
from stile.scopes import Scope

ENDED_BY = {
    Origin.USER: frozenset({Origin.USER, Origin.TIMED, Origin.TEMPORARY}),
    Origin.TIMED: frozenset({Origin.TIMED, Origin.TEMPORARY}),
    Origin.TEMPORARY: frozenset({Origin.TIMED, Origin.TEMPORARY}),
}
"""Where a rule about the same ends, when one is kept there: the later word counts."""
HOMES = {Lifetime.UNTIL: Origin.TIMED, Lifetime.REBOOT: Origin.TEMPORARY}
MOST = 200
"""Changes that are remembered."""
RulesAbout = Callable[[Application], Iterable[Rule]]
Place = tuple[Application, Scope, str]


class Step(Enum):
    """Which way a change is made."""

    DO = auto()
    UNDO = auto()
    REDO = auto()


@dataclass(frozen=True, slots=True)
class Change:
    """Rules that go, and rules that come in their place."""

    text: str
    """What it does, for a menu: "Remove the rule about curl"."""
    gone: tuple[Rule, ...] = ()
    new: tuple[Rule, ...] = ()

    @property
    def reverse(self) -> "Change":
        """What takes it back. What held until a process quits cannot be had again."""
        back = tuple(rule for rule in self.gone if rule.lifetime is not Lifetime.QUIT)
        return Change(self.text, self.new, back)

    def made(self, step: Step) -> "Change":
        """What is done to make it, take it back, or make it again."""
        return self.reverse if step is Step.UNDO else self

    @property
    def can_be_undone(self) -> bool:
        """Whether there is anything to take back."""
        back = self.reverse
        return bool(back.gone or back.new)

    def removed(self, about: RulesAbout) -> list[RuleId]:
        """The ids of what goes; what is overwritten in its place goes by itself."""
        written = {place(rule) for rule in self.new}
        leaving = (rule for rule in self.gone if place(rule) not in written)
        return [found.id for rule in leaving if (found := _standing(rule, about))]

    def hindrance(self, about: RulesAbout) -> str:
        """Say why it cannot be made any more; empty where it can."""
        for rule in self.gone:
            if _standing(rule, about) is None:
                said = translate("Changes", "the rule about {name} is not as it was any more")
                return said.format(name=rule.application.title)
        leaving = {place(rule) for rule in self.gone}
        for rule in self.new:
            taken = {place(each) for each in about(rule.application)} - leaving
            if place(rule) in taken:
                said = translate("Changes", "there is another rule about the same for {name} now")
                return said.format(name=rule.application.title)
        return ""


class History:
    """What can be undone, and done again."""

    def __init__(self) -> None:
        self._done: list[Change] = []
        self._undone: list[Change] = []

    @property
    def undoable(self) -> Change | None:
        """The last change."""
        return self._done[-1] if self._done else None

    @property
    def redoable(self) -> Change | None:
        """The last change that was undone."""
        return self._undone[-1] if self._undone else None

    def took_place(self, change: Change, step: Step) -> None:
        """Note that a change was made; of one that is undone, the change itself is given."""
        match step:
            case Step.DO:
                self._undone.clear()
                if change.can_be_undone:
                    self._done = [*self._done, change][-MOST:]
            case Step.UNDO:
                self._move(change, self._done, self._undone)
            case Step.REDO:
                self._move(change, self._undone, self._done)

    def forget(self, change: Change) -> None:
        """Drop a change that cannot be undone, or done again, any more."""
        for each in (self._done, self._undone):
            if change in each:
                each.remove(change)

    def _move(self, change: Change, source: list[Change], target: list[Change]) -> None:
        if change in source:
            source.remove(change)
            target.append(change)


def place(rule: Rule) -> Place:
    """Where a rule stands: a second one would take its place. Each process has its own."""
    if rule.lifetime is Lifetime.QUIT:
        return rule.application, rule.scope, rule.id
    where = rule.origin if rule.origin is Origin.SHIPPED else home(rule)
    return rule.application, rule.scope, where


def home(rule: Rule) -> Origin:
    """Where a rule of one's own is kept."""
    return HOMES.get(rule.lifetime, Origin.USER)


def displaced(rule: Rule, about: RulesAbout) -> tuple[Rule, ...]:
    """The rules that end when this one is kept."""
    return tuple(
        each
        for each in about(rule.application)
        if each.scope == rule.scope
        and each.lifetime is not Lifetime.QUIT
        and each.origin in ENDED_BY[home(rule)]
    )


def _standing(rule: Rule, about: RulesAbout) -> Rule | None:
    """Find a rule as it stands now; None where it says anything else."""
    for each in about(rule.application):
        if _content(each) == _content(rule) and each.origin is not Origin.SHIPPED:
            return each
    return None


def _content(rule: Rule) -> Sequence[object]:
    """What a rule says, wherever it stands; files keep times to the microsecond."""
    until = round(rule.until, 3)
    return (
        *(rule.application, rule.scope, rule.action, rule.lifetime, until),
        *(rule.note, rule.children, rule.enabled),
    )
