"""Domain types to the words of the contract, and back.

What comes from the bus is checked here, once: readers raise ValueError that names the key.
"""

import math
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any, TypeVar

from dbus_next.signature import Variant

from stile.applications import Application, shown
from stile.connections import Connection, Direction, Flow, Pid, Process, Protocol, Uid
from stile.decisions import Decision, Outcome, Reason
from stile.learned import Learned, Place, Running
from stile.questions import About, Details, Question, QuestionId
from stile.rules import (
    ABOUT_PROCESSES,
    LATEST,
    Action,
    Choice,
    Lifetime,
    Origin,
    Reach,
    Rule,
    RuleId,
)
from stile.scopes import KEYS as SCOPE_KEYS
from stile.scopes import Scope
from stile.settings import Settings, Stated, Value
from stile.traffic import OpenConnection, State, Traffic

Dict = dict[str, Any]
T = TypeVar("T")


def _take(table: Mapping[str, Variant], key: str, kind: type[T], default: T | None = None) -> T:
    """Read one key of an `a{sv}`."""
    if key not in table:
        if default is None:
            raise ValueError(f"'{key}' is missing")
        return default
    value = table[key].value
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"'{key}' is of the wrong type")
    return value


def _texts(table: Mapping[str, Variant], key: str) -> list[str]:
    texts = _take(table, key, list)
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"'{key}' is of the wrong type")
    return texts


def _tables(table: Mapping[str, Variant], key: str) -> list[Mapping[str, Variant]]:
    tables: list[Mapping[str, Variant]] = _take(table, key, list, [])
    if not all(isinstance(each, dict) for each in tables):
        raise ValueError(f"'{key}' is of the wrong type")
    return tables


def _only(table: Mapping[str, Variant], *known: str) -> None:
    if unknown := sorted(set(table) - set(known)):
        raise ValueError(f"there is no '{unknown[0]}' here: {', '.join(known)}")


def _action(text: str) -> Action:
    try:
        return Action(text)
    except ValueError:
        raise ValueError(f"'{text}' is not an action: {', '.join(Action)}") from None


def _lifetime(text: str) -> Lifetime:
    try:
        return Lifetime(text)
    except ValueError:
        raise ValueError(f"'{text}' is not a lifetime: {', '.join(Lifetime)}") from None


def _until(table: Mapping[str, Variant]) -> float:
    until = _take(table, "until", float, 0.0)
    if not (math.isfinite(until) and 0 <= until <= LATEST):
        raise ValueError("'until' is not a time")
    return until or 0.0  # one that all rules without an end share


def _scope(table: Mapping[str, Variant]) -> Scope:
    words = _take(table, "scope", dict, {})
    if not all(isinstance(word, str) for pair in words.items() for word in pair):
        raise ValueError("'scope' is of the wrong type")
    if unknown := sorted(words.keys() - SCOPE_KEYS):
        raise ValueError(f"there is no '{unknown[0]}' in a scope: {', '.join(SCOPE_KEYS)}")
    return Scope.parse(words)


# -- rules ---------------------------------------------------------------------------


def rule_dict(rule: Rule, *, in_force: bool = True) -> Dict:
    """Write a rule as ListRules gives it."""
    return {
        "id": Variant("s", rule.id),
        "application": Variant("s", str(rule.application)),
        "action": Variant("s", str(rule.action)),
        "lifetime": Variant("s", str(rule.lifetime)),
        "origin": Variant("s", str(rule.origin)),
        "note": Variant("s", rule.note),
        "children": Variant("b", rule.children),
        "in-force": Variant("b", in_force),
        **_extent(rule),
    }


def _extent(rule: Rule) -> Dict:
    """Write what a rule covers, and until when."""
    return {
        "scope": Variant("a{ss}", rule.scope.words),
        "until": Variant("d", rule.until),
        "enabled": Variant("b", rule.enabled),
    }


def rule_of(table: Mapping[str, Variant]) -> tuple[Rule, bool]:
    """Read a rule of ListRules, and whether it is in force."""
    rule = Rule(
        application=Application.parse(_take(table, "application", str)),
        action=_action(_take(table, "action", str)),
        lifetime=_lifetime(_take(table, "lifetime", str)),
        id=RuleId(_take(table, "id", str)),
        origin=Origin(_take(table, "origin", str)),
        **_common(table),
    )
    return rule, _take(table, "in-force", bool)


