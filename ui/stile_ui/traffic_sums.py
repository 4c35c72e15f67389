"""Traffic added up for a chart: the applications that moved the most, and all others as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from stile.applications import EVERYBODY, Application
from stile_ui.history_writer import DAY, HOUR, MINUTE

MOST = 7
"""Applications that have a colour of their own."""

By = Mapping[Application, Mapping[int, tuple[int, int]]]


class Way(StrEnum):
    """Which traffic."""

    BOTH = "both"
    SENT = "sent"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Range:
    """How far back, and in which steps (seconds)."""

    reach: int
    step: int


LAST_HOUR = Range(HOUR, MINUTE)
LAST_DAY = Range(DAY, HOUR)
LAST_MONTH = Range(30 * DAY, DAY)


@dataclass(frozen=True, slots=True)
class Bars:
    """Amounts over time, by application; `EVERYBODY` stands for all others."""

    step: int
    starts: Sequence[int]
    of: Sequence[tuple[Application, Sequence[int]]]

    @property
    def totals(self) -> list[tuple[Application, int]]:
        """How much each has moved."""
        return [(application, sum(amounts)) for application, amounts in self.of]


def bars(by: By, over: Range, way: Way, now: float) -> Bars:
    """Add up what has passed: who moved the most comes first."""
    end = int(now) // over.step * over.step
    starts = range(end - over.reach + over.step, end + over.step, over.step)
    amounts = {
        application: [_amount(steps.get(start, (0, 0)), way) for start in starts]
        for application, steps in by.items()
    }
    moved = [each for each in amounts if any(amounts[each])]
    moved.sort(key=lambda each: (-sum(amounts[each]), each))
    of = [(each, amounts[each]) for each in moved[:MOST]]
    if rest := moved[MOST:]:
        of.append((EVERYBODY, [sum(step) for step in zip(*map(amounts.get, rest), strict=True)]))
    return Bars(over.step, starts, of)


def _amount(passed: tuple[int, int], way: Way) -> int:
    sent, received = passed
    return {Way.BOTH: sent + received, Way.SENT: sent, Way.RECEIVED: received}[way]
