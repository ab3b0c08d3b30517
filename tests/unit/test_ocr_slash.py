"""A slash that is hardly any ink: where it stands is told by the gap, and by what the level needed before."""

from __future__ import annotations

import copy
import random
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from tests.unit.test_ocr_glyphs import draw
from tests.unit.test_ocr_trained import Clock, Oracle

from combatlens.adapters.ocr.faint import slash_gap
from combatlens.adapters.ocr.full import ReadingRules, decide
from combatlens.adapters.ocr.glyph_learning import teach
from combatlens.adapters.ocr.glyph_parts import ACROSS_SLASH, Doubt, Gap
from combatlens.adapters.ocr.glyph_start import Sample, start_sheet
from combatlens.adapters.ocr.glyph_way import Place
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.percent_sign import PercentSign
from combatlens.adapters.ocr.pupil import PROOFS
from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.telling import Telling, may_follow
from combatlens.adapters.ocr.trained import TrainedReader
from combatlens.adapters.ocr.xp_text import XpText, parse_xp

NEED = "6000000"


def drawn(text: str, seed: int, ink: float) -> np.ndarray:
    """The text, its slash with such a part of the ink."""
    image, ground = draw(text, seed), draw("", seed)
    left, right = (
        10 + cv2.getTextSize(text[:end], cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0]
        for end in (text.index("/"), text.index("/") + 1)
    )
    part = slice(left - 1, right + 1)
    image[:, part] = np.round(ground[:, part] + ink * (image[:, part].astype(float) - ground[:, part])).astype(np.uint8)
    return image


@pytest.fixture(scope="module")
def learned() -> Sheet:
    pick = random.Random(5)
    texts = [f"{pick.randint(1_000_000, 5_999_999)}/{NEED}" for _ in range(40)]
    samples = [Sample(drawn(text, index, 0.4), text) for index, text in enumerate(texts)]
    made = start_sheet(samples[:12])
    assert made is not None
    for sample in samples[12:]:
        teach(made, sample.image, sample.text)
    made.forms = {"9/9"}
    made.read(samples[0].image)
    assert made.complete
    assert made.faint_slash
    return made


@pytest.fixture
def sheet(learned: Sheet) -> Sheet:
    return copy.deepcopy(learned)


@pytest.mark.parametrize("ink", [0.0, 0.4, 0.9])
@pytest.mark.parametrize("needed", ["", NEED])
def test_it_is_read_however_much_ink_it_has(sheet: Sheet, ink: float, needed: str) -> None:
    assert sheet.read(drawn(f"2418097/{NEED}", 99, ink), needed) == f"2418097/{NEED}"


def test_where_its_gap_varied_much_it_is_told_as_ever(sheet: Sheet) -> None:
    sheet.gaps[ACROSS_SLASH].widest += 12
    for needed in ("", NEED):
        assert sheet.read(drawn(f"2418097/{NEED}", 99, 0.0), needed) == f"2418097/{NEED}"


@pytest.mark.parametrize("more", [0, 8, 10, 12])
@pytest.mark.parametrize(
    ("text", "hidden"),
    [("4707524/16000000", 8), ("3731744/6000000", 6), ("2418097/6000000", 3), ("2418097/6000000", 9)],
)
def test_a_digit_hidden_beside_it_is_missed(sheet: Sheet, more: int, text: str, hidden: int) -> None:
    """Though the text were one that may be without it."""
    image = drawn(text, 99, 0.0)
    left, right = (
        10 + cv2.getTextSize(text[:end], cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0] for end in (hidden, hidden + 1)
    )
    image[:, left:right] = 40
    sheet.gaps[ACROSS_SLASH].widest += more
    assert isinstance(sheet.read(image, NEED), Doubt)


def test_a_slash_that_never_looked_so_is_one(sheet: Sheet) -> None:
    """Here a stroke straight down, in its gap; but no solid ink elsewhere is let pass."""
    image = drawn(f"2418097/{NEED}", 99, 0.0)
    place = 10 + cv2.getTextSize("2418097", cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0] + 5
    image[14:30, place : place + 2] = 230
    assert sheet.read(image, NEED) == f"2418097/{NEED}"
    image[14:30, place - 60 : place - 58] = 230
    assert isinstance(sheet.read(image, NEED), Doubt)


def test_a_sign_beside_it_that_is_not_known_is_the_only_one(sheet: Sheet) -> None:
    image = drawn(f"2418097/{NEED}", 99, 0.0)
    place = 10 + cv2.getTextSize("2418097/", cv2.FONT_HERSHEY_DUPLEX, 0.7, 1)[0][0]
    image[19:22, place + 2 : place + 10] = 150
    told = sheet.read(image, NEED)
    assert isinstance(told, Doubt)
    assert told.partly == "2418097/?000000"


