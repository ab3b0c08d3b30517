"""The table of skills across sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from combatlens.learning.columns import Table
from combatlens.learning.confidence import Impact, confidence, impact_of
from combatlens.learning.history import History
from combatlens.learning.intervals import Estimate, mean_interval, pooled, rate, two_sided_p

USES_TO_JUDGE = 30
"""A skill needs so many uses to be the best of anything."""

CAST_TOLERANCE = 0.02
SECONDS_TOLERANCE = 0.05
TURNS_TO_TELL, SLIPS = 20, 0.02
SIGNIFICANT = 0.05
RECENT_SHARE, RECENT_LEAST = 0.2, 3


class Cooldown(Struct, frozen=True):
    """`seconds`: the smallest gap between uses, None where there is none; `confirmed`: it was seen at least twice."""

    seconds: float | None = None
    confirmed: bool = False


class Skill(Struct, frozen=True, kw_only=True):
    """A skill over all sessions, with its estimates."""

    name: str
    uses: int
    sessions: int
    damage: float
    success: Estimate
    damage_per_use: Estimate
    full_damage: float | None
    """Of a use, misses included, on a target that has it left; None where it never hit."""
    damage_per_second: Estimate
    xp_per_use: Estimate
    xp_per_minute: Estimate
    cast_s: float | None
    cooldown: Cooldown
    never_passed: bool
    """Whether it was ready whenever its turn came: it may be ready sooner than it was ever used again."""
    lost_s: float
    confidence: float
    impact: Impact
    trend: dict[str, Any] | None

    @property
    def needs(self) -> int:
        """How many more uses until it can be judged; what is never used can never be."""
        return max(0, USES_TO_JUDGE - self.uses)

    @property
    def used(self) -> bool:
        """Whether it is a skill to use; else bleeding, a proc: damage that no use of its own makes."""
        return self.uses > 0


def skills(history: History) -> list[Skill]:
    """All skills, most used first; then what does damage without being used."""
    active_s = float(history.column("active_s").sum())
    resolution = float(history.column("resolution").max()) if len(history) else 0.0
    found = [
        _skill(name, table, cooldown(history.gaps.get(name, ()), resolution), active_s)
        for name, table in history.skills.items()
    ]
    return sorted(
        (skill for skill in found if skill.uses > 0 or skill.damage > 0), key=lambda skill: (-skill.uses, skill.name)
    )


def _skill(name: str, table: Table, gap: Cooldown, active_s: float) -> Skill:
    uses = int(table.column("uses").sum())
    success = rate(table.column("successes"), table.column("uses"))
    per_use = pooled(table.moments("damage_per_use"))
    lost = float(table.column("lost_s").sum())
    figure, is_rate = (per_use, False) if per_use.value else (success, True)
    return Skill(
        name=name,
        uses=uses,
        sessions=len(table),
        damage=float(table.column("damage").sum()),
        success=success,
        damage_per_use=per_use,
        full_damage=_full_damage(table),
        damage_per_second=pooled(table.moments("damage_per_second")),
        xp_per_use=pooled(table.moments("xp_per_use")),
        xp_per_minute=pooled(table.moments("xp_per_second")).times(60.0),
        cast_s=_cast(table),
        cooldown=gap,
        never_passed=_never_passed(table),
        lost_s=lost,
        confidence=confidence(uses, figure, is_rate=is_rate),
        impact=impact_of(lost / active_s if active_s else 0.0, success.value),
        trend=_trend(table),
    )


def cooldown(gaps: tuple[float, ...], resolution: float = 0.0) -> Cooldown:
    """The smallest gap, if it was seen at least twice: within the coarseness of the stamps, 0.05 s, or 2 %."""
    if not gaps:
        return Cooldown()
    near = max(resolution, SECONDS_TOLERANCE, CAST_TOLERANCE * gaps[0])
    return Cooldown(gaps[0], len(gaps) > 1 and gaps[1] - gaps[0] <= near)


def _full_damage(table: Table) -> float | None:
    """Of a use, misses included, on a target that has it left."""
    hits, each = table.column("successes"), table.column("hit_damage")
    known = ~np.isnan(each)
    if not hits[known].any():
        return None
    success = float(hits.sum() / table.column("uses").sum())
    return success * float((hits * each)[known].sum() / hits[known].sum())


def _never_passed(table: Table) -> bool:
    """Whether it was used whenever its turn came, a slip aside, often enough to tell."""
    taken, passed = float(table.column("taken").sum()), float(table.column("passed").sum())
    return taken >= TURNS_TO_TELL and passed <= SLIPS * taken


def _cast(table: Table) -> float | None:
    """The median over sessions of the time a use takes, sessions weighted by uses."""
    known = ~np.isnan(table.column("cast_s"))
    if not known.any():
        return None
    casts, weights = table.column("cast_s")[known], table.column("uses")[known]
    order = np.argsort(casts, kind="stable")
    reached = weights[order].cumsum()
    return float(casts[order][int(np.searchsorted(reached, reached[-1] / 2))])


def _trend(table: Table) -> dict[str, Any] | None:
    """Damage per second lately against the user's own past: sessions are the unit, Welch's t."""
    seconds = table.column("occupied_s")
    held = seconds > 0
    figures = table.column("damage")[held] / seconds[held]
    recent = max(RECENT_LEAST, int(RECENT_SHARE * len(figures)))
    if len(figures) - recent < RECENT_LEAST or not figures.any():
        return None
    past, late = figures[:-recent], figures[-recent:]
    difference = float(late.mean() - past.mean())
    parts = past.var(ddof=1) / len(past), late.var(ddof=1) / len(late)
    spread = float(parts[0] + parts[1])
    df = spread**2 / float(parts[0] ** 2 / (len(past) - 1) + parts[1] ** 2 / (len(late) - 1)) if spread else 0.0
    p = two_sided_p(difference, spread**0.5, df)
    interval = mean_interval(difference, spread**0.5, df) if df else Estimate(difference)
    return {
        "metric": "damage_per_second",
        "recent_sessions": recent,
        "difference": difference,
        "ci": interval.ci,
        "verdict": "no_change_shown" if p > SIGNIFICANT else "rising" if difference > 0 else "falling",
    }


def whole(amount: float) -> float:
    """An amount that is a whole number, as one."""
    return int(amount) if amount.is_integer() else amount


def skill_rows(table: Sequence[Skill]) -> dict[str, dict[str, Any]]:
    """Rows by name: what does most damage first, then what does none, most used first."""
    ranked = sorted(table, key=lambda skill: (-skill.damage, -skill.uses, skill.name))
    everything = sum(skill.damage for skill in table)
    return {skill.name: _row(skill, everything) for skill in ranked}


def _row(skill: Skill, everything: float) -> dict[str, Any]:
    """The seed's keys of a skill, its evidence, and what else is known of it."""
    return {
        "total_uses": skill.uses,
        "total_damage": whole(skill.damage),
        "average_damage": skill.damage_per_use.value,
        "success_rate": skill.success.value,
        "xp_efficiency": skill.xp_per_use.value,
        "damage_per_second": skill.damage_per_second.value,
        "xp_per_minute": skill.xp_per_minute.value,
        "evidence": {
            "uses": skill.uses,
            "sessions": skill.sessions,
            "success_rate_ci": skill.success.ci,
            "average_damage_ci": skill.damage_per_use.ci,
            "damage_per_second_ci": skill.damage_per_second.ci,
            "xp_per_use_ci": skill.xp_per_use.ci,
            "xp_per_minute_ci": skill.xp_per_minute.ci,
            "confidence": skill.confidence,
            "impact": skill.impact,
            "needs": skill.needs if skill.used else 0,
        },
        "damage_share": skill.damage / everything if everything else 0.0,
        "cooldown_s": skill.cooldown.seconds if skill.cooldown.confirmed else None,
        "cast_s": skill.cast_s,
        "time_lost_s": skill.lost_s,
        "trend": skill.trend,
    }
