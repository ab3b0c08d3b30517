"""PostgreSQL takes events in twice as fast: without a key to `sessions` that is checked event by event, which cost more
than all the rest, without an index of ids that `event_ids` has already, and with ids that are compared byte by byte.

Every commit locks the sessions whose events it adds (`SqlStore`), so none is added to a session that is gone.
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("events_session_fkey", "events", type_="foreignkey")
        op.drop_index("ux_events_id", table_name="events")
        op.execute('ALTER TABLE event_ids ALTER COLUMN event_id TYPE varchar(200) COLLATE "C"')


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE event_ids ALTER COLUMN event_id TYPE varchar(200)")
        op.create_index("ux_events_id", "events", ["event_id", "at"], unique=True)
        op.create_foreign_key("events_session_fkey", "events", "sessions", ["session"], ["key"], ondelete="CASCADE")
