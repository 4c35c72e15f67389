"""What was done to rules can be undone, as long as others leave it alone."""

from dataclasses import replace

from cast import CURL, WGET, rule

from stile.applications import Application
from stile.rules import Action, Lifetime, Origin, Rule, RuleId
from stile.scopes import Scope
from stile_ui.changes import Change, History, Step, displaced

ALLOW = rule(CURL, Action.ALLOW)
DENY = replace(ALLOW, action=Action.DENY)
NARROW = replace(ALLOW, scope=Scope.parse({"to": "192.0.2.1"}), id=RuleId("curl:1"))
ADDED = replace(ALLOW, id=RuleId(""))


def hindrance(change: Change, *rules: Rule) -> str:
    return change.hindrance(lambda who: [each for each in rules if each.application == who])


def removed(change: Change, *rules: Rule) -> list[RuleId]:
    return change.removed(lambda who: [each for each in rules if each.application == who])


def test_undoing_is_the_same_the_other_way_round() -> None:
    change = Change("x", (ALLOW,), (DENY,))
    assert change.made(Step.UNDO) == Change("x", (DENY,), (ALLOW,))
    assert change.made(Step.REDO) == change


def test_what_was_added_is_removed_by_the_id_that_it_got() -> None:
    undo = Change("x", (), (ADDED,)).made(Step.UNDO)
    assert hindrance(undo, ALLOW, NARROW) == ""
    assert removed(undo, ALLOW, NARROW) == [ALLOW.id]


def test_what_is_overwritten_is_not_removed_first() -> None:
    assert removed(Change("x", (ALLOW,), (DENY,)), ALLOW) == []
    moved = replace(DENY, lifetime=Lifetime.REBOOT)
    assert removed(Change("x", (ALLOW,), (moved,)), ALLOW) == [ALLOW.id]


def test_what_others_have_changed_is_not_undone() -> None:
    undo = Change("x", (), (ADDED,)).made(Step.UNDO)
    assert hindrance(undo, DENY) == "the rule about curl is not as it was any more"
    assert hindrance(undo) == "the rule about curl is not as it was any more"


def test_what_others_have_put_in_its_place_stays() -> None:
    undo = Change("x", (ALLOW,)).made(Step.UNDO)
    assert hindrance(undo) == ""
    assert hindrance(undo, DENY) == "there is another rule about the same for curl now"
    assert hindrance(undo, NARROW, rule(WGET, Action.DENY)) == ""


def test_what_held_until_a_process_quits_cannot_be_had_again() -> None:
    stay = replace(ALLOW, lifetime=Lifetime.QUIT, origin=Origin.TEMPORARY)
    assert not Change("x", (stay,)).can_be_undone


def test_a_rule_that_lasts_ends_those_that_end_and_not_the_other_way_round() -> None:
    timed = replace(ALLOW, lifetime=Lifetime.UNTIL, until=4e9, origin=Origin.TIMED)

    def about(_: Application) -> list[Rule]:
        return [ALLOW, timed, NARROW]

    assert displaced(DENY, about) == (ALLOW, timed)
    assert displaced(replace(DENY, lifetime=Lifetime.REBOOT), about) == (timed,)


def test_undo_and_redo_go_through_what_was_done() -> None:
    history, first, second = History(), Change("1", (ALLOW,)), Change("2", (NARROW,))
    history.took_place(first, Step.DO)
    history.took_place(second, Step.DO)
    history.took_place(second, Step.UNDO)
    assert (history.undoable, history.redoable) == (first, second)
    history.took_place(second, Step.REDO)
    assert (history.undoable, history.redoable) == (second, None)
    history.took_place(second, Step.UNDO)
    history.took_place(Change("3", (NARROW,)), Step.DO)
    assert history.redoable is None, "what is done anew ends what could be done again"
    history.forget(first)
    assert [history.undoable and history.undoable.text] == ["3"]
