"""EverQuest: single sentences, of several clients and servers."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.logs import events_of

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.everquest import EverQuestDialect
from combatlens.domain.events import Context, DamageTaken, Death, Event, Expense, Heal, Kill, Loot, SkillUse, XpGain

STAMP = "[Fri Jul 31 17:51:24 2026] "
ME = "Bob"


def told(*bodies: str) -> list[Event]:
    """What the sentences say, one after the other."""
    return events_of(EverQuestDialect(LogSetup(player=ME)), *(STAMP + body for body in bodies))


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
# of further servers and clients
        ("Ann is healed by the light of dawn. Eve healed Ann for 56 hit points by Dawn.",
         Heal(actor="Eve", amount=56, target="Ann", skill="Dawn")),
        ("You have healed Ann for 20 points.", Heal(amount=20, target="Ann")),
        ("You heal Ann for 20 points of damage. (Mend)", Heal(amount=20, target="Ann", skill="Mend")),
        ("You have been healed for 20 points.", Heal(actor="someone", amount=20, target="Bob")),
        ("Nix (Owner: Ann) has healed Eve for 51 points of damage. (Gift)",
         Heal(actor="Nix", owner="Ann", amount=51, target="Eve", skill="Gift")),
        ("Nix (Owner: Bob) hit a rat for 96 points of non-melee damage. (Palm of Gold)",
         SkillUse(actor="Nix", owner="Bob", skill="Palm of Gold", damage=96, target="a rat")),
        ("Ann hit a rat for 72 points of non-melee damage. (Critical)",
         SkillUse(actor="Ann", skill="non-melee", damage=72, target="a rat", critical=True)),
        ("A rat was pierced by thorns for 14 points of damage.", DamageTaken(actor="a rat", amount=14, skill="thorns")),
        ("YOU are immolated by flames for 14 points of damage.", DamageTaken(amount=14, skill="flames")),
        ("You are scorched by raging heat.  You have taken 17 points of damage.",
         DamageTaken(amount=17, periodic=True)),
        ("You have taken 12 points of damage from drowning.", DamageTaken(amount=12, skill="drowning", periodic=True)),
        ("You took 12 points of falling damage.", DamageTaken(amount=12, skill="falling")),
        ("Ann has taken 18 damage from a rat by Chant of Ash.",
         SkillUse(actor="a rat", skill="Chant of Ash", damage=18, target="Ann", periodic=True)),
        ("You have taken 1 damage from a rat by Weak Venom",
         DamageTaken(amount=1, source="a rat", skill="Weak Venom", periodic=True)),
        ("Your Flame Dart hits a rat for 12 points of damage.",
         SkillUse(skill="Flame Dart", damage=12, target="a rat")),
        ("Your pet hits a rat for 12 points of damage.",
         SkillUse(actor="Bob`s pet", owner="Bob", skill="attack", damage=12, target="a rat")),
        ("You slash a rat for 12 points of damage.", SkillUse(skill="attack", damage=12, target="a rat")),
        ("You kick a rat for 1 point of damage. (Critical)",
         SkillUse(skill="kick", damage=1, target="a rat", critical=True)),
        ("You frenzy on a rat for 9 points of damage. (Strikethrough)",
         SkillUse(skill="frenzy", damage=9, target="a rat")),
        ("You try to backstab a rat, but a rat dodges!",
         SkillUse(skill="backstab", success=False, error="dodge", target="a rat")),
        ("A rat tries to bite YOU, but YOUR magical skin absorbs the blow!", None),
        ("A rat bites YOU for 3 points of damage.", DamageTaken(amount=3, source="a rat", skill="attack")),
        ("A rat is pierced by YOUR thorns for 5 points of non-melee damage.",
         SkillUse(skill="thorns", damage=5, target="a rat", periodic=True)),
        ("YOU are burned by a rat's flames for 6 points of non-melee damage!",
         DamageTaken(amount=6, source="a rat", skill="flames", periodic=True)),
        ("A rat is burned by Ann's flames for 7 points of non-melee damage.",
         SkillUse(actor="Ann", skill="flames", damage=7, target="a rat", periodic=True)),
        ("You hit a rat for 40 points of fire damage by Scorch. (Critical)",
         SkillUse(skill="Scorch", damage=40, target="a rat", critical=True)),
        ("A rat has taken 8 damage from your Plague.",
         SkillUse(skill="Plague", damage=8, target="a rat", periodic=True)),
        ("A rat has taken 8 damage from Plague by Ann.",
         SkillUse(actor="Ann", skill="Plague", damage=8, target="a rat", periodic=True)),
        ("A rat has taken 8 damage by Plague.", DamageTaken(actor="a rat", amount=8, skill="Plague", periodic=True)),
        ("You have taken 4 damage from Venom by a snake.",
         DamageTaken(amount=4, source="a snake", skill="Venom", periodic=True)),
        ("You were hit by non-melee for 33 damage.", DamageTaken(amount=33, skill="non-melee")),
        ("You hurt yourself for 6 points.", SkillUse(skill="self", damage=6, target=ME, periodic=True)),
        ("A rat resisted your Plague!", SkillUse(skill="Plague", success=False, error="resisted", target="a rat")),
        ("You healed Bob for 20 (50) hit points by Light Healing. (Critical)",
         Heal(amount=20, target=ME, skill="Light Healing")),
        ("Ann healed you over time for 5 hit points by Renewal.",
         Heal(actor="Ann", amount=5, target=ME, skill="Renewal")),
        ("Ann healed herself for 5 hit points by Drain.", Heal(actor="Ann", amount=5, target="Ann", skill="Drain")),
        ("You have slain a rat!", Kill(target="a rat")),
        ("A rat has been slain by Ann!", Kill(actor="Ann", target="a rat")),
        ("You have been slain by a rat!", Death(cause="a rat")),
        ("You died.", Death()),
        ("You gain experience! (1.234%)", XpGain(percent=1.234)),
        ("You gain party experience!!", XpGain(percent=0, xp_type="party", meta={"unstated": True})),
        ("You have gained a level! Welcome to level 28!", Context(level=28)),
        ("You have gained an ability point!  You now have 2 ability points.", Loot(item="ability point")),
        ("You have entered The Oasis of Marr.", Context(zone="The Oasis of Marr")),
        ("You have entered an area where levitation effects do not function.", None),
        ("--You have looted a Rusty Sword from a rat's corpse.--", Loot(item="Rusty Sword")),
        ("You looted 2 Silk from a rat's corpse and sold it for 1 platinum, 2 gold and 3 copper.",
         Loot(item="Silk", count=2, value=1.203)),
        ("You looted a Ring +1 from a rat's corpse to create a Ring +2", Loot(item="Ring +1")),
        ("--Ann has looted a Rusty Sword from a rat's corpse.--", Loot(actor="Ann", item="Rusty Sword")),
        ("You receive 2 gold and 5 copper from the corpse.", Loot(item="coins", count=0.205, value=0.205)),
        ("Bob`s pet hits a rat for 2 points of damage.",
         SkillUse(actor="Bob`s pet", owner=ME, skill="attack", damage=2, target="a rat")),
        ("Ann`s warder bites a rat for 2 points of damage.",
         SkillUse(actor="Ann`s warder", owner="Ann", skill="attack", damage=2, target="a rat")),
        # what is said is nobody's deed
        ("Ann says, 'a rat has been slain by Ann!'", None),
        ("Ann tells the group, 'A rat was hit by non-melee for 30 damage.'", None),
        # told the other way round, and without anybody who did it
        ("Onyx has been hit by Ann for 50 points of damage.",
         SkillUse(actor="Ann", skill="attack", damage=50, target="Onyx")),
        ("A rat was pierced by YOUR thorns for 5 points of non-melee damage.",
         SkillUse(skill="thorns", damage=5, target="a rat", periodic=True)),
        ("You were hit by non-melee for 16 damage", DamageTaken(amount=16, skill="non-melee")),
        ("YOU are chilled to the bone for 27 points of non-melee damage!", DamageTaken(amount=27, skill="chilled")),
        ("Ann was struck for 23 points of non-melee damage.", DamageTaken(actor="Ann", amount=23, skill="struck")),
        ("You take 12 points of falling damage.", DamageTaken(amount=12, skill="falling")),
        ("Ann has taken 18 damage from Slicing Energy by .",
         DamageTaken(actor="Ann", amount=18, skill="Slicing Energy", periodic=True)),
        # heals: old, passive, with an effect before them
        ("Ann has healed you for 45 points of damage.", Heal(actor="Ann", amount=45, target=ME)),
        ("You have healed Ann for 12 points of damage.", Heal(amount=12, target="Ann")),
        ("You have been healed over time for 10 (82) hit points by Roar.",
         Heal(actor="someone", amount=10, target=ME, skill="Roar")),
        ("Ann has been healed over time by Eve for 7 (8) hit points by Word. (Critical)",
         Heal(actor="Eve", amount=7, target="Ann", skill="Word")),
        ("Your ward heals you as it breaks! You healed Ann for 8 (86) hit points by Ward.",
         Heal(amount=8, target="Ann", skill="Ward")),
        ("Ann's promise is fulfilled Ann healed herself for 44 hit points by Promise V. (Lucky Critical)",
         Heal(actor="Ann", amount=44, target="Ann", skill="Promise V")),
        ("A steadfast servant healed Ann for 15 hit points by Elixir.",
         Heal(actor="a steadfast servant", amount=15, target="Ann", skill="Elixir")),
        # two blanks, a rarer verb, a pet that an emulating server names with its owner
        ("Red slashes  Sig Wind for 5 points of damage.",
         SkillUse(actor="Red", skill="attack", damage=5, target="Sig Wind")),
        ("A bixie prods Ann for 5 points of damage.",
         SkillUse(actor="a bixie", skill="attack", damage=5, target="Ann")),
        ("Lobek (Owner: Bob) slashes a rat for 31 points of damage.",
         SkillUse(actor="Lobek", owner=ME, skill="attack", damage=31, target="a rat")),
        ("You hit yourself for 5 points of damage.", SkillUse(skill="attack", damage=5, target=ME)),
        ("Your target resisted the Snare spell.", SkillUse(skill="Snare", success=False, error="resisted")),
        # kills and deaths
        ("Prince Thir was slain by Ann!", Kill(actor="Ann", target="Prince Thir")),
        ("An ice giant died.", Death(actor="an ice giant")),
        ("Bob`s pet was slain by a giant!", Death(actor="Bob`s pet", owner=ME, cause="a giant")),
        # gains
        ("You gained raid experience! (0.1%)", XpGain(percent=0.1, xp_type="raid")),
        ("You have gained party experience! (1.2%)", XpGain(percent=1.2, xp_type="party")),
        ("You have LOST a level! You are now level 27!", Context(level=27)),
        ("You receive 12 platinum from Delin for the Fire Ring(s).", Loot(item="sold: Fire Ring", value=12)),
        ("You give 1 gold 2 silver 5 copper to Cavalier Aodus.", Expense(amount=0.125, item="Cavalier Aodus")),
        ("Leela has shielded herself from 658 points of damage. (Manaskin)", None),
    ],
)  # fmt: skip
def test_sentences(body: str, wanted: Event | None) -> None:
    found = told(body)
    assert [replace(event, id=None) for event in found] == ([] if wanted is None else [wanted])


def test_a_pet_counts_from_its_announcement_and_its_death_is_no_kill() -> None:
    found = told(
        "A rat has been slain by Vebn!",
        "Vebn told you, 'Attacking a rat Master.'",
        "A rat has been slain by Vebn!",
        "Vebn has been slain by a rat!",
    )
    assert [replace(event, id=None) for event in found] == [
        Kill(actor="Vebn", target="a rat"),
        Kill(actor="Vebn", owner=ME, target="a rat"),
        Death(actor="Vebn", owner=ME, cause="a rat"),
    ]


def test_a_pet_tells_whose_it_is_and_a_charm_ends() -> None:
    found = told(
        "Gob says 'My leader is Bob'",
        "Zob says, 'My leader is Ann.'",
        "Gob slashes a rat for 5 points of damage.",
        "Zob slashes a rat for 6 points of damage.",
        "Vaneb tells you, 'Attacking a rat Master.'",
        "Vaneb slashes a rat for 7 points of damage.",
        "You begin casting Beguile.",
        "An ogre has been charmed.",
        "An ogre hits a rat for 8 points of damage.",
        "Your Beguile spell has worn off of an ogre.",
        "An ogre hits a rat for 9 points of damage.",
    )
    owners = [(e.damage, e.owner) for e in found if isinstance(e, SkillUse)]
    assert owners == [(5, ME), (6, "Ann"), (7, ME), (8, ME), (9, None)]


def test_an_announced_critical_belongs_to_the_blow_after_it() -> None:
    found = told(
        "You score a critical hit! (126)",
        "Ann slashes a rat for 126 points of damage.",
        "You slash a rat for 126 points of damage.",
        "You slash a rat for 126 points of damage.",
        "Ann lands a Crippling Blow!(90)",
        "Ann slashes a rat for 90 points of damage.",
    )
    assert [e.critical for e in found if isinstance(e, SkillUse)] == [False, True, False, True]


def test_an_unknown_number_about_a_fight_is_unmatched() -> None:
    dialect = EverQuestDialect(LogSetup(player=ME))
    assert dialect.parse(STAMP + "You lose 12 hit points in the lava.").shape == ""
    assert dialect.parse(STAMP + "You have 30 minutes to leave.").shape == "message"
    assert dialect.parse(STAMP + "The master looter, Ann, looted 3 platinum, 1 gold from the corpse.").shape == "trade"
    assert dialect.parse(STAMP + "You receive 12 platinum from Ann.").shape == "trade"


@pytest.mark.parametrize(
    "told", ["Scores a critical hit!(30)", "lands a Crippling Blow!(30)", "has landed a Swift Kick! (30)"]
)
def test_a_critical_blow_announced_in_a_servers_own_way(told: str) -> None:
    stamp = "[Mon Mar 04 20:11:03 2024] "
    found = events_of(
        EverQuestDialect(LogSetup(player="Bob")),
        f"{stamp}Ann {told}",
        f"{stamp}Ann kicks a rat for 30 points of damage.",
    )
    assert [replace(event, id=None) for event in found] == [
        SkillUse(actor="Ann", skill="kick", damage=30, target="a rat", critical=True)
    ]
