"""The second packet filter: iptables, where nftables is not to be used.

That it decides as nftables does is shown elsewhere (test_policy_in_kernel.py, and the tests here
that are run with both). Here is what is its own.
"""

import shutil
import time

import pytest
from worlds import FAR, FAR6, Client, World, run, until

pytestmark = pytest.mark.parametrize("guarded", ["iptables"], indirect=True)
ORDINARY = ["iptables-legacy", "iptables-nft"]


def iptables(world: World, *words: str, kind: str = "iptables-legacy") -> str:
    return run(*world.near(kind, *words))


def ours(world: World, kind: str = "iptables-legacy") -> list[str]:
    """The rules that are ours, and OUTPUT."""
    return iptables(world, "-S", kind=kind).splitlines()


def sets(world: World) -> list[str]:
    return run(*world.near("ipset", "list", "-name")).split()


def test_it_is_iptables_that_decides_and_not_nftables(guarded: World) -> None:
    guarded.stiled()

    assert "iptables" in guarded.stile("status")
    assert guarded.table() == ""
    for kind in ("iptables-legacy", "ip6tables-legacy"):
        assert "-A OUTPUT -j STILE" in ours(guarded, kind)


def test_applications_with_the_same_verdict_cost_no_rule_each(guarded: World) -> None:
    guarded.stiled()
    before = ours(guarded)
    for number in range(20):
        guarded.rule(f"app{number}", f"path:/opt/app{number}", "allow")
    until(lambda: "app19" in guarded.stile("rules") or None, "the rules are read")

    assert ours(guarded) == before


