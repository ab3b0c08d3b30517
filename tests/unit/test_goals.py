from __future__ import annotations

import msgspec
import numpy as np
import pytest

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.records import SessionSummary, SkillTotals, XpTotals
from combatlens.learning.goal_forecast import MIN_SESSIONS, Visit, forecast_rate, forecast_sum
from combatlens.learning.goal_metrics import Direction, metrics
from combatlens.learning.goals import Goal, completion, goal_state, make_goal

DAY = 86_400.0
START = 1_700_000_000.0


def session(
    day: float, *, xp: float = 0.0, minutes: float = 60.0, kills: int = 0, deaths: int = 0, ended: bool = True,
    level: int | None = None, levels: float = 0.0, skills: dict[str, SkillTotals] | None = None, character: str = "me",
) -> SessionSummary:  # fmt: skip
    start = START + day * DAY
    return SessionSummary(
        session_id=f"s{day}", start_time=start, end_time=start + minutes * 60 if ended else None, character=character,
        total_xp_gained=xp, active_minutes=minutes, kills=kills, deaths=deaths, level=level, skills=skills or {},
        xp=XpTotals(levels_gained=levels),
    )  # fmt: skip


def test_xp_counts_from_the_moment_the_goal_was_made() -> None:
    old, running = session(0, xp=500), session(1, xp=100, ended=False)
    goal = make_goal("rich", "total_xp_gained", 1000, [old, running], now=START + DAY + 600)
    assert goal.running == ("s1", 100)
    later = [old, session(1, xp=300), session(2, xp=400)]
    state = goal_state(goal, later, now=START + 3 * DAY)
    assert state.current == 600.0, "200 of the session under way and 400 of the next"
    assert state.completion_percentage == 60.0
    assert not state.is_completed


def test_a_reached_sum_says_when() -> None:
    goal = make_goal("k", "kills", 10, [], now=START)
    state = goal_state(goal, [session(1, kills=7), session(2, kills=5), session(3, kills=5)], now=START + 4 * DAY)
    assert state.is_completed
    assert state.completed_at == START + 2 * DAY + 3600
    assert (state.current, state.completion_percentage, state.eta) == (17, 100.0, None)


def test_only_the_goal_s_character_counts() -> None:
    goal = make_goal("k", "kills", 10, [], now=START, character="me")
    state = goal_state(goal, [session(1, kills=4), session(2, kills=9, character="you")], now=START + 4 * DAY)
    assert state.current == 4


def test_even_sessions_give_the_exact_finishing_time() -> None:
    sessions = [session(i, xp=100) for i in range(1, 9)]
    goal = make_goal("x", "total_xp_gained", 1050, [], now=START)
    state = goal_state(goal, sessions, now=sessions[-1].end_time or 0)
    expected = START + 11 * DAY + 1800
    assert state.eta == pytest.approx(expected, abs=1)
    assert state.eta_80 is not None
    assert state.eta_80[0] == pytest.approx(expected, abs=1)
    assert state.eta_80[1] == pytest.approx(expected, abs=1)


def test_a_goal_hundreds_of_sessions_away_has_a_time_too() -> None:
    sessions = [session(i, xp=90 + 20 * (i % 2)) for i in range(1, 21)]
    goal = make_goal("x", "total_xp_gained", 102_000, [], now=START)
    state = goal_state(goal, sessions, now=sessions[-1].end_time or 0)
    assert state.eta is not None
    assert state.eta_80 is not None
    assert (state.eta - sessions[-1].start_time) / DAY == pytest.approx(1000, rel=0.03)
    assert state.eta_80[0] < state.eta < state.eta_80[1]


def test_four_sessions_are_too_few_to_say() -> None:
    goal = make_goal("x", "total_xp_gained", 1000, [], now=START)
    state = goal_state(goal, [session(i, xp=100) for i in range(1, 5)], now=START + 5 * DAY)
    assert (state.eta, state.eta_80) == (None, None)
    assert MIN_SESSIONS == 5


def test_without_gain_nothing_is_promised() -> None:
    goal = make_goal("x", "total_xp_gained", 1000, [], now=START)
    assert goal_state(goal, [session(i) for i in range(9)], now=START + 9 * DAY).eta is None


