"""The machine goes on when the exec gate dies or hangs, and nothing is allowed that was not."""

import ctypes
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from families import Datagrams, Family, Parent
from worlds import World, run, until

LONGEST = 2.0
"""Seconds that an exec may wait at worst: the watchdog looks every 0.25 s, and forks then."""
PACE = 0.01
"""Seconds between two execs."""
CROWD, EXECS = 3, 600
"""Processes that execute at once, and how often."""
PTRACE_ATTACH = 16


@pytest.fixture
def family(guarded: World) -> Family:
    """A world whose helper has a gate."""
    return Family.of(guarded)


def gate(family: Family) -> list[int]:
    """The processes of the gate: guardian and worker."""
    lines = (family.world.home / "run/gate.pids").read_text().splitlines()
    return [int(line.split()[0]) for line in lines]


def kill_worker(family: Family) -> None:
    os.kill(gate(family)[1], signal.SIGKILL)


def kill_guardian(family: Family) -> None:
    os.kill(gate(family)[0], signal.SIGKILL)


def stop_worker(family: Family) -> None:
    os.kill(gate(family)[1], signal.SIGSTOP)


def stop_both(family: Family) -> None:
    for pid in gate(family):
        os.kill(pid, signal.SIGSTOP)


def hang_the_reader(family: Family) -> None:
    """Stop the one thread that reads; its process, and the other threads, run on."""
    ctypes.CDLL(None).ptrace(PTRACE_ATTACH, gate(family)[1], 0, 0)


FAULTS = [kill_worker, kill_guardian, stop_worker, stop_both, hang_the_reader]


def longest_wait(parent: Parent, family: Family, seconds: float) -> float:
    """Start strangers at that pace, and give the longest that one took."""
    longest, end = 0.0, time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        parent.does("start", "fork", 1, family.folder / "child")
        longest = max(longest, time.monotonic() - began)
        time.sleep(max(0.0, PACE - (time.monotonic() - began)))
    return longest


def slipped(parent: Parent, datagrams: Datagrams) -> int:
    """How many datagrams of strangers have arrived by the time one of their parent has."""
    parent.does("say", "still")
    datagrams.wait_for("still")
    return datagrams.counts["child"]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_machine_goes_on_and_nobody_slips_through(
    family: Family, fault: Callable[[Family], None]
) -> None:
    family.stiled()
    datagrams = Datagrams(family.world)
    parent = family.placed(datagrams)
    before = gate(family)
    longest_wait(parent, family, 0.3)

    fault(family)
    assert longest_wait(parent, family, 3.0) < LONGEST

    until(lambda: gate(family) != before or None, "another one has taken over")
    assert slipped(parent, datagrams) == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_nobody_slips_through_who_waits_when_it_happens(
    family: Family, fault: Callable[[Family], None]
) -> None:
    family.stiled()
    datagrams = Datagrams(family.world)
    parents = [family.placed(datagrams), *(family.parent() for _ in range(CROWD))]
    for parent in parents:
        parent.does("say", "hello")
    until(lambda: all(parent.is_placed() for parent in parents) or None, "all have their class")
    before = gate(family)
    for parent in parents:
        parent.begin("start", "fork", EXECS, family.folder / "child")
    time.sleep(0.3)

    fault(family)
    for parent in parents:
        parent.end()

    until(lambda: gate(family) != before or None, "another one has taken over")
    assert slipped(parents[0], datagrams) == 0


def test_when_all_of_it_is_killed_another_gate_is_started(family: Family) -> None:
    helper = family.stiled()
    datagrams = Datagrams(family.world)
    parent = family.placed(datagrams)
    before = gate(family)

    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert longest_wait(parent, family, 0.2) < LONGEST

    until(lambda: set(gate(family)).isdisjoint(before) or None, "there is another gate")
    until(lambda: "ok" in doctor(family, "exec gate") or None, "the doctor says so")
    datagrams.read().clear()
    longest_wait(parent, family, 0.5)
    assert slipped(parent, datagrams) == 0
    assert "the exec gate has ended" in helper.log.read_text()


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"torn")])
def test_another_gate_is_started_whatever_has_become_of_the_table(
    family: Family, harm: Callable[[Path], object]
) -> None:
    family.stiled()
    datagrams = Datagrams(family.world)
    parent = family.placed(datagrams)
    before = gate(family)

    harm(family.world.home / "run/gate.table")
    for pid in before:
        os.kill(pid, signal.SIGKILL)

    until(lambda: set(gate(family)).isdisjoint(before) or None, "there is another gate")
    until(lambda: "ok" in doctor(family, "exec gate") or None, "the doctor says so")
    datagrams.read().clear()
    longest_wait(parent, family, 0.5)
    assert slipped(parent, datagrams) == 0


def test_a_gate_that_could_not_be_started_is_tried_again(family: Family) -> None:
    helper = family.stiled()
    before = gate(family)
    folder = family.world.home / "run"
    run("mount", "-t", "tmpfs", "-o", "ro", "stile-tests", folder)
    try:
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until(lambda: "cannot be started" in helper.log.read_text() or None, "it failed")
    finally:
        run("umount", "--lazy", folder)

    until(lambda: set(gate(family)).isdisjoint(before) or None, "there is another gate")
    until(lambda: "ok" in doctor(family, "exec gate") or None, "the doctor says so")


def doctor(family: Family, feature: str) -> str:
    """What `stile doctor` says of a feature."""
    lines = family.world.stile("doctor").splitlines()
    return next(line for line in lines if line.startswith(feature))


def test_while_the_helper_is_away_nobody_slips_through(family: Family) -> None:
    helper = family.stiled()
    datagrams = Datagrams(family.world)
    parent = family.placed(datagrams)
    first = gate(family)

    helper.kill()
    longest_wait(parent, family, 0.5)
    parent.does("say", "away")
    datagrams.wait_for("away")
    assert gate(family) == first, "the gate goes on"

    family.stiled()
    longest_wait(parent, family, 0.5)
    assert set(gate(family)).isdisjoint(first), "the next helper has a gate of its own"
    assert not any(is_running(pid) for pid in first)
    assert datagrams.read()["child"] == 0


def test_a_gate_is_gone_when_everything_is_cleared(family: Family) -> None:
    helper = family.stiled()
    processes = gate(family)
    helper.stop()
    assert all(is_running(pid) for pid in processes)

    family.world.clear()

    assert not any(is_running(pid) for pid in processes)
    assert not (family.world.home / "run/gate.table").exists()


def is_running(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:4]
    except FileNotFoundError:
        return False


def test_without_the_right_to_ask_the_doctor_says_what_follows(family: Family) -> None:
    family.stiled().stop()  # its mount of net_cls stays
    os.kill(gate(family)[0], signal.SIGTERM)
    capsh = ["capsh", "--drop=cap_sys_admin,cap_bpf", "--", "-c", 'exec "$@"', "stiled"]

    helper = family.world.stiled("--gate", str(family.folder), within=capsh)

    said = doctor(family, "exec gate")
    assert "missing" in said  # nor is it told of execs, by BPF or the connector
    assert "shares its verdict" in said
    assert "fanotify cannot be used here: Operation not permitted" in said
    assert "there is no exec gate" in helper.log.read_text()
