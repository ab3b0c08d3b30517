"""Sentences from figures: what changed, where and when it goes best, and how far the advice can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from combatlens.learning.standing_alerts import WORDS
from combatlens.learning.trend_words import movement_words

IMPACT = {"high": 0, "medium": 1, "low": 2}
ONE_SIDED = 0.8


def findings(dashboard: Mapping[str, Any], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`{"kind", "impact", "message", "evidence"}`, the weightiest first. `told`: the learner's insights."""
    found = [*_moves(dashboard), *_best(dashboard), *_weak(dashboard), *_themes(dashboard), *_one_sided(dashboard)]
    found += [
        _finding(row["kind"], row["impact"], row["text"], {"confidence": row["confidence"], "id": row["id"]})
        for row in told.get("recommendations", [])
    ]
    return sorted(found, key=lambda row: IMPACT[row["impact"]])


def _finding(kind: str, impact: str, message: str, evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "impact": impact, "message": message, "evidence": dict(evidence)}


def _moves(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for row in dashboard["trends"]:
        change = row["change"]
        if row["verdict"] not in ("rising", "falling") or change is None:
            continue
        impact = "high" if abs(change) > 0.15 else "medium" if abs(change) > 0.05 else "low"
        message = f"{WORDS[row['metric']]} {movement_words(row)}"
        rows.append(_finding("trend", impact, message, {key: row[key] for key in ("p_adjusted", "tau", "points")}))
    return rows


def _best(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A best hour or place is said only where its whole interval lies above the mean of all."""
    mean = dashboard["totals"]["xp_per_hour"]
    rows = []
    for key, words in (("best_hours", "the hour from {}"), ("best_places", "{}")):
        best = dashboard[key][0] if dashboard[key] else None
        if best is None or not mean or not best["xp_per_hour_ci"] or best["xp_per_hour_ci"][0] <= mean:
            continue
        gain = best["xp_per_hour"] / mean - 1
        message = f"{words.format(best['name'])} brings {gain:.0%} more XP per hour than the mean"
        impact = "high" if gain > 0.15 else "medium" if gain > 0.05 else "low"
        rows.append(_finding(key, impact, message, {"seen": best["seen"], "ci": best["xp_per_hour_ci"]}))
    return rows


def _weak(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        _finding(
            f"weak_{row['kind']}", "medium", f"{row['name']} succeeds in only {row['success_rate']:.0%} of its uses",
            {"uses": row["uses"], "sessions": row["sessions"]},
        )
        for row in dashboard["effectiveness"]
        if row["uses"] >= 30 and row["success_rate"] < 0.8
    ]  # fmt: skip


def _themes(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    said = dashboard["satisfaction"]
    if said["mean"] is None:
        return []
    return [
        _finding(
            "theme", "medium", f"“{row['theme']}” comes with low ratings ({row['rating']:.1f} of 5)",
            {"count": row["count"]},
        )
        for row in said["themes"]
        if row["count"] >= 3 and row["rating"] <= min(2.5, said["mean"] - 0.5)
    ]  # fmt: skip


def _one_sided(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for kind, row in dashboard["bias"]["rests_on"].items():
        name, share = next(iter(row["shares"].items()), ("", 0.0))
        if ONE_SIDED <= share < 1 and name != "not told":
            message = f"the advice rests on the {kind} {name} for {share:.0%} of the time; of others it knows little"
            rows.append(_finding("bias", "low", message, {"shares": row["shares"]}))
    return rows
