"""The page with the settings: this user's own, and those of the helper, which are everybody's.

One's own count at once. Those of the helper are gathered until "Apply", for each change of them may
take a password.
"""

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from stile.language import translate
from stile.settings import Stated
from stile_ui import words
from stile_ui.facts import line, plain_label
from stile_ui.preferences import Stored
from stile_ui.settings_helper import HelperSettings
from stile_ui.settings_own import OwnSettings
from stile_ui.settings_rows import scrolled
from stile_ui.strip import TROUBLE, Strip


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
        self._own, self._helper = OwnSettings(stored, self), HelperSettings(self)
        self._helper.edited.connect(self._edited)
        name = translate("SettingsPage", "Settings")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scrolled(self, name, [self._own, line(self), self._helper]), 1)
        column.addWidget(self._buttons())
        self._show_buttons()

    def show_presence(self, present: object) -> None:
        """Take in that a helper came, or went."""
        self._present = bool(present)
        self._helper.forget()
        self._show_buttons()
        self.refresh()

    def refresh(self, _status: object = None) -> None:
        """Ask anew, as long as somebody looks."""
        if self.isVisible() and self._present:
            self.settings_wanted.emit()

    def show_settings(self, stated: Stated) -> None:
        """Show what stile.toml says."""
        self._helper.show_settings(stated)
        self._show_buttons()

    def show_refusal(self, why: str) -> None:
        """Say why a change did not come about: at its field, where it is about one."""
        self._trouble.say("" if self._helper.show_refusal(why) else words.safe(why))
        self._show_buttons()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._own.show_again()
        self.refresh()

    def _edited(self) -> None:
        self._trouble.say("")
        self._show_buttons()

    def _show_buttons(self) -> None:
        changes = self._helper.changes
        self._bar.setVisible(bool(changes))
        self._apply.setEnabled(bool(changes) and not self._helper.is_wrong)

    def _applied(self) -> None:
        self._trouble.say("")
        self.change_wanted.emit(self._helper.changes)

    def _reverted(self) -> None:
        self._helper.revert()
        self._edited()

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