def new_rule_dict(rule: Rule) -> Dict:
    """Write a rule as AddRule takes it."""
    return {
        "application": Variant("s", str(rule.application)),
        "action": Variant("s", str(rule.action)),
        "lifetime": Variant("s", str(rule.lifetime)),
        "note": Variant("s", rule.note),
        "children": Variant("b", rule.children),
        **_extent(rule),
    }


def new_rule_of(table: Mapping[str, Variant]) -> Rule:
    """Read the rule of an AddRule call."""
    extent = ("scope", "until", "enabled")
    _only(table, "application", "action", "lifetime", "note", "children", *extent)
    lifetime = _lifetime(_take(table, "lifetime", str, "forever"))
    if lifetime is Lifetime.QUIT:
        raise ValueError(ABOUT_PROCESSES)
    return Rule(
        application=Application.parse(_take(table, "application", str)),
        action=_action(_take(table, "action", str)),
        lifetime=lifetime,
        **_common(table),
    )


def _common(table: Mapping[str, Variant]) -> dict[str, Any]:
    """Read what every rule has, and may be left out."""
    return {
        "note": _take(table, "note", str, ""),
        "children": _take(table, "children", bool, False),  # noqa: FBT003 # the default
        "scope": _scope(table),
        "until": _until(table),
        "enabled": _take(table, "enabled", bool, True),  # noqa: FBT003 # the default
    }


def changes_dict(
    action: Action | None = None,
    lifetime: Lifetime | None = None,
    note: str | None = None,
    *,
    children: bool | None = None,
    enabled: bool | None = None,
    scope: Scope | None = None,
    until: float = 0.0,
) -> Dict:
    """Write what ChangeRule takes."""
    given = {"action": action, "lifetime": lifetime, "note": note}
    words = {key: Variant("s", str(value)) for key, value in given.items() if value is not None}
    switches = {"children": children, "enabled": enabled}
    words |= {key: Variant("b", value) for key, value in switches.items() if value is not None}
    if scope is not None:
        words["scope"] = Variant("a{ss}", scope.words)
    return words | {"until": Variant("d", until)} if until else words


def changes_of(table: Mapping[str, Variant]) -> dict[str, Any]:
    """Read what ChangeRule takes, as arguments for `dataclasses.replace`."""
    _only(table, "action", "lifetime", "note", "children", "enabled", "scope", "until")
    changes: dict[str, Any] = {}
    if "action" in table:
        changes["action"] = _action(_take(table, "action", str))
    if "lifetime" in table:
        changes["lifetime"] = _lifetime(_take(table, "lifetime", str))
        if changes["lifetime"] is Lifetime.QUIT:
            raise ValueError(ABOUT_PROCESSES)
        changes["until"] = _until(table)
    if "note" in table:
        changes["note"] = _take(table, "note", str)
    if "enabled" in table:
        changes["enabled"] = _take(table, "enabled", bool)
    if "scope" in table:
        changes["scope"] = _scope(table)
    if "children" in table:
        changes["children"] = _take(table, "children", bool)
    elif changes.get("action") is Action.ASK:
        changes["children"] = False  # there is no verdict left to share
    return changes


# -- questions -----------------------------------------------------------------------


def question_dict(question: Question) -> Dict:
    """Write the details of an Ask call."""
    connection = question.connection
    lasting = list(Lifetime) if connection.application.can_have_rules else [Lifetime.ONCE]
    return _asked_dict(connection) | {
        "waiting": Variant("u", question.waiting),
        "seconds": Variant("d", question.seconds),
        "lifetimes": Variant("as", [str(lifetime) for lifetime in lasting]),
        "name": Variant("s", question.about.name),
        "icon": Variant("s", question.about.icon),
        "package": Variant("s", question.about.package),
        "others": Variant("aa{sv}", [_asked_dict(each) for each in question.others]),
        "parents": Variant("as", list(question.parents)),
        "stopped": Variant("b", question.stopped),
    }


