"""The frozen picture of the moment: what the overlay, the tray and `/v1/status` show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

State = Literal["no_active_session", "active", "paused", "completed", "error"]
PauseReason = Literal["user", "window_gone", "idle", "screen_locked", "suspended"]


class SkillLine(Struct, frozen=True):
    """One row of the overlay's skill list. `share` is the part of all own damage, 0 to 1."""

    name: str
    uses: int
    damage: float
    share: float
    success_rate: float
    xp: float


class Snapshot(Struct, frozen=True, kw_only=True):
    """One character's live picture. Times in Unix seconds, durations in seconds, rates per hour or second.

    `series` is the line of the overlay: (active seconds since the start, XP per hour over the window then).
    """

    character: str
    profile: str = ""
    session_id: str | None = None
    state: State = "no_active_session"
    pause_reasons: tuple[PauseReason, ...] = ()
    at: float = 0.0
    started_at: float | None = None
    last_event_at: float | None = None
    active_s: float = 0.0
    elapsed_s: float = 0.0
    events: int = 0

    xp_gained: float = 0.0
    xp_observed: float = 0.0
    xp_attributed: float = 0.0
    xp_unexplained: float = 0.0
    xp_lost: float = 0.0
    levels_gained: float = 0.0
    xp_per_hour: float | None = None
    xp_per_hour_window: float | None = None
    level: int | None = None
    xp_value: float | None = None
    xp_needed: float | None = None
    xp_percent: float | None = None
    time_to_level_s: float | None = None

    kills: int = 0
    deaths: int = 0
    kd_ratio: float | None = None
    damage_dealt: float = 0.0
    damage_taken: float = 0.0
    healing: float = 0.0
    dps: float | None = None
    dps_window: float | None = None
    loot_value: float = 0.0
    spent: float = 0.0
    profit_per_hour: float | None = None

    mode: str | None = None
    build: str | None = None
    zone: str | None = None
    target: str | None = None
    skills: tuple[SkillLine, ...] = ()
    series: tuple[tuple[float, float], ...] = ()


HealthState = Literal["ok", "off", "starting", "warning", "failed"]


class Health(Struct, frozen=True):
    """How one source or service is, in words. `remedy` is what the user can do; `since` Unix seconds."""

    name: str
    state: HealthState
    message: str
    remedy: str = ""
    since: float = 0.0


class LiveStatus(Struct, frozen=True):
    """Everything live: a snapshot a character (`current` is the one shown first) and every source's health. `alerts`:
    those of the last hour, the newest first, as CONTRACT prints them."""

    current: Snapshot
    characters: tuple[Snapshot, ...] = ()
    health: tuple[Health, ...] = ()
    version: str = ""
    alerts: tuple[Mapping[str, Any], ...] = ()
