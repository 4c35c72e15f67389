"""The page with the rules: what it shows, and what it asks for."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cast import CURL, WGET, path, rule
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QWidget,
)
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from stile.applications import EVERYBODY, KERNEL
from stile.lint import Finding, Problem
from stile.rules import Action, Lifetime, Origin, Rule, RuleId
from stile.scopes import Scope
from stile_ui.applications_model import SHELF, ApplicationsModel, amount
from stile_ui.applications_view import ApplicationsView
from stile_ui.changes import Change, Step
from stile_ui.clean_up import CleanUp
from stile_ui.import_preview import ImportPreview
from stile_ui.rule_editor import RuleEditor, application_of
from stile_ui.rulebook import Shelf, shelved
from stile_ui.rules_model import RULE, RulesModel
from stile_ui.rules_page import RulesPage
from stile_ui.rules_view import RulesView
from stile_ui.strip import Strip

CURLS = rule(CURL, Action.DENY, "noisy", here="temporary")
WGETS = rule(WGET, Action.ALLOW)
NARROW = replace(
    rule(CURL, Action.ALLOW),
    id=RuleId("curl:1"),
    scope=Scope.parse({"to": "*.example.org", "port": "web", "protocol": "tcp"}),
)
SHIPPED = rule(path("/usr/sbin/chronyd"), Action.ALLOW, here="shipped")
ALL = [(WGETS, True), (CURLS, True), (NARROW, True), (SHIPPED, True)]


@pytest.fixture
def page(qtbot: QtBot) -> RulesPage:
    shown = RulesPage()
    qtbot.addWidget(shown)
    shown.show_presence(present=True)
    shown.show_shelves(shelved(ALL))
    shown.show()
    return shown


def names(page: RulesPage) -> list[Any]:
    model = page.findChildren(ApplicationsView)[0].model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def rows(page: RulesPage) -> list[Rule]:
    model = page.findChildren(RulesView)[0].model()
    return [model.index(row, 0).data(RULE) for row in range(model.rowCount())]


def select(page: RulesPage, *rules: Rule) -> None:
    view = page.findChildren(RulesView)[0]
    page.open_application(rules[0].application)
    view.clearSelection()
    for each in rules:
        view.setSelectionMode(view.SelectionMode.MultiSelection)
        view.selectRow(rows(page).index(each))
        view.setSelectionMode(view.SelectionMode.ExtendedSelection)


def press(qtbot: QtBot, widget: QWidget, text: str) -> None:
    buttons = [each for each in widget.findChildren(QPushButton) if each.text() == text]
    (found,) = [each for each in buttons if each.isVisibleTo(widget)]
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def field(widget: QWidget, name: str) -> Any:  # noqa: ANN401 # a widget of any class
    found = [w for w in widget.findChildren(QWidget) if w.accessibleName() == name]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def search(page: RulesPage, text: str) -> None:
    field(page, "Search applications and rules").setText(text)


def choose(page: RulesPage, name: str, text: str) -> None:
    box: QComboBox = field(page, name)
    box.setCurrentIndex(box.findText(text))


def said(page: RulesPage) -> list[str]:
    return [each.text for each in page.findChildren(Strip) if each.isVisibleTo(page)]


def dialog(page: RulesPage, kind: type[QDialog]) -> Any:  # noqa: ANN401 # of that kind
    (found,) = page.findChildren(kind)
    return found


def wanted(qtbot: QtBot, page: RulesPage, deed: Any) -> tuple[Change, list[RuleId]]:  # noqa: ANN401
    with qtbot.waitSignal(page.apply_wanted) as caught:
        deed()
    change, step, removed = caught.args
    assert step is Step.DO
    return change, removed


# -- what is shown -------------------------------------------------------------------------


def test_applications_stand_in_the_order_of_their_names(page: RulesPage) -> None:
    assert names(page) == ["chronyd", "curl", "wget"]


def test_one_is_opened_and_its_rules_stand_beside_it(page: RulesPage) -> None:
    page.open_application(CURL)
    assert rows(page) == [CURLS, NARROW]
    select(page, NARROW)
    sentence = field(page, "What the selected rule does").text()
    assert sentence == (
        "curl may reach example.org and all below it at the ports 80, 443, 8080, 8443 over TCP."
    )


def test_models_hold_what_qt_expects(qtmodeltester: ModelTester) -> None:
    applications, rules = ApplicationsModel(), RulesModel()
    applications.show(shelved(ALL))
    rules.show([(CURLS, True), (NARROW, False)])
    qtmodeltester.check(applications)
    qtmodeltester.check(rules)


@pytest.mark.parametrize("text", ["CURL", "bin/curl", "noisy", "temporary", "example.org curl"])
def test_search_looks_at_name_path_destination_note_and_words(page: RulesPage, text: str) -> None:
    search(page, text)
    assert names(page) == ["curl"]
    search(page, "")
    assert len(names(page)) == 3


@pytest.mark.parametrize(
    ("box", "text", "found"),
    [
        ("Filter by verdict", "Deny", ["curl"]),
        ("Filter by verdict", "Allow", ["chronyd", "curl", "wget"]),
        ("Filter by origin", "Shipped", ["chronyd"]),
        ("Filter by lifetime", "Until reboot", ["curl"]),
        ("Filter by verdict", "With problems", ["wget"]),
    ],
)
def test_filters(page: RulesPage, box: str, text: str, found: list[str]) -> None:
    page.show_problems({WGET: (Finding(WGETS, Problem.GONE),)})
    choose(page, box, text)
    assert names(page) == found


def test_what_is_used_last_may_stand_first(page: RulesPage) -> None:
    page.show_uses({WGET: (2e9, 1_234_567), CURL: (1e9, 0)})
    choose(page, "Sort by", "By last use")
    assert names(page) == ["wget", "curl", "chronyd"]
    assert (amount(999), amount(1_234_567), amount(5 * 10**12)) == ("999 B", "1.2 MB", "5.0 TB")


def test_what_is_open_stays_so_when_others_change(page: RulesPage) -> None:
    select(page, NARROW)
    page.show_shelves(shelved([(replace(WGETS, action=Action.DROP), True)]))
    assert rows(page) == [CURLS, NARROW]
    assert "example.org" in field(page, "What the selected rule does").text()


def test_an_application_without_rules_goes(page: RulesPage) -> None:
    page.show_shelves({CURL: Shelf(CURL)})
    assert names(page) == ["chronyd", "wget"]


def test_problems_stand_in_a_strip_and_a_rule_that_does_nothing_says_why(page: RulesPage) -> None:
    page.show_status({"problems": ["rules.d/curl.toml, line 3: no such action"]})
    assert said(page) == ["rules.d/curl.toml, line 3: no such action"]
    page.show_problems({CURL: (Finding(NARROW, Problem.COVERED, CURLS),)})
    select(page, NARROW)
    text = field(page, "What the selected rule does").text()
    assert "Says nothing new: “Deny: Everything” covers it." in text


def test_without_a_helper_nothing_can_be_changed(page: RulesPage) -> None:
    page.open_application(CURL)
    page.show_presence(present=False)
    buttons = [each for each in page.findChildren(QPushButton) if each.isVisibleTo(page)]
    assert [each.text() for each in buttons if each.isEnabled()] == ["E&xport…"]


# -- what is wanted ------------------------------------------------------------------------


def test_a_click_on_the_check_mark_switches_a_rule(qtbot: QtBot, page: RulesPage) -> None:
    page.open_application(CURL)
    model = page.findChildren(RulesView)[0].model()
    unchecked = Qt.CheckState.Unchecked

    def click() -> None:
        model.setData(model.index(1, 0), unchecked, Qt.ItemDataRole.CheckStateRole)

    change, removed = wanted(qtbot, page, click)
    assert [(each.scope, each.enabled) for each in change.new] == [(NARROW.scope, False)]
    assert (change.gone, removed) == ((NARROW,), [])
    assert model.index(1, 0).data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked


def test_several_rules_are_removed_in_one_go_and_come_back(qtbot: QtBot, page: RulesPage) -> None:
    select(page, CURLS, NARROW)
    change, removed = wanted(qtbot, page, lambda: press(qtbot, page, "Re&move"))
    assert removed == [CURLS.id, NARROW.id]
    page.applied(change, Step.DO)
    page.show_shelves({CURL: Shelf(CURL)})
    assert said(page) == ["Done: Remove 2 rules."]

    with qtbot.waitSignal(page.apply_wanted) as caught:
        qtbot.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    undone, step, removed = caught.args
    assert (undone.made(step).new, step, removed) == ((CURLS, NARROW), Step.UNDO, [])


def test_an_undo_that_does_not_fit_any_more_says_so(qtbot: QtBot, page: RulesPage) -> None:
    select(page, CURLS)
    change, _ = wanted(qtbot, page, lambda: press(qtbot, page, "Re&move"))
    page.applied(change, Step.DO)
    page.show_shelves(shelved([(replace(CURLS, action=Action.ALLOW), True)]))
    with qtbot.assertNotEmitted(page.apply_wanted):
        press(qtbot, page, "&Undo")
    assert said(page) == [
        "That cannot be undone any more: there is another rule about the same for curl now."
    ]


def test_a_refused_change_is_not_to_be_undone(qtbot: QtBot, page: RulesPage) -> None:
    select(page, CURLS)
    change, _ = wanted(qtbot, page, lambda: press(qtbot, page, "Re&move"))
    page.refused(change, Step.DO, "You may not do this.")
    assert said(page) == ["You may not do this."]
    assert not field(page, "Undo").isEnabled()


def test_a_shipped_rule_is_overridden_and_not_removed(qtbot: QtBot, page: RulesPage) -> None:
    select(page, SHIPPED)
    change, removed = wanted(qtbot, page, lambda: press(qtbot, page, "Re&move"))
    assert (change.gone, removed) == ((), [])
    assert [(each.action, each.origin) for each in change.new] == [(Action.ASK, Origin.USER)]


def test_an_edit_takes_the_place_of_the_rule(qtbot: QtBot, page: RulesPage) -> None:
    select(page, NARROW)
    press(qtbot, page, "&Edit…")
    editor = dialog(page, RuleEditor)
    field(editor, "Destination").setText("192.0.2.1")
    change, removed = wanted(qtbot, page, editor.accept)
    (new,) = change.new
    assert (str(new.scope), new.action) == ("to 192.0.2.1 port web protocol tcp", Action.ALLOW)
    assert (change.gone, removed) == ((NARROW,), [NARROW.id])


def test_a_copy_leaves_the_rule_and_says_what_it_displaces(qtbot: QtBot, page: RulesPage) -> None:
    select(page, NARROW)
    press(qtbot, page, "&Copy…")
    editor = dialog(page, RuleEditor)
    assert "takes the place of another rule" in field(editor, "What the rule does").text()
    field(editor, "Program").setText("path:/usr/bin/wget")
    assert "takes the place" not in field(editor, "What the rule does").text()
    change, _ = wanted(qtbot, page, editor.accept)
    assert (change.gone, [each.application for each in change.new]) == ((), [WGET])


def test_what_does_nothing_is_cleaned_up_in_one_go(qtbot: QtBot, page: RulesPage) -> None:
    findings = (Finding(NARROW, Problem.COVERED, CURLS),)
    page.show_problems({CURL: findings, WGET: (Finding(WGETS, Problem.GONE),)})
    press(qtbot, page, "C&lean up (2)…")
    clean = dialog(page, CleanUp)
    (tree,) = clean.findChildren(QTreeWidget)
    checked = Qt.CheckState.Checked
    items = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount())]
    assert [item.checkState(0) == checked for item in items] == [True, False]
    items[1].setCheckState(0, checked)
    change, removed = wanted(qtbot, page, lambda: press(qtbot, clean, "&Remove 2 rules"))
    assert (change.text, removed) == ("Clean up 2 rules", [NARROW.id, WGETS.id])


def test_what_comes_in_is_shown_first(qtbot: QtBot, page: RulesPage, tmp_path: Path) -> None:
    operator = {"type": "simple", "operand": "process.path", "data": "/usr/bin/wget"}
    good = {"name": "w", "enabled": True, "action": "deny", "duration": "always"}
    bad = good | {"name": "bad", "operator": operator | {"operand": "process.command"}}
    (tmp_path / "w.json").write_text(json.dumps(good | {"operator": operator}))
    (tmp_path / "bad.json").write_text(json.dumps(bad))
    press(qtbot, page, "&Import…")
    preview = dialog(page, ImportPreview)
    line = field(preview, "File or folder")
    line.setText(str(tmp_path))
    with qtbot.assertNotEmitted(preview.chosen):
        qtbot.keyClick(line, Qt.Key.Key_Return)
    (tree,) = preview.findChildren(QTreeWidget)
    shown = [[tree.topLevelItem(n).text(c) for c in range(2)] for n in range(2)]
    assert shown == [["bad", "Not carried over"], ["wget", "Drop: Everything"]]
    change, removed = wanted(qtbot, page, lambda: press(qtbot, preview, "&Import 1 rule"))
    assert [(each.application, each.action) for each in change.new] == [(WGET, Action.DROP)]
    assert (change.gone, removed) == ((WGETS,), []), "what it displaces comes back with undo"


def test_nothing_to_import_is_said(qtbot: QtBot, page: RulesPage, tmp_path: Path) -> None:
    press(qtbot, page, "&Import…")
    preview = dialog(page, ImportPreview)
    preview.read(tmp_path / "nowhere")
    texts = [each.text for each in preview.findChildren(Strip) if each.isVisibleTo(preview)]
    assert texts == [f"{tmp_path}/nowhere: No such file or directory"]


# -- the editor ----------------------------------------------------------------------------


@pytest.fixture
def editor(qtbot: QtBot) -> RuleEditor:
    form = RuleEditor()
    qtbot.addWidget(form)
    form.show()
    return form


def test_a_form_makes_all_of_a_rule(qtbot: QtBot, editor: RuleEditor) -> None:
    for name, text in {
        "Program": "path:/opt/thing",
        "Destination": "*.example.org",
        "Port": "80,443",
        "Note": "for the test",
    }.items():
        field(editor, name).setText(text)
    field(editor, "Protocol").setCurrentText("tcp")
    field(editor, "User").setCurrentText("root")
    field(editor, "Network").setCurrentText("Home")
    with qtbot.waitSignal(editor.made) as caught:
        editor.accept()
    words = {"to": "*.example.org", "port": "80,443", "protocol": "tcp", "user": "0"}
    scope = Scope.parse({**words, "network": "Home"})
    assert caught.args == [
        Rule(path("/opt/thing"), Action.ALLOW, Lifetime.FOREVER, "for the test", scope=scope)
    ]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("Destination", "not a place", "'not a place' is not a destination"),
        ("Port", "70000", "'70000' is not within 1-65535"),
        ("Program", "path:relative", "'path:relative' has no absolute path"),
        ("User", "nobody-of-this-name", "There is no user"),
        ("Network", "type:carrier-pigeon", "is not a kind of network"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    qtbot: QtBot, editor: RuleEditor, name: str, text: str, reason: str
) -> None:
    field(editor, "Program").setText("path:/opt/thing")
    widget = field(editor, name)
    widget.setText(text) if isinstance(widget, QLineEdit) else widget.setCurrentText(text)
    shown = [e for e in editor.findChildren(QLabel) if e.isVisible() and reason in e.text()]
    assert len(shown) == 1
    below = (
        shown[0].mapTo(editor, shown[0].rect().topLeft()).y()
        - widget.mapTo(editor, widget.rect().bottomLeft()).y()
    )
    assert 0 <= below < widget.height()
    with qtbot.assertNotEmitted(editor.made):
        editor.accept()
    assert editor.isVisible()


def test_everybody_has_no_children_and_the_kernel_is_not_asked_about(editor: RuleEditor) -> None:
    field(editor, "Program").setText(str(EVERYBODY))
    field(editor, "Verdict").setCurrentIndex(0)
    assert editor.rule().children is False
    field(editor, "Program").setText(str(KERNEL))
    verdict = field(editor, "Verdict")
    verdict.setCurrentIndex(verdict.findData(Action.ASK))
    shown = [e.text() for e in editor.findChildren(QLabel) if e.isVisible()]
    assert "The kernel cannot be asked about: allow, deny or drop" in shown


def test_a_link_is_followed_to_the_file_that_runs() -> None:
    assert str(application_of("/proc/self/../../usr/bin/../bin/no-such-thing")) == (
        "path:/usr/bin/no-such-thing"
    )


def test_names_of_strangers_are_shown_as_they_are(qtbot: QtBot) -> None:
    model = ApplicationsModel()
    model.show(shelved([(rule(path("/opt/<b>\u202egpj"), Action.ALLOW), True)]))
    assert model.index(0).data(SHELF).title == "<b>\\u202egpj"
