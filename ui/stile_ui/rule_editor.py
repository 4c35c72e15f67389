"""The form for all of a rule. It says in words what the rule would do, while it is filled in."""

import os
import pwd
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QDateTime, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from stile.applications import Application, Kind, spelled
from stile.language import translate
from stile.rules import Action, Lifetime, Origin, Rule, RuleId
from stile.scopes import GROUPS, TYPES, Scope, Way
from stile_ui import explained, icons
from stile_ui.changes import place
from stile_ui.facts import plain_label
from stile_ui.strip import TROUBLE

PROTOCOLS = ("any", "tcp", "udp", "icmp", "icmpv6", "sctp")
T = TypeVar("T")


class WrongField(ValueError):
    """What is wrong with a field of the form."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class RuleEditor(QDialog):
    """Makes a rule, or another one of one that is there.

    Signals:
        made(Rule): the form was filled in; emitted once.
    """

    made = Signal(object)

    def __init__(
        self,
        parent: QWidget | None = None,
        rule: Rule | None = None,
        *,
        is_new: bool = True,
        about: Callable[[Application], Iterable[Rule]] = lambda _: (),
        networks: Sequence[str] = (),
    ) -> None:
        super().__init__(parent)
        self._former = rule
        self._is_new = is_new
        self._about = about
        self._networks = networks
        self.setWindowTitle(
            translate("RuleEditor", "Add a rule")
            if is_new
            else translate("RuleEditor", "Edit rule")
        )
        self.setMinimumWidth(560)
        self._wrong: dict[str, QLabel] = {}
        self._make_fields()
        self._build()
        if rule is not None:
            self._fill(rule)
        self._connect()
        self._look()

    # -- what it says ------------------------------------------------------------------

    def rule(self) -> Rule:
        """The rule that the form says. Raises WrongField."""
        application = self._read("program", lambda: application_of(self._program.text().strip()))
        scope = self._scope()
        lifetime, until = self._term()
        try:
            made = Rule(
                application,
                Action(self._verdict.currentData()),
                lifetime,
                self._note.text().strip(),
                scope=scope,
                until=until,
                enabled=self._enabled.isChecked(),
            )
        except ValueError as error:
            raise WrongField("program", str(error)) from None
        children = self._children.isChecked() and made.can_have_children
        return replace(made, children=children)

    def accept(self) -> None:
        """Make the rule; where something is wrong the field says so, and the form stays."""
        try:
            rule = self.rule()
        except WrongField as wrong:
            self._say(wrong)
            self._field(wrong.field).setFocus()
            return
        self.made.emit(rule)
        super().accept()

    def _scope(self) -> Scope:
        fields = self._words()
        former = self._former.scope.words if self._former else {}
        # what has no field here stays as it was: a rule never gets wider by being edited
        beside = {key: word for key, word in former.items() if key not in fields}
        said = beside | {key: word for key, word in fields.items() if word}
        for key, word in said.items():
            self._read(key, partial(Scope.parse, {key: word}))
        return self._read("protocol", lambda: Scope.parse(said))

    def _words(self) -> Mapping[str, str]:
        return {
            "to": self._to.text().strip(),
            "port": self._port.text().strip().lower(),
            "protocol": self._protocol.currentText().strip().lower(),
            "direction": str(self._direction.currentData()),
            "user": self._read("user", lambda: _uid(self._user.currentText().strip())),
            "network": _network(self._network.currentText().strip()),
        }

    def _term(self) -> tuple[Lifetime, float]:
        chosen = self._holds.currentData()
        if not isinstance(chosen, int):
            return Lifetime(chosen), 0.0
        until = time.time() + chosen if chosen else float(self._until.dateTime().toSecsSinceEpoch())
        if until <= time.time():
            raise WrongField("holds", translate("RuleEditor", "That time is over already."))
        return Lifetime.UNTIL, until

    def _read(self, field: str, reader: Callable[[], T]) -> T:
        try:
            return reader()
        except WrongField:
            raise
        except ValueError as error:
            raise WrongField(field, str(error)) from None

    # -- what the person does ----------------------------------------------------------

    def _look(self) -> None:
        """Say what the rule would do, or what is wrong."""
        self._until.setVisible(self._holds.currentData() == 0)
        for label in self._wrong.values():
            label.hide()
        try:
            rule = self.rule()
        except WrongField as wrong:
            if wrong.field != "program" or self._program.text().strip():
                self._say(wrong)
            self._says.setText(translate("RuleEditor", "Not a rule yet."))
            self._save.setEnabled(not self._program.text().strip())
            return
        self._children.setEnabled(rule.can_have_children)
        self._save.setEnabled(True)
        self._says.setText("\n".join([explained.sentence(rule), *self._replaced(rule)]))

    def _replaced(self, rule: Rule) -> Iterable[str]:
        """Say whether another rule would go for it."""
        former = None if self._is_new or self._former is None else place(self._former)
        if place(rule) != former and place(rule) in {
            place(e) for e in self._about(rule.application)
        }:
            yield translate("RuleEditor", "It takes the place of another rule about the same.")

    def _say(self, wrong: WrongField) -> None:
        text = str(wrong)
        label = self._wrong[wrong.field]
        label.setText(text[:1].upper() + text[1:])
        label.show()

    def _choose(self) -> None:
        title = translate("RuleEditor", "Choose a program")
        path, _ = QFileDialog.getOpenFileName(self, title, "/usr/bin")
        if path:
            self._program.setText(path)

    def _fill(self, rule: Rule) -> None:
        said = rule.scope.words
        self._program.setText(str(rule.application))
        self._verdict.setCurrentIndex(self._verdict.findData(rule.action))
        self._to.setText(said.get("to", ""))
        self._port.setText(said.get("port", ""))
        self._protocol.setCurrentText(said.get("protocol", "any"))
        self._direction.setCurrentIndex(self._direction.findData(rule.scope.way))
        if rule.scope.uid is not None:
            self._user.setCurrentText(_user(rule.scope.uid))
        if network := rule.scope.network:
            self._network.setCurrentText(network)
        self._children.setChecked(rule.children)
        self._enabled.setChecked(rule.enabled)
        self._note.setText(rule.note)
        wanted = 0 if rule.lifetime is Lifetime.UNTIL else rule.lifetime
        self._holds.setCurrentIndex(max(0, self._holds.findData(wanted)))
        if rule.until:
            self._until.setDateTime(QDateTime.fromSecsSinceEpoch(int(rule.until)))

    # -- how it looks ------------------------------------------------------------------

    def _make_fields(self) -> None:
        self._program, self._to, self._port = (QLineEdit(self) for _ in range(3))
        self._note = QLineEdit(self)
        self._program.setPlaceholderText(translate("RuleEditor", "/usr/bin/curl, or everybody"))
        self._to.setPlaceholderText(
            translate("RuleEditor", "anywhere; or example.org, *.example.org, 192.0.2.0/24, local")
        )
        self._port.setPlaceholderText(
            translate("RuleEditor", "all; or 443, 8000-8100, {groups}").format(
                groups=", ".join([*GROUPS][:3])
            )
        )
        self._verdict, self._protocol, self._direction = (QComboBox(self) for _ in range(3))
        self._user, self._network, self._holds = (QComboBox(self) for _ in range(3))
        for action in Action:
            self._verdict.addItem(icons.verdict(action), explained.verdict(action), action)
        self._protocol.setEditable(True)
        self._protocol.addItems(PROTOCOLS)
        for way, text in _ways().items():
            self._direction.addItem(text, way)
        self._user.setEditable(True)
        self._user.addItems([translate("RuleEditor", "anybody"), *_users()])
        self._network.setEditable(True)
        self._network.addItems(list(dict.fromkeys([_any_network(), *self._networks, *TYPES])))
        self._network.setToolTip(
            translate("RuleEditor", "As NetworkManager calls it; not:Home,Work is all others.")
        )
        for data, text in _spans().items():
            self._holds.addItem(text, data)
        self._until = QDateTimeEdit(QDateTime.currentDateTime().addDays(1), self)
        self._until.setCalendarPopup(True)
        self._until.setDisplayFormat("d MMM yyyy HH:mm")
        self._children = QCheckBox(translate("RuleEditor", "also for programs that it &starts"))
        self._children.setToolTip(translate("RuleEditor", "Where they have no rules of their own."))
        self._enabled = QCheckBox(translate("RuleEditor", "&in force"), self)
        self._enabled.setChecked(True)

    def _connect(self) -> None:
        for line in (self._program, self._to, self._port, self._note):
            line.textChanged.connect(self._look)
        for box in (self._verdict, self._direction, self._holds):
            box.currentIndexChanged.connect(self._look)
        for editable in (self._protocol, self._user, self._network):
            editable.currentTextChanged.connect(self._look)
        for switch in (self._children, self._enabled):
            switch.toggled.connect(self._look)
        self._until.dateTimeChanged.connect(self._look)

    def _build(self) -> None:
        browse = QPushButton(translate("RuleEditor", "&Choose…"), self)
        browse.setAutoDefault(False)
        browse.clicked.connect(self._choose)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setVerticalSpacing(8)
        rows = (
            ("program", translate("RuleEditor", "&Program"), self._program, browse),
            ("verdict", translate("RuleEditor", "&Verdict"), self._verdict, None),
            ("to", translate("RuleEditor", "&Destination"), self._to, None),
            ("port", translate("RuleEditor", "P&ort"), self._port, None),
            ("protocol", translate("RuleEditor", "Pro&tocol"), self._protocol, None),
            ("direction", translate("RuleEditor", "Di&rection"), self._direction, None),
            ("user", translate("RuleEditor", "&User"), self._user, None),
            ("network", translate("RuleEditor", "Net&work"), self._network, None),
            ("holds", translate("RuleEditor", "&Holds"), self._holds, self._until),
            ("note", translate("RuleEditor", "&Note"), self._note, None),
        )
        for key, title, field, beside in rows:
            self._add_row(form, key, title, field, beside)
        ways = [each for row in rows for each in row[2:] if isinstance(each, QWidget)]
        for first, second in pairwise([*ways, self._children, self._enabled]):
            self.setTabOrder(first, second)
        switches = QHBoxLayout()
        switches.addWidget(self._children)
        switches.addWidget(self._enabled)
        switches.addStretch(1)
        form.addRow("", switches)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self._words_of_rule())
        column.addStretch(1)
        column.addWidget(self._buttons())

    def _add_row(
        self, form: QFormLayout, key: str, title: str, field: QWidget, beside: QWidget | None
    ) -> None:
        wrong = self._wrong[key] = plain_label(self, wrap=True)
        palette = wrong.palette()
        palette.setColor(wrong.foregroundRole(), TROUBLE)
        wrong.setPalette(palette)
        wrong.hide()
        cell, line = QVBoxLayout(), QHBoxLayout()
        cell.setSpacing(2)
        line.addWidget(field, 1)
        if beside is not None:
            line.addWidget(beside)
        cell.addLayout(line)
        cell.addWidget(wrong)
        label = QLabel(title, self)
        label.setBuddy(field)
        field.setAccessibleName(title.replace("&", ""))
        form.addRow(label, cell)

    def _words_of_rule(self) -> QFrame:
        frame = QFrame(self)
        frame.setFrameShape(QFrame.Shape.StyledPanel)
        frame.setAutoFillBackground(True)
        frame.setBackgroundRole(frame.palette().ColorRole.AlternateBase)
        self._says = plain_label(frame, wrap=True)
        self._says.setAccessibleName(translate("RuleEditor", "What the rule does"))
        self._says.setMinimumHeight(3 * self._says.fontMetrics().lineSpacing())
        self._says.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        box = QVBoxLayout(frame)
        box.addWidget(self._says)
        return frame

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(self)
        text = (
            translate("RuleEditor", "&Add rule")
            if self._is_new
            else translate("RuleEditor", "&Save")
        )
        self._save = buttons.addButton(text, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(translate("RuleEditor", "Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _field(self, key: str) -> QWidget:
        return {
            "program": self._program,
            "to": self._to,
            "port": self._port,
            "protocol": self._protocol,
            "user": self._user,
            "network": self._network,
        }.get(key, self._holds)


def kept(rule: Rule) -> Rule:
    """A rule as one of one's own: what is edited or copied is not where it came from any more."""
    return replace(rule, id=RuleId(""), origin=Origin.USER)


