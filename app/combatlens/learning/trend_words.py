"""Rows of the dashboard in words: the same in the shell, the window and the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_VERDICTS = {
    "rising": "↗ rising",
    "falling": "↘ falling",
    "no_change_shown": "no change shown",
    "needs_data": "needs more sessions",
    "too_little_time": "needs more than a day",
}


def verdict_words(row: Mapping[str, Any]) -> str:
    """`↘ falling`, or `↘ fell on 2026-03-02` where it was one step."""
    step = row["step"]
    if step is None:
        return _VERDICTS[row["verdict"]]
    return f"{'↗ rose' if row['verdict'] == 'rising' else '↘ fell'} on {step['at'][:10]}"


def movement_words(row: Mapping[str, Any]) -> str:
    """Of a row with a verdict and a change: `fell by 20% since 2026-03-02`."""
    step, share = row["step"], f"by {abs(row['change']):.0%}"
    moved = "fell" if row["change"] < 0 else "rose"
    return f"{moved} {share} on {step['at'][:10]}" if step else f"{moved} {share} since {row['series'][0][0][:10]}"


def chance(p: float | None, equals: str = "") -> str:
    """A p-value in three places; one that is too small for them is not told as none."""
    return "–" if p is None else f"{equals}{p:.3f}" if p >= 0.001 else "< 0.001"


def foretold(row: Mapping[str, Any]) -> str:
    """What a prediction is about."""
    said: dict[str, str] = {
        "next_session": f"XP per hour of the next session with {row['subject']}",
        "goal_today": f"chance to reach today: {row['subject']}",
        "skill": f"{row['subject']} keeps its success of {row['value'] or 0:.0%}",
        "rotation": f"{row['subject']} keeps its success of {row['value'] or 0:.0%}",
        "satisfaction": "the next rating",
    }
    return said[row["kind"]]


def decided_after(hours: float | None) -> str:
    """`, after 3.5 h (median)`; "" where nothing was decided on."""
    if hours is None:
        return ""
    for least, size, unit in ((48.0, 24.0, "days"), (1.0, 1.0, "h")):
        if hours >= least:
            return f", after {hours / size:.1f} {unit} (median)"
    return f", after {hours * 60:.0f} min (median)"


def became(row: Mapping[str, Any]) -> str:
    """Of an advice of the dashboard: what the user decided, and how that went; `open` before."""
    decided = [name for name in ("accepted", "modified", "rejected") if row[name]]
    outcome = [row["outcome"].replace("_", " ")] if row["outcome"] and row["outcome"] != "rejected" else []
    return ", ".join([*decided, *outcome]) or "open"
