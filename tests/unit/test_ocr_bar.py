"""Bar mode: a fill to a tenth of a percent, with segments, gloss, noise and text on it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from combatlens.adapters.ocr.bar import BarReader, BarReading, bar_contradicts

FILL, EMPTY = np.array((210, 120, 40), np.float32), np.array((40, 35, 30), np.float32)


def bar(
    percent: float, width: int = 600, height: int = 14, *, segments: int = 0, gloss: bool = False, noise: float = 0
):
    edge = percent / 100 * width
    share = np.clip(edge - np.arange(width), 0, 1).astype(np.float32)
    image = np.repeat((EMPTY + (FILL - EMPTY) * share[:, None])[None], height, axis=0)
    if segments:
        for index in range(1, segments):
            image[:, width * index // segments] = 8
    if gloss:
        image[: height // 3] = np.minimum(255, image[: height // 3] + 45)
    if noise:
        image += np.random.default_rng(1).normal(0, noise, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


LOOKS = [
    {},
    {"segments": 10},
    {"segments": 20},
    {"gloss": True},
    {"noise": 6.0},
    {"segments": 10, "gloss": True, "noise": 4.0},
]


@pytest.mark.parametrize("look", LOOKS)
def test_to_a_tenth_of_a_percent(look):
    """0.2 where a segment's line hides the pixel in which the fill ends."""
    reader = BarReader()
    for percent in np.arange(1.5, 98.5, 1.37):
        found = reader.read(bar(float(percent), **look))
        assert found.percent == pytest.approx(percent, abs=0.2 if "segments" in look else 0.1), found


def test_full_and_empty_are_known_once_the_colours_are():
    reader = BarReader()
    assert reader.read(bar(100)).percent is None
    reader.read(bar(50))
    assert reader.read(bar(100)).percent == 100
    assert reader.read(bar(0)).percent == 0


def test_covered_or_foreign_is_refused():
    reader = BarReader()
    reader.read(bar(50))
    scenery = cv2.resize(np.random.default_rng(2).integers(0, 255, (3, 40, 3)).astype(np.uint8), (600, 14))
    assert reader.read(scenery).percent is None
    assert reader.read(bar(30)[:, ::-1]).percent is None
    assert "too small" in reader.read(bar(50, width=10)).reason


def test_bar_and_text_check_each_other():
    assert bar_contradicts(45.3, BarReading(49.0))
    assert not bar_contradicts(45.3, BarReading(45.9))
    assert not bar_contradicts(45.3, BarReading(None, reason="covered"))
