"""How long a held packet waits: where the policy knows already, and where somebody is asked."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from figures import Figure, Measurement, Results, Row, Scale, Target, percentile, ratio, spread
from lanes import A_TURN, LASTS, Driver, compared, cpu, drivers, lane, program
from worlds import World, settled

from stiled import netcls

SOON = Target(2.0)
PORT = 80
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
        Row("known/move", "the move itself, p50", "ms"),
        Row("known/cpu", "CPU of the helper, 10,000 first packets of processes", "s"),
    ]
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
    with lane() as guarded, lane() as free:
        path, plain = program(guarded, "known"), program(free, "free")
        guarded.rule("known", f"path:{path}")
        helper = guarded.stiled()
        settled(helper.process.pid)  # it places who runs already
        with _groups(guarded) as (foreign, others):
            unmoved = Driver(guarded, path)
            (foreign / "cgroup.procs").write_text(str(unmoved.process.pid))
            baseline = Driver(free, plain)
            held, passed = [], []
            for _ in range(scale.of(1000, 300)):
                held += _if_held(guarded, partial(unmoved.passes, "c", 1, PORT))
                passed += baseline.passes("c", 1, PORT)
            yield "known/unmoved", _beyond(held, passed)
            held, moves, bare = [], [], []
            before = cpu(helper.process.pid)
            count = scale.of(500, 100)
            for _ in range(count):
                held += _if_held(guarded, partial(_first, guarded, path))
                bare += _first(free, plain)
                moves.append(_move(baseline.process, others))
            worked = cpu(helper.process.pid) - before
            yield "known/moved", _beyond(held, [m + b for m, b in zip(moves, bare, strict=True)])
            yield "known/move", _milliseconds(moves)
            yield "known/cpu", Figure(worked * 10_000 / count, {"processes": count})


def _if_held(made: World, connects: Callable[[], list[int]]) -> list[int]:
    """Give how long a connection takes, if its first packet was held.

    It is not where an earlier connection had the same port and is remembered, or where the process
    connector has placed a new process sooner.
    """
    before, times = made.queued(), connects()
    return times if made.queued() > before else []


def _beyond(with_it: list[int], without: list[int]) -> Figure:
    """How much later the last of a hundred are, against the last of a hundred without."""
    if len(with_it) < len(without) * LEAST_HELD:
        raise RuntimeError(f"only {len(with_it)} of {len(without)} first packets were held")
    more = percentile(with_it, 99) - percentile(without, 99)
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


def _move(process: "subprocess.Popen[str]", groups: tuple[Path, Path]) -> int:
    """Move a process as the helper does, and give how long it takes."""
    here, there = groups
    now_here = str(process.pid) in (here / "cgroup.procs").read_text().split()
    start = time.perf_counter_ns()
    ((there if now_here else here) / "cgroup.procs").write_text(str(process.pid))
    return time.perf_counter_ns() - start


@contextmanager
def _groups(made: World) -> Iterator[tuple[Path, tuple[Path, Path]]]:
    """Make a group of a foreign class, and two to move somebody between."""
    place = netcls.find_or_mount(made.home / "run")
    groups = [place / f"stile-tests-{made.name}{letter}" for letter in "abc"]
    try:
        for group in groups:
            group.mkdir()
        (groups[0] / "net_cls.classid").write_text(str(FOREIGN))
        yield groups[0], (groups[1], groups[2])
    finally:
        for group in groups:
            for pid in (group / "cgroup.procs").read_text().split():
                (place / "cgroup.procs").write_text(pid)
            group.rmdir()


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
