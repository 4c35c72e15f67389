"""One rule file: read, with the line of what is wrong, and written, the rest of it left alone."""

import hashlib
import os
import tempfile
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Comment, Table

from stile.rules import Origin, Rule, RuleId
from stile.ruletext import rules_in
from stile.scopes import KEYS as SCOPE
from stile.scopes import MOST_READ, WHOLE, Scope

ENDING = ".toml"
BROKEN = ".broken"
"""Ends the name of a file that was no rule file when a rule had to be written into it."""
MARKS = {Origin.TEMPORARY: "~", Origin.TIMED: "@"}
"""End the name of a file in an id: the user's about the same application may have the same name."""


def id_of(path: Path, origin: Origin, scope: Scope) -> RuleId:
    """Name a rule: its file, and of those with a scope a mark that follows from that."""
    return _id_in(path.name.removesuffix(ENDING) + MARKS.get(origin, ""), scope)


def _id_in(name: str, scope: Scope) -> RuleId:
    return RuleId(name if scope.is_whole else f"{name}:{_mark(scope)}")


@lru_cache(MOST_READ)
def _mark(scope: Scope) -> str:
    return hashlib.sha256(str(scope).encode()).hexdigest()[:6]


def parsed(path: Path, origin: Origin) -> tuple[Rule, ...]:
    """Read a rule file; nothing in an empty one. Raises OSError, or ValueError with the reason."""
    with path.open("rb") as file:
        check_owner(os.fstat(file.fileno()))
        text = file.read().decode("utf-8")
    return rules_in(text, origin, partial(_id_in, id_of(path, origin, WHOLE)))


def check_owner(status: os.stat_result) -> None:
    """Refuse a file that somebody without rights could have written."""
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o002:
        raise ValueError(
            "others may change this file: chown it to root and take away their right to write"
        )


# -- writing ---------------------------------------------------------------------------------


def write(path: Path, rule: Rule) -> None:
    """Write a rule into its file, and leave the others in it, and the user's comments, alone.

    A file that cannot be read is put aside, for the rules in it. Raises OSError.
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
    """Read a file to change it. Raises OSError.

    One that is skipped when it is read is put aside: what is written into it would be, too.
    """
    with suppress(FileNotFoundError):
        try:
            parsed(path, Origin.USER)
            text = path.read_text(encoding="utf-8")
            return tomlkit.parse(text if text.endswith("\n") else f"{text}\n")
        except (ValueError, RecursionError):
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
