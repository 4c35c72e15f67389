"""Until it quits: about a process and what it forks, gone with the last of them."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from worlds import (
    BACKENDS,
    FAR,
    PATIENCE,
    Agent,
    Client,
    Stiled,
    World,
    run,
    settled,
    until,
    wakeups,
)

from stile.questions import Question
from stile.rules import Action, Lifetime
from stile.served import Refused

OUTCOME = {Action.ALLOW: None, Action.DENY: "ECONNREFUSED"}
BOTH = pytest.mark.parametrize("action", list(OUTCOME))

FORKS = f"""
import errno, json, os, socket, sys
def connects():
    with socket.socket() as made:
        made.settimeout({PATIENCE})
        out = made.connect_ex(("{FAR}", 80))
    print(json.dumps(errno.errorcode.get(out)), flush=True)
for line in sys.stdin:
    if line == "leave a child\\n":
        if os.fork():
            os._exit(0)
        print(os.getpid(), flush=True)
    else:
        connects()
"""


def groups(guarded: World) -> list[Path]:
    """The classes that hold until somebody quits."""
    return list((guarded.home / "run/net_cls/stile-tests" / guarded.name).glob("*~quit~*"))


def elements(guarded: World) -> int:
    """How many classes have a verdict in the kernel."""
    verdicts = guarded.table().partition("map verdicts {")[2].partition("elements = {")[2]
    return verdicts.partition("}")[0].count(" : ")


def is_gone(guarded: World) -> bool:
    return not groups(guarded) and not elements(guarded)


def answered(guarded: World, agent: Agent, client: Client, action: Action) -> Question:
    """Have a client decided about until it quits."""
    client.begin("tcp")
    question = agent.next()
    assert agent.answer(question, action, Lifetime.QUIT)
    assert client.end() == OUTCOME[action]
    return question


def ends(client: Client) -> None:
    client.process.kill()
    client.process.wait()


@BOTH
def test_the_process_is_not_asked_about_again_and_another_of_the_same_program_is(
    guarded: World, action: Action
) -> None:
    guarded.stiled()
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    answered(guarded, agent, client, action)
    for _ in range(5):
        assert client.does("tcp") == OUTCOME[action]
    assert agent.is_quiet
    assert list(guarded.rules.iterdir()) == [], "it is no rule"

    other = Client(guarded, client.path)
    other.begin("tcp")
    question = agent.next()

    assert question.connection.process.pid == other.process.pid
    agent.answer(question, Action.DENY, Lifetime.ONCE)
    assert other.end() == "ECONNREFUSED"
    assert client.does("tcp") == OUTCOME[action]


@BOTH
def test_it_is_gone_within_a_second_of_the_end_and_a_new_start_is_asked_about(
    guarded: World, action: Action
) -> None:
    guarded.stiled()
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    answered(guarded, agent, client, action)
    assert len(groups(guarded)) == elements(guarded) == 1

    ends(client)

    until(lambda: is_gone(guarded), "class and verdict are gone", within=1)
    assert guarded.stile("rules") == ""
    again = Client(guarded, client.path)
    again.begin("tcp")
    agent.answer(agent.next(), lifetime=Lifetime.ONCE)
    assert again.end() is None


def test_what_it_forks_has_the_same_and_keeps_it_after_its_parents_end(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent, program = guarded.agent(), guarded.program("forks")
    parent = guarded.start(*guarded.near(program, "-S", "-c", FORKS))
    tell(parent, "connect")
    agent.answer(agent.next(), lifetime=Lifetime.QUIT)
    assert hear(parent) is None

    tell(parent, "leave a child")
    child = hear(parent)
    parent.wait()
    for _ in range(3):
        tell(parent, "connect")  # the child reads the same pipe
        assert hear(parent) is None
    assert agent.is_quiet
    (group,) = groups(guarded)
    assert (group / "cgroup.procs").read_text().split() == [str(child)]

    os.kill(int(str(child)), 9)
    until(lambda: is_gone(guarded), "class and verdict are gone", within=1)


def test_the_processes_of_one_question_are_answered_for_one_by_one(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    other = Client(guarded, client.path)
    client.begin("tcp")
    first = agent.next()
    other.begin("tcp")
    assert agent.next().id == first.id

    agent.answer(first, lifetime=Lifetime.QUIT)
    second = agent.next()

    assert client.end() is None
    assert second.connection.process.pid == other.process.pid
    agent.answer(second, Action.DENY, Lifetime.QUIT)
    assert other.end() == "ECONNREFUSED"
    assert client.does("tcp") is None
    assert len(groups(guarded)) == 2


@BOTH
def test_it_is_gone_when_the_process_has_quit_while_the_helper_was_away(
    guarded: World, action: Action
) -> None:
    helper = guarded.stiled()
    guarded.listener()
    client = guarded.client()
    answered(guarded, guarded.agent(), client, action)

    helper.kill()
    assert client.does("tcp") == OUTCOME[action], "the kernel needs nobody for it"
    ends(client)
    assert not is_gone(guarded)

    guarded.stiled()
    until(lambda: is_gone(guarded), "class and verdict are gone", within=1)


@BOTH
def test_it_outlives_the_helper_as_long_as_the_process_does(guarded: World, action: Action) -> None:
    helper = guarded.stiled()
    guarded.listener()
    client = guarded.client()
    answered(guarded, guarded.agent(), client, action)
    for end in (Stiled.kill, Stiled.stop):
        end(helper)
        helper = guarded.stiled()
    agent = guarded.agent()

    assert client.does("tcp") == OUTCOME[action]
    assert agent.is_quiet
    (rule,) = rules(guarded)
    assert (rule["application"], rule["lifetime"]) == (client.identity, "quit")

    ends(client)
    until(lambda: is_gone(guarded), "class and verdict are gone", within=1)


def test_it_is_listed_and_can_be_forgotten(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    answered(guarded, agent, client, Action.ALLOW)
    (rule,) = rules(guarded)
    assert rule == {
        "id": rule["id"],
        "application": client.identity,
        "action": "allow",
        "lifetime": "quit",
        "origin": "temporary",
        "note": "",
        "children": False,
        "scope": {},
        "until": 0.0,
        "enabled": True,
        "in_force": True,
    }
    assert str(rule["id"]).startswith("client-quit-")
    assert "until it quits" in guarded.stile("rules")

    guarded.stile("forget", str(rule["id"]))

    assert is_gone(guarded)
    client.begin("tcp")
    agent.answer(agent.next(), Action.DENY, Lifetime.ONCE)
    assert client.end() == "ECONNREFUSED"


def test_it_can_be_made_a_rule_and_changed_in_no_other_way(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    answered(guarded, agent, client, Action.ALLOW)
    (quits,) = rules(guarded)
    with pytest.raises(Refused, match=r"holds until a process quits: remove it"):
        agent.redecide(str(quits["id"]), Action.DENY)

    agent.make_last(str(quits["id"]), Lifetime.FOREVER)

    (rule,) = rules(guarded)
    assert (rule["lifetime"], rule["origin"], rule["action"]) == ("forever", "user", "allow")
    assert groups(guarded) == []
    assert client.does("tcp") is None
    assert Client(guarded, client.path).does("tcp") is None, "it is about the application now"
    assert agent.is_quiet


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
def test_who_is_answered_after_a_restart_does_not_take_the_place_of_one_before(
    guarded: World,
) -> None:
    helper = guarded.stiled()
    guarded.listener()
    first, second = guarded.client("first"), guarded.client("second")
    answered(guarded, guarded.agent(), first, Action.ALLOW)
    helper.stop()
    guarded.stiled()

    answered(guarded, guarded.agent(), second, Action.ALLOW)

    assert len(guarded.stile("rules", "--json").splitlines()) == 2
    for client in (first, second):
        assert client.does("tcp") is None


def test_while_nobody_quits_the_helper_sleeps(guarded: World) -> None:
    helper = guarded.stiled()
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    answered(guarded, agent, client, Action.ALLOW)
    before = settled(helper.process.pid)

    for _ in range(100):
        assert client.does("tcp") is None
        client.does("close")
    run("sleep", "2")

    assert wakeups(helper.process.pid) == before


@pytest.mark.parametrize("verb", ["allow", "deny"])
def test_a_rule_that_is_made_later_takes_its_place(guarded: World, verb: str) -> None:
    guarded.stiled()
    guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    answered(guarded, agent, client, Action.DENY if verb == "allow" else Action.ALLOW)

    guarded.stile(verb, str(client.path))

    assert client.does("tcp") == (None if verb == "allow" else "ECONNREFUSED")
    assert groups(guarded) == []
    assert [rule["lifetime"] for rule in rules(guarded)] == ["forever"]
    guarded.stile("forget", str(client.path))
    client.begin("tcp")
    agent.answer(agent.next(), lifetime=Lifetime.ONCE)
    assert client.end() is None


def test_a_rule_that_is_written_while_the_helper_is_away_takes_its_place(guarded: World) -> None:
    helper = guarded.stiled()
    guarded.listener()
    client = guarded.client()
    answered(guarded, guarded.agent(), client, Action.ALLOW)
    helper.kill()
    guarded.rule("mine", client.identity, "deny")

    guarded.stiled()

    assert client.does("tcp") == "ECONNREFUSED"
    assert groups(guarded) == []


def test_an_agent_of_the_command_line_can_answer_so(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    client = guarded.client()
    answers = guarded.lines("agent", "--answer", "allow", "--for", "quit")
    client.begin("tcp", timeout=PATIENCE)
    assert answers.next()["lifetime"] == "quit"
    assert client.end() is None
    assert client.does("tcp") is None
    assert len(groups(guarded)) == 1


def rules(guarded: World) -> list[dict[str, object]]:
    return [json.loads(line) for line in guarded.stile("rules", "--json").splitlines()]


def tell(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def hear(process: "subprocess.Popen[str]") -> object:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


# -- narrow rules ------------------------------------------------------------------------------

OTHER = "10.77.0.9"
"""A second address outside."""


@pytest.fixture
def wide(guarded: World) -> World:
    """A world with two places outside, and a helper."""
    run("ip", "-n", f"{guarded.name}f", "addr", "add", f"{OTHER}/24", "dev", "far")
    guarded.listener()
    guarded.helper = guarded.stiled()
    return guarded


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
@pytest.mark.parametrize("made", ["before", "after"])
@BOTH
def test_a_narrow_rule_stands_over_the_answer(wide: World, action: Action, made: str) -> None:
    verb, other = ("deny", Action.DENY) if action is Action.ALLOW else ("allow", Action.ALLOW)
    agent, client = wide.agent(), wide.client()
    narrow = [verb, client.identity, "--to", "10.77.0.8/30"]
    if made == "before":
        wide.stile(*narrow)
    answered(wide, agent, client, action)
    if made == "after":
        wide.stile(*narrow)
    before = wide.queued()

    for _ in range(2):
        assert client.does("tcp", OTHER) == OUTCOME[other]
        assert client.does("tcp", FAR) == OUTCOME[action]

    assert wide.queued() == before, "the kernel decides alone"
    assert agent.is_quiet
    wide.helper.kill()
    wide.helper = wide.stiled()
    assert client.does("tcp", OTHER) == OUTCOME[other]
    assert client.does("tcp", FAR) == OUTCOME[action]
    (rule,) = [each for each in rules(wide) if each["lifetime"] == "forever"]
    wide.stile("forget", str(rule["id"]))
    assert client.does("tcp", OTHER) == OUTCOME[action], "the answer is what is left"
    ends(client)
    until(lambda: is_gone(wide), "class and verdict are gone", within=1)


def test_another_process_of_the_program_is_asked_about_beyond_its_narrow_rules(
    wide: World,
) -> None:
    agent, client = wide.agent(), wide.client()
    wide.stile("deny", client.identity, "--to", OTHER)
    answered(wide, agent, client, Action.ALLOW)
    other = Client(wide, client.path)

    assert other.does("tcp", OTHER) == "ECONNREFUSED"
    other.begin("tcp", FAR)
    agent.answer(agent.next(), Action.DENY, Lifetime.QUIT)
    assert other.end() == "ECONNREFUSED"
    assert client.does("tcp", FAR) is None


def test_what_a_rule_wants_to_be_asked_about_is_asked_about_once_for_each_connection(
    wide: World,
) -> None:
    agent, client = wide.agent(), wide.client()
    wide.stile("ask", client.identity, "--to", OTHER)
    client.begin("tcp", OTHER)
    agent.answer(agent.next(), Action.ALLOW, Lifetime.QUIT)
    assert client.end() is None
    assert client.does("tcp", FAR) is None, "the answer is about all that it does"
    client.begin("tcp", OTHER)
    agent.answer(agent.next(), Action.DENY, Lifetime.ONCE)
    assert client.end() == "ECONNREFUSED"
    assert agent.is_quiet
