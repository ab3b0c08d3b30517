"""A bar for a share from 0 to 1."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from combatlens.ui.theme import Theme


class Share(QWidget):
    def __init__(self, share: float, theme: Theme) -> None:
        super().__init__()
        self._share, self._theme = share, theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(120, 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(0, self.height() / 2 - 4, self.width(), 8)
        painter.setBrush(QColor(self._theme.colors.raised))
        painter.drawRoundedRect(bar, 4, 4)
        if self._share <= 0:
            return
        bar.setWidth(max(8.0, bar.width() * self._share))
        painter.setBrush(QColor(self._theme.colors.accent))
        painter.drawRoundedRect(bar, 4, 4)
