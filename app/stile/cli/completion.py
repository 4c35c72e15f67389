"""What a shell is offered when Tab is pressed in a line of `stile`.

The grammar says which words there are (argcomplete reads it), `COMPLETERS` what can stand for the
rest of them. It has to be there at once, so nothing is imported that is not needed: the helper is
asked by dbus-send, and where that or the helper is not there, nothing is offered.
"""

import argparse
import os
import pwd
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import get_args

import argcomplete

from stile import contract
from stile.applications import EVERYBODY, KERNEL, Application, Kind
from stile.cli import grammar
from stile.connections import NAMES
from stile.rules import DECIDING
from stile.scopes import GROUPS, NOT, TYPES, Way
from stile.settings import Away, Settings

PATIENCE = 200
"""Milliseconds for which the helper, or NetworkManager, may think."""
PATH = f"{Kind.PATH}:"
DURATIONS = ("15m", "1h", "2h", "8h", "1d", "7d")
Completer = Callable[..., Iterable[str]]
"""Called with `prefix`, the word so far, and `parsed_args`, what stands before it."""


# argcomplete 2 has it here alone, later versions do not say that it is meant to be found here
class WordsFirst(argcomplete.CompletionFinder):  # type: ignore[name-defined,misc]
    """Offers options where a dash begins them, and where nothing else fits."""

    def filter_completions(self, completions: list[str]) -> list[str]:
        """Give what is offered of all that could be."""
        fit = super().filter_completions(completions)
        return [each for each in fit if not each.startswith("-")] or fit


def answer() -> None:
    """Tell the shell that asks what fits, and end."""
    parser = grammar.parser()
    _equip(parser, "")
    for verb, each in grammar.verbs(parser).items():
        _equip(each, verb)
    finder = WordsFirst()
    finder(parser, always_complete_options="long", default_completer=_nothing)


def _equip(parser: argparse.ArgumentParser, verb: str) -> None:
    """Say for each word of a command what can stand there."""
    for action in parser._actions:
        if found := COMPLETERS.get(f"{verb} {action.dest}") or COMPLETERS.get(action.dest):
            action.completer = found  # type: ignore[attr-defined] # argcomplete looks for it


# -- applications --------------------------------------------------------------------------


def _with_rules(prefix: str, parsed_args: argparse.Namespace, **_: object) -> Iterator[str]:
    """Give what the helper has rules about: by name where one alone is called so."""
    found = _said(parsed_args, "ListApplications", r'^\s*string "(.+)"$')
    yield from _called(found, prefix)


def _learned(prefix: str, parsed_args: argparse.Namespace, **_: object) -> Iterator[str]:
    yield from _called(_values(parsed_args, "ListLearned", "application"), prefix)


def _applications(prefix: str, parsed_args: argparse.Namespace, **_: object) -> Iterator[str]:
    """Give what a rule can be about: programs as well, once there is a letter to go by."""
    if prefix.startswith(("/", "./", "../", "~/", PATH)):
        kind = PATH if prefix.startswith(PATH) else ""
        yield from (f"{kind}{file}" for file in _files(prefix.removeprefix(kind)))
    yield from (str(EVERYBODY), str(KERNEL))
    yield from _with_rules(prefix, parsed_args)
    if prefix:
        yield from _programs(prefix)


def _forgettable(prefix: str, parsed_args: argparse.Namespace, **_: object) -> Iterator[str]:
    yield from _with_rules(prefix, parsed_args)
    if prefix:
        yield from _values(parsed_args, "ListRules", "id")


def _called(identities: Iterable[str], prefix: str) -> Iterator[str]:
    """Give names; an identity where a name fits several, has a space, or is not what is typed."""
    found = []
    for identity in identities:
        try:
            found.append(Application.parse(identity))
        except ValueError:  # of a helper of another version
            continue
    titles = Counter(each.title for each in found)
    for each in found:
        is_typed = bool(prefix) and str(each).startswith(prefix)
        if titles[each.title] > 1 or not each.name or " " in each.title or is_typed:
            yield str(each)
        else:
            yield each.title


def _programs(prefix: str) -> Iterator[str]:
    for folder in dict.fromkeys(os.get_exec_path()):
        try:
            names = [each for each in os.listdir(folder) if each.startswith(prefix)]  # noqa: PTH208
        except OSError:
            continue
        yield from (each for each in names if os.access(f"{folder}/{each}", os.X_OK))


# -- the words of a scope ------------------------------------------------------------------


