"""Digits that are hidden, come to light, or only seem to stand beside the number."""

from __future__ import annotations

import itertools
import random

import pytest
from tests.judged import Screen, reading

from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.adapters.screen.pace import Pace


def cut_left(text: str) -> list[str]:
    """What is left of a text whose first one to all but one digits are hidden."""
    return [text[hidden:].lstrip(",") for hidden in range(1, len(text.rstrip("0123456789")) + 3) if text[hidden:]]


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("form", ["{}", "{:,}", "{} / 90000", "{:,} / 90,000"])
def test_lost_leading_digits_never_become_a_value(seed, form):
    """Half-drawn and covered pictures that the reader took for whole ones, in stretches of up to three seconds."""
    pick = random.Random(seed)
    screen, value, shown = Screen(), pick.randint(11_000, 40_000), set()
    screen.show(form.format(value), 12)
    shown.add(form.format(value))
    for _ in range(25):
        value += pick.randint(1, 60)
        text = form.format(value)
        shown.add(text)
        hidden = pick.choice([part for part in cut_left(text) if part != text])
        if pick.random() < 0.5:
            screen.show(hidden, pick.randint(1, 30))
        screen.show(text, pick.randint(1, 8))
    assert set(screen.accepted) <= shown


@pytest.mark.parametrize("frames", [1, 2, 5, 9])
def test_lost_leading_digits_at_the_start_are_no_first_value(frames):
    """Cut pictures for less than a second at a recording's start make no value."""
    screen = Screen()
    screen.show("748", frames)
    screen.show("31748", 12)
    assert screen.accepted == ["31748"]


@pytest.mark.parametrize(
    ("cut", "then", "whole"),
    [
        ("748", "", "31748"),
        ("748", "760", "31,772"),
        ("2,345 / 60,000", "2,400 / 60,000", "12,400 / 60,000"),
        ("748 [45.30%]", "", "31748 [45.30%]"),
        ("5.30%", "", "45.30%"),
        ("48", "", "31,748"),
    ],
)
def test_digits_hidden_for_longer_are_put_right_and_are_no_gain(cut, then, whole):
    screen = Screen(cut)
    if then:
        screen.show(then, 3)
    verdicts = [screen.judge.weigh(reading(whole), screen.at + step / 10) for step in range(102)]
    assert [verdict.state for verdict in verdicts].index("accepted") in (100, 101), "something may stand beside it"
    verdicts = [verdict for verdict in verdicts if verdict.changed]
    assert verdicts[-1].baseline
    assert "first digits were hidden" in verdicts[-1].reason


def test_a_gain_that_leaves_the_last_digits_alone_is_a_gain_once_the_number_is_known_to_be_whole():
    screen = Screen("980 / 9,000")
    screen.show("1,020 / 9,000", 3)
    verdicts = [screen.judge.weigh(reading("8,020 / 9,000"), screen.at + step / 10) for step in range(110)]
    assert [verdict.baseline for verdict in verdicts if verdict.changed] == [False]
    screen = Screen("8,900 / 9,000")
    screen.show("120 / 12,000", 4)
    verdicts = [screen.judge.weigh(reading("5,120 / 12,000"), screen.at + step / 10) for step in range(310)]
    assert [verdict.baseline for verdict in verdicts if verdict.changed] == [False]


@pytest.mark.parametrize("seen", ["112345", "712345", "123451", "123457", "1234517", "112361", "123611"])
def test_a_cursor_that_looks_like_a_digit_beside_the_number_is_none(seen):
    """Nor is what follows it, while the number goes on behind the cursor."""
    screen = Screen("12301")
    screen.show("12345", 3)
    assert set(screen.show(seen, 90)) == {"pending"}
    assert screen.show("12370", 3)[-1] == "accepted"
    grown = Screen("99,870")
    grown.show("99,940", 3)
    assert grown.show("100,010", 3)[-1] == "accepted", "a number that grows is followed"


def test_what_stands_beside_a_number_that_goes_on_is_no_digit_either():
    screen = Screen("901")
    screen.show("912", 3)
    for value in range(912, 1000, 9):
        screen.show(f"{value}1", 5)
    assert screen.accepted == ["901", "912"]


@pytest.mark.parametrize(("first", "then"), [("0 / 1,000", "50 / 1,000"), ("5 / 1,000", "52 / 1,000"), ("0", "120")])
def test_the_first_gains_of_a_new_character_are_gains(first, then):
    screen = Screen(first)
    verdicts = [screen.judge.weigh(reading(then), screen.at + turn / 10) for turn in range(1, 3)]
    assert [(verdict.state, verdict.baseline) for verdict in verdicts] == [("pending", False), ("accepted", False)]


def test_the_first_gain_may_have_been_small():
    """How much is too much at once is told by a few gains, not by one."""
    screen = Screen("300,000")
    screen.show("300,040", 2)
    assert screen.show("301,100", 2) == ["pending", "accepted"]
    screen.show("301,200", 2)
    assert screen.show("313,250", 3) == ["pending"] * 3, "it is more than ten times the largest of three"
    other = Screen("300,000")
    other.show("300,040", 2)
    assert other.show("301,300", 3) == ["pending"] * 3, "it is more than thirty times the only one"


def test_few_gains_deny_a_rival_less_than_many():
    """What else a covered digit may be is left out only where it cannot be."""
    pace, values = Pace(), [parse_xp(str(value)) for value in (1_000, 1_010, 1_020, 1_030)]
    assert not pace.out_of_pace(values[0], parse_xp("999999")), "nothing is known of it yet"
    denied = []
    for last, found in itertools.pairwise(values):
        pace.learn(last, found, gained=True)
        denied.append([pace.out_of_pace(values[-1], parse_xp(str(1_030 + gain))) for gain in (350, 250, 150, 50)])
    assert denied == [[True, False, False, False], [True, True, False, False], [True, True, True, False]]
