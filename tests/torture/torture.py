"""Breaks things one by one, from a seed, and says what was not as it shall be."""

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import chain, count

from families import Family
from torture_faults import FAULTS, Fault, nothing
from torture_stage import REFUSED, Asker, Ground, small_places
from worlds import World, _program, until, why_not, world

LONGEST_QUESTION = 120.0
"""Seconds until whoever asked is served, whatever broke: a SYN comes again after 1, 3, 7, 15 s."""
LONGEST_CONVERGENCE = 60.0
LONGEST_COMMAND = 60.0
LONGEST_EXEC = 6.0
"""Seconds that an exec may wait on a machine that others use as well (tests/endtoend: 2 s)."""
GAVE_UP = "the worker dies again and again"
"""What the log says where the gate ends because too many workers were killed: it is cleared then
(README.md: what it does not do)."""
MOST_MEMORY, MOST_GROWTH = 200_000, 1.5
"""KiB of a helper, and how many times as large it may become."""


@dataclass
class Line:
    """A line of the table."""

    times: int = 0
    stalls: list[float] = field(default_factory=list)
    leaks: int = 0
    lost: int = 0
    converged: list[float] = field(default_factory=list)


class Torture:
    """One fault after the other."""

    def __init__(self, ground: Ground, seed: int) -> None:
        self._ground = ground
        self._seed = seed
        self.table: dict[str, Line] = defaultdict(Line)
        self.number = 0

    def once(self, fault: Fault) -> bool:
        """Break something while somebody is asked, and see that all is well afterwards."""
        ground, self.number = self._ground, self.number + 1
        ground.rng = random.Random(f"{self._seed}/{self.number}")  # noqa: S311 # no secret
        step = ground.rng.choice(fault.steps)
        print(f"{self.number:4} {fault.name:20} {step:12}", end="", flush=True)
        line, ground.longest_exec = self.table[fault.name], 0.0
        line.times += 1
        ground.mark_log()
        ground.broken = fault.disturbs
        command = self._status()
        try:
            self._question(fault, step)
            began = time.monotonic()
            self._converge()
            line.converged.append(time.monotonic() - began)
            ground.broken = False
            self._check(line, fault, command)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            ground.violate("broken", str(error))
        for what in ground.violations:
            print(f"\n     VIOLATED {what}", end="")
        took = line.converged[-1] if line.converged else 0.0
        print(f" stall {ground.longest_exec:.2f} s, converged in {took:.2f} s", flush=True)
        return not ground.violations

    # -- a question, and what breaks meanwhile ----------------------------------------------------

    def _question(self, fault: Fault, step: str) -> None:
        ground = self._ground
        asker, action = ground.asker(), ground.rng.choice(("allow", "deny"))
        mend = nothing
        asker.begin("tcp")
        if step == "held":
            time.sleep(ground.rng.uniform(0, 0.03))
            mend = fault.strike(ground)
            self._bring_back()
        question = ground.person.asked(asker.identity, 10)
        if step == "asked":
            mend = fault.strike(ground)
        if action == "allow":
            ground.permitted.add(asker.address)
        if question is not None:
            ground.person.answer(question, action)
        if step in ("answered", "carried out"):
            time.sleep(ground.rng.uniform(0, 0.05) if step == "carried out" else 0)
            mend = fault.strike(ground)
        asker.ended(1.0) if asker.waits else None
        mend()
        self._serve(asker, action, clears=fault.clears)

    def _serve(self, asker: Asker, action: str, *, clears: bool = False) -> None:
        """Answer until whoever asked is served as answered."""
        ground, right = self._ground, 0 if action == "allow" else REFUSED
        end, became = time.monotonic() + LONGEST_QUESTION, None
        while time.monotonic() < end:
            self._bring_back()  # who was killed is not always dead at once
            if not asker.waits:
                asker.begin("tcp")
            if (question := ground.person.asked(asker.identity, 0.2)) is not None:
                ground.person.answer(question, action)
            if (became := asker.ended(0.5)) == right and (
                ground.on_disk().get(asker.identity) == action or asker.identity in ground.answers
            ):
                break
            if asker.waits is False and became == 0 and right and not clears:
                ground.violate("leak", f"{asker.name} connected, and was denied")
                break
        else:
            ground.violate(
                "hang",
                f"{asker.name} was not served ({action}): error {became}, on disk: "
                f"{ground.on_disk().get(asker.identity)}",
            )
        ground.keep(asker, action)

    def _bring_back(self) -> None:
        """Start what is dead, as systemd and the session do."""
        ground = self._ground
        if ground.world.bus_daemon.poll() is not None:
            ground.world.restart_bus()
        if ground.helper.poll() is not None:
            ground.person.forget_questions()
            ground.start_helper()
        if ground.person.process.poll() is not None:
            ground.person.forget_questions()
            ground.person.begin()

    # -- afterwards -----------------------------------------------------------------------------

    def _converge(self) -> None:
        """Wait until a new question is asked, answered and carried out, and connections work."""
        ground, began = self._ground, time.monotonic()
        one = ground.asker()
        ground.permitted.add(one.address)
        one.begin("tcp")
        self._serve(one, "allow", clears=True)
        while ground.broken and time.monotonic() - began < LONGEST_CONVERGENCE:
            before = ground.failed
            time.sleep(0.3)
            if ground.failed == before:
                break
        if (took := time.monotonic() - began) > LONGEST_CONVERGENCE:
            ground.violate("convergence", f"it took {took:.0f} s")

    def _status(self) -> threading.Thread:
        """Ask how it is, while something breaks: that has to end, well or not."""
        ground = self._ground

        def ask() -> None:
            command = [str(_program("stile")), "--bus", ground.world.bus, "status"]
            try:
                subprocess.run(command, capture_output=True, timeout=LONGEST_COMMAND, check=False)
            except subprocess.TimeoutExpired:
                ground.violate("hang", "stile status did not end")

        thread = threading.Thread(target=ask)
        thread.start()
        return thread

    def _check(self, line: Line, fault: Fault, command: threading.Thread) -> None:
        ground = self._ground
        command.join()
        line.stalls.append(ground.stall())
        if line.stalls[-1] > LONGEST_EXEC:
            ground.violate("stall", f"an exec waited for {line.stalls[-1]:.1f} s")
        self._check_gate()
        ground.broken = fault.clears or ground.has_said(GAVE_UP)
        leaks = ground.leaks()
        line.leaks += 0 if ground.broken else leaks
        ground.broken = False
        self._check_decided()
        with suppress(AssertionError):
            until(lambda: not ground.lost() or None, "all rules are on disk", 10.0)
        if lost := ground.lost():
            line.lost += len(lost)
            ground.violate("lost", f"rules of {', '.join(lost)}")
        ground.forget_oldest()
        ground.note_memory()
        for sizes in ground.memory.values():
            if sizes[-1] > max(MOST_MEMORY, sizes[min(5, len(sizes) - 1)] * MOST_GROWTH):
                ground.violate("memory", f"the helper has {sizes[-1]} KiB")

    def _check_gate(self) -> None:
        """There is a gate again, and it is asked."""
        ground = self._ground

        def is_there() -> bool | None:
            return "exec gate ok" in " ".join(ground.world.stile("doctor").split()) or None

        try:
            until(is_there, "there is a gate", 20.0)
        except AssertionError:
            ground.violate("gate", ground.world.stile("doctor", check=False))

    def _check_decided(self) -> None:
        """Some who were answered before get what was answered."""
        ground = self._ground
        for asker in ground.rng.sample(ground.kept, min(3, len(ground.kept))):
            if asker.waits:
                asker.ended(1.0)
                continue
            action = ground.answers[asker.identity]
            became = asker.does("tcp", 5000)
            if became != (0 if action == "allow" else REFUSED):
                ground.violate("changed", f"{asker.name} ({action}): error {became}")

    def tell(self) -> None:
        """Say how it went."""
        ground = self._ground
        largest = max((max(sizes) for sizes in ground.memory.values()), default=0)
        print(
            f"\nseed {self._seed}, {self.number} faults; connections of decided programs took "
            f"{ground.longest_connect:.2f} s at most; the helper had {largest // 1024} MiB at most"
            f"\n\n{self.markdown()}",
            flush=True,
        )

    def markdown(self) -> str:
        """All of it as a table."""
        rows = [
            "| fault | times | longest stall of an exec | leaks | rules lost "
            "| convergence p50 / max |",
            "|---|---|---|---|---|---|",
        ]
        for name, line in sorted(self.table.items()):
            converged = line.converged or [0.0]
            rows.append(
                f"| {name} | {line.times} | {max(line.stalls, default=0):.2f} s | {line.leaks} "
                f"| {line.lost} | {statistics.median(converged):.2f} / {max(converged):.2f} s |"
            )
        return "\n".join(rows)


