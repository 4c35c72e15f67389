"""The real tray on a screen, with the real helper: what programs do comes into the history."""

from pathlib import Path

import pytest
from screen import missing, running, screen, tray_command
from worlds import FAR, World, until, why_not, world

from stile.applications import Application
from stile_ui import history_file
from stile_ui.history_reader import Entry, Reader, View

WITHIN = 60.0


@pytest.mark.skipif(bool(why_not()), reason=why_not())
@pytest.mark.skipif(bool(missing()), reason=f"a desktop needs {missing()}")
def test_what_the_kernel_lets_through_and_what_the_helper_refuses_is_remembered() -> None:
    with world() as guarded, screen() as stage:
        guarded.stiled()
        at = Path(stage.environment["XDG_DATA_HOME"]) / "stile" / "history.db"
        with running(guarded_tray(guarded), stage.environment):
            stage.window("Stile: Connections")
            allowed, refused = guarded.client("allowed"), guarded.client("refused")
            guarded.stile("allow", allowed.identity)
            listener = guarded.listener()

            assert allowed.does("tcp", FAR) is None
            guarded.accepted(listener)
            line = until(lambda: entry(at, allowed.identity), "the kernel's own", WITHIN)
            assert (line.verdict, line.reason, line.address) == ("allow", "rule", FAR)

            refused.begin("tcp", FAR)
            stage.window("wants to connect")
            guarded.stile("deny", refused.identity)
            assert refused.end() == "ECONNREFUSED"
            line = until(lambda: entry(at, refused.identity), "what was held", WITHIN)
            assert (line.verdict, line.reason, line.port) == ("deny", "rule", 80)


def guarded_tray(guarded: World) -> list[str]:
    return tray_command(guarded.bus, "--do", "connections")


def entry(at: Path, identity: str) -> Entry | None:
    """The line about an application, once there is one."""
    if not at.exists():
        return None
    link = history_file.reading(at)
    try:
        lines = Reader(link).first(View(), 100)
    finally:
        link.close()
    application = Application.parse(identity)
    return next((each for each in lines if each.application == application), None)
