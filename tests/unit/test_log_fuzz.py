"""Any bytes as a log: no crash, no invalid event, and a restart in the midst changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.logs import import_log
from tests.realdata import realdata

from combatlens.adapters.combat_log.custom import CustomDialect
from combatlens.adapters.combat_log.dialect import LineDialect, LogSetup
from combatlens.adapters.combat_log.lines import LineSplitter
from combatlens.adapters.combat_log.recognise import KINDS, recognise
from combatlens.adapters.combat_log.times import zone_named
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import AnyEvent

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
    return [*(kind.make(setup) for kind in KINDS), CustomDialect(setup, RULES)]


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
