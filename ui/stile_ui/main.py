"""stile-tray: its command line, and the one instance of a session; all else is in desktop.py."""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, QSocketNotifier, Signal
from PySide6.QtWidgets import QApplication

from stile import __version__
from stile_ui import display, icons, preferences, translation
from stile_ui.desktop import ACTIONS, RULES, Desktop
from stile_ui.preferences import Stored
from stile_ui.session import Session
from stile_ui.sessionbus import WINDOW
from stile_ui.theme import Look


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the desktop half until somebody quits it."""
    options = parser().parse_args(arguments)
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

    by_hand = not options.background and not options.action
    desktop = Desktop(application, session, stored, options.bus, by_hand=by_hand)
    desktop.firewall.unreachable.connect(lambda why: application.exit(_give_up(why)))
    ends = Ends(application)
    ends.came.connect(application.quit)
    desktop.start()
    if options.action or not (stored.value.start_hidden or options.background):
        desktop.carry_out(options.action or WINDOW)
    try:
        return application.exec()
    finally:
        desktop.close()
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


def parser() -> argparse.ArgumentParser:
    """Say what `stile-tray` understands."""
    whole = argparse.ArgumentParser(
        prog="stile-tray",
        description="Shows Stile's questions, its rules, and its state.",
        epilog="Manual page: stile-tray(1).",
    )
    whole.add_argument(
        "--bus", default="system", metavar="ADDRESS", help="system, session or a D-Bus address"
    )
    whole.add_argument(
        "--do",
        dest="action",
        choices=ACTIONS,
        help="open a window, or pause; where stile-tray runs already, it is the one that does it",
    )
    whole.add_argument(
        "--rules",
        dest="action",
        action="store_const",
        const=RULES,
        help="open the window with the rules (--do rules)",
    )
    whole.add_argument(
        "--background", action="store_true", help="open no window: for the start of a session"
    )
    whole.add_argument("--version", action="version", version=f"stile-tray {__version__}")
    return whole


def _give_up(why: str) -> int:
    print(f"stile-tray: {why}", file=sys.stderr)  # noqa: T201 (there is no window to say it in)
    return 1


if __name__ == "__main__":
    sys.exit(main())
