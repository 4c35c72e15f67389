"""A screen of the test's own: Xvfb with a window manager, a fresh home, and a session bus.

    with screen() as stage:
        subprocess.Popen(["stile-tray"], env=stage.environment)
        prompt = stage.window("wants to connect")
        stage.click(prompt, 400, 300)

Nothing has a fixed number or name, so any number of them run side by side; at the end everything
that was started here is gone. `missing()` says which programs are not installed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from private_bus import private_bus

T = TypeVar("T")
PROGRAMS = ("Xvfb", "openbox", "xdotool", "dbus-daemon")
PATIENCE = 20.0
"""Seconds after which a test gives up waiting."""


def wait_for(look: Callable[[], T], what: str) -> T:
    """Look until something is there: for what tells nobody when it comes."""
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain for {what}")
        time.sleep(0.05)
    return seen


def missing(*more: str) -> str:
    """Name the programs that a screen needs and that are not here; empty where all are."""
    return ", ".join(name for name in (*PROGRAMS, *more) if shutil.which(name) is None)


@dataclass(frozen=True)
class Screen:
    """A running X server with a window manager."""

    display: str
    environment: dict[str, str]

    def xdotool(self, *words: object) -> str:
        """Run xdotool and give what it says."""
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.stdout.strip()

    def windows(self, title: str) -> list[str]:
        """Give the ids of the visible windows with such a title (a regular expression)."""
        return self.xdotool("search", "--onlyvisible", "--name", title).split()

    def window(self, title: str) -> str:
        """Wait for a visible window, and give its id."""
        return wait_for(lambda: self.windows(title)[-1:], f"a window '{title}'")[0]

    def gone(self, title: str) -> None:
        """Wait until no window has such a title."""
        wait_for(lambda: not self.windows(title), f"'{title}' to go")

    def focused(self) -> str:
        """Give the id of the window that has the focus."""
        return self.xdotool("getwindowfocus")

    def click(self, window: str, x: int, y: int) -> None:
        """Click into a window, at a place counted from its upper left corner."""
        self.xdotool("mousemove", "--window", window, x, y, "click", 1)

    def size(self, window: str) -> tuple[int, int]:
        """Give the width and height of a window."""
        lines = self.xdotool("getwindowgeometry", "--shell", window).splitlines()
        known = dict(line.split("=") for line in lines)
        return int(known["WIDTH"]), int(known["HEIGHT"])

    def focus(self, window: str) -> None:
        """Click into a corner of a window, and wait until it has the focus."""
        self.click(window, 8, 8)
        wait_for(lambda: self.focused() == window, "the focus")

    def close(self, window: str) -> None:
        """Close a window as its owner would."""
        self.focus(window)
        self.key("alt+F4")

    def key(self, *keys: str) -> None:
        """Press keys; they go to whatever has the focus."""
        self.xdotool("key", *keys)

    def picture(self, path: Path, window: str = "root") -> None:
        """Take a picture of a window, or of all."""
        subprocess.run(
            ["import", "-window", window, path], env=self.environment, check=True, timeout=PATIENCE
        )


def tray_command(bus: str, *options: str) -> list[str]:
    """Give the command that starts the real stile-tray."""
    return [sys.executable, "-m", "stile_ui.main", "--bus", bus, *options]


def dressed(stage: "Screen", *, dark: bool = False, scale: int = 1) -> dict[str, str]:
    """Give the environment in which a tray looks like that."""
    config = Path(stage.environment["XDG_CONFIG_HOME"], "stile")
    config.mkdir(parents=True, exist_ok=True)
    (config / "tray.ini").write_text(f"[General]\ntheme={'dark' if dark else 'light'}\n")
    return stage.environment | {"QT_SCALE_FACTOR": str(scale)}


@contextmanager
def screen(size: str = "1280x800") -> Iterator[Screen]:
    """Give a screen for as long as the block lasts."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stile-screen-")))
        bus = stack.enter_context(private_bus())
        environment = _environment(home, bus)
        environment["DISPLAY"] = display = stack.enter_context(_x_server(size))
        stage = Screen(display, environment)
        # a window that is shown while openbox starts up may be overlooked for ever
        ready = home / "openbox-is-ready"
        stack.enter_context(running(["openbox", "--startup", f"touch {ready}"], environment))
        wait_for(ready.exists, "the window manager")
        yield stage


@contextmanager
def running(
    command: Sequence[str], environment: dict[str, str]
) -> Iterator["subprocess.Popen[str]"]:
    """Run a program as long as the block lasts."""
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def _x_server(size: str) -> Iterator[str]:
    reads, writes = os.pipe()
    with subprocess.Popen(
        [
            "Xvfb",
            "-displayfd",
            str(writes),
            "-screen",
            "0",
            f"{size}x24",
            "-nolisten",
            "tcp",
            "-noreset",
        ],
        pass_fds=[writes],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writes)
        try:
            with open(reads) as line:  # noqa: PTH123 (a descriptor has no path)
                yield f":{line.readline().strip()}"
        finally:
            server.terminate()


def _environment(home: Path, bus: str) -> dict[str, str]:
    """Give what a fresh session knows; nothing of the session in which the test runs."""
    (home / "state" / "stile").mkdir(parents=True)
    (home / "state" / "stile" / "first-run").touch()  # who wants that shown takes this away
    foreign = ("WAYLAND_DISPLAY", "XAUTHORITY", "QT_QPA_PLATFORM", "XDG_CURRENT_DESKTOP")
    environment = {name: value for name, value in os.environ.items() if name not in foreign}
    return environment | {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "DBUS_SESSION_BUS_ADDRESS": bus,
    }
