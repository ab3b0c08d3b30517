"""Glyphs: learned from a drawn game font, exact once learned, and silent where something is wrong."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from combatlens.adapters.ocr.glyph_cut import cells
from combatlens.adapters.ocr.glyph_difference import LOCAL
from combatlens.adapters.ocr.glyph_learning import teach
from combatlens.adapters.ocr.glyph_parts import Doubt, Gap, kind_of
from combatlens.adapters.ocr.glyph_start import Sample, start_sheet
from combatlens.adapters.ocr.glyph_store import GlyphStore
from combatlens.adapters.ocr.glyph_way import cheapest
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.lesson import lesson_text
from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.recognition import bears_out
from combatlens.adapters.ocr.xp_text import parse_xp


def draw(text: str, seed: int = 0) -> np.ndarray:
    image = np.random.default_rng(seed).integers(20, 60, (40, 300, 3)).astype(np.uint8)
    cv2.putText(image, text, (10, 28), cv2.FONT_HERSHEY_DUPLEX, 0.7, (230, 240, 240), 1, cv2.LINE_AA)
    return image


def noisy(seed: int, loudness: float) -> Iterator[tuple[int, str, np.ndarray]]:
    """New texts under noise that grows from picture to picture."""
    for index, text in enumerate(texts(150, seed)):
        noise = np.random.default_rng(index).normal(0, index * loudness, (40, 300, 3))
        yield index, text, np.clip(draw(text, index) + noise, 0, 255).astype(np.uint8)


def texts(count: int, seed: int = 1) -> list[str]:
    pick = random.Random(seed)
    return [f"XP {pick.randint(10_000, 99_999):,} / {pick.randint(100_000, 999_999):,}" for _ in range(count)]


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    samples = [Sample(draw(text, index), text) for index, text in enumerate(texts(30))]
    made = start_sheet(samples[:12])
    assert made is not None
    for sample in samples[12:]:
        assert teach(made, sample.image, sample.text)
    assert made.complete
    return made


def test_new_texts_are_read_over_other_noise(sheet):
    for index, text in enumerate(texts(60, seed=2)):
        assert sheet.read(draw(text, 1000 + index)) == text


def test_what_is_proven_clear_is_clear(sheet):
    """The proof spares the comparison with every rival; it must never say more than that would."""
    proven = unclear = 0
    for index, text, image in noisy(7, 1.0):
        fitter = sheet._prepared()
        assert fitter.see(sheet._distances(image))
        places, _ = fitter.lay()
        clear = bool(fitter.clear(places).all()) if places else False
        if places and fitter.surely_clear(places):
            assert clear, (index, text)
            proven += 1
        unclear += not clear
    assert proven > 10
    assert unclear > 10


def test_what_is_proven_alike_is_alike(sheet):
    """So is the proof that spares the comparison pixel by pixel."""
    proven = unlike = 0
    for index, text, image in noisy(8, 0.25):
        if index % 3 == 0:  # a stroke beside the text, or across it
            cv2.line(image, (5 + index, 18), (7 + index, 22), (230, 240, 240), 1)
        fitter = sheet._prepared()
        assert fitter.see(sheet._distances(image))
        places, whole = fitter.lay()
        seen, shown = fitter.shown(places, 0, fitter.columns)
        alike = float(np.abs(seen - shown).max()) <= LOCAL
        if whole and fitter.surely_alike(places, LOCAL):
            assert alike, (index, text)
            proven += 1
        unlike += not alike
    assert proven > 10
    assert unlike > 10


def test_a_copy_of_a_sheet_reads_its_own_pictures(sheet):
    one, other = texts(2, seed=9)
    sheet.read(draw(one))
    double = copy.deepcopy(sheet)
    double.changed()
    assert double.read(draw(other)) == other
    assert sheet.read(draw(one)) == one


SPOILED = {
    "a stroke across": lambda image: cv2.line(image, (0, 22), (299, 22), (230, 240, 240), 1),
    "a cover inside": lambda image: cv2.rectangle(image, (70, 0), (95, 39), (30, 30, 30), -1),
    "its left hidden": lambda image: cv2.rectangle(image, (0, 0), (40, 39), (30, 30, 30), -1),
    "blurred": lambda image: cv2.GaussianBlur(image, (0, 0), 2.5),
    "half drawn": lambda image: cv2.rectangle(image, (0, 0), (299, 19), (30, 30, 30), -1),
    "moved": lambda image: np.roll(image, 25, axis=1),
    "a spark": lambda image: cv2.circle(image, (100, 20), 2, (230, 240, 240), -1),
}


@pytest.mark.parametrize("name", SPOILED)
def test_spoiled_text_is_not_read(sheet, name):
    for index, text in enumerate(texts(20, seed=3)):
        told = sheet.read(np.ascontiguousarray(SPOILED[name](draw(text, index))))
        assert isinstance(told, Doubt) or told == text


def test_likeness_bears_out_what_was_read_and_nothing_else(sheet):
    text = "XP 48,573 / 920,163"
    soft = cv2.GaussianBlur(draw(text, 77), (0, 0), 0.7)
    assert isinstance(sheet.read(soft), Doubt)
    assert bears_out(sheet, soft, text, agreed=True)
    for wrong in ("XP 46,573 / 920,163", "XP 43,573 / 920,163", "XP 48,573 / 920,183", "XP 8,573 / 920,163"):
        assert not bears_out(sheet, soft, wrong, agreed=True)
    assert not bears_out(sheet, draw("XP 48,573"), "XP 48,573", agreed=True), "there were more signs before"
    assert not bears_out(sheet, cv2.rectangle(soft, (40, 0), (60, 39), (30, 30, 30), -1), text, agreed=True)


def test_missed_apostrophes_are_tried_where_a_sheet_begins():
    pick = random.Random(5)
    true = [f"{pick.randint(1_000_000, 9_999_999):,}".replace(",", "'") for _ in range(8)]
    pictures = [draw(text, index) for index, text in enumerate(true)]
    spellings = [[Sample(each, text.replace("'", missed)) for each, text in zip(pictures, true, strict=True)]
                 for missed in ("", "'")]  # fmt: skip
    made = start_sheet(*spellings)
    assert made is not None
    assert "'" in {glyph.label for glyph in made.glyphs}


def test_what_was_read_before_has_no_say(sheet):
    """Every picture is read on its own: the same picture, good or bad, is told the same after any other."""
    bad = [np.ascontiguousarray(spoil(draw(texts(1)[0], 7))) for spoil in SPOILED.values()]
    images = [draw(text, index) for index, text in enumerate(texts(6, seed=5))] + bad
    sheet.changed()
    alone = [sheet.read(image) for image in images]
    for first in images:
        for image, told in zip(images, alone, strict=True):
            sheet.read(first)
            assert sheet.read(image) == told


def test_a_dot_too_many_is_seen(sheet):
    image = draw("XP 12345 / 678,901", 8)
    assert sheet.read(image) == "XP 12345 / 678,901"
    left, _ = cv2.getTextSize("XP 123", cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0]
    image[27:29, 9 + left : 11 + left] = (230, 240, 240)
    assert isinstance(sheet.read(image), Doubt)


def test_touching_letters_are_learned_and_read():
    def tight(text: str, seed: int) -> np.ndarray:
        image = np.random.default_rng(seed).integers(20, 60, (40, 300, 3)).astype(np.uint8)
        for index, char in enumerate(text):
            cv2.putText(
                image, char, (10 + 13 * index, 28), cv2.FONT_HERSHEY_DUPLEX, 0.7, (230, 240, 240), 2, cv2.LINE_AA
            )
        return image

    pick = random.Random(3)
    known = [str(pick.randint(1_000_000, 9_999_999)) for _ in range(40)]
    made = start_sheet([Sample(tight(text, index), text) for index, text in enumerate(known[:12])])
    assert made is not None
    for index, text in enumerate(known[12:]):
        teach(made, tight(text, 50 + index), text)
    read = 0
    for index in range(30):
        text = str(pick.randint(1_000_000, 9_999_999))
        told = made.read(tight(text, 100 + index))
        assert isinstance(told, Doubt) or told == text
        read += told == text
    assert read >= 20


def test_a_doubt_knows_what_it_allows():
    assert Doubt("", "12?45").allows("12,345")
    assert not Doubt("", "12?45").allows("12,346")
    assert not Doubt("", "?4?").allows("12,345"), "most of it is unknown"


def test_a_doubt_allows_a_sign_between_thirds_that_it_did_not_see():
    doubt = Doubt("a gap", "1101")
    assert doubt.allows("1,101")
    assert not doubt.allows("11,01")
    assert not doubt.allows("1,1101")


def test_an_unknown_character_is_no_known_one():
    known = [f"XP {value:,}" for value in (12345, 23451, 34512, 45123, 51234, 12354, 21345, 31245, 54321, 43215)]
    samples = [Sample(draw(text, index), text) for index, text in enumerate(known)]
    made = start_sheet(samples)
    assert made is not None
    assert not made.complete
    for unknown in "67890":
        told = made.read(draw(f"XP 12,3{unknown}4"))
        assert isinstance(told, Doubt)


def test_a_lesson_that_contradicts_is_refused(sheet):
    assert not teach(sheet, draw("XP 12,345 / 678,901"), "XP 12,345 / 678,981")


def test_kept_in_the_home_folder(sheet, tmp_path):
    store = GlyphStore(tmp_path, "game")
    assert store.load() is None
    store.save(sheet)
    again = store.load()
    assert again is not None
    assert again.read(draw("XP 12,345 / 678,901", 5)) == "XP 12,345 / 678,901"
    store.path.write_bytes(store.path.read_bytes()[:200])
    assert store.load() is None
    assert store.path.with_suffix(".corrupt").is_file()
    store.save(sheet)
    store.save(None)
    assert not store.path.exists()


def test_a_lesson_needs_two_looks_alike():
    found = parse_xp("12,345")
    looks = tuple(Look(name, "v", text, 0.9, found) for name, text in (("a", "12,345"), ("b", "12345")))
    made = Reading(text="12,345", found=found, confidence=0.9, reader="a+b", sure=True, agreed=True, looks=looks)
    assert lesson_text(made) is None


def taught_by_one_alone(read_as: Callable[[str], str]) -> Sheet:
    samples = [
        Sample(draw(text, index), read_as(text), re.sub(r"\S", "?", text)) for index, text in enumerate(texts(40))
    ]
    made = start_sheet(samples[:12])
    assert made is not None
    for sample in samples[12:]:
        teach(made, sample.image, sample.text, sample.sure)
    return made


def test_what_one_teacher_alone_reads_rightly_is_learned():
    made = taught_by_one_alone(str)
    assert not any(glyph.firm for glyph in made.glyphs)
    assert [made.read(draw(text, 1000)) for text in texts(20, seed=2)] == texts(20, seed=2)


def test_a_teacher_that_takes_a_digit_for_another_teaches_nothing_that_speaks():
    made = taught_by_one_alone(lambda text: text.replace("6", "8"))
    assert not made.complete
    assert all(isinstance(made.read(draw(text, 1000)), Doubt) for text in texts(20, seed=2))


def test_a_space_is_told_only_where_one_was_seen_between_such_signs():
    digits, beside = Gap(), Gap()
    for gap in (1, 2):
        digits.learn(gap, spaced=False)
    beside.learn(7, spaced=True)
    assert digits.space > 9
    assert beside.space <= 6
    digits.learn(8, spaced=True)
    assert [gap >= digits.space for gap in (4, 5, 6)] == [False, True, True]
    assert kind_of("1", "7") == kind_of("4", "4") != kind_of("4", "/")


def test_letters_that_touch_are_parted_by_their_looks():
    """In `,000` of a slanted font no column is free; elsewhere its zero was seen alone."""
    zero = np.zeros((12, 7), np.float32)
    cv2.ellipse(zero, (3, 6), (3, 5), 0, 0, 360, 1.0)
    comma = np.zeros((12, 2), np.float32)
    comma[9:, :] = 0.9
    ink = np.zeros((12, 40), np.float32)
    for index, picture in enumerate((comma, zero, zero, zero)):
        left = (5, 7, 14, 21)[index]
        ink[:, left : left + picture.shape[1]] = picture
    parted = cells(ink, ",000", {",": 5.0, "0": 6.0}, {"0": [zero], ",": [comma]})
    assert [(cell.label, cell.start, cell.pixels.shape[1]) for cell in parted[1:]] == [
        ("0", 7, 7), ("0", 14, 7), ("0", 21, 7),
    ]  # fmt: skip


def test_a_glyph_of_one_column_is_no_way_to_where_it_began() -> None:
    """It fits a hair better than exactly, beside one that ends there: the way back once went round for ever."""
    places, _ = cheapest([(0, 0, 2, 0.0), (1, 1, 2, -1e-9)], [0.0, 10.0, 20.0, 30.0], 0)
    assert [(place.start, place.end, place.which) for place in places] == [(0, 2, 0)]
