"""Many programs, each at a path of its own, that send one packet and end at once.

What the helper names them is counted against what they were.
"""

import json
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worlds import World, run, until

SOURCE = Path(__file__).parent / "programs" / "brief.c"
PATIENCE = 3.0
"""Seconds without a report after which none is to come."""
FIRST_USER = 60_000
"""Launchers have users of their own: so much is held of each in a second, and no more."""
FIRST_PORT = 10_000
"""Where they send from: two that sent from the same port to the same place would be one flow."""

LAUNCHER = """
import os, sys
user, way, port, step, *paths = sys.argv[1:]
os.setresuid(int(user), int(user), int(user))
for number, path in enumerate(paths):
    pid = os.posix_spawn(path, [path, way, str(int(port) + number * int(step))], {})
    os.waitpid(pid, 0)
    print(pid, path)
"""
BLOCKER = """
import sys
from stiled.senders import Senders
senders = Senders.open()
print("blocked", flush=True)
sys.stdin.read()
"""
LOAD = "while :; do /bin/true; done"


@dataclass(frozen=True)
class Figures:
    """How the programs were named, and for how many of them."""

    right: int
    wrong: int
    not_at_all: int

    def __str__(self) -> str:
        return f"{self.right} / {self.wrong} / {self.not_at_all}"


@dataclass
class Crowd:
    """Copies of one program."""

    world: World
    paths: list[Path]
    next_port: int = FIRST_PORT

    @classmethod
    def of(cls, world: World, size: int) -> "Crowd":
        """Compile it, and put the copies into a memory file system."""
        folder = world.home / "crowd"
        folder.mkdir()
        run("mount", "-t", "tmpfs", "stile-tests", folder)
        world.ends.callback(run, "umount", "--lazy", folder)
        first, *others = [folder / f"brief{number:03}" for number in range(size)]
        run("gcc", "-Os", "-static", "-s", "-o", first, SOURCE)
        for path in others:
            shutil.copy(first, path)
        return cls(world, [first, *others])

    def another(self, name: str) -> Path:
        """Make one more copy, which is not launched with the others."""
        path = self.paths[0].with_name(name)
        shutil.copy(self.paths[0], path)
        return path

    def launch(self, way: str = "udp", at_a_time: int = 1) -> dict[int, str]:
        """Start all of them; gives their paths by their pids."""
        told: dict[int, str] = {}
        for first in range(0, 4, at_a_time):
            launchers = [self._launcher(way, at) for at in range(first, first + at_a_time)]
            for each in launchers:
                out, _ = each.communicate()
                told |= {int(pid): path for pid, path in map(str.split, out.splitlines())}
        self.next_port += len(self.paths)
        return told

    def _launcher(self, way: str, part: int) -> "subprocess.Popen[str]":
        """Start every fourth, one after the other, from user and ports of their own."""
        words = map(str, (FIRST_USER + part, way, self.next_port + part, 4))
        paths = self.paths[part::4]
        return self.world.start(*self.world.near("python3", "-c", LAUNCHER, *words, *paths))


class Reports:
    """What the helper says about packets that it holds."""

    def __init__(self, crowd: Crowd) -> None:
        self._lines = crowd.world.lines("watch")
        self._come: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self._begin(crowd)

    def _begin(self, crowd: Crowd) -> None:
        """Wait until a program is reported: from then on, all are."""
        probe = crowd.another("probe")

        def is_reported() -> bool:
            sent = subprocess.Popen(crowd.world.near(probe))
            sent.wait()
            return self._next(0.5).get("pid") in (sent.pid, 0)

        until(is_reported, "somebody reports")

    def _read(self) -> None:
        assert self._lines.process.stdout is not None
        with suppress(ValueError):  # it was closed
            for line in self._lines.process.stdout:
                self._come.put(line)

    def _next(self, within: float) -> dict[str, Any]:
        try:
            words: dict[str, Any] = json.loads(self._come.get(timeout=within))
        except queue.Empty:
            return {}
        return words

    def named(self, truth: dict[int, str]) -> Figures:
        """Compare what is reported with what was sent."""
        right = wrong = 0
        for _ in truth:
            words = self._next(PATIENCE)
            if not words:
                break
            kind, _, name = words["application"].partition(":")
            if kind != "unknown":
                is_right = truth.get(words["pid"]) == name and kind == "path"
                right, wrong = right + is_right, wrong + (not is_right)
        return Figures(right, wrong, len(truth) - right - wrong)


@contextmanager
def other_work(world: World) -> Iterator[None]:
    """Let two shells start programs all the time."""
    shells = [world.start("sh", "-c", LOAD) for _ in range(2)]
    try:
        yield
    finally:
        for shell in shells:
            shell.kill()
            shell.wait()


def without_notes(world: World) -> None:
    """Let the helper find the place of its program taken, as on a kernel that has none."""
    blocker = world.start(*world.near(sys.executable, "-c", BLOCKER))
    assert blocker.stdout is not None
    assert blocker.stdout.readline() == "blocked\n"


def hold_many(world: World) -> None:
    """Let the helper hold all that a crowd sends, and ask about the first one only."""
    world.rules.parent.joinpath("stile.toml").write_text(
        "held_in_all = 8192\nquestions_in_all = 1\n"
    )
