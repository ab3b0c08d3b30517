"""SWTOR: real logs of three formats against an independent count, and single lines."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.logs import events_of, import_log
from tests.realdata import realdata

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.swtor import SwtorDialect
from combatlens.domain.events import Context, DamageTaken, Death, Event, Heal, Kill, SkillUse, XpGain

LOGS = (
    ("ezet", "50merc.txt"), ("ezet", "8ev.txt"), ("ezet", "german.txt"),
    ("ezet", "combat_2012-03-18_17_15_51_875648.txt"),
    ("swtorparse", "50199c5_combat_2021-05-29_01_10_00_840359.txt"),
    ("swtorparse", "81f3fea_combat_2021-12-30_20_58_33_468342.txt"),
)  # fmt: skip
LINE = re.compile(
    r"\[(?P<time>[^\]]+)\] \[(?P<a>[^\]]*)\] \[(?P<t>[^\]]*)\] \[[^\]]*\] \[[^\]]*\{(?P<what>\d+)\}\] ?(?P<rest>.*)"
)


def name(text: str) -> str:
    """The straightforward way: a companion's, a player's or a creature's name."""
    text = re.sub(r"\|.*", "", text)
    text = re.sub(r" ?\{.*", "", text)
    return re.split(r"[/:]", text)[-1].lstrip("@").split("#")[0].strip()


def count(path: Path) -> dict[str, Counter[str]]:
    sums: dict[str, Counter[str]] = {"damage": Counter(), "self": Counter(), "healing": Counter(), "uses": Counter()}
    for line in path.read_bytes().decode("latin-1").splitlines():
        match = LINE.match(line)
        if not match:
            continue
        source = name(match["a"])
        target = source if match["t"] == "=" else name(match["t"])
        value = re.match(r"\((\d+)\*?(?: ~(\d+))?", match["rest"])
        if match["what"].endswith("945501") and value:
            absorbed = re.search(r"\((\d+) absorbed", match["rest"])
            if absorbed and "{836045448945509}" in match["rest"] and absorbed[1] != value[1]:
                absorbed = None  # by a shield generator: the number is what came through
            amount = max(0, int(value[1]) - (int(absorbed[1]) if absorbed else 0))
            sums["self" if source == target else "damage"][source] += amount
        elif match["what"].endswith("945500") and value:
            sums["healing"][source] += int(value[2] or value[1])
        elif match["what"].endswith("945479"):
            sums["uses"][source] += 1
    return sums


@pytest.mark.parametrize(("folder", "file"), LOGS)
def test_totals_of_an_independent_count(folder: str, file: str) -> None:
    path = realdata("swtor", folder, file)
    wanted = count(path)
    result, recorder = import_log(path)
    (imported,) = result.files
    assert imported.dialect == "swtor"
    assert imported.unmatched <= imported.lines / 100
    actors = result.actors
    assert {n: a.damage_dealt for n, a in actors.items() if a.damage_dealt and n} == {
        n: v for n, v in wanted["damage"].items() if v and n
    }
    assert {n: a.healing_done for n, a in actors.items() if a.healing_done and n} == {
        n: v for n, v in wanted["healing"].items() if v and n
    }
    assert actors[imported.player].self_damage == wanted["self"][imported.player]
    uses = [o.event for o in recorder.ordered if isinstance(o.event, SkillUse) and not o.event.damage]
    own = [e for e in uses if e.actor is None and e.success and not e.periodic]
    assert len(own) >= wanted["uses"][imported.player]


def test_the_day_of_a_log_of_bare_times_stands_in_its_name() -> None:
    _, recorder = import_log(
        realdata("swtor", "swtorparse", "81f3fea_combat_2021-12-30_20_58_33_468342.txt"), timezone="UTC"
    )
    first = recorder.ordered[0]
    assert int(first.at) // 86400 == 18991  # 2021-12-30
    assert first.resolution == 0.001


