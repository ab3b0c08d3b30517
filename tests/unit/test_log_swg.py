"""Star Wars Galaxies: the real chat logs against their counted values, and every template of the game."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from msgspec.structs import replace
from tests.logs import events_of, import_log
from tests.realdata import realdata

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.swg import SwgDialect
from combatlens.domain.events import DamageTaken, Death, Heal, Kill, Loot, Mark, SkillUse, XpGain


def swg(player: str = "Bob") -> SwgDialect:
    return SwgDialect(LogSetup(player=player))


def test_real_chat_logs_meet_their_expected_sums() -> None:
    expected = json.loads(realdata("swg", "EXPECTED.json").read_text())["files"]
    for name, wanted in expected.items():
        result, recorder = import_log(realdata("swg", "swglogparser_chatlogs", name), dialect="swg")
        file = result.files[0]
        hits = [o.event for o in recorder.ordered if isinstance(o.event, SkillUse) and o.event.skill == "attack"]
        ticks = [o.event for o in recorder.ordered if isinstance(o.event, SkillUse) and o.event.periodic]
        taken = [o.event for o in recorder.ordered if isinstance(o.event, DamageTaken) and o.event.skill == "attack"]
        terse = wanted["terse_direct_hits"]
        assert len([hit for hit in hits if hit.success]) + len(taken) == terse["n"]
        assert sum(hit.damage for hit in hits) + sum(hit.amount for hit in taken) == terse["total"]
        assert sum(hit.critical for hit in hits) == terse["by_verb"].get("crits", 0)
        assert sum(tick.damage for tick in ticks) == wanted["dot_has_caused"]["total"]
        assert sum(o.event.amount for o in recorder.ordered if isinstance(o.event, Heal)) == wanted["heals"]["total"]
        witnessed = [o.event for o in recorder.ordered if isinstance(o.event, Kill) and o.event.actor]
        assert len(witnessed) == wanted["pvp_slain_alerts"]
        assert file.unmatched == 0
        assert file.lines == file.events + file.silent
        for actor, total in terse["by_attacker"].items():
            own = result.actors.get(actor[0].lower() + actor[1:] if actor.startswith("A ") else actor)
            assert (own.damage_dealt if own else 0) == total + wanted["dot_has_caused"]["by_source"].get(actor, 0)


def test_the_player_is_found_in_the_log() -> None:
    result, _ = import_log(realdata("swg", "swglogparser_chatlogs", "5380027321_chatlog.txt"))
    expected = json.loads(realdata("swg", "EXPECTED.json").read_text())["files"]["5380027321_chatlog.txt"]
    by_attacker = expected["terse_direct_hits"]["by_attacker"]
    assert result.files[0].player == max(by_attacker, key=by_attacker.__getitem__)
    assert result.files[0].dialect == "swg"


def test_verbatim_lines_of_another_client() -> None:
    result, recorder = import_log(realdata("swg", "verbatim_lines", "swglogs_selftest_lines.txt"), dialect="swg")
    wanted = json.loads(realdata("swg", "verbatim_lines", "swglogs_selftest_EXPECTED.json").read_text())
    events = [o.event for o in recorder.ordered]
    own = [e for e in events if isinstance(e, SkillUse) and e.actor is None]
    assert sorted(e.damage for e in own if e.damage) == sorted(wanted["player_damage_terms"])
    assert sum(e.critical for e in own) == wanted["player_crits"]
    assert sum(not e.success for e in own) == wanted["player_misses"]
    taken = [e.amount for e in events if isinstance(e, DamageTaken)]
    assert sorted(taken) == sorted(wanted["player_taken_terms"])
    assert sum(e.amount for e in events if isinstance(e, Heal)) == wanted["player_heal"]
    assert result.files[0].unmatched == wanted["unparsed_lines"]
    for name, figures in wanted["per_entity"].items():
        row = result.actors[name]
        assert (row.damage_dealt, row.damage_taken) == (figures.get("dmg", 0), figures.get("taken", 0))


def test_single_lines_of_a_third_client() -> None:
    dialect = swg("Beefy")
    for text in realdata("swg", "verbatim_lines", "omega_monitor_lines_EXPECTED.jsonl").read_text().splitlines():
        case = json.loads(text)
        events, wanted = events_of(dialect, case["line"]), case["expected"]
        if wanted is None:
            assert not events, case["line"]
        elif wanted["kind"] == "damage":
            (event,) = events
            amount = event.damage if isinstance(event, SkillUse) else getattr(event, "amount", None)
            assert amount == wanted["amount"], case["line"]
            if wanted.get("flag") == "crit":
                assert isinstance(event, SkillUse)
                assert event.critical
        elif wanted["kind"] == "heal":
            assert isinstance(events[0], Heal)
            assert events[0].amount == wanted["amount"]


BLOW = (None, "a krayt hunter", 137.0)
MISS = (None, "a krayt hunter", False)
_FILL = {
    "%TU": "Kesh Volar", "%TT": "a krayt hunter", "%TO": "Frobnication", "%DI": "137", "%ST": "he", "%OT": "him",
    "%PT": "his", "%PU": "his", "%SU": "he", "%OU": "him", "%NU": "Kesh Volar", "%DF": "12",
}  # fmt: skip


def test_every_combat_template_names_attacker_target_and_amount() -> None:
    """The game's own templates, filled: whoever hits, whoever is hit and the number come out, whatever the skill."""
    wrong, checked = [], 0
    for row in realdata("swg", "string_tables", "cbt_spam.tsv").read_text().splitlines():
        key, _, template = row.partition("\t")
        if not ("%TU" in template and "%TT" in template and "of damage" in template and "%DI" in template):
            continue
        if "\\n~" in template or "%TU's limbs" in template or template.startswith("%TT is caught in the blast"):
            continue  # several sentences in one, or a sentence whose template is itself at fault
        line = re.sub(r"%[A-Z]{2}", lambda m: _FILL[m[0]], template).replace("%", "")
        checked += 1
        events = events_of(swg("Kesh Volar"), f"[Combat]  12:00:00 {line}")
        if [(e.actor, e.target, e.damage) for e in events if isinstance(e, SkillUse)] != [BLOW]:
            wrong.append((key, line, events))
    assert checked > 250
    assert wrong == []


