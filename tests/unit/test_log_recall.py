"""What a line says is kept for lines of the same text: never amiss, whatever the lines between them change."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.realdata import realdata
from tests.unit.test_log_fuzz import SENTENCE, dialects

from combatlens.adapters.combat_log.line_dialect import LineDialect
from combatlens.adapters.combat_log.lines import line_blocks
from combatlens.adapters.combat_log.recognise import open_dialect, take_sample
from combatlens.domain.profile import LogRules

ME, ANN, CID = 'Player-1,"Bob",0x511,0x0', 'Player-2,"Ann",0x512,0x0', 'Player-3,"Cid",0x511,0x0'
WOLF, OGRE, TOTEM = (
    'Pet-7,"Wolf",0x1112,0x0', 'Creature-9,"Ogre",0xa48,0x0', 'Creature-5,"Totem",0x2111,0x0'
)  # fmt: skip
BOLT, HURT = '1,"Bolt",0x4', "50,0,-1,4,0,0,0,nil,nil,nil"
OF_ANN = "Pet-7,Player-2,9,9,1,1,1,0,0,1.0,2.0,3,0.5"
BOB, RAT = "[@Bob#1|(1,1,1,1)|(1/1)]", "[Rat {5}:1|(1,1,1,1)|(1/1)]"
HIT = "[ApplyEffect {836045448945477}: Damage {836045448945501}] (9 energy {1})"
USED = "[Event {836045448945472}: AbilityActivate {836045448945479}]"
ENTERED = "[] [] [AreaEntered {836045448953664}: Fleet {8}] (x) <v7>"

CHANGING: dict[str, tuple[str, tuple[tuple[int, str], ...]]] = {
    "everquest": ("[Fri Jul 31 17:51:{:02} 2026] ", (
        (1, "Vebn bites a rat for 5 points of damage."),
        (1, "Vebn told you, 'Attacking a rat Master.'"),
        (2, "You begin casting Charm."),
        (3, "a rat has been charmed."),
        (3, "a rat bites an ogre for 7 points of damage."),
        (4, "Your charm spell has worn off."),
        (4, "Bob scores a critical hit! (9)"),
        (4, "You slash a rat for 9 points of damage."),
        (5, "Rex (Owner: Bob) bites a rat for 3 points of damage."),
        (5, "Rex bites a rat for 3 points of damage."),
        (6, "You have been slain by an ogre!"),
        (6, "You died."),
        (30, "You died."),
        (30, "a rat has been charmed."),
    )),
    "wow": ("12/21 22:10:{:02}.720  ", (
        (1, f"SPELL_DAMAGE,{TOTEM},{OGRE},{BOLT},{HURT}"),
        (1, f'SPELL_SUMMON,{ME},{TOTEM},2,"Totem",0x1'),
        (2, f'SPELL_SUMMON,{ANN},{TOTEM},2,"Totem",0x1'),
        (2, f"SPELL_DAMAGE,{ME},{OGRE},{BOLT},{HURT}"),
        (3, f"SPELL_CAST_SUCCESS,{ME},{OGRE},{BOLT}"),
        (3, f"SPELL_CAST_SUCCESS,{TOTEM},{OGRE},{BOLT}"),
        (4, f"SWING_DAMAGE,{WOLF},{OGRE},{HURT}"),
        (4, f"PARTY_KILL,{ME},{OGRE}"),
        (5, f"UNIT_DIED,0000000000000000,nil,0x0,0x0,{OGRE}"),
        (5, f'SPELL_SUMMON,{ANN},{WOLF},2,"Call",0x1'),
        (6, f"SPELL_DAMAGE,{CID},{OGRE},{BOLT},{HURT}"),
        (7, f"SPELL_DAMAGE,{WOLF},{OGRE},{BOLT},{OF_ANN},60,{HURT}"),
    )),
    "nwn": ("[CHAT WINDOW TEXT] [Fri May 23 20:41:{:02}] ", (
        (1, "Bob damages Orc: 9 (9 Fire)"),
        (2, "Bob casts Fireball."),
        (3, "Bob damages Orc: 9 (9 Fire)"),
        (30, "Bob damages Orc: 9 (9 Fire)"),
    )),
    "swg": ("12:00:{:02}  ", (
        (1, "[Combat]  Bob performs Sweep."),
        (1, "[Combat]  Bob attacks a rat with Sweep and hits for 9 points (9 heat)."),
        (3, "[Combat]  Bob attacks a rat with Sweep and hits for 9 points (9 heat)."),
        (3, "[Chat]  Bob attacks a rat with Sweep and hits for 9 points (9 heat)."),
        (4, "[Chat]  the stars are bright"),
        (4, "[Combat]  the stars are bright"),
        (9, "[Combat]  Bob attacks a rat with Sweep and hits for 9 points (9 heat)."),
        (9, "[Chat]  Bob attacks a rat with Sweep and hits for 9 points (9 heat)."),
    )),
    "swtor": ("[20:58:{:02}.455] ", (
        (1, f"{BOB} {RAT} [Zap {{7}}] {HIT}"),
        (2, f"{BOB} [] [Zap {{7}}] {USED}"),
        (3, f"[@Ann#1|(1,1,1,1)|(1/1)] {ENTERED}"),
        (4, f"{BOB} {ENTERED}"),
    )),
}  # fmt: skip
"""Lines whose meaning hangs on those before them: pets, casts, who activates, who plays."""

REAL_LOGS = (
    "swg/swglogparser_chatlogs/5380027321_chatlog.txt",
    "everquest/everquest-companion/fixtures/w42-effect-proc-resist.log",
    "everquest/everquest-companion/fixtures/w70-dracoliche-death-bound.log",
    "nwn/woos-nwn-parser/real_flurry_conceal_epicdodge.txt",
    "swtor/ezet/8ev.txt",
    "wow/seriousnes_torghast/WoWCombatLog_Torghast-20201221-001_Full.txt",
    "sto/combatloganalyzer/pvp_first_5000.log",
)


def told(dialect: LineDialect, lines: list[str], *, afresh: bool) -> list[object]:
    """What a dialect makes of lines, all at once; `afresh`: one by one, and it may recall nothing."""
    columns: list[list[object]] = [[], [], [], [], []]
    shapes = Counter[str]()
    for number, some in enumerate([[line] for line in lines] if afresh else [lines]):
        if afresh:
            dialect._forget()
        parsed = dialect.parse_all(some, number)
        said = parsed.events
        of = said.events, said.ids, said.at, said.resolutions, parsed.unknown
        for column, more in zip(columns, of, strict=True):
            column += more
        shapes.update(parsed.shapes)
    return [columns, shapes, dialect.player, dialect.state()]


def named(name: str, player: str) -> LineDialect:
    return next(dialect for dialect in dialects(player) if dialect.name == name)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(CHANGING)), st.lists(st.integers(0, 13), max_size=40), st.sampled_from(("", "Bob")))
def test_what_hangs_on_the_lines_before_is_not_recalled_amiss(name: str, order: list[int], player: str) -> None:
    stamp, bodies = CHANGING[name]
    chosen = (bodies[index % len(bodies)] for index in order)
    lines = [stamp.format(second) + body for second, body in chosen]
    assert told(named(name, player), lines, afresh=False) == told(named(name, player), lines, afresh=True)


@pytest.mark.parametrize("name", CHANGING)
def test_lines_of_one_second_change_what_those_after_them_say(name: str) -> None:
    stamp, bodies = CHANGING[name]
    for _, between in bodies:
        for _, body in bodies:
            lines = [stamp.format(1) + each for each in (body, body, between, body)]
            assert told(named(name, "Bob"), lines, afresh=False) == told(named(name, "Bob"), lines, afresh=True)


def test_each_line_has_its_own_resolution() -> None:
    blow = f"{BOB} {RAT} [Zap {{7}}] {HIT}"
    lines = [f"[20:58:01.455] {blow}", f"[07/20/2012 20:58:02] {blow}"]
    assert list(named("swtor", "Bob").parse_all(lines).events.resolutions) == [0.001, 1.0]


def test_a_second_window_in_a_line_is_no_text_of_the_next_line() -> None:
    blow = "Bob crits a rat 5 pts"
    lines = [f"12:00:07 [Combat] [Combat] {blow}", f"12:00:07 {blow}", f"12:00:07 [Combat] {blow}"]
    assert told(named("swg", "Bob"), lines, afresh=False) == told(named("swg", "Bob"), lines, afresh=True)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(SENTENCE, max_size=12), st.lists(st.integers(0, 11), max_size=60), st.sampled_from(("", "Bob")))
def test_any_sentences_in_any_order_are_recalled_as_read(some: list[str], order: list[int], player: str) -> None:
    lines = [some[index] for index in order if index < len(some)]
    for quick, slow in zip(dialects(player), dialects(player), strict=True):
        assert told(quick, lines, afresh=False) == told(slow, lines, afresh=True)


@pytest.mark.parametrize("name", REAL_LOGS)
def test_a_real_log_and_its_lines_in_any_order_are_recalled_as_read(name: str) -> None:
    path = realdata(name)
    rules, sample = LogRules(), take_sample(path)
    lines = [line for block, _ in line_blocks(path, rules.encoding) for line in block][:2500]
    Random(7).shuffle(shuffled := list(lines))
    for text in (lines + lines, shuffled):
        quick, slow = open_dialect(rules, sample, path), open_dialect(rules, sample, path)
        assert isinstance(quick, LineDialect)
        assert isinstance(slow, LineDialect)
        assert told(quick, text, afresh=False) == told(slow, text, afresh=True)


def test_a_sentence_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    dialect = named("everquest", "Bob")
    read: list[str] = []
    monkeypatch.setattr(dialect, "read", lambda body: read.append(body) or "known")
    told(dialect, [f"[Fri Jul 31 17:51:{second:02} 2026] A bird sings." for second in range(9)], afresh=False)
    assert read == ["A bird sings."]


def test_what_is_told_in_a_window_of_chat_while_somebody_performs_a_skill_is_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialect = named("swg", "Bob")
    told(dialect, ["12:00:01  [Combat]  Bob performs Sweep."], afresh=False)
    read: list[str] = []
    monkeypatch.setattr(dialect, "read", lambda body: read.append(body) or "known")
    told(dialect, [f"12:00:{second:02}  [Chat]  A bird sings." for second in (1, 2, 2, 3)], afresh=False)
    assert read == ["A bird sings."]
