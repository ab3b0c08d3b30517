"""What was learned, as tables for the terminal; every figure with its 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from combatlens.cli.common import minutes, number, plain, table
from combatlens.domain.words import counted

Found = Mapping[str, Any]
MOST = 8
ARROWS = {"rising": "↗", "falling": "↘"}
METRICS = {"xp_per_hour": "XP/h", "dps": "DPS", "success_rate": "success", "deaths_per_hour": "deaths/h"}
VERDICTS = {"better": "better", "worse": "worse", "no_difference_shown": "no difference shown"}


def show(found: Found) -> None:
    _headline(found["meta"], found["performance_metrics"])
    _skills(found["skill_performance"])
    _choices(found)
    _places("Targets", found["targets"], "time_to_kill_s", "time_to_kill_ci", "seconds to kill")
    _places("Zones", found["zones"], "deaths_per_hour", "deaths_per_hour_ci", "deaths/h")
    _places("Builds", found["builds"], "profit_per_hour", "profit_per_hour_ci", "profit/h")
    _time(found["time_use"], found["losses"])
    _comparisons(found["comparisons"])
    for trial in found.get("trials", []):
        click.echo(f"  trial {plain(trial['trial_id'])}: {plain(trial['message'])}")


def _headline(meta: Found, sums: Found) -> None:
    parts = [f"{within(sums['xp_per_hour'], sums['xp_per_hour_ci'])} XP/h"] if sums["xp_per_hour"] is not None else []
    if sums["profit_per_hour"] is not None:
        parts.append(f"profit {within(sums['profit_per_hour'], sums['profit_per_hour_ci'])} an hour")
    played = f"learned from {counted(meta['sessions'], 'session')}, {minutes(meta['active_minutes'])} active"
    click.echo(": ".join(part for part in (played, ", ".join(parts)) if part))


def within(value: float | None, interval: Sequence[float] | None, digits: int = 0) -> str:
    """`1,234 (1,200 to 1,270)`; without the interval where it is not known."""
    if value is None:
        return "–"
    low_high = f" ({number(interval[0], digits)} to {number(interval[1], digits)})" if interval else ""
    return number(value, digits) + low_high


def _skills(skills: Found) -> None:
    if not skills:
        return
    columns = ("uses", "damage", "a use", "a second, 95 %", "hits, 95 %", "XP a use", "lost to misses", "confidence")
    heads = [("skill", "left"), *((name, "right") for name in columns)]
    table("Skills", heads, [_skill_row(name, skill) for name, skill in skills.items()])


def _skill_row(name: str, skill: Found) -> tuple[str, ...]:
    """What does no damage shows none; what is never used (bleeding, a proc) has no figures of a use."""
    evidence, share = skill.get("evidence", {}), skill["damage_share"]
    needs, hits = evidence.get("needs"), skill["success_rate"]
    sure = f"needs {needs} more uses" if needs else number(evidence.get("confidence"), 2)
    arrow = ARROWS.get((skill["trend"] or {}).get("verdict", ""), "")
    told = hits is not None and (share or hits < 1)
    percent = [100 * bound for bound in evidence["success_rate_ci"]] if told and evidence["success_rate_ci"] else None
    return (
        name,
        number(skill["total_uses"] or None),
        f"{share:.1%}" if share else "–",
        number(skill["average_damage"] or None, 1),
        f"{arrow} {within(skill['damage_per_second'] or None, evidence['damage_per_second_ci'], 1)}".strip(),
        within(100 * hits, percent, 1) + " %" if told else "–",
        number(skill["xp_efficiency"] or None, 1),
        f"{skill['time_lost_s'] / 60:,.1f} min" if skill["time_lost_s"] else "–",
        sure if skill["total_uses"] else "not a use",
    )


def _choices(found: Found) -> None:
    for section in ("xp_efficiency", "combat_patterns", "build_recommendations"):
        for key, value in found[section].items():
            if isinstance(value, str) or (isinstance(value, list) and value):
                shown = " → ".join(value) if isinstance(value, list) else value
                gain = _gain(found) if key == "recommended_rotation" else ""
                click.echo(f"  {key.replace('_', ' ').replace('xp', 'XP')}: {plain(shown)}{gain}")


def _gain(found: Found) -> str:
    """What the recommended rotation does against the user's own way; nothing where that is no clear gain."""
    told = found["build_recommendations"]["evidence"]["recommended_rotation"]
    if told["expected_gain"] is None:
        return ""
    low, high = told["expected_gain_ci"]
    if low <= 0:
        return "; your own way is as good, as far as is known"
    return f"; {told['expected_gain']:+.0%} damage a second (95 % between {low:+.0%} and {high:+.0%})"


def _places(title: str, rows: Found, second: str, interval: str, heading: str) -> None:
    """Targets, zones or builds, the best XP/h first."""
    if not rows:
        return
    digits = 0 if second == "profit_per_hour" else 1
    table(
        f"\n{title}",
        [("", "left"), ("sessions", "right"), ("kills", "right"), ("deaths", "right"), ("XP/h, 95 %", "right"),
         (f"{heading}, 95 %", "right"), ("confidence", "right")],
        [
            (name, number(row["sessions"]), number(row.get("kills")), number(row.get("deaths")),
             within(row["xp_per_hour"], row["xp_per_hour_ci"]), within(row[second], row[interval], digits),
             number(row["confidence"], 2))
            for name, row in list(rows.items())[:MOST]
        ],
    )  # fmt: skip
    _more(len(rows))


def _time(use: Found, losses: Sequence[Found]) -> None:
    total = sum(use.values())
    if not total:
        return
    costs = {row["kind"]: row["xp_per_hour"] for row in losses}
    table(
        "\nWhere the time goes",
        [("", "left"), ("minutes", "right"), ("share", "right"), ("costs XP/h", "right")],
        [
            (name, number(spent), f"{spent / total:.1%}", number(costs.get(name)))
            for name, spent in sorted(use.items(), key=lambda item: -item[1])
            if spent
        ],
    )


def _comparisons(rows: Sequence[Found]) -> None:
    if not rows:
        return
    table(
        "\nCompared",
        [("", "left"), ("", "left"), ("difference, 95 %", "right"), ("verdict", "left"), ("not held equal", "left")],
        [
            (f"{row['kind']}: {row['b']} against {row['a']}", METRICS[row["metric"]],
             within(row["difference"], row["ci"], 3 if row["metric"] == "success_rate" else 1), _verdict(row),
             ", ".join(row["not_stratified"]) or "–")
            for row in rows[:MOST]
        ],
    )  # fmt: skip
    _more(len(rows))


def _verdict(row: Found) -> str:
    more = row["sessions_needed"]
    known = f" (a difference is known after {counted(more, 'more session')})" if more else ""
    return VERDICTS.get(row["verdict"], "needs more sessions") + known


def _more(count: int) -> None:
    if count > MOST:
        click.echo(f"  and {count - MOST} more: combatlens insights --json")
