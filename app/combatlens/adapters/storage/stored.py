"""What is in the store, as the recorder and the learner ask for it; each read takes a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Engine, case, func, select

from combatlens.adapters.storage import rows, schema
from combatlens.adapters.storage.engine import bound_machine, faults
from combatlens.adapters.storage.session_writer import IDS_AT_ONCE
from combatlens.domain.events import Recorded
from combatlens.domain.facts import Link
from combatlens.ports import AuditEntry, SessionHead

RECORD_COLUMNS = tuple(schema.events.c[name] for name in rows.RECORD_COLUMNS)
_NEWEST = (
    select(func.max(schema.events.c.at))
    .where(schema.events.c.session == schema.sessions.c.key)
    .correlate(schema.sessions)
    .scalar_subquery()
)
_HEAD_COLUMNS = (
    *(
        schema.sessions.c[name]
        for name in ("session_id", "character", "profile", "state", "explicit", "owner", "start_at", "end_at", "pruned")
    ),
    func.coalesce(case((schema.sessions.c.end_at.is_(None), _NEWEST)), schema.sessions.c.last_at).label("last_at"),
)
"""The row of a session that goes on may be behind its events."""


PART = 5_000
"""Events that are read at a time."""


class Stored:
    """Sessions, their events and links, kept documents, the audit trail."""

    def __init__(self, engine: Engine, machine: str = "") -> None:
        """`machine`: whose sessions these are where several machines write into one database."""
        self._engine = engine
        self.machine = machine
        self._large = engine.dialect.name == "postgresql"

    def heads(self, character: str | None = None) -> list[SessionHead]:
        query = self._of_machine(select(*_HEAD_COLUMNS).order_by(schema.sessions.c.start_at, schema.sessions.c.key))
        if character is not None:
            query = query.where(schema.sessions.c.character == character)
        return self._heads(query)

    def is_taken(self, session_id: str) -> bool:
        """Whether there is a session of this id, whichever machine's."""
        query = select(schema.sessions.c.key).where(schema.sessions.c.session_id == session_id)
        with faults(), self._engine.connect() as connection:
            return connection.execute(query).scalar() is not None

    def unfinished(self) -> list[SessionHead]:
        going_on = schema.sessions.c.state.in_(("active", "paused"))
        query = select(*_HEAD_COLUMNS).where(going_on).order_by(schema.sessions.c.start_at)
        return self._heads(self._of_machine(query))

    def _heads(self, query: Any) -> list[SessionHead]:
        with faults(), self._engine.connect() as connection:
            return [rows.head_of(row) for row in connection.execute(query)]

    def records(self, session_id: str) -> list[Recorded]:
        """A session's events in order of (`at`, seq)."""
        return [record for part in self.parts(session_id) for record in part]

    def parts(self, session_id: str) -> Iterator[list[Recorded]]:
        """The same, PART events at a time: of a session of millions never more is in memory."""
        events = schema.events
        query = (
            select(*RECORD_COLUMNS)
            .join(schema.sessions, schema.sessions.c.key == events.c.session)
            .where(schema.sessions.c.session_id == session_id)
            .order_by(events.c.at, events.c.seq)
        )
        reader = rows.RecordReader(session_id)
        with faults(), self._engine.connect() as connection:
            streamed = connection.execution_options(yield_per=PART).execute(query)
            for part in streamed.partitions():
                yield reader.read(part)

    def known_numbers(self, numbers: Sequence[int]) -> set[int]:
        """Those of these events' numbers that are in the store."""
        events = schema.events
        found: set[int] = set()
        with faults(), self._engine.connect() as connection:
            for start in range(0, len(numbers), IDS_AT_ONCE):
                part = numbers[start : start + IDS_AT_ONCE]
                found.update(connection.execute(select(events.c.seq).where(events.c.seq.in_(part))).scalars())
        return found

    def links(self, session_id: str) -> list[Link]:
        table = schema.links
        query = (
            select(table.c.secondary, table.c.primary, table.c.kind)
            .join(schema.sessions, schema.sessions.c.key == table.c.session)
            .where(schema.sessions.c.session_id == session_id)
        )
        with faults(), self._engine.connect() as connection:
            return [Link(row.secondary, row.primary, row.kind) for row in connection.execute(query)]

    def document(self, name: str) -> str | None:
        """Of a login that is bound to its machine, its own where there is one."""
        table, own = schema.documents, self._own_name(name)
        query = select(table.c.name, table.c.body).where(table.c.name.in_((name, own)))
        with faults(), self._engine.connect() as connection:
            found = {row.name: str(row.body) for row in connection.execute(query)}
        return found.get(own, found.get(name))

    def _own_name(self, name: str) -> str:
        """What all machines share may be written by logins alone that are bound to none: others keep a copy."""
        return f"{name}:{self.machine}" if name in schema.COMMON_DOCUMENTS and self._is_bound else name

    @cached_property
    def _is_bound(self) -> bool:
        if not self._large or not self.machine:
            return False
        with faults(), self._engine.connect() as connection:
            return bound_machine(connection) is not None

    def audit(self) -> list[AuditEntry]:
        """What was corrected, oldest first."""
        with faults(), self._engine.connect() as connection:
            found = connection.execute(select(schema.audit).order_by(schema.audit.c.number))
            return [rows.audit_of(row) for row in found]

    def _of_machine(self, query: Any) -> Any:
        return query.where(schema.sessions.c.machine == self.machine) if self.machine else query
