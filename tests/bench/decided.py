"""What a decided application pays, with few others and with many, and what a change takes.

Everything is the real helper's: the same program is allowed, has rules about destinations, or is
denied, while 1 to 10,000 others have three rules each. It is compared with the same program in a
lane that nobody guards.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import footprint
from figures import Figure, Measurement, Results, Round, Row, Scale, Target, percentile, ratio, say
from lanes import (
    A_TURN,
    LASTS,
    MANY,
    RULES,
    Driver,
    Work,
    compared,
    cpu,
    drivers,
    fill,
    lane,
    program,
)
from worlds import Agent, Stiled, World

from stile.applications import Application, Kind
from stile.rules import Action, Rule
from stile.scopes import Scope

BACKENDS = ("nftables", "iptables")
SIZES = (1, 100, 1000, MANY)
QUICK = (SIZES[0], SIZES[-1])
TARGET = Target(1.02)
FLAT = Target(1.02)
NOTHING = Target(0.01)
"""Seconds: the clock of a process is not finer than what other work does to it."""
SERVED, BULK_PORT, CLOSED, UDP_PORT = 80, 81, 82, 9

LOADED = "nftables"
"""Where memory is looked at with all these rules."""
KINDS = {
    "connect": ("c", A_TURN, SERVED, "connect + close"),
    "udp": ("u", A_TURN, UDP_PORT, "a new UDP flow"),
    "together": ("t", 1, SERVED, "50 connects at a time"),
    "bulk": ("b", 1, BULK_PORT, "16 MB"),
}
"""What is done: its letter, how often a turn, where to, and what people call it."""
CASES = {
    "allow": ("allowed", ("connect", "udp", "together", "bulk")),
    "rules": ("with rules about destinations", ("connect", "udp", "together")),
}
ENOUGH = 10_000
"""Milliseconds after which no more changes are made."""
COMMANDS = 6
PAUSE = 0.3
"""Seconds before a change, so that it comes by itself."""


def measurements() -> Iterator[Measurement]:
    """One for each packet filter."""
    for backend in BACKENDS:
        yield Measurement(f"decided-{backend}", [*_rows(backend)], _of(backend))


def _rows(backend: str) -> Iterator[Row]:
    for size in SIZES:
        start = f"{backend}/{size}"
        others = f"{backend}, {size:,} other{'s' if size > 1 else ''}"
        quick = size in QUICK
        for case, (what, kinds) in CASES.items():
            for kind in kinds:
                title = f"{KINDS[kind][-1]}, {what}, {others}"
                target = TARGET if kind == "connect" else None
                yield Row(f"{start}/{case}/{kind}", title, "x", target, quick)
        yield Row(f"{start}/deny/connect", f"connect, denied, {others}", "x", in_quick=quick)
        yield Row(f"{start}/start", f"start of the helper, {others}", "s", in_quick=quick)
        yield Row(f"{start}/change/verdict", f"change of a verdict, {others}", "ms", in_quick=quick)
        yield Row(f"{start}/change/rule", f"change of a rule, {others}", "ms", in_quick=quick)
        title = f"change of a rule by the command, {others}"
        yield Row(f"{start}/change/command", title, "ms", in_quick=quick)
    title = f"connect, allowed, {backend}: {SIZES[-1]:,} others against {SIZES[0]}"
    yield Row(f"{backend}/flat", title, "x", FLAT)
    if backend == LOADED:
        yield from footprint.rows("loaded")
    title = f"CPU of the helper, 10,000 connections of a decided application, {backend}"
    yield Row(f"{backend}/cpu", title, "s", NOTHING)


def _of(backend: str) -> Callable[[Scale], Results]:
    return lambda scale: measured(backend, scale)


def measured(backend: str, scale: Scale) -> Results:
    """Measure one packet filter with ever more applications."""
    connects = dict[str, float]()
    for size in QUICK if scale.is_quick else SIZES:
        say(f"{backend}, {size:,} applications")
        with lane(backend) as guarded, lane() as free:
            for name, figure in Session(guarded, free, size, scale).figures():
                connects[name] = figure.value
                yield name, figure
    few, many = (connects[f"{backend}/{size}/allow/connect"] for size in QUICK)
    yield f"{backend}/flat", Figure(many / few)


class Session:
    """A helper with so many applications, and three that are measured."""

    def __init__(self, guarded: World, free: World, size: int, scale: Scale) -> None:
        self._world, self._size, self._scale = guarded, size, scale
        self._programs = {name: program(guarded, name) for name in (*CASES, "deny")}
        self._free = drivers(free, program(free, "free"))

    def figures(self) -> Results:
        """Measure all of it."""
        name = f"{self._world.backend}/{self._size}"
        helper, seconds = self._started()
        yield f"{name}/start", Figure(seconds)
        for case, (_, kinds) in CASES.items():
            placed = self._placed(case)
            for kind in kinds:
                yield f"{name}/{case}/{kind}", self._compared(placed, kind)
            if case == "allow" and self._size == SIZES[0]:
                yield f"{self._world.backend}/cpu", self._worked(placed[0], helper.process.pid)
        yield f"{name}/deny/connect", self._refusals()
        for what, figure in self._changes():
            yield f"{name}/change/{what}", figure
        if self._world.backend == LOADED and self._size == MANY:
            with footprint.everybody(self._world, helper) as pids:
                yield from footprint.memory("loaded", pids)

    def _started(self) -> tuple[Stiled, float]:
        """Write all rules, start the helper, and give how long that takes it."""
        fill(self._world, self._size)
        for name in ("allow", "deny"):
            self._world.rule(name, f"path:{self._programs[name]}", name)
        text = RULES.format(path=self._programs["rules"])
        (self._world.rules / "rules.toml").write_text(text)
        folder = footprint.gated(self._world)
        start = time.perf_counter()
        helper = self._world.stiled("--gate", str(folder))
        return helper, time.perf_counter() - start

    def _placed(self, name: str) -> list[Driver]:
        """Start processes of a program, and let them have its class."""
        placed = drivers(self._world, self._programs[name])
        for each in placed:
            each.does("c", 1, SERVED)
        return placed

    def _compared(self, placed: Sequence[Driver], kind: str) -> Figure:
        letter, count, port, _ = KINDS[kind]
        for each in (*placed, *self._free):
            each.passes(letter, 1, port)
        held = self._world.queued()
        rounds = self._turns(placed, lambda it: it.passes(letter, count, port))
        if self._world.queued() != held:
            raise RuntimeError("packets of a decided application were held")
        return ratio(rounds)

    def _turns(self, placed: Sequence[Driver], work: Work) -> list[Round]:
        return compared(placed, self._free, work, self._scale.of(*LASTS))

    def _worked(self, driver: Driver, helper: int) -> Figure:
        time.sleep(1.0)  # what placing it has left to do is not the connections' work
        before, held = cpu(helper), self._world.queued()
        driver.passes("c", 10_000, SERVED)
        return Figure(cpu(helper) - before, {"packets held": self._world.queued() - held})

    def _refusals(self) -> Figure:
        """Compare who is refused by a rule with who is refused by the other side."""
        placed = self._placed("deny")

        def refused(each: Driver) -> list[int]:
            reply = each.does("c", A_TURN, SERVED if each in placed else CLOSED)
            if reply.refused != A_TURN:
                raise RuntimeError(f"only {reply.refused} of {A_TURN} were refused")
            return reply.times

        return ratio(self._turns(placed, refused))

    def _changes(self) -> Results:
        agent = self._world.agent()
        one = Application(Kind.PATH, str(self._programs["rules"]))
        for name, scope in (("verdict", Scope()), ("rule", Scope.parse({"to": "198.51.100.7"}))):
            rules = [Rule(one, action, scope=scope) for action in (Action.ALLOW, Action.DENY)]
            add = partial(self._add, agent, rules)
            yield name, _timed(add, self._scale.of(20, 6))
        agent.leave()
        yield "command", _timed(partial(self._command, one), COMMANDS)

    def _add(self, agent: Agent, rules: Sequence[Rule], number: int) -> None:
        """Change a rule over the bus; it is in force when this returns."""
        agent.call(agent.firewall.add_rule(rules[number % 2]))

    def _command(self, one: Application, number: int) -> None:
        """The same by the command, which starts first."""
        self._world.stile("deny" if number % 2 else "allow", str(one), "--to", "198.51.100.8")


def _timed(change: Callable[[int], None], most: int) -> Figure:
    """Make changes, and give the milliseconds that one takes."""
    times = list[float]()
    while len(times) < most and sum(times) < ENOUGH:
        time.sleep(PAUSE)
        start = time.perf_counter()
        change(len(times))
        times.append((time.perf_counter() - start) * 1000)
    return Figure(percentile(times, 50), {"most": max(times), "changes": len(times)})
