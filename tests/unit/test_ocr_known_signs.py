"""Deciphering where a sheet knows some of the digits: each is one kind then, however many looks it has."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from msgspec import structs
from tests.unit.test_ocr_decipher import counting, looks, sometimes
from tests.unit.test_ocr_trained import Clock

from combatlens.adapters.ocr import decipher
from combatlens.adapters.ocr.decipher import FEWEST, KNOWN, _Kept, deciphered
from combatlens.adapters.ocr.full import ReadingRules, decide
from combatlens.adapters.ocr.glyph_learning import teach
from combatlens.adapters.ocr.glyph_parts import DIGITS, UNKNOWN, Glyph
from combatlens.adapters.ocr.glyph_start import Sample, start_sheet
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.kinds import groupings
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.recognition import known_signs
from combatlens.adapters.ocr.trained import TrainedReader

FINE, UNREAD = 4, "17"


def drifting(text: str, seed: int) -> np.ndarray:
    """Each character of the text somewhere else in a column, over noise: so it has many looks."""
    pick = random.Random(seed)
    fine = np.full((40 * FINE, 300 * FINE), 40, np.uint8)
    at = 10 * FINE + pick.randrange(FINE)
    for char in text:
        cv2.putText(fine, char, (at, 28 * FINE), cv2.FONT_HERSHEY_DUPLEX, 0.7 * FINE, 235, FINE, cv2.LINE_AA)
        at += 14 * FINE + pick.randrange(FINE)
    image = cv2.resize(fine, (300, 40), interpolation=cv2.INTER_AREA).astype(np.float32)
    noise = np.random.default_rng(seed).normal(0, 6, image.shape)
    return np.repeat(np.clip(image + noise, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def hidden(text: str) -> str:
    return text.translate(str.maketrans(dict.fromkeys(UNREAD, UNKNOWN)))


def eyes(text: str, seed: int) -> list[str]:
    """Two teachers that take a 1 for a 7 and a 7 for a 1 now and then."""
    pick = random.Random(seed)
    return [sometimes(pick, text, _1="7", _7="1") for _ in "ab"]


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    """It knows all digits but those two, at every place in a column."""
    pick = random.Random(1)
    known = [str(pick.randint(20_000, 99_999)) for _ in range(160)]
    samples = [Sample(drifting(text, index), hidden(text)) for index, text in enumerate(known)]
    made = start_sheet(samples[:24])
    assert made is not None
    for sample in samples[24:]:
        teach(made, sample.image, sample.text)
    assert {glyph.label for glyph in made.glyphs if glyph.trusted} == DIGITS - {*UNREAD}
    return made


def shown(texts: Sequence[str]) -> list[_Kept]:
    images = [drifting(text, 1000 + index) for index, text in enumerate(texts)]
    return [
        _Kept(image, image, tuple(looks(eyes(text, index))))
        for index, (image, text) in enumerate(zip(images, texts, strict=True))
    ]


def right(told: Sequence[Sample], kept: Sequence[_Kept], texts: Sequence[str]) -> bool:
    true = {each.image.tobytes(): text for each, text in zip(kept, texts, strict=True)}
    return all(sample.text == true[sample.image.tobytes()] for sample in told)


def test_what_the_teachers_mix_up_is_told_where_the_other_digits_are_known(sheet, monkeypatch):
    """However badly their looks alone can be grouped."""
    monkeypatch.setattr(decipher, "_ways", lambda _: iter(()))
    texts = [str(value) for value in counting(FEWEST + 4, most=700)]
    kept = shown(texts)
    told = deciphered(kept, sheet)
    assert len(told) >= len(texts) // 2
    assert right(told, kept, texts)
    assert not deciphered(kept)


@pytest.mark.parametrize("seed", range(3))
def test_a_digit_that_a_sheet_and_all_teachers_take_for_another_is_not_told_wrongly(sheet, seed):
    """To the sheet a 1 is a 7 wherever it was learned so: then values fall, or a digit is left without signs."""
    texts = [str(value) for value in counting(60, first=31_207 + 977 * seed, most=700)]
    kept = [
        structs.replace(each, looks=tuple(looks([text.replace("1", "7")] * 2)))
        for each, text in zip(shown(texts), texts, strict=True)
    ]
    assert right(deciphered(kept, sheet), kept, texts)


def test_numbers_that_count_nothing_are_not_told_by_what_is_known(sheet):
    pick = random.Random(4)
    assert deciphered(shown([str(pick.randint(10_000, 99_999)) for _ in range(60)]), sheet) == []


def test_signs_that_are_not_clearly_what_is_said_are_unknown(sheet):
    image, text = drifting("42935", 5000), "42635"
    assert "".join(cell.label for cell in known_signs(sheet, Sample(image, text))) == "42?35"
    assert "".join(cell.label for cell in known_signs(sheet, Sample(image, "4?9?5"))) == "4?9?5"
    parted = Sample(drifting("42,935", 5000), "42,935")
    assert "".join(cell.label for cell in known_signs(sheet, parted)) == "42,935", "a sign is what it is said to be"


def test_what_was_seen_once_is_not_known(sheet):
    """The teachers mix it up, so that its look may be the other's."""
    image, text = drifting("41925", 5000), "41925"
    one = known_signs(sheet, Sample(image, text))[1]
    lately = copy.deepcopy(sheet)
    lately.glyphs.append(Glyph("1", one.pixels, votes=1))
    (line,) = decipher._known([Sample(image, UNKNOWN * 5)], [[text]], lately)
    assert "".join(cell.label for cell in line[0]) == "4?925"


