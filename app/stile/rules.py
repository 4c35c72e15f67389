"""What has been decided about applications, and the one function that says what follows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from stile.applications import Application, Kind

RuleId = NewType("RuleId", str)
"""The name of a rule's file, without the ending."""

NOT_YET = "is not there yet: say once, quit, reboot or forever"
ABOUT_PROCESSES = (
    "until it quits is said about a running process, in answer to its question: "
    "a rule says reboot or forever"
)


class NotYet(ValueError):
    """What is understood, but cannot be done so far."""


class Action(StrEnum):
    """What happens to an application's packets."""

    ALLOW = "allow"
    DENY = "deny"
    """Refused: the program hears of it at once (TCP reset, ICMP host unreachable)."""
    DROP = "drop"
    """Thrown away: the program hears nothing."""
    ASK = "ask"
    """Held until somebody answers: as if there were no rule."""


CHILDLESS = "only allow, deny and drop can hold for children too, and the kernel has none"

DECIDING = (Action.ALLOW, Action.DENY, Action.DROP)


class Lifetime(StrEnum):
    """How long a decision holds."""

    ONCE = "once"
    """This connection only; never a rule."""
    QUIT = "quit"
    """As long as the process that asked, or one that it has started, runs.

    It is about these processes alone, others of the application are asked about: it is listed as
    a rule, but nobody can add it as one, and `decide()` knows nothing of it.
    """
    REBOOT = "reboot"
    FOREVER = "forever"

    @classmethod
    def parse(cls, text: str) -> "Lifetime":
        """Read a lifetime. Raises ValueError with the mend, NotYet for one that will come."""
        if text[:-1].isdecimal() and text[-1:] in "smhdw":
            raise NotYet(f"the lifetime '{text}' {NOT_YET}")
        try:
            return cls(text)
        except ValueError:
            raise ValueError(f"'{text}' is not a lifetime: {', '.join(cls)}") from None


class Origin(StrEnum):
    """Where a rule stands, the weakest first."""

    SHIPPED = "shipped"
    """Comes with Stile or the distribution: /usr/lib/stile/rules.d."""
    USER = "user"
    """Decided on this machine: /etc/stile/rules.d."""
    TEMPORARY = "temporary"
    """Decided until the next reboot: /run/stile/rules.d. Or until a process quits: on no disk."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What an answer says: the action, and for how long."""

    action: Action
    lifetime: Lifetime

    def __post_init__(self) -> None:
        if self.action is Action.ASK:
            raise ValueError("an answer decides: it is allow, deny or drop")


@dataclass(frozen=True, slots=True)
class Rule:
    """A standing decision about everything that an application sends."""

    application: Application
    action: Action
    lifetime: Lifetime = Lifetime.FOREVER
    note: str = ""
    id: RuleId = RuleId("")
    """Empty until the rule is kept."""
    origin: Origin = Origin.USER
    children: bool = False
    """And the programs it starts: they keep its verdict where they have no rules of their own."""

    def __post_init__(self) -> None:
        if self.lifetime is Lifetime.ONCE:
            raise ValueError("what holds once is not a rule")
        if not self.application.can_have_rules:
            raise ValueError(
                f"no rule can be about '{self.application}': it will not be recognised again"
            )
        if self.application.kind is Kind.KERNEL and self.action is Action.ASK:
            raise ValueError("the kernel cannot be asked about: allow, deny or drop")
        if self.children and not self.can_have_children:
            raise ValueError(CHILDLESS)

    @property
    def can_have_children(self) -> bool:
        """Whether its verdict could be shared by programs that the application starts."""
        return self.action is not Action.ASK and self.application.kind is not Kind.KERNEL


@dataclass(frozen=True, slots=True)
class Policy:
    """Every rule in force, one an application; none of those that are about processes."""

    rules: Mapping[Application, Rule] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> "Policy":
        """Gather rules; of two about one application the one of the stronger origin is in force.

        What holds until a process quits says nothing about the application, and is left out.
        """
        strength = list(Origin)
        chosen: dict[Application, Rule] = {}
        standing = (rule for rule in rules if rule.lifetime is not Lifetime.QUIT)
        for rule in sorted(standing, key=lambda rule: strength.index(rule.origin)):
            chosen[rule.application] = rule
        return cls(MappingProxyType(chosen))

    def shares(self, application: Application) -> bool:
        """Whether programs that *application* starts keep its verdict, if they have no rules."""
        rule = self.rules.get(application)
        return rule is not None and rule.children


def decide(policy: Policy, application: Application) -> Action:
    """Say what happens to what *application* sends; the kernel may answer faster, never else."""
    rule = policy.rules.get(application)
    return rule.action if rule else Action.ASK
