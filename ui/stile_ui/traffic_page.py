"""The page "Traffic": who has moved how much, as a chart over an hour, a day or a month."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from stile.applications import EVERYBODY, Application
from stile.language import translate
from stile_ui import icons, numbers, words
from stile_ui.facts import plain_label
from stile_ui.history import History
from stile_ui.traffic_sums import LAST_DAY, LAST_HOUR, LAST_MONTH, Bars, By, Range, Way, bars

if TYPE_CHECKING:
    from stile_ui.traffic_chart import TrafficChart

COLOURS = (
    *("#3584e4", "#e66100", "#26a269", "#9141ac", "#e5a50a", "#1fa3a8", "#d6336c"),
    "#8d939b",  # all others
)
"""Told apart by most who see colours differently, on light and dark."""
SWATCH = 12
LIST_WIDTH = 290


class TrafficPage(QWidget):
    """Shows the chart, and a list that says which colour is whose."""

    def __init__(self, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = history
        self._chart: TrafficChart | None = None
        self._range = LAST_HOUR
        self._make_choices()
        self._make_list()
        self._room = QVBoxLayout()
        self._notice = plain_label(self, wrap=True)
        self._notice.hide()
        self._lay_out()
        history.changed.connect(self._refresh_if_seen)
        history.cleared.connect(lambda: self._show({}))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._chart is None:
            self._make_chart()
        if not self._history.settings.on:
            self.say(translate("Traffic", "The history is off: nothing new is counted."))
        self.refresh()

    def refresh(self) -> None:
        """Look anew."""
        over = self._range
        since = time.time() - over.reach
        self._history.lookup.ask(self, lambda reader: reader.traffic(since, over.step), self._show)

    def say(self, text: str) -> None:
        """Say why there is nothing to be seen; nothing takes no room."""
        self._notice.setText(words.safe(text))
        self._notice.setVisible(bool(text))

    # -- what it is made of ----------------------------------------------------------------------

    def _make_choices(self) -> None:
        self._spans = QButtonGroup(self)
        for text, over in (
            (translate("Traffic", "&Hour"), LAST_HOUR),
            (translate("Traffic", "&Day"), LAST_DAY),
            (translate("Traffic", "&Month"), LAST_MONTH),
        ):
            button = QPushButton(text, self)
            button.setCheckable(True)
            button.setChecked(over is self._range)
            button.clicked.connect(self._chooser(over))
            self._spans.addButton(button)
        self._way = QComboBox(self)
        self._way.setAccessibleName(translate("Traffic", "Direction"))
        self._way.addItem(translate("Traffic", "Sent and received"), Way.BOTH)
        self._way.addItem(translate("Traffic", "Received"), Way.RECEIVED)
        self._way.addItem(translate("Traffic", "Sent"), Way.SENT)
        self._way.currentIndexChanged.connect(lambda _: self.refresh())

    def _make_list(self) -> None:
        self._list = QTreeWidget(self)
        self._list.setAccessibleName(translate("Traffic", "Applications"))
        self._list.setHeaderLabels(
            [translate("Traffic", "Application"), translate("Traffic", "Moved")]
        )
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setRootIsDecorated(False)
        self._list.setUniformRowHeights(True)
        self._list.setIconSize(QSize(SWATCH + 24, 18))
        self._list.setFixedWidth(LIST_WIDTH)
        header = self._list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)

    def _lay_out(self) -> None:
        top, middle, whole = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        for button in self._spans.buttons():
            top.addWidget(button)
        top.addStretch(1)
        top.addWidget(self._way)
        middle.addLayout(self._room, 1)
        middle.addWidget(self._list)
        middle.setSpacing(12)
        whole.setContentsMargins(16, 16, 16, 16)
        whole.setSpacing(10)
        whole.addLayout(top)
        whole.addWidget(self._notice)
        whole.addLayout(middle, 1)

    def _make_chart(self) -> None:
        try:
            from stile_ui.traffic_chart import TrafficChart  # not before it is seen
        except ImportError:
            self.say(
                translate(
                    "Traffic",
                    "The chart is drawn by QtCharts, which is not installed: install the package "
                    "python3-pyside6.qtcharts, or stile-firewall[charts] with pip.",
                )
            )
            return
        self._chart = TrafficChart(self)
        self._room.addWidget(self._chart)

    # -- what happens ----------------------------------------------------------------------------

    def _chooser(self, over: Range) -> Callable[[], None]:
        def choose() -> None:
            self._range = over
            self.refresh()

        return choose

    def _refresh_if_seen(self) -> None:
        if self.isVisible():
            self.refresh()

    def _show(self, by: By) -> None:
        shown = bars(by, self._range, Way(self._way.currentData()), time.time())
        if self._chart is not None:
            self._chart.show_bars(shown, [*map(QColor, _colours(shown))])
        self._list.clear()
        for (application, amount), colour in zip(shown.totals, _colours(shown), strict=True):
            item = QTreeWidgetItem([_title(application), numbers.octets(amount)])
            item.setIcon(0, _marked(application, colour))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(0, words.tooltip(words.safe(str(application))))
            self._list.addTopLevelItem(item)


def _colours(shown: Bars) -> list[str]:
    return [
        COLOURS[-1] if application == EVERYBODY else COLOURS[number]
        for number, (application, _) in enumerate(shown.of)
    ]


def _title(application: Application) -> str:
    if application == EVERYBODY:
        return translate("Traffic", "All others")
    return words.safe(application.title)


def _marked(application: Application, colour: str) -> QIcon:
    """Draw the colour of an application, and its icon."""
    drawn = QPixmap(QSize(SWATCH + 24, 18) * 2)
    drawn.setDevicePixelRatio(2)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(0, 3, SWATCH, SWATCH, 3, 3)
    if application != EVERYBODY:
        icons.of(application).paint(painter, SWATCH + 6, 0, 18, 18)
    painter.end()
    return QIcon(drawn)
