"""Questions to the whole history: dashboard, trends, insights, alerts. Reads rollups only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from statistics import median
from typing import TYPE_CHECKING, Any, Protocol

from combatlens.domain.present import iso
from combatlens.learning.days import Calendar
from combatlens.learning.findings import findings
from combatlens.learning.movement import trends as trends_of
from combatlens.learning.outlook import RECENT, next_rating, next_session, sequences_kept, skills_kept
from combatlens.learning.robust import Sums
from combatlens.learning.standing_alerts import standing_alerts
from combatlens.learning.survey import Point, best_hours, best_places, bias, by_context, by_day, satisfaction, totals
from combatlens.learning.told import Said

if TYPE_CHECKING:
    from combatlens.ports import Clock

DAY = 86400.0
NEWEST = 200
"""Sessions that predictions look at."""

SEVERITIES = ("low", "medium", "high")
DECISIONS = ("accepted", "modified", "rejected")


class AnalyticsReader(Protocol):
    """Blocking reads; `since` in Unix seconds, None for everything."""

    def points(self, since: float | None = None, newest: int | None = None) -> list[Point]: ...
    def tags(self, since: float | None = None) -> dict[str, tuple[str, ...]]: ...
    def hours(self, since: float | None = None) -> list[tuple[float, float, float]]: ...
    def places(self, since: float | None = None) -> list[tuple[str, Sums]]: ...
    def ranking(self, since: float | None = None) -> list[dict[str, Any]]: ...
    def recent_skills(self, sessions: int) -> dict[str, list[tuple[int, int]]]: ...
    def said(self, kind: str, since: float | None = None) -> list[Said]: ...
    def sources(self, since: float | None = None) -> list[dict[str, Any]]: ...
    def alerts(self, since: float | None = None) -> list[dict[str, Any]]: ...
    def corrections(self, since: float | None = None) -> dict[str, int]: ...
    def intake(self, since: float | None = None) -> dict[str, Any]: ...
    def advice(self) -> list[dict[str, Any]]: ...
    def learnings(self) -> list[dict[str, Any]]: ...


class Analytics:
    """Answers are JSON-able, times in ISO 8601. `insights`: what the learner left; `goals`: the chances of goals today;
    `zone`: whose days and hours (None: the computer's own)."""

    def __init__(
        self,
        reader: AnalyticsReader,
        insights: Callable[[], dict[str, Any]],
        clock: Clock,
        *,
        goals: Callable[[], list[dict[str, Any]]] = list,
        zone: tzinfo | None = None,
    ) -> None:
        self._reader = reader
        self._insights = insights
        self._clock = clock
        self._goals = goals
        self._calendar = Calendar(zone)

    def dashboard(self, days: float | None = None) -> dict[str, Any]:
        """Everything on one page."""
        since = self._since(days)
        points = self._reader.points(since)
        told = self._insights()
        base = self._base(days, points, told)
        sources = self._reader.sources(since)
        return {
            **base,
            "by_day": by_day(points, self._calendar),
            "contexts": by_context(points, self._reader.tags(since)),
            "recommendations": self._recommendations(since, told),
            "learning": [
                {
                    **row,
                    "successes": int(row["successes"]),
                    "first_at": iso(row["first_at"]),
                    "last_at": iso(row["last_at"]),
                }
                for row in self._reader.learnings()
            ],
            "reader": sources,
            "corrections": self._reader.corrections(since),
            "intake": self._reader.intake(since),
            "alerts": self._alerts(since, base["trends"], sources, told),
        }

    def _base(self, days: float | None, points: Sequence[Point], told: dict[str, Any]) -> dict[str, Any]:
        """Of the dashboard what findings are made from, the predictions, and what all of it rests on."""
        since = self._since(days)
        return {
            "period": self._period(days, points),
            "totals": totals(points),
            "trends": trends_of(points),
            "effectiveness": self._reader.ranking(since),
            "best_hours": best_hours(self._reader.hours(since), self._calendar),
            "best_places": best_places(self._reader.places(since)),
            "satisfaction": satisfaction(points, self._reader.said("feedback", since), self._calendar),
            "predictions": self._predictions(points if since is None else self._reader.points(newest=NEWEST), told),
            "bias": bias(points, self._calendar),
        }

    def trends(self, days: float | None = None) -> dict[str, Any]:
        points = self._reader.points(self._since(days))
        return {"period": self._period(days, points), "trends": trends_of(points)}

    def insights(self, days: float | None = None) -> dict[str, Any]:
        """What follows from it, in sentences, the weightiest first; with predictions and what all of it rests on."""
        told = self._insights()
        found = self._base(days, self._reader.points(self._since(days)), told)
        return {
            "period": found["period"],
            "insights": findings(found, told),
            "predictions": found["predictions"],
            "bias": found["bias"],
        }

    def findings(self, dashboard: dict[str, Any]) -> list[dict[str, Any]]:
        """The sentences that follow from a dashboard."""
        return findings(dashboard, self._insights())

    def alerts(self, days: float | None = None) -> list[dict[str, Any]]:
        """As CONTRACT's `analytics alerts`, the newest first."""
        since = self._since(days)
        points = self._reader.points(since)
        return self._alerts(since, trends_of(points), self._reader.sources(since), self._insights())

    def _since(self, days: float | None) -> float | None:
        return None if days is None else self._clock.now() - days * DAY

    def _period(self, days: float | None, points: Sequence[Point]) -> dict[str, Any]:
        first = points[0].start if points else None
        return {"days": days, "since": iso(self._since(days) if days is not None else first),
                "until": iso(self._clock.now())}  # fmt: skip

    def _alerts(
        self,
        since: float | None,
        moves: Sequence[dict[str, Any]],
        sources: Sequence[dict[str, Any]],
        told: dict[str, Any],
    ) -> list[dict[str, Any]]:
        outcomes = told.get("advice", {}).get("outcomes", [])
        found = standing_alerts(moves, sources, outcomes, self._clock.now()) + self._reader.alerts(since)
        keys = ("kind", "severity", "since", "detected_at", "session_id", "metric", "expected", "observed", "message",
                "changed")  # fmt: skip
        return [
            {key: iso(alert[key]) if key in ("since", "detected_at") else alert[key] for key in keys} for alert in found
        ]

    def _recommendations(self, since: float | None, told: dict[str, Any]) -> dict[str, Any]:
        outcomes = told.get("advice", {}).get("outcomes", [])
        rows = [row for row in self._reader.advice() if since is None or row["last_at"] >= since]
        rows = [_counted(row, outcomes) for row in rows]
        counts = {name: sum(row[name] for row in rows) for name in DECISIONS}
        decided = sum(counts.values())
        waits = [row["seconds_to_decide"] for row in rows if row["seconds_to_decide"] is not None]
        verdicts = {row["recommendation_id"]: row["verdict"] for row in outcomes}
        return {
            "given": len(rows),
            **counts,
            "acceptance_rate": (decided - counts["rejected"]) / decided if decided else None,
            "median_hours_to_decide": median(waits) / 3600 if waits else None,
            "trust": told.get("advice", {}).get("trust"),
            "each": [
                {**row, "first_at": iso(row["first_at"]), "last_at": iso(row["last_at"]),
                 "outcome": verdicts.get(row["id"])}
                for row in rows
            ],
        }  # fmt: skip

    def _predictions(self, points: Sequence[Point], told: dict[str, Any]) -> list[dict[str, Any]]:
        """From the newest sessions, whatever the period looked at."""
        return [
            next_session(points),
            *self._goals(),
            *skills_kept(self._reader.recent_skills(RECENT)),
            *sequences_kept(told.get("rotations", [])),
            next_rating(points),
        ]


def _counted(row: dict[str, Any], outcomes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A row of the advice given, with the decisions made while no session was open too: the view knows only others."""
    own = [one for one in outcomes if one["recommendation_id"] == row["id"]]
    if len(own) <= sum(row[name] for name in DECISIONS):
        return row
    waited = min(datetime.fromisoformat(one["at"]).timestamp() for one in own) - row["first_at"]
    counts = {name: sum(one["decision"] == name for one in own) for name in DECISIONS}
    return {**row, **counts, "seconds_to_decide": waited if waited >= 0 else None}


def at_least(alerts: Sequence[dict[str, Any]], severity: str) -> bool:
    """Whether any alert is at least so severe."""
    return any(SEVERITIES.index(alert["severity"]) >= SEVERITIES.index(severity) for alert in alerts)
