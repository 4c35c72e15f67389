"""Which processes are an exec gate's: kept in a file, so that the next helper can end them."""

import os
import select
import signal
from contextlib import suppress
from pathlib import Path

from stiled.births import born

PROCESSES = "gate.pids"
"""In the runtime folder: a line each, its number and when it started."""
PATIENCE = 3.0
"""Seconds that a gate has to end."""


def write(runtime: Path, *pids: int) -> None:
    """Note the processes of a gate: a number alone may be another process's later."""
    lines = "".join(f"{pid} {born(pid)}\n" for pid in pids)
    new = runtime / f"{PROCESSES}.new"
    new.write_text(lines)
    new.replace(runtime / PROCESSES)


def read(runtime: Path) -> list[int]:
    """Open the processes that were noted and still run, as pidfds; the guardian is the first."""
    try:
        lines = (runtime / PROCESSES).read_text().splitlines()
    except FileNotFoundError:
        return []
    found: list[int] = []
    for line in lines:
        pid, _, started = line.partition(" ")
        with suppress(OSError, ValueError):
            descriptor = os.pidfd_open(int(pid))
            if born(int(pid)) == int(started):
                found.append(descriptor)
            else:
                os.close(descriptor)
    return found


def end(processes: list[int]) -> None:
    """End the processes of `read`: the first lets go of whom it holds, the others are killed.

    The first is the guardian, or the worker where its guardian is dead.
    """
    for number in (signal.SIGCONT, signal.SIGTERM):
        for process in processes[:1]:
            _send(process, number)
    for process in processes:
        select.select([process], [], [], PATIENCE if process == processes[0] else 0)
        _send(process, signal.SIGKILL)
        os.close(process)


def _send(process: int, number: int) -> None:
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(process, number)
