"""A digit that was always cut badly is learned anew where both teachers read it alike in several places."""

from __future__ import annotations

import copy

import cv2
import numpy as np
import pytest
from tests.unit.test_ocr_glyphs import draw, sheet, texts

from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_parts import Doubt
from combatlens.adapters.ocr.newcomers import NUMBERS, Newcomers
from combatlens.adapters.ocr.pupil import PROOFS, Pupil
from combatlens.adapters.ocr.xp_text import parse_xp

__all__ = ["sheet"]

SHOWN = ["XP 91,205 / 300,000", "XP 95,230 / 300,000", "XP 10,960 / 300,000", "XP 11,093 / 300,000"]


@pytest.fixture
def pupil(sheet) -> Pupil:
    """It knows a 9 with half of another digit at its side alone."""
    made = Pupil(parse_xp, copy.deepcopy(sheet), lambda: None)
    made.sheet.proofs = PROOFS
    for glyph in made.sheet.glyphs:
        if glyph.label == "9":
            glyph.pixels = cv2.copyMakeBorder(glyph.pixels, 0, 0, 0, 5, cv2.BORDER_CONSTANT, value=0.8)
    made.sheet.changed()
    return made


def nines(count: int) -> list[str]:
    return [text for text in texts(200, seed=9) if "9" in text][:count]


def test_a_look_in_several_numbers_and_places_is_the_digits_own(pupil):
    before = [pupil.sheet.read(draw(text, 700 + index)) for index, text in enumerate(nines(20))]
    assert all(isinstance(told, Doubt) for told in before)
    for index, text in enumerate(SHOWN):
        pupil.meet(draw(text, index), text)
    after = [pupil.sheet.read(draw(text, 700 + index)) for index, text in enumerate(nines(20))]
    assert sum(told == text for told, text in zip(after, nines(20), strict=True)) >= 15
    assert all(isinstance(told, Doubt) or told == text for told, text in zip(after, nines(20), strict=True))
    assert pupil.unsaved


@pytest.mark.parametrize(
    ("why", "shown"),
    [
        ("it stays in one place, as what lies over the text does", [f"XP 9{n},205 / 300,000" for n in "1234567"]),
        ("it was seen in one number alone", SHOWN[:1] * 10),
        ("too few numbers", SHOWN[:2]),
    ],
)
def test_else_it_is_not(pupil, why, shown):
    known = len(pupil.sheet.glyphs)
    for index, text in enumerate(shown):
        pupil.meet(draw(text, index), text)
    assert len(pupil.sheet.glyphs) == known, why


def test_what_looks_like_another_digit_is_no_new_look(sheet):
    """Both teachers take a 3 for a 9 time and again: the sheet knows that look by another name."""
    pupil = Pupil(parse_xp, copy.deepcopy(sheet), lambda: None)
    pupil.sheet.proofs, known = PROOFS, len(sheet.glyphs)
    for index, text in enumerate(text for text in texts(40, seed=3) if "3" in text):
        pupil.meet(draw(text, index), text.replace("3", "9"))
    assert len(pupil.sheet.glyphs) == known


def test_looks_that_differ_do_not_vouch_for_one_another():
    pick, met = np.random.default_rng(1), Newcomers()
    for place in range(3 * NUMBERS):
        cell = Cell("9", 40 * place, pick.random((20, 10)).astype(np.float32))
        assert met.meet(cell, f"{place}") == []
