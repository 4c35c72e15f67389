"""Rules on disk: one TOML file an application, in four folders.

    shipped      /usr/lib/stile/rules.d    comes with packages, never written
    user         /etc/stile/rules.d        decided on this machine
    timed        /var/lib/stile/rules.d    decided until a time
    temporary    /run/stile/rules.d        decided until the next reboot

A file looks like this; a user's file takes the place of a shipped one of the same name, and an
empty one just switches it off. `stile.scopes` says what can stand in a [[rule]].

    application = "path:/usr/bin/curl"      # or "everybody"
    default = "allow"            # allow, deny, drop or ask; may be left out where rules follow
    note = "for the backup"      # may be left out, as all that follows
    children = true              # and the programs it starts
    until = 2030-01-01T12:00:00Z # when the default ends
    enabled = true

    [[rule]]
    action = "deny"
    to = "*.example.org"
    port = "web"
    protocol = "tcp"
    direction = "out"
    user = 1000
    note = ""
    until = 2030-01-01T12:00:00Z
    enabled = true
"""

import asyncio
import hashlib
import logging
import os
import re
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import tomlkit
from inotify_simple import INotify, flags

from stile.applications import Application
from stile.rules import CHILDLESS, Action, Lifetime, Origin, Rule, RuleId
from stile.scopes import KEYS as SCOPE
from stile.scopes import WHOLE, Scope
from stile.settings import Settings
from stiled.classes import label

T = TypeVar("T")
V = TypeVar("V")
log = logging.getLogger(__name__)

ENDING = ".toml"
KEYS = ("application", "default", "note", "children", "until", "enabled", "rule")
RULE_KEYS = ("action", *SCOPE, "note", "until", "enabled")
SETTLE = 0.05
"""Seconds after an edit before the folders are read: editors write a file in several steps."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the folders hold: the rules that count, and a line for each file that does not."""

    rules: tuple[Rule, ...]
    problems: tuple[str, ...]


