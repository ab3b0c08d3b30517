"""Where the overlay stands: pure geometry over the screens that are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QSize

MARGIN = 24


class Place(NamedTuple):
    """A screen as placement sees it: its name and the part that windows may use, logical pixels."""

    name: str
    area: QRect


def position(screens: Sequence[Place], wanted: str, offset: QPoint | None, size: QSize) -> QPoint:
    """The window's top left. `screens` holds at least one, the primary first.

    `wanted` and `offset` are what was kept: a screen's name and the place from its top left. A screen that is gone
    gives way to the primary one; wherever the place is, the whole window is brought back on that screen.
    """
    screen = next((place for place in screens if place.name == wanted), screens[0])
    if offset is None:
        return QPoint(screen.area.right() + 1 - size.width() - MARGIN, screen.area.top() + MARGIN)
    return inside(screen.area, QRect(screen.area.topLeft() + offset, size)).topLeft()


def inside(area: QRect, window: QRect) -> QRect:
    """`window` moved the least so that it lies in `area`; too large, its top left does."""
    left = max(area.left(), min(window.left(), area.right() + 1 - window.width()))
    top = max(area.top(), min(window.top(), area.bottom() + 1 - window.height()))
    return QRect(QPoint(left, top), window.size())
