"""Who is named rightly: programs that send one packet and end, and programs that become others."""

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from crowds import Crowd, Figures, Reports, hold_many
from figures import Figure, Measurement, Results, Row, Scale, Target
from lanes import lane, program
from worlds import Lines, World, run

PROGRAMS = 500
WAYS = {"udp": "one UDP datagram", "tcp": "one SYN"}
DELAYS = {"at-once": 0, "after-50-ms": 50}
ALL = Target(100.0, at_least=True)
SECOND = 81
"""The port of the second connection."""
PATIENCE = 5.0
AT_A_TIME = 4


def measurements() -> Iterator[Measurement]:
    """Short lives, and second lives."""
    brief = [
        Row(f"brief/{way}", f"{PROGRAMS} programs that send {what} and end: named rightly",
            "programs", Target(PROGRAMS, at_least=True))
        for way, what in WAYS.items()
    ]  # fmt: skip
    second = [
        Row(f"second/{name}", f"connect, then exec {name.replace('-', ' ')}: second one named",
            "%", ALL)
        for name in DELAYS
    ]  # fmt: skip
    yield Measurement("brief", brief, _brief)
    yield Measurement("second", second, _second)


def _brief(scale: Scale) -> Results:
    with lane() as made:
        hold_many(made)
        crowd = Crowd.of(made, PROGRAMS)
        made.stiled()
        reports = Reports(crowd)
        for way in WAYS:
            yield f"brief/{way}", _counted(reports.named(crowd.launch(way, AT_A_TIME)))


def _counted(figures: Figures) -> Figure:
    return Figure(figures.right, {"wrong": figures.wrong, "not at all": figures.not_at_all})


def _second(scale: Scale) -> Results:
    for name, delay in DELAYS.items():
        with lane() as made:
            hold_many(made)
            yield f"second/{name}", _hops(made, scale.of(200, 60), delay)


def _hops(made: World, count: int, delay: int) -> Figure:
    """Let programs connect and become others, and see whose the second connection is said to be."""
    folder = made.home / "bench"
    run("mount", "-t", "tmpfs", "stile-tests", folder)
    made.ends.callback(run, "umount", "--lazy", folder)
    made.stiled()
    seen = Seen(made.lines("watch"))
    seen.begin(made)
    truth = dict(_hop(made, number, delay) for number in range(count))
    right = wrong = 0
    while right + wrong < count and (words := seen.next(PATIENCE)):
        if words["port"] == SECOND:
            is_right = words["application"] == truth.get(words["pid"])
            right, wrong = right + is_right, wrong + (not is_right)
    parts = {"right": right, "wrong": wrong, "not told": count - right - wrong}
    return Figure(100 * right / count, parts)


def _hop(made: World, number: int, delay: int) -> tuple[int, str]:
    first, second = (program(made, f"{number}{which}") for which in ("first", "second"))
    process = made.start(*made.near(first, "hop", second, str(delay)))
    return process.pid, f"path:{second}"


class Seen:
    """What the helper says about packets that it holds."""

    def __init__(self, lines: Lines) -> None:
        self._come: queue.Queue[dict[str, Any]] = queue.Queue()
        self._lines = lines
        threading.Thread(target=self._read, daemon=True).start()

    def begin(self, made: World) -> None:
        """Wait until something is told: from then on, all is."""
        for number in range(100):
            made.start(*made.near(program(made, f"probe{number}"), "once", "80"))
            if self.next(0.5):
                return
        raise RuntimeError("the helper tells nobody what it holds")

    def next(self, within: float) -> dict[str, Any]:
        """Give what comes next; nothing where nothing comes."""
        try:
            return self._come.get(timeout=within)
        except queue.Empty:
            return {}

    def _read(self) -> None:
        with suppress(AssertionError, ValueError):  # it has ended, and was closed
            while True:
                self._come.put(self._lines.next())
