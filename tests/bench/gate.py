"""What the exec gate adds to fork, exec and exit of a program."""

from collections.abc import Iterator

import exec_gate
from figures import Figure, Measurement, Results, Row, Scale, Target
from lanes import lane

KINDS = ("static", "dynamic", "script")
STARTERS = ("undecided", "allowed")
TARGET = Target(1.10)


def measurements() -> Iterator[Measurement]:
    """By what is started, and by whom."""
    rows = [
        Row(f"gate/{who}/{kind}", f"fork + exec of a {kind} program by an {who} one", "x", TARGET)
        for who in STARTERS
        for kind in KINDS
    ]
    yield Measurement("gate", rows, _measured)


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
