"""METRICS, "XP": readings, level-ups, losses, and how named XP explains observed XP."""

from typing import Any

import pytest
from tests.unit.build import folded

from combatlens.domain.events import Kill, SessionOp, SkillUse, XpGain, XpReading
from combatlens.domain.fold import FoldRules


def reading(value: float | None = None, **more: Any) -> XpReading:
    return XpReading(value=value, **more)


def test_the_first_reading_is_a_baseline() -> None:
    fold = folded((0, reading(5000)))
    assert fold.ledger.total == 0
    assert fold.first_value == 5000


def test_the_difference_of_two_readings_is_observed() -> None:
    fold = folded((0, reading(100)), (10, reading(350)))
    assert (fold.ledger.observed, fold.ledger.unexplained, fold.ledger.total) == (250, 250, 250)


def test_a_level_up_gains_what_was_missing_and_the_new_value() -> None:
    fold = folded((0, reading(900, needed=1000, level=4)), (10, reading(50, needed=1500, level=5)))
    assert fold.ledger.total == 150
    assert [up.level for up in fold.level_ups] == [5]


def test_a_fall_with_another_need_is_a_level_up_without_a_level() -> None:
    fold = folded((0, reading(900, needed=1000)), (10, reading(50, needed=1500)))
    assert fold.ledger.total == 150
    assert len(fold.level_ups) == 1


def test_the_need_is_value_by_percent_where_it_is_not_stated() -> None:
    fold = folded((0, reading(900, percent=90.0)), (10, reading(30, percent=2.0)))
    assert fold.ledger.total == pytest.approx(130)


def test_two_levels_at_once_are_a_new_baseline() -> None:
    fold = folded((0, reading(900, needed=1000, level=4)), (10, reading(50, needed=1500, level=6)))
    assert fold.ledger.total == 0
    assert len(fold.level_ups) == 1


def test_a_fall_without_level_up_is_lost_and_never_negative_gain() -> None:
    fold = folded((0, reading(900, needed=1000)), (10, reading(800, needed=1000)), (20, reading(850, needed=1000)))
    assert (fold.ledger.lost, fold.ledger.total) == (100, 50)


def test_a_total_counter_only_rises() -> None:
    rules = FoldRules(counter="total")
    fold = folded((0, reading(9_000)), (5, reading(9_500)), (9, reading(9_400)), rules=rules)
    assert (fold.ledger.total, fold.ledger.lost) == (500, 100)


def test_a_reading_that_puts_the_one_before_right_is_a_baseline() -> None:
    fold = folded((0, reading(748)), (10, reading(760)), (20, reading(31_760, meta={"baseline": True})),
                  (30, reading(31_800)))  # fmt: skip
    assert (fold.ledger.total, fold.ledger.lost, fold.first_value) == (52, 0, 31_748)


def test_percent_alone_counts_as_levels() -> None:
    fold = folded((0, reading(percent=95.0)), (10, reading(percent=99.0)), (20, reading(percent=3.0)))
    assert fold.ledger.totals().levels_gained == pytest.approx(0.08)
    assert fold.ledger.total == 0


def test_percent_counts_as_points_where_the_need_is_known() -> None:
    fold = folded((0, reading(percent=10.0, needed=2000)), (10, reading(percent=20.0)))
    assert fold.ledger.total == pytest.approx(200)


def test_a_lone_percentage_that_falls_far_is_a_level_up_though_a_need_was_known() -> None:
    fold = folded((0, reading(900, needed=1000)), (10, reading(percent=5.0)), (20, reading(percent=7.0)))
    assert (fold.ledger.lost, len(fold.level_ups)) == (0, 1)
    assert fold.ledger.totals().levels_gained == pytest.approx(0.17)


