"""Alerts, live and of a session that is over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from msgspec import structs
from tests.learn_world import SMALL, START, play, record, sessions, summary_of

from combatlens.domain.events import Death, Feedback
from combatlens.domain.snapshot import Health, SkillLine, Snapshot
from combatlens.learning.history import history_of
from combatlens.learning.insights import insights_of
from combatlens.learning.live.alerts import to_json
from combatlens.learning.live.cusum import FallDetector, SuccessDetector, baseline_of, threshold
from combatlens.learning.live.watch import SessionWatch, SourceWatch, baselines_for
from combatlens.learning.session_alerts import baselines, session_alerts
from combatlens.learning.session_stats import session_stats
from combatlens.services.live_alerts import LiveAlerts

KEY = ("player", "default", None)
LATER = START + 1e7


def test_a_steady_rate_raises_nothing_and_a_fall_is_found_once() -> None:
    rng = np.random.default_rng(1)
    detector = FallDetector(baseline_of(rng.normal(100, 20, 300).tolist()))
    steady = [detector.feed(i, rate) for i, rate in enumerate(rng.normal(100, 20, 3600))]
    assert sum(fall is not None for fall in steady) <= 3
    falls = [fall for i, rate in enumerate(rng.normal(60, 20, 100)) if (fall := detector.feed(4000 + i, rate))]
    assert len(falls) == 1
    assert falls[0].since <= 4005
    assert falls[0].expected == pytest.approx(100, rel=0.05)
    assert falls[0].observed < 90


def test_a_rate_nobody_knows_yet_is_learned_first() -> None:
    detector = FallDetector()
    rng = np.random.default_rng(2)
    assert all(detector.feed(i, rate) is None for i, rate in enumerate(rng.normal(100, 20, 14)))
    assert detector.baseline.n == 14


def test_the_threshold_is_siegmunds() -> None:
    """Run lengths of a CUSUM of normal scores, by simulation."""
    rng = np.random.default_rng(3)
    reference, minutes = 0.5, 200.0
    height, lengths = threshold(reference, minutes), []
    for _ in range(400):
        total, count = 0.0, 0
        while total <= height:
            total, count = max(0.0, total + float(rng.normal()) - reference), count + 1
        lengths.append(count)
    assert np.mean(lengths) == pytest.approx(minutes, rel=0.2)


def test_success_falling_is_seen_and_few_uses_are_no_news() -> None:
    rng = np.random.default_rng(4)
    detector = SuccessDetector(baseline_of([]))
    assert all(detector.feed(i, float(rng.binomial(20, 0.9)), 20.0) is None for i in range(600))
    found = [i for i in range(60) if detector.feed(600 + i, float(rng.binomial(20, 0.5)), 20.0)]
    assert found
    assert found[0] <= 3


def test_a_session_in_which_damage_falls_says_so_in_event_time() -> None:
    past = baselines(history_of(sessions(SMALL, 4, 30, seed=5)), KEY, LATER)
    rng = np.random.default_rng(6)
    first = play(SMALL, 30, rng, LATER)[:-1]
    second = play(SMALL.with_damage(0.5), 30, rng, first[-1][0] + 1)[1:]
    events = record([*first, *second], "broken")
    alerts = session_alerts(session_stats(summary_of(events), events), past)
    found = next(alert for alert in alerts if alert.metric == "dps")
    assert LATER + 1500 <= found.since <= found.detected_at <= LATER + 1800 + 600
    shown = to_json(found)
    assert shown.keys() >= {"kind", "severity", "since", "detected_at", "session_id", "metric", "expected", "observed"}
    assert shown["detected_at"].endswith("+00:00")


def test_deaths_in_a_row_and_low_ratings() -> None:
    told = play(SMALL, 5, np.random.default_rng(7), LATER)
    end = told[-1][0]
    told[-1:] = [(end + i, Death(cause="wolf")) for i in range(3)] + [
        (end + 9, Feedback(rating=1)),
        (end + 10, told[-1][1]),
    ]
    events = record(told)
    stats = session_stats(summary_of(events), events)
    kinds = [alert.kind for alert in session_alerts(stats, {}, (2.0, 1.0, 1.0))]
    assert kinds == ["deaths_in_a_row", "low_ratings"]
    assert session_alerts(structs.replace(stats, rating=None), {}, ())[0].observed == 3


def moment(minute: float, **fields: Any) -> Snapshot:
    at = LATER + 60 * minute
    usual: dict[str, Any] = {
        "character": "player", "session_id": "s", "state": "active", "at": at, "last_event_at": at,
        "active_s": 60 * minute,
    }  # fmt: skip
    return Snapshot(**{**usual, **fields})


def test_a_stalled_bot_is_told_once_within_the_set_time_and_not_while_paused() -> None:
    watch = SessionWatch("s", stall_s=120)
    last = LATER + 60
    quiet = [watch.feed(moment(1 + second / 60, last_event_at=last)) for second in range(400)]
    found = [(second, alerts[0]) for second, alerts in enumerate(quiet) if alerts]
    assert [(second, alert.kind) for second, alert in found] == [(120, "bot_stalled")]
    assert found[0][1].since == last
    watch = SessionWatch("s", stall_s=120)
    assert not watch.feed(moment(9, last_event_at=last, state="paused", pause_reasons=("user",)))
    assert watch.feed(moment(9, last_event_at=last, state="paused", pause_reasons=("idle",)))


def test_live_rates_are_held_against_the_baselines_of_the_insights() -> None:
    history = history_of(sessions(SMALL, 4, 30, seed=8))
    known = baselines_for(insights_of(history, START), "player", "default", None)
    assert known["dps"] == baselines(history, KEY, float("inf"))["dps"]
    watch = SessionWatch("s", known)
    usual = known["xp_per_hour"].mean
    xp, found = 0.0, []
    for minute in range(40):
        xp += usual * (0.5 if minute >= 20 else 1.0)
        found += [(minute, alert) for alert in watch.feed(moment(minute, xp_gained=xp))]
    assert len(found) == 1
    minute, alert = found[0]
    assert alert.metric == "xp_per_hour"
    assert 20 <= minute <= 26
    assert alert.expected == pytest.approx(usual * 60)


def test_three_deaths_without_a_kill_are_told_live_and_a_kill_starts_anew() -> None:
    watch = SessionWatch("s")
    found = [watch.feed(moment(i, deaths=deaths, kills=kills)) for i, (deaths, kills) in enumerate(
        [(1, 1), (2, 1), (3, 2), (4, 2), (5, 2), (6, 2), (7, 2)]
    )]  # fmt: skip
    assert [i for i, alerts in enumerate(found) if alerts] == [5]


def test_skill_lines_feed_the_success_watch() -> None:
    watch = SessionWatch("s")
    found = []
    for minute in range(60):
        misses = 0.05 * 30 * min(minute, 30) + 0.6 * 30 * max(0, minute - 30)
        uses = 30 * (minute + 1)
        line = SkillLine("jab", uses, 0.0, 0.0, 1 - misses / uses, 0.0)
        found += watch.feed(moment(minute, skills=(line,)))
    assert [alert.kind for alert in found] == ["success_rate_drop"]


def test_a_silent_source_is_told_after_a_while_and_once() -> None:
    watch = SourceWatch()
    bad = [Health("log", "failed", "the file is gone", "start the game")]
    found = [watch.feed(bad, LATER + second, "s") for second in range(0, 100, 10)]
    assert [i for i, alerts in enumerate(found) if alerts] == [3]
    assert "the file is gone; start the game" in found[3][0].message
    assert watch.feed([Health("log", "ok", "reading")], LATER + 200, "s") == []


def test_a_pause_between_worlds_is_no_fall() -> None:
    """A slower place lowers XP, which is told; damage per second is as ever."""
    past = baselines(history_of(sessions(SMALL, 4, 30, seed=9)), KEY, LATER)
    events = record(play(replace(SMALL, travel=20.0), 60, np.random.default_rng(10), LATER), "far")
    metrics = {alert.metric for alert in session_alerts(session_stats(summary_of(events), events), past)}
    assert metrics == {"xp_per_hour"}


def test_live_alerts_follow_each_open_session_and_forget_it_when_it_ends() -> None:
    told: list[str] = []
    asked: list[int] = []

    def insights() -> dict[str, object]:
        asked.append(1)
        return {}

    alerts = LiveAlerts(insights, lambda alert: told.append(alert.kind), stall_s=60)
    for second in range(0, 90, 10):
        alerts.feed([moment(second / 60, last_event_at=LATER)], [], LATER + second)
    assert told == ["bot_stalled"]
    assert asked == [1]
    alerts.feed([moment(2, state="completed")], [], LATER + 120)
    alerts.feed([moment(3)], [], LATER + 180)
    assert asked == [1, 1]
    assert [alert.session_id for alert in alerts.recent] == ["s"]
