"""What is kept of a session once it is told: the frozen records that history, reports and learning work on.

`SessionSummary` is the object of `combat_usage_log.json` and of every `--json` that shows a session.
Times in the records are Unix seconds; `to_json` in `domain.present` writes them as ISO 8601.
"""

from __future__ import annotations

from msgspec import Struct

from combatlens.domain.snapshot import State


class SkillTotals(Struct, frozen=True, kw_only=True):
    """One skill in one session. METRICS: misses are uses of damage 0; ticks are damage and no use."""

    usage_count: int = 0
    successes: int = 0
    total_damage: float = 0.0
    average_damage: float = 0.0
    success_rate: float = 0.0
    xp: float = 0.0
    xp_per_use: float = 0.0
    occupied_s: float = 0.0
    damage_per_second: float | None = None
    xp_per_minute: float | None = None
    criticals: int = 0
    max_damage: float = 0.0
    last_used: float | None = None


class TargetTotals(Struct, frozen=True, kw_only=True):
    kills: int = 0
    damage: float = 0.0
    damage_taken: float = 0.0
    deaths: int = 0
    time_to_kill_s: float | None = None
    xp: float = 0.0


class ZoneTotals(Struct, frozen=True, kw_only=True):
    kills: int = 0
    active_minutes: float = 0.0
    xp: float = 0.0


class ActorTotals(Struct, frozen=True, kw_only=True):
    damage_dealt: float = 0.0
    pet_damage: float = 0.0
    self_damage: float = 0.0
    drained: float = 0.0
    damage_taken: float = 0.0
    healing_done: float = 0.0
    kills: int = 0
    deaths: int = 0


class XpTotals(Struct, frozen=True, kw_only=True):
    observed: float = 0.0
    attributed: float = 0.0
    unexplained: float = 0.0
    lost: float = 0.0
    by_type: dict[str, float] = {}
    levels_gained: float = 0.0


class LevelUp(Struct, frozen=True):
    at: float
    level: int | None


class IdleGap(Struct, frozen=True):
    start: float
    end: float


class DeathDetail(Struct, frozen=True, kw_only=True):
    """A death and the damage taken in the 15 s before it."""

    at: float
    cause: str | None = None
    zone: str | None = None
    killer: str | None = None
    damage_taken: float = 0.0
    by_source: dict[str, float] = {}


class EncounterRecord(Struct, frozen=True, kw_only=True):
    """Hostile events with no gap over `encounter_gap`. `outcome`: won (a kill), lost (a death) or open."""

    start: float
    end: float
    targets: tuple[str, ...] = ()
    damage: float = 0.0
    damage_taken: float = 0.0
    uses: int = 0
    kills: int = 0
    deaths: int = 0
    xp: float = 0.0
    outcome: str = "open"


class Minute(Struct, frozen=True, kw_only=True):
    """A minute of the timeline; `start` is Unix seconds at its beginning."""

    start: float
    active_s: float = 0.0
    xp: float = 0.0
    damage: float = 0.0
    damage_taken: float = 0.0
    kills: int = 0
    deaths: int = 0
    uses: int = 0


class SessionSummary(Struct, frozen=True, kw_only=True):
    session_id: str
    start_time: float
    end_time: float | None = None
    duration_minutes: float = 0.0
    state: State = "active"
    total_xp_gained: float = 0.0
    total_damage_dealt: float = 0.0
    kills: int = 0
    deaths: int = 0
    skills: dict[str, SkillTotals] = {}

    profile: str = ""
    character: str = ""
    mode: str | None = None
    build: str | None = None
    zone: str | None = None
    active_minutes: float = 0.0
    elapsed_minutes: float = 0.0
    idle_gaps: tuple[IdleGap, ...] = ()
    start_xp: float | None = None
    current_xp: float | None = None
    level: int | None = None
    xp: XpTotals = XpTotals()
    xp_per_hour: float | None = None
    xp_per_hour_elapsed: float | None = None
    own_damage: float = 0.0
    pet_damage: float = 0.0
    self_damage: float = 0.0
    total_damage_taken: float = 0.0
    total_healing: float = 0.0
    dps: float | None = None
    encounter_s: float = 0.0
    kills_by_pet: int = 0
    kills_witnessed: int = 0
    level_ups: tuple[LevelUp, ...] = ()
    targets: dict[str, TargetTotals] = {}
    zones: dict[str, ZoneTotals] = {}
    actors: dict[str, ActorTotals] = {}
    deaths_detail: tuple[DeathDetail, ...] = ()
    loot_value: float = 0.0
    spent: float = 0.0
    profit_per_hour: float | None = None
    rating: float | None = None
    notes: str | None = None
    tags: tuple[str, ...] = ()
    events: int = 0


class SessionRow(Struct, frozen=True, kw_only=True):
    """One line of the history list; read from the session's rollup row alone."""

    session_id: str
    character: str
    profile: str
    state: State
    start_time: float
    end_time: float | None
    active_minutes: float
    total_xp_gained: float
    xp_per_hour: float | None
    kills: int
    deaths: int
    total_damage_dealt: float
    mode: str | None = None
    build: str | None = None
    zone: str | None = None
    rating: float | None = None
    notes: str | None = None


class SessionDetail(Struct, frozen=True, kw_only=True):
    """A session's page: the summary, its minutes, its encounters and its marked moments."""

    summary: SessionSummary
    minutes: tuple[Minute, ...] = ()
    encounters: tuple[EncounterRecord, ...] = ()
    moments: tuple[tuple[float, str, str], ...] = ()
    """(Unix seconds, kind, text): deaths, level-ups, marks, pauses."""
