"""Where each digit stands: CombatLens' own reader tells, and lines whose signs touch are taken apart by that."""

from __future__ import annotations

import math
import random

import cv2
import numpy as np
import pytest
from msgspec import structs
from tests.unit.test_ocr_full import draw, look

from combatlens.adapters.ocr.full import FullReader
from combatlens.adapters.ocr.game_type import GameTypeReader, _spaced
from combatlens.adapters.ocr.glyph_cut import cells
from combatlens.adapters.ocr.glyph_learning import teach
from combatlens.adapters.ocr.glyph_looks import _likely_widths
from combatlens.adapters.ocr.glyph_parts import UNKNOWN
from combatlens.adapters.ocr.glyph_start import Sample, start_sheet
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.lesson import places_of
from combatlens.adapters.ocr.network import signs_of
from combatlens.adapters.ocr.reading import Look
from combatlens.adapters.ocr.xp_text import parse_xp

DIGIT = 9


def told(text: str, places: tuple[float, ...], reader: str = "combatlens") -> Look:
    return Look(reader, "24", text, 0.9, parse_xp(text), places)


def test_a_sign_stands_where_the_network_is_most_certain_of_it():
    steps = np.full((9, 3), 0.02, np.float32)
    for step, sign in enumerate([2, 0, 0, 2, 1, 1, 1, 2, 0]):
        steps[step, sign] = 0.9
    steps[5, 1] = 0.5
    found = signs_of(steps, blank=2)
    assert [(sign.which, round(sign.sure, 2)) for sign in found] == [(0, 0.9), (1, 0.9), (0, 0.9)]
    assert [sign.step for sign in found] == pytest.approx([1.5, 5.0, 8.0])


@pytest.mark.parametrize("text", ["12,345", "XP 40 718 / 60 000", "8035 [45.32%]"])
def test_the_own_reader_tells_where_the_digits_of_real_pixels_stand(text):
    image = draw(text)
    reading = FullReader([GameTypeReader()]).read(image)
    bare = text.replace(" ", "")
    places = [place for char, place in zip(bare, places_of(text, reading.looks), strict=True) if char.isdigit()]
    left = next(at for at in range(image.shape[1]) if np.ptp(image[:, at].astype(int)) > 60)
    assert left <= places[0] or text.startswith("XP")
    for place in places:
        column = image[:, max(0, round(place) - 4) : round(place) + 5]
        assert np.ptp(column.astype(int)) > 60, "ink stands there"
    assert np.diff(places).min() > 4, "each stands for itself"


def test_places_are_the_median_of_the_looks_that_saw_as_many_digits():
    one, two = told("12,345", (5, 15, 20, 25, 35, 45)), told("12.345", (7, 17, 22, 27, 37, 47))
    fewer, silent = told("1234", (1, 2, 3, 4)), look("rapidocr", "12,345")
    assert places_of("12,845", [one, two, fewer, silent]) == (6, 16, 21, 26, 36, 46)
    assert places_of("1?345", [one]) == (5, 15, 25, 35, 45), "a sign between groups is no digit"
    assert places_of("[1?345]", [one]) == pytest.approx((math.nan, 5, 15, 25, 35, 45, math.nan), nan_ok=True)
    assert places_of("1234567", [one, two, fewer, silent]) == ()
    assert places_of("12,345", [structs.replace(one, text="12345")]) == (), "mended: it is no longer as it was seen"


def bridged(text: str) -> tuple[np.ndarray, list[int]]:
    """Digits of nine columns with hardly less ink between them than in them, and where each begins."""
    ink = np.zeros((14, 6 + DIGIT * len(text) + 6), np.float32)
    starts = [6 + DIGIT * index for index in range(len(text))]
    for start, char in zip(starts, text, strict=True):
        cv2.rectangle(ink, (start, 2), (start + DIGIT - 1, 11), 1.0)
        cv2.line(ink, (start, 2 + int(char)), (start + DIGIT - 1, 2 + int(char)), 1.0)
    return ink, starts


@pytest.mark.parametrize("text", ["2707", "70072", "07270"])
def test_signs_that_touch_are_parted_where_a_teacher_saw_them(text):
    ink, starts = bridged(text)

    def error(read: str, widths: dict[str, float], places: list[float]) -> int:
        found = [cell.start for cell in cells(ink, read, widths, places=places)]
        return max(abs(a - b) for a, b in zip(found, starts, strict=True))

    places, badly_guessed = [start + DIGIT / 2 for start in starts], {"0": 5.0, "7": 14.0}
    assert error(text, badly_guessed, places) <= 2 < error(text, badly_guessed, [])
    assert error(UNKNOWN * len(text), {}, places) <= 2


def test_places_are_moved_with_the_rows_of_a_leaning_line():
    sheet = Sheet((255.0, 255.0, 255.0), 50.0, (4, 24), (30, 200), 0.2)
    assert sheet.upright([50.0, 60.0]) == [52.0, 62.0]


