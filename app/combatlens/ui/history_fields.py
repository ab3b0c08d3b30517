"""The columns of a session's tables."""

from __future__ import annotations

from combatlens.ui import numbers
from combatlens.ui.tables import Field

SKILLS = (
    Field("Skill", lambda row: row[0], numeric=False),
    Field("Uses", lambda row: row[1].usage_count, numbers.cell),
    Field("Damage", lambda row: row[1].total_damage, numbers.cell),
    Field(
        "Per use", lambda row: row[1].average_damage, numbers.average, tip="Average damage a use; a miss counts as 0"
    ),
    Field("Success", lambda row: row[1].success_rate, numbers.percent, tip="Uses that hit"),
    Field("DPS", lambda row: row[1].damage_per_second, numbers.average, tip="Damage over the time its uses took"),
    Field("XP a use", lambda row: row[1].xp_per_use, numbers.average, tip="XP attributed to it over its uses"),
    Field("Criticals", lambda row: row[1].criticals, numbers.cell),
    Field("Largest", lambda row: row[1].max_damage, numbers.cell, tip="Largest single hit"),
)

TARGETS = (
    Field("Target", lambda row: row[0], numeric=False),
    Field("Kills", lambda row: row[1].kills, numbers.cell),
    Field("Damage dealt", lambda row: row[1].damage, numbers.cell),
    Field("Damage taken", lambda row: row[1].damage_taken, numbers.cell),
    Field("Deaths to it", lambda row: row[1].deaths, numbers.cell),
    Field(
        "Time to kill",
        lambda row: row[1].time_to_kill_s,
        lambda value: _seconds(value),
        tip="Average of its fights, from the first blow to the kill",
    ),
    Field("XP", lambda row: row[1].xp, numbers.cell),
)
_OUTCOMES = {"won": "✓ won", "lost": "✗ lost", "open": "– open"}


def encounter_fields(session_start: float) -> tuple[Field, ...]:
    """Encounters count their time from the session's start."""
    return (
        Field("At", lambda row: row.start - session_start, numbers.clock),
        Field("Length", lambda row: row.end - row.start, lambda value: _seconds(value)),
        Field("Against", lambda row: ", ".join(row.targets), lambda value: value or "unknown", numeric=False),
        Field("Outcome", lambda row: row.outcome, lambda value: _OUTCOMES.get(value, value), numeric=False),
        Field("Damage", lambda row: row.damage, numbers.cell),
        Field("DPS", lambda row: row.damage / max(row.end - row.start, 1.0), numbers.average),
        Field("Taken", lambda row: row.damage_taken, numbers.cell),
        Field("Kills", lambda row: row.kills, numbers.cell),
        Field("XP", lambda row: row.xp, numbers.cell),
    )


def _seconds(value: float | None) -> str:
    if value is None:
        return numbers.NOT_YET
    return f"{value:.1f}{numbers.NBSP}s" if value < 60 else numbers.clock(value)
