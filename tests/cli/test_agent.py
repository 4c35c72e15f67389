"""`stile agent`, against a played helper: by itself, and with a person at a terminal."""

import json
import os
import pty
import signal
import time
from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from stile import contract
from stile.applications import Application, Kind
from stile.connections import TCP, Connection, Flow, Pid, Process, Uid
from stile.questions import Question, QuestionId, Why
from stile.rules import Action, Choice, Lifetime

if TYPE_CHECKING:
    from tests.cli.conftest import Helper, Run, Running, Start

CURL = Application(Kind.PATH, "/usr/bin/curl")
GONE = Application(Kind.DELETED, "/usr/bin/gone")
WANTS = "curl wants to connect to 192.0.2.1, port 443 (https)"
FOREVER = Choice(Action.ALLOW, Lifetime.FOREVER)


def question(
    number: int = 1, application: Application = CURL, command: tuple[str, ...] = ("curl", "x y")
) -> Question:
    process = Process(Pid(7), Uid(1000), application, command)
    flow = Flow(TCP, ip_address("192.0.2.9"), 40000, ip_address("192.0.2.1"), 443)
    return Question(QuestionId(number), Connection(process, flow), waiting=1, seconds=60.0)


# -- without a person ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "choice", "said"),
    [
        (["--answer", "allow"], FOREVER, "allowed forever"),
        (
            ["--answer", "deny", "--for", "reboot"],
            Choice(Action.DENY, Lifetime.REBOOT),
            "denied until the next reboot",
        ),
        (
            ["--answer", "allow", "--for", "quit"],
            Choice(Action.ALLOW, Lifetime.QUIT),
            "allowed until it quits",
        ),
        (
            ["--answer", "drop", "--for", "once"],
            Choice(Action.DROP, Lifetime.ONCE),
            "dropped once",
        ),
    ],
)
def test_an_agent_by_itself_answers_every_question_alike(
    helper: "Helper", start: "Start", options: list[str], choice: Choice, said: str
) -> None:
    agent = start("agent", *options)
    at = helper.next_agent()

    for number in (1, 2):
        helper.ask(at, question(number))

        assert helper.next_answer() == (number, choice)
        assert agent.line() == f"{said}: {WANTS}"


def test_what_can_have_no_rule_is_answered_once(helper: "Helper", start: "Start") -> None:
    start("agent", "--answer", "allow", "--for", "forever")

    helper.ask(helper.next_agent(), question(application=GONE))

    assert helper.next_answer() == (1, Choice(Action.ALLOW, Lifetime.ONCE))


def test_answers_are_one_object_a_line_for_programs(helper: "Helper", start: "Start") -> None:
    agent = start("agent", "--answer", "allow", "--json")
    helper.takes_answers = False

    helper.ask(helper.next_agent(), question())

    assert json.loads(agent.line()) == {
        "question": 1,
        "application": "path:/usr/bin/curl",
        "pid": 7,
        "uid": 1000,
        "protocol": "tcp",
        "address": "192.0.2.1",
        "host": "",
        "port": 443,
        "inferred": False,
        "action": "allow",
        "lifetime": "forever",
        "taken": False,
    }


def test_a_question_asked_anew_is_answered_once(helper: "Helper", start: "Start") -> None:
    start("agent", "--answer", "allow")
    at = helper.next_agent()

    for number in (1, 1, 2):
        helper.ask(at, question(number))

    assert [helper.next_answer()[0], helper.next_answer()[0]] == [1, 2]


def test_an_answer_that_is_refused_is_said_and_the_agent_goes_on(
    helper: "Helper", start: "Start"
) -> None:
    helper.refusals["Answer"] = (contract.NOT_KEPT, "the disk is full")
    agent = start("agent", "--answer", "allow")
    at = helper.next_agent()
    helper.ask(at, question())

    assert agent.remark() == f"stile: not answered, the disk is full: {WANTS}"

    helper.refusals.clear()
    helper.ask(at, question(2))

    assert helper.next_answer()[0] == 2


