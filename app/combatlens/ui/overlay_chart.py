"""The overlay's live line of XP per hour, drawn by pyqtgraph: redrawn at most once a second, only for new points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from combatlens.ui.palette import Palette

MAX_POINTS = 240


class LiveLine(QWidget):
    """A line without axes over a soft fill. The panel writes the peak beside it."""

    def __init__(self, colors: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._plot: Any = pg.PlotWidget(background=None, enableMenu=False)
        self._plot.setParent(self)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setStyleSheet("background: transparent")
        self._plot.viewport().setAutoFillBackground(False)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        item = self._plot.getPlotItem()
        item.hideAxis("left")
        item.hideAxis("bottom")
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.getViewBox().setDefaultPadding(0)
        self._plot.setAntialiasing(True)
        self._curve = item.plot([], [], fillLevel=0)
        self._end = pg.ScatterPlotItem(size=6, pen=None)
        item.addItem(self._end)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self._drawn: tuple[int, tuple[float, float]] | None = None
        self.recolor(colors)

    def recolor(self, colors: Palette) -> None:
        fill = QColor(colors.accent)
        fill.setAlpha(46)
        self._curve.setPen(pg.mkPen(colors.accent, width=1.6))
        self._curve.setBrush(fill)
        self._end.setBrush(pg.mkBrush(colors.accent))

    def show_series(self, series: Sequence[tuple[float, float]]) -> bool:
        """Draw (active seconds, XP per hour). False when there was nothing new to draw."""
        key = (len(series), series[-1]) if series else None
        if key == self._drawn:
            return False
        self._drawn = key
        points = thin(np.asarray(series, dtype=float).reshape(-1, 2), MAX_POINTS)
        self._curve.setData(points[:, 0], points[:, 1])
        self._end.setData(points[-1:, 0], points[-1:, 1])
        if len(points) > 1:
            span = points[-1, 0] - points[0, 0] or 1.0
            top = max(float(points[:, 1].max()), 1.0)
            view = self._plot.getPlotItem().getViewBox()
            view.setRange(
                xRange=(points[0, 0], points[-1, 0] + span * 0.015), yRange=(-0.04 * top, top * 1.1), padding=0
            )
        return True


def thin(points: np.ndarray[Any, np.dtype[np.float64]], limit: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """At most about `limit` of the points (n, 2): of each stretch the highest and the lowest, the last always."""
    if len(points) <= limit:
        return points
    kept: list[int] = []
    for part in np.array_split(np.arange(len(points)), limit // 2):
        kept += sorted({int(part[points[part, 1].argmin()]), int(part[points[part, 1].argmax()])})
    if kept[-1] != len(points) - 1:
        kept.append(len(points) - 1)
    return points[kept]
