"""What a text has to be to tell of a sign that no teacher reads, and what it takes to name that sign."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.test_ocr_between import looks, nine, sheet
from tests.unit.test_ocr_glyphs import draw

from combatlens.adapters.ocr.between import Between, _can_only_be, _Unread
from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_parts import DIGITS, UNKNOWN, Doubt
from combatlens.adapters.ocr.glyph_start import Sample
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.percent_sign import PercentSign
from combatlens.adapters.ocr.telling import Telling
from combatlens.adapters.ocr.xp_text import parse_xp

__all__ = ["nine", "sheet"]


def opened(sheet: Sheet, *pictures: tuple[np.ndarray, str]) -> list[str]:
    """The texts that wait for the next value."""
    between = Between(parse_xp)
    between.hear(draw("12,340"), Telling(parse_xp, PercentSign()).told(draw("12,340"), sheet), sheet)
    for image, partly in pictures:
        between.hear(image, Doubt("unknown glyphs", partly), sheet)
    return [unread.text for unread in between._open]


def test_a_text_waits_once_where_it_stands_as_ever_with_one_sign_unknown(sheet):
    one, two = (draw("12,352"), "12,3?2"), (draw("12,358"), "12,3?8")
    assert opened(sheet, one, one, two) == ["12,3?2", "12,3?8"]
    assert opened(sheet, one, (one[0], "123?2")) == ["12,3?2"], "the same number"
    assert opened(sheet, (np.roll(one[0], 40, axis=1), "12,3?2")) == [], "part of it may be hidden"
    assert opened(sheet, (draw("12,355"), "12,3?")) == [], "a digit is missing"
    assert opened(sheet, (draw("1235522"), "123?22")) == [], "two signs as one"
    assert opened(sheet, (draw("12,352/7"), "12,3?2/7")) == [], "another text than was learned"
    assert opened(sheet, (draw("15,352"), "1?,3?2")) == []
    sheet.glyphs = [glyph for glyph in sheet.glyphs if glyph.label not in DIGITS]
    between = Between(parse_xp)
    between._sheet, between._below = sheet, 1.0
    assert not between.hear(one[0], Doubt("unknown glyphs", "?"), sheet), "no digit is known any more"


def test_a_text_that_is_shown_again_says_it_once(sheet):
    between, seen_twice = Between(parse_xp), (draw("12,352"), Doubt("unknown glyphs", "12,3?2"), sheet)
    between.hear(*seen_twice)
    assert not between._open, "nothing was read before"
    for value in ("12,340", "12,360", "12,380"):
        between.hear(draw(value), Telling(parse_xp, PercentSign()).told(draw(value), sheet), sheet)
        between.hear(*seen_twice)
    assert [len(kind) for kind in between._kinds] == [1]


def seen(*fits: str, read: str = "") -> list[_Unread]:
    """Texts with one look, each between other values, which let it be these digits. `read`: by teachers, each time."""
    made = []
    for index, digits in enumerate(fits):
        picture = np.zeros((1, 1, 3), np.uint8)
        unread = _Unread(Sample(picture, f"{index}?"), Cell(UNKNOWN, 20 * index, picture[:, :, 0]))
        unread.fits, unread.span = frozenset(digits), (index, index + 1)
        unread.votes.update(read)
        made.append(unread)
    return made


ANY, FIVE, FIVE_AND_SEVEN = "0123456789", DIGITS - {"5"}, DIGITS - {"5", "7"}


@pytest.mark.parametrize(
    ("why", "known", "fits", "read", "named"),
    [
        ("each other is denied", FIVE, ("5", ANY, ANY), "58", True),
        ("nobody reads it so", FIVE, ("5", ANY, ANY), "8", False),
        ("nobody reads anything", FIVE, ("5", ANY, ANY), "", False),
        ("nobody reads it so, and there are many texts", FIVE, ("5", *5 * (ANY,)), "8", True),
        ("nobody reads it so, and there are hardly as many", FIVE, ("5", *4 * (ANY,)), "8", False),
        ("another is not denied", FIVE, ("51", ANY, ANY), "5", False),
        ("one text denies it", FIVE, ("5", "5", "1"), "5", False),
        ("a known digit is read there more often", FIVE, ("5", ANY, ANY), "588", True),
        ("it is read most, and the other that is missing denied", FIVE_AND_SEVEN, ("5", "57", "57"), "5", True),
        ("it is read most, and the other that is missing is not", FIVE_AND_SEVEN, ("57", "57", "57"), "5", False),
        ("the other that is missing is denied once", FIVE_AND_SEVEN, ("5", "57", "57"), "588", False),
        ("of two that are missing each other is denied twice", FIVE_AND_SEVEN, ("5", "51", "57"), "588", True),
        ("where two are missing a known one is denied once", FIVE_AND_SEVEN, ("5", "51", "51"), "588", False),
    ],
)
def test_what_it_takes_to_name_a_look(why, known, fits, read, named):
    assert _can_only_be(seen(*fits, read=read), "5", known) is named, why


def test_looks_that_read_the_text_otherwise_say_nothing_of_the_sign():
    (unread,) = seen(ANY)
    unread.sample = Sample(unread.sample.image, "12,3?2")
    unread.vote(looks("12,352", "12.382", "12352", "12,362", "13,392", "13,492", "2,352", "99,987"))
    assert unread.votes == {"5": 2, "8": 1, "6": 1, "9": 1}


def test_what_teachers_read_of_a_picture_counts_once(sheet):
    between = Between(parse_xp)
    between.hear(draw("12,340"), Telling(parse_xp, PercentSign()).told(draw("12,340"), sheet), sheet)
    between.hear(draw("12,352"), Doubt("unknown glyphs", "12,3?2"), sheet)
    for text in ("12,352", "12,392"):
        between.vote(looks(text))
    assert [unread.votes for unread in between._open] == [{"5": 1}]
