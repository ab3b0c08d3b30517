"""What characters look like where they touch: of pictures that were cut otherwise, those that show the whole."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from tests.unit.test_ocr_glyphs import draw, sheet

from combatlens.adapters.ocr import glyph_learning
from combatlens.adapters.ocr.glyph_cut import Cell, cells
from combatlens.adapters.ocr.glyph_difference import contains, difference
from combatlens.adapters.ocr.glyph_learning import UNLIKE, _contradicts, teach
from combatlens.adapters.ocr.glyph_looks import _looks
from combatlens.adapters.ocr.glyphs import Sheet

__all__ = ["sheet"]

ROWS, WIDE = 19, 10


def picture(seed: int, wide: int = WIDE) -> np.ndarray:
    return np.random.default_rng(seed).random((ROWS, wide)).astype(np.float32)


WHOLE = {label: picture(seed) for seed, label in enumerate("02345679")}
HALF = WHOLE["6"][:, 4:]


def line(*parts: tuple[str, np.ndarray]) -> list[Cell]:
    return [Cell(label, 12 * at, pixels) for at, (label, pixels) in enumerate(parts)]


def digits(text: str, six: np.ndarray) -> list[Cell]:
    return line(*((label, six if label == "6" else WHOLE[label]) for label in text))


def looks_of_six(*lines: list[Cell]) -> np.ndarray:
    others = digits("0234579", WHOLE["6"])
    return _looks([others, *lines])["6"][0]


def test_a_part_of_a_digit_that_was_cut_off_behind_two_others_is_not_its_look():
    """Where two touch most ink lies between them, and the least within one."""
    lines = digits("960", HALF), digits("064", HALF), digits("362", WHOLE["6"])
    assert looks_of_six(*lines) is WHOLE["6"]
    assert looks_of_six(*lines[::-1]) is WHOLE["6"]


def test_a_narrow_digit_stays_where_the_wider_picture_was_seen_seldom():
    """What was cut with its neighbour's ink is wide and shows it, too."""
    lines = digits("960", HALF), digits("064", HALF), digits("763", HALF), digits("362", WHOLE["6"])
    assert looks_of_six(*lines) is HALF


@pytest.mark.parametrize("other", [picture(99), np.hstack([picture(98, 6), WHOLE["6"]])])
def test_a_narrow_digit_stays_where_no_whole_one_shows_it(other):
    """A picture of something else; one that is wider than any digit."""
    assert looks_of_six(digits("960", HALF), digits("064", HALF), digits("362", other)) is HALF


@pytest.mark.parametrize("label", ["1", ".", "/"])
def test_signs_and_the_1_may_be_narrow(label):
    thin = picture(50, 3)
    wide = np.hstack([thin, picture(51, 7)])
    made = _looks([digits("0234579", HALF), line(("2", WHOLE["2"]), (label, thin)), line((label, wide))])
    assert made[label][0] is thin


def test_of_few_digits_none_is_known_to_be_narrow():
    assert _looks([digits("960", HALF), digits("069", HALF), digits("966", WHOLE["6"])])["6"][0] is HALF


def test_the_wider_of_two_pictures_contains_the_other_wherever_that_lies_in_it():
    assert contains(HALF, WHOLE["6"])
    assert contains(WHOLE["6"], WHOLE["6"][:, 2:8])
    assert not contains(WHOLE["6"], picture(99, 6))


def test_a_digit_without_an_edge_does_not_contradict_the_whole_one_beside_it():
    sheet = Sheet((230, 240, 240), 150, (0, ROWS), (40, 300))
    zero = np.ones((ROWS, 9), np.float32)
    zero[3:-3, 3:-3] = 0
    edgeless, other = zero[:, 4:].copy(), np.zeros((ROWS, 7), np.float32)
    other[5:14] = 1
    assert difference(zero, edgeless) > UNLIKE
    assert difference(zero, other) > UNLIKE
    assert not _contradicts(sheet, line(("0", zero), ("0", edgeless)), begun=True)
    assert _contradicts(sheet, line(("0", zero), ("0", other)), begun=True)
    assert _contradicts(sheet, line(("0", zero), ("0", edgeless)), begun=False), "half a digit may be learned as one"


def test_signs_that_a_digit_cut_into_do_not_contradict():
    sheet = Sheet((230, 240, 240), 150, (0, ROWS), (40, 300))
    comma, rest = np.zeros((2, ROWS, 3), np.float32)
    comma[14:, :2] = 1
    rest[15, 0] = 1
    rest[17, 2] = 1
    signs = line((",", comma), ("0", WHOLE["0"]), (",", rest))
    assert not _contradicts(sheet, signs, begun=True)
    assert _contradicts(sheet, signs, begun=False)
    for label in "4%/":
        other = line((label, comma), ("0", WHOLE["0"]), (label, rest))
        assert _contradicts(sheet, other, begun=True), "what lies behind the text may be taken for another percent sign"


def test_a_1_is_a_part_of_many_a_4():
    stroke, four = np.zeros((ROWS, 2), np.float32), np.zeros((ROWS, 9), np.float32)
    stroke[:] = four[:, 6:8] = 1
    four[10:13] = 1
    sheet = Sheet((230, 240, 240), 150, (0, ROWS), (40, 300))
    assert contains(stroke, four)
    assert _contradicts(sheet, line(("1", stroke), ("1", four)), begun=True)
    assert not _contradicts(sheet, line(("7", stroke), ("7", four)), begun=True)


@pytest.mark.parametrize("looks", [None, {}])
def test_only_a_sheet_that_knows_looks_takes_digits_that_were_cut_otherwise(sheet, monkeypatch, looks):
    asked = []
    monkeypatch.setattr(glyph_learning, "_contradicts", lambda *_, begun: asked.append(begun) or True)
    assert not teach(copy.deepcopy(sheet), draw("12345", 3), "12345", looks=looks)
    assert asked == [looks is None]


def test_of_an_apostrophe_too_faint_to_be_seen_a_lesson_still_teaches_the_digits(sheet, monkeypatch):
    """Else a sheet that was begun where one could be seen is thrown away, as it can use no picture any more."""
    unseen = {"'", ","}
    monkeypatch.setattr(
        glyph_learning, "cells", lambda ink, text, *known: cells(ink, text, *known) if unseen.isdisjoint(text) else []
    )
    taught = copy.deepcopy(sheet)
    votes = sum(glyph.votes for glyph in taught.glyphs)
    assert teach(taught, draw("12345", 3), "12'345", "12'3?5", places=(16, 29, 35, 42, 55, 68))
    assert sum(glyph.votes for glyph in taught.glyphs) == votes + 5
    assert not teach(taught, draw("12345", 3), "12,345"), "no teacher misses a comma so often"
    assert not teach(taught, draw("12345", 3), "123'45"), "nothing says that it stands between thirds"
