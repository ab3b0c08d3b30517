"""Glyphs beside small signs: what is too faint, beneath an overhang, or a little like a broader digit."""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import pytest
from tests.unit.test_ocr_glyphs import draw, sheet

from combatlens.adapters.ocr.faint import learn_gaps
from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_difference import difference
from combatlens.adapters.ocr.glyph_fit import ALIKE, Fitter
from combatlens.adapters.ocr.glyph_learning import teach
from combatlens.adapters.ocr.glyph_line import FAR
from combatlens.adapters.ocr.glyph_parts import TRUST_VOTES, Doubt, Glyph
from combatlens.adapters.ocr.glyph_start import Sample, start_sheet
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.lesson import form_of
from combatlens.adapters.ocr.pupil import Pupil
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.recognition import bears_out
from combatlens.adapters.ocr.xp_text import parse_xp

__all__ = ["sheet"]


def test_a_broad_digit_a_little_like_a_point_and_a_digit_leaves_them_clear():
    """Compared is all that stands where the broad one would; halfway between the two nothing is clear."""
    rows, pick = 20, np.random.default_rng(3)
    point, digit = np.zeros((rows, 3), np.float32), pick.random((rows, 9)).astype(np.float32)
    point[16:18, :2] = 1.0
    broad = np.hstack([point, digit])
    broad[3:11, 5:9] = 1.0 - broad[3:11, 5:9]
    inks = np.linspace(1, 0, 256).astype(np.float32)
    fitter = Fitter([Glyph(".", point), Glyph("8", digit), Glyph("6", broad)], rows, 60, 1.0, inks)

    def clear(share: float) -> list[bool]:
        line = np.zeros((rows, 60), np.float32)
        line[:, 20:32] = np.hstack([point, digit]) * (1 - share) + broad * share
        assert fitter.see(np.round(255 * (1 - line)).astype(np.uint8))
        places, whole = fitter.lay()
        assert whole
        assert [fitter.labels[place.which] for place in places] == [".", "8"]
        return fitter.clear(places).tolist()

    assert 1.0 < ((broad - np.hstack([point, digit])) ** 2).sum() / (FAR * (broad**2).sum()) < 1.5
    assert clear(0.0) == [True, True]
    assert clear(0.3) == [False, True]


def test_what_was_cut_with_its_neighbours_edge_is_no_rival_for_that_edge():
    rows, pick = 20, np.random.default_rng(4)
    three, next_one = np.zeros((rows, 6), np.float32), pick.random((rows, 8)).astype(np.float32)
    three[2:18, 2:] = 0.8
    eight = np.hstack([three, next_one[:, :1]])
    eight[6:13, 0] = 0.9
    inks = np.linspace(1, 0, 256).astype(np.float32)
    fitter = Fitter([Glyph("3", three), Glyph("4", next_one), Glyph("8", eight)], rows, 60, 1.0, inks)
    line = np.zeros((rows, 60), np.float32)
    line[:, 20:34] = np.hstack([three, next_one])
    assert fitter.see(np.round(255 * (1 - line)).astype(np.uint8))
    places, whole = fitter.lay()
    assert whole
    assert [fitter.labels[place.which] for place in places] == ["3", "4"]
    assert fitter.clear(places).all()
    line[6:13, 20] = 0.45
    assert fitter.see(np.round(255 * (1 - line)).astype(np.uint8))
    assert not fitter.clear(places).all()


def sheet_of(lines: Sequence[str], look: Mapping[int, int] | None = None) -> Sheet:
    """Begun and taught with these lines, each sign drawn as `look` (`str.maketrans`) says."""
    drawn = [Sample(draw(text.translate(look or {}), index), text) for index, text in enumerate(lines)]
    made = start_sheet(drawn[:12])
    assert made is not None
    for sample in drawn[12:]:
        teach(made, sample.image, sample.text)
    assert made.complete
    made.forms = {form_of(lines[0])}
    return made


def without(text: str, hidden: Sequence[int]) -> np.ndarray:
    """A picture of the text in which nothing is where these of its signs stand."""
    image = draw(text, 7)
    for at in hidden:
        left, right = (10 + cv2.getTextSize(text[:end], cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0] for end in (at, at + 1))
        image[:, left:right] = 40
    return image


@pytest.fixture(scope="module")
def grouped() -> Sheet:
    """A sheet of numbers like 4,567,890."""
    pick = random.Random(6)
    return sheet_of([f"{pick.randint(1_000_000, 9_999_999):,}" for _ in range(40)])


@pytest.mark.parametrize(("hidden", "told"), [((1,), True), ((1, 5), True), ((1, 2), False), ((4, 5), False)])
def test_a_sign_too_faint_to_be_seen_stands_where_thirds_meet(grouped, hidden, told):
    """Its gap has room for it, and for no digit beside it."""
    text = "4,567,892"
    said = grouped.read(without(text, hidden))
    assert (said == text) if told else isinstance(said, Doubt)


@pytest.mark.parametrize(("down", "told"), [(0, True), (-9, False)])
def test_a_sign_beneath_a_digits_overhang_is_seen(grouped, down, told):
    """It shares columns with the digit; anything else that does is no sign."""
    text = "4,567,892"
    at = [10 + cv2.getTextSize(text[:end], cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0] for end in (1, 2)]
    sign = draw(text, 7)[20:34, at[0] : at[1]]
    image = draw(text.replace(",", "", 1), 7)
    place = image[20 + down : 34 + down, at[0] - 2 : at[1] - 2]
    place[:] = np.where(sign.max(axis=2, keepdims=True) > 70, np.maximum(place, sign), place)
    said = grouped.read(image)
    assert (said == text) if told else isinstance(said, Doubt)


