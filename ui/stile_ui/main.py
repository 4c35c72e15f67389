"""stile-tray: builds every object and passes it on; to read this is to read the architecture."""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QObject, QSettings, QSocketNotifier, Qt, Signal
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from stile import __version__
from stile.language import translate
from stile_ui import display, icons, preferences, translation
from stile_ui.about import AboutPage
from stile_ui.agent import Agent
from stile_ui.connections_page import ConnectionsPage
from stile_ui.firewall import Firewall
from stile_ui.history import History
from stile_ui.history_page import HistoryPage
from stile_ui.history_settings import HistorySettings
from stile_ui.inspector import Inspector
from stile_ui.main_window import MainWindow
from stile_ui.modes import Modes
from stile_ui.notices import QUESTIONS, Notices
from stile_ui.placing import Placing
from stile_ui.preferences import Stored
from stile_ui.prompt import Prompt
from stile_ui.prompts import Prompts
from stile_ui.rules_page import RulesPage
from stile_ui.session import Session
from stile_ui.sessionbus import WINDOW
from stile_ui.settings_page import SettingsPage
from stile_ui.theme import Look
from stile_ui.traffic_page import TrafficPage
from stile_ui.tray import PAUSE, Tray

RULES, CONNECTIONS, HISTORY, TRAFFIC = "rules", "connections", "history", "traffic"
SETTINGS, ABOUT, PAUSING = "settings", "about", "pause"
SETUP, REVIEW = "setup", "review"
PAGES = (RULES, CONNECTIONS, HISTORY, TRAFFIC, SETTINGS, ABOUT)
ACTIONS = (WINDOW, QUESTIONS, *PAGES, SETUP, REVIEW, PAUSING)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the desktop half until somebody quits it."""
    options = _options().parse_args(arguments)
    if why := display.missing(os.environ):
        return _give_up(why)
    session = Session(options.bus)
    if not session.start():
        session.tell_first(options.action or WINDOW)
        session.close()
        return 0
    try:
        return _run(options, session)
    finally:
        session.close()


def _run(options: argparse.Namespace, session: Session) -> int:
    """Build everything, and go on until the end."""
    application = _application()
    stored = Stored(preferences.place())
    translation.speak(application, stored.value.language)
    look = Look(application)
    look.wear(stored.value)
    stored.changed.connect(look.wear)

    firewall = Firewall(options.bus)
    prompts, prompt = Prompts(), Prompt(arming=stored.value.arming)
    agent = Agent(firewall, prompts, prompt)
    rules, inspector, tray = RulesPage(), Inspector(), Tray()
    settings, about = SettingsPage(stored), AboutPage()
    notices = Notices(session, stored, application)
    placing = Placing(prompt, stored)
    window = MainWindow(QSettings("stile", "stile-tray"))
    window.add_page(
        RULES, translate("MainWindow", "Applications and rules"), "stile-page-rules", rules
    )
    history = History(firewall, HistorySettings())
    connections, past, traffic = ConnectionsPage(), HistoryPage(history), TrafficPage(history)
    window.add_page(
        CONNECTIONS, translate("MainWindow", "Connections"), "stile-page-live", connections
    )
    window.add_page(HISTORY, translate("MainWindow", "History"), "stile-page-history", past)
    window.add_page(TRAFFIC, translate("MainWindow", "Traffic"), "stile-page-traffic", traffic)
    window.add_page(SETTINGS, translate("MainWindow", "Settings"), "stile-page-settings", settings)
    window.add_page(ABOUT, translate("MainWindow", "About"), "stile-page-about", about)
    modes = Modes(firewall, application)

    firewall.present.connect(tray.show_presence)
    firewall.present.connect(rules.show_presence)
    firewall.present.connect(notices.show_presence)
    firewall.present.connect(settings.show_presence)
    firewall.status.connect(tray.show_status)
    firewall.status.connect(rules.show_status)
    firewall.status.connect(settings.refresh)
    firewall.findings.connect(tray.show_findings)
    firewall.findings.connect(about.show_findings)
    connections.look_wanted.connect(firewall.look)
    firewall.opened.connect(connections.show_open)
    firewall.unlisted.connect(connections.show_unseen)
    firewall.uncounted.connect(traffic.say)
    history.trouble.connect(tray.show_failure)
    firewall.settings.connect(settings.show_settings)
    firewall.unsettled.connect(settings.show_refusal)
    firewall.shelves.connect(rules.show_shelves)
    firewall.shelves.connect(inspector.look_at)
    firewall.applied.connect(rules.applied)
    firewall.refused.connect(rules.refused)
    inspector.found.connect(rules.show_problems)
    firewall.failed.connect(tray.show_failure)
    firewall.failed.connect(rules.show_failure)
    firewall.unreachable.connect(lambda why: application.exit(_give_up(why)))
    agent.counted.connect(tray.show_questions)
    agent.counted.connect(notices.count)
    firewall.asked.connect(notices.asked)
    firewall.answered.connect(notices.answered)
    firewall.withdrawn.connect(notices.withdrawn)
    prompt.dismissed.connect(notices.put_aside)
    rules.apply_wanted.connect(firewall.apply)
    placing.appeared.connect(notices.called_back)
    settings.settings_wanted.connect(firewall.look_up_settings)
    settings.change_wanted.connect(firewall.change_settings)

    def show_questions() -> None:
        if len(prompts):
            agent.call_back()
        else:
            window.open()

    deeds: Mapping[str, Callable[[], None]] = {
        WINDOW: window.open,
        QUESTIONS: show_questions,
        **{page: partial(window.open, page) for page in PAGES},
        SETUP: modes.set_up,
        REVIEW: modes.review,
        PAUSING: lambda: _ask_pause(window, lambda: firewall.pause(PAUSE)),
    }

    def carry_out(action: str) -> None:
        if deed := deeds.get(action):
            deed()

    is_by_hand = not options.background and not options.action

    def look_for_panel(hosted: object) -> None:
        """Let nobody sit before a program that cannot be seen, at the start or later."""
        nonlocal is_by_hand
        if not hosted:
            notices.no_tray()
            if is_by_hand:
                window.open()
        is_by_hand = False

    tray.hosted.connect(look_for_panel)
    tray.pause_wanted.connect(firewall.pause)
    tray.lockdown_wanted.connect(firewall.lock_down)
    tray.learning_wanted.connect(firewall.learn)
    tray.review_wanted.connect(deeds[REVIEW])
    tray.setup_wanted.connect(deeds[SETUP])
    tray.questions_wanted.connect(deeds[QUESTIONS])
    tray.rules_wanted.connect(deeds[RULES])
    tray.settings_wanted.connect(deeds[SETTINGS])
    tray.lacks_wanted.connect(lambda text: _explain(window, text))
    tray.about_wanted.connect(deeds[ABOUT])
    tray.quit_wanted.connect(application.quit)
    session.wanted.connect(carry_out)
    notices.wanted.connect(carry_out)

    ends = Ends(application)
    ends.came.connect(application.quit)
    history.start()
    firewall.start()
    if options.action or not (stored.value.start_hidden or options.background):
        carry_out(options.action or WINDOW)
    try:
        return application.exec()
    finally:
        window.remember()
        firewall.close()
        inspector.close()
        history.close()
        ends.close()


def _application() -> QApplication:
    application = QApplication(["stile-tray"])
    application.setApplicationName("stile-tray")
    application.setApplicationDisplayName("Stile")
    application.setDesktopFileName("stile-tray")
    application.setWindowIcon(icons.own("stile"))
    application.setQuitOnLastWindowClosed(False)
    return application


class Ends(QObject):
    """SIGINT and SIGTERM as Qt hears them: Python alone would look only when Qt comes by.

    Signals:
        came(): one of them arrived.
    """

    came = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._reads, self._writes = socket.socketpair()
        self._writes.setblocking(False)  # noqa: FBT003 (it has no keywords)
        signal.set_wakeup_fd(self._writes.fileno())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        self._notifier = QSocketNotifier(self._reads.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        self._reads.close()
        self._writes.close()

    def _read(self) -> None:
        self._reads.recv(64)
        self.came.emit()


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stile-tray", description="Shows Stile's questions, its rules, and its state."
    )
    parser.add_argument(
        "--bus", default="system", metavar="ADDRESS", help="system, session or a D-Bus address"
    )
    parser.add_argument(
        "--do",
        dest="action",
        choices=ACTIONS,
        help="open a window, or pause; where stile-tray runs already, it is the one that does it",
    )
    parser.add_argument(
        "--rules",
        dest="action",
        action="store_const",
        const=RULES,
        help="open the window with the rules (--do rules)",
    )
    parser.add_argument(
        "--background", action="store_true", help="open no window: for the start of a session"
    )
    parser.add_argument("--version", action="version", version=f"stile-tray {__version__}")
    return parser


def _explain(parent: QWidget, lacks: str) -> None:
    title = translate("Main", "What this system lacks")
    box = QMessageBox(QMessageBox.Icon.Information, title, lacks, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def _ask_pause(parent: QWidget, pause: Callable[[], None]) -> None:
    """Ask before a pause that the desktop's menu, or another program, wants."""
    text = translate(
        "Main", "Let unknown applications through for 5 minutes? What is denied stays denied."
    )
    box = QMessageBox(QMessageBox.Icon.Question, translate("Main", "Pause Stile"), text)
    box.setParent(parent, box.windowFlags() | Qt.WindowType.Window)
    yes = box.addButton(translate("Main", "&Pause"), QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton(translate("Main", "&Go on guarding"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    yes.clicked.connect(lambda: pause())
    box.show()


def _give_up(why: str) -> int:
    print(f"stile-tray: {why}", file=sys.stderr)  # noqa: T201 (there is no window to say it in)
    return 1


if __name__ == "__main__":
    sys.exit(main())
