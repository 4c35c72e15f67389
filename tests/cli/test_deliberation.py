"""Several questions before one person: which is looked at, and what would be answered."""

import pytest
from cast import CURL, WGET, path, question

from stile.applications import Application, Kind
from stile.cli.deliberation import ARMING, FOREVER, ONCE, TERMS, Deliberation
from stile.questions import QuestionId
from stile.rules import Action, Choice, Lifetime, Reach, Term

LATE = 1000.0
DEADLINE = 2000.0


@pytest.fixture
def about() -> Deliberation:
    """Three questions, all looked at long enough."""
    made = Deliberation()
    for number, who in enumerate((CURL, WGET, path("/usr/bin/ssh")), start=1):
        made.ask(question(number, who), DEADLINE, 0.0)
    return made


def looked_at(about: Deliberation) -> int | None:
    return about.current.question.id if about.current else None


def test_the_first_is_looked_at_and_counts_after_a_moment(about: Deliberation) -> None:
    assert looked_at(about) == 1
    assert not about.armed(ARMING - 0.01)
    assert about.armed(ARMING)


def test_another_one_and_a_key_that_says_nothing_begin_the_moment_anew(about: Deliberation) -> None:
    about.turn(1, LATE)
    assert looked_at(about) == 2
    assert not about.armed(LATE + ARMING / 2)
    assert about.armed(LATE + ARMING)
    about.typed_nothing(LATE + ARMING)
    assert not about.armed(LATE + ARMING)


def test_new_details_keep_what_was_chosen_and_another_connection_begins_anew(
    about: Deliberation,
) -> None:
    about.next_reach()
    about.ask(question(1, CURL, waiting=7), DEADLINE, LATE)
    assert about.armed(LATE)
    assert about.current is not None
    assert (about.current.question.waiting, about.current.reach) == (7, Reach.HOST)
    about.ask(question(1, CURL, to="203.0.113.9"), DEADLINE, LATE)
    assert not about.armed(LATE)


def test_there_is_nothing_before_the_first_and_after_the_last(about: Deliberation) -> None:
    about.turn(-1, LATE)
    assert looked_at(about) == 1
    about.turn(9, LATE)
    assert looked_at(about) == 3


def test_one_that_is_withdrawn_makes_room_for_the_next_then_for_the_one_before(
    about: Deliberation,
) -> None:
    about.turn(1, LATE)
    about.withdraw(QuestionId(2), LATE)
    assert looked_at(about) == 3
    about.withdraw(QuestionId(3), LATE)
    assert looked_at(about) == 1
    about.withdraw(QuestionId(1), LATE)
    assert (looked_at(about), about.armed(LATE + 9)) == (None, False)
    assert about.withdraw(QuestionId(1), LATE) is None


def test_what_is_put_aside_is_passed_over_until_it_is_looked_at(about: Deliberation) -> None:
    about.put_aside(LATE)
    assert looked_at(about) == 2
    about.withdraw(QuestionId(2), LATE)
    about.withdraw(QuestionId(3), LATE)
    assert looked_at(about) is None
    assert about.marked == []
    about.turn(1, LATE)
    assert looked_at(about) == 1
    assert not about.questions[0].is_aside


def test_marked_ones_are_answered_together(about: Deliberation) -> None:
    about.mark()
    about.turn(2, LATE)
    about.mark()
    assert [each.question.id for each in about.marked] == [1, 3]
    about.answering(about.marked)
    assert not any(each.is_marked for each in about.questions)
    assert about.marked == []  # the one that is looked at is on its way


def test_choices_go_round_and_an_answer_that_is_narrow_is_not_until_it_quits(
    about: Deliberation,
) -> None:
    for _ in range(2):
        about.next_term()
    assert about.current is not None
    assert about.current.term.lifetime is Lifetime.QUIT
    about.toggle_port()
    assert about.current.term == FOREVER
    assert about.current.choice(Action.DENY, 0.0) == Choice(
        Action.DENY, Lifetime.FOREVER, this_port=True
    )
    for _ in range(len(about.current.terms)):
        assert about.current.term.lifetime is not Lifetime.QUIT
        about.next_term()
    about.next_reach(-1)
    assert about.current.reach is Reach.NETWORK


@pytest.mark.parametrize("term", TERMS, ids=str)
@pytest.mark.parametrize("reach", list(Reach))
@pytest.mark.parametrize("this_port", [True, False])
def test_whatever_can_be_chosen_has_an_answer_and_words(
    term: Term,
    reach: Reach,
    this_port: bool,  # noqa: FBT001 # a case
) -> None:
    about = Deliberation(term)
    about.ask(question(1), DEADLINE, 0.0)
    while about.current and about.current.reach is not reach and reach in about.current.reaches:
        about.next_reach()
    if this_port:
        about.toggle_port()
    assert about.current is not None
    for action in (Action.ALLOW, Action.DENY, Action.DROP):
        assert about.current.choice(action, 1e9).action is action
        assert about.current.preview(action, 1e9).endswith(".")


def test_what_was_only_concluded_is_answered_once_unless_the_person_says_more() -> None:
    about = Deliberation()
    about.ask(question(1, inferred=True), DEADLINE, 0.0)
    about.ask(question(2, Application(Kind.DELETED, "/gone")), DEADLINE, 0.0)
    assert [each.term for each in about.questions] == [ONCE, ONCE]
    about.turn(1, 0.0)
    for choose in (about.next_reach, about.toggle_port, about.next_term):
        choose()
    assert about.current is not None
    assert about.current.choice(Action.ALLOW, 0.0) == Choice(Action.ALLOW, Lifetime.ONCE)
