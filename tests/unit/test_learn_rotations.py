"""What the order of uses tells of cooldowns, what a hit does, and what following a rotation would do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as replace_struct
from tests.learn_world import SkillTruth, TargetTruth, World, sessions

from combatlens.learning.blows import hit_damage, mean_of_censored
from combatlens.learning.history import History, history_of
from combatlens.learning.replay import UseRow
from combatlens.learning.rotation_model import Kit, Rotation, best_rotation, follow
from combatlens.learning.rotation_plan import Plan, plan
from combatlens.learning.rotation_worlds import guess
from combatlens.learning.skills import Skill, skills
from combatlens.learning.turns import turns


def fights(*words: str) -> list[UseRow]:
    """Fights as words, a letter a use."""
    uses = []
    for number, word in enumerate(words):
        uses += [UseRow(0.0, skill, "wolf", 1.0, True, None, number, number, number) for skill in word]
    return uses


def test_a_skill_is_passed_over_when_others_come_round_without_it() -> None:
    assert turns(fights("abcabc"))["b"] == (2, 0)
    assert turns(fights("abcacb"))["b"] == (1, 1)
    assert turns(fights("abcaca"))["b"] == (1, 1)
    assert turns(fights("acac"))["a"] == (2, 0)
    assert turns(fights("abc", "acac"))["b"] == (1, 1)


def test_the_same_again_at_once_is_no_round() -> None:
    assert turns(fights("aabaab")) == {"a": (4, 0), "b": (2, 0)}


def test_uses_outside_of_fights_have_no_turn() -> None:
    idle = UseRow(0.0, "a", None, 0.0, True, None, -1, 0, 0)
    assert turns([idle, idle]) == {"a": (0, 0)}


def test_what_is_only_known_as_at_least_raises_the_mean() -> None:
    assert mean_of_censored([(1.0, False), (2.0, False), (3.0, False)]) == pytest.approx(2.0)
    assert mean_of_censored([(1.0, True), (2.0, False), (4.0, False)]) == pytest.approx(3.0)
    assert mean_of_censored([(5.0, True)]) == 5.0


def blows(*amounts: tuple[float, bool]) -> list[UseRow]:
    return [UseRow(0.0, "a", "wolf", amount, True, None, 0, 0, 0, killed=killed) for amount, killed in amounts]


def test_a_killing_blow_that_is_told_in_full_counts_in_full() -> None:
    assert hit_damage(blows((10.0, False), (14.0, True)))["a"] == pytest.approx(12.0)


def test_a_killing_blow_that_is_cut_short_does_not_lower_the_mean() -> None:
    assert hit_damage(blows((10.0, False), (12.0, False), (3.0, True)))["a"] == pytest.approx(11.0)


def kit(damage: list[float], cast: list[float], ready: list[float], health: float | None = None) -> Kit:
    return Kit(np.array([damage]), np.array(cast), np.array([ready]), health)


def test_what_is_on_cooldown_is_passed_over_and_the_filler_used() -> None:
    mine = kit([100.0, 10.0, 1.0], [1.0, 1.0, 1.0], [10.0, 2.0, 1.0])
    alone, filled = follow(mine, [Rotation((0,)), Rotation((0, 1), 2)], horizon=100.0)[:, 0]
    assert alone == pytest.approx(100 / 10, rel=0.1)
    assert filled == pytest.approx((100 + 4 * 10 + 5) / 10, rel=0.1)


def test_damage_beyond_a_targets_health_is_worth_nothing() -> None:
    whole, cut = (follow(kit([50.0], [1.0], [1.0], health), [Rotation((0,))])[0, 0] for health in (None, 40.0))
    assert whole == pytest.approx(50.0)
    assert 25 < cut < 50


def test_the_best_rotation_holds_in_most_of_the_worlds_that_may_be_true() -> None:
    damage, cast = np.array([[300.0, 90.0, 60.0]] * 2), np.array([1.0, 1.0, 1.0])
    unsure = Kit(damage, cast, np.array([[8.0, 1.0, 1.0], [8.0, 6.0, 1.0]]))
    best = best_rotation(unsure)
    assert best.order[0] == 0
    assert set(best.order) | {best.filler} == {0, 1, 2}


TURNED = World(
    skills=(
        SkillTruth("jab", 70.0, 1.0),
        SkillTruth("swing", 90.0, 1.5),
        SkillTruth("smash", 400.0, 2.0, 12.0),
        SkillTruth("kick", 60.0, 1.5),
    ),
    targets=(TargetTruth("wolf", 900.0, 100.0),),
    policy=("kick", "smash", "jab", "swing"),
)
"""Played in one order: only the skill with a cooldown is ever passed over."""


def learned(world: World) -> tuple[History, list[Skill], Plan]:
    history = history_of(sessions(world, 1, 30, seed=4))
    table = skills(history)
    return history, table, plan(history, table)


def test_one_fixed_order_shows_which_skills_have_a_cooldown() -> None:
    history, table, _ = learned(TURNED)
    made = guess(history, table)
    assert made is not None
    still_open = {skill.name for skill, unsure in zip(made.held, made.open, strict=True) if unsure}
    assert still_open == {"jab", "swing", "kick"}
    assert {skill.name for skill in table if skill.never_passed} == still_open


def test_who_plays_whatever_is_ready_leaves_nothing_open() -> None:
    _, _, advice = learned(replace(TURNED, policy=()))
    assert advice.untried == ()
    assert advice.filler_assumed is False


def test_a_strong_skill_that_always_ends_the_fight_is_not_held_to_be_weak() -> None:
    world = replace(TURNED, targets=(TargetTruth("wolf", 420.0, 100.0),), policy=("jab", "swing", "kick", "smash"))
    _, table, _ = learned(world)
    smash = next(skill for skill in table if skill.name == "smash")
    full = smash.full_damage or 0.0
    assert full == pytest.approx(0.9 * 400, rel=0.25)
    assert (smash.damage_per_use.value or 0.0) < 0.6 * full
    assert smash.cast_s == pytest.approx(2.0, abs=0.5)


def test_the_rotation_and_its_gain_are_told_with_intervals_that_hold_them() -> None:
    _, _, unsure = learned(TURNED)
    _, _, sure = learned(replace(TURNED, policy=()))
    for advice in (unsure, sure):
        assert advice.skills[0] == "smash"
        low, high = advice.gain.ci or (0.0, 0.0)
        assert low < (advice.gain.value or 0.0) < high
    assert unsure.filler_assumed
    assert (sure.gain.low or 0.0) > 0.0
    assert (sure.gain.high or 0.0) - (sure.gain.low or 0.0) < (unsure.gain.high or 0.0) - (unsure.gain.low or 0.0)
    assert learned(TURNED)[2] == unsure


def test_nothing_is_recommended_before_a_skill_can_be_judged() -> None:
    history = history_of(sessions(TURNED, 1, 1, seed=1))
    assert plan(history, skills(history)) == Plan()


def test_nothing_is_recommended_where_most_damage_is_of_skills_whose_time_is_unknown() -> None:
    history, table, _ = learned(TURNED)
    timeless = [replace_struct(skill, cast_s=None) if skill.name == "smash" else skill for skill in table]
    assert plan(history, timeless) == Plan()
