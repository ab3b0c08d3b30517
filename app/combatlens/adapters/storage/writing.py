"""The one connection that writes, shared by turns: transactions, looks without one, and a server that went away."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine

from combatlens.adapters.storage.engine import faults
from combatlens.adapters.storage.prepared import DriverCursor
from combatlens.ports import StoreAway


class WritingConnection:
    """Taken when it is first needed, and anew after the server was away."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._large = engine.dialect.name == "postgresql"
        self._lock = threading.Lock()
        self._open: Connection | None = None
        self._watched: set[str] = set()

    def _connection(self) -> Connection:
        if self._open is None:
            self._open = self._engine.connect()
            if self._large:  # what commits run finds its rows by their keys: one plan stays good
                driver: Any = self._open.connection.driver_connection
                driver.prepare_threshold = 5
        return self._open

    def watch(self) -> set[str]:
        """The ids of the sessions that are written from now on: a set that grows with each commit."""
        self._watched = set()
        return self._watched

    def has_written(self, sessions: Iterable[str]) -> None:
        """Of these sessions something was committed while `looking`."""
        self._watched.update(sessions)

    @contextmanager
    def transaction(self, sessions: Collection[str] = ()) -> Iterator[Connection]:
        """A transaction on the connection that writes. Raises EnvironmentFault.

        `sessions`: ids of those that it writes; looked at once it is committed.
        """
        with self._lock:
            try:
                with faults():
                    connection = self._connection()
                    with connection.begin():
                        yield connection
                    self._watched.update(sessions)
            except StoreAway:
                self._let_go()
                raise

    @contextmanager
    def looking(self) -> Iterator[Any]:
        """A cursor of the connection that writes, to look with. A look needs no transaction: on a server its beginning
        and end would each wait for an answer."""
        with self._lock:
            try:
                with (
                    faults(),
                    self._no_transaction(self._connection()) as connection,
                    DriverCursor(connection) as cursor,
                ):
                    yield cursor
            except StoreAway:
                self._let_go()
                raise

    @contextmanager
    def _no_transaction(self, connection: Connection) -> Iterator[Connection]:
        driver: Any = connection.connection.driver_connection
        if not self._large or driver.closed:
            yield connection
            return
        driver.autocommit = True
        try:
            yield connection
        finally:
            if not driver.closed:
                driver.autocommit = False

    def _let_go(self) -> None:
        """The server went away: the next use takes a new connection."""
        if self._open is not None:
            self._open.invalidate()
            self._open.close()
            self._open = None

    @contextmanager
    def together(self, connection: Connection) -> Iterator[None]:
        """PostgreSQL gets the statements within without waiting for each one's answer, so it tells no count of rows."""
        if not self._large:
            yield
            return
        driver: Any = connection.connection.driver_connection
        with DriverCursor(connection), driver.pipeline():
            yield

    def close(self) -> None:
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None
