"""The file that says whether everything is locked down."""

import os
from pathlib import Path

import pytest

from stiled.lockstate import LockState


def test_it_is_off_where_there_is_no_file(tmp_path: Path) -> None:
    state = LockState(tmp_path)
    assert (state.read(), state.problem) == (False, "")


@pytest.mark.parametrize("on", [True, False])
def test_another_helper_reads_what_was_written(tmp_path: Path, *, on: bool) -> None:
    LockState(tmp_path).write(on=not on)
    LockState(tmp_path).write(on=on)

    state = LockState(tmp_path)
    assert (state.read(), state.problem) == (on, "")
    assert [each.name for each in tmp_path.iterdir()] == ["lockdown"], "nothing lies about"


@pytest.mark.parametrize(("text", "on"), [("on", True), ("off", False), (" off \n", False)])
def test_what_was_written_by_hand_is_read_too(
    tmp_path: Path,
    text: str,
    on: bool,  # noqa: FBT001 # a parameter
) -> None:
    (tmp_path / "lockdown").write_text(text)
    assert LockState(tmp_path).read() is on


@pytest.mark.parametrize("content", [b"", b"\0" * 4, b"maybe\n", b"off\noff\n", b"OFF", b"\xff"])
def test_whatever_else_stands_there_counts_as_on_and_is_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "lockdown"
    file.write_bytes(content)

    state = LockState(tmp_path)

    assert state.read()
    assert state.problem == (
        f"{file}: neither on nor off stands in it: "
        "so lockdown is on (stile lockdown on|off writes it anew)"
    )
    assert file.read_bytes() == content

    state.write(on=False)
    assert (state.read(), state.problem) == (False, "")


def test_what_is_not_a_file_counts_as_on(tmp_path: Path) -> None:
    place = tmp_path / "lockdown"
    state = LockState(tmp_path)
    place.symlink_to(tmp_path / "nowhere")
    assert state.read()
    place.unlink()
    os.mkfifo(place)
    assert state.read()
    assert "this is not a file" in state.problem


def test_what_others_may_write_counts_as_on(tmp_path: Path) -> None:
    file = tmp_path / "lockdown"
    file.write_text("off\n")
    file.chmod(0o666)

    state = LockState(tmp_path)
    assert state.read()
    assert "others may change this file" in state.problem


def test_what_cannot_be_read_counts_as_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    state = LockState(tmp_path / "file")

    assert state.read()
    assert "Not a directory" in state.problem


@pytest.mark.parametrize("on", [True, False])
def test_what_cannot_be_written_says_so_and_leaves_the_old_word(
    tmp_path: Path, *, on: bool
) -> None:
    (tmp_path / "lockdown").mkdir()
    state = LockState(tmp_path)

    with pytest.raises(OSError, match="directory"):
        state.write(on=on)

    word = "on" if on else "off"
    assert state.problem.endswith(f"lockdown is {word}, but not on disk")
    assert [each.name for each in tmp_path.iterdir()] == ["lockdown"]
