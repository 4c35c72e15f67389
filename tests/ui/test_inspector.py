"""Rules that do nothing are found in a thread, as rules change."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cast import path, rule
from pytestqt.qtbot import QtBot

from stile.applications import EVERYBODY
from stile.lint import Finding, Problem
from stile.rules import Action, Rule, RuleId
from stile.scopes import Scope
from stile_ui.inspector import Inspector, exists
from stile_ui.rulebook import Shelf, shelved


@pytest.fixture
def inspector() -> Iterator[Inspector]:
    looking = Inspector()
    yield looking
    looking.close()


def narrow(wide: Rule) -> Rule:
    return replace(wide, scope=Scope.parse({"to": "192.0.2.1"}), id=RuleId("narrow"))


def test_what_changes_is_looked_at_and_only_that(
    qtbot: QtBot, inspector: Inspector, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    program.touch()
    wide, gone = rule(path(str(program)), Action.ALLOW), rule(path("/no/such"), Action.ALLOW)
    with qtbot.waitSignal(inspector.found) as caught:
        inspector.look_at(shelved([(wide, True), (gone, True)]))
    assert caught.args[0] == {
        wide.application: (),
        gone.application: (Finding(gone, Problem.GONE),),
    }
    small = narrow(wide)
    with qtbot.waitSignal(inspector.found) as caught:
        inspector.look_at(shelved([(wide, True), (small, True)]))
    assert caught.args[0] == {wide.application: (Finding(small, Problem.COVERED, wide),)}


def test_a_rule_about_everybody_concerns_all(
    qtbot: QtBot, inspector: Inspector, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    program.touch()
    own = narrow(rule(path(str(program)), Action.DENY))
    general = rule(EVERYBODY, Action.DENY)
    with qtbot.waitSignal(inspector.found):
        inspector.look_at(shelved([(own, True)]))
    with qtbot.waitSignal(inspector.found) as caught:
        inspector.look_at(shelved([(general, True)]))
    assert caught.args[0][own.application] == (Finding(own, Problem.COVERED, general),)
    with qtbot.waitSignal(inspector.found) as caught:
        inspector.look_at({EVERYBODY: Shelf(EVERYBODY)})
    assert caught.args[0] == {own.application: (), EVERYBODY: ()}


def test_a_file_is_looked_for_by_its_own_name(tmp_path: Path) -> None:
    assert not exists(path(str(tmp_path / "nothing")))
    assert exists(path(str(tmp_path)))
    assert exists(path("/a\\xff/spelled")), "how a name is spelled is not its name"
