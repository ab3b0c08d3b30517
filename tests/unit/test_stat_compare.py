"""Intervals, comparisons and advice."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from scipy import stats as reference
from tests.learn_world import START

from combatlens.domain.errors import EnvironmentFault
from combatlens.learning.compare import WITHOUT, comparisons
from combatlens.learning.corrections import benjamini_hochberg
from combatlens.learning.cycles import cycle, rotation_of
from combatlens.learning.guided import Trial, make_trial, trial_state
from combatlens.learning.history import history_of
from combatlens.learning.insights import insights
from combatlens.learning.intervals import count_rate, ratio, session_ratio, wilson
from combatlens.learning.moments import moments_of
from combatlens.learning.sequential import contrast, sessions_until
from combatlens.learning.session_record import Circumstances, Gram, SessionStats, TimeUse
from combatlens.learning.skills import cooldown


def test_wilson_against_scipy() -> None:
    ours = wilson(37, 45)
    theirs = reference.binomtest(37, 45).proportion_ci(method="wilson")
    assert ours == pytest.approx((theirs.low, theirs.high))


def test_a_mean_is_a_ratio_with_equal_denominators() -> None:
    values = [3.0, 5.0, 4.0, 8.0, 1.0]
    ours = ratio(moments_of((value, 1.0) for value in values))
    low, high = reference.t.interval(0.95, 4, loc=np.mean(values), scale=reference.sem(values))
    assert ours.ci == pytest.approx([max(0.0, low), high])
    resampled = session_ratio(np.array(values), np.ones(5))
    assert resampled.ci == pytest.approx(ours.ci)


def test_deaths_that_never_happened_have_an_upper_bound() -> None:
    never = count_rate(np.zeros(3), np.ones(3))
    assert never.value == 0.0
    assert never.ci == pytest.approx([0.0, 3.6889 / 3], rel=1e-3)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_benjamini_hochberg_against_scipy(ps: list[float]) -> None:
    assert benjamini_hochberg(ps) == pytest.approx(reference.false_discovery_control(ps).tolist())


def test_cooldown_is_the_smallest_gap_seen_twice() -> None:
    assert cooldown((6.0, 6.02, 9.0)).confirmed
    assert not cooldown((4.0, 6.0, 6.0)).confirmed
    assert cooldown((5.0, 6.0), resolution=1.0).confirmed
    assert cooldown(()).seconds is None


def day(number: int, xp_per_hour: float, **was: Any) -> SessionStats:
    return SessionStats(
        session_id=f"s{number:03d}", start=START + number * 1e5, end=START + number * 1e5 + 3600, active_s=3600.0,
        xp=xp_per_hour, damage=xp_per_hour, kills=10, deaths=0, encounter_s=1800.0, uses=100, successes=90,
        circumstances=Circumstances(**was), character="player", xp_rate=moments_of([(xp_per_hour, 3600.0)]),
    )  # fmt: skip


def rows(days: list[SessionStats], kind: str) -> list[dict[str, Any]]:
    found = comparisons(history_of(days))
    return [row for row in found if row["kind"] == kind and row["metric"] == "xp_per_hour"]


def test_a_worse_build_is_found_and_the_better_one_is_advised() -> None:
    rng = np.random.default_rng(1)
    builds = ["rifle", "pistol"]
    days = [day(i, float(rng.normal(10_000 - 1500 * (i % 2), 400)), build=builds[i % 2]) for i in range(31)]
    row = rows(days, "build")[0]
    assert (row["a"], row["b"], row["verdict"]) == ("rifle", "pistol", "worse")
    assert row["ci"][0] < -1500 < row["ci"][1]
    assert row["effect_size"] < -2
    advice = insights(days, START)["recommendations"]
    assert advice[0]["text"] == "prefer the build rifle to pistol"
    assert advice[0]["expected_gain_ci"][0] > 0
    assert 0.6 <= advice[0]["confidence"] <= 1


def test_what_is_seldom_played_cannot_gain_much() -> None:
    """A pistol is worse by 1,500 an hour; who took it in one session of six loses 250 by it."""
    rng = np.random.default_rng(1)
    days = [
        day(i, float(rng.normal(10_000 - 1500 * (i % 6 == 5), 400)), build="pistol" if i % 6 == 5 else "rifle")
        for i in range(60)
    ]
    (advice,) = insights(days, START)["recommendations"]
    assert advice["expected_gain_xp_per_hour"] == pytest.approx(250, rel=0.25)
    low, high = advice["expected_gain_ci"]
    assert low < 250 < high
    assert advice["evidence"]["share_of_time"] == pytest.approx(1 / 6)
    assert advice["reason"].endswith("in the 17% of your time that goes to pistol")
    assert advice["impact"] == "low"


@pytest.mark.parametrize(("cost", "advised"), [(1500, "without"), (-1500, "with")])
def test_advice_on_a_tag_is_a_sentence(cost: int, advised: str) -> None:
    rng = np.random.default_rng(1)
    days = [day(i, float(rng.normal(10_000 - cost * (i % 2), 400)), tags=("crowded",) * (i % 2)) for i in range(31)]
    texts = [row["text"] for row in insights(days, START)["recommendations"] if row["kind"] == "tag"]
    assert texts == [f"prefer sessions {advised} the tag crowded"]


def test_what_users_say_of_a_session_is_no_cause_of_it() -> None:
    """“Too fast” is said of sessions that went badly: it does not follow that one should avoid saying so."""
    rng = np.random.default_rng(1)
    days = [day(i, float(rng.normal(10_000 - 1500 * (i % 2), 400)), said=("too fast",) * (i % 2)) for i in range(31)]
    assert rows(days, "tag") == []
    assert insights(days, START)["recommendations"] == []
    asked = make_trial("t", "tag", WITHOUT, "too fast", metric="xp_per_hour", difference=0.1, now=0.0)
    assert trial_state(history_of(days), asked)["comparison"]["verdict"] == "worse", "who asks gets an answer"


@pytest.mark.parametrize(("fought_s", "advised"), [(1800.0, ["idle"]), (60.0, [])])
def test_of_a_bot_that_tells_its_kills_alone_nobody_knows_how_it_idles(fought_s: float, advised: list[str]) -> None:
    days = [
        structs.replace(day(i, 10_000.0 + i), encounter_s=fought_s, time_use=TimeUse(idle=900.0)) for i in range(10)
    ]
    assert [row["kind"] for row in insights(days, START)["recommendations"]] == advised


def test_two_sessions_are_no_comparison() -> None:
    row = rows([day(0, 1000.0, build="a"), day(1, 100.0, build="b")], "build")[0]
    assert row["verdict"] == "needs_data"
    assert insights([day(0, 1000.0, build="a"), day(1, 100.0, build="b")], START)["recommendations"] == []


def test_a_boost_is_no_merit_of_the_build() -> None:
    """b was played mostly in double-XP hours; within them, and outside, the builds are alike."""
    rng = np.random.default_rng(2)
    days = []
    for i in range(60):
        build = "ab"[i % 2]
        boosted = (i % 10 < 8) if build == "b" else (i % 10 < 2)
        days.append(
            day(i, float(rng.normal(1000, 50)) * (2 if boosted else 1), build=build, boost="2" if boosted else None)
        )
    row = rows(days, "build")[0]
    assert row["stratified_by"] == ["boost"]
    assert row["verdict"] == "no_difference_shown"
    assert abs(row["difference"]) < 100


def test_what_could_not_be_held_equal_is_said() -> None:
    rng = np.random.default_rng(3)
    days = [day(i, float(rng.normal(1000, 50)), build="ab"[i % 2], boost="2" if i % 2 else None) for i in range(20)]
    row = rows(days, "build")[0]
    assert row["stratified_by"] == []
    assert row["not_stratified"] == ["boost"]


def test_looking_after_every_session_keeps_the_error_rate() -> None:
    rng = np.random.default_rng(4)
    is_b = np.arange(60) % 2 == 1
    called = sum(contrast(rng.normal(100, 10, 60), is_b, np.ones(60)).p <= 0.05 for _ in range(300))
    assert called <= 15


def test_how_many_sessions_it_takes() -> None:
    soon, late = sessions_until(0, 0, 2.0), sessions_until(0, 0, 1.0)
    assert 6 <= soon < late <= 60
    assert sessions_until(10, 10, 1.0) < late
    assert sessions_until(0, 0, 0.0) == float("inf")
    assert sessions_until(500, 500, 1.0) == 0.0


def test_advice_that_was_followed_is_measured() -> None:
    rng = np.random.default_rng(5)
    days = [day(i, float(rng.normal(1000 if i < 15 else 700, 40))) for i in range(30)]
    taken = ("rotation-1", "accepted", days[14].end)
    days[14] = structs.replace(days[14], decisions=(taken,))
    advice = insights(days, START)["advice"]
    assert advice["outcomes"][0]["verdict"] == "made_it_worse"
    assert advice["outcomes"][0]["sessions_after"] == 15
    assert advice["trust"] < 1
    assert insights(days[:16], START)["advice"]["outcomes"][0]["verdict"] == "too_early"


def test_trends_say_what_is_shown_and_no_more() -> None:
    rng = np.random.default_rng(6)
    rising = insights([day(i, 1000 + 50 * i + float(rng.normal(0, 30))) for i in range(12)], START)["trends"]
    flat = insights([day(i, 1000 + float(rng.normal(0, 30))) for i in range(12)], START)["trends"]
    few = insights([day(i, 1000.0 + i) for i in range(3)], START)["trends"]
    verdicts = [found["xp_per_hour"]["verdict"] for found in (rising, flat, few)]
    assert verdicts == ["rising", "no_change_shown", "needs_data"]


def trial(**changes: Any) -> Trial:
    given = {"metric": "xp_per_hour", "difference": 0.1, "now": START + 1e6} | changes
    return make_trial("t", given.pop("kind", "build"), given.pop("a", "old"), given.pop("b", "new"), **given)


def test_a_trial_says_how_long_it_takes_and_then_that_it_knows() -> None:
    rng = np.random.default_rng(7)
    days = [day(i, float(rng.normal(1000, 60)), build="old") for i in range(10)]
    begin = trial_state(history_of(days), trial())
    assert begin["sessions"] == [0, 0], "what was played before the trial does not count"
    assert (begin["state"], begin["next"]) == ("running", "old")
    assert 4 <= begin["sessions_more"] <= 30
    assert begin["message"].startswith(f"0 + 0 sessions so far; about {begin['sessions_more']} more sessions until")
    for i in range(40):
        build, mean = ("new", 880) if i % 2 else ("old", 1000)
        days.append(day(10 + i, float(rng.normal(mean, 60)), build=build))
    half = trial_state(history_of(days[:13]), trial())
    assert half["sessions"] == [2, 1]
    assert half["next"] == "new", "the sides take turns"
    end = trial_state(history_of(days), trial())
    assert (end["state"], end["sessions_more"], end["next"]) == ("decided", None, None)
    assert end["comparison"]["verdict"] == "worse"
    assert end["message"].startswith("new is worse than old: -")
    assert trial_state(history_of([]), trial())["sessions_more"] is None
    assert trial_state(history_of(days[:2]), trial())["sessions_more"] is None


def test_a_difference_that_would_have_shown_is_said_not_to_be_there() -> None:
    rng = np.random.default_rng(8)
    days = [day(20 + i, float(rng.normal(1000, 20)), build=("old", "new")[i % 2]) for i in range(60)]
    found = trial_state(history_of(days), trial(difference=0.3))
    assert found["state"] == "no_such_difference"
    assert "most likely have been found" in found["message"]


def test_trials_of_equal_sides_looked_at_after_every_session_are_seldom_decided() -> None:
    """At most 5 % ever; the bench counts it over a thousand."""
    decided = 0
    for seed in range(40):
        rng = np.random.default_rng(100 + seed)
        days = [day(20 + i, float(rng.normal(1000, 80)), build=("old", "new")[i % 2]) for i in range(40)]
        decided += any(trial_state(history_of(days[:n]), trial())["state"] == "decided" for n in range(4, 41, 2))
    assert decided <= 5


def test_a_trial_of_a_tag_a_boost_held_equal_and_one_character() -> None:
    rng = np.random.default_rng(9)
    days = [
        day(20 + i, float(rng.normal(1000, 30)) * (1 + (i % 4 > 1)) - 150 * (i % 2),
            tags=("rain",) if i % 2 else (), boost="2" if i % 4 > 1 else None)
        for i in range(40)
    ]  # fmt: skip
    found = trial_state(history_of(days), trial(kind="tag", a="rain", b="without"))
    assert (found["a"], found["b"], found["sessions"]) == ("without", "rain", [20, 20])
    assert found["comparison"]["verdict"] == "worse"
    assert "held equal: boost" in found["message"]
    assert trial_state(history_of(days), trial(kind="tag", a="without", b="rain", character="other"))["sessions"] == [
        0,
        0,
    ]


@pytest.mark.parametrize(
    "changes",
    [{"kind": "hat"}, {"metric": "luck"}, {"difference": 0.0}, {"b": " old "}, {"a": ""}, {"difference": float("nan")},
     {"kind": "rotation", "a": "x > y", "b": "y > x"}],
)  # fmt: skip
def test_what_cannot_be_tried_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(EnvironmentFault):
        trial(**changes)


def gram(count: int, *skills: str) -> Gram:
    return Gram(skills=skills, count=count, clean=count, expected=1.0, alike=1.0, variance=0.0, rate=moments_of([]))


def played(number: int, xp: float, *order: str) -> SessionStats:
    grams = (gram(30, *order), gram(2, order[1], order[0], order[1]))
    return structs.replace(day(number, xp), grams=grams)


def test_sessions_are_compared_by_the_rotation_they_were_played_with() -> None:
    rng = np.random.default_rng(10)
    days = [
        played(20 + i, float(rng.normal(1000 + 200 * (i % 2), 30)), *(("a", "b", "b") if i % 2 else ("a", "b", "c")))
        for i in range(20)
    ]
    days[4] = structs.replace(days[4], grams=(gram(30, "c", "a", "b"),))
    row = rows(days, "rotation")[0]
    assert (row["a"], row["b"], row["verdict"], row["sessions"]) == ("a → b → b", "a → b → c", "worse", [10, 10])
    found = trial_state(history_of(days), trial(kind="rotation", a="c > a > b", b="b, b, a"))
    assert found["sessions"] == [10, 10], "where a rotation begins is no matter"
    assert found["comparison"]["verdict"] == "better"


def test_who_plays_freely_has_no_rotation() -> None:
    assert rotation_of([gram(5, "a", "b", "c")], 100) is None
    assert rotation_of([], 0) is None


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("a > b > a > b", "b, a"), ("a → b → c → c → a → b", "c > a > b > c"), ("a > a > a", "a"), ("", " > "),
        ("a->b->c", "c -> a -> b"), ("a > b > c > a", "a > a > b > c"), (" a  >  b ,", "a > b"),
    ],
)  # fmt: skip
def test_names_of_one_rotation(name: str, same: str) -> None:
    assert cycle(name) == cycle(same)


def test_other_orders_are_other_rotations() -> None:
    assert len({cycle(name) for name in ("a > b > c", "a > c > b", "a > b > c > a", "a > b > b", "a > b")}) == 5


def test_the_oddest_sessions_break_nothing() -> None:
    """Nothing, 2^53 of everything, names with separators and of 200 letters, a clock set back, no active time."""
    rng = np.random.default_rng(11)
    largest = 2.0**53
    days = [
        structs.replace(
            day(i, float(rng.choice([0.0, 1e-9, largest])), build=(None, "医生 🏹", "a\x1fb", "x" * 200)[i % 4]),
            damage=float(rng.choice([0.0, largest])), deaths=int(rng.choice([0, 2**53])), kills=2**53 * (i % 2),
            uses=100 * (i % 3), successes=0, encounter_s=1800.0 * (i % 2),
        )
        for i in range(24)
    ]  # fmt: skip
    days[3] = structs.replace(days[3], start=START - 1e6, end=START - 1e6)
    days[4] = structs.replace(days[4], active_s=0.0)
    days[5] = structs.replace(days[5], decisions=(("build-1", "accepted", START), ("", "modified", 0.0)))
    for count in (0, 1, 2, 5, 6, 24):
        some = days[:count]
        msgspec.json.encode(insights(some, START))
        for kind in ("build", "weapon", "mode", "rotation", "tag"):
            for metric in ("xp_per_hour", "dps", "success_rate", "deaths_per_hour"):
                asked = trial(kind=kind, a="医生 🏹", b="x" * 200, metric=metric, now=0.0)
                found = trial_state(history_of(some), asked)
                assert found["message"]
                msgspec.json.encode(found)
