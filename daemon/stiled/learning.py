"""Learning: whether it is on, until when, and what was learned; both on disk.

    /var/lib/stile/learning        since and until, in seconds since the epoch; no file: off
    /var/lib/stile/learned.json    the records, until somebody has looked at them

It outlives the helper, and a reboot, but not its end, and not a clock that is set back before its
beginning. Whatever else stands in the first file counts as off: who is to be let through without a
question is for somebody to say.
"""

import asyncio
import json
import logging
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stile.learned import LONGEST_SECONDS
from stiled.lessons import Lessons
from stiled.rulefile import check_owner, replace_file, sync
from stiled.wallclock import WallClock

log = logging.getLogger(__name__)

STATE, RECORDS = "learning", "learned.json"
LONGEST_STATE, LONGEST_RECORDS = 64, 8 << 20
"""Octets that are read of each."""
SAVED_AFTER = 2.0
"""Seconds for which what was learned waits for more, before it is written."""


class Learning:
    """The mode and the records. Only `end` and `note` change what is in memory."""

    def __init__(self, folder: Path, lessons: Lessons, clock: WallClock) -> None:
        self._state, self._records = folder / STATE, folder / RECORDS
        self.lessons = lessons
        self._clock = clock
        self._since = self._until = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._saving: asyncio.Task[None] | None = None
        self._is_stale = False
        self._ended: Callable[[], None] = lambda: None
        self._troubles: dict[Path, str] = {}

    @property
    def problems(self) -> list[str]:
        """What is wrong with the files, a line each."""
        return [f"{path}: {trouble}" for path, trouble in self._troubles.items()]

    @property
    def is_on(self) -> bool:
        """Whether it lasts."""
        return self._since <= self._clock.now < self._until

    @property
    def left(self) -> int:
        """Seconds that are left of it."""
        return max(1, round(self._until - self._clock.now)) if self.is_on else 0

    # -- beginning and end -------------------------------------------------------------------

    def read(self) -> None:
        """Take over what an earlier helper left."""
        self._since, self._until = self._kept_state()
        try:
            found = _read(self._records, LONGEST_RECORDS)
            self.lessons.read(json.loads(found) if found else {})
        except (OSError, ValueError, RecursionError) as error:
            self._blame(self._records, f"{_reason(error)}: what was learned is lost")

    def listen(self, loop: asyncio.AbstractEventLoop, ended: Callable[[], None]) -> None:
        """Call *ended* on the loop when its time is up, or the clock says that it is."""
        self._loop, self._ended = loop, ended
        self._clock.listen(loop, self._look, self._look)
        self._look()

    def begin(self, seconds: int) -> None:
        """Let it last for so long from now on. It blocks. Raises OSError; then all is as it was."""
        since = self._clock.now
        self._write(self._state, f"{since:.3f} {since + seconds:.3f}\n")
        self._since, self._until = since, since + seconds

    def end(self) -> None:
        """End it; what was learned stays."""
        self._since = self._until = 0.0
        self._clock.ring_at(None)

    def erase(self) -> None:
        """Take it from the disk. It blocks. Raises OSError."""
        try:
            self._state.unlink(missing_ok=True)
            sync(self._state.parent)
        except OSError as error:
            self._blame(self._state, f"{error.strerror}: learning is off, but not on disk")
            raise
        self._troubles.pop(self._state, None)

    def watch_the_clock(self) -> None:
        """Ring at its end."""
        self._clock.ring_at(self._until or None)

    def close(self) -> None:
        """Write what is not written yet, and listen no more."""
        if self._saving:
            self._saving.cancel()
        if self._is_stale:
            self._save(self.lessons.words())
        self._clock.close()

    def _look(self) -> None:
        if self._until and not self.is_on:
            self._ended()
        else:
            self.watch_the_clock()

    # -- what was learned --------------------------------------------------------------------

    def note(self) -> None:
        """Have what is in memory on disk soon."""
        self._is_stale = True
        if self._loop and (self._saving is None or self._saving.done()):
            self._saving = self._loop.create_task(self._save_soon())

    async def _save_soon(self) -> None:
        """Write once for all that comes within a while, and one text after the other."""
        while self._is_stale:
            await asyncio.sleep(SAVED_AFTER)
            self._is_stale = False
            await asyncio.to_thread(self._save, self.lessons.words())

    def _save(self, words: Mapping[str, Any]) -> None:
        try:
            text = json.dumps(words, ensure_ascii=True)
            self._write(self._records, f"{text}\n", mode=0o600)  # it tells where people went
        except OSError as error:
            log.error("what was learned is not on disk: %s", error)

    # -- the files -----------------------------------------------------------------------------

    def _kept_state(self) -> tuple[float, float]:
        try:
            words = _read(self._state, LONGEST_STATE).split()
            since, until = map(float, words) if words else (0.0, 0.0)
        except (OSError, ValueError) as error:
            self._blame(self._state, f"{_reason(error)}: so learning is off")
            return 0.0, 0.0
        holds = since <= self._clock.now < until <= since + LONGEST_SECONDS + 1
        return (since, until) if holds else (0.0, 0.0)

    def _write(self, path: Path, text: str, mode: int = 0o644) -> None:
        try:
            replace_file(path, text, mode)
        except OSError as error:
            self._blame(path, f"{error.strerror}: it cannot be written")
            raise
        self._troubles.pop(path, None)

    def _blame(self, path: Path, trouble: str) -> None:
        self._troubles = {**self._troubles, path: trouble}


def _read(path: Path, longest: int) -> str:
    """Read a file of ours; nothing where there is none. Raises OSError, ValueError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return ""
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("this is not a file")
        check_owner(status)
        octets = file.read(longest + 1)
    if len(octets) > longest:
        raise ValueError("it is too long")
    return octets.decode("utf-8")


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