def test_a_verdict_changes_by_the_class_of_the_group(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    client = guarded.client()
    guarded.stile("allow", client.identity)
    assert client.does("tcp", FAR) is None
    running = client.does("tcp", FAR, name="running")
    assert running is None

    guarded.stile("deny", client.identity)
    assert client.does("tcp", FAR, name="denied") == "ECONNREFUSED"
    assert client.does("tcp", FAR6, name="denied6") == "ECONNREFUSED"
    guarded.stile("allow", client.identity)
    assert client.does("tcp", FAR, name="again") is None


def test_what_comes_from_a_port_is_not_the_program_that_had_it_before(guarded: World) -> None:
    """Nobody took the note about that one, for the kernel let it through without holding it."""
    receiver = guarded.receiver()
    programs = [guarded.program(name) for name in ("former", "present")]
    for program in programs:
        guarded.rule(program.name, f"path:{program}", "allow")
    guarded.stiled()

    for program, ports in zip(programs, ((4711, 4712), (4712, 4713)), strict=True):
        client = Client(guarded, program)
        for port in ports:
            before = guarded.queued()
            client.does("udp", FAR, 9, bind=port)
            assert receiver.recv(1)
            client.does("close")
    assert guarded.queued() == before, "its first packet has placed it"


@pytest.mark.parametrize("kind", ORDINARY)
def test_the_rules_of_others_keep_working(guarded: World, kind: str) -> None:
    iptables(guarded, *["-A", "OUTPUT", "-p", "tcp", "--dport", "81", "-j", "REJECT"], kind=kind)
    guarded.listener()
    client = guarded.client()
    guarded.rule("client", client.identity, "allow")
    helper = guarded.stiled()

    assert client.does("tcp", FAR) is None
    assert client.does("tcp", FAR, 81, name="refused") == "ECONNREFUSED"
    helper.stop()
    guarded.clear()
    assert not [line for line in ours(guarded) if "STILE" in line]
    assert [line for line in ours(guarded, kind) if "--dport 81" in line]
    assert not sets(guarded)


@pytest.mark.parametrize(
    "words",
    [
        "-F",
        "-F OUTPUT",
        "-D OUTPUT -j STILE",
        "-I OUTPUT -j ACCEPT",
        "-F STILE-denied",
        "-I STILE -j RETURN",
    ],
)
def test_a_foreign_change_of_our_chains_is_mended_within_a_second(
    guarded: World, words: str
) -> None:
    guarded.listener()
    client = guarded.client()
    guarded.rule("client", client.identity, "deny")
    helper = guarded.stiled()
    assert client.does("tcp", FAR) == "ECONNREFUSED"
    before = [line for line in ours(guarded) if "STILE" in line]

    def is_whole() -> bool | None:
        there = ours(guarded)
        first = next((line for line in there if line.startswith("-A OUTPUT")), "")
        return ([line for line in there if "STILE" in line] == before and first in before) or None

    iptables(guarded, *words.split())
    start = time.monotonic()
    until(is_whole, "the chains are whole again")
    assert time.monotonic() - start < 1.0
    assert client.does("tcp", FAR, name="again") == "ECONNREFUSED"
    assert "has changed our" in helper.log.read_text()


def test_our_own_changes_are_nobody_elses(guarded: World) -> None:
    helper = guarded.stiled()
    client = guarded.client()
    for number in range(3):
        guarded.stile("deny", client.identity, "--to", f"192.0.2.{number}")
        guarded.stile("allow", client.identity)
        guarded.stile("forget", client.identity)
    iptables(guarded, *["-A", "OUTPUT", "-p", "tcp", "--dport", "81", "-j", "REJECT"])

    run("sleep", "0.5")  # what would be told is told within that
    assert "has changed our" not in helper.log.read_text()


def test_nothing_stays_behind_of_rules_that_are_gone(guarded: World) -> None:
    guarded.stiled()
    before, names = ours(guarded), sorted(sets(guarded))
    for where in ("192.0.2.0/24", "example.org", "list:none"):
        guarded.stile("allow", "path:/opt/app", "--to", where)
    assert len(ours(guarded)) > len(before)
    guarded.stile("forget", "path:/opt/app")

    assert ours(guarded) == before
    assert [name for name in sorted(sets(guarded)) if "_none_" not in name] == names


@pytest.mark.parametrize("first", ["iptables", "nftables"])
def test_a_helper_with_the_other_packet_filter_takes_over(guarded: World, first: str) -> None:
    guarded.listener()
    allowed, denied = guarded.client("allowed"), guarded.client("denied")
    guarded.rule("allowed", allowed.identity, "allow")
    guarded.rule("denied", denied.identity, "deny")
    second = {"iptables": "nftables", "nftables": "iptables"}[first]

    for turn, backend in enumerate((first, second, first)):
        guarded.backend = backend
        helper = guarded.stiled()
        assert allowed.does("tcp", FAR, name=f"allowed{turn}") is None
        assert denied.does("tcp", FAR, name=f"denied{turn}") == "ECONNREFUSED"
        chains = [line for line in ours(guarded) if "STILE" in line]
        assert (bool(guarded.table()), bool(chains)) == (
            backend != "iptables",
            backend != "nftables",
        )
        helper.kill()


def hidden(*programs: str) -> tuple[str, ...]:
    """Give a program that executes another, for which *programs* are not there."""
    mounts = "; ".join(f"mount --bind /dev/null {each}" for each in programs)
    return ("unshare", "--mount", "sh", "-c", f'{mounts}; exec "$@"', "sh")


def test_it_is_taken_where_there_is_no_nft(guarded: World) -> None:
    guarded.backend = "auto"
    guarded.listener()
    client = guarded.client()
    guarded.rule("client", client.identity, "deny")

    helper = guarded.stiled(within=hidden("/usr/sbin/nft"))

    assert "nft is not installed" in helper.log.read_text()
    assert "iptables" in guarded.stile("status")
    assert client.does("tcp", FAR) == "ECONNREFUSED"
    helper.stop()
    guarded.stiled()
    assert guarded.table(), "and nftables again, where that is"


def test_what_is_missing_is_named(guarded: World) -> None:
    within = hidden("/usr/sbin/xtables-legacy-multi", "/usr/sbin/xtables-nft-multi")

    assert guarded.refused(within=within).splitlines()[-1] == (
        "stiled: iptables cannot be used: iptables-nft-restore is not installed: "
        "install the package iptables"
    )


def test_locked_down_it_is_the_recipe_that_the_cgroup_match_came_with(guarded: World) -> None:
    """One class, and all that is outside of it dropped: two pings, one inside and one outside."""
    inside, outside = (pinger(guarded, name) for name in ("inside", "outside"))
    guarded.stiled()
    guarded.stile("lockdown", "on")
    guarded.stile("allow", f"path:{inside}")

    assert replies(guarded, inside, FAR) == replies(guarded, inside, FAR6) == 3
    assert replies(guarded, outside, FAR) == replies(guarded, outside, FAR6) == 0
    guarded.stile("lockdown", "off")
    guarded.stile("allow", f"path:{outside}")
    assert replies(guarded, outside, FAR) == 3


def pinger(world: World, name: str) -> str:
    """A ping at a path of its own."""
    return str(shutil.copy("/usr/bin/ping", world.home / name))


def replies(world: World, ping: str, where: str) -> int:
    said = run(*world.near(ping, "-c", "3", "-i", "0.2", "-W", "1", where), check=False)
    return said.count("bytes from")
