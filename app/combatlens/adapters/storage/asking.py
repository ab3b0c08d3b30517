"""Reading statements in SQL that SQLite and PostgreSQL understand alike, with parameters as `:name`.

`ask_engine` goes through SQLAlchemy; `ask_file` and `ask_server` through the drivers alone, which load in a fraction
of the time: a command that prints a table is done before SQLAlchemy would be there.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from combatlens.adapters.storage.file_words import BUSY_TIMEOUT_MS, HEAD_REVISION, file_fault
from combatlens.adapters.storage.server_words import rights_fault, server_fault
from combatlens.domain.errors import EnvironmentFault

if TYPE_CHECKING:
    from sqlalchemy import Engine


class Answer(NamedTuple):
    columns: tuple[str, ...]
    rows: list[Any]

    def named(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


Ask = Callable[[str, Mapping[str, Any]], Answer]
"""Raises EnvironmentFault."""


def ask_engine(engine: Engine) -> Ask:
    from sqlalchemy import text

    from combatlens.adapters.storage.engine import faults

    def ask(statement: str, values: Mapping[str, Any]) -> Answer:
        with faults(), engine.connect() as connection:
            found = connection.execute(text(statement), values)
            return Answer(tuple(found.keys()), [tuple(row) for row in found])

    return ask


@contextmanager
def ask_file(path: Path) -> Iterator[Ask | None]:
    """A SQLite file of this program's schema; None where there is none, or one that first needs care."""
    connection = _open(path)
    if connection is None:
        yield None
        return

    def ask(statement: str, values: Mapping[str, Any]) -> Answer:
        try:
            cursor = connection.execute(statement, values)
            return Answer(tuple(column[0] for column in cursor.description), cursor.fetchall())
        except sqlite3.Error as error:
            raise file_fault(str(error)) from error

    with closing(connection):
        yield ask


@contextmanager
def ask_server(url: str) -> Iterator[Ask | None]:
    """A PostgreSQL database of this program's schema; None where it cannot be asked just so."""
    try:
        import psycopg
    except ImportError:
        yield None
        return
    try:
        connection = psycopg.connect(
            url.replace("+psycopg:", ":", 1), autocommit=True, connect_timeout=5, application_name="combatlens"
        )
    except psycopg.Error:
        yield None
        return

    def ask(statement: str, values: Mapping[str, Any]) -> Answer:
        try:
            cursor = connection.execute(_NAMED.sub(r"%(\1)s", statement.replace("%", "%%")).encode(), values)
            return Answer(tuple(column.name for column in cursor.description or ()), cursor.fetchall())
        except psycopg.errors.InsufficientPrivilege as error:
            raise rights_fault(str(error)) from error
        except psycopg.Error as error:
            raise server_fault(str(error)) from error

    with closing(connection):
        try:
            current = ask("SELECT version_num FROM alembic_version", {}).rows == [(HEAD_REVISION,)]
        except EnvironmentFault:
            current = False
        yield ask if current else None


_NAMED = re.compile(r"(?<![:\w]):(\w+)")


def _open(path: Path) -> sqlite3.Connection | None:
    if not path.exists():
        return None
    try:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)
    except sqlite3.Error:
        return None
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        found = None
    if found != (HEAD_REVISION,):
        connection.close()
        return None
    connection.execute("PRAGMA cache_size = -16000")
    return connection
