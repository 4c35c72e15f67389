"""The real stile-tray beside the agent of the torture, and the history that it keeps.

It answers nothing; it is there for what it writes.
"""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

from worlds import World, until

NEEDS = "PySide6"
A_WHILE = 5.0
"""Seconds within which what happens is written."""
END = 10.0
"""Seconds that a tray may take to write what waits, and end."""


class Tray:
    """A tray with a home of its own, which stays from one to the next."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._home = world.home / "tray"
        self.history = self._home / "data/stile/history.db"
        self.history.parent.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start it, and wait until it has a history that is whole."""
        environment = os.environ | {
            "HOME": str(self._home),
            "XDG_CONFIG_HOME": str(self._home / "config"),
            "XDG_CACHE_HOME": str(self._home / "cache"),
            "XDG_STATE_HOME": str(self._home / "state"),
            "XDG_DATA_HOME": str(self._home / "data"),
            "XDG_RUNTIME_DIR": str(self._home),
            "DBUS_SESSION_BUS_ADDRESS": self._world.bus,
            "QT_QPA_PLATFORM": "offscreen",
        }
        command = (sys.executable, "-m", "stile_ui.main", "--bus", self._world.bus, "--background")
        self.process: subprocess.Popen[str] = self._world.start(*command, env=environment)
        try:
            until(self.is_whole, "a history that is whole")
        except AssertionError:
            self.process.kill()
            raise

    def is_whole(self) -> bool:
        """Whether SQLite finds nothing wrong with the history, and all of it is there."""
        return (
            self._ask("PRAGMA integrity_check") == "ok"
            and self._ask("SELECT count(*) FROM sqlite_master WHERE name = 'entries'") == 1
        )

    def hears_of(self, identity: str) -> bool:
        """Wait until an application stands in the history; False where it is not told of it yet."""
        question = "SELECT count(*) FROM applications WHERE identity = ?"
        try:
            return until(lambda: bool(self._ask(question, identity)), identity, A_WHILE)
        except AssertionError:
            return False

    def end(self, number: signal.Signals) -> None:
        """End it by a signal; who hangs is an error."""
        self.process.send_signal(number)
        self.process.wait(END)

    def asides(self) -> list[Path]:
        """The files that were no history any more, and stand aside."""
        return [*self.history.parent.glob(f"{self.history.name}.broken-*")]

    def _ask(self, question: str, *values: str) -> object:
        with suppress(sqlite3.Error), closing(self._open()) as link:
            return link.execute(question, values).fetchone()[0]
        return None

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.history}?mode=ro", uri=True)
