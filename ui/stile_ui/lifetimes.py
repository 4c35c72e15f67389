"""For how long an answer holds: the choice under a question."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QWidget

from stile.connections import Connection
from stile.rules import Lifetime

NAMES = {
    Lifetime.ONCE: "&This time only",
    Lifetime.QUIT: "Until it &quits",
    Lifetime.REBOOT: "Until &reboot",
    Lifetime.FOREVER: "Al&ways",
}


class Lifetimes(QWidget):
    """Offers the lifetimes that an answer may have.

    Signals:
        changed(): another one was chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._buttons: dict[Lifetime, QRadioButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(18)
        for number, (lifetime, name) in enumerate(NAMES.items()):
            button = self._buttons[lifetime] = QRadioButton(name, self)
            self._group.addButton(button, number)
            row.addWidget(button)
        row.addStretch(1)
        self._buttons[Lifetime.ONCE].setChecked(True)
        self._group.idToggled.connect(self._toggled)

    @property
    def chosen(self) -> Lifetime:
        """The lifetime that is chosen."""
        return list(NAMES)[self._group.checkedId()]

    def choose(self, lifetime: Lifetime) -> None:
        """Choose one."""
        self._buttons[lifetime].setChecked(True)

    def offer(self, connection: Connection) -> None:
        """Offer what makes sense: nothing lasting about what will not be recognised again."""
        lasting = connection.application.can_have_rules
        for lifetime, button in self._buttons.items():
            button.setVisible(lasting or lifetime is Lifetime.ONCE)
        # who it is was only concluded: a lasting answer is the person's own, deliberate step
        self.choose(Lifetime.FOREVER if lasting and not connection.inferred else Lifetime.ONCE)

    def _toggled(self, _number: int, checked: object) -> None:
        if checked:
            self.changed.emit()
