"""Profiles proposed from a sample: read back, they must find what was written, without an edit by hand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.realdata import REALDATA

from combatlens.adapters.combat_log.checking import LogCheck, check_log
from combatlens.adapters.combat_log.proposing import propose_profile
from combatlens.adapters.combat_log.recognise import open_dialect, take_sample
from combatlens.domain.events import Kill, XpGain
from combatlens.domain.profile import decode_profile

MOBS = ("reed wisp", "Old Bear", "wolf", "Ash Drake")
SKILLS = ("Slash", "Fire Bolt", "aimed shot")


class Fight:
    """Draws what happens, and keeps the truth."""

    def __init__(self) -> None:
        self.draw = random.Random(3)
        self.truth: Counter[str] = Counter()

    def mob(self) -> str:
        return self.draw.choice(MOBS)

    def skill(self) -> str:
        return self.draw.choice(SKILLS)

    def amount(self, what: str) -> int:
        number = self.draw.randint(1000, 20_000)
        self.truth[what] += number
        return number

    def one(self, what: str) -> None:
        self.truth[what] += 1


def prose(fight: Fight, when: str) -> str:
    mob, skill, chance = fight.mob(), fight.skill(), fight.draw.random()
    if chance < 0.4:
        critical = fight.draw.choice(("", " (critical)"))
        return f"[{when}] Your {skill} hits the {mob} for {fight.amount('dealt'):,} fire damage{critical}."
    if chance < 0.6:
        return f"[{when}] The {mob} hits you for {fight.amount('taken'):,} damage."
    if chance < 0.7:
        return f"[{when}] You take {fight.amount('taken')} damage from {mob}'s {skill}."
    if chance < 0.8:
        fight.one("kills")
        return f"[{when}] You have slain the {mob}!"
    if chance < 0.9:
        return f"[{when}] You gain {fight.amount('xp')} experience from {mob}."
    if chance < 0.94:
        fight.one("deaths")
        return f"[{when}] You were killed by {mob}."
    return f"[{when}] {mob} says: hello there"


def pairs(fight: Fight, when: str) -> str:
    chance = fight.draw.random()
    if chance < 0.6:
        names = f"source=Arden target={fight.mob()} skill={fight.skill()}"
        return f"{when} event=damage {names} amount={fight.amount('dealt')}"
    if chance < 0.8:
        fight.one("kills")
        return f"{when} event=kill source=Arden target={fight.mob()}"
    return f"{when} event=xp amount={fight.amount('xp')}"


def objects(fight: Fight, when: str) -> str:
    chance, head = fight.draw.random(), f'{{"time": "{when}", "type": '
    if chance < 0.6:
        names = f'"source": "Arden", "target": "{fight.mob()}", "skill": "{fight.skill()}"'
        return f'{head}"hit", {names}, "damage": {fight.amount("dealt")}, "crit": true}}'
    if chance < 0.8:
        fight.one("kills")
        return f'{head}"kill", "source": "Arden", "target": "{fight.mob()}"}}'
    return f'{head}"xp", "amount": {fight.amount("xp")}}}'


def columns(fight: Fight, when: str) -> str:
    chance = fight.draw.random()
    if chance < 0.6:
        return f"{when},DAMAGE,Arden,{fight.mob()},{fight.skill()},{fight.amount('dealt')}"
    if chance < 0.8:
        fight.one("kills")
        return f"{when},KILL,Arden,{fight.mob()},,0"
    return f"{when},XP,,,,{fight.amount('xp')}"


def brackets(fight: Fight, when: str) -> str:
    chance, clock = fight.draw.random(), when[11:]
    if chance < 0.5:
        return f"{clock} [Arden] {fight.skill()} -> [{fight.mob()}] {fight.amount('dealt')} dmg"
    if chance < 0.7:
        return f"{clock} [{fight.mob()}] bites [Arden] for {fight.amount('taken')} damage"
    fight.one("kills")
    return f"{clock} [Arden] killed [{fight.mob()}] +{fight.amount('xp')} xp"


def german(fight: Fight, when: str) -> str:
    def points(what: str) -> str:
        return f"{fight.amount(what):,}".replace(",", ".")

    chance, mob = fight.draw.random(), fight.draw.choice(("Wolf", "Alter Bär"))
    if chance < 0.5:
        skill = fight.draw.choice(("Hieb", "Feuerball"))
        return f"{when} Du triffst {mob} mit {skill} und verursachst {points('dealt')} Schaden."
    if chance < 0.7:
        return f"{when} {mob} verursacht {points('taken')} Schaden an Dir."
    if chance < 0.8:
        fight.one("kills")
        return f"{when} Du hast {mob} besiegt."
    return f"{when} Du erhältst {points('xp')} Erfahrung."


def proposed(log: Path) -> LogCheck:
    return check_log(decode_profile(propose_profile(log, "mine").toml, "mine"), log)


def gained(log: Path) -> float:
    dialect = open_dialect(decode_profile(propose_profile(log, "mine").toml, "mine").log, take_sample(log), log)
    lines = log.read_text(encoding="utf-8").splitlines()
    events = [occurrence.event for line in lines for occurrence in dialect.parse(line).events]
    return sum(e.amount or 0 for e in events if isinstance(e, XpGain)) + sum(
        e.xp for e in events if isinstance(e, Kill)
    )


@pytest.mark.parametrize("write", [prose, pairs, objects, columns, brackets, german])
def test_a_log_is_read_by_the_profile_proposed_from_it(write: Callable[[Fight, str], str], tmp_path: Path) -> None:
    fight, log = Fight(), tmp_path / "fight.log"
    lines = [write(fight, f"2025-03-04 10:{i // 60:02}:{i % 60:02}") for i in range(300)]
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    check = proposed(log)
    player = next(totals for name, totals in check.actors.items() if name in ("player", "Arden"))
    assert player.damage_dealt == fight.truth["dealt"]
    assert player.damage_taken == fight.truth["taken"]
    assert player.kills == fight.truth["kills"]
    assert player.deaths == fight.truth["deaths"]
    assert gained(log) == fight.truth["xp"]
    assert all("says" in unmatched.samples[0] for unmatched in check.unmatched)


def test_columns_with_a_heading_go_by_it(tmp_path: Path) -> None:
    log = tmp_path / "fight.csv"
    rows = [f"2025-03-04 10:00:{i:02};wolf;{i + 10};Arden;Slash" for i in range(50)]
    log.write_text("when;victim;damage;attacker;ability\n" + "\n".join(rows) + "\n")
    check = proposed(log)
    assert check.actors["Arden"].damage_dealt == sum(i + 10 for i in range(50))
    assert check.actors["wolf"].damage_taken == check.actors["Arden"].damage_dealt


@pytest.mark.skipif(not (REALDATA / "entropia").is_dir(), reason="the real logs are not here")
def test_a_real_log_of_a_game_without_a_dialect(tmp_path: Path) -> None:
    """Its lines bear channels, hits name no target, and a critical hit has a sentence before it."""
    text = "".join(path.read_text() for path in sorted((REALDATA / "entropia").rglob("chat_replay.log")))
    log = tmp_path / "chat.log"
    log.write_text(text)
    check = proposed(log)
    words = [line.split() for line in text.splitlines()]
    hits = [float(line[line.index("inflicted") + 1]) for line in words if "inflicted" in line]
    assert check.understood == 1.0
    assert check.events["skill"] == len(hits)
    assert check.actors["player"].damage_dealt == pytest.approx(sum(hits))
    assert check.events["loot"] == sum("received" in line for line in words)
