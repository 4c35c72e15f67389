"""The alarm of the wall clock: it rings on time, and says when somebody sets the clock."""

import asyncio
import time

import pytest

from stiled.wallclock import WallClock


def heard(when: float | None, *, set_it: bool = False) -> list[str]:
    """What an alarm says within half a second."""
    said: list[str] = []

    async def listen() -> None:
        clock = WallClock()
        running = asyncio.get_running_loop()
        clock.listen(running, lambda: said.append("rang"), lambda: said.append("jumped"))
        clock.ring_at(when)
        if set_it:
            time.clock_settime(time.CLOCK_REALTIME, time.time())
        await asyncio.sleep(0.5)
        clock.close()

    asyncio.run(listen())
    return said


def test_it_rings_once_when_it_is_time() -> None:
    assert heard(time.time() + 0.1) == ["rang"]
    assert heard(time.time() - 5) == ["rang"], "it is over already"


def test_it_does_not_ring_before_its_time_nor_when_it_is_not_set() -> None:
    assert heard(time.time() + 60) == []
    assert heard(None) == []


def test_it_says_when_the_clock_is_set_while_it_waits() -> None:
    try:
        said = heard(time.time() + 60, set_it=True)
    except PermissionError:
        pytest.skip("the clock may not be set here")
    assert said == ["jumped"]
