"""Which conversations that are open must end, because they would be refused now: pure.

The kernel judges what begins. Of what runs nobody can tell who has begun it, so its chains refuse
there only what is refused as a whole (`chains.py`); the rest is found and ended from here. Where
it cannot be known who began, or by which name an address was meant, the doubt is in favour of what
is open.
"""

from collections.abc import Container
from dataclasses import dataclass, replace

from stile.applications import Application
from stile.connections import TCP, UDP, Address, Direction, Protocol, Uid
from stile.rules import Action, Policy, Rule, ruling
from stile.scopes import ANYWHERE, Attempt

REFUSING = (Action.DENY, Action.DROP)
LOOKUP_PORT = 53


@dataclass(frozen=True, slots=True)
class OpenFlow:
    """A conversation that goes on."""

    protocol: Protocol
    address: Address
    """Of the other side; `port` as well."""
    port: int
    own_port: int
    uid: Uid
    begun_by: tuple[Direction, ...]
    """Who may have begun it; nobody, where the protocol knows no beginnings."""
    names: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()

    @property
    def attempts(self) -> list[Attempt]:
        """How it may have begun, as rules look at it."""
        return [
            Attempt(
                self.protocol,
                self.address,
                self.port,
                self.own_port,
                self.uid,
                direction,
                self.names,
                self.lists,
            )
            for direction in self.begun_by or (None,)
        ]


def directions(
    protocol: Protocol, own_port: int, listening: Container[int], ephemeral: Container[int]
) -> tuple[Direction, ...]:
    """Say who may have begun a conversation.

    *listening* are the ports that somebody listens on here: what is on one of them was accepted.
    *ephemeral* are those that the kernel gives to who does not choose (ip(7)): such a one began.
    """
    if protocol != TCP:
        return ()
    if own_port in listening:
        return (Direction.IN,)
    return (Direction.OUT,) if own_port in ephemeral else (Direction.OUT, Direction.IN)


def must_end(policy: Policy, application: Application, flow: OpenFlow) -> bool:
    """Whether a conversation is refused now, however it began, and the kernel lets it go on."""
    return all(_is_refused(policy, application, attempt) for attempt in flow.attempts)


def _is_refused(policy: Policy, application: Application, attempt: Attempt) -> bool:
    rule = ruling(policy, application, attempt)
    if rule is None or rule.action not in REFUSING:
        return False
    above = [each for each in policy.about(application) if each.rank > rule.rank]
    letting = [each for each in above if each.action not in REFUSING]
    if not rule.scope.by_name and any(_may_have_covered(each, attempt) for each in letting):
        return False
    return attempt.protocol != TCP or rule.scope.is_narrow or bool(letting)  # or the kernel ends it


def _may_have_covered(rule: Rule, attempt: Attempt) -> bool:
    """Whether a rule about a name is about an attempt, if its address had that name once.

    Who may reach a host may look it up.
    """
    if not rule.scope.by_name:
        return False
    is_lookup = attempt.protocol == UDP and attempt.port == LOOKUP_PORT
    return is_lookup or replace(rule.scope, destination=ANYWHERE).covers(attempt)
