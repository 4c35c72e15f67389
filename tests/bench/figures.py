"""What is measured, what came out, and how it is shown: a table for people, JSON for programs.

A measurement says beforehand which rows it has. What it cannot measure keeps its row, with the
reason, and hides nothing else.
"""

import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

SHAPE = 1
"""Of the JSON: another number where a reader would have to know."""

LEFT_OUT = "left out of a quick run"


@dataclass(frozen=True, slots=True)
class Target:
    """What a value shall be, as DESIGN.md says: at most so much, or at least."""

    value: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.value:g}"

    def is_met(self, value: float) -> bool:
        return value >= self.value if self.at_least else value <= self.value


@dataclass(frozen=True, slots=True)
class Row:
    """Something to be measured."""

    name: str
    title: str
    unit: str
    target: Target | None = None
    in_quick: bool = True


@dataclass(frozen=True, slots=True)
class Figure:
    """What came out: the value, and what it is made of."""

    value: float
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is done: a short run for a look, a long one for figures to keep."""

    is_quick: bool

    def of(self, long: int, quick: int) -> int:
        """Give how many of something are done."""
        return quick if self.is_quick else long


Results = Iterator[tuple[str, Figure]]
Round = tuple[Sequence[int], Sequence[int]]
"""How long each took with something, and without: as close to each other as can be."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """Rows that come out of one piece of work."""

    name: str
    rows: Sequence[Row]
    run: Callable[[Scale], Results]


def take(measurement: Measurement, scale: Scale) -> Iterator[dict[str, Any]]:
    """Measure, and give each row as it comes; what did not come, with why."""
    left = {row.name: row for row in measurement.rows}
    why = "the measurement ended without it"
    try:
        for name, figure in measurement.run(scale):
            yield _measured(left.pop(name), figure)
    except (AssertionError, OSError, LookupError, ValueError, RuntimeError, ImportError) as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    for row in left.values():
        reason = why if row.in_quick or not scale.is_quick else LEFT_OUT
        yield _words(row) | {"value": None, "met": None, "parts": {}, "why": reason}


def _measured(row: Row, figure: Figure) -> dict[str, Any]:
    met = row.target.is_met(figure.value) if row.target else None
    parts = {name: rounded(part) for name, part in figure.parts.items()}
    return _words(row) | {"value": rounded(figure.value), "met": met, "parts": parts, "why": None}


def _words(row: Row) -> dict[str, Any]:
    target = str(row.target) if row.target else None
    return {"name": row.name, "title": row.title, "unit": row.unit, "target": target}


def rounded(value: float) -> float:
    """Keep four digits: the rest is noise."""
    return float(f"{value:.4g}")


def report(rows: Sequence[Mapping[str, Any]], *, is_quick: bool, seconds: float) -> dict[str, Any]:
    """Give all of it, and what it was measured on, as JSON has it."""
    machine = {
        "kernel": platform.release(),
        "processors": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "load": rounded(os.getloadavg()[0]),
    }
    return {
        "shape": SHAPE,
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "quick": is_quick,
        "seconds": rounded(seconds),
        "machine": machine,
        "rows": list(rows),
    }


# -- for people --------------------------------------------------------------------------


def table(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Give the lines of a table in Markdown."""
    yield "| row | value | unit | target | met | made of |"
    yield "|---|---:|---|---|---|---|"
    for row in rows:
        if row["why"] == LEFT_OUT:
            continue
        yield _line(row["name"], shown(row["value"]), row["unit"], row["target"] or "",
                    _met(row["met"]), row["why"] or _parts(row["parts"]))  # fmt: skip


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Give the lines of a table of before and after."""
    before = {row["name"]: row for row in old["rows"]}
    yield "| row | before | after | unit | after / before | target | met |"
    yield "|---|---:|---:|---|---:|---|---|"
    for row in new["rows"]:
        was, now = before.get(row["name"], {}).get("value"), row["value"]
        change = f"{now / was:.2f}" if was and now is not None else ""
        yield _line(row["name"], shown(was), shown(now), row["unit"], change,
                    row["target"] or "", _met(row["met"]))  # fmt: skip


def shown(value: float | None) -> str:
    """Write a value; a dash where there is none."""
    return "-" if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def _parts(parts: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {shown(value)}" for name, value in parts.items())


def _met(met: bool | None) -> str:  # noqa: FBT001 # or not known
    return {True: "yes", False: "**no**", None: ""}[met]


def _line(*cells: str) -> str:
    return f"| {' | '.join(each.replace('|', '/') for each in cells)} |"


# -- counting ----------------------------------------------------------------------------


def percentile(values: Iterable[float], share: float) -> float:
    """Give the value below which so many of a hundred are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


def spread(values: Sequence[float], suffix: str = "") -> dict[str, float]:
    """Give the median and the 99th percentile."""
    return {f"p50{suffix}": percentile(values, 50), f"p99{suffix}": percentile(values, 99)}


def ratio(rounds: Sequence[Round]) -> Figure:
    """Compare two sides: the median of what the rounds say, each by its own medians.

    The parts are microseconds, of nanoseconds; the error is the standard error of the value.
    """
    both = [[each / 1000 for round_ in rounds for each in round_[side]] for side in (0, 1)]
    parts = spread(both[0]) | spread(both[1], " without")
    parts["p99 ratio"] = parts["p99"] / parts["p99 without"]
    ratios = [median(with_it) / median(without) for with_it, without in rounds]
    parts["error"] = _error(ratios)
    return Figure(median(ratios), parts)


def _error(values: Sequence[float]) -> float:
    """Give the standard error of a median, by the quartiles: what is far off has no say."""
    quartiles = percentile(values, 75) - percentile(values, 25)
    return 0.93 * quartiles / math.sqrt(len(values))


def say(words: str) -> None:
    """Tell who waits what is done now."""
    print(f"bench: {words}", file=sys.stderr, flush=True)
