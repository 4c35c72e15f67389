"""Who accepts connections: rules about it, and questions where the settings want them."""

import select
import socket

import pytest
from worlds import BACKENDS, NEAR, NEAR6, World, run

from stile.rules import Action, Choice, Lifetime, Reach

pytestmark = pytest.mark.parametrize("guarded", BACKENDS, indirect=True)


@pytest.fixture
def asking(guarded: World) -> World:
    """A world whose helper asks about listeners."""
    (guarded.home / "etc" / "stile.toml").write_text("ask_about_inbound = true\n")
    guarded.stiled()
    return guarded


def serve(world: World, name: str, port: int) -> str:
    """Start a server, and give its identity."""
    client = world.client(name)
    assert client.does("listen", port=port) is None
    return client.identity


def test_nobody_is_asked_about_a_listener_unless_the_settings_say_so(guarded: World) -> None:
    guarded.stiled()
    agent = guarded.agent()
    serve(guarded, "server", 2000)

    assert guarded.reached(2000) == "connected"
    assert guarded.reached(2000, NEAR6) == "connected"
    assert agent.is_quiet


def test_the_answer_to_a_first_packet_is_held_and_asked_about(asking: World) -> None:
    agent = asking.agent()
    identity = serve(asking, "server", 2000)
    far = asking.far_socket(socket.AF_INET, socket.SOCK_STREAM)
    far.settimeout(0)
    far.connect_ex((NEAR, 2000))

    question = agent.next()

    connection = question.connection
    assert str(connection.application) == identity
    assert connection.flow.inbound
    assert connection.flow.source_port == 2000
    choice = Choice(Action.ALLOW, Lifetime.FOREVER, reach=Reach.ANYWHERE, this_port=True)
    assert agent.choose(question, choice)
    assert select.select([], [far], [], 5)[1], "the very connection that was held is made"
    assert far.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    assert asking.reached(2000) == "connected", "and the next is not asked about"
    assert agent.is_quiet


def test_a_listener_that_is_denied_is_not_reached(asking: World) -> None:
    identity = serve(asking, "server", 2000)
    asking.stile("deny", identity, "--port", "2000", "--direction", "in")

    assert asking.reached(2000) != "connected"


def test_a_rule_about_who_reaches_it_leaves_what_it_reaches_alone(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    client = guarded.client("server")
    assert client.does("listen", port=2000) is None
    guarded.stile("allow", client.identity)
    guarded.stile("deny", client.identity, "--direction", "in", "--to", "10.77.0.0/24")

    assert guarded.reached(2000) != "connected"
    assert guarded.reached(2000, NEAR6) == "connected"
    assert client.does("tcp", "10.77.0.2", name="out") is None


def test_everybody_may_be_reached_from_one_place_only(guarded: World) -> None:
    guarded.stiled()
    run("ip", "-n", f"{guarded.name}f", "addr", "add", "10.77.0.9/24", "dev", "far")
    serve(guarded, "server", 2000)
    guarded.stile("deny", "everybody", "--direction", "in")
    guarded.stile("allow", "everybody", "--direction", "in", "--to", "10.77.0.9")

    with guarded.far_socket(socket.AF_INET, socket.SOCK_STREAM) as made:
        made.bind(("10.77.0.9", 0))
        made.connect((NEAR, 2000))
    assert guarded.reached(2000) != "connected"
