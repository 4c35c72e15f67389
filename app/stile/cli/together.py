"""Several things at once, as long as all of them go on."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def until_one_ends(*deeds: Coroutine[Any, Any, None]) -> None:
    """Run all; once the first has ended end the others, and raise what it raised."""
    tasks = [asyncio.ensure_future(deed) for deed in deeds]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
                return
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
