"""What stands still over moving scenery: the last pictures laid on one another, so that only the text stands out.

Light text stays as light as it is while each pixel behind it shows its darkest; dark text the other way round. When the
text changes within a stack, a text shows that never was. So the stack is begun anew where strokes of it are gone, and
after every answer that could be believed: a text that never was is read once, and once is never enough. A picture that
comes again is read alone: it stands, whatever the ones before it showed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from combatlens.ports import Image

HEIGHT, SECONDS = 10, 2.5
"""Pictures laid on one another at most, and from how long ago."""
STROKE, GROUND = 0.6, 0.3
"""Parts of the way from the ground to the text: beyond the first is a stroke, before the second there is none."""
GONE = 4
"""Of 3×3 pixels so many that were stroke and are none: the text has changed."""


class Stack:
    """`add` every picture that is to be read; `laid` is what to read."""

    def __init__(self) -> None:
        self._images: deque[tuple[float, NDArray[np.uint8]]] = deque(maxlen=HEIGHT)
        self._again = False

    @property
    def high(self) -> bool:
        """Whether `laid` is more than one picture."""
        return len(self._images) > 1 and not self._again

    def add(self, image: Image, at: float) -> bool:
        """`at`: seconds of a steady clock. Whether it is the first: of all, or of a new text."""
        while self._images and (at - self._images[0][0] > SECONDS or self._images[0][1].shape != image.shape):
            self._images.popleft()
        self._again = bool(self._images) and np.array_equal(self._images[-1][1], image)
        if self.high and _gone(self.laid(), image):
            self._images.clear()
        if not self._again:
            self._images.append((at, image.copy()))
        return not self.high

    def laid(self) -> Image:
        """The pictures as one; the last alone where it came again."""
        return self._images[-1][1] if self._again else still([image for _, image in self._images])

    def clear(self) -> None:
        self._images.clear()
        self._again = False


def still(images: Sequence[Image]) -> Image:
    """Pictures of one size as one: of the darkest and the lightest the one in which something stands out more."""
    if len(images) == 1:
        return images[0]
    together = np.stack(images)
    darkest, lightest = together.min(axis=0), together.max(axis=0)
    text = np.percentile(darkest, 99) - np.percentile(darkest, 50)
    dark_text = np.percentile(lightest, 50) - np.percentile(lightest, 1)
    return np.asarray(darkest if text > dark_text else lightest, np.uint8)


def _gone(laid: Image, image: Image) -> bool:
    """Whether strokes that stood still are there no more."""
    before, after = _gray(laid), _gray(image)
    low, middle, high = np.percentile(before, (1, 50, 99)).tolist()
    if middle - low > high - middle:  # dark text
        before, after, middle, high = 255 - before, 255 - after, 255 - middle, 255 - low
    lost = (before > middle + STROKE * (high - middle)) & (after < middle + GROUND * (high - middle))
    return float(cv2.boxFilter(lost.astype(np.float32), -1, (3, 3), normalize=False).max()) >= GONE


def _gray(image: Image) -> NDArray[np.uint8]:
    return np.asarray(image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
