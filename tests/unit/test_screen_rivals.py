"""A digit that something lies over: it waits for a picture, arithmetic or a pace that bears it out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from msgspec import structs
from tests.unit.test_ocr_glyphs import draw, texts
from tests.unit.test_ocr_trained import Oracle, trained
from tests.unit.test_screen_look_alike import told

from combatlens.adapters.ocr.covered import rivals_of
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.trained import TrainedReader
from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.adapters.screen.judge import Judge


@pytest.fixture(scope="module")
def school() -> tuple[TrainedReader, Oracle]:
    return trained(60)


def test_a_cursor_over_a_digit_is_seen_and_the_reading_waits(school: tuple[TrainedReader, Oracle]) -> None:
    """Both teachers read another digit under a cursor, time and again."""
    reader, oracle = school
    text = texts(1, seed=9)[0]
    image = draw(text)
    left, right = (10 + cv2.getTextSize(text[:end], cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0] for end in (7, 8))
    cv2.fillPoly(image, [np.array([(left, 10), (left, 26), (right, 20)], np.int32)], (250, 250, 250))
    oracle.text = text[:7] + ("8" if text[7] != "8" else "3") + text[8:]
    made = reader.read(image)
    assert (made.text, made.covered, made.borne_out) == (oracle.text, True, False)
    assert parse_xp(text) in made.rivals
    judge = judged(text)
    assert {judge.weigh(made, 9 + turn / 10).state for turn in range(100)} == {"pending"}


def test_what_is_believed_of_a_covered_text_teaches_nothing(school: tuple[TrainedReader, Oracle]) -> None:
    reader, _ = school
    sheet = reader.sheet
    assert sheet is not None
    before = [(glyph.label, glyph.votes) for glyph in sheet.glyphs]
    text = texts(1, seed=9)[0]
    reader.confirm(draw(text), covered(text, text.replace(" ", "")[:-1] + "?"))
    assert [(glyph.label, glyph.votes) for glyph in sheet.glyphs] == before


def covered(text: str, signs: str) -> Reading:
    doubtful, rivals = rivals_of(text, signs, parse_xp)
    return structs.replace(told(text), doubted=True, spelt="?" not in signs, covered=doubtful, rivals=rivals)


def judged(*before: str) -> Judge:
    judge = Judge()
    for index, text in enumerate(before):
        for turn in range(15):
            judge.weigh(told(text), 2 * index + turn / 10)
    assert judge.last == parse_xp(before[-1])
    return judge


@pytest.mark.parametrize("signs", ["33349/80000", "3?349/80000"])
def test_it_waits_for_a_picture_that_shows_the_digit(signs: str) -> None:
    judge = judged("33071/80000", "33171/80000")
    hidden = [judge.weigh(covered("33349/80000", "33?49/80000"), 9 + turn / 10).state for turn in range(40)]
    assert set(hidden) == {"pending"}
    assert judge.weigh(covered("33349/80000", signs), 14.0).state == "accepted"


@pytest.mark.parametrize(
    ("text", "signs", "state"),
    [
        ("33349 / 80000", "33?49/80000", "pending"),
        ("33349 / 80000", "?3349/80000", "accepted"),  # others would be a leap or a fall
        ("33349 / 80000", "33349/?0000", "accepted"),  # the level's need is known
        ("33349 / 80000", "???49/80000", "pending"),
    ],
)
def test_the_pace_says_what_a_hidden_digit_cannot_be(text: str, signs: str, state: str) -> None:
    judge = judged("33071 / 80000", "33171 / 80000")
    assert [judge.weigh(covered(text, signs), 9 + turn / 10).state for turn in range(3)][-1] == state


def test_arithmetic_says_what_a_hidden_digit_cannot_be() -> None:
    assert rivals_of("33349 / 80000 [41.69%]", "33?49/80000[41.69%]", parse_xp) == (False, ())
    assert rivals_of("33349 / 80000 [41.69%]", "3334?/80000[41.69%]", parse_xp)[0]
