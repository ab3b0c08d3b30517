"""Signs put together as kinds, and what a display's counting goes on telling once glyphs speak."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from msgspec import structs
from tests.unit.test_ocr_decipher import assert_right, counting, looks, told
from tests.unit.test_ocr_glyphs import draw

from combatlens.adapters.ocr import decipher
from combatlens.adapters.ocr.decipher import FEWEST, SECONDS, Decipher
from combatlens.adapters.ocr.glyph_parts import UNKNOWN
from combatlens.adapters.ocr.glyph_start import Sample
from combatlens.adapters.ocr.kinds import ALIKE, FEW, groupings, named
from combatlens.adapters.ocr.pupil import Pupil
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.xp_text import parse_xp


def along(places: list[float]) -> np.ndarray:
    """How far apart signs are that stand so on a line."""
    at = np.array(places, np.float32)
    return np.abs(at[:, None] - at[None])


def alike(apart: np.ndarray) -> Iterator[np.ndarray]:
    """`groupings` of signs none of which is known."""
    return groupings(apart, [UNKNOWN] * len(apart))


def grouped(apart: np.ndarray) -> list[list[set[int]]]:
    """The signs of each kind, for every way to group them."""
    return [[set(np.flatnonzero(kinds == kind).tolist()) for kind in range(kinds.max() + 1)] for kinds in alike(apart)]


def test_looks_that_change_by_steps_are_of_one_kind():
    """Scaled type draws a digit otherwise in each part of a column; its first and last look are far apart."""
    step = 0.8 * ALIKE[0]
    drifting, other = [step * part for part in range(30)], [2.0 + 0.001 * part for part in range(20)]
    assert [set(range(30)), set(range(30, 50))] in grouped(along(drifting + other))


def test_two_kinds_that_spoiled_signs_join_are_told_apart_around_a_sign_of_each():
    """Where scenery shines in more and more, signs between the two are linked with both."""
    spoiled = [0.015 * part for part in range(1, 20)]
    one, two = {*range(20)}, {*range(20, 40)}
    ways = grouped(along([0.0] * 20 + [0.3] * 20 + spoiled))
    assert any(one <= kind and not two & kind for kinds in ways for kind in kinds)


@pytest.mark.parametrize(("signs", "kinds"), [(50, 2), (400, 1)])
def test_a_kind_is_no_few_of_many_signs(signs, kinds):
    """Of many pictures some are spoiled alike."""
    ways = grouped(along([0.0] * (signs - FEW) + [1.0] * FEW))
    assert {len(way) for way in ways} == {kinds}


def names(kinds: list[int], places: list[float], untold: int = 10) -> str:
    """The signs' names, where each kind is named its number, the last ones `?`."""
    told = np.array([*"0123456789"[:untold], *UNKNOWN * (11 - untold)])
    return "".join(named(told, np.array(kinds), along(places)))


def test_each_sign_has_the_name_of_those_like_it():
    kinds, places = [3, 3, 3, 8, 8, 8], [0.0, 0.01, 0.02, 1.0, 1.01, 1.02]
    assert names(kinds, places) == "333888"
    cases = {0.05: "3", 0.5: UNKNOWN, 0.97: "8", 0.02 + 2 * ALIKE[-1]: UNKNOWN}
    for place, name in cases.items():
        assert names([*kinds, -1], [*places, place]) == f"333888{name}", place


def test_a_sign_between_two_kinds_is_neither():
    assert names([3, 3, 3, 8, 8, -1], [0.0, 0.0, 0.0, 0.06, 0.06, 0.028]) == f"33388{UNKNOWN}"


def test_a_kind_that_the_counting_does_not_name_is_not_named_by_its_look():
    """It may be another digit, drawn much like that one."""
    assert names([3, 3, 3, 9, 9, 9], [0.0, 0.0, 0.0, 0.02, 0.02, 0.02], untold=9) == "333" + 3 * UNKNOWN


def test_a_sign_most_like_one_of_another_name_has_none():
    """It is of its kind by what lies between: one wrong text would spoil the glyphs."""
    assert names([3, 3, 3, 3, 8, 8, 8], [0.0, 0.01, 0.02, 0.08, 0.09, 0.1, 0.11]) == f"333{UNKNOWN}888"


def test_signs_that_are_all_unlike_are_of_no_kind():
    assert [kinds.tolist() for kinds in alike(along([float(place) for place in range(40)]))] == [[-1] * 40]


def glyphs_say(text: str) -> Reading:
    return Reading(text=text, found=parse_xp(text), confidence=0.99, reader="glyphs", sure=True)


def test_attempts_grow_fewer_and_use_what_was_told_before(monkeypatch):
    """A display whose type nobody reads shows looks that are new long after its digits were told."""
    tried: list[int] = []
    monkeypatch.setattr(
        decipher, "deciphered", lambda kept, _: tried.append(len(kept)) or (["told"] if len(tried) == 3 else [])
    )
    reader = Decipher()
    for index in range(49 + FEWEST):
        reader.hear(draw("1"), draw("1"), looks(["1"]), SECONDS * index)
    assert tried == [28, 32, 37, 43, 50, 58, 67, 77]


