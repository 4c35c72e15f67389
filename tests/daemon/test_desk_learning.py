"""What the desk does while it learns: what nobody has decided passes, a flow at a time."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import IPv4Address, ip_address
from typing import TypeVar

import pytest
from desk_cast import play
from hypothesis import given
from hypothesis import strategies as st
from policies import connections, rules

from stile.applications import EVERYBODY, Application, Kind
from stile.connections import TCP, UDP, Connection, Direction, Flow, Pid, Process, Uid
from stile.decisions import Outcome, Reason
from stile.learned import Place
from stile.questions import Why
from stile.rules import Action, Choice, Lifetime, Policy, Rule, decide
from stile.scopes import Attempt, Scope
from stile.settings import Settings
from stiled.desk import (
    Answered,
    Arrived,
    Ask,
    Desk,
    Effect,
    Enforce,
    Identified,
    Keep,
    Learn,
    LearningChanged,
    LockdownChanged,
    PacketId,
    PolicyChanged,
    Release,
    Remember,
    Report,
    Verdict,
    Withdraw,
)
from stiled.lessons import MOST_APPLICATIONS, MOST_PLACES, Lessons

T = TypeVar("T")

NOW = 100.0
CURL, WGET = (Application(Kind.PATH, f"/usr/bin/{name}") for name in ("curl", "wget"))
ME, OTHER = Process(Pid(10), Uid(1000), CURL), Process(Pid(20), Uid(1000), WGET)
NOBODY = Process(Pid(0), Uid(0), Application(Kind.UNKNOWN, "already gone"))
WEB = Flow(TCP, IPv4Address("192.0.2.9"), 40000, IPv4Address("192.0.2.1"), 443)
MAIL = replace(WEB, port=25)
ON, OFF = LearningChanged(on=True, now=NOW), LearningChanged(on=False, now=NOW)


def come(
    at: Desk, packet: int = 1, where: Flow = WEB, *who: Process, lookup: str = ""
) -> list[Effect]:
    arrived = Arrived(PacketId(packet), where, NOW, lookup=lookup)
    return play(at, arrived, Identified(where, who or (ME,), NOW))


def of(kind: type[T], effects: Sequence[Effect]) -> list[T]:
    return [effect for effect in effects if isinstance(effect, kind)]


def learning(*said: Rule, lessons: Lessons | None = None) -> Desk:
    at = Desk(Policy.of(said), Settings(), lessons=lessons)
    play(at, ON)
    return at


def test_what_nobody_has_decided_is_recorded_and_let_through_it_alone() -> None:
    lessons = Lessons()
    at = learning(lessons=lessons)

    assert come(at)[1:] == [
        Learn(news=True),
        Report(Connection(ME, WEB), Outcome.ALLOW, Reason.LEARNED),
        Remember(WEB, Action.ALLOW),
        Release((PacketId(1),), Verdict.REPEAT),
    ]
    assert of(Learn, come(at, 2, MAIL)) == [Learn(news=False)]
    (record,) = lessons
    assert (record.times, [place.port for place in record.places]) == (2, [443, 25])
    assert (at.held, at.questions(NOW), at.policy) == (0, [], Policy())


def test_what_a_rule_says_to_ask_about_is_asked_about() -> None:
    narrow = Rule(CURL, Action.ASK, scope=Scope.parse({"port": "25"}))
    at = learning(Rule(CURL, Action.ALLOW), narrow)
    assert of(Ask, come(at, 1, MAIL))
    assert of(Ask, come(learning(Rule(EVERYBODY, Action.ASK)), 1, WEB))


def test_ask_about_all_that_it_does_says_no_more_than_no_rule() -> None:
    assert of(Learn, come(learning(Rule(CURL, Action.ASK))))


def test_who_cannot_be_named_is_asked_about_for_no_rule_could_be_made() -> None:
    assert of(Ask, come(learning(), 1, WEB, NOBODY))


def test_of_several_who_hold_a_socket_a_denied_one_decides() -> None:
    effects = come(learning(Rule(WGET, Action.DENY)), 1, WEB, ME, OTHER)
    assert not of(Learn, effects)
    assert not of(Remember, effects)


def test_while_locked_down_nothing_is_learned() -> None:
    at = learning()
    play(at, LockdownChanged(on=True, now=NOW))
    assert of(Release, come(at)) == [Release((PacketId(1),), Verdict.REFUSE)]


def test_open_questions_end_where_it_begins_but_for_what_a_rule_wants_asked() -> None:
    asks = Rule(WGET, Action.ASK, scope=Scope.parse({"port": "25"}))
    at = Desk(Policy.of([asks]), Settings())
    (mine,) = of(Ask, come(at, 1, WEB))
    (other,) = of(Ask, come(at, 2, MAIL, OTHER))

    effects = play(at, ON)

    assert of(Withdraw, effects) == [Withdraw(mine.question.id, Why.SETTLED)]
    assert of(Release, effects) == [Release((PacketId(1),), Verdict.REPEAT)]
    assert [each.id for each in at.questions(NOW)] == [other.question.id]


def test_an_answer_that_is_on_its_way_to_the_disk_stands() -> None:
    at = Desk(Policy(), Settings())
    (asked,) = of(Ask, come(at))
    (kept,) = of(
        Keep,
        play(at, Answered(asked.question.id, Choice(Action.DENY, Lifetime.FOREVER), NOW)),
    )

    assert play(at, ON) == []
    assert of(Enforce, play(at, PolicyChanged(Policy.of(kept.rules), NOW)))


def test_afterwards_it_is_asked_about_again() -> None:
    at = learning()
    come(at)
    play(at, OFF)
    assert of(Ask, come(at, 2, MAIL))


def test_nothing_passes_for_which_there_is_no_room() -> None:
    lessons = Lessons()
    at = learning(lessons=lessons)
    for number in range(MOST_APPLICATIONS):
        who = replace(ME, application=Application(Kind.PATH, f"/tmp/{number}"))  # noqa: S108
        flow = replace(WEB, source_port=1024 + number)
        assert of(Learn, come(at, number, flow, who))

    assert of(Ask, come(at, 9999, WEB, ME))
    known = replace(ME, application=Application(Kind.PATH, "/tmp/0"))  # noqa: S108
    for port in range(1, 2 * MOST_PLACES):
        come(at, 20000 + port, replace(WEB, port=port), known)
    record = next(iter(lessons))
    assert len(record.places) == MOST_PLACES
    assert record.more == MOST_PLACES
    assert not record.can_be_narrow


def test_a_lookup_is_recorded_as_one() -> None:
    lessons = Lessons()
    dns = replace(WEB, protocol=UDP, port=53)
    come(learning(lessons=lessons), 1, dns, lookup="example.org")
    (record,) = lessons
    assert record.places == (Place(UDP, 53, dns.address, "example.org", lookup=True),)


# -- whatever the policy ------------------------------------------------------------------


@given(st.lists(rules(), max_size=6), st.lists(connections(), max_size=6))
def test_learning_never_overrides_a_rule_and_leaves_the_policy_alone(
    said: list[Rule], made: list[tuple[Application, Uid, object, object, int, int]]
) -> None:
    policy = Policy.of(said)
    at = learning(*said)
    for number, (application, uid, protocol, place, port, own) in enumerate(made):
        source = ip_address("192.0.2.9" if place.version == 4 else "2001:db8::9")  # type: ignore[attr-defined]
        flow = Flow(protocol, source, own or 1000 + number, place, port)  # type: ignore[arg-type]
        who = Process(Pid(10), uid, application)
        effects = come(at, number, flow, who)
        if of(Learn, effects):
            direction = Direction.OUT if flow.protocol == TCP else None
            attempt = replace(Attempt.of(flow, uid), direction=direction)
            assert decide(policy, application, attempt) is Action.ASK
            assert of(Remember, effects) == [Remember(flow, Action.ALLOW)]
        assert not of(Keep, effects)
        assert not of(Enforce, effects)
    play(at, OFF)
    assert at.policy == policy


@pytest.mark.parametrize("action", [Action.DENY, Action.DROP, Action.ALLOW])
def test_what_is_decided_is_no_lesson(action: Action) -> None:
    lessons = Lessons()
    assert not of(Learn, come(learning(Rule(CURL, action), lessons=lessons)))
    assert not len(lessons)
