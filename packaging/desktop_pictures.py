"""Pictures of the settings, of "about" and of the tray's menu, and the terminal's prompt as text.

`packaging/screenshots` calls it; the helper is a play (tests/stage).
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from cast import CURL, path, question
from played_helper import PlayedHelper
from private_bus import private_bus
from screen import Screen, running, screen
from terminal import terminal

from stile.questions import About
from stile.settings import Settings, Stated

A_MOMENT = 1.5
"""Seconds until a window has settled."""
FINDINGS = [
    ("net_cls", "ok", "applications are told apart by their class"),
    ("nft queue", "limited", "this kernel lacks it: packets are held by the NFQUEUE target"),
    ("exec gate", "ok", "a program is in its class before it begins"),
    ("socket destroy", "missing", "what is open and refused by a new rule goes on"),
]
STATED = Stated(
    Settings(question_timeout=90, name_servers="192.0.2.53"),
    "/etc/stile/stile.toml",
    after_restart=("held_in_all",),
)
ROOM = {1: "1280x900", 2: "2000x1500"}


def take(into: Path, *, theme: str = "light", scale: int = 1, language: str = "en") -> None:
    """Play all scenes in one look."""
    look = f"{theme}-{scale}x" if language == "en" else f"{theme}-{scale}x-{language}"
    with (
        screen(ROOM[scale]) as stage,
        private_bus() as bus,
        PlayedHelper(bus, findings=FINDINGS, stated=STATED) as helper,
    ):
        environment = stage.environment | {"QT_SCALE_FACTOR": str(scale)}
        config = Path(environment["XDG_CONFIG_HOME"], "stile")
        config.mkdir(parents=True)
        words = f"theme={theme}\nlanguage={language}\ntold_without_tray=true\n"
        (config / "tray.ini").write_text(f"[General]\n{words}")
        tray = [sys.executable, "-m", "stile_ui.main", "--bus", bus]
        with running([*tray, "--background"], environment):
            helper.wait_for("RegisterAgent")
            for page in ("settings", "about"):
                before = set(stage.windows("Stile"))
                subprocess.run([*tray, "--do", page], env=environment, check=True)
                time.sleep(A_MOMENT)
                (window,) = set(stage.windows("Stile")) - before
                stage.picture(into / f"{page}-{look}.png", window)
                stage.close(window)
            if shutil.which("trayer"):
                _menu(stage, into / f"menu-{look}.png", scale)


def _menu(stage: Screen, path: Path, scale: int) -> None:
    """Right-click the icon in a panel, and take what appears."""
    size = 32 * scale
    place = ["--edge", "top", "--align", "left", "--widthtype", "request", "--height", str(size)]
    with running(["trayer", *place, "--SetDockType", "false"], stage.environment):
        panel = stage.window("panel")
        time.sleep(A_MOMENT)
        stage.xdotool("mousemove", "--window", panel, size // 2, size // 2, "click", 3)
        time.sleep(A_MOMENT)
        stage.picture(path)
        crop = f"{400 * scale}x{330 * scale}+0+0"
        subprocess.run(["mogrify", "-crop", crop, "+repage", path], check=True)  # noqa: S607
        stage.key("Escape")


def terminal_text() -> str:
    """What `stile agent` shows on a terminal of 100 columns."""
    command = ("curl", "-fsSL", "https://example.org/releases/latest/install.sh")
    with private_bus() as bus, PlayedHelper(bus) as helper:
        words = [sys.executable, "-m", "stile.cli", "--bus", bus, "agent"]
        with terminal(words, dict(os.environ)) as shown:
            shown.until("Questions appear here")
            helper.wait_for("RegisterAgent")
            helper.ask(question(1, CURL, command, about=About(package="curl")))
            helper.ask(question(2, path("/usr/lib/firefox/firefox"), ("firefox",)))
            shown.until("2 questions", "[a]")
            shown.types("wp")
            return shown.until("<this host", "<this>")