def _destinations(parsed_args: argparse.Namespace, **_: object) -> Iterator[str]:
    yield from ("any", "local")
    yield from (f"list:{name}" for name in _values(parsed_args, "ListLists", "name"))


def _ports(**_: object) -> Iterator[str]:
    yield from ("any", *GROUPS)


def _protocols(**_: object) -> Iterator[str]:
    yield from NAMES.values()


def _directions(**_: object) -> Iterator[str]:
    yield from (Way.OUT, Way.IN)


def _users(**_: object) -> Iterator[str]:
    yield from (each.pw_name for each in pwd.getpwall())


def _networks(**_: object) -> Iterator[str]:
    yield from (*TYPES, NOT)
    said = _printed("nmcli", "-w", "1", "-t", "-f", "NAME", "connection")
    # it has a backslash before each colon and each backslash (nmcli(1), --escape)
    yield from (re.sub(r"\\(.)", r"\1", name) for name in said.splitlines())


# -- all else ------------------------------------------------------------------------------


def _lifetimes(**_: object) -> Iterator[str]:
    yield from (*DURATIONS, "reboot", "forever")


def _answer_lifetimes(**_: object) -> Iterator[str]:
    yield from ("once", "quit", *DURATIONS, "reboot", "forever")


def _durations(**_: object) -> Iterator[str]:
    yield from DURATIONS


def _actions(**_: object) -> Iterator[str]:
    yield from DECIDING


def _keys(**_: object) -> Iterator[str]:
    yield from Settings().values


def _setting_values(parsed_args: argparse.Namespace, **_: object) -> Iterator[str]:
    """Give what a key can be; of a number, what it is where nothing is said."""
    usual = Settings().values.get(parsed_args.key)
    match parsed_args.key, usual:
        case "when_daemon_is_away", _:
            yield from get_args(Away)
        case "when_nobody_answers", _:
            yield from DECIDING
        case _, bool():
            yield from ("true", "false")
        case _, int() | float():
            yield f"{usual:g}"


def _accepted(**_: object) -> Iterator[str]:
    yield "all"


def _buses(**_: object) -> Iterator[str]:
    yield from ("system", "session", "unix:path=")


def _paths(prefix: str, **_: object) -> Iterator[str]:
    yield from _files(prefix)


def _nothing(**_: object) -> Iterator[str]:
    yield from ()


def _files(prefix: str) -> Iterator[str]:
    """Give what begins so in the file system; folders end with a slash."""
    begin = prefix.rpartition("/")[2]
    place = prefix[: len(prefix) - len(begin)]
    try:
        entries = [*os.scandir(Path(place or ".").expanduser())]
    except OSError:
        return
    for entry in entries:
        is_meant = entry.name.startswith(begin) and (begin or not entry.name.startswith("."))
        if is_meant:
            yield f"{place}{entry.name}" + ("/" if entry.is_dir() else "")


COMPLETERS: Mapping[str, Completer] = {
    "app": _applications,
    "rules app": _with_rules,
    "forget app": _forgettable,
    "apps": _learned,
    "to": _destinations,
    "port": _ports,
    "protocol": _protocols,
    "direction": _directions,
    "user": _users,
    "network": _networks,
    "lifetime": _lifetimes,
    "agent lifetime": _answer_lifetimes,
    "lasting": _durations,
    "answer": _actions,
    "key": _keys,
    "value": _setting_values,
    "accept": _accepted,
    "path": _paths,
    "bus": _buses,
}
"""By the name of a word in the grammar, or by command and name where that has others."""


# -- who is asked --------------------------------------------------------------------------


def _values(given: argparse.Namespace, method: str, key: str) -> list[str]:
    """Give what the helper lists with a method, of each the text of one key."""
    return _said(given, method, rf'^\s*string "{key}"\n\s*variant\s+string "(.+)"$')


def _said(given: argparse.Namespace, method: str, wanted: str) -> list[str]:
    """Ask the helper, and find what is wanted in what dbus-send prints of the answer."""
    bus = getattr(given, "bus", "system")
    place = f"--{bus}" if bus in ("system", "session") else f"--bus={bus}"
    timeout = f"--reply-timeout={PATIENCE}"
    call = (f"--dest={contract.BUS_NAME}", contract.PATH, f"{contract.FIREWALL}.{method}")
    return re.findall(
        wanted, _printed("dbus-send", place, "--print-reply", timeout, *call), re.MULTILINE
    )


def _printed(*command: str) -> str:
    """Run a program, and give what it prints; nothing where that does not work in time."""
    try:
        done = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=2 * PATIENCE / 1000,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace")
