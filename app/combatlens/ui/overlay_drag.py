"""Moving and resizing a window without a frame, from the pointer's global position."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt

GRIP = 12


def edges_at(size: QSize, at: QPoint, *, resizable: bool) -> Qt.Edge:
    """The edges within `GRIP` pixels of a place in the window; none there means moving."""
    edges = Qt.Edge(0)
    if not resizable:
        return edges
    if at.x() < GRIP:
        edges |= Qt.Edge.LeftEdge
    elif at.x() >= size.width() - GRIP:
        edges |= Qt.Edge.RightEdge
    if at.y() < GRIP:
        edges |= Qt.Edge.TopEdge
    elif at.y() >= size.height() - GRIP:
        edges |= Qt.Edge.BottomEdge
    return edges


def cursor_for(edges: Qt.Edge) -> Qt.CursorShape:
    horizontal = edges & (Qt.Edge.LeftEdge | Qt.Edge.RightEdge)
    vertical = edges & (Qt.Edge.TopEdge | Qt.Edge.BottomEdge)
    if horizontal and vertical:
        falling = bool(edges & Qt.Edge.LeftEdge) == bool(edges & Qt.Edge.TopEdge)
        return Qt.CursorShape.SizeFDiagCursor if falling else Qt.CursorShape.SizeBDiagCursor
    if horizontal:
        return Qt.CursorShape.SizeHorCursor
    return Qt.CursorShape.SizeVerCursor if vertical else Qt.CursorShape.SizeAllCursor


class Drag(NamedTuple):
    """A drag in progress: where it began, the window then, and the edges that move (none: all of it)."""

    start: QPointF
    window: QRect
    edges: Qt.Edge

    def rectangle(self, pointer: QPointF, least: QSize) -> QRect:
        """The window's rectangle with the pointer there, never smaller than `least`."""
        by = (pointer - self.start).toPoint()
        if not self.edges:
            return self.window.translated(by)
        rect = QRect(self.window)
        if self.edges & Qt.Edge.LeftEdge:
            rect.setLeft(min(rect.left() + by.x(), rect.right() + 1 - least.width()))
        if self.edges & Qt.Edge.RightEdge:
            rect.setRight(max(rect.right() + by.x(), rect.left() - 1 + least.width()))
        if self.edges & Qt.Edge.TopEdge:
            rect.setTop(min(rect.top() + by.y(), rect.bottom() + 1 - least.height()))
        if self.edges & Qt.Edge.BottomEdge:
            rect.setBottom(max(rect.bottom() + by.y(), rect.top() - 1 + least.height()))
        return rect
