"""XP text: every way games write it, and every way it can be misunderstood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from combatlens.adapters.ocr.xp_text import compile_patterns, parse_xp
from combatlens.domain.errors import EnvironmentFault

UNDERSTOOD = [
    # text, value, needed, percent, level
    ("1234", 1234, None, None, None),
    ("1,234", 1234, None, None, None),
    ("1.234", 1234, None, None, None),
    ("1 234", 1234, None, None, None),
    ("1'234", 1234, None, None, None),
    ("1’234’567", 1234567, None, None, None),
    ("1\u2009234\u202f567", 1234567, None, None, None),
    ("12\u00a0345 / 67\u00a0890", 12345, 67890, None, None),
    ("12,345 / 67,890", 12345, 67890, None, None),
    ("XP 12,345 / 67,890", 12345, 67890, None, None),
    ("12345/67890", 12345, 67890, None, None),
    ("12, 345 / 67,890", 12345, 67890, None, None),
    ("12,345 | 67,890", 12345, 67890, None, None),
    ("45.32%", None, None, 45.32, None),
    ("45,32 %", None, None, 45.32, None),
    ("1.234%", None, None, 1.234, None),
    ("100%", None, None, 100, None),
    ("1.2K", 1200, None, None, None),
    ("12.34M / 15M", 12.34e6, 15e6, None, None),
    ("3,5 Mrd", 3.5e9, None, None, None),
    ("2B", 2e9, None, None, None),
    ("LV.43 113291[28.96% ]", 113291, None, 28.96, 43),
    ("Level 12 345 / 1000", 345, 1000, None, 12),
    ("Lvl 12  XP: 1,345 / 10,000 (13.45%)", 1345, 10000, 13.45, 12),
    ("1214595027[83.18%]", 1214595027, None, 83.18, None),
    ("128646 3.47%", 128646, None, 3.47, None),
    ("Current Exp: 3,413,040,710 / Next Level: 3,638,186,694", 3413040710, 3638186694, None, None),
    ("12345 XP", 12345, None, None, None),
    ("HP 100/200 XP 12/90", 12, 90, None, None),
    ("经验：１２，３４５ / ６７，８９０", 12345, 67890, None, None),
    ("Опыт: 12 345", 12345, None, None, None),
    ("0 / 300", 0, 300, None, None),
    ("7 of 9", 7, 9, None, None),
]


@pytest.mark.parametrize(("text", "value", "needed", "percent", "level"), UNDERSTOOD)
def test_understands(text, value, needed, percent, level):
    found = parse_xp(text)
    assert found.reason == ""
    assert (found.value, found.needed, found.percent, found.level) == (value, needed, percent, level)


REFUSED = [
    ("", "no text"),
    ("XP", "no number"),
    ("12O45", "touches"),
    ("l234", "touches"),
    ("l 234", "letter stands"),
    ("i 83752", "letter stands"),
    ("| 83752", "letter stands"),
    ("83752 |", "letter stands"),
    ("] 83752", "bracket"),
    ("113291[28.96% |", "letter stands"),
    ("113291[28.96%", "bracket"),
    ("1,23", "three digits"),
    ("12,3456", "three digits"),
    ("1234,567", "three digits"),
    ("0,123", "begins with 0"),
    ("012", "begins with 0"),
    (",345", "touches"),
    ("345,", "touches"),
    ("12,345 /", "half of a pair"),
    ("/ 67,890", "half of a pair"),
    ("1,234.567", "mixed"),
    ("1.234K", "thousands or decimals"),
    ("4532%", "over 100"),
    ("67,890 / 12,345", "more than the level needs"),
    ("500 / 1000 (80%)", "says 80"),
    ("1000 2000", "several numbers"),
    ("HP 100/200 MP 12/90", "several numbers"),
    ("+120 XP", "signed"),
    ("-120", "signed"),
    ("Level 12", "no XP"),
    ("Level 1 Level 2 3", "more than one level"),
    ("“177", "touches"),
    ("12²", "touches"),
    ("45.3% 12%", "more than one percentage"),
    ("12345 678", "several numbers"),
    ("99999999999999999999", "too large"),
]


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_refuses_with_a_reason(text, why):
    found = parse_xp(text)
    assert why in found.reason
    assert (found.value, found.needed, found.percent, found.level) == (None, None, None, None)


def test_profile_says_what_the_decimal_sign_is():
    assert parse_xp("1.234", decimal=".").value == 1.234
    assert parse_xp("1,234.5", decimal=".").value == 1234.5
    assert parse_xp("1.234,5", decimal=",").value == 1234.5
    assert parse_xp("1.234K", decimal=".").value == 1234


def test_own_patterns_come_first_and_alone():
    patterns = compile_patterns([r"Punkte (?P<value>[\d.]+) von (?P<needed>[\d.]+) auf Stufe (?P<level>\d+)"])
    found = parse_xp("Punkte 1.234 von 2.000 auf Stufe 7", patterns=patterns)
    assert (found.value, found.needed, found.level) == (1234, 2000, 7)
    assert "none of the profile's patterns" in parse_xp("1,234", patterns=patterns).reason
    assert parse_xp("00042", patterns=compile_patterns([r"(?P<value>\d+)"])).value == 42


def test_a_useless_pattern_is_the_profiles_fault():
    with pytest.raises(EnvironmentFault, match="no regular expression"):
        compile_patterns(["("])
    with pytest.raises(EnvironmentFault, match="names neither"):
        compile_patterns([r"\d+"])


@given(st.integers(0, 2**53), st.sampled_from([",", ".", "'", " ", "\u2009", "\u202f", ""]))
def test_every_grouping_gives_the_number_back(number, sign):
    assert parse_xp(f"{number:,}".replace(",", sign)).value == number


@given(st.integers(1000, 10**9), st.data())
def test_one_letter_in_the_number_is_never_a_number(number, data):
    text = f"{number:,}"
    place = data.draw(st.integers(0, len(text) - 1))
    spoiled = text[:place] + data.draw(st.sampled_from("OlISZBgqo")) + text[place + 1 :]
    found = parse_xp(spoiled)
    assert found.reason or found.value == number or (spoiled.endswith("B") and found.value is not None)


@given(st.text(max_size=40))
def test_any_text_is_understood_or_refused(text):
    found = parse_xp(text)
    assert bool(found.reason) == (found.value is None and found.percent is None)


def test_texts_of_one_form_are_read_each_for_itself():
    """What is what in a text is kept by its form; what its digits mean never is."""
    for _ in range(2):
        assert parse_xp("1,234 / 5,678").value == 1234
        assert parse_xp("9,234 / 5,678").reason
        assert "begins with 0" in parse_xp("0,234 / 5,678").reason
        assert parse_xp("4,321 / 8,765").needed == 8765
        assert parse_xp("Level 12 XP 345 (45.3%)").level == 12
        assert parse_xp("Level 31 XP 999 (45.3%)").level == 31
        assert "too large" in parse_xp("9999999999999999").reason
        assert parse_xp("1234567890123456").value == 1234567890123456
