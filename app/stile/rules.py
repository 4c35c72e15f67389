"""What has been decided about applications, and the one function that says what follows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import ip_network
from types import MappingProxyType
from typing import NewType

from stile.applications import EVERYBODY, Application, Kind
from stile.connections import Connection
from stile.scopes import (
    ANYWHERE,
    WHOLE,
    Attempt,
    Destination,
    Name,
    Ports,
    Scope,
    Span,
    Way,
    host,
    is_there,
)

RuleId = NewType("RuleId", str)
"""The name of a rule's file, without the ending; for one of several in a file a mark follows."""

ABOUT_PROCESSES = (
    "until it quits is said about a running process, in answer to its question: "
    "a rule says 15m, 2h, reboot or forever"
)
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LONGEST = 10 * 366 * 86400
"""Seconds: what is to last longer lasts for ever."""
LATEST = 253370764800.0
"""The last time that a rule can end at, in seconds since the epoch: the beginning of 9999."""


class Action(StrEnum):
    """What happens to an application's packets."""

    ALLOW = "allow"
    DENY = "deny"
    """Refused: the program hears of it at once (TCP reset, ICMP host unreachable)."""
    DROP = "drop"
    """Thrown away: the program hears nothing."""
    ASK = "ask"
    """Held until somebody answers: as if there were no rule."""


CHILDLESS = (
    "only allow, deny and drop of all that an application does can hold for children too, "
    "and neither the kernel nor everybody has any"
)

DECIDING = (Action.ALLOW, Action.DENY, Action.DROP)
CAUTION = (Action.DENY, Action.DROP, Action.ASK, Action.ALLOW)
"""Of two that are equally specific, the one that stands first here wins."""


class Lifetime(StrEnum):
    """How long a decision holds."""

    ONCE = "once"
    """This connection only; never a rule."""
    QUIT = "quit"
    """As long as the process that asked, or one that it has started, runs.

    It is about these processes alone, others of the application are asked about: it is listed as
    a rule, but nobody can add it as one. `decide()` knows of it by `Policy.with_whole`.
    """
    UNTIL = "until"
    """Until a time of the wall clock."""
    REBOOT = "reboot"
    FOREVER = "forever"


@dataclass(frozen=True, slots=True)
class Term:
    """How long something is to hold, seen from when it begins."""

    lifetime: Lifetime
    seconds: int = 0
    """Where it ends at a time."""

    @classmethod
    def parse(cls, text: str) -> "Term":
        """Read a lifetime or a duration (15m). Raises ValueError."""
        if text[:-1].isascii() and text[:-1].isdecimal() and text[-1:] in UNITS:
            seconds = int(text[:-1]) * UNITS[text[-1]]
            if not 0 < seconds <= LONGEST:
                raise ValueError(f"'{text}' is not between a second and ten years: say forever")
            return cls(Lifetime.UNTIL, seconds)
        lasting = [each for each in Lifetime if each is not Lifetime.UNTIL]
        if text not in lasting:
            raise ValueError(
                f"'{text}' is not a lifetime: {', '.join(lasting)}, or a duration (15m, 2h, 7d)"
            )
        return cls(Lifetime(text))

    def until(self, now: float) -> float:
        """Say when it ends, in seconds since the epoch; 0 where it does not end at a time."""
        return now + self.seconds if self.seconds else 0.0


class Origin(StrEnum):
    """Where a rule stands, the weakest first."""

    SHIPPED = "shipped"
    """Comes with Stile or the distribution: /usr/lib/stile/rules.d."""
    USER = "user"
    """Decided on this machine: /etc/stile/rules.d."""
    TIMED = "timed"
    """Decided until a time: /var/lib/stile/rules.d."""
    TEMPORARY = "temporary"
    """Decided until the next reboot: /run/stile/rules.d. Or until a process quits: on no disk."""


ORIGINS = list(Origin)


class Reach(StrEnum):
    """How far an answer goes, seen from the connection that was asked about."""

    ANYWHERE = "anywhere"
    DOMAIN = "domain"
    """The host name without its first label, and all below."""
    HOST = "host"
    """The host name; the address, where there is no name."""
    NETWORK = "network"
    """The network of the address: /24, of IPv6 /64."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What an answer says: the action, for how long, and how much of what the program does."""

    action: Action
    lifetime: Lifetime
    until: float = 0.0
    reach: Reach = Reach.ANYWHERE
    this_port: bool = False
    """Whether it is about the port that was asked about alone, and its protocol."""
    place: int = 0
    """Which of the question's places is meant; the first is the one that it is about."""
    every: bool = False
    """Whether all of them are meant, each for itself."""

    def __post_init__(self) -> None:
        if self.place < 0:
            raise ValueError("places are counted from 0")
        if self.action is Action.ASK:
            raise ValueError("an answer decides: it is allow, deny or drop")
        if bool(self.until) is not (self.lifetime is Lifetime.UNTIL):
            raise ValueError("what holds until a time names the time, and nothing else does")
        if self.is_narrow and self.lifetime is Lifetime.QUIT:
            raise ValueError("until it quits is about all that the process does")

    @property
    def is_narrow(self) -> bool:
        """Whether it is about less than all that the application does."""
        return self.reach is not Reach.ANYWHERE or self.this_port


