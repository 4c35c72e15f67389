"""Of the programs that are decided about, and of no others, the kernel tells when they start."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from stile.connections import Pid
from stiled.gatetable import Change, Executable, Group, Table
from stiled.starts import Starts

PATIENCE = 10.0
TOLD = "path:/decided"
"""An application with a verdict."""


class Listener:
    """Who is told."""

    def __init__(self) -> None:
        self._told: SimpleQueue[Pid] = SimpleQueue()
        self.starts = Starts(self._told.put)

    def hears(self, *, of: Path, after: Path | None = None) -> bool:
        """Start a program, and one that is told of for certain; say whether the first was told."""
        first, last = _run(of), _run(after or of)
        heard: list[Pid] = []
        while not heard or heard[-1] != last:
            try:
                heard.append(self._told.get(timeout=PATIENCE))
            except Empty:
                pytest.fail(f"{after or of} was not told of")
        return first in heard


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    made.starts.start()
    try:
        yield made
    finally:
        made.starts.close()


@pytest.fixture
def decided(tmp_path: Path) -> Path:
    return _program(tmp_path / "decided")


def test_who_has_a_verdict_is_told_of_and_nobody_else(
    listener: Listener, decided: Path, tmp_path: Path
) -> None:
    asked, unknown = _program(tmp_path / "asked"), _program(tmp_path / "unknown")
    interpreter = _program(tmp_path / "interpreter")
    files = {_file(decided): TOLD, _file(asked): "path:/asked", _file(interpreter): ""}

    listener.starts.learn(Table(groups=_groups(), files=files))

    assert listener.hears(of=decided)
    for other in (asked, unknown, interpreter):
        assert not listener.hears(of=other, after=decided)


def test_what_changes_is_followed(listener: Listener, decided: Path, tmp_path: Path) -> None:
    other = _program(tmp_path / "other")
    listener.starts.learn(Table(groups=_groups(), files={_file(decided): TOLD}))
    group = Group("path:/other", "allow", children=False)

    listener.starts.learn_of(
        Change({"other": group}, {_file(other): "path:/other"}, any_scripts=False, adding={})
    )
    assert listener.hears(of=decided, after=other)

    listener.starts.learn_of(
        Change({"decided": None}, {_file(decided): TOLD}, any_scripts=False, adding={})
    )
    assert not listener.hears(of=decided, after=other)


def test_a_file_that_takes_the_place_of_another_is_followed(
    listener: Listener, decided: Path, tmp_path: Path
) -> None:
    """As an upgrade does it; the old file is forgotten in the same breath."""
    former = _file(decided)
    listener.starts.learn(Table(groups=_groups(), files={former: TOLD}))
    _program(tmp_path / "new").rename(decided)
    assert _file(decided) != former

    listener.starts.learn_of(
        Change(_groups(), {former: None, _file(decided): TOLD}, any_scripts=False, adding={})
    )

    assert listener.hears(of=decided)


def test_what_is_learned_as_a_whole_is_all_that_is_followed(
    listener: Listener, decided: Path, tmp_path: Path
) -> None:
    other = _program(tmp_path / "other")
    listener.starts.learn(Table(groups=_groups(), files={_file(decided): TOLD}))

    listener.starts.learn(Table(groups=_groups(), files={_file(other): TOLD}))

    assert not listener.hears(of=decided, after=other)


def _groups() -> dict[str, Group]:
    return {"decided": Group(TOLD, "allow", children=False)}


def _program(path: Path) -> Path:
    return Path(shutil.copy("/bin/true", path))


def _file(path: Path) -> Executable:
    status = path.stat()
    return Executable(os.fspath(path), status.st_dev, status.st_ino)


def _run(program: Path) -> int:
    with subprocess.Popen([program]) as process:
        return process.pid
