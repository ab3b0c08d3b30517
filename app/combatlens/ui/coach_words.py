"""Goals, trials, advice and learnings in words. Nothing here knows Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from combatlens.ui import numbers
from combatlens.ui.insight_words import confidence
from combatlens.ui.palette import Tone

GOALS = {
    "xp_per_hour": "XP per hour", "total_xp_gained": "XP gained", "level": "Level", "levels_gained": "Levels gained",
    "kills": "Kills", "kills_per_hour": "Kills per hour", "deaths_per_hour": "Deaths per hour",
    "dps": "DPS", "total_damage_dealt": "Damage dealt", "loot_value": "Value of loot",
    "profit_per_hour": "Profit per hour", "active_minutes": "Minutes played", "xp_lost_per_hour": "XP lost per hour",
    "skill.success_rate": "Skill: share of uses that hit", "skill.damage_per_second": "Skill: DPS",
    "skill.average_damage": "Skill: damage a use", "skill.xp_per_use": "Skill: XP a use",
}  # fmt: skip
"""What the window offers; `skill.` stands for `skills.<name>.`."""

SUMS = frozenset({"total_xp_gained", "levels_gained", "kills", "total_damage_dealt", "loot_value", "active_minutes"})
LOWER = frozenset({"deaths_per_hour", "xp_lost_per_hour"})
SHARES = frozenset({"skill.success_rate"})
TRIALS = {"build": "Build", "weapon": "Weapon", "mode": "Mode", "rotation": "Order of skills", "tag": "Tag"}
KINDS = {
    "performance": "Slow or erratic", "error_recovery": "After a failure", "workflow": "Order of actions",
    "validation": "Refused", "success_rate": "Success",
}  # fmt: skip


class GoalLine(NamedTuple):
    goal_id: str
    title: str
    share: float
    progress: str
    finish: str
    tone: Tone


def goal_line(goal: Mapping[str, Any]) -> GoalLine:
    """`goal`: a row of `goals list --json`."""
    share = min(1.0, max(0.0, goal["completion_percentage"] / 100))
    current, target = (_amount(goal["metric"], goal[key]) for key in ("current", "target"))
    progress = f"{current} of {target}" if goal["metric"] in SUMS else f"{current} now"
    if goal["current"] is None:
        progress = "Nothing recorded yet"
    if goal["is_completed"]:
        reached = f"Reached {numbers.day(goal['completed_at'])}"
        return GoalLine(goal["goal_id"], goal["description"], share, progress, reached, "accent")
    return GoalLine(goal["goal_id"], goal["description"], share, progress, _finish(goal), "muted")


def _finish(goal: Mapping[str, Any]) -> str:
    if goal["eta"] is None:
        unknown: str = goal.get("eta_unknown") or ""
        return unknown[:1].upper() + unknown[1:]
    if goal["eta_80"] is None:
        return f"About {numbers.day(goal['eta'])}, or much later"
    first, last = (numbers.day(at) for at in goal["eta_80"])
    if first == last:  # near enough for the time of day to matter
        first, last = (numbers.day(at, "%H:%M") for at in goal["eta_80"])
    return f"About {numbers.day(goal['eta'])}; in 8 of 10 cases {first} to {last}"


def _amount(metric: str, value: float | None) -> str:
    return numbers.percent(value, 1) if metric.endswith(".success_rate") else numbers.count(value)


def goal_metric(offered: str, skill: str) -> str:
    """The metric's name as `goals add` takes it."""
    return f"skills.{skill}.{offered.removeprefix('skill.')}" if offered.startswith("skill.") else offered


def goal_title(offered: str, skill: str, target: float) -> str:
    word = GOALS[offered].removeprefix("Skill: ")
    bound = "at most" if offered in LOWER else "at least"
    amount = numbers.percent(target) if offered in SHARES else numbers.count(target)
    return f"{skill}: {word} {bound} {amount}" if offered.startswith("skill.") else f"{word} {bound} {amount}"


class Advice(NamedTuple):
    """`advice_id` is "" where nothing can be decided; `decided`: what became of it so far, in words."""

    advice_id: str
    text: str
    reason: str
    certainty: str
    tone: Tone
    decided: str


def advice(insights: Mapping[str, Any]) -> list[Advice]:
    """What stands in the insights and was not rejected."""
    made = []
    for item in insights.get("recommendations") or ():
        decision = item.get("decision") or {}
        if decision.get("decision") == "rejected":
            continue
        certainty, tone = confidence(item.get("confidence"))
        told = outcome(decision) if decision else None
        decided = ". ".join(part for part in (told.decision, told.verdict) if part) if told else ""
        text, reason = str(item.get("text") or item.get("change") or ""), str(item.get("reason") or "")
        made.append(Advice(str(item.get("id") or ""), _capital(text), _capital(reason), certainty, tone, decided))
    return made


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class Outcome(NamedTuple):
    text: str
    decision: str
    verdict: str
    tone: Tone


_VERDICTS: dict[str, tuple[str, Tone]] = {
    "helped": ("It helped", "accent"),
    "made_it_worse": ("It made things worse", "bad"),
    "no_difference_shown": ("No effect shown", "muted"),
    "too_early": ("Too early to say", "muted"),
    "rejected": ("", "muted"),
}


def outcome(row: Mapping[str, Any]) -> Outcome:
    """`row` of the insights' `advice.outcomes`."""
    word, tone = _VERDICTS.get(row["verdict"], (str(row["verdict"]), "muted"))
    parts = [] if not word else [f"{word}: {numbers.signed(row['difference'])} XP/h" if row["difference"] else word]
    if row["ci"]:
        parts.append(f"95 % between {numbers.signed(row['ci'][0])} and {numbers.signed(row['ci'][1])}")
    if word:
        parts.append(f"{numbers.many(row['sessions_after'], 'session')} since")
    if row.get("together_with"):
        parts.append(f"together with {numbers.many(len(row['together_with']), 'other change')}")
    title = _capital(str(row.get("text") or f"Advice {row['recommendation_id']}"))
    return Outcome(title, f"{str(row['decision']).capitalize()} {numbers.day(row['at'])}", ", ".join(parts), tone)


def trust(value: float | None) -> str:
    """How far the app's own advice can be trusted, from what became of it."""
    if value is None or value >= 1:
        return ""
    return f"Advice made things worse before: everything here is trusted {numbers.percent(value)} as far."


_TRIAL_STATES: Mapping[str, tuple[str, Tone]] = {
    "decided": ("known", "accent"),
    "no_such_difference": ("no such difference", "muted"),
}


def trial_state(state: str) -> tuple[str, Tone]:
    return _TRIAL_STATES.get(state, ("running", "text"))
