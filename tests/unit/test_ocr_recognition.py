"""What teachers read, borne out by the learned glyphs though sparks stand beside the text."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tests.unit.test_ocr_glyphs import draw, sheet

from combatlens.adapters.ocr.glyph_parts import UNKNOWN, Doubt
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.recognition import bears_out, recognised

__all__ = ["sheet"]

TEXT = "XP 48,573 / 604,921"


def spark(column: int, shade: int = 150) -> np.ndarray:
    return cv2.circle(draw(TEXT, 99), (column, 21), 6, (shade, shade, shade), -1)


def text_ends() -> int:
    return 10 + cv2.getTextSize(TEXT, cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0]


def test_a_spark_far_from_the_text_hides_none_of_it(sheet: Sheet) -> None:
    image = spark(text_ends() + 60)
    assert isinstance(sheet.read(image), Doubt), "the glyphs alone cannot tell"
    assert recognised(sheet, image, TEXT, agreed=True) == TEXT.replace(" ", "")
    assert bears_out(sheet, image, TEXT, agreed=True)
    assert not bears_out(sheet, image, TEXT, agreed=False), "one reader alone"
    assert not bears_out(sheet, spark(text_ends() + 60, 230), TEXT, agreed=True), "as light as a digit: a part of one"
    for wrong in ("XP 48,673 / 604,921", "XP 48,573 / 604,971"):
        assert not bears_out(sheet, image, wrong, agreed=True)


@pytest.mark.parametrize("column", [-6, 60])
def test_what_lies_over_a_digit_is_told_though_a_spark_is_far_away(sheet: Sheet, column: int) -> None:
    image = spark(text_ends() + column)
    if column > 0:
        cv2.rectangle(image, (text_ends() - 12, 0), (text_ends() + 2, 39), (40, 40, 40), -1)
    assert not bears_out(sheet, image, TEXT, agreed=True)
    assert not bears_out(sheet, image, TEXT[:-1], agreed=True)
    signs = recognised(sheet, image, TEXT, agreed=True)
    assert not signs or UNKNOWN in signs
