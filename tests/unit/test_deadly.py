"""A target that mostly kills is advised to be left alone; never from few deaths, and never where it may pay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.learn_world import START, record, summary_of

from combatlens.domain.events import Action, DamageTaken, Death, Event, Kill, SessionOp, SkillUse
from combatlens.learning.deadly import deadly_targets, won_share
from combatlens.learning.history import history_of
from combatlens.learning.insights import insights
from combatlens.learning.session_record import SessionStats
from combatlens.learning.session_stats import session_stats


def played(
    number: int, rng: np.random.Generator, *, meets: float = 0.3, wins: float = 0.0, pays: float = 100.0,
    dragon: str = "dragon", fights: int = 60,
) -> SessionStats:  # fmt: skip
    """Wolves die after 20 s and bring 100. The dragon kills after 40 s, getting up takes 60 s; a share `wins` of the
    fights with it ends the other way round."""
    now = start = START + number * 86_400.0
    told: list[tuple[float, Event]] = [(start, SessionOp(op="start"))]
    for _ in range(fights):
        target = dragon if rng.random() < meets else "wolf"
        length = (40.0 if target == dragon else 20.0) * float(rng.uniform(0.8, 1.2))
        told += [(now + t, SkillUse(skill="shot", damage=10, target=target)) for t in np.arange(1.0, length, 4.0)]
        now += length
        if target == "wolf" or rng.random() < wins:
            told.append((now, Kill(target=target, xp=100.0 if target == "wolf" else pays)))
        else:
            told += [(now - 1, DamageTaken(amount=50, source=target)), (now, Death())]
            now += 60.0
            told.append((now, Action(name="travel", duration_ms=1000)))
    told.append((now + 1, SessionOp(op="end")))
    events = record(sorted(told, key=lambda pair: pair[0]), f"s{number:03d}")
    return session_stats(summary_of(events), events)


def advice(days: list[SessionStats]) -> list[dict[str, Any]]:
    return [row for row in insights(days, START)["recommendations"] if row["kind"] == "target"]


@pytest.mark.parametrize("sessions", [1, 12])
def test_a_target_that_only_ever_kills_is_to_be_left_alone(sessions: int) -> None:
    rng = np.random.default_rng(1)
    days = [played(i, rng, fights=720 // sessions) for i in range(sessions)]
    (row,) = advice(days)
    told = row["evidence"]
    assert row["text"] == "leave dragon alone, fight wolf instead"
    assert (told["kills"], told["won_share_ci"][0]) == (0, 0.0)
    assert told["deaths"] > 180
    assert told["until_death_s"] == pytest.approx(39, abs=1), "from the first blow on"
    assert told["recovery_s"] == pytest.approx(60, abs=0.1)
    assert told["xp_per_hour"] == 0
    assert told["elsewhere_xp_per_hour"] == pytest.approx(100 * 3600 / 20, rel=0.05)
    truth = 18_000 * told["share_of_time"]
    low, high = row["expected_gain_ci"]
    assert low < truth < high
    assert row["expected_gain_xp_per_hour"] == pytest.approx(truth, rel=0.05)
    assert (row["confidence"] > 0.8, row["impact"]) == (True, "high")
    assert (
        f"it killed you {told['deaths']} times and never died; a lost fight takes 0:39, getting up 1:00"
        in row["reason"]
    )


def test_few_deaths_are_no_advice_and_more_targets_need_more_of_them() -> None:
    rng = np.random.default_rng(2)
    few = [played(0, rng, meets=0.1, fights=60)]
    assert 0 < few[0].deaths < 12
    assert advice(few) == []
    often = [played(1, rng, fights=300)]
    many = [*often, *(played(i, rng, dragon=f"dragon {i}", meets=0.2, fights=30) for i in range(2, 22))]
    alone, of_many = (deadly_targets(history_of(days))[0].evidence["won_share_ci"][1] for days in (often, many))
    assert of_many > 1.3 * alone, "that one of many kills by chance is likelier"


def test_a_target_that_dies_now_and_then_and_pays_is_no_mistake() -> None:
    rng = np.random.default_rng(3)
    days = [played(i, rng, wins=0.25, pays=4000.0) for i in range(12)]
    assert advice(days) == []
    assert insights(days, START)["targets"]["dragon"]["xp_per_hour"] > 30_000


def test_one_that_never_paid_may_pay_as_much_as_the_dearest_kill() -> None:
    """Who kills another dragon for 20,000 now and then may rightly try this one sixty times."""
    rng = np.random.default_rng(4)
    days = [played(0, rng, wins=1.0, pays=20_000.0), played(1, rng, dragon="old dragon", meets=1.0)]
    assert deadly_targets(history_of(days)) == []


def test_the_time_of_lost_fights_is_the_killers() -> None:
    rng = np.random.default_rng(5)
    (day,) = [played(0, rng, fights=200)]
    wolf, dragon = day.targets["wolf"], day.targets["dragon"]
    assert wolf.cycle.x / wolf.kills == pytest.approx(20, rel=0.05), "no wolf pays for a dragon"
    assert dragon.cycle.x / dragon.deaths == pytest.approx(100, rel=0.05)
    assert wolf.cycle.x + dragon.cycle.x == pytest.approx(day.active_s, rel=0.01)
    found = insights([day], START)["targets"]
    assert list(found) == ["wolf", "dragon"]
    assert (found["dragon"]["xp_per_hour"], found["dragon"]["xp_per_hour_ci"]) == (0, None)
    assert found["dragon"]["deaths_per_hour"] == pytest.approx(36, rel=0.05)


def test_bounds_of_a_share_hold_at_every_look() -> None:
    rng = np.random.default_rng(6)
    missed = 0
    for _ in range(100):
        truth = float(rng.uniform(0.02, 0.98))
        wins = np.cumsum(rng.random(200) < truth)
        looks = [won_share(float(wins[n - 1]), float(n), 0.05) for n in range(1, 201, 8)]
        missed += any(not low <= truth <= high for low, high in looks)
    assert missed <= 0.05 * 100
    assert won_share(0, 0, 0.05) == (0.0, 1.0)
    assert won_share(5, 5, 0.05)[1] == 1.0


@pytest.mark.parametrize("seed", range(4))
def test_even_odds_are_seldom_called_deadly_however_often_one_looks(seed: int) -> None:
    """XP/h is the same with and without the dragon, which wins every second fight."""
    rng = np.random.default_rng(seed)
    days = [played(i, rng, wins=0.5, pays=700.0) for i in range(8)]
    for upto in range(1, 9):
        assert deadly_targets(history_of(days[:upto])) == []
