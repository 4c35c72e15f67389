"""What helper, gate and tray take: memory, and how often they wake up when nothing happens.

The helper rests for itself first, without anybody who asks it anything. Then there is a tray as it
is all day: in a panel, no window open. Once a minute it asks what is open, for the history; what
that takes is counted with it, and what it takes the helper is a row of its own.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from figures import Figure, Measurement, Results, Row, Scale, Target
from lanes import cpu, lane, memory_folder
from played_panel import PlayedPanel
from screen import missing, running, screen, tray_command, wait_for
from worlds import Stiled, World, wakeups

PARTS = {"helper": Target(45.0), "gate": None, "guardian": None, "tray": Target(120.0)}
"""Who is looked at; the gate is two processes, one that asks and one that guards it."""
RESTS = {
    "helper": "helper, alone",
    "gate": "gate, alone",
    "guardian": "guardian, alone",
    "tray": "tray in a panel, with its look a minute",
    "helper/asked": "helper, beside a tray that looks once a minute",
}
NOTHING = Target(0.0)
"""Who is alone shall not wake up at all; the thread that is told of every exec here is left out."""
AT_REST = 2.0
"""Seconds without a wake-up after which somebody has come to rest, and how often that is tried."""
TRIES = 15
PANEL = 8.0
"""The same for a tray: longer than it waits for a panel."""


def rows(state: str) -> Iterator[Row]:
    """The rows about memory, idle or loaded."""
    for part, target in PARTS.items():
        meant = target if state == "idle" or part == "tray" else None
        yield Row(f"memory/{state}/{part}", f"resident memory of the {part}, {state}", "MB", meant)


def measurements() -> Iterator[Measurement]:
    """Of a helper without rules."""
    wakes = [
        Row(f"wakeups/{part}", f"wake-ups of the {title}", "1/s", _rest_of(title))
        for part, title in RESTS.items()
    ]
    yield Measurement("footprint", [*rows("idle"), *wakes], _idle)


def _rest_of(title: str) -> Target | None:
    return NOTHING if title.endswith("alone") else None


def _idle(scale: Scale) -> Results:
    seconds = scale.of(60, 10)
    with lane() as made:
        helper = made.stiled("--gate", str(gated(made)))
        alone = _helpers(made, helper)
        yield from _wakeups(alone, seconds)
        with everybody(made, helper) as pids:
            yield from memory("idle", pids)
            if "tray" in pids:
                both = {"tray": pids["tray"], "helper/asked": pids["helper"]}
                yield from _wakeups(both, seconds)


def gated(made: World) -> Path:
    """Make a memory file system for the gate, the only one that it is asked about."""
    return memory_folder(made, "gated")


@contextmanager
def everybody(made: World, helper: Stiled) -> Iterator[dict[str, int]]:
    """Start the tray, where there is a screen for it, and give who runs, once all is quiet."""
    pids = _helpers(made, helper)
    if missing():
        yield pids
        return
    with (
        screen() as stage,
        PlayedPanel(stage.environment["DBUS_SESSION_BUS_ADDRESS"]) as panel,
        running(tray_command(made.bus, "--background"), stage.environment) as tray,
    ):
        wait_for(lambda: "1 agent" in made.stile("status"), "the tray to be there")
        panel.next()
        rest(tray.pid, PANEL)
        yield pids | {"tray": tray.pid}


def _helpers(made: World, helper: Stiled) -> dict[str, int]:
    """Give the helper and its gate, once they are quiet."""
    lines = (made.home / "run" / "gate.pids").read_text().splitlines()
    guardian, worker = (int(line.split()[0]) for line in lines[:2])
    rest(helper.process.pid)
    return {"helper": helper.process.pid, "gate": worker, "guardian": guardian}


def rest(pid: int, seconds: float = AT_REST) -> None:
    """Wait until a process does nothing, or as long as may be: the figures say the rest."""
    for _ in range(TRIES):
        before = wakeups(pid)
        time.sleep(seconds)
        if wakeups(pid) == before:
            return


def memory(state: str, pids: Mapping[str, int]) -> Results:
    """Give resident and proportional memory (proc_pid_smaps(5)), in megabytes."""
    for part, pid in pids.items():
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        found = {line.split(":")[0]: int(line.split()[1]) / 1000 for line in lines}
        yield f"memory/{state}/{part}", Figure(found["Rss"], {"PSS": found["Pss"]})


def _wakeups(pids: Mapping[str, int], seconds: int) -> Results:
    before = {part: (wakeups(pid), cpu(pid)) for part, pid in pids.items()}
    time.sleep(seconds)
    for part, pid in pids.items():
        turns, worked = before[part]
        parts = {"CPU ms/s": (cpu(pid) - worked) / seconds * 1000, "seconds": seconds}
        yield f"wakeups/{part}", Figure((wakeups(pid) - turns) / seconds, parts)
