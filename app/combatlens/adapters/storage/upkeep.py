"""Pruning old events, and compacting."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update

from combatlens.adapters.storage import rows, schema
from combatlens.adapters.storage.engine import faults
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.words import counted
from combatlens.ports import AuditEntry


class Pruned(Struct, frozen=True, kw_only=True):
    """What `prune` took away, or would."""

    sessions: int
    events: int
    kept_favourites: int


def prune(
    engine: Engine, before: float, now: float, *, kinds: Sequence[str] = (), character: str = "", dry_run: bool = False
) -> Pruned:
    """Take away the events of ended sessions that ended before `before` (Unix seconds); sessions and rollups stay.

    Favourites keep theirs. `kinds`: sessions of these modes alone. Raises EnvironmentFault.
    """
    sessions, events = schema.sessions, schema.events
    with faults(), engine.begin() as connection:
        wanted = select(sessions.c.key).where(sessions.c.end_at < before, sessions.c.pruned == 0)
        if kinds:
            wanted = wanted.where(sessions.c.mode.in_(kinds))
        if character:
            wanted = wanted.where(sessions.c.character == character)
        favourites = connection.execute(wanted.where(sessions.c.favourite != 0)).all()
        keys = list(connection.execute(wanted.where(sessions.c.favourite == 0)).scalars())
        count = 0
        for key in keys:
            mine = events.c.session == key
            count += int(connection.execute(select(func.count()).select_from(events).where(mine)).scalar_one())
            if not dry_run:
                _take_events(connection, key)
        if not dry_run and keys:
            if not kinds and not character:
                connection.execute(delete(events).where(events.c.session.is_(None), events.c.at < before))
            rule: dict[str, Any] = {"modes": list(kinds)} if kinds else {}
            rule |= {"character": character} if character else {}
            entry = AuditEntry(
                at=now, action="prune", subject=counted(len(keys), "session"),
                detail={"before": before, "events": count, **rule},
            )  # fmt: skip
            connection.execute(insert(schema.audit), [rows.audit_row(entry)])
            _drop_empty_months(connection)
    return Pruned(sessions=len(keys), events=count, kept_favourites=len(favourites))


def _take_events(connection: Connection, key: int) -> None:
    events, sessions = schema.events, schema.sessions
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("DELETE FROM event_ids WHERE event_id IN (SELECT event_id FROM events WHERE session = :key)"),
            {"key": key},
        )
    connection.execute(delete(schema.links).where(schema.links.c.session == key))
    connection.execute(delete(events).where(events.c.session == key))
    connection.execute(update(sessions).where(sessions.c.key == key).values(pruned=1))


def _drop_empty_months(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        return
    months = connection.execute(text("SELECT inhrelid::regclass::text FROM pg_inherits "
                                     "WHERE inhparent = 'events'::regclass")).scalars().all()  # fmt: skip
    for month in months:
        if connection.execute(text(f"SELECT 1 FROM {month} LIMIT 1")).first() is None:
            connection.execute(text(f"DROP TABLE {month}"))


def optimize(engine: Engine, file: Path) -> tuple[int, int]:
    """Compact the store and renew its statistics -> bytes before and after. Raises EnvironmentFault."""
    large = engine.dialect.name == "postgresql"
    before = _size(engine, file)
    with faults(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if large:
            if not connection.execute(_IS_OWNER).scalar():  # it would pass the tables over without a fault
                raise EnvironmentFault("only an owner of the tables can compact them", "use such a login")
            connection.execute(text("VACUUM ANALYZE"))
        else:
            for command in ("VACUUM", "ANALYZE", "PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.execute(text(command))
    return before, _size(engine, file)


_IS_OWNER = text("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'events'::regclass")


def _size(engine: Engine, file: Path) -> int:
    if engine.dialect.name == "postgresql":
        with faults(), engine.connect() as connection:
            return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    return sum(os.path.getsize(f"{file}{end}") for end in ("", "-wal") if os.path.exists(f"{file}{end}"))
