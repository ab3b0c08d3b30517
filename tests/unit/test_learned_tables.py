"""What was learned, as a person reads it in the terminal."""

from __future__ import annotations

import pytest
from tests.learn_world import SMALL, START, sessions

from combatlens.cli.learned_tables import show, within
from combatlens.learning.history import History
from combatlens.learning.insights import insights, insights_of


def test_every_part_is_told_with_its_interval(capsys: pytest.CaptureFixture[str]) -> None:
    show(insights(sessions(SMALL, 8, 20, 1), START))
    told = capsys.readouterr().out
    for title in ("Skills", "Targets", "Where the time goes"):
        assert f"{title}\n" in told
    (line,) = [line for line in told.splitlines() if line.startswith("headshot")]
    assert line.count(" to ") == 2, "damage a second and success have intervals"
    assert "learned from 8 sessions, 2:4" in told
    assert "  best XP skill: " in told


def test_of_nothing_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    show(insights_of(History(), START))
    assert capsys.readouterr().out == "learned from 0 sessions, 0:00:00 active\n"


def test_a_figure_and_where_it_may_lie() -> None:
    assert within(1234.4, [1200.0, 1270.0]) == "1,234 (1,200 to 1,270)"
    assert within(0.5, None, 1) == "0.5"
    assert within(None, None) == "–"
