"""The icon in the panel: what state Stile is in, and the way to its windows."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtDBus import QDBusConnection, QDBusServiceWatcher
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from stile import sentences
from stile.language import translate
from stile.learned import DEFAULT_SECONDS
from stile_ui import icons

PAUSE = 300
"""Seconds of a pause."""
SIZES = (16, 22, 24, 32, 48, 64)
GATE = "exec gate"
"""Without it programs slip through: the tooltip says so even where it is half there."""
TRAY_HOST = "org.kde.StatusNotifierWatcher"


class Tray(QObject):
    """Shows one state at a time, the most pressing one.

    Signals:
        questions_wanted(), rules_wanted(), lacks_wanted(str), about_wanted(), quit_wanted()
        pause_wanted(int): unknown applications shall pass for so many seconds; 0 ends it.
        learning_wanted(int): unknown applications shall pass and be recorded for so many seconds.
        review_wanted(), setup_wanted()
        lockdown_wanted(bool): only what is allowed shall pass, without questions; false ends it.
    """

    questions_wanted = Signal()
    rules_wanted = Signal()
    lacks_wanted = Signal(str)
    about_wanted = Signal()
    quit_wanted = Signal()
    pause_wanted = Signal(int)
    lockdown_wanted = Signal(bool)
    learning_wanted = Signal(int)
    review_wanted = Signal()
    setup_wanted = Signal()

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
        if not self._present:
            return "away"
        if self._questions:
            return "asking"
        if self._locked:
            return "locked"
        if self._paused:
            return "paused"
        return "learning" if self._learning else "guarding"

    @property
    def sentence(self) -> str:
        """What the tooltip says."""
        match self.state:
            case "away":
                return "Stile's helper is not running"
            case "asking" if self._questions == 1:
                return "Stile: one application waits for your answer"
            case "asking":
                return f"Stile: {self._questions} applications wait for your answer"
            case "locked":
                return f"Stile is locked down: {sentences.locked_down()}"
            case "paused":
                return "Stile is paused: unknown applications pass"
            case "learning":
                return translate("Tray", "Stile learns: unknown applications pass and are recorded")
        return self._trouble or self._guarding

    @property
    def _guarding(self) -> str:
        gravest = [finding["name"] for finding in self._lacking if finding["state"] == "missing"]
        gravest += [each["name"] for each in self._lacking if each["name"] == GATE]
        gaps = ", ".join(dict.fromkeys(gravest))
        return f"Stile guards, with gaps: {gaps}" if gaps else "Stile guards your connections"

    @property
    def lacks(self) -> str:
        """What this system lacks and what follows, a paragraph each."""
        return "\n\n".join(f"{each['name']}: {each['means']}" for each in self._lacking)

    def _refresh(self) -> None:
        self._icon.setIcon(badged(icons.own(f"stile-{self.state}"), self._questions))
        self._icon.setToolTip(self.sentence)
        self._says.setText(self.sentence)
        self._open.setText(f"Open &questions ({self._questions})")
        self._open.setEnabled(self._questions > 0)
        self._pause.setEnabled(self._present and not self._locked)
        self._show_learning()
        self._lockdown.setEnabled(self._present)
        self._lockdown.setText("End loc&kdown" if self._locked else "Loc&k down")
        self._lacks.setVisible(bool(self._lacking) and self._present)
        self._pause.setText("&Resume" if self._paused else "&Pause for 5 minutes")

    def _show_learning(self) -> None:
        self._learn.setEnabled(self._present and not self._locked)
        self._learn.setText(
            translate("Tray", "Stop &learning")
            if self._learning
            else translate("Tray", "&Learn for an hour")
        )
        review = translate("Tray", "Re&view what was learned ({count})…")
        self._review.setText(review.format(count=self._learned))
        self._review.setVisible(self._learned > 0)
        self._setup.setEnabled(self._present)

    # -- what the person does ----------------------------------------------------------

    def _build_menu(self) -> None:
        self._says = self._menu.addAction("")
        self._says.setEnabled(False)
        self._menu.addSeparator()
        self._open = self._menu.addAction("")
        self._open.triggered.connect(self.questions_wanted)
        self._menu.addAction("&Rules…").triggered.connect(self.rules_wanted)
        self._pause = self._menu.addAction("")
        self._pause.triggered.connect(self._toggle_pause)
        self._learn = self._menu.addAction("")
        self._learn.triggered.connect(self._toggle_learning)
        self._review = self._menu.addAction("")
        self._review.triggered.connect(self.review_wanted)
        self._lockdown = self._menu.addAction("")
        self._lockdown.triggered.connect(self._toggle_lockdown)
        self._menu.addSeparator()
        self._setup = self._menu.addAction(translate("Tray", "&System services…"))
        self._setup.triggered.connect(self.setup_wanted)
        self._lacks = self._menu.addAction("What this system &lacks…")
        self._lacks.triggered.connect(lambda: self.lacks_wanted.emit(self.lacks))
        self._menu.addAction("&About Stile").triggered.connect(self.about_wanted)
        self._menu.addAction("&Quit").triggered.connect(self.quit_wanted)

    def _toggle_pause(self) -> None:
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
            QDBusServiceWatcher.WatchModeFlag.WatchForRegistration,
            self,
        )
        self._hosts.serviceRegistered.connect(self._put_up)

    def _put_up(self, _host: str = "") -> None:
        self._icon.hide()
        self._icon.deleteLater()
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activated)
        self._refresh()
        self._icon.show()


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
