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
from combatlens.adapters.ocr.glyph_learning import MORE_CLEARLY, _add, _weed, is_another, is_aside, nearest, teach
from combatlens.adapters.ocr.glyph_line import FAR
from combatlens.adapters.ocr.glyph_parts import EDGE, TRUST_VOTES, Doubt, Glyph
from combatlens.adapters.ocr.glyph_start import Sample, start_sheet
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.lesson import form_of
from combatlens.adapters.ocr.pupil import Pupil
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.recognition import bears_out, recognised
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
    said = Pupil(parse_xp, shares, lambda: None).told(without(text, hidden), shares)
    assert (said.text == text) if told else isinstance(said, Doubt)


@pytest.mark.parametrize("thin", [True, False])
def test_brackets_that_look_alike_are_told_by_where_they_stand(thin):
    pick, look = random.Random(9), str.maketrans("[]", "||") if thin else {}
    lines = [f"{pick.randint(10_000, 99_999)}[{pick.uniform(10, 99):.2f}%]" for _ in range(60)]
    made = sheet_of(lines, look)
    pupil = Pupil(parse_xp, made, lambda: None)
    told = [pupil.told(draw(text.translate(look), 200 + index), made) for index, text in enumerate(lines[:20])]
    assert [said.text for said in told if isinstance(said, Reading)] == lines[:20]


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


def added(sheet: Sheet, label: str, pixels: np.ndarray) -> list[Glyph]:
    before = list(sheet.glyphs)
    _add(sheet, Cell(label, 0, pixels), set(), firm=True)
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
