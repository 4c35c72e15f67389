"""The first run: what this system does by itself, and what runs, in one page with checkmarks."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from stile import services
from stile.applications import Application
from stile.language import translate
from stile.learned import Running
from stile.rules import Action, Rule
from stile.services import Proposal
from stile_ui import icons, words
from stile_ui.checked_list import CheckedList
from stile_ui.facts import plain_label
from stile_ui.strip import NOTICE, TROUBLE, Strip

MOST_SHOWN = 2
"""Places of a running application that are named in its line."""


class FirstRun(QWidget):
    """Proposes rules; it adds none itself.

    Signals:
        rules_wanted(list[Rule]): these were accepted.
        over(): the person has accepted or declined: it need not come by itself again.
    """

    rules_wanted = Signal(object)
    over = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("FirstRun", "Welcome to Stile"))
        self.resize(920, 640)
        self._running: Sequence[Running] | None = None
        self._rules: Sequence[Rule] = ()
        self._present = False
        self._is_over = False
        self._offers: dict[str, tuple[Rule, ...]] = {}
        self._wanted = 0
        self._build()
        self._show_choice()

    # -- what is shown -------------------------------------------------------------------

    def begin(self) -> None:
        """Be as new: shown by itself, or called back."""
        self._is_over = False
        self._wanted = 0
        self._failure.say("")
        self._done.say("")
        self._accept.show()
        self._skip.setText(translate("FirstRun", "&Not now"))

    def show_presence(self, present: object) -> None:
        """Say whether there is a helper; without one nothing can be added."""
        self._present = bool(present)
        self._show_choice()

    def show_rules(self, rules: Sequence[Rule]) -> None:
        """Know what is decided already."""
        self._rules = rules
        self._show_lines()

    def show_running(self, running: Sequence[Running]) -> None:
        """Show who uses the network."""
        self._running = running
        self._show_lines()

    def show_added(self, count: int) -> None:
        """Say that it was done."""
        if not self._wanted or count != self._wanted:
            return
        self._wanted = 0
        added = translate("FirstRun", "One rule was added.|%n rules were added.", None, count)
        rest = translate("FirstRun", "All else is asked about when it happens.")
        self._done.say(f"{added} {rest}")
        self._accept.hide()
        self._skip.setText(translate("FirstRun", "&Close"))
        self._skip.setFocus()
        self._finish()

    def show_failure(self, sentence: str) -> None:
        """Say why rules were not added."""
        if self.isVisible():
            if self._running is None:  # what is installed can be proposed all the same
                self.show_running([])
            self._wanted = 0
            self._failure.say(words.safe(sentence))
            self._show_choice()

    def _show_lines(self) -> None:
        """List the proposals, then who else runs; a choice that was made stays."""
        if self._running is None:
            return
        found = services.proposals(self._running, self._rules)
        known = {each.application for each in found}
        decided = {rule.application for rule in self._rules if rule.enabled}
        others = [
            each
            for each in self._running
            if each.application not in known | decided and each.application.can_have_rules
        ]
        self._list.begin()
        self._offers = {}
        system = self._list.group(translate("FirstRun", "Services of this system"))
        for proposal in found:
            self._show_proposal(system, proposal)
        if others:
            rest = self._list.group(
                translate("FirstRun", "Use the network now: check what may do so, whatever it does")
            )
            for each in sorted(_joined(others), key=_name):
                self._show_running(rest, each)
        self._list.end()
        self._show_choice()

    def _show_proposal(self, group: QTreeWidgetItem, proposal: Proposal) -> None:
        reach = services.reach(proposal.service)
        decided = translate("FirstRun", "has its rules already")
        self._list.line(
            group,
            str(proposal.application),
            [
                proposal.service.name,
                services.purpose(proposal.service.kind),
                decided if proposal.is_decided else reach,
                translate("FirstRun", "running") if proposal.is_running else "",
            ],
            icons.of(proposal.application),
            checked=None if proposal.is_decided else True,
        )
        if not proposal.is_decided:
            self._offers[str(proposal.application)] = proposal.rules

    def _show_running(self, group: QTreeWidgetItem, each: Running) -> None:
        self._list.line(
            group,
            str(each.application),
            [
                words.safe(_name(each)),
                "",
                words.safe(_doing(each)),
                translate("FirstRun", "running"),
            ],
            icons.of(each.application, each.about.icon),
            checked=False,
        )
        note = translate("FirstRun", "accepted on the first run")
        self._offers[str(each.application)] = (Rule(each.application, Action.ALLOW, note=note),)

    @property
    def chosen(self) -> list[Rule]:
        """The rules that are checked."""
        return [rule for key in self._list.keys for rule in self._offers[key]]

    def _show_choice(self) -> None:
        lines = len(self._list.keys)
        text = translate("FirstRun", "&Allow one|&Allow these %n", None, lines)
        self._accept.setText(text if lines else translate("FirstRun", "&Allow"))
        self._accept.setEnabled(bool(lines) and self._present and not self._wanted)

    # -- what the person does ------------------------------------------------------------

    def _accepted(self) -> None:
        rules = self.chosen
        self._wanted = len(rules)
        self._failure.say("")
        self._show_choice()
        self.rules_wanted.emit(rules)

    def _finish(self) -> None:
        if not self._is_over:
            self._is_over = True
            self.over.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._finish()  # to close it is to decline
        super().closeEvent(event)

    # -- how it is made ------------------------------------------------------------------

    def _build(self) -> None:
        self._failure, self._done = Strip(self, TROUBLE), Strip(self, NOTICE)
        self._list = CheckedList(
            self,
            translate("FirstRun", "Services and programs"),
            [
                translate("FirstRun", "Name"),
                translate("FirstRun", "What it does"),
                translate("FirstRun", "Where to"),
                translate("FirstRun", "Now"),
            ],
        )
        self._list.changed.connect(self._show_choice)
        self._accept, self._skip = QPushButton(self), QPushButton(self)
        self._accept.clicked.connect(self._accepted)
        self._skip.clicked.connect(self.close)
        self.begin()
        QShortcut(QKeySequence.StandardKey.Cancel, self, self.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._skip)
        buttons.addWidget(self._accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addLayout(self._head())
        column.addWidget(self._list, 1)
        column.addWidget(self._failure)
        column.addWidget(self._done)
        column.addLayout(buttons)

    def _head(self) -> QHBoxLayout:
        picture = QLabel(self)
        picture.setPixmap(icons.own("stile").pixmap(56, 56))
        picture.setAccessibleName("Stile")
        title = plain_label(self)
        title.setText(translate("FirstRun", "Let the system work, and decide about the rest"))
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        text = plain_label(self, wrap=True)
        text.setText(explanation())
        told = QVBoxLayout()
        told.setSpacing(6)
        told.addWidget(title)
        told.addWidget(text)
        head = QHBoxLayout()
        head.setSpacing(18)
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(told, 1)
        return head


def explanation() -> str:
    """Say in three sentences what this is about."""
    return " ".join(
        (
            translate(
                "FirstRun",
                "Stile asks before an application reaches the network for the first time.",
            ),
            translate(
                "FirstRun",
                "What belongs to the system is checked below: it may do what it is there for, and "
                "nothing else.",
            ),
            translate(
                "FirstRun",
                "Everything else is asked about when it happens, and each rule can be changed "
                "later.",
            ),
        )
    )


def _name(each: Running) -> str:
    return each.about.name or each.application.title


def _joined(running: Sequence[Running]) -> list[Running]:
    """Make one of what an application does for several users."""
    found: dict[Application, Running] = {}
    for each in running:
        if same := found.get(each.application):
            places = tuple(dict.fromkeys((*same.places, *each.places)))
            listens = tuple(dict.fromkeys((*same.listens, *each.listens)))
            found[each.application] = replace(same, places=places, listens=listens)
        else:
            found[each.application] = each
    return list(found.values())


def _doing(each: Running) -> str:
    """Say what it talks to, and where it can be reached."""
    places = [services.place(place) for place in each.places]
    parts = places[:MOST_SHOWN]
    if more := len(places) - len(parts):
        parts.append(translate("FirstRun", "one more|%n more", None, more))
    if each.listens:
        ports = ", ".join(f"{port}/{protocol}" for protocol, port in each.listens[:MOST_SHOWN])
        parts.append(translate("FirstRun", "waits on {ports}").format(ports=ports))
    return ", ".join(parts)
