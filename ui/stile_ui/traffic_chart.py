"""The chart of traffic, drawn by pyqtgraph: bars over time, a colour for each application.

Nobody imports this page until the chart is shown: pyqtgraph brings numpy, and both take memory.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from stile.language import translate
from stile_ui import numbers
from stile_ui.traffic_sums import Bars

GAP = 0.16
"""Of a step, that is left free between two bars."""


class TrafficChart(QWidget):
    """Draws bars."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._times = pg.DateAxisItem(orientation="bottom")
        self._amounts = AmountAxis(orientation="left")
        axes = {"bottom": self._times, "left": self._amounts}
        self._plot = pg.PlotWidget(self, axisItems=axes)
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        self._plot.getPlotItem().showGrid(y=True, alpha=0.15)
        self._plot.setAccessibleName(translate("Traffic", "Traffic over time"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)
        self._wear()

    def show_bars(self, bars: Bars, colours: Sequence[QColor]) -> None:
        """Draw these bars, those of the first application lowest."""
        self._plot.clear()
        if not bars.starts:
            return
        middles = np.asarray(bars.starts, dtype=float) + bars.step / 2
        foot = np.zeros(len(bars.starts))
        for (_, amounts), colour in zip(bars.of, colours, strict=True):
            height = np.asarray(amounts, dtype=float)
            item = pg.BarGraphItem(
                x=middles, y0=foot, height=height, width=bars.step * (1 - GAP), brush=colour
            )
            item.setOpts(pen=pg.mkPen(None))
            self._plot.addItem(item)
            foot = foot + height
        end = bars.starts[-1] + bars.step
        self._plot.setXRange(bars.starts[0], end, padding=0.01)
        self._plot.setYRange(0, 1.06 * max(float(foot.max()), 1000.0), padding=0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._wear()

    def _wear(self) -> None:
        """Have the colours of the desktop, light or dark."""
        palette = self.palette()
        self._plot.setBackground(palette.color(QPalette.ColorRole.Base))
        ink = palette.color(QPalette.ColorRole.Text)
        faint = QColor(ink)
        faint.setAlphaF(0.35)
        for axis in (self._times, self._amounts):
            axis.setPen(faint)
            axis.setTextPen(ink)


class AmountAxis(pg.AxisItem):  # type: ignore[misc] # pyqtgraph has no types
    """Writes octets as people say them."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [numbers.octets(round(value)) if value >= 0 else "" for value in values]

    def tickValues(self, least: float, most: float, size: int) -> Any:  # noqa: ANN401 # pyqtgraph's
        return super().tickValues(least, most, size)[:1]  # the small ones would say the same
