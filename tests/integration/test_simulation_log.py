"""The simulated combat log, read by the real dialect, tells exactly what happened."""

from __future__ import annotations

from collections import Counter
from datetime import UTC

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.swg import SwgDialect
from combatlens.domain.events import DamageTaken, Death, Kill, Loot, SkillUse, XpGain
from combatlens.simulation.gamelog import line_of, opening
from combatlens.simulation.models import DEMO_RULES
from combatlens.simulation.truth import tally
from combatlens.simulation.world import World

START = 1_790_000_000.0


def test_every_line_is_understood_and_the_sums_agree() -> None:
    facts = list(World(6, DEMO_RULES).play(20))
    dialect = SwgDialect(LogSetup(player="Arden", zone=UTC, reference=START))
    dialect.parse(opening(START).rstrip("\n"))
    events = []
    for fact in facts:
        line = line_of(fact, at=START + fact.at, character="Arden").rstrip("\n")
        if line:
            parsed = dialect.parse(line)
            assert len(parsed.events) == 1, f"not understood: {line}"
            assert abs(parsed.events[0].at - (START + fact.at)) <= 1.0
            events.append(parsed.events[0].event)
    truth = tally(facts)
    uses = [event for event in events if isinstance(event, SkillUse)]
    assert all(use.actor is None for use in uses)
    assert Counter(use.skill for use in uses if not use.periodic) == Counter(
        {name: skill.usage_count for name, skill in truth.skills.items() if skill.usage_count}
    )
    assert sum(use.damage for use in uses) == truth.total_damage_dealt
    assert sum(not use.success for use in uses) == sum(s.usage_count - s.successes for s in truth.skills.values())
    assert Counter((kill.target or "").removeprefix("a ") for kill in events if isinstance(kill, Kill)) == Counter(
        {name: target.kills for name, target in truth.targets.items() if target.kills}
    )
    assert {death.cause for death in events if isinstance(death, Death)} == {"an ash warden"}
    assert sum(isinstance(event, Death) for event in events) == truth.deaths
    assert sum(event.amount or 0 for event in events if isinstance(event, XpGain)) == truth.total_xp_gained
    assert sum(event.amount for event in events if isinstance(event, DamageTaken)) == truth.total_damage_taken
    assert sum(event.value or 0 for event in events if isinstance(event, Loot)) == truth.loot_value
