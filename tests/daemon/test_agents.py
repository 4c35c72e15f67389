"""Which question goes to which agent."""

from ipaddress import IPv4Address

import pytest

from stile.applications import Application, Kind
from stile.connections import TCP, Connection, Flow, Pid, Process, Uid
from stile.questions import Question, QuestionId
from stiled.agents import Agent, Agents

ANNA, BERT, ROOT = Uid(1000), Uid(1001), Uid(0)
SERVICE = Uid(101)
FLOW = Flow(TCP, IPv4Address("192.0.2.9"), 40000, IPv4Address("192.0.2.1"), 443)


def agent(uid: Uid, *, active: bool = False) -> Agent:
    return Agent(f":1.{uid}", "/agent", uid, active)


def question(uid: Uid, number: int = 1) -> Question:
    process = Process(Pid(10), uid, Application(Kind.PATH, "/usr/bin/curl"))
    return Question(QuestionId(number), Connection(process, FLOW), 1, 60.0)


def registered(*agents: Agent) -> Agents:
    all_of_them = Agents()
    assert all(all_of_them.add(each) for each in agents)
    return all_of_them


def asked(agents: Agents, about: Question) -> list[Uid]:
    return [each.uid for each in agents.concerned(about)]


def test_a_users_programs_are_the_users_and_roots_to_answer_for() -> None:
    agents = registered(agent(ANNA), agent(BERT), agent(ROOT))

    assert asked(agents, question(ANNA)) == [ANNA, ROOT]
    assert asked(agents, question(BERT)) == [BERT, ROOT]


def test_a_seat_does_not_make_another_persons_programs_ones_own() -> None:
    agents = registered(agent(ANNA, active=True))
    assert asked(agents, question(BERT)) == []


@pytest.mark.parametrize("owner", [ROOT, SERVICE, Uid(999)])
def test_a_system_services_questions_go_to_who_sits_there(owner: Uid) -> None:
    agents = registered(agent(ANNA, active=True), agent(BERT))
    assert asked(agents, question(owner)) == [ANNA]


def test_without_agents_nobody_is_asked() -> None:
    assert asked(Agents(), question(ANNA)) == []


def test_a_user_has_one_agent() -> None:
    agents = registered(agent(ANNA))

    assert not agents.add(Agent(":1.99", "/other", ANNA, active=True))
    assert len(agents) == 1
    assert agents.find(":1.99") is None


def test_an_agent_that_left_makes_room_for_another() -> None:
    agents = registered(agent(ANNA))

    assert agents.drop(":1.1000")
    assert not agents.drop(":1.1000"), "it left once"
    assert agents.add(Agent(":1.99", "/other", ANNA, active=True))


def test_a_question_is_taken_back_once_from_those_who_were_shown_it() -> None:
    anna, bert = agent(ANNA), agent(BERT)
    agents = registered(anna, bert)
    anna.shown |= {QuestionId(1), QuestionId(2)}

    assert list(agents.showing(QuestionId(1))) == [anna]
    assert list(agents.showing(QuestionId(1))) == []
    assert anna.shown == {QuestionId(2)}