def test_the_agent_survives_a_restart_of_the_helper(helper: "Helper", start: "Start") -> None:
    agent = start("agent", "--answer", "allow")
    helper.ask(helper.next_agent(), question())
    helper.next_answer()

    helper.go()
    assert agent.remark() == "stile: the helper went away; waiting for it to come back"
    helper.come()
    at = helper.next_agent()
    assert agent.remark() == "stile: the helper is back"

    helper.ask(at, question())  # a new helper begins at 1 again
    assert helper.next_answer() == (1, FOREVER)


def test_a_second_agent_is_refused(helper: "Helper", stile: "Run") -> None:
    helper.refusals["RegisterAgent"] = (contract.AGENT_EXISTS, "there is one")

    refused = stile("agent", "--answer", "deny")

    assert refused.returncode == 1
    assert refused.stderr == (
        "stile: another agent is running in this session: end it first (stile-tray is one)\n"
    )


def test_an_agent_needs_a_terminal_or_an_answer(helper: "Helper", stile: "Run") -> None:
    refused = stile("agent")

    assert refused.returncode == 2
    assert refused.stderr == (
        "stile: there is no terminal to ask in: say --answer allow, deny or drop\n"
    )
    assert stile("agent", "--answer", "ask").returncode == 2


# -- with a person ---------------------------------------------------------------------


ACTIONS = "[a]llow  [d]eny  [s]ilent drop  [l]ater  (60 s left) > "
LIFETIMES = "[o]nce  until it [q]uits  15m, 2h ..  [r]eboot  [f]orever > "


class Person:
    """Sits at a terminal of the test's own, in front of `stile agent`."""

    def __init__(self, agent: "Running", keyboard: int) -> None:
        self.agent = agent
        self._keyboard = keyboard

    def reads(self, mark: str) -> str:
        """Wait until *mark* is on the screen, and give all that came before it."""
        return self.agent.out.until(mark).removesuffix(mark)

    def types(self, line: str) -> None:
        os.write(self._keyboard, line.encode() + b"\n")

    def closes_the_input(self) -> None:
        os.write(self._keyboard, b"\x04")

    def interrupts(self) -> None:
        self.agent.process.send_signal(signal.SIGINT)


@pytest.fixture
def keyboard() -> Iterator[tuple[int, int]]:
    """Open a terminal: the end where keys are pressed, and the end that a program reads."""
    pressed, read = pty.openpty()
    yield pressed, read
    os.close(pressed)
    os.close(read)


@pytest.fixture
def person(helper: "Helper", start: "Start", keyboard: tuple[int, int]) -> Person:
    pressed, read = keyboard
    sits = Person(start("agent", stdin=read), pressed)
    sits.reads("Questions appear here. Ctrl-C ends.\n")
    return sits


def test_a_person_sees_who_wants_what(helper: "Helper", person: Person) -> None:
    helper.ask(helper.next_agent(), question(command=("curl", "-s", "x y", "\x1b[2J")))

    assert person.reads(ACTIONS).splitlines() == [
        "",
        WANTS,
        "  application  path:/usr/bin/curl (pid 7, uid 1000)",
        "  command      curl -s 'x y' '\\x1b[2J'",
        "  destination  tcp 192.0.2.1, port 443 (https)",
    ]


@pytest.mark.parametrize(
    ("typed", "choice"),
    [
        (("a", "f"), FOREVER),
        (("Deny", "once"), Choice(Action.DENY, Lifetime.ONCE)),
        (("s", "r"), Choice(Action.DROP, Lifetime.REBOOT)),
        (("a", "quit"), Choice(Action.ALLOW, Lifetime.QUIT)),
        (("drop", "o"), Choice(Action.DROP, Lifetime.ONCE)),
    ],
)
def test_two_words_answer(
    helper: "Helper", person: Person, typed: tuple[str, str], choice: Choice
) -> None:
    helper.ask(helper.next_agent(), question())

    person.reads(ACTIONS)
    person.types(typed[0])
    person.reads(LIFETIMES)
    person.types(typed[1])

    assert helper.next_answer() == (1, choice)
    assert person.reads("\n").endswith(WANTS)