DAMAGE = "ApplyEffect {836045448945477}: Damage {836045448945501}"
HEAL = "ApplyEffect {836045448945477}: Heal {836045448945500}"
BOB, ORC = "[@Bob#12|(1,2,3,4)|(5/6)]", "[an orc {77}:88|(1,2,3,4)|(5/6)]"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (f"{BOB} {ORC} [Slash {{1}}] [{DAMAGE}] (120* ~80 energy {{2}}) <120>",
         SkillUse(skill="Slash", damage=120, target="an orc", critical=True)),
        (f"{BOB} {ORC} [Slash {{1}}] [{DAMAGE}] (120 energy {{2}} (20 absorbed {{836045448945511}})) <120>",
         SkillUse(skill="Slash", damage=100, target="an orc")),
        (f"{BOB} {ORC} [Slash {{1}}] [{DAMAGE}] "
         "(120* energy {2} -shield {836045448945509} (520 absorbed {836045448945511})) <120>",
         SkillUse(skill="Slash", damage=120, target="an orc", critical=True)),
        (f"{BOB} {ORC} [Slash {{1}}] [{DAMAGE}] "
         "(120 ~0 energy {2} -shield {836045448945509} (120 absorbed {836045448945511})) <120>",
         SkillUse(skill="Slash", target="an orc")),
        (f"{BOB} {ORC} [Slash {{1}}] [{DAMAGE}] (0 -verfehlt {{836045448945502}}) <1>",
         SkillUse(skill="Slash", target="an orc", success=False, error="miss")),
        (f"{BOB} {ORC} [Slash {{1}}] [{DAMAGE}] (0 -coup manqué {{836045448945502}}) <1>",
         SkillUse(skill="Slash", target="an orc", success=False, error="miss")),
        (f"{BOB} {ORC} [Slash {{1}}] [{DAMAGE}] (0 -) <1>",
         SkillUse(skill="Slash", target="an orc", success=False, error="miss")),
        (f"{BOB} {ORC} [Slash {{1}}] [{DAMAGE}] (37 kinetic {{2}}(reflected {{836045448953649}}))",
         SkillUse(skill="Slash", damage=37, target="an orc")),
        (f"{BOB} {ORC} [Slash {{1}}] [{DAMAGE}] (41 ~0 energy {{2}} -) <1>",
         SkillUse(skill="Slash", damage=41, target="an orc")),
        (f"{BOB} {BOB} [] [Event {{836045448945472}}: EnterCombat {{836045448945489}}] (Heart (8 Player Story))",
         Context(zone="Heart (8 Player Story)")),
        (f"{BOB} {BOB} [] [Event {{836045448945472}}: EnterCombat {{836045448945489}}] ()", None),
        (f"{ORC} {BOB} [Bite {{1}}] [{DAMAGE}] (12 kinetic {{2}}) <12>",
         DamageTaken(amount=12, source="an orc", skill="Bite")),
        (f"{ORC} {BOB} [Bite {{1}}] [{DAMAGE}] (0 -dodge {{836045448945505}}) <1>", None),
        (f"[@Bob:Kira {{3}}] {ORC} [Shot {{1}}] [{DAMAGE}] (12 kinetic {{2}}) <12>",
         SkillUse(actor="Kira", owner="Bob", skill="Shot", damage=12, target="an orc")),
        (f"[@Ann#9/Kira {{3}}:4|(0,0)|(1/2)] {ORC} [Shot {{1}}] [{DAMAGE}] (12 kinetic {{2}}) <12>",
         SkillUse(actor="Kira", owner="Ann", skill="Shot", damage=12, target="an orc")),
        (f"{BOB} [=] [Stim {{1}}] [{HEAL}] (50 ~20) <5>", Heal(amount=20, target="Bob", skill="Stim")),
        (f"{BOB} {ORC} [Slash {{1}}] [Event {{836045448945472}}: AbilityActivate {{836045448945479}}]",
         SkillUse(skill="Slash", target="an orc")),
        (f"{BOB} {ORC} [] [Event {{836045448945472}}: Tod {{836045448945493}}]", Kill(target="an orc")),
        (f"{ORC} {BOB} [] [Event {{836045448945472}}: Death {{836045448945493}}]", Death(cause="an orc")),
        (f"{BOB} {BOB} [] [Event {{836045448945472}}: GainXp {{836045448945491}}] (104)", XpGain(amount=104)),
        (f"{BOB} [] [] [AreaEntered {{836045448953664}}: Oricon {{1}}] (HE600) <v7.0.0b>", Context(zone="Oricon")),
        (f"{BOB} [] [] [Event {{836045448945472}}: FallingDamage {{836045448945484}}] (3071)",
         DamageTaken(amount=3071, skill="falling")),
    ],
)  # fmt: skip
def test_lines(body: str, wanted: Event | None) -> None:
    found = events_of(SwtorDialect(LogSetup(player="Bob")), "[20:58:48.455] " + body)
    assert [replace(event, id=None) for event in found] == ([] if wanted is None else [wanted])


