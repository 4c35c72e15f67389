"""The terminal prompt before the real helper: a held packet is asked about and goes on."""

import os

import pytest
from terminal import terminal
from worlds import World, _program

pytest.importorskip("prompt_toolkit", reason="stile agent uses the whole terminal with it")


def test_an_answer_on_the_terminal_lets_a_held_connection_through_and_makes_its_rule(
    guarded: World,
) -> None:
    guarded.stiled()
    guarded.listener()
    unknown = guarded.client("unknown")
    command = [str(_program("stile")), "--bus", guarded.bus, "agent"]
    with terminal(command, dict(os.environ)) as shown:
        shown.until("Questions appear here")
        unknown.begin("tcp")
        shown.until("unknown wants to connect to 10.77.0.2, port 80", "[a]")
        shown.types("w")
        shown.until("<this host (10.77.0.2)>")
        shown.types("a")
        assert unknown.end() is None
        shown.until("no questions", "allowed forever: unknown wants")

    (rule,) = [path.read_text() for path in guarded.rules.iterdir()]
    assert 'to = "10.77.0.2"' in rule
