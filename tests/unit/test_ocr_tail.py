"""A line's last slash and what follows it, read as one glyph where its letters cannot be told apart."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from combatlens.adapters.ocr.glyph_learning import bears_out, recognised
from combatlens.adapters.ocr.glyph_parts import UNKNOWN, Doubt, signs_in
from combatlens.adapters.ocr.glyph_start import Sample
from combatlens.adapters.ocr.glyph_store import GlyphStore
from combatlens.adapters.ocr.pupil import Pupil
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.tail import folded, folded_lesson, tail_of, unfolded, unfolded_signs
from combatlens.adapters.ocr.xp_text import parse_xp

FOUR = chr(0xE000 + 5)


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("2044/6000", "/6000"), ("2,044 / 6,000 ", "/ 6,000"), ("XP 12/34", "/34"),
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
    assert folded(f"2044{FOUR}", "/6000") == f"2044{FOUR}", "it is folded already"
    assert [signs_in(char) for char in ("7", "%", FOUR, "\uffff")] == [1, 1, 5, 1]


def test_what_is_sure_and_where_it_stands_is_folded_with_it() -> None:
    places = (1.0, 2.0, 10.0, 20.0, 30.0, 40.0, 50.0)
    assert folded_lesson("12/6000", "", places, "/6000") == (f"12{FOUR}", "", (1.0, 2.0, 30.0))
    assert folded_lesson("12/6000", "1?/6000", (), "/6000") == (f"12{FOUR}", f"1?{FOUR}", ())
    assert folded_lesson("12/6000", "12/60?0", (), "/6000") == (f"12{FOUR}", f"12{UNKNOWN}", ())
    assert folded_lesson("12/8000", "", places, "/6000") == ("12/8000", "", places)
    assert [unfolded_signs(signs, "/6 000") for signs in (f"1?{FOUR}", "12?")] == ["1?/6000", "12?????"]


def drawn(value: str, need: str) -> np.ndarray:
    """A line whose value's digits stand apart, while those of the need lie on one another."""
    image = np.full((40, 260, 3), 30, np.uint8)
    column = 12
    for char, wide in [*((char, 17) for char in value), ("/", 10), *((char, 9) for char in need)]:
        layer = np.zeros_like(image)
        cv2.putText(layer, char, (column, 29), cv2.FONT_HERSHEY_SIMPLEX, 0.75, (230, 220, 200), 2, cv2.LINE_AA)
        np.maximum(image, layer, out=image)
        column += wide
    return image


VALUES = [2044, 2091, 2157, 2238, 2306, 2375, 2469, 2513, 2587, 2601, 2748, 2790, 2836, 2917, 2965, 3084]


@pytest.fixture
def pupil() -> Pupil:
    pupil = Pupil(parse_xp, None, lambda: None)
    for value in VALUES:
        pupil.take(Sample(drawn(str(value), "60800"), f"{value}/60800"))
    return pupil


def test_a_need_whose_letters_lie_on_one_another_is_one_glyph(pupil: Pupil, tmp_path: Path) -> None:
    assert pupil.speaks
    assert pupil.sheet is not None
    assert pupil.sheet.tail == "/60800"
    for value in (3127, 4096, 5583, 9999):
        told = pupil.told(drawn(str(value), "60800"), pupil.sheet)
        assert isinstance(told, Reading), told
        assert told.text == f"{value}/60800"
    store = GlyphStore(tmp_path, "one")
    store.save(pupil.sheet)
    again = store.load()
    assert again is not None
    assert again.read(drawn("4096", "60800")) == "4096/60800"


@pytest.mark.parametrize("need", ["80800", "60300", "60900", "69800", "60880", "6080", "608000"])
def test_another_need_is_not_taken_for_it(pupil: Pupil, need: str) -> None:
    assert pupil.sheet is not None
    told = pupil.told(drawn("3127", need), pupil.sheet)
    assert isinstance(told, Doubt), told


def test_a_new_need_is_learned_in_its_place(pupil: Pupil) -> None:
    for value in VALUES * 2:
        pupil.take(Sample(drawn(str(value), "91300"), f"{value}/91300"))
    assert pupil.sheet is not None
    told = pupil.told(drawn("3127", "91300"), pupil.sheet)
    assert isinstance(told, Reading), told
    assert told.text == "3127/91300"


def test_what_teachers_read_is_held_against_it(pupil: Pupil) -> None:
    sheet = pupil.sheet
    assert sheet is not None
    image = drawn("3127", "60800")
    assert bears_out(sheet, image, "3127/60800", agreed=True)
    assert not bears_out(sheet, image, "3127/60300", agreed=True)
    assert recognised(sheet, image, "3127/60800", agreed=True) == "3127/60800"
    cv2.rectangle(image, (30, 10), (44, 30), (90, 90, 90), -1)
    signs = recognised(sheet, image, "3127/60800", agreed=True)
    assert len(signs) in (0, len("3127/60800"))
    assert signs != "3127/60800"
