"""The table of what rules cost that README.md has, made of the rows of a full run."""

from collections.abc import Callable, Iterator, Mapping
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
    found = [values.get(f"{backend}/{size}/{name}") for size in sizes]
    return " / ".join("-" if value is None else words(value) for value in found) + unit
