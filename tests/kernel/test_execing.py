"""Who is in the midst of an exec is told from who only waits, and from who cannot be told."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stiled import fanotify
from stiled.execing import has_begun_to_execute, is_executing

PATIENCE = 10.0
AT_ONCE = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"
IN_A_THREAD = """
import os, sys, threading
threading.Thread(target=os.execv, args=(sys.argv[1], sys.argv[1:])).start()
input()
"""


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Path]:
    """A program whose exec waits until the test ends: nobody answers."""
    with ExitStack() as ends:
        subprocess.run(["mount", "-t", "tmpfs", "stile-tests", tmp_path], check=True)
        ends.callback(lambda: subprocess.run(["umount", "--lazy", tmp_path], check=True))
        program = Path(shutil.copy("/bin/true", tmp_path / "true"))
        group = fanotify.begin()
        ends.callback(os.close, group)  # whoever waits goes on
        fanotify.mark(group, os.fsencode(tmp_path))
        yield program


def becomes(pid: int, *, expected: bool | None) -> None:
    """Wait until that is so."""
    end = time.monotonic() + PATIENCE
    while is_executing(pid) is not expected:
        assert time.monotonic() < end, f"it never became {expected}"
        time.sleep(0.005)


@pytest.mark.parametrize(
    "code", ["import os, sys; os.execv(*[sys.argv[1], sys.argv[1:]])", IN_A_THREAD]
)
def test_whose_exec_is_being_asked_about_is_executing(asked: Path, code: str) -> None:
    command = [sys.executable, "-c", code, str(asked)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        becomes(process.pid, expected=True)
        assert has_begun_to_execute(process.pid)
        process.kill()


def test_who_waits_for_something_else_is_not() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        becomes(process.pid, expected=False)
        assert not has_begun_to_execute(process.pid)
        process.kill()


def test_of_who_runs_it_cannot_be_told() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        becomes(process.pid, expected=None)
        assert not has_begun_to_execute(process.pid), "not any more, after a while"
        process.kill()


def test_who_gets_no_processor_may_be_in_the_midst_of_one_still() -> None:
    forever = [sys.executable, "-c", "while True: pass"]
    with ExitStack() as ends:
        hog, starved = (ends.enter_context(subprocess.Popen(forever)) for _ in range(2))
        for process in (hog, starved):
            ends.callback(process.kill)
        becomes(starved.pid, expected=None)
        time.sleep(0.1)  # it runs its own code by then
        for process in (hog, starved):
            os.sched_setaffinity(process.pid, {0})
        os.sched_setscheduler(starved.pid, os.SCHED_IDLE, os.sched_param(0))
        assert has_begun_to_execute(starved.pid)


def test_who_is_gone_is_nobody() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
        with pytest.raises((ProcessLookupError, FileNotFoundError)):
            is_executing(process.pid)
        with pytest.raises((ProcessLookupError, FileNotFoundError)):
            has_begun_to_execute(process.pid)
