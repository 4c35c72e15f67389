"""How long a question stays open: a bar that empties, the seconds in words, and a stop."""

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from stile.language import translate
from stile_ui.facts import muted, plain_label

TICK = 250
"""Milliseconds between two looks at the clock, while visible."""


class Countdown(QWidget):
    """Counts down to a deadline while it can be seen, and sleeps otherwise.

    Signals:
        stop_wanted(bool): the clock shall stand, or go on.
    """

    stop_wanted = Signal(bool)

    def __init__(self, parent: QWidget, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._deadline = self._whole = self._left = 0.0
        self._stands = False
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(5)
        self._bar.setAccessibleName(translate("Countdown", "Time left"))
        self._words = plain_label(self)
        muted(self._words)
        self._stop = QPushButton(self)
        self._stop.setFlat(True)
        self._stop.setAutoDefault(False)
        self._stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._stop.clicked.connect(lambda: self.stop_wanted.emit(not self._stands))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._bar, 1)
        row.addWidget(self._words)
        row.addWidget(self._stop)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._look)
        self._name_stop()

    def run(self, deadline: float, whole: float) -> None:
        """Count down to *deadline*; the bar is full at *whole* seconds before it."""
        self._deadline, self._whole = deadline, max(whole, self._whole if self._stands else 0.0)
        self._stands = False
        self._go_on()

    def stand(self, left: float) -> None:
        """Show how much was left when the clock was stopped."""
        self._stands, self._left, self._whole = True, left, max(left, self._whole)
        self._go_on()

    def _go_on(self) -> None:
        self._name_stop()
        self._look()
        if self._stands or not self.isVisible():
            self._timer.stop()
        else:
            self._timer.start()

    def _name_stop(self) -> None:
        self._stop.setText(
            translate("Countdown", "Start the &clock")
            if self._stands
            else translate("Countdown", "Stop the &clock")
        )

    def _look(self) -> None:
        left = self._left if self._stands else max(0.0, self._deadline - self._clock())
        self._bar.setValue(round(1000 * left / self._whole) if self._whole > 0 else 0)
        stands = translate("Countdown", "waits for you")
        self._words.setText(stands if self._stands else spoken(left))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._go_on()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()


def spoken(seconds: float) -> str:
    """Say "42 s" or "3 min"."""
    whole = round(seconds)
    if whole < 120:
        return translate("Countdown", "{seconds} s").format(seconds=whole)
    return translate("Countdown", "{minutes} min").format(minutes=whole // 60)
