"""The chart of traffic, drawn by QtCharts: steps over time, a colour for each application.

Nobody imports this page until the chart is shown: QtCharts takes 10 MB (pyqtgraph, with numpy, 60),
and may not be installed, for it is no part of PySide6-Essentials.
"""

from collections.abc import Sequence
from itertools import chain

from PySide6.QtCharts import (
    QAreaSeries,
    QCategoryAxis,
    QChart,
    QChartView,
    QDateTimeAxis,
    QLineSeries,
)
from PySide6.QtCore import QDateTime, QEvent, QMargins, QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPalette
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from stile.language import translate
from stile_ui import numbers
from stile_ui.traffic_sums import Bars

LEAST = 1000
"""Octets that the height of the chart stands for at least."""
TICKS = 7
ROUND = (1, 2, 2.5, 5, 10)
FORMATS = {60: "HH:mm", 3600: "HH:mm", 86400: "d. MMM"}
FAINT = 0.18


class TrafficChart(QWidget):
    """Draws traffic as areas on top of each other, flat for as long as a step lasts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chart = QChart()
        self._chart.legend().hide()
        self._chart.setMargins(QMargins(8, 8, 8, 4))
        self._chart.setBackgroundRoundness(0)
        self._times, self._amounts = QDateTimeAxis(), QCategoryAxis()
        self._times.setTickCount(TICKS)
        self._amounts.setLabelsPosition(QCategoryAxis.AxisLabelsPosition.AxisLabelsPositionOnValue)
        self._chart.addAxis(self._times, Qt.AlignmentFlag.AlignBottom)
        self._chart.addAxis(self._amounts, Qt.AlignmentFlag.AlignLeft)
        self._view = QChartView(self._chart, self)
        self._view.setFrameShape(QFrame.Shape.NoFrame)
        self._view.setRenderHints(QPainter.RenderHint.TextAntialiasing)  # edges are upright
        for part in (self._view, self._view.viewport()):
            part.setAccessibleName(translate("Traffic", "Traffic over time"))
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # there is nothing to do in it
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._view)
        self._wear()

    def show_bars(self, bars: Bars, colours: Sequence[QColor]) -> None:
        """Draw this, what is of the first application lowest."""
        self._chart.removeAllSeries()
        if not bars.starts:
            return
        tops = [0] * len(bars.starts)
        lower = self._line(bars, tops)
        for (_, amounts), colour in zip(bars.of, colours, strict=True):
            tops = [top + amount for top, amount in zip(tops, amounts, strict=True)]
            lower = self._add(lower, self._line(bars, tops), colour)
        self._scale(bars, max(LEAST, *tops))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._wear()

    def _line(self, bars: Bars, heights: Sequence[int]) -> QLineSeries:
        """Make a line that is flat within a step, and upright between two."""
        line = QLineSeries(self._chart)
        milliseconds = bars.step * 1000
        points = chain.from_iterable(
            (QPointF(start * 1000, height), QPointF(start * 1000 + milliseconds, height))
            for start, height in zip(bars.starts, heights, strict=True)
        )
        line.append([*points])
        return line

    def _add(self, lower: QLineSeries, upper: QLineSeries, colour: QColor) -> QLineSeries:
        area = QAreaSeries(upper, lower)
        area.setBrush(QBrush(colour))
        area.setPen(Qt.PenStyle.NoPen)
        self._chart.addSeries(area)
        area.attachAxis(self._times)
        area.attachAxis(self._amounts)
        return upper

    def _scale(self, bars: Bars, most: int) -> None:
        first, last = bars.starts[0], bars.starts[-1] + bars.step
        self._times.setFormat(FORMATS[bars.step])
        self._times.setRange(
            *(QDateTime.fromMSecsSinceEpoch(each * 1000) for each in (first, last))
        )
        for label in self._amounts.categoriesLabels():
            self._amounts.remove(label)
        step = round_step(most)
        top = -(-most // step) * step
        for amount in range(0, top + 1, step):
            self._amounts.append(numbers.octets(amount) if amount else "0", amount)
        self._amounts.setRange(0, top)

    def _wear(self) -> None:
        """Have the colours of the desktop, light or dark."""
        palette = self.palette()
        ink, ground = (palette.color(each) for each in (QPalette.ColorRole.Text, _GROUND))
        self._chart.setBackgroundBrush(QBrush(ground))
        self._view.setBackgroundBrush(QBrush(ground))
        faint = QColor(ink)
        faint.setAlphaF(FAINT)
        for axis in (self._times, self._amounts):
            axis.setLabelsBrush(QBrush(ink))
            axis.setLabelsFont(self.font())
            axis.setLinePenColor(faint)
            axis.setGridLineColor(faint)
        self._times.setGridLineVisible(False)


_GROUND = QPalette.ColorRole.Base


def round_step(most: int) -> int:
    """Give a round number of which about five make up the height."""
    rough = most / 5
    power = 10 ** (len(str(int(rough))) - 1)
    return int(next(each * power for each in ROUND if each * power >= rough)) or 1
