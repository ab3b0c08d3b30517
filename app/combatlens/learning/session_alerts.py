"""Alerts of a session that is over, in event time: the same watch, over its minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from combatlens.learning.columns import Column
from combatlens.learning.history import History, Labels
from combatlens.learning.live.alerts import DEATHS_IN_A_ROW, Alert, RateWatch, death_alert, rating_alert
from combatlens.learning.live.cusum import Baseline
from combatlens.learning.live.slow import LEAST, SLOW_S, slow_alert
from combatlens.learning.minutes import dps_minutes, success_minutes, xp_minutes
from combatlens.learning.session_record import SessionStats
from combatlens.learning.told import SourceTotals

PAST_SESSIONS = 20
BASELINES = {"xp_per_hour": "usual_xp", "dps": "usual_dps", "success_rate": "usual_success"}


Key = tuple[str, str, str | None]
"""Character, profile, build."""


def baselines(history: History, key: Key, before: float) -> dict[str, Baseline]:
    """What a minute is usually like: the newest sessions of this key that began before (Unix seconds)."""
    starts = history.column("start")
    alike: list[int] = []
    for i in range(len(history) - 1, -1, -1):  # the newest are enough, however long the history is
        if starts[i] < before and _key(history.labels[i]) == key:
            alike.append(i)
            if len(alike) == PAST_SESSIONS:
                break
    return _baselines(history, alike[::-1])


def latest_baselines(history: History) -> list[dict[str, Any]]:
    """The baselines that a session beginning now is held against, for each character, profile and build."""
    labels = history.labels
    codes = np.zeros(len(labels), np.int64)
    for name in ("character", "profile", "build"):
        numbers, own = history.numbered(name)
        codes = codes * len(numbers) + own
    firsts, place = np.unique(codes, return_index=True, return_inverse=True)[1:]
    rows, moments = [], _moments(history)
    for group in np.argsort(firsts).tolist():
        first, sessions = labels[firsts[group]], np.flatnonzero(place == group).tolist()
        rows.append(
            {"character": first.character, "profile": first.profile, "build": first.build}
            | {name: [b.n, b.total, b.squares, b.lagged] for name, b in _sums_of(moments, sessions).items()}
        )
    return rows


def _key(label: Labels) -> Key:
    return label.character, label.profile, label.build


def _baselines(history: History, alike: list[int]) -> dict[str, Baseline]:
    return _sums_of(_moments(history), alike)


def _moments(history: History) -> dict[str, Column]:
    return {metric: history.sessions.moments(name)[:, :4] for metric, name in BASELINES.items()}


def _sums_of(moments: Mapping[str, Column], alike: list[int]) -> dict[str, Baseline]:
    newest = np.array(alike[-PAST_SESSIONS:], np.int64)
    return {metric: Baseline(*rows[newest].sum(axis=0).tolist()) for metric, rows in moments.items()}


def session_alerts(
    stats: SessionStats,
    past: Mapping[str, Baseline],
    ratings: tuple[float, ...] = (),
    sources: Mapping[str, SourceTotals] | None = None,
) -> list[Alert]:
    """The alerts of one session; `ratings`: of the sessions up to this one, in order; `sources`: `Told.sources`."""
    watch = RateWatch(stats.session_id, past)
    found: list[Alert | None] = []
    for metric, rates in (("xp_per_hour", xp_minutes(stats.minutes)), ("dps", dps_minutes(stats.minutes))):
        found.extend(watch.feed(metric, start, rate) for start, rate in rates)
    found.extend(watch.feed_uses(*minute) for minute in success_minutes(stats.minutes))
    if len(stats.death_streak) >= DEATHS_IN_A_ROW:
        found.append(
            death_alert(len(stats.death_streak), stats.death_streak[0], stats.death_streak[-1], stats.session_id)
        )
    if stats.rating is not None:
        found.append(rating_alert(ratings, stats.start, stats.end, stats.session_id))
    for name, source in (sources or {}).items():
        if source.delay_p95_s is not None and source.events >= LEAST and source.delay_p95_s > SLOW_S:
            found.append(slow_alert(name, source.delay_p95_s, stats.start, stats.end, stats.session_id))
    return sorted((alert for alert in found if alert is not None), key=lambda alert: alert.detected_at)
