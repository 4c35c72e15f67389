"""Rules with a destination, as lines that a packet filter tries one after another: pure.

An application that is simply allowed, denied or dropped shares one of three chains with all
others of the kind. One that has rules about destinations, ports, users or times has a chain of
its own. Rules about everybody stand in each of them. The most specific rule is the first line.

What a chain does with a packet:

    answers     the answer of a listener to a SYN meets the rules about who may reach it
    running     another TCP packet that does not begin a conversation: nobody can tell who has
                begun, so all that is allowed counts, and of what is refused only the whole
    lines       what begins a conversation, and every packet of other protocols, meets the rules
    unclear     where host names decide: an address that nobody has looked at yet is held until
                the helper has put it into the sets (`Chain.judged`, `Chain.names`)
    final       nobody has said anything

While *locked* down, what nobody has decided is held also where a conversation goes on already.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

from stile.applications import EVERYBODY, KERNEL, Application
from stile.connections import TCP, UDP, Protocol, Uid
from stile.rules import Action, Policy, Rule, Rules
from stile.scopes import (
    ALL_PORTS,
    MOST_READ,
    Anywhere,
    Listed,
    LocalNetwork,
    Name,
    Ports,
    Scope,
    Span,
    Way,
)

LOCAL_SETS = "local"
"""The pair of sets that holds the local network."""
ALLOWED, DENIED, DROPPED = "allowed", "denied", "dropped"
SHARED = {Action.ALLOW: ALLOWED, Action.DENY: DENIED, Action.DROP: DROPPED}
"""The chains of those who have no rules but one about all that they do."""


class Target(StrEnum):
    """Where a line sends what it matches."""

    ACCEPT = "accept"
    REMEMBER = "remember"
    """Accepted, as is what follows in the same conversation."""
    DENY = "deny"
    DROP = "drop"
    UNANSWERED = "unanswered"
    """Nobody has decided: what begins a conversation is held."""
    CLEAR_UP = "clear up"
    """Held, where the address has not been looked at yet; otherwise it goes on to the next line."""
    HELD = "held"
    RETURN = "return"


TARGETS = {Action.ALLOW: Target.ACCEPT, Action.DENY: Target.DENY, Action.DROP: Target.DROP}


@dataclass(frozen=True, slots=True)
class Line:
    """One rule of a packet filter: all that is given has to match."""

    target: Target
    span: Span | None = None
    addresses: str = ""
    """The name of a pair of sets, one a family."""
    protocol: Protocol | None = None
    ports: Ports = ALL_PORTS
    own_ports: bool = False
    """Whether the ports are those of this side."""
    not_tcp: bool = False
    uid: Uid | None = None
    timer: str = ""
    """The name of a set that is empty when the time is over."""
    counted: bool = False


Lines: TypeAlias = tuple[Line, ...]
NO_RULES: Mapping[str, Rule] = MappingProxyType({})
NO_ENDS: Mapping[str, float] = MappingProxyType({})
LOOKUP = Line(Target.HELD, protocol=UDP, ports=Ports(((53, 53),)))
"""What asks a name server: who may reach a host may look it up, and the helper reads the name."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The lines of an application, and the sets that they look at."""

    name: str
    lines: Lines
    answers: Lines
    running: Lines = ()
    names: Mapping[str, Rule] = field(default_factory=lambda: NO_RULES)
    """The rules about host names, by the name of the pair of sets that holds their addresses."""
    timers: Mapping[str, float] = field(default_factory=lambda: NO_ENDS)
    """The ends of rules, in seconds since the epoch, by the name of the set that knows."""

    @property
    def is_uniform(self) -> bool:
        """Whether all packets of a conversation meet the same lines, whoever began it."""
        return self.lines == self.answers == self.running

    @property
    def accepts_all(self) -> bool:
        """Whether it accepts whatever comes, and counts nothing: nobody needs to go through it."""
        ways = (self.lines, self.answers, self.running)
        return all(way[-1:] == (Line(Target.ACCEPT),) for way in ways) and all(
            line.target is Target.ACCEPT and not line.counted for way in ways for line in way
        )

    @property
    def judged(self) -> str:
        """The pair of sets of addresses that have been looked at."""
        return f"judged_{self.name}" if self.names else ""