def test_what_the_looks_alone_tell_is_not_asked_of_the_sheet(sheet, monkeypatch):
    """Grouped by looks alone each of them has to be borne out."""
    texts = [str(value) for value in counting(FEWEST + 4, most=700)]
    kept = shown(texts)
    alone = deciphered(kept)
    assert alone
    monkeypatch.setattr(decipher, "_known", lambda *_: (pytest.fail("asked") for _ in "a"))
    assert len(deciphered(kept, sheet)) == len(alone)


def test_a_sheet_helps_where_it_knows_some_digits_of_a_region_as_large(sheet):
    def lines(sheet: Sheet | None) -> int:
        samples = [Sample(drifting("42935", 5000), UNKNOWN * 5)]
        return len([*decipher._known(samples, [["42935"]], sheet)])

    def like(**other: object) -> Sheet:
        made = Sheet(sheet.colour, sheet.reach, sheet.rows, sheet.size, sheet.slant)
        made.glyphs, made.widths = sheet.glyphs, sheet.widths
        for name, what in other.items():
            setattr(made, name, what)
        return made

    few = sorted(DIGITS)[: KNOWN - 1]
    every = [structs.replace(glyph, label="1") for glyph in sheet.glyphs[:1]]
    every += [structs.replace(glyph, label="7") for glyph in sheet.glyphs[:1]]
    assert lines(like()) == 1
    assert lines(None) == lines(like(size=(40, 280))) == 0
    assert lines(like(glyphs=[glyph for glyph in sheet.glyphs if glyph.label in few])) == 0
    assert lines(like(tail="/90000")) == 0
    assert lines(like(glyphs=[*sheet.glyphs, *every])) == 0, "one that knows all digits reads them itself"


def test_signs_of_one_name_are_one_kind_however_unlike():
    apart = np.ones((9, 9), np.float32)
    apart[5:, 5:] = 0.0
    for kinds in groupings(apart, ["3", "3", "8", "8", "3", "?", "?", "?", "?"]):
        assert kinds.tolist() == [0, 0, 1, 1, 0, 2, 2, 2, 2]


class MixingEyes:
    def __init__(self) -> None:
        self.text, self.seed = "", 0

    def read(self, image: np.ndarray) -> Reading:
        self.seed += 1
        return decide(looks(eyes(self.text, self.seed)))

    def close(self) -> None:
        pass


def test_the_reader_asks_with_what_its_sheet_knows(sheet, monkeypatch):
    asked: list[bool] = []
    clock, teacher = Clock(), MixingEyes()
    reader = TrainedReader(teacher, ReadingRules(), clock, paced=False)
    reader.sheet = copy.deepcopy(sheet)
    monkeypatch.setattr(
        decipher, "deciphered", lambda _, sheet: asked.append(sheet is reader.sheet and sheet is not None) or []
    )
    for index, value in enumerate(counting(FEWEST + 1, most=700)):
        clock.at, teacher.text = decipher.SECONDS * (index + 1), str(value)
        reader.read(drifting(str(value), 2000 + index))
    assert asked == [True]
