"""Real processes with names and command lines of anybody's choice, and what is read of them."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stile.applications import Application, Kind, spelled
from stile.connections import Pid
from stiled import ancestry, births
from stiled.identity import LONGEST_COMMAND, application_of, command_of
from stiled.mounts import mounts_of

NAMES = (
    *(b"a\nb", b"x) R 1 1 1", b"\xff\xfe", b"a (deleted)", b"\x1b[31mred", "ü\u2028".encode()),
    *(b"1:net_cls:", b" ", b"a\rb", b"-" * 200, b"\\040", b"%s%n"),
)
SLEEP = os.fsencode(shutil.which("sleep") or "")


@contextmanager
def running(program: bytes, *words: bytes) -> Iterator[Pid]:
    with subprocess.Popen([program, b"60", *words]) as process:
        try:
            end = time.monotonic() + 10
            while os.readlink(f"/proc/{process.pid}/exe".encode()) != program:  # noqa: PTH115 # bytes
                assert time.monotonic() < end
                time.sleep(0.001)
            yield Pid(process.pid)
        finally:
            process.kill()


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_file_of_any_name_is_named_by_its_path(tmp_path: Path, name: bytes) -> None:
    program = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118 # bytes
    shutil.copy(SLEEP, program)

    with running(program) as pid:
        assert births.fields(pid)[1] == str(os.getpid())
        assert births.born(pid) > 0
        found = application_of(pid)
        assert next(iter(ancestry.parents(pid)))[0] == os.getpid()

    if name.endswith(b" (deleted)"):
        assert found.kind in (Kind.PATH, Kind.DELETED)
    else:
        assert found.name == spelled(program)
    assert Application.parse(str(found)) == found


def test_of_a_command_line_of_any_length_the_beginning_is_read(tmp_path: Path) -> None:
    program = os.path.join(os.fsencode(tmp_path), b"long")  # noqa: PTH118 # bytes
    shutil.copy(os.fsencode(sys.executable), program)
    words = [b"-c", b"import time; time.sleep(60)", *[b"\xff\n" * 50] * 1000]

    with subprocess.Popen([program, *words]) as process:
        try:
            while not (said := command_of(Pid(process.pid))) or said[0] != spelled(program):
                time.sleep(0.001)
        finally:
            process.kill()

    assert sum(map(len, said)) <= LONGEST_COMMAND * 4
    assert not any(letter in word for word in said for letter in "\n\x1b")


def test_who_has_quit_and_was_not_waited_for_is_gone() -> None:
    """The mount table of such a process cannot be opened: EINVAL, and it made a traceback."""
    with subprocess.Popen(["/bin/true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

        with pytest.raises((FileNotFoundError, ProcessLookupError)):
            list(mounts_of(process.pid))
        with pytest.raises((FileNotFoundError, ProcessLookupError)):
            application_of(Pid(process.pid))
