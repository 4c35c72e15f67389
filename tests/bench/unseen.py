"""What the exec gate does not see: programs in memory, and file systems mounted this moment.

    python tests/bench/unseen.py [--programs 200]

An allowed program starts programs that lie in memory (memfd_create(2)); each sends a datagram a
millisecond. Those that arrive were sent before it was caught.
"""

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "endtoend"))

from families import Datagrams, Family  # noqa: E402
from worlds import run, world  # noqa: E402

MOUNTS = 20
"""File systems that are mounted."""
LIFE = 100
"""Datagrams that each would send."""


def moment(family: Family, number: int) -> float:
    """Mount a file system, and give the milliseconds after which the gate is asked about it."""
    folder = family.folder / f"late{number}"
    folder.mkdir()
    run("mount", "-t", "tmpfs", "stile-tests", folder)
    began = time.monotonic()
    while not family.sees(folder):
        pass
    return (time.monotonic() - began) * 1000


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=int, default=200, help="how many [200]")
    count = parser.parse_args().programs
    with world() as made:
        family = Family.of(made)
        family.stiled()
        datagrams = Datagrams(made)
        parent = family.placed(datagrams)
        for number in range(count):
            parent.does("start", "memory", 1, family.folder / "child", number, LIFE)
            time.sleep(0.05)  # as they come at a desktop: not while the last move still runs
        moments = sorted(moment(family, number) for number in range(MOUNTS))
        heard = sorted(datagrams.read()[str(number)] for number in range(count))
    silent = heard.count(0)
    print(f"a new file system is seen after {moments[MOUNTS // 2]:.1f} ms (median of {MOUNTS}),")
    print(f"after {moments[-1]:.1f} ms at most;")
    print(f"{count} programs in memory: {silent} sent nothing before they were caught;")
    print(f"datagrams, one a millisecond: median {heard[count // 2]}, most {heard[-1]} of {LIFE}")


if __name__ == "__main__":
    main()
