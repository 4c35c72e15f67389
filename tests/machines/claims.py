"""What a test of a machine claims, and what came of it."""

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

UNEXPECTED = (OSError, ValueError, KeyError, IndexError, EOFError)
"""What a program or a machine that behaves strangely makes of a step."""


class Failed(Exception):
    """Something did not go as it should; the text says what, and where."""


@dataclass(frozen=True)
class Outcome:
    """One claim as it came out."""

    claim: str
    held: bool
    figures: str
    seconds: float


@dataclass
class Claims:
    """All claims of a run, in the order in which they were looked at."""

    outcomes: list[Outcome] = field(default_factory=list)

    @contextmanager
    def claim(self, text: str) -> "Iterator[Figures]":
        """Look at a claim; what goes wrong makes it fail, and does not hide those after it."""
        figures, began = Figures(), time.monotonic()
        held = False
        try:
            yield figures
            held = True
        except Failed as error:
            figures.say(str(error))
        except UNEXPECTED as error:
            figures.say(f"{type(error).__name__}: {error}")
            traceback.print_exc()
        self._note(text, figures, began, held=held)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Go through a step that makes claims; it is one itself only where it is broken off."""
        began = time.monotonic()
        try:
            yield
        except (Failed, *UNEXPECTED) as error:
            figures = Figures()
            figures.say(f"broken off: {error}")
            traceback.print_exc()
            self._note(text, figures, began, held=False)

    def _note(self, text: str, figures: "Figures", began: float, *, held: bool) -> None:
        outcome = Outcome(text, held, figures.text, time.monotonic() - began)
        self.outcomes.append(outcome)
        print(f"{'PASS' if held else 'FAIL'}  {text}: {figures.text}", flush=True)

    @property
    def failed(self) -> int:
        """How many did not hold."""
        return sum(not each.held for each in self.outcomes)

    def table(self) -> str:
        """All of them, as a table in Markdown."""
        lines = ["| claim | | figures |", "|---|---|---|"]
        for each in self.outcomes:
            figures = each.figures.replace("|", "\\|").replace("\n", " ")
            lines.append(f"| {each.claim} | {'PASS' if each.held else 'FAIL'} | {figures} |")
        return "\n".join(lines)


class Figures:
    """What was counted or read while a claim was looked at."""

    def __init__(self) -> None:
        self._said: list[str] = []

    def say(self, text: str) -> None:
        """Add to what is shown with the claim."""
        self._said.append(text)

    @property
    def text(self) -> str:
        """All that was said."""
        return "; ".join(self._said)


def need(there: object, text: str) -> None:
    """Let a claim fail, with a reason, where something is not there. Raises Failed."""
    if not there:
        raise Failed(text)


def until(look: Callable[[], object], what: str, patience: float) -> None:
    """Look until something is there. Raises Failed."""
    deadline = time.monotonic() + patience
    while not look():
        if time.monotonic() > deadline:
            raise Failed(f"waited {patience:.0f} s in vain for {what}")
        time.sleep(0.1)
