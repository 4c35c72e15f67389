"""What an agent can do around an answer: look closer, stop the clock, answer more, take it back."""

import hashlib
import os
import time
from pathlib import Path

import pytest
from worlds import FAR, FAR6, Agent, Client, World, run, until

from stile import contract
from stile.connections import Uid
from stile.questions import Question, Why
from stile.rules import Action, Choice, Lifetime, Reach
from stile.served import Refused

ALWAYS = Choice(Action.ALLOW, Lifetime.FOREVER)


def take_back(agent: Agent, question: Question) -> bool:
    return agent.call(agent.firewall.take_back(question.id))


def contents(world: World) -> dict[str, str]:
    return {path.name: path.read_text() for path in world.rules.iterdir()}


# -- taking an answer back -------------------------------------------------------------------


@pytest.mark.parametrize(
    "choice",
    [
        ALWAYS,
        Choice(Action.ALLOW, Lifetime.FOREVER, reach=Reach.HOST, this_port=True),
        Choice(Action.ALLOW, Lifetime.REBOOT),
        Choice(Action.ALLOW, Lifetime.QUIT),
    ],
)
def test_an_answer_that_is_taken_back_leaves_nothing_and_it_is_asked_again(
    guarded: World, choice: Choice
) -> None:
    guarded.stiled()
    guarded.server()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = agent.next()
    assert agent.choose(question, choice)
    assert client.end() is None
    rules = '"rules": 1'
    until(lambda: rules in guarded.stile("status", "--json"), "the rule")

    assert take_back(agent, question)

    assert '"rules": 0' in guarded.stile("status", "--json")
    assert contents(guarded) == {}
    client.begin("tcp", name="again")
    again = agent.next()
    assert again.id != question.id
    assert agent.choose(again, Choice(Action.DENY, Lifetime.ONCE))
    assert client.end() == "ECONNREFUSED"
    assert not take_back(agent, question), "it is taken back already"


def test_what_was_there_before_is_there_again(guarded: World) -> None:
    client = guarded.client()
    kept = f'application = "{client.identity}"\ndefault = "ask"\nnote = "mine"\n'
    (guarded.rules / "mine.toml").write_text(kept)
    guarded.stiled()
    guarded.server()
    agent = guarded.agent()
    client.begin("tcp")
    question = agent.next()
    agent.choose(question, ALWAYS)
    client.end()
    assert "allow" in contents(guarded)["mine.toml"]

    assert take_back(agent, question)

    assert contents(guarded) == {"mine.toml": kept}


def test_who_was_allowed_until_it_quits_is_so_again(guarded: World) -> None:
    guarded.stiled()
    guarded.server()
    agent, first = guarded.agent(), guarded.client()
    first.begin("tcp")
    agent.choose(agent.next(), Choice(Action.ALLOW, Lifetime.QUIT))
    assert first.end() is None
    second = Client(guarded, first.path)
    second.begin("tcp")
    question = agent.next()
    agent.choose(question, Choice(Action.DENY, Lifetime.FOREVER))
    assert second.end() == "ECONNREFUSED"
    assert first.does("tcp", name="denied") == "ECONNREFUSED"

    assert take_back(agent, question)

    assert first.does("tcp", name="again") is None
    assert agent.is_quiet


def test_what_others_have_changed_since_is_not_taken_back(guarded: World) -> None:
    guarded.stiled()
    guarded.server()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = agent.next()
    agent.choose(question, ALWAYS)
    client.end()
    guarded.stile("deny", str(client.path))
    before = contents(guarded)

    assert not take_back(agent, question)

    assert contents(guarded) == before


def test_once_leaves_nothing_to_take_back(guarded: World) -> None:
    guarded.stiled()
    guarded.server()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = agent.next()
    agent.choose(question, Choice(Action.ALLOW, Lifetime.ONCE))
    client.end()

    assert not take_back(agent, question)


def test_another_agent_takes_nothing_back(guarded: World) -> None:
    guarded.stiled()
    guarded.server()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = agent.next()
    agent.choose(question, ALWAYS)
    client.end()
    before = contents(guarded)
    agent.leave()
    other = until(guarded.try_agent, "room for another agent")

    assert not take_back(other, question)

    assert contents(guarded) == before


# -- several places ----------------------------------------------------------------------------