ACROSS = Gap(wide=4, widest=5)


@pytest.mark.parametrize(
    ("gaps", "solid", "needed", "at"),
    [
        ((1, 4, 1), (), "", 2),
        ((1, 5, 1), (), "", 2),
        ((1, 8, 1), (), "", None),  # wider than there ever
        ((1, 1, 1), (), "", None),
        ((4, 5, 1), (), "", None),  # two such gaps
        ((4, 5, 1), (2,), "", 2),  # and ink in one of them
        ((4, 5, 1), (1,), "", 1),
        ((4, 5, 1), (1, 2), "", None),
        ((4, 5, 1), (1,), "34", 2),
        ((4, 5, 1), (), "5", None),
        ((1, 1, 1), (2,), "34", None),  # no room for one
    ],
)
def test_it_stands_in_one_gap(gaps: tuple[int, ...], solid: tuple[int, ...], needed: str, at: int | None) -> None:
    """`solid`: the gaps with ink in them; `at`: how many digits stand before it."""
    signs, ink, end = [], bytearray(80), 2
    for which, gap in enumerate((0, *gaps)):
        start = end + gap
        if which in solid:
            ink[end] = 1
        signs.append(Place(start, start + 8, which, 0.0))
        end = start + 8
    fitter = SimpleNamespace(labels=["1", "2", "3", "4"], solid=bytes(ink), narrowest=6)
    there = slash_gap(SimpleNamespace(gaps={ACROSS_SLASH: ACROSS}), fitter, signs, needed)
    assert there == (None if at is None else (signs[at - 1].end, signs[at].start))


def test_no_need_known_is_no_need_of_no_digits() -> None:
    """Behind the second such gap stands a bracket alone."""
    signs = [Place(0, 8, 0, 0.0), Place(12, 20, 1, 0.0), Place(24, 28, 2, 0.0)]
    fitter = SimpleNamespace(labels=["1", "2", "]"], solid=bytes(40), narrowest=6)
    assert slash_gap(SimpleNamespace(gaps={ACROSS_SLASH: ACROSS}), fitter, signs, "") is None


def test_where_no_slash_was_learned_none_is_told() -> None:
    signs = [Place(0, 8, 0, 0.0), Place(12, 20, 1, 0.0)]
    fitter = SimpleNamespace(labels=["1", "2"], solid=bytes(40), narrowest=6)
    assert slash_gap(SimpleNamespace(gaps={}), fitter, signs, "") is None
    assert slash_gap(SimpleNamespace(gaps={ACROSS_SLASH: Gap(narrow=4)}), fitter, signs, "") is None
    assert slash_gap(SimpleNamespace(gaps={ACROSS_SLASH: ACROSS}), fitter, signs, "") == (8, 12)


@pytest.mark.parametrize(
    ("text", "may"),
    [
        (f"2418097/{NEED}", True),
        (f"2400000/{NEED}", True),
        (f"2399999/{NEED}", False),
        (f"241809/{NEED}", False),  # its last digit may be hidden
        ("2418097/16000000", False),
        ("2418097", False),
    ],
)
def test_what_may_follow(text: str, may: bool) -> None:
    assert may_follow(parse_xp(text), parse_xp(f"2400000/{NEED}")) is may
    assert may_follow(parse_xp(text), XpText())


@pytest.mark.parametrize(("reached", "may"), [("", True), (f"2400000/{NEED}", True), (f"2500000/{NEED}", False)])
def test_a_value_that_fell_is_left_to_the_readers(sheet: Sheet, reached: str, may: bool) -> None:
    """But earlier pictures are read all the same, to be compared with what they said."""
    telling = Telling(parse_xp, PercentSign())
    telling.reached = parse_xp(reached) if reached else XpText()
    said = telling.told(drawn(f"2418097/{NEED}", 99, 0.0), sheet)
    assert isinstance(said, Reading)
    assert telling.may_say(said.found, sheet) is may
    sheet.faint_slash = False
    assert telling.may_say(said.found, sheet)


class Readers(Oracle):
    """Two that read the truth."""

    def read(self, image: np.ndarray) -> Reading:
        found = parse_xp(self.text)
        return decide([Look(name, view, self.text, 0.9, found) for name in "ab" for view in "12"])


def test_the_reader_asks_where_a_value_fell(sheet: Sheet) -> None:
    readers = Readers()
    reader = TrainedReader(readers, ReadingRules(), Clock(), paced=False)
    sheet.proofs = PROOFS
    reader.sheet = sheet
    image = drawn(f"2418097/{NEED}", 99, 0.0)
    assert reader.read(image).reader == "glyphs"
    readers.text = f"2418097/{NEED}"
    reader._pupil.telling.reached = parse_xp(f"2500000/{NEED}")
    assert reader.read(image).reader == "a+b"
