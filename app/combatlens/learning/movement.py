"""How the figures of a history move: one line or one step through each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from combatlens.learning.corrections import benjamini_hochberg
from combatlens.learning.days import DAY
from combatlens.learning.robust import LEAST, Column, Step, Trend, middle, step, trend
from combatlens.learning.survey import LEAST_MINUTES, Point

MOST_POINTS = 400
SIGNIFICANT = 0.05
LEAST_DAYS = 1.0
"""What is a day's figures spans at least one."""

LINE, STEP = 0.8, 0.2
"""Two questions are asked of each figure: so much of the error rate has either (weighted Bonferroni)."""

METRICS: dict[str, tuple[Callable[[Point], float], bool]] = {
    "xp_per_hour": (lambda p: p.xp, True),
    "kills_per_hour": (lambda p: float(p.kills), True),
    "deaths_per_hour": (lambda p: float(p.deaths), False),
    "damage_per_hour": (lambda p: p.damage, True),
}
"""Numerator over active hours, and whether more is better."""


def trends(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Every metric and the rating over time; p-values corrected for there being several (Benjamini and Hochberg)."""
    start = np.array([p.start for p in points]) / DAY
    hours = np.array([p.active_s for p in points]) / 3600
    rows = []
    for name, (top, better) in METRICS.items():
        unit, x, y = _series(start, np.array([top(p) for p in points]), hours)
        rows.append(_row(name, better, unit, x, y))
    rated = [p for p in points if p.rating is not None]
    at, scores = np.array([p.start / DAY for p in rated]), np.array([p.rating or 0.0 for p in rated])
    rows.append(_row("rating", True, "session", *_thin(at, scores, np.ones(len(rated)))))
    tested = [row for row in rows if row["p"] is not None]
    for row, p in zip(tested, benjamini_hochberg([row["p"] for row in tested]), strict=True):
        row["p_adjusted"] = float(p)
        moved = row["step"]["after"] - row["step"]["before"] if row["step"] else row["slope_per_day"]
        if p <= SIGNIFICANT and moved:
            row["verdict"] = "rising" if moved > 0 else "falling"
        else:
            row["verdict"], row["step"] = "no_change_shown", None
    return rows


def _series(start: Column, amount: Column, hours: Column) -> tuple[str, Column, Column]:
    """Rates by the day where there are eight and more, else by the session."""
    day, index = np.unique(np.floor(start), return_inverse=True)
    if len(day) >= 8:
        played = _sums(index, hours)
        long = played * 60 >= LEAST_MINUTES
        return "day", *_thin(day[long], _sums(index, amount)[long], played[long])
    long = hours * 60 >= LEAST_MINUTES
    return "session", *_thin(start[long], amount[long], hours[long])


def _thin(x: Column, amount: Column, hours: Column) -> tuple[Column, Column]:
    """x and rate, neighbours put together until there are at most MOST_POINTS."""
    size = -(-len(x) // MOST_POINTS) or 1
    index = np.arange(len(x)) // size
    return _sums(index, x) / np.bincount(index), _sums(index, amount) / _sums(index, hours)


def _sums(index: NDArray[np.int64], values: Column) -> Column:
    return np.asarray(np.bincount(index, values), dtype=np.float64)


def _row(name: str, more_is_better: bool, unit: str, x: Column, y: Column) -> dict[str, Any]:
    row = {
        "metric": name, "more_is_better": more_is_better, "unit": unit, "points": len(y),
        "median": middle(y) if len(y) else None, "latest": float(y[-1]) if len(y) else None,
        "slope_per_day": None, "slope_per_day_ci": None, "change": None, "step": None, "tau": None, "p": None,
        "p_adjusted": None, "verdict": "needs_data",
        "series": [[_iso(at * DAY), float(value)] for at, value in zip(x, y, strict=True)],
    }  # fmt: skip
    if len(y) < LEAST:
        return row
    if x[-1] - x[0] < LEAST_DAYS:
        return row | {"verdict": "too_little_time"}
    return row | _movement(x, trend(x, y), step(y))


def _movement(x: Column, line: Trend, jump: Step | None) -> dict[str, Any]:
    """By a line, or by one step where that is the surer of the two. `change`: from the first to the last."""
    straight = line.p / LINE if line.p is not None else 1.0
    sudden = jump.p / STEP if jump is not None else 1.0
    found: dict[str, Any] = {
        "slope_per_day": line.slope, "slope_per_day_ci": list(line.ci) if line.ci else None, "tau": line.tau,
        "p": min(1.0, straight, sudden),
    }  # fmt: skip
    begin, end = 0.0, 0.0
    if line.slope is not None and line.intercept is not None:
        begin, end = line.intercept + line.slope * x[0], line.intercept + line.slope * x[-1]
    if jump is not None and sudden < straight:
        begin, end = jump.before, jump.after
        found["step"] = {"at": _iso(x[jump.at] * DAY), "before": begin, "after": end}
    return found | {"change": float((end - begin) / begin) if begin > 0 else None}


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
