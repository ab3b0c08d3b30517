"""Learning where the teachers are of little help: small type, signs misread, one teacher alone, oblique letters."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from tests.unit.test_ocr_glyphs import draw, sheet, texts
from tests.unit.test_ocr_trained import Clock, Oracle, trained

from combatlens.adapters.ocr.full import ReadingRules, decide
from combatlens.adapters.ocr.glyph_cut import cells
from combatlens.adapters.ocr.glyph_learning import teach
from combatlens.adapters.ocr.glyph_parts import TRUST_VOTES, Doubt, Glyph
from combatlens.adapters.ocr.glyph_start import Sample, _slant, start_sheet
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.groups import Groups
from combatlens.adapters.ocr.lesson import seen_twice
from combatlens.adapters.ocr.noted import Notes
from combatlens.adapters.ocr.pupil import PROOFS, Pupil
from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.standing import Standing
from combatlens.adapters.ocr.trained import TrainedReader
from combatlens.adapters.ocr.xp_text import parse_xp

__all__ = ["sheet"]


def looks(*lines: str, reader: str = "rapidocr", sure: float = 0.95) -> list[Look]:
    return [Look(reader, f"{view}", line, sure, parse_xp(line)) for view, line in enumerate(lines)]


def mended(*lines: str, proofs: tuple[str, ...] = ("16,543,758", "16,793,960")) -> Reading:
    groups = Groups()
    for proof in proofs:
        groups.accepted(proof)
    return groups.mend(decide(looks(*lines)), parse_xp)


@pytest.mark.parametrize("line", ["17,542.988", "17.542,988", "17542,988", "17,542988", "17. 542 988"])
def test_a_sign_between_groups_that_was_misread_or_missed_is_written_as_it_is(line):
    assert mended(line, line).found.value == 17_542_988
    assert mended(line, line).sure


@pytest.mark.parametrize("line", ["17,542.98", "1754,2988", "17,542.9881", "7.25", "12.345,6"])
def test_where_a_digit_may_be_missing_nothing_is_mended(line):
    before = decide(looks(line, line))
    assert mended(line, line) == before


@pytest.mark.parametrize(
    ("told", "value"),
    [("14630.633", 14_630_633), ("14.630633", 14_630_633), ("17232..537", 17_232_537), ("17 232.537", 17_232_537),
     ("1.2345678", None), ("17 2.345.678", None),
     ("12.93951", None), ("12.939.51", None), ("1234.567M", None), ("0234.567", None), ("14630,633.5", None)],
)  # fmt: skip
def test_a_point_that_glyphs_lost_between_thirds_says_nothing(told, value):
    """The digits are all told; where one may be missing, or a point may part decimals, nothing is mended."""
    seen = SimpleNamespace(
        read=lambda image, needed: told, forms={"9", "9M"}, faint=set(), faint_slash=False, begun=True, tail=""
    )
    made = Pupil(parse_xp, None, lambda: None).telling.told(draw("1"), seen)
    assert made.found.value == value if value else isinstance(made, Doubt)


@pytest.mark.parametrize(("partly", "kept"), [("4567890", True), ("4567?90", False), ("", False)])
def test_lessons_whose_signs_are_all_known_do_not_throw_the_glyphs_away(sheet, monkeypatch, partly, kept):
    """A point too faint to be cut out teaches nothing, time and again; what it stands between is known all the same."""
    pupil = Pupil(parse_xp, copy.deepcopy(sheet), lambda: None)
    pupil.sheet.proofs = PROOFS
    monkeypatch.setattr("combatlens.adapters.ocr.pupil.teach", lambda *_, **__: False)
    monkeypatch.setattr(pupil.telling, "told", lambda *_: Doubt("a gap in the text", partly))
    for index in range(8):
        pupil.take(Sample(draw("4,567890", index), "4,567,890"))
    assert pupil.trained == kept


def test_signs_may_part_decimals_until_the_display_has_shown_groups():
    assert mended("17,542.988", "17,542.988", proofs=("16,543,758",)).found.value is None
    assert mended("17,542.988", "17,542.988", proofs=("543,758", "543,759")).found.value is None


def test_the_slant_is_told_from_all_pictures_together():
    lean = np.array([[1, -0.18, 7], [0, 1, 0]], np.float32)
    upright = [Sample(draw(text, index), text) for index, text in enumerate(texts(6))]
    oblique = [Sample(np.asarray(cv2.warpAffine(each.image, lean, (300, 40))), each.text) for each in upright]
    bright = Sample(np.full((40, 300, 3), 120, np.uint8), "1")  # the last one alone says nothing
    seen = Sheet((230, 240, 240), 150, (8, 34), (40, 300))
    assert _slant(seen, upright) == 0
    assert _slant(seen, [*oblique[:5], bright]) == pytest.approx(0.18, abs=0.061)


def test_renderings_of_one_character_vouch_for_one_another(sheet):
    """Scaled type stands at other sub-pixel places every time: no two pictures of a digit are quite the same."""
    fresh = copy.deepcopy(sheet)
    fresh.glyphs = []
    for index, text in enumerate(texts(5, seed=11)):
        moved = np.array([[1, 0, 0.2 * index], [0, 1, 0]], np.float32)
        image = np.asarray(cv2.warpAffine(draw(text, index), moved, (300, 40), borderMode=cv2.BORDER_REPLICATE))
        assert teach(fresh, image, text)
    assert fresh.complete


def test_a_number_that_two_looks_read_and_the_glyphs_bear_out_is_read():
    reader, oracle = trained()
    text = "XP 12,745 / 678,901"
    image = cv2.GaussianBlur(draw(text, 77), (0, 0), 0.7)  # too soft for the glyphs alone
    seen = looks(text, "XP 12,715 / 678,901", text, sure=0.5) + looks("XP 12,245 / 678,901", reader="tesserocr")
    unsure = decide(seen)
    assert not unsure.sure
    oracle.read = lambda image: unsure
    made = reader.read(image)
    assert made.reader != "glyphs"
    assert (made.borne_out, made.sure, made.found.value) == (True, True, 12_745)
    wrong = "XP 12,715 / 678,901"
    oracle.read = lambda image: decide(looks(wrong, "XP 12,245 / 678,901", wrong, sure=0.5))
    assert not reader.read(image).sure


def test_what_one_look_alone_saw_is_no_candidate():
    assert seen_twice(looks("12,345", "12,346", "12346", "bad")) == ["12346"]


def test_what_one_teacher_keeps_reading_is_told_once():
    standing, told = Standing(parse_xp), []
    for step in range(5):
        told.append(standing.hear([*looks("*94,248。"), *looks("", reader="tesserocr")], step / 2))
    assert told == [None, None, "94,248", None, None]


def test_what_is_read_otherwise_in_between_does_not_stand():
    standing = Standing(parse_xp)
    lines = ["94,248", "94,243", "94,248", "94,243", "94,248", "94,243"]
    assert not any(standing.hear(looks(line), step / 2) for step, line in enumerate(lines))
    assert not any(standing.hear(looks("1,234"), 10 + 3 * step) for step in range(4)), "too far apart"
    assert not any(standing.hear(looks("1,235", sure=0.8), 30 + step / 2) for step in range(4)), "never certain"


def test_looks_of_another_digit_are_dropped_once_all_digits_are_known(sheet):
    """All took a 9 for a 5 while no 9 was known: such a 5 would read every 9 that is drawn like it."""
    learner = copy.deepcopy(sheet)
    chief = max((glyph for glyph in learner.glyphs if glyph.label == "5"), key=lambda glyph: glyph.votes)
    nine = max((glyph for glyph in learner.glyphs if glyph.label == "9"), key=lambda glyph: glyph.votes)
    noise = np.random.default_rng(3).normal(0, 0.06, nine.pixels.shape)
    wrong = Glyph("5", np.clip(nine.pixels + noise, 0, 1).astype(np.float32), votes=chief.votes - 1)
    learner.glyphs.append(wrong)
    before = {id(glyph) for glyph in learner.glyphs}
    teach(learner, draw("XP 48,573 / 901,264", 321), "XP 48,573 / 901,264")
    after = {id(glyph) for glyph in learner.glyphs}
    assert before - after == {id(wrong)}
    assert learner.complete


def test_a_lesson_is_remembered_while_other_readings_come_between():
    notes, image = Notes(), draw("1")
    notes.stood(0.0)
    assert notes.note(Sample(image, "12", "1?")) is None
    notes.stood(0.2)
    assert notes.note(Sample(image, "72", "??")) is None
    notes.stood(0.4)
    taught = notes.note(Sample(image, "12", "12"))
    assert taught is not None
    assert (taught.text, taught.sure) == ("12", "1?")
    notes.stood(0.6)
    assert notes.note(Sample(image, "12", "12")) is None, "it was learned"


def test_a_picture_that_stays_teaches_by_itself():
    notes = Notes()
    notes.stood(0.0)
    notes.note(Sample(draw("1"), "12", "1?"))
    taught = notes.stood(1.5)
    assert taught is not None
    assert taught.text == "12"
    assert notes.stood(3.5) is None


def test_one_teacher_that_keeps_reading_it_gives_a_sample():
    class Alone:
        def read(self, image):
            return decide([*looks("94 248", "x"), *looks("", "", reader="tesserocr")])

        def close(self):
            pass

    clock = Clock()
    reader = TrainedReader(Alone(), ReadingRules(), clock, paced=False)
    for step in range(3):
        clock.at = step / 2
        reader.read(draw("94 248", step))
    assert [(sample.text, sample.sure) for sample in reader._pupil.samples] == [("94 248", "?? ???")]


def test_a_doubtful_text_with_fewer_digits_than_the_last_teaches_nothing():
    """A tooltip over the number's first digits: what is left is read by both, and is not the number."""
    reader, oracle = trained()
    before = len(reader._pupil.samples)
    cut = decide([*looks("45/678,901", "x45/678,901"), *looks("45/678,901", "45 678,901", reader="tesserocr")])
    oracle.read = lambda image: cut
    for step in range(4):
        reader.read(draw("45/678,901", step))
    assert len(reader._pupil.samples) == before


