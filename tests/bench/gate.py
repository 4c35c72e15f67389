"""What the exec gate adds to fork, exec and exit of a program.

Beside it stands a gate that only says yes, and one that finds out whether somebody has to be taken
out of a class, and does it: less than that no gate in Python can do for those whom an undecided, or
an allowed program starts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from figures import Figure, Measurement, Results, Row, Scale, Target, ratio
from lanes import bare, compared, groups, lane
from starting import KINDS, Starter, entering, stocked
from worlds import World

TARGET = Target(1.10)
CLASS = 0x57130002
A_TURN = 5
LASTS = 8, 2
"""Seconds of a comparison, and of one in a quick run."""
PAIRS = 2
"""Starters of each side."""
WARM = 200
"""Starts until whoever is decided about has its class."""


@dataclass(frozen=True)
class By:
    """Who starts the programs, and what a gate has to do for them at the least."""

    who: str
    least: str


UNDECIDED = By("undecided", "says yes")
ALLOWED = By("allowed", "reads class and sockets from /proc, moves who executes, and says yes")


@dataclass(frozen=True)
class Side:
    """Those who start the programs of a folder."""

    starters: Sequence[Starter]
    folder: Path


def measurements() -> Iterator[Measurement]:
    """By what is started, and by whom."""
    rows = [
        row
        for by in (UNDECIDED, ALLOWED)
        for kind in KINDS
        for row in (
            Row(f"gate/{by.who}/{kind}", f"fork + exec of a {kind} program by an {by.who} one", "x",
                TARGET),
            Row(f"gate/{by.who}/{kind}/floor", f"the same, with a gate that {by.least}", "x"),
        )
    ]  # fmt: skip
    yield Measurement("gate", rows, _measured)


def _measured(scale: Scale) -> Results:
    with lane() as made, lane() as free, groups(free, CLASS) as (group,):
        plain, gated = stocked(made, "plain"), stocked(made, "gated")
        shell = gated / "shell"
        shell.write_bytes((gated / "starter").read_bytes())
        shell.chmod(0o755)
        made.rule("shell", f"path:{shell}")
        made.stiled("--gate", str(gated))
        without = Side(_starters(made, plain / "starter"), plain)
        sides = {
            UNDECIDED: (Side(_starters(made, plain / "starter"), gated), _bare(free, "yes")),
            ALLOWED: (Side(_starters(made, shell), gated), _bare(free, "move", group)),
        }
        for by, (ours, least) in sides.items():
            for kind in KINDS:
                yield f"gate/{by.who}/{kind}", _compared(ours, without, kind, scale)
                yield f"gate/{by.who}/{kind}/floor", _compared(least, without, kind, scale)


def _starters(made: World, path: Path, enter: Path | None = None) -> list[Starter]:
    command = made.near(*(entering(enter) if enter else []), path)
    started = [Starter(command) for _ in range(PAIRS)]
    for each in started:
        made.ends.callback(each.end)
    return started


def _bare(made: World, name: str, group: Path | None = None) -> Side:
    """Set up a gate that decides nothing, and whoever starts programs, in a group perhaps."""
    gated = stocked(made, name)
    bare(made, "gate", gated, *([group.parent / "cgroup.procs"] if group else []))
    return Side(_starters(made, gated / "starter", group), gated)


def _compared(side: Side, without: Side, kind: str, scale: Scale) -> Figure:
    folders = {starter: each.folder for each in (side, without) for starter in each.starters}
    for starter, folder in folders.items():
        starter.starts(folder / kind, WARM)
    rounds = compared(
        side.starters,
        without.starters,
        lambda it: it.starts(folders[it] / kind, A_TURN),
        scale.of(*LASTS),
    )
    return ratio(rounds)
