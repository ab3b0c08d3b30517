"""`profiles new --from-log` on games that nobody here knows: the proposal is used as it is, and counts exactly."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from combatlens.adapters.combat_log.checking import LogCheck, check_log
from combatlens.adapters.combat_log.custom import CustomDialect
from combatlens.adapters.combat_log.custom_rules import compile_rules
from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.proposing import propose_profile
from combatlens.adapters.combat_log.proposing_words import column_of, decimal_sign, kind_of
from combatlens.domain.events import SkillUse
from combatlens.domain.profile import GameProfile, decode_profile

MOBS = ("Goblin Scout", "Cave Bear", "Skeleton", "Bandit Chief")
Fact = tuple[str, str, str, float, bool]
"""kind, who, whom, amount, critical."""


def facts(seed: int = 4, count: int = 400) -> list[Fact]:
    draw = random.Random(seed)
    made: list[Fact] = []
    for _ in range(count):
        mob, kind = draw.choice(MOBS), draw.random()
        if kind < 0.5:
            made.append(("damage", "me", mob, draw.randint(10, 4000), draw.random() < 0.2))
        elif kind < 0.7:
            made.append(("damage", mob, "me", draw.randint(1, 90), False))
        elif kind < 0.8:
            made.append(("miss", "me", mob, 0, False))
        elif kind < 0.9:
            made.append(("heal", "me", "me", draw.randint(1, 1600), False))
        else:
            made += [("kill", "me", mob, 0, False), ("xp", "me", "", draw.randint(100, 9000), False)]
    return made


def clock(second: int) -> str:
    return f"18:{20 + second // 60:02}:{second % 60:02}"


def comma_rows(second: int, fact: Fact) -> str:
    kind, who, whom, amount, critical = fact
    who, whom = ("Kira" if name == "me" else name for name in (who, whom))
    return f"2025-03-04 {clock(second)}.250,{kind.upper()},{who},{whom},Slash,{amount:.0f},{'CRIT' if critical else ''}"


def bare_rows(second: int, fact: Fact) -> str:
    return ";".join([clock(second), *comma_rows(0, fact).split(",")[1:6]])


def pairs(second: int, fact: Fact) -> str:
    kind, who, whom, amount, critical = fact
    who, whom = ("Kira" if name == "me" else name.replace(" ", "_") for name in (who, whom))
    return f"ts={1741112400 + second} type={kind} src={who} dst={whom} amount={amount:.2f} crit={str(critical).lower()}"


def objects(second: int, fact: Fact) -> str:
    kind, who, whom, amount, critical = fact
    who, whom = ("Kira" if name == "me" else name for name in (who, whom))
    return json.dumps({
        "time": 1741112400 + second, "event": kind, "source": who, "target": whom, "amount": amount,
        "critical": critical,
    })  # fmt: skip


def bracketed(second: int, fact: Fact) -> str:
    kind, who, whom, amount, critical = fact
    text = {
        "damage": f"You hit the {whom} with Frost Bolt for {amount:,.0f} damage{' (Critical)' if critical else ''}."
        if who == "me" else f"The {who} hits you for {amount:,.0f} damage.",
        "miss": f"You miss the {whom}.", "heal": f"You heal yourself for {amount:,.0f} health.",
        "kill": f"You have slain the {whom}!", "xp": f"You gain {amount:,.0f} experience points.",
    }[kind]  # fmt: skip
    return f"[{clock(second)}] [Combat] {text}"


def german(second: int, fact: Fact) -> str:
    kind, who, whom, amount, _ = fact
    number = f"{amount:,.1f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    text = {
        "damage": f"Ihr trefft {whom} mit Feuerball für {number} Schaden."
        if who == "me" else f"{who} trifft Euch für {number} Schaden.",
        "miss": f"Ihr verfehlt {whom}.", "heal": f"Ihr heilt Euch um {number} Lebenspunkte.",
        "kill": f"Ihr habt {whom} getötet!", "xp": f"Ihr erhaltet {number} Erfahrungspunkte.",
    }[kind]  # fmt: skip
    return f"04.03.2025 {clock(second)} {text}"


def russian(second: int, fact: Fact) -> str:
    kind, who, whom, amount, _ = fact
    names = dict(zip(MOBS, ("Гоблин", "Пещерный медведь", "Скелет", "Разбойник"), strict=True))
    who, whom = names.get(who, who), names.get(whom, whom)
    text = {
        "damage": f"Вы наносите {whom} {amount:.0f} ед. урона умением Удар."
        if who == "me" else f"{who} наносит вам {amount:.0f} ед. урона.",
        "miss": f"Вы промахнулись по {whom}.", "heal": f"Вы исцеляете себя на {amount:.0f} ед. здоровья.",
        "kill": f"Вы убили {whom}!", "xp": f"Вы получили {amount:.0f} опыта.",
    }[kind]  # fmt: skip
    return f"2025-03-04T{clock(second)}Z {text}"


def suffered(second: int, fact: Fact) -> str:
    """The one that is hurt leads the sentence, in small letters, with a clock of minutes."""
    kind, who, whom, amount, _ = fact
    who, whom = who.lower(), whom.lower()
    text = {
        "damage": f"A {whom} loses {amount:.0f} hitpoints due to your attack."
        if who == "me" else f"You lose {amount:.0f} hitpoints due to an attack by a {who}.",
        "miss": "", "heal": f"You heal yourself for {amount:.0f} hitpoints.",
        "kill": f"You have killed a {whom}.", "xp": f"You gained {amount:.0f} experience points.",
    }[kind]  # fmt: skip
    return f"{clock(second)[:5]} {text}"


def third_person(second: int, fact: Fact) -> str:
    kind, who, whom, amount, _ = fact
    who, whom = ("Kira" if name == "me" else name for name in (who, whom))
    text = {
        "damage": f"{who}'s Bite hits {whom} for {amount:.0f} damage.", "miss": f"{who} misses {whom}.",
        "heal": f"{who} restores {amount:.0f} health to {whom}.", "kill": f"{whom} has been slain by {who}.",
        "xp": f"{who} gains {amount:.0f} XP.",
    }[kind]  # fmt: skip
    return f"2025/03/04 {clock(second)} - {text}"


HEAD = "timestamp,event,source,target,ability,amount,flags"
FORMATS: dict[str, tuple[Callable[[int, Fact], str], str]] = {
    "comma": (comma_rows, HEAD), "bare": (bare_rows, ""), "pairs": (pairs, ""), "objects": (objects, ""),
    "bracketed": (bracketed, ""), "german": (german, ""), "russian": (russian, ""), "suffered": (suffered, ""),
    "third person": (third_person, ""),
}  # fmt: skip


def proposed(path: Path, text: str) -> tuple[GameProfile, LogCheck]:
    path.write_text(text, encoding="utf-8")
    profile = decode_profile(propose_profile(path, "foreign").toml, "proposal")
    compile_rules(profile.log.rules)
    return profile, check_log(profile, path)


@pytest.mark.parametrize("name", FORMATS)
def test_a_proposal_counts_damage_and_kills_without_a_hand_on_it(name: str, tmp_path: Path) -> None:
    write, head = FORMATS[name]
    told = facts()
    lines = ([head] if head else []) + [write(second, fact) for second, fact in enumerate(told)]
    profile, check = proposed(tmp_path / "foreign.log", "\n".join(lines) + "\n")
    sums: Counter[str] = Counter()
    for kind, who, _, amount, _ in told:
        sums[f"{kind} of {who if who == 'me' else 'mobs'}"] += amount if kind in ("damage", "heal", "xp") else 1
    me = check.actors[profile.log.player or "player"]
    assert me.damage_dealt == sums["damage of me"]
    assert me.damage_taken == sums["damage of mobs"]
    assert me.kills == sums["kill of me"]
    assert me.healing_done == sums["heal of me"]
    assert check.events["xp_gain"] == sums["kill of me"]
    assert check.understood >= 0.85  # `suffered` tells no miss; what is said in one way only may stay unknown
    mobs = {who: row.damage_taken for who, row in check.actors.items() if who.lower().replace("_", " ") == "cave bear"}
    if name not in ("russian",):
        assert len(mobs) == 1, check.actors.keys()


def test_criticals_and_the_player_of_rows_are_proposed(tmp_path: Path) -> None:
    told = facts()
    for write, head in (FORMATS["comma"], FORMATS["pairs"], FORMATS["objects"]):
        path = tmp_path / "rows.log"
        path.write_text("\n".join([head, *(write(at, fact) for at, fact in enumerate(told))]))
        profile = decode_profile(propose_profile(path, "foreign").toml, "proposal")
        assert profile.log.player == "Kira"
        dialect = CustomDialect(LogSetup(player="Kira"), profile.log.rules)
        uses = [o.event for line in path.read_text().splitlines() for o in dialect.parse(line).events]
        assert sum(e.critical for e in uses if isinstance(e, SkillUse)) == sum(fact[4] for fact in told)


def test_words_and_numbers() -> None:
    assert [kind_of(word) for word in ("SPELL_DAMAGE", "spellHeal", "health", "Missile", "ENTITY_KILLED", "tree")] == [
        "damage", "heal", "", "", "kill", "",
    ]  # fmt: skip
    assert [column_of(name) for name in ("Source Name", "dst", "is_crit", "dmg", "colour")] == [
        "source", "target", "critical", "amount", "",
    ]  # fmt: skip
    samples = (["1,234"], ["12,5"], ["1.234,5"], ["1.234"], ["1.234", "1234"], ["1.5"])
    assert "".join(decimal_sign(some) for some in samples) == ".,,,.."
