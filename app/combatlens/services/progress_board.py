"""The learning progress of the user: every session is one try, its XP per hour the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from combatlens.learning.progress import (
    LearningEvent,
    convergence_analysis,
    convergences,
    learning_report,
    real_time_metrics,
)
from combatlens.ports import Clock, History, SessionQuery
from combatlens.services.goal_book import GoalBook

NEWEST = 500
STEADY = 0.05
"""A build has converged when XP per hour changed by under 5 % from one session to the next."""


class ProgressBoard:
    """What `/v1/learning/metrics`, `/report` and `/goals` answer, in the words of `LearningProgressTracker`."""

    def __init__(self, history: History, goals: GoalBook, clock: Clock) -> None:
        self._history = history
        self._goals = goals
        self._clock = clock

    def goals(self) -> list[dict[str, Any]]:
        """As `goals list --json`."""
        return self._goals.as_json()

    def metrics(self) -> dict[str, Any]:
        """The newest session's XP per hour, how it changed, and where it goes."""
        events, total = self._events()
        goals = self._goals.states()
        done = sum(g.is_completed for g in goals)
        return real_time_metrics(
            events[-1] if events else None, [e.performance_score for e in events], total=total,
            active_goals=len(goals) - done, completed_goals=done, now=self._clock.now(),
        )  # fmt: skip

    def report(self) -> dict[str, Any]:
        """The whole picture, by build."""
        events, total = self._events()
        states = self._goals.states()
        done = sum(g.is_completed for g in states)
        goals = {
            "total_goals": len(states),
            "completed_goals": done,
            "active_goals": len(states) - done,
            "goals": {g["goal_id"]: g for g in self._goals.as_json()},
        }
        hours = (events[-1].timestamp - events[0].timestamp) / 3600 if events else 0.0
        steady = convergences(events, STEADY)
        converged = convergence_analysis(steady, len(steady), hours)
        return learning_report(events, total=total, goals=goals, convergence=converged, now=self._clock.now())

    def _events(self) -> tuple[Sequence[LearningEvent], int]:
        page = self._history.sessions(SessionQuery(limit=NEWEST))
        rows = [row for row in reversed(page.rows) if row.xp_per_hour is not None]
        found: list[LearningEvent] = []
        before: dict[str, float] = {}
        for number, row in enumerate(rows, 1 + page.total - len(page.rows)):
            task, score = row.build or row.profile or "all", row.xp_per_hour or 0.0
            last = before.get(task)
            change = (score - last) / last if last else 0.0
            before[task] = score
            found.append(LearningEvent(row.start_time, task, score, change, number, abs(change) if last else 1.0))
        return found, page.total
