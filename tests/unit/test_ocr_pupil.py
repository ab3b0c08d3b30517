"""Which sheet of glyphs is taken up, the one that reads what it was learned from, and how long another stays."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from tests.unit.test_ocr_decipher import counting
from tests.unit.test_ocr_glyphs import draw
from tests.unit.test_ocr_trained import Unanimous, trained

from combatlens.adapters.ocr import pupil as pupil_module
from combatlens.adapters.ocr import speech
from combatlens.adapters.ocr.glyph_start import Sample, start_sheet, with_tail
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.lesson import form_of
from combatlens.adapters.ocr.pupil import FORETOLD, MANY, MOST_PATIENT, SAMPLES, SILENT, Pupil
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.speech import Speech
from combatlens.adapters.ocr.xp_text import parse_xp

SHOWN = [Sample(draw(f"{value:,}", seed), f"{value:,}") for seed, value in enumerate(counting(SAMPLES))]


def good(samples: list[Sample] = SHOWN) -> Sheet:
    sheet = start_sheet(samples)
    assert sheet is not None
    sheet.forms = {form_of(sample.text) for sample in samples}
    return sheet


def poor(samples: list[Sample] = SHOWN) -> Sheet:
    """A sheet that reads nothing of them: it misses the sign between the digits."""
    sheet = good(samples)
    sheet.glyphs = [glyph for glyph in sheet.glyphs if glyph.label != ","]
    return sheet


@pytest.fixture
def found(monkeypatch) -> dict[str, list[Sheet]]:
    """What looks most like itself, and all that looks so; `searches` has the number of pictures of each search."""
    ways: dict[str, list] = {"likeliest": [], "likely": [], "searches": []}
    monkeypatch.setattr(pupil_module, "start_sheet", lambda *_, **__: next(iter(ways["likeliest"]), None))
    monkeypatch.setattr(
        pupil_module, "likely_sheets", lambda seen, *_: ways["searches"].append(len(seen)) or iter(ways["likely"])
    )
    return ways


def begun(samples: list[Sample], before: Sheet | None = None) -> Pupil:
    pupil = Pupil(parse_xp, before, lambda: None)
    pupil.samples = list(samples)
    pupil._begin()
    return pupil


def test_of_two_sheets_the_one_that_reads_its_own_pictures_is_taken(found):
    found["likeliest"], found["likely"] = [poor()], [poor(), good()]
    assert begun(SHOWN).sheet is found["likely"][1]
    assert begun(SHOWN[:MANY]).sheet is found["likely"][1]
    assert begun(SHOWN[: MANY - 1]).sheet is found["likeliest"][0], "what few pictures show is no verdict"


def test_where_the_likeliest_reads_them_none_other_is_looked_for(found):
    found["likeliest"], found["likely"] = [good()], [good()]
    assert begun(SHOWN).sheet is found["likeliest"][0]
    assert found["searches"] == []


def test_a_sheet_that_reads_some_otherwise_than_they_are_is_worth_less(found):
    swapped = str.maketrans("38", "83")
    found["likeliest"] = [good([Sample(each.image, each.text.translate(swapped)) for each in SHOWN])]
    found["likely"] = [good()]
    assert begun(SHOWN).sheet is found["likely"][0]


def test_what_was_learned_before_gives_way_only_to_what_reads_more(found):
    before, found["likeliest"] = good(), [good()]
    assert begun(SHOWN, before).sheet is before
    before, found["likeliest"] = poor(), [good()]
    assert begun(SHOWN, before).sheet is found["likeliest"][0]
    before, found["likeliest"] = poor(), [poor()]
    assert begun(SHOWN, before).sheet is found["likeliest"][0], "that reads none either, but knows the last pictures"


def test_pictures_of_another_size_do_not_count(found):
    larger = [Sample(np.ascontiguousarray(np.pad(each.image, ((0, 4), (0, 0), (0, 0)))), each.text) for each in SHOWN]
    before = good()
    found["likeliest"] = [good(larger)]
    assert begun([*SHOWN[: SAMPLES - MANY], *larger[:MANY]], before).sheet is found["likeliest"][0]


def test_searches_take_seconds_so_they_grow_fewer(found, monkeypatch):
    monkeypatch.setattr(pupil_module, "SAMPLES", 200)
    pupil = Pupil(parse_xp, None, lambda: None)
    for lesson in range(MANY + 8 * FORETOLD):
        pupil.take(SHOWN[lesson % SAMPLES])
    assert found["searches"] == [MANY, MANY + 2 * FORETOLD, MANY + 6 * FORETOLD]
    found["searches"].clear()
    for _ in range(2):
        pupil.sheet = poor()
        pupil._discard(keep_samples=False)
    for sample in SHOWN[: MANY + FORETOLD]:
        pupil.take(sample)
    assert found["searches"] == [], "what never spoke was no interface"
    pupil.sheet = poor()
    pupil.sheet.proofs = pupil_module.PROOFS
    pupil._discard(keep_samples=False)
    for sample in SHOWN[: MANY + FORETOLD]:
        pupil.take(sample)
    assert found["searches"] == [MANY], "another interface is as new as the first"


def tailed(needed: int) -> tuple[list[Sample], Sheet]:
    texts = [f"{value:,} / {needed:,}" for value in counting(MANY)]
    samples = [Sample(draw(text, seed), text) for seed, text in enumerate(texts)]
    folded, tail = with_tail(samples)
    sheet = start_sheet(folded, tail=tail)
    assert sheet is not None
    assert sheet.tail
    return samples, sheet


def test_what_a_sheets_tail_means_is_told_by_the_pictures_it_was_learned_from(found):
    samples, sheet = tailed(80_000)
    found["likeliest"] = [sheet]
    pupil = begun(samples)
    assert pupil.sheet is sheet
    assert not pupil.outlived(parse_xp("35,000 / 80,000"))
    assert pupil.outlived(parse_xp("35,000 / 96,000"))
    others, another = tailed(96_000)
    pupil.samples, found["likeliest"] = others, [another]
    before = pupil._reads
    pupil._reads = lambda each: 1 if each is sheet else min(1, before(each))
    pupil._begin()
    assert pupil.sheet is sheet, "the one before stays where the new one reads no more"
    assert not pupil.outlived(parse_xp("35,000 / 80,000"))


def test_a_text_whose_slash_was_missed_teaches_nothing():
    """Else pairs would be numbers from then on, for glyphs that know no sign so thin."""
    pupil, found = Pupil(parse_xp, None, lambda: None), parse_xp("3,300 / 60,000")
    lost, whole = (Sample(draw("3,300 / 60,000"), text) for text in ("3,30060,000", "3,300/60,000"))
    pupil.take(lost)
    assert [sample.text for sample in pupil.samples] == [lost.text], "no need is known yet"
    pupil.accepted(Reading(text="3,300 / 60,000", found=found, confidence=0.9, reader="a+b", sure=True))
    pupil.take(lost)
    pupil.take(whole)
    assert [sample.text for sample in pupil.samples] == [lost.text, whole.text]


def test_a_better_sheet_is_looked_for_where_one_that_may_speak_seldom_does(found, monkeypatch):
    def taught(*, seldom: bool, lessons: int, spoke_after: int = SILENT) -> Pupil:
        pupil = Pupil(parse_xp, poor(), lambda: None)
        pupil.sheet.proofs = pupil_module.PROOFS
        monkeypatch.setattr(Speech, "seldom", lambda *_: seldom)
        monkeypatch.setattr(pupil_module, "teach", lambda *_, **__: True)
        for lesson in range(lessons):
            if lesson == spoke_after:
                pupil.spoke()
            pupil.take(SHOWN[lesson % SAMPLES])
        return pupil

    found["likely"] = [good()]
    assert taught(seldom=True, lessons=SILENT).sheet is found["likely"][0]
    assert taught(seldom=True, lessons=SILENT - 1).sheet is not found["likely"][0]
    assert taught(seldom=True, lessons=SILENT, spoke_after=3).sheet is not found["likely"][0]
    assert taught(seldom=False, lessons=2 * SILENT).sheet is not found["likely"][0], "it reads what it can elsewhere"


@pytest.mark.parametrize(("told", "asked", "seldom"), [(0, 11, False), (0, 12, True), (3, 10, True), (4, 12, False)])
def test_of_the_values_since_it_was_learned_a_sheet_tells_few(told, asked, seldom):
    heard, sheet = Speech(), good()
    for value in range(told + asked):
        heard.count(sheet, value, told=value < told)
    assert heard.seldom(sheet) is seldom
    assert not heard.seldom(good()), "of another sheet nothing is known"


def test_a_value_that_glyphs_told_at_last_counts_as_told():
    heard, sheet = Speech(), good()
    for value in range(2 * speech.FEW):
        for told in (False, False, True, False):
            heard.count(sheet, value, told=told)
    assert not heard.seldom(sheet)


def test_a_picture_that_is_read_now_so_now_otherwise_counts_few_values_and_old_ones_are_forgotten():
    heard, sheet = Speech(), good()
    for time in range(2 * speech.FEW):
        heard.count(sheet, time % 2, told=False)
    assert not heard.seldom(sheet)
    for value in range(speech.MOST):
        heard.count(sheet, value, told=True)
    assert not heard.seldom(sheet)
    for value in range(1000, 1000 + speech.MOST):
        heard.count(sheet, value, told=False)
    assert heard.seldom(sheet), "what it told long ago says nothing of now"


def struck(text: str, seed: int) -> np.ndarray:
    """The text with a line over its last digit: the glyphs do not know that."""
    picture = draw(text, seed)
    last = int(np.flatnonzero((picture.min(axis=2) > 150).any(axis=0))[-1])
    cv2.line(picture, (last - 9, 21), (last, 21), (230, 240, 240), 2)
    return picture


@pytest.mark.parametrize("spoke", [0, speech.FEW])
def test_the_silence_of_glyphs_that_never_told_much_says_nothing(monkeypatch, spoke):
    reader, _ = trained()
    reader._teacher, reader._pupil._speech = Unanimous(), Speech()
    monkeypatch.setattr(reader._pupil, "take", lambda _: None)
    for seed in range(spoke):
        told = reader.read(picture := draw(f"XP 12,{100 + seed} / 678,907", seed))
        assert told.reader == "glyphs"
        reader.confirm(picture, told)
    doubts = []
    for seed in range(speech.FEW + 2):
        reader._teacher.text = text = f"XP 12,{310 + seed} / 678,907"
        made = reader.read(struck(text, seed))
        doubts.append((made.doubted, made.covered))
    assert doubts[0] == (True, True)
    assert doubts[-1] == ((True, True) if spoke else (False, False))


def begun_at(found, monkeypatch, lessons: int) -> list[int]:
    """After how many lessons a sheet was begun anew, where none ever foretells anything."""
    begins, begin, taken = [], Pupil._begin, 0
    monkeypatch.setattr(Pupil, "_begin", lambda pupil: begins.append(taken) or begin(pupil))
    monkeypatch.setattr(pupil_module, "teach", lambda *_, **__: False)
    monkeypatch.setattr(pupil_module, "GIVE_UP", 1000)
    found["likeliest"] = [poor()]
    pupil = Pupil(parse_xp, None, lambda: None)
    for taken in range(1, lessons + 1):
        pupil.take(SHOWN[taken % SAMPLES])
    return begins


def test_with_many_pictures_a_sheet_that_cannot_use_them_is_not_begun_anew_at_every_other(found, monkeypatch):
    """It takes seconds then, in the loop that looks at the game."""
    begins = begun_at(found, monkeypatch, SAMPLES)
    assert begins == [1, 2, 3, 5, 7, 7 + FORETOLD], "then after twice as many, and so on"


def test_however_often_it_was_begun_in_vain_another_try_is_not_far(found, monkeypatch):
    begins = begun_at(found, monkeypatch, 300)
    assert max(after - one for one, after in pairwise(begins)) == MOST_PATIENT
