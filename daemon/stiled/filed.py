"""The rules that stand in files, by whom they are about, and what they will be after a change."""

from collections.abc import Callable, Iterable, Mapping

from stile.applications import Application
from stile.rules import Rule, Rules


class Filed:
    """What the rules will be once some have been written and others taken out."""

    def __init__(self, rules: Mapping[Application, Rules]) -> None:
        self.rules = {**rules}
        self.touched: set[Application] = set()
        self.stale = False
        """Whether files that were not touched may say other things now."""

    def drop(self, rule: Rule) -> None:
        """Have a rule no more."""
        self._put(rule.application, (each for each in self._own(rule) if each != rule))

    def keep(self, kept: Rule, ends: Callable[[Rule, Rule], bool]) -> None:
        """Have a rule, in the place of those that it ends."""
        others = (each for each in self._own(kept) if not ends(kept, each))
        self._put(kept.application, (*others, kept))

    def _own(self, rule: Rule) -> Rules:
        return self.rules.get(rule.application, ())

    def _put(self, application: Application, rules: Iterable[Rule]) -> None:
        self.touched.add(application)
        if left := tuple(rules):
            self.rules[application] = left
        else:
            self.rules.pop(application, None)


def gathered(*rules: Rule) -> Mapping[Application, Rules]:
    """Sort rules by whom they are about."""
    found: dict[Application, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.application, []).append(rule)
    return {who: tuple(each) for who, each in found.items()}
