"""Progress of anything that is scored again and again: trend and convergence. Pure functions, frozen records."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from scipy import special

TREND_WINDOW = 200
"""A trend is that of the newest scores; older ones say what was, not where it goes."""
RECENT = 10
SURE = 0.95
"""From this confidence on a trend is called improving or declining."""


@dataclass(frozen=True)
class LearningEvent:
    """One scored try. `timestamp` is Unix seconds; `performance_score` may be on any scale."""

    timestamp: float
    task_type: str
    performance_score: float
    learning_rate: float
    episode_count: int
    convergence_metric: float
    metadata: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """A plain dictionary, one key a field."""
        return asdict(self)


@dataclass(frozen=True)
class Convergence:
    """The moment a task's convergence metric fell to the threshold."""

    timestamp: float
    task_type: str
    convergence_metric: float
    episode_count: int


def finite(name: str, value: float) -> float:
    """`value` as a float. Raises ValueError for what is no finite number."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number, not {value!r}")
    return number


def trend(scores: Sequence[float]) -> dict[str, float | int]:
    """Where the newest scores go.

    `trend`: least-squares slope, score per event, over the newest 200. `confidence`: 1 − p of the slope's t-test, with
    the sample size cut down where neighbouring residuals are alike (lag-1 autocorrelation; Bayley & Hammersley 1946).
    `recent_avg`: mean of the newest 10. `improvement_rate`: that mean less the mean of the 10 before, per event.
    All are 0 where there is too little to say; `event_count` tells how many scores there are.
    """
    newest = np.asarray(scores[-TREND_WINDOW:], dtype=np.float64)
    n = len(newest)
    slope, confidence = _slope(newest)
    recent, before = newest[-RECENT:], newest[-2 * RECENT : -RECENT]
    if n < 2 * RECENT:
        recent, before = newest[n // 2 :], newest[: n // 2]
    distance = (len(recent) + len(before)) / 2
    return {
        "trend": slope,
        "confidence": confidence,
        "recent_avg": float(newest[-RECENT:].mean()) if n else 0.0,
        "improvement_rate": float((recent.mean() - before.mean()) / distance) if n >= 2 else 0.0,
        "event_count": len(scores),
    }


def _slope(scores: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float]:
    n = len(scores)
    if n < 2:
        return 0.0, 0.0
    x = np.arange(n) - (n - 1) / 2
    spread = float((x * x).sum())
    slope = float((x * scores).sum()) / spread
    if n < 3:
        return slope, 0.0
    rest = scores - scores.mean() - slope * x
    squares = float((rest * rest).sum())
    if squares <= 1e-24 * max(1.0, float((scores * scores).sum())):
        flat = abs(slope) * n <= 1e-12 * max(1.0, float(np.abs(scores).max()))
        return (0.0, 0.0) if flat else (slope, 1.0)
    alike = min(max(float((rest[1:] * rest[:-1]).sum()) / squares, 0.0), 0.95)
    effective = max(3.0, n * (1 - alike) / (1 + alike))
    error = math.sqrt(squares / (effective - 2) / spread * n / effective)
    return slope, float(2 * special.stdtr(effective - 2, abs(slope) / error) - 1)


def trend_word(found: Mapping[str, float | int], *, lower_is_better: bool = False) -> str:
    """`improving`, `declining`, `stable` or, with under 3 scores, `not enough data`."""
    if found["event_count"] < 3:
        return "not enough data"
    if found["confidence"] < SURE:
        return "stable"
    return "improving" if (found["trend"] > 0) != lower_is_better else "declining"


def smoothed(scores: Sequence[float], window: int) -> list[float]:
    """The mean of each score and the up to `window` − 1 before it; as many values as scores."""
    if window < 1:
        raise ValueError(f"window_size must be at least 1, not {window}")
    sums = np.concatenate([[0.0], np.cumsum(np.asarray(scores, dtype=np.float64))])
    ends = np.arange(1, len(scores) + 1)
    starts = np.maximum(ends - window, 0)
    return [float(v) for v in (sums[ends] - sums[starts]) / (ends - starts)]


def convergences(events: Sequence[LearningEvent], threshold: float) -> list[Convergence]:
    """Where each task's metric fell to `threshold`; it has to rise above before it counts again."""
    found: list[Convergence] = []
    settled: set[str] = set()
    for e in events:
        if e.convergence_metric > threshold:
            settled.discard(e.task_type)
        elif e.task_type not in settled:
            settled.add(e.task_type)
            found.append(Convergence(e.timestamp, e.task_type, e.convergence_metric, e.episode_count))
    return found


def convergence_analysis(history: Sequence[Convergence], total: int, hours: float) -> dict[str, Any]:
    """Convergences in all, per hour, and by task. `hours`: the span of all events, counted as a minute at least."""
    tasks: dict[str, list[Convergence]] = {}
    for one in history:
        tasks.setdefault(one.task_type, []).append(one)
    return {
        "total_convergences": total,
        "convergence_rate": total / max(hours, 1 / 60),
        "task_statistics": {
            task: {
                "count": len(found),
                "avg_convergence_metric": float(np.mean([c.convergence_metric for c in found])),
                "avg_episode_count": float(np.mean([c.episode_count for c in found])),
                "last_convergence": found[-1].timestamp,
            }
            for task, found in tasks.items()
        },
    }


def real_time_metrics(
    latest: LearningEvent | None, scores: Sequence[float], *, total: int, active_goals: int, completed_goals: int,
    now: float,
) -> dict[str, Any]:  # fmt: skip
    """A few numbers for a dashboard. `scores`: of the newest event's task; `performance_trend` is a word over them."""
    found = trend(scores)
    return {
        "timestamp": now,
        "current_task": latest.task_type if latest else None,
        "current_performance": latest.performance_score if latest else 0.0,
        "current_learning_rate": latest.learning_rate if latest else 0.0,
        "recent_avg_performance": found["recent_avg"],
        "performance_trend": trend_word(found),
        "active_goals_count": active_goals,
        "completed_goals_count": completed_goals,
        "total_learning_events": total,
    }


def learning_report(
    events: Sequence[LearningEvent], *, total: int, goals: dict[str, Any], convergence: dict[str, Any], now: float
) -> dict[str, Any]:
    """Everything at a glance. `total` counts all events ever recorded, the averages are over those still kept."""
    scores = [e.performance_score for e in events]
    rates = np.asarray([e.learning_rate for e in events] or [0.0])
    tasks: dict[str, list[float]] = {}
    for event in events:
        tasks.setdefault(event.task_type, []).append(event.performance_score)
    return {
        "generated_at": now,
        "total_learning_events": total,
        "events_in_history": len(events),
        "overall_performance": _spread(scores),
        "learning_dynamics": {
            "average_learning_rate": float(rates.mean()),
            "latest_learning_rate": float(rates[-1]),
            "lowest_learning_rate": float(rates.min()),
            "highest_learning_rate": float(rates.max()),
        },
        "task_analysis": {
            task: {
                "event_count": len(own),
                "avg_performance": float(np.mean(own)),
                "latest_score": own[-1],
                "best_score": max(own),
                "performance_trend": trend(own),
            }
            for task, own in tasks.items()
        },
        "goal_summary": goals,
        "convergence_analysis": convergence,
    }


def _spread(scores: Sequence[float]) -> dict[str, float]:
    values = np.asarray(scores or [0.0])
    return {
        "average": float(values.mean()),
        "std": float(values.std()),
        "best": float(values.max()),
        "worst": float(values.min()),
        "latest": float(values[-1]),
    }
