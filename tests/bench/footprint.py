"""What helper, gate and tray take: memory, and how often they wake up when nothing happens."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from figures import Figure, Measurement, Results, Row, Scale, Target
from lanes import cpu, lane
from screen import missing, running, screen, tray_command, wait_for
from worlds import Stiled, World, run, wakeups

PARTS = {"helper": Target(45.0), "gate": None, "guardian": None, "tray": Target(120.0)}
"""Who is looked at; the gate is two processes, one that asks and one that guards it."""
RESTS = {"helper": Target(0.0), "gate": Target(0.0), "guardian": Target(0.0)}
"""Who shall not wake up at all; the thread that is told of every exec here is left out."""
AT_REST = 2.0
"""Seconds without a wake-up after which somebody has come to rest, and how often that is tried."""
TRIES = 15


def rows(state: str) -> Iterator[Row]:
    """The rows about memory, idle or loaded."""
    for part, target in PARTS.items():
        meant = target if state == "idle" or part == "tray" else None
        yield Row(f"memory/{state}/{part}", f"resident memory of the {part}, {state}", "MB", meant)


def measurements() -> Iterator[Measurement]:
    """Of a helper without rules."""
    wakes = [
        Row(f"wakeups/{part}", f"wake-ups of the {part}, idle", "1/s", RESTS.get(part))
        for part in PARTS
    ]
    yield Measurement("footprint", [*rows("idle"), *wakes], _idle)


def _idle(scale: Scale) -> Results:
    with lane() as made:
        helper = made.stiled("--gate", str(gated(made)))
        with everybody(made, helper) as pids:
            yield from memory("idle", pids)
            yield from _wakeups(pids, scale.of(60, 10))


def gated(made: World) -> Path:
    """Make a memory file system for the gate, the only one that it is asked about."""
    folder = made.home / "gated"
    folder.mkdir()
    run("mount", "-t", "tmpfs", "stile-tests", folder)
    made.ends.callback(run, "umount", "--lazy", folder)
    return folder


@contextmanager
def everybody(made: World, helper: Stiled) -> Iterator[dict[str, int]]:
    """Start the tray, where there is a screen for it, and give who runs, once all is quiet."""
    lines = (made.home / "run" / "gate.pids").read_text().splitlines()
    guardian, worker = (int(line.split()[0]) for line in lines[:2])
    pids = {"helper": helper.process.pid, "gate": worker, "guardian": guardian}
    rest(helper.process.pid)
    if missing():
        yield pids
        return
    with (
        screen() as stage,
        running(tray_command(made.bus), stage.environment) as tray,
    ):
        wait_for(lambda: "1 agent" in made.stile("status"), "the tray to be there")
        rest(tray.pid)
        yield pids | {"tray": tray.pid}


def rest(pid: int) -> None:
    """Wait until a process does nothing, or as long as may be: the figures say the rest."""
    for _ in range(TRIES):
        before = wakeups(pid)
        time.sleep(AT_REST)
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
