"""No program slips through in the class of the one that started it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from families import Datagrams, Family
from worlds import World, run, until

STARTS = 1000
EACH = 100
"""Execs of each kind: about 1,000 in all."""


@pytest.fixture
def family(guarded: World) -> Family:
    """A world whose helper has a gate."""
    return Family.of(guarded)


def hard_link(family: Family) -> list[Path | str]:
    link = family.folder / "linked"
    os.link(family.folder / "sender", link)
    return [link]


def symlink(family: Family) -> list[Path | str]:
    link = family.folder / "pointer"
    link.symlink_to(family.copy("pointed-to"))
    return [link]


def bind_mount(family: Family) -> list[Path | str]:
    place = family.copy("place")
    run("mount", "--bind", family.folder / "sender", place)
    return [place]


def script(family: Family) -> list[Path | str]:
    path = family.folder / "script"
    path.write_text(f"#!{family.copy('interpreter')} script\n")
    path.chmod(0o755)
    return [path]


def by_the_loader(family: Family) -> list[Path | str]:
    loader = run("gcc", "-print-file-name=ld-linux-x86-64.so.2").strip()
    copy = family.folder / "ld-linux-x86-64.so.2"
    copy.write_bytes(Path(loader).resolve().read_bytes())
    copy.chmod(0o755)
    source = Path(__file__).parent / "programs/child.c"
    run("gcc", "-O1", "-o", family.folder / "dynamic", source)
    return [copy, family.folder / "dynamic"]


def late_mount(family: Family) -> list[Path | str]:
    late = family.folder / "late"
    late.mkdir()
    run("mount", "-t", "tmpfs", "stile-tests", late)
    return [family.copy("late/child")]


WAYS: list[tuple[str, Callable[[Family], list[Path | str]]]] = [
    ("fork", lambda family: [family.folder / "child"]),
    ("vfork", lambda family: [family.folder / "child"]),
    ("spawn", lambda family: [family.folder / "child"]),
    ("thread", lambda family: [family.folder / "child"]),
    ("daemon", lambda family: [family.folder / "child"]),
    ("fork", lambda family: [family.copy("renamed", of="sender"), "child"]),
    ("fork", hard_link),
    ("fork", symlink),
    ("fork", bind_mount),
    ("fork", script),
    ("fork", by_the_loader),
    ("fork", late_mount),
]


def test_nobody_sends_in_the_class_of_the_program_that_started_it(family: Family) -> None:
    family.copy("sender")
    family.stiled()
    datagrams = Datagrams(family.world)
    family.world.stile("allow", str(family.folder / "sender"))
    parent = family.placed(datagrams)

    for at, (how, found) in enumerate(WAYS):
        parent.does("start", how, EACH, *found(family))
        parent.does("say", f"after-{at}")
        datagrams.wait_for(f"after-{at}")

    heard = set(datagrams.read())
    assert heard == {"hello", *(f"after-{at}" for at in range(len(WAYS)))}


# -- sockets that parent and child share ----------------------------------------------------


@pytest.mark.parametrize("inherited", [False, True], ids=["closed", "inherited"])
def test_a_stranger_does_not_get_a_verdict_by_starting_who_has_one(
    family: Family, *, inherited: bool
) -> None:
    family.stiled()
    datagrams = Datagrams(family.world)
    friend = family.copy("friend")
    family.world.stile("allow", str(friend))
    stranger = family.parent("stranger", allowed=False)
    if inherited:
        stranger.does("inherit")

    stranger.does("flood", "stranger")
    stranger.does("start", "fork", STARTS, friend, "friend")
    assert stranger.does("stop") > STARTS

    family.world.end_programs()
    assert datagrams.read()["stranger"] == 0


def test_who_starts_strangers_loses_nothing(family: Family) -> None:
    family.stiled()
    datagrams = Datagrams(family.world)
    listener = family.world.listener()
    parent = family.placed(datagrams)
    before = family.world.queued()

    parent.does("pace", 200)
    connection = family.world.accepted(listener)
    parent.does("start", "fork", STARTS, family.folder / "child", "-")
    count = parent.does("stop")

    assert count > STARTS
    sent = "".join(f"{number}\n" for number in range(count)).encode()
    with connection.makefile("rb") as arrived:
        assert arrived.read(len(sent)) == sent
    numbers = set(sent.decode().split())
    until(lambda: numbers <= datagrams.read().keys() or None, "every datagram has arrived")
    assert family.world.queued() == before, "nothing was held"
