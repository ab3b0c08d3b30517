"""Statements of every commit, compiled once: SQLAlchemy writes their text, and the driver runs them without it.

Building and wrapping a statement costs several times what running it does, and a commit of one event has ten of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        """Returns the cursor. Raises the driver's own errors: see `DriverCursor`."""
        if len(rows) == 1:
            return cursor.execute(self._text, self._row(rows[0]))
        if rows:
            cursor.executemany(self._text, [self._row(row) for row in rows])
        return cursor

    def _row(self, row: Mapping[str, Any]) -> Any:
        if self._values is None:
            return row
        return (self._values(row),) if self._single else self._values(row)


class DriverCursor:
    """The driver's cursor within SQLAlchemy's transaction: `with`. Its errors come out as SQLAlchemy's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Any:
        self._cursor = self._connection.connection.cursor()
        return self._cursor

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._cursor.close()
        base: Any = self._connection.dialect.loaded_dbapi.Error
        if isinstance(error, base):
            told: Any = DBAPIError.instance(None, None, error, base, dialect=self._connection.dialect)
            raise told from error
