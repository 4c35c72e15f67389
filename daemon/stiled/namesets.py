"""Which sets of a chain an address belongs into, by the names that it has: pure.

The kernel goes through rules about names one after another and takes the first set that an
address is in. That is what `stile.rules.ruling` says as long as all names of the address lead to
the same rules. Where they do not, the address is *disputed*: each connection to it is held and
judged by the helper. It is put into no set, but for those of rules about who is reached, where
these agree: they are looked at without anything being held.
"""

from collections.abc import Mapping

from stile.rules import Action, Rule
from stile.scopes import Name, Way
from stiled.chains import Chain

JUDGED_SECONDS = 60.0
"""For how long an address without a name that matters is not held again, where names are only
denied. Where they are allowed it is held each time: it may have got its name this moment."""


def sets_of(chain: Chain, names: Mapping[str, float], now: float) -> Mapping[str, float] | None:
    """Give the pairs of sets for an address with these names, each with its seconds.

    *names* come with their ends. None where the address is disputed.
    """
    if not chain.names:
        return {}
    found = _agreed(chain.names, names, now)
    if found is None:
        return None
    if found:  # what is known of it ends with the first of its names, and never after that
        return {chain.judged: min(found.values()), **found}
    allows = any(rule.action is Action.ALLOW for rule in chain.names.values())
    return {} if allows else {chain.judged: JUDGED_SECONDS}


def sets_of_disputed(chain: Chain, names: Mapping[str, float], now: float) -> Mapping[str, float]:
    """Give the pairs of sets for an address of which `sets_of` says None."""
    inward = {pair: rule for pair, rule in chain.names.items() if rule.scope.way is Way.IN}
    return _agreed(inward, names, now) or {}


def _agreed(
    rules: Mapping[str, Rule], names: Mapping[str, float], now: float
) -> dict[str, float] | None:
    """Give the pairs of sets of *rules* that names lead to; None where they disagree."""
    found: dict[str, float] = {}
    met: set[tuple[str, ...]] = set()
    for name, end in names.items():
        pairs = tuple(pair for pair, rule in rules.items() if _covers(rule.scope.destination, name))
        if pairs:
            met.add(pairs)
        for pair in pairs:
            found[pair] = max(found.get(pair, 0.0), end - now)
    disagree = len(met) > 1 and len({rules[pair].action for pair in found}) > 1
    return None if disagree else found


def _covers(destination: object, name: str) -> bool:
    return isinstance(destination, Name) and destination.covers_name(name)
