"""The tables, for SQLite and PostgreSQL alike. What changes here needs a migration.

Times are Unix seconds (UTC, double precision), durations seconds. `events` is the truth; every other table of
a session is a rollup of it, written in the same transaction.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)  # fmt: skip

metadata = MetaData()

_Key = BigInteger().with_variant(Integer, "sqlite")


def _session_key() -> Column[int]:
    return Column("session", _Key, ForeignKey("sessions.key", ondelete="CASCADE"), nullable=False)


sessions = Table(
    "sessions",
    metadata,
    Column("key", _Key, primary_key=True, autoincrement=True),
    Column("session_id", String(240), nullable=False, unique=True),
    Column("character", String(200), nullable=False),
    Column("profile", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("explicit", Integer, nullable=False, default=0),
    Column("owner", String(200), nullable=False, default=""),
    Column("start_at", Float(53), nullable=False),
    Column("end_at", Float(53)),
    Column("last_at", Float(53), nullable=False),
    Column("active_s", Float(53), nullable=False, default=0.0),
    Column("xp", Float(53), nullable=False, default=0.0),
    Column("xp_per_hour", Float(53)),
    Column("kills", Integer, nullable=False, default=0),
    Column("deaths", Integer, nullable=False, default=0),
    Column("damage", Float(53), nullable=False, default=0.0),
    Column("mode", String(200)),
    Column("build", String(200)),
    Column("zone", String(200)),
    Column("rating", Float(53)),
    Column("notes", Text),
    Column("events", Integer, nullable=False, default=0),
    Column("summary", Text, nullable=False),
    Column("machine", String(100), nullable=False, server_default=""),
    Column("favourite", Integer, nullable=False, server_default="0"),
    Column("pruned", Integer, nullable=False, server_default="0"),
    Index("ix_sessions_start", "start_at"),
    Index("ix_sessions_character", "character", "start_at"),
)

KEPT_COLUMNS = ("key", "machine", "favourite", "pruned")
"""Columns of a session that its events say nothing about."""

events = Table(
    "events",
    metadata,
    Column("seq", _Key, primary_key=True, autoincrement=False),
    Column("session", _Key, ForeignKey("sessions.key", ondelete="CASCADE")),
    Column("at", Float(53), nullable=False),
    Column("arrived", Float(53), nullable=False),
    Column("source", String(20), nullable=False),
    Column("character", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("resolution", Float(53), nullable=False, default=0.0),
    Column("event_id", String(200)),
    Column("body", Text, nullable=False),
    Index("ix_events_session", "session", "at", "seq"),
    Index("ux_events_id", "event_id", unique=True),
)

links = Table(
    "links",
    metadata,
    Column("secondary", _Key, primary_key=True, autoincrement=False),
    Column("primary", _Key, nullable=False),
    _session_key(),
    Column("kind", String(10), nullable=False),
    Index("ix_links_session", "session"),
)

session_skills = Table(
    "session_skills",
    metadata,
    _session_key(),
    Column("name", String(200), nullable=False),
    Column("uses", Integer, nullable=False),
    Column("successes", Integer, nullable=False),
    Column("damage", Float(53), nullable=False),
    Column("xp", Float(53), nullable=False),
    Column("occupied_s", Float(53), nullable=False),
    Column("criticals", Integer, nullable=False),
    Column("max_damage", Float(53), nullable=False),
    Column("last_used", Float(53)),
    PrimaryKeyConstraint("session", "name"),
)

session_targets = Table(
    "session_targets",
    metadata,
    _session_key(),
    Column("name", String(200), nullable=False),
    Column("kills", Integer, nullable=False),
    Column("damage", Float(53), nullable=False),
    Column("damage_taken", Float(53), nullable=False),
    Column("deaths", Integer, nullable=False),
    Column("xp", Float(53), nullable=False),
    Column("fights", Integer, nullable=False),
    Column("fight_s", Float(53), nullable=False),
    PrimaryKeyConstraint("session", "name"),
)

session_zones = Table(
    "session_zones",
    metadata,
    _session_key(),
    Column("name", String(200), nullable=False),
    Column("kills", Integer, nullable=False),
    Column("active_s", Float(53), nullable=False),
    Column("xp", Float(53), nullable=False),
    PrimaryKeyConstraint("session", "name"),
)

session_actors = Table(
    "session_actors",
    metadata,
    _session_key(),
    Column("name", String(200), nullable=False),
    Column("damage_dealt", Float(53), nullable=False),
    Column("pet_damage", Float(53), nullable=False),
    Column("self_damage", Float(53), nullable=False),
    Column("drained", Float(53), nullable=False),
    Column("damage_taken", Float(53), nullable=False),
    Column("healing_done", Float(53), nullable=False),
    Column("kills", Integer, nullable=False),
    Column("deaths", Integer, nullable=False),
    PrimaryKeyConstraint("session", "name"),
)

minutes = Table(
    "minutes",
    metadata,
    _session_key(),
    Column("start", Float(53), nullable=False),
    Column("active_s", Float(53), nullable=False),
    Column("xp", Float(53), nullable=False),
    Column("damage", Float(53), nullable=False),
    Column("damage_taken", Float(53), nullable=False),
    Column("kills", Integer, nullable=False),
    Column("deaths", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    PrimaryKeyConstraint("session", "start"),
)

encounters = Table(
    "encounters",
    metadata,
    _session_key(),
    Column("number", Integer, nullable=False),
    Column("start_at", Float(53), nullable=False),
    Column("end_at", Float(53), nullable=False),
    Column("targets", Text, nullable=False),
    Column("damage", Float(53), nullable=False),
    Column("damage_taken", Float(53), nullable=False),
    Column("uses", Integer, nullable=False),
    Column("kills", Integer, nullable=False),
    Column("deaths", Integer, nullable=False),
    Column("xp", Float(53), nullable=False),
    Column("outcome", String(10), nullable=False),
    PrimaryKeyConstraint("session", "number"),
)

moments = Table(
    "moments",
    metadata,
    _session_key(),
    Column("number", Integer, nullable=False),
    Column("at", Float(53), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("session", "number"),
)

session_stats = Table(
    "session_stats",
    metadata,
    Column("session", _Key, ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("body", Text, nullable=False),
)
"""Small things kept by name: where each source stopped reading, the insights, goals, decisions."""

COMMON_DOCUMENTS = ("insights", "learning_history")
"""Those that all machines of a server read; a machine's own has its name behind a colon."""

audit = Table(
    "audit",
    metadata,
    Column("number", _Key, primary_key=True, autoincrement=True),
    Column("at", Float(53), nullable=False),
    Column("action", String(20), nullable=False),
    Column("subject", String(240), nullable=False),
    Column("detail", Text, nullable=False),
)
"""What was edited, deleted, merged, split, pruned or anonymised, and when. Only ever added to."""

REMOVED = "removed"
"""The kind of an event that a correction took out: it belongs to no session, and its id stays known."""

ROLLUPS = (session_skills, session_targets, session_zones, session_actors, minutes, encounters, moments)

NUMBERED: dict[Table, Column[Any]] = {
    minutes: minutes.c.start, encounters: encounters.c.number, moments: moments.c.number,
}  # fmt: skip
"""Those rollups that are lists in an order, with what they are in the order of."""
