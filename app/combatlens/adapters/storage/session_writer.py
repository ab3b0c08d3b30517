"""The rows of sessions: head and rollups, written within a transaction that is open."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from importlib import import_module
from typing import Any, NoReturn

from sqlalchemy import Connection, Dialect, Engine, Table, bindparam, delete, insert, select, update

from combatlens.adapters.storage import rows, schema
from combatlens.adapters.storage.prepared import DriverCursor, Prepared
from combatlens.adapters.storage.small_commit import put_from
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.facts import Link
from combatlens.domain.records import SessionSummary
from combatlens.ports import RollupRows, SessionChange, SessionHead

IDS_AT_ONCE = 500
FEW = 8
"""So many rows of a table go to PostgreSQL each by itself."""

_DELETED = ("the session was deleted in the meantime", "send it again: a new one begins")


class SessionWriter:
    """Knows the keys of sessions. Of one thread at a time."""

    def __init__(self, engine: Engine, machine: str) -> None:
        self._engine = engine
        self._machine = machine
        self._large = engine.dialect.name == "postgresql"
        self.keys: dict[str, int] = {}
        self._made: list[str] = []
        """Sessions that the transaction under way has made."""

    def begin(self) -> None:
        """A transaction begins."""
        self._made = []

    def forget_made(self) -> None:
        """The transaction failed: their keys are good for nothing."""
        for name in self._made:
            self.keys.pop(name, None)
        self._made = []

    def key(self, connection: Connection, session_id: str) -> int | None:
        key = self.keys.get(session_id)
        if key is None:
            with DriverCursor(connection) as cursor:
                which = self._statements.find_own_session if self._machine else self._statements.find_session
                found = which.run(cursor, [{"b_name": session_id, "b_machine": self._machine}]).fetchone()
            if found is not None:
                key = self.keys[session_id] = int(found[0])
        return key

    def hold(self, connection: Connection, names: set[str]) -> None:
        """Sessions that get events now and are told anew later: PostgreSQL locks them, as `update_head` does others."""
        keys = [self.key(connection, name) for name in names]
        if None in keys:
            raise EnvironmentFault(*_DELETED)
        if not self._large or not keys:
            return
        with DriverCursor(connection) as cursor:
            found = cursor.execute("SELECT key FROM sessions WHERE key = ANY(%s) FOR KEY SHARE", (keys,)).fetchall()
        if len(found) < len(keys):
            self._made += names
            raise EnvironmentFault(*_DELETED)

    def announce(self, connection: Connection, heads: Sequence[SessionHead]) -> None:
        """Sessions that are not in the store yet get their rows; their figures follow in the same transaction."""
        for head in heads:
            bare = SessionSummary(session_id=head.session_id, start_time=head.start)
            self._make(connection, head, bare)

    def write_new(self, connection: Connection, change: SessionChange) -> bool:
        """Insert a session that is not in the store yet. Returns whether it was not."""
        if self.key(connection, change.head.session_id) is not None:
            return False
        self._make(connection, change.head, change.rollup.summary)
        return True

    def _make(self, connection: Connection, head: SessionHead, summary: SessionSummary) -> None:
        values = rows.session_row(head, summary) | {"machine": self._machine}
        with DriverCursor(connection) as cursor:
            done = self._statements.insert_session.run(cursor, [values])
            self.keys[head.session_id] = int(done.fetchone()[0] if self._large else done.lastrowid)
        self._made.append(head.session_id)

    def update_head(self, connection: Connection, change: SessionChange) -> Any:
        """Returns the cursor: how many rows it met is known once everything sent with it is answered."""
        key = self.keys[change.head.session_id]
        values = rows.session_row(change.head, change.rollup.summary) | {"b_key": key}
        cursor = connection.connection.cursor()
        with DriverCursor(connection):  # its errors in words
            self._statements.update_session.run(cursor, [values])
        if change.head.end is not None:
            self._run(connection, self._statements.forget_stats, [{"b_key": key}])
        return cursor

    def ensure_met(self, heads: Sequence[Any], names: Sequence[str]) -> None:
        """Raises EnvironmentFault where one of these sessions is no longer in the store."""
        met = [cursor.rowcount for cursor in heads]
        for cursor in heads:
            cursor.close()
        if not all(met):
            self.are_gone(names)

    def are_gone(self, names: Sequence[str]) -> NoReturn:
        """One of these sessions is no longer in the store."""
        self._made += names
        raise EnvironmentFault(*_DELETED)

    def write(self, connection: Connection, changes: Sequence[SessionChange]) -> None:
        """What follows from the events of these sessions, table by table."""
        made: dict[Table, list[dict[str, Any]]] = {table: [] for table in schema.ROLLUPS}
        for change in changes:
            key, rollup = self.keys[change.head.session_id], change.rollup
            for start in range(0, len(change.adopted), IDS_AT_ONCE):
                part = change.adopted[start : start + IDS_AT_ONCE]
                connection.execute(update(schema.events).where(schema.events.c.seq.in_(part)).values(session=key))
            self._write_links(connection, key, change.links)
            if change.head.session_id not in self._made:
                self._take_away(connection, key, rollup)
            for table, found in rows.rollup_rows(key, rollup):
                made[table] += found
        for table, values in made.items():
            self._put(connection, table, values)

    def _take_away(self, connection: Connection, key: int, rollup: RollupRows) -> None:
        """What is told anew, and what is no more."""
        if rollup.replaces_all:
            for table in schema.ROLLUPS:
                connection.execute(delete(table).where(table.c.session == key))
            return
        for table, gone in (
            (schema.session_skills, rollup.skills_gone), (schema.session_targets, rollup.targets_gone),
            (schema.session_zones, rollup.zones_gone), (schema.session_actors, rollup.actors_gone),
        ):  # fmt: skip
            if gone:
                connection.execute(delete(table).where(table.c.session == key, table.c.name.in_(gone)))
        for table, since in rows.begins_of(rollup):
            self._run(connection, self._statements.delete_since[table], [{"b_key": key, "b_since": since}])

    def _put(self, connection: Connection, table: Table, values: list[dict[str, Any]]) -> None:
        if self._large and len(values) > FEW:
            body = rows.encoder.encode(values).decode()
            with DriverCursor(connection) as cursor:
                cursor.execute(self._statements.put_many[table], (body,))
        elif values:
            self._run(connection, self._statements.put[table], values)

    def _write_links(self, connection: Connection, key: int, links: dict[int, Link | None]) -> None:
        if not links:
            return
        table = schema.links
        connection.execute(
            delete(table).where(table.c.secondary == bindparam("b_seq")), [{"b_seq": seq} for seq in links]
        )
        made = [
            {"secondary": link.secondary, "primary": link.primary, "session": key, "kind": link.kind}
            for link in links.values()
            if link is not None
        ]
        if made:
            connection.execute(insert(table), made)

    @staticmethod
    def _run(connection: Connection, statement: Prepared, values: list[dict[str, Any]]) -> None:
        with DriverCursor(connection) as cursor:
            statement.run(cursor, values)

    @cached_property
    def _statements(self) -> _Statements:
        return _Statements(self._engine.dialect)


_UPDATE_SESSION = (
    update(schema.sessions)
    .where(schema.sessions.c.key == bindparam("b_key"))
    .values({c.name: bindparam(c.name) for c in schema.sessions.c if c.name not in schema.KEPT_COLUMNS})
)
_NEW_SESSION: dict[str, Any] = {
    c.name: bindparam(c.name) for c in schema.sessions.c if c.name == "machine" or c.name not in schema.KEPT_COLUMNS
}
_FIND_SESSION = select(schema.sessions.c.key).where(schema.sessions.c.session_id == bindparam("b_name"))
_FIND_OWN_SESSION = _FIND_SESSION.where(schema.sessions.c.machine == bindparam("b_machine"))
_FORGET_STATS = delete(schema.session_stats).where(schema.session_stats.c.session == bindparam("b_key"))


@cache
def upsert(dialect_name: str, table: Table) -> Any:
    """Made once: building such a statement costs more than running it."""
    dialect = import_module(f"sqlalchemy.dialects.{dialect_name}")  # the other one's drivers are slow to load
    statement = dialect.insert(table)
    columns = {c.name: statement.excluded[c.name] for c in table.columns if not c.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=columns)


class _Statements:
    """What commits run, for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        large = dialect.name == "postgresql"
        new_session: Any = insert(schema.sessions).values(_NEW_SESSION)
        self.update_session = Prepared(_UPDATE_SESSION, dialect)
        self.insert_session = Prepared(new_session.returning(schema.sessions.c.key) if large else new_session, dialect)
        self.find_session = Prepared(_FIND_SESSION, dialect)
        self.find_own_session = Prepared(_FIND_OWN_SESSION, dialect)
        self.forget_stats = Prepared(_FORGET_STATS, dialect)
        self.put = {table: Prepared(upsert(dialect.name, table), dialect) for table in schema.ROLLUPS}
        self.put_many = (
            {t: put_from(t, f"json_populate_recordset(NULL::{t.name}, %s)") for t in schema.ROLLUPS} if large else {}
        )
        """Many rows as one value: the driver sends and the server binds that, not ten values a row."""
        self.delete_since = {
            table: Prepared(
                delete(table).where(table.c.session == bindparam("b_key"), column >= bindparam("b_since")), dialect
            )
            for table, column in schema.NUMBERED.items()
        }