def test_without_readings_named_xp_counts() -> None:
    fold = folded((0, Kill(xp=100)), (5, SkillUse(skill="a", xp=7)), (9, XpGain(amount=3, xp_type="combat")))
    assert fold.ledger.total == 110
    assert fold.ledger.totals().by_type == {"combat": 3, "experience": 107}


def test_named_xp_before_the_first_and_after_the_last_reading_counts_too() -> None:
    fold = folded((0, Kill(xp=10)), (5, reading(100)), (9, Kill(xp=20)), (10, reading(120)), (15, Kill(xp=40)))
    totals = fold.ledger.totals()
    assert (fold.ledger.total, totals.observed, totals.attributed, totals.unexplained) == (70, 20, 70, 0)


def test_in_covered_time_the_observed_gain_counts() -> None:
    fold = folded((0, reading(100)), (3, Kill(xp=50)), (10, reading(130)))
    assert fold.ledger.total == 30
    assert sum(fold.ledger.totals().by_type.values()) == 30


def test_observed_xp_that_nobody_named_is_unexplained() -> None:
    fold = folded((0, reading(100)), (3, Kill(xp=50)), (10, reading(180)))
    totals = fold.ledger.totals()
    assert (totals.observed, totals.attributed, totals.unexplained) == (80, 50, 30)


def test_the_screen_may_lag_behind_the_kill() -> None:
    fold = folded((0, reading(0)), (10.0, Kill(xp=50)), (10.2, reading(5)), (11.0, reading(55)), source="screen")
    assert (fold.ledger.total, fold.ledger.totals().unexplained) == (55, 5)


def test_a_kill_told_just_after_its_gain_was_seen_counts_once() -> None:
    fold = folded((0, reading(0)), (10, reading(50)), (10.9, Kill(xp=50)), (20, reading(60)), source="screen")
    assert fold.ledger.total == 60


def test_a_kill_just_before_the_first_picture_is_not_counted_again_by_the_next() -> None:
    fold = folded((9.9, Kill(xp=50)), (10, reading(0)), (10.4, reading(50)), (20, reading(80)), source="screen")
    assert fold.ledger.total == 80


def test_a_bots_own_counter_has_no_lag() -> None:
    fold = folded((0, SkillUse(skill="a", xp=255)), (0.1, reading(1000)), (0.2, reading(1500)), (0.3, Kill(xp=100)))
    assert fold.ledger.total == 855


def test_a_users_pause_counts_nothing() -> None:
    fold = folded(
        (0, reading(100)), (5, Kill(xp=10)), (6, SessionOp(op="pause")), (8, Kill(xp=99)), (9, reading(500)),
        (12, SessionOp(op="resume")), (20, reading(520)),
    )  # fmt: skip
    assert fold.kills == 1
    assert fold.ledger.total == 30


def test_a_kills_xp_is_shared_by_the_damage_to_that_target() -> None:
    fold = folded(
        (0, SkillUse(skill="a", damage=30, target="rat")), (1, SkillUse(skill="b", damage=10, target="rat")),
        (2, SkillUse(skill="b", damage=500, target="bear")), (3, Kill(xp=40, target="rat")),
        (4, SkillUse(skill="a", damage=10, target="rat")), (5, Kill(xp=10, target="rat")),
    )  # fmt: skip
    assert fold.skills.tallies["a"].xp == 40
    assert fold.skills.tallies["b"].xp == 10
    assert fold.targets["rat"].xp == 50


def test_a_gain_line_beside_a_kill_without_xp_is_the_kills() -> None:
    for gain_at in (1.0, 3.0):
        fold = folded(
            *sorted(
                [
                    (0.0, SkillUse(skill="a", damage=30, target="rat")), (2.0, Kill(target="rat")),
                    (gain_at, XpGain(amount=40)),
                ],
                key=lambda pair: pair[0],
            ),
            source="log",
        )  # fmt: skip
        assert fold.targets["rat"].xp == 40
        assert fold.skills.tallies["a"].xp == 40
        assert fold.ledger.total == 40
