"""World of Warcraft: single lines of several versions."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from msgspec.structs import replace
from tests.logs import events_of

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.times import zone_named
from combatlens.adapters.combat_log.wow import WowDialect
from combatlens.domain.events import Context, DamageTaken, Death, Event, Heal, Kill, Mark, SkillUse

BOB = 'Player-1-0A,"Bob-Realm",0x511,0x0'
ANN = 'Player-1-0B,"Ann-Realm",0x512,0x0'
ORC = 'Creature-0-1-2-3-4-00,"Orc",0xa48,0x0'
PET = 'Pet-0-1-2-3-4-00,"Rex",0x1111,0x0'
NIL = "0000000000000000,nil,0x80000000,0x80000000"
LEGION = "Creature-0-1-2-3-4-00,5,6,7,8,9,10,11,12,-1.5,20.25,110"
MODERN = "Creature-0-1-2-3-4-00,0000000000000000,5,6,7,8,9,0,1,2,3,0,-1.5,20.25,1805,0.1,60"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (f'SPELL_DAMAGE,{BOB},{ORC},11,"Fire Bolt, Greater",0x4,{MODERN},1750,1600,-1,4,0,0,50,1,nil,nil',
         SkillUse(skill="Fire Bolt, Greater", damage=1750, target="Orc", critical=True)),
        (f'SPELL_DAMAGE,{BOB},{ORC},11,"Fire",0x4,{MODERN},1750,1600,-1,4,0,0,50,1,nil,nil,ST',
         SkillUse(skill="Fire", damage=1750, target="Orc", critical=True)),
        (f'SPELL_DAMAGE,{BOB},{ORC},11,"Fire",0x4,{LEGION},900,-1,4,0,0,0,1,nil,nil,nil',
         SkillUse(skill="Fire", damage=900, target="Orc", critical=True)),
        (f'SPELL_DAMAGE,{BOB},{ORC},11,"Fire",0x4,900,-1,4,0,0,0,1,nil,nil',
         SkillUse(skill="Fire", damage=900, target="Orc", critical=True)),
        ('SPELL_DAMAGE,0x0000000000000001,"Bob",0x511,0xF130000000000001,"Orc",0xa48,11,"Fire",0x4,90,0,4,0,0,0,nil,nil,nil',
         SkillUse(skill="Fire", damage=90, target="Orc")),
        # a killing blow: overkill is a number, so it cannot tell the versions apart
        (f'SPELL_DAMAGE,{BOB},{ORC},11,"Fire",0x4,{LEGION},900,120,4,0,0,0,1,nil,nil,nil',
         SkillUse(skill="Fire", damage=900, target="Orc", critical=True)),
        (f'SPELL_DAMAGE,{BOB},{ORC},11,"Fire",0x4,{MODERN},900,800,120,4,0,0,50,1,nil,nil',
         SkillUse(skill="Fire", damage=900, target="Orc", critical=True)),
        ('SPELL_DAMAGE,0x0000000000000001,"Bob",0x511,0xF130000000000001,"Orc",0xa48,11,"Fire",0x4,90,4,0,0,0,1,nil,nil',
         SkillUse(skill="Fire", damage=90, target="Orc", critical=True)),
        ('SWING_DAMAGE,0x0000000000000001,"Bob",0x511,0xF130000000000001,"Orc",0xa48,90,4,0,0,0,nil,nil,nil',
         SkillUse(skill="attack", damage=90, target="Orc")),
        ('SPELL_HEAL,0x0000000000000001,"Bob",0x511,0x0000000000000001,"Bob",0x511,11,"Mend",0x2,100,40,0,1',
         Heal(amount=60, target="Bob", skill="Mend")),
        ('SPELL_HEAL,0x0000000000000001,"Bob",0x511,0x0000000000000001,"Bob",0x511,11,"Mend",0x2,100,40,nil',
         Heal(amount=60, target="Bob", skill="Mend")),
        ('SPELL_HEAL,0x0000000000000001,"Bob",0x511,0x0000000000000001,"Bob",0x511,11,"Mend",0x2,100,1',
         Heal(amount=100, target="Bob", skill="Mend")),
        (f'RANGE_DAMAGE,{BOB},{ORC},75,"Tir automatique",0x1,{MODERN},10,10,-1,1,0,0,0,nil,nil,nil',
         SkillUse(skill="attack", damage=10, target="Orc")),
        (f'SPELL_DAMAGE_SUPPORT,{BOB},{ORC},11,"Fire",0x4,{MODERN},17,16,-1,4,0,0,50,1,nil,nil,Player-1-0B', None),
        (f"SPELL_DAMAGE,{BOB},{ORC},11,\"Fire\",0x4,{MODERN.partition(',0.1')[0]},0", None),  # a line that was cut
        (f"SWING_DAMAGE,{ORC},{BOB},{MODERN},1127,660,-1,1,0,0,0,1,nil,nil",
         DamageTaken(amount=1127, source="Orc", skill="attack")),
        (f"SWING_DAMAGE_LANDED,{ORC},{BOB},{MODERN},1127,660,-1,1,0,0,0,1,nil,nil", None),
        (f"SWING_DAMAGE,{PET},{ORC},{MODERN},7,6,-1,1,0,0,0,nil,nil,nil",
         SkillUse(actor="Rex", owner="Bob-Realm", skill="attack", damage=7, target="Orc")),
        (f'SPELL_PERIODIC_DAMAGE,{ANN},{ORC},11,"Rot",0x4,{MODERN},22,21,-1,4,0,0,0,nil,nil,nil',
         SkillUse(actor="Ann-Realm", skill="Rot", damage=22, target="Orc", periodic=True)),
        (f'SPELL_HEAL,{BOB},{BOB},11,"Mend",0x1,{MODERN},96,96,40,0,nil',
         Heal(amount=56, target="Bob-Realm", skill="Mend")),
        (f'SPELL_HEAL,{ANN},{BOB},11,"Mend",0x1,{LEGION},96,40,0,nil',
         Heal(actor="Ann-Realm", amount=56, target="Bob-Realm", skill="Mend")),
        (f'SPELL_MISSED,{BOB},{ORC},11,"Fire",0x4,RESIST,nil',
         SkillUse(skill="Fire", success=False, error="resist", target="Orc")),
        (f"SWING_MISSED,{ORC},{BOB},DODGE,nil", None),
        (f"ENVIRONMENTAL_DAMAGE,{NIL},{BOB},{MODERN},Falling,3071,3071,0,1,0,0,0,nil,nil,nil",
         DamageTaken(amount=3071, skill="falling")),
        (f"PARTY_KILL,{BOB},{ORC},0", Kill(target="Orc")),
        (f"PARTY_KILL,{PET},{ORC},0", Kill(actor="Rex", owner="Bob-Realm", target="Orc")),
        (f"UNIT_DIED,{NIL},{BOB},0", Death()),
        (f"UNIT_DIED,{NIL},{BOB},1", None),
        (f'SPELL_DRAIN,{BOB},{ORC},11,"Mana Burn",0x4,{MODERN},30,0,0',
         SkillUse(skill="Mana Burn", target="Orc", periodic=True, meta={"drained": 30.0})),
        ('ZONE_CHANGE,2453,"Torghast, Tower of the Damned",0', Context(zone="Torghast, Tower of the Damned")),
        ('ENCOUNTER_END,1832,"Amalgam of Souls",8,5,1', Mark(label="encounter won: Amalgam of Souls")),
        (f'SPELL_AURA_APPLIED,{BOB},{BOB},1,"Sign",0x1,BUFF', None),
        ("SPELL_DAMAGE,Player-1-0A", None),
    ],
)  # fmt: skip
def test_lines(body: str, wanted: Event | None) -> None:
    dialect = WowDialect(LogSetup(player="Bob-Realm" if "0x0000000000000001" not in body else "Bob"))
    found = events_of(dialect, "12/21 22:10:27.720  " + body)
    assert [replace(event, id=None) for event in found] == ([] if wanted is None else [wanted])


@pytest.mark.parametrize(
    ("stamp", "utc"),
    [
        ("8/15/2024 20:15:35.123-4  ", 1723767335.123),
        ("8/15/2024 20:15:35.123-10  ", 1723788935.123),
        ("8/15/2024 20:15:35.1230  ", 1723752935.123),  # at UTC
        ("8/15/2024 20:15:35.1232  ", 1723745735.123),  # two hours ahead of UTC
        ("8/15/2024 20:15:35.12310  ", 1723716935.123),
        ("8/15/2024 20:15:35.1235.5  ", 1723733135.123),
        ("8/15/2024 20:15:35.123-3:30  ", 1723765535.123),
        ("8/15/2024 20:15:35.123-4\t", 1723767335.123),
        ("8/15/2024 20:15:35.123 ", 1723749335.123),  # no zone: the setup's
        ("8/15 20:15:35.123  ", 1723749335.123),
        ("8/15/2024 20:15:35.123456  ", 1723749335.123456),
    ],
)  # fmt: skip
def test_times_of_several_clients(stamp: str, utc: float) -> None:
    """Clients since 2024 state their zone behind the milliseconds: hours, without a sign where ahead of UTC."""
    dialect = WowDialect(LogSetup(zone=timezone(timedelta(hours=1)), reference=1723800000.0))
    body = f"PARTY_KILL,{BOB},{ORC},0"
    (first,) = dialect.parse(stamp + body).events
    (next_second,) = dialect.parse(stamp.replace(":35.", ":36.") + body).events
    assert (first.at, next_second.at) == (pytest.approx(utc, abs=1e-6), pytest.approx(utc + 1, abs=1e-6))


def test_an_hour_set_back_is_no_fall_of_a_time_that_states_its_zone() -> None:
    dialect = WowDialect(LogSetup(zone=zone_named("America/New_York")))
    body = f"PARTY_KILL,{BOB},{ORC},0"
    at = [dialect.parse(f"11/3/2024 {face}  {body}").events[0] for face in
          ("01:59:59.500-4", "01:00:00.500-5", "01:59:59.500-5", "02:00:00.500-5")]  # fmt: skip
    assert [one.at - at[0].at for one in at] == [0, 1, 3600, 3601]
    assert len({one.event.id for one in at}) == 4


def test_plain_logs_of_old_clients_keep_commas_in_quotes() -> None:
    old = '0x0600000000000001,"Bob",0x511,0xF130000000000001,"Orc, the Great",0xa48'
    found = events_of(
        WowDialect(LogSetup(player="Bob")),
        f'9/9 10:00:00.000  SPELL_DAMAGE,{old},11,"Fire, Ball",0x4,1234,0,4,0,0,0,1,nil,nil',
        f"9/9 10:00:01.000  SWING_DAMAGE,{old},171,0,1,0,0,0,nil,1,nil",
        '9/9 10:00:02.000  ENVIRONMENTAL_DAMAGE,0x0000000000000000,nil,0x80000000,0x0600000000000001,"Bob",0x511,'
        "FALLING,99,0,1,0,0,0,nil,nil,nil",
        '9/9 10:00:03.000  SPELL_HEAL,0x1200000000000001,"Ann",0x512,0x0600000000000001,"Bob",0x511,1,"Mend",0x2,'
        "100,40,0,nil",
    )
    assert [replace(event, id=None) for event in found] == [
        SkillUse(skill="Fire, Ball", damage=1234, target="Orc, the Great", critical=True),
        SkillUse(skill="attack", damage=171, target="Orc, the Great"),
        DamageTaken(amount=99, skill="falling"),
        Heal(actor="Ann", amount=60, target="Bob", skill="Mend"),
    ]


def test_a_quotation_within_a_name() -> None:
    body = f'SPELL_HEAL,{BOB},{ANN},11,"Tonic \\"Sniff, not\\" II",0x8,{MODERN},90,90,40,0,nil'
    (heal,) = events_of(WowDialect(LogSetup(player="Bob-Realm")), f"9/9/2025 10:00:00.0002  {body}")
    assert isinstance(heal, Heal)
    assert (heal.skill, heal.amount, heal.target) == ('Tonic "Sniff, not" II', 50, "Ann-Realm")


@pytest.mark.parametrize(
    "block",
    [
        "Creature-0-1-2-3-4-00,5000,6000,1,2,0,3,100,100,-1.50,20.25,103",  # 2014
        "Creature-0-1-2-3-4-00,0000000000000000,90,91,0,0,0,-1,0,0,0,0.00,0.00,1413,0.0000,60",  # Classic
        "Creature-0-1-2-3-4-00,0000000000000000,1,2,3,4,5,0,20|21,2|2,2|2,1|1,-1.50,20.25,0,5.6516,60",
        "Creature-0-1-2-3-4-00,0000000000000000,1,2,3,4,5,6,0,0,1,7,8,9,-1.50,20.25,1669,0.9612,80",  # 2024
        "Creature-0-1-2-3-4-00,0000000000000000,1,2,3,4,5,6,0,0,1,7,8,9,0,0,0,0,80",  # no place is told
    ],
)  # fmt: skip
def test_the_block_of_each_client_ends_before_the_amount(block: str) -> None:
    line = f'9/9 10:00:00.000  SPELL_DAMAGE,{BOB},{ORC},11,"Fire",0x4,{block},900,-1,4,0,0,0,1,nil,nil,nil'
    dialect = WowDialect(LogSetup(player="Bob-Realm"))
    (hit,) = events_of(dialect, line)
    assert isinstance(hit, SkillUse)
    assert (hit.damage, hit.critical) == (900, True)
    assert dialect._strangers <= {"Creature-0-1-2-3-4-00"}


def test_an_owner_is_known_by_what_his_pet_casts_and_suffers() -> None:
    stamp = "9/9 10:00:00.000  "
    fang, claw = 'Pet-0-9-9-9-9-91,"Fang",0x1112,0x0', 'Pet-0-9-9-9-9-92,"Claw",0x1112,0x0'
    block = MODERN.replace("0000000000000000", "Player-1-0B").removeprefix("Creature-0-1-2-3-4-00")
    found = events_of(
        WowDialect(LogSetup(player="Bob-Realm")),
        f"{stamp}PARTY_KILL,{ANN},{ORC},0",
        f'{stamp}SPELL_CAST_SUCCESS,{fang},{NIL},5,"Bite",0x1,Pet-0-9-9-9-9-91{block}',
        f"{stamp}SWING_DAMAGE,{ORC},{claw},Pet-0-9-9-9-9-92{block},1,1,-1,1,0,0,0,nil,nil,nil",
        f"{stamp}SWING_DAMAGE,{fang},{ORC},{MODERN},7,6,-1,1,0,0,0,nil,nil,nil",
        f"{stamp}SWING_DAMAGE,{claw},{ORC},{MODERN},8,6,-1,1,0,0,0,nil,nil,nil",
    )
    own = [event for event in found if isinstance(event, SkillUse) and event.target == "Orc"]
    assert [(event.actor, event.owner) for event in own] == [("Fang", "Ann-Realm"), ("Claw", "Ann-Realm")]


def test_damage_of_what_a_caster_never_cast_is_no_use() -> None:
    stamp, shared = "12/21 22:10:27.720  ", f"{MODERN},10,10,-1,1,0,0,0,nil,nil,nil"
    found = events_of(
        WowDialect(LogSetup(player="Bob-Realm")),
        f'{stamp}SPELL_CAST_SUCCESS,{BOB},{NIL},11,"Nova",0x4',
        f'{stamp}SPELL_DAMAGE,{BOB},{ORC},11,"Nova",0x4,{shared}',
        f'{stamp}SPELL_DAMAGE,{BOB},{ORC},12,"Spark",0x4,{shared}',
        f"{stamp}SWING_DAMAGE,{BOB},{ORC},{shared}",
    )
    assert [(e.skill, e.periodic) for e in found if isinstance(e, SkillUse)] == [
        ("Nova", False), ("Nova", True), ("Spark", True), ("attack", False),
    ]  # fmt: skip


def test_a_kill_told_twice_is_one_and_a_summoned_guardian_has_its_owner() -> None:
    stamp = "12/21 22:10:27.720  "
    totem = 'Creature-0-9-9-9-9-99,"Totem",0x2112,0x0'
    found = events_of(
        WowDialect(LogSetup()),
        f"{stamp}PARTY_KILL,{BOB},{ORC},0",
        f"{stamp}UNIT_DIED,{NIL},{ORC},0",
        f'{stamp}SPELL_SUMMON,{ANN},{totem},5,"Call",0x1',
        f"{stamp}SWING_DAMAGE,{totem},{ORC},{MODERN},7,6,-1,1,0,0,0,nil,nil,nil",
    )
    assert [type(event) for event in found] == [Kill, SkillUse]
    assert isinstance(found[1], SkillUse)
    assert found[1].owner == "Ann-Realm"


def test_another_players_pet_is_known_by_its_owners_id() -> None:
    stamp = "12/21 22:10:27.720  "
    fang = 'Pet-0-9-9-9-9-99,"Fang",0x1112,0x0'
    block = MODERN.replace("Creature-0-1-2-3-4-00,0000000000000000", "Pet-0-9-9-9-9-99,Player-1-0B")
    found = events_of(
        WowDialect(LogSetup()),
        f'{stamp}SPELL_AURA_APPLIED,{ANN},{ANN},1,"Sign",0x1,BUFF',
        f"{stamp}PARTY_KILL,{ANN},{ORC},0",
        f"{stamp}SWING_DAMAGE,{fang},{ORC},{block},7,6,-1,1,0,0,0,nil,nil,nil",
    )
    assert [e.owner for e in found if isinstance(e, SkillUse)] == ["Ann-Realm"]


def test_another_character_of_the_player_is_named() -> None:
    stamp = "12/21 22:10:27.720  "
    other = 'Player-1-0C,"Eve-Realm",0x511,0x0'
    found = events_of(WowDialect(LogSetup()), f"{stamp}PARTY_KILL,{BOB},{ORC},0", f"{stamp}PARTY_KILL,{other},{ORC},0")
    assert [(event.character, event.actor) for event in found if isinstance(event, Kill)] == [
        (None, None),
        ("Eve-Realm", None),
    ]
