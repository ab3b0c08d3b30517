"""A value that may be the one before it, with one digit seen otherwise: what was pending lends it nothing."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.judged import Screen

from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.adapters.screen.judge import Judge, Verdict


def told(text: str) -> Reading:
    """Two teachers read the same in two views."""
    found = parse_xp(text)
    looks = tuple(Look(name, view, text, 0.95, found) for name in ("one", "two") for view in "ab")
    return Reading(
        text=text, found=found, confidence=0.95, reader="one+two", reason=found.reason, sure=True, agreed=True,
        looks=looks,
    )  # fmt: skip


def weighed(*texts: str) -> list[Verdict]:
    judge = Judge()
    for turn in range(20):
        judge.weigh(told("33071/80000"), turn / 10)
    return [judge.weigh(told(text), 3 + turn / 10) for turn, text in enumerate(texts)]


def test_a_digit_under_a_cursor_is_not_believed_for_what_was_seen_before_it() -> None:
    verdicts = weighed("33349/80000", "33349/80000", "33849/80000", "33349/80000", "33349/80000", "33349/80000")
    assert [verdict.reading.text for verdict in verdicts if verdict.changed] == ["33349/80000"]


@pytest.mark.parametrize("after", ["33352/80000", "33411/80000"])
def test_a_counter_that_runs_on_is_followed(after: str) -> None:
    assert [verdict.state for verdict in weighed("33349/80000", "33349/80000", after)][-1] == "accepted"


def states_after(doubted: tuple[str, ...], text: str) -> list[str]:
    """What becomes of a value that both read alike, after others that one view read otherwise; each stays a while."""
    judge = Judge()
    shown = [structs.replace(told(each), disputed=True) for each in doubted]
    for turn in range(20):
        judge.weigh(told("33071/80000"), turn / 10)
    for turn, reading in enumerate([each for each in shown for _ in range(4)]):
        judge.weigh(reading, 3 + turn / 10)
    last = told(text)
    return [judge.weigh(last, 3 + 0.4 * len(doubted) + turn / 10).state for turn in range(3)]


def test_pictures_in_doubt_vouch_for_no_other_value() -> None:
    assert states_after(("33100/80000",), "33155/80000") == ["pending", "pending", "accepted"]


def test_where_one_view_often_reads_otherwise_what_both_read_alike_is_doubtful_too() -> None:
    doubted = ("33082/80000", "33100/80000", "33122/80000", "33140/80000")
    assert states_after(doubted, "33155/80000") == ["pending"] * 3


@pytest.mark.parametrize(("jump", "waits"), [("18,378", 10.0), ("14,378", 1.5)])
def test_a_jump_that_a_digit_taken_for_its_twin_would_make_waits_longer(jump, waits):
    """A 0 that is drawn like an 8 is read as one by all alike, and stays so as long as the value does."""
    screen = Screen("10,300")
    for gained in ("10,310", "10,330", "10,345"):
        screen.show(gained, 3)
    states = screen.show(jump, 110)
    assert states.index("accepted") / 10 == pytest.approx(waits, abs=0.11)
