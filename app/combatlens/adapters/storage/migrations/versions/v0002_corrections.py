"""Corrections with an audit trail, favourites, pruned sessions; several machines on one PostgreSQL."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_NUMBERS = "CREATE SEQUENCE event_seq INCREMENT BY 1000 START WITH 1"
_MONTH = """
CREATE FUNCTION events_month(moment double precision) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    first timestamp := date_trunc('month', to_timestamp(moment) AT TIME ZONE 'UTC');
    part text := 'events_' || to_char(first, 'YYYY_MM');
BEGIN
    IF to_regclass(part) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('combatlens events_month'));
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS %I PARTITION OF events FOR VALUES FROM (%s) TO (%s)', part,
            extract(epoch FROM first AT TIME ZONE 'UTC'),
            extract(epoch FROM (first + interval '1 month') AT TIME ZONE 'UTC'));
    END IF;
END $$
"""


def upgrade() -> None:
    op.add_column("sessions", sa.Column("machine", sa.String(100), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("favourite", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("sessions", sa.Column("pruned", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "audit",
        sa.Column("number", _KEY, primary_key=True, autoincrement=True),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(240), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_table("event_ids", sa.Column("event_id", sa.String(200), primary_key=True))
        op.execute(_NUMBERS)
        op.execute(_MONTH)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION events_month")
        op.execute("DROP SEQUENCE event_seq")
        op.drop_table("event_ids")
    op.drop_table("audit")
    for name in ("pruned", "favourite", "machine"):
        op.drop_column("sessions", name)
