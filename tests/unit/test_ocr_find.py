"""The XP in a whole picture: weighed by form and by the words beside it; what is doubtful is refused with its place."""

from __future__ import annotations

import numpy as np
import pytest

from combatlens.adapters.ocr.find import candidates, find_xp, with_room
from combatlens.adapters.ocr.reading import Reading, unreadable
from combatlens.adapters.ocr.spots import Spot, joined, spots_of
from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.domain.profile import Region

PICTURE = np.zeros((600, 800, 3), np.uint8)


def spot(text: str, x: int, y: int, width: int = 0, height: int = 16) -> Spot:
    return Spot(text, 0.9, Region(x, y, width or 9 * len(text), height))


def reads(text: str):
    def read(image):
        found = parse_xp(text)
        return Reading(text=text, found=found, confidence=0.9, reader="both", sure=True) if text else unreadable("blur")

    return read


def test_the_number_that_a_word_names_is_taken_and_its_place_told():
    spots = [
        spot("HP", 10, 500), spot("[1440/1440]", 40, 500), spot("EXP", 300, 500), spot("113291[28.96%]", 340, 500),
        spot("Level", 10, 560), spot("43", 70, 560), spot("NEXT LEVEL", 300, 530), spot("120000", 400, 530),
    ]  # fmt: skip
    found = find_xp(PICTURE, spots, parse_xp, reads("113291[28.96%]"))
    assert (found.sure, found.found.value, found.found.percent) == (True, 113291, 28.96)
    assert found.reader == "both at 316,494,174,28"
    assert next(one.spot.text for one in candidates(spots, parse_xp)) == "113291[28.96%]"


@pytest.mark.parametrize(
    "text", ["Exp Per Hour: 23,762,150", "7.76M exp/h", "+350 XP gained", "HP 1,440 / 1,440", "DPS 123,456"]
)
def test_rates_gains_and_other_counters_are_never_xp(text):
    assert candidates([spot(text, 10, 10)], parse_xp) == []
    assert not find_xp(PICTURE, [spot(text, 10, 10)], parse_xp, reads(text)).sure


def test_two_that_differ_and_one_without_a_name_are_refused_with_their_places():
    two = [spot("XP 12,345 / 60,000", 10, 10), spot("XP 777 / 900", 10, 300)]
    refused = find_xp(PICTURE, two, parse_xp, reads("XP 12,345 / 60,000"))
    assert not refused.sure
    assert "10,10,162,16 for 'XP 12,345 / 60,000'" in refused.reason
    lone = find_xp(PICTURE, [spot("12,345 / 60,000", 10, 10)], parse_xp, reads("12,345 / 60,000"))
    assert lone.reason.startswith(
        "one text could be the XP, and nothing says so for sure: give its place with --region"
    )
    assert "no text in the picture" in find_xp(PICTURE, [], parse_xp, reads("")).reason


def test_the_same_xp_told_twice_is_no_doubt():
    two = [spot("Current Exp: 3,413,040,710 / Next Level: 3,638,186,694", 10, 10), spot("3'413'040'710exp", 10, 300)]
    found = find_xp(PICTURE, two, parse_xp, reads("Current Exp: 3,413,040,710 / Next Level: 3,638,186,694"))
    assert found.sure
    assert found.found.needed == 3_638_186_694


def test_what_a_second_look_reads_otherwise_is_refused():
    one = [spot("EXP 113291[28.96%]", 10, 10)]
    assert "reader unsure" in find_xp(PICTURE, one, parse_xp, reads("EXP 118291[28.96%]")).reason
    assert find_xp(PICTURE, one, parse_xp, reads("")).reason.startswith("blur (at ")


def test_pieces_of_one_number_are_joined_and_words_are_not():
    pieces = [spot("12,3", 10, 10, 40), spot("45", 54, 10, 20), spot("EXP", 10, 50, 30), spot("777", 44, 50, 30)]
    assert sorted(one.text for one in joined(pieces)) == ["12,3 45", "777", "EXP"]
    assert spots_of([], PICTURE) == []


def test_room_stays_inside_the_picture():
    assert with_room(Region(2, 590, 100, 10), PICTURE.shape, 1.5, 0.5) == Region(0, 585, 117, 15)
