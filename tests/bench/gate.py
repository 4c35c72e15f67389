"""What the exec gate adds to fork, exec and exit of a program.

Beside it stands a gate in C that only says yes, and one that finds out whether somebody has to be
taken out of a class, and does it: less than that no gate can do for those whom an undecided, or an
allowed program starts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from figures import Figure, Measurement, Results, Row, Scale, Target, ratio
from lanes import bare, compared, compiled, groups, lane
from starting import KINDS, Starter, entering, stocked
from worlds import World

TARGET = Target(1.10)
CLASS = 0x57130002
A_TURN = 5
A_TOLD_TURN = 20
"""Starts between two switches, which take longer."""
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
ALLOWED = By("allowed", "looks by BPF, moves who executes, and says yes")


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
            Row(f"gate/{by.who}/{kind}/floor", f"the same, a gate in C that {by.least}", "x"),
        )
    ]  # fmt: skip
    told = "the same, and no gate is asked, but a helper is told of execs"
    rows.append(Row("gate/told", told, "x"))
    yield Measurement("gate", rows, _measured)


def _measured(scale: Scale) -> Results:
    with lane() as free:
        yield "gate/told", _told(free, stocked(free, "plain"), scale)
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


class Helper:
    """Who is told of execs, or not: a `bare.py execs`."""

    def __init__(self, process: Popen[str]) -> None:
        self._process = process
        self._is_told = False

    def shall_be_told(self, is_told: bool) -> None:  # noqa: FBT001 # it says which
        """Let it begin or stop, if need be."""
        if is_told != self._is_told:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            print(file=self._process.stdin, flush=True)
            assert self._process.stdout.readline() == "done\n"
            self._is_told = is_told


def _told(free: World, plain: Path, scale: Scale) -> Figure:
    """Compare execs that are told with those that are not, where nobody else is told of them."""
    (starter,), helper = _starters(free, plain / "starter", count=1), Helper(bare(free, "execs"))
    program = plain / "static"

    def starts(is_told: bool) -> list[int]:  # noqa: FBT001 # one side of the comparison
        helper.shall_be_told(is_told)
        return starter.starts(program, A_TOLD_TURN)

    starter.starts(program, WARM)
    return ratio(compared([True], [False], starts, scale.of(*LASTS)))


def _starters(
    made: World, path: Path, enter: Path | None = None, count: int = PAIRS
) -> list[Starter]:
    command = made.near(*(entering(enter) if enter else []), path)
    started = [Starter(command) for _ in range(count)]
    for each in started:
        made.ends.callback(each.end)
    return started


def _bare(made: World, name: str, group: Path | None = None) -> Side:
    """Set up a gate that decides nothing, and whoever starts programs, in a group perhaps."""
    gated = stocked(made, name)
    procs = [group.parent / "cgroup.procs"] if group else []
    bare(made, "gate", compiled("gate"), gated, *procs)
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
