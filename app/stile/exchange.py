"""Rules as files to take along: our own, one for all or a folder with one an application.

A folder holds what /etc/stile/rules.d does. A single file has the same tables in it, one below the
other:

    [[rules]]
    application = "path:/usr/bin/curl"
    default = "allow"

    [[rules.rule]]
    action = "deny"
    to = "*.example.org"

OpenSnitch's come in too (`stile.opensnitch`).
"""

import hashlib
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomlkit

from stile.applications import Application
from stile.arrivals import Arrivals, Remark
from stile.language import translate
from stile.opensnitch import translated
from stile.rules import Lifetime, Origin, Rule
from stile.ruletext import rules_in

LARGEST = 32 << 20
"""Octets of a file, and files of a folder: more is none of rules."""
LINE = re.compile(r" \(at line \d+(, column \d+)?\)")
TAKEN_ALONG = frozenset({Origin.USER, Origin.TIMED})
OUR_ENDING, THEIR_ENDING = ".toml", ".json"


class Unreadable(Exception):
    """It cannot be read at all; the text says what and why."""


# -- out -----------------------------------------------------------------------------------


def write_rules(path: Path, rules: Iterable[Rule]) -> int:
    """Write what is worth taking along, and give how many that is. Raises OSError.

    That is what was decided on this machine and outlasts a reboot. Into a folder, where *path* is
    one, a file for each application.
    """
    tables: dict[Application, dict[str, Any]] = {}
    strongest = sorted(_taken_along(rules), key=lambda rule: rule.origin is Origin.TIMED)
    count = sum(_put(tables, rule) for rule in strongest)
    ordered = [tables[who] for who in sorted(tables)]
    if path.is_dir():
        for table in ordered:
            _write(path / f"{_file_name(table['application'])}{OUR_ENDING}", table)
    else:
        _write(path, {"rules": ordered})
    return count


def _taken_along(rules: Iterable[Rule]) -> Iterable[Rule]:
    return (
        rule
        for rule in rules
        if rule.origin in TAKEN_ALONG and rule.lifetime in (Lifetime.FOREVER, Lifetime.UNTIL)
    )


def _put(tables: dict[Application, dict[str, Any]], rule: Rule) -> bool:
    """Put a rule into the table of its application; of two about the same the first."""
    table = tables.setdefault(rule.application, {"application": str(rule.application)})
    about = _words(rule)
    if rule.scope.is_whole:
        if "default" in table:
            return False
        rest = table.pop("rule", None)
        table |= {"default": str(rule.action)} | about
        if rule.children:
            table["children"] = True
        if rest:
            table["rule"] = rest  # tables come last in TOML
        return True
    listed = table.setdefault("rule", [])
    if any(_scope_words(each) == rule.scope.words for each in listed):
        return False
    listed.append({"action": str(rule.action)} | rule.scope.words | about)
    return True


def _scope_words(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: table[key] for key in table if key not in ("action", "note", "until", "enabled")}


def _words(rule: Rule) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if rule.note:
        said["note"] = rule.note
    if rule.until:
        said["until"] = datetime.fromtimestamp(rule.until, UTC)
    if not rule.enabled:
        said["enabled"] = False
    return said


def _file_name(application: str) -> str:
    kind, _, name = application.partition(":")
    plain = re.sub(r"[^A-Za-z0-9.-]+", "_", name.rpartition("/")[2] or kind)[:60].strip(".") or kind
    return f"{plain}-{hashlib.sha256(application.encode()).hexdigest()[:8]}"


def _write(path: Path, table: Mapping[str, Any]) -> None:
    """Have a file there whole, or as before. Raises OSError."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(tomlkit.dumps(table))
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        Path(temporary).rename(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


# -- in ------------------------------------------------------------------------------------


def read_rules(path: Path, now: float, *, theirs: bool = False) -> Arrivals:
    """Read rules from a file or a folder. Raises Unreadable.

    *theirs* says that it is OpenSnitch's; else its name does. What of it cannot be read is among
    the remarks, and the rest is there.
    """
    theirs = theirs or _is_theirs(path)
    files = _files(path, THEIR_ENDING if theirs else OUR_ENDING)
    if theirs:
        return _read_theirs(files, now)
    arrivals = sum((_read_ours(file) for file in files), Arrivals())
    over = [rule for rule in arrivals.rules if 0 < rule.until <= now]
    rules = tuple(rule for rule in arrivals.rules if rule not in over)
    ended = tuple(
        Remark(str(each.application), translate("Exchange", "its time is over"), lost=True)
        for each in over
    )
    return Arrivals(rules, arrivals.remarks + ended)


def _is_theirs(path: Path) -> bool:
    if path.is_dir():
        names = {each.suffix for each in path.iterdir()}
        return THEIR_ENDING in names and OUR_ENDING not in names
    return path.suffix == THEIR_ENDING


def _files(path: Path, ending: str) -> list[Path]:
    try:
        if not path.is_dir():
            path.stat()
            return [path]
        files = sorted(each for each in path.iterdir() if each.suffix == ending)
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    if not files:
        raise Unreadable(f"{path}: there is no {ending[1:]} file in it")
    return files


def _text(path: Path) -> str:
    """Read a text. Raises ValueError."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError("it is too large")
        return path.read_bytes().decode("utf-8")  # a lone \r ends no line: so does the helper read
    except OSError as error:
        raise ValueError(error.strerror) from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None


def _read_theirs(files: list[Path], now: float) -> Arrivals:
    read: list[tuple[str, object]] = []
    remarks: list[Remark] = []
    for file in files:
        try:
            read.append((file.stem, json.loads(_text(file))))
        except (ValueError, RecursionError) as error:
            remarks.append(Remark(file.name, str(error), lost=True))
    return Arrivals((), tuple(remarks)) + translated(read, now)


def _read_ours(file: Path) -> Arrivals:
    try:
        text = _text(file)
        table = tomllib.loads(text)
        if isinstance(table.get("rules"), list):
            parts = [_part(each, number) for number, each in enumerate(table["rules"], 1)]
            return sum((_read_part(*part) for part in parts), Arrivals())
        return Arrivals(rules_in(text))
    except (ValueError, RecursionError) as error:
        return Arrivals((), (Remark(file.name, str(error), lost=True),))


def _part(table: object, number: int) -> tuple[str, str]:
    """Give the text of one table of many, and a name for it."""
    if not isinstance(table, dict):
        raise ValueError("'rules' are tables: [[rules]]")
    return str(table.get("application", f"[[rules]] number {number}")), tomlkit.dumps(table)


def _read_part(name: str, text: str) -> Arrivals:
    try:
        return Arrivals(rules_in(text))
    except ValueError as error:
        return Arrivals((), (Remark(name, LINE.sub("", str(error)), lost=True),))
