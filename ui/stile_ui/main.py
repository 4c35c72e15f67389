"""stile-tray: builds every object and passes it on; to read this is to read the architecture."""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, QSocketNotifier, Qt, Signal
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from stile import __version__
from stile_ui import display, icons
from stile_ui.agent import Agent
from stile_ui.firewall import Firewall
from stile_ui.modes import Modes
from stile_ui.prompt import Prompt
from stile_ui.prompts import Prompts
from stile_ui.rules_window import RulesWindow
from stile_ui.tray import Tray

ABOUT = (
    f"Stile {__version__}\n\nA per-application firewall for the Linux desktop that lets the kernel "
    "decide.\n\nA stile is the step in a fence that lets people through and keeps cattle in."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the desktop half until somebody quits it."""
    options = _options().parse_args(arguments)
    if why := display.missing(os.environ):
        return _give_up(why)

    application = QApplication(["stile-tray"])
    application.setApplicationName("stile-tray")
    application.setApplicationDisplayName("Stile")
    application.setDesktopFileName("stile-tray")
    application.setWindowIcon(icons.own("stile"))
    application.setQuitOnLastWindowClosed(False)

    firewall = Firewall(options.bus)
    prompts, prompt = Prompts(), Prompt()
    agent = Agent(firewall, prompts, prompt)
    rules = RulesWindow()
    tray = Tray()
    modes = Modes(firewall, application)

    firewall.present.connect(tray.show_presence)
    firewall.present.connect(rules.show_presence)
    firewall.status.connect(tray.show_status)
    firewall.status.connect(rules.show_status)
    firewall.findings.connect(tray.show_findings)
    firewall.rules.connect(rules.show_rules)
    firewall.failed.connect(tray.show_failure)
    firewall.failed.connect(rules.show_failure)
    firewall.unreachable.connect(lambda why: application.exit(_give_up(why)))
    agent.counted.connect(tray.show_questions)
    rules.change_wanted.connect(firewall.change_rule)
    rules.sharing_wanted.connect(firewall.share_rule)
    rules.removal_wanted.connect(firewall.remove_rule)
    rules.rule_wanted.connect(firewall.add_rule)
    tray.pause_wanted.connect(firewall.pause)
    tray.lockdown_wanted.connect(firewall.lock_down)
    tray.learning_wanted.connect(firewall.learn)
    tray.review_wanted.connect(modes.review)
    tray.setup_wanted.connect(modes.set_up)
    tray.questions_wanted.connect(agent.call_back)
    tray.rules_wanted.connect(lambda: _bring_up(rules))
    tray.lacks_wanted.connect(lambda text: _explain(rules, text))
    tray.about_wanted.connect(lambda: QMessageBox.about(rules, "About Stile", ABOUT))
    tray.quit_wanted.connect(application.quit)

    ends = Ends(application)
    ends.came.connect(application.quit)
    firewall.start()
    if options.rules:
        rules.show()
    if options.setup:
        modes.set_up()
    if options.review:
        modes.review()
    try:
        return application.exec()
    finally:
        firewall.close()
        ends.close()


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
    parser.add_argument("--rules", action="store_true", help="open the window with the rules")
    parser.add_argument("--setup", action="store_true", help="propose rules for the system")
    parser.add_argument("--review", action="store_true", help="show what was learned")
    parser.add_argument("--version", action="version", version=f"stile-tray {__version__}")
    return parser


def _explain(parent: QWidget, lacks: str) -> None:
    box = QMessageBox(QMessageBox.Icon.Information, "What this system lacks", lacks, parent=parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def _bring_up(window: RulesWindow) -> None:
    window.show()
    window.raise_()
    window.activateWindow()


def _give_up(why: str) -> int:
    print(f"stile-tray: {why}", file=sys.stderr)  # noqa: T201 (there is no window to say it in)
    return 1


if __name__ == "__main__":
    sys.exit(main())
