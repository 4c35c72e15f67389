"""Are programs named that send one packet and end at once? And what does it cost the others?

    python tests/bench/short_lived.py [--programs 500] [--rounds 30]

Each of the programs lies at a path of its own. The figures are how many were named rightly,
wrongly, and not at all. The cost is that of one packet, with and without the notes, in turns.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "endtoend"))

from crowds import Crowd, Reports, hold_many, other_work, without_notes  # noqa: E402
from worlds import World, run, world  # noqa: E402

from stiled import netcls  # noqa: E402

WAYS = ("udp", "connected", "udp6", "tcp", "tcp6")
SWITCH = """
import sys
from stiled.senders import Senders
for line in sys.stdin:
    if line == "on\\n":
        senders = Senders.open()
    else:
        senders.close()
    print(flush=True)
"""


def main() -> None:
    """Measure, and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=int, default=500, help="how many [500]")
    parser.add_argument("--rounds", type=int, default=30, help="of the measurement [30]")
    wanted = parser.parse_args()
    print(f"{wanted.programs} programs, named right / wrong / not")
    print(f"{'':26}", *(f"{way:>14}" for way in WAYS))
    with world() as made:
        crowd = listened(made, wanted.programs)
        row("one at a time", *crowd, at_a_time=1)
        row("four at a time", *crowd, at_a_time=4)
        with other_work(made):
            row("four, and execs beside", *crowd, at_a_time=4)
    with world() as made:
        without_notes(made)
        row("four, without the notes", *listened(made, wanted.programs), at_a_time=4)
    print("\nnanoseconds a packet, median           without    with   ratio")
    with world() as made:
        costs(made, wanted.rounds)


def listened(made: World, size: int) -> tuple[Crowd, Reports]:
    """Start a helper, and listen to it."""
    hold_many(made)
    crowd = Crowd.of(made, size)
    made.stiled()
    return crowd, Reports(crowd)


def row(title: str, crowd: Crowd, reports: Reports, *, at_a_time: int) -> None:
    """Launch them in every way."""
    figures = [str(reports.named(crowd.launch(way, at_a_time))) for way in WAYS]
    print(f"{title:26}", *(f"{each:>14}" for each in figures), flush=True)


# -- the cost ----------------------------------------------------------------------------


def costs(made: World, rounds: int) -> None:
    """Measure one who is decided, and one who is not."""
    strokes, place = made.home / "strokes", netcls.find_or_mount(made.home / "run")
    made.ends.callback(netcls.unmount, made.home / "run")
    run("gcc", "-O1", "-static", "-o", strokes, HERE / "strokes.c")
    run(*made.near("ip", "neigh", "replace", "10.77.0.2", "lladdr", "02:00:00:00:00:09",
                   "dev", "near", "nud", "permanent"))  # fmt: skip
    switch = made.start(*made.near(sys.executable, "-c", SWITCH))
    for title, class_id in (("decided", 0x5713FFFF), ("undecided", 0)):
        with classed(place, made.name, class_id) as group:
            sender = made.start(*made.near(strokes))
            if class_id:
                (group / "cgroup.procs").write_text(str(sender.pid))
            for kind, what in (("s", "datagram"), ("n", "socket and datagram"), ("t", "connect")):
                without, with_notes = compare(sender, switch, kind, rounds)
                print(f"{title + ', ' + what:36} {without:9.0f} {with_notes:7.0f}"
                      f"   {with_notes / without:5.3f}", flush=True)  # fmt: skip
            sender.kill()
            sender.wait()


@contextmanager
def classed(place: Path, name: str, class_id: int) -> Iterator[Path]:
    """Make a group of a class, and take it away."""
    group = place / f"stile-tests-{name}"
    group.mkdir()
    (group / "net_cls.classid").write_text(str(class_id))
    try:
        yield group
    finally:
        group.rmdir()


def compare(
    sender: "subprocess.Popen[str]", switch: "subprocess.Popen[str]", kind: str, rounds: int
) -> tuple[float, float]:
    """Measure without and with, in turns; give the medians of both."""
    without, with_notes = [], []
    for _ in range(rounds):
        without.append(float(asked(sender, kind)))
        asked(switch, "on")
        with_notes.append(float(asked(sender, kind)))
        asked(switch, "off")
    return median(without), median(with_notes)


def asked(process: "subprocess.Popen[str]", line: str) -> str:
    """Write a line to a program, and read its answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return process.stdout.readline()


if __name__ == "__main__":
    main()
