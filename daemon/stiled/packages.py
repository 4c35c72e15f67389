"""Which package does a file belong to? Asked of the packaging system of this machine, for display.

It blocks for some tens of milliseconds, and for a second at most. Nothing is decided by it.
"""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

LONGEST = 1.0
"""Seconds that a packaging system has to answer."""
MERGED = ("/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/")
"""Folders that are links into /usr where that is merged; packages may know either name."""
FOR_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class System:
    """A packaging system: its program, the words before the path, and how to read what it says."""

    program: str
    words: tuple[str, ...]
    read: Callable[[str], str]


def _dpkg(said: str) -> str:
    """Read `curl: /usr/bin/curl`; a diversion is no package (dpkg-query(1))."""
    for line in said.splitlines():
        package, separator, _ = line.partition(": /")
        if separator and not package.startswith("diversion by "):
            return package.partition(",")[0].partition(":")[0]
    return ""


def _first_word(said: str) -> str:
    return said.split()[0] if said.split() else ""


SYSTEMS = (
    System("dpkg-query", ("--search", "--"), _dpkg),
    System("rpm", ("--query", "--queryformat", "%{NAME}\\n", "--file", "--"), _first_word),
    System("pacman", ("--query", "--quiet", "--owns", "--"), _first_word),
)


def package_of(path: str) -> str:
    """Name the package that has put a file there; nothing for one that root alone did not."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return ""
    if status.st_uid != 0 or status.st_mode & FOR_OTHERS or not path.startswith("/"):
        return ""
    for system in SYSTEMS:
        if program := shutil.which(system.program, path="/usr/bin:/bin"):
            for name in _names(path):
                if package := _asked(system, program, name):
                    return package
    return ""


def _asked(system: System, program: str, path: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 # no shell, and the path cannot be an option
            [program, *system.words, path],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LONGEST,
            check=False,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else system.read(done.stdout)


def _names(path: str) -> Iterator[str]:
    """Give the names that a package may know a file by. dpkg takes them for patterns."""
    if any(letter in path for letter in "*?[\\"):
        return
    yield path
    inner = path.removeprefix("/usr")
    if inner != path and inner.startswith(MERGED):
        yield inner
