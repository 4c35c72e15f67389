"""The kernel tells what was executed, and that it could not tell everything."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from stile.connections import Pid
from stiled.procevents import ROOM, ExecEvents

PATIENCE = 10.0


@contextmanager
def told(wait: threading.Event | None = None, room: int = ROOM) -> Iterator["Told"]:
    """Listen; each telling waits for *wait*."""
    found = Told(wait)
    events = ExecEvents(found.executed, found.lost.set, room)
    events.start()
    assert events.is_there, events.why_not
    try:
        yield found
    finally:
        if wait:
            wait.set()
        events.close()


class Told:
    def __init__(self, wait: threading.Event | None) -> None:
        self._wait = wait
        self._changed = threading.Condition()
        self.pids: set[int] = set()
        self.lost = threading.Event()

    def executed(self, pid: Pid) -> None:
        if self._wait:
            self._wait.wait(PATIENCE)
        with self._changed:
            self.pids.add(pid)
            self._changed.notify_all()

    def hears_of(self, pid: int, within: float = PATIENCE) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: pid in self.pids, within)


def execute() -> int:
    """Execute a program, and give its process."""
    process = subprocess.Popen(["/bin/true"])
    process.wait()
    return process.pid


def test_each_exec_is_told() -> None:
    with told() as found:
        for _ in range(20):
            assert found.hears_of(execute())


def test_who_was_not_told_everything_is_told_that() -> None:
    wait = threading.Event()
    with told(wait, room=4096) as found:
        for _ in range(50):
            execute()
        wait.set()
        assert found.lost.wait(PATIENCE)
        later = (found.hears_of(execute(), within=1.0) for _ in range(20))
        assert any(later), "what comes later is told, but for what others' execs push out again"