def test_until_the_glyphs_speak_the_teachers_are_asked_as_long_as_they_read_it():
    """A level's percentage may not show a `4` for an hour: until then no glyph speaks, and values come and go."""
    oracle, clock = Oracle(), Clock()
    reader = TrainedReader(oracle, ReadingRules(), clock)
    read = 0
    for step in range(200):
        clock.at += 3.0
        oracle.text = f"XP {10_000 + 7 * step:,}".translate({ord("4"): "5"})
        read += reader.read(draw(oracle.text, step)).sure
    assert not reader.trained
    assert read == 200


def test_what_the_teachers_take_for_one_another_is_not_taught_by_one_alone():
    class Alone:
        lines = ("94 248", "x")

        def read(self, image):
            return decide([*looks(*self.lines), *looks("", "", reader="tesserocr")])

        def close(self):
            pass

    alone, clock = Alone(), Clock()
    reader = TrainedReader(alone, ReadingRules(), clock, paced=False)
    for step, lines in enumerate([("1048", "1043"), ("2048", "2043"), *[("94 248", "x")] * 3]):
        clock.at, alone.lines = step / 2, lines
        reader.read(draw(" ".join(lines), step))
    assert not reader._pupil.samples


def test_no_text_at_all_is_no_trouble_for_a_trained_reader():
    reader, oracle = trained()
    oracle.blind = True
    made = reader.read(cv2.GaussianBlur(draw("XP 12,745 / 678,901", 77), (0, 0), 3))
    assert made.reason == "no text found"