def _ways() -> Mapping[Way, str]:
    return {
        Way.BOTH: translate("RuleEditor", "Both"),
        Way.OUT: translate("RuleEditor", "Outward: it begins"),
        Way.IN: translate("RuleEditor", "Inward: it is reached"),
    }


def _spans() -> Mapping[object, str]:
    return {
        Lifetime.FOREVER: translate("RuleEditor", "Always"),
        Lifetime.REBOOT: translate("RuleEditor", "Until reboot"),
        900: translate("RuleEditor", "For 15 minutes"),
        3600: translate("RuleEditor", "For an hour"),
        86400: translate("RuleEditor", "For a day"),
        0: translate("RuleEditor", "Until a time"),
    }


def _any_network() -> str:
    return translate("RuleEditor", "any network")


def _network(text: str) -> str:
    """Read which network is meant; empty for any."""
    return "" if text == _any_network() else text


def _users() -> list[str]:
    """The users that people know: the one who sits here, and root."""
    return list(dict.fromkeys([_user(os.getuid()), _user(0)]))


def _user(uid: int) -> str:
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def _uid(text: str) -> str:
    """Read a user's name or number; empty for anybody."""
    if text in ("", "any", translate("RuleEditor", "anybody")):
        return ""
    if text.isdecimal():
        return text
    try:
        return str(pwd.getpwnam(text).pw_uid)
    except KeyError:
        said = translate("RuleEditor", "There is no user “{name}”.")
        raise ValueError(said.format(name=text)) from None


def application_of(text: str) -> Application:
    """Read a path as people write it, or an identity. Raises ValueError that says what is wrong.

    The helper knows a program by the file that runs in the end, so links are followed.
    """
    if text.startswith("/"):
        return Application(Kind.PATH, spelled(os.fsencode(Path(text).resolve())))
    if not text:
        said = translate("RuleEditor", "Which program is it about? A path is enough.")
        raise ValueError(said)
    return Application.parse(text)