@dataclass(frozen=True, slots=True)
class Rule:
    """A standing decision about what an application does: all of it, or what its scope covers."""

    application: Application
    action: Action
    lifetime: Lifetime = Lifetime.FOREVER
    note: str = ""
    id: RuleId = RuleId("")
    """Empty until the rule is kept."""
    origin: Origin = Origin.USER
    children: bool = False
    """And the programs it starts: they keep its verdict where they have no rules of their own."""
    scope: Scope = WHOLE
    until: float = 0.0
    """Seconds since the epoch, where it holds until a time."""
    enabled: bool = True

    def __post_init__(self) -> None:
        if self.lifetime is Lifetime.ONCE:
            raise ValueError("what holds once is not a rule")
        if bool(self.until) is not (self.lifetime is Lifetime.UNTIL):
            raise ValueError("what holds until a time names the time, and nothing else does")
        if self.lifetime is Lifetime.QUIT and not self.scope.is_whole:
            raise ValueError("until it quits is about all that the process does")
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
        alone = self.application.kind in (Kind.KERNEL, Kind.EVERYBODY)
        return self.action is not Action.ASK and self.scope.is_whole and not alone

    @property
    def rank(self) -> tuple[int, ...]:
        """How it stands among those that cover the same connection: the greatest wins.

        What it covers counts first; then one about an application stands over one about
        everybody, one that ends over one that lasts, and deny over drop, ask and allow.
        """
        return (
            *self.scope.rank,
            int(self.application != EVERYBODY),
            int(self.lifetime is Lifetime.UNTIL),
            -CAUTION.index(self.action),
        )


Rules = tuple[Rule, ...]
Networks = frozenset[str]
"""Names, UUIDs and kinds of the networks that are active."""


def holds_on(rule: Rule, networks: Networks | None) -> bool:
    """Whether a rule is in force there; where nobody can tell, only if it lets nothing through."""
    if not rule.scope.network:
        return True
    if networks is None:
        return rule.action is not Action.ALLOW
    return is_there(rule.scope.network, networks)


def here(rule: Rule) -> Rule:
    """Give a rule as it is while it holds: without its network."""
    return replace(rule, scope=rule.scope.everywhere) if rule.scope.network else rule


def _strength(rule: Rule) -> tuple[int, bool, int]:
    """Say which of those about the same stands last, and is in force."""
    network = rule.scope.network
    return ORIGINS.index(rule.origin), bool(network), -CAUTION.index(rule.action) if network else 0


@dataclass(frozen=True, slots=True)
class Policy:
    """Every rule in force, by application; none of those that are about processes.

    The most specific of an application stands first.
    """

    rules: Mapping[Application, Rules] = field(default_factory=lambda: MappingProxyType({}))
    networks: Networks | None = None
    """Where these rules are in force; None where nobody can tell."""

    @classmethod
    def of(cls, rules: Iterable[Rule], networks: Networks | None = None) -> "Policy":
        """Gather rules; of two about the same the one of the stronger origin is in force.

        What holds until a process quits says nothing about the application, and is left out, as
        are rules that are switched off, or of networks that are not among the active *networks*
        (None: nobody can tell). Of two about the same and of one origin the one for a network is in
        force, of two for networks the more cautious.
        """
        chosen: dict[tuple[Application, Scope], Rule] = {}
        standing = (
            rule
            for rule in rules
            if rule.enabled and rule.lifetime is not Lifetime.QUIT and holds_on(rule, networks)
        )
        for rule in sorted(standing, key=_strength):
            now = here(rule)
            chosen[now.application, now.scope] = now
        gathered: dict[Application, list[Rule]] = {}
        for rule in chosen.values():
            gathered.setdefault(rule.application, []).append(rule)
        return cls(
            MappingProxyType(
                {
                    who: tuple(sorted(each, key=_rank, reverse=True))
                    for who, each in gathered.items()
                }
            ),
            networks,
        )

    def with_rules(self, application: Application, rules: Iterable[Rule]) -> "Policy":
        """The same, but that these are the rules about *application*."""
        return self.with_others({application: rules})

    def with_others(self, others: Mapping[Application, Iterable[Rule]]) -> "Policy":
        """The same, but that the rules about these applications are others."""
        gathered = MappingProxyType(self.rules) | {}  # a copy that computes no hash anew
        for application, rules in others.items():
            gathered.pop(application, None)
            gathered |= Policy.of(rules, self.networks).rules
        return Policy(MappingProxyType(gathered), self.networks)

    def __contains__(self, rule: Rule) -> bool:
        return here(rule) in self.rules.get(rule.application, ())

    def about(self, application: Application) -> Rules:
        """All rules that could decide about *application*, the most specific first."""
        own = self.rules.get(application, ())
        everybody = self.rules.get(EVERYBODY, ())
        if not everybody or application == EVERYBODY:
            return own
        return tuple(sorted((*own, *everybody), key=_rank, reverse=True))

    def whole(self, application: Application) -> Rule | None:
        """The rule about all that *application* does, of its own."""
        return next((rule for rule in self.rules.get(application, ()) if rule.scope.is_whole), None)

    def with_whole(self, application: Application, action: Action) -> "Policy":
        """The policy for a process of *application* that has *action* until it quits.

        That takes the place of the rule about all that the application does; its other rules, and
        those about everybody, count as ever. Of other applications it says nothing.
        """
        others = (rule for rule in self.rules.get(application, ()) if not rule.scope.is_whole)
        own = tuple(sorted((*others, Rule(application, action)), key=_rank, reverse=True))
        everybody = self.rules.get(EVERYBODY)
        rules = {application: own} | ({EVERYBODY: everybody} if everybody else {})
        return Policy(MappingProxyType(rules))

    def settles(self, application: Application) -> bool:
        """Whether a rule decides about all that *application* does, but for more specific ones."""
        rule = self.whole(application)
        return rule is not None and rule.action is not Action.ASK

    def goes_by_name(self, application: Application) -> bool:
        """Whether host names decide about *application*."""
        return any(rule.scope.by_name for rule in self.about(application))

    def has_class(self, application: Application) -> bool:
        """Whether the kernel is taught about *application*: it is not like anybody of no rules."""
        if application == EVERYBODY:
            return False
        asks_like_anybody = EVERYBODY not in self.rules
        return any(
            rule.action is not Action.ASK or rule.scope.is_narrow or not asks_like_anybody
            for rule in self.rules.get(application, ())
        )

    def shares(self, application: Application) -> bool:
        """Whether programs that *application* starts keep its verdict, if they have no rules."""
        rule = self.whole(application)
        return rule is not None and rule.children


