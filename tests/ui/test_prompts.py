"""Which question is looked at."""

from dataclasses import replace

import pytest
from cast import question
from pytestqt.qtbot import QtBot

from stile.questions import QuestionId
from stile_ui.prompts import Prompts

ONE, TWO, THREE = QuestionId(1), QuestionId(2), QuestionId(3)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def prompts() -> Prompts:
    three = Prompts(Clock())
    for number in (1, 2, 3):
        three.ask(question(number))
    return three


def shown(prompts: Prompts) -> int | None:
    return prompts.current.question.id if prompts.current else None


def test_nothing_is_shown_when_nothing_is_asked() -> None:
    prompts = Prompts()
    assert (prompts.current, prompts.position, len(prompts)) == (None, 0, 0)


def test_a_new_question_does_not_push_the_first_aside(prompts: Prompts) -> None:
    assert (shown(prompts), prompts.position, len(prompts)) == (ONE, 1, 3)


def test_turning_stops_at_both_ends(prompts: Prompts) -> None:
    prompts.turn(-1)
    assert shown(prompts) == ONE
    for _ in range(5):
        prompts.turn(1)
    assert (shown(prompts), prompts.position) == (THREE, 3)


def test_a_withdrawn_question_makes_room_for_the_next(prompts: Prompts) -> None:
    prompts.withdraw(ONE)
    assert (shown(prompts), prompts.position, len(prompts)) == (TWO, 1, 2)


def test_the_last_in_line_makes_room_for_the_one_before(prompts: Prompts) -> None:
    prompts.show(THREE)
    prompts.withdraw(THREE)
    assert shown(prompts) == TWO


def test_withdrawing_another_question_leaves_the_one_that_is_looked_at(prompts: Prompts) -> None:
    prompts.show(TWO)
    prompts.withdraw(ONE)
    prompts.withdraw(QuestionId(99))
    assert (shown(prompts), prompts.position) == (TWO, 1)


def test_new_details_keep_their_place_and_are_no_new_question(
    prompts: Prompts, qtbot: QtBot
) -> None:
    with qtbot.assertNotEmitted(prompts.arrived):
        prompts.ask(question(1, waiting=7))
    assert prompts.current is not None
    assert (prompts.position, prompts.current.question.waiting) == (1, 7)


def test_the_deadline_counts_from_when_it_was_asked(prompts: Prompts) -> None:
    assert prompts.current is not None
    assert prompts.current.deadline == 160.0


def test_an_answer_that_did_not_count_leaves_the_question_open_and_says_why(
    prompts: Prompts,
) -> None:
    prompts.answering(ONE)
    assert prompts.current is not None
    assert prompts.current.answering
    prompts.unanswered(ONE, "You may not do this")
    assert not prompts.current.answering
    assert prompts.current.problem == "You may not do this"


def test_turning_goes_through_the_places_of_each_question(prompts: Prompts) -> None:
    wider = replace(question(2), others=(question(2, to="203.0.113.9").connection,))
    prompts.ask(wider)
    prompts.turn(1)
    prompts.turn(1)
    assert (shown(prompts), prompts.position) == (TWO, 2)
    assert prompts.current is not None
    assert prompts.current.connection == wider.others[0]
    prompts.ask(replace(wider, waiting=9))
    assert prompts.current.place == 1, "more packets do not turn the page"
    prompts.turn(1)
    assert shown(prompts) == THREE


def test_a_place_that_there_is_not_is_not_shown(prompts: Prompts) -> None:
    prompts.show(ONE, 5)
    assert prompts.current is not None
    assert (shown(prompts), prompts.current.place) == (ONE, 0)


def test_all_are_void_when_the_helper_goes(prompts: Prompts) -> None:
    prompts.clear()
    assert (prompts.current, len(prompts)) == (None, 0)
