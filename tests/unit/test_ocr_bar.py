"""Bar mode: a fill to a tenth of a percent, with segments, gloss, noise and text on it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tests.benchmarks.bar_scenes import KINDS, BarScene

from combatlens.adapters.ocr.bar import BarReader, BarReading, bar_contradicts

FILL, EMPTY = np.array((210, 120, 40), np.float32), np.array((40, 35, 30), np.float32)


def bar(
    percent: float, width: int = 600, height: int = 14, *, segments: int = 0, gloss: bool = False, noise: float = 0
):
    edge = percent / 100 * width
    share = np.clip(edge - np.arange(width), 0, 1).astype(np.float32)
    image = np.repeat((EMPTY + (FILL - EMPTY) * share[:, None])[None], height, axis=0)
    if segments:
        for index in range(1, segments):
            image[:, width * index // segments] = 8
    if gloss:
        image[: height // 3] = np.minimum(255, image[: height // 3] + 45)
    if noise:
        image += np.random.default_rng(1).normal(0, noise, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


LOOKS = [
    {},
    {"segments": 10},
    {"segments": 20},
    {"gloss": True},
    {"noise": 6.0},
    {"segments": 10, "gloss": True, "noise": 4.0},
]


@pytest.mark.parametrize("look", LOOKS)
def test_to_a_tenth_of_a_percent(look):
    """Where a dividing line hides the end of the fill there is no reading; it comes when the fill has moved on."""
    reader, segments, refused = BarReader(), look.get("segments", 0), 0
    percents = np.arange(1.5, 98.5, 0.37)
    for percent in percents:
        found = reader.read(bar(float(percent), **look))
        if found.percent is None:
            refused += 1
            assert found.reason
            lines = [100 * (600 * index // segments) / 600 for index in range(1, segments)]
            lines += [5, 10, 12.5, 20, 25, 75, 80, 87.5, 90, 95]  # a first line, not seen before, may begin here
            assert min(abs(percent - line) for line in lines) < 1.1, "refused although the end stands in the open"
        else:
            assert found.percent == pytest.approx(percent, abs=0.1), found
    assert refused <= (0.4 if segments else 0.1) * len(percents)


def test_a_mark_over_the_end_of_the_fill_is_no_reading():
    reader = BarReader()
    image = bar(43.2)
    image[:, 250:270] = (250, 250, 250)
    found = reader.read(image)
    assert found.percent is None
    assert found.reason


@pytest.mark.parametrize("kind", KINDS)
def test_right_to_a_tenth_of_a_percent_or_refused_with_a_reason(kind):
    """Seeds of this test alone; `python -m tests.benchmarks bars` measures thousands."""
    read = 0
    for seed in range(700_000, 700_004):
        scene, reader = BarScene(seed, kind), BarReader()
        for percent in (43.21, 3.3, 71.9, 12.6, 96.4, 50.02, 28.77, 88.8):
            frame = scene.frame(percent)
            found = reader.read(frame.image)
            if found.percent is None:
                assert found.reason
            else:
                read += 1
                assert found.percent == pytest.approx(frame.percent, abs=0.1), (seed, found)
    assert read >= 8, f"{read} of 32 read"


def test_two_ends_are_none():
    """A bonus shown beyond the fill in a colour of its own: nobody said which of the two counts."""
    image = bar(30)
    image[:, 180:330] = (120, 60, 160)
    assert "more than one place" in BarReader().read(image).reason


def test_a_line_in_the_colour_of_the_empty_part_hides_nothing():
    reader, lines = BarReader(), [120, 240, 360, 480]
    for end in (300, 470, 479, 480, 481, 482, 240, 241, 239, 360):
        image = bar(100 * end / 600)
        for line in lines:
            image[:, line : line + 3] = EMPTY
        found = reader.read(image)
        if any(line <= end <= line + 3 for line in lines):
            assert "hidden by a mark" in found.reason, end
        elif found.percent is not None:
            assert found.percent == pytest.approx(end / 6, abs=0.1)


def test_other_colours_are_taken_up_once_they_have_stood():
    reader = BarReader()
    assert reader.read(bar(40)).percent is not None
    other = bar(40)[:, :, [2, 0, 1]][:, :, ::1].copy()
    other[:, :240] = (40, 220, 220)
    answers = [reader.read(other).percent for _ in range(40)]
    assert answers[0] is None
    assert answers[-1] == pytest.approx(40, abs=0.1)


def test_full_and_empty_are_known_once_the_colours_are():
    reader = BarReader()
    assert reader.read(bar(100)).percent is None
    reader.read(bar(50))
    assert reader.read(bar(100)).percent == 100
    assert reader.read(bar(0)).percent == 0


def test_covered_or_foreign_is_refused():
    reader = BarReader()
    reader.read(bar(50))
    scenery = cv2.resize(np.random.default_rng(2).integers(0, 255, (3, 40, 3)).astype(np.uint8), (600, 14))
    assert reader.read(scenery).percent is None
    assert reader.read(bar(30)[:, ::-1]).percent is None
    assert "too small" in reader.read(bar(50, width=10)).reason


def test_bar_and_text_check_each_other():
    assert bar_contradicts(45.3, BarReading(49.0))
    assert not bar_contradicts(45.3, BarReading(45.9))
    assert not bar_contradicts(45.3, BarReading(None, reason="covered"))


@pytest.mark.parametrize("start", [60, 180, 236])
def test_plain_rows_above_a_word_are_not_outvoted_by_it(start):
    """A word in the colour of the empty part lies over the fill and ends where the fill does: `1111` looks so."""
    image = bar(40, height=20)
    image[4:16, start:240] = EMPTY
    found = BarReader().read(image)
    assert found.percent is None or found.percent == pytest.approx(40, abs=0.1)


def framed(percent: float, text: bool, frame=(60, 60, 60)) -> np.ndarray:
    image = np.full((20, 608, 3), frame, np.uint8)
    image[4:16, 4:604] = bar(percent, height=12)
    if text:  # a word over both sides of the frame
        image[6:14, 2:6] = image[6:14, 602:606] = (250, 250, 250)
    return image


def test_a_word_over_both_sides_of_the_frame_is_no_other_bar():
    reader = BarReader()
    assert reader.read(framed(8.0, True)).percent is None
    assert reader.read(framed(30.0, False)).percent == pytest.approx(30, abs=0.05)
    assert reader.read(framed(8.0, True)).percent == pytest.approx(8, abs=0.05), "known from before"


def test_a_word_at_one_end_in_the_colour_of_the_empty_part_is_no_frame():
    image = bar(40, height=20)
    image[4:16, :3] = EMPTY
    assert BarReader().read(image).percent is None


def test_lines_are_seen_inside_a_thick_frame_and_expected_at_the_end():
    """Lines of two pixels in the colour of the empty part: one begins where the fill seems to end."""
    reader = BarReader()
    for end in (330.0, 270.3, 300.3, 301.6):
        inner = bar(end / 6, height=10)
        for line in range(30, 600, 30):
            inner[:, line : line + 2] = EMPTY
        image = np.full((22, 612, 3), (150, 110, 140), np.uint8)
        image[6:16, 6:606] = inner
        found = reader.read(image)
        assert found.percent is None or found.percent == pytest.approx(end / 6, abs=0.05), end
