"""Any bytes as a log: no crash, no invalid event, and a restart in the midst changes nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.logs import import_log
from tests.realdata import realdata

from combatlens.adapters.combat_log.custom import CustomDialect
from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.line_dialect import LineDialect
from combatlens.adapters.combat_log.lines import MAX_CHARACTERS, LineSplitter
from combatlens.adapters.combat_log.recognise import kinds, recognise
from combatlens.adapters.combat_log.times import zone_named
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import AnyEvent, DamageTaken, Kill

RULES = (
    {"event": "time", "pattern": r"^\[(?P<time>[^\]]+)\] ", "format": "%H:%M:%S"},
    {"event": "damage", "pattern": r"^(?P<attacker>.+?) hits (?P<target>.+?) for (?P<amount>[\d.,]+)"},
    {"event": "xp", "pattern": r"(?P<value>.+) XP"},
)
STAMPS = (
    "[Combat]  12:00:00 ", "[Fri Jul 31 17:51:24 2026] ", "[CHAT WINDOW TEXT] [Fri May 23 20:41:24] ",
    "23:07:20:17:22:14.8::", "12/21 22:10:27.720  ", "[20:58:48.455] ", "[99:99:99] ", "13/45 99:10:27.720  ",
    "[Sat Jul 99 99:51:24 2026] ", "99:99:99:99:99:99.9::", "Logging In [Sat Feb 31 22:57:53 2024]", "",
)  # fmt: skip
WORDS = (
    "You", "you", "YOUR", "Bob", "a rat", "A rat", "hits", "hit", "attacks", "with", "using", "and", "misses", "for",
    "12", "1,2,3", "-5", "99999999999999999999", "points", "of", "damage", "has", "caused", "to take", "healed",
    "performs",
    "slain by", "looted", "(", ")", "(dodge)", ".", ",", "!", ":", "*", "pts", "\ufeff", "\u0000", "\u2028", "[", "]",
    "] [", "{836045448945477}: x {836045448945501}", "SPELL_DAMAGE", "0x511", "nil", '"', "Player-1,", "killed",
    "damages", "Healed", "hit points", "gain", "experience!", "(1e999%)", "Shield", "nan", "Kill",
)  # fmt: skip
SENTENCE = st.builds(
    lambda stamp, words, glue: stamp + glue.join(words),
    st.sampled_from(STAMPS), st.lists(st.sampled_from(WORDS), max_size=40), st.sampled_from((" ", ",", "", "] [")),
)  # fmt: skip


def dialects(player: str) -> list[LineDialect]:
    setup = LogSetup(player=player, zone=zone_named("Europe/Berlin"), reference=1.7e9)
    return [*(kind.make(setup) for kind in kinds()), CustomDialect(setup, RULES)]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.one_of(SENTENCE, st.text(max_size=200)), max_size=12), st.sampled_from(("", "Bob")), st.integers(0, 12)
)
def test_no_line_breaks_a_dialect_and_every_event_is_valid(lines: list[str], player: str, cut: int) -> None:
    again = {dialect.name: dialect for dialect in dialects(player)}
    for dialect in dialects(player):
        ids = []
        for number, line in enumerate(lines):
            for occurrence in dialect.parse(line, number).events:
                raw = msgspec.json.encode(occurrence.event).decode("utf-8", "replace")
                assert msgspec.json.decode(raw, type=AnyEvent)
                assert 0 <= occurrence.at < 1e12
                ids.append(occurrence.event.id)
        assert len(set(ids)) == len(ids)
        resumed = again[dialect.name]
        seen = []
        for number, line in enumerate(lines):
            if number == cut:
                state = json.loads(json.dumps(resumed.state() | {"seen": resumed.seen()}))
                resumed = next(d for d in dialects(player) if d.name == dialect.name)
                resumed.restore(state)
            seen += [occurrence.event.id for occurrence in resumed.parse(line, number).events]
        assert seen == ids


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=2000), encoding=st.sampled_from(("auto", "utf-8", "utf-16", "cp1252", "latin-1")))
def test_any_bytes_are_a_log(tmp_path: Path, data: bytes, encoding: str) -> None:
    path = tmp_path / "any.log"
    path.write_bytes(data)
    for dialect in ("swg", "everquest", "auto"):
        try:
            result, _ = import_log(path, dialect=dialect, encoding=encoding)
        except EnvironmentFault:
            continue
        (file,) = result.files
        assert file.lines == file.silent + file.unmatched + file.events


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("swg", ("swg", "swglogparser_chatlogs", "5380027321_chatlog.txt")),
        ("everquest", ("everquest", "everquest-companion", "fixtures", "w42-effect-proc-resist.log")),
        ("everquest", ("everquest", "everquest-companion", "fixtures", "wl41-multizone.log")),
        ("nwn", ("nwn", "woos-nwn-parser", "real_flurry_conceal_epicdodge.txt")),
        ("swtor", ("swtor", "ezet", "german.txt")),
        ("swtor", ("swtor", "swtorparse", "81f3fea_combat_2021-12-30_20_58_33_468342.txt")),
        ("wow", ("wow", "wowl", "WoWCombatLog-encounters.txt")),
        ("sto", ("sto", "combatloganalyzer", "pvp_first_5000.log")),
    ],
)
def test_the_dialect_of_a_real_log_is_recognised(kind: str, parts: tuple[str, ...]) -> None:
    splitter = LineSplitter()
    lines = splitter.feed(realdata(*parts).read_bytes()) + splitter.finish()
    found = recognise(lines)
    assert found is not None
    assert found.name == kind


GRAMMAR: dict[str, tuple[str, ...]] = {
    "swg": (
        "[Combat]  12:00:00 Bob crits (20% evaded) a rat 1,120 pts",
        "[Combat]  12:00:00 Bob misses a rat (dodge)",
        "[Combat]  12:00:00 Bob attacks a rat with Sweep 3 and hits (50% evaded) for 120 points (60 kinetic).",
        "[Combat]  12:00:00 A rat has caused Bob to take 55 points of fire damage.",
        "[Chat]  You earned 1,500 Scouting experience. (+12% group bonus)",
        "[Chat]  [GROUP] You split 500 credits and receive 250 credits as your share.",
    ),
    "everquest": (
        "[Fri Jul 31 17:51:24 2026] You slash a rat for 12 points of damage. (Lucky Critical)",
        "[Fri Jul 31 17:51:24 2026] Ann has been healed over time by Eve for 7 (8) hit points by Word. (Critical)",
        "[Fri Jul 31 17:51:24 2026] A rat has taken 8 damage from Plague by Ann. (Critical)",
        "[Fri Jul 31 17:51:24 2026] You gain party experience! (1.234%)",
        "[Fri Jul 31 17:51:24 2026] You receive 2 gold and 5 copper from the corpse.",
        "[Fri Jul 31 17:51:24 2026] Vebn told you, 'Attacking a rat Master.'",
    ),
    "nwn": (
        "[CHAT WINDOW TEXT] [Fri May 23 20:41:24] Bob attacks a rat : *critical hit* : (16 + 67 = 83 : Threat Roll: 3)",
        "[CHAT WINDOW TEXT] [Fri May 23 20:41:24] Bob damages a rat: 78 (70 Physical 8 Negative Energy)",
        "[CHAT WINDOW TEXT] [Fri May 23 20:41:24] Experience Points Gained:  263",
        "[CHAT WINDOW TEXT] [Fri May 23 20:41:24] Acquired 1,250GP",
    ),
    "sto": (
        "23:07:20:17:22:14.8::Bob,P[1@2 Bob@b],Drone,C[4 D],Orc,C[3 Orc_1],Beam,Pn.1,Phaser,Critical|Kill,120.5,200",
        "23:07:20:17:22:14.8::Bob,P[1@2 Bob@b],,*,,*,Repair,Pn.1,HitPoints,,-50,-40",
    ),
    "wow": (
        '12/21 22:10:27.720  SPELL_DAMAGE,Player-1-0A,"Bob",0x511,0x0,Creature-0-1-2,"Orc, Elder",0xa48,0x0,11,"Fire",'
        "0x4,Creature-0-1-2,0000000000000000,5,6,7,8,9,0,1,2,3,0,-1.5,20.25,1805,0.1,60,1750,1600,-1,4,0,0,50,1,nil,nil",
        '12/21 22:10:27.720  SPELL_HEAL,Player-1-0A,"Bob",0x511,0x0,Player-1-0A,"Bob",0x511,0x0,1,"A",0x2,96,40,0,nil',
        '12/21 22:10:27.720  ENCOUNTER_END,1832,"Amalgam of Souls",8,5,1',
    ),
    "swtor": (
        "[20:58:48.455] [@Bob#12|(1,2,3,4)|(5/6)] [an orc {77}:88|(1,2,3,4)|(5/6)] [Slash {1}] [ApplyEffect "
        "{836045448945477}: Damage {836045448945501}] (120* ~80 energy {2} -shield {836045448945509} (20 absorbed "
        "{836045448945511})) <120>",
        "[20:58:48.455] [@Bob#12] [] [] [AreaEntered {836045448953664}: Oricon {1}] (HE600) <v7.0.0b>",
    ),
}
"""Whole lines of each game: what a mutation starts from."""
HOSTILE = (
    "", "-1", "nan", "inf", "1e999", "99999999999999999999999999", "0x511", '"', "'", ",", "]", "[", "{", "}", "(", ")",
    "\u0000", "\ufffd", "é", "１２", "a" * 5000, "(" * 500, '"' * 501, "," * 500,
    " for 1 points of damage" * 40, "] [" * 300,
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    """A line of a game with a field cut, doubled, swapped or replaced by something hostile."""
    name = draw(st.sampled_from(sorted(GRAMMAR)))
    line = draw(st.sampled_from(GRAMMAR[name]))
    for _ in range(draw(st.integers(1, 3))):
        parts = re.split(draw(st.sampled_from((r"([,\s])", r"(\d+)", r"([\[\](){}:])"))), line)
        at = draw(st.integers(0, len(parts) - 1))
        change = draw(st.sampled_from(("cut", "drop", "double", "swap", "hostile")))
        if change == "cut":
            parts = parts[:at]
        elif change == "drop":
            del parts[at]
        elif change == "double":
            parts.insert(at, parts[at])
        elif change == "swap":
            other = draw(st.integers(0, len(parts) - 1))
            parts[at], parts[other] = parts[other], parts[at]
        else:
            parts[at] = draw(st.sampled_from(HOSTILE))
        line = "".join(parts)
    return name, line


@settings(max_examples=400, deadline=None, derandomize=True)
@given(mutated())
def test_a_line_with_a_broken_field_makes_no_invalid_event(drawn: tuple[str, str]) -> None:
    name, line = drawn
    for player in ("", "Bob"):
        dialect = next(d for d in dialects(player) if d.name == name)
        for text in (line, line[:MAX_CHARACTERS]):
            for occurrence in dialect.parse(text.replace("\n", " ")).events:
                raw = msgspec.json.encode(occurrence.event).decode("utf-8", "replace")
                assert msgspec.json.decode(raw, type=AnyEvent)
                assert 0 <= occurrence.at < 1e12


@pytest.mark.parametrize("name", sorted(GRAMMAR))
def test_a_line_of_a_megabyte_is_one_cut_line(name: str, tmp_path: Path) -> None:
    """Time is bound by what is looked at of a line, whatever its length; the lines after it are read as ever."""
    path = tmp_path / "long.log"
    whole = GRAMMAR[name][0]
    monsters = [whole.replace(part, part * (1_000_000 // len(part))) for part in ("a", " ", ",", "Bob", whole[-9:])]
    path.write_text("\n".join([whole, *monsters, whole]) + "\n", encoding="utf-8")
    result, _ = import_log(path, dialect=name, player="Bob")
    (file,) = result.files
    assert file.lines == 7
    assert file.events >= 2


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("sto", ":07:20:17:22:14.8::Bob,P[1@2 Bob@b],,*,Orc,C[3 Orc_1],Beam,Pn.1,Phaser,,9,9"),
        ("sto", "23:07:20:17:22:14.8::,P[1@2 Bob@b],Drone,C[4 D],Orc,C[],Beam,Pn.1,Phaser,Kill,120.5,200"),
        ("sto", "23:07:20:17:22:14.8::" + "," * 1000),
        ("everquest", "[Fri Jul    17:51:24 2026] You slash a rat for 12 points of damage."),
        ("nwn", "[CHAT WINDOW TEXT] [Fri May 23 20:41:24] Acquired ,GP"),
        ("nwn", "[CHAT WINDOW TEXT] [Fri May 23 20:41:24] Acquired 1,99999999999999999999999999GP"),
        ("wow", '12/21 22:10:27.720  PARTY_KILL,0000000000000000,nil,0x8,0x0,Creature-0-1,"Orc",0xa48,0x0'),
        (
            "wow",
            "12/21 22:10:27.720  ENVIRONMENTAL_DAMAGE,00,nil,0x8,0x0,00,nil,0x8,0x0,FALLING,1234,0,1,0,0,0,nil,nil,nil",
        ),
    ],
)
def test_broken_lines_that_were_found_by_fuzzing(name: str, line: str) -> None:
    dialect = next(d for d in dialects("Bob") if d.name == name)
    for occurrence in dialect.parse(line).events:
        assert msgspec.json.decode(msgspec.json.encode(occurrence.event), type=AnyEvent)
        assert not isinstance(occurrence.event, Kill | DamageTaken) or occurrence.event.actor
