"""METRICS: time, encounters, kills, deaths, damage and skills of one session."""

from typing import Any

import pytest
from tests.unit.build import START, folded

from combatlens.domain import fold_view
from combatlens.domain.events import (
    Context,
    DamageTaken,
    Death,
    Expense,
    Feedback,
    Heal,
    Kill,
    Loot,
    Mark,
    SessionOp,
    SkillUse,
    XpGain,
)  # fmt: skip


def hit(damage: float = 10, target: str = "rat", skill: str = "a", **more: Any) -> SkillUse:
    return SkillUse(skill=skill, damage=damage, target=target, **more)


def test_active_time_leaves_out_pauses_and_idle_gaps_dated_back() -> None:
    fold = folded(
        (0, hit()), (60, hit()), (100, SessionOp(op="pause")), (160, SessionOp(op="resume")), (200, hit()),
        (200 + 301, hit()), (520, hit()),
    )  # fmt: skip
    assert fold.timeline.active_s == pytest.approx(100 + 40 + 19)
    assert [(gap.start - START, gap.end - START) for gap in fold.timeline.gaps] == [(200, 501)]


def test_a_gap_of_five_minutes_exactly_is_no_idling() -> None:
    fold = folded((0, hit()), (300, hit()))
    assert fold.timeline.active_s == 300
    assert fold.timeline.gaps == []


def test_minutes_hold_all_active_time() -> None:
    fold = folded((30, hit()), (59, hit()), (200, hit()), (900, hit()), (910, hit()))
    assert sum(minute.active_s for minute in fold.timeline.minutes) == pytest.approx(fold.timeline.active_s)
    assert all(minute.active_s <= 60 for minute in fold.timeline.minutes)
    assert all(minute.start % 60 == 0 for minute in fold.timeline.minutes)


def test_pauses_are_a_set_of_reasons() -> None:
    fold = folded(
        (0, hit()), (10, SessionOp(op="pause", reason="window_gone")), (20, SessionOp(op="pause")),
        (30, SessionOp(op="resume", reason="window_gone")),
    )  # fmt: skip
    assert fold_view.state_of(fold, START + 31) == ("paused", ("user",))


def test_idle_is_told_live_and_lifted_by_the_next_event() -> None:
    fold = folded((0, hit()), (10, hit()))
    live = fold_view.snapshot(fold, "s", "p", START + 400)
    assert (live.state, live.pause_reasons, live.active_s) == ("paused", ("idle",), 10)


def test_rates_never_stand_on_less_than_a_minute() -> None:
    fold = folded((0, Kill(xp=100)), (10, hit()))
    assert fold_view.snapshot(fold, "s", "p", START + 10).xp_per_hour == 100 * 60


def test_the_window_rate_forgets_what_is_ten_minutes_old() -> None:
    timed = [(float(60 * minute), Kill(xp=600.0 if minute < 10 else 0.0)) for minute in range(30)]
    fold = folded(*timed)
    assert fold_view.snapshot(fold, "s", "p", START + 29 * 60).xp_per_hour_window == 0


def test_an_encounter_ends_after_ten_quiet_seconds() -> None:
    fold = folded((0, hit()), (10, hit()), (20.5, hit()), (25, hit()))
    fold.finish(START + 25)
    assert [(e.start - START, e.end - START) for e in fold.encounters.closed] == [(0, 10), (20.5, 25)]
    assert fold.encounters.seconds == 14.5


def test_a_buff_is_not_hostile_but_damage_taken_is() -> None:
    assert folded((0, SkillUse(skill="buff"))).encounters.current is None
    assert folded((0, DamageTaken(amount=5, source="rat"))).encounters.current is not None


def test_the_players_death_ends_the_encounter() -> None:
    fold = folded((0, hit()), (3, DamageTaken(amount=50, source="bear")), (4, Death()), (6, hit()))
    fold.finish(START + 6)
    assert [e.outcome for e in fold.encounters.closed] == ["lost", "open"]
    detail = fold.deaths_detail[0]
    assert (detail.killer, detail.damage_taken, detail.by_source) == ("bear", 50, {"bear": 50})


def test_the_fifteen_seconds_before_a_death() -> None:
    fold = folded(
        (0, DamageTaken(amount=7, source="rat")), (10, DamageTaken(amount=5, source="bear")),
        (20, DamageTaken(amount=1, source="rat")), (25, Death()),
    )  # fmt: skip
    assert fold.deaths_detail[0].by_source == {"bear": 5, "rat": 1}


def test_time_to_kill_counts_from_the_first_blow_at_that_target() -> None:
    fold = folded((0, hit()), (4, Kill(target="rat")), (6, hit()), (8, Kill(target="rat")))
    assert fold.targets["rat"].frozen().time_to_kill_s == 3


def test_dps_is_damage_by_time_in_encounters() -> None:
    fold = folded((0, hit(50)), (5, hit(50)), (100, hit(20)), (105, hit(30)))
    assert fold_view.snapshot(fold, "s", "p", START + 105).dps == 15


def test_misses_are_uses_and_ticks_are_not() -> None:
    fold = folded((0, hit(30)), (1, hit(0, success=False)), (2, hit(6, periodic=True)))
    skill = fold.skills.frozen()["a"]
    assert (skill.usage_count, skill.total_damage, skill.average_damage, skill.success_rate) == (2, 36, 18, 0.5)


