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
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import exec_gate
from figures import Figure, Measurement, Results, Row, Scale, spread
from lanes import pinned
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
        exec_gate.fill(place)
        without, with_it = list[float](), list[float]()
        for _ in range(scale.of(30, 6)):
            without.append(_starts(place))
            with _quick(place):
                with_it.append(_starts(place))
        ratios = [one / other for one, other in zip(with_it, without, strict=True)]
        yield "moves/fork", Figure(median(ratios), spread(ratios))


def _starts(place: Path) -> float:
    """Give how long it takes to start a program and to wait for it, p50, microseconds."""
    program = str(place / "static")
    said = run(*pinned(0), str(place / "turns"), "200", program, program)
    return median(float(line.split()[0]) for line in said.splitlines())


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
    """Move a process that sleeps out of a group, again and again."""
    hierarchy, group = place / "groups", place / "groups" / "one"
    hierarchy.mkdir()
    name = f"stile-moves-{os.getpid()}"
    run("mount", "-t", "cgroup", "-o", f"none,name={name}", "cgroup", hierarchy)
    group.mkdir()
    try:
        with subprocess.Popen(["sleep", "infinity"]) as sleeper:
            try:
                times = [_move(hierarchy, group, sleeper.pid) for _ in range(count)]
            finally:
                sleeper.kill()
                sleeper.wait()
    finally:
        group.rmdir()
        run("umount", hierarchy)
        hierarchy.rmdir()
    parts = spread([each / 1e6 for each in times])
    return Figure(parts["p50"], parts)


def _move(hierarchy: Path, group: Path, pid: int) -> int:
    (group / "cgroup.procs").write_text(str(pid))
    time.sleep(PAUSE)
    start = time.perf_counter_ns()
    (hierarchy / "cgroup.procs").write_text(str(pid))
    return time.perf_counter_ns() - start
