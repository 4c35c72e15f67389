"""Which rules do nothing: another one wins always, another one says the same, or they are over.

    findings = lint(rules_of_curl, rules_about_everybody)

What is said here holds for `stile.rules.decide`, exactly: a rule that is `NEVER` never rules, and
without all that are `NEVER` or `COVERED` no connection is decided otherwise, now or when
others end. Where that cannot be told from two rules at a time, or where some of them hold on some
networks only, nothing is said.

A rule about everybody competes with those of each application: give all that are not about
everybody as *others* to have them looked at.
"""

import bisect
import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from stile.applications import EVERYBODY, Application, Kind
from stile.connections import TCP
from stile.rules import Action, Lifetime, Origin, Policy, Rule
from stile.scopes import LOCAL, Anywhere, Listed, LocalNetwork, Name, Scope, Span, Way

Rank = tuple[int, ...]
ON_DISK = frozenset({Kind.PATH, Kind.SCRIPT, Kind.APPIMAGE})
"""Whose file can be looked for."""


class Problem(StrEnum):
    """Why a rule does nothing."""

    NEVER = "never"
    """It never decides: another one always stands over it."""
    COVERED = "covered"
    """Another one says the same about all that it covers."""
    GONE = "gone"
    """The program that it is about is not there any more."""
    OVER = "over"
    """Its time is over."""
    LEFT = "left"
    """It was for a time, and is switched off."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a rule."""

    rule: Rule
    problem: Problem
    by: Rule | None = None
    """The other one, where there is one."""


def lint(
    rules: Iterable[Rule],
    everybody: Iterable[Rule] = (),
    *,
    others: Iterable[Rule] = (),
    now: float = 0.0,
    exists: Callable[[Application], bool] = lambda _: True,
) -> list[Finding]:
    """Look at all rules of one application, beside those about everybody.

    *exists* says whether the file of an application is there. At most one thing is said of a rule;
    nothing of shipped ones, and of what holds until a process quits.
    """
    own = [each for each in rules if each.lifetime is not Lifetime.QUIT]
    if not own:
        return []
    application = own[0].application
    general = [*everybody] if application != EVERYBODY else []
    standing = Policy.of([*own, *general]).about(application)
    inspection = None
    if not any(each.scope.network for each in (*own, *general, *others)):
        inspection = _Inspection(standing, tuple(others), own)
    gone = application.kind in ON_DISK and not exists(application)
    found = (_looked_at(each, own, inspection, now, gone=gone) for each in own)
    return [finding for finding in found if finding is not None]


def _looked_at(
    rule: Rule, own: Sequence[Rule], inspection: "_Inspection | None", now: float, *, gone: bool
) -> Finding | None:
    if rule.origin is Origin.SHIPPED:
        return None
    if 0 < rule.until <= now:
        return Finding(rule, Problem.OVER)
    if not rule.enabled:
        ends = rule.lifetime is not Lifetime.FOREVER
        return Finding(rule, Problem.LEFT) if ends else None
    if gone:
        return Finding(rule, Problem.GONE)
    if inspection is None:  # what holds depends on the network
        return None
    if rule not in inspection:
        return _overridden(rule, own)
    if inspection.covers_others(rule):
        return None  # without it the other one would be in force
    if over := inspection.over(rule):
        return Finding(rule, Problem.NEVER, over)
    if under := inspection.under(rule):
        return Finding(rule, Problem.COVERED, under)
    return None


def _overridden(rule: Rule, own: Sequence[Rule]) -> Finding | None:
    """Find the one of a stronger origin, about the same, that is in force in its place."""
    strength = list(Origin)
    for other in own:
        same = other.scope == rule.scope and other.enabled
        stronger = strength.index(other.origin) > strength.index(rule.origin)
        if same and stronger and _outlasts(other, rule):
            return Finding(rule, Problem.NEVER, other)
    return None


def _outlasts(one: Rule, other: Rule) -> bool:
    """Whether a rule holds as long as another at least, whatever happens."""
    if one.lifetime is Lifetime.FOREVER:
        return True
    return one.lifetime is other.lifetime and one.until >= other.until


