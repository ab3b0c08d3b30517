"""Does a picture still show the text that was accepted last? Over moving scenery no two pictures are equal to the byte.

Each pixel's ink is its place between the ground's and the text's brightness, 0 to 1. A digit that changes moves
the ink of neighbouring pixels together; so where no 3×3 pixels have changed by as much, the text is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from combatlens.adapters.ocr.preprocess import to_gray
from combatlens.adapters.ocr.reading import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from combatlens.ports import Image

LEAST_CHANGE = 0.8
"""Summed ink over 3×3 pixels. The nearest digits (6 and 8), 8 pixels high, moved 2.0 or more in each of 221 fonts."""

LEAST_CONTRAST = 60.0
LEAST_STROKE = 20
"""Anything that stands out so much from its surroundings, in any colour, may be text."""
_AROUND, _APART = np.ones((3, 3), np.uint8), np.ones((11, 11), np.uint8)


class Echo:
    """Remembers one accepted picture and what it said. Nothing is done with the picture until somebody asks."""

    def __init__(self) -> None:
        self._reading: Reading | None = None
        self._image: Image | None = None
        self._gray: NDArray[np.float32] | None = None
        self._scale = 0.0

    def remember(self, image: Image, reading: Reading) -> None:
        """`reading` of `image` holds. The picture is kept, not copied."""
        self._reading, self._image, self._gray = reading, image, None

    def _prepare(self, image: Image) -> None:
        """Forget it where text and ground are too alike to be told apart."""
        self._image = None
        gray = to_gray(image)
        threshold, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        light, dark = gray[gray > threshold], gray[gray <= threshold]
        contrast = float(light.mean() - dark.mean()) if light.size and dark.size else 0.0
        contrast = min(contrast, _faintest(image, gray))
        if contrast < LEAST_CONTRAST:
            self.forget()
            return
        self._scale = 1.0 / contrast
        self._gray = gray.astype(np.float32)

    def hears(self, image: Image) -> Reading | None:
        """The remembered reading where the picture still shows its text, else None."""
        if self._image is not None:
            self._prepare(self._image)
        if self._reading is None or self._gray is None or image.shape[:2] != self._gray.shape:
            return None
        moved = cv2.absdiff(to_gray(image).astype(np.float32), self._gray)
        most = float(cv2.boxFilter(moved, -1, (3, 3), normalize=False).max())
        return self._reading if most * self._scale < LEAST_CHANGE else None

    def forget(self) -> None:
        self._reading = self._image = self._gray = None


def _faintest(image: Image, gray: NDArray[np.uint8]) -> float:
    """How far the faintest stroke stands out in grey: beside a bright icon a dim text's ink must not look small."""
    in_gray = cv2.morphologyEx(gray, cv2.MORPH_GRADIENT, _AROUND)
    colours = np.asarray(cv2.morphologyEx(image, cv2.MORPH_GRADIENT, _AROUND))
    most = colours if colours.ndim == 2 else colours.max(axis=2)
    strokes = (most >= LEAST_STROKE) & (most == cv2.dilate(most, _APART))
    return float(in_gray[strokes].min()) if strokes.any() else 0.0
