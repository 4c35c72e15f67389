"""For how long an answer holds: the choice under a question."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QRadioButton, QWidget

from stile.connections import Connection
from stile.rules import Lifetime, Term

ONCE, FOREVER = Term(Lifetime.ONCE), Term(Lifetime.FOREVER)
NAMES = {
    ONCE: "&This time only",
    Term(Lifetime.QUIT): "Until it &quits",
    Term(Lifetime.UNTIL, 900): "For 15 &minutes",
    Term(Lifetime.UNTIL, 3600): "For an &hour",
    Term(Lifetime.REBOOT): "Until &reboot",
    FOREVER: "Al&ways",
}
COLUMNS = 3


class Lifetimes(QWidget):
    """Offers the lifetimes that an answer may have.

    Signals:
        changed(): another one was chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._buttons: dict[Term, QRadioButton] = {}
        rows = QGridLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(18)
        rows.setVerticalSpacing(6)
        rows.setColumnStretch(COLUMNS, 1)
        for number, (term, name) in enumerate(NAMES.items()):
            button = self._buttons[term] = QRadioButton(name, self)
            self._group.addButton(button, number)
            rows.addWidget(button, *divmod(number, COLUMNS))
        self._buttons[ONCE].setChecked(True)
        self._group.idToggled.connect(self._toggled)

    @property
    def chosen(self) -> Term:
        """The lifetime that is chosen, or how long it is to last."""
        return list(NAMES)[self._group.checkedId()]

    def choose(self, term: Term) -> None:
        """Choose one."""
        self._buttons[term].setChecked(True)

    def offer(self, connection: Connection) -> None:
        """Offer what makes sense: nothing lasting about what will not be recognised again."""
        lasting = connection.application.can_have_rules
        for term, button in self._buttons.items():
            button.setVisible(lasting or term == ONCE)
        # who it is was only concluded: a lasting answer is the person's own, deliberate step
        self.choose(FOREVER if lasting and not connection.inferred else ONCE)

    def _toggled(self, _number: int, checked: object) -> None:
        if checked:
            self.changed.emit()
