"""Lessons whose value and percentage say that the level needs something else than all others do: they were misread."""

from __future__ import annotations

import pytest
from tests.unit.test_ocr_glyphs import draw

from combatlens.adapters.ocr.glyph_start import Sample
from combatlens.adapters.ocr.implied import KEPT, ImpliedNeeds, implied_need
from combatlens.adapters.ocr.pupil import Pupil
from combatlens.adapters.ocr.xp_text import parse_xp

NEED = 80_000


def shown(value: int, need: int = NEED) -> str:
    return f"{value}[{100 * value / need:.2f}%]"


def heard(*texts: str) -> ImpliedNeeds:
    needs = ImpliedNeeds()
    for text in texts:
        needs.denies(parse_xp(text))
    return needs


BEFORE = [shown(9000 + 113 * at) for at in range(5)]


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("9463[11.83%]", False),
        ("9463[11.03%]", True),  # 8 read as 0
        ("9059[12.32%]", True),
        ("12002[16.00%]", True),
        ("9463", False),
        ("11.83%", False),
        ("463[0.98%]", False),  # hardly any share says nothing
        ("9463 / 80000", False),
    ],
)
def test_a_text_that_implies_another_need_than_most_is_denied(text: str, denied: bool) -> None:
    assert heard(*BEFORE).denies(parse_xp(text)) is denied


def test_few_texts_deny_nothing() -> None:
    assert not heard(*BEFORE[:2]).denies(parse_xp("9463[11.03%]"))
    assert not heard(*[BEFORE[0]] * 9).denies(parse_xp("9463[11.03%]")), "one text, time and again"
    assert heard(*BEFORE[:3]).denies(parse_xp("9463[11.03%]"))


def test_texts_that_were_misread_before_deny_no_others() -> None:
    wrong = ["9463[11.03%]", "9059[12.32%]", "12002[16.00%]", "11096[14.07%]"]
    needs = heard(*wrong)
    assert not any(needs.denies(parse_xp(text)) for text in BEFORE)
    assert needs.denies(parse_xp("14627[10.20%]"))


@pytest.mark.parametrize("before", [3, KEPT, 3 * KEPT])
def test_with_a_level_the_need_changes_after_some_texts(before: int) -> None:
    needs = heard(*(shown(9000 + 113 * at) for at in range(before)))
    denied = [needs.denies(parse_xp(shown(1300 + 77 * at, 95_000))) for at in range(12)]
    assert denied[0]
    assert not any(denied[KEPT // 3 :])
    assert needs.denies(parse_xp("9463[11.83%]")), "what the level before needed is another need now"


def test_a_pupil_learns_nothing_from_them() -> None:
    pupil = Pupil(parse_xp, None, lambda: None)
    for text in (*BEFORE[:4], "9463[11.03%]", BEFORE[4], "9?59[12.3?%]"):
        pupil.take(Sample(draw(text), text))
    assert [sample.text for sample in pupil.samples] == [*BEFORE, "9?59[12.3?%]"]


@pytest.mark.parametrize(("text", "low", "high"), [("9463[11.83%]", 79_915, 80_067), ("12.5K [10%]", 112_727, 140_000)])
def test_the_need_that_a_text_implies(text: str, low: float, high: float) -> None:
    need = implied_need(parse_xp(text))
    assert need is not None
    assert need == (pytest.approx(low, rel=2e-3), pytest.approx(high, rel=2e-3))
