"""Settings that are changed while the helper runs are in force at once, in the kernel too."""

import pytest
from worlds import BACKENDS, World


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
def test_what_unknown_programs_get_without_a_helper_changes_while_it_runs(guarded: World) -> None:
    helper = guarded.stiled()
    guarded.listener()
    unknown = guarded.client("unknown")
    guarded.stile("settings", "when_daemon_is_away", "allow")

    helper.kill()

    assert unknown.does("tcp", timeout=5) is None


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
def test_listeners_are_asked_about_from_then_on(guarded: World) -> None:
    guarded.stiled()
    agent, server = guarded.agent(), guarded.client("server")
    assert server.does("listen", port=8080) is None
    assert guarded.reached(8080) == "connected"

    guarded.stile("settings", "ask_about_inbound", "on")

    assert guarded.reached(8080, within=0.5) == "TimeoutError"
    assert agent.next().connection.flow.inbound


def test_a_question_stays_open_as_long_as_is_said_now(guarded: World) -> None:
    guarded.stiled()
    agent, unknown = guarded.agent(), guarded.client("unknown")
    guarded.stile("settings", "question_timeout", "1")
    guarded.stile("settings", "when_nobody_answers", "deny")

    unknown.begin("tcp")

    assert agent.next().seconds <= 1
    assert unknown.end() == "ECONNREFUSED"


def test_everybody_may_look_names_up_from_then_on_and_not_any_more(guarded: World) -> None:
    guarded.stiled()
    rules = guarded.stile("rules", "--json")

    guarded.stile("settings", "name_servers", "10.77.0.2")
    guarded.stile("settings", "everybody_may_look_up", "true")
    listed = guarded.stile("rules", "--json")
    assert '"to": "10.77.0.2"' in listed
    assert "everybody may look names up" in listed

    guarded.stile("settings", "everybody_may_look_up", "false")
    assert guarded.stile("rules", "--json") == rules