def order(rng: random.Random, faults: Sequence[Fault]) -> "list[Fault]":
    """Every fault once, in an order of the seed's."""
    return rng.sample(faults, len(faults))


def run_all(made: World, options: argparse.Namespace, seed: int, chosen: Sequence[Fault]) -> int:
    """Break things until it is over. Gives the exit code."""
    rng = random.Random(seed)  # noqa: S311 # no secret
    with small_places(made):
        ground = Ground(Family.of(made), rng)
        ground.begin()
        torture, end = Torture(ground, seed), time.monotonic() + options.minutes * 60
        wanted, failed = options.faults or sys.maxsize, 0
        try:
            for fault in chain.from_iterable(order(rng, chosen) for _ in count()):
                if torture.number >= wanted or (not options.faults and time.monotonic() > end):
                    break
                if not torture.once(fault):
                    report(ground, seed, torture.number, fault)
                    failed += 1
                    if not options.go_on:
                        break
        finally:
            torture.tell()
    return 1 if failed else 0


def report(ground: Ground, seed: int, number: int, fault: Fault) -> None:
    """Say all that there is to say about what was violated."""
    said = "\n".join(f"  {each}" for each in ground.violations)
    print(
        f"\ntorture: seed {seed}, fault {number} ({fault.name}):\n{said}\nthe helper's log ends:\n"
        f"{ground.log()}\n",
        flush=True,
    )
    ground.violations.clear()


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="packaging/torture")
    parser.add_argument("--seed", type=int, help="the same again [a new one]")
    parser.add_argument("--minutes", type=float, default=10.0, help="for so long [10]")
    parser.add_argument("--faults", type=int, default=0, help="so many instead")
    parser.add_argument("--only", default="", help="these alone, with commas between")
    parser.add_argument("--go-on", action="store_true", help="after a violation, too")
    parser.add_argument(
        "--backend", choices=[*FAULTS], default="nftables", help="the packet filter [nftables]"
    )
    parser.add_argument("--list", action="store_true", help="say which there are")
    return parser.parse_args(words)


def main(words: Sequence[str]) -> int:
    """Do what the command line says. Gives the exit code."""
    options = parsed(words)
    faults = FAULTS[options.backend]
    names = options.only.split(",") if options.only else [*faults]
    if unknown := [name for name in names if name not in faults]:
        print(f"torture: there is no fault {unknown[0]}: packaging/torture --list", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(names))
        return 0
    if reason := why_not():
        print(f"torture: {reason}", file=sys.stderr)
        return 2
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"torture: seed {seed}", flush=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    try:
        with ExitStack() as ends:
            made = ends.enter_context(world())
            made.backend = options.backend
            return run_all(made, options, seed, [faults[name] for name in names])
    except KeyboardInterrupt:
        print("torture: ended", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
