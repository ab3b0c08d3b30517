"""Neverwinter Nights: XP, kills and damage of a real party log, and single sentences."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from msgspec.structs import replace
from tests.logs import events_of, import_log
from tests.realdata import realdata

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.nwn import NwnDialect, find_player
from combatlens.adapters.combat_log.times import zone_named
from combatlens.domain.events import DamageTaken, Death, Event, Expense, Heal, Kill, Loot, SkillUse, XpGain

STAMP = "[CHAT WINDOW TEXT] [Fri May 23 20:41:24] "


@pytest.mark.parametrize("name", ["real_flurry_conceal_epicdodge.txt", "synthetic_parser_variety_matrix.txt"])
def test_xp_kills_and_damage(name: str) -> None:
    path = realdata("nwn", "woos-nwn-parser", name)
    wanted: dict[str, Any] = json.loads(realdata("nwn", "EXPECTED_xp_kills_grep.json").read_text())["files"][name]
    result, recorder = import_log(path)
    found = [o.event for o in recorder.ordered]
    assert result.files[0].dialect == "nwn"
    assert result.files[0].lines == wanted["lines"]
    assert result.files[0].unmatched == 0
    gains = [e.amount for e in found if isinstance(e, XpGain)]
    assert (len(gains), sum(a or 0 for a in gains)) == (wanted["xp_lines"], wanted["xp_total"])
    kills = Counter(e.actor or result.files[0].player for e in found if isinstance(e, Kill))
    deaths = Counter(e.cause for e in found if isinstance(e, Death))
    assert kills + deaths == wanted["kills_by"]
    assert (kills + deaths).total() == wanted["kill_lines"]
    # an independent count of the damage of everyone
    counted: Counter[str] = Counter()
    for line in path.read_text("cp1252").splitlines():
        match = re.search(r"\d\] (.+?) damages (.+?): (\d+) \(", line)
        if match and match[1] != match[2]:
            counted[match[1]] += int(match[3])
    dealt = {who: row.damage_dealt for who, row in result.actors.items() if row.damage_dealt}
    assert dealt == {who: total for who, total in counted.items() if total}


def test_the_year_stands_in_the_head_or_follows_from_the_weekday() -> None:
    zone = zone_named("UTC")
    headed = NwnDialect(LogSetup(zone=zone))
    headed.parse("I [20:05:52] (exolog.cpp:299:Emit): The date is 2025-05-23 +0300 Somewhere Daylight Time")
    assert headed.parse(STAMP + "Experience Points Gained:  5").events[0].at == 1748032884.0
    titled = NwnDialect(LogSetup(zone=zone, reference=1767225600.0))
    titled.parse("Messages for: Mon May 23 20:40:00 2022")  # the weekday would say 2025
    assert titled.parse(STAMP + "Experience Points Gained:  5").events[0].at == 1653338484.0
    bare = NwnDialect(LogSetup(zone=zone, reference=1767225600.0))  # written on 2026-01-01: the newest Friday May 23
    assert bare.parse(STAMP + "Experience Points Gained:  5").events[0].at == 1748032884.0


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("Bob attacks a rat: *hit*: (14 + 5 = 19)", SkillUse(skill="attack", target="a rat")),
        ("Sneak Attack + Death Attack : Bob attempts Called Shot: Arm on a rat : *hit* : (14 + 5 = 19)",
         SkillUse(skill="Called Shot: Arm", target="a rat")),
        ("Bob attacks a rat : *target concealed: 50%* : (19 + 17 = 36) : *critical hit*",
         SkillUse(skill="attack", target="a rat", critical=True)),
        ("Bob attacks a rat : *target concealed: 50%* : (19 + 17 = 36)",
         SkillUse(skill="attack", target="a rat", success=False, error="concealed")),
        ("Bob damages a door: 12", SkillUse(skill="attack", damage=12, target="a door", periodic=True)),
        ("Acquired Item: (3) Arrow", Loot(item="Arrow", count=3)),
        ("Lost 1,200GP", Expense(amount=1200, item="gold")),
        ("Loading Screen: A potion heals 20 hit points", None),
        ("Flurry of Blows : Bob attacks a rat : *critical hit* : (16 + 67 = 83 : Threat Roll: 13 + 67 = 80)",
         SkillUse(skill="attack", target="a rat", critical=True)),
        ("Attack Of Opportunity : Improved Expertise : Ann attacks a rat : *miss* : (3 + 53 = 56)",
         SkillUse(actor="Ann", skill="attack", success=False, error="miss", target="a rat")),
        ("Bob attempts Cleave on a rat : *hit* : (3 + 53 = 56)", SkillUse(skill="Cleave", target="a rat")),
        ("Bob attacks a rat : *target concealed: 50%* : (3 + 58 = 61)",
         SkillUse(skill="attack", success=False, error="concealed", target="a rat")),
        ("Bob attempts Knockdown on a rat : *success* : (16 + 67 = 83)",
         SkillUse(skill="Knockdown", target="a rat")),
        ("Ann: [Party] Bob damages a rat: 78 (70 Physical)", None),
        ("[Ann] Eve: [Talk] Bob killed a rat", None),
        ("Bob was killed by a rat", Death(cause="a rat")),
        ("A rat attacks Bob : *hit* : (3 + 58 = 61)", None),
        ("Bob damages a rat: 78 (70 Physical 8 Negative Energy)",
         SkillUse(skill="attack", damage=78, target="a rat", periodic=True)),
        ("Bob damages a rat: 8 (8 Positive Energy)",
         SkillUse(skill="positive energy", damage=8, target="a rat", periodic=True)),
        ("A rat damages Bob: 7 (7 Electrical)", DamageTaken(amount=7, source="A rat", skill="electrical")),
        ("Bob damages Bob: 7 (7 Fire)", SkillUse(skill="fire", damage=7, target="Bob", periodic=True)),
        ("Bob killed a rat", Kill(target="a rat")),
        ("Ann killed a rat", Kill(actor="Ann", target="a rat")),
        ("A rat killed Bob", Death(cause="A rat")),
        ("Bob : Healed 4 hit points.", Heal(amount=4, target="Bob")),
        ("Experience Points Gained:  263", XpGain(amount=263)),
        ("Acquired Item: Longsword", Loot(item="Longsword")),
        ("Acquired 250GP", Loot(item="gold", count=250, value=250)),
        ("Bob : Damage Immunity absorbs 5 point(s) of Cold", None),
        ("SPELL RESIST: Bob attempts to resist: Cloudkill - Result:  IMMUNE", None),
    ],
)  # fmt: skip
def test_sentences(body: str, wanted: Event | None) -> None:
    found = events_of(NwnDialect(LogSetup(player="Bob")), STAMP + body)
    assert [replace(event, id=None) for event in found] == ([] if wanted is None else [wanted])


def test_damage_after_a_spell_is_the_spells() -> None:
    found = events_of(
        NwnDialect(LogSetup(player="Bob")),
        STAMP + "Bob casts Fireball",
        STAMP + "Bob damages a rat: 40 (40 Fire)",
    )
    assert [(e.skill, e.damage, e.periodic) for e in found if isinstance(e, SkillUse)] == [
        ("Fireball", 0, False),
        ("Fireball", 40, True),
    ]


def test_the_player_is_whose_kills_bring_the_xp_where_nobody_is_healed() -> None:
    alone = [STAMP + "Bob killed a rat", STAMP + "Experience Points Gained:  5"] * 3
    assert find_player(alone) == "Bob"
    party = [STAMP + "Bob killed a rat", STAMP + "Ann killed a rat", STAMP + "Experience Points Gained:  5"] * 3
    assert find_player(party) == ""
