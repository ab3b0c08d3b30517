from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.clocks import START, HandClock

from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.records import SessionDetail, SessionRow, SessionSummary
from combatlens.ports import SessionPage, SessionQuery
from combatlens.services.goal_book import GoalBook
from combatlens.services.progress_board import ProgressBoard

DAY = 86_400.0


class Shelf:
    """A history in memory: a session a day of one hour, with the XP given."""

    def __init__(self, *xp: float) -> None:
        self.sessions_ = [
            SessionSummary(
                session_id=f"s{i}", start_time=START + i * DAY, end_time=START + i * DAY + 3600, active_minutes=60.0,
                elapsed_minutes=60.0, total_xp_gained=value, xp_per_hour=value, kills=10, build="rifle", character="me",
            )
            for i, value in enumerate(xp)
        ]  # fmt: skip

    def sessions(self, query: SessionQuery) -> SessionPage:
        rows = [s for s in reversed(self.sessions_) if query.since is None or s.start_time >= query.since]
        names = SessionRow.__struct_fields__
        made = [SessionRow(**{n: getattr(s, n) for n in names}) for s in rows[: query.limit]]
        return SessionPage(tuple(made), len(rows))

    def summary(self, session_id: str) -> SessionSummary:
        return next(s for s in self.sessions_ if s.session_id == session_id)

    def detail(self, session_id: str) -> SessionDetail:
        return SessionDetail(summary=self.summary(session_id))

    def insights(self) -> dict[str, Any]:
        return {}


def book(path: Path, shelf: Shelf, at: float) -> GoalBook:
    return GoalBook(path / "goals.json", shelf, HandClock(at))


def test_every_session_is_a_try_and_its_xp_per_hour_the_score(tmp_path: Path) -> None:
    shelf = Shelf(100, 200, 204, 300, 400, 500, 600, 700)
    now = START + 9 * DAY
    board = ProgressBoard(shelf, book(tmp_path, shelf, now), HandClock(now))
    metrics = board.metrics()
    assert metrics["current_performance"] == 700
    assert metrics["current_learning_rate"] == pytest.approx(1 / 6)
    assert metrics["performance_trend"] == "improving"
    assert metrics["total_learning_events"] == 8
    report = board.report()
    assert report["overall_performance"]["best"] == 700
    assert report["task_analysis"]["rifle"]["event_count"] == 8
    assert report["convergence_analysis"]["total_convergences"] == 1, "from 200 to 204"
    assert report["goal_summary"]["total_goals"] == 0


def test_without_sessions_everything_is_zero(tmp_path: Path) -> None:
    board = ProgressBoard(Shelf(), book(tmp_path, Shelf(), START), HandClock(START))
    assert board.metrics()["performance_trend"] == "not enough data"
    assert board.report()["total_learning_events"] == 0
    assert board.goals() == []


def test_goals_are_kept_and_counted_from_when_they_were_made(tmp_path: Path) -> None:
    shelf = Shelf(100, 200, 300, 0, 0)
    early = book(tmp_path, shelf, START + 0.5 * DAY)
    early.add("total_xp_gained", 1000, description="A thousand")
    early.add("kills", 20)
    early.add("kills", 40)
    later = book(tmp_path, shelf, START + 4 * DAY + 3600)
    assert [g.goal_id for g in later.goals()] == ["total_xp_gained", "kills", "kills_2"]
    rows = {row["goal_id"]: row for row in later.as_json()}
    assert (rows["total_xp_gained"]["current"], rows["total_xp_gained"]["completion_percentage"]) == (500, 50)
    assert rows["total_xp_gained"]["eta"] is not None
    assert rows["kills"]["is_completed"]
    assert rows["kills"]["completed_at"].startswith("2023-11-16T23:13:20")
    board = ProgressBoard(shelf, later, HandClock(START + 5 * DAY))
    assert (board.metrics()["active_goals_count"], board.metrics()["completed_goals_count"]) == (1, 2)
    later.remove("kills_2")
    with pytest.raises(NotFound):
        later.remove("kills_2")
    with pytest.raises(EnvironmentFault, match="already"):
        later.add("dps", 5, goal_id="kills")


def test_a_session_under_way_is_counted_from_then_on(tmp_path: Path) -> None:
    shelf = Shelf(100, 200)
    shelf.sessions_[-1] = msgspec.structs.replace(shelf.sessions_[-1], end_time=None)
    at = START + DAY + 600
    book(tmp_path, shelf, at).add("total_xp_gained", 1000)
    shelf.sessions_[-1] = msgspec.structs.replace(shelf.sessions_[-1], total_xp_gained=450.0)
    (row,) = book(tmp_path, shelf, at + 600).as_json()
    assert row["current"] == 250
    later = Shelf(*[10.0] * 90)
    later.sessions_[:2] = shelf.sessions_
    (row,) = book(tmp_path, later, START + 91 * DAY).as_json()
    assert row["current"] == 250 + 88 * 10, "also when many sessions came since"
