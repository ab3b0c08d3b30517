"""The window of trends: full, with little to say, empty and failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from tests.ui import fakes

from combatlens.domain.errors import EnvironmentFault
from combatlens.learning.robust import Sums
from combatlens.learning.survey import Point
from combatlens.learning.told import Said
from combatlens.services.analytics import Analytics
from combatlens.services.intake import summed
from combatlens.ui.background import Worker
from combatlens.ui.numbers import many, percent
from combatlens.ui.theme import Theme
from combatlens.ui.trends import Course, TrendsWindow


class Reader:
    """A history of so many sessions, one a day, in which XP falls."""

    def __init__(self, sessions: int) -> None:
        self._sessions = range(sessions)

    def points(self, since: float | None = None, newest: int | None = None) -> list[Point]:
        return [
            Point(session_id=f"s{i}", start=fakes.T0 + 86400 * i, active_s=3600, xp=5000.0 - 100 * i, kills=9, deaths=0,
                  damage=1.0, rating=4.0)
            for i in self._sessions
        ]  # fmt: skip

    def tags(self, since: float | None = None) -> dict[str, tuple[str, ...]]:
        return {f"s{i}": ("duo",) for i in self._sessions if i % 2}

    def hours(self, since: float | None = None) -> list[tuple[float, float, float]]:
        return [(fakes.T0 // 3600 * 3600 + 86400 * i, 1000.0, 3600.0) for i in self._sessions]

    def places(self, since: float | None = None) -> list[tuple[str, Sums]]:
        return [("Fen", Sums(9, 900.0, 900.0, 90_100.0, 90_000.0, 90_000.0))] if self._sessions else []

    def recent_skills(self, sessions: int) -> dict[str, list[tuple[int, int]]]:
        return {"Bolt": [(20, 18)] * len(self._sessions)}

    def said(self, kinds: Sequence[str], since: float | None = None) -> list[Said]:
        return [Said(at=fakes.T0, kind="feedback", value=4.0, tags=("bridge",)) for _ in self._sessions]

    def nothing(self, *_: object) -> list[dict[str, Any]]:
        return []

    def intake(self, since: float | None = None) -> dict[str, Any]:
        counts = {"refused": [{"source": "api", "what": "event", "reason": "no time", "count": 3}]}
        return summed([]) | counts

    def corrections(self, since: float | None = None) -> dict[str, int]:
        return {"edit": 2}

    def sources(self, since: float | None = None) -> list[dict[str, Any]]:
        return [{"source": "screen", "events": 9, "delay_p50_s": 0.1, "delay_p95_s": 0.4, "readings": 2,
                 "confidence": 0.9}]  # fmt: skip

    def ranking(self, since: float | None = None) -> list[dict[str, Any]]:
        return [{"kind": "skill", "name": "Bolt", "uses": 20, "success_rate": 0.9}]

    def advice(self) -> list[dict[str, Any]]:
        return [{"id": "a", "text": "prefer Bolt", "first_at": fakes.T0, "last_at": fakes.T0, "accepted": 1,
                 "modified": 0, "rejected": 0, "seconds_to_decide": 60.0}]  # fmt: skip

    def learnings(self) -> list[dict[str, Any]]:
        return [{"kind": "script", "name": "macro", "tries": 4, "successes": 3.0, "success_rate": 0.75,
                 "first_at": fakes.T0, "last_at": fakes.T0, "seconds_to_decide": None}]  # fmt: skip

    alerts = nothing


def texts(window: TrendsWindow) -> list[str]:
    return [found.text() for found in window.findChildren(QLabel)]


def window_of(sessions: int, worker: Worker, theme: Theme, qtbot: QtBot) -> TrendsWindow:
    analytics = Analytics(Reader(sessions), dict, fakes.FakeClock(fakes.T0), zone=UTC)
    window = TrendsWindow(analytics.dashboard, worker, theme)
    qtbot.addWidget(window)
    window.show()
    return window


def test_it_shows_what_moves_and_what_comes_next(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    window = window_of(30, worker, theme, qtbot)
    qtbot.waitUntil(lambda: window.page.currentIndex() == 1)
    shown = texts(window)
    assert "↘ falling" in shown
    assert "▲ high" in shown
    assert {"Alerts", "What comes next", "Best hours", "Best places", "What is said", "bridge"} <= set(shown)
    assert any("in 8 of 10 cases" in text for text in shown)
    assert {"Skills and actions", "Advice, and what became of it", "Tried, and scripts offered"} <= set(shown)
    assert {"prefer Bolt", "accepted", "macro"} <= set(shown)
    assert {"How it was recorded", "screen", "95 of 100 within 0.40 s", f"{percent(0.9)} sure"} <= set(shown)
    assert {"no time", f"refused {many(3, 'time')}", "edit in the audit trail"} <= set(shown)
    assert len(window.findChildren(Course)) == 5
    assert not window.grab().isNull()


def test_one_session_has_no_trend_and_says_what_is_needed(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    window = window_of(1, worker, theme, qtbot)
    qtbot.waitUntil(lambda: window.page.currentIndex() == 1)
    assert texts(window).count("needs more sessions") == 5
    assert "needs 4 more sessions" in texts(window)


def test_an_empty_history_says_so(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    window = window_of(0, worker, theme, qtbot)
    qtbot.waitUntil(lambda: "No ended session" in window.page.message.text())


def test_a_history_that_cannot_be_read_says_so(worker: Worker, theme: Theme, qtbot: QtBot) -> None:
    def broken() -> dict[str, Any]:
        raise EnvironmentFault("the database file is damaged", "restore a backup")

    window = TrendsWindow(broken, worker, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: "cannot be read" in window.page.message.text())


@pytest.mark.parametrize("values", [[], [1.0], [2.0, 2.0, 2.0], [1.0, 3.0]])
def test_a_line_of_any_values_is_drawn(values: list[float], theme: Theme, qtbot: QtBot) -> None:
    course = Course(values, theme)
    qtbot.addWidget(course)
    assert not course.grab().isNull()