def chain_of(
    policy: Policy, application: Application, name: str, *, ask_in: bool, locked: bool = False
) -> Chain:
    """Write the chain of an application that has rules of its own.

    *ask_in*: whether it is asked about who may reach it, where no rule says.
    """
    final = Target.UNANSWERED
    final_in = final if ask_in else Target.ACCEPT
    return _chain(name, policy.about(application), final, final_in, locked=locked)


def kernel_chain(policy: Policy) -> Chain:
    """Write the chain of the kernel's own sockets: never held, for nobody could be asked."""
    rules = (rule for rule in policy.about(KERNEL) if not rule.scope.by_name)
    return _chain("kernel", rules, Target.ACCEPT, Target.ACCEPT)


def shared_chains(policy: Policy, *, locked: bool = False) -> list[Chain]:
    """Write the chains of those who have no rules of their own but one about all they do."""
    rules = [rule for rule in policy.about(EVERYBODY) if not rule.scope.is_whole]
    return [
        _chain(name, rules, TARGETS[action], TARGETS[action], locked=locked)
        for action, name in SHARED.items()
    ]


def everybody_chain(policy: Policy, *, locked: bool = False) -> Chain:
    """Write the chain of those about whom there are no rules."""
    rules = policy.about(EVERYBODY)
    return _chain("everybody", rules, Target.RETURN, Target.RETURN, locked=locked)


def common_chains(policy: Policy, *, locked: bool = False) -> list[Chain]:
    """Write the chains that every table has."""
    return [
        *shared_chains(policy, locked=locked),
        everybody_chain(policy, locked=locked),
        kernel_chain(policy),
    ]


def needs_chain(rules: Rules) -> bool:
    """Whether an application with these rules of its own has a chain of its own."""
    first, *others = rules
    shares = first.scope.is_whole and first.action in SHARED and not first.until
    return bool(others) or not shares


def _chain(
    name: str,
    rules: Iterable[Rule],
    final: Target,
    final_in: Target,
    *,
    locked: bool = False,
) -> Chain:
    rules = tuple(rules)
    if any(rule.scope.by_name or rule.until for rule in rules):  # these have sets of their own
        return _written(name, rules, final, final_in, locked=locked)
    said = tuple((rule.action, rule.scope) for rule in rules)
    return Chain(name, *_ways(said, final, final_in, locked=locked))


@lru_cache(MOST_READ)
def _ways(
    said: tuple[tuple[Action, Scope], ...], final: Target, final_in: Target, *, locked: bool
) -> tuple[Lines, Lines, Lines]:
    """Write the ways through a chain without sets of its own: all who have such rules share it."""
    rules = tuple(Rule(EVERYBODY, action, scope=scope) for action, scope in said)
    chain = _written("", rules, final, final_in, locked=locked)
    return chain.lines, chain.answers, chain.running


def _written(name: str, rules: Rules, final: Target, final_in: Target, *, locked: bool) -> Chain:
    lines: list[Line] = []
    answers: list[Line] = []
    running: list[Line] = []
    names: dict[str, Rule] = {}
    timers: dict[str, float] = {}
    for number, rule in enumerate(rules):
        if rule.scope.by_name:
            if Line(Target.CLEAR_UP) not in lines and _is_outward(rule):
                lines += _clear_up(rules)
            if Line(Target.CLEAR_UP) not in answers and _may_disagree_inward(rule, rules):
                answers.append(Line(Target.CLEAR_UP))
            names[f"names{number}_{name}"] = rule
        if rule.until:
            timers[f"until{number}_{name}"] = rule.until
        for line in _lines(rule, number, name):
            lines += _outward(rule, line)
            answers += _inward(rule, line)
            running += _running(rule, line, locked=locked)
    decides = (Target.DENY, Target.DROP, Target.RETURN)
    goes_on = final if locked or final in decides else Target.ACCEPT
    if any(rule.action is Action.ALLOW for rule in names.values()):
        running = []  # by which name it began nobody can tell any more
        goes_on = final if final in decides else Target.ACCEPT
    outward, inward = _ended(lines, final), _ended(answers, final_in)
    going_on = _ended(running, goes_on)
    if going_on == outward:
        going_on = outward  # held once
    return Chain(name, outward, inward, going_on, names, timers)


