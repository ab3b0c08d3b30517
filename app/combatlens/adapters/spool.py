"""Where events wait, on disk, while the server that keeps the store does not answer."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import AnyEvent
from combatlens.ports import Spooled

_event = msgspec.json.Decoder(AnyEvent)
_TABLE = """CREATE TABLE IF NOT EXISTS waiting (
    number INTEGER PRIMARY KEY AUTOINCREMENT, tried INTEGER NOT NULL, character TEXT NOT NULL, at REAL NOT NULL,
    source TEXT NOT NULL, resolution REAL NOT NULL, body TEXT NOT NULL)"""


class FileSpool:
    """`ports.Spool` in a SQLite file of its own. The file is made with the first event that has to wait."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._count = 0
        if path.exists():
            with self._lock:
                self._count = self._open().execute("SELECT count(*) FROM waiting").fetchone()[0]

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
        try:
            with self._lock, self._open() as connection:
                connection.executemany(f"INSERT INTO waiting ({columns}) VALUES (?, ?, ?, ?, ?, ?)", values)
        except sqlite3.Error as error:
            raise EnvironmentFault(
                f"the spool cannot be written: {error}", "check the disk of the home folder"
            ) from error
        self._count += len(values)

    def take(self, limit: int) -> list[Spooled]:
        columns = "number, tried, character, at, source, resolution, body"
        with self._lock:
            found = self._open().execute(f"SELECT {columns} FROM waiting ORDER BY number LIMIT ?", (limit,))
            return [
                Spooled(number=row[0], tried=row[1], character=row[2], at=row[3], source=row[4], resolution=row[5],
                        event=_event.decode(row[6]))
                for row in found
            ]  # fmt: skip

    def drop(self, through: int) -> None:
        self._change("DELETE FROM waiting WHERE number <= ?", (through,))

    def _change(self, statement: str, values: tuple[object, ...]) -> None:
        with self._lock, self._open() as connection:
            self._count -= connection.execute(statement, values).rowcount

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
