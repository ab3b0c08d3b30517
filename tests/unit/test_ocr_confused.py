"""Digits that teachers take for one another: nothing is said of them until their looks are known, and differ."""

from __future__ import annotations

import copy

import pytest
from tests.unit.test_ocr_glyphs import draw, sheet, texts
from tests.unit.test_ocr_trained import Clock, Oracle

from combatlens.adapters.ocr.confused import Confused
from combatlens.adapters.ocr.full import ReadingRules
from combatlens.adapters.ocr.glyph_parts import Doubt
from combatlens.adapters.ocr.glyph_start import Sample
from combatlens.adapters.ocr.pupil import PROOFS, Pupil
from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.trained import TrainedReader
from combatlens.adapters.ocr.xp_text import parse_xp

__all__ = ["sheet"]


def heard(*lines: str) -> Reading:
    looks = tuple(Look(f"{n}", "v", line, 0.9, parse_xp(line)) for n, line in enumerate(lines))
    return Reading(text=lines[0], found=parse_xp(lines[0]), confidence=0.9, reader="a+b", sure=True, looks=looks)


def test_a_pair_is_doubted_once_it_was_confused_in_two_texts():
    confused = Confused()
    confused.hear(heard("1043", "1045"))
    confused.hear(heard("1043", "1045"))
    assert not confused.doubts("1305", "")
    confused.hear(heard("1143", "1145"))
    assert confused.doubts("1305", "")
    assert confused.doubts("15", "012456789")
    assert confused.doubts("3", {"5"})
    assert not confused.doubts("12046", "")
    assert not confused.doubts("1305", {"3", "5"})


def test_what_one_view_keeps_misreading_beside_the_value_is_one_text_for_long():
    """A level's need stands for hours: that says nothing of the digits of the value."""
    confused = Confused()
    for value in range(1_100, 1_500, 7):
        confused.hear(heard(f"{value}/900000", f"{value}/960000"))
    assert not confused.doubts("1160/900000", "")
    confused.hear(heard("1600/70000", "1600/76000"))
    assert confused.doubts("1160/900000", ""), "with another need it is a second text"


def test_what_differs_beside_differing_values_is_one_difference_too_many():
    confused = Confused()
    for value in range(1_100, 1_500, 7):
        confused.hear(heard(f"{value}/900000", f"{value + 1}/960000"))
    assert not confused.doubts("1160/900000", "")


@pytest.mark.parametrize("lines", [("1043", "10453"), ("1043", "1054"), ("1043", "1043")])
def test_other_differences_are_no_confusion(lines):
    confused = Confused()
    for first in "123":
        confused.hear(heard(*(first + line for line in lines)))
    assert not confused.doubts("1043", "")


def test_one_look_under_two_names_says_neither(sheet):
    double = copy.deepcopy(sheet)
    (three, *_) = [glyph for glyph in double.glyphs if glyph.label == "3"]
    double.glyphs.append(copy.deepcopy(three))
    double.glyphs[-1].label = "5"
    double.changed()
    assert sheet.told_apart >= set("0123456789")
    assert set("0123456789") - double.told_apart == {"3", "5"}
    with_three = [text for text in texts(60, seed=3) if "3" in text and isinstance(sheet.read(draw(text)), str)]
    assert with_three
    assert all(isinstance(double.read(draw(text)), Doubt) for text in with_three)


def test_glyphs_say_nothing_while_a_digit_was_never_named():
    """Teachers that take every 3 for a 5 have both looks learned as a 5: that must not speak."""
    oracle = Oracle()
    reader = TrainedReader(oracle, ReadingRules(), Clock(), paced=False)
    for index, text in enumerate(texts(60)):
        oracle.text = text.replace("3", "5")
        image = draw(text, index)
        reader.confirm(image, reader.read(image))
    assert reader.sheet is not None
    assert not reader.sheet.complete
    asked = oracle.asked
    readings = [reader.read(draw(text, 500 + n)) for n, text in enumerate(texts(20, seed=4))]
    assert all(reading.reader != "glyphs" for reading in readings)
    assert oracle.asked - asked == 20


def numbers(count: int) -> list[str]:
    return [str(20_000 + 37 * index) for index in range(count)]


def test_digits_that_no_teacher_tells_apart_are_hard():
    confused = Confused()
    for index, text in enumerate(numbers(120)):
        lines = [text, text, text]
        lines[index % 3] = text.replace("7", "1", 1)
        confused.hear(heard(*lines))
    assert confused.hard == {"1", "7"}
    for text in numbers(1600):
        confused.hear(heard(text, text, text))
    assert not confused.hard, "something lay over a digit for a while"


def test_what_is_confused_now_and_then_is_not_hard():
    confused = Confused()
    for index, text in enumerate(numbers(300)):
        lines = [text, text, text]
        lines[index % 3] = text.replace("7", "1", 1) if index % 8 == 0 else text
        confused.hear(heard(*lines))
    assert confused.doubts("17", "")
    assert not confused.hard


def test_what_one_teacher_alone_misreads_is_not_hard():
    confused = Confused()
    for text in numbers(100):
        confused.hear(heard(text, text.replace("7", "1", 1), text))
    assert confused.doubts("17", "")
    assert not confused.hard


def test_hard_digits_are_learned_from_no_text_and_forgotten(sheet):
    pupil = Pupil(parse_xp, copy.deepcopy(sheet), lambda: None)
    assert pupil.sheet is not None
    pupil.sheet.proofs = 0
    pupil.take(Sample(draw("XP 11,570 / 901,264"), "XP 11,570 / 901,264"))
    pupil.doubt(frozenset("17"))
    assert not {glyph.label for glyph in pupil.sheet.glyphs} & set("17")
    assert pupil.samples[-1].text == "XP ??,5?0 / 90?,264"
    for index, text in enumerate(texts(12, seed=5)):
        pupil.take(Sample(draw(text, index), text))
    assert not {glyph.label for glyph in pupil.sheet.glyphs} & set("17")
    pupil.doubt(frozenset())
    for index, text in enumerate(texts(12, seed=6)):
        pupil.take(Sample(draw(text, index), text))
    assert {glyph.label for glyph in pupil.sheet.glyphs} >= set("17")


def test_a_sheet_that_speaks_keeps_what_it_knows(sheet):
    """A cursor that rests on a digit makes teachers err there in every picture."""
    pupil = Pupil(parse_xp, copy.deepcopy(sheet), lambda: None)
    assert pupil.sheet is not None
    pupil.sheet.proofs = PROOFS
    pupil.doubt(frozenset("38"))
    assert pupil.speaks
