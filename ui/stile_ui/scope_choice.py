"""How much an answer covers: the other choice under a question."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from stile import sentences
from stile.connections import Connection
from stile.language import translate
from stile.rules import Reach
from stile_ui import words
from stile_ui.segments import Segments


class ScopeChoice(QWidget):
    """Offers what an answer may be about: where to, and which port.

    Signals:
        changed(): another one was chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.reach = Segments[Reach](self, translate("ScopeChoice", "Where"))
        self.reach.add(Reach.ANYWHERE, translate("ScopeChoice", "An&ywhere"))
        self.reach.add(Reach.DOMAIN, translate("ScopeChoice", "This doma&in"))
        self.reach.add(Reach.HOST, translate("ScopeChoice", "This &host"))
        self.reach.add(Reach.NETWORK, translate("ScopeChoice", "This &network"))
        self.port = Segments[bool](self, translate("ScopeChoice", "Port"))
        self.port.add(False, translate("ScopeChoice", "Any por&t"))  # noqa: FBT003 # a value
        self.port.add(True, translate("ScopeChoice", "This &port"))  # noqa: FBT003 # a value
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.reach)
        row.addWidget(self.port)
        row.addStretch(1)
        self.reach.changed.connect(self.changed)
        self.port.changed.connect(self.changed)

    @property
    def is_narrow(self) -> bool:
        """Whether it is about less than all that the application does."""
        return self.reach.chosen is not Reach.ANYWHERE or self.port.chosen

    def widen(self) -> None:
        """Choose all that the application does."""
        self.reach.choose(Reach.ANYWHERE)
        self.port.choose(False)  # noqa: FBT003 # a value

    def offer_for(self, connection: Connection) -> None:
        """Offer what makes sense about a connection, and choose the widest."""
        self.widen()
        named = bool(connection.name)
        self.reach.offer(Reach.DOMAIN, offered=named)
        # what is looked up is not at the address that is asked
        self.reach.offer(Reach.NETWORK, offered=not connection.lookup)
        host = translate("ScopeChoice", "This &host")
        address = translate("ScopeChoice", "T&his address")
        self._tell(connection, Reach.HOST, host if named else address)
        self._tell(connection, Reach.DOMAIN, translate("ScopeChoice", "This doma&in"))
        self._tell(connection, Reach.NETWORK, translate("ScopeChoice", "This &network"))
        self.port.setVisible(not connection.lookup)  # the port of what follows is not known
        self._name_port(connection)

    def _tell(self, connection: Connection, reach: Reach, name: str) -> None:
        hint = ""
        if connection.application.can_have_rules:
            hint = words.tooltip(words.safe(sentences.reach(connection, reach)))
        self.reach.rename(reach, name, hint)

    def _name_port(self, connection: Connection) -> None:
        flow = connection.flow
        port = flow.source_port if flow.inbound else flow.port
        if flow.protocol.has_ports:
            any_port = translate("ScopeChoice", "Any por&t")
            this = translate("ScopeChoice", "&Port {port}").format(port=port)
        else:
            any_port = translate("ScopeChoice", "Any pro&tocol")
            this = translate("ScopeChoice", "This &protocol")
        self.port.rename(False, any_port)  # noqa: FBT003 # a value
        self.port.rename(True, this)  # noqa: FBT003 # a value
