"""The numbers of DESIGN.md section 8 and what stands around them, measured in one go."""

import argparse
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "endtoend"), str(HERE.parent / "stage")]

import decided  # noqa: E402
import flood  # noqa: E402
import floors  # noqa: E402
import footprint  # noqa: E402
import gate  # noqa: E402
import held  # noqa: E402
import hour  # noqa: E402
import moves  # noqa: E402
import named  # noqa: E402
from condensed import against_targets, condensed  # noqa: E402
from figures import Measurement, Scale, compared, report, say, table, take  # noqa: E402

SIGNALS = (signal.SIGINT, signal.SIGTERM)
BUSY = 0.5
"""Of the processors: more work than this, and figures say little."""
MEASUREMENTS: list[Measurement] = [
    *held.measurements(),
    *moves.measurements(),
    *gate.measurements(),
    *named.measurements(),
    *flood.measurements(),
    *footprint.measurements(),
    *hour.measurements(),
    *floors.measurements(),
    *decided.measurements(),
]


def main() -> int:
    """Measure what is asked for, and show it."""
    wanted = _arguments()
    if wanted.readme:
        run = json.loads(wanted.readme.read_text())
        print(*condensed(run), "", *against_targets(run), sep="\n")
        return 0
    for number in SIGNALS:
        signal.signal(number, _interrupted)
    old = json.loads(wanted.compare.read_text()) if wanted.compare else None
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # who leaves a bus leaves a task behind
    if (load := os.getloadavg()[0]) > BUSY * len(os.sched_getaffinity(0)):
        say(f"this machine is busy (load {load:.1f}): figures will be noisy")
    start, rows = time.monotonic(), list[dict[str, Any]]()
    try:
        for each in wanted.only:
            say(f"{each.name} ...")
            rows += take(each, Scale(wanted.quick))
    except KeyboardInterrupt:
        say("interrupted; what is measured until now:")
    now = report(rows, is_quick=wanted.quick, seconds=time.monotonic() - start)
    print(*(compared(old, now) if old else table(now["rows"])), sep="\n")
    if wanted.json:
        wanted.json.write_text(json.dumps(now, indent=1) + "\n")
    return 0 if len(rows) == sum(len(each.rows) for each in wanted.only) else 130


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="packaging/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a few minutes")
    parser.add_argument(
        "--only", metavar="NAME,...", default=MEASUREMENTS, type=_chosen,
        help=f"of {', '.join(each.name for each in MEASUREMENTS)}; a name's beginning will do",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all of it to a file, too")
    parser.add_argument("--compare", metavar="FILE", type=Path, help="show it beside an old file")
    parser.add_argument(
        "--readme", metavar="FILE", type=Path,
        help="measure nothing: show the tables for README.md, of a file of a full run",
    )  # fmt: skip
    wanted = parser.parse_args()
    if wanted.readme and not wanted.readme.is_file():
        parser.error(f"there is no {wanted.readme} to show")
    if os.geteuid() and not wanted.readme:
        parser.error("it makes network namespaces and guards them, which takes root")
    if wanted.compare and not wanted.compare.is_file():
        parser.error(f"there is no {wanted.compare} to compare with")
    return wanted


def _chosen(words: str) -> Sequence[Measurement]:
    names = words.split(",")
    for name in names:
        if not any(each.name.startswith(name) for each in MEASUREMENTS):
            there = ", ".join(each.name for each in MEASUREMENTS)
            raise argparse.ArgumentTypeError(f"there is no '{name}': {there}")
    return [each for each in MEASUREMENTS if each.name.startswith(tuple(names))]


def _interrupted(number: int, frame: object) -> NoReturn:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)  # cleaning up is done once, and to its end
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
