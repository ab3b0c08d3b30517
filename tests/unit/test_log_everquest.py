"""EverQuest: real logs against the values that another project counted by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.logs import import_log
from tests.realdata import realdata

from combatlens.adapters.combat_log.everquest import player_of_path
from combatlens.domain.events import Context, DamageTaken, Event, Heal, Kill, Loot, SkillUse, XpGain


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(realdata("everquest", "EXPECTED.json").read_text())[name]
    return found


def events(name: str) -> list[Event]:
    _, recorder = import_log(realdata("everquest", "everquest-companion", "fixtures", name), timezone="UTC")
    return [o.event for o in recorder.ordered]


def kills(found: list[Event]) -> tuple[int, int, int]:
    """(own, by pets, witnessed)."""
    every = [e for e in found if isinstance(e, Kill)]
    own, pet = [e for e in every if e.actor is None], [e for e in every if e.owner is not None]
    return len(own), len(pet), len(every) - len(own) - len(pet)


def gains(found: list[Event]) -> list[XpGain]:
    return [e for e in found if isinstance(e, XpGain)]


def levels(found: list[Event]) -> list[int]:
    return [e.level for e in found if isinstance(e, Context) and e.level is not None]


def dealt(found: list[Event], target: str, *, ticks: bool = True) -> list[float]:
    return [
        e.damage
        for e in found
        if isinstance(e, SkillUse) and e.actor is None and e.target == target and e.damage and (ticks or not e.periodic)
    ]


def test_a_farm_run() -> None:
    wanted, found = expected("wl40-farm-run.log"), events("wl40-farm-run.log")
    assert len(gains(found)) == wanted["exp_lines"]
    assert kills(found) == (wanted["kills_self"], wanted["kills_pet"], wanted["kills_witnessed_not_credited"])
    assert levels(found) == wanted["level_ups"]
    low, high = wanted["sum_stated_percent_in_levels"]
    assert low <= sum(e.percent or 0 for e in gains(found)) / 100 <= high
    assert sum(e.percent or 0 for e in gains(found)) / 100 == pytest.approx(9.97517, abs=1e-5)


def test_pets_that_were_charmed_and_several_zones() -> None:
    wanted, found = expected("wl41-multizone.log"), events("wl41-multizone.log")
    assert kills(found) == (wanted["kills_self"], len([0] * wanted["zones"][0][3]) + wanted["zones"][2][3], 0)
    zone, seen = None, {}
    for event in found:
        if isinstance(event, Context):
            zone = event.zone
        if isinstance(event, Kill):
            own, pet = seen.get(zone, (0, 0))
            seen[zone] = (own + (event.actor is None), pet + (event.actor is not None))
    assert seen == {row[0]: (row[2], row[3]) for row in wanted["zones"]}


def test_gains_without_a_percentage_and_kills_before_the_pet_was_announced() -> None:
    wanted, found = expected("wl43-capped-no-pct.log"), events("wl43-capped-no-pct.log")
    assert len(gains(found)) == wanted["exp_lines"]
    assert sum(bool(e.meta) for e in gains(found)) == wanted["exp_unstated"]
    assert sum(e.xp_type == "party" for e in gains(found)) == wanted["exp_party"]
    assert kills(found) == (wanted["kills_self"], wanted["kills_pet"], wanted["witnessed"])
    assert levels(found) == wanted["level_ups"]
    points = [e.count for e in found if isinstance(e, Loot) and e.item == "ability point"]
    assert (sum(points), len(points)) == (wanted["aa_gained"], wanted["aa_gain_events"])


def test_leveling() -> None:
    wanted, found = expected("e2e-leveling.log"), events("e2e-leveling.log")
    assert sum(not e.meta for e in gains(found)) == wanted["exp_stated"]
    assert sum(bool(e.meta) for e in gains(found)) == wanted["exp_unstated"]
    assert len(levels(found)) == wanted["dings"]


def test_damage_to_and_from_each_mob() -> None:
    wanted, found = expected("w24-multi-mob-no-split.log"), events("w24-multi-mob-no-split.log")
    first, second = wanted["fight1"], wanted["fight2"]
    assert (sum(dealt(found, first["name"])), len(dealt(found, first["name"]))) == (first["total"], first["hits"])
    for name, (total, hits) in second["per_target"].items():
        assert (sum(dealt(found, name)), len(dealt(found, name))) == (total, hits)
    for name, (total, hits) in wanted["incoming"].items():
        taken = [e.amount for e in found if isinstance(e, DamageTaken) and e.source == name]
        assert (sum(taken), len(taken)) == (total, hits)


def test_healing_without_overheal_and_runes() -> None:
    wanted, found = expected("w27-healing-overheal-absorb.log"), events("w27-healing-overheal-absorb.log")
    heals = [e for e in found if isinstance(e, Heal) and e.actor is None]
    assert sum(e.amount for e in heals) == wanted["heal_effective"]
    assert len(heals) == wanted["ticks"]
    lanes: dict[str | None, float] = {}
    for heal in heals:
        lanes[heal.skill] = lanes.get(heal.skill, 0) + heal.amount
    assert lanes == wanted["lanes"]
    runes = [e.meta["absorbs"] for e in found if type(e).__name__ == "Action" and e.meta]
    assert (sum(runes), len(runes)) == (wanted["runes"], wanted["rune_grants"])


def test_group_members_are_kept_apart() -> None:
    wanted, found = expected("g1-group-lifecycle.log"), events("g1-group-lifecycle.log")
    figures = wanted["from_comment_in_extractor_90s_window"]
    mate = next(key.split("_")[0] for key in figures if key.endswith("_hits"))
    hits = [e for e in found if isinstance(e, SkillUse) and e.actor == mate and e.damage]
    assert len(hits) >= figures[f"{mate}_hits"]
    assert sum(e.damage for e in hits) >= figures[f"{mate}_damage"]
    assert not any(e.owner for e in hits)


def test_every_real_log_is_known_to_a_hundredth() -> None:
    folder = realdata("everquest", "everquest-companion", "fixtures")
    result, _ = import_log(folder, dialect="everquest")
    for file in result.files:
        assert file.unmatched <= file.lines / 100, file.shapes
        assert file.lines == file.silent + file.unmatched + file.events  # one line, one event


def test_the_player_is_named_by_the_file() -> None:
    assert player_of_path("eqlog_Bob_freeport.txt") == "Bob"
    assert player_of_path("eqlog_Bob_freeport - Copy.txt.bak") == "Bob"
    assert player_of_path("notes.txt") == ""
