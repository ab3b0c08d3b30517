"""The tables that only analytics reads: what the learner leaves of each ended session, alerts, and advice given.

They have a `MetaData` of their own: the first migration makes the tables of `schema`, the second these and the views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)  # fmt: skip

from combatlens.adapters.storage import schema
from combatlens.learning.told import ActionTotals, Said, SourceTotals, Told

metadata = MetaData()
_tags = msgspec.json.Decoder(tuple[str, ...])


def _session_key() -> Column[int]:
    column = schema.session_skills.c.session.type
    return Column("session", column, ForeignKey(schema.sessions.c.key, ondelete="CASCADE"), nullable=False)


session_actions = Table(
    "session_actions",
    metadata,
    _session_key(),
    Column("name", String(200), nullable=False),
    Column("uses", Integer, nullable=False),
    Column("successes", Integer, nullable=False),
    Column("duration_s", Float(53), nullable=False),
    Column("timed", Integer, nullable=False),
    PrimaryKeyConstraint("session", "name"),
)

session_said = Table(
    "session_said",
    metadata,
    _session_key(),
    Column("number", Integer, nullable=False),
    Column("at", Float(53), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    Column("value", Float(53)),
    Column("text", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("seconds", Float(53)),
    PrimaryKeyConstraint("session", "number"),
    Index("ix_said_kind", "kind", "at"),
)
"""Feedback, decisions, attempts and scripts, as `learning.told.Said` has them; `tags` is a JSON list."""

session_sources = Table(
    "session_sources",
    metadata,
    _session_key(),
    Column("name", String(20), nullable=False),
    Column("events", Integer, nullable=False),
    Column("delay_p50_s", Float(53)),
    Column("delay_p95_s", Float(53)),
    Column("readings", Integer, nullable=False),
    Column("confidence", Float(53)),
    PrimaryKeyConstraint("session", "name"),
)

alerts = Table(
    "alerts",
    metadata,
    _session_key(),
    Column("number", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("since", Float(53), nullable=False),
    Column("detected_at", Float(53), nullable=False),
    Column("metric", String(60), nullable=False),
    Column("expected", Float(53)),
    Column("observed", Float(53)),
    Column("message", Text, nullable=False),
    Column("changed", Text, nullable=False, default=""),
    PrimaryKeyConstraint("session", "number"),
    Index("ix_alerts_detected", "detected_at"),
)

recommendations = Table(
    "recommendations",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("first_at", Float(53), nullable=False),
    Column("last_at", Float(53), nullable=False),
    Column("expected_gain", Float(53)),
    Column("confidence", Float(53), nullable=False),
    Column("impact", String(10), nullable=False),
)
"""Every advice ever given, since when and until when it stood in the insights. Times Unix seconds."""

OF_A_SESSION = (session_actions, session_said, session_sources, alerts)


def put_session(connection: Connection, key: int, found: Told, raised: Sequence[Mapping[str, Any]]) -> None:
    """In place of what was kept of this session."""
    for table in OF_A_SESSION:
        connection.execute(delete(table).where(table.c.session == key))
    rows: list[tuple[Table, list[dict[str, Any]]]] = [
        (session_actions, [{"name": name, **_fields(row)} for name, row in found.actions.items()]),
        (
            session_said,
            [
                {**_fields(row), "number": number, "tags": msgspec.json.encode(row.tags).decode()}
                for number, row in enumerate(found.said)
            ],
        ),
        (session_sources, [{"name": name, **_fields(row)} for name, row in found.sources.items()]),
        (alerts, [_alert_row(number, alert) for number, alert in enumerate(raised)]),
    ]
    for table, values in rows:
        if values:
            connection.execute(insert(table), [{"session": key, **row} for row in values])


def kept_of(connection: Connection, key: int) -> Told:
    """What `put_session` put there."""

    def found(table: Table) -> list[dict[str, Any]]:
        query = select(table).where(table.c.session == key).order_by(*table.primary_key.columns)
        return [{name: row[name] for name in row if name != "session"} for row in connection.execute(query).mappings()]

    said = [{**row, "tags": _tags.decode(row["tags"])} for row in found(session_said)]
    return Told(
        actions={row.pop("name"): ActionTotals(**row) for row in found(session_actions)},
        said=tuple(Said(**{name: row[name] for name in row if name != "number"}) for row in said),
        sources={row.pop("name"): SourceTotals(**row) for row in found(session_sources)},
    )


def put_recommendations(connection: Connection, given: Sequence[Mapping[str, Any]], at: float) -> None:
    """Note which advice stands at this time (Unix seconds). Another machine may give the same in this moment."""
    new: Any = import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(recommendations)
    known = set(connection.execute(select(recommendations.c.id)).scalars())
    for advice in given:
        row = {
            "kind": advice["kind"], "text": advice["text"], "last_at": at, "impact": advice["impact"],
            "expected_gain": advice["expected_gain_xp_per_hour"], "confidence": advice["confidence"],
        }  # fmt: skip
        if advice["id"] in known:
            connection.execute(update(recommendations).where(recommendations.c.id == advice["id"]).values(row))
        else:
            connection.execute(new.values(id=advice["id"], first_at=at, **row).on_conflict_do_nothing())


def _alert_row(number: int, alert: Mapping[str, Any]) -> dict[str, Any]:
    names = ("kind", "severity", "metric", "expected", "observed", "message", "changed")
    times = {name: datetime.fromisoformat(alert[name]).timestamp() for name in ("since", "detected_at")}
    return {"number": number, **{name: alert[name] for name in names}, **times}


def _fields(row: msgspec.Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(row)