def test_every_template_without_a_number_that_tells_of_an_attack_is_a_miss() -> None:
    wrong, checked = [], 0
    for row in realdata("swg", "string_tables", "cbt_spam.tsv").read_text().splitlines():
        key, _, template = row.partition("\t")
        if not re.search(r"_(miss|block|evade|counter)$", key) or "%DI" in template or "\\n~" in template:
            continue
        if not ("%TU" in template and "%TT" in template and re.search(r"miss|block|counter|evade|dodge", template)):
            continue
        if "'s an acid rifle" in template:
            continue  # the template is at fault
        line = re.sub(r"%[A-Z]{2}", lambda m: _FILL[m[0]], template)
        checked += 1
        events = events_of(swg("Kesh Volar"), f"[Combat]  12:00:00 {line}")
        if [(e.actor, e.target, e.success) for e in events if isinstance(e, SkillUse)] != [MISS]:
            wrong.append((key, line, events))
    assert checked > 200
    assert wrong == []


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("[Chat]  You were slain by a rancor. Requesting clone activation...", Death(cause="a rancor")),
        ("[Chat]  You have died. Requesting clone activation...", Death()),
        ("[Combat]  You have been incapacitated by a rancor.", Mark(label="incapacitated by a rancor")),
        ("[Combat]  A womp rat is no more.", Kill(target="a womp rat")),
        ("[Combat]  Your target is no more.", Kill()),
        ("[Chat]  You looted 23 credits.", Loot(item="credits", count=23, value=23)),
        ("[Chat]  You loot 7 credits from corpse of a rat.", Loot(item="credits", count=7, value=7)),
        ("[Chat]  You looted: Krayt Dragon Pearl.", Loot(item="Krayt Dragon Pearl")),
        ("[Chat]  [GROUP] You receive 250 credits as your share.", Loot(item="credits", count=250, value=250)),
        ("[Chat]  [GROUP] Ann looted a pearl from a krayt.", Loot(actor="Ann", item="a pearl")),
        ("[Chat]  [GROUP] Ann has died.", Death(actor="Ann")),
        ("[Chat]  You receive 120 points of Combat experience.", XpGain(amount=120, xp_type="Combat")),
        ("[Chat]  You earned 1,500 Scouting experience. (+12% group bonus)", XpGain(amount=1500, xp_type="Scouting")),
        ("[Chat]  +137 XP", XpGain(amount=137)),
        ("[Chat]  You have been awarded 40 points of Rebel faction standing.",
         XpGain(amount=40, xp_type="Rebel faction standing", meta={"not_xp": True})),
        ("[Chat]  You have received 150 Galactic Civil War points.",
         XpGain(amount=150, xp_type="GCW", meta={"not_xp": True})),
        ("[Combat]  You heal yourself for 120 health, 30 action, and 5 mind damage.", Heal(amount=155, target="Bob")),
        ("[Combat]  Ann heals Bob for 12 points of damage.", Heal(actor="Ann", amount=12, target="Bob")),
        ("[Combat]  12:00:00 A bantha glances Bob (50% blocked) 12 pts",
         DamageTaken(amount=12, source="a bantha", skill="attack")),
        ("[Combat]  12:00:00 You attack a rat with Sweep 3 and hit for 120 points.",
         SkillUse(skill="Sweep 3", damage=120, target="a rat")),
        ("[Combat]  12:00:00 You attack a rat with Sweep 3 and miss (dodge).",
         SkillUse(skill="Sweep 3", success=False, error="dodge", target="a rat")),
        ("[Combat]  Ann uses Bacta Ampule 6 and heals Bob for 2000 points.",
         Heal(actor="Ann", amount=2000, target="Bob", skill="Bacta Ampule 6")),
        ("[Combat]  You feel refreshed.  12 points of mind damage have been healed.", Heal(amount=12, target="Bob")),
        ("[Chat]  You looted a krayt pearl from a krayt dragon.", Loot(item="krayt pearl")),
        ("[Chat]  You incapacitate a womp rat.", Mark(label="incapacitated: a womp rat")),
        ("[Combat]  Bob fumbles his attack and does 9 points of damage to himself.",
         SkillUse(skill="fumble", damage=9, target="Bob")),
        ("[Combat]  You have triggered a mine and taken 55 points of damage.",
         DamageTaken(amount=55, skill="explosion", periodic=True)),
    ],
)  # fmt: skip
def test_sentences(line: str, wanted: object) -> None:
    (event,) = events_of(swg(), line)
    assert replace(event, id=None) == wanted


