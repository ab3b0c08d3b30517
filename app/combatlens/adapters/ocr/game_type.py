"""CombatLens' own reader, the third teacher: a small network trained on numbers as games draw them.

Tesseract and RapidOCR were trained on documents and photographs. This one saw some millions of made lines of
small, outlined, scaled and pixelled type (see `packaging/game_type`), so it errs elsewhere than they do.
"""

from __future__ import annotations

from importlib.util import find_spec
from statistics import median
from typing import TYPE_CHECKING

import cv2
import numpy as np

from combatlens.adapters.ocr.glyph_parts import DIGITS
from combatlens.adapters.ocr.network import open_network, signs_of
from combatlens.adapters.ocr.preprocess import View, to_gray
from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import TextLine
from combatlens.resources_path import resources

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from combatlens.ports import Image

HEIGHT, STRETCH, MARGIN = 24, 4 / 3, 4
"""Of a line as the network was trained on it: rows, how much wider than it is, and empty columns beside it."""
STEP = 2
"""Columns of each of its steps."""
APART = 1.25
"""Digits with a space between them are so many times as far apart as others, at least."""
GROUND, INK, LEAST_CONTRAST = 5, 99, 20
"""Percentiles of a line that are no ink and all ink, and how far apart they are at least."""
HOW_TO_GET = "pip install onnxruntime, and install CombatLens with its resources"


class GameTypeReader:
    """Lines that `prepare` made dark on light. Certain of a line as far as of its least certain sign."""

    name = "combatlens"
    views = (View("24", HEIGHT, pad=0), View("24 flat", HEIGHT, "flat", 0), View("24 white", HEIGHT, "white", 0))

    def __init__(self) -> None:
        """Raises EnvironmentFault where the network or what runs it is missing."""
        model = resources() / "ocr" / "game_type.onnx"
        if find_spec("onnxruntime") is None or not model.is_file():
            raise EnvironmentFault("CombatLens' own reader lacks its network or onnxruntime", HOW_TO_GET)
        try:
            self._session, self._characters = open_network(model)
        except Exception as error:  # each failure of onnxruntime is a class of its own
            first = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise EnvironmentFault(f"CombatLens' own reader cannot run: {first}", HOW_TO_GET) from error

    def read(self, image: Image) -> TextLine:
        line = network_line(image)
        told = self._session.run(None, {"line": line[None, None]})[0][0, :, 0].T
        signs = signs_of(told, blank=len(self._characters))
        shown = [sign for sign in signs if self._characters[sign.which] != " "]
        text = _spaced("".join(self._characters[sign.which] for sign in signs), [sign.step for sign in shown])
        wide = line.shape[1] - 2 * MARGIN
        places = tuple((STEP * (sign.step + 0.5) - MARGIN) / wide for sign in shown)
        return TextLine(text, min((sign.sure for sign in shown), default=0.0), self.name, places)

    def close(self) -> None:
        """Its session ends with the process."""


def _spaced(text: str, steps: list[float]) -> str:
    """The text without the spaces of widely spaced type: two at least, between digits no farther apart than others.

    `steps`: where each sign stands that is no space. A lone one may part two numbers, one of which begins with a `1`.
    """
    words = text.split()
    bare = "".join(words)
    spaces = set(np.cumsum([len(word) for word in words]).tolist())
    digits = [at for at in range(1, len(bare)) if bare[at - 1] in DIGITS and bare[at] in DIGITS]
    usual = median(steps[at] - steps[at - 1] for at in digits) if digits else 0.0
    close = {at for at in digits if at in spaces and steps[at] - steps[at - 1] <= APART * usual}
    spaces -= close if len(close) > 1 else set()
    return "".join(" " * (at in spaces) + char for at, char in enumerate(bare))


def network_line(image: Image) -> NDArray[np.float32]:
    """A line, dark on light, as the network takes it: float32 (HEIGHT, width), 0 no ink, 1 all ink."""
    gray = to_gray(image)
    wide = max(1, round(gray.shape[1] * HEIGHT / gray.shape[0] * STRETCH))
    ink = 255.0 - cv2.resize(gray, (wide, HEIGHT), interpolation=cv2.INTER_LINEAR)
    low, high = np.percentile(ink, (GROUND, INK))
    ink = np.clip((ink - low) / max(LEAST_CONTRAST, high - low), 0, 1)
    return np.pad(ink, ((0, 0), (MARGIN, MARGIN))).astype(np.float32)
