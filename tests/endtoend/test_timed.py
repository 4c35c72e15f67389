"""Rules that end at a time: in the kernel, with and without the helper."""

import re
import signal
import time

import pytest
from worlds import BACKENDS, FAR, Client, World, run, until

with_both = pytest.mark.parametrize("guarded", BACKENDS, indirect=True)


def refused(client: Client) -> float:
    """Connect again and again until it is refused, and say when."""
    until(
        lambda: client.does("tcp", FAR, name="again") == "ECONNREFUSED" or None,
        "the rule has ended",
    )
    return time.time()


@with_both
def test_a_timed_rule_ends_on_time_and_its_file_goes(guarded: World) -> None:
    guarded.listener()
    client = guarded.client()
    guarded.rule("client", client.identity, "deny")
    guarded.stiled()
    began = time.time()
    guarded.stile("allow", client.identity, "--for", "2s")
    assert client.does("tcp", FAR) is None

    assert 1.8 < refused(client) - began < 3.5
    until(lambda: not list((guarded.home / "var" / "rules.d").iterdir()), "its file is gone")
    assert "until" not in guarded.stile("rules", client.identity)


@with_both
def test_a_timed_rule_ends_on_time_with_the_helper_dead(guarded: World) -> None:
    guarded.listener()
    client = guarded.client()
    guarded.rule("client", client.identity, "deny")
    helper = guarded.stiled()
    began = time.time()
    guarded.stile("allow", client.identity, "--port", "80", "--for", "3s")
    assert client.does("tcp", FAR) is None
    helper.kill()
    assert client.does("tcp", FAR, name="meanwhile") is None

    assert 2.8 < refused(client) - began < 4.5  # iptables knows whole seconds


@with_both
def test_a_timed_rule_holds_over_a_restart_for_what_is_left_of_it(guarded: World) -> None:
    guarded.listener()
    client = guarded.client()
    guarded.rule("client", client.identity, "deny")
    helper = guarded.stiled()
    began = time.time()
    guarded.stile("allow", client.identity, "--for", "4s")
    helper.kill()
    guarded.stiled()
    assert client.does("tcp", FAR) is None

    assert 3.8 < refused(client) - began < 5.0


def test_after_a_sleep_of_the_system_a_rule_ends_by_the_wall_clock_still(guarded: World) -> None:
    """The kernel's own time stands still meanwhile: what was left of a rule is left of it still.

    Here that is done by hand. Then the clock is set, as it is after a sleep, to what it is.
    """
    guarded.listener()
    client = guarded.client()
    guarded.rule("client", client.identity, "deny")
    helper = guarded.stiled()
    began = time.time()
    guarded.stile("allow", client.identity, "--port", "80", "--for", "5s")
    (name,) = set(re.findall(r"set (until\S+) {", guarded.table()))
    elements = "{ ipv4 timeout 1h, ipv6 timeout 1h }"
    helper.process.send_signal(signal.SIGSTOP)  # a change by somebody else it would undo at once
    try:
        run(*guarded.near("nft", "add", "element", "inet", "stile", name, elements))
        assert "expires 59m" in guarded.table()
        time.clock_settime(time.CLOCK_REALTIME, time.time())
    except PermissionError:
        pytest.skip("the clock may not be set here")
    finally:
        helper.process.send_signal(signal.SIGCONT)
    until(lambda: "expires 59m" not in guarded.table() or None, "the rule has its own time again")
    helper.kill()
    assert client.does("tcp", FAR) is None

    assert 4.8 < refused(client) - began < 6.5
