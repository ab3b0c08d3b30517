"""What the learner has found after fourteen sessions, as the windows of insights get it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.ui.evening import SKILLS


def outcome(
    name: str, decision: str, verdict: str, after: int, difference: float | None, **more: Any
) -> dict[str, Any]:
    return {
        "recommendation_id": name, "decision": decision, "verdict": verdict, "at": "2026-11-14T20:14:00+00:00",
        "sessions_after": after, "difference": difference,
        "ci": None if difference is None else [difference - 600, difference + 600], "text": None, "together_with": [],
        **more,
    }  # fmt: skip


COMPARISONS = [
    {
        "kind": "build", "a": "Carbineer", "b": "Rifleman", "metric": "xp_per_hour", "difference": 1_840.0,
        "ci": [610.0, 3_070.0], "effect_size": 0.92, "p_adjusted": 0.012, "verdict": "better",
        "sessions_needed": 0,
    },
    {
        "kind": "zone", "a": "Dune sea", "b": "Crystal caves", "metric": "deaths_per_hour", "difference": 0.2,
        "ci": [-0.5, 0.9], "effect_size": 0.1, "p_adjusted": 0.6, "verdict": "no_difference_shown",
        "sessions_needed": 0,
    },
    {
        "kind": "rotation", "a": "Headshot → Burst fire → Rifle shot → Rifle shot", "effect_size": 0.05,
        "b": "Headshot → Burst fire → Rifle shot → Aimed volley of the long name → Concussion grenade → Kick",
        "metric": "xp_per_hour", "difference": 40.0, "ci": [-410.0, 490.0], "p_adjusted": 1.0,
        "verdict": "no_difference_shown", "sessions_needed": None,
    },
    {
        "kind": "weapon", "a": "T-21", "b": "DLT-20", "metric": "dps", "difference": 14.0, "ci": None,
        "effect_size": None, "p_adjusted": None, "verdict": "needs_data", "sessions_needed": 5,
    },
]  # fmt: skip
RECOMMENDATIONS = [
    {
        "id": "rotation-1", "kind": "rotation", "confidence": 0.91, "impact": "high", "decision": None,
        "text": "use Headshot, Burst fire, Rifle shot in this order, passing over what is on cooldown",
        "reason": "about +1,240 XP/h (95 % between +610 and +1,870)",
    },
    {
        "id": "build-1", "kind": "build", "confidence": 0.74, "impact": "medium",
        "text": "prefer the build Rifleman to Carbineer",
        "reason": "about +1,840 XP/h (95 % between +610 and +3,070)",
        "decision": outcome("build-1", "accepted", "too_early", 2, None),
    },
]  # fmt: skip
ADVICE = {
    "trust": 0.8,
    "outcomes": [
        outcome("idle-1", "modified", "made_it_worse", 9, -2_110.0, together_with=["build-1"]),
        outcome("misses-1", "accepted", "helped", 14, 980.0, text="Kick fails 31% of the time: leave it out"),
        outcome("zone-1", "rejected", "rejected", 14, None, text="prefer the zone Dune sea to Old harbour"),
        outcome("build-1", "accepted", "too_early", 2, None, text="prefer the build Rifleman to Carbineer"),
    ],
}  # fmt: skip


def _performance() -> dict[str, Any]:
    performance = {}
    for i, name in enumerate(SKILLS):
        uses = (480, 390, 610, 120, 64, 18)[i]
        performance[name] = {
            "total_uses": uses,
            "total_damage": uses * (400 - 30 * i),
            "damage_share": (0.38, 0.28, 0.21, 0.08, 0.04, 0.01)[i],
            "average_damage": 400.0 - 30 * i,
            "success_rate": 0.95 - 0.02 * i,
            "xp_efficiency": 25.5 - 2 * i,
            "damage_per_second": 310.0 - 35 * i,
            "xp_per_minute": 510.0 - 40 * i,
            "evidence": {
                "uses": uses,
                "sessions": 14 - 2 * i,
                "success_rate_ci": [0.92 - 0.02 * i, 0.97 - 0.02 * i],
                "average_damage_ci": [388.0 - 30 * i, 412.0 - 30 * i],
                "damage_per_second_ci": [296.0 - 35 * i, 324.0 - 35 * i],
                "xp_per_use_ci": [24.1 - 2 * i, 26.9 - 2 * i],
                "confidence": (0.93, 0.88, 0.9, 0.71, 0.62, 0.2)[i],
                "impact": ("high", "medium", "medium", "low", "low", "low")[i],
                "needs": max(0, 30 - uses),
            },
        }
    return performance


def insights() -> dict[str, Any]:
    """The object of `learned_combat_insights.json` after fourteen sessions."""
    return {
        "skill_performance": _performance(),
        "xp_efficiency": {
            "xp_per_minute": 204.0,
            "best_xp_skill": "Headshot",
            "best_damage_skill": "Headshot",
            "most_reliable_skill": "Rifle shot",
        },
        "combat_patterns": {
            "most_used_skill": "Rifle shot",
            "highest_damage_skill": "Headshot",
            "most_efficient_skill": "Headshot",
            "preferred_rotation": ["Headshot", "Burst fire", "Rifle shot"],
        },
        "build_recommendations": {
            "primary_damage_skill": "Headshot",
            "secondary_damage_skill": "Burst fire",
            "filler_skill": "Rifle shot",
            "recommended_rotation": ["Headshot", "Burst fire", "Rifle shot", "Rifle shot"],
            "skill_priorities": {"Headshot": "high", "Burst fire": "medium", "Rifle shot": "medium", "Kick": "low"},
        },
        "performance_metrics": {
            "total_sessions": 14,
            "total_xp": 214_000,
            "average_xp_per_session": 15_285.7,
            "best_session": "session_1789900000",
            "kill_death_ratio": 41.2,
            "active_minutes": 1_049.0,
        },
        "comparisons": deepcopy(COMPARISONS),
        "time_use": {
            "fighting": 612.0, "looting": 120.0, "travelling": 160.0, "healing": 64.0, "other": 20.0, "dead": 13.0,
            "idle": 60.0,
        },
        "recommendations": deepcopy(RECOMMENDATIONS),
        "advice": deepcopy(ADVICE),
        "meta": {
            "schema_version": 1, "generated_at": "2026-09-21T14:13:20+00:00", "sessions": 14, "active_minutes": 1_049.0,
        },
    }  # fmt: skip
