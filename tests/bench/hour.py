"""What helper, gate and tray take after as much work as an hour brings, done as fast as it goes.

Programs start, connect once and end, five for each second of an hour: each is held, named, placed,
told to the tray, and written into its history. Rules change meanwhile.
"""

from collections.abc import Iterator

import footprint
from figures import Figure, Measurement, Results, Scale
from lanes import lane, program
from starting import Starter, stocked
from worlds import World

SECONDS = 3600
A_SECOND = 5
A_CHANGE = 500
"""Programs that start between two changes of a rule."""
SOME = 50
APPLICATIONS = 20


def measurements() -> Iterator[Measurement]:
    """Of everybody's memory, and how much of it came with the work."""
    yield Measurement("hour", [*footprint.rows("hour")], _measured)


def _measured(scale: Scale) -> Results:
    with lane() as made:
        folder = stocked(made, "gated")
        paths = [program(made, f"known{number}") for number in range(APPLICATIONS)]
        for path in paths:
            made.rule(path.name, f"path:{path}")
        helper = made.stiled("--gate", str(folder))
        with footprint.everybody(made, helper) as pids:
            before = dict(footprint.memory("hour", pids))
            starter = Starter(made.near(folder / "starter"))
            try:
                _work(made, starter, scale.of(SECONDS * A_SECOND, 60 * A_SECOND))
            finally:
                starter.end()
            for pid in pids.values():
                footprint.rest(pid)
            for name, figure in footprint.memory("hour", pids):
                parts = {**figure.parts, "before": before[name].value}
                yield name, Figure(figure.value, parts)


def _work(made: World, starter: Starter, count: int) -> None:
    bench = made.home / "bench"
    for number in range(0, count, SOME):
        path = bench / f"known{number // SOME % APPLICATIONS}"
        starter.starts(path, SOME, "once", "80")
        if number % A_CHANGE == 0:
            made.stile("deny", f"path:{path}", "--to", f"198.51.100.{number // A_CHANGE % 200}")
