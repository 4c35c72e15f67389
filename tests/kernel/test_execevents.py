"""The kernel tells what was executed, and that it could not tell everything."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import PAGESIZE
from pathlib import Path

import pytest

from stile.connections import Pid
from stiled import badge
from stiled.classes import MAJOR, ClassId
from stiled.execevents import ExecEvents, NoEvents, Source
from stiled.execnotes import ExecNotes
from stiled.netcls import NetCls
from stiled.procevents import Connector

PATIENCE = 10.0
WEARS_BADGE = "read go; i=0; while [ $i -lt $1 ]; do /bin/true; i=$((i + 1)); done; exec /bin/true"
"""Starts so many programs once it has the badge, which they inherit, and becomes one itself."""


@contextmanager
def told(source: Source, wait: threading.Event | None = None) -> Iterator["Told"]:
    """Listen; each telling waits for *wait*."""
    found = Told(wait)
    events = ExecEvents(source, found.executed, found.lost.set)
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


def notes(room: int = PAGESIZE) -> ExecNotes:
    try:
        return ExecNotes.open(room=room)
    except NoEvents as error:
        pytest.skip(str(error))


def execute() -> int:
    """Execute a program, and give its process."""
    process = subprocess.Popen(["/bin/true"])
    process.wait()
    return process.pid


def execute_with_badge(others: int = 0) -> int:
    """Execute a program in a process that may come back, after *others* that have it from it."""
    command = ["/bin/sh", "-c", WEARS_BADGE, "sh", str(others)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    badge.put_on(process.pid)
    badge.take_from_who_left(process.pid, may_come_back=True)
    process.communicate(b"go\n")
    return process.pid


def test_each_exec_is_told_by_the_connector() -> None:
    with told(Connector.open()) as found:
        for _ in range(20):
            assert found.hears_of(execute())


def test_who_was_not_told_everything_by_the_connector_is_told_that() -> None:
    wait = threading.Event()
    with told(Connector.open(room=4096), wait) as found:
        for _ in range(50):
            execute()
        wait.set()
        assert found.lost.wait(PATIENCE)
        later = (found.hears_of(execute(), within=1.0) for _ in range(20))
        assert any(later), "what comes later is told, but for what others' execs push out again"


def test_each_exec_of_who_may_come_back_is_told_and_no_other() -> None:
    with told(notes()) as found:
        others = [execute() for _ in range(20)]
        for _ in range(5):
            assert found.hears_of(execute_with_badge())
        assert not found.pids & set(others)


def test_each_exec_of_who_is_in_a_class_is_told(groups: NetCls) -> None:
    groups.make("one", ClassId(MAJOR << 16 | 7))
    group = groups.mount / groups.home.lstrip("/") / "one"
    with told(notes()) as found:
        command = ["/bin/sh", "-c", 'echo $$ > "$0"/cgroup.procs; exec /bin/true', str(group)]
        process = subprocess.Popen(command)
        process.wait()
        assert found.hears_of(process.pid)


def test_who_was_not_told_everything_of_who_may_come_back_is_told_that() -> None:
    wait = threading.Event()
    with told(notes(), wait) as found:
        execute_with_badge(others=2 * PAGESIZE // 16)
        assert not found.lost.is_set()
        wait.set()
        assert found.lost.wait(PATIENCE)
        assert found.hears_of(execute_with_badge()), "what comes later is told"


def test_what_told_is_gone_from_the_kernel_when_it_is_closed() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    source = notes()
    source.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
