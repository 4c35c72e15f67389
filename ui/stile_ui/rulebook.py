"""All rules by application, as the page shows and searches them. No widgets, no bus."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stile.applications import Application
from stile.lint import Finding
from stile.rules import Action, Lifetime, Origin, Rule
from stile_ui import explained, words

Listed = tuple[Rule, bool]
"""A rule, and whether it is in force."""


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """The rules of one application. Made once for each change, so that searching is cheap.

    Two are the same only if they are one: there are thousands to compare.
    """

    application: Application
    listed: tuple[Listed, ...]
    title: str = field(init=False)
    order: tuple[str, str] = field(init=False)
    searched: str = field(init=False)
    actions: frozenset[Action] = field(init=False)
    origins: frozenset[Origin] = field(init=False)
    lifetimes: frozenset[Lifetime] = field(init=False)

    def __post_init__(self) -> None:
        title, rules = words.safe(self.application.title), [rule for rule, _ in self.listed]
        made = {
            "title": title,
            "order": (title.casefold(), str(self.application)),
            "searched": "\n".join(self._said(title, rules)).casefold(),
            "actions": frozenset(rule.action for rule in rules),
            "origins": frozenset(rule.origin for rule in rules),
            "lifetimes": frozenset(rule.lifetime for rule in rules),
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def _said(self, title: str, rules: Iterable[Rule]) -> Iterable[str]:
        yield from (title, str(self.application))
        for rule in rules:
            yield f"{rule.scope} {explained.covered(rule.scope)} {rule.note}"
            yield f"{explained.verdict(rule.action)} {explained.origin(rule.origin)}"

    @property
    def rules(self) -> list[Rule]:
        """The rules alone."""
        return [rule for rule, _ in self.listed]

    @property
    def verdict(self) -> Action:
        """What happens to what no narrow rule covers."""
        whole = (rule for rule, in_force in self.listed if in_force and rule.scope.is_whole)
        return next((rule.action for rule in whole), Action.ASK)


Shelves = Mapping[Application, Shelf]


def shelved(listed: Iterable[Listed]) -> dict[Application, Shelf]:
    """Sort rules by whom they are about, the widest first."""
    gathered: dict[Application, list[Listed]] = {}
    for each in listed:
        gathered.setdefault(each[0].application, []).append(each)
    return {who: Shelf(who, tuple(sorted(own, key=_place))) for who, own in gathered.items()}


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
            (self.action is None or self.action in shelf.actions)
            and (self.origin is None or self.origin in shelf.origins)
            and (self.lifetime is None or self.lifetime in shelf.lifetimes)
            and (not self.problems or shelf.application in problems)
            and all(word in shelf.searched for word in self.text.casefold().split())
        )


Problems = Mapping[Application, tuple[Finding, ...]]
