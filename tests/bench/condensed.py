"""The tables that README.md has, made of the rows of a full run."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from decided import BACKENDS, SIZES

Words = Callable[[float], str]


def _times(value: float) -> str:
    return f"{value:.2f}" if value < 2 else f"{value:.2g}"


def _whole(value: float) -> str:
    return f"{value:,.0f}"


COLUMNS: dict[str, tuple[str, Words, str]] = {
    "connect, allowed": ("allow/connect", _times, ""),
    "with three rules": ("rules/connect", _times, ""),
    "change of a verdict": ("change/verdict", _whole, " ms"),
    "of a rule": ("change/rule", _whole, " ms"),
    "start": ("start", "{:.1f}".format, " s"),
}
"""By what people call it: the end of the row's name, how the value is written, and its unit."""


@dataclass(frozen=True)
class Line:
    """What is measured against a target: rows, and those that say how little it can be."""

    title: str
    rows: tuple[str, ...]
    target: str
    unit: str = ""
    least: tuple[str, ...] = ()
    words: Words = _times


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _gate(who: str) -> tuple[str, ...]:
    return tuple(f"gate/{who}/{kind}" for kind in ("static", "dynamic", "script"))


LINES = (
    Line(
        "connect of an allowed program, 1 / 10,000 others",
        ("nftables/1/allow/connect", f"nftables/{SIZES[-1]}/allow/connect"),
        "1.02",
        least=("floor/connect/chain", "floor/connect/map", "floor/connect/notes"),
    ),
    Line(
        "held packet to verdict, p99: nobody is moved / the first of a process",
        ("known/unmoved", "known/moved"),
        "2 ms",
        " ms",
        ("known/unmoved/thread", "known/moved/thread", "known/unmoved/work", "known/moved/work"),
        _short,
    ),
    Line(
        "fork + exec, started by who is undecided: static / dynamic / script",
        _gate("undecided"),
        "1.10",
        least=tuple(f"{row}/floor" for row in _gate("undecided")),
    ),
    Line(
        "the same, started by who is allowed",
        _gate("allowed"),
        "1.10",
        least=tuple(f"{row}/floor" for row in _gate("allowed")),
    ),
    Line("fork + exec that no gate is asked about, and that is not told", ("gate/told",), ""),
    Line(
        "memory of the helper: idle / with 10,000 applications / after the work of an hour",
        ("memory/idle/helper", "memory/loaded/helper", "memory/hour/helper"),
        "45 MB idle",
        " MB",
        words=_whole,
    ),
    Line(
        "memory of the tray, the same",
        ("memory/idle/tray", "memory/loaded/tray", "memory/hour/tray"),
        "120 MB",
        " MB",
        words=_whole,
    ),
    Line("wake-ups a second, idle: helper / gate", ("wakeups/helper", "wakeups/gate"), "0",
         words=_whole),
    Line("CPU of the helper, 10,000 connections of who is decided", ("nftables/cpu",), "0", " s",
         words=_whole),
)  # fmt: skip
"""The targets of the design, and what is measured for each."""


def against_targets(run: Mapping[str, Any]) -> Iterator[str]:
    """Give the lines of the table of targets; a dash for what was not measured."""
    values = {row["name"]: row["value"] for row in run["rows"]}
    yield "| | here | at the least | target |"
    yield "|---|---|---|---|"
    for line in LINES:
        here = _said([values.get(row) for row in line.rows], line.words) + line.unit
        least = _said([values.get(row) for row in line.least], line.words)
        least += line.unit if line.least else ""
        yield f"| {line.title} | {here} | {least} | {line.target} |"


def condensed(run: Mapping[str, Any]) -> Iterator[str]:
    """Give the lines of the table, two sizes a line; a dash for what was not measured."""
    values = {row["name"]: row["value"] for row in run["rows"]}
    yield f"| | applications | {' | '.join(COLUMNS)} |"
    yield "|---" * (len(COLUMNS) + 2) + "|"
    for backend in BACKENDS:
        for number, sizes in enumerate((SIZES[:2], SIZES[2:])):
            cells = [_cell(values, backend, sizes, *column) for column in COLUMNS.values()]
            counts = " / ".join(f"{size:,}" for size in sizes)
            yield f"| {' | '.join(('' if number else backend, counts, *cells))} |"


def _cell(
    values: Mapping[str, float | None],
    backend: str,
    sizes: tuple[int, ...],
    name: str,
    words: Words,
    unit: str,
) -> str:
    return _said([values.get(f"{backend}/{size}/{name}") for size in sizes], words) + unit


def _said(values: list[float | None], words: Words) -> str:
    return " / ".join("-" if value is None else words(value) for value in values)
