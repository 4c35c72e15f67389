"""How long a held packet waits: where the policy knows already, and where somebody is asked."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from figures import Figure, Measurement, Results, Row, Scale, Target, percentile, ratio, spread
from lanes import A_TURN, LASTS, Driver, bare, compared, cpu, drivers, groups, lane, program
from worlds import World, run, settled

from stiled.ruleset import JUDGED_BIT

SOON = Target(2.0)
PORT = 80
WORK = 0.001
FLOORS = {
    "thread": "of a queue in Python that lets all go, after a trip to a thread",
    "work": f"of one whose thread works for {WORK * 1000:g} ms then",
}
"""The least that a helper in Python can take here, if nothing shall block the queue's own thread:
what work adds to the last of a hundred beyond itself is the machine's."""
LEAST_HELD = 0.25
"""Of what is measured: what passes without being held says nothing about what is."""
FOREIGN = 0x4D9F41
"""A class that is not ours (it is Mullvad's): who is in it is never moved."""


def measurements() -> Iterator[Measurement]:
    """Of who is known, of who is asked about, and whether the instrument itself is even."""
    beyond = "held packet to verdict, beyond the move, p99"
    known = [
        Row("known/unmoved", f"{beyond}: nobody is moved", "ms", SOON),
        Row("known/moved", f"{beyond}: the first packet of a process", "ms", SOON),
        *(Row(f"known/{who}/{name}", f"the same, {title}", "ms")
          for who in ("unmoved", "moved") for name, title in FLOORS.items()),
        Row("known/busy", "nobody is moved, while others keep all processors busy, p95", "ms"),
        Row("known/busy/thread", f"the same, {FLOORS['thread']}", "ms"),
        Row("known/move", "the move itself, p50", "ms"),
        Row("known/cpu", "CPU of the helper, 10,000 first packets of processes", "s"),
    ]  # fmt: skip
    asked = [
        Row("asked/question", "first packet to question, p50", "ms"),
        Row("asked/answer", "answer to connection, p50", "ms"),
    ]
    yield Measurement(
        "control", [Row("control/connect", "connect: no firewall, twice", "x")], _even
    )
    yield Measurement("known", known, _known)
    yield Measurement("asked", asked, _asked)


def _even(scale: Scale) -> Results:
    """Compare two lanes that nobody guards: what comes out beside 1 is the machine."""
    with lane() as one, lane() as other:
        first, second = [drivers(it, program(it, "free")) for it in (one, other)]
        rounds = compared(first, second, lambda it: it.passes("c", A_TURN, PORT), scale.of(*LASTS))
        yield "control/connect", ratio(rounds)


def _known(scale: Scale) -> Results:
    with lane() as guarded, lane() as free, lane() as least, lane() as worked:
        path = program(guarded, "known")
        _let_go(least, 0.0)
        _let_go(worked, WORK)
        guarded.rule("known", f"path:{path}")
        helper = guarded.stiled()
        settled(helper.process.pid)  # it places who runs already
        with groups(guarded, FOREIGN, 0, 0) as (foreign, *others):
            unmoved = Driver(guarded, path)
            (foreign / "cgroup.procs").write_text(str(unmoved.process.pid))
            drivers = [Driver(made, program(made, "free")) for made in (free, least, worked)]
            held, (passed, *floors) = list[int](), [list[int]() for _ in drivers]
            for _ in range(scale.of(1000, 300)):
                held += _if_held(guarded, partial(unmoved.passes, "c", 1, PORT))
                for each, times in zip(drivers, (passed, *floors), strict=True):
                    times += each.passes("c", 1, PORT)
            yield "known/unmoved", _beyond(held, passed)
            for name, times in zip(FLOORS, floors, strict=True):
                yield f"known/unmoved/{name}", _beyond(times, passed)
            yield from _while_busy(guarded, unmoved, drivers[:2], scale)
            held, moves, (passed, *floors) = [], [], [list[int]() for _ in drivers]
            before = cpu(helper.process.pid)
            count = scale.of(500, 100)
            for _ in range(count):
                held += _if_held(guarded, partial(_first, guarded, path))
                for made, times in zip((free, least, worked), (passed, *floors), strict=True):
                    times += _first(made, made.home / "bench" / "free")
                moves.append(_move(drivers[0].process, others))
            seconds = cpu(helper.process.pid) - before
            moved = [m + b for m, b in zip(moves, passed, strict=True)]
            yield "known/moved", _beyond(held, moved)
            for name, times in zip(FLOORS, floors, strict=True):
                yield f"known/moved/{name}", _beyond(times, passed)
            yield "known/move", _milliseconds(moves)
            yield "known/cpu", Figure(seconds * 10_000 / count, {"processes": count})