def _ended(lines: list[Line], final: Target) -> Lines:
    """Say what becomes of what no line has matched; lines before that say the same are left out."""
    kept = list(lines)
    while kept and kept[-1].target is Target.CLEAR_UP:  # no line that goes by names follows
        kept.pop()
    if kept and kept[-1] == Line(kept[-1].target):
        final = kept[-1].target
    while kept and kept[-1].target is final and not kept[-1].counted:
        kept.pop()
    return (*kept, Line(final))


def _clear_up(rules: Iterable[Rule]) -> list[Line]:
    allows = any(
        rule.scope.by_name and rule.action is Action.ALLOW and rule.scope.way is not Way.IN
        for rule in rules
    )
    return [Line(Target.CLEAR_UP), *([LOOKUP] if allows else [])]


def _is_outward(rule: Rule) -> bool:
    """Whether a rule counts for more than the answers of listeners."""
    return any(True for line in _lines(rule, 0, "") for _ in _outward(rule, line))


def _may_disagree_inward(rule: Rule, rules: Iterable[Rule]) -> bool:
    """Whether another name of an address could lead to another verdict about who is reached."""
    named = [each for each in rules if each.scope.by_name and each.scope.way is Way.IN]
    return rule in named and len({each.action for each in named}) > 1


def _lines(rule: Rule, number: int, name: str) -> Iterator[Line]:
    """Write what a rule matches, whatever its direction."""
    scope = rule.scope
    line = Line(
        target=TARGETS.get(rule.action, Target.UNANSWERED),
        span=scope.destination if isinstance(scope.destination, Span) else None,
        protocol=scope.protocol,
        ports=scope.ports,
        uid=scope.uid,
        timer=f"until{number}_{name}" if rule.until else "",
    )
    match scope.destination:
        case Anywhere() | Span():
            yield line
        case LocalNetwork():
            yield replace(line, addresses=LOCAL_SETS)
        case Listed(listed):
            for addresses in (f"list_{listed}", f"networks_{listed}"):
                yield replace(line, addresses=addresses, counted=True)
        case Name():
            if rule.action is Action.ALLOW:
                line = replace(line, target=Target.REMEMBER)
            yield replace(line, addresses=f"names{number}_{name}")


def _outward(rule: Rule, line: Line) -> Iterator[Line]:
    """Give the lines for what begins a conversation, and for protocols without beginnings."""
    if rule.scope.way is not Way.IN:
        yield line
    elif line.protocol != TCP and line.ports.ranges:
        yield replace(line, own_ports=True, not_tcp=line.protocol is None)


def _inward(rule: Rule, line: Line) -> Iterator[Line]:
    """Give the lines for the answer to a SYN."""
    if rule.scope.way is not Way.OUT and line.protocol in (None, TCP):
        target = Target.ACCEPT if line.target is Target.REMEMBER else line.target
        yield _turned(line, target, own_ports=bool(line.ports.ranges))


def _running(rule: Rule, line: Line, *, locked: bool) -> Iterator[Line]:
    """Give the lines for a TCP conversation that goes on."""
    if line.protocol not in (None, TCP):
        return
    goes_on = (Action.ALLOW,) if locked else (Action.ALLOW, Action.ASK)
    target = Target.ACCEPT if rule.action in goes_on else line.target
    if not rule.scope.is_narrow or target in (Target.ACCEPT, Target.UNANSWERED):
        inward = rule.scope.way is Way.IN and bool(line.ports.ranges)
        yield _turned(line, target, own_ports=inward)


def _turned(line: Line, target: Target, *, own_ports: bool) -> Line:
    """Give a line with another target and another side; the very same where it has these."""
    if (line.target, line.own_ports) == (target, own_ports):
        return line
    return replace(line, target=target, own_ports=own_ports)
