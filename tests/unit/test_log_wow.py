"""World of Warcraft: real logs of two versions against an independent count."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator

import pytest
from tests.logs import import_log
from tests.realdata import realdata

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.times import zone_named
from combatlens.adapters.combat_log.wow import WowDialect
from combatlens.domain.events import Kill, Mark

TORGHAST = ("wow", "seriousnes_torghast", "WoWCombatLog_Torghast-20201221-001_Full.txt")
ENCOUNTERS = ("wow", "wowl", "WoWCombatLog-encounters.txt")


def rows(*parts: str) -> Iterator[list[str]]:
    for line in realdata(*parts).read_text("utf-8").splitlines():
        yield next(csv.reader([line.partition("  ")[2]]))


def test_totals_of_an_independent_count() -> None:
    """Version 17: 17 advanced fields after the spell; amount is the first of the event's own."""
    damage: Counter[str] = Counter()
    own_self, healing, taken = Counter[str](), Counter[str](), Counter[str]()
    for row in rows(*TORGHAST):
        if row[0].endswith("_DAMAGE"):
            amount = int(row[26 if row[0] == "SWING_DAMAGE" else 29])
            if row[2] == "nil":
                taken[row[6]] += amount  # a line that names no attacker is damage taken only
            elif row[2] == row[6]:
                own_self[row[2]] += amount
            else:
                damage[row[2]] += amount
                taken[row[6]] += amount
        elif row[0] in ("SPELL_HEAL", "SPELL_PERIODIC_HEAL"):
            healing[row[2]] += int(row[29]) - int(row[31])
    result, _ = import_log(realdata(*TORGHAST))
    (file,) = result.files
    assert (file.dialect, file.unmatched) == ("wow", 0)
    assert {n: a.damage_dealt for n, a in result.actors.items() if a.damage_dealt} == +damage
    assert {n: a.healing_done for n, a in result.actors.items() if a.healing_done} == +healing
    assert {n: a.self_damage for n, a in result.actors.items() if a.self_damage} == +own_self
    assert result.actors[file.player].damage_taken == taken[file.player]


@pytest.mark.parametrize("parts", [TORGHAST, ENCOUNTERS])
def test_kills_deaths_and_encounters_are_the_logs_own(parts: tuple[str, ...]) -> None:
    kills, deaths, own = Counter[str](), Counter[str](), set()
    encounters = 0
    for row in rows(*parts):
        if row[0] == "PARTY_KILL" and row[7] != "0x511":  # a kill of the player is his death
            kills[row[2]] += 1
        elif row[0] == "UNIT_DIED" and row[9:] != ["1"]:
            deaths[row[6]] += 1
        encounters += row[0] in ("ENCOUNTER_START", "ENCOUNTER_END")
        own |= {row[at] for at in (2, 6) if len(row) > 8 and row[at + 1] == "0x511"}
    result, recorder = import_log(realdata(*parts))
    assert {n: a.kills for n, a in result.actors.items() if a.kills} == kills
    got = {n: a.deaths for n, a in result.actors.items() if a.deaths}
    assert all(got[name] >= number for name, number in deaths.items() if name != "nil")
    assert sum(got.values()) <= deaths.total() * 1.05
    found = [o.event for o in recorder.ordered]
    assert sum(isinstance(e, Kill) and e.actor is None for e in found) == sum(kills[name] for name in own)
    assert sum(isinstance(e, Mark) for e in found) == encounters


def test_the_year_stands_in_the_name_or_is_the_newest_that_fits() -> None:
    _, recorder = import_log(realdata(*TORGHAST), timezone="UTC")
    assert int(recorder.ordered[0].at) == 1608583363  # 2020-12-21 20:42:43
    utc = zone_named("UTC")
    bare = WowDialect(LogSetup(zone=utc, reference=1608583363.0))
    bare.parse('12/31 23:59:59.000  ZONE_CHANGE,1,"Here",0')
    (last,) = bare.parse('12/31 23:59:59.000  ZONE_CHANGE,1,"Here",0').events
    (first,) = bare.parse('1/1 00:00:01.500  ZONE_CHANGE,1,"There",0').events
    assert first.at - last.at == 2.5
    stated = WowDialect(LogSetup(zone=utc))
    assert stated.parse('8/15/2024 20:15:35.1234-4  ZONE_CHANGE,1,"A, B",0').events[0].at == 1723767335.1234