def _rank(rule: Rule) -> tuple[int, ...]:
    return rule.rank


def ruling(policy: Policy, application: Application, attempt: Attempt) -> Rule | None:
    """Find the rule that decides; None where nobody has said anything.

    The most specific one does. Of an address that has several names, each name is looked at
    for itself, and of the rules about names the most cautious decides: which of them the
    program has asked for cannot be known.
    """
    rules = policy.about(application)
    found = (_first(rules, attempt, name) for name in sorted(attempt.names))
    named = [rule for rule in found if rule and rule.scope.by_name]
    if named:
        return min(named, key=lambda rule: CAUTION.index(rule.action))
    return _first(rules, attempt, None)


def _first(rules: Rules, attempt: Attempt, name: str | None) -> Rule | None:
    return next((rule for rule in rules if rule.scope.covers(attempt, name)), None)


def decide(policy: Policy, application: Application, attempt: Attempt) -> Action:
    """Say what happens to an attempt; the kernel may answer faster, never differently."""
    rule = ruling(policy, application, attempt)
    return rule.action if rule else Action.ASK


def unsaid(policy: Policy, application: Application, attempt: Attempt) -> bool:
    """Whether nobody has said anything about an attempt, not even that it is to be asked about.

    Of an application of which nothing else is known, "ask" says no more than no rule.
    """
    rule = ruling(policy, application, attempt)
    if rule is None:
        return True
    return rule.application == application != EVERYBODY and not policy.has_class(application)


def answer(connection: Connection, choice: Choice) -> Rule:
    """Make the rule of an answer to the question about *connection*."""
    flow = connection.flow
    port = flow.source_port if flow.inbound else flow.port
    this_port = choice.this_port and not connection.lookup  # the port of what follows is not known
    ports = Ports(((port, port),)) if this_port and port else Ports()
    narrow = this_port or choice.reach is not Reach.ANYWHERE
    scope = Scope(
        destination=_reached(connection, choice.reach),
        ports=ports,
        protocol=flow.protocol if this_port else None,
        way=(Way.IN if flow.inbound else Way.OUT) if narrow else Way.BOTH,
    )
    return Rule(
        connection.application, choice.action, choice.lifetime, scope=scope, until=choice.until
    )


def _reached(connection: Connection, reach: Reach) -> Destination:
    """Say how much is meant, seen from where a connection goes; without a name its address."""
    named, address = host(connection.name), connection.flow.address
    match reach:
        case Reach.ANYWHERE:
            return ANYWHERE
        case Reach.DOMAIN if named:
            _, _, parent = named.pattern.partition(".")
            return Name(f"*.{parent if '.' in parent else named.pattern}")
        case Reach.NETWORK:
            length = 24 if address.version == 4 else 64
            network = ip_network((address, length), strict=False)
            return Span(network[0], network[-1])
        case _:
            return named or Span(address, address)
