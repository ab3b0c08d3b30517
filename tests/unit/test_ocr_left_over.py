"""A sign cut wrongly from the start, or with hardly any ink: the known digits and the text's form tell what is left."""

from __future__ import annotations

import copy

import cv2
import numpy as np
import pytest
from tests.unit.test_ocr_glyphs import draw, sheet, texts

from combatlens.adapters.ocr.glyph_learning import teach
from combatlens.adapters.ocr.glyph_parts import Doubt
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.left_over import left_over

__all__ = ["sheet"]
NEW = texts(20, seed=11)


@pytest.fixture
def cut_wrongly(sheet) -> Sheet:
    """All looks of the `/` are its left part alone."""
    made = copy.deepcopy(sheet)
    for glyph in made.glyphs:
        if glyph.label == "/":
            glyph.pixels, glyph.votes = np.ascontiguousarray(glyph.pixels[:, :3]), 9
    made.changed()
    return made


def test_a_sign_that_was_cut_wrongly_is_learned_from_what_the_others_leave(cut_wrongly):
    assert all(isinstance(cut_wrongly.read(draw(text, 700)), Doubt) for text in NEW), "its looks explain it nowhere"
    for index, text in enumerate(NEW[:6]):
        teach(cut_wrongly, draw(text, 500 + index), text)
    read = [cut_wrongly.read(draw(text, 700 + index)) for index, text in enumerate(NEW)]
    assert read == NEW


def test_what_is_left_is_the_sign_where_it_stands(cut_wrongly):
    text, image = NEW[0], draw(NEW[0], 700)
    found = left_over(cut_wrongly, image, text)
    assert found is not None
    at, cell = found
    assert (at, cell.label) == (text.replace(" ", "").index("/"), "/")
    ink = cut_wrongly.ink(image)
    assert float(ink[:, cell.start : cell.start + cell.pixels.shape[1]].sum()) == pytest.approx(
        cell.pixels.sum(), rel=0.1
    )


def test_nothing_is_left_where_a_digit_is_unknown_or_the_text_is_another(sheet, cut_wrongly):
    text, image = NEW[0], draw(NEW[0], 700)
    assert left_over(sheet, image, text) is None, "all is explained"
    assert left_over(cut_wrongly, image, text.replace(" / ", " ")) is None
    assert left_over(cut_wrongly, image, NEW[1]) is None
    assert left_over(cut_wrongly, np.zeros_like(image), text) is None
    digit = next(char for char in text if char.isdigit() and text.count(char) == 1)
    unknown = copy.deepcopy(sheet)
    unknown.glyphs = [glyph for glyph in unknown.glyphs if glyph.label != digit]
    unknown.changed()
    assert left_over(unknown, image, text) is None, "a digit is never what is left"


def test_what_is_left_at_the_end_is_of_this_line_alone(sheet):
    """A longer line was seen before: its ink is no part of a sign behind the last digit."""
    longer, shorter = "XP 12,345 / 678,912", "XP 12,345 / 678]"
    image = draw(shorter[:-1], 3)
    end = 12 + cv2.getTextSize(shorter[:-1], cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0]
    image[12:31, end : end + 2] = 235
    after = copy.deepcopy(sheet)
    after.changed()
    found = left_over(after, image, shorter)
    assert found is not None
    after.read(draw(longer, 4))
    again = left_over(after, image, shorter)
    assert again is not None
    assert again[1].pixels.shape == found[1].pixels.shape


def test_nothing_is_left_of_a_line_that_is_one_unknown_sign(sheet):
    image = draw("", 5)
    image[15:29, 40:44] = 235
    assert left_over(copy.deepcopy(sheet), image, "[") is None
    assert left_over(copy.deepcopy(sheet), image, "?") is None


@pytest.fixture
def hardly_inked(sheet) -> Sheet:
    """The same type, its `/` so faint that nothing of it is solid."""
    made = copy.deepcopy(sheet)
    for glyph in made.glyphs:
        if glyph.label == "/":
            glyph.pixels = (glyph.pixels * 0.1).astype(np.float32)
    made.changed()
    return made


def without_slash(text: str, seed: int) -> np.ndarray:
    image = draw(text, seed)
    left, right = (
        10 + cv2.getTextSize(text[: text.index("/") + more], cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0] for more in (0, 1)
    )
    image[:, left:right] = np.random.default_rng(seed).integers(20, 60, (40, right - left, 3))
    return image


def test_a_slash_too_faint_to_be_seen_stands_where_its_gap_is(hardly_inked):
    read = [hardly_inked.read(without_slash(text, 700 + index)) for index, text in enumerate(NEW)]
    assert read == [text.replace(" / ", "/") for text in NEW]


def test_a_gap_that_could_hide_a_digit_is_no_slash(hardly_inked):
    """A digit of the first number is gone as well: the gap is wider than it ever was."""
    for index, text in enumerate(NEW):
        image = without_slash(text, 700 + index)
        at = text.index(" /") - 1
        left, right = (10 + cv2.getTextSize(text[:end], cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0] for end in (at, at + 1))
        image[:, left : right + 1] = np.random.default_rng(index).integers(20, 60, (40, right + 1 - left, 3))
        assert isinstance(hardly_inked.read(image), Doubt), text
