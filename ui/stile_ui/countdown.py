"""How long a question stays open: a bar that empties and the seconds in words."""

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from stile_ui.facts import muted, plain_label

TICK = 250
"""Milliseconds between two looks at the clock, while visible."""


class Countdown(QWidget):
    """Counts down to a deadline while it can be seen, and sleeps otherwise."""

    def __init__(self, parent: QWidget, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._deadline = self._whole = 0.0
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(5)
        self._words = plain_label(self)
        muted(self._words)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._bar, 1)
        row.addWidget(self._words)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._look)

    def run(self, deadline: float, whole: float) -> None:
        """Count down to *deadline*; the bar is full at *whole* seconds before it."""
        self._deadline, self._whole = deadline, whole
        self._look()

    def _look(self) -> None:
        left = max(0.0, self._deadline - self._clock())
        self._bar.setValue(round(1000 * left / self._whole) if self._whole > 0 else 0)
        self._words.setText(spoken(left))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()


def spoken(seconds: float) -> str:
    """Say "42 s" or "3 min"."""
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min"