def test_a_level_goal_looks_at_the_level_and_its_fractions() -> None:
    sessions = [session(i, level=10 + i // 2, levels=0.5) for i in range(8)]
    goal = make_goal("lv", "level", 15, sessions, now=START + 8 * DAY)
    assert goal.start == 13
    state = goal_state(goal, sessions, now=sessions[-1].end_time or 0)
    assert state.current == 13
    assert state.eta is not None
    assert (state.eta - sessions[-1].start_time) / DAY == pytest.approx(4.0, abs=0.1)
    state = goal_state(goal, [*sessions, session(9, level=15)], now=START + 10 * DAY)
    assert state.completed_at == START + 9 * DAY + 3600


def test_a_rate_is_pooled_over_the_newest_sessions() -> None:
    slow = [session(i, xp=1000, minutes=60) for i in range(5)]
    goal = make_goal("fast", "xp_per_hour", 2000, slow, now=START + 5 * DAY)
    assert goal.start == 1000.0
    lucky = goal_state(goal, [*slow, session(6, xp=3000)], now=START + 7 * DAY)
    assert lucky.current == 1400.0
    assert not lucky.is_completed, "one lucky session meets no goal"
    assert lucky.completion_percentage == pytest.approx(40.0)
    good = [*slow, *(session(i, xp=2500) for i in range(6, 11))]
    state = goal_state(goal, good, now=START + 12 * DAY)
    assert state.is_completed
    worse = goal_state(goal, [*good, *(session(i, xp=10) for i in range(11, 16))], now=START + 20 * DAY)
    assert worse.is_completed, "what was reached stays reached"
    assert worse.current == 10.0


def test_of_deaths_fewer_are_better() -> None:
    sessions = [session(i, deaths=4) for i in range(3)]
    goal = make_goal("live", "deaths_per_hour", 1, sessions, now=START + 3 * DAY)
    assert goal.direction == "down"
    fewer = [*sessions, *(session(i, deaths=1) for i in range(4, 6))]
    assert goal_state(goal, fewer, now=START + 6 * DAY).completion_percentage == pytest.approx(40.0)
    none = [*sessions, *(session(i, deaths=0) for i in range(4, 9))]
    assert goal_state(goal, none, now=START + 9 * DAY).is_completed


def test_a_sum_that_shall_stay_low_is_a_budget() -> None:
    goal = make_goal("d", "deaths", 10, [], now=START)
    state = goal_state(goal, [session(1, deaths=3)], now=START + 2 * DAY)
    assert (state.current, state.completion_percentage, state.is_completed) == (3, 70.0, False)


def test_a_skill_s_name_may_hold_dots() -> None:
    def used(successes: int) -> dict[str, SkillTotals]:
        return {"Mk. II Shot": SkillTotals(usage_count=100, successes=successes)}

    sessions = [session(i, skills=used(70 + 2 * i)) for i in range(10)]
    goal = make_goal("aim", "skills.Mk. II Shot.success_rate", 0.9, sessions, now=START + 9.5 * DAY, bounds=(0, 1))
    state = goal_state(goal, sessions, now=sessions[-1].end_time or 0)
    assert state.current == pytest.approx(0.84)
    assert state.eta is not None
    assert (state.eta - START) / DAY == pytest.approx(12, abs=0.1), "a mean of five is two sessions behind the line"
    assert make_goal("n", "skills.Mk. II Shot.usage_count", 500, [], now=START).direction == "up"


def test_a_rate_that_does_not_move_has_no_finishing_time() -> None:
    sessions = [session(i, xp=1000) for i in range(10)]
    goal = make_goal("fast", "xp_per_hour", 5000, sessions, now=START)
    state = goal_state(goal, sessions, now=START + 11 * DAY)
    assert (state.eta, state.eta_unknown) == (None, "not in sight at the present pace")


def test_a_session_of_seconds_is_no_trend_of_a_rate() -> None:
    sessions = [session(i, xp=1000 + i % 2) for i in range(10)]
    goal = make_goal("fast", "xp_per_hour", 1050, sessions, now=START)
    short = session(10, xp=10_000 / 120, minutes=0.5)
    assert goal_state(goal, sessions, now=START + 11 * DAY).eta is None
    assert goal_state(goal, [*sessions, short], now=START + 11 * DAY).eta is None


def test_why_nothing_is_said_is_said() -> None:
    sessions = [session(i, xp=1000, kills=2) for i in range(4)]
    now = START + 5 * DAY
    for metric, said in (("kills", "needs 1 more session to say"), ("xp_per_hour", "needs 4 more sessions to say")):
        state = goal_state(make_goal("g", metric, 5000, sessions, now=now), sessions, now=now)
        assert (state.eta, state.eta_unknown) == (None, said)
    budget = goal_state(make_goal("d", "deaths", 3, sessions, now=now), sessions, now=now)
    assert (budget.eta, budget.eta_unknown) == (None, ""), "a budget is never finished"


def test_a_level_that_was_reached_before_is_reached() -> None:
    sessions = [session(i, level=40 + i) for i in range(3)]
    goal = make_goal("lv", "level", 20, sessions, now=START + 9 * DAY)
    assert goal_state(goal, sessions, now=START + 9 * DAY).is_completed


def test_a_skill_is_found_however_it_is_spelled() -> None:
    sessions = [session(0, skills={"Wild Swing": SkillTotals(usage_count=10, successes=8)})]
    goal = make_goal("w", "skills.wild_swing.success_rate", 0.9, sessions, now=START + DAY)
    assert goal.metric == "skills.Wild Swing.success_rate"
    assert goal_state(goal, sessions, now=START + DAY).current == 0.8
    assert make_goal("n", "skills.new.usage_count", 10_000_000, sessions, now=START).description.endswith("10,000,000")


@pytest.mark.parametrize("metric", ["gold", "skills.aim.luck", "skills.", "xp"])
def test_an_unknown_metric_is_refused_with_the_known_ones(metric: str) -> None:
    with pytest.raises(EnvironmentFault, match="xp_per_hour"):
        make_goal("g", metric, 1, [], now=START)


def test_every_metric_named_can_be_a_goal() -> None:
    rich = session(
        1, xp=10, kills=2, deaths=1, level=4, levels=0.1,
        skills={"<skill>": SkillTotals(usage_count=5, successes=4, occupied_s=5.0)},
    )  # fmt: skip
    rich = msgspec.structs.replace(rich, encounter_s=60.0)
    for metric in metrics():
        state = goal_state(make_goal("g", metric, 1e6, [rich], now=START), [rich], now=START + 2 * DAY)
        assert state.current is not None, metric


def test_a_goal_survives_its_file() -> None:
    goal = make_goal("k", "kills", 10, [session(0, kills=2, ended=False)], now=START)
    assert msgspec.json.decode(msgspec.json.encode(goal), type=Goal) == goal


@pytest.mark.parametrize(
    ("start", "current", "target", "direction", "share"),
    [
        (None, 87, 90, "up", 96.6667),
        (50, 60, 100, "up", 20.0),
        (50, 40, 100, "up", 0.0),
        (10, 5, 0, "down", 50.0),
        (10, 12, 0, "down", 0.0),
        (None, 3, 5, "down", 100.0),
    ],
)
def test_completion(start: float | None, current: float, target: float, direction: Direction, share: float) -> None:
    assert completion(start, current, target, direction) == pytest.approx(share, abs=0.01)


def test_a_break_under_way_is_not_counted_twice() -> None:
    visits = [Visit(START + i * DAY, START + i * DAY + 3600, 100.0) for i in range(10)]
    end = visits[-1].end or 0.0
    at_once = forecast_sum(visits, 100, end)
    half_a_day_later = forecast_sum(visits, 100, end + DAY / 2)
    assert at_once is not None
    assert half_a_day_later is not None
    assert half_a_day_later.at == pytest.approx(at_once.at, abs=60)


def test_the_interval_holds_the_truth_in_about_80_of_100_worlds() -> None:
    held = asked = 0
    rng = np.random.default_rng(5)
    for _ in range(160):
        at, visits = START, []
        for _ in range(10):
            at, visit = play(rng, at)
            visits.append(visit)
        found, remaining, now = forecast_sum(visits, 2000.0, at), 2000.0, at
        while True:
            at, visit = play(rng, at)
            if visit.value >= remaining:
                break
            remaining -= visit.value
        assert visit.end is not None
        truth = visit.start + (visit.end - visit.start) * remaining / visit.value
        assert found is not None
        assert found.interval is not None
        assert now < found.interval[0] < found.at < found.interval[1]
        held += found.interval[0] <= truth <= found.interval[1]
        asked += 1
    assert 0.70 <= held / asked <= 0.90


def play(rng: np.random.Generator, at: float) -> tuple[float, Visit]:
    start = at + rng.exponential(DAY)
    end = start + 5400 * rng.lognormal(0, 0.4)
    return end, Visit(start, end, (end - start) / 54 * rng.lognormal(0, 0.4))


def test_a_rate_s_interval_widens_with_the_noise() -> None:
    rng = np.random.default_rng(3)
    widths = []
    for noise in (1.0, 20.0):
        values = [100 + 4 * i + float(rng.normal(0, noise)) for i in range(20)]
        visits = [Visit(START + i * DAY, START + i * DAY + 3600, v) for i, v in enumerate(values)]
        found = forecast_rate(visits, 250, down=False, window=5, now=visits[-1].end or 0)
        assert found is not None
        assert found.interval is not None
        widths.append(found.interval[1] - found.interval[0])
    assert widths[1] > 2 * widths[0]