def test_an_area_skill_that_is_announced_is_one_use() -> None:
    uses = events_of(
        swg(),
        "[Combat]  12:00:00 Bob performs Cryoban Grenade 2.",
        "[Combat]  12:00:01 Bob attacks a rat with Cryoban Grenade 2 and hits for 100 points (100 acid).",
        "[Combat]  12:00:30 Bob attacks a rat with Cryoban Grenade 2 and hits for 100 points (100 acid).",
    )
    assert [use.periodic for use in uses if isinstance(use, SkillUse)] == [False, True, False]


def test_days_come_from_the_log_in_and_move_on_at_midnight() -> None:
    dialect = SwgDialect(LogSetup(player="Bob", zone=__import__("zoneinfo").ZoneInfo("UTC")))
    times = []
    for line in (
        "\ufeffLogging In [Sat Feb 17 22:57:53 2024] ".removeprefix("\ufeff"),
        "[Combat]  23:59:59 Bob hits a rat 1 pts",
        "[Combat]  00:00:00 Bob hits a rat 1 pts",
        "[Combat]  23:59:59 Bob hits a rat 2 pts",
        "[Combat]  00:00:01 Bob hits a rat 1 pts",
    ):
        times += [o.at for o in dialect.parse(line).events]
    assert times == [1708214399.0, 1708214400.0, 1708214399.0, 1708214401.0]


def test_equal_lines_of_one_second_are_two_facts() -> None:
    dialect = swg()
    ids = [o.event.id for _ in range(3) for o in dialect.parse("[Combat]  12:00:00 Bob hits a rat 5 pts").events]
    assert len(set(ids)) == 3
    again = [o.event.id for _ in range(3) for o in swg().parse("[Combat]  12:00:00 Bob hits a rat 5 pts").events]
    assert Counter(again)[ids[0]] == 3


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("[Group] Ann: Bob hits a bantha 120 pts", "chat"),
        ("12:00:00 Ann: Bob attacks a bantha with Sweep and hits for 120 points.", "chat"),
        ("[Combat]  You heal Ann for 137 health wound damage.", "wounds, coins and effects"),
        ("[Combat]  Your chitin armor prevented 31 points of damage.", "absorbed"),
        ("[Combat]  Your barrier of the Force protects you from 31 points of damage!", "absorbed"),
        ("[Combat]  Ann's Low Sweep attack knocks a bantha from its feet.", "state of combat"),
        ("[Combat]  a bantha is very intimidated by Ann!", "state of combat"),
        ("[Combat]  Some future spam doing 999 hurt", ""),
        ("[Combat]  You have slain a womp rat.", ""),
        ("[Combat]  Your mine does 55 odd damage.", ""),
        ("[Combat]  12:00:00 Bob hits a bantha 99999999999999999999 pts", ""),
    ],
)
def test_what_is_said_and_what_is_unknown_makes_no_event(line: str, shape: str) -> None:
    parsed = swg().parse(line)
    assert (parsed.events, parsed.shape) == ((), shape)


def test_every_template_of_the_player_group_and_healing_tables_is_known() -> None:
    fill = _FILL | {"%NT": "Ann", "%NO": "Ann"}
    unknown = []
    for table in ("base_player", "group", "healing", "healing_response", "dot_message", "combat_effects"):
        for row in realdata("swg", "string_tables", f"{table}.tsv").read_text().splitlines():
            line = re.sub(r"%[A-Z]{2}", lambda m: fill.get(m[0], "he"), row.partition("\t")[2])
            parsed = swg("Kesh Volar").parse(f"[Combat]  12:00:00 {line}")
            if "137" in line and not parsed.events and not parsed.shape:
                unknown.append(line)
    assert len(unknown) <= 4, unknown  # of banks and listings


def test_a_stimpack_is_used_by_somebody() -> None:
    (heal,) = events_of(swg(), "[Combat]  12:00:00 You use a Stimpack to heal a womp rat for 31 points of damage.")
    assert isinstance(heal, Heal)
    assert (heal.actor, heal.target, heal.amount, heal.skill) == (None, "a womp rat", 31, "a Stimpack")
