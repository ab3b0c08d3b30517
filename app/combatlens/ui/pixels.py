"""Between Qt's logical coordinates and the physical pixels in which the screen is captured.

A screen's origin is the same in both; sizes on it are multiplied by its device pixel ratio. Edges are rounded, not
widths, so neighbours stay neighbours.
"""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from combatlens.domain.profile import Region


class Monitor(NamedTuple):
    """A monitor: its logical rectangle and the physical pixels of a logical one."""

    logical: QRect
    ratio: float

    @property
    def physical(self) -> QRectF:
        size = self.logical.size()
        return QRectF(self.logical.x(), self.logical.y(), size.width() * self.ratio, size.height() * self.ratio)

    def to_physical(self, box: QRect) -> Region:
        corner, ratio = self.logical.topLeft(), self.ratio
        left, top = (corner.x() + (box.x() - corner.x()) * ratio, corner.y() + (box.y() - corner.y()) * ratio)
        right, bottom = left + box.width() * ratio, top + box.height() * ratio
        return Region(
            round(left), round(top), max(1, round(right) - round(left)), max(1, round(bottom) - round(top))
        )  # fmt: skip

    def to_logical(self, place: Region) -> QRect:
        corner, ratio = self.logical.topLeft(), self.ratio
        x, y = corner.x() + (place.x - corner.x()) / ratio, corner.y() + (place.y - corner.y()) / ratio
        return QRectF(x, y, place.width / ratio, place.height / ratio).toAlignedRect()


def monitor_of(screen: QScreen) -> Monitor:
    return Monitor(screen.geometry(), screen.devicePixelRatio())


def on_screen(widget: QWidget) -> Region:
    """Where a window is, with its frame, in physical pixels."""
    return monitor_of(widget.screen()).to_physical(widget.frameGeometry())


def shares(one: Region, two: Region) -> bool:
    """Whether two rectangles share a pixel."""
    across = one.x < two.x + two.width and two.x < one.x + one.width
    return across and one.y < two.y + two.height and two.y < one.y + one.height


def free_corner(widget: QWidget, place: Region, size: QSize) -> QPoint | None:
    """Where a frame of `size` may stand without lying over `place` (physical); its own screen first. None: nowhere."""
    own = widget.screen()
    for screen in sorted(QGuiApplication.screens(), key=lambda one: one is not own):
        taken, area = monitor_of(screen).to_logical(place), screen.availableGeometry()
        right, bottom = area.right() + 1 - size.width(), area.bottom() + 1 - size.height()
        if right < area.left() or bottom < area.top():
            continue
        corners = [QPoint(x, y) for x in (right, area.left()) for y in (area.top(), bottom)]
        for corner in sorted(corners, key=lambda one: (one - widget.pos()).manhattanLength()):
            if not QRect(corner, size).intersects(taken):
                return corner
    return None
