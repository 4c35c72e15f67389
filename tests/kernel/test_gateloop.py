"""Who wears no badge may become whatever it wants to, at once; who wears one waits."""

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stiled import badge, fanotify, gateloop
from stiled.fanotify import DESCRIPTOR, FAN_ALLOW, PID
from stiled.gatejournal import Journal
from stiled.gateloop import Loop

PATIENCE = 10.0
WHEN_TOLD = "import os, sys; input(); os.execv(sys.argv[1], sys.argv[1:])"
MANY = 200
MAKERS = [
    pytest.param(gateloop.compiled, id="compiled"),
    pytest.param(gateloop.in_python, id="Python"),
]


class Gate:
    """Somebody who executes is asked about, and answered by a loop in a thread."""

    def __init__(self, journal: Journal, loop: Loop, folder: Path) -> None:
        self.journal = journal
        self.program = Path(shutil.copy("/bin/true", folder / "true"))
        self.slot = journal.slots[0]
        self._group = fanotify.begin()
        fanotify.mark(self._group, os.fsencode(folder))
        self.thread = threading.Thread(target=loop, args=(self._group, self.slot), daemon=True)
        self.thread.start()

    def begun(self) -> "subprocess.Popen[bytes]":
        """A process that executes the program as soon as a line is written to it."""
        command = [sys.executable, "-c", WHEN_TOLD, str(self.program)]
        return subprocess.Popen(command, stdin=subprocess.PIPE)

    def become(self, process: "subprocess.Popen[bytes]") -> None:
        """Let it execute the program."""
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.close()

    def close(self) -> None:
        """End the loop, by the exec of somebody with the badge; that goes on when nobody asks."""
        with self.begun() as process:
            badge.put_on(process.pid)
            self.become(process)
            self.thread.join(PATIENCE)
            os.close(self._group)
        assert not self.thread.is_alive()

    def allow(self) -> None:
        """Answer what stands in the slot."""
        fanotify.answer(self._group, self.slot[DESCRIPTOR], FAN_ALLOW)


@pytest.fixture(params=MAKERS)
def gate(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Gate]:
    with ExitStack() as ends:
        subprocess.run(["mount", "-t", "tmpfs", "stile-tests", tmp_path], check=True)
        ends.callback(lambda: subprocess.run(["umount", "--lazy", tmp_path], check=True))
        journal = Journal()
        made = Gate(journal, request.param(journal), tmp_path)
        ends.callback(made.close)
        yield made


def test_who_wears_no_badge_goes_on_and_nothing_is_left_of_it(gate: Gate) -> None:
    subprocess.run([gate.program], check=True)
    before = set(Path("/proc/self/fd").iterdir())
    for _ in range(MANY):
        subprocess.run([gate.program], check=True)

    end = time.monotonic() + PATIENCE  # it is done with an exec a moment after that goes on
    while gate.journal.progress != 1 + MANY or set(Path("/proc/self/fd").iterdir()) != before:
        assert time.monotonic() < end
    assert gate.journal.open() == {}


def test_who_wears_one_waits_and_is_worked_on(gate: Gate) -> None:
    with gate.begun() as process:
        badge.put_on(process.pid)
        gate.become(process)
        gate.thread.join(PATIENCE)
        assert gate.slot[PID] == process.pid
        assert [*gate.journal.open()] == [0]
        assert gate.journal.progress == 0
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
        assert Path(f"/proc/self/fd/{gate.slot[DESCRIPTOR]}").readlink() == gate.program
        gate.allow()
        assert process.wait(PATIENCE) == 0
        os.close(gate.slot[DESCRIPTOR])


def test_who_is_killed_while_it_waits_does_not_end_the_loop(gate: Gate) -> None:
    for number in range(MANY):
        with subprocess.Popen([gate.program]) if number % 2 else gate.begun() as process:
            if not number % 2:
                gate.become(process)
            time.sleep(number % 7 / 10_000)
            process.kill()
    subprocess.run([gate.program], check=True, timeout=PATIENCE)
    assert gate.thread.is_alive()


@pytest.mark.parametrize("made", MAKERS)
def test_that_the_kernel_says_nothing_is_told(made: Callable[[Journal], Loop]) -> None:
    journal = Journal()
    loop = made(journal)
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        loop(-1, journal.slots[0])


def test_without_a_compiled_one_python_answers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal()
    with caplog.at_level("INFO"):
        loop = gateloop.quickest(journal, tmp_path / "nothing.so")
    assert "nothing.so" in caplog.text
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        loop(-1, journal.slots[0])
