"""Looks that are more like another sign's: the sign's own where they come again, else something lies over it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from msgspec import structs
from tests.unit.test_ocr_aside import added, cropped, thin

from combatlens.adapters.ocr.aside import _leasts, is_aside, is_nearer, may_be_own
from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_learning import _weed, nearest
from combatlens.adapters.ocr.glyph_parts import TRUST_VOTES, Glyph
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.strangers import KEPT, Strangers

WAIST, HERE, THERE = 5, 10, 40
OFTEN = TRUST_VOTES + 3


def sheet_of_small_type() -> Sheet:
    """An `8` differs from a `0` by a thin stroke, and was seen half a column aside; the `0` was not."""
    made = Sheet((255, 255, 255), 100, (0, 20), (20, 80))
    signs = [(label, thin(label, waist=WAIST)) for label in "0123456789"] + [("8", thin("8", 0.5, WAIST))]
    made.glyphs = [Glyph(label, cropped(pixels), votes=OFTEN) for label, pixels in signs]
    return made


@pytest.fixture
def sheet() -> Sheet:
    return sheet_of_small_type()


def zero(aside: float = 0.5) -> np.ndarray:
    return cropped(thin("0", aside))


def test_a_look_that_comes_again_elsewhere_is_the_signs_own(sheet):
    assert nearest(sheet, zero(), other="0")[1] < nearest(sheet, zero(), "0")[1]
    assert not is_aside(sheet.glyphs, "0", zero()), "what it looks like does not tell it"
    assert not added(sheet, "0", zero(), "1,205", HERE)
    assert not added(sheet, "0", zero(), "1,205", HERE), "the same text"
    (learned,) = added(sheet, "0", zero(), "1,230", THERE)
    assert learned.trusted, "two pictures show it"
    _weed(sheet)
    assert any(glyph is learned for glyph in sheet.glyphs)
    wrong = Glyph("8", zero(), votes=TRUST_VOTES)
    sheet.glyphs.append(wrong)
    _weed(sheet)
    assert not any(glyph is wrong for glyph in sheet.glyphs), "what is plainly another's goes"


@pytest.mark.parametrize(
    ("why", "second", "place"),
    [
        ("of one text", "1,205", THERE),
        ("at one place, where a cursor may stand", "1,207", HERE),
        ("beside it, where that reaches too", "1,207", HERE + 5),
        ("of one text, spelt otherwise", "1'205", THERE),
        ("of a text of which not all is known", "1,2?7", THERE),
    ],
)
def test_a_look_is_not_the_signs_own_for_two_pictures(sheet, why, second, place):
    assert not added(sheet, "0", zero(), "1,205", HERE)
    assert not added(sheet, "0", zero(), second, place), why


def test_what_one_teacher_alone_reads_is_no_second_picture(sheet):
    assert not added(sheet, "0", zero(), "1,205", HERE, firm=False)
    assert not added(sheet, "0", zero(), "1,230", THERE)
    assert not added(sheet, "0", zero(), "1,277", HERE, firm=False)


def test_another_digit_that_all_take_for_this_one_is_never_its_look(sheet):
    """Blur makes two digits one to the teachers, alike at every place."""
    for aside in (0.0, 0.25, 0.5, 0.75):
        eight = cropped(thin("8", aside, WAIST))
        for number in range(6):
            assert not added(sheet, "0", eight, f"1,20{number}", 20 * number)


def test_two_looks_of_a_sign_do_not_vouch_for_one_another(sheet):
    one, two = Cell("0", HERE, zero(0.25)), Cell("0", THERE, zero(0.5))
    strangers = Strangers()
    assert is_nearer(sheet.glyphs, "0", one.pixels)
    assert is_nearer(sheet.glyphs, "0", two.pixels)
    assert not strangers.is_own(sheet.glyphs, one, "1,205")
    assert not strangers.is_own(sheet.glyphs, two, "1,230")
    assert strangers.is_own(sheet.glyphs, structs.replace(one, start=THERE), "1,230")


def scaled(label: str, wide: float, waist: int = WAIST) -> np.ndarray:
    """A digit as scaled type draws it where a column falls between two of the screen's."""
    pixels = thin(label, waist=waist)
    size = round(wide * pixels.shape[1]), pixels.shape[0]
    return cropped(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def test_a_look_that_is_less_like_its_own_comes_again_too_where_it_is_plainly_less_like_others(sheet):
    faint = 0.7 * zero(0.75)
    assert nearest(sheet, faint, other="0")[1] < nearest(sheet, faint, "0")[1]
    assert not is_nearer(sheet.glyphs, "0", faint)
    assert may_be_own(sheet.glyphs, "0", faint)
    assert not added(sheet, "0", faint, "1,205", HERE)
    assert [glyph.label for glyph in added(sheet, "0", faint, "1,230", THERE)] == ["0"]


def test_a_look_half_between_two_signs_is_neithers(sheet):
    between = scaled("8", 0.85, waist=2)
    assert not any(may_be_own(sheet.glyphs, label, between) for label in "08")
    four = scaled("4", 0.95)
    assert may_be_own(sheet.glyphs, "4", four)
    squat = cv2.resize(scaled("4", 0.85), None, fx=1.0, fy=0.9, interpolation=cv2.INTER_AREA)
    squat = cv2.copyMakeBorder(squat, 0, 2, 0, 0, cv2.BORDER_CONSTANT)
    assert 1.5 * _leasts(sheet.glyphs, "4", squat)[0] < _leasts(sheet.glyphs, "4", squat)[1]
    assert not may_be_own(sheet.glyphs, "4", squat), "it is too unlike any"
    for number in range(6):
        assert not added(sheet, "0", between, f"1,20{number}", 20 * number)


def test_what_was_read_as_another_sign_vouches_for_none():
    """To the one it is nearer where that alone is known so, to the other where both are."""
    sheet, strangers = sheet_of_small_type(), Strangers()
    both = [*sheet.glyphs, Glyph("0", zero(), votes=OFTEN)]
    assert not strangers.is_own([glyph for glyph in both if glyph.label != "0"], Cell("8", HERE, zero()), "1,285")
    assert not strangers.is_own(both, Cell("0", THERE, zero()), "1,230")


def test_what_is_like_no_sign_is_none_that_comes_again(sheet):
    two = cropped(thin("2", 0.5))
    assert nearest(sheet, two, "2")[1] < nearest(sheet, two, other="2")[1]
    assert not is_nearer(sheet.glyphs, "2", two), "it is too unlike any"


def test_before_all_digits_are_known_nothing_is_refused_for_being_like_another(sheet):
    """Which of the two knows its looks is not known either; nor of a sign that was never seen."""
    new = Glyph("/", zero(), votes=1)
    assert [glyph.label for glyph in added(sheet, "/", new.pixels)] == ["/"]
    sheet.glyphs = [glyph for glyph in sheet.glyphs if glyph.label not in "/9"]
    assert [glyph.label for glyph in added(sheet, "0", zero())] == ["0"]


def stroke(aside: float, *, hook: int) -> np.ndarray:
    """An upright stroke that part of a column to the right, with a hook of so many eighths of a column at its top."""
    fine = np.zeros((160, 64), np.uint8)
    fine[12:148, 24:32] = 255
    fine[12:20, 24 - hook : 24] = 255
    moved = np.roll(fine, round(8 * aside), axis=1)
    return cropped(cv2.resize(moved, (8, 20), interpolation=cv2.INTER_AREA).astype(np.float32) / 255)


@pytest.mark.parametrize("bracket", "])")
def test_a_bracket_comes_again_where_it_was(sheet, bracket):
    """The last one stands at one place as long as the number has as many digits, and no digit has that place."""
    signs = {bracket: stroke(0.0, hook=10), "1": stroke(0.25, hook=0)}
    sheet.glyphs = [glyph for glyph in sheet.glyphs if glyph.label != "1"]
    sheet.glyphs += [Glyph(label, pixels, votes=TRUST_VOTES) for label, pixels in signs.items()]
    new = stroke(0.25, hook=10)
    assert nearest(sheet, new, other=bracket)[1] < nearest(sheet, new, bracket)[1]
    assert not added(sheet, bracket, new, "1205[9.31%]", HERE)
    assert [glyph.trusted for glyph in added(sheet, bracket, new, "1212[9.35%]", HERE)] == [True]


def test_old_looks_are_forgotten():
    glyphs, strangers = sheet_of_small_type().glyphs, Strangers()
    look = Cell("0", HERE, zero())
    assert not strangers.is_own(glyphs, look, "1,205")
    for number in range(KEPT):
        assert not strangers.is_own(glyphs, Cell("3", HERE, cropped(thin("3", 0.5))), f"3,{number:03}")
    assert not strangers.is_own(glyphs, Cell("0", THERE, zero()), "1,230")
    assert strangers.is_own(glyphs, look, "1,231")