def test_an_answer_can_be_for_a_time(helper: "Helper", person: Person) -> None:
    helper.ask(helper.next_agent(), question())

    person.reads(ACTIONS)
    person.types("a")
    person.reads(LIFETIMES)
    person.types("15")
    person.reads(LIFETIMES)
    before = time.time()
    person.types("15m")

    _, choice = helper.next_answer()
    assert (choice.action, choice.lifetime) == (Action.ALLOW, Lifetime.UNTIL)
    assert before + 900 <= choice.until <= time.time() + 900
    assert "allowed until " in person.reads("\n")


def test_return_alone_decides_nothing(helper: "Helper", person: Person) -> None:
    helper.ask(helper.next_agent(), question())

    person.reads(ACTIONS)
    person.types("")
    person.reads(ACTIONS)
    person.types("what?")
    person.reads(ACTIONS)
    person.types("a")
    person.reads(LIFETIMES)
    person.types("")
    person.reads(LIFETIMES)

    assert helper.answers.empty()


def test_questions_queue_and_can_be_put_off(helper: "Helper", person: Person) -> None:
    at = helper.next_agent()
    helper.ask(at, question(1))
    person.reads(ACTIONS)
    helper.ask(at, question(2, GONE))

    assert "also waiting: gone (deleted) wants to connect" in person.reads(ACTIONS)
    person.types("l")
    assert "path" not in person.reads("application  deleted:/usr/bin/gone")
    person.reads(ACTIONS)
    person.types("d")
    assert helper.next_answer() == (2, Choice(Action.DENY, Lifetime.ONCE))
    person.reads("1 question put off; Enter shows what is still open\n")
    person.types("")
    person.reads("application  path:/usr/bin/curl")


def test_a_withdrawn_question_is_said_to_be_and_skipped(helper: "Helper", person: Person) -> None:
    at = helper.next_agent()
    helper.ask(at, question(1))
    person.reads(ACTIONS)
    helper.ask(at, question(2))
    person.reads(ACTIONS)

    helper.withdraw(at, QuestionId(1), Why.EXPIRED)

    person.reads(f"withdrawn, nobody answered in time: {WANTS}\n")
    person.reads(ACTIONS)
    person.types("a")
    person.reads(LIFETIMES)
    person.types("f")
    assert helper.next_answer() == (2, FOREVER)


def test_open_questions_go_with_the_helper(helper: "Helper", person: Person) -> None:
    helper.ask(helper.next_agent(), question())
    person.reads(ACTIONS)

    helper.go()
    person.reads("the open questions went with the helper\n")
    helper.come()
    helper.ask(helper.next_agent(), question())

    person.reads(ACTIONS)


def test_ctrl_c_and_ctrl_d_end_an_agent_quietly(
    helper: "Helper", start: "Start", keyboard: tuple[int, int]
) -> None:
    pressed, read = keyboard
    for leave, code in ((Person.closes_the_input, 0), (Person.interrupts, 130)):
        person = Person(start("agent", "--for", "once", stdin=read), pressed)
        helper.next_agent()
        leave(person)

        assert person.agent.ended() == code
        assert person.agent.err.to_the_end() == ""


def test_a_lifetime_of_the_command_line_is_not_asked_for(
    helper: "Helper", start: "Start", keyboard: tuple[int, int]
) -> None:
    pressed, read = keyboard
    person = Person(start("agent", "--for", "reboot", stdin=read), pressed)
    helper.ask(helper.next_agent(), question())

    person.reads(ACTIONS)
    person.types("a")

    assert helper.next_answer() == (1, Choice(Action.ALLOW, Lifetime.REBOOT))
