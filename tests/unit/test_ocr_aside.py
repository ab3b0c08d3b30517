"""Digits elsewhere in a column than they were seen: scaled type draws them otherwise there."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from combatlens.adapters.ocr.aside import is_another, is_aside
from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_difference import MORE_CLEARLY
from combatlens.adapters.ocr.glyph_learning import _add, _weed, nearest
from combatlens.adapters.ocr.glyph_parts import EDGE, TRUST_VOTES, Glyph
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.recognition import recognised


def thin(label: str, aside: float = 0.0, waist: int = 12) -> np.ndarray:
    """A digit as scaled type draws it that part of a column to the right; `waist`: how thick is the stroke in an 8."""
    fine = np.zeros((160, 112), np.uint8)
    if label in "08":
        cv2.rectangle(fine, (12, 12), (84, 148), 255, 8)
        fine[82 - waist // 2 : 82 + waist // 2, 20:76] = 255 * (label == "8")
    else:
        cv2.putText(fine, label, (8, 148), cv2.FONT_HERSHEY_DUPLEX, 6.0, 255, 8)
    moved = np.roll(fine, round(8 * aside), axis=1)
    return cv2.resize(moved, (14, 20), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def sheet_of_thin(*, eight_too: bool) -> Sheet:
    """One that knows each digit where it stands whole; the `8` half a column aside too."""
    made = Sheet((255, 255, 255), 100, (0, 20), (20, 80))
    made.glyphs = [Glyph(label, thin(label), votes=TRUST_VOTES) for label in "0123456789"]
    if eight_too:
        made.glyphs.append(Glyph("8", thin("8", 0.5), votes=TRUST_VOTES))
    return made


@pytest.mark.parametrize("aside", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("eight_too", [True, False])
def test_scaled_type_half_a_column_aside_is_like_itself(eight_too, aside):
    """At a place where a digit was not seen yet it is drawn otherwise, and no more like another for it."""
    glyphs = sheet_of_thin(eight_too=eight_too).glyphs
    for label in "0123456789":
        assert [other for other in "0123456789" if is_aside(glyphs, other, thin(label, aside))] == [label]


def added(
    sheet: Sheet, label: str, pixels: np.ndarray, text: str = "", start: int = 0, *, firm: bool = True
) -> list[Glyph]:
    before = list(sheet.glyphs)
    _add(sheet, Cell(label, start, pixels), text, set(), firm=firm)
    return [glyph for glyph in sheet.glyphs if not any(glyph is known for known in before)]


def test_a_digit_aside_is_learned_though_another_that_stands_so_too_looks_more_like_it():
    sheet, zero = sheet_of_thin(eight_too=True), thin("0", 0.5)
    assert nearest(sheet, zero, other="0")[1] < nearest(sheet, zero, "0")[1]
    (learned,) = added(sheet, "0", zero)
    assert not added(sheet, "0", zero)
    assert learned.trusted, "two pictures show it"
    _weed(sheet)
    assert any(glyph is learned for glyph in sheet.glyphs)


@pytest.mark.parametrize("aside", [0.25, 0.5, 0.75])
def test_a_digit_that_was_taken_for_another_is_not_learned_as_that_however_it_stands(aside):
    for label in "0123456789":
        for other in "0123456789":
            assert label == other or not added(sheet_of_thin(eight_too=False), other, thin(label, aside))


def cropped(pixels: np.ndarray) -> np.ndarray:
    inked = np.flatnonzero(pixels.max(axis=0) >= EDGE)
    return pixels[:, inked[0] : inked[-1] + 1]


def beside_three(sign: np.ndarray) -> np.ndarray:
    """A picture of the region: a `3`, and that behind it."""
    ink = np.zeros((20, 80), np.float32)
    ink[:, 4:18] = thin("3")
    ink[:, 24 : 24 + sign.shape[1]] = sign
    return np.repeat((155 + 100 * ink).astype(np.uint8)[:, :, None], 3, axis=2)


@pytest.mark.parametrize("aside", [0.4, 0.5])
def test_a_digit_is_no_other_that_stands_as_it_does_though_that_is_plainly_nearer(aside):
    sheet, zero = sheet_of_thin(eight_too=False), cropped(thin("0", aside))
    eight, eight_aside = (thin("8", place, waist=6) for place in (0.0, 0.5))
    signs = {label: thin(label) for label in "012345679"}
    sheet.glyphs = [Glyph(label, cropped(pixels), votes=TRUST_VOTES) for label, pixels in signs.items()]
    sheet.glyphs += [Glyph("8", cropped(pixels), votes=TRUST_VOTES) for pixels in (eight, eight_aside)]
    own, other = (nearest(sheet, zero, label)[1] for label in "08")
    assert MORE_CLEARLY * other < own
    assert is_another(sheet.glyphs, "8", zero)
    assert not is_another(sheet.glyphs, "0", zero)
    assert not added(sheet, "8", zero)
    assert not is_another([Glyph("0", zero[:, 3:], 3), Glyph("8", cropped(eight), 3)], "0", zero), "it is like neither"
    assert [recognised(sheet, beside_three(zero), "38", agreed=agreed) for agreed in (False, True)] == ["3?", "3?"]
    assert recognised(sheet, beside_three(eight_aside), "38", agreed=False) == "38"
    assert recognised(sheet, beside_three(signs["0"]), "30", agreed=False) == "30"


@pytest.mark.parametrize(
    ("digits", "rows", "columns"),
    [("0268", slice(10, 20), slice(0, 5)), ("0123456789", slice(0, 8), slice(0, 14))],
)
def test_a_digit_that_lost_a_part_is_not_itself_elsewhere_in_a_column(digits, rows, columns):
    sheet = sheet_of_thin(eight_too=True)
    for label in digits:
        covered = thin(label, 0.5)
        covered[rows, columns] = 0.0
        assert not any(is_aside(sheet.glyphs, other, covered) for other in "0123456789")


def test_what_stands_aside_is_not_known_at_once_before_all_ten_digits_are():
    """It may be one that was not seen yet."""
    sheet = sheet_of_thin(eight_too=False)
    sheet.glyphs = [glyph for glyph in sheet.glyphs if glyph.label != "8"]
    assert is_aside(sheet.glyphs, "0", thin("0", 0.5))
    assert not any(glyph.trusted for glyph in added(sheet, "0", thin("0", 0.5)))
