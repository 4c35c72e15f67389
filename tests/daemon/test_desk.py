"""The desk, played without a kernel, a bus or a clock: from the first packet to its release."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from desk_cast import of, play

from stile.applications import EVERYBODY, Application, Kind
from stile.connections import TCP, Connection, Flow, Pid, Process, Uid
from stile.decisions import Outcome, Reason
from stile.questions import Question, QuestionId, Why
from stile.rules import Action, Choice, Lifetime, Policy, Rule
from stile.settings import Settings
from stiled.desk import (
    SECOND_LOOK,
    SETTLES,
    Answered,
    Arrived,
    Ask,
    Desk,
    Effect,
    Enforce,
    Enroll,
    Enrolled,
    Identified,
    Identify,
    Keep,
    NotIdentified,
    PacketId,
    PolicyChanged,
    Release,
    Remember,
    Report,
    TimePassed,
    Verdict,
    Withdraw,
)

NOW = 100.0
CURL, WGET = (Application(Kind.PATH, f"/usr/bin/{name}") for name in ("curl", "wget"))
ME, OTHER = Process(Pid(10), Uid(1000), CURL), Process(Pid(20), Uid(1000), WGET)
ONE, TWO, THREE = map(PacketId, (1, 2, 3))
FIRST, SECOND = QuestionId(1), QuestionId(2)
ALLOW, FOREVER = Action.ALLOW, Lifetime.FOREVER


def flow(port: int = 443, source_port: int = 40000) -> Flow:
    return Flow(TCP, IPv4Address("192.0.2.9"), source_port, IPv4Address("192.0.2.1"), port)


WEB, MAIL = flow(), flow(25)


def policy(*rules: tuple[Application, Action]) -> Policy:
    return Policy.of(Rule(application, action) for application, action in rules)


def desk(*rules: tuple[Application, Action], settings: Settings | None = None) -> Desk:
    return Desk(policy(*rules), settings or Settings())


def come(at: Desk, packet: PacketId, where: Flow = WEB, who: Process = ME) -> list[Effect]:
    """Let a packet arrive and its sender be found."""
    return play(at, Arrived(packet, where, NOW), Identified(where, (who,), NOW))


def answer(
    action: Action = ALLOW,
    lifetime: Lifetime = FOREVER,
    question: QuestionId = FIRST,
    now: float = NOW,
) -> Answered:
    return Answered(question, Choice(action, lifetime), now)


def enrolled(who: Process = ME, *, absent: bool = False, now: float = NOW) -> Enrolled:
    pids = frozenset({who.pid})
    return Enrolled(who.application, pids, pids if absent else frozenset(), now)


# -- a packet comes ------------------------------------------------------------------------


def test_an_unknown_application_is_looked_up_then_asked_about() -> None:
    at = desk()
    connection = Connection(ME, WEB)

    assert play(at, Arrived(ONE, WEB, NOW, interface=7)) == [
        Identify(WEB, 7, beyond_classes=False),
    ]
    assert play(at, Identified(WEB, (ME,), NOW)) == [
        Report(connection, Outcome.HELD, Reason.ASKED),
        Ask(Question(FIRST, connection, 1, 60.0)),
    ]
    assert at.held == 1


def test_what_could_not_be_looked_up_holds_nothing_and_is_looked_up_when_it_comes_again() -> None:
    at = desk()
    play(at, Arrived(ONE, WEB, NOW), Arrived(TWO, WEB, NOW))

    assert play(at, NotIdentified(WEB)) == [Release((ONE, TWO), Verdict.DROP)]
    assert at.held == 0
    again = play(at, Arrived(THREE, WEB, NOW))
    assert again == [Identify(WEB, 0, beyond_classes=False)]


def test_a_packet_joins_those_of_its_flow_wherever_they_wait() -> None:
    at = desk()

    play(at, Arrived(ONE, WEB, NOW))
    assert play(at, Arrived(TWO, WEB, NOW)) == [], "while its sender is looked up"
    play(at, Identified(WEB, (ME,), NOW))
    assert play(at, Arrived(THREE, WEB, NOW)) == [], "while its question is open"
    play(at, answer(), PolicyChanged(policy((CURL, ALLOW)), NOW))
    assert play(at, Arrived(PacketId(4), WEB, NOW)) == [], "while its process is placed"

    assert play(at, enrolled()) == [
        Report(Connection(ME, WEB), Outcome.ALLOW, Reason.ANSWER),
        Release((ONE, TWO, THREE, PacketId(4)), Verdict.REPEAT),
    ]
    assert at.held == 0


def test_two_flows_of_an_application_are_one_question_and_two_applications_are_two() -> None:
    at = desk()

    first, second = come(at, ONE), come(at, TWO, MAIL)
    other = come(at, THREE, flow(80), OTHER)

    (shown_anew,) = of(Ask, second)
    assert of(Ask, first)[0].question.id == shown_anew.question.id == FIRST
    assert shown_anew.question.waiting == 2
    assert shown_anew.question.connection.flow == WEB, "what was shown stays shown"
    assert of(Ask, other)[0].question.id == SECOND
    assert [each.id for each in at.questions(NOW)] == [FIRST, SECOND]


def test_a_decided_application_is_placed_without_a_question() -> None:
    at = desk((CURL, Action.DENY))

    assert come(at, ONE)[1:] == [Enroll(CURL, frozenset({ME}))]
    assert play(at, enrolled()) == [
        Report(Connection(ME, WEB), Outcome.DENY, Reason.RULE),
        Release((ONE,), Verdict.REPEAT),
    ]


def test_who_is_in_its_class_by_the_time_it_is_named_is_not_placed_again() -> None:
    at = desk((CURL, Action.DENY))

    play(at, Arrived(ONE, WEB, NOW))

    assert play(at, Identified(WEB, (ME,), NOW, absent=frozenset())) == [
        Report(Connection(ME, WEB), Outcome.DENY, Reason.RULE),
        Release((ONE,), Verdict.REPEAT),
    ]


def test_of_who_could_not_be_placed_when_it_was_named_the_kernel_learns_the_flow() -> None:
    at = desk((CURL, Action.DENY))

    play(at, Arrived(ONE, WEB, NOW))

    assert play(at, Identified(WEB, (ME,), NOW, absent=frozenset({ME.pid})))[-2:] == [
        Remember(WEB, Action.DENY),
        Release((ONE,), Verdict.REPEAT),
    ]


def test_who_is_in_its_class_is_asked_about_where_its_rules_leave_that_open() -> None:
    at = desk((CURL, Action.ASK))

    play(at, Arrived(ONE, WEB, NOW))

    assert of(Ask, play(at, Identified(WEB, (ME,), NOW, absent=frozenset())))


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("one", "other", "counts"),
    [
        (Action.ALLOW, Action.ASK, "other"),
        (Action.ALLOW, Action.DROP, "other"),
        (Action.ASK, Action.DROP, "other"),
        (Action.DROP, Action.DENY, "other"),
        (Action.DENY, Action.ASK, "one"),
    ],
)
def test_of_several_holders_of_a_socket_the_least_trusted_counts(
    one: Action, other: Action, counts: str, order: int
) -> None:
    at = desk((CURL, one), (WGET, other))
    holders, expected = (ME, OTHER)[::order], ME if counts == "one" else OTHER

    effects = play(at, Arrived(ONE, WEB, NOW), Identified(WEB, holders, NOW))

    chosen = [each.connection.application for each in of(Report, effects)]
    chosen += [each.application for each in of(Enroll, effects)]
    assert chosen == [expected.application]


def test_all_processes_of_the_application_that_counts_are_placed() -> None:
    at = desk((CURL, ALLOW), (WGET, ALLOW))
    child = Process(Pid(11), Uid(1000), CURL)

    effects = play(at, Arrived(ONE, WEB, NOW), Identified(WEB, (ME, child), NOW))
    assert of(Enroll, effects) == [Enroll(CURL, frozenset({ME, child}))]

    assert play(at, enrolled(ME)) == [], "one of them is still on its way"
    both = frozenset({ME.pid, child.pid})
    assert of(Release, play(at, Enrolled(CURL, both, frozenset(), NOW)))


# -- somebody decides ------------------------------------------------------------------------


def test_an_answer_is_kept_then_enforced_then_placed_and_then_released() -> None:
    at, rule = desk(), Rule(CURL, ALLOW)
    come(at, ONE)

    assert play(at, answer()) == [Keep(FIRST, (rule,))]
    assert at.questions(NOW) == []
    assert play(at, PolicyChanged(Policy.of([rule]), NOW)) == [
        Enforce(frozenset({CURL})),
        Withdraw(FIRST, Why.SETTLED),
        Enroll(CURL, frozenset({ME})),
    ]
    assert play(at, enrolled()) == [
        Report(Connection(ME, WEB), Outcome.ALLOW, Reason.ANSWER),
        Release((ONE,), Verdict.REPEAT),
    ]


def test_an_answer_until_the_reboot_is_kept_as_one() -> None:
    at = desk()
    come(at, ONE)

    (keep,) = of(Keep, play(at, answer(Action.DROP, Lifetime.REBOOT)))
    assert keep.rules == (Rule(CURL, Action.DROP, Lifetime.REBOOT),)


def test_a_rule_from_elsewhere_settles_the_question_that_it_covers() -> None:
    at = desk()
    come(at, ONE)
    come(at, TWO, MAIL, OTHER)

    effects = play(at, PolicyChanged(policy((CURL, Action.DENY)), NOW), enrolled())

    assert of(Withdraw, effects) == [Withdraw(FIRST, Why.SETTLED)]
    assert of(Report, effects) == [Report(Connection(ME, WEB), Outcome.DENY, Reason.RULE)]
    assert [each.id for each in at.questions(NOW)] == [SECOND]


@pytest.mark.parametrize("again", [ALLOW, Action.DENY])
def test_a_second_answer_is_void(again: Action) -> None:
    at = desk()
    come(at, ONE)
    play(at, answer())

    assert play(at, answer(again)) == []
    play(at, PolicyChanged(policy((CURL, ALLOW)), NOW), enrolled())
    assert play(at, answer(again)) == []


def test_an_answer_to_a_question_that_never_was_is_void() -> None:
    assert play(desk(), answer(question=QuestionId(99))) == []


def test_a_rule_that_was_taken_back_before_it_was_in_force_is_asked_about_again() -> None:
    at = desk()
    come(at, ONE)
    play(at, answer())

    effects = play(at, PolicyChanged(policy(), NOW + 1))

    assert [each.question.id for each in of(Ask, effects)] == [FIRST]
    assert play(at, answer(Action.DENY)) == [Keep(FIRST, (Rule(CURL, Action.DENY),))]


def test_a_rule_that_was_taken_back_while_its_processes_were_placed_is_asked_about_again() -> None:
    at = desk((CURL, ALLOW))
    come(at, ONE)

    play(at, PolicyChanged(policy(), NOW))
    effects = play(at, enrolled())

    assert of(Release, effects) == []
    assert [each.question.connection for each in of(Ask, effects)] == [Connection(ME, WEB)]


def test_only_what_changed_is_enforced() -> None:
    at = desk((CURL, ALLOW), (WGET, ALLOW))

    assert play(at, PolicyChanged(policy((CURL, ALLOW), (WGET, ALLOW)), NOW)) == []
    changed = policy((CURL, ALLOW), (WGET, Action.DENY))
    assert play(at, PolicyChanged(changed, NOW)) == [Enforce(frozenset({WGET}))]
    assert play(at, PolicyChanged(policy(), NOW)) == [Enforce(frozenset({CURL, WGET}))]


def test_where_one_application_is_named_only_that_is_looked_at() -> None:
    changed = policy((CURL, ALLOW), (WGET, Action.DENY))

    at = desk((CURL, ALLOW), (WGET, ALLOW))
    assert play(at, PolicyChanged(changed, NOW, WGET)) == [Enforce(frozenset({WGET}))]
    assert play(at, PolicyChanged(changed, NOW, WGET)) == []


def test_what_is_said_about_everybody_may_change_something_for_others() -> None:
    asked = policy((CURL, Action.ASK), (EVERYBODY, ALLOW))

    at = desk((CURL, Action.ASK))
    effects = play(at, PolicyChanged(asked, NOW, EVERYBODY))
    assert effects == [Enforce(frozenset({CURL, EVERYBODY}))]


@pytest.mark.parametrize("shared", [True, False])
def test_what_changed_for_its_children_alone_is_enforced_too(*, shared: bool) -> None:
    old, new = (Policy.of([Rule(CURL, ALLOW, children=each)]) for each in (not shared, shared))
    at = Desk(old, Settings())

    assert play(at, PolicyChanged(new, NOW)) == [Enforce(frozenset({CURL}))]
    assert play(at, PolicyChanged(new, NOW)) == []


def test_of_a_sender_that_is_gone_the_kernel_learns_the_flow_before_the_release() -> None:
    at = desk((CURL, Action.DENY))
    come(at, ONE)

    effects = play(at, enrolled(absent=True))

    assert effects[-2:] == [Remember(WEB, Action.DENY), Release((ONE,), Verdict.REPEAT)]


# -- it comes back ---------------------------------------------------------------------------


GONE = Process(Pid(0), Uid(1000), Application(Kind.UNKNOWN, "of user 1000, already gone"))


def comes_back(at: Desk, later: float = 1.0) -> None:
    """Let what a placed process has sent come to the queue a second time."""
    play(
        at,
        Arrived(ONE, WEB, NOW),
        Identified(WEB, (ME,), NOW, absent=frozenset()),
        Arrived(TWO, WEB, NOW + later),
    )


def test_a_socket_that_is_closed_while_its_packet_is_held_has_the_verdict_of_who_sent() -> None:
    """Who sent it is in its class by then, and the socket is not."""
    at = desk((CURL, Action.DENY))
    comes_back(at)

    again = play(at, Identified(WEB, (GONE,), NOW + 1, closed=True))

    assert again == [Remember(WEB, Action.DENY), Release((TWO,), Verdict.REPEAT)]


@pytest.mark.parametrize(("closed", "later"), [(False, 1.0), (True, SECOND_LOOK + 0.1)])
def test_nobody_has_the_verdict_of_another_because_a_flow_is_the_same(
    later: float, *, closed: bool
) -> None:
    """The socket is open still, or it was too long ago."""
    at = desk((CURL, ALLOW))
    comes_back(at, later)

    again = play(at, Identified(WEB, (GONE,), NOW + later, closed=closed))

    assert [ask.question.connection.process for ask in of(Ask, again)] == [GONE]


def test_what_comes_back_a_third_time_is_asked_about() -> None:
    at = desk((CURL, ALLOW))
    comes_back(at)
    play(
        at,
        Identified(WEB, (GONE,), NOW + 1, closed=True),
        Arrived(THREE, WEB, NOW + 2),
    )

    assert of(Ask, play(at, Identified(WEB, (GONE,), NOW + 2, closed=True)))


def test_what_was_closed_and_is_decided_no_more_is_asked_about_as_who_sent_it() -> None:
    at = desk((CURL, ALLOW))
    comes_back(at)
    play(at, PolicyChanged(policy(), NOW + 1))

    again = play(at, Identified(WEB, (GONE,), NOW + 1, closed=True))

    assert [ask.question.connection.process for ask in of(Ask, again)] == [ME]


@pytest.mark.parametrize(
    ("after", "second"), [(0.0, True), (SECOND_LOOK, True), (SECOND_LOOK + 0.1, False)]
)
def test_a_flow_that_comes_back_at_once_is_looked_up_beyond_the_classes(
    after: float, *, second: bool
) -> None:
    at = desk((CURL, ALLOW))
    come(at, ONE)
    play(at, enrolled())

    assert play(at, Arrived(TWO, WEB, NOW + after)) == [Identify(WEB, 0, beyond_classes=second)]


@pytest.mark.parametrize(("after", "asked"), [(0.0, False), (SETTLES + 0.1, True)])
def test_a_flow_that_a_change_of_the_policy_overtook_is_nobodys_question(
    after: float, *, asked: bool
) -> None:
    """Its sender is in a decided class by now, and so left out of the second look."""
    at = desk((CURL, ALLOW))
    come(at, ONE)
    play(at, enrolled(), Arrived(TWO, WEB, NOW), PolicyChanged(policy((CURL, Action.DENY)), NOW))
    nobody = replace(ME, pid=Pid(0), application=Application(Kind.UNKNOWN, "already gone"))

    effects = play(at, Identified(WEB, (nobody,), NOW + after))

    assert bool(of(Ask, effects)) is asked
    assert bool(of(Release, effects)) is not asked


def test_time_alone_does_nothing_while_nothing_waits() -> None:
    at = desk()
    assert at.deadline is None
    assert play(at, TimePassed(NOW + 1e6)) == []
