"""No program slips through in the class of the one that started it."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from families import SOURCES, Datagrams, Family, Parent, group_of
from worlds import BACKENDS, World, run, until

from stile.rules import Action, Lifetime

STARTS = 1000
HOPS = 800
"""Programs that become another, each some microseconds later than the one before."""
PATIENCE = 60.0
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
    until(lambda: family.sees(late) or None, "the gate has noticed")
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
        assert set(datagrams.read()) == {"hello", f"after-{at}"}, (how, found)
        del datagrams.counts[f"after-{at}"]


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


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
def test_who_is_decided_about_has_its_class_before_it_sends_anything(family: Family) -> None:
    family.stiled()
    before = family.world.queued()

    parent = family.parent()

    until(lambda: parent.is_placed() or None, "the program has its class")
    assert family.world.queued() == before, "nothing was held"


def test_a_program_that_took_the_place_of_another_is_placed_at_once_after_its_first_packet(
    family: Family,
) -> None:
    """As an upgrade does it."""
    family.stiled()
    datagrams = Datagrams(family.world)
    family.parent()
    family.copy("new", of="parent").rename(family.folder / "parent")

    family.parent(allowed=False).does("say", "hello")
    datagrams.wait_for("hello")

    silent: list[Parent] = []

    def one_is_placed() -> bool | None:
        silent.append(family.parent(allowed=False))
        return any(parent.is_placed() for parent in silent) or None

    until(one_is_placed, "a program that has sent nothing has its class")


@pytest.mark.parametrize("gate", ["none", "elsewhere"])
def test_where_no_gate_stands_a_program_has_no_class_before_it_sends_anything(
    family: Family, gate: str
) -> None:
    """It would share that with all that it starts."""
    elsewhere = family.folder / "elsewhere"
    elsewhere.mkdir()
    run("mount", "-t", "tmpfs", "stile-tests", elsewhere)
    family.world.stiled("--gate", {"none": gate, "elsewhere": str(elsewhere)}[gate])
    datagrams = Datagrams(family.world)

    silent = family.parent()
    family.placed(datagrams)

    assert not silent.is_placed()


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
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


def test_who_is_placed_while_it_becomes_a_stranger_does_not_keep_the_class(family: Family) -> None:
    """The stranger is in nobody's class, not even for its first packet, whenever it comes."""
    source = SOURCES / "hopper.c"
    hopper, stranger = family.folder / "hopper", family.copy("stranger")
    run("gcc", "-O1", "-static", "-o", hopper, source)
    family.stiled()
    datagrams = Datagrams(family.world)
    family.world.stile("allow", str(hopper))
    lasting = family.world.start(*family.world.near(hopper, "10000000", stranger))
    until(lambda: hopper.name in group_of(lasting.pid) or None, "it has its class at once")

    hops = "".join(f"{hopper} {1500 + number * 5} {stranger} hopped\n" for number in range(HOPS))
    family.world.start(*family.world.near("sh", "-c", hops)).wait(PATIENCE)

    family.world.end_programs()
    assert datagrams.read()["hopped"] == 0


# -- who may stay ------------------------------------------------------------------------------


def test_when_an_exec_fails_the_class_comes_back(family: Family) -> None:
    family.stiled()
    datagrams = Datagrams(family.world)
    parent = family.placed(datagrams)
    agent = family.world.agent()
    garbage = family.folder / "garbage"
    garbage.write_bytes(b"this is no program")
    garbage.chmod(0o755)

    parent.does("start", "fail", 3, garbage)

    datagrams.wait_for("back")
    assert agent.is_quiet


def test_a_program_that_starts_itself_keeps_its_class(family: Family) -> None:
    family.stiled()
    datagrams = Datagrams(family.world)
    parent = family.placed(datagrams)
    before = family.world.queued()

    parent.does("start", "fork", 20, parent.path, "once")

    until(lambda: datagrams.read()["once"] == 20 or None, "all that its children said")
    assert family.world.queued() == before, "nothing was held"


def test_children_keep_the_class_where_the_rule_says_so_and_they_have_none(family: Family) -> None:
    family.stiled()
    datagrams = Datagrams(family.world)
    parent = family.placed(datagrams)
    denied, other = family.copy("denied"), family.copy("other")
    family.world.stile("allow", str(parent.path), "--and-children")
    family.world.stile("deny", str(denied))

    parent.does("start", "vfork", 20, other, "other")
    parent.does("start", "vfork", 20, denied, "denied")
    until(lambda: datagrams.read()["other"] == 20 or None, "all that its children said")

    family.world.stile("allow", str(parent.path))
    parent.does("start", "vfork", 20, other, "late")
    parent.does("say", "end")
    datagrams.wait_for("end")
    assert datagrams.counts["denied"] == datagrams.counts["late"] == 0


def test_a_child_that_runs_leaves_when_the_rule_does_not_speak_of_children_any_more(
    family: Family,
) -> None:
    family.stiled()
    datagrams = Datagrams(family.world)
    parent = family.placed(datagrams)
    family.world.stile("allow", str(parent.path), "--and-children")
    other = family.copy("other", of="parent")
    parent.begin("start", "vfork", 1, other)
    child = until(lambda: running(other), "the child runs")
    assert parent.path.name in group_of(child)

    family.world.stile("allow", str(parent.path))

    until(lambda: parent.path.name not in group_of(child) or None, "it has no class any more")


def running(program: Path) -> int | None:
    """Find the process that runs a program."""
    for exe in Path("/proc").glob("[0-9]*/exe"):
        with suppress(OSError):
            if exe.readlink() == program:
                return int(exe.parent.name)
    return None


def test_what_holds_until_a_process_quits_does_not_hold_for_what_it_starts(family: Family) -> None:
    family.stiled()
    datagrams, agent = Datagrams(family.world), family.world.agent()
    parent = family.parent(allowed=False)
    parent.begin("say", "hello")
    agent.answer(agent.next(), Action.ALLOW, Lifetime.QUIT)
    parent.end()
    datagrams.wait_for("hello")

    parent.does("start", "fork", 20, family.folder / "child")
    parent.does("start", "fork", 20, parent.path, "itself")

    until(lambda: datagrams.read()["itself"] == 20 or None, "all that it said itself")
    assert datagrams.counts["child"] == 0


# -- what the gate does not see ------------------------------------------------------------------


def test_a_program_in_memory_is_caught_afterwards(family: Family) -> None:
    family.stiled()
    datagrams = Datagrams(family.world)
    parent = family.placed(datagrams)

    for number in range(10):
        parent.does("start", "memory", 1, family.folder / "child", f"memory-{number}", 300)

    heard = [datagrams.read()[f"memory-{number}"] for number in range(10)]
    assert max(heard) < 150, "each would have sent 300, one a millisecond"


def test_where_there_is_no_gate_children_are_caught_afterwards(family: Family) -> None:
    family.world.stiled()
    datagrams = Datagrams(family.world)
    parent = family.placed(datagrams)

    parent.does("start", "vfork", 1, family.folder / "child", "child", 300)

    assert datagrams.read()["child"] < 150
    assert "no exec gate" in family.world.stile("doctor")
