"""The event store over SQLAlchemy Core: one transaction a commit, rollups in the same one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from combatlens.adapters.storage import rows, schema, small_commit
from combatlens.adapters.storage.bulk import EventWriter, numbers
from combatlens.adapters.storage.engine import faults
from combatlens.adapters.storage.prepared import Prepared
from combatlens.adapters.storage.session_writer import IDS_AT_ONCE, SessionWriter, upsert
from combatlens.adapters.storage.stored import RECORD_COLUMNS, Stored
from combatlens.adapters.storage.writing import WritingConnection
from combatlens.domain.errors import NotFound
from combatlens.domain.events import Recorded
from combatlens.ports import Revision, SessionChange, SessionHead


class SqlStore(Stored):
    """An EventStore. `write` is for the recorder's thread."""

    def __init__(self, engine: Engine, machine: str = "") -> None:
        super().__init__(engine, machine)
        self._events = EventWriter(engine)
        self._sessions = SessionWriter(engine, machine)
        self._writing = WritingConnection(engine)

    @cached_property
    def _taken(self) -> Prepared:
        named = schema.sessions.c.session_id == bindparam("b_name")
        return Prepared(select(schema.sessions.c.key).where(named), self._engine.dialect)

    @cached_property
    def _loose(self) -> Prepared:
        return Prepared(_LOOSE, self._engine.dialect)

    # writing ------------------------------------------------------------------------------------------------------

    def write(
        self,
        records: Sequence[Recorded],
        changes: Callable[[], Sequence[SessionChange]],
        fresh: Sequence[SessionHead] = (),
    ) -> None:
        """One transaction with everything in it. Raises EnvironmentFault with nothing written."""
        self._sessions.begin()
        few = len(records) <= small_commit.MOST or not self._events.are_many(records)
        told = changes() if few else ()
        try:
            if self._large and few and small_commit.fits(records, told, self._sessions.keys):
                self._write_few(records, told)
            else:
                self._write_all(records, (lambda: told) if few else changes, fresh)
        except BaseException:
            self._sessions.forget_made()
            self._events.forget()
            raise

    def _write_all(
        self,
        records: Sequence[Recorded],
        changes: Callable[[], Sequence[SessionChange]],
        fresh: Sequence[SessionHead],
    ) -> None:
        many = self._events.are_many(records)
        written = _names(records)
        with self.transaction(written) as connection:
            if many:
                told = self._send_many(connection, records, changes, fresh)
            else:
                told = changes()
                figures = {change.head.session_id for change in told}
                self._sessions.announce(connection, [head for head in fresh if head.session_id not in figures])
                self._sessions.hold(connection, _names(records) - figures)
                self._events.months(connection, [record.at for record in records])
            written.update(change.head.session_id for change in told)
            known = [change for change in told if not self._sessions.write_new(connection, change)]
            self._write_known(connection, known, () if many else records, told)

    def _write_few(self, records: Sequence[Recorded], changes: Sequence[SessionChange]) -> None:
        """The usual commit while a session goes on, on a server."""
        moments = [record.at for record in records]
        if not self._events.has_months(moments):
            with self.transaction() as connection:
                self._events.months(connection, moments)
        with self._writing.looking() as cursor:
            try:
                small_commit.run(cursor, records, self._sessions.keys, changes)
            except Exception as error:
                if getattr(error, "sqlstate", "") == small_commit.DIVISION_BY_ZERO:
                    self._sessions.are_gone([change.head.session_id for change in changes])
                raise
            self._writing.has_written(change.head.session_id for change in changes)

    def _send_many(
        self,
        connection: Connection,
        records: Sequence[Recorded],
        changes: Callable[[], Sequence[SessionChange]],
        fresh: Sequence[SessionHead],
    ) -> Sequence[SessionChange]:
        """A server takes the events in while the changes are worked out here; their sessions stand there before."""
        self._sessions.announce(connection, fresh)
        self._sessions.hold(connection, _names(records) - {head.session_id for head in fresh})
        return self._events.copy(connection, records, self._sessions.keys, changes)

    def _write_known(
        self,
        connection: Connection,
        known: Sequence[SessionChange],
        records: Sequence[Recorded],
        changes: Sequence[SessionChange],
    ) -> None:
        """Heads of sessions that the store has, events, rollups: a server is waited for once."""
        heads: list[Any] = []
        names = [change.head.session_id for change in known]
        try:
            with self._writing.together(connection):
                heads += [self._sessions.update_head(connection, change) for change in known]
                if not self._large:
                    self._sessions.ensure_met(heads, names)
                if records:
                    self._events.record_few(connection, records, self._sessions.keys)
                self._sessions.write(connection, changes)
        except IntegrityError:  # what follows from a session that is gone is told as that
            self._sessions.ensure_met(heads, names)
            raise
        if self._large:
            self._sessions.ensure_met(heads, names)

    def _event_row(self, record: Recorded) -> dict[str, Any]:
        return rows.event_row(record, self._sessions.keys[record.session_id] if record.session_id else None)

    def _write_head(self, connection: Connection, change: SessionChange) -> None:
        if not self._sessions.write_new(connection, change):
            self._sessions.ensure_met([self._sessions.update_head(connection, change)], [change.head.session_id])

    # correcting ---------------------------------------------------------------------------------------------------

    def revise(self, revision: Revision) -> None:
        """One transaction. Raises EnvironmentFault with nothing written."""
        written = {*revision.deleted, *(change.head.session_id for change in revision.changes)}
        self._sessions.begin()
        try:
            with self.transaction(written) as connection:
                for change in revision.changes:
                    self._write_head(connection, change)
                self._revise_events(connection, revision)
                going = [self._known_key(connection, name) for name in revision.deleted]
                for key in [*going, *(self._sessions.keys[change.head.session_id] for change in revision.changes)]:
                    connection.execute(delete(schema.links).where(schema.links.c.session == key))
                self._sessions.write(connection, revision.changes)
                for key in going:
                    if self._large:
                        connection.execute(_FORGET_IDS, {"session": key})
                    connection.execute(delete(schema.events).where(schema.events.c.session == key))
                    connection.execute(delete(schema.sessions).where(schema.sessions.c.key == key))
                for name, favourite in revision.favourites.items():
                    found = schema.sessions.c.session_id == name
                    connection.execute(update(schema.sessions).where(found).values(favourite=int(favourite)))
                if revision.audit is not None:
                    connection.execute(insert(schema.audit), [rows.audit_row(revision.audit)])
        except BaseException:
            self._sessions.forget_made()
            self._events.forget()
            raise
        for name in revision.deleted:
            self._sessions.keys.pop(name, None)

    def _known_key(self, connection: Connection, session_id: str) -> int:
        key = self._sessions.key(connection, session_id)
        if key is None:
            raise NotFound(f"there is no session {session_id!r}", "see combatlens sessions list")
        return key

    def _revise_events(self, connection: Connection, revision: Revision) -> None:
        events = schema.events
        if revision.removed:
            connection.execute(
                update(events).where(events.c.seq == bindparam("b_seq")).values(session=None, kind=schema.REMOVED),
                [{"b_seq": seq} for seq in revision.removed],
            )
        if revision.replaced:
            changed = [{**self._event_row(record), "b_seq": record.seq} for record in revision.replaced]
            self._events.months(connection, [record.at for record in revision.replaced])
            connection.execute(_UPDATE_EVENT, changed)
        self._events.record(connection, revision.added, self._sessions.keys)

    # reading ------------------------------------------------------------------------------------------------------

    def numbers(self) -> Iterator[int]:
        return numbers(self._engine)

    def is_taken(self, session_id: str) -> bool:
        """Whether there is a session of this id, whichever machine's. Asked for each session of an import."""
        with self._writing.looking() as cursor:
            return self._taken.run(cursor, [{"b_name": session_id}]).fetchone() is not None

    def known_ids(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are in the store already."""
        found: set[str] = set()
        any_id, known, planned = _LOOK_LARGE if self._large else _LOOK

        def may_know(first: str, last: str) -> bool:
            return cursor.execute(any_id, (first, last), **planned).fetchone() is not None

        with self._writing.looking() as cursor:
            if not ids or not may_know(min(ids), max(ids)):
                return found
            ordered = sorted(ids)
            for start in range(0, len(ordered), IDS_AT_ONCE):
                part = ordered[start : start + IDS_AT_ONCE]
                if may_know(part[0], part[-1]):
                    asked: Any = part if self._large else msgspec.json.encode(part).decode()
                    found.update(row[0] for row in cursor.execute(known, (asked,), **planned))
        return found

    def loose_records(self, character: str, since: float, until: float) -> list[Recorded]:
        """Events kept without a session. Where several machines have the character, nobody knows whose they are."""
        if not self._large:
            asked = {"b_removed": schema.REMOVED, "b_character": character, "b_since": since, "b_until": until}
            with self._writing.looking() as cursor:
                return rows.records_of(self._loose.run(cursor, [asked]), "")
        events, sessions = schema.events, schema.sessions
        query = (
            select(*RECORD_COLUMNS)
            .where(events.c.session.is_(None), events.c.kind != schema.REMOVED, events.c.character == character)
            .where(events.c.at >= since, events.c.at <= until)
            .order_by(events.c.at, events.c.seq)
        )
        if self.machine:
            others = select(sessions.c.key).where(sessions.c.character == character, sessions.c.machine != self.machine)
            query = query.where(~others.exists())
        with faults(), self._engine.connect() as connection:
            return rows.records_of(connection.execute(query), "")

    def put_document(self, name: str, body: str | None) -> None:
        with self.transaction() as connection:
            self.put_documents(connection, {name: body})

    def put_documents(self, connection: Connection, documents: Mapping[str, str | None]) -> None:
        """Keep small things by name (None: forget it), inside a transaction that is open."""
        table = schema.documents
        documents = {self._own_name(name): body for name, body in documents.items()}
        kept = [{"name": name, "body": body} for name, body in documents.items() if body is not None]
        for name in documents.keys() - {row["name"] for row in kept}:
            connection.execute(delete(table).where(table.c.name == name))
        if kept:
            connection.execute(upsert(self._engine.dialect.name, table), kept)

    def transaction(self, sessions: Collection[str] = ()) -> AbstractContextManager[Connection]:
        """See `WritingConnection.transaction`."""
        return self._writing.transaction(sessions)

    def watch(self) -> set[str]:
        """The ids of the sessions that are written from now on: a set that grows with each commit."""
        return self._writing.watch()

    def close(self) -> None:
        self._writing.close()
        self._engine.dispose()


def _names(records: Sequence[Recorded]) -> set[str]:
    return {record.session_id for record in records if record.session_id}


_FORGET_IDS = text("DELETE FROM event_ids WHERE event_id IN (SELECT event_id FROM events WHERE session = :session)")

_LOOK: tuple[str, str, dict[str, Any]] = (
    "SELECT 1 FROM events WHERE event_id BETWEEN ? AND ? LIMIT 1",
    "SELECT event_id FROM json_each(?) CROSS JOIN events ON event_id = value",
    {},
)
_LOOK_LARGE: tuple[str, str, dict[str, Any]] = (
    "SELECT 1 FROM event_ids WHERE event_id BETWEEN %s AND %s LIMIT 1",
    "SELECT event_id FROM event_ids WHERE event_id = ANY(%s)",
    {"prepare": False},  # a plan made while the table was small would be kept when it is large
)
"""Ids of a log grow with its time: whether any is known at all between two is one look into the index of ids, which are
ordered as Python orders them (by code point)."""

_UPDATE_EVENT = (
    update(schema.events)
    .where(schema.events.c.seq == bindparam("b_seq"))
    .values({c.name: bindparam(c.name) for c in schema.events.c if c.name != "seq"})
)

_LOOSE = (
    select(*RECORD_COLUMNS)
    .where(schema.events.c.session.is_(None), schema.events.c.kind != bindparam("b_removed"))
    .where(schema.events.c.character == bindparam("b_character"))
    .where(schema.events.c.at >= bindparam("b_since"), schema.events.c.at <= bindparam("b_until"))
    .order_by(schema.events.c.at, schema.events.c.seq)
)
