"""What a closer look at a process tells, and to whom."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stile.applications import Application, Kind
from stile.connections import Pid, Process, Uid
from stiled.closelook import CHUNK, Gone, Unhashed, digest_of, look, may_look_into
from stiled.identity import application_of

if os.geteuid() != 0:
    pytest.skip("needs root: processes of other users", allow_module_level=True)

ROOT, SOMEBODY, OTHER = Uid(0), Uid(65534), Uid(65533)
Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a program of somebody's, that waits."""
    started = []

    def start_one(
        uid: Uid = SOMEBODY, *, program: str = "/usr/bin/sleep", euid: Uid | None = None
    ) -> Process:
        def become() -> None:
            os.setresuid(uid, uid if euid is None else euid, uid if euid is None else euid)

        # without vfork it is known to be itself before Popen returns
        running = subprocess.Popen([program, "600"], cwd="/", preexec_fn=become)
        started.append(running)
        pid = Pid(running.pid)
        return Process(pid, uid, application_of(pid))

    yield start_one
    for each in started:
        each.kill()
        each.wait()


def test_its_user_and_root_look_into_a_process_and_nobody_else(start: Start) -> None:
    pid = start(SOMEBODY).pid
    assert [may_look_into(pid, viewer) for viewer in (SOMEBODY, ROOT, OTHER)] == [True, True, False]


def test_who_runs_a_program_with_more_rights_does_not_look_into_it(start: Start) -> None:
    pid = start(SOMEBODY, euid=ROOT).pid
    assert not may_look_into(pid, SOMEBODY)


@pytest.mark.parametrize("viewer", [SOMEBODY, ROOT])
def test_all_is_told_to_who_may_look(start: Start, viewer: Uid) -> None:
    details = look(start(SOMEBODY), viewer)

    program = Path("/usr/bin/sleep").resolve()
    assert details.sha256 == hashlib.sha256(program.read_bytes()).hexdigest()
    assert (details.command, details.directory) == (("/usr/bin/sleep", "600"), "/")
    assert details.executable == str(program)
    assert details.parents[0][0] == os.getpid()


def test_others_are_told_what_everybody_can_read(start: Start) -> None:
    details = look(start(SOMEBODY), OTHER)

    assert details.command == ("/usr/bin/sleep", "600")
    assert details.parents
    assert (details.directory, details.executable, details.sha256) == ("", "", "")
    assert details.connections == ()


@pytest.mark.parametrize(
    "claimed",
    [
        lambda real: Process(real.pid, OTHER, real.application),
        lambda real: Process(real.pid, real.uid, Application(Kind.PATH, "/usr/bin/curl")),
        lambda real: Process(Pid(0), real.uid, real.application),
    ],
)
def test_nothing_is_told_of_a_process_that_took_over_the_number(
    start: Start, claimed: Callable[[Process], Process]
) -> None:
    with pytest.raises(Gone):
        look(claimed(start(SOMEBODY)), ROOT)


def test_a_file_that_is_too_large_is_read_for_a_while_and_no_longer(
    start: Start, tmp_path: Path
) -> None:
    large = tmp_path / "large"
    shutil.copy("/usr/bin/sleep", large)
    with large.open("ab") as file:
        file.write(bytes(2 * CHUNK))
    process = start(ROOT, program=str(large))

    assert digest_of(process.pid) == hashlib.sha256(large.read_bytes()).hexdigest()
    with pytest.raises(Unhashed, match="too large to be read in 0 s"):
        digest_of(process.pid, seconds=0)


def test_the_hash_is_that_of_the_file_that_runs_and_not_of_its_name(
    start: Start, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    shutil.copy("/usr/bin/sleep", program)
    process = start(ROOT, program=str(program))
    ran = hashlib.sha256(program.read_bytes()).hexdigest()
    program.unlink()
    program.write_text("another")

    assert digest_of(process.pid) == ran
