"""For how long an answer holds: the choice under a question."""

from PySide6.QtWidgets import QWidget

from stile.connections import Connection
from stile.language import translate
from stile.rules import Lifetime, Term
from stile_ui.segments import Segments

ONCE, QUIT, FOREVER = Term(Lifetime.ONCE), Term(Lifetime.QUIT), Term(Lifetime.FOREVER)


class Lifetimes(Segments[Term]):
    """Offers the lifetimes that an answer may have."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, translate("Lifetimes", "How long"))
        self.add(ONCE, translate("Lifetimes", "&Once"))
        self.add(QUIT, translate("Lifetimes", "Until it &quits"))
        self.add(Term(Lifetime.UNTIL, 900), translate("Lifetimes", "15 &min"))
        self.add(Term(Lifetime.UNTIL, 3600), translate("Lifetimes", "1 hou&r"))
        self.add(Term(Lifetime.REBOOT), translate("Lifetimes", "Until re&boot"))
        self.add(FOREVER, translate("Lifetimes", "Al&ways"))

    def offer_for(self, connection: Connection) -> None:
        """Offer what makes sense: nothing lasting about what will not be recognised again."""
        lasting = connection.application.can_have_rules
        for term in self._buttons:
            self.offer(term, offered=lasting or term == ONCE)
        # who it is was only concluded: a lasting answer is the person's own, deliberate step
        self.choose(FOREVER if lasting and not connection.inferred else ONCE)
