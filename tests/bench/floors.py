"""What a connect of a decided application is made of: ever more of what Stile has, in one run.

Whoever asks netfilter about each packet that leaves pays for a chain at least, one that looks for a
verdict by class for a map, too, and one that can name senders that are gone for a note of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from decided import SERVED, TARGET
from figures import Figure, Measurement, Results, Row, Scale, ratio
from lanes import A_TURN, LASTS, bare, compared, drivers, groups, lane, program
from worlds import World, run

CLASS = 0x57130001
TABLE = """table inet floor {{
    map verdicts {{
        typeof meta cgroup : verdict
        elements = {{ {number} : accept }}
    }}
    chain output {{
        type filter hook output priority filter; policy accept;
        {rule}
    }}
}}
"""
LOOK_UP = "meta cgroup vmap @verdicts"


@dataclass(frozen=True)
class Step:
    """Something that is there, beside all of the steps before it."""

    title: str
    rule: str = ""
    notes: bool = False
    whole: bool = False


STEPS = {
    "chain": Step("a chain without a rule"),
    "map": Step("it looks for the class in a map", LOOK_UP),
    "notes": Step("who sends is noted before", LOOK_UP, notes=True),
    "stile": Step("all of Stile", whole=True),
}


def measurements() -> Iterator[Measurement]:
    """A row a step."""
    rows = [
        Row(f"floor/connect/{name}", f"connect: {step.title}", "x", TARGET if step.whole else None)
        for name, step in STEPS.items()
    ]
    yield Measurement("floor", rows, _measured)


def _measured(scale: Scale) -> Results:
    for name, step in STEPS.items():
        yield f"floor/connect/{name}", _step(step, scale)


def _step(step: Step, scale: Scale) -> Figure:
    with lane() as guarded, lane() as free, groups(guarded, CLASS) as (group,):
        path = program(guarded, "floor")
        if step.whole:
            guarded.rule("floor", f"path:{path}")
            guarded.stiled()
        else:
            _load(guarded, step)
        ones, others = drivers(guarded, path), drivers(free, program(free, "free"))
        for each in ones:
            if not step.whole:
                (group / "cgroup.procs").write_text(str(each.process.pid))
            each.does("c", 1, SERVED)
        rounds = compared(ones, others, lambda it: it.passes("c", A_TURN, SERVED),
                          scale.of(*LASTS))  # fmt: skip
    return ratio(rounds)


def _load(made: World, step: Step) -> None:
    table = made.home / "floor.nft"
    table.write_text(TABLE.format(number=CLASS, rule=step.rule))
    run(*made.near("nft", "-f", table))
    if step.notes:
        bare(made, "notes")
