"""What the exec gate decides, and what it is told."""

from dataclasses import replace

import pytest

from stiled.gatetable import (
    Change,
    Executable,
    Group,
    Table,
    dump_change,
    group_of,
    is_loader,
)

CURL, WGET = Executable("/usr/bin/curl", 1, 10), Executable("/usr/bin/wget", 1, 11)
PYTHON = Executable("/usr/bin/python3.11", 1, 12)
OTHER = Executable("/home/a/other", 1, 13)
TABLE = Table(
    home="/stile",
    groups={
        "curl-1": Group("path:/usr/bin/curl", "allow", children=False),
        "curl-1~quit~allow~7": Group("path:/usr/bin/curl", "allow", children=False),
        "make-2": Group("path:/usr/bin/make", "allow", children=True),
    },
    files={
        CURL: "path:/usr/bin/curl",
        WGET: "path:/usr/bin/wget",
        PYTHON: "",
    },
    any_scripts=True,
    adding={"allow": b"\x00\xff"},
    settling=b"\x01",
)


@pytest.mark.parametrize(
    ("group", "file", "stays"),
    [
        ("curl-1", CURL, True),
        ("curl-1", WGET, False),
        ("curl-1", OTHER, False),
        ("curl-1~quit~allow~7", CURL, True),
        ("make-2", OTHER, True),
        ("make-2", CURL, False),
        ("make-2", PYTHON, False),
        ("nobody-knows", CURL, False),
    ],
)
def test_who_may_stay(group: str, file: Executable, *, stays: bool) -> None:
    assert TABLE.stays(group, file) is stays


@pytest.mark.parametrize(
    "changed",
    [CURL._replace(path="/home/a/curl"), CURL._replace(inode=99), CURL._replace(device=2)],
    ids=["another name", "another file", "another file system"],
)
def test_a_file_is_known_by_its_name_and_its_inode(changed: Executable) -> None:
    assert not TABLE.stays("curl-1", changed)


def test_an_interpreter_leaves_where_there_are_rules_about_scripts() -> None:
    perl = Executable("/usr/bin/perl", 1, 77)
    assert not TABLE.stays("make-2", perl)
    assert replace(TABLE, any_scripts=False).stays("make-2", perl)


def test_what_was_written_is_read_again() -> None:
    odd = Executable("/opt/\udcff", 1, 2)  # an octet that is no text
    table = Table(files={**TABLE.files, odd: "path:/opt/\\xff"}, groups=TABLE.groups)
    assert Table.load(table.dump()) == table
    assert Table.load(TABLE.dump()) == TABLE


def test_a_change_is_read_after_what_it_changes() -> None:
    """Line by line, by a gate that has read the table, and by one that begins then."""
    other = Group("path:/home/a/other", "app9", children=False)
    change = Change(
        groups={"curl-1": None, "other-9": other, "nobody-knows": None},
        files={CURL: None, OTHER: "path:/home/a/other"},
        any_scripts=False,
        adding={"app9": b"\x02"},
    )
    back = Change({"other-9": None}, {OTHER: None}, any_scripts=False, adding={})

    table = TABLE.changed(change)
    assert table.groups.keys() == {"curl-1~quit~allow~7", "make-2", "other-9"}
    assert table.files == {OTHER: "path:/home/a/other", WGET: "path:/usr/bin/wget", PYTHON: ""}
    assert table.adding == {"allow": b"\x00\xff", "app9": b"\x02"}
    assert TABLE.after(dump_change(change)) == table
    assert TABLE.after(dump_change(change) + dump_change(back)) == table.changed(back)
    assert Table.load(TABLE.dump() + dump_change(change)) == table


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("7:net_cls:/stile/curl-1\n0::/\n", "curl-1"),
        ("7:net_cls,net_prio:/stile/curl-1\n", "curl-1"),
        ("7:net_cls:/stile/~exits/0x57140001\n", "~exits/0x57140001"),
        ("7:net_cls:/stile\n", None),
        ("7:net_cls:/\n0::/stile/curl-1\n", None),
        ("7:net_cls:/other/stile/curl-1\n", None),
    ],
)
def test_the_group_of_a_process_is_read(text: str, group: str | None) -> None:
    assert group_of(text, "/stile") == group


@pytest.mark.parametrize(
    ("path", "loads"),
    [
        ("/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", True),
        ("/lib/ld-musl-x86_64.so.1", True),
        ("/usr/bin/ld", False),
        ("/usr/bin/ld.gold", False),
    ],
)
def test_loaders_are_known_by_their_names(path: str, *, loads: bool) -> None:
    assert is_loader(path) is loads
