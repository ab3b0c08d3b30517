"""Where events wait, on disk, while the server that keeps the store does not answer."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import AnyEvent
from combatlens.ports import Spooled

_event = msgspec.json.Decoder(AnyEvent)
_TABLE = """CREATE TABLE IF NOT EXISTS waiting (
    number INTEGER PRIMARY KEY AUTOINCREMENT, tried INTEGER NOT NULL, character TEXT NOT NULL, at REAL NOT NULL,
    source TEXT NOT NULL, resolution REAL NOT NULL, body TEXT NOT NULL)"""
_ASIDE = "CREATE TABLE IF NOT EXISTS refused (number INTEGER PRIMARY KEY, reason TEXT NOT NULL, body TEXT NOT NULL)"


class FileSpool:
    """`ports.Spool` in a SQLite file of its own. The file is made with the first event that has to wait."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._count = 0
        if path.exists():
            with self._writing() as connection:
                self._count = connection.execute("SELECT count(*) FROM waiting").fetchone()[0]

    def __len__(self) -> int:
        return self._count

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(_TABLE)
        return self._connection

    def put(self, events: Sequence[Spooled]) -> None:
        values = [
            (s.tried, s.character, s.at, s.source, s.resolution, msgspec.json.encode(s.event).decode()) for s in events
        ]
        columns = "tried, character, at, source, resolution, body"
        with self._writing() as connection:
            connection.executemany(f"INSERT INTO waiting ({columns}) VALUES (?, ?, ?, ?, ?, ?)", values)
        self._count += len(values)

    def take(self, limit: int, after: int = 0) -> list[Spooled]:
        columns = "number, tried, character, at, source, resolution, body"
        statement = f"SELECT {columns} FROM waiting WHERE number > ? ORDER BY number LIMIT ?"
        with self._writing() as connection:
            return [
                Spooled(number=row[0], tried=row[1], character=row[2], at=row[3], source=row[4], resolution=row[5],
                        event=_event.decode(row[6]))
                for row in connection.execute(statement, (after, limit))
            ]  # fmt: skip

    def drop(self, through: int) -> None:
        with self._writing() as connection:
            self._count -= connection.execute("DELETE FROM waiting WHERE number <= ?", (through,)).rowcount

    def set_aside(self, event: Spooled, reason: str) -> None:
        body = msgspec.json.encode(event).decode()
        with self._writing() as connection:
            connection.execute(_ASIDE)
            connection.execute("INSERT OR REPLACE INTO refused VALUES (?, ?, ?)", (event.number, reason, body))
            self._count -= connection.execute("DELETE FROM waiting WHERE number = ?", (event.number,)).rowcount

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction. Raises EnvironmentFault with nothing changed."""
        try:
            with self._lock, self._open() as connection:
                yield connection
        except sqlite3.Error as error:
            raise EnvironmentFault(f"the spool cannot be used: {error}", "check the disk of the home folder") from error

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