@pytest.mark.parametrize(("by_glyphs", "tried"), [(0.5, True), (0.93, False)])
def test_where_glyphs_read_some_values_the_rest_is_told_all_the_same(monkeypatch, by_glyphs, tried):
    """A digit that all teachers take for another stays unread though glyphs know one look of it."""
    heard: list[list[bool]] = []
    monkeypatch.setattr(decipher, "deciphered", lambda kept, _: heard.append([each.by_glyphs for each in kept]) or [])
    reader, asked = Decipher(), 0
    for index in range(4 * FEWEST):
        if (index + 1) * (1 - by_glyphs) >= asked + 1:
            asked += 1
            reader.hear(draw("1"), draw("1"), looks(["1"]), SECONDS * index)
        else:
            reader.spoke(draw("1"), glyphs_say("1"), SECONDS * index)
    assert bool(heard) == tried
    assert all(0.3 < np.mean(each) < 0.7 for each in heard)


def test_what_glyphs_read_alone_is_not_kept():
    reader = Decipher()
    for index in range(2 * FEWEST):
        reader.spoke(draw("1"), glyphs_say("1"), SECONDS * index)
    assert reader._kept == []


def test_the_second_likeliest_way_to_take_pictures_apart_is_followed_too(monkeypatch):
    """A shadow may look more alike than the digits that cast it, and say nothing of them."""
    trial_sheets, taken_apart = decipher.trial_sheets, decipher.taken_apart
    shadow = SimpleNamespace(colour=(0.0, 0.0, 0.0))
    blank = np.ones((12, 6), np.float32)

    def as_shadow(sheet, sample):
        line = taken_apart(true, sample) if sheet is shadow else taken_apart(sheet, sample)
        return [structs.replace(cell, pixels=blank) for cell in line] if sheet is shadow else line

    texts = [str(value) for value in counting()]
    true = next(iter(trial_sheets([Sample(draw(text, index), UNKNOWN * 5) for index, text in enumerate(texts)])))
    monkeypatch.setattr(decipher, "trial_sheets", lambda samples: [shadow, *trial_sheets(samples)])
    monkeypatch.setattr(decipher, "taken_apart", as_shadow)
    assert_right(told(texts), texts)


def between_columns(image: np.ndarray) -> np.ndarray:
    """The picture moved by half a column: each character looks otherwise."""
    return cv2.warpAffine(image, np.array([[1, 0, 0.5], [0, 1, 0]]), image.shape[1::-1])


@pytest.fixture
def speaking() -> tuple[Pupil, list[Sample], list[Sample]]:
    """A pupil that speaks, what it reads, and the same moved by half a column; there is no 9 among that."""
    samples = [Sample(draw(str(value), index), str(value)) for index, value in enumerate(counting(60))]
    pupil = Pupil(parse_xp, None, lambda: None)
    pupil.take_deciphered(samples)
    assert pupil.speaks
    others = [Sample(between_columns(sample.image), sample.text) for sample in samples if "9" not in sample.text]
    assert pupil.sheet is not None
    assert len(pupil.telling.read_so(pupil.sheet, others)) < len(others) / 2
    return pupil, samples, others


def test_a_sheet_that_speaks_is_shown_what_the_counting_told(speaking):
    """Where no other sheet can be begun with it. With a form that it does not know it is shown nothing."""
    pupil, samples, others = speaking
    before, glyphs, forms = pupil.sheet, list(pupil.sheet.glyphs), set(pupil.sheet.forms)
    needing = [Sample(draw(f"{value} / 80000"), f"{value} / 80000") for value in (31_207, 44_018)]
    pupil.take_deciphered([*needing, *others])
    assert pupil.sheet is not before
    assert before.glyphs == glyphs, "it is kept as it is until another is better"
    assert pupil.sheet.complete
    assert pupil.sheet.forms == forms
    assert "/" not in {glyph.label for glyph in pupil.sheet.glyphs}
    assert len(pupil.telling.read_so(pupil.sheet, others)) > len(others) / 2
    assert all(pupil.telling.read_so(pupil.sheet, [*samples, *others]))


def test_what_was_told_otherwise_than_it_reads_is_not_learned(speaking):
    pupil, samples, others = speaking
    before, swapped = pupil.sheet, str.maketrans("38", "83")
    told = [*others, *[structs.replace(each, text=each.text.translate(swapped)) for each in samples[:8]]]
    pupil.take_deciphered(told)
    assert pupil.sheet is before


def test_no_other_is_looked_for_where_it_reads_all(speaking, monkeypatch):
    """That takes seconds."""
    pupil, samples, _ = speaking
    looked_for: list[int] = []
    monkeypatch.setattr(pupil, "_most_read", lambda shown, *_: looked_for.append(len(shown)))
    pupil.take_deciphered([*samples, Sample(draw(""), "31207")])
    assert looked_for, "one that it does not read"
    looked_for.clear()
    pupil.take_deciphered(samples)
    assert not looked_for


def test_glyphs_that_read_only_pictures_laid_on_one_another_do_not_speak():
    """Over moving scenery these are clearer than any that is shown."""
    hidden = draw("")
    samples = [Sample(draw(str(value), index), str(value), shown=hidden) for index, value in enumerate(counting(60))]
    pupil = Pupil(parse_xp, None, lambda: None)
    pupil.take_deciphered(samples)
    assert pupil.sheet is None
    pupil.take_deciphered([structs.replace(sample, shown=None) for sample in samples])
    assert pupil.speaks
