"""Pictures made ready for a reader: dark text on light ground, at the size that readers are best at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from combatlens.ports import Image

Invert = Literal["auto", "yes", "no"]
Gray = NDArray[np.uint8]

READER_HEIGHT = 36
"""Height in pixels to which a line is scaled; Tesseract was most often right at 32 to 48."""
MIN_TEXT_HEIGHT = 6
_PAD = 10


def to_gray(image: Image) -> Gray:
    """uint8 BGR (h, w, 3), BGRA or grey (h, w) -> grey (h, w). Coloured text keeps its contrast."""
    if image.ndim == 2:
        return image
    if image.shape[2] == 4:
        image = image[:, :, :3]
    gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    if _spread(gray) >= 90:
        return gray
    channels = [gray, *(np.ascontiguousarray(image[:, :, index]) for index in range(3))]
    return max(channels, key=_spread)


def _spread(gray: NDArray[np.uint8]) -> float:
    low, high = np.percentile(gray, (1, 99))
    return float(high - low)


def is_light_on_dark(gray: Gray) -> bool:
    """Text covers less than half of a line's box, so the ground is what the middle value is near to."""
    low, middle, high = np.percentile(gray, (2, 50, 98))
    return bool(high - middle > middle - low)


def flatten_ground(gray: Gray, light_on_dark: bool) -> Gray:
    """Keep strokes thinner than a third of the line and drop what lies behind: bars, gradients, scenery."""
    size = max(5, gray.shape[0] // 3) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    kind = cv2.MORPH_TOPHAT if light_on_dark else cv2.MORPH_BLACKHAT
    strokes = np.asarray(cv2.morphologyEx(gray, kind, kernel), np.uint8)
    return (255 - strokes * (255.0 / max(1, int(strokes.max())))).astype(np.uint8)


def text_box(gray: Gray) -> tuple[int, int, int, int] | None:
    """Where the line's strokes lie: x, y, width, height, or None for a picture without any contrast."""
    if min(gray.shape) < 3 or _spread(gray) < 16:
        return None
    edges = cv2.convertScaleAbs(cv2.Sobel(gray, cv2.CV_16S, 1, 0))
    strong = edges > max(24.0, float(np.percentile(edges, 99)) * 0.35)
    rows = np.flatnonzero(strong.sum(axis=1) >= 2)
    columns = np.flatnonzero(strong.any(axis=0))
    if not rows.size or not columns.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def prepare(
    image: Image, *, height: int = READER_HEIGHT, invert: Invert = "auto", flatten: bool = False, pad: int = _PAD
) -> Gray:
    """One line -> dark on light, grey, `height` pixels high without the padding around it."""
    gray = to_gray(image)
    light = is_light_on_dark(gray) if invert == "auto" else invert == "yes"
    factor = height / gray.shape[0]
    how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    gray = np.asarray(cv2.resize(gray, None, fx=factor, fy=factor, interpolation=how), np.uint8)
    if flatten:
        gray = flatten_ground(gray, light)
    elif light:
        gray = (255 - gray).astype(np.uint8)
    return np.asarray(cv2.copyMakeBorder(gray, pad, pad, pad, pad, cv2.BORDER_REPLICATE), np.uint8)
