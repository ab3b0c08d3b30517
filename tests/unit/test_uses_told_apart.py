"""Logs that tell a use and its damage in lines apart: which encounter, fight and time such a use has."""

from __future__ import annotations

import pytest
from tests.unit.build import START, folded, records

from combatlens.domain import fold_view
from combatlens.domain.events import DamageTaken, Death, Event, Kill, SkillUse
from combatlens.domain.fold import FoldRules, SessionFold
from combatlens.domain.occupied import OUTSIDE
from combatlens.domain.refold import fold_all
from combatlens.learning.history import history_of
from combatlens.learning.insights import insights_of
from combatlens.learning.replay import Replay, replay
from combatlens.learning.session_record import SessionStats
from combatlens.learning.session_stats import session_stats

Timed = tuple[float, Event]


def use(skill: str) -> SkillUse:
    return SkillUse(skill=skill)


def blow(skill: str, damage: float = 10, target: str = "rat") -> SkillUse:
    return SkillUse(skill=skill, damage=damage, target=target, periodic=True)


def seen(*timed: Timed) -> Replay:
    return replay(records(timed, "log"), START, "player", FoldRules())[0]


def encounters(*timed: Timed) -> list[int]:
    return [row.encounter for row in seen(*timed).uses]


def occupied(*timed: Timed) -> dict[str, float]:
    return {name: total.occupied_s for name, total in folded(*timed, source="log").skills.frozen().items()}


def test_the_first_blow_brings_its_use_into_the_encounter() -> None:
    opening = ((0, use("dart")), (0.5, use("shot")), (1, blow("shot")), (3, blow("dart")))
    assert encounters(*opening) == [1, 1]
    assert occupied(*opening) == {"dart": 0.5, "shot": 0.5}


def test_a_use_between_two_hostile_events_is_in_their_encounter() -> None:
    timed = ((0, use("shot")), (1, blow("shot")), (2, use("heal")), (4, DamageTaken(amount=5, source="rat")))
    assert encounters(*timed) == [1, 1]
    assert occupied(*timed) == {"shot": 2.0, "heal": 2.0}


@pytest.mark.parametrize(
    "after",
    [(), ((30, blow("shot")),), ((2.5, Death()), (4, blow("shot")))],
    ids=["nothing hostile follows", "the gap has passed", "the player died"],
)
def test_a_mount_after_the_fight_is_outside(after: tuple[Timed, ...]) -> None:
    assert encounters((0, use("shot")), (1, blow("shot")), (2, use("mount")), *after) == [1, OUTSIDE]


def test_a_use_long_before_the_fight_is_not_drawn_into_it() -> None:
    assert encounters((0, use("trap")), (10.5, blow("trap"))) == [OUTSIDE]


def test_an_encounter_counts_the_uses_that_joined_it() -> None:
    fold = folded((0, use("shot")), (1, blow("shot")), (2, use("heal")), (3, blow("shot")), (4, use("mount")))
    fold.finish(START + 4)
    assert [encounter.uses for encounter in fold.encounters.closed] == [2]


def test_a_late_event_takes_a_joined_use_out_again() -> None:
    """What a checkpoint restores is what it saw, whatever was joined since."""
    timed = records([(0, use("shot")), (1, blow("shot")), (2, use("heal")), (2.5, use("dart")), (3, blow("dart"))])
    fold, plain = (SessionFold(START, "player", FoldRules()) for _ in range(2))
    for record in timed[:4]:
        fold.apply(record)
        plain.apply(record)
    saved = fold.save()
    fold.apply(timed[4])
    assert fold.skills.occupied() != plain.skills.occupied()
    fold.restore(saved)
    assert fold.skills.occupied() == plain.skills.occupied()
    for again in (fold, plain):
        again.apply(timed[4])
    assert fold_view.detail(fold, "s", "p", "active", None) == fold_view.detail(plain, "s", "p", "active", None)


def test_a_use_is_of_the_fight_that_its_blow_lands_in() -> None:
    rows = seen(
        (0, use("shot")), (0.2, blow("shot", target="rat")), (1, use("dart")), (1.5, Kill(target="rat")),
        (2, blow("dart", target="cat")), (2.5, use("heal")), (3, use("shot")), (3.2, blow("shot", target="cat")),
    ).uses  # fmt: skip
    assert [row.target for row in rows] == ["rat", "cat", "cat", "cat"]
    assert [row.fight == rows[1].fight for row in rows] == [False, True, True, True]
    assert [row.damage for row in rows] == [10, 10, 0, 10]


def test_the_last_use_before_a_kill_is_known_as_such() -> None:
    rows = seen((0, use("shot")), (0.2, blow("shot")), (1, use("shot")), (1.2, blow("shot")), (1.3, Kill(target="rat")))
    assert [row.killed for row in rows.uses] == [False, True]


def session(minutes: int = 10) -> SessionStats:
    """Shot every 2 s for 20, dart every 6 s for 90 and bleeding, a buff that takes no time, a mount afterwards."""
    timed: list[Timed] = []
    for turn in range(minutes * 10):
        at = turn * 6.0
        for step, skill, damage in ((0, "dart", 90.0), (2, "shot", 20.0), (4, "shot", 20.0)):
            timed += [(at + step, use(skill)), (at + step + 0.3, blow(skill, damage))]
        timed += [(at + 2.1, use("buff")), (at + 3, blow("bleeding", 5))]
    timed.append((minutes * 60 + 20.0, use("mount")))
    told = records(sorted(timed, key=lambda one: one[0]), "log")
    fold = fold_all(told, (), START, "player", FoldRules())
    fold.finish(told[-1].at)
    return session_stats(fold_view.detail(fold, "s", "p", "completed", told[-1].at).summary, told)


def test_skills_have_the_time_that_their_uses_take() -> None:
    skills = session().skills
    assert skills["dart"].cast_s == pytest.approx(2.0)
    assert skills["shot"].cast_s == pytest.approx(2.0)
    assert skills["dart"].damage / skills["dart"].occupied_s == pytest.approx(45.0)
    assert (skills["bleeding"].uses, skills["bleeding"].damage) == (0, 500.0)


def test_what_a_player_reads() -> None:
    found = insights_of(history_of([session()]), START)
    table = found["skill_performance"]
    assert list(table) == ["dart", "shot", "bleeding", "buff", "mount"]
    assert table["bleeding"]["evidence"]["needs"] == 0
    assert sum(row["damage_share"] for row in table.values()) == pytest.approx(1.0)
    assert found["combat_patterns"]["most_used_skill"] == "shot"
    assert found["xp_efficiency"]["most_reliable_skill"] in ("dart", "shot")
    advised = found["build_recommendations"]["recommended_rotation"]
    assert "dart" in advised
    assert not set(advised) & {"mount", "buff", "bleeding"}
