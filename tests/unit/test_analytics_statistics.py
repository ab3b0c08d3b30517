"""Trends, intervals and predictions against what is known: by hand, by scipy, and by playing it out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from combatlens.learning.days import DAY, Calendar
from combatlens.learning.movement import trends
from combatlens.learning.outlook import next_rating, next_session, sequences_kept, skills_kept
from combatlens.learning.robust import next_value, ratio, step, sums_of, t_quantile, t_share, trend
from combatlens.learning.standing_alerts import standing_alerts
from combatlens.learning.survey import Point, bias, by_context, by_day, satisfaction, totals
from combatlens.learning.told import Said
from combatlens.learning.trend_words import verdict_words

START = 1_700_000_000.0


def point(i: int, xp: float = 1000.0, *, active_s: float = 3600.0, **more: Any) -> Point:
    fields: dict[str, Any] = {
        "kills": 10,
        "deaths": 1,
        "damage": 5000.0,
        "character": "Ayla",
        "build": "fire",
        "zone": "fen",
    }
    return Point(session_id=f"s{i}", start=START + i * DAY, active_s=active_s, xp=xp, **(fields | more))


@given(st.lists(st.integers(-50, 50), min_size=6, max_size=40), st.floats(-5, 5))
def test_slope_and_its_interval_are_scipys_theil_sen_without_ties(noise: list[int], slope: float) -> None:
    x = np.arange(len(noise), dtype=float)
    y = slope * x + np.array(noise) + 1e-4 * np.random.default_rng(1).standard_normal(len(noise))
    found = trend(x, y)
    assert found.slope == pytest.approx(stats.theilslopes(y, x).slope)
    assert found.ci is not None
    assert found.ci[0] <= found.slope <= found.ci[1]


def test_without_serial_correlation_the_interval_is_sens() -> None:
    rng = np.random.default_rng(3)
    x = np.arange(30.0)
    y = 0.3 * x + rng.standard_normal(30)
    found, known = trend(x, y), stats.theilslopes(y, x, 0.95)
    assert found.ci == pytest.approx((known.low_slope, known.high_slope), abs=0.02)
    tau = stats.kendalltau(x, y)
    assert found.tau == pytest.approx(tau.statistic)
    assert found.p == pytest.approx(tau.pvalue, abs=1e-3)


def test_one_wild_day_does_not_bend_the_trend() -> None:
    x = np.arange(20.0)
    y = 100 + 2 * x + np.random.default_rng(0).standard_normal(20)
    wild = y.copy()
    wild[-1] = 100_000.0
    slope, bent = trend(x, y).slope, trend(x, wild).slope
    assert slope is not None
    assert bent == pytest.approx(slope, rel=0.1)


def test_noise_is_called_a_trend_about_as_often_as_five_in_a_hundred_also_with_memory() -> None:
    rng = np.random.default_rng(7)
    x = np.arange(60.0)
    for memory in (0.0, 0.5):
        hits = 0
        for _ in range(300):
            y = rng.standard_normal(60)
            for i in range(1, 60):
                y[i] += memory * y[i - 1]
            p = trend(x, y).p
            hits += p is not None and p < 0.05
        assert hits / 300 < 0.12, f"with memory {memory}"


def test_constant_and_few_values_show_nothing() -> None:
    assert trend(np.arange(4.0), np.arange(4.0)).p is None
    flat = trend(np.arange(10.0), np.ones(10))
    assert (flat.slope, flat.p) == (0.0, 1.0)


@pytest.mark.parametrize("df", [4, 7, 29, 200])
def test_students_t_without_scipy(df: int) -> None:
    for share in (0.6, 0.9, 0.975):
        assert t_quantile(df, share) == pytest.approx(stats.t.ppf(share, df), rel=4e-3)
    assert t_share(1.3, df) == pytest.approx(stats.t.cdf(1.3, df), abs=4e-3)


def test_a_ratio_of_sums_weighs_long_sessions_more_and_covers_the_truth() -> None:
    rng, inside = np.random.default_rng(5), 0
    for _ in range(400):
        hours = rng.uniform(0.2, 3, 25)
        xp = hours * 1000 + rng.standard_normal(25) * 200 * hours
        value, interval = ratio(sums_of(xp, hours))
        assert value == pytest.approx(xp.sum() / hours.sum())
        assert interval is not None
        inside += interval[0] <= 1000 <= interval[1]
    assert 0.90 <= inside / 400 <= 0.98


def test_the_next_value_lies_in_its_interval_eight_times_in_ten() -> None:
    rng, inside = np.random.default_rng(11), 0
    for _ in range(600):
        values = 1000 + 100 * rng.standard_normal(13)
        found = next_value(values[:-1])
        assert found is not None
        inside += found["interval"][0] <= values[-1] <= found["interval"][1]
    assert 0.74 <= inside / 600 <= 0.86


def test_a_significant_line_is_followed() -> None:
    found = next_value(1000 + 50.0 * np.arange(20) + np.random.default_rng(2).standard_normal(20))
    assert found is not None
    assert found["value"] == pytest.approx(2000, abs=5)


def test_predictions_say_what_they_need() -> None:
    few = next_session([point(i) for i in range(3)])
    assert (few["value"], few["interval"], few["needs"]) == (None, None, 2)
    assert next_rating([point(i, rating=4.0) for i in range(6)])["interval"] == [4.0, 4.0]


def test_the_next_session_is_foretold_from_the_build_that_is_played() -> None:
    points = [point(i, 1000.0 + i % 3, build="fire") for i in range(10)]
    points += [point(10 + i, 5000.0 + i % 3, build="ice") for i in range(6)]
    found = next_session(points)
    assert found["subject"] == "ice"
    assert found["value"] == pytest.approx(5001, abs=2)


def test_the_chance_that_a_skill_keeps_its_success_is_calibrated() -> None:
    rng, foretold, kept = np.random.default_rng(13), 0.0, 0
    for _ in range(500):
        rates = np.clip(0.85 + 0.06 * rng.standard_normal(13), 0, 1)
        sessions = [(60, int(rng.binomial(60, rate))) for rate in rates]
        (row,) = skills_kept({"Bolt": sessions[:-1]})
        foretold += row["chance"]
        kept += sessions[-1][1] / 60 >= row["value"] - 0.05
    assert foretold / 500 == pytest.approx(kept / 500, abs=0.07)


def test_rarely_used_skills_and_sequences_are_not_foretold() -> None:
    assert skills_kept({"Bolt": [(5, 4)] * 5}) == []
    assert sequences_kept([{"skills": ["a", "b"], "count": 10, "success_rate": 0.9}]) == []


def test_totals_are_sums_over_sums() -> None:
    found = totals([point(0, 1000, active_s=3600), point(1, 100, active_s=1800, rating=4.0)])
    assert found["xp_per_hour"] == pytest.approx(1100 / 1.5)
    assert found["rating"] == 4.0
    assert totals([])["xp_per_hour"] is None


def test_a_fall_over_weeks_is_found_and_alerted_and_noise_is_not() -> None:
    rng = np.random.default_rng(4)
    falling = trends([point(i, 2000 - 20 * i + rng.normal(0, 40)) for i in range(40)])
    steady = trends([point(i, 2000 + rng.normal(0, 40)) for i in range(40)])
    (alert,) = standing_alerts(falling, [], [], START)
    assert (alert["kind"], alert["severity"], alert["session_id"]) == ("xp_per_hour_trend", "high", None)
    assert standing_alerts(steady, [], [], START) == []


def test_more_deaths_are_worse_not_better() -> None:
    rows = trends([point(i, deaths=5 + i) for i in range(20)])
    assert [a["kind"] for a in standing_alerts(rows, [], [], START)] == ["deaths_per_hour_trend"]


def test_slow_sources_and_useless_advice_are_alerted() -> None:
    sources = [{"source": "bot", "delay_p95_s": 7.0, "confidence": None},
               {"source": "screen", "delay_p95_s": 0.2, "confidence": 0.6}]  # fmt: skip
    at = datetime.fromtimestamp(START, UTC).isoformat()
    outcomes = [{"recommendation_id": "idle-1", "verdict": verdict, "at": at, "sessions_after": 30, "difference": -5.0,
                 "ci": None}
                for verdict in ("made_it_worse", "no_difference_shown", "helped")]  # fmt: skip
    found = [(a["kind"], a["severity"]) for a in standing_alerts([], sources, outcomes, START)]
    assert found == [("slow_answers", "high"), ("reader_unsure", "medium"), ("advice_made_it_worse", "high"),
                     ("advice_without_effect", "low")]  # fmt: skip


def test_days_and_hours_are_the_players_own() -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC).timestamp()
    calendar = Calendar(timezone(timedelta(hours=2)))
    assert calendar.hour(late) == 1
    played = [Point(session_id="a", start=late, active_s=60, xp=1, kills=0, deaths=0, damage=0)]
    assert by_day(played, calendar)[0]["day"] == "2026-03-02"


def test_the_day_on_which_the_clocks_change() -> None:
    calendar = Calendar(ZoneInfo("Europe/Berlin"))
    spring = datetime(2026, 3, 29, tzinfo=UTC).timestamp()
    assert [calendar.hour(spring + h * 3600) for h in range(3)] == [1, 3, 4]


def test_themes_come_with_their_ratings() -> None:
    said = [
        Said(at=START, kind="feedback", value=1.0, text="stuck at the bridge", tags=("travel",)),
        Said(at=START, kind="feedback", value=2.0, text="Stuck again!", tags=("travel",)),
        Said(at=START, kind="feedback", value=5.0, text="smooth"),
    ]
    found = satisfaction([], said, Calendar(UTC))
    themes = {row["theme"]: row for row in found["themes"]}
    assert themes["stuck"] == {"theme": "stuck", "kind": "word", "count": 2, "rating": 1.5}
    assert themes["travel"]["kind"] == "tag"
    assert "smooth" not in themes
    assert found["mean"] == pytest.approx(8 / 3)


def test_the_bias_check_names_what_was_hardly_seen() -> None:
    points = [point(i, build="fire") for i in range(19)] + [point(19, build="ice")]
    found = bias(points, Calendar(UTC))
    build = found["rests_on"]["build"]
    assert build["shares"] == pytest.approx({"fire": 0.95, "ice": 0.05})
    assert build["evenness"] == pytest.approx(1 / (0.95**2 + 0.05**2) / 2)
    rare = {(row["kind"], row["name"]) for row in found["hardly_seen"]}
    assert ("build", "ice") in rare
    assert ("build", "fire") not in rare
    assert len([name for kind, name in rare if kind == "time of day"]) == 3


def test_what_goes_with_a_session_counts_for_each_of_its_tags() -> None:
    points = [point(i, build="fire") for i in range(3)] + [point(3, build="ice")]
    found = by_context(points, {points[0].session_id: ("duo", "night"), points[1].session_id: ("duo",)})
    assert [(row["context"], row["name"], row["sessions"]) for row in found if row["context"] in ("build", "tag")] == [
        ("build", "fire", 3),
        ("build", "ice", 1),
        ("tag", "duo", 2),
        ("tag", "night", 1),
    ]


def test_ratings_that_fell_once_and_for_all_are_told() -> None:
    """No line shows it: most pairs of such ratings are equal, and each resembles the one before it."""
    points = [point(i, rating=5.0) for i in range(25)] + [point(25 + i, rating=1.0) for i in range(15)]
    row = next(row for row in trends(points) if row["metric"] == "rating")
    assert (row["verdict"], row["change"]) == ("falling", -0.8)
    assert row["step"] == {"at": row["series"][25][0], "before": 5.0, "after": 1.0}
    assert verdict_words(row) == f"↘ fell on {row['series'][25][0][:10]}"
    (alert,) = standing_alerts([row], [], [], START)
    assert alert["message"] == f"satisfaction fell by 80% on {row['series'][25][0][:10]}"
    assert (alert["expected"], alert["observed"]) == (5.0, 1.0)


def test_a_step_is_dated_by_its_values_not_by_their_ranks() -> None:
    """The last value before it is the lowest of them: by ranks alone it would belong to those after it."""
    found = step(np.array([*(100.0 + i % 3 for i in range(14)), 97.0, *(50.0 + i % 3 for i in range(10))]))
    assert found is not None
    assert found.at == 15


def test_a_large_step_is_found_at_its_place_and_a_line_is_no_step() -> None:
    rng = np.random.default_rng(4)
    fall = 1000 - 500 * (np.arange(30) >= 18) + 50 * rng.standard_normal(30)
    found = step(fall)
    assert found is not None
    assert (found.at, found.p < 0.001) == (18, True)
    points = [point(i, 1000 + 20 * i + float(rng.standard_normal())) for i in range(30)]
    row = next(row for row in trends(points) if row["metric"] == "xp_per_hour")
    assert (row["verdict"], row["step"]) == ("rising", None)


def test_noise_is_called_a_step_or_a_line_in_at_most_five_of_a_hundred() -> None:
    rng, called = np.random.default_rng(9), 0
    for _ in range(300):
        points = [point(i, float(xp)) for i, xp in enumerate(1000 + 100 * rng.standard_normal(25))]
        called += trends(points)[0]["p"] < 0.05
    assert called / 300 < 0.08


def test_within_a_day_nothing_is_said_of_days() -> None:
    points = [
        msgspec.structs.replace(point(0, 1000.0 - 100 * i), session_id=f"s{i}", start=START + 400 * i) for i in range(8)
    ]
    row = trends(points)[0]
    assert (row["verdict"], row["slope_per_day"], row["p"]) == ("too_little_time", None, None)
    assert verdict_words(row) == "needs more than a day"
    assert len(row["series"]) == 8


def test_a_moment_of_play_is_no_day_of_its_own() -> None:
    """A second with one kill is 3,600 kills an hour."""
    played = [point(i) for i in range(10)]
    blink = point(10, 1000.0, active_s=1.0)
    for points in (played, played[:5]):
        (row,) = [row for row in trends([*points, blink]) if row["metric"] == "xp_per_hour"]
        assert row["latest"] == 1000.0
        assert next_session([*points, blink]) == next_session(points)
