"""Statements of every commit, compiled once: SQLAlchemy writes their text, and the driver runs them without it.

Building and wrapping a statement costs several times what running it does, and a commit of one event has ten of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError


class Prepared:
    """One statement for one kind of database. `run` takes its values by name, many rows or one."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        names = compiled.positiontup
        self._values = itemgetter(*names) if names else None
        self._single = bool(names) and len(names) == 1

    def run(self, cursor: Any, rows: Sequence[Mapping[str, Any]]) -> Any:
        """Returns the cursor. Raises the driver's own errors: see `driver_cursor`."""
        if len(rows) == 1:
            return cursor.execute(self._text, self._row(rows[0]))
        if rows:
            cursor.executemany(self._text, [self._row(row) for row in rows])
        return cursor

    def _row(self, row: Mapping[str, Any]) -> Any:
        if self._values is None:
            return row
        return (self._values(row),) if self._single else self._values(row)


@contextmanager
def driver_cursor(connection: Connection) -> Iterator[Any]:
    """The driver's cursor within SQLAlchemy's transaction; its errors come out as SQLAlchemy's."""
    base: Any = connection.dialect.loaded_dbapi.Error
    try:
        cursor = connection.connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()
    except base as error:
        raise DBAPIError.instance(None, None, error, base, dialect=connection.dialect) from error
