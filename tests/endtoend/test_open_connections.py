"""What is open ends when a rule refuses it, and nothing else does."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from worlds import BACKENDS, FAR, Client, World, run

from stile.rules import Action, Choice, Lifetime, Reach
from stiled import sockdiag

OTHER = "10.77.0.9"
"""A second address outside."""
NETWORK = "10.77.0.8/30"
"""Its network, which the first is not in."""
ENDED = "ECONNABORTED"


@pytest.fixture
def two_places(guarded: World) -> World:
    """A world with two places outside, and a helper."""
    if reason := sockdiag.why_not():
        pytest.skip(reason)
    run("ip", "-n", f"{guarded.name}f", "addr", "add", f"{OTHER}/24", "dev", "far")
    guarded.helper = guarded.stiled()
    return guarded


@contextmanager
def download(world: World, client: Client, where: str, name: str = "it") -> Iterator[None]:
    """Let something come in all the time over a connection of that name."""
    with world.far_socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((where, 0))
        listener.listen()
        assert client.does("tcp", where, listener.getsockname()[1], name=name) is None
        served = world.accepted(listener)
    over = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            while not over.is_set():
                served.sendall(b"x" * 10_000)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        over.set()
        with suppress(OSError):
            served.shutdown(socket.SHUT_RDWR)
        thread.join()


def ends(client: Client, name: str = "it", within: float = 1.0) -> bool:
    """Whether nothing comes any more, very soon."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if client.does("recv", "", 0, name) == ENDED:
            return True
    return False


def goes_on(client: Client, name: str = "it") -> bool:
    """Whether more comes than what was on its way."""
    return all(isinstance(client.does("recv", "", 0, name), int) for _ in range(50))


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
def test_a_download_from_a_network_that_is_denied_meanwhile_stops_and_others_go_on(
    two_places: World,
) -> None:
    one, two = two_places.client("one"), two_places.client("two")
    for client in (one, two):
        two_places.stile("allow", client.identity)
    with (
        download(two_places, one, OTHER, "there"),
        download(two_places, one, FAR, "elsewhere"),
        download(two_places, two, OTHER),
    ):
        two_places.stile("deny", one.identity, "--to", NETWORK)

        assert ends(one, "there")
        assert goes_on(one, "elsewhere")
        assert goes_on(two)
        assert one.does("tcp", OTHER) == "ECONNREFUSED"


def test_a_rule_about_everybody_ends_it_for_all(two_places: World) -> None:
    one, two = two_places.client("one"), two_places.client("two")
    for client in (one, two):
        two_places.stile("allow", client.identity)
    with download(two_places, one, OTHER), download(two_places, two, OTHER):
        two_places.stile("drop", "everybody", "--to", NETWORK)

        assert ends(one)
        assert ends(two)


def test_it_ends_when_a_timed_allow_is_over(two_places: World) -> None:
    client = two_places.client()
    two_places.stile("allow", client.identity)
    two_places.stile("deny", client.identity, "--to", NETWORK)
    two_places.stile("allow", client.identity, "--to", OTHER, "--for", "2s")
    with download(two_places, client, OTHER), download(two_places, client, FAR, "elsewhere"):
        assert goes_on(client)
        assert ends(client, within=4)
        assert goes_on(client, "elsewhere")


def test_a_block_list_ends_it_and_so_does_what_is_added_to_one(two_places: World) -> None:
    client = two_places.client()
    two_places.stile("allow", client.identity)
    source, folder = two_places.home / "bad.txt", two_places.home / "etc" / "lists.d"
    folder.mkdir(exist_ok=True)
    source.write_text(f"{NETWORK}\n")
    with download(two_places, client, OTHER, "listed"), download(two_places, client, FAR):
        (folder / "bad.toml").write_text(f'source = "{source}"\naction = "deny"\n')
        two_places.stile("lists", "--refresh")
        assert ends(client, "listed", within=3)
        assert goes_on(client)

        source.write_text(f"{NETWORK}\n{FAR}\n")
        two_places.stile("lists", "--refresh")
        assert ends(client, within=3)


def test_an_answer_ends_what_was_allowed_once(two_places: World) -> None:
    agent, client = two_places.agent(), two_places.client()
    answers = threading.Thread(
        target=lambda: agent.answer(agent.next(), Action.ALLOW, Lifetime.ONCE)
    )
    answers.start()
    with download(two_places, client, OTHER):
        answers.join()
        client.begin("tcp", OTHER, name="second")
        deny = Choice(Action.DENY, Lifetime.FOREVER, reach=Reach.NETWORK)
        assert agent.choose(agent.next(), deny)
        assert client.end() == "ECONNREFUSED"

        assert ends(client)


def test_a_rule_that_is_written_while_the_helper_is_away_counts_when_it_is_back(
    two_places: World,
) -> None:
    client = two_places.client()
    two_places.stile("allow", client.identity)
    with download(two_places, client, OTHER), download(two_places, client, FAR, "elsewhere"):
        two_places.helper.kill()
        (file,) = two_places.rules.iterdir()
        file.write_text(f'{file.read_text()}\n[[rule]]\naction = "deny"\nto = "{NETWORK}"\n')
        assert goes_on(client)
        two_places.stiled()

        assert ends(client)
        assert goes_on(client, "elsewhere")


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
def test_what_is_allowed_until_it_quits_ends_too(two_places: World) -> None:
    agent, client = two_places.agent(), two_places.client()
    client.begin("tcp", FAR, 1)
    assert agent.answer(agent.next(), Action.ALLOW, Lifetime.QUIT)
    assert client.end() == "ECONNREFUSED", "nobody listens there"
    with download(two_places, client, OTHER), download(two_places, client, FAR, "elsewhere"):
        two_places.stile("deny", client.identity, "--to", NETWORK)

        assert ends(client)
        assert goes_on(client, "elsewhere")
        assert agent.is_quiet


def test_doctor_says_whether_it_can_be_done(two_places: World) -> None:
    (line,) = [each for each in two_places.stile("doctor").splitlines() if "open conn" in each]
    assert "end when a rule refuses them" in line
