"""What a command prints: lines and tables for people, or one JSON object a line for programs.

Whatever comes from the bus may be of an attacker's making, so everything meant for people is
escaped here, before colours are added.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, TextIO

from stile.applications import shown
from stile.cli.failures import Failed, Unread


class Style(StrEnum):
    """Colours of a terminal; the value is the parameter of ECMA-48's SGR sequence."""

    PLAIN = ""
    BOLD = "1"
    FAINT = "2"
    BAD = "31"
    GOOD = "32"
    CAUTION = "33"


STYLES = {
    "allow": Style.GOOD,
    "ok": Style.GOOD,
    "deny": Style.BAD,
    "drop": Style.BAD,
    "missing": Style.BAD,
    "held": Style.CAUTION,
    "ask": Style.CAUTION,
    "limited": Style.CAUTION,
}
"""How words that are a verdict, or nearly one, are coloured."""


class Cell(NamedTuple):
    """One field of a table."""

    text: str
    style: Style = Style.PLAIN


def judged(word: str, width: int = 0, and_more: str = "") -> Cell:
    """Make a cell of a verdict, in its colour."""
    return Cell((word + and_more).ljust(width), STYLES.get(word, Style.PLAIN))


class Output:
    """Where results go. With `json`, people's text goes to stderr and stdout is for programs."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._spoken = sys.stderr if as_json else sys.stdout
        self._colour = self._spoken.isatty() and not os.environ.get("NO_COLOR")

    def record(self, words: Mapping[str, object]) -> None:
        """Print one JSON object on a line of its own."""
        _write(sys.stdout, json.dumps(words))

    def line(self, *cells: Cell | str) -> None:
        """Print a line of cells for people, two spaces between them."""
        _write(self._spoken, "  ".join(self._styled(cell) for cell in cells).rstrip())

    def table(self, header: Sequence[str], rows: Sequence[Sequence[Cell | str]]) -> None:
        """Print rows below a header, columns aligned; no header where there are no titles."""
        titles = [Cell(title, Style.BOLD) for title in header]
        body = [[_cell(cell) for cell in row] for row in ([titles] if any(header) else [])]
        body += [[_cell(cell) for cell in row] for row in rows]
        widths = [
            max(len(shown(cell.text)) for cell in column) for column in zip(*body, strict=True)
        ]
        for row in body:
            *first, last = zip(row, widths, strict=True)
            padded = [Cell(shown(cell.text).ljust(width), cell.style) for cell, width in first]
            self.line(*padded, last[0])

    def prompt(self, text: str) -> None:
        """Print the beginning of a line that a person ends."""
        _write(self._spoken, shown(text), end="")

    def flush(self) -> None:
        """See to it that all is written; a reader that went away shows now at the latest."""
        _write(sys.stdout, None)

    def _styled(self, cell: Cell | str) -> str:
        text, style = _cell(cell)
        if not (self._colour and style):
            return shown(text)
        return f"\x1b[{style}m{shown(text)}\x1b[0m"


def remark(text: str) -> None:
    """Say on stderr what is good to know beside the result."""
    print(f"stile: {shown(text)}", file=sys.stderr, flush=True)


def time_left(seconds: int) -> str:
    """Say how long something lasts still: "4 min 59 s"."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _cell(cell: Cell | str) -> Cell:
    return Cell(cell) if isinstance(cell, str) else cell


def _write(stream: TextIO, line: str | None, end: str = "\n") -> None:
    """Write a line at once: what is watched through a pipe must not wait in a buffer."""
    try:
        if line is not None:
            stream.write(line + end)
        stream.flush()
    except BrokenPipeError:
        _forget(stream)
        raise Unread from None
    except OSError as error:
        _forget(stream)
        raise Failed(f"cannot write the output: {error.strerror}") from None


def _forget(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, so that the interpreter's exit says nothing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
