"""Alerts that no single session can raise: a figure that falls over weeks, slow answers, advice that does not help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from combatlens.learning.live.slow import SLOW_S, VERY_SLOW_S
from combatlens.learning.news import outcome_words, verdict_of
from combatlens.learning.trend_words import movement_words

UNSURE = 0.8
WORSE, MUCH_WORSE = 0.1, 0.25
WORDS = {"xp_per_hour": "XP per hour", "kills_per_hour": "kills per hour", "deaths_per_hour": "deaths per hour",
         "damage_per_hour": "damage per hour", "rating": "satisfaction"}  # fmt: skip


def standing_alerts(
    trends: Sequence[Mapping[str, Any]],
    sources: Sequence[Mapping[str, Any]],
    outcomes: Sequence[Mapping[str, Any]],
    now: float,
) -> list[dict[str, Any]]:
    """As CONTRACT has them, times in Unix seconds. `outcomes`: of advice that was followed, from the insights."""
    return [*_falling(trends, now), *_slow(sources, now), *_useless(outcomes, now)]


def _alert(
    kind: str, severity: str, metric: str, message: str, since: float, now: float, **more: Any
) -> dict[str, Any]:
    return {
        "kind": kind, "severity": severity, "since": since, "detected_at": now, "session_id": None, "metric": metric,
        "expected": None, "observed": None, "message": message, "changed": "", **more,
    }  # fmt: skip


def _falling(trends: Sequence[Mapping[str, Any]], now: float) -> list[dict[str, Any]]:
    found = []
    for row in trends:
        change = row["change"]
        worse = row["verdict"] == ("falling" if row["more_is_better"] else "rising")
        if not worse or change is None or abs(change) < WORSE:
            continue
        kind = "satisfaction_falling" if row["metric"] == "rating" else f"{row['metric']}_trend"
        since = row["step"]["at"] if row["step"] else row["series"][0][0]
        found.append(
            _alert(
                kind, "high" if abs(change) >= MUCH_WORSE else "medium", row["metric"],
                f"{WORDS[row['metric']]} {movement_words(row)}", datetime.fromisoformat(since).timestamp(), now,
                expected=row["step"]["before"] if row["step"] else row["median"], observed=row["latest"],
            )
        )  # fmt: skip
    return found


def _slow(sources: Sequence[Mapping[str, Any]], now: float) -> list[dict[str, Any]]:
    found = []
    for row in sources:
        delay, sure = row["delay_p95_s"], row["confidence"]
        if delay is not None and delay > SLOW_S:
            found.append(
                _alert(
                    "slow_answers", "high" if delay > VERY_SLOW_S else "medium", "delay_p95_s",
                    f"one in twenty events from {row['source']} arrives more than {delay:.1f} s late", now, now,
                    expected=SLOW_S, observed=delay,
                )
            )  # fmt: skip
        if sure is not None and sure < UNSURE:
            found.append(
                _alert(
                    "reader_unsure", "medium", "confidence",
                    f"the reader is only {sure:.0%} sure of what it reads from the {row['source']}", now, now,
                    expected=UNSURE, observed=sure,
                )
            )  # fmt: skip
    return found


def _useless(outcomes: Sequence[Mapping[str, Any]], now: float) -> list[dict[str, Any]]:
    found = []
    for row in outcomes:
        verdict = verdict_of(row)
        if verdict not in ("made_it_worse", "without_effect"):
            continue
        found.append(
            _alert(
                f"advice_{verdict}", "high" if verdict == "made_it_worse" else "low", "xp_per_hour",
                f"the advice “{row.get('text') or row['recommendation_id']}” was followed: {outcome_words(row)}",
                datetime.fromisoformat(row["at"]).timestamp(), now,
                expected=row.get("expected_gain_xp_per_hour"), observed=row["difference"],
            )
        )  # fmt: skip
    return found