class _Inspection:
    """Rules in the order in which they are looked at, and which of them can meet."""

    def __init__(
        self, standing: Sequence[Rule], others: Sequence[Rule], own: Sequence[Rule]
    ) -> None:
        self._standing = standing
        self._alike = Counter(rule.scope for rule in own if rule.enabled)
        self._place = {id(rule): number for number, rule in enumerate(standing)}
        self._members = set(standing)
        self._others = others
        self._near = _Near(standing)
        self._named = {rule.action for rule in standing if rule.scope.by_name}

    def __contains__(self, rule: Rule) -> bool:
        return rule in self._members

    def covers_others(self, rule: Rule) -> bool:
        """Whether it stands over one about the same, of a weaker origin."""
        return self._alike[rule.scope] > 1

    def over(self, rule: Rule) -> Rule | None:
        """Find a rule that is looked at first, and covers all that this one covers."""
        place = self._number(rule)
        for number in self._near.of(rule.scope, 0, place):
            other = self._standing[number]
            if contains(other.scope, rule.scope) and _outlasts(other, rule):
                return other
        return None

    def under(self, rule: Rule) -> Rule | None:
        """Find a rule that says the same about all that this one covers, once this one is gone.

        None of those that are looked at in between may say anything else about any of it. Of an
        address with several names the rules about names are weighed against each other; to
        go from one of these to one of the others, or back, is safe where they all say the same.
        """
        if rule.children or rule.action is Action.ASK:
            return None  # it says something about more than connections
        crossed = False
        place = self._number(rule)
        for number in self._near.of(rule.scope, place + 1, len(self._standing)):
            other = self._standing[number]
            if not overlap(other.scope, rule.scope):
                continue
            if other.action is not rule.action:
                return None
            crossed |= other.scope.by_name is not rule.scope.by_name
            if crossed and self._named > {rule.action}:
                return None
            if contains(other.scope, rule.scope) and _outlasts(other, rule):
                fits = self._nobody_across(rule, place + 1, number, crossed=crossed)
                return other if fits and self._nobody_between(rule, other) else None
        return None

    def _nobody_across(self, rule: Rule, start: int, end: int, *, crossed: bool) -> bool:
        """Whether names stand in no address's way between two places, nor addresses in a name's."""
        actions = self._near.across(rule.scope, start, end)
        crossed |= bool(actions)
        return actions <= {rule.action} and not (crossed and self._named > {rule.action})

    def _nobody_between(self, rule: Rule, under: Rule) -> bool:
        """Whether no application has a rule of its own that stands between two about everybody."""
        return not any(
            under.rank <= other.rank <= rule.rank and other.enabled for other in self._others
        ) and not (
            self._others and any(each.scope.by_name for each in (*self._others, rule, under))
        )

    def _number(self, rule: Rule) -> int:
        """Say where a rule stands: it may be another object than the one that is in force."""
        found = self._place.get(id(rule))
        return found if found is not None else self._standing.index(rule)


# -- what two scopes have to do with each other --------------------------------------------


def contains(outer: Scope, inner: Scope) -> bool:
    """Whether one scope covers all that another covers; False where that cannot be told.

    `Scope.covers` says what that is: who may reach a host may also look it up, by any protocol.
    """
    if outer.uid is not None and outer.uid != inner.uid:
        return False
    if inner.by_name and inner.way is not Way.IN:
        if isinstance(outer.destination, Name):
            looked_up = outer.way is not Way.IN
        else:
            looked_up = outer.way is Way.BOTH
        if not looked_up:
            return False
    return _contains_place(outer, inner) and _contains_shape(outer, inner)


def _contains_place(outer: Scope, inner: Scope) -> bool:
    match outer.destination, inner.destination:
        case Anywhere(), _:
            return True
        case Name() as wide, Name() as narrow:
            return _contains_name(wide, narrow)
        case LocalNetwork(), Span() as span:
            return any(span.first in each and span.last in each for each in LOCAL)
        case Span() as wide, Span() as narrow:
            return wide.covers(narrow.first) and wide.covers(narrow.last)
        case wide, narrow:
            return wide == narrow


def _contains_name(wide: Name, narrow: Name) -> bool:
    """Whether a pattern covers all names of another: by itself, or as the domain of it."""
    if wide == narrow:
        return True
    if narrow.is_host:
        return wide.covers_name(narrow.pattern)
    is_domain = wide.pattern.startswith("*.") and "*" not in wide.pattern[2:]
    # *.ads.example.org and ads*.example.org end as *.example.org does, and neither is it alone
    return is_domain and narrow.pattern.endswith(wide.pattern[1:])


