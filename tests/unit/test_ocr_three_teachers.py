"""Three teachers: two outvote the third, one that wavers is not heard, and CombatLens' own reads real pixels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from tests.unit.test_ocr_full import draw, look
from tests.unit.test_ocr_glyphs import draw as drawn
from tests.unit.test_ocr_trained import trained

from combatlens.adapters.ocr import game_type
from combatlens.adapters.ocr.full import FullReader, decide, heard
from combatlens.adapters.ocr.game_type import HEIGHT, MARGIN, GameTypeReader, network_line
from combatlens.adapters.ocr.lesson import doubtful_lesson
from combatlens.adapters.ocr.preprocess import prepare
from combatlens.adapters.ocr.reading import Look, meaning
from combatlens.adapters.ocr.teacher import open_teachers
from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.domain.errors import EnvironmentFault


def twice(reader: str, text: str, sure: float = 0.95) -> list[Look]:
    return [look(reader, text, sure), look(reader, text, sure)]


CERTAIN = [*twice("tesserocr", "1,234"), *twice("rapidocr", "1,234")]


@pytest.mark.parametrize(
    ("third", "is_heard"),
    [
        ([look("combatlens", "1,284"), look("combatlens", "1,234"), look("combatlens", "1,244")], False),
        (twice("combatlens", "1,284", 0.5), False),
        (twice("combatlens", "1,284"), True),
    ],
)
def test_the_own_reader_is_heard_against_two_only_where_it_is_sure(third, is_heard):
    assert heard([*CERTAIN, *third]) == [*CERTAIN, *(third if is_heard else ())]


@pytest.mark.parametrize("seen", ["637,318", "6,318", "11,631,318", "631/318,000", "63.13%"])
def test_a_third_that_wavers_is_heard_against_two_where_it_saw_another_number(seen):
    certain = [*twice("rapidocr", "631,318"), *twice("combatlens", "631,318")]
    third = [look("tesserocr", seen), look("tesserocr", "VsSs5s")]
    assert heard([*third, *certain]) == [*third, *certain]
    found = decide(heard([*third, *certain]))
    assert (found.found.value, found.disputed, found.firm) == (631_318, True, False)


@pytest.mark.parametrize("seen", ["VsSs5s", "631,318"])
def test_a_third_that_found_no_number_but_theirs_is_not_heard(seen):
    certain = [*twice("rapidocr", "631,318"), *twice("combatlens", "631,318")]
    third = [look("tesserocr", seen), look("tesserocr", "")]
    assert heard([*third, *certain]) == certain
    assert decide(heard([*third, *certain])).firm


@pytest.mark.parametrize("third", ["1609080000", "16,091/80000", "16.09%"])
def test_a_third_that_is_sure_of_anything_else_is_always_heard(third):
    certain = [*twice("rapidocr", "16090/80000"), *twice("combatlens", "16090/80000")]
    found = decide(heard([*twice("tesserocr", third), *certain]))
    assert (found.found.needed, found.sure, found.disputed) == (80_000, False, True)


def test_one_that_wavers_is_heard_where_no_two_are_sure_of_the_same():
    looks = [*twice("tesserocr", "1,234"), look("rapidocr", "1,234"), *twice("combatlens", "1,284", 0.5)]
    assert heard(looks) == looks


def test_two_outvote_a_third_that_is_sure_of_something_else_but_a_still_picture_is_refused():
    found = decide([*twice("tesserocr", "1,234"), *twice("rapidocr", "1,284"), *twice("combatlens", "1,284")])
    assert (found.found.value, found.sure, found.agreed, found.disputed) == (1284, False, False, True)
    assert found.reason == "reader unsure: 8 or 3 in '1,2?4'"
    assert found.reader == "rapidocr+combatlens"


def test_three_that_are_sure_of_three_things_say_nothing():
    found = decide([*twice("tesserocr", "1,234"), *twice("rapidocr", "1,284"), *twice("combatlens", "1,264")])
    assert (found.found.value, found.sure, found.readable) == (None, False, False)


def test_two_agree_where_the_third_finds_no_number():
    found = decide([*twice("tesserocr", "VsSss"), *twice("rapidocr", "7,358"), *twice("combatlens", "7,358")])
    assert (found.found.value, found.sure, found.agreed, found.disputed) == (7358, True, True, False)


@pytest.mark.parametrize(("reader", "sure"), [("tesserocr", True), ("rapidocr", True), ("combatlens", False)])
def test_one_of_three_alone_is_no_agreement_and_the_own_reader_alone_is_sure_of_nothing(reader, sure):
    others = [name for name in ("tesserocr", "rapidocr", "combatlens") if name != reader]
    found = decide([*twice(others[0], "VsSss"), *twice(others[1], "~"), *twice(reader, "7,358")])
    assert (found.found.value, found.sure, found.agreed) == (7358, sure, False)
    assert found.reason == ("" if sure else "reader unsure: one reader alone")


def test_the_own_reader_is_sure_with_one_look_of_another_or_where_there_is_no_other():
    own = twice("combatlens", "7,358")
    assert decide([look("rapidocr", "7,358"), look("rapidocr", "7,3S8"), *own]).sure
    assert decide(own).sure


def test_what_two_read_is_the_lesson_where_a_third_denies_one_digit():
    """The denied digit is taught as one that nobody bears out: it takes more pictures."""
    seen = [*twice("tesserocr", "1,234", 0.99), *twice("rapidocr", "1,284", 0.9), *twice("combatlens", "1,284", 0.9)]
    assert doubtful_lesson(seen) == ("1,284", "1,2?4")


def test_what_two_read_is_the_lesson_where_a_third_misses_a_digit():
    seen = [*twice("tesserocr", "179968", 0.99), *twice("rapidocr", "1799968"), *twice("combatlens", "1799968")]
    text, sure = doubtful_lesson(seen) or ("", "")
    assert (text, sure.replace("?", "")) == ("1799968", sure)
    assert doubtful_lesson(seen[:4]) is None  # of two nobody knows how many digits there are


def test_one_that_wavers_denies_the_digits_that_it_sees_otherwise():
    """Under a line a 0 is a 9 to two: what the third saw there once keeps it from being taught as one."""
    certain = [*twice("tesserocr", "147,977"), *twice("combatlens", "147,977")]
    wavering = [look("rapidocr", "147,077"), look("rapidocr", "147,977"), look("rapidocr", "147977")]
    assert doubtful_lesson([*certain, *wavering]) == ("147,977", "147,?77")


def test_what_two_read_with_little_certainty_is_no_lesson_against_one_that_is_certain():
    seen = [
        *twice("tesserocr", "1,234", 0.99),
        *twice("rapidocr", "11,234", 0.05),
        *twice("combatlens", "11,234", 0.05),
    ]
    assert doubtful_lesson(seen) is None


def test_words_are_no_part_of_what_two_agree_on():
    seen = [*twice("rapidocr", "XP 1,234", 0.99), *twice("combatlens", "xP 1,234"), look("tesserocr", "XP 1,284")]
    assert doubtful_lesson(seen) == ("XP 1,234", "XP 1,2?4")


@pytest.fixture(scope="module")
def own():
    made = GameTypeReader()
    yield made
    made.close()


@pytest.mark.parametrize("colours", [((235, 235, 235), (40, 30, 25)), ((20, 20, 20), (220, 225, 230))])
@pytest.mark.parametrize("text", ["12,345 / 67,890", "90.12%", "XP 1203", "7 468 951", "4805 [66.3%]"])
def test_the_own_reader_reads_numbers_light_and_dark(own, text, colours):
    line = own.read(prepare(draw(text, *colours)[6:38], height=HEIGHT, pad=0))
    assert meaning(parse_xp(line.text)) == meaning(parse_xp(text))
    assert line.reader == "combatlens"
    assert 0.5 < line.confidence <= 1.0


def test_it_is_certain_of_nothing_where_nothing_is(own):
    for level in (0, 128, 255):
        line = own.read(np.full((HEIGHT, 90), level, np.uint8))
        assert (line.text, line.confidence) == ("", 0.0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (60, 1), (24, 3000)])
def test_pictures_of_any_shape_are_taken(own, shape):
    noise = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
    assert isinstance(own.read(noise).text, str)


def test_a_line_is_laid_on_the_rows_it_was_trained_on():
    made = network_line(255 - draw("123")[6:38, :70])
    assert (made.shape[0], made.dtype, float(made.min()), float(made.max())) == (HEIGHT, np.float32, 0.0, 1.0)
    assert not made[:, :MARGIN].any()


def test_it_is_the_third_of_the_teachers():
    teachers = open_teachers()
    assert [teacher.name for teacher in teachers][1:] == ["rapidocr", "combatlens"]
    reader = FullReader(teachers)
    found = reader.read(draw("XP 12,345 / 67,890"))
    reader.close()
    assert {each.reader for each in found.looks} == {teacher.name for teacher in teachers}
    assert (found.found.value, found.agreed, found.firm) == (12345, True, True)


def test_without_its_network_it_says_so_and_the_others_go_on(monkeypatch, tmp_path):
    monkeypatch.setattr(game_type, "resources", lambda: tmp_path)
    with pytest.raises(EnvironmentFault, match="its network"):
        GameTypeReader()
    assert [teacher.name for teacher in open_teachers()][1:] == ["rapidocr"]


@pytest.mark.parametrize("broken", [b"", b"version https://example.org/lfs\n", b"\x08\x08"])
def test_a_broken_network_is_told_and_the_others_go_on(monkeypatch, tmp_path, broken):
    (tmp_path / "ocr").mkdir()
    (tmp_path / "ocr" / "game_type.onnx").write_bytes(broken)
    monkeypatch.setattr(game_type, "resources", lambda: tmp_path)
    with pytest.raises(EnvironmentFault, match="own reader cannot run"):
        GameTypeReader()
    assert [teacher.name for teacher in open_teachers()][1:] == ["rapidocr"]


@pytest.mark.parametrize(("once", "borne_out"), [("no number", True), ("XP 48,578 / 901,264", False)])
def test_where_a_teacher_once_read_another_number_glyphs_are_asked_as_if_one_alone_had_read(once, borne_out):
    reader, oracle = trained()
    text = "XP 48,573 / 901,264"
    image = drawn(text)
    left, right = (10 + cv2.getTextSize(text[:end], cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0] for end in (5, 6))
    row = image[20:34, left:right]
    row[:] = np.where(row > 120, 140, row)
    image[25:27, left + 2 : right - 1] = 235  # a sign between groups that looks like none
    seen = decide([*twice("tesserocr", text), look("rapidocr", text), look("rapidocr", once)])
    assert (seen.sure, seen.agreed, seen.disputed) == (True, True, not borne_out)
    oracle.read = lambda image: seen
    assert reader.read(image).borne_out == borne_out


@pytest.mark.parametrize(("name", "is_read"), [("rapidocr", True), ("combatlens", False)])
def test_glyphs_bear_out_nothing_that_the_own_reader_alone_has_read(name, is_read):
    reader, oracle = trained()
    text = "XP 12,745 / 678,901"
    image = cv2.GaussianBlur(drawn(text, 77), (0, 0), 0.7)  # too soft for the glyphs alone
    seen = decide([*twice(name, text, 0.5), look("tesserocr", "XP 12,245 / 678,901")])
    assert not seen.sure
    oracle.read = lambda image: seen
    made = reader.read(image)
    assert (made.sure, made.borne_out) == (is_read, is_read)