def _while_busy(guarded: World, unmoved: Driver, others: Sequence[Driver], scale: Scale) -> Results:
    """Compare as before, while a program that does nothing else is on each processor."""
    busy = [guarded.start("sh", "-c", "while :; do :; done") for _ in os.sched_getaffinity(0)]
    held, (passed, least) = list[int](), [list[int]() for _ in others]
    for _ in range(scale.of(500, 100)):
        held += _if_held(guarded, partial(unmoved.passes, "c", 1, PORT))
        for each, times in zip(others, (passed, least), strict=True):
            times += each.passes("c", 1, PORT)
    for spinning in busy:
        spinning.kill()
        spinning.wait()
    yield "known/busy", _beyond(held, passed, 95)
    yield "known/busy/thread", _beyond(least, passed, 95)


def _let_go(made: World, seconds: float) -> None:
    """Hold every connection, and let each go after a trip to a thread that works for so long."""
    if shutil.which("iptables") is None:
        raise RuntimeError("needs iptables")
    held = ["-p", "tcp", "--syn", "-m", "mark", "!", "--mark", f"{JUDGED_BIT:#x}/{JUDGED_BIT:#x}"]
    queued = ["-j", "NFQUEUE", "--queue-num", str(made.queue)]
    run(*made.near("iptables", "-A", "OUTPUT", "!", "-o", "lo", *held, *queued))
    bare(made, "queue", str(seconds))


def _if_held(made: World, connects: Callable[[], list[int]]) -> list[int]:
    """Give how long a connection takes, if its first packet was held.

    It is not where an earlier connection had the same port and is remembered, or where the process
    connector has placed a new process sooner.
    """
    before, times = made.queued(), connects()
    return times if made.queued() > before else []


def _beyond(with_it: list[int], without: list[int], part: int = 99) -> Figure:
    """How much later the last of a hundred are, against the last of a hundred without."""
    if len(with_it) < len(without) * LEAST_HELD:
        raise RuntimeError(f"only {len(with_it)} of {len(without)} first packets were held")
    more = percentile(with_it, part) - percentile(without, part)
    parts = {"held": len(with_it), **_milliseconds(with_it).parts}
    return Figure(more / 1e6, {**parts, **spread([it / 1e6 for it in without], " without")})


def _milliseconds(times: list[int]) -> Figure:
    parts = spread([each / 1e6 for each in times])
    return Figure(parts["p50"], parts)


def _first(made: World, path: Path) -> list[int]:
    """Start a process, and give how long its first connection takes."""
    driver = Driver(made, path)
    times = driver.passes("c", 1, PORT)
    driver.process.kill()
    driver.process.wait()
    return times


def _move(process: "subprocess.Popen[str]", groups: Sequence[Path]) -> int:
    """Move a process as the helper does, and give how long it takes."""
    here, there = groups
    now_here = str(process.pid) in (here / "cgroup.procs").read_text().split()
    start = time.perf_counter_ns()
    ((there if now_here else here) / "cgroup.procs").write_text(str(process.pid))
    return time.perf_counter_ns() - start


def _asked(scale: Scale) -> Results:
    """Let programs that nobody knows connect, one after the other, and allow each at once."""
    asked, answered = list[int](), list[int]()
    with lane() as made:
        made.stiled()
        agent = made.agent()
        for number in range(scale.of(100, 20)):
            driver = Driver(made, program(made, f"unknown{number}"))
            driver.begin("c", 1, PORT)
            question = agent.next()
            shown = time.monotonic_ns()
            if not agent.answer(question):
                raise RuntimeError("somebody else answered")
            reply = driver.end()
            asked.append(shown - (reply.end - reply.times[0]))
            answered.append(reply.end - shown)
    yield "asked/question", _milliseconds(asked)
    yield "asked/answer", _milliseconds(answered)
