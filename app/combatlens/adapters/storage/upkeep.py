"""Pruning old events, compacting, and the roles of a PostgreSQL server."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update

from combatlens.adapters.storage import rows, schema, told
from combatlens.adapters.storage.engine import faults
from combatlens.domain.errors import EnvironmentFault
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
            entry = AuditEntry(
                at=now, action="prune", subject=f"{len(keys)} sessions", detail={"before": before, "events": count}
            )
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
            connection.execute(text("VACUUM ANALYZE"))
        else:
            for command in ("VACUUM", "ANALYZE", "PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.execute(text(command))
    return before, _size(engine, file)


def _size(engine: Engine, file: Path) -> int:
    if engine.dialect.name == "postgresql":
        with faults(), engine.connect() as connection:
            return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    return sum(os.path.getsize(f"{file}{end}") for end in ("", "-wal") if os.path.exists(f"{file}{end}"))


# roles ---------------------------------------------------------------------------------------------------------------

VIEWS = ("performance_by_day", "effectiveness_ranking", "recommendation_quality", "learning_summary")
ROLES = ("recorder", "analyst", "owner")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def grant(engine: Engine, role: str, login: str) -> None:
    """Let the database user `login` be recorder (adds), analyst (reads views alone) or owner. Raises EnvironmentFault.

    The user is made where there is none, without a password: setting one is the server's administrator's.
    """
    if engine.dialect.name != "postgresql":
        raise EnvironmentFault("roles are a matter of a PostgreSQL server", "name it with --database")
    if not _NAME.fullmatch(login):
        raise EnvironmentFault(f"{login!r} is no name of a database user", "use letters, digits and _")
    with faults(), engine.begin() as connection:
        where = connection.execute(text("SELECT current_schema()")).scalar_one()
        for name in ROLES:
            _ensure_role(connection, f"combatlens_{name}", "NOLOGIN")
        _ensure_role(connection, login, "LOGIN")
        for statement in (*_ownership(connection, str(where)), *_privileges(str(where))):
            connection.execute(text(statement))
        connection.execute(text(f'GRANT combatlens_{role} TO "{login}"'))


def _ensure_role(connection: Connection, name: str, kind: str) -> None:
    found = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}).first()
    if found is None:
        connection.execute(text(f'CREATE ROLE "{name}" {kind}'))


def _tables() -> list[str]:
    return [*schema.metadata.tables, *told.metadata.tables, "event_ids", "alembic_version"]


def _ownership(connection: Connection, where: str) -> list[str]:
    """The tables belong to the role, not to the user who made them: only so may every owner drop a month, or upgrade.

    Tables of other programs in the same schema are left alone.
    """
    found = connection.execute(
        text(
            "SELECT c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "JOIN pg_roles o ON o.oid = c.relowner WHERE n.nspname = :where AND o.rolname <> 'combatlens_owner' "
            "AND (c.relname = ANY(:ours) OR c.relname = ANY(:views) OR c.relname = 'event_seq' "
            "OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'events'::regclass))"
        ),
        {"where": where, "ours": _tables(), "views": list(VIEWS)},
    ).all()
    kinds = {"v": "VIEW", "S": "SEQUENCE"}
    relations = [f'{kinds.get(kind, "TABLE")} "{name}"' for name, kind in found if kind in "rpvS"]
    return [
        "GRANT combatlens_owner TO CURRENT_USER",
        f'GRANT USAGE, CREATE ON SCHEMA "{where}" TO combatlens_owner',
        *(f"ALTER {relation} OWNER TO combatlens_owner" for relation in relations),
        "ALTER FUNCTION events_month OWNER TO combatlens_owner",
    ]


def _privileges(where: str) -> list[str]:
    """Events, the audit trail and sessions can be added by a recorder, not taken away; whose a session is, whether it
    is a favourite and whether it was pruned is not the recorder's to change."""
    recorder, analyst, owner = (f"combatlens_{name}" for name in ROLES)
    added_to = "events, event_ids, audit, sessions"
    told = ", ".join(f'"{c.name}"' for c in schema.sessions.c if c.name not in schema.KEPT_COLUMNS)
    return [
        f'GRANT USAGE ON SCHEMA "{where}" TO {recorder}, {analyst}, {owner}',
        "REVOKE ALL ON FUNCTION events_month FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION events_month TO {recorder}, {owner}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(_tables())} TO {recorder}",
        f"REVOKE UPDATE, DELETE ON {added_to}, alembic_version FROM {recorder}",
        f"REVOKE INSERT ON alembic_version FROM {recorder}",
        f"GRANT UPDATE (session) ON events TO {recorder}",
        f"GRANT UPDATE ({told}) ON sessions TO {recorder}",
        f"GRANT USAGE ON SEQUENCE event_seq, sessions_key_seq, audit_number_seq TO {recorder}",
        f"GRANT SELECT ON {', '.join(VIEWS)} TO {analyst}, {recorder}",
    ]