@pytest.mark.parametrize(
    ("text", "steps", "read"),
    [
        ("1 77 02 03 [25.29%]", [8 * at for at in range(15)], "1770203 [25.29%]"),
        ("1 12,206", [0, 9, 17, 22, 27, 36, 45], "1 12,206"),
        ("24 076 489", [0, 10, 24, 34, 44, 58, 68, 78], "24 076 489"),
        ("345 678 XP", [0, 10, 20, 34, 44, 54, 70, 82], "345 678 XP"),
        (" 5 ", [4], "5"),
        ("", [], ""),
    ],
)
def test_spaces_of_widely_spaced_type_are_none(text, steps, read):
    assert _spaced(text, steps) == read


def test_a_lines_first_and_last_sign_keep_their_faint_sides():
    """The thin side of a `4`: no column of it alone says that there is text, but it touches one that does."""
    ink = np.zeros((12, 40), np.float32)
    for start in (10, 18, 26):
        ink[1:11, start + 3 : start + 5] = 1.0  # the stem
        ink[6:8, start : start + 3] = ink[6:8, start + 5] = 0.2
    ink[:, 34:] = 0.2  # a shine beside the line
    widths = {"4": 8.0, "0": 7.0}
    assert [(cell.start, cell.end) for cell in cells(ink, "444", widths)] == [(10, 16), (18, 24), (26, 32)]
    ink[:, 32:34] = 0.2
    assert cells(ink, "444", widths)[-1].end <= 26 + 5 + 7, "no farther than a digit is wide"


def test_a_look_that_reads_many_digits_otherwise_saw_them_elsewhere():
    missed, one_wrong = told("33.70", (19, 37, 48, 77, 92)), told("33.21", (18, 36, 47, 58, 77))
    assert places_of("33.27%", [missed]) == ()
    assert places_of("33.27%", [missed, one_wrong])[:2] == (18, 36)
    assert places_of("33.??%", [missed])[3:5] == (77, 92), "nobody knows what stands there"


def test_a_digits_width_that_is_far_from_the_others_is_not_believed():
    usual = {"1": 5.0, "3": 18.5, "8": 18.0, "9": 19.0, "0": 17.0, "%": 36.0}
    assert _likely_widths({**usual, "2": 37.0}) == usual
    few = {"1": 5.0, "0": 17.0, "2": 37.0}
    assert _likely_widths(few) == few, "too few to tell"
    assert _likely_widths({}) == {}


def struck(text: str, seed: int, *, through: bool = False) -> np.ndarray:
    """Large type; `through`: a stroke runs through the whole picture."""
    image = np.random.default_rng(seed).integers(20, 60, (60, 200, 3)).astype(np.uint8)
    cv2.putText(image, text, (24, 46), cv2.FONT_HERSHEY_DUPLEX, 1.4, (230, 240, 240), 2, cv2.LINE_AA)
    if through:
        cv2.line(image, (0, 30), (199, 30), (200, 200, 200), 1)
    return image


@pytest.mark.parametrize("through", [True, False])
def test_a_text_that_a_stroke_runs_through_does_not_say_where_texts_stand(through):
    """Else they would seem to stand anywhere, and none to have lost its first digits."""
    pick = random.Random(2)
    known = ["".join(pick.choice("12345678") for _ in range(5)) for _ in range(14)]
    sheet = start_sheet([Sample(struck(text, index), text) for index, text in enumerate(known)])
    assert sheet is not None
    before, taught = sheet.anchor.left, sheet.anchor.taught
    assert before is not None
    assert teach(sheet, struck("91230", 99, through=through), "91230")
    assert sheet.anchor.left == before
    assert sheet.anchor.taught == taught + (not through)
    assert sheet.anchor.begins(round(before[0]), 12)


@pytest.mark.parametrize("sign", [".", "'"])
@pytest.mark.parametrize("ink", [0.2, 0.4])
@pytest.mark.parametrize(("point", "stroke", "bar"), [(12, 16, 21), (11, 14, 22)])
def test_a_faint_point_is_no_part_of_the_digit_behind_it(
    sign: str, ink: float, point: int, stroke: int, bar: int
) -> None:
    """A `4`'s thin stroke stands apart from its bar, and has more ink than the point; but not at the line's end."""
    line = np.zeros((20, 40), np.float32)
    for zero in (4, bar + 5):
        line[2:18, zero : zero + 6] = 0.9
        line[4:16, zero + 2 : zero + 4] = 0.0
    line[16:18, point : point + 2] = ink
    line[2:13, stroke : stroke + 3] = line[11:13, stroke : bar + 2] = line[2:18, bar : bar + 2] = 0.9
    line = line if sign == "." else line[::-1]
    made = [(cell.label, cell.start, cell.end) for cell in cells(np.ascontiguousarray(line), f"0{sign}40", {})]
    assert made == [("0", 4, 10), (sign, point, point + 2), ("4", stroke, bar + 2), ("0", bar + 5, bar + 11)]
