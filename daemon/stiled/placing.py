"""Nobody becomes another program while it is given a class.

Whoever passes the exec gate just before it is in a class, and becomes another just after, would be
that other one in the class. So the helper holds a lock while it places a process, and the gate lets
an exec wait for it where the process wears the badge and is in no class yet.
"""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

NAME = "placing"
"""Of the file in the runtime folder that is locked: nobody else can open it."""
LONGEST = 0.5
"""Seconds that an exec waits for a helper that somebody has stopped, perhaps."""
LOOK = 0.0005


class Placing:
    """The lock, as the helper holds it while it places a process."""

    def __init__(self, runtime: Path) -> None:
        self._file = os.open(runtime / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Forget about it."""
        os.close(self._file)


def nobody_is_placed(runtime: Path) -> bool:
    """Whether the helper places nobody, at this moment."""
    try:
        file = os.open(f"{runtime}/{NAME}", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


def wait(runtime: Path) -> None:
    """Wait until whoever is being placed has been, or has not."""
    end = time.monotonic() + LONGEST
    while time.monotonic() < end and not nobody_is_placed(runtime):
        time.sleep(LOOK)
