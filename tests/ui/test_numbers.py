"""Numbers as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from combatlens.ui import numbers

NBSP = numbers.NBSP


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (7, "7"), (7.25, "7.2"), (847.4, "847"), (9_412, "9,412"), (9_999.4, "9,999"), (12_255.3, "12.3k"),
        (99_949, "99.9k"), (99_999, "100k"), (999_949, "1.00M"), (1_234_567, "1.23M"), (25e6, "25.0M"), (3e9, "3.00G"),
        (-35, "−35"), (-12_300, "−12.3k"), (None, "not yet"), (math.nan, "not yet"), (math.inf, "not yet"),
    ],
)  # fmt: skip
def test_short(value: float | None, text: str) -> None:
    assert numbers.short(value) == text


@given(st.floats(min_value=0, max_value=1e11))
def test_short_stays_short_and_near(value: float) -> None:
    text = numbers.short(value)
    assert len(text) <= 6
    unit = {"k": 1e3, "M": 1e6, "G": 1e9}.get(text[-1], 1.0)
    assert float(text.rstrip("kMG").replace(",", "")) * unit == pytest.approx(value, rel=0.006, abs=0.051)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (42.9, "0:42"), (725, "12:05"), (5_025, "1:23:45"), (360_000, "100:00:00"), (-3, "0:00"),
     (None, "not yet"), (math.nan, "not yet")],
)  # fmt: skip
def test_clock(seconds: float | None, text: str) -> None:
    assert numbers.clock(seconds) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0.5, "30 s"), (42.4, "42 min"), (59.6, "1 h 00 min"), (65, "1 h 05 min"), (3_000, "50 h 00 min"),
     (None, "not yet")],
)  # fmt: skip
def test_length(minutes: float | None, text: str) -> None:
    assert numbers.length(minutes).replace(NBSP, " ") == text


def test_days_are_told_alike_everywhere() -> None:
    assert numbers.day("2026-11-02T12:00:00+00:00").replace(NBSP, " ") == "Mon 2 Nov 2026"
    told = numbers.day("2026-11-02T12:00:00+00:00", "%a %d %b %Y, %H:%M").replace(NBSP, " ")
    assert told.startswith("Mon 2 Nov 2026, ")
    assert numbers.day(None) == ""


def test_rates_shares_and_counts() -> None:
    assert numbers.rate(12_255.3) == f"12.3k{NBSP}XP/h"
    assert numbers.rate(None) == "not yet"
    assert numbers.percent(0.434) == f"43{NBSP}%"
    assert numbers.percent(math.nan) == "not yet"
    assert numbers.count(1_234_567) == "1,234,567"
    assert numbers.count(1_234.5) == "1,234"
    assert numbers.signed(1_840) == "+1,840"
    assert numbers.signed(-0.5) == "−0.5"
    assert numbers.many(1, "session") == f"1{NBSP}session"
    assert numbers.many(0, "session") == f"0{NBSP}sessions"
    assert numbers.ratio(None) == "not yet"
    assert [numbers.ratio(value) for value in (24, 999.9, 1_240.4, 4e9)] == ["24.0", "999.9", "1,240", "4.00G"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(725, "12:05"), (359_999, "99:59:59"), (360_000, "100 h"), (44_280_000, "12.3k h"),
                          (None, "not yet")],
)  # fmt: skip
def test_long_times_are_told_in_hours(seconds: float | None, text: str) -> None:
    assert numbers.lasting(seconds).replace(NBSP, " ") == text
