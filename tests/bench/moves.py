"""What it costs that processes change their class at once, and what it brings.

The kernel counts who wishes it (`favordynmods`) over all its hierarchies of cgroups, so an empty
one of our own turns it on and off. On Linux 6.18 no move waits any more after the first
wish, until the machine is switched off: then the first row says nothing.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from figures import Figure, Measurement, Results, Row, Scale, spread
from lanes import pinned
from starting import Starter, fill
from worlds import run

from stiled import netcls

PAUSE = 0.05
"""Seconds between moves. About 0.02 after one the kernel has forgotten it, and the next waits for
a grace period again (kernel/rcu/sync.c)."""


def measurements() -> Iterator[Measurement]:
    """Of the moves, and of what everybody else pays for them."""
    moved = f"moving a process, {PAUSE * 1000:g} ms after another move, p50"
    rows = [
        Row("moves/waiting", f"{moved}: as the kernel does it", "ms"),
        Row("moves/quick", f"{moved}: with quick_moves", "ms"),
        Row("moves/fork", "fork + exec, with quick_moves against without", "x"),
    ]
    yield Measurement("moves", rows, _measured)


def _measured(scale: Scale) -> Results:
    if netcls.moves_are_quick():
        raise RuntimeError("somebody has turned quick moves on for the whole machine")
    with TemporaryDirectory(prefix="stile-bench-") as folder:
        place = Path(folder)
        yield "moves/waiting", _moves(place, scale.of(100, 20))
        with _quick(place):
            yield "moves/quick", _moves(place, scale.of(100, 20))
        fill(place)
        without, with_it = list[float](), list[float]()
        for _ in range(scale.of(30, 6)):
            without.append(_starts(place))
            with _quick(place):
                with_it.append(_starts(place))
        ratios = [one / other for one, other in zip(with_it, without, strict=True)]
        yield "moves/fork", Figure(median(ratios), spread(ratios))


def _starts(place: Path) -> float:
    """Give how long it takes to start a program and to wait for it, p50, microseconds."""
    starter = Starter([*pinned(0), str(place / "starter")])
    try:
        return median(starter.starts(place / "static", 400)) / 1000
    finally:
        starter.end()


@contextmanager
def _quick(place: Path) -> Iterator[None]:
    wish = place / "wish"
    wish.mkdir()
    name = f"stile-bench-{os.getpid()}"
    run("mount", "-t", "cgroup", "-o", f"none,name={name},{netcls.QUICK.decode()}", "cgroup", wish)
    try:
        yield
    finally:
        run("umount", wish)
        wish.rmdir()


def _moves(place: Path, count: int) -> Figure:
    """Move a process in a hierarchy of its own."""
    hierarchy = place / "groups"
    hierarchy.mkdir()
    name = f"stile-moves-{os.getpid()}"
    run("mount", "-t", "cgroup", "-o", f"none,name={name}", "cgroup", hierarchy)
    try:
        times = out_of(hierarchy / "one", PAUSE, count)
    finally:
        run("umount", hierarchy)
        hierarchy.rmdir()
    parts = spread([each / 1e6 for each in times])
    return Figure(parts["p50"], parts)


def out_of(group: Path, pause: float, count: int) -> list[int]:
    """Move a process that sleeps into a new group and out of it again.

    Gives how long the kernel takes to move it out, *pause* seconds after it came, in nanoseconds.
    """
    group.mkdir()
    with (
        (group.parent / "cgroup.procs").open("wb", buffering=0) as root,
        subprocess.Popen(["sleep", "infinity"]) as sleeper,
    ):
        try:
            return [_moved(root, group, str(sleeper.pid).encode(), pause) for _ in range(count)]
        finally:
            sleeper.kill()
            sleeper.wait()
            group.rmdir()


def _moved(root: FileIO, group: Path, pid: bytes, pause: float) -> int:
    (group / "cgroup.procs").write_bytes(pid)
    time.sleep(pause)
    start = time.perf_counter_ns()
    root.write(pid)
    return time.perf_counter_ns() - start
