"""A digit that no teacher reads, named by the values around it."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import pytest
from tests.unit.test_ocr_glyphs import draw
from tests.unit.test_ocr_trained import Clock

from combatlens.adapters.ocr.between import FEWEST, Between
from combatlens.adapters.ocr.full import ReadingRules
from combatlens.adapters.ocr.glyph_learning import teach
from combatlens.adapters.ocr.glyph_parts import DIGITS, TRUST_VOTES, UNKNOWN, Doubt, Glyph
from combatlens.adapters.ocr.glyph_start import Sample, start_sheet
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.percent_sign import PercentSign
from combatlens.adapters.ocr.pupil import PROOFS
from combatlens.adapters.ocr.reading import Look, Reading, unreadable
from combatlens.adapters.ocr.telling import Telling
from combatlens.adapters.ocr.trained import TrainedReader
from combatlens.adapters.ocr.xp_text import parse_xp

RUN = [
    12_340, 12_352, 12_361, 12_548, 12_602, 12_746, 12_757, 12_763, 13_489, 13_549, 13_602, 14_498, 14_589, 14_601,
    14_748, 14_752, 14_763,
]  # fmt: skip
"""Values with and without a 5 that let it be nothing else."""
TENS = [first + more for first in (12_240, 12_640, 12_840, 13_240, 13_640, 13_840, 14_240) for more in (4, 12, 21)]
"""The same, and it stands at one place."""
WIDE = [12_340, 12_485, 12_599, 12_895, 13_000, 13_435, 13_602, 14_345, 14_400]
"""The 5 that ends a text may be any digit."""
POINTED_AT = ("13,942", "14,962", "16,962")
AROUND = ("13,937", POINTED_AT[0], "13,961", "14,943", POINTED_AT[1], "14,969", "16,943", POINTED_AT[2], "16,969")
"""Texts of which those let a pointer over their tens be a 5, and nothing else."""


def spelt(value: int) -> str:
    return f"{value:,}"


def without(*digits: str) -> Sheet:
    """A sheet that was taught all other digits, and these as `?`."""
    gone = str.maketrans(dict.fromkeys(digits, UNKNOWN))
    texts = [spelt(11_026 + 1_537 * index) for index in range(50)]
    samples = [Sample(draw(text, index), text.translate(gone)) for index, text in enumerate(texts)]
    made = start_sheet(samples[:20])
    assert made is not None
    for sample in samples[20:]:
        teach(made, sample.image, sample.text)
    made.proofs, made.forms = PROOFS, {"9"}
    assert {glyph.label for glyph in made.glyphs if glyph.trusted} & DIGITS == DIGITS - {*digits}
    return made


@pytest.fixture(scope="module")
def nine() -> Sheet:
    return without("5")


@pytest.fixture
def sheet(nine) -> Sheet:
    return copy.deepcopy(nine)


def looks(*texts: str) -> list[Look]:
    return [Look(f"{index}", "v", text, 0.9, parse_xp(text)) for index, text in enumerate(texts)]


def followed(between: Between, sheet: Sheet, values: Iterable[int], *eyes: str) -> list[int]:
    """Show all values; those at which the sheet learned. `eyes`: what teachers take each 5 for."""
    telling, learned = Telling(parse_xp, PercentSign()), []
    for seed, value in enumerate(values):
        image = draw(spelt(value), 500 + seed)
        if between.hear(image, telling.told(image, sheet), sheet):
            learned.append(value)
        between.vote(looks(*(spelt(value).replace("5", eye) for eye in eyes)))
    return learned


def known(sheet: Sheet) -> set[str]:
    return {glyph.label for glyph in sheet.glyphs if glyph.trusted} & DIGITS


def test_a_digit_that_only_one_place_is_left_for_is_learned(sheet):
    assert isinstance(sheet.read(draw("15,358")), Doubt)
    assert followed(Between(parse_xp), sheet, RUN)
    assert known(sheet) == DIGITS
    for seed, text in enumerate(("15,358", "55,555", "90,125", "86,356", "12,986")):
        assert sheet.read(draw(text, 900 + seed)) == text


def test_what_was_seen_at_one_place_alone_may_lie_over_any_digit(sheet):
    assert not followed(Between(parse_xp), copy.deepcopy(sheet), TENS, "5")
    assert followed(Between(parse_xp), sheet, [*TENS, 14_531, 14_602], "5")


def test_a_pointer_that_stays_over_a_digit_is_none(sheet):
    """Though a teacher takes it for a 5."""
    between, telling = Between(parse_xp), Telling(parse_xp, PercentSign())
    left = 11 + cv2.getTextSize("13,9", cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0]
    for seed, text in enumerate(AROUND):
        image = draw(text, 300 + seed)
        if text in POINTED_AT:
            image[8:32, left - 1 : left + 12] = 40
            cv2.fillPoly(image, [np.array([(left, 12), (left, 28), (left + 9, 22)])], (230, 240, 240))
        assert not between.hear(image, telling.told(image, sheet), sheet)
        between.vote(looks(text, text[:4] + "5" + text[5:]))
    assert [len(kind) for kind in between._kinds] == [len(POINTED_AT)], "it was seen each time"
    assert known(sheet) == DIGITS - {"5"}


def test_what_the_values_do_not_tell_is_not_learned(sheet):
    assert not followed(Between(parse_xp), sheet, WIDE)
    assert known(sheet) == DIGITS - {"5"}


def test_a_sign_is_not_named_from_few_texts(sheet):
    assert not followed(Between(parse_xp), sheet, RUN[:3])
    assert FEWEST > 1


def test_teachers_that_read_it_there_help_the_values(sheet):
    half = RUN[:11]
    assert not followed(Between(parse_xp), copy.deepcopy(sheet), half)
    assert not followed(Between(parse_xp), copy.deepcopy(sheet), half, "8", "6"), "nobody reads it so"
    assert followed(Between(parse_xp), sheet, half, "8", "5")
    assert sheet.read(draw("15,358", 77)) == "15,358"


def test_two_missing_digits_are_each_named_by_their_own_texts():
    sheet = without("5", "8")
    values = sorted(random.Random(2).sample(range(11_000, 19_999), 100))
    assert len(followed(Between(parse_xp), sheet, values)) == 2
    for seed, text in enumerate(("15,358", "18,881", "58,585", "36,986")):
        assert sheet.read(draw(text, 60 + seed)) == text


def test_of_two_missing_digits_the_values_must_deny_the_other_twice():
    sheet = without("5", "7")
    once = [12_340, 12_352, 12_361, 12_601, 12_652, 12_680, 12_946, 13_005, 13_086]
    assert not followed(Between(parse_xp), copy.deepcopy(sheet), once, "8", "8", "5")
    assert followed(Between(parse_xp), sheet, [*once, *RUN[8:]], "8", "8", "5")


def test_one_pair_of_values_around_many_texts_says_it_once():
    """If one of them was misread, all the texts between are misplaced together."""
    sheet, between = without("5", "7"), Between(parse_xp)
    assert not followed(between, sheet, [14_906, 15_124, 15_268, 15_380, 15_436, 16_001], "8", "8", "5")
    assert not followed(between, sheet, [24_906, 25_124, 25_268, 26_001], "8", "8", "5"), "at one place"
    assert followed(between, sheet, [26_480, 26_532, 26_601], "8", "8", "5")


def test_values_that_fell_too_often_name_nothing(sheet):
    """Then a digit that it knows is another one, and the values around say nothing."""
    assert not followed(Between(parse_xp), sheet, [12_001, 11_001] * 5 + RUN)
    assert known(sheet) == DIGITS - {"5"}


def test_that_values_rose_for_hours_excuses_no_falls(sheet):
    rising = [value for value in range(11_100, 11_400) if "5" not in str(value)]
    assert not followed(Between(parse_xp), sheet, rising[:120] + [12_001, 11_001] * 5 + RUN)


def test_one_level_up_does_no_harm(sheet):
    many = [value for value in range(11_800, 11_835) if value % 10 != 5]
    assert followed(Between(parse_xp), sheet, [*many, 11_851, 11_111, *RUN])
    assert sheet.read(draw("15,358", 77)) == "15,358"


def test_what_was_seen_of_another_sheet_is_forgotten(sheet):
    (last, *_) = followed(Between(parse_xp), copy.deepcopy(sheet), RUN)
    between, before = Between(parse_xp), RUN[: RUN.index(last)]
    assert not followed(between, sheet, before)
    assert not followed(between, copy.deepcopy(sheet), [last])
    assert not followed(between, sheet, [last])


def test_a_wrong_name_that_teachers_gave_it_goes(sheet):
    """They took it for an 8, not often enough for that to speak."""
    line = draw("15,348", 4)
    twin = copy.deepcopy(sheet)
    assert followed(Between(parse_xp), twin, RUN)
    five = next(glyph for glyph in twin.glyphs if glyph.label == "5")
    sheet.glyphs.append(Glyph("8", five.pixels.copy(), votes=TRUST_VOTES - 1))
    sheet.changed()
    assert followed(Between(parse_xp), sheet, RUN)
    assert sheet.read(line) == "15,348"


class Blind:
    """Teachers that never agree on a 5."""

    def __init__(self) -> None:
        self.text = ""

    def read(self, image: np.ndarray) -> Reading:
        if "5" in self.text:
            return unreadable("reader unsure", looks(self.text.replace("5", "6"), self.text.replace("5", "8")))
        found, told = parse_xp(self.text), tuple(looks(self.text, self.text))
        return Reading(text=self.text, found=found, confidence=0.9, reader="a+b", sure=True, agreed=True, looks=told)

    def close(self) -> None:
        pass


def shown(reader: TrainedReader, teacher: Blind, values: Sequence[int]) -> list[str]:
    """What is read by glyphs of the values."""
    told = []
    for seed, value in enumerate(values):
        teacher.text = spelt(value)
        reading = reader.read(draw(teacher.text, 700 + seed))
        told.append(reading.text if reading.reader == "glyphs" else "")
    return told


def test_the_reader_speaks_once_the_values_told_the_last_digit(sheet):
    teacher = Blind()
    reader = TrainedReader(teacher, ReadingRules(), Clock(), paced=False)
    reader.sheet = sheet
    assert not any(shown(reader, teacher, WIDE)), "a sheet that lacks a digit does not speak"
    shown(reader, teacher, RUN)
    after = [15_352, 16_585, 17_005, 18_999]
    assert shown(reader, teacher, after) == [spelt(value) for value in after]
