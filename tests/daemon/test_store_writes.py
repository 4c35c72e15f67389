"""Rule files, real ones, in folders of their own: writing them."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from stile.applications import KERNEL, Application
from stile.rules import Action, Lifetime, Origin, Policy, Rule
from stile.scopes import Scope
from stiled.classes import label
from stiled.store import SETTLE, Store

CURL = Application.parse("path:/usr/bin/curl")
ALLOW, DENY = Rule(CURL, Action.ALLOW), Rule(CURL, Action.DENY)
TIMED = Rule(CURL, Action.DROP, Lifetime.UNTIL, until=4e9)
WEB = Scope.parse({"port": "web"})


class Folders:
    """Four folders and a store over them."""

    def __init__(self, root: Path) -> None:
        self.shipped, self.user, self.timed, self.temporary = (
            root / name for name in ("usr", "etc", "var", "run")
        )
        self.shipped.mkdir(exist_ok=True)
        self.store = Store(self.shipped, self.user, self.timed, self.temporary)
        self.store.make_folders()

    def keep(self, rule: Rule) -> Rule:
        self.store.load()
        return self.store.keep(rule)

    def in_force(self) -> Rule | None:
        return next(iter(Policy.of(self.store.load().rules).rules.get(CURL, ())), None)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("application", [CURL, KERNEL, Application.parse('path:/a "b"\\ü/é😀')])
@pytest.mark.parametrize("lifetime", [Lifetime.FOREVER, Lifetime.REBOOT])
def test_what_is_kept_is_what_is_read(
    folders: Folders, application: Application, lifetime: Lifetime
) -> None:
    kept = folders.keep(Rule(application, Action.DENY, lifetime, note='a "note"\nof two lines'))

    assert folders.store.load().rules == (kept,)
    folder = folders.user if lifetime is Lifetime.FOREVER else folders.temporary
    (name,) = names(folder)
    assert (folder / name).stat().st_mode & 0o777 == 0o644


def test_a_second_rule_takes_the_place_of_the_first(folders: Folders) -> None:
    first = folders.keep(ALLOW)

    assert folders.keep(DENY).id == first.id
    assert len(names(folders.user)) == 1


def test_a_file_that_the_user_named_keeps_its_name_and_its_comments(folders: Folders) -> None:
    file = folders.user / "my-own.toml"
    file.write_text(
        '# because of the backup\napplication = "path:/usr/bin/curl"\ndefault = "deny"  # for now\n'
    )

    assert folders.keep(ALLOW).id == "my-own"

    text = file.read_text()
    assert names(folders.user) == ["my-own.toml"]
    assert "# because of the backup" in text
    assert "# for now" in text
    assert 'default = "allow"' in text


def test_a_note_that_was_taken_away_is_gone(folders: Folders) -> None:
    folders.keep(Rule(CURL, Action.ALLOW, note="old"))
    folders.keep(ALLOW)

    rule = folders.in_force()
    assert rule
    assert rule.note == ""


def test_children_are_written_only_where_they_are_meant(folders: Folders) -> None:
    kept = folders.keep(replace(ALLOW, children=True))
    file = folders.user / names(folders.user)[0]
    assert file.read_text().splitlines()[-1] == "children = true"
    assert folders.in_force() == kept

    folders.keep(ALLOW)
    assert "children" not in file.read_text()


def test_a_temporary_rule_leaves_the_one_below_alone(folders: Folders) -> None:
    folders.keep(ALLOW)
    below = folders.user / names(folders.user)[0]
    before = below.read_text()

    kept = folders.keep(Rule(CURL, Action.DENY, Lifetime.REBOOT))

    assert folders.in_force() == kept
    assert below.read_text() == before


def test_a_rule_for_ever_ends_a_temporary_one(folders: Folders) -> None:
    folders.keep(Rule(CURL, Action.DENY, Lifetime.REBOOT))

    assert folders.keep(ALLOW) == folders.in_force()
    assert names(folders.temporary) == []


def test_a_shipped_rule_is_overridden_under_its_own_name_and_never_written(
    folders: Folders,
) -> None:
    shipped = folders.shipped / "curl-of-the-distribution.toml"
    shipped.write_text('application = "path:/usr/bin/curl"\ndefault = "allow"\n')
    before = shipped.read_text()

    kept = folders.keep(DENY)

    assert names(folders.user) == [shipped.name]
    assert shipped.read_text() == before
    assert folders.store.load().rules == (kept,)
    folders.store.remove(kept)
    rule = folders.in_force()
    assert rule
    assert rule.origin is Origin.SHIPPED, "without ours it is in force again"


@pytest.mark.parametrize("lifetime", [Lifetime.FOREVER, Lifetime.REBOOT])
def test_a_removed_rule_is_gone_and_only_it(folders: Folders, lifetime: Lifetime) -> None:
    folders.keep(Rule(Application.parse("path:/other"), Action.DENY))
    kept = folders.keep(Rule(CURL, Action.ALLOW, lifetime))

    folders.store.remove(kept)

    assert folders.in_force() is None
    assert len(folders.store.load().rules) == 1
    folders.store.remove(kept)  # twice is no error


# -- the disk says no ------------------------------------------------------------------------


@contextmanager
def tiny_disk(place: Path) -> Iterator[Path]:
    """A file system with room for a few files."""
    command = ["mount", "-t", "tmpfs", "-o", "size=16k,nr_inodes=8", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a tmpfs here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(disk: Path) -> None:
    """Write until there is no room."""
    with suppress(OSError), (disk / "filling").open("wb", buffering=0) as filling:
        while filling.write(b"x" * 512):
            pass


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("mount") is None, reason="needs root and mount"
)
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    with tiny_disk(tmp_path) as disk:
        folders = Folders(disk)
        kept = folders.keep(ALLOW)
        before = names(folders.user)
        fill(disk)

        with pytest.raises(OSError, match="No space"):
            folders.keep(Rule(CURL, Action.DENY, note="x" * 8000))

        assert names(folders.user) == before
        assert folders.in_force() == kept


def test_a_folder_that_is_gone_is_an_error_that_can_be_told(folders: Folders) -> None:
    folders.user.rmdir()
    with pytest.raises(FileNotFoundError):
        folders.keep(ALLOW)


def test_a_reader_sees_the_old_file_or_the_new_and_nothing_between(folders: Folders) -> None:
    folders.keep(ALLOW)
    file = folders.user / names(folders.user)[0]
    old = file.open()

    folders.keep(DENY)

    with old:
        assert 'default = "allow"' in old.read(), "the old file was not written into"
    assert 'default = "deny"' in file.read_text()


# -- edits -------------------------------------------------------------------------------------


def test_an_edit_by_hand_is_heard(folders: Folders) -> None:
    async def heard() -> None:
        edited = asyncio.Event()

        def read_anew() -> None:
            folders.store.load()
            edited.set()

        end = folders.store.watch(asyncio.get_running_loop(), read_anew)
        try:
            for act in (_write, _rename, _remove):
                edited.clear()
                act(folders.user)
                await asyncio.wait_for(edited.wait(), 5)
        finally:
            end()

    asyncio.run(heard())


def _write(folder: Path) -> None:
    (folder / "new.toml").write_text("")


def _rename(folder: Path) -> None:
    (folder / "new.toml").rename(folder / "other.toml")


def _remove(folder: Path) -> None:
    (folder / "other.toml").unlink()


def test_what_we_write_ourselves_is_no_edit_of_others(folders: Folders) -> None:
    async def heard() -> None:
        folders.store.load()
        edited = asyncio.Event()
        end = folders.store.watch(asyncio.get_running_loop(), edited.set)
        try:
            folders.store.keep(TIMED)
            folders.store.keep(ALLOW)  # and the one for a time is taken out of its file
            folders.store.keep(replace(ALLOW, scope=WEB))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(edited.wait(), 4 * SETTLE)
            _write(folders.user)
            await asyncio.wait_for(edited.wait(), 5)
        finally:
            end()

    asyncio.run(heard())


def test_what_somebody_else_wrote_at_the_same_time_is_an_edit(folders: Folders) -> None:
    (path,) = [folders.user / f"{folders.keep(DENY).id}.toml"]
    folders.store.load()

    async def heard() -> None:
        edited = asyncio.Event()
        end = folders.store.watch(asyncio.get_running_loop(), edited.set)
        try:
            with path.open("a") as file:
                file.write('[[rule]]\naction = "allow"\nto = "local"\n')
            folders.store.keep(ALLOW)
            await asyncio.wait_for(edited.wait(), 5)
        finally:
            end()

    asyncio.run(heard())


@pytest.mark.parametrize("content", ["what = is this", None], ids=["broken", "shipped"])
def test_a_write_that_changes_what_else_counts_is_read_anew(
    folders: Folders, content: str | None
) -> None:
    if content is None:  # the user's file takes the place of all that the shipped one says
        text = 'application = "path:/usr/bin/curl"\n[[rule]]\naction = "allow"\nto = "local"\n'
        (folders.shipped / "curl.toml").write_text(text)
    else:  # it is not among the problems any more
        (folders.user / f"{label(CURL)}.toml").write_text(content)

    async def heard() -> None:
        folders.store.load()
        edited = asyncio.Event()
        end = folders.store.watch(asyncio.get_running_loop(), edited.set)
        try:
            folders.store.keep(DENY)
            await asyncio.wait_for(edited.wait(), 5)
        finally:
            end()

    asyncio.run(heard())