class Store:
    """The rule files. Reads and writes block: call them from a thread."""

    def __init__(self, shipped: Path, user: Path, timed: Path, temporary: Path) -> None:
        self._folders = {
            Origin.SHIPPED: shipped,
            Origin.USER: user,
            Origin.TIMED: timed,
            Origin.TEMPORARY: temporary,
        }
        self._read: dict[Path, _Read] = {}

    def load(self) -> Loaded:
        """Read every file; one that cannot be read is reported and skipped."""
        rules: list[Rule] = []
        problems: list[str] = []
        overridden = {path.name for path in _files(self._folders[Origin.USER])}
        former, self._read = self._read, {}
        for origin, folder in self._folders.items():
            seen: dict[Application, Path] = {}
            for path in _files(folder):
                if origin is Origin.SHIPPED and path.name in overridden:
                    continue
                read = self._read[path] = _read_anew(path, origin, former.get(path))
                if read.problem:
                    problems.append(read.problem)
                elif not read.rules:
                    continue
                elif (first := seen.setdefault(read.rules[0].application, path)) != path:
                    reason = f"{read.rules[0].application} has its rules in {first.name} already"
                    problems.append(f"{path}: {reason}")
                else:
                    rules += read.rules
        now = time.time()
        for rule in rules:
            if rule.origin is Origin.TIMED and 0 < rule.until <= now:
                with suppress(OSError):  # a full disk: it is over all the same
                    self.remove(rule)
        standing = (rule for rule in rules if not rule.until or rule.until > now)
        return Loaded(tuple(standing), tuple(problems))

    def keep(self, rule: Rule) -> Rule:
        """Write a rule, in the place of one about the same. Raises OSError.

        It also ends those of other folders that it takes the place of. Gives the rule as it stands
        there, with its id.
        """
        origin = HOMES.get(rule.lifetime, Origin.USER)
        path = self._path_of(rule.application, origin)
        _write(path, rule)
        for other in WEAKER[origin]:
            _take_out(self._path_of(rule.application, other), rule)
        return replace(rule, id=_id(path, origin, rule.scope), origin=origin)

    def ends(self, kept: Rule, other: Rule) -> bool:
        """Whether `keep` has put one rule in the place of another."""
        same = (kept.application, kept.scope) == (other.application, other.scope)
        return same and other.origin in (kept.origin, *WEAKER.get(kept.origin, ()))

    def remove(self, rule: Rule) -> None:
        """Take a rule out of its file. Raises OSError; a shipped one stays."""
        _take_out(self._folders[rule.origin] / _file_name(rule.id), rule)

    def watch(
        self, loop: asyncio.AbstractEventLoop, changed: Callable[[], None]
    ) -> Callable[[], None]:
        """Call *changed* on the loop after files were edited; gives what ends that."""
        inotify = INotify(nonblocking=True)
        interest = flags.CLOSE_WRITE | flags.MOVED_TO | flags.MOVED_FROM | flags.DELETE
        for folder in self._folders.values():
            with suppress(FileNotFoundError):  # nothing is shipped here
                inotify.add_watch(folder, interest)
        pending: list[Any] = []

        def readable() -> None:
            inotify.read(timeout=0)
            for timer in pending:
                timer.cancel()
            pending[:] = [loop.call_later(SETTLE, changed)]

        def end() -> None:
            loop.remove_reader(inotify.fileno())
            inotify.close()

        loop.add_reader(inotify.fileno(), readable)
        return end

    def make_folders(self) -> None:
        """Make the folders that are written to. Raises OSError."""
        for origin in (Origin.USER, Origin.TIMED, Origin.TEMPORARY):
            self._folders[origin].mkdir(parents=True, exist_ok=True, mode=0o755)

    def _path_of(self, application: Application, origin: Origin) -> Path:
        """The file in which a rule about *application* stands, or would.

        A user's rule about a shipped application takes the name of the shipped file.
        """
        places = [origin, Origin.SHIPPED] if origin is Origin.USER else [origin]
        for place in places:
            for path, read in self._read.items():
                if path.parent == self._folders[place] and (
                    read.rules and read.rules[0].application == application
                ):
                    return self._folders[origin] / path.name
        return self._folders[origin] / f"{label(application)}{ENDING}"


def read_settings(path: Path) -> Settings:
    """Read stile.toml; defaults where there is none. Raises ValueError that names the file."""
    try:
        return Settings.parse(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise ValueError(_problem(path, error)) from None


# -- one file ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Read:
    """What a file said, and the state in which it said so."""

    state: tuple[int, ...]
    rules: tuple[Rule, ...] = ()
    problem: str = ""


def _read_anew(path: Path, origin: Origin, former: _Read | None) -> _Read:
    """Read a file, unless it is as it was."""
    try:
        status = path.stat()
        state = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)
        if former and former.state == state:
            return former
        return _Read(state, _parsed(path, origin))
    except (OSError, ValueError) as error:
        return _Read((), problem=_problem(path, error))


def _parsed(path: Path, origin: Origin) -> tuple[Rule, ...]:
    """Read a rule file; nothing in an empty one. Raises OSError, or ValueError with the reason."""
    with path.open("rb") as file:
        _check_owner(os.fstat(file.fileno()))
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
        headers = [n for n, line in enumerate(lines) if re.match(r"\s*\[\[\s*rule\s*\]\]", line)]
        begin = headers[self.rule - 1] if self.rule else 0
        end = headers[self.rule] if self.rule < len(headers) else len(lines)
        for number in range(begin, end):
            if lines[number].strip().startswith((self.key, f'"{self.key}"', f"[[{self.key}")):
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
            id=_id(path, origin, scope),
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
    return value.timestamp()


def _read_key(place: _Place, reader: Callable[[V], T], value: V) -> T:
    try:
        return reader(value)
    except ValueError as error:
        raise ValueError(f"{error} ({place.line})") from None


def _check_owner(status: os.stat_result) -> None:
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


