"""Writing many events at once, and the numbers they get: where SQLite and PostgreSQL go different ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import count, groupby
from typing import Any

from sqlalchemy import Connection, Engine, func, select, text

from combatlens.adapters.storage import rows, schema
from combatlens.adapters.storage.engine import faults
from combatlens.adapters.storage.prepared import DriverCursor
from combatlens.domain.events import Recorded

_NAMES = ", ".join(f'"{name}"' for name in rows.EVENT_COLUMNS)
_COPY = f"COPY events ({_NAMES}) FROM STDIN"
_COPY_IDS = "COPY event_ids (event_id) FROM STDIN"
_INSERT = f"INSERT INTO events ({_NAMES}) VALUES ({', '.join(['%s'] * len(rows.EVENT_COLUMNS))})"
_INSERT_ID = "INSERT INTO event_ids (event_id) VALUES (%s)"
EventValues = tuple[Any, ...]

_NULL = "\\N"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_MONTH = text("SELECT events_month(:at)")
_BLOCKS = text("SELECT nextval('event_seq') FROM generate_series(1, :count)")
BLOCK = 1000
"""Numbers a machine takes at a time; the increment of the sequence `event_seq`."""

BLOCKS = 20
"""So many at a time when the first was not enough."""

FEW = 16
"""So many rows are inserted by PostgreSQL sooner than a COPY is begun and ended."""

ROWS_A_BLOCK = 500

STEPS = (1000, 200)
"""Rows that one SQLite statement inserts: a third less work than a statement a row, and the interpreter runs on."""


def numbers(engine: Engine) -> Iterator[int]:
    """Numbers for events: on SQLite there is one writer, so they follow the newest. Raises EnvironmentFault."""
    if engine.dialect.name != "sqlite":
        return BlockNumbers(engine)
    with faults(), engine.connect() as connection:
        return count(int(connection.execute(select(func.max(schema.events.c.seq))).scalar() or 0) + 1)


class BlockNumbers:
    """On PostgreSQL each machine takes blocks of a sequence."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._next = self._end = 0
        self._blocks: list[int] = []
        self._count = 1
        if engine.dialect.name == "sqlite":
            with faults(), engine.connect() as connection:
                self._next = int(connection.execute(select(func.max(schema.events.c.seq))).scalar() or 0) + 1
            self._end = 2**62

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        """Raises EnvironmentFault."""
        if self._next == self._end:
            if not self._blocks:
                with faults(), self._engine.connect() as connection:
                    found = connection.execute(_BLOCKS, {"count": self._count}).scalars()
                    self._blocks = sorted((int(block) for block in found), reverse=True)
                self._count = BLOCKS
            self._next = self._blocks.pop()
            self._end = self._next + BLOCK
        self._next += 1
        return self._next - 1


class EventWriter:
    """Inserts events within a transaction that is open."""

    def __init__(self, engine: Engine) -> None:
        self._large = engine.dialect.name == "postgresql"
        self._months: set[tuple[int, int]] = set()

    def record(self, connection: Connection, records: Sequence[Recorded], keys: Mapping[str, int | None]) -> None:
        """`keys` are those of the records' sessions."""
        if not self.copy_many(connection, records, keys):
            self.record_few(connection, records, keys)

    def copy_many(self, connection: Connection, records: Sequence[Recorded], keys: Mapping[str, int | None]) -> bool:
        """Many rows go to PostgreSQL by COPY, alone. Returns whether they did; else only their months were made."""
        self.months(connection, [record.at for record in records])
        if not self._large or len(records) <= FEW:
            return False
        self.insert(connection, rows.all_event_values(records, keys))
        return True

    def record_few(self, connection: Connection, records: Sequence[Recorded], keys: Mapping[str, int | None]) -> None:
        """What `copy_many` left to do; on a server it may go out together with other statements."""
        with DriverCursor(connection) as cursor:
            if self._large:
                _insert_each(cursor, rows.all_event_values(records, keys))
                return
            for common, run in groupby(records, rows.in_common):
                for part in _in_steps(list(run)):
                    cursor.execute(_insert_sqlite(len(part)), [*common, *rows.own_values(part, keys)])

    def insert(self, connection: Connection, values: Sequence[EventValues]) -> None:
        """`values` in the order of `rows.EVENT_COLUMNS`."""
        if not values:
            return
        if not self._large:
            with DriverCursor(connection) as cursor:
                cursor.executemany(_INSERT.replace("%s", "?"), values)
            return
        self.months(connection, [row[2] for row in values])
        ids = [f"{_plain(row[8])}\n" for row in values if row[8] is not None]
        with DriverCursor(connection) as cursor:
            if len(values) <= FEW:
                _insert_each(cursor, values)
                return
            _copy(cursor, _COPY, [_line(row) for row in values])
            if ids:
                _copy(cursor, _COPY_IDS, ids)

    def months(self, connection: Connection, moments: Sequence[float]) -> None:
        """Make the partitions for these moments where they are missing."""
        if not self._large:
            return
        for at in moments:
            moment = datetime.fromtimestamp(at, UTC)
            if (moment.year, moment.month) not in self._months:
                connection.execute(_MONTH, {"at": at})
                self._months.add((moment.year, moment.month))

    def forget(self) -> None:
        """The transaction failed: partitions made in it are gone."""
        self._months.clear()


def _in_steps(records: list[Recorded]) -> Iterator[list[Recorded]]:
    """Parts of few different lengths: each needs a statement of its own, which is kept."""
    begin = 0
    for step in STEPS:
        while len(records) - begin >= step:
            yield records[begin : begin + step]
            begin += step
    if begin < len(records):
        yield records[begin:]


@cache
def _insert_sqlite(lines: int) -> str:
    """`lines` events that have much in common: that is bound once, for all of them.

    Their own values have no numbers: SQLite would look each number up in a list of all before.
    """
    names = (*rows.COMMON_COLUMNS, *rows.OWN_COLUMNS)
    common = [f"?{number}" for number in range(1, len(rows.COMMON_COLUMNS) + 1)]
    line = ", ".join((*common, *("?" for _ in rows.OWN_COLUMNS)))
    return f"INSERT INTO events ({', '.join(names)}) VALUES {', '.join([f'({line})'] * lines)}"


def _insert_each(cursor: Any, values: Sequence[EventValues]) -> None:
    for row in values:
        cursor.execute(_INSERT, row)
        if row[8] is not None:
            cursor.execute(_INSERT_ID, (row[8],))


def _copy(cursor: Any, statement: str, lines: Sequence[str]) -> None:
    """COPY's text format, made here: the driver would ask each value for its type."""
    with cursor.copy(statement) as copy:
        for start in range(0, len(lines), ROWS_A_BLOCK):
            copy.write("".join(lines[start : start + ROWS_A_BLOCK]))


def _line(row: EventValues) -> str:
    seq, session, at, arrived, source, character, kind, resolution, event_id, body = row
    key = _NULL if session is None else session
    name = _NULL if event_id is None else _plain(event_id)
    body = body.replace("\\", "\\\\")  # JSON has no other character that COPY minds
    return f"{seq}\t{key}\t{at!r}\t{arrived!r}\t{source}\t{_plain(character)}\t{kind}\t{resolution!r}\t{name}\t{body}\n"


def _plain(value: str) -> str:
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPED)
