"""One rule file: read, with the line of what is wrong, and written, the rest of it left alone."""

import hashlib
import os
import re
import tempfile
import tomllib
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import tomlkit
from tomlkit.items import AoT, Comment, Table

from stile.applications import Application
from stile.rules import CHILDLESS, LATEST, Action, Lifetime, Origin, Rule, RuleId
from stile.scopes import KEYS as SCOPE
from stile.scopes import WHOLE, Scope

T = TypeVar("T")
V = TypeVar("V")

ENDING = ".toml"
KEYS = ("application", "default", "note", "children", "until", "enabled", "rule")
RULE_KEYS = ("action", *SCOPE, "note", "until", "enabled")
BROKEN = ".broken"
"""Ends the name of a file that did not parse when a rule had to be written into it."""
HEADER = re.compile(r"\s*\[\[\s*([\"']?)rule\1\s*\]\]")
MARKS = {Origin.TEMPORARY: "~", Origin.TIMED: "@"}
"""End the name of a file in an id: the user's about the same application may have the same name."""


def id_of(path: Path, origin: Origin, scope: Scope) -> RuleId:
    """Name a rule: its file, and of those with a scope a mark that follows from that."""
    name = path.name.removesuffix(ENDING) + MARKS.get(origin, "")
    if scope.is_whole:
        return RuleId(name)
    return RuleId(f"{name}:{hashlib.sha256(str(scope).encode()).hexdigest()[:6]}")


def parsed(path: Path, origin: Origin) -> tuple[Rule, ...]:
    """Read a rule file; nothing in an empty one. Raises OSError, or ValueError with the reason."""
    with path.open("rb") as file:
        check_owner(os.fstat(file.fileno()))
        text = file.read().decode("utf-8")
    table = tomllib.loads(text)
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
        rule = _rule(application, each, path, origin, place)
        if rule.scope in rules:
            raise ValueError(f"'{rule.scope}' is decided twice ({place.line})")
        rules[rule.scope] = rule
    return tuple(rules.values())


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
    application: Application, table: Mapping[str, Any], path: Path, origin: Origin, place: _Place
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
            id=id_of(path, origin, scope),
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


def check_owner(status: os.stat_result) -> None:
    """Refuse a file that somebody without rights could have written."""
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o002:
        raise ValueError(
            "others may change this file: chown it to root and take away their right to write"
        )


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


# -- writing ---------------------------------------------------------------------------------


def write(path: Path, rule: Rule) -> None:
    """Write a rule into its file, and leave the others in it, and the user's comments, alone.

    A file that does not parse is put aside, for the rules in it. Raises OSError.
    """
    document = _document(path)
    document["application"] = str(rule.application)
    if rule.scope.is_whole:
        document["default"] = str(rule.action)
        table: MutableMapping[str, Any] = document
    else:
        table = _table_of(document, rule.scope)
        table["action"] = str(rule.action)
    _put(table, "note", rule.note, rule.note or "note" in table)
    _put(table, "until", end_of(rule), rule.until)
    _put(table, "enabled", rule.enabled, not rule.enabled)
    if rule.scope.is_whole:
        _put(table, "children", rule.children, rule.children)
    replace_file(path, tomlkit.dumps(document))


def _document(path: Path) -> tomlkit.TOMLDocument:
    """Read a file to change it. Raises OSError."""
    with suppress(FileNotFoundError):
        try:
            text = path.read_text(encoding="utf-8")
            return tomlkit.parse(text if text.endswith("\n") else f"{text}\n")
        except ValueError:
            path.rename(path.with_name(f"{path.name}{BROKEN}"))
    return tomlkit.document()


def end_of(rule: Rule) -> datetime:
    """Say when a rule ends, as exactly as a file can."""
    return datetime.fromtimestamp(rule.until, UTC)


def _put(table: MutableMapping[str, Any], key: str, value: object, wanted: object) -> None:
    if wanted:
        table[key] = value
    else:
        table.pop(key, None)


def _table_of(document: tomlkit.TOMLDocument, scope: Scope) -> Table:
    """Find the table of the rule with this scope, or add one."""
    rules = _tables(document)
    table: Table
    for table in rules:
        if _has_scope(table, scope):
            return table
    table = tomlkit.table()
    table["action"] = ""
    table.update(scope.words)
    rules.append(table)
    table = rules[-1]
    return table


def _tables(document: tomlkit.TOMLDocument) -> AoT:
    """Give the [[rule]] tables, also of a file that has them in another notation of TOML's."""
    found = document.get("rule")
    if isinstance(found, AoT):
        return found
    document.pop("rule", None)
    document["rule"] = tomlkit.aot()
    tables: AoT = document["rule"]
    for each in found or ():
        table = tomlkit.table()
        table.update(each)
        tables.append(table)
    return tables


def _has_scope(table: Mapping[str, Any], scope: Scope) -> bool:
    with suppress(ValueError):
        return Scope.parse({key: str(table[key]) for key in SCOPE if key in table}) == scope
    return False


def take_out(path: Path, rule: Rule) -> None:
    """Take a rule out of a file, and remove a file that has none left. Raises OSError."""
    if not path.exists():
        return
    document = _document(path)
    if rule.scope.is_whole:
        for key in ("default", "note", "until", "children", "enabled"):
            document.pop(key, None)
    elif "rule" in document:
        rules = _tables(document)
        for number in reversed(range(len(rules))):
            if _has_scope(rules[number], rule.scope):
                _delete(rules, number)
    if "default" in document or document.get("rule"):
        replace_file(path, tomlkit.dumps(document))
    else:
        path.unlink(missing_ok=True)
        sync(path.parent)


def _delete(rules: AoT, number: int) -> None:
    """Take a table out; the comments above the next one count as a part of it, and stay."""
    comments: list[Comment] = []
    for key, item in reversed(rules[number].value.body):
        if key is not None:
            break
        if isinstance(item, Comment):
            comments.insert(0, item)
    del rules[number]
    if comments and number < len(rules):
        table = tomlkit.table()
        for comment in comments:
            table.add(comment)
        for key, item in rules[number].value.body:
            table.append(key, item)
        del rules[number]
        rules.insert(number, table)


def replace_file(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file so that it is there whole, or as before: temp file, fsync, rename, fsync."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).rename(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(folder: Path) -> None:
    """Have what was renamed or removed in a folder on the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