def question_of(number: int, table: Mapping[str, Variant]) -> Question:
    """Read an Ask call."""
    seconds = _take(table, "seconds", float)
    if not math.isfinite(seconds):
        raise ValueError("'seconds' is not finite")
    about = About(*(_take(table, key, str, "") for key in ("name", "icon", "package")))
    return Question(
        QuestionId(number),
        _asked_of(table),
        _take(table, "waiting", int),
        seconds,
        about,
        others=tuple(map(_asked_of, _tables(table, "others"))),
        parents=tuple(_texts(table, "parents")) if "parents" in table else (),
        stopped=_take(table, "stopped", bool, False),  # noqa: FBT003 # the default
    )


def _asked_of(table: Mapping[str, Variant]) -> Connection:
    """Read the connection that a question is about."""
    process = Process(
        pid=Pid(_take(table, "pid", int)),
        uid=Uid(_take(table, "uid", int)),
        application=Application.parse(_take(table, "application", str)),
        command=tuple(_texts(table, "command")),
    )
    flow = Flow(
        protocol=Protocol.parse(_take(table, "protocol", str)),
        source=ip_address(_take(table, "source", str)),
        source_port=_take(table, "source-port", int),
        address=ip_address(_take(table, "address", str)),
        port=_take(table, "port", int),
        inbound=_take(table, "inbound", bool, False),  # noqa: FBT003 # the default
    )
    inferred, host = _take(table, "inferred", bool), _take(table, "host", str, "")
    lookup = _take(table, "lookup", bool, False)  # noqa: FBT003 # the default
    return Connection(process, flow, inferred, shown(host), lookup)


def _asked_dict(connection: Connection) -> Dict:
    """Write a connection that is asked about."""
    return _connection_dict(connection) | {
        "command": Variant("as", list(connection.process.command)),
        "source": Variant("s", str(connection.flow.source)),
        "source-port": Variant("q", connection.flow.source_port),
        "inbound": Variant("b", connection.flow.inbound),
    }


def choice_dict(choice: Choice) -> Dict:
    """Write the choice of an Answer call."""
    return {
        "action": Variant("s", str(choice.action)),
        "lifetime": Variant("s", str(choice.lifetime)),
        "until": Variant("d", choice.until),
        "reach": Variant("s", str(choice.reach)),
        "this-port": Variant("b", choice.this_port),
        "place": Variant("u", choice.place),
        "every": Variant("b", choice.every),
    }


def choice_of(table: Mapping[str, Variant]) -> Choice:
    """Read the choice of an Answer call."""
    _only(table, "action", "lifetime", "until", "reach", "this-port", "place", "every")
    reach = _take(table, "reach", str, "anywhere")
    if reach not in set(Reach):
        raise ValueError(f"'{reach}' is not a reach: {', '.join(Reach)}")
    return Choice(
        _action(_take(table, "action", str)),
        _lifetime(_take(table, "lifetime", str)),
        _until(table),
        Reach(reach),
        _take(table, "this-port", bool, False),  # noqa: FBT003 # the default
        _take(table, "place", int, 0),
        _take(table, "every", bool, False),  # noqa: FBT003 # the default
    )


def details_dict(details: Details) -> Dict:
    """Write the answer of Details."""
    return {
        "command": Variant("as", list(details.command)),
        "directory": Variant("s", details.directory),
        "executable": Variant("s", details.executable),
        "sha256": Variant("s", details.sha256),
        "unhashed": Variant("s", details.unhashed),
        "parents": Variant("a(us)", [list(each) for each in details.parents]),
        "connections": Variant("as", list(details.connections)),
        "names": Variant("as", list(details.names)),
    }


def details_of(table: Mapping[str, Variant]) -> Details:
    """Read the answer of Details."""
    return Details(
        command=tuple(_texts(table, "command")),
        directory=_take(table, "directory", str),
        executable=_take(table, "executable", str),
        sha256=_take(table, "sha256", str),
        unhashed=_take(table, "unhashed", str),
        parents=tuple(map(_parent, _take(table, "parents", list))),
        connections=tuple(_texts(table, "connections")),
        names=tuple(_texts(table, "names")),
    )


def _parent(pair: object) -> tuple[Pid, str]:
    match pair:
        case [int(pid), str(name)]:
            return Pid(pid), name
    raise ValueError("'parents' is of the wrong type")


# -- decisions and status --------------------------------------------------------------

