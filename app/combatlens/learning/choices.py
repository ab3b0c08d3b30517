"""Which skill is best at what: by lower bounds, so that luck with few uses never wins (METRICS, 'Learned choices')."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from combatlens.learning.confidence import confidence
from combatlens.learning.intervals import Estimate, two_sided_p
from combatlens.learning.skills import Skill

Figure = Callable[[Skill], Estimate]

CHOICES: dict[str, tuple[str, Figure, bool]] = {
    "best_xp_skill": ("xp_per_use", lambda skill: skill.xp_per_use, True),
    "most_efficient_skill": ("xp_per_use", lambda skill: skill.xp_per_use, True),
    "best_damage_skill": ("damage_per_second", lambda skill: skill.damage_per_second, True),
    "highest_damage_skill": ("average_damage", lambda skill: skill.damage_per_use, False),
    "most_reliable_skill": ("success_rate", lambda skill: skill.success, True),
}
"""Key -> the figure's name, the figure, and whether its lower bound decides (else its value)."""


def choose(key: str, table: Sequence[Skill]) -> tuple[str | None, dict[str, Any] | None]:
    """The skill for a key of CHOICES and the evidence; None where no skill has the uses, or none has the figure.

    What earns nothing, such as a mount or a healing that cannot fail, is not called reliable while anything else is.
    """
    metric, figure, by_bound = CHOICES[key]
    if metric == "success_rate":
        table = [skill for skill in table if skill.damage or (skill.xp_per_use.value or 0.0) > 0] or table
    ranked = rank(table, figure, by_bound=by_bound)
    return (ranked[0].name, choice_evidence(ranked, metric, figure)) if ranked else (None, None)


def rank(table: Sequence[Skill], figure: Figure, *, by_bound: bool = True) -> list[Skill]:
    """Skills with uses enough whose figure is above nothing, best first."""
    held = [skill for skill in table if skill.needs == 0 and (figure(skill).value or 0.0) > 0.0]

    def worth(skill: Skill) -> tuple[float, float]:
        low, value = figure(skill).low, figure(skill).value
        if by_bound:
            return (low if low is not None else -1.0), value or 0.0
        return value or 0.0, low or 0.0

    return sorted(held, key=lambda skill: (*(-part for part in worth(skill)), skill.name))


def choice_evidence(ranked: Sequence[Skill], metric: str, figure: Figure) -> dict[str, Any]:
    """Uses, figure, interval and confidence of the first; against the second, how sure it is that it is better."""
    best = ranked[0]
    estimate, p = figure(best), 0.0
    if len(ranked) > 1:
        p = _p_not_better(estimate, figure(ranked[1]))
    return {
        "metric": metric,
        "value": estimate.value,
        "ci": estimate.ci,
        "uses": best.uses,
        "sessions": best.sessions,
        "runner_up": ranked[1].name if len(ranked) > 1 else None,
        "confidence": confidence(best.uses, estimate, p, is_rate=metric == "success_rate"),
    }


def _p_not_better(best: Estimate, second: Estimate) -> float:
    """One-sided Welch: how likely a lead at least as large would be if there were none."""
    if best.value is None or second.value is None or best.se is None or second.se is None:
        return 1.0
    lead, spread = best.value - second.value, best.se**2 + second.se**2
    p = two_sided_p(lead, spread**0.5, min(best.df, second.df)) / 2
    return p if lead > 0 else 1.0 - p
