"""A line's last slash and what follows it, read as one glyph where its letters cannot be told apart."""

from __future__ import annotations

import copy
from pathlib import Path

import cv2
import numpy as np
import pytest
from msgspec import structs
from tests.unit.test_ocr_trained import Clock, Oracle

from combatlens.adapters.ocr.covered import rivals_of
from combatlens.adapters.ocr.full import ReadingRules, decide
from combatlens.adapters.ocr.glyph_learning import teach
from combatlens.adapters.ocr.glyph_parts import UNKNOWN, Doubt, signs_in
from combatlens.adapters.ocr.glyph_start import Sample, start_sheet, with_tail
from combatlens.adapters.ocr.glyph_store import GlyphStore
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.pupil import Pupil
from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.recognition import bears_out, recognised
from combatlens.adapters.ocr.tail import folded, folded_lesson, tail_of, unfolded, unfolded_signs
from combatlens.adapters.ocr.trained import TrainedReader
from combatlens.adapters.ocr.xp_text import XpText, parse_xp
from combatlens.adapters.screen.judge import Judge

FIVE, SIX = chr(0xE000 + 5), chr(0xE000 + 6)


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("2044/6000", "/6000"), ("2,044 / 6,000 ", "/ 6,000"), ("XP 12/34", "/34"),
        ("2044 /6M", "/6M"), ("1/25/2024", "/2024"), ("2044/6000 (3.36%)", ""), ("2044/6000 XP", ""),
        ("2044", ""), ("/6000", ""), ("2044/6", ""), ("2044/60?0", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_tail_is_the_last_slash_and_what_follows_it(text: str, tail: str) -> None:
    assert tail_of(text) == tail
    short = folded(text, tail)
    assert (len(short) < len(text.rstrip())) == bool(tail)
    assert unfolded(short, tail) == (text.rstrip() if tail else text)


def test_another_tail_stays_as_it_is() -> None:
    assert folded("2044/8000", "/6000") == "2044/8000"
    assert folded("2044/6000", "") == "2044/6000"
    assert folded(f"2044{FIVE}", "/6000") == f"2044{FIVE}", "it is folded already"
    assert [signs_in(char) for char in ("7", "%", FIVE, "\uffff")] == [1, 1, 5, 1]


def test_what_is_sure_and_where_it_stands_is_folded_with_it() -> None:
    places = (1.0, 2.0, 10.0, 20.0, 30.0, 40.0, 50.0)
    assert folded_lesson("12/6000", "", places, "/6000") == (f"12{FIVE}", "", (1.0, 2.0, 30.0))
    assert folded_lesson("12/6000", "1?/6000", (), "/6000") == (f"12{FIVE}", f"1?{FIVE}", ())
    assert folded_lesson("12/6000", "12/60?0", (), "/6000") == (f"12{FIVE}", f"12{UNKNOWN}", ())
    assert folded_lesson("12/8000", "", places, "/6000") == ("12/8000", "", places)
    assert folded_lesson("12/ 6 000", "", places, "/6000")[0] == f"12{FIVE}", "teachers differ in the spaces they see"
    assert [unfolded_signs(signs, "/6 000") for signs in (f"1?{FIVE}", "12?")] == ["1?/6000", "12?????"]


def drawn(value: str, need: str, size: float = 0.75) -> np.ndarray:
    """A line whose value's digits stand apart, while those of the need lie on one another."""
    image = np.full((40, 260, 3), 30, np.uint8)
    column = 12.0
    for char, wide in [*((char, 23) for char in value), ("/", 13), *((char, 12) for char in need)]:
        layer = np.zeros_like(image)
        place = round(column), 29
        cv2.putText(layer, char, place, cv2.FONT_HERSHEY_SIMPLEX, size, (230, 220, 200), round(2.5 * size), cv2.LINE_AA)
        np.maximum(image, layer, out=image)
        column += wide * size
    return image


VALUES = [2044, 2091, 2157, 2238, 2306, 2375, 2469, 2513, 2587, 2601, 2748, 2790, 2836, 2917, 2965, 3084]


def school(need: str, size: float = 0.75) -> Pupil:
    pupil = Pupil(parse_xp, None, lambda: None)
    for value in VALUES * 2:
        pupil.take(Sample(drawn(str(value), need, size), f"{value}/{need}"))
    return pupil


@pytest.fixture(scope="module")
def taught() -> Pupil:
    return school("60800")


@pytest.fixture
def pupil(taught: Pupil) -> Pupil:
    return copy.deepcopy(taught)


def the_sheet(pupil: Pupil) -> Sheet:
    assert pupil.speaks
    assert pupil.sheet is not None
    assert pupil.sheet.tail == "/60800"
    return pupil.sheet


def test_a_need_whose_letters_lie_on_one_another_is_one_glyph(pupil: Pupil) -> None:
    for value in (3127, 4096, 5583, 9999):
        told = pupil.telling.told(drawn(str(value), "60800"), the_sheet(pupil))
        assert isinstance(told, Reading), told
        assert told.text == f"{value}/60800"


def test_it_is_of_one_level_so_it_is_not_kept(pupil: Pupil, tmp_path: Path) -> None:
    store = GlyphStore(tmp_path, "one")
    store.save(the_sheet(pupil))
    assert store.load() is None


OTHERS = ["80800", "60300", "60900", "69800", "60880", "68800", "91300", "6080", "608000"]


@pytest.mark.parametrize("size", [0.75, 0.45])
def test_another_need_is_not_taken_for_it(size: float) -> None:
    pupil = school("60800", size)
    sheet = the_sheet(pupil)
    assert isinstance(pupil.telling.told(drawn("3127", "60800", size), sheet), Reading)
    assert bears_out(sheet, drawn("3127", "60800", size), "3127/60800", agreed=True)
    for need in OTHERS:
        image = drawn("3127", need, size)
        assert isinstance(pupil.telling.told(image, sheet), Doubt), need
        signs = recognised(sheet, image, "3127/60800", agreed=True)
        assert not signs or rivals_of("3127/60800", signs, parse_xp)[0], need
        if signs and len(need) == len("60800"):
            changed = [at for at, (old, new) in enumerate(zip("60800", need, strict=True), 5) if old != new]
            assert {signs[at] for at in changed} == {UNKNOWN}, need
        assert recognised(sheet, image, "3127/60800", agreed=False)[-6:] in ("", UNKNOWN * 6), need
        for agreed in (True, False):
            assert not bears_out(sheet, image, "3127/60800", agreed=agreed), need
            assert not bears_out(sheet, image, f"3127/{need}", agreed=agreed), "it is not known"


def test_what_is_not_sure_of_it_or_another_one_is_not_learned(pupil: Pupil) -> None:
    sheet = the_sheet(pupil)
    (tail,) = (glyph for glyph in sheet.glyphs if glyph.label == SIX)
    before, votes, most = tail.pixels.copy(), tail.votes, sheet.anchor.most
    teach(sheet, drawn("3127", "60300"), "3127/60800", "3127/60?00")
    assert not teach(sheet, drawn("3127", "91300"), "3127/91300")
    assert (tail.votes, sheet.anchor.most) == (votes, most)
    np.testing.assert_array_equal(tail.pixels, before)
    assert teach(sheet, drawn("3127", "60800"), "3127/ 60800")
    assert (tail.votes, sheet.anchor.most) == (votes + 1, most)


def test_digits_that_no_teacher_tells_take_it_with_them() -> None:
    pupil = Pupil(parse_xp, None, lambda: None)
    samples, tail = with_tail([Sample(drawn(str(value), "60800"), f"{value}/60800") for value in VALUES])
    pupil.sheet = start_sheet(samples, tail=tail)
    assert pupil.sheet is not None
    assert SIX in {glyph.label for glyph in pupil.sheet.glyphs}
    pupil.doubt(frozenset("8"))
    assert SIX not in {glyph.label for glyph in pupil.sheet.glyphs}


class Readers(Oracle):
    """Two teachers that read the truth in two views each."""

    def read(self, image: np.ndarray) -> Reading:
        found = parse_xp(self.text)
        return decide([Look(name, view, self.text, 0.9, found) for name in "ab" for view in "12"])


@pytest.fixture
def spoken(pupil: Pupil) -> tuple[TrainedReader, Readers]:
    """A trained reader whose last accepted value is 3084."""
    oracle = Readers()
    reader = TrainedReader(oracle, ReadingRules(), Clock(), paced=False)
    reader._pupil = pupil
    pupil.telling.reached = XpText(value=3084.0, needed=60800.0)
    return reader, oracle


def test_a_value_that_fell_is_left_to_the_readers_and_the_need_that_stands_is_kept(
    spoken: tuple[TrainedReader, Readers],
) -> None:
    reader, oracle = spoken
    assert reader.read(drawn("3127", "60800")).reader == "glyphs"
    oracle.text, image = "2127/60800", drawn("2127", "60800")
    reading = reader.read(image)
    assert reading.reader == "a+b"
    reader.confirm(image, reading)
    assert reader.sheet is not None
    assert reader.sheet.tail == "/60800"
    assert reader.read(drawn("2469", "60800")).reader == "glyphs"
    reader._pupil.accepted(structs.replace(reading, found=parse_xp("2001/60800"), agreed=False))
    assert reader.sheet is None, "one reader alone may have taken a new need for the old one"


@pytest.mark.parametrize("spelt", ["60,800", "60.800", "60 800", "60800 -"])
def test_a_need_that_is_spelt_otherwise_is_the_same(spoken: tuple[TrainedReader, Readers], spelt: str) -> None:
    reader, oracle = spoken
    oracle.text = f"3127/{spelt}"
    reader._pupil.accepted(oracle.read(drawn("3127", "60800")))
    assert reader.trained


def test_what_lies_over_a_digit_is_told_though_the_value_fell(spoken: tuple[TrainedReader, Readers]) -> None:
    reader, oracle = spoken
    oracle.text, image = "3027/60800", drawn("3127", "60800")
    cv2.rectangle(image, (30, 10), (43, 32), (90, 90, 90), -1)
    reading = reader.read(image)
    assert (reading.text, reading.doubted, reading.covered) == (oracle.text, True, True)


def test_a_beginning_that_fails_leaves_what_the_need_is(pupil: Pupil) -> None:
    pupil.samples.append(Sample(drawn("3127", "91300"), "3127/91300"))
    assert pupil._begun_with_tail() is None
    assert pupil.outlived(parse_xp("3127/91300"))
    assert not pupil.outlived(parse_xp("3127/60800"))


def test_another_look_of_it_needs_votes_of_its_own() -> None:
    pupil = school("60800", 0.45)
    sheet = the_sheet(pupil)
    assert teach(sheet, drawn("3127", "60300", 0.45), "3127/60800"), "two readers err alike"
    assert isinstance(pupil.telling.told(drawn("3146", "60300", 0.45), sheet), Doubt)


def apart(value: str, need: str, shift: float) -> np.ndarray:
    """A line of signs that stand apart, the need a part of a column further on."""
    image = np.full((40, 320, 3), 30, np.uint8)
    for at, char in enumerate(f"{value}/{need}"):
        layer = np.zeros_like(image)
        cv2.putText(layer, char, (12 + 18 * at, 29), cv2.FONT_HERSHEY_SIMPLEX, 0.75, (230, 220, 200), 2, cv2.LINE_AA)
        if at >= len(value):
            layer = cv2.warpAffine(layer, np.array([[1, 0, shift], [0, 1, 0]], np.float32), (320, 40))
        np.maximum(image, layer, out=image)
    return image


def test_a_tail_that_a_longer_number_moves_is_looked_at_sign_by_sign() -> None:
    pupil = Pupil(parse_xp, None, lambda: None)
    samples, tail = with_tail([Sample(apart(str(value), "60800", 0), f"{value}/60800") for value in VALUES])
    sheet = pupil.sheet = start_sheet(samples, tail=tail)
    assert sheet is not None
    assert sheet.complete
    moved, text = apart("3127", "60800", 0.5), "3127/60800"
    assert not bears_out(sheet, moved, text, agreed=True), "not the same picture"
    assert not rivals_of(text, recognised(sheet, moved, text, agreed=True), parse_xp)[0]
    assert recognised(sheet, moved, text, agreed=False) == "3127??????", "one reader alone"
    for need in ("60300", "66800", "60900"):
        other = apart("3127", need, 0.5)
        assert rivals_of(text, recognised(sheet, other, text, agreed=True), parse_xp)[0], need
    cv2.rectangle(moved, (12 + 18 * 6, 8), (12 + 18 * 6 + 8, 32), (90, 90, 90), -1)
    assert rivals_of(text, recognised(sheet, moved, text, agreed=True), parse_xp)[0], "something lies over its 0"


def test_a_level_up_ends_it_and_the_new_need_is_learned() -> None:
    oracle, clock, judge = Readers(), Clock(), Judge()
    reader = TrainedReader(oracle, ReadingRules(), clock)
    levels = [("60800", 2044, 40), ("60300", 1007, 45)]
    told: list[tuple[str, str]] = []
    for need, value, count in levels:
        for _ in range(count):
            value += 57
            oracle.text = f"{value}/{need}"
            image = drawn(str(value), need)
            for _ in range(20):
                clock.at += 0.1
                reading = reader.read(image)
                verdict = judge.weigh(reading, clock.at)
                if verdict.state == "accepted":
                    reader.confirm(image, reading)
                    assert reading.text == oracle.text
                if verdict.changed:
                    told.append((reading.text, reading.reader))
        assert reader.sheet is not None
        assert (reader.trained, reader.sheet.tail) == (True, f"/{need}")
        assert f"/{need}" in reader.learned
        assert told[-1] == (oracle.text, "glyphs")
    assert len(told) >= 0.9 * sum(count for *_, count in levels)
