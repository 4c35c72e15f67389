"""Rules on disk: one TOML file an application, in three folders.

    shipped      /usr/lib/stile/rules.d    comes with packages, never written
    user         /etc/stile/rules.d        decided on this machine
    temporary    /run/stile/rules.d        decided until the next reboot

A file looks like this; a user's file takes the place of a shipped one of the same name, and an
empty one just switches it off.

    application = "path:/usr/bin/curl"
    default = "allow"            # allow, deny, drop or ask
    note = "for the backup"      # may be left out
    children = true              # and the programs it starts; may be left out
"""

import asyncio
import logging
import os
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomlkit
from inotify_simple import INotify, flags

from stile.applications import Application
from stile.rules import CHILDLESS, Action, Lifetime, Origin, Rule, RuleId
from stile.settings import Settings
from stiled.classes import label

log = logging.getLogger(__name__)

ENDING = ".toml"
KEYS = ("application", "default", "note", "children")
SETTLE = 0.05
"""Seconds after an edit before the folders are read: editors write a file in several steps."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the folders hold: the rules that count, and a line for each file that does not."""

    rules: tuple[Rule, ...]
    problems: tuple[str, ...]


class Store:
    """The rule files. Reads and writes block: call them from a thread."""

    def __init__(self, shipped: Path, user: Path, temporary: Path) -> None:
        self._folders = {Origin.SHIPPED: shipped, Origin.USER: user, Origin.TEMPORARY: temporary}
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
                elif read.rule and (first := seen.setdefault(read.rule.application, path)) != path:
                    reason = f"{read.rule.application} has its rule in {first.name} already"
                    problems.append(f"{path}: {reason}")
                elif read.rule:
                    rules.append(read.rule)
        return Loaded(tuple(rules), tuple(problems))

    def keep(self, rule: Rule) -> Rule:
        """Write a rule, in the place of one about the same application. Raises OSError.

        A rule for ever also ends a temporary one. Gives the rule as it stands there, with its id.
        """
        origin = Origin.TEMPORARY if rule.lifetime is Lifetime.REBOOT else Origin.USER
        path = self._path_of(rule.application, origin)
        _write(path, rule)
        if origin is Origin.USER:
            self._path_of(rule.application, Origin.TEMPORARY).unlink(missing_ok=True)
        return replace(rule, id=_id(path, origin), origin=origin)

    def remove(self, rule: Rule) -> None:
        """Remove a rule's file. Raises OSError; a shipped one stays."""
        path = self._folders[rule.origin] / _file_name(rule.id)
        path.unlink(missing_ok=True)
        _sync(path.parent)

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
        for origin in (Origin.USER, Origin.TEMPORARY):
            self._folders[origin].mkdir(parents=True, exist_ok=True, mode=0o755)

    def _path_of(self, application: Application, origin: Origin) -> Path:
        """The file in which a rule about *application* stands, or would.

        A user's rule about a shipped application takes the name of the shipped file.
        """
        places = [origin, Origin.SHIPPED] if origin is Origin.USER else [origin]
        for place in places:
            for path, read in self._read.items():
                if path.parent == self._folders[place] and (
                    read.rule and read.rule.application == application
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
    rule: Rule | None = None
    problem: str = ""


def _read_anew(path: Path, origin: Origin, former: _Read | None) -> _Read:
    """Read a file, unless it is as it was."""
    try:
        status = path.stat()
        state = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)
        if former and former.state == state:
            return former
        return _Read(state, rule=_parsed(path, origin))
    except (OSError, ValueError) as error:
        return _Read((), problem=_problem(path, error))


def _parsed(path: Path, origin: Origin) -> Rule | None:
    """Read a rule file; None for an empty one. Raises OSError, or ValueError with the reason."""
    with path.open("rb") as file:
        _check_owner(os.fstat(file.fileno()))
        text = file.read().decode("utf-8")
    table = tomllib.loads(text)
    if not table:
        return None
    _check_keys(table, text)
    try:
        return Rule(
            application=Application.parse(table["application"]),
            action=_action(table["default"]),
            lifetime=Lifetime.REBOOT if origin is Origin.TEMPORARY else Lifetime.FOREVER,
            note=table.get("note", ""),
            id=_id(path, origin),
            origin=origin,
            children=table.get("children", False),
        )
    except ValueError as error:
        raise ValueError(f"{error} ({_line_of(_blamed(str(error)), text)})") from None


def _check_owner(status: os.stat_result) -> None:
    """Refuse a file that somebody without rights could have written."""
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o002:
        raise ValueError(
            "others may change this file: chown it to root and take away their right to write"
        )


def _check_keys(table: Mapping[str, Any], text: str) -> None:
    for key, value in table.items():
        if key not in KEYS:
            known = ", ".join(KEYS)
            raise ValueError(f"there is no '{key}' in a rule file: {known} ({_line_of(key, text)})")
        if key == "children":
            if not isinstance(value, bool):
                raise ValueError(f"'{key}' is true or false ({_line_of(key, text)})")
        elif not isinstance(value, str):
            raise ValueError(f"'{key}' is text in quotes ({_line_of(key, text)})")
    for key in KEYS[:2]:
        if key not in table:
            raise ValueError(f"'{key}' is missing")


def _blamed(reason: str) -> str:
    """Say which key's value is wrong."""
    if reason == CHILDLESS:
        return "children"
    return "default" if "action" in reason else "application"


def _action(text: str) -> Action:
    try:
        return Action(text)
    except ValueError:
        raise ValueError(f"'{text}' is not an action: {', '.join(Action)}") from None


def _line_of(key: str, text: str) -> str:
    """Say where a key stands, in the words of tomllib's own errors."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().lstrip("[").startswith((key, f'"{key}"')):
            return f"at line {number}"
    return "at line 1"


def _problem(path: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"{path}: {reason}"


def _write(path: Path, rule: Rule) -> None:
    """Write a file so that it is there whole, or as before: temp file, fsync, rename, fsync."""
    document = tomlkit.document()
    with suppress(OSError, ValueError):  # a comment of the user's is worth keeping
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    document["application"] = str(rule.application)
    document["default"] = str(rule.action)
    if rule.note or "note" in document:
        document["note"] = rule.note
    if rule.children:
        document["children"] = True
    else:
        document.pop("children", None)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(tomlkit.dumps(document))
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

TEMPORARY_MARK = "~"
"""Ends the id of a temporary rule: the user's about the same application may have the same name."""


def _id(path: Path, origin: Origin) -> RuleId:
    mark = TEMPORARY_MARK if origin is Origin.TEMPORARY else ""
    return RuleId(path.name.removesuffix(ENDING) + mark)


def _file_name(rule: RuleId) -> str:
    return rule.removesuffix(TEMPORARY_MARK) + ENDING


def _files(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from sorted(
            path
            for path in folder.iterdir()
            if path.name.endswith(ENDING) and not path.name.startswith(".")
        )
