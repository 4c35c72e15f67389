"""The table with which a boot begins, before the helper is there."""

from pathlib import Path

from worlds import FAR, World, run, until

from stile.rules import Lifetime


def boot(world: World) -> None:
    """Be a machine that has begun: nothing of Stile's in the kernel but what was written for it."""
    world.clear()
    run(*world.near("nft", "--file", file_of(world)))


def file_of(world: World) -> Path:
    return world.home / "etc" / "boot.nft"


def test_nothing_unknown_leaves_between_a_boot_and_the_helper(guarded: World) -> None:
    guarded.stiled().stop()
    receiver = guarded.receiver()
    capture = guarded.capture("udp", "port", "9")
    client = guarded.client()

    boot(guarded)
    for number in range(50):
        client.does("udp", FAR, 9, name=f"early{number}")
    guarded.stiled()
    agent = guarded.agent()
    client.begin("udp", FAR, 9, name="late")
    agent.answer(agent.next())

    assert receiver.recv(10) == b"x"
    arrived = until(lambda: capture.packets() or None, "what has arrived")
    assert len(arrived) == 1, "the one that was allowed"


def test_an_allowed_program_waits_for_the_helper_and_not_longer(guarded: World) -> None:
    guarded.stiled().stop()
    client = guarded.client()
    guarded.rule("client", client.identity)
    guarded.listener()
    boot(guarded)

    client.begin("tcp", FAR, 80)
    guarded.stiled()

    assert client.end() is None, "its next SYN is judged by its rule"


def test_the_kernels_own_sockets_keep_their_rules_from_the_first_moment(guarded: World) -> None:
    guarded.stiled()
    assert "goto deny" not in kernel_chain(guarded)

    guarded.stile("deny", "kernel", "--to", "198.51.100.0/24")

    assert "198.51.100.0-198.51.100.255" in kernel_chain(guarded)
    guarded.stile("forget", "kernel")
    assert "198.51.100.0-198.51.100.255" not in kernel_chain(guarded)


def test_what_lasts_until_the_reboot_allows_nothing_after_it(guarded: World) -> None:
    guarded.stiled()
    guarded.stile("deny", "kernel")
    guarded.stile("allow", "kernel", "--to", "198.51.100.0/24", "--for", str(Lifetime.REBOOT))

    assert "198.51.100.0-198.51.100.255" in guarded.table()
    assert "198.51.100.0-198.51.100.255" not in kernel_chain(guarded)
    assert "goto deny" in kernel_chain(guarded)


def test_nothing_is_held_at_boot_where_unknown_programs_may_pass(guarded: World) -> None:
    guarded.stiled()
    assert file_of(guarded).stat().st_mode & 0o077 == 0

    guarded.stile("settings", "when_daemon_is_away", "allow")
    assert not file_of(guarded).exists()

    guarded.stile("lockdown", "on")
    assert "set locked" in file_of(guarded).read_text()
    guarded.stile("lockdown", "off")
    assert not file_of(guarded).exists()


def test_a_table_that_cannot_be_written_is_a_problem_and_no_end(guarded: World) -> None:
    guarded.stiled()
    file_of(guarded).unlink()
    file_of(guarded).mkdir()

    guarded.stile("lockdown", "on")

    assert "boot.nft" in guarded.stile("status")


def kernel_chain(world: World) -> str:
    """The chain of the kernel's own sockets, as the next boot loads it."""
    _, _, rest = file_of(world).read_text().partition("chain kernel {")
    return rest.partition("}")[0]
