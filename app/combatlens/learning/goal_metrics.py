"""The metrics that a goal can have, spelled as in a session's JSON.

- *sums* grow with every session: `total_xp_gained`, `kills`, `deaths`, `loot_value`, `levels_gained`, `active_minutes`,
  `total_damage_dealt`, `xp.lost` and `skills.<name>.usage_count`;
- *rates* are a numerator over a denominator, so that sessions can be pooled: `xp_per_hour`, `kills_per_hour`,
  `deaths_per_hour`, `xp_lost_per_hour`, `profit_per_hour`, `dps`, and `skills.<name>.` with `success_rate`,
  `damage_per_second`, `average_damage` or `xp_per_use`;
- `level` is the character's level itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from combatlens.domain.names import same_name_key
from combatlens.domain.records import SessionSummary, SkillTotals

Direction = Literal["up", "down"]
Part = Callable[[SessionSummary], float]


def _lost(s: SessionSummary) -> float:
    return s.xp.lost


_SUMS: dict[str, Callable[[SessionSummary], float]] = {
    "total_xp_gained": lambda s: s.total_xp_gained,
    "kills": lambda s: s.kills,
    "deaths": lambda s: s.deaths,
    "loot_value": lambda s: s.loot_value,
    "levels_gained": lambda s: s.xp.levels_gained,
    "active_minutes": lambda s: s.active_minutes,
    "total_damage_dealt": lambda s: s.total_damage_dealt,
    "xp.lost": _lost,
}


def _hours(s: SessionSummary) -> float:
    return s.active_minutes / 60


_RATES: dict[str, tuple[Callable[[SessionSummary], float], Callable[[SessionSummary], float]]] = {
    "xp_per_hour": (lambda s: s.total_xp_gained, _hours),
    "kills_per_hour": (lambda s: s.kills, _hours),
    "deaths_per_hour": (lambda s: s.deaths, _hours),
    "xp_lost_per_hour": (_lost, _hours),
    "profit_per_hour": (lambda s: s.loot_value - s.spent, _hours),
    "dps": (lambda s: s.total_damage_dealt, lambda s: s.encounter_s),
}

_SKILL_RATES: dict[str, tuple[Callable[[SkillTotals], float], Callable[[SkillTotals], float]]] = {
    "success_rate": (lambda k: k.successes, lambda k: k.usage_count),
    "average_damage": (lambda k: k.total_damage, lambda k: k.usage_count),
    "xp_per_use": (lambda k: k.xp, lambda k: k.usage_count),
    "damage_per_second": (lambda k: k.total_damage, lambda k: k.occupied_s),
}

_LOWER_IS_BETTER = {"deaths", "deaths_per_hour", "xp.lost", "xp_lost_per_hour"}


def metrics() -> tuple[str, ...]:
    """Every metric a goal may have; `<skill>` stands for a skill's name."""
    skills = (f"skills.<skill>.{name}" for name in ("usage_count", *_SKILL_RATES))
    return (*_SUMS, "level", *_RATES, *skills)


def usual_direction(metric: str) -> Direction:
    """Fewer deaths and less lost XP are better; of everything else more is."""
    return "down" if metric in _LOWER_IS_BETTER else "up"


def zero(_: SessionSummary) -> float:
    return 0.0


def parts(metric: str) -> tuple[Part, Part] | None:
    """Numerator and denominator of a rate; None when it is none."""
    if metric in _RATES:
        return _RATES[metric]
    skill, kind = _skill(metric)
    if skill is None or kind not in _SKILL_RATES:
        return None
    name = skill
    top, below = _SKILL_RATES[kind]
    return (lambda s: top(s.skills.get(name, SkillTotals())), lambda s: below(s.skills.get(name, SkillTotals())))


def _skill(metric: str) -> tuple[str | None, str]:
    name, _, kind = metric.removeprefix("skills.").rpartition(".")
    return (name or None, kind) if metric.startswith("skills.") else (None, "")


def as_recorded(metric: str, skills: Iterable[str]) -> str:
    """The metric with its skill spelled as it was recorded: `wild_swing` and `Wild Swing` are one skill."""
    name, kind = _skill(metric)
    known = dict.fromkeys(skills)
    if name is None or name in known:
        return metric
    key = same_name_key(name)
    return f"skills.{next((one for one in known if same_name_key(one) == key), name)}.{kind}"


def is_sum(metric: str) -> bool:
    skill, kind = _skill(metric)
    return metric in _SUMS or (skill is not None and kind == "usage_count")


def sum_value(metric: str, session: SessionSummary) -> float:
    if metric in _SUMS:
        return _SUMS[metric](session)
    skill, _ = _skill(metric)
    return session.skills.get(skill or "", SkillTotals()).usage_count