DECISION_KEYS: Mapping[str, type[Any]] = {
    "time": float,
    "application": str,
    "pid": int,
    "uid": int,
    "protocol": str,
    "address": str,
    "port": int,
    "host": str,
    "verdict": str,
    "reason": str,
    "inferred": bool,
}


def decision_dict(decision: Decision) -> Dict:
    """Write the argument of the signal Decided."""
    return _connection_dict(decision.connection) | {
        "time": Variant("d", decision.time),
        "verdict": Variant("s", str(decision.outcome)),
        "reason": Variant("s", str(decision.reason)),
        "inbound": Variant("b", decision.connection.flow.inbound),
        "own-port": Variant("q", decision.connection.flow.source_port),
    }


def decision_words(table: Mapping[str, Variant]) -> dict[str, Any]:
    """Read the signal Decided into plain words, checked, in the order in which they are shown."""
    words: dict[str, Any] = {key: _take(table, key, kind) for key, kind in DECISION_KEYS.items()}
    words["inbound"] = _take(table, "inbound", bool, False)  # noqa: FBT003 # the default
    words["own-port"] = _take(table, "own-port", int, 0)
    if not math.isfinite(words["time"]):
        raise ValueError("'time' is not finite")
    Application.parse(words["application"])
    Protocol.parse(words["protocol"])
    ip_address(words["address"])
    Outcome(words["verdict"])
    Reason(words["reason"])
    return words


def open_dict(each: OpenConnection) -> Dict:
    """Write a connection as Connections gives it."""
    octets = {"sent": each.sent, "received": each.received}
    return {
        "id": Variant("t", each.id),
        "application": Variant("s", str(each.application)),
        "uid": Variant("u", each.uid),
        "protocol": Variant("s", str(each.protocol)),
        "address": Variant("s", str(each.address)),
        "port": Variant("q", each.port),
        "own-port": Variant("q", each.own_port),
        "host": Variant("s", each.host),
        "direction": Variant("s", str(each.direction or "")),
        "verdict": Variant("s", str(each.verdict)),
        "state": Variant("s", str(each.state)),
        **{key: Variant("t", value) for key, value in octets.items() if value is not None},
    }


def open_of(table: Mapping[str, Variant]) -> OpenConnection:
    """Read a connection of Connections."""
    direction = _take(table, "direction", str)
    return OpenConnection(
        id=_take(table, "id", int),
        application=Application.parse(_take(table, "application", str)),
        uid=Uid(_take(table, "uid", int)),
        protocol=Protocol.parse(_take(table, "protocol", str)),
        address=ip_address(_take(table, "address", str)),
        port=_take(table, "port", int),
        own_port=_take(table, "own-port", int),
        host=shown(_take(table, "host", str)),
        direction=Direction(direction) if direction else None,
        verdict=_action(_take(table, "verdict", str)),
        state=State(_take(table, "state", str)),
        sent=_take(table, "sent", int) if "sent" in table else None,
        received=_take(table, "received", int) if "received" in table else None,
    )


COUNTED_KEYS = ("packets-sent", "sent", "packets-received", "received")


def traffic_dict(each: Traffic) -> Dict:
    """Write what has passed as Traffic gives it."""
    numbers = (each.packets_sent, each.sent, each.packets_received, each.received)
    return {
        "application": Variant("s", str(each.application)),
        "uid": Variant("u", each.uid),
        "since": Variant("d", each.since),
        **{key: Variant("t", value) for key, value in zip(COUNTED_KEYS, numbers, strict=True)},
    }


def traffic_of(table: Mapping[str, Variant]) -> Traffic:
    """Read what has passed out of Traffic."""
    since = _take(table, "since", float)
    if not math.isfinite(since):
        raise ValueError("'since' is not finite")
    return Traffic(
        Application.parse(_take(table, "application", str)),
        Uid(_take(table, "uid", int)),
        since,
        *(_take(table, key, int) for key in COUNTED_KEYS),
    )


def plain(table: Mapping[str, Variant]) -> dict[str, Any]:
    """Take an `a{sv}` out of its variants."""
    return {key: variant.value for key, variant in table.items()}


LIST_KEYS: Mapping[str, str] = {
    "name": "s",
    "source": "s",
    "action": "s",
    "entries": "u",
    "skipped": "u",
    "updated": "d",
    "hits": "t",
    "problem": "s",
}


