"""`recommendation_quality` counts decisions that were made while no session was open, too."""

from alembic import op

from combatlens.adapters.storage.migrations.versions.v0003_views import VIEWS

revision = "0005"
down_revision = "0004"

NAME = "recommendation_quality"
FIELD = {
    "sqlite": "json_extract(body, '$.{name}')",
    "postgresql": "CAST(body AS json) ->> '{name}'",
}
BODY = """
    SELECT r.id, r.kind, r.text, r.first_at, r.last_at, r.expected_gain, r.confidence, r.impact,
           SUM(CASE WHEN d.text = 'accepted' THEN 1 ELSE 0 END) AS accepted,
           SUM(CASE WHEN d.text = 'modified' THEN 1 ELSE 0 END) AS modified,
           SUM(CASE WHEN d.text = 'rejected' THEN 1 ELSE 0 END) AS rejected,
           CASE WHEN MIN(d.at) >= r.first_at THEN MIN(d.at) - r.first_at END AS seconds_to_decide
    FROM recommendations r LEFT JOIN (
        SELECT name, text, at FROM session_said WHERE kind = 'decision'
        UNION ALL
        SELECT {recommendation} AS name, {decision} AS text, at FROM events WHERE session IS NULL AND kind = 'decision'
    ) d ON d.name = r.id
    GROUP BY r.id, r.kind, r.text, r.first_at, r.last_at, r.expected_gain, r.confidence, r.impact"""


def upgrade() -> None:
    field = FIELD[op.get_bind().dialect.name]
    body = BODY.format(recommendation=field.format(name="recommendation_id"), decision=field.format(name="decision"))
    _replace(body)


def downgrade() -> None:
    _replace(VIEWS[NAME])


def _replace(body: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE OR REPLACE VIEW {NAME} AS {body}")  # who may read it stays as it is
    else:
        op.execute(f"DROP VIEW {NAME}")
        op.execute(f"CREATE VIEW {NAME} AS {body}")
