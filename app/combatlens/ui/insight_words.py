"""What was learned, in words: from the object of `learned_combat_insights.json` to lines that a new user understands.

Nothing here knows Qt. Keys that are missing or null mean "not known yet"; they never raise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from combatlens.ui import numbers
from combatlens.ui.palette import Tone

ENOUGH_USES = 30


class Choice(NamedTuple):
    """A choice with its reason; `name` is "" where nothing is chosen yet."""

    question: str
    name: str
    evidence: str
    certainty: str
    tone: Tone


class Comparison(NamedTuple):
    text: str
    evidence: str
    verdict: str
    tone: Tone


_CHOICES = (
    ("Most XP for each use", "xp_efficiency", "best_xp_skill", "xp_efficiency", "xp_per_use_ci", "XP a use"),
    ("Most damage a second", "xp_efficiency", "best_damage_skill", "damage_per_second", "damage_per_second_ci", "DPS"),
    ("Hits most reliably", "xp_efficiency", "most_reliable_skill", "success_rate", "success_rate_ci", "%"),
    ("Hardest single use", "combat_patterns", "highest_damage_skill", "average_damage", "average_damage_ci",
     "damage a use"),
    ("Used most", "combat_patterns", "most_used_skill", "total_uses", "", "uses"),
    ("Fills the gaps", "build_recommendations", "filler_skill", "damage_per_second", "damage_per_second_ci", "DPS"),
)  # fmt: skip
_METRICS = {
    "xp_per_hour": "XP per hour", "dps": "DPS", "success_rate": "success rate",
    "deaths_per_hour": "deaths per hour",
}  # fmt: skip
_VERDICTS: dict[str, tuple[str, Tone]] = {
    "better": ("better", "accent"),
    "worse": ("worse", "warn"),
    "no_difference_shown": ("no difference shown", "muted"),
    "needs_data": ("needs more sessions", "muted"),
}


def section(insights: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A section of the object, empty where it is missing."""
    found = insights.get(key)
    return found if isinstance(found, Mapping) else {}


def headline(insights: Mapping[str, Any]) -> str:
    """From how much all this was learned."""
    metrics, meta = section(insights, "performance_metrics"), section(insights, "meta")
    sessions = meta.get("sessions", metrics.get("total_sessions"))
    minutes = meta.get("active_minutes", metrics.get("active_minutes"))
    parts = []
    if sessions is not None:
        parts.append(numbers.many(int(sessions), "session"))
    if minutes is not None:
        parts.append(f"{numbers.length(minutes)} of active play")
    return "Learned from " + " and ".join(parts) if parts else "Learned so far"


def choices(insights: Mapping[str, Any]) -> list[Choice]:
    skills = section(insights, "skill_performance")
    made = []
    for question, where, key, value, interval, unit in _CHOICES:
        name = section(insights, where).get(key)
        made.append(_choice(question, name, skills, value, interval, unit))
    return made


def _choice(question: str, name: Any, skills: Mapping[str, Any], value: str, interval: str, unit: str) -> Choice:
    if not name or name not in skills:
        return Choice(question, "", lacking(skills), "needs data", "muted")
    skill = skills[name]
    evidence = section(skill, "evidence")
    uses = evidence.get("uses", skill.get("total_uses"))
    parts = [] if unit == "uses" else [_amount(skill.get(value), unit)]
    if evidence.get(interval):
        low, high = evidence[interval]
        parts.append(f"95 % between {_bare(low, unit)} and {_bare(high, unit)}")
    if uses is not None:
        sessions = evidence.get("sessions")
        parts.append(numbers.many(int(uses), "use") + (f" in {numbers.many(sessions, 'session')}" if sessions else ""))
    certainty, tone = confidence(evidence.get("confidence"))
    return Choice(question, str(name), ", ".join(parts), certainty, tone)


def lacking(skills: Mapping[str, Any]) -> str:
    """What is missing before anything can be "best": the skill that is nearest to enough uses."""
    needs = [
        (int(section(skill, "evidence").get("needs") or 0), name)
        for name, skill in skills.items()
        if int(section(skill, "evidence").get("needs") or 0) > 0
    ]
    if not needs:
        return f"A skill needs {ENOUGH_USES} uses before it can be chosen."
    missing, name = min(needs)
    return f"A skill needs {ENOUGH_USES} uses; {name} is nearest and needs {missing} more."


def confidence(value: float | None) -> tuple[str, Tone]:
    """METRICS: below 0.6 only shown as needing data, to 0.8 likely, above actionable."""
    if value is None:
        return "confidence not known", "muted"
    if value < 0.6:
        return f"needs data ({numbers.percent(value)} sure)", "muted"
    word = "likely" if value <= 0.8 else "reliable"
    return f"{word} ({numbers.percent(value)} sure)", "text" if value <= 0.8 else "accent"


def rotation(insights: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The order to try and the one that is used now; either may be empty."""
    wanted = section(insights, "build_recommendations").get("recommended_rotation") or []
    used = section(insights, "combat_patterns").get("preferred_rotation") or []
    return [str(name) for name in wanted], [str(name) for name in used]


def comparisons(insights: Mapping[str, Any]) -> list[Comparison]:
    made = []
    for item in insights.get("comparisons") or ():
        metric = _METRICS.get(item.get("metric", ""), str(item.get("metric", "")).replace("_", " "))
        verdict, tone = _VERDICTS.get(item.get("verdict", ""), (str(item.get("verdict", "")), "muted"))
        if item.get("verdict") == "needs_data" and item.get("sessions_needed"):
            verdict = f"needs {numbers.many(int(item['sessions_needed']), 'more session', 'more sessions')}"
        parts = [f"{metric}: {numbers.signed(item.get('difference'))}"]
        if item.get("ci"):
            parts.append(f"95 % between {numbers.signed(item['ci'][0])} and {numbers.signed(item['ci'][1])}")
        if item.get("effect_size") is not None:
            parts.append(effect(float(item["effect_size"])))
        text = f"{item.get('b', '?')} against {item.get('a', '?')}"
        made.append(Comparison(text, ", ".join(parts), verdict, tone))
    return made


def effect(size: float) -> str:
    """Hedges' g in words, at Cohen's limits 0.2, 0.5 and 0.8."""
    strength = abs(size)
    word = (
        "hardly any" if strength < 0.2 else "a small" if strength < 0.5 else "a medium" if strength < 0.8 else "a large"
    )
    return f"{word} effect"


def time_use(insights: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """(activity, minutes, share), the longest first."""
    minutes = {name: float(value) for name, value in section(insights, "time_use").items() if value}
    total = sum(minutes.values())
    return [(name, value, value / total) for name, value in sorted(minutes.items(), key=lambda pair: -pair[1])]


def _amount(value: float | None, unit: str) -> str:
    return numbers.percent(value) + " of uses hit" if unit == "%" else f"{numbers.short(value)} {unit}"


def _bare(value: float | None, unit: str) -> str:
    return numbers.percent(value) if unit == "%" else numbers.short(value)
