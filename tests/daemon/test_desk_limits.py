"""What the desk does when nobody answers, when too much waits, and when it is told only once."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from itertools import count

import pytest
from desk_cast import of, play

from stile.applications import Application, Kind
from stile.connections import UDP, Connection, Flow, Pid, Process, Uid
from stile.decisions import Outcome, Reason
from stile.questions import QuestionId, Why
from stile.rules import Action, Choice, Lifetime, Policy
from stile.settings import Settings
from stiled.desk import (
    Answered,
    Arrived,
    Ask,
    Desk,
    Effect,
    Identified,
    Identify,
    Keep,
    PacketId,
    Release,
    Remember,
    Report,
    TimePassed,
    Verdict,
    Withdraw,
)

NOW = 100.0
TIMEOUT = 60.0
CURL = Application(Kind.PATH, "/usr/bin/curl")
ME = Process(Pid(10), Uid(1000), CURL)
ONE, TWO, THREE = map(PacketId, (1, 2, 3))
FIRST, SECOND = QuestionId(1), QuestionId(2)
WEB = Flow(UDP, IPv4Address("192.0.2.9"), 40000, IPv4Address("192.0.2.1"), 443)
MAIL = replace(WEB, port=25)


def program(number: int, uid: int = 1000) -> Process:
    """One of many programs that nobody knows."""
    application = Application(Kind.PATH, f"/opt/{number}")
    return Process(Pid(100 + number), Uid(uid), application)


def desk(settings: Settings | None = None) -> Desk:
    return Desk(Policy(), settings or Settings())


def come(
    at: Desk, packet: PacketId, where: Flow = WEB, who: Process = ME, now: float = NOW
) -> list[Effect]:
    return play(at, Arrived(packet, where, now), Identified(where, (who,), now))


def once(action: Action, question: QuestionId = FIRST, now: float = NOW) -> Answered:
    return Answered(question, Choice(action, Lifetime.ONCE), now)


# -- once ------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [Action.ALLOW, Action.DENY, Action.DROP])
def test_once_makes_no_rule_and_settles_the_flow_alone(action: Action) -> None:
    at = desk()
    come(at, ONE)

    assert play(at, once(action)) == [
        Withdraw(FIRST, Why.SETTLED),
        Report(Connection(ME, WEB), Outcome(action.value), Reason.ANSWER),
        Remember(WEB, action),
        Release((ONE,), Verdict.REPEAT),
    ]
    assert at.held == 0


def test_once_speaks_of_the_place_that_was_shown_and_the_rest_is_asked_about_anew() -> None:
    at = desk()
    from_another_port = replace(WEB, source_port=40001)
    come(at, ONE)
    come(at, TWO, MAIL)
    come(at, THREE, from_another_port)

    effects = play(at, once(Action.ALLOW, now=NOW + 50))

    assert of(Remember, effects) == [
        Remember(WEB, Action.ALLOW),
        Remember(from_another_port, Action.ALLOW),
    ]
    assert [each.packets for each in of(Release, effects)] == [(ONE,), (THREE,)]
    (asked,) = of(Ask, effects)
    assert asked.question.id == SECOND
    assert asked.question.connection.flow == MAIL
    assert asked.question.seconds == TIMEOUT, "a new question has all its time"


@pytest.mark.parametrize("kind", [Kind.UNKNOWN, Kind.DELETED, Kind.FOREIGN])
def test_about_what_will_not_be_recognised_again_for_ever_is_once(kind: Kind) -> None:
    at = desk()
    somebody = Process(Pid(5), Uid(1000), Application(kind, "/tmp/thing"))  # noqa: S108 # a name
    come(at, ONE, WEB, somebody)

    effects = play(at, Answered(FIRST, Choice(Action.ALLOW, Lifetime.FOREVER), NOW))

    assert of(Keep, effects) == []
    assert effects[-2:] == [Remember(WEB, Action.ALLOW), Release((ONE,), Verdict.REPEAT)]
    assert of(Ask, come(at, TWO, WEB, somebody)), "and the next is asked about"


# -- nobody answers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fallback", "expected"),
    [
        (Action.DENY, [Release((ONE,), Verdict.REFUSE)]),
        (Action.DROP, [Release((ONE,), Verdict.DROP)]),
        (Action.ALLOW, [Remember(WEB, Action.ALLOW), Release((ONE,), Verdict.REPEAT)]),
    ],
)
def test_a_question_that_nobody_answers_falls_back_and_is_asked_again(
    fallback: Action, expected: list[Effect]
) -> None:
    at = desk(Settings(when_nobody_answers=fallback, question_timeout=TIMEOUT))
    come(at, ONE)
    end = NOW + TIMEOUT
    assert at.deadline == end

    assert play(at, TimePassed(end - 0.1)) == []
    assert play(at, TimePassed(end)) == [
        Withdraw(FIRST, Why.EXPIRED),
        Report(Connection(ME, WEB), Outcome(fallback.value), Reason.NOBODY_ANSWERED),
        *expected,
    ]
    assert at.held == 0
    assert at.questions(end) == []
    assert [each.question.id for each in of(Ask, come(at, TWO, now=end))] == [SECOND]


@pytest.mark.parametrize("lifetime", [Lifetime.ONCE, Lifetime.FOREVER])
def test_an_answer_after_the_time_is_void(lifetime: Lifetime) -> None:
    at = desk()
    come(at, ONE)
    play(at, TimePassed(NOW + TIMEOUT))

    assert play(at, Answered(FIRST, Choice(Action.ALLOW, lifetime), NOW + TIMEOUT)) == []


def test_more_packets_do_not_put_the_end_of_a_question_off() -> None:
    at = desk()
    come(at, ONE)

    (shown_anew,) = of(Ask, come(at, TWO, MAIL, now=NOW + 45))

    assert shown_anew.question.seconds == TIMEOUT - 45
    assert at.deadline == NOW + TIMEOUT


def test_an_answer_whose_rule_is_being_written_does_not_expire() -> None:
    at = desk()
    come(at, ONE)
    play(at, Answered(FIRST, Choice(Action.ALLOW, Lifetime.FOREVER), NOW))

    assert play(at, TimePassed(NOW + TIMEOUT)) == []
    assert at.deadline == NOW + 2 * TIMEOUT


def test_every_question_that_is_due_expires_and_no_other() -> None:
    at = desk()
    come(at, ONE, WEB, program(1))
    come(at, TWO, MAIL, program(2), now=NOW + 10)

    assert of(Withdraw, play(at, TimePassed(NOW + TIMEOUT))) == [Withdraw(FIRST, Why.EXPIRED)]
    assert at.deadline == NOW + TIMEOUT + 10


# -- too much waits ------------------------------------------------------------------------------


def test_of_one_flow_no_more_is_held_than_of_one_application() -> None:
    at = desk(Settings(held_per_application=2))
    come(at, ONE)

    assert play(at, Arrived(TWO, WEB, NOW)) == []
    assert play(at, Arrived(THREE, WEB, NOW)) == [Release((THREE,), Verdict.DROP)]
    assert at.held == 2


def test_of_many_flows_of_an_application_no_more_is_asked_about() -> None:
    at = desk(Settings(held_per_application=2))
    come(at, ONE)
    come(at, TWO, MAIL)
    third = replace(WEB, port=80)

    assert come(at, THREE, third)[1:] == [
        Report(Connection(ME, third), Outcome.DROP, Reason.TOO_MANY),
        Release((THREE,), Verdict.DROP),
    ]
    assert at.held == 2


def test_packets_that_join_a_question_count_with_those_of_its_other_flows() -> None:
    at = desk(Settings(held_per_application=4))
    flows = [replace(WEB, port=port) for port in (1, 2, 3)]
    packets = iter(range(1, 100))
    for each in flows:
        come(at, PacketId(next(packets)), each)

    for each in flows * 4:
        play(at, Arrived(PacketId(next(packets)), each, NOW))

    assert at.held <= 4


def test_in_all_no_more_is_held_than_the_settings_say() -> None:
    at = desk(Settings(held_in_all=2))
    come(at, ONE, WEB, program(1))
    come(at, TWO, MAIL, program(2, uid=1001))

    new = Arrived(THREE, replace(WEB, port=80), NOW)
    assert play(at, new) == [Release((THREE,), Verdict.DROP)], "a new flow"
    joining = Arrived(THREE, WEB, NOW)
    assert play(at, joining) == [Release((THREE,), Verdict.DROP)], "one that waits"
    play(at, TimePassed(NOW + TIMEOUT))
    assert play(at, new) != [Release((THREE,), Verdict.DROP)], "there is room again"


def test_beyond_the_most_questions_the_fallback_answers_at_once() -> None:
    at = desk(Settings(questions_in_all=1))
    come(at, ONE, WEB, program(1))

    assert come(at, TWO, MAIL, program(2))[1:] == [
        Report(Connection(program(2), MAIL), Outcome.DENY, Reason.TOO_MANY),
        Release((TWO,), Verdict.REFUSE),
    ]
    more = replace(WEB, port=80)
    assert of(Ask, come(at, THREE, more, program(1))), "the one that is open takes more"


# -- a user who wants it all -----------------------------------------------------------------


def flows() -> Iterator[Flow]:
    """Flows, each another."""
    return (replace(WEB, port=port) for port in count(1))


def test_the_programs_of_one_user_do_not_keep_anothers_from_being_asked_about() -> None:
    at, each = desk(Settings(questions_in_all=8)), flows()
    for number in range(100):
        come(at, PacketId(number), next(each), program(number))

    assert len(at.questions(NOW)) == 4, "the half of it"
    assert of(Ask, come(at, PacketId(100), next(each), program(100, uid=0)))
    assert of(Ask, come(at, PacketId(101), next(each), program(101, uid=1001)))


@pytest.mark.parametrize("ways", [1, 4], ids=["one flow each", "many flows"])
def test_the_packets_of_one_user_do_not_take_the_room_of_anothers(ways: int) -> None:
    at, each, numbers = desk(Settings(held_in_all=16, held_per_application=4)), flows(), count()
    for number in range(20):
        for one in [next(each) for _ in range(ways)] * (4 // ways):
            if of(Identify, play(at, Arrived(PacketId(next(numbers)), one, NOW))):
                play(at, Identified(one, (program(number),), NOW))

    assert at.held == 8, "the half of it"
    assert of(Ask, come(at, PacketId(next(numbers)), next(each), program(100, uid=0)))
