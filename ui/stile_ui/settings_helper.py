"""The settings of the helper, which are everybody's: what stile.toml says and shall say."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from stile.language import translate
from stile.settings import Settings, Stated, Value
from stile_ui import words
from stile_ui.facts import muted, plain_label
from stile_ui.settings_rows import Field, Section, choice, number
from stile_ui.strip import NOTICE, TROUBLE, Strip

LONGEST = 86400
MOST = 65536


class HelperSettings(QWidget):
    """A field for each key; nothing is changed here but on the screen.

    Signals:
        edited(): the person changed a field.
    """

    edited = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._stated: Stated | None = None
        self._fields: dict[str, Field] = {}
        self._build()
        self._show()

    # -- what is so, and what is typed ---------------------------------------------------------

    def forget(self) -> None:
        """Take in that nobody can tell any more."""
        self._stated = None
        self._show()

    def show_settings(self, stated: Stated) -> None:
        """Show what stile.toml says; what the person has typed meanwhile stays."""
        typed = self.changes
        self._stated = stated
        for key, value in stated.settings.values.items():
            if key in self._fields and key not in typed:
                self._fields[key].show_value(value)
        self._show()

    def show_refusal(self, why: str) -> bool:
        """Say at its field why a change did not come about; gives whether it is about one."""
        field = self._fields.get(why.partition(" ")[0].rstrip(":").lower())
        if field is not None:
            field.trouble.say(words.safe(why))
        return field is not None

    def revert(self) -> None:
        """Show what is so, in the place of what was typed."""
        if self._stated is not None:
            for key, field in self._fields.items():
                field.show_value(self._stated.settings.values[key])

    @property
    def changes(self) -> dict[str, Value]:
        """What the person has typed that is not so yet."""
        if self._stated is None:
            return {}
        now = self._stated.settings.values
        return {key: each.value for key, each in self._fields.items() if each.differs(now[key])}

    @property
    def is_wrong(self) -> bool:
        """Whether something that was typed makes no sense."""
        return any(each.trouble.text for each in self._fields.values())

    def _look(self) -> None:
        """Look at what was typed, key by key."""
        changes = self.changes
        for key, field in self._fields.items():
            field.trouble.say(_wrong(key, changes[key]) if key in changes else "")
        self.edited.emit()

    def _show(self) -> None:
        stated = self._stated
        broken = stated.problem if stated else ""
        self._away.say("" if stated else _no_helper())
        self._broken.say(_broken(words.isolated(words.safe(broken))) if broken else "")
        self._late.say(self._waiting(stated.after_restart) if stated and not broken else "")
        for field in self._fields.values():
            field.control.setEnabled(stated is not None and not broken)
        kept = translate("HelperSettings", "Kept in {file}")
        file = words.isolated(words.safe(stated.file)) if stated else ""
        self._where.setText(kept.format(file=file) if file else "")

    def _waiting(self, keys: tuple[str, ...]) -> str:
        """Say what counts later; empty for nothing."""
        if not keys:
            return ""
        named = (self._fields[key].control.accessibleName() for key in keys if key in self._fields)
        text = translate("HelperSettings", "Counts once the helper is started anew: {settings}")
        return text.format(settings=", ".join(named))

    # -- how it looks --------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(18)
        self._away, self._late = Strip(self, NOTICE), Strip(self, NOTICE)
        self._broken = Strip(self, TROUBLE)
        self._where = plain_label(self)
        muted(self._where)
        self._where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._where.setAccessibleName(translate("HelperSettings", "File of the helper's settings"))
        sections = (self._questions(self), self._names(self), self._limits(self))
        for widget in (self._away, self._broken, self._late, *sections, self._where):
            column.addWidget(widget)

    def _questions(self, parent: QWidget) -> Section:
        section = Section(
            parent,
            translate("HelperSettings", "The helper"),
            translate(
                "HelperSettings", "For everybody at this machine. A change may take a password."
            ),
        )
        unanswered = {
            "deny": translate("HelperSettings", "Deny"),
            "drop": translate("HelperSettings", "Deny silently"),
            "allow": translate("HelperSettings", "Allow"),
        }
        away = {key: unanswered[key] for key in ("deny", "allow")}
        seconds = translate("HelperSettings", "s")
        self._add(
            section,
            "question_timeout",
            translate("HelperSettings", "Questions sta&y open for"),
            number(section, 1, LONGEST, seconds, step=10),
        )
        self._add(
            section,
            "when_nobody_answers",
            translate("HelperSettings", "When nobody answ&ers"),
            choice(section, unanswered),
            translate("HelperSettings", "The next attempt is asked about again."),
        )
        self._add(
            section,
            "when_daemon_is_away",
            translate("HelperSettings", "W&hile the helper is away"),
            choice(section, away),
            translate(
                "HelperSettings",
                "What unknown applications get then. What is decided stays decided.",
            ),
        )
        self._add_switch(
            section,
            "ask_about_inbound",
            translate("HelperSettings", "Ask also who may accept connections from outside"),
        )
        return section

    def _names(self, parent: QWidget) -> Section:
        section = Section(parent, translate("HelperSettings", "Host names"))
        servers = QLineEdit(section)
        servers.setPlaceholderText("192.0.2.53, 2001:db8::53")
        self._add(
            section,
            "name_servers",
            translate("HelperSettings", "Na&me servers"),
            servers,
            translate(
                "HelperSettings",
                "Addresses whose answers about names are believed, beside those of this system.",
            ),
        )
        self._add_switch(
            section,
            "everybody_may_look_up",
            translate("HelperSettings", "Every application may look names up"),
            translate(
                "HelperSettings",
                "Fewer questions, but a way out: what is asked for can carry anything to whoever "
                "owns the domain.",
            ),
        )
        return section

    def _limits(self, parent: QWidget) -> Section:
        section = Section(
            parent,
            translate("HelperSettings", "Limits"),
            translate(
                "HelperSettings", "So that a flood of one application keeps no other waiting."
            ),
        )
        for key, name in (
            (
                "held_per_application",
                translate("HelperSettings", "Packets held of one application"),
            ),
            ("held_in_all", translate("HelperSettings", "Packets held of all applications")),
            ("questions_in_all", translate("HelperSettings", "Questions open at a time")),
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
        field.edited.connect(self._look)


def _wrong(key: str, value: Value) -> str:
    """Say what is wrong with a value; empty where nothing is."""
    try:
        Settings().with_changes({key: value})
    except ValueError as error:
        return words.safe(str(error))
    return ""


def _no_helper() -> str:
    return translate(
        "HelperSettings", "Stile's helper is not running: its settings cannot be read."
    )


def _broken(problem: str) -> str:
    text = translate(
        "HelperSettings",
        "{problem}\nThe file is left as it is; what you see is in force. Mend it, then come back.",
    )
    return text.format(problem=problem)
