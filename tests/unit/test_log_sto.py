"""Star Trek Online: a real log against an independent count, and single lines."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from msgspec.structs import replace
from tests.logs import events_of, import_log
from tests.realdata import realdata

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.sto import StoDialect
from combatlens.adapters.combat_log.times import zone_named
from combatlens.domain.events import DamageTaken, Death, Event, Heal, Kill, SkillUse

LOG = ("sto", "combatloganalyzer", "pvp_first_5000.log")


def test_totals_of_an_independent_count() -> None:
    dealt, pets, own_self = Counter[str](), Counter[str](), Counter[str]()
    healed, kills, taken, nobody = Counter[str](), Counter[str](), Counter[str](), 0
    for line in realdata(*LOG).read_text("utf-8").splitlines():
        row = re.split(",", line.split("::", 1)[1])
        doer = row[2] if row[2] else row[0]
        victim = doer if row[5] == "*" else row[4]
        one, two = float(row[10]), float(row[11])
        mended = row[8] == "Shield" and one < 0 and two >= 0 and "ShieldBreak" not in row[9]  # no healing breaks one
        if mended or (row[8] == "HitPoints" and one < 0):
            healed[doer] += abs(one)
        elif not doer:
            nobody += 1
        elif victim == doer:
            own_self[doer] += abs(one)
        else:
            dealt[doer] += abs(one)
            taken[victim] += abs(one)
            if row[2] and row[1].startswith("P"):
                pets[row[0]] += abs(one)
        if "Kill" in row[9]:
            kills[doer] += 1
    result, _ = import_log(realdata(*LOG))
    (file,) = result.files
    assert (file.dialect, file.unmatched, file.lines) == ("sto", 0, 5000)
    actors = result.actors
    assert {n: a.damage_dealt for n, a in actors.items() if a.damage_dealt} == pytest.approx(dict(+dealt))
    assert {n: a.self_damage for n, a in actors.items() if a.self_damage} == pytest.approx(dict(+own_self))
    assert {n: a.healing_done for n, a in actors.items() if a.healing_done} == pytest.approx(dict(+healed))
    assert {n: a.pet_damage for n, a in actors.items() if a.pet_damage} == pytest.approx(dict(+pets))
    got = sum(a.kills for a in actors.values()) + actors[file.player].deaths
    assert got == kills.total()
    assert nobody > 0


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("Bob,P[1@2 Bob@b],,*,Orc,C[3 Orc_1],Phaser Array,Pn.1,Phaser,Critical,120.5,200",
         [SkillUse(skill="Phaser Array", damage=120.5, target="Orc", critical=True)]),
        ("Bob,P[1@2 Bob@b],,*,Orc,C[3 Orc_1],Phaser Array,Pn.1,Shield,,-20,-10",
         [SkillUse(skill="Phaser Array", damage=20, target="Orc", periodic=True)]),
        ("Bob,P[1@2 Bob@b],,*,Orc,C[3 Orc_1],Phaser Array,Pn.1,,Miss,0,0",
         [SkillUse(skill="Phaser Array", target="Orc", success=False, error="miss")]),
        ("Bob,P[1@2 Bob@b],,*,Orc,C[3 Orc_1],Torpedo,Pn.1,Kinetic,Kill,9,9",
         [SkillUse(skill="Torpedo", damage=9, target="Orc"), Kill(target="Orc")]),
        ("Orc,C[3 Orc_1],,*,Bob,P[1@2 Bob@b],Torpedo,Pn.1,Kinetic,Kill,9,9",
         [DamageTaken(amount=9, source="Orc", skill="Torpedo"), Death(cause="Orc")]),
        ("Bob,P[1@2 Bob@b],Drone,C[4 D],Orc,C[3 Orc_1],Beam,Pn.1,Phaser,,9,9",
         [SkillUse(actor="Drone", owner="Bob", skill="Beam", damage=9, target="Orc")]),
        ("Bob,P[1@2 Bob@b],,*,,*,Repair,Pn.1,HitPoints,,-50,-40", [Heal(amount=50, target="Bob", skill="Repair")]),
        ("Ann,P[5@6 Ann@a],,*,Bob,P[1@2 Bob@b],Transfer,Pn.1,Shield,,-50,0",
         [Heal(actor="Ann", amount=50, target="Bob", skill="Transfer")]),
        ("Bob,P[1@2 Bob@b],,*,Orc,C[3 Orc_1],Cascade,Pn.1,Shield,ShieldBreak,-50,0",
         [SkillUse(skill="Cascade", damage=50, target="Orc", periodic=True)]),
        ("Bob,P[1@2 Bob@b],,*,,*,Overload,Pn.1,Electrical,,30,30",
         [SkillUse(skill="Overload", damage=30, target="Bob")]),
        (",,,,Bob,P[1@2 Bob@b],Turret,Pn.1,Shield,,-132.5,-138",
         [DamageTaken(amount=132.5, skill="Turret", periodic=True)]),
        ("Bob,P[1@2 Bob@b],,*,Orc, the Elder,C[3 Orc_1],Beam, Mk II,Pn.1,Phaser,,9,9",
         [SkillUse(skill="Beam, Mk II", damage=9, target="Orc, the Elder")]),
        ("Bob,P[1@2 Bob@b],,*,Orc,C[3 Orc_1],Beam,Pn.1,Phaser,,nan,9", []),
        ("Bob,P[1@2 Bob@b],,*,Orc,C[3 Orc_1],Beam,Pn.1,Phaser,Dodge,0,9",
         [SkillUse(skill="Beam", target="Orc", success=False, error="dodge")]),
        ("Bob,P[1@2 Bob@b],,*,Orc,C[3 Orc_1],Beam,Pn.1,Phaser,Dodge,4,9",
         [SkillUse(skill="Beam", damage=4, target="Orc")]),
        ("Bob,P[1@2 Bob@b],,*,Bob,P[1@2 Bob@b],Overload,Pn.1,Electrical,Kill,30,30",
         [SkillUse(skill="Overload", damage=30, target="Bob"), Death()]),
        ("Bob,P[1@2 Bob@b],Drone,C[4 D],Bob,P[1@2 Bob@b],Beam,Pn.1,Phaser,,9,9",
         [DamageTaken(amount=9, source="Drone", skill="Beam")]),
    ],
)  # fmt: skip
def test_lines(body: str, wanted: list[Event]) -> None:
    found = events_of(StoDialect(LogSetup(player="Bob")), "23:07:20:17:22:14.8::" + body)
    assert [replace(event, id=None) for event in found] == wanted


def test_time_and_ids_of_two_events_in_a_line() -> None:
    dialect = StoDialect(LogSetup(player="Bob", zone=zone_named("UTC")))
    line = "23:07:20:17:22:14.8::Bob,P[1@2 Bob@b],,*,Orc,C[3 Orc_1],Torpedo,Pn.1,Kinetic,Kill,9,9"
    found = dialect.parse(line).events
    assert [o.at for o in found] == [1689873734.8, 1689873734.8]
    assert len({o.event.id for o in found}) == 2
