"""What the desk does while only what is allowed reaches the network."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from desk_cast import of, play

from stile.applications import EVERYBODY, Application, Kind
from stile.connections import ICMP, TCP, UDP, Connection, Flow, Pid, Process, Uid
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
    Identify,
    Keep,
    LockdownChanged,
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
CURL, WGET = (Application(Kind.PATH, f"/usr/bin/{name}") for name in ("curl", "wget"))
ME, OTHER = Process(Pid(10), Uid(1000), CURL), Process(Pid(20), Uid(1000), WGET)
ONE, TWO = map(PacketId, (1, 2))
FIRST, SECOND = QuestionId(1), QuestionId(2)
WEB = Flow(TCP, IPv4Address("192.0.2.9"), 40000, IPv4Address("192.0.2.1"), 443)
MAIL, DNS = replace(WEB, port=25), replace(WEB, protocol=UDP, port=53)
PING = Flow(ICMP, WEB.source, 0, WEB.address, 0)
ON, OFF = LockdownChanged(on=True, now=NOW), LockdownChanged(on=False, now=NOW)
ALLOWED = Policy.of([Rule(CURL, Action.ALLOW)])
REFUSED = Report(Connection(ME, WEB), Outcome.DENY, Reason.LOCKDOWN)


def come(at: Desk, packet: PacketId, where: Flow = WEB, who: Process = ME) -> list[Effect]:
    return play(at, Arrived(packet, where, NOW), Identified(where, (who,), NOW))


def locked(*rules: Rule) -> Desk:
    at = Desk(Policy.of(rules), Settings())
    play(at, ON)
    return at


# -- what comes ----------------------------------------------------------------------------


@pytest.mark.parametrize("where", [WEB, PING, replace(WEB, inbound=True)])
def test_what_nobody_has_decided_is_refused_at_once_and_nobody_is_asked(where: Flow) -> None:
    at = locked()

    assert come(at, ONE, where) == [
        Identify(where, 0, beyond_classes=False),
        Report(Connection(ME, where), Outcome.DENY, Reason.LOCKDOWN),
        Release((ONE,), Verdict.REFUSE),
    ]
    assert (at.held, at.questions(NOW), at.deadline) == (0, [], None)


def test_of_datagrams_the_next_one_fails_where_it_is_sent() -> None:
    assert come(locked(), ONE, DNS)[-2:] == [
        Release((ONE,), Verdict.REFUSE),
        Remember(DNS, Action.DENY),
    ]


def test_where_names_decide_the_next_datagram_may_be_allowed() -> None:
    at = locked(Rule(CURL, Action.ALLOW, scope=Scope.parse({"to": "example.org"})))
    found = Identified(DNS, (ME,), NOW)

    assert play(at, Arrived(ONE, DNS, NOW, lookup="example.net"), found)[-1] == Release(
        (ONE,), Verdict.REFUSE
    )
    assert of(Enroll, play(at, Arrived(TWO, DNS, NOW, lookup="example.org"), found))


def test_so_is_what_a_rule_says_to_ask_about() -> None:
    at = locked(Rule(CURL, Action.ALLOW), Rule(CURL, Action.ASK, scope=Scope.parse({"port": "25"})))

    refused = come(at, ONE, MAIL)
    assert of(Release, refused) == [Release((ONE,), Verdict.REFUSE)]
    assert of(Ask, refused) == []
    assert of(Enroll, come(at, TWO, WEB)), "and the rest of it is allowed"


def test_whose_packet_cannot_be_told_is_refused() -> None:
    gone = Process(Pid(0), Uid(0), Application(Kind.UNKNOWN, "already gone"))
    assert of(Release, come(locked(), ONE, WEB, gone)) == [Release((ONE,), Verdict.REFUSE)]


def test_neither_the_settings_for_nobody_nor_too_many_questions_let_anything_through() -> None:
    at = Desk(Policy(), Settings(when_nobody_answers=Action.ALLOW, questions_in_all=1))
    play(at, ON)

    for packet, who in ((ONE, ME), (TWO, OTHER)):
        (released,) = of(Release, come(at, packet, replace(WEB, port=packet), who))
        assert released.verdict is Verdict.REFUSE


@pytest.mark.parametrize("whose", [CURL, EVERYBODY])
def test_who_is_allowed_and_not_placed_yet_is_placed_and_judged_again(whose: Application) -> None:
    at = locked(Rule(whose, Action.ALLOW))

    assert come(at, ONE)[1:] == [Enroll(CURL, frozenset({ME}))]
    assert play(at, Enrolled(CURL, frozenset({ME.pid}), frozenset(), NOW)) == [
        Report(Connection(ME, WEB), Outcome.ALLOW, Reason.RULE),
        Release((ONE,), Verdict.REPEAT),
    ]


def test_a_rule_that_is_added_meanwhile_works_at_once() -> None:
    at = locked()
    come(at, ONE)

    play(at, PolicyChanged(ALLOWED, NOW))

    assert of(Enroll, come(at, TWO))


def test_a_rule_that_goes_while_its_process_is_placed_allows_nothing() -> None:
    at = locked(Rule(CURL, Action.ALLOW))
    come(at, ONE)

    play(at, PolicyChanged(Policy(), NOW))

    effects = play(at, Enrolled(CURL, frozenset({ME.pid}), frozenset(), NOW))
    assert effects == [REFUSED, Release((ONE,), Verdict.REFUSE)]


# -- the moment it begins, and its end -------------------------------------------------------


def test_open_questions_are_withdrawn_and_what_waited_is_refused() -> None:
    at = Desk(Policy(), Settings())
    come(at, ONE)
    come(at, TWO, DNS)

    assert play(at, ON) == [
        Withdraw(FIRST, Why.LOCKDOWN),
        REFUSED,
        Release((ONE,), Verdict.REFUSE),
        Report(Connection(ME, DNS), Outcome.DENY, Reason.LOCKDOWN),
        Release((TWO,), Verdict.REFUSE),
        Remember(DNS, Action.DENY),
    ]
    assert (at.held, at.questions(NOW), at.deadline) == (0, [], None)
    assert play(at, Answered(FIRST, Choice(Action.ALLOW, Lifetime.ONCE), NOW)) == [], "it is over"


def test_switched_on_twice_it_does_no_more() -> None:
    at = locked()
    assert play(at, ON) == []
    assert at.locked


def test_its_end_brings_questions_back() -> None:
    at = locked()
    come(at, ONE)

    assert play(at, OFF) == []

    assert not at.locked
    (asked,) = of(Ask, come(at, TWO))
    assert asked.question.connection == Connection(ME, WEB)


# -- answers that were on their way ----------------------------------------------------------


def test_an_answer_whose_rule_is_on_its_way_to_the_disk_counts() -> None:
    at = Desk(Policy(), Settings())
    come(at, ONE)
    assert of(Keep, play(at, Answered(FIRST, Choice(Action.ALLOW, Lifetime.FOREVER), NOW)))

    assert play(at, ON) == []

    effects = play(at, PolicyChanged(ALLOWED, NOW))
    assert of(Withdraw, effects) == [Withdraw(FIRST, Why.SETTLED)]
    assert of(Enroll, effects)


def test_an_answer_whose_rule_was_taken_back_is_no_question_again() -> None:
    at = Desk(Policy(), Settings())
    come(at, ONE)
    play(at, Answered(FIRST, Choice(Action.ALLOW, Lifetime.FOREVER), NOW), ON)

    assert play(at, PolicyChanged(Policy(), NOW)) == [
        Withdraw(FIRST, Why.LOCKDOWN),
        REFUSED,
        Release((ONE,), Verdict.REFUSE),
    ]


def test_what_a_narrow_answer_does_not_cover_is_refused_with_it() -> None:
    at = Desk(Policy(), Settings())
    come(at, ONE)
    come(at, TWO, MAIL)
    narrow = Choice(Action.ALLOW, Lifetime.FOREVER, this_port=True)
    (kept,) = of(Keep, play(at, Answered(FIRST, narrow, NOW)))

    effects = play(at, ON, PolicyChanged(Policy.of(kept.rules), NOW))

    assert of(Release, effects) == [Release((TWO,), Verdict.REFUSE)]
    assert [each.processes for each in of(Enroll, effects)] == [frozenset({ME})]


@pytest.mark.parametrize("placed", [True, False])
def test_until_it_quits_counts_where_the_process_is_placed(*, placed: bool) -> None:
    at = Desk(Policy(), Settings())
    come(at, ONE)
    assert of(Separate, play(at, Answered(FIRST, Choice(Action.ALLOW, Lifetime.QUIT), NOW)))
    play(at, ON)

    effects = play(at, Separated(FIRST, placed, NOW))

    verdict = Verdict.REPEAT if placed else Verdict.REFUSE
    assert of(Release, effects) == [Release((ONE,), verdict)]
    assert of(Remember, effects) == []


def test_time_does_nothing_while_nobody_is_asked() -> None:
    at = locked()
    come(at, ONE)
    assert play(at, TimePassed(NOW + 1e6)) == []