def test_an_area_skill_in_a_log_is_one_use() -> None:
    area = [(0.0, hit(5, target=name)) for name in ("rat", "cat", "bat")]
    assert folded(*area, source="log").skills.tallies["a"].uses == 1
    assert folded(*area, source="bot").skills.tallies["a"].uses == 3
    twice = [(0.0, hit(5)), (0.0, hit(5))]
    assert folded(*twice, source="log").skills.tallies["a"].uses == 2


def test_automatic_attacks_on_two_targets_in_one_second_are_two_uses() -> None:
    swings = [(0.0, hit(5, skill="attack", target=name)) for name in ("rat", "cat")]
    assert folded(*swings, source="log").skills.tallies["attack"].uses == 2


def test_drained_power_and_pets_that_hurt_the_player_stand_in_their_owners_rows() -> None:
    fold = folded(
        (0, hit(0, actor="Ann", meta={"drained": 30.0})), (0, hit(0, actor="Ann", meta={"drained": "much"})),
        (1, DamageTaken(amount=7, source="Rex", meta={"source_owner": "Ann"})),
        (2, DamageTaken(amount=5, source="rat")),
    )  # fmt: skip
    rows = fold.actors
    assert (rows["Ann"].drained, rows["Ann"].pet_damage, rows["Rex"].damage_dealt) == (30, 7, 7)
    assert (rows["rat"].damage_dealt, rows["player"].damage_taken) == (5, 12)


def test_points_that_are_no_xp_stand_beside_it() -> None:
    fold = folded(
        (0, XpGain(amount=100, xp_type="Combat")), (1, XpGain(amount=40, xp_type="GCW", meta={"not_xp": True}))
    )
    totals = fold.ledger.totals()
    assert (fold.ledger.total, totals.by_type) == (100, {"Combat": 100, "GCW": 40})
    assert fold_view.snapshot(fold, "s", "p", START + 60).xp_per_hour == 6000


def test_an_area_use_that_misses_one_and_hits_another_succeeded() -> None:
    fold = folded((0, hit(0, target="rat", success=False)), (0, hit(5, target="cat")), source="log")
    skill = fold.skills.frozen()["a"]
    assert (skill.usage_count, skill.success_rate) == (1, 1.0)


def test_pets_others_and_oneself_are_kept_apart() -> None:
    fold = folded(
        (0, hit(10)), (1, hit(5, actor="Rex", owner="player")), (2, Kill(actor="Rex", target="rat")),
        (3, hit(100, actor="Stranger")), (4, Kill(actor="Stranger", target="rat")), (5, Kill(target="rat")),
        (6, hit(3, target="player")), (7, Death(actor="Rex")), (8, Death(actor="Stranger")),
    )  # fmt: skip
    assert (fold.own_damage, fold.pet_damage, fold.self_damage) == (10, 5, 3)
    assert (fold.kills, fold.kills_by_pet, fold.kills_witnessed, fold.deaths) == (2, 1, 1, 0)
    assert fold.actors["Stranger"].damage_dealt == 100
    assert fold.actors["player"].pet_damage == 5
    assert set(fold.skills.tallies) == {"a"}


def test_spellings_of_one_name_are_one_row() -> None:
    fold = folded((0, hit(1, target="a womp rat")), (1, hit(2, target="A womp rat")), (2, Kill(target="womp_rat")))
    assert list(fold.targets) == ["a womp rat"]
    assert fold.targets["a womp rat"].kills == 1


def test_money_healing_zones_and_the_rest() -> None:
    fold = folded(
        (0, Context(zone="Naboo", build="rifle", tags=("x",))), (1, hit()), (31, Kill(target="rat", xp=5)),
        (40, Loot(item="hide", value=12)), (41, Expense(amount=2)), (42, Heal(amount=9)),
        (43, Feedback(rating=4, tags=("y",))), (44, Feedback(rating=5)), (50, Mark(label="boss")),
        (60, Context(zone="Tatooine")),
    )  # fmt: skip
    summary = fold_view.summary(fold, "s", "p", "active", None)
    assert (summary.loot_value, summary.spent, summary.total_healing, summary.rating) == (12, 2, 9, 4.5)
    assert (summary.build, summary.zone, summary.tags) == ("rifle", "Tatooine", ("x", "y"))
    assert summary.zones["Naboo"].kills == 1
    assert summary.zones["Naboo"].xp == 5
    assert summary.zones["Naboo"].active_minutes == pytest.approx(1.0)
    assert ("mark", "boss") in [(kind, text) for _, kind, text in fold.moments]


def test_the_log_and_the_screen_tell_one_level_up_once() -> None:
    fold = folded((0, Context(level=7)), (5, Context(level=8)), (9, Context(level=8)), (10, XpGain(amount=1)))
    assert [up.level for up in fold.level_ups] == [8]


def test_an_event_after_the_end_goes_on_with_the_session() -> None:
    fold = folded((0, hit()), (5, SessionOp(op="end")), (9, hit()))
    assert fold.ended_at is None
    assert folded((0, hit()), (5, SessionOp(op="end"))).ended_at == START + 5
