"""The timeline of a session: XP and damage a second by the minute, and its moments as marks, on one time axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from combatlens.domain.records import EncounterRecord, SessionDetail
from combatlens.ui import numbers
from combatlens.ui.theme import Theme

SYMBOLS = {"death": "t", "level_up": "star", "mark": "d", "pause": "s", "resume": "t1"}
"""A shape a kind, so that colour is not needed to tell them apart."""
KINDS = {"death": "death", "level_up": "level-up", "mark": "mark", "pause": "pause", "resume": "resume"}


def _time_axis() -> Any:
    """Seconds since the session's start as `40 min`, and from the first hour on as `1:20 h`."""
    axis = pg.AxisItem("bottom")
    axis.tickStrings = lambda values, *_: [_hours_and_minutes(int(value) // 60) for value in values]
    axis.tickSpacing = _time_steps
    return axis


def _hours_and_minutes(minutes: int) -> str:
    space = numbers.NBSP
    return f"{minutes}{space}min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}{space}h"


def _time_steps(low: float, high: float, size: float) -> list[tuple[float, float]]:
    """One tick a round number of minutes or hours, at least 90 pixels apart."""
    span = max(1.0, high - low)
    for step in (60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400):
        if span / step <= max(2.0, size / 90):
            return [(step, 0)]
    return [(604_800, 0)]


def _amount_axis() -> Any:
    axis = pg.AxisItem("left")
    axis.tickStrings = lambda values, *_: [numbers.short(v) for v in values]
    return axis


class Timeline(QWidget):
    """Two plots under each other. Not zoomable: a session fits, and the wheel belongs to the page."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._detail: SessionDetail | None = None
        self._box: Any = pg.GraphicsLayoutWidget()
        self._box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._box.ci.layout.setContentsMargins(0, 0, 0, 0)
        self._box.ci.layout.setSpacing(6)
        self._box.setFixedHeight(round(theme.body * 21))
        self._box.wheelEvent = lambda event: event.ignore()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._box)
        self._spans: list[Any] = []
        self._plots: list[Any] = []
        theme.changed.connect(self._redraw)

    def show_detail(self, detail: SessionDetail) -> None:
        self._detail = detail
        self._redraw()

    def mark_encounter(self, encounter: EncounterRecord | None) -> None:
        """Shade an encounter's stretch of time in both plots; None takes it away."""
        for plot, span in zip(self._plots, self._spans, strict=True):
            span.setVisible(encounter is not None)
            if encounter is not None and self._detail is not None:
                start = self._detail.summary.start_time
                low, high = encounter.start - start, encounter.end - start
                least = (plot.viewRange()[0][1] - plot.viewRange()[0][0]) / 300
                span.setRegion((low, max(high, low + least)))

    def _redraw(self) -> None:
        detail, colors = self._detail, self._theme.colors
        if detail is None:
            return
        self._box.clear()
        self._box.setBackground(colors.surface)
        start = detail.summary.start_time
        left, right = _stretches(detail)
        xp = np.array([minute.xp for minute in detail.minutes])
        dps = np.array([minute.damage / max(minute.active_s, 1.0) for minute in detail.minutes])
        self._plots = [self._plot(0, "XP a minute"), self._plot(1, "DPS")]
        if len(left):
            gap = np.minimum(6.0, 0.1 * (right - left))
            bars = pg.BarGraphItem(x0=left, x1=right - gap, height=xp, pen=None, brush=pg.mkBrush(colors.accent))
            self._plots[0].addItem(bars)
            middle = (left + right) / 2
            if len(left) == 1:
                middle, dps = np.array([left[0], right[0]]), np.repeat(dps, 2)
            self._plots[1].addItem(
                pg.PlotCurveItem(middle, dps, pen=pg.mkPen(colors.second, width=1.6), antialias=True)
            )
        end = max(float(right[-1]) if len(right) else 0.0, 60.0, (detail.summary.end_time or start) - start)
        tops = (float(xp.max()) if len(xp) else 1.0, float(dps.max()) if len(dps) else 1.0)
        for plot, top in zip(self._plots, tops, strict=True):
            plot.setXRange(0, end, padding=0.01)
            plot.setYRange(0, max(top, 1.0) * 1.22, padding=0)
        self._plots[0].hideAxis("bottom")
        self._moments(detail, max(tops[0], 1.0) * 1.13)
        self._spans = []
        for plot in self._plots:
            shade = QColor(colors.text)
            shade.setAlpha(34)
            span = pg.LinearRegionItem(movable=False, brush=shade, pen=pg.mkPen(colors.text, width=1))
            span.setVisible(False)
            plot.addItem(span)
            self._spans.append(span)

    def _plot(self, row: int, title: str) -> Any:
        colors = self._theme.colors
        left, bottom = _amount_axis(), _time_axis()
        plot = self._box.addPlot(row=row, col=0, axisItems={"left": left, "bottom": bottom}, enableMenu=False)
        plot.setTitle(title, color=colors.muted, size=f"{round(self._theme.body * 0.68)}pt", justify="left")
        plot.hideButtons()
        plot.setMouseEnabled(False, False)
        plot.showGrid(y=True, alpha=0.14)
        font = self._theme.font(self._theme.body * 0.88)
        for axis in (left, bottom):
            axis.setTextPen(colors.muted)
            axis.setPen(pg.mkPen(colors.line))
            axis.setZValue(-1)
            axis.setStyle(tickFont=font, tickLength=-4)
        left.setWidth(round(self._theme.body * 4))
        return plot

    def _moments(self, detail: SessionDetail, height: float) -> None:
        colors = self._theme.colors
        tones = {"death": colors.bad, "level_up": colors.accent, "mark": colors.text}
        start = detail.summary.start_time
        spots = [
            {
                "pos": (at - start, height),
                "symbol": SYMBOLS.get(kind, "o"),
                "brush": pg.mkBrush(tones.get(kind, colors.muted)),
                "data": f"{numbers.clock(at - start)}  {KINDS.get(kind, kind)}{': ' + text if text else ''}",
            }
            for at, kind, text in detail.moments
        ]
        marks = pg.ScatterPlotItem(size=11, pen=None, hoverable=True, hoverSize=14, tip=lambda **spot: spot["data"])
        marks.addPoints(spots)
        self._plots[0].addItem(marks)
        lines: dict[str, list[float]] = {}
        for at, kind, _ in detail.moments:
            lines.setdefault(tones.get(kind, colors.muted), []).append(at - start)
        for tone, moments in lines.items():
            pen = pg.mkPen(tone, width=1, style=Qt.PenStyle.DotLine)
            for plot in self._plots:
                plot.addItem(_uprights(moments, plot.viewRange()[1][1], pen), ignoreBounds=True)


def _stretches(detail: SessionDetail) -> tuple[Any, Any]:
    """Where each minute of the clock begins and ends, in seconds since the session's start, as far as that lasted."""
    summary = detail.summary
    at = np.array([minute.start - summary.start_time for minute in detail.minutes])
    last = np.inf if summary.end_time is None else summary.end_time - summary.start_time
    left = np.maximum(at, 0.0)
    return left, np.maximum(np.minimum(at + 60.0, last), left)


def _uprights(moments: list[float], top: float, pen: Any) -> Any:
    """A line from the bottom to the top of a plot at each moment, as one item: a long session has hundreds."""
    x, y = np.repeat(moments, 2), np.tile([0.0, top], len(moments))
    return pg.PlotCurveItem(x, y, connect="pairs", pen=pen, antialias=False)
