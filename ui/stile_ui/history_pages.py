"""The three pages about connections, and what they need of the rest."""

from PySide6.QtCore import QObject, Signal

from stile.language import translate
from stile_ui.connections_page import ConnectionsPage
from stile_ui.firewall import Firewall
from stile_ui.history import History
from stile_ui.history_page import HistoryPage
from stile_ui.history_settings import HistorySettings
from stile_ui.main_window import MainWindow
from stile_ui.preferences import Preferences
from stile_ui.traffic_page import TrafficPage

CONNECTIONS, HISTORY, TRAFFIC = "connections", "history", "traffic"


class HistoryPages(QObject):
    """Connections, history and traffic.

    Signals:
        rule_from(Application, Scope): a rule about a row is wanted.
    """

    rule_from = Signal(object, object)

    def __init__(self, firewall: Firewall, history: History, window: MainWindow) -> None:
        super().__init__(window)
        self.connections = ConnectionsPage(window)
        self.history = HistoryPage(history, window)
        self.traffic = TrafficPage(history, window)
        for key, title, icon, page in (
            (
                CONNECTIONS,
                translate("HistoryPages", "Connections"),
                "stile-page-live",
                self.connections,
            ),
            (HISTORY, translate("HistoryPages", "History"), "stile-page-history", self.history),
            (TRAFFIC, translate("HistoryPages", "Traffic"), "stile-page-traffic", self.traffic),
        ):
            window.add_page(key, title, icon, page)
        self.connections.look_wanted.connect(firewall.look)
        firewall.opened.connect(self.connections.show_open)
        firewall.unlisted.connect(self.connections.show_unseen)
        firewall.uncounted.connect(self.traffic.say)
        for each in (self.connections, self.history):
            each.rule_from.connect(self.rule_from)


def kept(preferences: Preferences) -> HistorySettings:
    """Say what the person wants kept of the past."""
    return HistorySettings(on=preferences.history, days=preferences.history_days)