def test_a_line_begins_where_it_always_did_or_its_first_digit_is_hidden(grouped):
    text = "4,567,892"
    image = draw(text, 7)
    grouped.read(image)
    assert grouped.begun
    image[:, :27] = 40
    grouped.read(image)
    assert not grouped.begun


def test_a_sign_with_hardly_any_ink_is_not_laid():
    """It would fit wherever nothing is. A point is as small, and said to be faint.

    A `/` must stand where the form has it.
    """

    def glyph(label: str, ink: int) -> Glyph:
        pixels = np.zeros((20, 8), np.float32)
        pixels.ravel()[:ink] = 1.0
        return Glyph(label, pixels, votes=TRUST_VOTES)

    sheet = Sheet((255, 255, 255), 100, (0, 20), (20, 80))
    digits = [glyph(label, 30 + int(label)) for label in "0123456789"]
    thin = glyph("%", 0)
    thin.pixels[:5, 0] = 0.5  # as high as a digit
    sheet.glyphs = [*digits, glyph("/", 2), glyph("/", 10), glyph("[", 2), glyph(".", 2), glyph(",", 5), thin]
    assert sheet._prepared().labels[10:] == ["/", "/", ".", ",", "%"]
    assert sheet.faint == {"."}


@pytest.fixture(scope="module")
def shares() -> Sheet:
    """A sheet of shares like 45.67%, whose point is seen."""
    pick = random.Random(8)
    return sheet_of([f"{pick.uniform(10, 99):.2f}%" for _ in range(60)])


@pytest.mark.parametrize(("hidden", "told"), [((2,), True), ((3,), False), ((1, 2), False), ((2, 3), False)])
def test_a_point_too_faint_to_be_seen_stands_before_a_shares_decimals(shares, hidden, told):
    text = "45.69%"
    said = Pupil(parse_xp, shares, lambda: None).telling.told(without(text, hidden), shares)
    assert (said.text == text) if told else isinstance(said, Doubt)


@pytest.mark.parametrize("thin", [True, False])
def test_brackets_that_look_alike_are_told_by_where_they_stand(thin):
    pick, look = random.Random(9), str.maketrans("[]", "||") if thin else {}
    lines = [f"{pick.randint(10_000, 99_999)}[{pick.uniform(10, 99):.2f}%]" for _ in range(60)]
    made = sheet_of(lines, look)
    pupil = Pupil(parse_xp, made, lambda: None)
    told = [pupil.telling.told(draw(text.translate(look), 200 + index), made) for index, text in enumerate(lines[:20])]
    assert [said.text for said in told if isinstance(said, Reading)] == lines[:20]


@pytest.mark.parametrize(("waist", "apart"), [(0.6, True), (0.3, False)])
def test_in_large_type_a_stroke_tells_digits_apart_that_share_nearly_all_ink(waist, apart):
    zero = np.zeros((28, 10), np.float32)
    cv2.rectangle(zero, (1, 1), (8, 26), 1.0, 2)
    eight = zero.copy()
    eight[13:15, 3:7] = waist
    assert difference(zero, eight) < ALIKE
    fitter = Fitter([Glyph("0", zero, 9), Glyph("8", eight, 9)], 28, 60, 1.0, np.linspace(1, 0, 256, dtype=np.float32))
    assert fitter.told_apart == ({"0", "8"} if apart else set())


@pytest.mark.parametrize(("way", "clear"), [(0.1, True), (0.2, False), (0.5, False)])
def test_a_look_that_was_never_seen_is_clear_only_near_to_one_that_was(way, clear):
    """In small scaled type a new look of a `0` may be nearer to an `8` than to any `0` seen so far."""
    pick = np.random.default_rng(5)
    zero = pick.random((14, 5)).astype(np.float32)
    eight = np.clip(zero + pick.normal(0, 0.25, zero.shape), 0, 1).astype(np.float32)
    fitter = Fitter([Glyph("0", zero, 9), Glyph("8", eight, 9)], 14, 40, 1.0, np.linspace(1, 0, 256, dtype=np.float32))
    line = np.full((14, 40), 255, np.uint8)
    line[:, 12:17] = np.round(255 * (1 - eight - way * (zero - eight)))
    assert fitter.see(line)
    places, whole = fitter.lay()
    assert whole
    assert fitter.clear(places).all() == clear


def test_a_space_that_a_teacher_missed_where_thirds_meet_is_no_gap_without_one(sheet):
    learner = copy.deepcopy(sheet)
    learner.gaps = {}
    starts = (0, 16, 26, 36, 52, 62, 72)  # 1 192 224: digits 8 wide, gaps of 8 and 2
    line = [Cell(label, start, np.ones((4, 8), np.float32)) for label, start in zip("1192224", starts, strict=True)]
    for text in ("1192224", "1 192 224", "1192 224"):
        learn_gaps(learner, text, line)
    assert (learner.gaps["99"].narrow, learner.gaps["99"].wide, learner.gaps["99"].widest) == (2, 8, 8)


def test_a_small_sign_between_thirds_may_look_as_it_likes(sheet):
    """Two teachers read the digits, which are all clear; the thirds say where the sign is."""
    text = "XP 48,573 / 901,264"
    image = draw(text)
    left, right = (10 + cv2.getTextSize(text[:end], cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0] for end in (5, 6))
    row = image[20:34, left:right]
    row[:] = np.where(row > 120, 140, row)
    image[25:27, left + 2 : right - 1] = 235
    assert isinstance(sheet.read(image), Doubt)
    assert bears_out(sheet, image, text, agreed=True)
    assert not bears_out(sheet, image, text, agreed=False)
    assert not bears_out(sheet, image, text.replace("5", "6"), agreed=True)
