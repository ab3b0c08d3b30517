"""Full OCR: the real Tesseract on drawn text, and the rule by which looks become a reading."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from combatlens.adapters.ocr.full import FullReader, decide
from combatlens.adapters.ocr.images import read_images
from combatlens.adapters.ocr.preprocess import text_lines
from combatlens.adapters.ocr.reading import Look
from combatlens.adapters.ocr.tesseract import PytesseractReader, open_tesseract, tessdata_folder
from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region


def draw(text: str, light=(235, 235, 235), dark=(40, 30, 25), scale=0.7) -> np.ndarray:
    image = np.full((44, 420, 3), dark, np.uint8)
    cv2.putText(image, text, (12, 30), cv2.FONT_HERSHEY_SIMPLEX, scale, light, 1, cv2.LINE_AA)
    return image


@pytest.fixture(scope="module")
def reader():
    made = FullReader([open_tesseract()])
    yield made
    made.close()


@pytest.mark.parametrize("colours", [((235, 235, 235), (40, 30, 25)), ((20, 20, 20), (220, 225, 230))])
def test_reads_light_and_dark(reader, colours):
    found = reader.read(draw("XP 12,345 / 67,890", *colours))
    assert (found.found.value, found.found.needed, found.sure) == (12345, 67890, True)


def test_empty_and_tiny_pictures_are_refused_in_words(reader):
    assert reader.read(np.zeros((40, 300, 3), np.uint8)).reason == "no text found"
    tiny = np.zeros((8, 30, 3), np.uint8)
    tiny[3:6, ::4] = 255
    assert "too small" in reader.read(tiny).reason


def test_pytesseract_is_there_as_fallback():
    try:
        made = PytesseractReader()
    except EnvironmentFault as fault:
        pytest.skip(str(fault))
    assert "12345" in made.read(draw("XP 12345", (0, 0, 0), (255, 255, 255))).text


def test_missing_tesseract_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr("combatlens.adapters.ocr.tesseract.find_spec", lambda name: None)
    with pytest.raises(EnvironmentFault, match="pip install tesserocr"):
        open_tesseract()


def test_language_data_is_found():
    assert (tessdata_folder() / "eng.traineddata").is_file()


def look(reader: str, text: str, sure: float = 0.9, view: str = "v") -> Look:
    return Look(reader, view, text, sure, parse_xp(text))


DECISIONS = [
    ([look("a", "1,234"), look("a", "1.234")], 1234, True),
    ([look("a", "1,234", 0.3), look("a", "1,234", 0.4)], 1234, False),
    ([look("a", "1,234"), look("a", "1,284"), look("a", "1,234")], None, False),
    ([look("a", "1,234"), look("a", "1,2B4"), look("a", "1,2B4")], 1234, False),
    ([look("a", "1,234"), look("a", "1,234"), look("b", "1,284"), look("b", "1,284")], None, False),
    ([look("a", "1,234"), look("a", "1,234"), look("b", "1,284", 0.3), look("b", "x", 0.3)], 1234, True),
    ([look("a", "x"), look("a", "y")], None, False),
]


@pytest.mark.parametrize(("looks", "value", "sure"), DECISIONS)
def test_decision(looks, value, sure):
    made = decide(looks)
    assert (made.found.value, made.sure) == (value, sure)
    assert bool(made.reason) != made.sure


def seen(reader: str, *texts: str) -> list[Look]:
    return [Look(reader, str(view), text, 0.9 - 0.1 * view, parse_xp(text)) for view, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("odd", "disputed"),
    [
        (("1162/9000", "1162/9600", "1162/9000"), False),
        (("1162/9000", "1162", "1162/9000"), False),
        (("1162/9000", "1162/9600"), True),
        (("1162/9000", "1182/9000", "1162/9000"), True),
        (("1162/9000", "162/9000", "1162/9000"), True),
    ],
)
def test_a_view_that_its_own_reader_outvotes_disputes_the_value_alone(odd, disputed):
    reading = decide(seen("a", *odd) + seen("b", "1162/9000", "1162/9000"))
    assert reading.text == "1162/9000"
    assert reading.disputed is disputed


def test_what_two_readers_see_beside_the_value_is_disputed():
    odd = seen("a", "1162/9600", "1162/9000", "1162/9000") + seen("b", "1162/9000", "1162/9600", "1162/9000")
    assert decide(odd + seen("c", "1162/9000", "1162/9000")).disputed
    assert not decide(odd[:3] + seen("c", "1162/9000", "1162/9000")).disputed
    assert decide(seen("a", "45.32%", "45.82%", "45.32%") + seen("c", "45.32%", "45.32%")).disputed
    assert not decide(seen("a", "45.32%", "45.32%") + seen("c", "45.32%", "45.32%")).disputed


def test_read_images_rows(tmp_path, reader):
    good, empty = tmp_path / "ä 1.png", tmp_path / "empty.png"
    cv2.imencode(".png", draw("LV.43 12,345 / 67,890"))[1].tofile(good)
    cv2.imencode(".png", np.zeros((40, 90), np.uint16))[1].tofile(empty)
    first, second = read_images([good, empty], reader)
    keys = {"file", "text", "value", "needed", "percent", "level", "confidence", "accepted", "reader", "reason"}
    assert set(first) == set(second) == keys
    assert (first["value"], first["needed"], first["level"], first["accepted"]) == (12345, 67890, 43, True)
    assert second["accepted"] is False
    assert second["reason"] == "no text found"
    json.dumps([first, second])


def test_read_images_faults(tmp_path, reader):
    text = tmp_path / "a.txt"
    text.write_text("no picture")
    with pytest.raises(EnvironmentFault, match="no picture"):
        list(read_images([text], reader))
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        list(read_images([tmp_path / "absent.png"], reader))
    picture = tmp_path / "a.png"
    cv2.imencode(".png", draw("1"))[1].tofile(picture)
    with pytest.raises(EnvironmentFault, match="outside"):
        list(read_images([picture], reader, Region(400, 0, 100, 10)))


def test_a_small_number_in_a_wide_region_is_a_line_of_its_own():
    """The stripes' edges are weaker than the digits', but far more: 99 of 100 strong edges are theirs."""
    image = np.full((40, 300), 12, np.uint8)
    image[:, np.arange(300) // 6 % 2 == 1] = 44
    cv2.rectangle(image, (5, 14), (36, 26), 8, -1)
    cv2.putText(image, "82794", (7, 24), cv2.FONT_HERSHEY_PLAIN, 0.6, 200, 1, cv2.LINE_AA)
    ((x, top, width, height),) = text_lines(image)
    assert x >= 5
    assert x + width <= 40
    assert top >= 13
    assert height <= 14


def test_a_number_that_is_less_than_a_hundredth_of_the_region_is_seen():
    image = np.full((60, 400), 65, np.uint8)
    cv2.putText(image, "7", (7, 34), cv2.FONT_HERSHEY_PLAIN, 0.8, 203, 1, cv2.LINE_AA)
    assert np.percentile(image, 99) == 65
    ((x, top, _, _),) = text_lines(image)
    assert x < 20
    assert 20 <= top <= 34
    assert text_lines(np.full((60, 400), 65, np.uint8)) == []
