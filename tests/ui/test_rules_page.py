"""The rules: what the table says, and what the window asks for."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from cast import CURL, WGET, path, rule
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QTableView
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot
from stile_ui.new_rule import NewRule, application_of
from stile_ui.rules_window import RulesWindow

from stile.applications import EVERYBODY, KERNEL
from stile.rules import Action, Lifetime, Origin, Rule, RuleId
from stile.scopes import Scope
from stile_ui.rules_model import RULE, RulesModel
from stile_ui.strip import Strip

CURLS = rule(CURL, Action.DENY, "noisy", here="temporary")
WGETS = rule(WGET, Action.ALLOW)
NARROW = replace(
    rule(CURL, Action.ALLOW),
    id=RuleId("curl:1"),
    scope=Scope.parse({"to": "*.example.org", "port": "web", "protocol": "tcp"}),
)
ENDS = datetime(2031, 1, 2, 3, 4)  # as people see it
TIMED = replace(
    rule(CURL, Action.DROP),
    id=RuleId("curl@:2"),
    origin=Origin.TIMED,
    scope=Scope.parse({"to": "192.0.2.0/24"}),
    lifetime=Lifetime.UNTIL,
    until=ENDS.timestamp(),
)
SHIPPED = rule(path("/usr/sbin/chronyd"), Action.ALLOW, here="shipped")


@pytest.fixture
def window(qtbot: QtBot) -> RulesWindow:
    shown = RulesWindow()
    qtbot.addWidget(shown)
    shown.show_presence(present=True)
    shown.show_rules([(WGETS, True), (CURLS, True), (SHIPPED, False)])
    shown.show()
    return shown


def titles(window: RulesWindow) -> list[Any]:
    model = window.findChildren(QTableView)[0].model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def row_of(window: RulesWindow, rule: Rule) -> int:
    model = window.findChildren(QTableView)[0].model()
    (row,) = [n for n in range(model.rowCount()) if model.index(n, 0).data(RULE) == rule]
    return row


def select(window: RulesWindow, title: str) -> None:
    window.findChildren(QTableView)[0].selectRow(titles(window).index(title))


def press(qtbot: QtBot, window: RulesWindow, text: str) -> None:
    (found,) = [each for each in window.findChildren(QPushButton) if each.text() == text]
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def search(window: RulesWindow, text: str) -> None:
    window.findChildren(QLineEdit)[0].setText(text)


def said(window: RulesWindow) -> list[str]:
    return [each.text for each in window.findChildren(Strip) if each.isVisibleTo(window)]


def test_the_table_says_what_the_rules_say(qtmodeltester: ModelTester) -> None:
    model = RulesModel()
    model.show([(CURLS, True), (WGETS, False)])

    row = [model.data(model.index(0, column)) for column in range(model.columnCount())]

    assert row == ["curl", "Deny", "anything", "", "Until reboot", "Temporary", "noisy"]
    qtmodeltester.check(model)


def test_each_rule_of_an_application_is_a_row_and_says_what_it_covers(
    qtmodeltester: ModelTester,
) -> None:
    model = RulesModel()
    model.show([(TIMED, True), (NARROW, True), (CURLS, True)])

    rows = [
        [model.data(model.index(row, column)) for column in (0, 1, 2, 4, 5)] for row in range(3)
    ]

    assert rows == [
        ["curl", "Deny", "anything", "Until reboot", "Temporary"],
        ["curl", "Allow", "*.example.org, port web, tcp", "Always", "Yours"],
        ["curl", "Drop", "192.0.2.0/24", f"Until {ENDS:%a %-d %b %H:%M}", "Timed"],
    ]
    qtmodeltester.check(model)


def test_what_is_done_to_a_narrow_rule_is_done_to_it_alone(
    qtbot: QtBot, window: RulesWindow
) -> None:
    window.show_rules([(CURLS, True), (NARROW, True), (TIMED, True)])
    window.findChildren(QTableView)[0].selectRow(row_of(window, NARROW))
    assert window.selected == NARROW
    (switch,) = window.findChildren(QCheckBox)
    assert not switch.isEnabled(), "children share the verdict of a whole application alone"

    with qtbot.waitSignal(window.change_wanted) as caught:
        press(qtbot, window, "Deny")
    assert caught.args == [NARROW.id, Action.DENY]
    with qtbot.waitSignal(window.removal_wanted) as caught:
        press(qtbot, window, "&Remove")
    assert caught.args == [NARROW.id]

    window.show_rules([(CURLS, True), (TIMED, True)])
    assert said(window) == ["The rule about curl (*.example.org, port web, tcp) is gone."]
    with qtbot.waitSignal(window.rule_wanted) as caught:
        press(qtbot, window, "Undo")
    assert caught.args == [NARROW]


def test_a_rule_that_is_switched_off_says_so() -> None:
    model = RulesModel()
    model.show([(replace(NARROW, enabled=False), False)])
    hint = model.data(model.index(0, 0), Qt.ItemDataRole.ToolTipRole)
    assert "it is switched off" in str(hint)
    assert "*.example.org" in str(hint)


def test_everybody_is_an_application_like_others(window: RulesWindow) -> None:
    window.show_rules([(replace(NARROW, application=EVERYBODY), True)])
    assert titles(window) == ["Everybody"]


def test_rules_stand_in_the_order_of_their_names(window: RulesWindow) -> None:
    assert titles(window) == ["chronyd", "curl", "wget"]


@pytest.mark.parametrize("text", ["CURL", "bin/curl", "noisy", "temporary"])
def test_search_looks_at_name_path_note_and_words(window: RulesWindow, text: str) -> None:
    search(window, text)
    assert titles(window) == ["curl"]
    search(window, "")
    assert len(titles(window)) == 3


def test_another_verdict_is_asked_for_and_not_made(qtbot: QtBot, window: RulesWindow) -> None:
    select(window, "curl")
    with qtbot.waitSignal(window.change_wanted) as caught:
        press(qtbot, window, "Allow")
    assert caught.args == [CURLS.id, Action.ALLOW]
    assert window.selected == CURLS
    (deny,) = [each for each in window.findChildren(QPushButton) if each.text() == "Deny"]
    assert deny.isChecked()  # until the helper says otherwise


def test_the_programs_it_starts_are_a_switch_of_the_rule(qtbot: QtBot, window: RulesWindow) -> None:
    select(window, "curl")
    (switch,) = window.findChildren(QCheckBox)
    with qtbot.waitSignal(window.sharing_wanted) as caught:
        qtbot.mouseClick(switch, Qt.MouseButton.LeftButton, pos=switch.rect().center() / 4)
    assert caught.args == [CURLS.id, True]
    assert not switch.isChecked()  # until the helper says otherwise

    window.show_rules([(replace(CURLS, children=True), True)])
    assert switch.isChecked()
    with qtbot.waitSignal(window.sharing_wanted) as caught:
        switch.click()
    assert caught.args == [CURLS.id, False]


@pytest.mark.parametrize("rule", [rule(CURL, Action.ASK), rule(KERNEL, Action.ALLOW)])
def test_where_there_is_nothing_to_share_the_switch_is_off(window: RulesWindow, rule: Rule) -> None:
    window.show_rules([(rule, True)])
    select(window, rule.application.title)
    (switch,) = window.findChildren(QCheckBox)
    assert (switch.isEnabled(), switch.isChecked()) == (False, False)


def test_the_verdict_that_holds_already_is_not_asked_for(qtbot: QtBot, window: RulesWindow) -> None:
    select(window, "curl")
    with qtbot.assertNotEmitted(window.change_wanted):
        press(qtbot, window, "Deny")


def test_a_removal_is_asked_for_and_can_be_undone(qtbot: QtBot, window: RulesWindow) -> None:
    select(window, "curl")
    with qtbot.waitSignal(window.removal_wanted) as caught:
        press(qtbot, window, "&Remove")
    assert caught.args == [CURLS.id]
    assert titles(window) == ["chronyd", "curl", "wget"]

    window.show_rules([(WGETS, True)])
    assert said(window) == ["The rule about curl is gone."]
    with qtbot.waitSignal(window.rule_wanted) as caught:
        press(qtbot, window, "Undo")
    assert caught.args == [CURLS]


def test_what_holds_until_it_quits_can_be_removed_and_nothing_else(
    qtbot: QtBot, window: RulesWindow
) -> None:
    quits = replace(CURLS, lifetime=Lifetime.QUIT)
    window.show_rules([(quits, True)])
    select(window, "curl")
    for text in ("Allow", "Deny", "Drop", "Ask"):
        with qtbot.assertNotEmitted(window.change_wanted):
            press(qtbot, window, text)

    with qtbot.waitSignal(window.removal_wanted) as caught:
        press(qtbot, window, "&Remove")

    assert caught.args == [quits.id]
    window.show_rules([])
    assert said(window) == [], "nobody can add it again"


def test_a_removal_that_was_refused_offers_no_undo(qtbot: QtBot, window: RulesWindow) -> None:
    select(window, "curl")
    press(qtbot, window, "&Remove")
    window.show_failure("You may not do this")
    window.show_rules([(WGETS, True)])
    assert said(window) == ["You may not do this"]


def test_the_selection_survives_a_change(window: RulesWindow) -> None:
    select(window, "wget")
    window.show_rules([(WGETS, True), (SHIPPED, True)])
    assert window.selected == WGETS


def test_problems_stand_in_a_strip(window: RulesWindow) -> None:
    window.show_status({"problems": ["rules.d/curl.toml, line 3: no such action"]})
    assert said(window) == ["rules.d/curl.toml, line 3: no such action"]
    window.show_status({"problems": []})
    assert said(window) == []


def test_without_a_helper_nothing_can_be_changed(window: RulesWindow) -> None:
    select(window, "curl")
    window.show_presence(present=False)
    buttons = [each for each in window.findChildren(QPushButton) if each.isVisibleTo(window)]
    assert not any(each.isEnabled() for each in buttons)


def test_an_empty_list_says_how_rules_come_about(window: RulesWindow) -> None:
    window.show_rules([])
    assert not window.findChildren(QTableView)[0].isVisible()


def test_a_form_makes_a_rule(qtbot: QtBot) -> None:
    form = NewRule()
    qtbot.addWidget(form)
    form.findChildren(QLineEdit)[0].setText("path:/opt/thing")
    with qtbot.waitSignal(form.made) as caught:
        form.accept()
    assert caught.args == [Rule(path("/opt/thing"), Action.ALLOW, Lifetime.FOREVER)]


def test_a_form_can_make_a_rule_for_what_the_program_starts_too(qtbot: QtBot) -> None:
    form = NewRule()
    qtbot.addWidget(form)
    form.findChildren(QLineEdit)[0].setText("path:/opt/thing")
    form.findChildren(QCheckBox)[0].click()
    with qtbot.waitSignal(form.made) as caught:
        form.accept()
    assert caught.args == [Rule(path("/opt/thing"), Action.ALLOW, children=True)]


def test_a_form_says_what_is_wrong_and_stays(qtbot: QtBot) -> None:
    form = NewRule()
    qtbot.addWidget(form)
    form.show()
    with qtbot.assertNotEmitted(form.made):
        form.accept()
    assert form.isVisible()
    assert form.findChildren(Strip)[0].text.startswith("Which program")


def test_a_link_is_followed_to_the_file_that_runs() -> None:
    assert str(application_of("/proc/self/../../usr/bin/../bin/no-such-thing")) == (
        "path:/usr/bin/no-such-thing"
    )