def list_dict(words: Mapping[str, str | int | float]) -> Dict:
    """Write a block list as ListLists gives it."""
    return {key: Variant(signature, words[key]) for key, signature in LIST_KEYS.items()}


# -- learning --------------------------------------------------------------------------


def learned_dict(learned: Learned) -> Dict:
    """Write what was learned of an application as ListLearned gives it."""
    return {
        "application": Variant("s", str(learned.application)),
        "times": Variant("u", learned.times),
        "more": Variant("u", learned.more),
        "places": _places(learned.places),
    }


def _places(places: Iterable[Place]) -> Variant:
    return Variant(
        "a(sqssbb)",
        [
            [str(it.protocol), it.port, str(it.address), it.name, it.lookup, it.inbound]
            for it in places
        ],
    )


def learned_of(table: Mapping[str, Variant]) -> Learned:
    """Read an entry of ListLearned."""
    return Learned(
        Application.parse(_take(table, "application", str)),
        _take(table, "times", int),
        tuple(_place(*words) for words in _take(table, "places", list)),
        _take(table, "more", int),
    )


def running_dict(running: Running) -> Dict:
    """Write who uses the network as Running gives it."""
    return {
        "application": Variant("s", str(running.application)),
        "uid": Variant("u", running.uid),
        "name": Variant("s", running.about.name),
        "icon": Variant("s", running.about.icon),
        "places": _places(running.places),
        "listens": Variant("a(sq)", [[str(it), port] for it, port in running.listens]),
    }


def running_of(table: Mapping[str, Variant]) -> Running:
    """Read an entry of Running."""
    return Running(
        Application.parse(_take(table, "application", str)),
        Uid(_take(table, "uid", int)),
        tuple(_place(*words) for words in _take(table, "places", list)),
        tuple((Protocol.parse(it), port) for it, port in _take(table, "listens", list)),
        About(_take(table, "name", str, ""), _take(table, "icon", str, "")),
    )


def _place(
    protocol: str,
    port: int,
    address: str,
    name: str,
    lookup: bool,  # noqa: FBT001 # a struct of the bus
    inbound: bool,  # noqa: FBT001
) -> Place:
    where = ip_address(address)
    return Place(Protocol.parse(protocol), port, where, shown(name), lookup, inbound)


def status_dict(words: Mapping[str, str | int | list[str]]) -> Dict:
    """Write the answer of Status."""
    signatures = {str: "s", int: "u", bool: "b", list: "as"}
    return {key: Variant(signatures[type(value)], value) for key, value in words.items()}


# -- settings ----------------------------------------------------------------------------

SETTING_SIGNATURES = {bool: "b", int: "u", float: "d", str: "s"}


def values_dict(values: Mapping[str, Value]) -> Dict:
    """Write keys of stile.toml with their values. Raises ValueError that begins with the key."""
    for key, value in values.items():
        if isinstance(value, int) and not 0 <= value < 2**32:
            raise ValueError(f"{key} is {value}, which is out of range")
    return {key: Variant(SETTING_SIGNATURES[type(each)], each) for key, each in values.items()}


def settings_dict(stated: Stated) -> Dict:
    """Write the answer of Settings."""
    return values_dict(stated.settings.values) | {
        "file": Variant("s", stated.file),
        "problem": Variant("s", stated.problem),
        "after-restart": Variant("as", list(stated.after_restart)),
    }


def settings_of(table: Mapping[str, Variant]) -> Stated:
    """Read the answer of Settings; what another version has besides is passed over."""
    values = {key: table[key].value for key in Settings().values if key in table}
    return Stated(
        Settings.parse(values),
        _take(table, "file", str, ""),
        _take(table, "problem", str, ""),
        tuple(_texts(table, "after-restart")),
    )


def _connection_dict(connection: Connection) -> Dict:
    return {
        "application": Variant("s", str(connection.application)),
        "pid": Variant("u", connection.process.pid),
        "uid": Variant("u", connection.process.uid),
        "protocol": Variant("s", str(connection.flow.protocol)),
        "address": Variant("s", str(connection.flow.address)),
        "port": Variant("q", connection.flow.port),
        "host": Variant("s", connection.name),
        "lookup": Variant("b", connection.lookup),
        "inferred": Variant("b", connection.inferred),
    }
