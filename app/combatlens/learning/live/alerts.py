"""Alerts: what they are, and the watch over one session that raises them, live or in event time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import Struct

from combatlens.learning.live.cusum import Baseline, Fall, FallDetector, SuccessDetector

Severity = Literal["low", "medium", "high"]

STALL_S = 180.0
DEATHS_IN_A_ROW = 3
LOW_RATING = 2.0
GRAVE, SERIOUS = 0.4, 0.2

WORDS = {"xp_per_hour": "XP per hour", "dps": "damage per second", "success_rate": "rate of success"}
PER_MINUTE = 60.0


class Alert(Struct, frozen=True, kw_only=True):
    """Times in Unix seconds. `changed`: what became different about then (build, zone, target), in words."""

    kind: str
    severity: Severity
    since: float
    detected_at: float
    session_id: str
    metric: str
    expected: float | None = None
    observed: float | None = None
    message: str
    changed: str = ""


def to_json(alert: Alert) -> dict[str, Any]:
    """As CONTRACT prints it: times in ISO 8601."""
    return {
        "kind": alert.kind,
        "severity": alert.severity,
        "since": _iso(alert.since),
        "detected_at": _iso(alert.detected_at),
        "session_id": alert.session_id,
        "metric": alert.metric,
        "expected": alert.expected,
        "observed": alert.observed,
        "message": alert.message,
        "changed": alert.changed,
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


class RateWatch:
    """The three rates of a session against their baselines, minute by minute."""

    def __init__(self, session_id: str, past: Mapping[str, Baseline] | None = None) -> None:
        known = past or {}
        self._session_id = session_id
        self._detectors = {
            "xp_per_hour": FallDetector(known.get("xp_per_hour")),
            "dps": FallDetector(known.get("dps")),
        }
        self._success = SuccessDetector(known.get("success_rate"))

    def feed(self, metric: str, start: float, rate: float, changed: str = "") -> Alert | None:
        """A whole minute of `xp_per_hour` (XP a minute) or `dps` (per second of fighting); `start`: Unix seconds."""
        fall = self._detectors[metric].feed(start, rate)
        return None if fall is None else fall_alert(metric, fall, start + PER_MINUTE, self._session_id, changed)

    def feed_uses(self, start: float, successes: float, uses: float, changed: str = "") -> Alert | None:
        """A whole minute's uses."""
        fall = self._success.feed(start, successes, uses)
        return None if fall is None else fall_alert("success_rate", fall, start + PER_MINUTE, self._session_id, changed)


def fall_alert(metric: str, fall: Fall, now: float, session_id: str, changed: str = "") -> Alert:
    unit = PER_MINUTE if metric == "xp_per_hour" else 1.0
    expected, observed = fall.expected * unit, fall.observed * unit
    share = 1.0 - observed / expected
    words = WORDS[metric]
    return Alert(
        kind=f"{metric}_drop",
        severity="high" if share >= GRAVE else "medium" if share >= SERIOUS else "low",
        since=fall.since,
        detected_at=now,
        session_id=session_id,
        metric=metric,
        expected=expected,
        observed=observed,
        message=f"{words} is {share:.0%} below what is usual for you{': ' + changed if changed else ''}",
        changed=changed,
    )


def stall_alert(last_event_at: float, now: float, session_id: str) -> Alert:
    """No event for STALL_S while the session is active."""
    return Alert(
        kind="bot_stalled",
        severity="high",
        since=last_event_at,
        detected_at=now,
        session_id=session_id,
        metric="events",
        observed=0.0,
        message=f"no event for {(now - last_event_at) / 60:.0f} min: the bot or the game may be stuck",
    )


def death_alert(deaths: int, since: float, now: float, session_id: str) -> Alert:
    return Alert(
        kind="deaths_in_a_row",
        severity="high",
        since=since,
        detected_at=now,
        session_id=session_id,
        metric="deaths",
        expected=0.0,
        observed=float(deaths),
        message=f"{deaths} deaths in a row without a kill",
    )


def rating_alert(ratings: Iterable[float], since: float, now: float, session_id: str) -> Alert | None:
    """The newest three ratings are low in the mean."""
    newest = list(ratings)[-3:]
    if len(newest) < 3 or sum(newest) / 3 > LOW_RATING:
        return None
    return Alert(
        kind="low_ratings",
        severity="medium",
        since=since,
        detected_at=now,
        session_id=session_id,
        metric="rating",
        observed=sum(newest) / 3,
        message="the last three sessions were rated low",
    )