def _contains_shape(outer: Scope, inner: Scope) -> bool:
    """Whether protocol, ports and direction of one are among those of another."""
    if outer.protocol is not None and outer.protocol != inner.protocol:
        return False
    if outer.way is not Way.BOTH and outer.way is not inner.way:
        return False
    if not outer.ports.ranges:
        # what is reached by packets without a direction is known by ports alone
        bare = outer.way is Way.IN and inner.ports.ranges and inner.protocol != TCP
        return not bare
    return bool(inner.ports.ranges) and all(
        any(low <= first and last <= high for low, high in outer.ports.ranges)
        for first, last in inner.ports.ranges
    )


def overlap(one: Scope, other: Scope) -> bool:
    """Whether two scopes can cover the same attempt; True where that cannot be told."""
    if None not in (one.uid, other.uid) and one.uid != other.uid:
        return False
    if not _places_meet(one, other):
        return False
    looks_up = any(each.by_name and each.way is not Way.IN for each in (one, other))
    return looks_up or _shapes_meet(one, other)


def _places_meet(one: Scope, other: Scope) -> bool:
    match one.destination, other.destination:
        case Span() as first, Span() as second:
            is_one_family = first.first.version == second.first.version
            return (
                is_one_family
                and int(first.first) <= int(second.last)
                and (int(second.first) <= int(first.last))
            )
        case Name() as first, Name() as second if first.is_host or second.is_host:
            return first.covers_name(second.pattern) or second.covers_name(first.pattern)
    return True


def _shapes_meet(one: Scope, other: Scope) -> bool:
    if None not in (one.protocol, other.protocol) and one.protocol != other.protocol:
        return False
    if {one.way, other.way} == {Way.OUT, Way.IN}:
        return TCP not in (one.protocol, other.protocol)
    if Way.BOTH in (one.way, other.way) or not (one.ports.ranges and other.ports.ranges):
        return True
    return any(
        low <= last and first <= high
        for low, high in one.ports.ranges
        for first, last in other.ports.ranges
    )


# -- which of many can meet at all ---------------------------------------------------------


class _Near:
    """Finds those of many rules that can meet one, without a look at all of them.

    A name meets names of its own domain, an address those of its own block; what is wider than
    that is near to all. Names and addresses can meet as well, for a name may have any address:
    those are not given one by one, but told of together (`across`).
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._blocks: dict[Hashable, list[int]] = defaultdict(list)
        self._points: dict[Hashable, list[int]] = defaultdict(list)
        self._members: dict[Hashable, list[int]] = defaultdict(list)
        self._wide: list[int] = []
        self._sides: dict[tuple[bool, Action], list[int]] = defaultdict(list)
        for number, rule in enumerate(rules):
            scope, block = rule.scope, _block(rule.scope)
            if block is None:
                self._wide.append(number)
                continue
            self._sides[scope.by_name, rule.action].append(number)
            if _is_point(scope):
                self._points[scope.destination].append(number)
                self._members[block].append(number)
            else:
                self._blocks[block].append(number)

    def of(self, scope: Scope, start: int, end: int) -> Iterator[int]:
        """Give the numbers of those that can meet one, from *start* on, below *end*, in order."""
        block = _block(scope)
        if block is None:
            yield from range(start, end)
            return
        same = self._points[scope.destination] if _is_point(scope) else self._members[block]
        parts = (_between(each, start, end) for each in (self._wide, self._blocks[block], same))
        yield from heapq.merge(*parts)

    def across(self, scope: Scope, start: int, end: int) -> set[Action]:
        """Say what those of the other side do that stand there: names for an address."""
        if _block(scope) is None:
            return set()  # they were given one by one
        return {
            action
            for (by_name, action), numbers in self._sides.items()
            if by_name is not scope.by_name and any(True for _ in _between(numbers, start, end))
        }


def _between(numbers: list[int], start: int, end: int) -> Iterator[int]:
    for place in range(bisect.bisect_left(numbers, start), len(numbers)):
        if numbers[place] >= end:
            return
        yield numbers[place]


def _is_point(scope: Scope) -> bool:
    match scope.destination:
        case Span() as span:
            return span.size == 1
        case Name() as name:
            return name.is_host
    return False


def _block(scope: Scope) -> Hashable | None:
    """Name the part of the world that a scope is about; None for more than one."""
    match scope.destination:
        case Span() as span:
            bits = 24 if span.first.version == 4 else 112
            first, last = int(span.first) >> bits, int(span.last) >> bits
            return (span.first.version, first) if first == last else None
        case Name() as name:
            labels = name.pattern.split(".")
            is_clear = len(labels) > 1 and "*" not in "".join(labels[-2:])
            return ".".join(labels[-2:]) if is_clear else (None if "*" in name.pattern else name)
        case Listed():
            return None
    return None
