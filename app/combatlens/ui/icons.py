"""Icons from `resources/icons`: SVG drawn in any colour at any size, kept once drawn."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_ICON_SIZES = (16, 22, 24, 32, 48, 64, 128)


class Icons:
    """Draws `<folder>/<name>.svg`; `currentColor` in the file becomes the colour asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sources: dict[str, bytes] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}

    def pixmap(self, name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
        """A square picture of `size` logical pixels at `ratio` physical pixels each."""
        key = (name, colour, size, ratio)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._draw(name, colour, size, ratio)
        return self._pixmaps[key]

    def icon(self, name: str, colour: str = "#888888", disabled: str = "") -> QIcon:
        """`disabled`: the colour of what cannot be used now; without one Qt greys the picture as it likes."""
        icon = QIcon()
        for size in _ICON_SIZES:
            icon.addPixmap(self.pixmap(name, colour, size))
            if disabled:
                icon.addPixmap(self.pixmap(name, disabled, size), QIcon.Mode.Disabled)
        return icon

    def _draw(self, name: str, colour: str, size: int, ratio: float) -> QPixmap:
        if name not in self._sources:
            self._sources[name] = (self.folder / f"{name}.svg").read_bytes()
        source = self._sources[name].replace(b"currentColor", colour.encode())
        side = max(1, round(size * ratio))
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        QSvgRenderer(QByteArray(source)).render(painter, QRectF(0, 0, side, side))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap
