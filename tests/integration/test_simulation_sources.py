"""Three sources tell of one world, each in its way: what is counted is what happened."""

from __future__ import annotations

from datetime import UTC
from random import Random

import pytest

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.swg import SwgDialect
from combatlens.domain import fold_view
from combatlens.domain.events import Event, Recorded, XpReading
from combatlens.domain.fold import FoldRules
from combatlens.domain.present import session_json
from combatlens.domain.refold import GrowingSession
from combatlens.simulation.events import event_of
from combatlens.simulation.facts import Earned
from combatlens.simulation.gamelog import line_of, opening
from combatlens.simulation.stage import Stage
from combatlens.simulation.truth import compare

START = 1_790_000_000.37
Told = tuple[float, float, str, float, Event]
"""(arrival, at, source, resolution, event), times in Unix seconds."""


def told_by_all(stage: Stage, random: Random) -> list[Told]:
    dialect = SwgDialect(LogSetup(player="Arden", zone=UTC, reference=START))
    dialect.parse(opening(START).rstrip("\n"))
    rules = stage.rules
    first = XpReading(value=rules.xp, needed=rules.need)
    shown = START
    found: list[Told] = [(START, START, "screen", 0.1, first)]
    for seen in stage.sightings():
        at = stage.wall(seen.fact.at)
        if seen.bot:
            found.append((at + random.uniform(0.005, 0.05), at, "bot", 0.0, event_of(seen.fact, at=at)))
        line = line_of(seen.fact, at=at, character="Arden").rstrip("\n")
        if seen.log and line:
            (occurrence,) = dialect.parse(line).events
            arrival = at + random.uniform(0.05, 0.4)
            found.append((arrival, occurrence.at, "log", occurrence.resolution, occurrence.event))
        if isinstance(seen.fact, Earned):
            shown = max(shown + 0.001, at + random.uniform(0.05, 0.3))
            reading = XpReading(value=seen.fact.value, needed=seen.fact.needed)
            found.append((shown, shown, "screen", 0.1, reading))
    return sorted(found, key=lambda told: told[0])


@pytest.mark.parametrize("speed", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("seed", range(1, 9))
def test_what_is_counted_is_what_happened(seed: int, speed: float) -> None:
    stage = Stage(seed=seed, minutes=2.0, speed=speed, log_path="", home="", starts_at=START)
    session = GrowingSession(START, "Arden", FoldRules())
    for seq, (arrival, at, source, resolution, event) in enumerate(told_by_all(stage, Random(seed)), 1):
        session.add([Recorded(seq, "s", at, arrival, source, "Arden", event, resolution)])
    recorded = session_json(fold_view.summary(session.fold, "s", "demo", "completed", stage.ends_at))
    assert [line for line in compare(stage.truth(), recorded) if not line.agrees] == []
