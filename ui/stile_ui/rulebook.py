"""All rules by application, as the page shows and searches them. No widgets, no bus."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from stile.applications import Application
from stile.lint import Finding
from stile.rules import Action, Lifetime, Origin, Rule
from stile.scopes import MOST_READ, Scope
from stile_ui import explained, words

Listed = tuple[Rule, bool]
"""A rule, and whether it is in force."""


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """The rules of one application. There are thousands: each keeps only what it alone knows.

    Two are the same only if they are one.
    """

    application: Application
    rules: tuple[Rule, ...] = ()
    in_force: tuple[bool, ...] = ()
    """Of each of the rules; most shelves share one."""
    title: str = field(init=False)
    folded: str = field(init=False)
    """The title as it is sorted; mostly the same text, and then the same object."""
    _searched: str = field(init=False, default="", repr=False)
    """Made when somebody searches for the first time."""

    def __post_init__(self) -> None:
        title = words.safe(self.application.title)
        folded = title.casefold()
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "folded", title if folded == title else folded)

    @property
    def order(self) -> tuple[str, Application]:
        """By which it stands among others."""
        return self.folded, self.application

    def says(self, word: str) -> bool:
        """Whether a word, without capitals and blanks, stands in what is shown of it."""
        if not self._searched:
            object.__setattr__(self, "_searched", "\n".join(self._said()))
        return word in self._searched

    def _said(self) -> Iterable[str]:
        yield from (self.folded, str(self.application).casefold())
        for rule in self.rules:
            yield from (_covered(rule.scope), rule.note.casefold(), _decided(rule))

    @property
    def listed(self) -> tuple[Listed, ...]:
        """The rules, and whether each is in force."""
        return tuple(zip(self.rules, self.in_force, strict=True))

    @property
    def verdict(self) -> Action:
        """What happens to what no narrow rule covers."""
        whole = (rule for rule, in_force in self.listed if in_force and rule.scope.is_whole)
        return next((rule.action for rule in whole), Action.ASK)


@lru_cache(MOST_READ)
def _covered(scope: Scope) -> str:
    return f"{scope} {explained.covered(scope)}".casefold()


def _decided(rule: Rule) -> str:
    return f"{explained.verdict(rule.action)} {explained.origin(rule.origin)}".casefold()


Shelves = Mapping[Application, Shelf]


def shelved(listed: Iterable[Listed]) -> dict[Application, Shelf]:
    """Sort rules by whom they are about, the widest first."""
    gathered: dict[Application, list[Listed]] = {}
    for each in listed:
        gathered.setdefault(each[0].application, []).append(each)
    return {who: _shelf(who, sorted(own, key=_place)) for who, own in gathered.items()}


def _shelf(who: Application, listed: Iterable[Listed]) -> Shelf:
    rules, in_force = zip(*listed, strict=True)
    return Shelf(who, rules, _shared(in_force))


@lru_cache(MOST_READ)
def _shared(in_force: tuple[bool, ...]) -> tuple[bool, ...]:
    return in_force


def _place(listed: Listed) -> tuple[tuple[int, ...], str, str]:
    rule, _ = listed
    return rule.scope.rank, str(rule.scope), rule.id


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for."""

    text: str = ""
    action: Action | None = None
    origin: Origin | None = None
    lifetime: Lifetime | None = None
    problems: bool = False

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self == Wanted()

    def fits(self, shelf: Shelf, problems: Mapping[Application, object]) -> bool:
        """Whether the rules of an application are among what is meant."""
        return (
            (self.action is None or any(r.action == self.action for r in shelf.rules))
            and (self.origin is None or any(r.origin == self.origin for r in shelf.rules))
            and (self.lifetime is None or any(r.lifetime == self.lifetime for r in shelf.rules))
            and (not self.problems or shelf.application in problems)
            and all(map(shelf.says, self.text.casefold().split()))
        )


Problems = Mapping[Application, tuple[Finding, ...]]
