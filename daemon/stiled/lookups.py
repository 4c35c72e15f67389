"""Threads that find out whose packets are, while the thread that reads the queue goes on.

What they find comes back to the loop as one call. By way of `concurrent.futures` and a task, each
held packet waited 0.16 ms for nothing else, and 0.07 ms by this (both measured, the last of a
hundred 0.37 and 0.19).
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

LOOKUPS = 2
"""Of their own, so that a flood of unknown packets keeps answers from being carried out no longer
than it takes the processor."""


class Lookups:
    """Work that may block, and what is called with what came of it."""

    def __init__(self) -> None:
        self._waiting = SimpleQueue[Callable[[], None] | None]()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin; what comes of the work is told on *loop*."""
        self._loop = loop
        for _ in range(LOOKUPS):  # they do not keep us from ending, wherever they are blocked
            Thread(target=self._work, daemon=True, name="lookup").start()

    def begin(self, work: Callable[[], T], done: Callable[[T | None], None]) -> None:
        """Have *work* done, then call *done* with what it gave; None where it failed."""
        self._waiting.put(lambda: self._tell(done, _outcome(work)))

    def close(self) -> None:
        """End; of what is still being done nobody hears."""
        self._is_closed = True
        for _ in range(LOOKUPS):
            self._waiting.put(None)

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            job()

    def _tell(self, done: Callable[[T | None], None], found: T | None) -> None:
        if self._loop:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._told, done, found)

    def _told(self, done: Callable[[T | None], None], found: T | None) -> None:
        if not self._is_closed:
            done(found)


def _outcome(work: Callable[[], T]) -> T | None:
    try:
        return work()
    except Exception as error:  # whatever it is, somebody waits
        log.error("a look-up failed", exc_info=error)
        return None
