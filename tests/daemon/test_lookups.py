"""Work in threads, and what is told of it."""

import asyncio
import subprocess
import sys
import threading

import pytest

from stiled.lookups import Lookups

BLOCKED = """
import asyncio, threading
from stiled.lookups import Lookups
async def main():
    lookups = Lookups()
    lookups.listen(asyncio.get_running_loop())
    lookups.begin(threading.Event().wait, print)
asyncio.run(main())
"""


async def looked_up(lookups: Lookups, *works: object) -> list[object]:
    """Begin all of it, and give what came of it, in this order of coming."""
    told, is_all = list[object](), asyncio.Event()

    def done(found: object) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append(found)
        if len(told) == len(works):
            is_all.set()

    for work in works:
        assert callable(work)
        lookups.begin(work, done)
    await asyncio.wait_for(is_all.wait(), 5)
    return told


def test_what_was_found_is_told_where_the_loop_runs() -> None:
    async def check() -> None:
        lookups = Lookups()
        lookups.listen(asyncio.get_running_loop())
        assert await looked_up(lookups, lambda: 7) == [7]
        lookups.close()

    asyncio.run(check())


def test_of_what_fails_it_is_told_that_nothing_came_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def check() -> None:
        lookups = Lookups()
        lookups.listen(asyncio.get_running_loop())
        assert await looked_up(lookups, lambda: 1 // 0) == [None]
        assert await looked_up(lookups, lambda: "goes on") == ["goes on"]
        lookups.close()

    asyncio.run(check())
    assert "a look-up failed" in caplog.text


def test_one_that_is_blocked_does_not_keep_the_next_one_waiting() -> None:
    async def check() -> None:
        lookups, may_end = Lookups(), threading.Event()
        lookups.listen(asyncio.get_running_loop())
        lookups.begin(may_end.wait, lambda _: None)
        assert await looked_up(lookups, lambda: 7) == [7]
        may_end.set()
        lookups.close()

    asyncio.run(check())


def test_of_what_ends_after_us_nobody_hears() -> None:
    async def check() -> None:
        lookups, may_end, told = Lookups(), threading.Event(), list[object]()
        lookups.listen(asyncio.get_running_loop())
        lookups.begin(may_end.wait, told.append)
        lookups.close()
        may_end.set()
        await asyncio.sleep(0.05)
        assert told == []

    asyncio.run(check())


def test_one_that_is_blocked_does_not_keep_us_from_ending() -> None:
    subprocess.run([sys.executable, "-c", BLOCKED], check=True, timeout=10)
