"""The reader that learns: it speaks once it has foretold, begins anew when it errs, asks no more than it must."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from msgspec import structs
from tests.unit.test_ocr_glyphs import draw, texts

from combatlens.adapters.ocr.full import ReadingRules
from combatlens.adapters.ocr.glyph_parts import Doubt
from combatlens.adapters.ocr.pupil import PROOFS
from combatlens.adapters.ocr.reading import Look, Reading, unreadable
from combatlens.adapters.ocr.trained import TrainedReader
from combatlens.adapters.ocr.xp_text import parse_xp


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


class Oracle:
    """Teachers that know the truth; `lie` makes them agree on something else."""

    def __init__(self) -> None:
        self.text, self.asked, self.blind = "", 0, False

    def read(self, image):
        self.asked += 1
        if self.blind:
            return unreadable("no text found")
        found = parse_xp(self.text)
        looks = tuple(Look(name, "v", self.text, 0.9, found) for name in ("a", "b"))
        return Reading(text=self.text, found=found, confidence=0.9, reader="a+b", sure=True, agreed=True, looks=looks)

    def close(self):
        pass


def trained(count: int = 40) -> tuple[TrainedReader, Oracle]:
    oracle = Oracle()
    reader = TrainedReader(oracle, ReadingRules(), Clock(), paced=False)
    for index, text in enumerate(texts(count)):
        oracle.text = text
        image = draw(text, index)
        reader.confirm(image, reader.read(image))
    return reader, oracle


def test_it_speaks_after_foretelling_and_asks_no_more():
    reader, oracle = trained()
    assert reader.trained
    asked, count = oracle.asked, 20
    for index, text in enumerate(texts(count, seed=4)):
        made = reader.read(draw(text, 500 + index))
        assert made.reader != "glyphs" or made.text == text
    assert oracle.asked - asked <= 2, "in this font `44` may touch: then the teachers are asked"
    assert "7" in reader.learned


def test_one_wrong_foretelling_throws_the_glyphs_away():
    reader, oracle = trained()
    text = "XP 12,345 / 678,901"
    oracle.text = "XP 12,845 / 678,901"
    reader.confirm(draw(text), oracle.read(draw(text)))
    assert reader.sheet is None
    assert not reader.trained


def test_a_new_interface_is_learned_anew():
    reader, oracle = trained()
    for index, text in enumerate(texts(60, seed=5)):
        oracle.text = text
        image = np.ascontiguousarray(255 - draw(text, index))
        reader.confirm(image, reader.read(image))
    made = reader.read(255 - draw("XP 12,345 / 678,901", 3))
    assert made.reader == "glyphs"
    assert reader.sheet.proofs >= PROOFS


def test_pictures_that_teach_nothing_now_and_then_do_not_throw_the_glyphs_away():
    reader, oracle = trained()
    sheet = reader.sheet
    for index, text in enumerate(texts(60, seed=6)):
        image = draw(text, index)
        told = reader.read(image)
        if told.reader == "glyphs":
            reader.confirm(image, told)
        if index % 3 == 0:
            oracle.text = text
            struck = cv2.line(image.copy(), (0, 20), (300, 20), (230, 240, 240), 2)
            reader.confirm(struck, oracle.read(struck))
    assert reader.sheet is sheet


def test_teachers_are_not_asked_in_vain_all_the_time():
    oracle, clock = Oracle(), Clock()
    oracle.blind = True
    reader = TrainedReader(oracle, ReadingRules(), clock)
    for step in range(100):
        clock.at = step / 10
        reader.read(draw("XP", step))
    assert oracle.asked <= 12


class Exact:
    """Teachers that read a picture only as it was drawn, not laid on others."""

    def __init__(self, image: np.ndarray, text: str) -> None:
        self.image, self.oracle = image, Oracle()
        self.oracle.text = text

    def read(self, image):
        self.oracle.blind = not np.array_equal(image, self.image)
        return self.oracle.read(image)

    def close(self):
        pass


def test_what_was_laid_on_other_pictures_in_vain_is_read_again_alone():
    """Else a value that stays on the screen would never be read after what covered it."""
    shown, clock = draw("12,345", 9), Clock()
    reader = TrainedReader(Exact(shown, "12,345"), ReadingRules(), clock)
    for step in range(3):
        clock.at = 0.1 * step
        reader.read(draw("", step))
    clock.at = 0.4
    among_others = reader.read(shown)
    assert among_others.put_off
    assert not among_others.readable
    clock.at = 0.5
    assert reader.read(shown).text == "12,345"


class Unanimous(Oracle):
    """Three teachers, each certain in both of its views; or so many."""

    def __init__(self, readers: str = "abc") -> None:
        super().__init__()
        self.readers = readers

    def read(self, image):
        looks = tuple(Look(name, "v", self.text, 0.9, parse_xp(self.text)) for name in self.readers for _ in "12")
        return structs.replace(super().read(image), looks=looks)


@pytest.mark.parametrize(("readers", "again", "taken"), [("abc", True, 2), ("abc", False, 0), ("ab", True, 0)])
def test_a_digit_that_the_glyphs_miss_is_shown_to_them_where_all_teachers_read_it_again(
    monkeypatch, readers, again, taken
):
    """Two teachers, or a single picture, may take what covers a digit for a part of it."""
    reader, _ = trained()
    reader._teacher, shown = Unanimous(readers), []
    monkeypatch.setattr(reader._pupil, "take", lambda sample: shown.append(sample.text))
    numbers = [310, 310, 311, 311] if again else [310, 311, 312, 313]
    for seed, number in enumerate(numbers):
        reader._teacher.text = text = f"XP 12,{number} / 678,907"
        struck = draw(text, seed)
        last = int(np.flatnonzero((struck.min(axis=2) > 150).any(axis=0))[-1])
        cv2.line(struck, (last - 9, 21), (last, 21), (230, 240, 240), 2)
        reader._clock.at += 0.3
        assert reader.read(struck).covered
    assert len(shown) == taken
    assert set(shown) <= {"XP 12,310 / 678,907", "XP 12,311 / 678,907"}


@pytest.mark.parametrize(("again", "taken"), [(True, 2), (False, 0)])
def test_a_sign_that_the_glyphs_miss_is_shown_to_them_where_the_teachers_read_it_again(monkeypatch, again, taken):
    reader, _ = trained()
    reader.sheet.glyphs = [glyph for glyph in reader.sheet.glyphs if glyph.label != "/"]
    reader.sheet.changed()
    reader._teacher, shown = Unanimous("ab"), []
    monkeypatch.setattr(reader._pupil, "take", lambda sample: shown.append(sample.text))
    for seed, number in enumerate([310, 310, 311, 311] if again else [310, 311, 312, 313]):
        reader._teacher.text = f"XP 12,{number} / 678,907"
        reader._clock.at += 0.3
        made = reader.read(draw(reader._teacher.text, seed))
        assert made.doubted
        assert not made.covered
    assert len(shown) == taken
    assert set(shown) <= {"XP 12,310 / 678,907", "XP 12,311 / 678,907"}


@pytest.mark.parametrize(("readers", "taken"), [("abc", 2), ("ab", 0)])
def test_beside_something_unknown_it_is_shown_to_them_where_all_teachers_read_it_again(monkeypatch, readers, taken):
    """A need that a longer number moved by a part of a column is half unknown at every value."""
    reader, _ = trained()
    reader.sheet.glyphs = [glyph for glyph in reader.sheet.glyphs if glyph.label != "/"]
    reader.sheet.changed()
    reader._teacher, shown = Unanimous(readers), []
    monkeypatch.setattr(reader._pupil, "take", lambda sample: shown.append(sample.text))
    for seed, number in enumerate([310, 310, 311, 311]):
        reader._teacher.text = text = f"XP 12,{number} / 678,907"
        reader._clock.at += 0.3
        picture = draw(text, seed)
        cv2.circle(picture, (280, 20), 2, (165, 172, 172), -1)
        made = reader.read(picture)
        assert made.doubted
        assert not made.spelt
        assert not made.covered
    assert len(shown) == taken


@pytest.mark.parametrize(("accepted", "new"), [(True, True), (True, False), (False, True)])
def test_as_long_as_new_values_come_of_asking_it_goes_on(monkeypatch, accepted, new):
    """What the glyphs never learn to read would be missing for minutes, one question in ten seconds."""
    reader, _ = trained()
    reader._teacher = Unanimous()
    monkeypatch.setattr(reader._pupil, "take", lambda _: None)
    for number in range(110):
        reader._teacher.text = text = f"XP 12,{310 + number * new} / 678,907"
        picture = draw(text, number)
        cv2.line(picture, (60, 18), (110, 18), (230, 240, 240), 2)
        made = reader._ask(picture, Doubt("unknown glyphs"))
        if accepted:
            reader.confirm(picture, made)
    assert reader._pace.settled != (accepted and new)
