"""A session as the tracker shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any


class SessionState(Enum):
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    ERROR = "error"


@dataclass
class SkillUsage:
    """One skill in one session."""

    skill_name: str
    usage_count: int = 0
    total_damage: int = 0
    average_damage: float = 0.0
    last_used: datetime | None = None
    success_rate: float = 1.0
    xp_per_use: float = 0.0


@dataclass
class CombatSession:
    """A session as it stands. Times are UTC."""

    session_id: str
    start_time: datetime
    end_time: datetime | None = None
    state: SessionState = SessionState.ACTIVE
    start_xp: int = 0
    current_xp: int = 0
    total_xp_gained: int = 0
    skills_used: dict[str, SkillUsage] = field(default_factory=dict)
    total_damage_dealt: int = 0
    total_damage_taken: int = 0
    kills: int = 0
    deaths: int = 0


def combat_session(found: dict[str, Any]) -> CombatSession:
    return CombatSession(
        session_id=found["session_id"],
        start_time=datetime.fromisoformat(found["start_time"]),
        state=SessionState(found["status"]),
        start_xp=int(found["start_xp"] or 0),
        current_xp=int(found["current_xp"] or 0),
        total_xp_gained=int(found["total_xp_gained"]),
        skills_used={name: _skill_usage(name, skill) for name, skill in found["skills"].items()},
        total_damage_dealt=int(found["total_damage_dealt"]),
        total_damage_taken=int(found["total_damage_taken"]),
        kills=found["kills"],
        deaths=found["deaths"],
    )


def _skill_usage(name: str, skill: dict[str, Any]) -> SkillUsage:
    last = skill["last_used"]
    return SkillUsage(
        skill_name=name,
        usage_count=skill["usage_count"],
        total_damage=int(skill["total_damage"]),
        average_damage=skill["average_damage"],
        last_used=datetime.fromisoformat(last) if last else None,
        success_rate=skill["success_rate"],
        xp_per_use=skill["xp_per_use"],
    )
