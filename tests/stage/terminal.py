"""A terminal of the test's own: a real pty with a screen behind it, and a program that runs on it.

with terminal([...], environment) as shown:
shown.until("wants to connect")
shown.types("a")
"""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import pyte

PATIENCE = 20.0
COLUMNS, LINES = 100, 32


class Terminal:
    """What can be seen, and the keyboard."""

    def __init__(
        self, keyboard: int, process: "subprocess.Popen[bytes]", size: tuple[int, int]
    ) -> None:
        self.process = process
        self._keyboard = keyboard
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """All that is seen, without what is empty to the right."""
        with self._changed:
            return "\n".join(line.rstrip() for line in self._screen.display)

    def until(self, *marks: str, gone: str = "") -> str:
        """Wait until all marks are seen, and *gone* is not; gives what is seen then."""
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            while True:
                seen = "\n".join(line.rstrip() for line in self._screen.display)
                if all(mark in seen for mark in marks) and not (gone and gone in seen):
                    return seen
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"never {marks}:\n{seen}")

    def types(self, keys: str) -> None:
        """Press keys."""
        os.write(self._keyboard, keys.encode())

    @property
    def echoes(self) -> bool:
        """Whether what is typed is shown, as a shell has it."""
        return bool(termios.tcgetattr(self._keyboard)[3] & termios.ECHO)

    def ended(self) -> int:
        """Wait for the end of the program, and say how it ended."""
        return self.process.wait(PATIENCE)

    def _read(self) -> None:
        while True:
            try:
                octets = os.read(self._keyboard, 65536)
            except OSError:
                return
            with self._changed:
                self._stream.feed(octets)
                self._changed.notify_all()


@contextmanager
def terminal(
    command: Sequence[str], environment: dict[str, str], size: tuple[int, int] = (COLUMNS, LINES)
) -> Iterator[Terminal]:
    """Run a program on a terminal for as long as the block lasts."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process, size)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        os.close(ours)
