"""The three pages about connections, side by side in a window of their own."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QWidget

from stile.language import translate
from stile_ui.connections_page import ConnectionsPage
from stile_ui.firewall import Firewall
from stile_ui.history import History
from stile_ui.history_page import HistoryPage
from stile_ui.traffic_page import TrafficPage


class HistoryPages(QTabWidget):
    """Connections, history and traffic.

    Signals:
        rule_from(Application, Scope): a rule about a row is wanted.
    """

    rule_from = Signal(object, object)

    def __init__(self, firewall: Firewall, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("HistoryPages", "Stile: connections"))
        self.setDocumentMode(True)
        self.connections = ConnectionsPage(self)
        self.history = HistoryPage(history, self)
        self.traffic = TrafficPage(history, self)
        self.addTab(self.connections, translate("HistoryPages", "Co&nnections"))
        self.addTab(self.history, translate("HistoryPages", "H&istory"))
        self.addTab(self.traffic, translate("HistoryPages", "&Traffic"))
        self.connections.look_wanted.connect(firewall.look)
        firewall.present.connect(self.connections.show_presence)
        firewall.opened.connect(self.connections.show_open)
        firewall.unlisted.connect(self.connections.show_unseen)
        firewall.uncounted.connect(self.traffic.say)
        for page in (self.connections, self.history):
            page.rule_from.connect(self.rule_from)
        self.resize(1100, 660)
