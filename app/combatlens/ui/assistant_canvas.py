"""The frozen picture of the assistant: drag a rectangle, or click on the number; a magnifier follows the pointer."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from combatlens.ui.palette import DARK
from combatlens.ui.theme import Theme

LENS, ZOOM = 132, 4
MARK = QColor(DARK.accent)
"""Drawn on the game's picture, which has its own colours: the bright accent on a dark edge, in light windows too."""
SMALLEST = 8
FAST = 10


class Canvas(QWidget):
    """`chosen(QRect)` in pixels of the picture after a drag or by arrow keys; `clicked(QPoint)` after a click."""

    chosen = Signal(QRect)
    clicked = Signal(QPoint)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._picture = QImage()
        self._scaled = QImage()
        self._box = self._kept = QRect()
        self._from: QPointF | None = None
        self._pointer: QPointF | None = None
        self.empty = "Taking a picture …"
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(480, 240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Picture of the game: drag around the XP text, or click on it")

    def show_picture(self, image: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
        """uint8 BGR (height, width, 3)."""
        height, width, _ = image.shape
        data = np.ascontiguousarray(image)
        self._picture = QImage(data.data, width, height, 3 * width, QImage.Format.Format_BGR888).copy()
        self._scaled = QImage()
        self._box = QRect()
        self.update()

    def clear(self, words: str) -> None:
        """No picture, but why there is none."""
        self._picture = self._scaled = QImage()
        self._box, self.empty = QRect(), words
        self.update()

    @property
    def box(self) -> QRect:
        return self._box

    def set_box(self, box: QRect) -> None:
        self._box = box.intersected(self._picture.rect())
        self.update()

    def keep_box(self) -> None:
        """Leave the rectangle where it is, thinly drawn, and begin a second one."""
        self._kept, self._box = self._box, QRect()
        self.update()

    def forget_kept(self) -> None:
        self._kept = QRect()
        self.update()

    @property
    def kept(self) -> QRect:
        return self._kept

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._picture.isNull():
            self._from = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        if self._from is not None and (event.position() - self._from).manhattanLength() > SMALLEST:
            self.set_box(QRect(self._to_picture(self._from), self._to_picture(event.position())).normalized())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._from is None or event.button() != Qt.MouseButton.LeftButton:
            return
        dragged = (event.position() - self._from).manhattanLength() > SMALLEST
        self._from = None
        if dragged and self._box.width() >= SMALLEST and self._box.height() >= SMALLEST:
            self.chosen.emit(self._box)
        elif not dragged:
            self.clicked.emit(self._to_picture(event.position()))

    def leaveEvent(self, _: object) -> None:
        self._pointer = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the rectangle by a pixel (Ctrl: ten), with Shift they resize it; the first one draws it."""
        steps = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        step = steps.get(Qt.Key(event.key()))
        if step is None or self._picture.isNull():
            return super().keyPressEvent(event)
        if self._box.isNull():
            self.set_box(self._box_in_the_middle())
            self.chosen.emit(self._box)
            return None
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            step = (step[0] * FAST, step[1] * FAST)
        grows = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        box = self._box.adjusted(0, 0, *step) if grows else self._box.translated(*step)
        if box.width() >= SMALLEST and box.height() >= SMALLEST and self._picture.rect().contains(box):
            self.set_box(box)
            self.chosen.emit(box)
        return None

    def _box_in_the_middle(self) -> QRect:
        width, height = max(SMALLEST, self._picture.width() // 4), max(SMALLEST, self._picture.height() // 16)
        return QRect((self._picture.width() - width) // 2, (self._picture.height() - height) // 2, width, height)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        colors = self._theme.colors
        painter.fillRect(self.rect(), QColor(colors.window))
        if self._picture.isNull():
            painter.setPen(QColor(colors.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.empty)
            return
        area = self._area()
        painter.drawImage(area, self._fitted(area))
        if not self._box.isNull():
            box = self._to_widget(self._box)
            shade = QColor(0, 0, 0, 110)
            for strip in _around(area, box):
                painter.fillRect(strip, shade)
            self._draw_kept(painter)
            for colour, width in ((QColor(0, 0, 0, 200), 4), (MARK, 2)):
                painter.setPen(QPen(colour, width))
                painter.drawRect(box)
            self._write_size(painter, box)
        else:
            self._draw_kept(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colors.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRect(area.adjusted(0, 0, -1, -1))
        if self._pointer is not None and area.contains(self._pointer):
            self._draw_lens(painter, area)

    def _draw_kept(self, painter: QPainter) -> None:
        if not self._kept.isNull():
            for colour, width in ((QColor(0, 0, 0, 200), 3), (MARK, 1)):
                painter.setPen(QPen(colour, width))
                painter.drawRect(self._to_widget(self._kept))

    def _fitted(self, area: QRectF) -> QImage:
        """The picture at the size in which it is drawn, made once a size: the lens makes each move a repaint."""
        ratio = self.devicePixelRatioF()
        size = QSize(max(1, round(area.width() * ratio)), max(1, round(area.height() * ratio)))
        if self._scaled.size() != size:
            smooth = Qt.TransformationMode.SmoothTransformation
            self._scaled = self._picture.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
        return self._scaled

    def _write_size(self, painter: QPainter, box: QRectF) -> None:
        """Width and height in pixels, on a ground of their own: the game behind may have any colour."""
        words = f"{self._box.width()} × {self._box.height()}"
        painter.setFont(self._theme.font(self._theme.body * 0.92))
        ground = QRectF(painter.fontMetrics().boundingRect(words)).adjusted(-6, -3, 6, 3)
        kept, above, beside = self._to_widget(self._kept), box.top() - ground.height() - 4, box.right() + 6
        left, low = box.left(), box.bottom() - ground.height()
        for corner in (QPointF(left, above), QPointF(left, box.bottom() + 4), QPointF(beside, low)):
            ground.moveTopLeft(corner)
            if QRectF(self.rect()).contains(ground) and not ground.intersects(kept):
                break
        painter.fillRect(ground, QColor(0, 0, 0, 190))
        painter.setPen(QColor("#FFFFFF"))
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)

    def _draw_lens(self, painter: QPainter, area: QRectF) -> None:
        assert self._pointer is not None
        at = self._to_picture(self._pointer)
        reach = LENS // ZOOM // 2
        corner = QPointF(area.left() + 8, area.top() + 8)
        if QRectF(corner.x(), corner.y(), LENS + 24, LENS + 24).contains(self._pointer):
            corner = QPointF(area.right() - LENS - 8, area.top() + 8)
        lens = QRectF(corner.x(), corner.y(), LENS, LENS)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.fillRect(lens, QColor(0, 0, 0))
        painter.drawImage(lens, self._picture, QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach))
        painter.setPen(QPen(MARK, 1))
        painter.drawRect(lens)
        painter.drawLine(QPointF(lens.center().x(), lens.top()), QPointF(lens.center().x(), lens.bottom()))
        painter.drawLine(QPointF(lens.left(), lens.center().y()), QPointF(lens.right(), lens.center().y()))

    def _area(self) -> QRectF:
        """Where the picture is drawn: whole, in proportion, never enlarged beyond twice."""
        factor = min(self.width() / self._picture.width(), self.height() / self._picture.height(), 2.0)
        width, height = self._picture.width() * factor, self._picture.height() * factor
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def _to_picture(self, point: QPointF) -> QPoint:
        area = self._area()
        x = (point.x() - area.left()) / area.width() * self._picture.width()
        y = (point.y() - area.top()) / area.height() * self._picture.height()
        return QPoint(
            max(0, min(self._picture.width() - 1, int(x))), max(0, min(self._picture.height() - 1, int(y)))
        )  # fmt: skip

    def _to_widget(self, box: QRect) -> QRectF:
        area = self._area()
        factor = area.width() / self._picture.width()
        return QRectF(
            area.left() + box.x() * factor, area.top() + box.y() * factor, box.width() * factor, box.height() * factor
        )


def _around(area: QRectF, box: QRectF) -> tuple[QRectF, ...]:
    return (
        QRectF(area.left(), area.top(), area.width(), box.top() - area.top()),
        QRectF(area.left(), box.bottom(), area.width(), area.bottom() - box.bottom()),
        QRectF(area.left(), box.top(), box.left() - area.left(), box.height()),
        QRectF(box.right(), box.top(), area.right() - box.right(), box.height()),
    )
