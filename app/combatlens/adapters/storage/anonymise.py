"""Names out of a store: characters, targets and other people become salted hashes, what people wrote is dropped."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, delete, insert, or_, select, update

from combatlens.adapters.storage import rows, schema, told
from combatlens.adapters.storage.engine import faults
from combatlens.domain.events import AnyEvent, Event
from combatlens.domain.names import same_name_key
from combatlens.domain.records import SessionSummary
from combatlens.ports import AuditEntry

NAMES = ("character", "actor", "owner", "target", "source", "cause")
TEXTS = ("notes", "text", "label", "quest", "error", "fix_applied")
LISTS = ("steps", "errors")
DOCUMENTS = ("insights", "learning_history", "alerts")
"""Made anew from the sessions."""

PREFIX = "anon-"


class Anonymous:
    """Names to hashes of `salt` and name: the same name, however spelled, gives the same hash."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt

    def __call__(self, name: str) -> str:
        if not name or name.startswith(PREFIX):
            return name
        digest = hashlib.blake2b(same_name_key(name).encode(), key=self._salt, digest_size=8)
        return PREFIX + digest.hexdigest()

    def event(self, event: Event) -> Event:
        changes: dict[str, Any] = {"meta": _counted(event.meta)}
        for name in NAMES:
            if (value := getattr(event, name, None)) is not None:
                changes[name] = self(value)
        for name in TEXTS:
            if getattr(event, name, None) is not None:
                changes[name] = "" if name == "label" else None
        for name in LISTS:
            if getattr(event, name, None) is not None:
                changes[name] = ()
        return msgspec.structs.replace(event, **changes)


def _counted(meta: dict[str, Any] | None) -> dict[str, Any] | None:
    """Of `meta` only numbers and yes or no stay: some of them count."""
    kept = {key: value for key, value in (meta or {}).items() if isinstance(value, bool | int | float)}
    return kept or None


def anonymise(engine: Engine, anonymous: Anonymous, now: float) -> int:
    """In one transaction -> the number of sessions. Raises EnvironmentFault.

    The salt must be kept nowhere, so that nobody can try names against the hashes. The rollups that names stand in are
    gone afterwards, but those of pruned sessions: the caller recounts. The places in combat logs are forgotten, since
    their files are called after characters and users: a log is followed from its end then.
    """
    sessions = schema.sessions
    with faults(), engine.begin() as connection:
        _events(connection, anonymous)
        count = 0
        for row in connection.execute(select(sessions)).all():
            count += 1
            summary = _summary(rows.summary_of(row.summary), anonymous)
            values = {
                "character": anonymous(row.character), "notes": None, "summary": rows.encoder.encode(summary).decode(),
            }  # fmt: skip
            if row.pruned:
                _rollups(connection, row.key, anonymous)
            else:
                for table in (schema.session_targets, schema.session_actors, schema.encounters, schema.moments):
                    connection.execute(delete(table).where(table.c.session == row.key))
            connection.execute(update(sessions).where(sessions.c.key == row.key).values(values))
        connection.execute(delete(schema.session_stats))
        for table in told.OF_A_SESSION:
            connection.execute(delete(table))
        connection.execute(delete(told.recommendations))  # their words name targets
        connection.execute(update(schema.audit).values(detail="{}"))
        documents = schema.documents
        places = ("position:%log:%", *(f"{name}:%" for name in schema.COMMON_DOCUMENTS))
        named = or_(documents.c.name.in_(DOCUMENTS), *map(documents.c.name.like, places))
        connection.execute(delete(documents).where(named))
        entry = AuditEntry(at=now, action="anonymise", subject=f"{count} sessions")
        connection.execute(insert(schema.audit), [rows.audit_row(entry)])
    return count


def _events(connection: Connection, anonymous: Anonymous) -> None:
    events, decoder = schema.events, msgspec.json.Decoder(AnyEvent)
    last = 0
    while part := connection.execute(
        select(events.c.seq, events.c.character, events.c.body)
        .where(events.c.seq > last).order_by(events.c.seq).limit(5_000)
    ).all():  # fmt: skip
        last = part[-1].seq
        for row in part:
            body = rows.encoder.encode(anonymous.event(decoder.decode(row.body))).decode()
            connection.execute(
                update(events).where(events.c.seq == row.seq).values(body=body, character=anonymous(row.character))
            )


def _rollups(connection: Connection, key: int, anonymous: Anonymous) -> None:
    """Of a pruned session: its rows are all there is, so they are renamed in place."""
    for table in (schema.session_targets, schema.session_actors):
        for name in connection.execute(select(table.c.name).where(table.c.session == key)).scalars().all():
            connection.execute(
                update(table).where(table.c.session == key, table.c.name == name).values(name=anonymous(name))
            )
    encounters, moments = schema.encounters, schema.moments
    for row in connection.execute(select(encounters).where(encounters.c.session == key)).all():
        targets = [anonymous(name) for name in msgspec.json.decode(row.targets)]
        here = (encounters.c.session == key) & (encounters.c.number == row.number)
        connection.execute(update(encounters).where(here).values(targets=rows.encoder.encode(targets).decode()))
    wordy = moments.c.kind.in_(("mark", "death"))
    connection.execute(update(moments).where(moments.c.session == key, wordy).values(text=""))


def _summary(summary: SessionSummary, anonymous: Anonymous) -> SessionSummary:
    replace = msgspec.structs.replace
    deaths = tuple(
        replace(
            death, cause=None, killer=anonymous(death.killer) if death.killer else None,
            by_source={anonymous(name): amount for name, amount in death.by_source.items()},
        )
        for death in summary.deaths_detail
    )  # fmt: skip
    return replace(summary, character=anonymous(summary.character), notes=None, deaths_detail=deaths)
