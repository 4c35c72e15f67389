"""The text of a rule file, as it stands on disk and in what is exported: read into rules.

What is wrong is said with its line. `stiled.store` shows what such a file looks like.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from stile.applications import Application
from stile.rules import CHILDLESS, LATEST, Action, Lifetime, Origin, Rule, RuleId
from stile.scopes import KEYS as SCOPE
from stile.scopes import WHOLE, Scope

T = TypeVar("T")
V = TypeVar("V")

KEYS = ("application", "default", "note", "children", "until", "enabled", "rule")
RULE_KEYS = ("action", *SCOPE, "note", "until", "enabled")
HEADER = re.compile(r"\s*\[\[\s*([\"']?)rule\1\s*\]\]")


def rules_in(
    text: str, origin: Origin = Origin.USER, name: Callable[[Scope], RuleId] = lambda _: RuleId("")
) -> tuple[Rule, ...]:
    """Read the rules of one application; nothing in an empty text. Raises ValueError.

    *name* gives the id of a rule.
    """
    table = toml(text)
    if not table:
        return ()
    _check_keys(table, text)
    application = _read_key(_Place("application", text), Application.parse, table["application"])
    tables: list[tuple[Mapping[str, Any], _Place]] = []
    if "default" in table:
        tables.append(({**table, "action": table["default"]}, _Place("default", text)))
    tables += [
        (each, _Place("action", text, number))
        for number, each in enumerate(table.get("rule", ()), 1)
    ]
    rules: dict[Scope, Rule] = {}
    for each, place in tables:
        rule = _rule(application, each, origin, name, place)
        if rule.scope in rules:
            raise ValueError(f"'{rule.scope}' is decided twice ({place.line})")
        rules[rule.scope] = rule
    return tuple(rules.values())


def toml(text: str) -> dict[str, Any]:
    """Read TOML. Raises ValueError, also where it is nested deeper than can be read."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


@dataclass(frozen=True, slots=True)
class _Place:
    """A key of a file, of the nth [[rule]] in it where that is not 0."""

    key: str
    text: str
    rule: int = 0

    @property
    def line(self) -> str:
        """Say where it stands, in the words of tomllib's own errors."""
        lines = self.text.splitlines()
        headers = [number for number, line in enumerate(lines) if HEADER.match(line)]
        is_inline = self.rule > len(headers)  # rule = [{ action = ... }]
        begin = headers[self.rule - 1] if self.rule and not is_inline else 0
        end = headers[self.rule] if self.rule < len(headers) else len(lines)
        key = "rule" if is_inline else self.key
        for number in range(begin, end):
            if lines[number].strip().startswith((key, f'"{key}"', f"[[{key}")):
                return f"at line {number + 1}"
        return f"at line {begin + 1}"

    def at(self, key: str) -> "_Place":
        """Give another key of the same table."""
        return replace(self, key=key)


def _rule(
    application: Application,
    table: Mapping[str, Any],
    origin: Origin,
    name: Callable[[Scope], RuleId],
    place: _Place,
) -> Rule:
    """Read the default of a file, or one of its rules. Raises ValueError that says where."""
    scope = _scope(table, place) if place.rule else WHOLE
    until = _until(table, place)
    lasting = Lifetime.REBOOT if origin is Origin.TEMPORARY else Lifetime.FOREVER
    action = _read_key(place, _action, table["action"])
    try:
        return Rule(
            application=application,
            action=action,
            lifetime=Lifetime.UNTIL if until else lasting,
            note=table.get("note", ""),
            id=name(scope),
            origin=origin,
            children=table.get("children", False),
            scope=scope,
            until=until,
            enabled=table.get("enabled", True),
        )
    except ValueError as error:
        blamed = place.at("children") if str(error) == CHILDLESS else place
        blamed = place.at("application") if "about" in str(error) and not place.rule else blamed
        raise ValueError(f"{error} ({blamed.line})") from None


def _scope(table: Mapping[str, Any], place: _Place) -> Scope:
    words = {key: str(table[key]) for key in SCOPE if key in table}
    try:
        scope = Scope.parse(words)
    except ValueError:
        for key in words:  # one after another, to say which one is wrong
            _read_key(place.at(key), Scope.parse, {key: words[key]})
        scope = _read_key(place, Scope.parse, words)
    if scope.is_whole:
        raise ValueError(f"a rule about everything is the 'default' of the file ({place.line})")
    return scope


def _until(table: Mapping[str, Any], place: _Place) -> float:
    value = table.get("until")
    if value is None:
        return 0.0
    if not isinstance(value, datetime):
        raise ValueError(f"'until' is a time like 2030-01-01T12:00:00Z ({place.at('until').line})")
    return min(max(value.timestamp(), 1.0), LATEST)  # 0 would be no end at all


def _read_key(place: _Place, reader: Callable[[V], T], value: V) -> T:
    try:
        return reader(value)
    except ValueError as error:
        raise ValueError(f"{error} ({place.line})") from None


def _check_keys(table: Mapping[str, Any], text: str) -> None:
    _check_table(table, KEYS, _Place("", text))
    for number, each in enumerate(table.get("rule", ()), 1):
        _check_table(each, RULE_KEYS, _Place("", text, number))
        if "action" not in each:
            raise ValueError(f"'action' is missing ({_Place('[[', text, number).line})")
    if "application" not in table:
        raise ValueError("'application' is missing")
    if "default" not in table and "rule" not in table:
        raise ValueError("'default' is missing")


def _check_table(table: Mapping[str, Any], keys: tuple[str, ...], place: _Place) -> None:
    for key, value in table.items():
        if key not in keys:
            known = ", ".join(keys)
            raise ValueError(f"there is no '{key}' in a rule file: {known} ({place.at(key).line})")
        if reason := _wrong_type(key, value):
            raise ValueError(f"{reason} ({place.at(key).line})")


def _wrong_type(key: str, value: object) -> str:
    if key in ("children", "enabled"):
        return "" if isinstance(value, bool) else f"'{key}' is true or false"
    if key == "rule":
        tables = isinstance(value, list) and all(isinstance(each, dict) for each in value)
        return "" if tables else "'rule' is a table: [[rule]]"
    if key in ("port", "user"):
        good = isinstance(value, str | int) and not isinstance(value, bool)
        return "" if good else f"'{key}' is a number, or text in quotes"
    if key == "until":
        return ""  # `_until` says it
    return "" if isinstance(value, str) else f"'{key}' is text in quotes"


def _action(text: str) -> Action:
    try:
        return Action(text)
    except ValueError:
        raise ValueError(f"'{text}' is not an action: {', '.join(Action)}") from None
