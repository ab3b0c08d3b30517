"""Events into PostgreSQL by COPY, in its binary format: no number becomes a text that the server must read again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from struct import Struct
from typing import Any

from combatlens.adapters.storage import rows
from combatlens.domain.events import Recorded

_NAMES = ", ".join(f'"{name}"' for name in (*rows.COMMON_COLUMNS, *rows.OWN_COLUMNS))
_EVENTS = f"COPY events ({_NAMES}) FROM STDIN (FORMAT BINARY)"
_IDS = "COPY event_ids (event_id) FROM STDIN (FORMAT BINARY)"
_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_COLUMNS = Struct(">h").pack(len(rows.COMMON_COLUMNS) + len(rows.OWN_COLUMNS))
_ONE_COLUMN = Struct(">h").pack(1)
_size = Struct(">i").pack
_whole = Struct(">iq").pack
_real = Struct(">id").pack
"""A value with its length before it: (8, seq)."""

ROWS_A_BLOCK = 500


def copy_records(cursor: Any, records: Sequence[Recorded], keys: Mapping[str, int | None]) -> None:
    """`keys` are those of the records' sessions. Raises the driver's own errors."""
    _copy(cursor, _EVENTS, _records(records, keys))
    ids = [record.id for record in records if record.id is not None]
    _copy_ids(cursor, ids)


def copy_values(cursor: Any, values: Sequence[tuple[Any, ...]]) -> None:
    """`values` in the order of `rows.EVENT_COLUMNS`. Raises the driver's own errors."""
    _copy(cursor, _EVENTS, map(_values, values))
    _copy_ids(cursor, [row[8] for row in values if row[8] is not None])


def _copy_ids(cursor: Any, ids: Sequence[str]) -> None:
    if ids:
        _copy(cursor, _IDS, (_ONE_COLUMN + _text(name) for name in ids))


def _copy(cursor: Any, statement: str, lines: Iterable[bytes]) -> None:
    """The blocks are made here: the driver would ask each value for its type."""
    line = iter(lines)
    with cursor.copy(statement) as copy:
        copy.write(_BEGIN)
        while block := b"".join(islice(line, ROWS_A_BLOCK)):
            copy.write(block)
        copy.write(_END)


def _records(records: Sequence[Recorded], keys: Mapping[str, int | None]) -> Iterator[bytes]:
    encode, kinds = rows.encoder.encode, {kind: _text(tag) for kind, tag in rows.KINDS.items()}
    for common, run in rows.alike(records):
        head = _common(*common)
        for record in run:
            event, session = record.event, record.session_id
            name, body = record.id, record.body.encode() if record.body else encode(event)
            begun = head + _whole(8, record.seq) + (_key(keys[session]) if session else _NULL) + _real(8, record.at)
            yield begun + kinds[type(event)] + (_NULL if name is None else _text(name)) + _size(len(body)) + body


def _values(row: tuple[Any, ...]) -> bytes:
    seq, session, at, arrived, source, character, kind, resolution, name, body = row
    begun = _common(arrived, source, character, resolution) + _whole(8, seq) + _key(session) + _real(8, at)
    return begun + _text(kind) + (_NULL if name is None else _text(name)) + _text(body)


def _common(arrived: float, source: str, character: str, resolution: float) -> bytes:
    return _COLUMNS + _real(8, arrived) + _text(source) + _text(character) + _real(8, resolution)


def _key(session: int | None) -> bytes:
    return _NULL if session is None else _whole(8, session)


def _text(value: str) -> bytes:
    found = value.encode()
    return _size(len(found)) + found
