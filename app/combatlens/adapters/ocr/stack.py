"""What stands still over moving scenery: the last pictures laid on one another, so that only the text stands out.

Light text stays as light as it is while each pixel behind it shows its darkest; dark text the other way round. When the
text changes within a stack, a text shows that never was. So the stack is begun anew after every answer that could be
believed: such a text is read once, and once is never enough.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from combatlens.ports import Image

HEIGHT, SECONDS = 10, 2.5
"""Pictures laid on one another at most, and from how long ago."""


class Stack:
    """`add` every picture that is to be read; `laid` is what to read."""

    def __init__(self) -> None:
        self._images: deque[tuple[float, NDArray[np.uint8]]] = deque(maxlen=HEIGHT)

    @property
    def high(self) -> bool:
        """Whether `laid` is more than one picture."""
        return len(self._images) > 1

    def add(self, image: Image, at: float) -> None:
        """`at`: seconds of a steady clock."""
        while self._images and (at - self._images[0][0] > SECONDS or self._images[0][1].shape != image.shape):
            self._images.popleft()
        if not (self._images and np.array_equal(self._images[-1][1], image)):
            self._images.append((at, image.copy()))

    def laid(self) -> Image:
        """The pictures as one."""
        return still([image for _, image in self._images])

    def clear(self) -> None:
        self._images.clear()


def still(images: Sequence[Image]) -> Image:
    """Pictures of one size as one: of the darkest and the lightest the one in which something stands out more."""
    if len(images) == 1:
        return images[0]
    together = np.stack(images)
    darkest, lightest = together.min(axis=0), together.max(axis=0)
    text = np.percentile(darkest, 99) - np.percentile(darkest, 50)
    dark_text = np.percentile(lightest, 50) - np.percentile(lightest, 1)
    return np.asarray(darkest if text > dark_text else lightest, np.uint8)
