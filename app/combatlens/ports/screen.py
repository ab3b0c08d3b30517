"""Pictures of the screen, and the text in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]


class FrameGrabber(Protocol):
    """Pictures of a rectangle of the screen, physical pixels."""

    def grab(self, x: int, y: int, width: int, height: int) -> Image:
        """A picture, uint8 BGR, shape (height, width, 3). Raises EnvironmentFault when it cannot be taken."""

    def bounds(self) -> tuple[int, int, int, int]:
        """x, y, width, height of the whole virtual screen."""

    def close(self) -> None: ...


class TextLine(Struct, frozen=True):
    """A line as a reader saw it. `confidence` 0 to 1; `reader` says which one.

    `places`: where the middle of each sign that is no space stands, as a part of the picture's width; empty where the
    reader cannot tell.
    """

    text: str
    confidence: float
    reader: str
    places: tuple[float, ...] = ()


class TextReader(Protocol):
    """OCR of one line of text."""

    name: str

    def read(self, image: Image) -> TextLine:
        """Read a picture (uint8, grey or BGR). An empty text means that there is none."""

    def close(self) -> None: ...
