"""What the exec gate knows: which files are whose, and whose groups are which. It decides here.

A file is recognised by its path *and* by its inode: a path alone can be made to look like another
one in a mount namespace, an inode alone can be linked to another name. A file that is not in the
table is nobody's. So is every interpreter: what it will run is not known yet when it is executed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from stiled.interpreters import is_interpreter

K = TypeVar("K")
V = TypeVar("V")

EXITS = "~exits"
"""The folder below our group in which classes on their way out have their groups."""


class Executable(NamedTuple):
    """A file that can be executed."""

    path: str
    device: int
    inode: int


class Group(NamedTuple):
    """A group of processes that have a verdict."""

    application: str
    chain: str
    """Of the table: where its class leads to."""
    children: bool
    """Whether programs without rules of their own may stay, when a process becomes one."""


class Change(NamedTuple):
    """What is new about some applications; None stands for what is not there any more."""

    groups: Mapping[str, Group | None]
    files: Mapping[Executable, str | None]
    any_scripts: bool
    adding: Mapping[str, bytes]
    """By chain, what is new there; of a chain that has gone nobody speaks any more."""


@dataclass(frozen=True, slots=True)
class Table:
    """All that the gate is told."""

    home: str = "/stile"
    """Our group, as /proc/PID/cgroup has it."""
    groups: Mapping[str, Group] = field(default_factory=dict)
    files: Mapping[Executable, str] = field(default_factory=dict)
    """The executables of the applications that rules speak of."""
    any_scripts: bool = False
    """Whether there are rules about what interpreters run."""
    adding: Mapping[str, bytes] = field(default_factory=dict)
    """By chain, the netlink messages that give an exit its verdict for a moment."""
    settling: bytes = b""
    """The netlink messages that say that an exit has no verdict any more."""
    exits: int = 0
    """How many exits there can be at a time."""

    def stays(self, group: str, file: Executable) -> bool:
        """Whether a process of *group* may become *file* and keep its class."""
        known = self.groups.get(group)
        if known is None:
            return False
        whose = self.files.get(file)
        if whose is not None:
            return whose == known.application
        return known.children and not (
            self.any_scripts and is_interpreter(file.path.encode(errors="surrogateescape"))
        )

    def lets_children_stay(self, group: str) -> bool:
        """Whether programs that nobody decided about may stay in a group."""
        known = self.groups.get(group)
        return known is not None and known.children

    def changed(self, change: Change) -> "Table":
        """Give the table as it is after a change."""
        return replace(
            self,
            groups=_merged(self.groups, change.groups),
            files=_merged(self.files, change.files),
            any_scripts=change.any_scripts,
            adding={**self.adding, **change.adding},
        )

    def dump(self) -> bytes:
        """Write it for `load`, on one line."""
        whole = Change(self.groups, self.files, self.any_scripts, self.adding)
        lasting = {"home": self.home, "settling": self.settling.hex(), "exits": self.exits}
        return _line({**lasting, **_words(whole)})

    @classmethod
    def load(cls, text: bytes) -> "Table":
        """Read what `dump` has written, and the changes after it.

        Raises ValueError, KeyError, TypeError.
        """
        first, *others = text.splitlines()
        read = json.loads(first)
        settling = bytes.fromhex(read["settling"])
        table = cls(home=read["home"], settling=settling, exits=read["exits"])
        return table.after(b"\n".join((first, *others)))

    def after(self, text: bytes) -> "Table":
        """Give the table after changes, a line each. Raises ValueError, KeyError, TypeError."""
        groups: dict[str, Group | None] = {}
        files: dict[Executable, str | None] = {}
        adding: dict[str, bytes] = {}
        any_scripts = self.any_scripts
        for line in text.splitlines():
            change = _change(json.loads(line))
            groups |= change.groups
            files |= change.files
            adding |= change.adding
            any_scripts = change.any_scripts
        return self.changed(Change(groups, files, any_scripts, adding))


def dump_change(change: Change) -> bytes:
    """Write a change for `Table.after`, on one line."""
    return _line(_words(change))


def _words(change: Change) -> dict[str, object]:
    return {
        "groups": change.groups,
        "files": [[*file, whose] for file, whose in change.files.items()],
        "any_scripts": change.any_scripts,
        "adding": {chain: message.hex() for chain, message in change.adding.items()},
    }


def _change(words: Mapping[str, Any]) -> Change:
    return Change(
        {name: Group(*group) if group else None for name, group in dict(words["groups"]).items()},
        {Executable(*file): whose for *file, whose in words["files"]},
        words["any_scripts"],
        {chain: bytes.fromhex(text) for chain, text in dict(words["adding"]).items()},
    )


def _line(words: Mapping[str, object]) -> bytes:
    return json.dumps(words).encode() + b"\n"


def _merged(old: Mapping[K, V], new: Mapping[K, V | None]) -> dict[K, V]:
    merged = {**old}
    for key, value in new.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = value
    return merged


def group_of(text: str, home: str) -> str | None:
    """Name the group below *home* that a process is in, from its /proc/PID/cgroup (cgroups(7))."""
    inside = f":{home}/"
    if inside not in text:
        return None
    path = net_cls_of(text)
    return path[len(inside) - 1 :] if path.startswith(inside[1:]) else None


def net_cls_of(text: str) -> str:
    """Give the cgroup of net_cls in a /proc/PID/cgroup; empty where there is none.

    A line ends with a newline alone, which no name has in it. Whoever may make cgroups can put
    anything else into a name, also what Python takes for the end of a line.
    """
    for line in text.split("\n"):
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if "net_cls" in controllers.split(","):
            return path
    return ""


def is_loader(path: str) -> bool:
    """Whether a file looks like the loader of dynamic programs (ld.so(8)), by its name."""
    name = path.rpartition("/")[2]
    return name.startswith(("ld-linux", "ld-musl-", "ld64.so", "ld.so", "ld-2."))