def _problem(path: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"{path}: {reason}"


def _write(path: Path, rule: Rule) -> None:
    """Write a rule into its file, and leave the others in it, and the user's comments, alone."""
    document = tomlkit.document()
    with suppress(OSError, ValueError):
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    document["application"] = str(rule.application)
    if rule.scope.is_whole:
        document["default"] = str(rule.action)
        table: MutableMapping[str, Any] = document
    else:
        table = _table_of(document, rule.scope)
        table["action"] = str(rule.action)
    _put(table, "note", rule.note, rule.note or "note" in table)
    _put(table, "until", datetime.fromtimestamp(rule.until, UTC), rule.until)
    _put(table, "enabled", rule.enabled, not rule.enabled)
    if rule.scope.is_whole:
        _put(table, "children", rule.children, rule.children)
    _replace(path, tomlkit.dumps(document))


def _put(table: MutableMapping[str, Any], key: str, value: object, wanted: object) -> None:
    if wanted:
        table[key] = value
    else:
        table.pop(key, None)


def _table_of(document: tomlkit.TOMLDocument, scope: Scope) -> MutableMapping[str, Any]:
    """Find the table of the rule with this scope, or add one."""
    rules: Any = document.setdefault("rule", tomlkit.aot())
    for table in rules:
        if _has_scope(table, scope):
            known: MutableMapping[str, Any] = table
            return known
    table = tomlkit.table()
    table["action"] = ""
    table.update(scope.words)
    rules.append(table)
    added: MutableMapping[str, Any] = rules[-1]
    return added


def _has_scope(table: Mapping[str, Any], scope: Scope) -> bool:
    with suppress(ValueError):
        return Scope.parse({key: str(table[key]) for key in SCOPE if key in table}) == scope
    return False


def _take_out(path: Path, rule: Rule) -> None:
    """Take a rule out of a file, and remove a file that has none left. Raises OSError."""
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except ValueError:
        document = tomlkit.document()  # it does not parse: there is no rule in it to be kept
    if rule.scope.is_whole:
        for key in ("default", "note", "until", "children", "enabled"):
            document.pop(key, None)
    elif "rule" in document:
        rules = document["rule"]
        rules[:] = [each for each in rules if not _has_scope(each, rule.scope)]
    if "default" in document or document.get("rule"):
        _replace(path, tomlkit.dumps(document))
    else:
        path.unlink(missing_ok=True)
        _sync(path.parent)


def _replace(path: Path, text: str) -> None:
    """Write a file so that it is there whole, or as before: temp file, fsync, rename, fsync."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        Path(temporary).rename(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# -- names -------------------------------------------------------------------------------

MARKS = {Origin.TEMPORARY: "~", Origin.TIMED: "@"}
"""End the name of a file in an id: the user's about the same application may have the same name."""
HOMES = {Lifetime.REBOOT: Origin.TEMPORARY, Lifetime.UNTIL: Origin.TIMED}
"""Where rules are kept that do not last for ever."""
WEAKER = {
    Origin.USER: (Origin.TIMED, Origin.TEMPORARY),
    Origin.TIMED: (Origin.TEMPORARY,),
    Origin.TEMPORARY: (Origin.TIMED,),
}
"""Where else a rule about the same ends when one is kept: the later word counts."""


def _id(path: Path, origin: Origin, scope: Scope) -> RuleId:
    """Name a rule: its file, and of those with a scope a mark that follows from that."""
    name = path.name.removesuffix(ENDING) + MARKS.get(origin, "")
    if scope.is_whole:
        return RuleId(name)
    return RuleId(f"{name}:{hashlib.sha256(str(scope).encode()).hexdigest()[:6]}")


def _file_name(rule: RuleId) -> str:
    return rule.partition(":")[0].rstrip("".join(MARKS.values())) + ENDING


def _files(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from sorted(
            path
            for path in folder.iterdir()
            if path.name.endswith(ENDING) and not path.name.startswith(".")
        )
