"""A reader that wavers wherever the type is too hard for it says nothing against what two others are sure of."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.unit.test_ocr_full import look
from tests.unit.test_ocr_glyphs import draw
from tests.unit.test_ocr_three_teachers import twice
from tests.unit.test_ocr_trained import Clock

from combatlens.adapters.ocr.full import ReadingRules, decide, heard
from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.trained import TrainedReader
from combatlens.adapters.ocr.wavering import FEW, LAST, Wavering

NUMBERS = [f"{5119 + 97 * index}/60000" for index in range(3 * FEW)]
WAVERS = [look("tesserocr", "700450000", 0.3), look("tesserocr", "SHANM", 0.2)]


def reading(text: str, third: list[Look]) -> Reading:
    return decide(heard([*third, *twice("rapidocr", text), *twice("combatlens", text)]))


def after(*thirds: list[Look]) -> Reading:
    """What is made of the last number, each read by two surely and by the third so."""
    wavering, last = Wavering(), None
    for text, third in zip(NUMBERS, thirds, strict=False):
        last = wavering.mend(reading(text, third))
    assert last is not None
    return last


def test_one_that_always_wavered_is_not_heard_after_some_numbers():
    assert [after(*[WAVERS] * count).disputed for count in (1, FEW - 1, FEW)] == [True, True, False]
    assert after(*[WAVERS] * FEW).firm


def test_the_same_number_in_many_pictures_is_one():
    wavering = Wavering()
    assert all(wavering.mend(reading(NUMBERS[0], WAVERS)).disputed for _ in range(3 * FEW))


def test_one_that_is_usually_sure_is_heard_when_it_wavers():
    sure = [twice("tesserocr", text) for text in NUMBERS]
    assert after(*sure[: 2 * FEW], WAVERS).disputed


def test_one_that_is_now_and_then_sure_of_the_same_bears_the_two_out():
    mixed = [WAVERS if index % 2 else twice("tesserocr", text) for index, text in enumerate(NUMBERS[: FEW + 2])]
    assert not after(*mixed[:FEW]).disputed


def test_one_that_was_sure_of_another_number_is_heard_when_it_wavers():
    against = twice("tesserocr", NUMBERS[2].replace("/6", "/8"))
    assert after(WAVERS, WAVERS, against, *[WAVERS] * FEW).disputed


def test_a_number_of_another_kind_is_none_against_them():
    other_kind = twice("tesserocr", "511360000")
    assert not after(WAVERS, WAVERS, other_kind, *[WAVERS] * FEW).disputed


def test_one_that_is_sure_now_is_always_heard():
    """Of another kind of number too, which is none against the others."""
    assert after(*[WAVERS] * FEW, twice("tesserocr", "911600000")).disputed


@pytest.mark.parametrize(
    ("seen", "disputed"), [("5895/60000", True), ("5,895/60000", True), ("5895/50000", False), ("58560000", False)]
)
def test_a_look_that_saw_another_digit_is_always_heard(seen, disputed):
    assert NUMBERS[FEW] == "5895/60000"
    other = [look("tesserocr", seen.replace("895", "896")), look("tesserocr", NUMBERS[FEW])]
    assert after(*[WAVERS] * FEW, other).disputed is disputed


def test_numbers_read_back_and_forth_are_two():
    wavering = Wavering()
    made = [wavering.mend(reading(NUMBERS[index % 2], WAVERS)) for index in range(3 * FEW)]
    assert all(each.disputed for each in made)


def test_who_was_ever_sure_of_another_number_of_the_kind_is_heard_for_good():
    against, texts = Wavering(), [f"{1119 + 97 * index}/60000" for index in range(3 * LAST)]
    made = [against.mend(reading(texts[0], twice("tesserocr", texts[0].replace("/6", "/8"))))]
    made += [against.mend(reading(text, WAVERS)) for text in texts[1:]]
    assert all(each.disputed for each in made)


def test_a_running_games_reader_leaves_out_what_wavers():
    class Teachers:
        text = ""

        def read(self, image):
            return reading(self.text, WAVERS)

        def close(self):
            pass

    teachers, made = Teachers(), []
    reader = TrainedReader(teachers, ReadingRules(), Clock(), paced=False)
    for seed, teachers.text in enumerate(NUMBERS[:FEW]):
        made.append(reader.read(draw(teachers.text, seed)).disputed)
    assert made == [True] * (FEW - 1) + [False]


def test_where_no_two_are_sure_of_the_same_nothing_is_left_out():
    wavering = Wavering()
    for text in NUMBERS[:FEW]:
        wavering.mend(reading(text, WAVERS))
    alone = decide([*WAVERS, *twice("rapidocr", NUMBERS[FEW])])
    assert wavering.mend(alone) is alone


def test_what_was_refused_for_more_than_its_looks_stays_refused():
    wavering = Wavering()
    for text in NUMBERS[:FEW]:
        wavering.mend(reading(text, WAVERS))

    refused = structs.replace(
        reading(NUMBERS[FEW], WAVERS), reason="several lines with numbers: choose a smaller region"
    )
    assert wavering.mend(refused) is refused
