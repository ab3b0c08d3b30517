"""Writing many events at once, and the numbers they get: where SQLite and PostgreSQL go different ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from math import inf
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, func, select, text

from combatlens.adapters.storage import rows, schema
from combatlens.adapters.storage.copying import copy_records, copy_values
from combatlens.adapters.storage.engine import faults
from combatlens.adapters.storage.prepared import DriverCursor
from combatlens.domain.events import Recorded

_NAMES = ", ".join(f'"{name}"' for name in rows.EVENT_COLUMNS)
_INSERT = f"INSERT INTO events ({_NAMES}) VALUES ({', '.join(['%s'] * len(rows.EVENT_COLUMNS))})"
_INSERT_ID = "INSERT INTO event_ids (event_id) VALUES (%s)"
EventValues = tuple[Any, ...]
T = TypeVar("T")

_MONTH = text("SELECT events_month(:at)")
_BLOCKS = text("SELECT nextval('event_seq') FROM generate_series(1, :count)")
_NO_SPAN = (inf, -inf)
BLOCK = 1000
"""Numbers a machine takes at a time; the increment of the sequence `event_seq`."""

BLOCKS = 20
"""So many at a time when the first was not enough."""

FEW = 16
"""So many rows are inserted by PostgreSQL sooner than a COPY is begun and ended."""

MANY = 1000
"""With so many the server is kept busy on another core, beside what else there is to do."""

STEPS = (1000, 200, 40, 8, 1)
"""Rows that one SQLite statement inserts: a third less work than a statement a row, and the interpreter runs on. The
driver keeps the statements of these lengths: any other would be made anew, or kept too."""


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
        self._months: set[datetime] = set()
        self._span = _NO_SPAN
        """One of them, in Unix seconds: it nearly always holds all."""

    def record(self, connection: Connection, records: Sequence[Recorded], keys: Mapping[str, int | None]) -> None:
        """`keys` are those of the records' sessions."""
        if self.are_many(records):
            self.copy(connection, records, keys, lambda: None)
        else:
            self.months(connection, [record.at for record in records])
            self.record_few(connection, records, keys)

    def are_many(self, records: Sequence[Recorded]) -> bool:
        """Whether they are worth a road of their own: PostgreSQL's COPY, or inserting beside other work."""
        return len(records) > (FEW if self._large else MANY)

    def copy(
        self,
        connection: Connection,
        records: Sequence[Recorded],
        keys: Mapping[str, int | None],
        meanwhile: Callable[[], T],
    ) -> T:
        """Returns what `meanwhile` does: it runs while the records are taken in, and leaves `connection` be."""
        if not self._large:
            with ThreadPoolExecutor(1, "insert") as beside:
                inserted = beside.submit(self.record_few, connection, records, keys)
                found = meanwhile()
                inserted.result()
            return found
        self.months(connection, [record.at for record in records])
        with DriverCursor(connection) as cursor:
            if len(records) < MANY:
                copy_records(cursor, records, keys)
                return meanwhile()
            with ThreadPoolExecutor(1, "copy") as beside:
                sent = beside.submit(copy_records, cursor, records, keys)
                found = meanwhile()
                sent.result()
            return found

    def record_few(self, connection: Connection, records: Sequence[Recorded], keys: Mapping[str, int | None]) -> None:
        """On a server they may go out together with other statements, once their months are there."""
        with DriverCursor(connection) as cursor:
            if self._large:
                _insert_each(cursor, rows.all_event_values(records, keys))
                return
            for common, run in rows.alike(records):
                for part in _in_steps(run):
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
        with DriverCursor(connection) as cursor:
            if len(values) <= FEW:
                _insert_each(cursor, values)
            else:
                copy_values(cursor, values)

    def months(self, connection: Connection, moments: Sequence[float]) -> None:
        """Make PostgreSQL's partitions for these moments where they are missing."""
        if not self._large or self.has_months(moments):
            return
        for at in moments:
            first = datetime.fromtimestamp(at, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            if first not in self._months:
                connection.execute(_MONTH, {"at": at})
                self._months.add(first)
        following = (first + timedelta(days=32)).replace(day=1)
        self._span = first.timestamp(), following.timestamp()

    def has_months(self, moments: Sequence[float]) -> bool:
        """Whether one month, which is known to be there, holds all of these moments."""
        return not moments or (self._span[0] <= min(moments) and max(moments) < self._span[1])

    def forget(self) -> None:
        """The transaction failed: partitions made in it are gone."""
        self._months.clear()
        self._span = _NO_SPAN


def _in_steps(records: Sequence[Recorded]) -> Iterator[Sequence[Recorded]]:
    begin = 0
    for step in STEPS:
        while len(records) - begin >= step:
            yield records[begin : begin + step]
            begin += step


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
