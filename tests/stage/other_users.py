"""Doing something as another user, in a process that ends with it."""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any


def done_as(uid: int, act: Coroutine[Any, Any, str | None]) -> str:
    """Do something in a process of a user, in no group but its own, and give what it says."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        code = 1
        try:
            os.close(reading)
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            with os.fdopen(writing, "w") as told:
                told.write(asyncio.run(act) or "")
            code = 0
        finally:
            os._exit(code)  # whatever happened: pytest goes on in the parent
    act.close()
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    assert os.waitpid(child, 0)[1] == 0, "it broke down"
    return said
