"""What measurements share: a lane with a helper and one without, and programs that drive in them.

A lane is a world (`worlds.py`): two namespaces and a cable. Both have the same client and server in
C; whoever compares sends them off in short turns, so that what else the machine does hits both
alike (`compared`).
"""

import ctypes
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from subprocess import Popen
from typing import TypeVar

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "endtoend"), str(HERE.parent / "stage")]

import worlds  # noqa: E402
from figures import Round  # noqa: E402
from worlds import World, run, world  # noqa: E402

from stiled import netcls  # noqa: E402

PATIENCE = 300.0
"""Seconds that a helper may take to read 10,000 files on a busy machine."""
MANY = 10_000
RULES = """application = "path:{path}"
default = "deny"

[[rule]]
action = "allow"
to = "10.77.0.0/24"
port = "80"

[[rule]]
action = "allow"
to = "192.0.2.0/24"

[[rule]]
action = "allow"
port = "9"
"""
"""Of an application with rules about destinations: a chain of its own in the kernel."""


@dataclass(frozen=True)
class Reply:
    """What a driver answers."""

    end: int
    """By CLOCK_MONOTONIC, in nanoseconds."""
    refused: int
    times: list[int]


class Driver:
    """A running `traffic.c`, which does what it is told."""

    def __init__(self, lane: World, path: Path, *, before: Sequence[str] = ()) -> None:
        self.path = path
        self.process = lane.start(*lane.near(*before, path))

    def begin(self, kind: str, count: int, port: int) -> None:
        """Let it do something, and do not wait."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{kind} {count} {port}\n")
        self.process.stdin.flush()

    def end(self) -> Reply:
        """Wait for what `begin` began."""
        assert self.process.stdout is not None
        words = [int(word) for word in self.process.stdout.readline().split()]
        if len(words) < 2:
            raise RuntimeError(f"{self.path.name} ended: it could not send, or was not answered")
        return Reply(words[0], words[1], words[2:])

    def does(self, kind: str, count: int, port: int) -> Reply:
        """Do something, and give what became of it."""
        self.begin(kind, count, port)
        return self.end()

    def passes(self, kind: str, count: int, port: int) -> list[int]:
        """Do something that nobody refuses, and give how long each took."""
        reply = self.does(kind, count, port)
        if reply.refused:
            raise RuntimeError(f"{reply.refused} of {count} of {self.path.name} were refused")
        return reply.times


PAIRS = 4
"""Processes of each side: where the memory of one lies makes up to 1 % (measured)."""
A_TURN = 25
"""Connections, or datagrams: some tenths of a millisecond."""
LASTS = 3, 1
"""Seconds of a comparison, and of one in a quick run: some hundred rounds, and a hundred or so."""
LEAST = 10
"""Rounds, however long they take."""
Work = Callable[[Driver], Sequence[int]]
Worker = TypeVar("Worker")


def drivers(made: World, path: Path) -> list[Driver]:
    """Start the processes of one side of a comparison."""
    return [Driver(made, path, before=pinned(0)) for _ in range(PAIRS)]


def compared(
    ones: Sequence[Worker],
    others: Sequence[Worker],
    work: Callable[[Worker], Sequence[int]],
    seconds: float,
) -> list[Round]:
    """Let two sides work, in turns, for so long.

    What a machine of two processors does beside it changes within milliseconds, and by half: only
    turns that follow each other are alike. A round is four of them, one-other-other-one or the
    other way round, so that neither who comes first nor what grows meanwhile is for one side.
    """
    rounds, end = list[Round](), time.monotonic() + seconds
    while len(rounds) < LEAST or time.monotonic() < end:
        at = len(rounds)
        pair = ones[at % len(ones)], others[at % len(others)]
        took = list[int](), list[int]()
        for side in (0, 1, 1, 0) if at // PAIRS % 2 else (1, 0, 0, 1):
            took[side].extend(work(pair[side]))
        rounds.append(took)
    return rounds


@contextmanager
def lane(backend: str = "nftables") -> Iterator[World]:
    """Make a lane with a server at its far end, and nobody who guards it yet."""
    worlds.PATIENCE = PATIENCE
    if reason := worlds.why_not():
        raise RuntimeError(reason)
    if backend == "iptables" and not (shutil.which("iptables") and shutil.which("ipset")):
        raise RuntimeError("needs iptables and ipset")
    with world() as made:
        made.backend = backend
        program(made, "traffic")
        server = made.start(*made.far(*pinned(1), made.home / "bench" / "traffic", "serve"))
        assert server.stdout is not None
        assert server.stdout.readline() == "there\n", "the server of the lane did not start"
        yield made


def program(made: World, name: str) -> Path:
    """Give a copy of the driver by a name of its own: another application."""
    folder = made.home / "bench"
    folder.mkdir(exist_ok=True)
    return Path(shutil.copy(compiled(), folder / name))


def pinned(processor: int) -> list[str]:
    """The words that keep a program on one processor, where there are several."""
    there = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(there[processor])] if len(there) > 1 else []


@contextmanager
def groups(made: World, *classes: int) -> Iterator[list[Path]]:
    """Make groups of these classes in the net_cls hierarchy; who is in one at the end leaves it."""
    place = netcls.find_or_mount(made.home / "run")
    there = [place / f"stile-tests-{made.name}-{number}" for number in range(len(classes))]
    try:
        for group, class_id in zip(there, classes, strict=True):
            group.mkdir()
            (group / "net_cls.classid").write_text(str(class_id))
        yield there
    finally:
        for group in filter(Path.is_dir, there):
            for pid in (group / "cgroup.procs").read_text().split():
                (place / "cgroup.procs").write_text(pid)
            group.rmdir()


def memory_folder(made: World, name: str) -> Path:
    """Mount a memory file system, as long as the world stands."""
    folder = made.home / name
    folder.mkdir()
    run("mount", "-t", "tmpfs", "stile-tests", folder)
    made.ends.callback(run, "umount", "--lazy", folder)
    return folder


def bare(made: World, *words: str | Path) -> Popen[str]:
    """Start what decides nothing (`bare.py`) in the guarded namespace; it ends with the lane."""
    started = made.start(*made.near(sys.executable, HERE / "bare.py", *words))
    assert started.stdout is not None
    assert started.stdout.readline() == "there\n", f"bare.py {words[0]} did not begin"
    return started


def fill(made: World, count: int) -> None:
    """Give so many applications rules about destinations."""
    for number in range(count):
        (made.rules / f"{number}.toml").write_text(RULES.format(path=f"{made.home}/{number}"))


def cpu(*pids: int) -> float:
    """Seconds that processes, with all threads that they have had, have worked until now."""
    return sum(_worked(pid) for pid in pids)


def _worked(pid: int) -> float:
    clock = ctypes.c_int()
    if failed := ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise OSError(failed, f"process {pid} is gone")
    return time.clock_gettime(clock.value)


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    """Compile what shall be quick, once a run."""
    made = tempfile.TemporaryDirectory(prefix="stile-bench-")
    options = ["-O2", "-static", "-s", "-Wno-unused-result"]
    for name in ("traffic", "gate"):
        run("gcc", *options, "-o", Path(made.name) / name, HERE / f"{name}.c")
    return made


def compiled(name: str = "traffic") -> Path:
    """Give the driver, or the gate that decides nothing; it goes with the run."""
    return Path(_folder().name) / name
