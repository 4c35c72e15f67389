"""Nobody fills the log with what they may not do."""

import pytest

from stile.connections import Uid
from stiled.deeds import SPAN, Pestered

ONE, OTHER = Uid(1000), Uid(1001)


class Clock:
    """A clock that the test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_who_is_refused_over_and_over_gets_a_line_a_minute_that_counts_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    pestered = Pestered(clock)

    for _ in range(1000):
        pestered.refused(ONE, "pause")
    clock.now += SPAN
    pestered.refused(ONE, "pause")

    assert [record.getMessage() for record in caplog.records] == [
        "user 1000 may not pause",
        "user 1000 may not pause, and 999 times more since the last line",
    ]


def test_one_user_does_not_keep_another_or_another_deed_out_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pestered = Pestered(Clock())
    for _ in range(1000):
        pestered.refused(ONE, "pause")
    pestered.refused(OTHER, "pause")
    pestered.refused(ONE, "learn")
    assert len(caplog.records) == 3


def test_an_agent_that_comes_and_goes_all_the_time_is_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    pestered = Pestered(Clock())
    for number in range(1000):
        pestered.registered(ONE, f":1.{number}")
        pestered.left(ONE, f":1.{number}")
    assert len(caplog.records) == 2
