"""The long run: see packaging/fuzz."""

import argparse
import logging
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from random import Random

from fuzzing import Target, WrongGrant
from targets import TARGETS

SLOW = 1.0
"""Seconds of the processor for one input: more is a hang."""
SHOWN = 3
"""Faults of a target that are shown as a whole."""


@dataclass
class Told:
    """What became of a target."""

    name: str
    inputs: int = 0
    seconds: float = 0.0
    crashes: int = 0
    wrong: int = 0
    slow: int = 0
    grown: int = 0
    """KiB by which the peak of memory grew, from the first tenth of the inputs on."""
    faults: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)


def run(target: Target, inputs: int, seed: int) -> Told:
    told, random = Told(target.name), Random(f"{seed} {target.name}")  # noqa: S311 # no secret
    wanted = max(1, int(inputs * target.part))
    began, base = time.monotonic(), 0
    for number in range(wanted):
        if number == wanted // 10:
            base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        made = target.make(random)
        start = time.process_time()
        try:
            target.check(made)
        except WrongGrant as error:
            told.wrong += 1
            _note(told, made, error)
        except Exception as error:  # noqa: BLE001 # that is what is looked for
            told.crashes += 1
            _note(told, made, error)
        told.slow += time.process_time() - start > SLOW
    told.inputs, told.seconds = wanted, time.monotonic() - began
    told.grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base
    return told


def _note(told: Told, made: object, error: Exception) -> None:
    where = traceback.extract_tb(error.__traceback__)[-1]
    key = f"{type(error).__name__} at {where.filename.rpartition('/')[2]}:{where.lineno}"
    told.faults[key] += 1
    if told.faults[key] == 1 and len(told.shown) < SHOWN:
        last = "".join(traceback.format_exception(error)[-3:])
        told.shown.append(f"{key}: {made!r:.2000}\n{last}")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="packaging/fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--only", default="", metavar="NAME,...")
    parser.add_argument("--seed", type=int, default=int(time.time()), metavar="N")
    parser.add_argument("--jobs", type=int, default=1, metavar="N")
    said = parser.parse_args(arguments)
    names = [target.name for target in TARGETS]
    only = said.only.split(",") if said.only else names
    if unknown := [name for name in only if name not in names]:
        parser.error(f"there is no target {unknown[0]}: {', '.join(names)}")
    logging.disable()  # what is refused is told, a million times
    print(f"seed {said.seed}")
    heading = ("inputs", "a second", "crashes", "wrong", "slow", "grown")
    print(f"{'target':<18}" + "".join(f"{each:>10}" for each in heading))
    bad = False
    work = [(name, said.inputs, said.seed) for name in only]
    with get_context("fork").Pool(said.jobs, maxtasksperchild=1) as pool:
        for told in pool.imap(_named, work, chunksize=1):
            speed = told.inputs / max(told.seconds, 1e-9)
            counts = f"{told.crashes:>10}{told.wrong:>10}{told.slow:>10}"
            line = f"{told.name:<18}{told.inputs:>10}{speed:>10.0f}{counts}{told.grown:>6} KiB"
            print(line, flush=True)
            for fault in told.shown:
                print(f"    {fault}")
            for key, times in told.faults.items():
                print(f"    {times} times {key}")
            bad = bad or bool(told.crashes or told.wrong or told.slow)
    return 1 if bad else 0


def _named(work: tuple[str, int, int]) -> Told:
    name, inputs, seed = work
    return run(next(target for target in TARGETS if target.name == name), inputs, seed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
