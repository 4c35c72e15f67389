"""The two small choices under a question: how much an answer covers, and for how long it holds."""

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QWidget

from stile.connections import Connection
from stile.language import translate
from stile.rules import Action, Choice
from stile_ui.facts import GAP, TITLES, muted, plain_label
from stile_ui.lifetimes import FOREVER, ONCE, QUIT, Lifetimes
from stile_ui.scope_choice import ScopeChoice


class RuleChoice(QWidget):
    """Keeps the two in accord: until it quits, and once, are not about a destination.

    Signals:
        changed(): another answer would be given.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._scope = ScopeChoice(self)
        self._scope.changed.connect(self._covers_otherwise)
        self._lifetimes = Lifetimes(self)
        self._lifetimes.changed.connect(self._lasts_otherwise)
        rows = QFormLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(GAP)
        rows.setVerticalSpacing(8)
        rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for name, widget in (
            (translate("RuleChoice", "Where"), self._scope),
            (translate("RuleChoice", "How long"), self._lifetimes),
        ):
            label = plain_label(self)
            label.setText(name)
            label.setMinimumWidth(TITLES)
            muted(label)
            rows.addRow(label, widget)
        self._rows = rows

    def offer_for(self, connection: Connection) -> None:
        """Offer what makes sense about a connection, and choose the common answer."""
        self._lifetimes.offer_for(connection)
        self._scope.offer_for(connection)
        self._rows.setRowVisible(self._scope, connection.application.can_have_rules)

    def choice(self, action: Action, place: int, *, every: bool) -> Choice:
        """Make the choice that a button stands for at this moment."""
        term = self._lifetimes.chosen
        return Choice(
            action,
            term.lifetime,
            term.until(time.time()),
            self._scope.reach.chosen,
            self._scope.port.chosen,
            place=place,
            every=every,
        )

    def _lasts_otherwise(self) -> None:
        if self._lifetimes.chosen in (ONCE, QUIT):
            self._scope.widen()
        self.changed.emit()

    def _covers_otherwise(self) -> None:
        if self._scope.is_narrow and self._lifetimes.chosen in (ONCE, QUIT):
            self._lifetimes.choose(FOREVER)
        self.changed.emit()