def test_all_places_are_answered_together_with_a_rule_each(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    guarded.listener(port=81)
    agent, client = guarded.agent(), guarded.client()
    other = Client(guarded, client.path)
    client.begin("tcp")
    agent.next()
    other.begin("tcp", port=81)
    question = agent.next()
    assert [each.flow.port for each in question.places] == [80, 81]

    every = Choice(Action.ALLOW, Lifetime.FOREVER, reach=Reach.HOST, this_port=True, every=True)
    assert agent.choose(question, every)

    assert (client.end(), other.end()) == (None, None)
    assert agent.is_quiet
    (file,) = contents(guarded).values()
    assert file.count(f'to = "{FAR}"') == 2
    assert take_back(agent, question)
    assert contents(guarded) == {}


def test_one_place_of_several_is_answered_and_the_rest_is_asked_about_anew(guarded: World) -> None:
    guarded.stiled()
    guarded.listener(port=81)
    agent, client = guarded.agent(), guarded.client()
    other = Client(guarded, client.path)
    client.begin("tcp")
    agent.next()
    other.begin("tcp", port=81)
    question = agent.next()

    second = Choice(Action.ALLOW, Lifetime.FOREVER, reach=Reach.HOST, this_port=True, place=1)
    assert agent.choose(question, second)

    assert other.end() is None
    rest = agent.next()
    assert (rest.id != question.id, [each.flow.port for each in rest.places]) == (True, [80])


# -- the clock -----------------------------------------------------------------------------------


def test_a_clock_that_stands_ends_no_question_until_its_agent_leaves(guarded: World) -> None:
    (guarded.home / "etc" / "stile.toml").write_text("question_timeout = 1\n")
    guarded.stiled()
    agent, client = guarded.agent(), guarded.client()
    begun = time.monotonic()
    client.begin("tcp")
    question = agent.next()
    assert agent.call(agent.firewall.stop_clock(question.id, on=True))
    assert agent.next().stopped
    run("sleep", "1.5")
    assert '"questions": 1' in guarded.stile("status", "--json")

    agent.leave()

    out, took = client.ended()
    assert out == "ECONNREFUSED"
    assert 1.5 < took < time.monotonic() - begun


def test_a_clock_goes_on_from_where_it_stood(guarded: World) -> None:
    (guarded.home / "etc" / "stile.toml").write_text("question_timeout = 2\n")
    guarded.stiled()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = agent.next()
    agent.call(agent.firewall.stop_clock(question.id, on=True))
    left = agent.next().seconds
    agent.call(agent.firewall.stop_clock(question.id, on=False))
    again = agent.next()
    assert not again.stopped
    assert again.seconds == pytest.approx(left)
    assert agent.withdrawn() == (question.id, Why.EXPIRED)
    assert not agent.call(agent.firewall.stop_clock(question.id, on=True)), "it is over"


# -- a closer look -------------------------------------------------------------------------------


def test_details_tell_what_the_process_is(guarded: World) -> None:
    guarded.stiled()
    listener = guarded.listener()
    agent, client = guarded.agent(), guarded.client()
    guarded.stile("allow", str(client.path), "--to", FAR6)
    assert client.does("udp", FAR6, 9) == 1
    client.begin("tcp", name="asked")
    question = agent.next()

    details = agent.call(agent.firewall.details(question.id))

    program = Path(f"/proc/{client.process.pid}/exe")
    assert details.sha256 == hashlib.sha256(program.read_bytes()).hexdigest()
    assert (details.executable, details.unhashed) == (str(client.path), "")
    assert details.directory == str(Path.cwd())
    assert details.command[0] == str(client.path)
    assert details.parents[0][0] == os.getpid()
    assert any(f"{FAR}:80" in line for line in details.connections)
    assert question.parents[0].startswith("python")
    del listener


def test_there_are_no_details_of_a_process_that_has_quit(guarded: World) -> None:
    guarded.stiled()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = agent.next()
    client.process.kill()
    client.process.wait()

    with pytest.raises(Refused, match="the process has quit"):
        agent.call(agent.firewall.details(question.id))


def test_there_are_no_details_of_what_was_not_asked(guarded: World) -> None:
    guarded.stiled()
    agent, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = agent.next()

    with pytest.raises(Refused) as error:
        agent.call(agent.firewall.details(question.id, place=7))
    assert error.value.name == contract.INVALID_ARGS
    assert question.connection.process.uid == Uid(0)
