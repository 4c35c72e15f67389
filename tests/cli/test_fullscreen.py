"""`stile agent` on a real terminal: what is seen, and what keys do."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from cast import CURL, WGET, path, question
from played_helper import PlayedHelper
from private_bus import private_bus
from terminal import Terminal, terminal

from stile.applications import Application, Kind
from stile.questions import About, Question, QuestionId, Why
from stile.rules import Action, Choice, Lifetime, Reach

pytest.importorskip("prompt_toolkit", reason="stile agent uses the whole terminal with it")

ALWAYS = Choice(Action.ALLOW, Lifetime.FOREVER)
ARMED = "[a]"
"""The key is shown once it counts."""


@pytest.fixture
def helper() -> Iterator[PlayedHelper]:
    with private_bus() as bus, PlayedHelper(bus) as played:
        yield played


def environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


def agent(helper: PlayedHelper, *options: str) -> list[str]:
    return [sys.executable, "-m", "stile.cli", "--bus", helper.address, "agent", *options]


@pytest.fixture
def shown(helper: PlayedHelper) -> Iterator[Terminal]:
    """The agent, waiting for questions."""
    with terminal(agent(helper), environment()) as made:
        made.until("Questions appear here", "no questions")
        helper.wait_for("RegisterAgent")
        yield made


def answer(helper: PlayedHelper) -> tuple[int, Choice]:
    number, choice = helper.wait_for("Answer")
    return number, choice


def test_a_person_sees_who_wants_what_and_what_would_follow(
    helper: PlayedHelper, shown: Terminal
) -> None:
    helper.ask(question(1, command=("curl", "x y"), waiting=2, about=About(package="curl")))

    seen = shown.until("1 question", ARMED)

    assert "curl wants to connect to 192.0.2.80, port 443 (https)" in seen
    assert "belongs to   package curl" in seen
    assert "application  path:/usr/bin/curl" in seen
    assert "command      curl 'x y'" in seen
    assert "waiting      2 packets" in seen
    assert "<anywhere>" in seen
    assert "<always>" in seen
    assert "curl may use the network, forever." in seen


@pytest.mark.parametrize(
    ("key", "action"), [("a", Action.ALLOW), ("d", Action.DENY), ("s", Action.DROP)]
)
def test_a_key_answers_once_it_counts(
    helper: PlayedHelper, shown: Terminal, key: str, action: Action
) -> None:
    helper.ask(question(1))
    shown.until(ARMED)
    shown.types(key)
    assert answer(helper) == (1, Choice(action, Lifetime.FOREVER))
    shown.until("no questions", "forever: curl wants to connect")


def test_what_is_typed_as_a_question_appears_decides_nothing(
    helper: PlayedHelper, shown: Terminal
) -> None:
    helper.ask(question(1))
    shown.until("curl wants")
    shown.types("a")
    assert ARMED not in shown.text
    shown.types("d\r y")
    shown.until(ARMED)
    assert helper.heard.empty()
    shown.types("s")
    assert answer(helper) == (1, Choice(Action.DROP, Lifetime.FOREVER))


def test_scope_and_lifetime_are_chosen_and_previewed(helper: PlayedHelper, shown: Terminal) -> None:
    helper.ask(question(1))
    shown.until(ARMED, "until it quits")
    shown.types("w")
    shown.until("<this host (192.0.2.80)>", gone="until it quits")
    shown.types("wp")
    shown.until("<this network (192.0.2.0/24)>", "curl may reach 192.0.2.0/24, port 443, tcp, f")
    shown.types("\x1b[D")
    shown.until("<until reboot>", "port 443, tcp, until the next reboot.")
    shown.types("a")
    expected = Choice(Action.ALLOW, Lifetime.REBOOT, reach=Reach.NETWORK, this_port=True)
    assert answer(helper) == (1, expected)


def test_a_domain_is_offered_where_there_is_a_name(helper: PlayedHelper, shown: Terminal) -> None:
    asked = question(1)
    named = type(asked.connection)(
        asked.connection.process, asked.connection.flow, name="www.example.org"
    )
    helper.ask(Question(asked.id, named, 1, 60.0))
    shown.until("this domain (*.example.org)", "this host (www.example.org)")


def test_questions_are_listed_and_answered_together_or_one_by_one(
    helper: PlayedHelper, shown: Terminal
) -> None:
    for number, who in enumerate((CURL, WGET, path("/usr/bin/ssh")), start=1):
        helper.ask(question(number, who))
    shown.until("3 questions", "wget wants", "ssh wants")
    shown.types("\x1b[B")
    shown.until("application  path:/usr/bin/wget", ARMED)
    shown.types(" \x1b[B")
    shown.until("application  path:/usr/bin/ssh", ARMED)
    shown.types(" d")
    assert {answer(helper)[0], answer(helper)[0]} == {2, 3}
    shown.until("1 question", "application  path:/usr/bin/curl")


def test_escape_puts_aside_and_an_arrow_brings_back(helper: PlayedHelper, shown: Terminal) -> None:
    helper.ask(question(1))
    shown.until(ARMED)
    shown.types("\x1b")
    shown.until("(put aside)", "All questions are put aside")
    shown.types("a")
    shown.types("\x1b[A")
    shown.until("application  path:/usr/bin/curl", ARMED, gone="(put aside)")
    assert helper.heard.empty()


def test_details_are_folded(helper: PlayedHelper, shown: Terminal) -> None:
    helper.ask(question(1, command=("curl", *("x" * 30 for _ in range(5)), "the-end")))
    assert "the-end" not in shown.until(ARMED)
    shown.types("i")
    shown.until("the-end", "process      4711", "from         192.0.2.7, port 40000")


def test_the_countdown_goes_down_and_a_withdrawn_question_says_why(
    helper: PlayedHelper, shown: Terminal
) -> None:
    helper.ask(question(1, seconds=9.4))
    shown.until("   9 s")
    shown.until("   8 s")
    helper.withdraw(QuestionId(1), Why.EXPIRED)
    shown.until("no questions", "withdrawn, nobody answered in time: curl wants")


def test_what_comes_from_elsewhere_cannot_steer_the_terminal(
    helper: PlayedHelper, shown: Terminal
) -> None:
    wild = Application(Kind.PATH, "/tmp/\u202egnp")  # noqa: S108 # only a name
    helper.ask(question(1, wild, ("x", "\x1b]0;owned\x07\x1b[2J", "\u202eabc")))
    seen = shown.until(ARMED)
    assert "\\u202e" in seen
    assert "\\x1b]0;owned" in seen
    assert "\u202e" not in seen


def test_what_can_have_no_rule_is_answered_once(helper: PlayedHelper, shown: Terminal) -> None:
    helper.ask(question(1, Application(Kind.DELETED, "/usr/bin/gone")))
    assert "for how long" not in shown.until(ARMED)
    shown.types("wpa")
    assert answer(helper) == (1, Choice(Action.ALLOW, Lifetime.ONCE))


def test_an_answer_that_is_refused_is_said_and_can_be_given_again(
    helper: PlayedHelper, shown: Terminal
) -> None:
    helper.refuses.add("Answer")
    helper.ask(question(1))
    shown.until(ARMED)
    shown.types("a")
    shown.until("not answered: the played helper refuses", ARMED)
    helper.refuses.clear()
    shown.types("a")
    assert [answer(helper), answer(helper)] == [(1, ALWAYS), (1, ALWAYS)]


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_ctrl_c_and_ctrl_d_end_it_and_give_the_terminal_back(shown: Terminal, key: str) -> None:
    assert not shown.echoes
    shown.types(key)
    assert shown.ended() == 0
    assert shown.echoes


def test_a_second_agent_is_refused_in_one_line_and_leaves_the_terminal_as_it_was(
    helper: PlayedHelper, shown: Terminal
) -> None:
    with terminal(agent(helper), environment()) as second:
        second.until("stile: another agent is running in this session")
        assert second.ended() == 1
        assert second.echoes


def test_questions_go_and_come_with_the_helper() -> None:
    with private_bus() as bus:
        words = [sys.executable, "-m", "stile.cli", "--bus", bus, "agent"]
        with ExitStack() as ends:
            with PlayedHelper(bus) as first:
                made = ends.enter_context(terminal(words, environment()))
                first.wait_for("RegisterAgent")
                first.ask(question(1))
                made.until("1 question")
            made.until("the helper is away", "questions come when it is back")
            second = ends.enter_context(PlayedHelper(bus))
            second.wait_for("RegisterAgent")
            second.ask(question(9, WGET))
            made.until("1 question", "wget wants to connect")


def test_a_small_terminal_is_enough(helper: PlayedHelper) -> None:
    with terminal(agent(helper), environment(), (40, 20)) as small:
        small.until("Questions appear here")
        helper.wait_for("RegisterAgent")
        for number in range(1, 12):
            helper.ask(question(number, path(f"/usr/bin/program{number}")))
        small.until("11 questions", "program1 wants")
        small.types("\x1b[B" * 10)
        small.until("program11 wants")


def test_line_by_line_is_there_for_who_wants_it(helper: PlayedHelper) -> None:
    with terminal(agent(helper, "--lines"), environment()) as made:
        made.until("Questions appear here. Ctrl-C ends.")


def test_without_prompt_toolkit_it_asks_line_by_line(helper: PlayedHelper) -> None:
    without = "import sys; sys.modules['prompt_toolkit'] = None; sys.argv[1:1] = []; "
    command = "from stile.cli.main import main; sys.exit(main())"
    words = [sys.executable, "-c", without + command, "--bus", helper.address, "agent"]
    with terminal(words, environment()) as made:
        made.until("Questions appear here. Ctrl-C ends.")
