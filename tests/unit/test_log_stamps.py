"""A time that is like the last line's is read quickly: as a reader reads it that comes fresh to it."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.recognise import kind_named
from combatlens.adapters.combat_log.times import clock_face, plain_face, plain_seconds

FORMS = {
    "everquest": "[Fri Jul {day} {face} 2026] You died.",
    "nwn": "[CHAT WINDOW TEXT] [Fri May {day} {face}] Bob killed Orc",
    "sto": "23:07:{day}:{face}::Bob,P[1],,*,Borg,C[2],Phaser,Pn.1,Phaser,,5,0",
    "wow": "12/{day} {face}  UNIT_DIED,x",
    "swtor": "[07/{day}/2012 {face}] [@Bob] [] [] [] ()",
}
FACE = st.tuples(
    st.sampled_from(("00", "09", "17", "23", "24", "7", "1x")),
    st.sampled_from(("00", "41", "59", "60", "5")),
    st.sampled_from(("00", "07", "24", "59", "60", "61", "7", "", "2 ", "-1", "٣٤")),
    st.sampled_from(("", ".0", ".125", ".5", ".999", ",5", ".", ". 5", ".1x")),
).map(lambda part: f"{part[0]}:{part[1]}:{part[2]}{part[3]}")
DAY = st.sampled_from(("01", "02", "30", "31", "32"))


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=300, deadline=None, derandomize=True)
@given(moments=st.lists(st.tuples(DAY, FACE), min_size=1, max_size=8))
def test_a_time_after_others_is_read_as_one_by_itself(name: str, moments: list[tuple[str, str]]) -> None:
    setup = LogSetup(player="Bob", zone=UTC, reference=1_800_000_000.0)
    reader = kind_named(name).make(setup)
    for day, face in moments:
        line = FORMS[name].format(day=day, face=face)
        assert reader.split(line) == kind_named(name).make(setup).split(line)


def test_a_line_without_a_time_does_not_move_the_one_after_it() -> None:
    dialect = kind_named("swg").make(LogSetup(player="Bob", zone=UTC, reference=1_800_000_000.0))
    blow = "[Combat] 12:00:07 Bob crits a bantha {} pts"
    lines = [blow.format(5), "and so he said", blow.format(6)]
    first, _, second = (dialect.parse(line, where, 1_800_000_999.0 + where) for where, line in enumerate(lines))
    assert first.events[0].at == second.events[0].at


def test_plain_clock_faces_are_what_any_reading_makes_of_them() -> None:
    for second in range(0, 86_400, 7):
        hour, minute, rest = f"{second // 3600:02}", f"{second // 60 % 60:02}", f"{second % 60:02}"
        assert plain_face(f"{hour}:{minute}:{rest}") == clock_face(hour, minute, rest) == second
        assert plain_seconds(rest) == float(rest)
    assert plain_seconds("59.999") == 59.999
    for odd in ("", "1:02:03", "24:00:00", "12:60:00", "12:00:61", "12:00:1", "12-00:00", "12:00-00", "12:00:00.5"):
        assert plain_face(odd) is None
    for odd in ("", "7", "60", "61", "59.", "59,5", "59.5s", "-1"):
        assert plain_seconds(odd) is None
