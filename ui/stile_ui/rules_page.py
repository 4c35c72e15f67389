"""The page with all applications and their rules: what the person does becomes a wish.

It changes no rule: it says what is wanted (`apply_wanted`), and shows what the helper says is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMenu, QSplitter, QVBoxLayout, QWidget

from stile.applications import Application
from stile.exchange import write_rules
from stile.language import translate
from stile.rules import Action, Lifetime, Origin, Rule
from stile.scopes import Scope
from stile_ui import explained, icons, words
from stile_ui.application_pane import ApplicationPane
from stile_ui.applications_pane import ApplicationsPane
from stile_ui.changes import Change, History, Step, displaced
from stile_ui.clean_up import CleanUp
from stile_ui.import_preview import ImportPreview
from stile_ui.rule_editor import RuleEditor, kept
from stile_ui.rulebook import Problems, Shelves
from stile_ui.rules_toolbar import RulesToolbar
from stile_ui.strip import NOTICE, TROUBLE, WARNING, Strip


class RulesPage(QWidget):
    """Lists, finds, explains and changes rules.

    Signals:
        apply_wanted(Change, Step, list[RuleId]): a change shall be made; the ids are those that go.
    """

    apply_wanted = Signal(object, object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = History()
        self._networks: tuple[str, ...] = ()
        self._build()
        self._show_history()

    # -- what is shown -----------------------------------------------------------------

    def show_shelves(self, shelves: Shelves) -> None:
        """Show other rules of some applications; what was open and selected stays so."""
        self._applications.model.show(shelves)
        self._applications.show_current()
        self._show_opened()

    def show_problems(self, problems: Problems) -> None:
        """Show which rules of some applications do nothing."""
        self._applications.model.show_problems(problems)
        self._toolbar.show_problems(sum(map(len, self._applications.model.problems.values())))
        self._show_opened()

    def show_uses(self, uses: Mapping[Application, tuple[float, int]]) -> None:
        """Show when applications were seen last (seconds since the epoch), and their octets."""
        self._applications.model.show_uses(uses)

    def show_status(self, status: Mapping[str, Any]) -> None:
        """Show what is wrong with rule files; and know the networks that are active."""
        self._networks = tuple(status.get("networks", ()))
        self._problems.say("\n".join(words.safe(problem) for problem in status["problems"]))

    def show_failure(self, sentence: str) -> None:
        """Say why something that was wanted did not happen."""
        self._failure.say(words.safe(sentence))

    def show_presence(self, present: object) -> None:
        """Say whether there is a helper; without one nothing here can be changed."""
        said = translate(
            "RulesPage",
            "Stile's helper is not running: nothing can be changed here (systemctl start stiled).",
        )
        self._away.say("" if present else said)
        self._pane.setEnabled(bool(present))
        self._toolbar.show_presence(bool(present))

    def applied(self, change: Change, step: Step) -> None:
        """A change was made."""
        self._failure.say("")
        self._history.took_place(change, step)
        self._show_history()
        done = {
            Step.DO: translate("RulesPage", "Done: {what}."),
            Step.UNDO: translate("RulesPage", "Undone: {what}."),
            Step.REDO: translate("RulesPage", "Done again: {what}."),
        }[step]
        self._notice.say(words.safe(done.format(what=change.text)))
        self._notice.show_button(visible=step is not Step.UNDO and change.can_be_undone)

    def refused(self, _change: Change, _step: Step, why: str) -> None:
        """A change was not made."""
        self._notice.say("")
        self.show_failure(why)

    def open_application(self, application: Application) -> None:
        """Show the rules of an application."""
        self._applications.choose(application)

    def _show_opened(self) -> None:
        shelf = self._applications.current
        findings = self._applications.model.problems.get(shelf.application, ()) if shelf else ()
        self._pane.show_shelf(shelf, findings)

    def _show_history(self) -> None:
        undoable, redoable = self._history.undoable, self._history.redoable
        self._toolbar.show_history(
            undoable.text if undoable else "", redoable.text if redoable else ""
        )

    # -- changes -----------------------------------------------------------------------

    def change(self, change: Change) -> None:
        """Want a change to be made."""
        self._failure.say("")
        self.apply_wanted.emit(change, Step.DO, change.removed(self._about))

    def undo(self) -> None:
        """Want the last change to be taken back, if it still can be."""
        if (change := self._history.undoable) is not None:
            self._step(change, Step.UNDO)

    def redo(self) -> None:
        """Want what was taken back to be made again, if it still can be."""
        if (change := self._history.redoable) is not None:
            self._step(change, Step.REDO)

    def _step(self, change: Change, step: Step) -> None:
        deed = change.made(step)
        if hindrance := deed.hindrance(self._about):
            self._history.forget(change)
            self._show_history()
            said = translate("RulesPage", "That cannot be undone any more: {why}.")
            if step is Step.REDO:
                said = translate("RulesPage", "That cannot be done again any more: {why}.")
            self._notice.say("")
            self.show_failure(said.format(why=hindrance))
            return
        self._failure.say("")
        self.apply_wanted.emit(change, step, deed.removed(self._about))

    def _about(self, application: Application) -> Iterable[Rule]:
        shelf = self._applications.model.shelf(application)
        return shelf.rules if shelf else ()

    # -- what the person does ----------------------------------------------------------

    def _add(self) -> None:
        shelf = self._applications.current
        rule = Rule(shelf.application, Action.ALLOW) if shelf and self._pane.has_focus else None
        self._edit_in_form(rule, is_new=True)

    def propose(self, application: Application, scope: Scope) -> None:
        """Begin a rule that somebody wants about what was seen elsewhere."""
        if application.can_have_rules:
            self._edit_in_form(Rule(application, Action.ALLOW, scope=scope), is_new=True)

    def _edit(self, rule: Rule) -> None:
        if rule.lifetime is not Lifetime.QUIT:
            self._edit_in_form(rule, is_new=False)

    def _copy(self, rule: Rule) -> None:
        if rule.lifetime is not Lifetime.QUIT:
            self._edit_in_form(rule, is_new=True)

    def _edit_in_form(self, rule: Rule | None, *, is_new: bool) -> None:
        form = RuleEditor(self, rule, is_new=is_new, about=self._about, networks=self._networks)
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if is_new:
            said = translate("RulesPage", "Add a rule about {name}")
            form.made.connect(lambda made: self._replace(None, made, said))
        else:
            text = translate("RulesPage", "Change the rule about {name}")
            form.made.connect(lambda made: self._replace(rule, made, text))
        form.open()

    def _replace(self, former: Rule | None, made: Rule, said: str) -> None:
        """Have *made* in the place of *former*; a shipped one is overridden and stays."""
        new = kept(made)
        if former is not None and new == kept(former):
            return
        leaving = () if former is None or former.origin is Origin.SHIPPED else (former,)
        taken = (each for each in displaced(new, self._about) if each not in leaving)
        text = said.format(name=new.application.title)
        self._pane.expect(new)
        self.change(Change(text, (*leaving, *taken), (new,)))

    def _switch(self, rule: Rule, on: bool) -> None:  # noqa: FBT001 # as Qt calls it
        said = translate("RulesPage", "Switch the rule about {name} off")
        if on:
            said = translate("RulesPage", "Switch the rule about {name} on")
        self._replace(rule, replace(rule, enabled=on), said)

    def _decide(self, rules: Sequence[Rule], action: Action) -> None:
        """Give rules another verdict; where it cannot be shared, children go without."""
        changed = [e for e in rules if e.lifetime is not Lifetime.QUIT and e.action is not action]
        new = []
        for rule in changed:
            children = rule.children and action is not Action.ASK
            new.append(kept(replace(rule, action=action, children=children)))
        if not changed:
            return
        gone = tuple(rule for rule in changed if rule.origin is not Origin.SHIPPED)
        self.change(Change(_verdict_for(changed), gone, tuple(new)))

    def _remove(self, rules: Sequence[Rule]) -> None:
        """Remove rules; a shipped one is overridden by one that says ask."""
        if not rules:
            return
        shipped = [rule for rule in rules if rule.origin is Origin.SHIPPED]
        asks = [kept(replace(e, action=Action.ASK, note="", children=False)) for e in shipped]
        gone = tuple(rule for rule in rules if rule.origin is not Origin.SHIPPED)
        self.change(Change(_removal_of(rules), gone, tuple(asks)))

    def _clean_up(self) -> None:
        findings = [f for each in self._applications.model.problems.values() for f in each]
        dialog = CleanUp(findings, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._clean)
        dialog.open()

    def _clean(self, rules: Sequence[Rule]) -> None:
        text = translate("RulesPage", "Clean up %n rule|Clean up %n rules", None, len(rules))
        self.change(Change(text, tuple(rules)))

    def _import(self) -> None:
        dialog = ImportPreview(self._about, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.change)
        dialog.open()

    def _export(self) -> None:
        title = translate("RulesPage", "Export rules")
        path, _ = QFileDialog.getSaveFileName(self, title, "stile-rules.toml", "TOML (*.toml)")
        if not path:
            return
        shelves = self._applications.model.shelves.values()
        rules = [rule for shelf in shelves for rule in shelf.rules]
        try:
            count = write_rules(Path(path), rules)
        except OSError as error:
            said = translate("RulesPage", "{file} could not be written: {reason}.")
            self.show_failure(said.format(file=path, reason=error.strerror))
            return
        said = _how_many_written(count)
        self._notice.say(words.safe(said.format(file=path)))
        self._notice.show_button(visible=False)

    def _menu(self, place: QPoint, rules: Sequence[Rule]) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action in Action:
            entry = menu.addAction(icons.verdict(action), explained.verdict(action))
            entry.triggered.connect(lambda _=False, action=action: self._decide(rules, action))
        menu.addSeparator()
        if len(rules) == 1:
            edit = menu.addAction(translate("RulesPage", "&Edit…"))
            edit.triggered.connect(lambda: self._edit(rules[0]))
            copy = menu.addAction(translate("RulesPage", "&Copy…"))
            copy.triggered.connect(lambda: self._copy(rules[0]))
        remove = menu.addAction(translate("RulesPage", "&Remove"))
        remove.triggered.connect(lambda: self._remove(rules))
        menu.popup(place)

    # -- how it looks ------------------------------------------------------------------

    def _build(self) -> None:
        self._toolbar = RulesToolbar(self)
        self._toolbar.add_wanted.connect(self._add)
        self._toolbar.undo_wanted.connect(self.undo)
        self._toolbar.redo_wanted.connect(self.redo)
        self._toolbar.clean_up_wanted.connect(self._clean_up)
        self._toolbar.import_wanted.connect(self._import)
        self._toolbar.export_wanted.connect(self._export)
        self._away, self._problems = Strip(self, WARNING), Strip(self, WARNING)
        self._failure = Strip(self, TROUBLE)
        self._notice = Strip(self, NOTICE, translate("RulesPage", "Undo"))
        self._notice.pressed.connect(self.undo)
        self._applications = ApplicationsPane(self)
        self._applications.opened.connect(self._show_opened)
        self._pane = ApplicationPane(self)
        self._pane.edit_wanted.connect(self._edit)
        self._pane.copy_wanted.connect(self._copy)
        self._pane.removal_wanted.connect(self._remove)
        self._pane.switch_wanted.connect(self._switch)
        self._pane.add_wanted.connect(self._add)
        self._pane.menu_wanted.connect(self._menu)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.addWidget(self._applications)
        split.addWidget(self._pane)
        split.setStretchFactor(1, 1)
        split.setSizes([300, 700])
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(10)
        column.addWidget(self._toolbar)
        for strip in (self._away, self._problems, self._failure):
            column.addWidget(strip)
        column.addWidget(split, 1)
        column.addWidget(self._notice)
        QShortcut(QKeySequence.StandardKey.Find, self, self._applications.search)


def _how_many_written(count: int) -> str:
    return translate(
        "RulesPage",
        "%n rule was written to {file}.|%n rules were written to {file}.",
        None,
        count,
    )


def _removal_of(rules: Sequence[Rule]) -> str:
    if len(rules) > 1:
        return translate("RulesPage", "Remove %n rule|Remove %n rules", None, len(rules))
    said = translate("RulesPage", "Remove the rule about {name}")
    return said.format(name=rules[0].application.title)


def _verdict_for(rules: Sequence[Rule]) -> str:
    if len(rules) > 1:
        return translate(
            "RulesPage",
            "Another verdict for %n rule|Another verdict for %n rules",
            None,
            len(rules),
        )
    said = translate("RulesPage", "Another verdict for {name}")
    return said.format(name=rules[0].application.title)
