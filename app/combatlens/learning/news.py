"""What a run of the learner found that the one before did not know: told once, like an alert."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from combatlens.domain.words import counted
from combatlens.learning.live.alerts import Alert, Severity

PATIENCE = 20
"""Advice that shows no effect over so many sessions is said to have none."""


def news(before: Mapping[str, Any], after: Mapping[str, Any], now: float) -> list[Alert]:
    """`before`, `after`: the insights of two runs; `now`: Unix seconds. Trials that are decided, goals that are
    reached, advice that was measured."""
    decided = {trial["trial_id"] for trial in before.get("trials", []) if trial["state"] == "decided"}
    found = [
        _alert("trial_decided", "low", trial["metric"], trial["message"], trial["created_at"], now,
               trial["comparison"]["difference"])
        for trial in after.get("trials", [])
        if trial["state"] == "decided" and trial["trial_id"] not in decided
    ]  # fmt: skip
    done = {goal["goal_id"] for goal in before.get("goals", []) if goal["is_completed"]}
    found += [
        _alert("goal_reached", "low", goal["metric"], f"goal reached: {goal['description']}",
               goal["completed_at"], now, goal["current"])
        for goal in after.get("goals", [])
        if goal["completed_at"] and goal["goal_id"] not in done
    ]  # fmt: skip
    known = {_key(row): verdict_of(row) for row in before.get("advice", {}).get("outcomes", [])}
    for row in after.get("advice", {}).get("outcomes", []):
        kind, severity = _KINDS.get(verdict_of(row), ("", "low"))
        if kind and known.get(_key(row)) != verdict_of(row):
            text = f"{row.get('text') or row['recommendation_id']}: {outcome_words(row)}"
            found.append(_alert(kind, severity, "xp_per_hour", text, row["at"], now, row["difference"]))
    return found


_KINDS: dict[str, tuple[str, Severity]] = {
    "helped": ("advice_helped", "low"),
    "made_it_worse": ("advice_made_it_worse", "high"),
    "without_effect": ("advice_without_effect", "low"),
}


def verdict_of(row: Mapping[str, Any]) -> str:
    """The verdict of `advice.outcomes`; "without_effect" where nothing was shown over PATIENCE sessions."""
    if row["verdict"] == "no_difference_shown" and row["sessions_after"] >= PATIENCE:
        return "without_effect"
    return str(row["verdict"])


def outcome_words(row: Mapping[str, Any]) -> str:
    """What became of a decided advice, in words; `row` of `advice.outcomes`."""
    verdict, after = verdict_of(row), row["sessions_after"]
    since = f"{counted(after, 'session')} since"
    if verdict == "rejected":
        return "you rejected it"
    if verdict == "too_early":
        return f"too early to say whether it helps: {since}"
    told = {
        "helped": "it helped", "made_it_worse": "it made things worse", "without_effect": "it shows no effect",
    }.get(verdict, "no effect shown yet")  # fmt: skip
    gain = f"{row['difference']:+,.0f} XP/h" if row["difference"] is not None else ""
    bounds = f" (95 % between {row['ci'][0]:+,.0f} and {row['ci'][1]:+,.0f})" if row["ci"] else ""
    shared = len(row.get("together_with") or ())
    other = f", together with {counted(shared, 'other change')}" if shared else ""
    return f"{told}: {gain}{bounds}, {since}{other}"


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["recommendation_id"], row["at"]


def _alert(
    kind: str, severity: Severity, metric: str, message: str, since: str, now: float, observed: float | None
) -> Alert:
    return Alert(
        kind=kind, severity=severity, since=datetime.fromisoformat(since).timestamp(), detected_at=now, session_id="",
        metric=metric, observed=observed, message=message,
    )  # fmt: skip
