"""OpenSnitch's rules in our words.

Its rule files (/etc/opensnitchd/rules/NAME.json) and what its window exports hold the same: a
name, an action, a duration, and an operator that compares one thing of a connection, or a `list` of
such that all have to fit. In what the window exports, what is false is left out.

A rule comes in only where ours means no more than theirs did: a condition that cannot be said is
never left out, it is a reason not to carry the rule over, and the reason is told. Theirs are taken
in the order of names, and a deny wins wherever it fits; ours by what is more specific. So an allow
that would stand over a deny here, and did not there, comes in switched off.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from stile.applications import EVERYBODY, KERNEL, Application, Kind
from stile.arrivals import Arrivals, Remark
from stile.connections import ICMP, ICMPV6, Protocol
from stile.language import translate
from stile.lint import overlap
from stile.rules import CAUTION, Action, Lifetime, Rule
from stile.scopes import ANYWHERE, Name, Scope, Span, destination

ACTIONS = {"allow": Action.ALLOW, "deny": Action.DROP, "reject": Action.DENY}
"""Their deny throws packets away, their reject answers."""
MOST = 64
"""Rules that one of theirs may become."""
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
ALIASES = {"LAN": PRIVATE, "MULTICAST": ("224.0.0.0/4", "ff00::/8")}
"""Their names for networks (network_aliases.json); loopback is in LAN, and passes here anyway."""
LAN_RANGES = (
    r"^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|169\.254\.\d{1,3}\.\d{1,3}|192\.168\.\d{1,3}\.\d{1,3}"
    r"|172\.1[6-9]\.\d+\.\d+|172\.2[0-9]\.\d+\.\d+|172\.3[0-1]+\.\d{1,3}\.\d{1,3}"
    r"|10\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|f[cde].*::.*)$"
)
"""What their window writes for "LAN" (ui/opensnitch/dialogs/ruleseditor.py of 1.5 and 1.6)."""
LAN = (*PRIVATE, "169.254.0.0/16", "fe80::/10")
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
ALL_OF = {4: "0.0.0.0/0", 6: "::/0"}
KERNELS = "Kernel connection"
ELSEWHERE = {
    "/snap/": "snap",
    "/app/": "Flatpak",
    "/tmp/.mount_": "AppImage",  # noqa: S108 # where they are mounted
    "/nix/store/": "Nix package",
}
"""Where files stand that are known here as something else."""
PIECE = re.compile(r"\\([.\-/:_])|(\.\*)|([\w\-/:%~@ ])|(\.)")
DURATION = re.compile(r"(\d+)(h|ms|m|s)")


class Untold(Exception):
    """Something that cannot be said here; the text says why."""


@dataclass(frozen=True, slots=True)
class _Theirs:
    """One of their rules, and what it becomes."""

    name: str
    precedence: bool
    rules: tuple[Rule, ...]


def translated(sources: Iterable[tuple[str, object]], now: float) -> Arrivals:
    """Carry rules over: each a name for it (its file), and the JSON that stands there."""
    read: list[_Theirs] = []
    remarks: list[Remark] = []
    for source, content in sources:
        for table in _tables(content):
            name = str(table.get("name") or source)
            said: list[str] = []
            try:
                read.append(_translated(name, table, now, said))
            except Untold as reason:
                why = str(reason)
                if table.get("action") != "allow":
                    why = translate("OpenSnitch", "{why} (so it refuses nothing here)").format(
                        why=why
                    )
                remarks.append(Remark(name, why, lost=True))
            remarks += [Remark(name, text) for text in said]
    rules, more = _weighed(read)
    return Arrivals(rules, (*remarks, *more))


def _tables(content: object) -> list[Mapping[str, Any]]:
    """One rule a file, or many."""
    if isinstance(content, dict) and isinstance(content.get("rules"), list):
        content = content["rules"]
    found = content if isinstance(content, list) else [content]
    return [each if isinstance(each, dict) else {} for each in found]


def _translated(name: str, table: Mapping[str, Any], now: float, said: list[str]) -> _Theirs:
    action = ACTIONS.get(str(table.get("action")))
    if action is None:
        raise Untold(
            translate("OpenSnitch", "'{action}' is no action of OpenSnitch's").format(
                action=table.get("action")
            )
        )
    lifetime, until = _lifetime(table, now)
    meaning = _Meaning(action, said)
    for condition in _conditions(table.get("operator")):
        meaning.add(condition)
    common: dict[str, Any] = {
        "lifetime": lifetime,
        "until": until,
        "enabled": table.get("enabled") is True,
        "note": _note(name, table),
    }
    try:
        rules = tuple(
            replace(Rule(application, action, scope=scope), **common)
            for application, scope in meaning.pairs()
        )
    except ValueError as error:
        raise Untold(str(error)) from None
    return _Theirs(name, table.get("precedence") is True, rules)


def _note(name: str, table: Mapping[str, Any]) -> str:
    description = str(table.get("description") or "").strip().splitlines()
    return f"{description[0] if description else name} (OpenSnitch)"[:200]


def _lifetime(table: Mapping[str, Any], now: float) -> tuple[Lifetime, float]:
    duration = str(table.get("duration") or "")
    match duration:
        case "always":
            return Lifetime.FOREVER, 0.0
        case "until restart":
            return Lifetime.REBOOT, 0.0
        case "once":
            raise Untold(translate("OpenSnitch", "it held once"))
    parts = DURATION.findall(duration)
    if not parts or "".join(map("".join, parts)) != duration:
        raise Untold(
            translate("OpenSnitch", "'{duration}' is no duration").format(duration=duration)
        )
    seconds = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    until = _created(table) + sum(float(number) * seconds[unit] for number, unit in parts)
    if until <= now:
        raise Untold(
            translate("OpenSnitch", "it held for {duration}, and is over").format(duration=duration)
        )
    return Lifetime.UNTIL, until


def _created(table: Mapping[str, Any]) -> float:
    """When it began: a time in their files, seconds in what is exported; else it is over."""
    created = str(table.get("updated") or table.get("created") or "0")
    if created.isdecimal():
        return float(created)
    trimmed = re.sub(r"(\.\d{6})\d+", r"\1", created)  # theirs are exact to the nanosecond
    try:
        return datetime.fromisoformat(trimmed).timestamp()
    except ValueError:
        return 0.0


# -- conditions ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Condition:
    kind: str
    operand: str
    data: str


def _conditions(operator: object) -> Iterator[_Condition]:
    """Give what has to fit, all of it."""
    if not isinstance(operator, dict):
        raise Untold(translate("OpenSnitch", "it has no operator"))
    kind, data = str(operator.get("type")), operator.get("data")
    if kind != "list":
        yield _Condition(kind, str(operator.get("operand")), str(data if data is not None else ""))
        return
    listed = operator.get("list") or []
    if not listed and isinstance(data, str) and data:
        try:
            listed = json.loads(data)
        except ValueError:
            raise Untold(translate("OpenSnitch", "its list of conditions cannot be read")) from None
    if not isinstance(listed, list) or not listed:
        raise Untold(translate("OpenSnitch", "its list of conditions is empty"))
    for each in listed:
        yield from _conditions(each)


@dataclass
class _Meaning:
    """What the conditions say together, an aspect at a time; each has alternatives."""

    action: Action
    said: list[str]
    applications: Sequence[Application] = (EVERYBODY,)
    places: Sequence[str] = ("any",)
    ports: str = "any"
    protocols: Sequence[tuple[str, int]] = (("any", 0),)
    user: str = "any"
    seen: set[str] = field(default_factory=set)

    def add(self, condition: _Condition) -> None:
        """Take one more condition. Raises Untold."""
        aspect = condition.operand.partition(".")[0]
        match condition.operand:
            case "true":
                return
            case "process.path":
                self.applications = [_application(path) for path in self._literals(condition)]
            case "dest.host":
                aspect, self.places = "dest", self._hosts(condition)
            case "dest.ip":
                aspect, self.places = "dest", self._addresses(condition)
            case "dest.network":
                aspect, self.places = "dest", _networks(condition)
            case "dest.port":
                aspect, self.ports = "port", self._ports(condition)
            case "protocol":
                found = [_protocols(each) for each in self._literals(condition)]
                self.protocols = [each for part in found for each in part]
            case "user.id":
                (self.user,) = self._single(condition)
            case other:
                raise Untold(_why_not(other, condition.data))
        if aspect in self.seen:
            raise Untold(
                translate(
                    "OpenSnitch",
                    "it has two conditions about the same thing, which no rule of Stile's has",
                )
            )
        self.seen.add(aspect)

    def pairs(self) -> Iterator[tuple[Application, Scope]]:
        """Give who and what, for each combination of alternatives. Raises Untold."""
        product = [*itertools.product(self.applications, self.places, self.protocols)]
        if len(product) > MOST:
            raise Untold(
                translate("OpenSnitch", "it would become {count} rules: more than {MOST}").format(
                    count=len(product), MOST=MOST
                )
            )
        pairs = []
        for application, place, (protocol, family) in product:
            where = self._place_of(place, family)
            if where is not None:
                words = {"to": where, "port": self.ports, "protocol": protocol, "user": self.user}
                pairs.append((application, Scope.parse(words)))
        if not pairs:
            raise Untold(translate("OpenSnitch", "no connection can fit it that Stile looks at"))
        yield from pairs

    def _place_of(self, place: str, family: int) -> str | None:
        """Say where to; None where it is out of sight, or of no family that is meant."""
        where = destination(place)
        if isinstance(where, Span):
            if any(where.first in each and where.last in each for each in LOOPBACK):
                self.said.append(
                    translate("OpenSnitch", "{place} is left out: Stile lets loopback pass").format(
                        place=place
                    )
                )
                return None
            return place if family in (0, where.first.version) else None
        if not family:
            return place
        if where == ANYWHERE:
            return ALL_OF[family]
        if self.action is Action.ALLOW:
            raise Untold(
                translate(
                    "OpenSnitch",
                    "it is about {place} over IPv{family} alone, which no rule can say",
                ).format(place=place, family=family)
            )
        self.said.append(
            translate("OpenSnitch", "it holds for {place} over IPv4 and IPv6").format(place=place)
        )
        return place

    # -- what is compared ------------------------------------------------------------------

    def _literals(self, condition: _Condition) -> list[str]:
        """Give the texts that fit, and only these."""
        if condition.kind == "simple":
            return [condition.data]
        if condition.kind != "regexp":
            raise Untold(
                translate("OpenSnitch", "'{kind}' does not compare {operand}").format(
                    kind=condition.kind, operand=condition.operand
                )
            )
        return self._globs(condition)

    def _single(self, condition: _Condition) -> list[str]:
        found = self._literals(condition)
        if len(found) != 1 or not found[0].isdecimal():
            raise Untold(
                translate("OpenSnitch", "'{data}' is no single number").format(data=condition.data)
            )
        return found

    def _hosts(self, condition: _Condition) -> list[str]:
        hosts = self._literals(condition)
        for each in hosts:
            try:
                found = destination(each)
            except ValueError as error:
                raise Untold(str(error)) from None
            if not isinstance(found, Name):
                raise Untold(translate("OpenSnitch", "'{each}' is no host name").format(each=each))
        return hosts

    def _addresses(self, condition: _Condition) -> Sequence[str]:
        if condition.kind == "regexp" and condition.data == LAN_RANGES:
            return LAN
        found = self._literals(condition)
        begun = [each.removeprefix("*") for each in found]
        if begun != found:  # their prompt does not say that it begins there, and means it
            self.said.append(
                translate("OpenSnitch", "'{data}' is taken for the beginning of an address").format(
                    data=condition.data
                )
            )
        return [_place(each) for each in begun]

    def _ports(self, condition: _Condition) -> str:
        if condition.kind == "range":
            return condition.data
        found = self._literals(condition)
        if not all(each.isdecimal() for each in found):
            raise Untold(
                translate("OpenSnitch", "'{data}' are no ports that can be said").format(
                    data=condition.data
                )
            )
        return ",".join(found)

    def _globs(self, condition: _Condition) -> list[str]:
        """Read a regular expression that is a choice of texts with asterisks. Raises Untold."""
        text = condition.data
        core, begins, ends = text, text.startswith("^"), text.endswith("$")
        core = core.removeprefix("^").removesuffix("$")
        prefix = "" if begins else "*"
        domain = re.fullmatch(r"(?:\(\|\.\*\\\.\)|\(\.\*\\\.\)\?|\(\?:\.\*\\\.\)\?)(.+)", core)
        if domain and begins:
            prefix, core = "*.", domain[1]
            if not ends:  # so their prompt writes it, and means the domain
                ends = True
                self.said.append(
                    translate(
                        "OpenSnitch", "'{text}' is taken for a domain, and all that is below it"
                    ).format(text=text)
                )
        group = re.fullmatch(r"\((?:\?:)?([^()]*)\)", core)
        if group:
            core = group[1]
        elif "|" in core and (begins or ends):
            raise Untold(
                translate("OpenSnitch", "the regular expression '{text}' cannot be said").format(
                    text=text
                )
            )
        suffix = "" if ends else "*"
        whole = [f"{prefix}{self._glob(each, text)}{suffix}" for each in core.split("|")]
        return [re.sub(r"\*{2,}", "*", each) for each in whole]

    def _glob(self, core: str, text: str) -> str:
        said, place = "", 0
        while place < len(core):
            piece = PIECE.match(core, place)
            if piece is None:
                raise Untold(
                    translate(
                        "OpenSnitch", "the regular expression '{text}' cannot be said"
                    ).format(text=text)
                )
            escaped, anything, letter, dot = piece.groups()
            said += escaped or ("*" if anything else letter or ".")
            if dot:
                self.said.append(
                    translate(
                        "OpenSnitch", "a dot in '{text}' is taken for a dot, not for any letter"
                    ).format(text=text)
                )
            place = piece.end()
        if not said:
            raise Untold(
                translate("OpenSnitch", "the regular expression '{text}' fits everything").format(
                    text=text
                )
            )
        return said


def _application(path: str) -> Application:
    if path == KERNELS:
        return KERNEL
    if "*" in path:
        raise Untold(
            translate(
                "OpenSnitch", "it is about all programs that fit '{path}': a rule is about one"
            ).format(path=path)
        )
    whole = next((kind for start, kind in ELSEWHERE.items() if path.startswith(start)), "")
    if whole:
        raise Untold(
            translate(
                "OpenSnitch",
                "{path} is within a {whole}: decide about that as a whole, when it asks",
            ).format(path=path, whole=whole)
        )
    try:
        return Application(Kind.PATH, path)
    except ValueError:
        raise Untold(
            translate("OpenSnitch", "'{path}' is no absolute path of a program").format(path=path)
        ) from None


def _place(text: str) -> str:
    """Read an address, or the beginning of one: 192.168.1.* is a network."""
    octets = re.fullmatch(r"((?:\d{1,3}\.){1,3})\*", text)
    if octets:
        known = octets[1].rstrip(".").split(".")
        padded = ".".join(known + ["0"] * (4 - len(known)))
        return _network(f"{padded}/{8 * len(known)}")
    try:
        return str(ip_address(text))
    except ValueError:
        raise Untold(
            translate("OpenSnitch", "'{text}' is no address or network that can be said").format(
                text=text
            )
        ) from None


def _networks(condition: _Condition) -> Sequence[str]:
    if condition.data in ALIASES:
        return ALIASES[condition.data]
    if condition.kind not in ("network", "simple"):
        raise Untold(
            translate("OpenSnitch", "'{kind}' does not compare {operand}").format(
                kind=condition.kind, operand=condition.operand
            )
        )
    return [_network(condition.data)]


def _network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise Untold(translate("OpenSnitch", "'{text}' is no network").format(text=text)) from None


def _protocols(text: str) -> list[tuple[str, int]]:
    """Read a protocol: theirs is of one family, tcp is IPv4's and tcp6 is IPv6's."""
    word, family = (text[:-1], 6) if text.endswith("6") else (text, 4)
    if text in ("tcp*", "udp*"):
        return [(text[:-1], 0)]
    if word == "icmp":
        return [(str(ICMP), 0) if family == 4 else (str(ICMPV6), 0)]
    try:
        return [(str(Protocol.parse(word.lower())), family)]
    except ValueError:
        raise Untold(
            translate("OpenSnitch", "'{text}' is no protocol that can be said").format(text=text)
        ) from None


def _why_not(operand: str, data: str) -> str:
    if operand == "process.command":
        return translate("OpenSnitch", "it is about a command line, and programs choose their own")
    if operand.startswith("lists."):
        return translate(
            "OpenSnitch",
            "it is about a list of {data}: make it a block list, a file in /etc/stile/lists.d",
        ).format(data=data)
    if operand.startswith("process.hash"):
        return translate("OpenSnitch", "it is about a checksum, and rules of Stile's have none")
    if operand.startswith("iface."):
        return translate(
            "OpenSnitch", "it is about a network interface, and rules of Stile's have none"
        )
    return translate("OpenSnitch", "it is about {operand}, and no rule of Stile's is").format(
        operand=operand
    )


# -- whose word counts ---------------------------------------------------------------------


def _weighed(read: Sequence[_Theirs]) -> tuple[tuple[Rule, ...], list[Remark]]:
    """Switch off what would decide here and did not there; keep one of those about the same."""
    remarks: list[Remark] = []
    refusing: dict[Application, list[tuple[_Theirs, Rule]]] = {}
    for each in read:
        for rule in each.rules:
            if rule.action is not Action.ALLOW and rule.enabled:
                refusing.setdefault(rule.application, []).append((each, rule))
    kept: dict[tuple[Application, Scope], Rule] = {}
    for each in read:
        for rule in each.rules:
            rivals = _rivals(rule, refusing)
            over = next((o for o, r in rivals if _turns_the_tables(each, rule, o, r)), None)
            if over is not None:
                text = translate(
                    "OpenSnitch",
                    "comes in switched off: there '{name}' wins, here it would stand over",
                ).format(name=over.name)
                remarks.append(Remark(each.name, text))
            standing = rule if over is None else replace(rule, enabled=False)
            key = (rule.application, rule.scope)
            if key in kept:
                text = translate(
                    "OpenSnitch",
                    "another rule is about the same: the more cautious one is carried over",
                )
                remarks.append(Remark(each.name, text))
                standing = min(standing, kept[key], key=_caution)
            kept[key] = standing
    return tuple(kept.values()), remarks


def _rivals(
    rule: Rule, refusing: Mapping[Application, list[tuple[_Theirs, Rule]]]
) -> Iterator[tuple[_Theirs, Rule]]:
    """Those that refuse, and may be about the same connections."""
    if rule.action is not Action.ALLOW or not rule.enabled:
        return
    if rule.application == EVERYBODY:
        yield from itertools.chain.from_iterable(refusing.values())
    else:
        yield from refusing.get(rule.application, ())
        yield from refusing.get(EVERYBODY, ())


def _turns_the_tables(allowing: _Theirs, allow: Rule, refusing: _Theirs, refuse: Rule) -> bool:
    if not overlap(allow.scope, refuse.scope) or allow.rank <= refuse.rank:
        return False
    return not (allowing.precedence and allowing.name < refusing.name)


def _caution(rule: Rule) -> tuple[bool, int]:
    return not rule.enabled, CAUTION.index(rule.action)
