"""The door: every event that fits comes in as it is, every other one is refused whole and harms nobody."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combatlens.domain.door import NotJson, admit_batch, decode_batch, decode_event, decode_lines, parse_time
from combatlens.domain.errors import RefusedEvent
from combatlens.domain.events import EVENT_TYPES, Kill, SkillUse

NOW = 1_760_000_000.0
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
FIELDS = sorted({field for kind in EVENT_TYPES.values() for field in kind.__struct_fields__})
SCALAR = st.sampled_from([1, 0.5, -3, "rat", True, None, 1e300, "\0", "\ud800", 10**30]) | st.text(max_size=5)
WILD = st.tuples(
    st.sampled_from(sorted(EVENT_TYPES)), st.dictionaries(st.sampled_from(FIELDS), SCALAR | JSON, max_size=4)
)


@given(st.lists(WILD, max_size=4), st.lists(JSON, max_size=2))
def test_whatever_comes_is_an_event_or_refused_and_what_comes_in_goes_out(wild: list[Any], other: list[Any]) -> None:
    batch = [{"type": kind, **fields} for kind, fields in wild] + other
    items = decode_batch(json.dumps(batch).encode())
    admitted = admit_batch(items, now=NOW, source="bot")
    assert sorted([*admitted.indexes, *(index for index, _ in admitted.refused)]) == list(range(len(items)))
    for occurrence in admitted.occurrences:
        written = msgspec.json.encode(occurrence.event)
        assert b"\\u0000" not in written.replace(b"\\\\", b"")
        assert decode_event(written) == occurrence.event
        assert occurrence.at <= NOW + 300


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_break_the_door(raw: bytes) -> None:
    for shape in (raw, b"[" + raw + b"]", b'{"type":"mark","label":"' + raw + b'"}'):
        try:
            items = decode_batch(shape)
        except NotJson:
            items = []
        for item in [*items, *decode_lines(shape)]:
            assert isinstance(item, RefusedEvent | msgspec.Struct)


def test_fast_and_careful_reading_agree() -> None:
    good = [{"type": "skill", "skill": "shot", "damage": n} for n in range(3)]
    fast = decode_batch(json.dumps(good).encode())
    careful = decode_batch(json.dumps([*good, {"type": "nonsense"}]).encode())
    assert fast == careful[:3]
    assert isinstance(careful[3], RefusedEvent)
    lines = "\n".join(json.dumps(each) for each in good)
    assert decode_lines(lines.encode()) == fast == decode_lines(f"\n{lines}\r\n\r\nx".encode())[:3]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"type":"kill","target":"\\u0000"}', "NUL"),
        (b'{"type":"kill","meta":{"a":"x\\u0000"}}', "NUL"),
        (b'{"type":"kill","meta":' + b'{"a":' * 33 + b"1" + b"}" * 33 + b"}", "nested"),
        (b'{"type":"kill","meta":{"a":"' + b"x" * 4096 + b'"}}', "4096"),
        (b'{"type":"xp"}', "`value` or `percent`"),
        (b'{"type":"kill","xp":-1}', "xp"),
        (b'{"xp":1}', "known types"),
    ],
)
def test_what_could_not_be_kept_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(RefusedEvent, match=reason):
        decode_event(raw)


def test_half_a_surrogate_pair_costs_only_its_own_event() -> None:
    bad, good, _ = decode_batch(b'[{"type":"kill","target":"\\ud800"}, {"type":"death"}, {"type":"kill"}]')
    assert isinstance(bad, RefusedEvent)
    assert not isinstance(good, RefusedEvent)
    assert isinstance(decode_batch(b'{"type":"kill","target":"\\ud800"}')[0], RefusedEvent)


@pytest.mark.parametrize(
    "raw", [b"[NaN]", b'[{"type":"kill","xp":Infinity}]', b"[1,]", b"[" * 99_999, b"[1] [2]", b"[\xff"]
)
def test_what_is_no_json_at_all_is_told(raw: bytes) -> None:
    with pytest.raises(NotJson):
        decode_batch(raw)


def test_an_escaped_backslash_before_u0000_is_text() -> None:
    event = decode_batch(b'[{"type":"kill","target":"\\\\u0000"}]')[0]
    assert isinstance(event, Kill)
    assert event.target == "\\u0000"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2024-05-01T12:00:00Z", 1714564800.0),
        ("2024-05-01T12:00:00.25+02:00", 1714557600.25),
        (1714564800, 1714564800.0),
        (1714564800.1234567, 1714564800.123457),
    ],
)
def test_times(value: str | float, seconds: float) -> None:
    assert parse_time(value) == seconds


@pytest.mark.parametrize("value", ["", "2024-05-01", "2024-05-01T12:00:00", "noon", -1, 0, float("inf"), float("nan")])
def test_no_times(value: str | float) -> None:
    with pytest.raises(RefusedEvent):
        parse_time(value)


def test_the_future_is_refused_after_five_minutes() -> None:
    items = [SkillUse(skill="a", at=NOW + 299), SkillUse(skill="a", at=NOW + 301), SkillUse(skill="a")]
    admitted = admit_batch(items, now=NOW, source="bot")
    assert [each.at for each in admitted.occurrences] == [NOW + 299, NOW]
    assert admitted.refused[0][0] == 1
