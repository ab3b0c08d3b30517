"""The recogniser of RapidOCR's wheel, run directly: RapidOCR itself spends a second on settings no line needs.

Same model, same preparation, same decoding (connectionist temporal classification), so the same text and certainty.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from combatlens.adapters.ocr.network import open_network, signs_of

if TYPE_CHECKING:
    from combatlens.ports import Image

HEIGHT, LEAST_WIDTH = 48, 320
"""What the model was trained on, in pixels."""
SHORTEST_SIDE, LONGEST_SIDE = 30, 2000
"""Sides of a picture that RapidOCR takes as it is."""
BLANK = 0


class LineModel:
    """One thread's reader of single lines. `fits` says which."""

    def __init__(self, model: Path) -> None:
        """Raises KeyError for a model that does not name its characters."""
        self._session, characters = open_network(model)
        self._characters = ["", *characters.splitlines(), " "]
        self._input = self._session.get_inputs()[0].name

    @staticmethod
    def fits(image: Image) -> bool:
        height, width = image.shape[:2]
        return bool(min(height, width) >= SHORTEST_SIDE and max(height, width) <= LONGEST_SIDE)

    def read(self, image: Image) -> tuple[str, float]:
        """BGR picture of a line -> its text, empty where there is none, and how certain it is, 0 to 1."""
        height, width = image.shape[:2]
        room = max(LEAST_WIDTH, int(HEIGHT * (width / height)))
        scaled = cv2.resize(image, (min(math.ceil(HEIGHT * (width / height)), room), HEIGHT))
        asked = np.zeros((1, 3, HEIGHT, room), np.float32)
        asked[0, :, :, : scaled.shape[1]] = (scaled.astype(np.float32).transpose(2, 0, 1) / 255 - 0.5) / 0.5
        told = self._session.run(None, {self._input: asked})[0][0]
        line = signs_of(told, BLANK)
        if not line:
            return "", 0.0
        certainty = np.mean([round(sign.sure, 5) for sign in line]).round(5)
        return "".join(self._characters[sign.which] for sign in line), float(certainty)
