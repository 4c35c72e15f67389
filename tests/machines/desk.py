"""The desktop of alice as a person has it: windows to look at, buttons to click."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from boots import SHARED, Machine
from claims import Failed, need

BUTTONS = "/usr/local/lib/stile-machine/buttons.py"


class Desk:
    """Her screen, in the session in which she is logged in."""

    def __init__(self, machine: Machine, pictures: Path) -> None:
        self._machine = machine
        self._pictures = pictures

    def windows(self, title: str) -> list[str]:
        """The visible windows with such a title (a regular expression)."""
        return self._xdotool("search", "--onlyvisible", "--name", title).split()

    def window(self, title: str) -> str:
        """Wait for a window. Raises Failed."""
        self._machine.wait(lambda: self.windows(title), f"a window '{title}'")
        return self.windows(title)[-1]

    def title(self, window: str) -> str:
        """What is written above it."""
        return self._xdotool("getwindowname", window).strip()

    def click(self, title: str, button: str, until: Callable[[], object]) -> None:
        """Click a button of a window until it counts: at first a prompt takes nothing.

        Raises Failed.
        """
        deadline = time.monotonic() + self._machine.PATIENCE
        while not until():
            if self.windows(title):
                x, y = self._place(title, button)
                self._xdotool("mousemove", str(x), str(y), "sleep", "0.2", "click", "1")
            if time.monotonic() > deadline:
                raise Failed(f"'{button}' of '{title}' was clicked in vain")
            time.sleep(0.5)

    def picture(self, name: str) -> None:
        """Take a picture of all that is there."""
        self._machine.alice.must("import", "-window", "root", f"{SHARED}/{name}.png")
        shutil.copy(self._machine.shared / f"{name}.png", self._pictures / f"{name}.png")

    def _place(self, title: str, button: str) -> tuple[int, int]:
        told = self._machine.alice.run("/usr/bin/python3", BUTTONS, title, button)
        need(told.code == 0, f"'{title}' has no button '{button}': {told.out}{told.err[-300:]}")
        place = json.loads(told.out)
        return int(place["x"]), int(place["y"])

    def _xdotool(self, *words: str) -> str:
        return self._machine.alice.run("xdotool", *words).out
