"""Spaces between groups of three in small type: beside a `1` one may be as narrow as no space is elsewhere."""

from __future__ import annotations

import random
from functools import lru_cache

import cv2
import numpy as np
import pytest

from combatlens.adapters.ocr.glyph_learning import teach
from combatlens.adapters.ocr.glyph_parts import MAYBE, Gap
from combatlens.adapters.ocr.glyph_start import Sample, start_sheet
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.lesson import settled


@lru_cache
def digit(label: str) -> np.ndarray:
    canvas = np.zeros((40, 40), np.uint8)
    cv2.putText(canvas, label, (10, 28), cv2.FONT_HERSHEY_DUPLEX, 0.7, 255, 1)
    return canvas[:, np.flatnonzero(canvas.max(axis=0))]


def draw(text: str, seed: int = 0) -> np.ndarray:
    """Each digit three columns behind the one before it, one behind a `1`; a space is three columns more."""
    line = [np.zeros((40, 10), np.uint8)]
    for group in text.split(" "):
        for char in group:
            line += [digit(char), np.zeros((40, 1 if char == "1" else 3), np.uint8)]
        line.append(np.zeros((40, 3), np.uint8))
    shown = np.hstack(line)
    image = np.random.default_rng(seed).integers(20, 40, (40, 200)).astype(np.uint8)
    image[:, : shown.shape[1]] = np.maximum(image[:, : shown.shape[1]], shown)
    return np.repeat(image[:, :, None], 3, axis=2)


def text_of(value: int) -> str:
    return f"{value:,}".replace(",", " ")


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    """It was taught numbers of two groups, and no space behind a `1`."""
    pick = random.Random(1)
    texts = [text_of(pick.randint(200_000, 999_999)) for _ in range(60)]
    texts = [text for text in texts if "1 " not in text]
    samples = [Sample(draw(text, index), text) for index, text in enumerate(texts)]
    made = start_sheet(samples[:16])
    assert made is not None
    for sample in samples[16:]:
        teach(made, sample.image, sample.text)
    assert made.complete
    return made


def test_a_group_that_is_new_is_parted_though_its_space_is_as_narrow_as_none(sheet):
    gap = sheet.gaps["99"]
    assert gap.narrow is not None
    assert gap.wide == gap.narrow + 1
    for seed, value in enumerate((1_004_689, 1_022_383, 1_714_261, 1_000_000)):
        assert sheet.read(draw(text_of(value), 100 + seed)) == text_of(value)


def test_a_space_that_was_seen_is_one():
    assert settled(f"1{MAYBE}004 689") == "1 004 689"
    assert settled(f"7 63{MAYBE}007") == "7 63007"


@pytest.mark.parametrize("text", ["7 63007", "56 630072", "63 0072", "1 63107", "11 63 007"])
def test_spaces_that_are_no_number_s_make_none_that_was_not_shown(sheet, text):
    told = sheet.read(draw(text, 300))
    assert not isinstance(told, str) or told == text


def test_a_number_without_spaces_stays_that_number(sheet):
    for seed, text in enumerate(("1004689", "1022383", "204689", "111222", "11711171")):
        told = sheet.read(draw(text, 200 + seed))
        assert isinstance(told, str)
        assert told in (text, text_of(int(text)))


def test_a_gap_as_narrow_as_none_may_be_a_space_where_both_are_about_as_wide():
    near, far, never = Gap(), Gap(), Gap()
    for gap in (near, far, never):
        gap.learn(2, spaced=False)
    near.learn(3, spaced=True)
    far.learn(4, spaced=True)
    assert [gap.least(beside_one=True) for gap in (near, far, never)] == [2, 3, float("inf")]
    assert [gap.least(beside_one=False) for gap in (near, far, never)] == [2.5, 3, float("inf")]
    near.learn(1, spaced=True)
    assert near.least(beside_one=True) == 1, "a space was missed"