def test_damage_after_an_activation_is_no_second_use() -> None:
    found = events_of(
        SwtorDialect(LogSetup(player="Bob")),
        f"[20:58:48.455] {BOB} {ORC} [Slash {{1}}] [Event {{836045448945472}}: AbilityActivate {{836045448945479}}]",
        f"[20:58:48.500] {BOB} {ORC} [Slash {{1}}] [{DAMAGE}] (12 kinetic {{2}}) <12>",
    )
    assert [e.periodic for e in found if isinstance(e, SkillUse)] == [False, True]


def test_what_is_never_activated_is_no_use_of_one_who_activates_skills() -> None:
    bleeding = f"{BOB} {ORC} [Bleeding {{2}}] [{DAMAGE}] (3 kinetic {{2}}) <3>"
    found = events_of(
        SwtorDialect(LogSetup(player="Bob")),
        f"[20:58:47.000] {bleeding}",
        f"[20:58:48.455] {BOB} {BOB} [Slash {{1}}] [Event {{836045448945472}}: AbilityActivate {{836045448945479}}]",
        f"[20:58:49.000] {bleeding}",
    )
    assert [(e.skill, e.periodic) for e in found if isinstance(e, SkillUse)] == [
        ("Bleeding", False), ("Slash", False), ("Bleeding", True),
    ]  # fmt: skip


def test_another_character_of_the_player_enters() -> None:
    area = "[] [] [AreaEntered {836045448953664}: Oricon {1}] (HE600) <v7.0.0b>"
    eve = "[@Eve#13|(1,2,3,4)|(5/6)]"
    hit = f"{ORC} [Slash {{1}}] [{DAMAGE}] (12 kinetic {{2}}) <12>"
    dialect = SwtorDialect(LogSetup(player="Bob", found=True))
    found = events_of(
        dialect, f"[20:58:40.000] {BOB} {area}", f"[20:58:41.000] {BOB} {hit}", f"[20:59:40.000] {eve} {area}",
        f"[20:59:41.000] {eve} {hit}", f"[20:59:42.000] {BOB} {hit}",
    )  # fmt: skip
    uses = [(e.character, e.actor) for e in found if isinstance(e, SkillUse)]
    assert uses == [(None, None), ("Eve", None), ("Eve", "Bob")]


def test_a_file_that_was_opened_just_before_midnight(tmp_path: Path) -> None:
    path = tmp_path / "combat_2021-05-29_23_59_58_840359.txt"
    hit = f"{BOB} {ORC} [Slash {{1}}] [{DAMAGE}] (12 kinetic {{2}}) <12>"
    path.write_text("".join(f"[00:00:{second:02}.000] {hit}\n" for second in range(4, 30)))
    _, recorder = import_log(path, dialect="swtor", timezone="UTC")
    assert recorder.ordered[0].at == 1622332804.0  # 2021-05-30 00:00:04