def test_a_known_sheet_takes_no_look_that_is_more_like_another_sign(sheet):
    """Under a line a 0 loses its side; teachers read a 9, time and again, where no 9 was seen often yet."""
    made = copy.deepcopy(sheet)
    for glyph in made.glyphs:
        glyph.votes = TRUST_VOTES if glyph.label == "9" else glyph.votes
    for index in range(4):
        image = draw("XP 10,567 / 234,881", 70 + index)
        zero = cells(made.ink(image), "XP 10,567 / 234,881", made.widths)[3]
        image[:, zero.start + 1 : zero.start + 3] = 40
        assert teach(made, image, "XP 19,567 / 234,881")
    assert [glyph.votes for glyph in made.glyphs if glyph.label == "9"] == [TRUST_VOTES]


def test_places_go_with_the_text_as_it_is_spelt():
    """The apostrophes that no teacher saw are written in before it is taken apart."""
    known = [f"1'234'{number}" for number in range(567, 597)]
    made = start_sheet([Sample(draw(text, index), text) for index, text in enumerate(known)])
    assert made is not None
    reader = TrainedReader(Oracle(), ReadingRules(), Clock(), paced=False)
    reader.sheet = made
    text, looked = "1234571", Look("combatlens", "24", "1234571", 0.9, parse_xp("1234571"), tuple(range(20, 90, 10)))
    reading = Reading(
        text=text,
        found=parse_xp(text),
        confidence=0.9,
        reader="combatlens",
        sure=True,
        agreed=True,
        looks=(looked, looked),
    )
    reader.confirm(draw("1'234'571", 9), reading)
    (sample,) = reader._pupil.samples
    assert sample.text == "1'234'571"
    assert len(sample.places) == len(sample.text)


def test_a_spoiled_picture_moves_a_look_once_however_often_it_shows_it(sheet):
    text, sheet = "2,000,000", copy.deepcopy(sheet)
    clean = draw(text)
    for _ in range(3):
        assert teach(sheet, clean, text)
    look = max((glyph for glyph in sheet.glyphs if glyph.label == "0"), key=lambda glyph: glyph.votes)
    before, votes = look.pixels.copy(), look.votes
    spoiled = cv2.addWeighted(clean, 0.8, cv2.GaussianBlur(clean, (3, 3), 0), 0.2, 0)
    zeros = [cell.pixels for cell in cells(sheet.ink(spoiled), text, sheet.widths) if cell.label == "0"]
    off = max(float(np.abs(zero - before).max()) for zero in zeros if zero.shape == before.shape)
    assert teach(sheet, spoiled, text)
    assert look.votes == votes + 1, "it is the same look"
    assert 0 < float(np.abs(look.pixels - before).max()) <= 0.4 * off
