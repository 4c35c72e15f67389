"""The page with the settings: this user's own, and those of the helper, which are everybody's.

One's own count at once. Those of the helper are gathered until "Apply", for each change of them may
take a password.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from stile.language import translate
from stile.settings import Settings, Stated, Value
from stile_ui import words
from stile_ui.facts import line, muted, plain_label
from stile_ui.preferences import Stored
from stile_ui.settings_own import OwnSettings
from stile_ui.settings_rows import Field, Section, choice, number
from stile_ui.strip import NOTICE, TROUBLE, Strip

WIDTH = 720
LONGEST = 86400
MOST = 65536


class SettingsPage(QWidget):
    """Shows what is set, and emits what shall be.

    Signals:
        settings_wanted(): what the helper's settings are has to be asked.
        change_wanted(dict): keys of stile.toml with other values.
    """

    settings_wanted = Signal()
    change_wanted = Signal(object)

    def __init__(self, stored: Stored, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._present = False
        self._stated: Stated | None = None
        self._fields: dict[str, Field] = {}
        self._own = OwnSettings(stored, self)
        self._build()
        self._show_helper()

    # -- the helper ----------------------------------------------------------------------------

    def show_presence(self, present: object) -> None:
        """Take in that a helper came, or went."""
        self._present = bool(present)
        self._stated = None
        self._show_helper()
        self.refresh()

    def refresh(self, _status: object = None) -> None:
        """Ask anew, as long as somebody looks."""
        if self.isVisible() and self._present:
            self.settings_wanted.emit()

    def show_settings(self, stated: Stated) -> None:
        """Show what stile.toml says; what the person has typed meanwhile stays."""
        typed = self.changes
        self._stated = stated
        for key, value in stated.settings.values.items():
            if key in self._fields and key not in typed:
                self._fields[key].show_value(value)
        self._show_helper()

    def show_refusal(self, why: str) -> None:
        """Say why a change did not come about: at its field, where it is about one."""
        if field := self._fields.get(why.partition(" ")[0].rstrip(":").lower()):
            field.trouble.say(words.safe(why))
        else:
            self._trouble.say(words.safe(why))

    @property
    def changes(self) -> dict[str, Value]:
        """What the person has typed that is not so yet."""
        if self._stated is None:
            return {}
        now = self._stated.settings.values
        return {key: each.value for key, each in self._fields.items() if each.differs(now[key])}

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._own.show_again()
        self.refresh()

    def _edited(self) -> None:
        """Look at what was typed, key by key."""
        self._trouble.say("")
        changes = self.changes
        for key, field in self._fields.items():
            field.trouble.say(_wrong(key, changes[key]) if key in changes else "")
        self._show_buttons()

    def _show_helper(self) -> None:
        stated = self._stated
        broken = stated.problem if stated else ""
        self._away.say("" if stated else _no_helper())
        self._broken.say(_broken(words.isolated(words.safe(broken))) if broken else "")
        self._late.say(self._waiting(stated.after_restart) if stated and not broken else "")
        for field in self._fields.values():
            field.control.setEnabled(stated is not None and not broken)
        kept = translate("SettingsPage", "Kept in {file}")
        self._where.setText(
            kept.format(file=words.isolated(words.safe(stated.file))) if stated else ""
        )
        self._show_buttons()

    def _waiting(self, keys: tuple[str, ...]) -> str:
        """Say what counts later; empty for nothing."""
        if not keys:
            return ""
        named = (self._fields[key].control.accessibleName() for key in keys if key in self._fields)
        text = translate("SettingsPage", "Counts once the helper is started anew: {settings}")
        return text.format(settings=", ".join(named))

    def _show_buttons(self) -> None:
        changes = self.changes
        is_wrong = any(each.trouble.text for each in self._fields.values())
        self._bar.setVisible(bool(changes))
        self._apply.setEnabled(bool(changes) and not is_wrong)

    def _applied(self) -> None:
        self._trouble.say("")
        self.change_wanted.emit(self.changes)

    def _reverted(self) -> None:
        self._trouble.say("")
        if self._stated is not None:
            for key, field in self._fields.items():
                field.show_value(self._stated.settings.values[key])
        self._show_buttons()

    # -- how it looks --------------------------------------------------------------------------

    def _build(self) -> None:
        inner = QWidget()
        inner.setMaximumWidth(WIDTH)
        column = QVBoxLayout(inner)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(18)
        column.addWidget(self._own)
        column.addWidget(line(inner))
        column.addWidget(self._helper(inner))
        column.addStretch(1)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(inner, 1)
        row.addStretch(0)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(middle)
        area.setAccessibleName(translate("SettingsPage", "Settings"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(area, 1)
        whole.addWidget(self._buttons())

    def _helper(self, parent: QWidget) -> QWidget:
        whole = QWidget(parent)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(18)
        self._away, self._late = Strip(whole, NOTICE), Strip(whole, NOTICE)
        self._broken = Strip(whole, TROUBLE)
        for widget in (
            self._questions(whole),
            self._names(whole),
            self._limits(whole),
        ):
            column.addWidget(widget)
        for at, strip in enumerate((self._away, self._broken, self._late)):
            column.insertWidget(at, strip)
        self._where = plain_label(whole)
        muted(self._where)
        self._where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._where.setAccessibleName(translate("SettingsPage", "File of the helper's settings"))
        column.addWidget(self._where)
        return whole

    def _questions(self, parent: QWidget) -> Section:
        section = Section(
            parent,
            translate("SettingsPage", "The helper"),
            translate(
                "SettingsPage", "For everybody at this machine. A change may take a password."
            ),
        )
        unanswered = {
            "deny": translate("SettingsPage", "Deny"),
            "drop": translate("SettingsPage", "Deny silently"),
            "allow": translate("SettingsPage", "Allow"),
        }
        away = {key: unanswered[key] for key in ("deny", "allow")}
        seconds = translate("SettingsPage", "s")
        self._add(
            section,
            "question_timeout",
            translate("SettingsPage", "Questions sta&y open for"),
            number(section, 1, LONGEST, seconds, step=10),
        )
        self._add(
            section,
            "when_nobody_answers",
            translate("SettingsPage", "When nobody answ&ers"),
            choice(section, unanswered),
            translate("SettingsPage", "The next attempt is asked about again."),
        )
        self._add(
            section,
            "when_daemon_is_away",
            translate("SettingsPage", "W&hile the helper is away"),
            choice(section, away),
            translate(
                "SettingsPage",
                "What unknown applications get then. What is decided stays decided.",
            ),
        )
        self._add_switch(
            section,
            "ask_about_inbound",
            translate("SettingsPage", "Ask also who may accept connections from outside"),
        )
        return section

    def _names(self, parent: QWidget) -> Section:
        section = Section(parent, translate("SettingsPage", "Host names"))
        servers = QLineEdit(section)
        servers.setPlaceholderText("192.0.2.53, 2001:db8::53")
        self._add(
            section,
            "name_servers",
            translate("SettingsPage", "Na&me servers"),
            servers,
            translate(
                "SettingsPage",
                "Addresses whose answers about names are believed, beside those of this system.",
            ),
        )
        self._add_switch(
            section,
            "everybody_may_look_up",
            translate("SettingsPage", "Every application may look names up"),
            translate(
                "SettingsPage",
                "Fewer questions, but a way out: what is asked for can carry anything to whoever "
                "owns the domain.",
            ),
        )
        return section

    def _limits(self, parent: QWidget) -> Section:
        section = Section(
            parent,
            translate("SettingsPage", "Limits"),
            translate("SettingsPage", "So that a flood of one application keeps no other waiting."),
        )
        for key, name in (
            ("held_per_application", translate("SettingsPage", "Packets held of one application")),
            ("held_in_all", translate("SettingsPage", "Packets held of all applications")),
            ("questions_in_all", translate("SettingsPage", "Questions open at a time")),
        ):
            self._add(section, key, name, number(section, 1, MOST, step=16))
        return section

    def _add(self, section: Section, key: str, name: str, control: QWidget, hint: str = "") -> None:
        self._put(section, key, section.add(name, control, hint))

    def _add_switch(self, section: Section, key: str, name: str, hint: str = "") -> None:
        self._put(section, key, section.add_switch(name, hint))

    def _put(self, section: Section, key: str, control: QWidget) -> None:
        self._fields[key] = field = Field(section, control)
        section.add_below(field.trouble)
        field.edited.connect(self._edited)

    def _buttons(self) -> QWidget:
        self._bar = QWidget(self)
        self._bar.setAutoFillBackground(True)
        self._trouble = Strip(self._bar, TROUBLE)
        said = plain_label(self._bar, wrap=True)
        said.setText(translate("SettingsPage", "Settings of the helper were changed."))
        self._apply = QPushButton(translate("SettingsPage", "&Apply"), self._bar)
        self._revert = QPushButton(translate("SettingsPage", "Re&vert"), self._bar)
        self._apply.clicked.connect(self._applied)
        self._revert.clicked.connect(self._reverted)
        row = QHBoxLayout()
        row.setContentsMargins(24, 10, 24, 10)
        row.addWidget(said, 1)
        for button in (self._revert, self._apply):
            button.setMinimumWidth(96)
            row.addWidget(button)
        column = QVBoxLayout(self._bar)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line(self._bar))
        column.addWidget(self._trouble)
        column.addLayout(row)
        return self._bar


def _wrong(key: str, value: Value) -> str:
    """Say what is wrong with a value; empty where nothing is."""
    try:
        Settings().with_changes({key: value})
    except ValueError as error:
        return words.safe(str(error))
    return ""


def _no_helper() -> str:
    return translate("SettingsPage", "Stile's helper is not running: its settings cannot be read.")


def _broken(problem: str) -> str:
    text = translate(
        "SettingsPage",
        "{problem}\nThe file is left as it is; what you see is in force. Mend it, then come back.",
    )
    return text.format(problem=problem)
