"""What the exec gate adds to fork, exec and exit of a program."""

from collections.abc import Iterator

import exec_gate
import moves
from figures import Figure, Measurement, Results, Row, Scale, Target, spread
from lanes import lane
from worlds import World

from stiled import netcls

KINDS = ("static", "dynamic", "script")
STARTERS = ("undecided", "allowed")
TARGET = Target(1.10)
PAUSES = {"burst": 0.002, "quiet": 0.05}
"""Seconds since the move before. About 0.02 later the kernel has forgotten it, and the next one
waits for a grace period again (kernel/rcu/sync.c)."""


def measurements() -> Iterator[Measurement]:
    """By what is started, and by whom."""
    rows = [
        Row(f"gate/{who}/{kind}", f"fork + exec of a {kind} program by an {who} one", "x", TARGET)
        for who in STARTERS
        for kind in KINDS
    ]
    moves = [
        Row(f"gate/move/{when}", f"what of it is the kernel's: a move, {pause * 1000:g} ms after "
            "another, p50", "us")
        for when, pause in PAUSES.items()
    ]  # fmt: skip
    yield Measurement("gate", [*rows, *moves], _measured)


def _measured(scale: Scale) -> Results:
    with lane() as made:
        family, plain, shell = exec_gate.staged(made)
        for who, starter in zip(STARTERS, (plain / "turns", shell), strict=True):
            for kind in KINDS:
                programs = plain / kind, family.folder / kind
                without, with_it = exec_gate.turns(made, starter, scale.of(2000, 300), *programs)
                parts = {
                    "p50": with_it[0],
                    "p99": with_it[1],
                    "p50 without": without[0],
                    "p99 without": without[1],
                    "p99 ratio": with_it[1] / without[1],
                }
                yield f"gate/{who}/{kind}", Figure(with_it[0] / without[0], parts)
        for when, pause in PAUSES.items():
            parts = spread(_moves(made, pause, scale.of(200, 50)))
            yield f"gate/move/{when}", Figure(parts["p50"], parts)


def _moves(made: World, pause: float, count: int) -> list[float]:
    """Move a process that sleeps out of a class; give how long the kernel takes, microseconds."""
    place = netcls.find_or_mount(made.home / "run")
    times = moves.out_of(place / f"stile-tests-{made.name}-move", pause, count)
    return [each / 1000 for each in times]
