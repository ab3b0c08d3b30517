"""Tables and views for analytics."""

from alembic import op

from combatlens.adapters.storage import told

revision = "0003"
down_revision = "0002"

VIEWS = {
    "performance_by_day": """
        SELECT {day} AS day, character, COUNT(*) AS sessions, SUM(active_s) / 60.0 AS active_minutes, SUM(xp) AS xp,
               CASE WHEN SUM(active_s) > 0 THEN SUM(xp) * 3600.0 / SUM(active_s) END AS xp_per_hour,
               SUM(kills) AS kills, SUM(deaths) AS deaths, SUM(damage) AS damage, AVG(rating) AS rating
        FROM sessions WHERE end_at IS NOT NULL GROUP BY {day}, character""",
    "effectiveness_ranking": """
        SELECT 'skill' AS kind, name, SUM(uses) AS uses, COUNT(*) AS sessions,
               SUM(successes) * 1.0 / SUM(uses) AS success_rate,
               SUM(damage) / SUM(uses) AS average_damage, SUM(xp) / SUM(uses) AS xp_per_use,
               CASE WHEN SUM(occupied_s) > 0 THEN SUM(damage) / SUM(occupied_s) END AS damage_per_second,
               SUM(occupied_s) / SUM(uses) AS seconds_per_use
        FROM session_skills GROUP BY name HAVING SUM(uses) > 0
        UNION ALL
        SELECT 'action', name, SUM(uses), COUNT(*), SUM(successes) * 1.0 / SUM(uses), NULL, NULL, NULL,
               CASE WHEN SUM(timed) > 0 THEN SUM(duration_s) / SUM(timed) END
        FROM session_actions GROUP BY name HAVING SUM(uses) > 0""",
    "recommendation_quality": """
        SELECT r.id, r.kind, r.text, r.first_at, r.last_at, r.expected_gain, r.confidence, r.impact,
               SUM(CASE WHEN d.text = 'accepted' THEN 1 ELSE 0 END) AS accepted,
               SUM(CASE WHEN d.text = 'modified' THEN 1 ELSE 0 END) AS modified,
               SUM(CASE WHEN d.text = 'rejected' THEN 1 ELSE 0 END) AS rejected,
               CASE WHEN MIN(d.at) >= r.first_at THEN MIN(d.at) - r.first_at END AS seconds_to_decide
        FROM recommendations r LEFT JOIN session_said d ON d.kind = 'decision' AND d.name = r.id
        GROUP BY r.id, r.kind, r.text, r.first_at, r.last_at, r.expected_gain, r.confidence, r.impact""",
    "learning_summary": """
        SELECT t.kind, t.name, COUNT(*) AS tries, SUM(t.value) AS successes, AVG(t.value) AS success_rate,
               MIN(t.at) AS first_at, MAX(t.at) AS last_at, AVG(t.seconds) AS seconds_to_decide
        FROM session_said t WHERE t.kind IN ('attempt', 'script') GROUP BY t.kind, t.name""",
}
DAY = {
    "sqlite": "strftime('%Y-%m-%d', start_at, 'unixepoch')",
    "postgresql": "to_char(to_timestamp(start_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
}


def upgrade() -> None:
    told.metadata.create_all(op.get_bind())
    day = DAY[op.get_bind().dialect.name]
    for name, body in VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {body.format(day=day)}")


def downgrade() -> None:
    for name in VIEWS:
        op.execute(f"DROP VIEW {name}")
    told.metadata.drop_all(op.get_bind())
