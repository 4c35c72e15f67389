"""What the exec gate does not see: how long a program in memory keeps the class of who started it.

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
from worlds import world  # noqa: E402

LIFE = 100
"""Datagrams that each would send."""


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
        heard = sorted(datagrams.read()[str(number)] for number in range(count))
    silent = heard.count(0)
    print(f"{count} programs in memory: {silent} sent nothing before they were caught;")
    print(f"datagrams, one a millisecond: median {heard[count // 2]}, most {heard[-1]} of {LIFE}")


if __name__ == "__main__":
    main()
