"""How the user's own figures move from session to session, and what takes most of the XP an hour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from combatlens.learning.compare import LEAST_MINUTES, METRICS, session_figures
from combatlens.learning.history import TIME_USE, History
from combatlens.learning.intervals import Estimate, mean_interval, two_sided_p

Column = NDArray[np.float64]

LEAST_SESSIONS = 5
RECENT = 30
"""Sessions looked back on."""

SIGNIFICANT = 0.05


def trends(history: History) -> dict[str, Any]:
    """Each metric: the change from session to session over the newest RECENT ones, with interval and verdict."""
    enough = history.column("active_s") >= LEAST_MINUTES * 60
    found = {}
    for metric in METRICS:
        y, weights = session_figures(history, metric)
        found[metric] = _trend(y[enough & np.isfinite(y) & (weights > 0)][-RECENT:])
    return found


def _trend(y: Column) -> dict[str, Any]:
    """A straight line by least squares over the sessions, t interval of its slope."""
    n = len(y)
    slope, p = Estimate(), 1.0
    if n >= LEAST_SESSIONS:
        x = np.arange(n) - (n - 1) / 2
        spread = float((x * x).sum())
        steep = float((x * y).sum()) / spread
        rest = y - y.mean() - steep * x
        se = float(np.sqrt((rest * rest).sum() / (n - 2) / spread))
        slope, p = mean_interval(steep, se, n - 2), two_sided_p(steep, se, n - 2)
    verdict = "no_change_shown" if p > SIGNIFICANT else "rising" if (slope.value or 0.0) > 0 else "falling"
    return {
        "sessions": n,
        "mean": float(y.mean()) if n else None,
        "slope_per_session": slope.value,
        "ci": slope.ci,
        "p": p if n >= LEAST_SESSIONS else None,
        "verdict": verdict if n >= LEAST_SESSIONS else "needs_data",
    }


def losses(history: History) -> list[dict[str, Any]]:
    """What an hour would give without this time in it, less what it gives; the dearest first. Not all can be saved."""
    total = float(history.column("active_s").sum())
    xp = float(history.column("xp").sum())
    missed = sum(float(table.column("lost_s").sum()) for table in history.skills.values())
    times = {name: float(history.column(name).sum()) for name in TIME_USE if name != "fighting"} | {"misses": missed}
    rows = [
        {
            "kind": name,
            "minutes": spent / 60,
            "share": spent / total,
            "xp_per_hour": 3600 * xp * (1 / (total - spent) - 1 / total) if spent < total else None,
        }
        for name, spent in times.items()
        if spent > 0 and total > 0
    ]
    return sorted(rows, key=lambda row: -row["share"])
