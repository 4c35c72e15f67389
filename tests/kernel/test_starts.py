"""Of the programs that are decided about, and of no others, the kernel tells when they start."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Event

import pytest

from stile.connections import Pid
from stiled import fanotify
from stiled.fanotify import EVENT, FAN_ALLOW
from stiled.gatetable import Change, Executable, Group, Table
from stiled.starts import Starts

PATIENCE = 10.0
TOLD = "path:/decided"
"""An application with a verdict."""
FAILS = """
import os, sys
for name in sys.argv[1:]:
    try:
        os.execv(name, [name])
    except OSError:
        pass
print("failed", flush=True)
sys.stdin.read()
"""
WAITS = "#include <unistd.h>\nint main(void) { return pause(); }\n"
QUEUED = int(Path("/proc/sys/fs/fanotify/max_queued_events").read_text())


class Listener:
    """Who is told, where the gate stands at *below*."""

    def __init__(self, below: Path) -> None:
        self._told: SimpleQueue[Pid] = SimpleQueue()
        self._running: list[subprocess.Popen[str]] = []
        self.lost = Event()
        self.goes_on = Event()
        self.goes_on.set()
        self.starts = Starts(self._take, self.lost.set, [os.fspath(below)])
        self.starts.start()

    def follow(self, *programs: Path) -> None:
        """Learn that these have a verdict, and no others."""
        self.starts.learn(Table(groups=_groups(), files=_all_told(*programs)))

    def run(self, *words: str | Path) -> "subprocess.Popen[str]":
        """Start a program that goes on until the test ends."""
        program = subprocess.Popen(words, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._running.append(program)
        return program

    def next(self) -> Pid:
        """Wait for who is told of next."""
        return self._told.get(timeout=PATIENCE)

    def hears_of(self, program: Path, *, not_of: Path | None = None) -> bool:
        """Start the second, then the first; say whether who is told of next is the first."""
        if not_of:
            self.run(not_of, "60")
        return self.run(program, "60").pid == self.next()

    def close(self) -> None:
        """End everything."""
        self.goes_on.set()
        self.starts.close()
        for program in self._running:
            program.kill()
            program.communicate()

    def _take(self, pid: Pid) -> None:
        self._told.put(pid)
        self.goes_on.wait(PATIENCE)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with closing(Listener(Path("/"))) as made:
        yield made


@pytest.fixture
def decided(tmp_path: Path) -> Path:
    return _program(tmp_path / "decided")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    with _mounted(tmp_path / "memory", "-t", "tmpfs", "stile-tests") as place:
        yield place


def test_who_has_a_verdict_is_told_of_and_nobody_else(
    listener: Listener, decided: Path, tmp_path: Path
) -> None:
    asked, unknown = _program(tmp_path / "asked"), _program(tmp_path / "unknown")
    interpreter = _program(tmp_path / "interpreter")
    files = {_file(decided): TOLD, _file(asked): "path:/asked", _file(interpreter): ""}

    listener.starts.learn(Table(groups=_groups(), files=files))

    for other in (asked, unknown, interpreter):
        assert listener.hears_of(decided, not_of=other)


def test_what_changes_is_followed(listener: Listener, decided: Path, tmp_path: Path) -> None:
    other = _program(tmp_path / "other")
    listener.follow(decided)
    group = Group("path:/other", "allow", children=False)

    listener.starts.learn_of(
        Change({"other": group}, {_file(other): "path:/other"}, any_scripts=False, adding={})
    )
    assert listener.hears_of(decided)
    assert listener.hears_of(other)

    listener.starts.learn_of(
        Change({"decided": None}, {_file(decided): TOLD}, any_scripts=False, adding={})
    )
    assert listener.hears_of(other, not_of=decided)


def test_a_file_that_takes_the_place_of_another_is_followed(
    listener: Listener, decided: Path
) -> None:
    """As an upgrade does it; the old file is forgotten in the same breath."""
    former = _file(decided)
    listener.follow(decided)
    _program(decided.with_name("new")).rename(decided)
    assert _file(decided) != former

    listener.starts.learn_of(
        Change(_groups(), {former: None, _file(decided): TOLD}, any_scripts=False, adding={})
    )

    assert listener.hears_of(decided)


def test_a_file_that_got_the_number_of_another_is_followed_when_it_is_learned_again(
    listener: Listener, decided: Path
) -> None:
    """What is learned is the same as before then."""
    table = Table(groups=_groups(), files=_all_told(decided))
    listener.starts.learn(table)
    _program(decided.with_name("new")).rename(decided)

    listener.starts.learn(table)

    assert listener.hears_of(decided)


def test_what_is_learned_as_a_whole_is_all_that_is_followed(
    listener: Listener, decided: Path, tmp_path: Path
) -> None:
    other = _program(tmp_path / "other")
    listener.follow(decided)

    listener.follow(other)

    assert listener.hears_of(other, not_of=decided)


def test_by_whatever_name_it_is_started_it_is_told_of(
    listener: Listener, decided: Path, tmp_path: Path
) -> None:
    """Who it is by that name is found out by whoever places it."""
    listener.follow(decided)
    link, place = tmp_path / "link", _program(tmp_path / "place")
    link.hardlink_to(decided)

    assert listener.hears_of(link)
    with _mounted(place, "--bind", decided):
        assert listener.hears_of(place)


def test_a_file_of_an_overlay_is_followed_even_when_it_is_copied_up(
    listener: Listener, memory: Path
) -> None:
    for name in ("lower", "upper", "work"):
        (memory / name).mkdir()
    _program(memory / "lower/decided")
    folders = f"lowerdir={memory}/lower,upperdir={memory}/upper,workdir={memory}/work"
    with _mounted(memory / "merged", "-t", "overlay", "stile-tests", "-o", folders) as merged:
        listener.follow(merged / "decided")
        assert listener.hears_of(merged / "decided")

        (merged / "decided").chmod(0o700)

        assert (memory / "upper/decided").exists()
        assert listener.hears_of(merged / "decided")


def test_what_no_gate_sees_is_not_followed(decided: Path, memory: Path) -> None:
    """Who is placed there could give its verdict to all that it starts."""
    inside = _program(memory / "decided")
    with closing(Listener(memory)) as listener:
        listener.follow(decided, inside)

        assert listener.hears_of(inside, not_of=decided)


def test_nobody_is_told_of_before_it_has_become_what_it_wants_to_be(
    listener: Listener, decided: Path, tmp_path: Path
) -> None:
    """Until then it is somebody else, who may have a verdict, too."""
    slow, loader = _with_a_loader(tmp_path)
    listener.follow(decided, slow)

    with _held(loader) as held, ThreadPoolExecutor() as pool:
        starting = pool.submit(listener.run, slow)  # which waits until it is carried out
        event = memoryview(bytearray(EVENT.size))
        fanotify.read(held, event)
        assert listener.hears_of(decided)
        fanotify.answer(held, fanotify.execution(event).descriptor, FAN_ALLOW)

    assert starting.result().pid == listener.next()


def test_who_does_not_become_what_it_wanted_to_be_is_not_told_of(
    listener: Listener, decided: Path, tmp_path: Path
) -> None:
    garbage = _garbage(tmp_path)
    listener.follow(decided, garbage)

    assert _says_that_it_failed(listener.run(sys.executable, "-c", FAILS, garbage))

    assert listener.hears_of(decided)


def test_when_more_is_started_than_can_be_told_that_is_told(
    listener: Listener, decided: Path, memory: Path
) -> None:
    """Nobody waits for us to read; what is one more name is one more start."""
    garbage = _garbage(memory)
    names = [memory / str(number) for number in range(QUEUED + 1000)]
    for name in names:
        name.hardlink_to(garbage)
    listener.follow(decided, garbage)
    listener.goes_on.clear()
    assert listener.hears_of(decided)

    for some in range(0, len(names), 1000):
        each: list[Path] = names[some : some + 1000]
        assert _says_that_it_failed(listener.run(sys.executable, "-c", FAILS, *each))
    assert not listener.lost.is_set()
    listener.goes_on.set()

    assert listener.lost.wait(PATIENCE)
    assert listener.hears_of(decided)


def _groups() -> dict[str, Group]:
    return {"decided": Group(TOLD, "allow", children=False)}


def _all_told(*programs: Path) -> dict[Executable, str]:
    return {_file(program): TOLD for program in programs}


def _program(path: Path) -> Path:
    return Path(shutil.copy(shutil.which("sleep") or "", path))


def _file(path: Path) -> Executable:
    status = path.stat()
    return Executable(os.fspath(path), status.st_dev, status.st_ino)


def _garbage(folder: Path) -> Path:
    path = folder / "garbage"
    path.write_text("this is no program")
    path.chmod(0o755)
    return path


def _says_that_it_failed(program: "subprocess.Popen[str]") -> bool:
    assert program.stdout is not None
    return program.stdout.readline() == "failed\n"


def _with_a_loader(folder: Path) -> tuple[Path, Path]:
    """Make a program that has a loader of its own."""
    loader = folder / "loader"
    found = subprocess.run(
        ["gcc", "-print-file-name=ld-linux-x86-64.so.2"], check=True, capture_output=True, text=True
    )
    shutil.copy(Path(found.stdout.strip()).resolve(), loader)
    source, program = folder / "waits.c", folder / "waits"
    source.write_text(WAITS)
    command = ["gcc", f"-Wl,--dynamic-linker={loader}", "-o", str(program), str(source)]
    subprocess.run(command, check=True)
    return program, loader


@contextmanager
def _held(file: Path) -> Iterator[int]:
    """Let whoever opens a file wait; the group of marks tells of it."""
    group = fanotify.begin()
    try:
        fanotify.mark_opened(group, os.fsencode(file))
        yield group
    finally:
        os.close(group)


@contextmanager
def _mounted(place: Path, *words: str | Path) -> Iterator[Path]:
    if not place.exists():
        place.mkdir()
    subprocess.run(["mount", *words, place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
