"""The simulated game's window: moving scenery, a bar and a number of XP with an outline, as games draw them."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontDatabase,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from combatlens.simulation.face import Face, bar_box, text_box

FRAMES_PER_SECOND = 20
_FONTS = ("Trajan Pro", "Cinzel", "Segoe UI Semibold", "DejaVu Sans Condensed", "DejaVu Sans", "Noto Sans", "Arial")


class GameWindow(QWidget):
    """Draws the `Face` that `look` returns for this moment; it is asked once a frame.

    `placed(corner, scale)`: the client area's corner on the screen and the physical pixels of a logical one, told
    once the window has stood still for half a second, and after each move.
    """

    placed = Signal(QPoint, float)

    def __init__(self, title: str, size: tuple[int, int], look: Callable[[], Face]) -> None:
        super().__init__()
        self._look = look
        self._frame = 0
        self._corner, self._still = QPoint(-1, -1), 0
        self._bar, self._text = QRect(*bar_box(size)), QRect(*text_box(size))
        known = set(QFontDatabase.families())
        self._family = next((name for name in _FONTS if name in known), QFont().family())
        self.setWindowTitle(title)
        self.setFixedSize(*size)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._advance)
        self._timer.start(1000 // FRAMES_PER_SECOND)

    def _advance(self) -> None:
        self._frame += 1
        corner = self.mapToGlobal(QPoint(0, 0))
        self._still = self._still + 1 if corner == self._corner else 0
        self._corner = corner
        if self._still == FRAMES_PER_SECOND // 2:
            self.placed.emit(corner, self.devicePixelRatioF())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        face = self._look()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_land(painter)
            self._paint_log(painter, face)
            self._paint_bar(painter, face)

    def _paint_land(self, painter: QPainter) -> None:
        sky = QLinearGradient(0, 0, 0, self.height())
        sky.setColorAt(0.0, QColor("#2b1b3d"))
        sky.setColorAt(0.55, QColor("#b0563c"))
        sky.setColorAt(1.0, QColor("#f0b35a"))
        painter.fillRect(self.rect(), sky)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 225, 160, 210))
        painter.drawEllipse(QPointF(self.width() * 0.72, self.height() * 0.42), 46, 46)
        for depth, colour in enumerate(("#5b3346", "#3d2438", "#24172a")):
            painter.setBrush(QColor(colour))
            painter.drawPolygon(self._ridge(depth))
        painter.setBrush(QColor(255, 214, 140, 130))
        for i in range(26):  # sparks that drift over everything but the number
            x = (i * 151 + self._frame * (1 + i % 3)) % self.width()
            y = (i * 97 - self._frame * (1 + i % 2)) % self.height()
            if not self._text.adjusted(-6, -6, 6, 6).contains(x, y):
                painter.drawEllipse(QPointF(x, y), 1.6, 1.6)

    def _ridge(self, depth: int) -> QPolygonF:
        shift = self._frame * (0.4 + depth * 0.9)
        base = self.height() * (0.58 + depth * 0.13)
        points = [QPointF(0, self.height())]
        for x in range(0, self.width() + 16, 16):
            at = (x + shift) / (150 - depth * 30)
            points.append(QPointF(x, base - 26 * math.sin(at) - 13 * math.sin(at * 2.3 + depth)))
        points.append(QPointF(self.width(), self.height()))
        return QPolygonF(points)

    def _paint_log(self, painter: QPainter, face: Face) -> None:
        painter.setFont(QFont(self._family, 9))
        for row, line in enumerate(face.lines):
            painter.setPen(QColor(255, 240, 220, 90 + 25 * row))
            painter.drawText(QPointF(18, 30 + row * 18), line)

    def _paint_bar(self, painter: QPainter, face: Face) -> None:
        bar, text = self._bar, self._text
        panel = bar.united(text).adjusted(-14, -8, 14, 10)
        painter.setPen(QPen(QColor("#caa35a"), 1.5))
        painter.setBrush(QColor(18, 13, 22, 180))
        painter.drawRoundedRect(panel, 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#2a2130"))
        painter.drawRect(bar)
        fill = QLinearGradient(QPointF(bar.topLeft()), QPointF(bar.bottomLeft()))
        fill.setColorAt(0, QColor("#8fd0ff"))
        fill.setColorAt(1, QColor("#2f7fd0"))
        painter.setBrush(QBrush(fill))
        part = face.value / face.needed if face.needed else 0.0
        painter.drawRect(QRectF(bar.x(), bar.y(), bar.width() * part, bar.height()))
        self._outlined(painter, text, face.text)
        self._outlined(painter, text.translated(0, -text.height() - 18), f"Level {face.level}")

    def _outlined(self, painter: QPainter, area: QRect, words: str) -> None:
        font = QFont(self._family)
        font.setPixelSize(area.height() - 10)
        font.setBold(True)
        path = QPainterPath()
        path.addText(QPointF(0, 0), font, words)
        box = path.boundingRect()
        path.translate(area.center().x() - box.center().x(), area.center().y() - box.center().y())
        outline = QPen(QColor("#0c0810"), 4)
        outline.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(path, outline)
        painter.fillPath(path, QColor("#ffe9b8"))
