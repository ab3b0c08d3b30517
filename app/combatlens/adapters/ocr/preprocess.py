"""Pictures made ready for a reader: dark text on light ground, at the size that readers are best at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

if TYPE_CHECKING:
    from combatlens.ports import Image

Invert = Literal["auto", "yes", "no"]
Ground = Literal["as_is", "flat", "white"]
Gray = NDArray[np.uint8]

READER_HEIGHT = 36
"""Height in pixels to which a line is scaled; Tesseract was most often right at 32 to 48."""
MIN_TEXT_HEIGHT = 6
STRONG_EDGE = 0.4
"""Text stands out from what lies behind it: edges weaker than this part of the strongest are scenery."""
STRONGEST = 12
"""So many pixels are as light, and have as strong edges, as any: a small digit has them, however large the picture."""
_PAD = 10


class View(Struct, frozen=True):
    """How a line is shown to a reader. `height` and `pad` in pixels, as of `prepare`."""

    name: str
    height: int
    ground: Ground = "as_is"
    pad: int = _PAD


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


def _spread(gray: NDArray[np.uint8], part: float = 1.0) -> float:
    """`part`: how much of the picture, in percent, may be darker or lighter."""
    low, high = np.percentile(gray, (part, 100 - part))
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


def whiten_ground(gray: Gray) -> Gray:
    """Dark text on light: everything nearer to the ground than to the text becomes white."""
    text, ground = (float(level) for level in np.percentile(gray, (1, 60)))
    top = text + 0.65 * max(20.0, ground - text)
    return np.asarray(np.clip((gray - text) * (255.0 / (top - text)), 0, 255), np.uint8)


Box = tuple[int, int, int, int]


def text_lines(gray: Gray) -> list[Box]:
    """Where lines of strokes lie, top to bottom: x, y, width, height. Empty for a picture without contrast."""
    if min(gray.shape) < 3 or _spread(gray, min(1.0, 100 * STRONGEST / gray.size)) < 16:
        return []
    edges = np.abs(cv2.Sobel(gray, cv2.CV_16S, 1, 0))
    strong = edges > max(24.0, _strongest(edges) * STRONG_EDGE)
    used = strong.sum(axis=1) >= 2
    flags = np.zeros(used.size + 2, np.int8)
    flags[1:-1] = used
    bands = np.flatnonzero(np.diff(flags)).reshape(-1, 2).tolist()
    boxes = []
    for top, bottom in _merged(bands):
        columns = np.flatnonzero(strong[top:bottom].any(axis=0))
        boxes.append((int(columns[0]), top, int(columns[-1] - columns[0] + 1), bottom - top))
    return boxes


def _strongest(edges: NDArray[np.int16]) -> float:
    """How strong the text's edges are, be it a small part of the picture or a large one."""
    few = min(STRONGEST, edges.size)
    return max(float(np.percentile(edges, 99.5)), float(np.partition(edges, -few, axis=None)[-few]))


def _merged(bands: list[list[int]]) -> list[tuple[int, int]]:
    """Rows with a small gap between them belong to one line: dots, thin strokes."""
    merged: list[tuple[int, int]] = []
    for top, bottom in bands:
        if merged and top - merged[-1][1] <= max(2, (merged[-1][1] - merged[-1][0]) // 5):
            merged[-1] = (merged[-1][0], bottom)
        else:
            merged.append((top, bottom))
    return merged


def text_box(gray: Gray) -> Box | None:
    """The box around all strokes, or None for a picture without any."""
    lines = text_lines(gray)
    if not lines:
        return None
    left, right = min(x for x, _, _, _ in lines), max(x + width for x, _, width, _ in lines)
    return left, lines[0][1], right - left, lines[-1][1] + lines[-1][3] - lines[0][1]


def prepare(
    image: Image, *, height: int = READER_HEIGHT, invert: Invert = "auto", ground: Ground = "as_is", pad: int = _PAD
) -> Gray:
    """One line -> dark on light, grey, `height` pixels high without the padding around it."""
    gray = to_gray(image)
    light = is_light_on_dark(gray) if invert == "auto" else invert == "yes"
    factor = height / gray.shape[0]
    how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    gray = np.asarray(cv2.resize(gray, None, fx=factor, fy=factor, interpolation=how), np.uint8)
    if ground == "flat":
        gray = flatten_ground(gray, light)
    elif light:
        gray = (255 - gray).astype(np.uint8)
    if ground == "white":
        gray = whiten_ground(gray)
    return np.asarray(cv2.copyMakeBorder(gray, pad, pad, pad, pad, cv2.BORDER_REPLICATE), np.uint8)
