"""All objects of the tray, built and wired: to read this is to read the architecture.

firewall        the helper, as Qt sees it
agent, prompt   questions
window          pages: rules, connections, history, traffic, settings, about
modes           first run and review, windows of their own
tray, notices   what is seen when no window is
"""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject, QSettings, Qt
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from stile.applications import Application
from stile.language import translate
from stile.scopes import Scope
from stile_ui.about import AboutPage
from stile_ui.agent import Agent
from stile_ui.firewall import Firewall
from stile_ui.history import History
from stile_ui.history_pages import CONNECTIONS, HISTORY, TRAFFIC, HistoryPages, kept
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
from stile_ui.tray import PAUSE, Tray

RULES, SETTINGS, ABOUT, PAUSING = "rules", "settings", "about", "pause"
SETUP, REVIEW = "setup", "review"
PAGES = (RULES, CONNECTIONS, HISTORY, TRAFFIC, SETTINGS, ABOUT)
ACTIONS = (WINDOW, QUESTIONS, *PAGES, SETUP, REVIEW, PAUSING)
"""What can be asked of a tray that runs: by its menu, its desktop entry, or the command line."""


class Desktop(QObject):
    """Everything that a person sees; *by_hand*: somebody has just started it to see it."""

    def __init__(
        self,
        application: QApplication,
        session: Session,
        stored: Stored,
        bus: str,
        *,
        by_hand: bool,
    ) -> None:
        super().__init__(application)
        self._by_hand = by_hand
        self.firewall = Firewall(bus)
        self._prompts, self._prompt = Prompts(), Prompt(arming=stored.value.arming)
        self._agent = Agent(self.firewall, self._prompts, self._prompt)
        self._tray, self._notices = Tray(), Notices(session, stored, application)
        self._placing = Placing(self._prompt, stored)
        self._rules, self._inspector = RulesPage(), Inspector()
        self._settings, self._about = SettingsPage(stored), AboutPage()
        self._history = History(self.firewall, kept(stored.value))
        self._window = MainWindow(QSettings("stile", "stile-tray"))
        self._add_pages(stored)
        self._modes = Modes(self.firewall, application)
        self._deeds = self._all_deeds()
        self._wire_questions()
        self._wire_rules()
        self._wire_settings()
        self._wire_tray(application)
        session.wanted.connect(self.carry_out)
        self._notices.wanted.connect(self.carry_out)

    def start(self) -> None:
        """Begin to talk to the helper."""
        self._history.start()
        self.firewall.start()

    def close(self) -> None:
        """End what runs, and write what waits."""
        self._window.remember()
        self.firewall.close()
        self._inspector.close()
        self._history.close()

    def carry_out(self, action: str) -> None:
        """Do one of `ACTIONS`; nothing where it is none of them."""
        if deed := self._deeds.get(action):
            deed()

    # -- who is connected to whom ------------------------------------------------------

    def _add_pages(self, stored: Stored) -> None:
        rules = translate("Desktop", "Applications and rules")
        self._window.add_page(RULES, rules, "stile-page-rules", self._rules)
        pages = HistoryPages(self.firewall, self._history, self._window)
        settings, about = translate("Desktop", "Settings"), translate("Desktop", "About")
        self._window.add_page(SETTINGS, settings, "stile-page-settings", self._settings)
        self._window.add_page(ABOUT, about, "stile-page-about", self._about)
        pages.rule_from.connect(self._propose)
        stored.changed.connect(lambda now: self._history.go_by(kept(now)))
        self._history.trouble.connect(self._tray.show_failure)
        self._history.changed.connect(self._show_uses)
        self._window.page_opened.connect(self._show_uses)

    def _wire_questions(self) -> None:
        firewall, notices = self.firewall, self._notices
        firewall.present.connect(notices.show_presence)
        firewall.asked.connect(notices.asked)
        firewall.answered.connect(notices.answered)
        firewall.withdrawn.connect(notices.withdrawn)
        self._agent.counted.connect(self._tray.show_questions)
        self._agent.counted.connect(notices.count)
        self._prompt.dismissed.connect(notices.put_aside)
        self._placing.appeared.connect(notices.called_back)

    def _wire_rules(self) -> None:
        firewall, rules = self.firewall, self._rules
        firewall.present.connect(rules.show_presence)
        firewall.status.connect(rules.show_status)
        firewall.shelves.connect(rules.show_shelves)
        firewall.shelves.connect(self._inspector.look_at)
        firewall.applied.connect(rules.applied)
        firewall.refused.connect(rules.refused)
        firewall.failed.connect(rules.show_failure)
        self._inspector.found.connect(rules.show_problems)
        rules.apply_wanted.connect(firewall.apply)

    def _wire_settings(self) -> None:
        firewall, settings = self.firewall, self._settings
        firewall.present.connect(settings.show_presence)
        firewall.status.connect(settings.refresh)
        firewall.settings.connect(settings.show_settings)
        firewall.unsettled.connect(settings.show_refusal)
        firewall.findings.connect(self._about.show_findings)
        settings.settings_wanted.connect(firewall.look_up_settings)
        settings.change_wanted.connect(firewall.change_settings)

    def _wire_tray(self, application: QApplication) -> None:
        firewall, tray = self.firewall, self._tray
        firewall.present.connect(tray.show_presence)
        firewall.status.connect(tray.show_status)
        firewall.findings.connect(tray.show_findings)
        firewall.failed.connect(tray.show_failure)
        tray.hosted.connect(self._look_for_panel)
        tray.pause_wanted.connect(firewall.pause)
        tray.lockdown_wanted.connect(firewall.lock_down)
        tray.learning_wanted.connect(firewall.learn)
        tray.review_wanted.connect(self._deeds[REVIEW])
        tray.setup_wanted.connect(self._deeds[SETUP])
        tray.questions_wanted.connect(self._deeds[QUESTIONS])
        tray.rules_wanted.connect(self._deeds[RULES])
        tray.settings_wanted.connect(self._deeds[SETTINGS])
        tray.about_wanted.connect(self._deeds[ABOUT])
        tray.lacks_wanted.connect(lambda text: _explain(self._window, text))
        tray.quit_wanted.connect(application.quit)

    # -- deeds -------------------------------------------------------------------------

    def _all_deeds(self) -> Mapping[str, Callable[[], None]]:
        return {
            WINDOW: self._window.open,
            QUESTIONS: self._show_questions,
            **{page: partial(self._window.open, page) for page in PAGES},
            SETUP: self._modes.set_up,
            REVIEW: self._modes.review,
            PAUSING: lambda: _ask_pause(self._window, lambda: self.firewall.pause(PAUSE)),
        }

    def _show_questions(self) -> None:
        if len(self._prompts):
            self._agent.call_back()
        else:
            self._window.open()

    def _propose(self, application: Application, scope: Scope) -> None:
        self._window.open(RULES)
        self._rules.propose(application, scope)

    def _show_uses(self) -> None:
        """Show when applications were seen last, where somebody looks."""
        if self._rules.isVisible():
            uses = self._history.uses().items()
            self._rules.show_uses({who: (use.last, use.octets) for who, use in uses})

    def _look_for_panel(self, hosted: object) -> None:
        """Let nobody sit before a program that cannot be seen, at the start or later."""
        if not hosted:
            self._notices.no_tray()
            if self._by_hand:
                self._window.open()
        self._by_hand = False


def _explain(parent: QWidget, lacks: str) -> None:
    title = translate("Desktop", "What this system lacks")
    box = QMessageBox(QMessageBox.Icon.Information, title, lacks, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def _ask_pause(parent: QWidget, pause: Callable[[], None]) -> None:
    """Ask before a pause that the desktop's menu, or another program, wants."""
    text = translate(
        "Desktop", "Let unknown applications through for 5 minutes? What is denied stays denied."
    )
    box = QMessageBox(QMessageBox.Icon.Question, translate("Desktop", "Pause Stile"), text)
    box.setParent(parent, box.windowFlags() | Qt.WindowType.Window)
    yes = box.addButton(translate("Desktop", "&Pause"), QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton(translate("Desktop", "&Go on guarding"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    yes.clicked.connect(lambda: pause())
    box.show()
