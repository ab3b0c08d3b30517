"""The first schema, as it was. On PostgreSQL `events` is partitioned by month."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "sessions",
        sa.Column("key", _KEY, autoincrement=True, nullable=False),
        sa.Column("session_id", sa.String(length=240), nullable=False),
        sa.Column("character", sa.String(length=200), nullable=False),
        sa.Column("profile", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("explicit", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("start_at", sa.Float(precision=53), nullable=False),
        sa.Column("end_at", sa.Float(precision=53), nullable=True),
        sa.Column("last_at", sa.Float(precision=53), nullable=False),
        sa.Column("active_s", sa.Float(precision=53), nullable=False),
        sa.Column("xp", sa.Float(precision=53), nullable=False),
        sa.Column("xp_per_hour", sa.Float(precision=53), nullable=True),
        sa.Column("kills", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("damage", sa.Float(precision=53), nullable=False),
        sa.Column("mode", sa.String(length=200), nullable=True),
        sa.Column("build", sa.String(length=200), nullable=True),
        sa.Column("zone", sa.String(length=200), nullable=True),
        sa.Column("rating", sa.Float(precision=53), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("session_id"),
    )
    op.create_index("ix_sessions_character", "sessions", ["character", "start_at"], unique=False)
    op.create_index("ix_sessions_start", "sessions", ["start_at"], unique=False)
    op.create_table(
        "encounters",
        sa.Column("session", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("start_at", sa.Float(precision=53), nullable=False),
        sa.Column("end_at", sa.Float(precision=53), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("damage", sa.Float(precision=53), nullable=False),
        sa.Column("damage_taken", sa.Float(precision=53), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("kills", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("xp", sa.Float(precision=53), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session", "number"),
    )
    _create_events()
    op.create_table(
        "links",
        sa.Column("secondary", _KEY, autoincrement=False, nullable=False),
        sa.Column("primary", _KEY, nullable=False),
        sa.Column("session", _KEY, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("secondary"),
    )
    op.create_index("ix_links_session", "links", ["session"], unique=False)
    op.create_table(
        "minutes",
        sa.Column("session", _KEY, nullable=False),
        sa.Column("start", sa.Float(precision=53), nullable=False),
        sa.Column("active_s", sa.Float(precision=53), nullable=False),
        sa.Column("xp", sa.Float(precision=53), nullable=False),
        sa.Column("damage", sa.Float(precision=53), nullable=False),
        sa.Column("damage_taken", sa.Float(precision=53), nullable=False),
        sa.Column("kills", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session", "start"),
    )
    op.create_table(
        "moments",
        sa.Column("session", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session", "number"),
    )
    op.create_table(
        "session_actors",
        sa.Column("session", _KEY, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("damage_dealt", sa.Float(precision=53), nullable=False),
        sa.Column("pet_damage", sa.Float(precision=53), nullable=False),
        sa.Column("self_damage", sa.Float(precision=53), nullable=False),
        sa.Column("drained", sa.Float(precision=53), nullable=False),
        sa.Column("damage_taken", sa.Float(precision=53), nullable=False),
        sa.Column("healing_done", sa.Float(precision=53), nullable=False),
        sa.Column("kills", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session", "name"),
    )
    op.create_table(
        "session_skills",
        sa.Column("session", _KEY, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("successes", sa.Integer(), nullable=False),
        sa.Column("damage", sa.Float(precision=53), nullable=False),
        sa.Column("xp", sa.Float(precision=53), nullable=False),
        sa.Column("occupied_s", sa.Float(precision=53), nullable=False),
        sa.Column("criticals", sa.Integer(), nullable=False),
        sa.Column("max_damage", sa.Float(precision=53), nullable=False),
        sa.Column("last_used", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(["session"], ["sessions.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session", "name"),
    )
    op.create_table(
        "session_stats",
        sa.Column("session", _KEY, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session"),
    )
    op.create_table(
        "session_targets",
        sa.Column("session", _KEY, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kills", sa.Integer(), nullable=False),
        sa.Column("damage", sa.Float(precision=53), nullable=False),
        sa.Column("damage_taken", sa.Float(precision=53), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("xp", sa.Float(precision=53), nullable=False),
        sa.Column("fights", sa.Integer(), nullable=False),
        sa.Column("fight_s", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session", "name"),
    )
    op.create_table(
        "session_zones",
        sa.Column("session", _KEY, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kills", sa.Integer(), nullable=False),
        sa.Column("active_s", sa.Float(precision=53), nullable=False),
        sa.Column("xp", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session", "name"),
    )


def _create_events() -> None:
    large = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "events",
        sa.Column("seq", _KEY, autoincrement=False, nullable=False),
        sa.Column("session", _KEY, nullable=True),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("arrived", sa.Float(precision=53), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("character", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("resolution", sa.Float(precision=53), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(*(("seq", "at") if large else ("seq",))),
        postgresql_partition_by="RANGE (at)",
    )

    op.create_index("ix_events_session", "events", ["session", "at", "seq"], unique=False)
    op.create_index("ux_events_id", "events", ["event_id", "at"] if large else ["event_id"], unique=True)


def downgrade() -> None:
    for table in (
        "session_zones",
        "session_targets",
        "session_stats",
        "session_skills",
        "session_actors",
        "moments",
        "minutes",
        "links",
        "events",
        "encounters",
        "documents",
        "sessions",
    ):
        op.drop_table(table)
