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
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from inotify_simple import INotify, flags

from stile.applications import Application
from stile.rules import Lifetime, Origin, Rule, RuleId
from stile.scopes import Scope
from stiled.classes import label
from stiled.rulefile import ENDING, MARKS, end_of, id_of, parsed, take_out, write

log = logging.getLogger(__name__)

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
        self._read: dict[str, _Read] = {}
        """What stands in each file, by its path: of thousands, a text takes a tenth of a `Path`."""
        self._names: dict[Origin, dict[Application, str]] = {each: {} for each in Origin}
        """In which file of a folder the rules about whom stand."""

    def load(self) -> Loaded:
        """Read every file; one that cannot be read is reported and skipped."""
        rules: list[Rule] = []
        problems: list[str] = []
        overridden = frozenset(_files(self._folders[Origin.USER]))
        former, self._read = self._read, {}
        self._names = {each: {} for each in Origin}
        for origin, folder in self._folders.items():
            for name in _files(folder):
                if origin is Origin.SHIPPED and name in overridden:
                    continue
                path = folder / name
                place = str(path)
                read = self._read[place] = _read_anew(path, origin, former.get(place))
                if read.problem:
                    problems.append(read.problem)
                elif not read.rules:
                    continue
                elif (first := self._names[origin].setdefault(_whose(read), name)) != name:
                    reason = f"{_whose(read)} has its rules in {first} already"
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
        write(path, rule)
        until = end_of(rule).timestamp() if rule.until else 0.0
        kept = replace(rule, id=id_of(path, origin, rule.scope), origin=origin, until=until)
        self._note(path, origin, kept.scope, kept)
        for other in WEAKER[origin]:
            weaker = self._path_of(rule.application, other)
            take_out(weaker, rule)
            self._note(weaker, other, rule.scope)
        return kept

    def _note(self, path: Path, origin: Origin, scope: Scope, *kept: Rule) -> None:
        """Remember what we have written into a file about a scope: then it is no edit.

        It is one all the same where the file says more that is new, or what others say hangs on it.
        """
        former = self._read.get(str(path), _Read(""))
        shipped = self._folders[Origin.SHIPPED] / path.name
        if former.problem or (origin is Origin.USER and str(shipped) in self._read):
            return
        if not path.exists():
            self._read.pop(str(path), None)
            if former.rules:
                self._names[origin].pop(_whose(former), None)
            return
        read = _read_anew(path, origin, None)
        if {*read.rules} == {*(rule for rule in former.rules if rule.scope != scope), *kept}:
            self._read[str(path)] = read
            self._names[origin].setdefault(_whose(read), path.name)

    def _is_edited(self, path: Path) -> bool:
        """Whether a file is not as we have read or written it."""
        if not _is_rule_file(path.name):
            return False
        known = self._read.get(str(path))
        try:
            state = _state(path)
        except OSError:
            return known is not None
        return known is None or known.state != state

    def ends(self, kept: Rule, other: Rule) -> bool:
        """Whether `keep` has put one rule in the place of another."""
        same = (kept.application, kept.scope) == (other.application, other.scope)
        return same and other.origin in (kept.origin, *WEAKER.get(kept.origin, ()))

    def remove(self, rule: Rule) -> bool:
        """Take a rule out of its file. Raises OSError; a shipped one stays.

        Gives whether other files may say other things now: what a shipped one of its name says
        counts again.
        """
        path = self._folders[rule.origin] / _file_name(rule.id)
        take_out(path, rule)
        self._note(path, rule.origin, rule.scope)
        shipped = self._folders[Origin.SHIPPED] / path.name
        return rule.origin is Origin.USER and shipped.exists()

    def watch(
        self, loop: asyncio.AbstractEventLoop, changed: Callable[[], None]
    ) -> Callable[[], None]:
        """Call *changed* on the loop after others have edited files; gives what ends that."""
        inotify = INotify(nonblocking=True)
        interest = flags.CLOSE_WRITE | flags.MOVED_TO | flags.MOVED_FROM | flags.DELETE
        folders: dict[int, Path] = {}
        for folder in self._folders.values():
            with suppress(FileNotFoundError):  # nothing is shipped here
                folders[inotify.add_watch(folder, interest)] = folder
        pending: list[asyncio.TimerHandle] = []
        touched: set[Path | None] = set()

        def readable() -> None:
            for event in inotify.read(timeout=0):  # more than fits has no folder
                touched.add(folders[event.wd] / event.name if event.wd in folders else None)
            for timer in pending:
                timer.cancel()
            pending[:] = [loop.call_later(SETTLE, settled)]

        def settled() -> None:
            paths = [*touched]
            touched.clear()
            if any(path is None or self._is_edited(path) for path in paths):
                changed()

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
            if name := self._names[place].get(application):
                return self._folders[origin] / name
        return self._folders[origin] / f"{label(application)}{ENDING}"


# -- one file ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Read:
    """What a file said, and the state in which it said so."""

    state: str
    rules: tuple[Rule, ...] = ()
    problem: str = ""


def _whose(read: _Read) -> Application:
    return read.rules[0].application


def _read_anew(path: Path, origin: Origin, former: _Read | None) -> _Read:
    """Read a file, unless it is as it was."""
    try:
        state = _state(path)
        if former and former.state == state:
            return former
        return _Read(state, parsed(path, origin))
    except (OSError, ValueError) as error:
        return _Read("", problem=_problem(path, error))


def _state(path: Path) -> str:
    """What changes with every edit: one short text, for there may be thousands."""
    status = path.stat()
    return f"{status.st_ino} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_size}"


def _problem(path: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"{path}: {reason}"


# -- names -------------------------------------------------------------------------------

HOMES = {Lifetime.REBOOT: Origin.TEMPORARY, Lifetime.UNTIL: Origin.TIMED}
"""Where rules are kept that do not last for ever."""
WEAKER = {
    Origin.USER: (Origin.TIMED, Origin.TEMPORARY),
    Origin.TIMED: (Origin.TEMPORARY,),
    Origin.TEMPORARY: (Origin.TIMED,),
}
"""Where else a rule about the same ends when one is kept: the later word counts."""


def _file_name(rule: RuleId) -> str:
    return rule.partition(":")[0].rstrip("".join(MARKS.values())) + ENDING


def _files(folder: Path) -> list[str]:
    """Name the rule files of a folder, in order."""
    try:
        return sorted(path.name for path in folder.iterdir() if _is_rule_file(path.name))
    except FileNotFoundError:
        return []


def _is_rule_file(name: str) -> bool:
    return name.endswith(ENDING) and not name.startswith(".")
