"""Real logs that tell uses and damage in lines apart: what is learned of skills makes sense to a player."""

from __future__ import annotations

import pytest
from tests.logs import import_log
from tests.realdata import realdata

from combatlens.domain import fold_view
from combatlens.domain.events import Recorded
from combatlens.domain.fold import FoldRules
from combatlens.domain.refold import fold_all
from combatlens.learning.session_record import SessionStats
from combatlens.learning.session_stats import session_stats


def stats_of(*parts: str) -> SessionStats:
    _, recorder = import_log(realdata(*parts))
    told = [
        Recorded(number, "s", one.at, one.at, "log", "player", one.event)
        for number, one in enumerate(recorder.ordered, 1)
    ]
    fold = fold_all(told, (), told[0].at, "player", FoldRules())
    fold.finish(told[-1].at)
    return session_stats(fold_view.detail(fold, "s", "p", "completed", told[-1].at).summary, told)


@pytest.mark.parametrize(
    "log",
    [
        ("swtor", "swtorparse", "81f3fea_combat_2021-12-30_20_58_33_468342.txt"),
        ("swtor", "swtorparse", "50199c5_combat_2021-05-29_01_10_00_840359.txt"),
        ("swtor", "ezet", "50merc.txt"),
        ("wow", "seriousnes_torghast", "WoWCombatLog_Torghast-20201221-001_Full.txt"),
    ],
    ids=["swtor 7.0", "swtor 2021, a healer", "swtor 2012", "wow"],
)
def test_skills_take_a_time_that_a_player_knows(log: tuple[str, ...]) -> None:
    stats = stats_of(*log)
    strong = [skill for skill in stats.skills.values() if skill.uses >= 5 and skill.damage > 0.02 * stats.damage]
    assert len(strong) >= 4
    for skill in strong:
        assert skill.cast_s is not None
        assert 0.3 <= skill.cast_s <= 5.0
        assert skill.gaps
    fighting = [skill for skill in stats.skills.values() if skill.uses and skill.damage]
    assert sum(skill.occupied_s for skill in fighting) <= 1.2 * stats.encounter_s
    assert stats.grams
