"""Pictures of the screen for widgets."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


def fitted(image: Pixels, room: QSize, ratio: float) -> QPixmap:
    """uint8 BGR (height, width, 3) as large as `room` (logical) allows: by whole steps where it grows, so that each
    pixel of the game can be seen; smoothly where it shrinks."""
    height, width, _ = image.shape
    data = np.ascontiguousarray(image)
    picture = QImage(data.data, width, height, 3 * width, QImage.Format.Format_BGR888).copy()
    wide, high = round(room.width() * ratio), round(room.height() * ratio)
    step = min(wide // width, high // height)
    if step:
        shown = QPixmap.fromImage(picture.scaled(width * step, height * step))
    else:
        how = Qt.TransformationMode.SmoothTransformation
        shown = QPixmap.fromImage(picture.scaled(wide, high, Qt.AspectRatioMode.KeepAspectRatio, how))
    shown.setDevicePixelRatio(ratio)
    return shown
