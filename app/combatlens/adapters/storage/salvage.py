"""What can still be read of a damaged SQLite file, put into a new store."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Engine, Table, insert, text

from combatlens.adapters.storage import rows, schema, told
from combatlens.adapters.storage.engine import faults
from combatlens.adapters.storage.file_words import only_read
from combatlens.adapters.storage.pages import rows_of
from combatlens.adapters.storage.sound_rows import wrong_with
from combatlens.domain.records import SessionSummary
from combatlens.domain.words import counted

log = logging.getLogger(__name__)

AT_ONCE = 1_000
MAGIC = b"SQLite format 3\0"
TRUTH = (schema.sessions, schema.events, schema.links, schema.documents, schema.audit, told.recommendations)
"""What cannot be made anew; rollups are recounted from it."""


class Salvaged(Struct, frozen=True, kw_only=True):
    """What was recovered, and where the damaged file is now."""

    sessions: int
    events: int
    aside: Path
    missing: int = 0
    """So many events of the recovered sessions could not be read."""
    torn: bool = False
    """The list of the sessions is not whole either: nobody knows how much more there was."""

    def told(self) -> str:
        found = f"{counted(self.sessions, 'session')} and {counted(self.events, 'event')}"
        parts = [f"the database file was damaged; {found} were recovered"]
        parts += [f"{counted(self.missing, 'event')} of these sessions could not be read"] if self.missing else []
        parts += ["how many more sessions it held cannot be told"] if self.torn else []
        return ", ".join([*parts, f"the damaged file is kept as {self.aside.name}"])


def salvage(source: Path, target: Engine) -> Salvaged:
    """Copy what can be read of `source` into the empty store `target`, in one transaction. Raises EnvironmentFault."""
    counts = dict.fromkeys((table.name for table in TRUTH), 0)
    with (
        TemporaryDirectory(dir=source.parent, prefix=".salvage-") as folder,
        faults(),
        target.begin() as connection,
        closing(
            sqlite3.connect(only_read(_openable(source, Path(folder), Path(str(target.url.database)))), uri=True)
        ) as old,
    ):
        old.row_factory = sqlite3.Row
        old.text_factory = lambda raw: raw.decode("utf-8", "replace")
        connection.execute(text("DELETE FROM links"))  # begins the transaction, for which the next line holds
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        torn: list[Table] = []
        lost = 0  # events that can be reached and not be read
        for table in TRUTH:
            part: list[dict[str, Any]] = []
            for row in _readable(old, table, torn):
                usable = _usable(table, row)
                if usable is None:
                    lost += table is schema.events
                    continue
                part.append(usable)
                if len(part) == AT_ONCE:
                    counts[table.name] += _put(connection, table, part)
                    part = []
            counts[table.name] += _put(connection, table, part)
        if torn:
            _from_pages(connection, source, Path(str(target.url.database)), torn, counts)
        stated = connection.execute(text("SELECT coalesce(sum(events), 0) FROM sessions WHERE pruned = 0")).scalar_one()
        held = connection.execute(text("SELECT count(*) FROM events WHERE session IN (SELECT key FROM sessions)"))
        missing = max(0, int(stated) - int(held.scalar_one())) if schema.events in torn else lost
        connection.execute(text(_WITHOUT_EVENTS))
        _sessions_of_orphans(connection)
        sessions = int(connection.execute(text("SELECT count(*) FROM sessions")).scalar_one())
        connection.execute(text("DELETE FROM links WHERE session NOT IN (SELECT key FROM sessions)"))
    return Salvaged(
        sessions=sessions, events=counts["events"], aside=source, missing=missing, torn=schema.sessions in torn
    )


_WITHOUT_EVENTS = (
    "UPDATE sessions SET pruned = 1 WHERE events > 0 AND NOT EXISTS (SELECT 1 FROM events WHERE session = sessions.key)"
)
"""A session of which no event could be read keeps its figures, as one whose events were pruned does."""


def _from_pages(
    connection: Connection, source: Path, sound: Path, torn: Sequence[Table], counts: dict[str, int]
) -> None:
    """What the broken trees of these tables no longer lead to, page by page. `counts`: are added to."""
    shapes = {}
    for table in torn:
        columns = connection.execute(text(f'PRAGMA table_info("{table.name}")')).all()
        number = next((i for i, column in enumerate(columns) if column.pk and column.type == "INTEGER"), None)
        shapes[table] = ([column.name for column in columns], number)
    with sound.open("rb") as file:
        size = int.from_bytes(file.read(18)[16:18], "big")
    for rowid, values in rows_of(source, size if size > 1 else 65_536):
        for table, (names, number) in shapes.items():
            if len(values) != len(names) or (number is not None and values[number] is not None):
                continue  # a column that is the row's number is kept as that alone
            row = dict(zip(names, values, strict=True))
            if number is not None:
                row[names[number]] = rowid
            counts[table.name] += _put(connection, table, [row])


def _openable(source: Path, folder: Path, sound: Path) -> Path:
    """A file that was cut off, or has no header, is refused as a whole; a copy with both can be read in part.

    `sound`: a store of the same make, whose header fits.
    """
    size = source.stat().st_size
    with source.open("rb") as file:
        header = file.read(100)
    lost = not header.startswith(MAGIC)
    if lost:
        header = _header(sound, size)
    stated = int.from_bytes(header[16:18], "big") * int.from_bytes(header[28:32], "big")
    if not lost and stated <= size:
        return source
    for end in ("", "-wal"):
        if (part := source.with_name(source.name + end)).exists():
            shutil.copyfile(part, folder / f"copy.db{end}")
    with (folder / "copy.db").open("r+b") as file:
        file.write(header)
        if stated > size:
            file.truncate(stated)
    return folder / "copy.db"


def _header(sound: Path, size: int) -> bytes:
    """The first 100 bytes of a SQLite file of that size (https://www.sqlite.org/fileformat2.html#the_database_header)."""
    with sound.open("rb") as file:
        header = bytearray(file.read(100))
    header[28:32] = (-(-size // int.from_bytes(header[16:18], "big"))).to_bytes(4, "big")
    header[32:40] = bytes(8)  # no list of free pages: it is not known
    header[44:48], header[56:60] = (4).to_bytes(4, "big"), (1).to_bytes(4, "big")  # the newest format, in UTF-8
    header[92:96] = header[24:28]  # the size above is valid
    return bytes(header)


def _readable(old: sqlite3.Connection, table: Table, torn: list[Table]) -> Iterator[dict[str, Any]]:
    """From the first row on to the damage, then from the last one back to it. `torn` gets the table then."""
    last: int | None = None
    for order, beyond in (("ASC", ">"), ("DESC", ">")):
        where = "" if last is None else f"WHERE rowid {beyond} {last}"
        try:
            for row in old.execute(f'SELECT rowid AS _place, * FROM "{table.name}" {where} ORDER BY rowid {order}'):
                names = [name for name in row.keys() if name in table.c]  # noqa: SIM118 - a row itself is its values
                found = {name: row[name] for name in names}
                if order == "ASC":
                    last = row["_place"]
                yield found
            return
        except sqlite3.DatabaseError as error:
            log.warning("%s cannot be read whole: %s", table.name, error)
            if table not in torn:
                torn.append(table)
            last = -(2**63) if last is None else last


def _put(connection: Connection, table: Table, part: list[dict[str, Any]]) -> int:
    """Insert rows; one that does not fit is left out."""
    kept = 0
    statement = insert(table).prefix_with("OR IGNORE")
    for row in part:
        if wrong_with(table, row) is not None:
            continue  # what a broken page left of a row
        kept += connection.execute(statement, [row]).rowcount
    return kept


def _usable(table: Table, row: dict[str, Any]) -> dict[str, Any] | None:
    """Of a session whose figures cannot be read what is needed to count them anew; other rows as they are or not."""
    if wrong_with(table, row) is None:
        return row
    if table is not schema.sessions:
        return None
    row = {name: value for name, value in row.items() if wrong_with(table, {name: value}) is None}
    if not row.keys() >= {"key", "session_id", "character", "profile", "state", "start_at", "end_at", "last_at"}:
        return None
    summary = SessionSummary(session_id=row["session_id"], start_time=row["start_at"], end_time=row["end_at"])
    return {**_UNCOUNTED, **row, "summary": rows.encoder.encode(summary).decode()}


_UNCOUNTED = dict.fromkeys(("active_s", "xp", "kills", "deaths", "damage", "events"), 0)


def _sessions_of_orphans(connection: Connection) -> None:
    """Events whose session could not be read get one: it is closed, and its figures are recounted."""
    connection.execute(
        text(
            "INSERT INTO sessions (key, session_id, character, profile, state, explicit, owner, start_at, end_at, "
            "last_at, active_s, xp, kills, deaths, damage, events, summary) "
            "SELECT session, 'recovered_' || session, min(character), 'default', 'error', 0, '', min(at), max(at), "
            "max(at), 0, 0, 0, 0, 0, count(*), '{}' FROM events "
            "WHERE session IS NOT NULL AND session NOT IN (SELECT key FROM sessions) GROUP BY session"
        )
    )
