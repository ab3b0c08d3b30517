"""Where and on what to fight: targets, zones and builds, with their XP per hour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from combatlens.learning.confidence import SESSION_WORTH, confidence
from combatlens.learning.history import History
from combatlens.learning.intervals import Estimate, count_rate, pooled, session_ratio
from combatlens.learning.skills import whole

HOUR = 3600.0


def targets(history: History) -> dict[str, Any]:
    """Each kind of target: XP per hour of hunting it (search and lost fights included), time to kill, deaths; best
    XP first."""
    rows: dict[str, Any] = {}
    for name, table in history.targets.items():
        cycle = table.moments("cycle")
        hunting = pooled(cycle).times(HOUR)
        kill_time = pooled(table.moments("time_to_kill"))
        kills, deaths = table.column("kills"), table.column("deaths")
        risk = count_rate(deaths, cycle[:, 2] / HOUR)
        rows[name] = {
            "kills": int(kills.sum()),
            "deaths": int(deaths.sum()),
            "sessions": len(table),
            "damage": whole(float(table.column("damage").sum())),
            "xp": whole(float(table.column("xp").sum())),
            "xp_per_hour": hunting.value,
            "xp_per_hour_ci": hunting.ci if kills.any() else None,
            "time_to_kill_s": kill_time.value,
            "time_to_kill_ci": kill_time.ci,
            "deaths_per_hour": risk.value,
            "deaths_per_hour_ci": risk.ci,
            "confidence": confidence(float(kills.sum()), hunting),
        }
    return _best_first(rows)


def zones(history: History) -> dict[str, Any]:
    """Each zone: XP per active hour in it, kills and deaths. The interval needs two sessions there."""
    rows: dict[str, Any] = {}
    for name, table in history.zones.items():
        hours = table.column("active_s") / HOUR
        gained = session_ratio(table.column("xp"), hours)
        risk = count_rate(table.column("deaths"), hours)
        rows[name] = {
            "sessions": len(table),
            "active_minutes": float(hours.sum() * 60),
            "kills": int(table.column("kills").sum()),
            "deaths": int(table.column("deaths").sum()),
            "xp": whole(float(table.column("xp").sum())),
            "xp_per_hour": gained.value,
            "xp_per_hour_ci": gained.ci,
            "deaths_per_hour": risk.value,
            "deaths_per_hour_ci": risk.ci,
            "confidence": confidence(float(table.column("kills").sum()), gained),
        }
    return _best_first(rows)


def builds(history: History) -> dict[str, Any]:
    """Each build: XP, profit and damage rates over the sessions that were played with it."""
    numbers, codes = history.numbered("build")
    rows: dict[str, Any] = {}
    for name in sorted(filter(None, numbers)):
        chosen = codes == numbers[name]
        gained = xp_per_hour(history, chosen)
        dps = pooled(history.sessions.moments("damage_rate")[chosen])
        profit = profit_per_hour(history, chosen)
        rows[name] = {
            "sessions": int(chosen.sum()),
            "active_minutes": float(history.column("active_s")[chosen].sum() / 60),
            "xp_per_hour": gained.value,
            "xp_per_hour_ci": gained.ci,
            "dps": dps.value,
            "dps_ci": dps.ci,
            "profit_per_hour": profit.value,
            "profit_per_hour_ci": profit.ci,
            "confidence": confidence(SESSION_WORTH * float(chosen.sum()), gained),
        }
    return _best_first(rows)


def xp_per_hour(history: History, chosen: NDArray[np.bool_] | None = None) -> Estimate:
    """XP over active hours of the chosen sessions (all where None)."""
    rows = history.sessions.moments("xp_rate")
    return pooled(rows if chosen is None else rows[chosen]).times(HOUR)


def profit_per_hour(history: History, chosen: NDArray[np.bool_] | None = None) -> Estimate:
    """Loot less expenses over active hours, of the sessions that name any."""
    profit, hours = history.column("profit"), history.column("active_s") / HOUR
    held: NDArray[np.bool_] = ~np.isnan(profit)
    if chosen is not None:
        held &= chosen
    return session_ratio(profit[held], hours[held])


def _best_first(rows: dict[str, Any]) -> dict[str, Any]:
    def key(item: tuple[str, Any]) -> tuple[float, str]:
        return -(item[1]["xp_per_hour"] or 0.0), item[0]

    return dict(sorted(rows.items(), key=key))
