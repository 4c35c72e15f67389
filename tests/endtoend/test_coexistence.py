"""Other tables and tools: they keep working, and what they do to ours is mended."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from worlds import FAR, World, run, until


def nft(world: World, *words: str) -> str:
    return run(*world.near("nft", *words))


@pytest.mark.parametrize(
    "words",
    [
        ("flush", "ruleset"),
        ("delete", "table", "inet", "stile"),
        ("flush", "chain", "inet", "stile", "output"),
        ("flush", "set", "inet", "stile", "verdicts"),
        ("insert", "rule", "inet", "stile", "output", "accept"),
    ],
)
def test_a_foreign_change_of_our_table_is_mended_within_a_second(
    guarded: World, words: tuple[str, ...]
) -> None:
    guarded.listener()
    client = guarded.client()
    guarded.rule("client", client.identity, "deny")
    helper = guarded.stiled()
    assert client.does("tcp", FAR) == "ECONNREFUSED"
    before = guarded.table()

    if words[1] == "set":
        words = ("flush", "map", *words[2:])
    nft(guarded, *words)
    start = time.monotonic()
    until(lambda: is_whole(guarded, before) or None, "the table is whole again")

    assert time.monotonic() - start < 1.0
    assert client.does("tcp", FAR, name="again") == "ECONNREFUSED"
    assert "has changed our table" in helper.log.read_text()


def test_rules_that_somebody_else_destroys_are_mended(guarded: World) -> None:
    """As `nft destroy rule` of newer versions does: another message than that of `delete`."""
    guarded.stiled()
    before = guarded.table()
    destroy = """
import socket
from stiled import nftmessages as nft
rules = nft.name(1, nft.TABLE) + nft.name(2, "output")  # NFTA_RULE_TABLE, NFTA_RULE_CHAIN
with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as kernel:
    kernel.send(nft.batch([nft.Message(28, rules)]))  # NFT_MSG_DESTROYRULE
    print(*nft.errors_in(kernel.recv(4096)))
"""

    said = run(*guarded.near(sys.executable, "-c", destroy))
    if said == "22\n":
        pytest.skip("this kernel has no such message: Linux 6.3")
    assert said == "0\n"

    until(lambda: is_whole(guarded, before) or None, "the table is whole again")


def test_a_foreign_change_is_mended_among_more_than_can_be_told(guarded: World) -> None:
    helper = guarded.stiled()
    before = guarded.table()
    rules = "".join(f"add rule inet noise noise meta mark {number}\n" for number in range(20_000))
    noise = guarded.home / "noise"
    noise.write_text(f"add table inet noise\nadd chain inet noise noise\n{rules}")

    helper.process.send_signal(signal.SIGSTOP)
    nft(guarded, "--file", str(noise))
    nft(guarded, "delete", "table", "inet", "noise")
    nft(guarded, "--file", str(noise))
    nft(guarded, "flush", "ruleset")
    helper.process.send_signal(signal.SIGCONT)

    until(lambda: is_whole(guarded, before) or None, "the table is whole again")


def is_whole(world: World, before: str) -> bool:
    return lines(world.table()) == lines(before)


def lines(table: str) -> list[str]:
    """What stands in a table, without counters and what comes and goes."""
    return sorted(line.split("counter")[0] for line in table.splitlines() if "expires" not in line)


def test_our_own_changes_are_nobody_elses(guarded: World) -> None:
    helper = guarded.stiled()
    client = guarded.client()
    for number in range(5):
        guarded.stile("deny", client.identity, "--to", f"192.0.2.{number}")
        guarded.stile("allow", client.identity)
        guarded.stile("forget", client.identity)

    assert "has changed our table" not in helper.log.read_text()


def give_another_class(group: Path) -> None:
    (group / "net_cls.classid").write_text("0x12345678")


def remove(group: Path) -> None:
    for pid in (group / "cgroup.procs").read_text().split():
        (group.parents[2] / "cgroup.procs").write_text(pid)
    group.rmdir()


@pytest.mark.parametrize("harm", [give_another_class, remove])
def test_a_group_that_somebody_else_has_changed_is_put_right(
    guarded: World, harm: Callable[[Path], None]
) -> None:
    guarded.stiled()
    guarded.listener()
    client = guarded.client()
    guarded.stile("allow", client.identity)
    assert client.does("tcp", FAR) is None
    groups = guarded.home / "run/net_cls/stile-tests" / guarded.name
    (group,) = groups.glob("client-*")
    before = (group / "net_cls.classid").read_text()

    harm(group)

    assert client.does("tcp", FAR, name="again") is None
    assert (group / "net_cls.classid").read_text() == before
    held = guarded.queued()
    assert client.does("tcp", FAR, name="and again") is None
    assert guarded.queued() == held, "the kernel decides alone again"


def test_other_tables_keep_working_and_are_not_touched(guarded: World) -> None:
    nft(guarded, "add table inet theirs { chain out { type filter hook output priority 10; }; }")
    nft(guarded, "add rule inet theirs out tcp dport 81 reject with tcp reset")
    theirs = nft(guarded, "list", "table", "inet", "theirs")
    guarded.listener()
    client = guarded.client()
    guarded.rule("client", client.identity, "allow")
    guarded.stiled()

    assert client.does("tcp", FAR) is None
    assert client.does("tcp", FAR, 81, name="refused") == "ECONNREFUSED"
    guarded.stile("deny", client.identity)
    assert nft(guarded, "list", "table", "inet", "theirs") == theirs


def test_what_is_forwarded_is_left_alone(guarded: World) -> None:
    guarded.stiled()
    hooks = [line for line in guarded.table().splitlines() if "hook" in line]
    assert [line.split()[3] for line in hooks] == ["output"]
