"""The icon in the panel: what state Stile is in, and the way to its windows.

It is a StatusNotifierItem or an XEmbed icon, as the panel likes it. Where there is neither,
`Tray.hosted` says so, and everything here is reached by starting stile-tray again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, QRect, Qt, QTimer, Signal
from PySide6.QtDBus import QDBusConnection, QDBusServiceWatcher
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from stile.language import translate
from stile.learned import DEFAULT_SECONDS
from stile_ui import icons, words

PAUSE = 300
"""Seconds of a pause."""
SIZES = (16, 22, 24, 32, 48, 64)
GATE = "exec gate"
"""Without it programs slip through: the tooltip says so even where it is half there."""
TRAY_HOST = "org.kde.StatusNotifierWatcher"
PATIENCE = 6000
"""Milliseconds in which the panel of a session that just began is expected."""


class Tray(QObject):
    """Shows one state at a time, the most pressing one.

    Signals:
        questions_wanted(), rules_wanted(), settings_wanted(), lacks_wanted(str), about_wanted(),
        quit_wanted()
        pause_wanted(int): unknown applications shall pass for so many seconds; 0 ends it.
        learning_wanted(int): unknown applications shall pass and be recorded for so many seconds.
        review_wanted(), setup_wanted()
        lockdown_wanted(bool): only what is allowed shall pass, without questions; false ends it.
        hosted(bool): whether there is a panel that shows us; said when it is known, and anew.
    """

    questions_wanted = Signal()
    rules_wanted = Signal()
    settings_wanted = Signal()
    lacks_wanted = Signal(str)
    about_wanted = Signal()
    quit_wanted = Signal()
    pause_wanted = Signal(int)
    lockdown_wanted = Signal(bool)
    learning_wanted = Signal(int)
    review_wanted = Signal()
    setup_wanted = Signal()
    hosted = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._present = False
        self._paused = 0
        self._locked = False
        self._learning = 0
        self._learned = 0
        self._questions = 0
        self._trouble = ""
        self._lacking: Sequence[Mapping[str, str]] = ()
        self._menu = QMenu()
        self._build_menu()
        self._icon = QSystemTrayIcon(self)
        self._watch_for_hosts()
        self._put_up()

    # -- what is known -----------------------------------------------------------------

    def show_presence(self, present: object) -> None:
        """Show whether there is a helper."""
        self._present = bool(present)
        self._trouble = ""
        self._refresh()

    def show_status(self, status: Mapping[str, Any]) -> None:
        """Show what the helper says of itself."""
        self._paused = int(status["paused"])
        self._locked = bool(status.get("lockdown", False))
        self._learning = int(status.get("learning", 0))
        self._learned = int(status.get("learned", 0))
        self._refresh()

    def show_findings(self, findings: Sequence[Mapping[str, str]]) -> None:
        """Show what this system lacks, as `stile doctor` says it."""
        self._lacking = [finding for finding in findings if finding["state"] != "ok"]
        self._refresh()

    def show_questions(self, count: int) -> None:
        """Show how many questions are open."""
        self._questions = count
        self._refresh()

    def show_failure(self, sentence: str) -> None:
        """Show what did not work, until the helper comes or goes."""
        self._trouble = sentence
        self._refresh()

    @property
    def state(self) -> str:
        """The most pressing state: the second half of an icon's name."""
        pressing = {
            "away": not self._present,
            "asking": self._questions > 0,
            "locked": self._locked,
            "paused": self._paused > 0,
            "learning": self._learning > 0,
        }
        return next((state for state, holds in pressing.items() if holds), "guarding")

    @property
    def sentence(self) -> str:
        """What the tooltip says."""
        match self.state:
            case "away":
                return translate("Tray", "Stile's helper is not running")
            case "asking":
                return translate(
                    "Tray",
                    "Stile: one application waits for your answer"
                    "|Stile: %n applications wait for your answer",
                    None,
                    self._questions,
                )
            case "locked":
                return translate(
                    "Tray",
                    "Stile is locked down: only applications with an allow rule reach the network",
                )
            case "paused":
                return translate("Tray", "Stile is paused: unknown applications pass")
            case "learning":
                return translate("Tray", "Stile learns: unknown applications pass and are recorded")
        return self._trouble or self._guarding

    @property
    def _guarding(self) -> str:
        gravest = [finding["name"] for finding in self._lacking if finding["state"] == "missing"]
        gravest += [each["name"] for each in self._lacking if each["name"] == GATE]
        if gaps := ", ".join(dict.fromkeys(gravest)):
            return translate("Tray", "Stile guards, with gaps: {gaps}").format(gaps=gaps)
        return translate("Tray", "Stile guards your connections")

    @property
    def lacks(self) -> str:
        """What this system lacks and what follows, a paragraph each."""
        return "\n\n".join(f"{each['name']}: {each['means']}" for each in self._lacking)

    def _refresh(self) -> None:
        self._icon.setIcon(badged(icons.own(f"stile-{self.state}"), self._questions))
        self._icon.setToolTip(self.sentence)
        self._says.setText(words.in_menu(words.safe(self.sentence)))
        text = translate("Tray", "Open &questions ({count})")
        self._open.setText(text.format(count=self._questions))
        self._open.setEnabled(self._questions > 0)
        self._pause.setEnabled(self._present and not self._locked)
        self._show_learning()
        resume, pause = translate("Tray", "&Resume"), translate("Tray", "&Pause for 5 minutes")
        self._pause.setText(resume if self._paused else pause)
        self._lockdown.setEnabled(self._present)
        unlock, lock = translate("Tray", "End loc&kdown"), translate("Tray", "Loc&k down")
        self._lockdown.setText(unlock if self._locked else lock)
        self._lacks.setVisible(bool(self._lacking) and self._present)

    def _show_learning(self) -> None:
        self._learn.setEnabled(self._present and not self._locked)
        self._learn.setText(
            translate("Tray", "Stop l&earning")
            if self._learning
            else translate("Tray", "L&earn for an hour")
        )
        review = translate("Tray", "Re&view what was learned ({count})…")
        self._review.setText(review.format(count=self._learned))
        self._review.setVisible(self._learned > 0)
        self._setup.setEnabled(self._present)

    # -- what the person does ----------------------------------------------------------

    def _build_menu(self) -> None:
        self._says = self._entry("", self.rules_wanted.emit)
        self._menu.addSeparator()
        self._open = self._entry("", self.questions_wanted.emit)
        self._entry(translate("Tray", "R&ules…"), self.rules_wanted.emit)
        self._entry(translate("Tray", "&Settings…"), self.settings_wanted.emit)
        self._menu.addSeparator()
        self._pause = self._entry("", self.toggle_pause)
        self._learn = self._entry("", self._toggle_learning)
        self._review = self._entry("", self.review_wanted.emit)
        self._lockdown = self._entry("", self._toggle_lockdown)
        self._menu.addSeparator()
        self._setup = self._entry(translate("Tray", "S&ystem services…"), self.setup_wanted.emit)
        self._lacks = self._entry(
            translate("Tray", "What this system &lacks…"),
            lambda: self.lacks_wanted.emit(self.lacks),
        )
        self._entry(translate("Tray", "&About Stile"), self.about_wanted.emit)
        self._entry(translate("Tray", "Qu&it"), self.quit_wanted.emit)

    def _entry(self, text: str, deed: Any) -> QAction:  # noqa: ANN401 # whatever can be called
        entry = self._menu.addAction(text)
        entry.triggered.connect(lambda: deed())
        return entry

    def toggle_pause(self) -> None:
        """Begin a pause, or end it."""
        self.pause_wanted.emit(0 if self._paused else PAUSE)

    def _toggle_learning(self) -> None:
        self.learning_wanted.emit(0 if self._learning else DEFAULT_SECONDS)

    def _toggle_lockdown(self) -> None:
        self.lockdown_wanted.emit(not self._locked)

    def _activated(self, how: QSystemTrayIcon.ActivationReason) -> None:
        if how is QSystemTrayIcon.ActivationReason.Trigger:
            (self.questions_wanted if self._questions else self.rules_wanted).emit()

    # -- tray hosts --------------------------------------------------------------------

    def _watch_for_hosts(self) -> None:
        """Hear of panels that come later.

        Under X11 Qt chooses between StatusNotifierItem and XEmbed when an icon is made, and finds
        later XEmbed hosts by itself; a StatusNotifier host needs a new icon.
        """
        self._hosts = QDBusServiceWatcher(
            TRAY_HOST,
            QDBusConnection.sessionBus(),
            QDBusServiceWatcher.WatchModeFlag.WatchForOwnerChange,
            self,
        )
        self._hosts.serviceRegistered.connect(self._put_up)
        self._look = QTimer(self, singleShot=True, interval=PATIENCE)
        self._look.timeout.connect(self._look_for_host)
        self._hosts.serviceUnregistered.connect(lambda _: self._look.start())
        self._look.start()

    def _look_for_host(self) -> None:
        self.hosted.emit(QSystemTrayIcon.isSystemTrayAvailable())

    def _put_up(self, _host: str = "") -> None:
        self._icon.hide()
        self._icon.deleteLater()
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activated)
        self._refresh()
        self._icon.show()
        self._look.start()


def badged(icon: QIcon, count: int) -> QIcon:
    """Put a number on an icon; none for 0."""
    if not count:
        return icon
    whole = QIcon()
    for size in SIZES:
        whole.addPixmap(_badged_pixmap(icon, size, str(count) if count < 10 else "9+"))
    return whole


def _badged_pixmap(icon: QIcon, size: int, text: str) -> QPixmap:
    pixmap = icon.pixmap(size, size)
    side = round(size * 0.62)
    badge = QRect(size - side, size - side, side, side)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#b3261e"))
    painter.drawEllipse(badge)
    font = QGuiApplication.font()
    font.setPixelSize(max(8, round(side * (0.8 if len(text) == 1 else 0.6))))
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor("white"))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return pixmap
