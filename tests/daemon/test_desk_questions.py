"""What a question names besides its first connection, and when its clock stands."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest
from desk_cast import of, play

from stile.applications import Application, Kind
from stile.connections import TCP, Flow, Pid, Process, Uid
from stile.questions import QuestionId, Why
from stile.rules import Action, Choice, Lifetime, Policy, Reach, answer
from stile.settings import Settings
from stiled.desk import (
    LONGEST_STOP,
    MOST_PLACES,
    Answered,
    Arrived,
    Ask,
    ClockStopped,
    Desk,
    Identified,
    Keep,
    PacketId,
    Release,
    Separate,
    TimePassed,
    Withdraw,
)

NOW, TIMEOUT = 100.0, 60.0
CURL = Application(Kind.PATH, "/usr/bin/curl")
ME, OTHER = (Process(Pid(pid), Uid(uid), CURL) for pid, uid in ((10, 1000), (11, 1001)))
FIRST = QuestionId(1)
WEB = Flow(TCP, IPv4Address("192.0.2.9"), 40000, IPv4Address("192.0.2.1"), 443)
MAIL, DNS = replace(WEB, port=25), replace(WEB, port=53)
NARROW = Choice(Action.ALLOW, Lifetime.FOREVER, reach=Reach.HOST, this_port=True)


@pytest.fixture
def at() -> Desk:
    return Desk(Policy(), Settings(question_timeout=TIMEOUT))


def come(at: Desk, packet: int, where: Flow = WEB, who: Process = ME, name: str = "") -> None:
    found = Identified(where, (who,), NOW, names=(name,) if name else ())
    play(at, Arrived(PacketId(packet), where, NOW), found)


def ports(at: Desk) -> list[int]:
    (asked,) = at.questions(NOW)
    return [each.flow.port for each in asked.places]


# -- places ------------------------------------------------------------------------------------


def test_a_question_names_each_place_once_in_the_order_in_which_they_came(at: Desk) -> None:
    for packet, flow in enumerate((WEB, MAIL, replace(WEB, source_port=40001), DNS)):
        come(at, packet, flow)
    assert ports(at) == [443, 25, 53]


def test_the_addresses_of_a_name_are_one_place(at: Desk) -> None:
    six = replace(WEB, source=IPv6Address("2001:db8::9"), address=IPv6Address("2001:db8::1"))
    come(at, 1, WEB, name="example.org")
    come(at, 2, six, name="example.org")
    assert ports(at) == [443]


def test_where_others_want_to_go_is_not_told(at: Desk) -> None:
    come(at, 1, WEB)
    come(at, 2, MAIL, OTHER)
    assert ports(at) == [443]


def test_no_more_places_are_named_than_can_be_read(at: Desk) -> None:
    for port in range(1, 60):
        come(at, port, replace(WEB, port=port))
    assert ports(at) == list(range(1, MOST_PLACES + 1))


def test_an_answer_is_about_the_place_that_it_names(at: Desk) -> None:
    come(at, 1, WEB)
    come(at, 2, MAIL)
    second = replace(NARROW, place=1)
    subject = at.questions(NOW)[0].places[1]

    assert play(at, Answered(FIRST, second, NOW)) == [Keep(FIRST, (answer(subject, second),))]


def test_an_answer_to_all_is_a_rule_for_each(at: Desk) -> None:
    come(at, 1, WEB)
    come(at, 2, MAIL)

    (keep,) = of(Keep, play(at, Answered(FIRST, replace(NARROW, every=True), NOW)))

    assert [rule.scope.words["port"] for rule in keep.rules] == ["443", "25"]


def test_all_that_a_program_does_is_one_rule_however_many_places_there_are(at: Desk) -> None:
    come(at, 1, WEB)
    come(at, 2, MAIL)
    every = Choice(Action.DENY, Lifetime.FOREVER, every=True)

    (keep,) = of(Keep, play(at, Answered(FIRST, every, NOW)))

    assert len(keep.rules) == 1


@pytest.mark.parametrize(("every", "released"), [(False, [2]), (True, [1, 2, 3])])
def test_once_settles_what_it_names(at: Desk, *, every: bool, released: list[int]) -> None:
    for packet, flow in enumerate((WEB, MAIL, DNS), 1):
        come(at, packet, flow)
    once = Choice(Action.ALLOW, Lifetime.ONCE, place=1, every=every)

    effects = play(at, Answered(FIRST, once, NOW))

    assert [packet for each in of(Release, effects) for packet in each.packets] == released
    assert len(at.questions(NOW)) == (0 if every else 1)


def test_until_it_quits_is_about_the_process_of_the_place(at: Desk) -> None:
    twin = replace(ME, pid=Pid(12))
    come(at, 1, WEB)
    come(at, 2, MAIL, twin)

    effects = play(at, Answered(FIRST, Choice(Action.ALLOW, Lifetime.QUIT, place=1), NOW))

    assert [each.process for each in of(Separate, effects)] == [twin]
    assert [each.connection.process for each in at.questions(NOW)] == [ME]


def test_an_answer_about_a_place_that_there_is_not_is_void(at: Desk) -> None:
    come(at, 1, WEB)
    assert play(at, Answered(FIRST, replace(NARROW, place=1), NOW)) == []
    assert len(at.questions(NOW)) == 1


# -- the clock ---------------------------------------------------------------------------------


def test_a_question_whose_clock_stands_does_not_end(at: Desk) -> None:
    come(at, 1)

    (shown,) = of(Ask, play(at, ClockStopped(FIRST, on=True, now=NOW + 20)))

    assert (shown.question.stopped, shown.question.seconds) == (True, 40.0)
    assert play(at, TimePassed(NOW + 1000)) == []
    assert at.questions(NOW + 1000)[0].seconds == 40.0


def test_it_goes_on_from_where_it_stood(at: Desk) -> None:
    come(at, 1)
    play(at, ClockStopped(FIRST, on=True, now=NOW + 20))

    (shown,) = of(Ask, play(at, ClockStopped(FIRST, on=False, now=NOW + 500)))

    assert (shown.question.stopped, shown.question.seconds) == (False, 40.0)
    assert at.deadline == NOW + 540
    assert of(Withdraw, play(at, TimePassed(NOW + 540))) == [Withdraw(FIRST, Why.EXPIRED)]


def test_it_does_not_stand_for_ever(at: Desk) -> None:
    come(at, 1)
    play(at, ClockStopped(FIRST, on=True, now=NOW))
    play(at, ClockStopped(FIRST, on=True, now=NOW + 1000))  # a second word puts nothing off

    end = NOW + LONGEST_STOP
    assert at.deadline == end
    assert of(Withdraw, play(at, TimePassed(end))) == [Withdraw(FIRST, Why.EXPIRED)]


def test_the_clock_of_a_question_that_is_over_does_not_matter(at: Desk) -> None:
    assert play(at, ClockStopped(FIRST, on=True, now=NOW)) == []
