"""`learned_combat_insights.json`: everything learned from the kept sessions, each statement with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from combatlens.learning.advice import outcomes, recommendations, trust_of
from combatlens.learning.choices import choice_evidence, choose, rank
from combatlens.learning.compare import comparisons
from combatlens.learning.confidence import confidence
from combatlens.learning.followed import NOTHING_MORE, Followed
from combatlens.learning.history import TIME_USE, History, history_of
from combatlens.learning.places import builds, profit_per_hour, targets, xp_per_hour, zones
from combatlens.learning.rotation_plan import Plan, experiments, plan, priorities
from combatlens.learning.rotations import preferred, sequences
from combatlens.learning.session_alerts import latest_baselines
from combatlens.learning.session_record import SessionStats
from combatlens.learning.skills import Skill, skill_rows, skills, whole
from combatlens.learning.trends import losses, trends

SCHEMA_VERSION = 1


def insights(stats: Sequence[SessionStats], generated_at: float) -> dict[str, Any]:
    """The insights of these sessions, in any order. `generated_at`: Unix seconds."""
    return insights_of(history_of(stats), generated_at)


def insights_of(history: History, generated_at: float, followed: Followed = NOTHING_MORE) -> dict[str, Any]:
    """The insights of a history. All keys are always there; what is not known is null, or an empty list or object."""
    table = skills(history)
    advice = plan(history, table)
    moment = datetime.fromtimestamp(generated_at, UTC).isoformat()
    usual, usual_evidence = preferred(history)
    compared = comparisons(history)
    decided = outcomes(history, followed)
    return {
        "skill_performance": skill_rows(table),
        "xp_efficiency": _xp_efficiency(history, table),
        "combat_patterns": _combat_patterns(history, table, usual, usual_evidence),
        "build_recommendations": _build_recommendations(table, advice),
        "performance_metrics": _performance(history),
        "targets": targets(history),
        "zones": zones(history),
        "builds": builds(history),
        "comparisons": compared,
        "rotations": sequences(history),
        "time_use": {name: float(history.column(name).sum() / 60) for name in TIME_USE},
        "losses": losses(history),
        "trends": trends(history),
        "recommendations": recommendations(history, table, advice, usual, compared, decided),
        "experiments": experiments(advice),
        "advice": {"trust": trust_of(decided), "outcomes": decided},
        "baselines": latest_baselines(history),
        "last_updated": moment,
        "meta": {
            "schema_version": SCHEMA_VERSION,
            "generated_at": moment,
            "sessions": len(history),
            "active_minutes": float(history.column("active_s").sum() / 60),
        },
    }


def _xp_efficiency(history: History, table: Sequence[Skill]) -> dict[str, Any]:
    figure = xp_per_hour(history).times(1 / 60)
    keys = ("best_xp_skill", "best_damage_skill", "most_reliable_skill")
    chosen = {key: choose(key, table) for key in keys}
    return {
        "xp_per_minute": figure.value,
        **{key: name for key, (name, _) in chosen.items()},
        "evidence": {
            "xp_per_minute": {
                "ci": figure.ci,
                "sessions": len(history),
                "confidence": confidence(float(history.sessions.moments("xp_rate")[:, 0].sum()), figure),
            },
            **{key: evidence for key, (_, evidence) in chosen.items()},
        },
    }


def _combat_patterns(
    history: History, table: Sequence[Skill], usual: Sequence[str], usual_evidence: dict[str, Any] | None
) -> dict[str, Any]:
    chosen = {key: choose(key, table) for key in ("highest_damage_skill", "most_efficient_skill")}
    uses = sum(skill.uses for skill in table)
    return {
        "most_used_skill": table[0].name if uses else None,
        **{key: name for key, (name, _) in chosen.items()},
        "preferred_rotation": list(usual),
        "average_session_duration": _mean(history.column("active_s") / 60),
        "average_kills_per_session": _mean(history.column("kills")),
        "average_deaths_per_session": _mean(history.column("deaths")),
        "evidence": {
            "most_used_skill": {"uses": table[0].uses, "share_of_uses": table[0].uses / uses} if uses else None,
            **{key: evidence for key, (_, evidence) in chosen.items()},
            "preferred_rotation": usual_evidence,
        },
    }


def _build_recommendations(table: Sequence[Skill], advice: Plan) -> dict[str, Any]:
    ranked = rank(table, lambda skill: skill.damage_per_second, by_bound=False)
    filler = [skill for skill in ranked if skill.name == advice.filler]

    def evidence(best: Sequence[Skill]) -> dict[str, Any] | None:
        return choice_evidence(best, "damage_per_second", lambda skill: skill.damage_per_second) if best else None

    return {
        "primary_damage_skill": ranked[0].name if ranked else None,
        "secondary_damage_skill": ranked[1].name if len(ranked) > 1 else None,
        "filler_skill": advice.filler,
        "recommended_rotation": list(advice.skills),
        "skill_priorities": priorities(advice.costs),
        "evidence": {
            "primary_damage_skill": evidence(ranked),
            "secondary_damage_skill": evidence(ranked[1:]),
            "filler_skill": (evidence(filler) or {}) | {"assumed": advice.filler_assumed} if filler else None,
            "recommended_rotation": {
                "expected_damage_per_second": advice.expected.value,
                "ci": advice.expected.ci,
                "hoped_damage_per_second": advice.hoped,
                "usual_damage_per_second": advice.usual.value,
                "expected_gain": advice.gain.value,
                "expected_gain_ci": advice.gain.ci,
                "confidence": advice.confidence,
            },
            "skill_priorities": advice.costs,
            "needs": {skill.name: skill.needs for skill in table if skill.used and skill.needs},
        },
    }


def _performance(history: History) -> dict[str, Any]:
    xp, kills, deaths = (
        history.column("xp"),
        float(history.column("kills").sum()),
        float(history.column("deaths").sum()),
    )
    best = int(xp.argmax()) if len(history) else None
    hourly, profit = xp_per_hour(history), profit_per_hour(history)
    return {
        "total_sessions_analyzed": len(history),
        "total_xp_analyzed": whole(float(xp.sum())),
        "average_xp_per_session": _mean(xp),
        "best_session_xp": whole(float(xp[best])) if best is not None else None,
        "best_session_id": history.labels[best].session_id if best is not None else None,
        "average_damage_per_session": _mean(history.column("damage")),
        "kill_death_ratio": kills / max(deaths, 1.0),
        "average_active_minutes": _mean(history.column("active_s") / 60),
        "active_minutes": float(history.column("active_s").sum() / 60),
        "xp_per_hour": hourly.value,
        "xp_per_hour_ci": hourly.ci,
        "profit_per_hour": profit.value,
        "profit_per_hour_ci": profit.ci,
    }


def _mean(column: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float | None:
    return float(column.mean()) if len(column) else None
