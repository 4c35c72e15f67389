"""What the desk does with an answer that holds until a process quits."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from desk_cast import of, play

from stile.applications import EVERYBODY, Application, Kind
from stile.connections import TCP, Connection, Flow, Pid, Process, Uid
from stile.decisions import Outcome, Reason
from stile.questions import QuestionId, Why
from stile.rules import Action, Choice, Lifetime, Policy, Rule
from stile.scopes import Scope
from stile.settings import Settings
from stiled.desk import (
    Answered,
    Arrived,
    Ask,
    Desk,
    Effect,
    Enroll,
    Enrolled,
    Identified,
    Keep,
    PacketId,
    PolicyChanged,
    Release,
    Remember,
    Report,
    Separate,
    Separated,
    TimePassed,
    Verdict,
    Withdraw,
)

NOW = 100.0
CURL = Application(Kind.PATH, "/usr/bin/curl")
ME, TWIN = (Process(Pid(pid), Uid(1000), CURL) for pid in (10, 11))
ONE, TWO, THREE = map(PacketId, (1, 2, 3))
FIRST, SECOND = QuestionId(1), QuestionId(2)
WEB = Flow(TCP, IPv4Address("192.0.2.9"), 40000, IPv4Address("192.0.2.1"), 443)
MAIL, DNS = replace(WEB, port=25), replace(WEB, port=53)
DECIDED = Policy.of([Rule(CURL, Action.DENY)])


def come(
    at: Desk,
    packet: PacketId,
    where: Flow,
    *who: Process,
    apart: Mapping[Pid, Action] | None = None,
    names: tuple[str, ...] = (),
) -> list[Effect]:
    found = Identified(where, who, NOW, apart or {}, names)
    return play(at, Arrived(packet, where, NOW), found)


def until_it_quits(action: Action = Action.ALLOW, question: QuestionId = FIRST) -> Answered:
    return Answered(question, Choice(action, Lifetime.QUIT), NOW + 1)


def asked() -> Desk:
    """A desk with a question about one process."""
    at = Desk(Policy(), Settings())
    come(at, ONE, WEB, ME)
    return at


@pytest.mark.parametrize("action", [Action.ALLOW, Action.DENY, Action.DROP])
def test_the_process_is_set_apart_and_then_its_packets_are_judged_again(action: Action) -> None:
    at = asked()

    assert play(at, until_it_quits(action)) == [
        Withdraw(FIRST, Why.SETTLED),
        Separate(FIRST, ME, action, NOW),
    ]
    assert at.questions(NOW) == []
    assert play(at, Separated(FIRST, placed=True, now=NOW + 2)) == [
        Report(Connection(ME, WEB), Outcome(action.value), Reason.ANSWER),
        Release((ONE,), Verdict.REPEAT),
    ]
    assert at.held == 0
    assert at.policy == Policy(), "it is no rule"


def test_other_processes_of_the_question_are_asked_about_anew() -> None:
    at = asked()
    come(at, TWO, MAIL, TWIN)
    come(at, THREE, DNS, ME)

    effects = play(at, until_it_quits())
    (anew,) = of(Ask, effects)
    assert anew.question.id == SECOND
    assert anew.question.connection == Connection(TWIN, MAIL)

    settled = play(at, Separated(FIRST, placed=True, now=NOW))
    assert [each.packets for each in of(Release, settled)] == [(ONE,), (THREE,)]
    assert [each.id for each in at.questions(NOW)] == [SECOND]


def test_a_socket_that_the_process_shares_with_another_goes_with_it() -> None:
    at = asked()
    come(at, TWO, MAIL, TWIN, ME)

    effects = play(at, until_it_quits(), Separated(FIRST, placed=True, now=NOW))

    assert of(Ask, effects) == []
    assert [each.packets for each in of(Release, effects)] == [(ONE,), (TWO,)]


def test_what_it_sends_while_it_is_set_apart_waits_for_that() -> None:
    at = asked()
    play(at, until_it_quits())

    assert of(Ask, come(at, TWO, MAIL, ME)) == []
    assert of(Ask, come(at, THREE, DNS, TWIN)), "but not what others send"

    effects = play(at, Separated(FIRST, placed=True, now=NOW))
    assert [each.packets for each in of(Release, effects)] == [(ONE,), (TWO,)]


def test_of_a_process_that_could_not_be_placed_the_kernel_learns_the_flows() -> None:
    at = asked()
    come(at, TWO, MAIL, ME)
    play(at, until_it_quits(Action.DENY))

    effects = play(at, Separated(FIRST, placed=False, now=NOW))

    assert [effect for effect in effects if not isinstance(effect, Report)] == [
        Remember(WEB, Action.DENY),
        Release((ONE,), Verdict.REPEAT),
        Remember(MAIL, Action.DENY),
        Release((TWO,), Verdict.REPEAT),
    ]


def test_a_rule_that_is_made_meanwhile_is_the_later_word() -> None:
    at = asked()
    play(at, until_it_quits(Action.ALLOW), PolicyChanged(DECIDED, NOW))

    assert play(at, Separated(FIRST, placed=False, now=NOW)) == [Enroll(CURL, frozenset({ME}))]
    effects = play(at, Enrolled(CURL, frozenset({ME.pid}), frozenset(), NOW))
    assert of(Report, effects) == [Report(Connection(ME, WEB), Outcome.DENY, Reason.RULE)]
    assert of(Release, effects) == [Release((ONE,), Verdict.REPEAT)]


def test_who_is_apart_already_is_not_asked_about_its_packets_are_judged_again() -> None:
    at = Desk(Policy(), Settings())

    assert come(at, ONE, WEB, ME, apart={ME.pid: Action.ALLOW})[1:] == [
        Release((ONE,), Verdict.REPEAT)
    ]
    (back, *_) = play(at, Arrived(TWO, WEB, NOW + 1))
    assert getattr(back, "beyond_classes", None) is True, "it comes back: its socket is another's"


def test_a_rule_counts_for_who_is_apart_too() -> None:
    at = Desk(DECIDED, Settings())

    assert of(Enroll, come(at, ONE, WEB, ME, apart={ME.pid: Action.ALLOW}))


@pytest.mark.parametrize("again", [Lifetime.QUIT, Lifetime.FOREVER])
def test_a_second_answer_is_void_and_time_does_nothing(again: Lifetime) -> None:
    at = asked()
    play(at, until_it_quits())

    assert play(at, Answered(FIRST, Choice(Action.DENY, again), NOW)) == []
    assert at.deadline is None
    assert play(at, TimePassed(NOW + 1e6)) == []
    assert of(Release, play(at, Separated(FIRST, placed=True, now=NOW + 1e6)))


def test_about_what_will_not_be_recognised_again_it_is_once() -> None:
    at = Desk(Policy(), Settings())
    come(at, ONE, WEB, Process(Pid(5), Uid(1000), Application(Kind.DELETED, "/opt/x")))

    effects = play(at, until_it_quits())

    assert (of(Separate, effects), of(Keep, effects)) == ([], [])
    assert effects[-2:] == [Remember(WEB, Action.ALLOW), Release((ONE,), Verdict.REPEAT)]


def test_the_same_process_may_be_asked_about_again_when_its_class_was_taken_from_it() -> None:
    at = asked()
    play(at, until_it_quits(), Separated(FIRST, placed=True, now=NOW))

    assert of(Ask, come(at, TWO, MAIL, ME))
    (effect,) = of(Separate, play(at, until_it_quits(Action.DENY, SECOND)))
    assert (effect.process, effect.action) == (ME, Action.DENY)


# -- narrow rules -------------------------------------------------------------------------------


def narrow(action: Action, to: str = "192.0.2.0/24") -> Policy:
    return Policy.of([Rule(CURL, action, scope=Scope.parse({"to": to}))])


def test_a_narrow_rule_of_the_application_stands_over_the_answer() -> None:
    at = asked()
    play(at, until_it_quits(Action.ALLOW))

    play(at, PolicyChanged(narrow(Action.DENY), NOW))

    effects = play(at, Separated(FIRST, placed=False, now=NOW))
    assert of(Report, effects) == [Report(Connection(ME, WEB), Outcome.DENY, Reason.ANSWER)]
    assert of(Remember, effects) == [Remember(WEB, Action.DENY)]


@pytest.mark.parametrize("whole", [None, Action.DENY])
def test_what_a_rule_wants_to_be_asked_about_is_answered_for_the_connection(
    whole: Action | None,
) -> None:
    """And the next is asked about again: the question does not come back at once."""
    rules = [*narrow(Action.ASK).rules[CURL], *([Rule(CURL, whole)] if whole else [])]
    at = Desk(Policy.of(rules), Settings())
    assert of(Ask, come(at, ONE, WEB, ME))

    effects = play(at, until_it_quits(), Separated(FIRST, placed=not whole, now=NOW))

    assert of(Ask, effects) == []
    assert effects[-2:] == [Remember(WEB, Action.ALLOW), Release((ONE,), Verdict.REPEAT)]
    assert of(Ask, come(at, TWO, MAIL, ME, apart={} if whole else {ME.pid: Action.ALLOW}))


@pytest.mark.parametrize(
    ("where", "outcome"), [("*.example.org", Outcome.DENY), ("*.example.net", Outcome.ALLOW)]
)
def test_where_names_decide_the_kernel_learns_what_it_has_to_know(
    where: str, outcome: Outcome
) -> None:
    """Or the packet would come back for ever."""
    at = Desk(narrow(Action.DENY, where), Settings())

    effects = come(at, ONE, WEB, ME, apart={ME.pid: Action.ALLOW}, names=("www.example.org",))

    assert effects[1:] == [
        Report(Connection(ME, WEB, name="www.example.org"), outcome, Reason.RULE),
        Remember(WEB, Action(outcome.value), CURL),
        Release((ONE,), Verdict.REPEAT),
    ]


def test_where_names_decide_the_first_packets_are_judged_so_too() -> None:
    at = Desk(narrow(Action.DENY, "*.example.org"), Settings())
    come(at, ONE, WEB, ME, names=("www.example.net",))

    effects = play(at, until_it_quits(), Separated(FIRST, placed=True, now=NOW))

    assert effects[-2:] == [Remember(WEB, Action.ALLOW, CURL), Release((ONE,), Verdict.REPEAT)]


def test_who_shares_a_socket_with_one_that_is_apart_is_not_taken_for_it() -> None:
    at = Desk(narrow(Action.DENY, "*.example.org"), Settings())

    effects = come(at, ONE, WEB, ME, TWIN, apart={ME.pid: Action.ALLOW})

    assert effects[1:] == [Release((ONE,), Verdict.REPEAT)], "nothing is remembered of the flow"
    (back, *_) = play(at, Arrived(TWO, WEB, NOW + 1))
    assert getattr(back, "beyond_classes", None) is True
    assert of(Ask, play(at, Identified(WEB, (TWIN,), NOW + 1)))


def test_of_two_that_are_apart_the_more_cautious_answer_counts() -> None:
    at = Desk(narrow(Action.DENY, "*.example.org"), Settings())
    said = {ME.pid: Action.ALLOW, TWIN.pid: Action.DROP}

    effects = come(at, ONE, WEB, ME, TWIN, apart=said)

    assert of(Remember, effects) == [Remember(WEB, Action.DROP, CURL)]


def test_an_answer_about_a_process_stands_over_a_rule_about_everybody() -> None:
    at = Desk(Policy.of([Rule(EVERYBODY, Action.ALLOW)]), Settings())

    assert come(at, ONE, WEB, ME, apart={ME.pid: Action.DENY})[1:] == [
        Release((ONE,), Verdict.REPEAT)
    ], "its class says so in the kernel"
