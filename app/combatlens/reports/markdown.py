"""A session or a period as Markdown, for a chat, a wiki or a repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from combatlens.domain.records import SessionDetail
from combatlens.domain.words import plain
from combatlens.reports import period_html, session_html
from combatlens.reports.page import duration, moment, number, percent


def session_markdown(detail: SessionDetail, made_at: float) -> str:
    s = detail.summary
    about = " · ".join(part for part in (s.build, s.zone, s.mode, s.session_id) if part)
    lines = [f"# {_cell(s.character or 'Session')}, {moment(s.start_time)}", "", _cell(about), ""]
    lines += _table(["figure", "value"], [[name, value] for value, name in session_html.figures(s)])
    ranked = sorted(s.skills.items(), key=lambda item: -item[1].total_damage)
    lines += _part("Skills", ["skill", "uses", "damage", "a use", "success", "DPS", "XP a use"], [
        [name, number(k.usage_count), number(k.total_damage), number(k.average_damage, 1), percent(k.success_rate, 1),
         number(k.damage_per_second, 1), number(k.xp_per_use, 1)]
        for name, k in ranked
    ])  # fmt: skip
    hunted = sorted(s.targets.items(), key=lambda item: -item[1].kills)
    lines += _part("Targets", ["target", "kills", "damage", "XP"], [
        [name, number(t.kills), number(t.damage), number(t.xp)] for name, t in hunted
    ])  # fmt: skip
    lines += _part("Deaths", ["after", "killed by", "where"], [
        [duration(max(0.0, d.at - s.start_time) / 60), d.killer or d.cause or "–", d.zone or "–"]
        for d in s.deaths_detail
    ])  # fmt: skip
    if s.notes:
        lines += ["", "## Notes", "", _cell(s.notes)]
    return "\n".join([*lines, "", _made(made_at)]) + "\n"


def period_markdown(dashboard: Mapping[str, Any], insights: Sequence[Mapping[str, Any]], made_at: float) -> str:
    lines = [f"# {period_html.title_of(dashboard)}", "", period_html.subtitle_of(dashboard), ""]
    lines += _table(["figure", "value"], [[name, value] for value, name in period_html.figures(dashboard)])
    if insights:
        lines += ["", "## What stands out", ""]
        lines += [f"- **{row['impact']}**: {_cell(row['message'])}" for row in insights]
    lines += _part("Trends", ["figure", "median", "latest", "change", "verdict"], [
        [row["metric"].replace("_", " "), number(row["median"], 1), number(row["latest"], 1),
         "–" if row["change"] is None else f"{row['change']:+.0%}", row["verdict"].replace("_", " ")]
        for row in dashboard["trends"]
    ])  # fmt: skip
    foretold = [list(period_html.prediction_words(row)) for row in dashboard["predictions"]]
    lines += _part("What comes next", ["", ""], foretold)
    lines += _part("Skills and actions", ["", "kind", "uses", "success", "damage a use", "DPS"], [
        [row["name"], row["kind"], number(row["uses"]), percent(row["success_rate"], 1),
         number(row["average_damage"], 1), number(row["damage_per_second"], 1)]
        for row in dashboard["effectiveness"]
    ])  # fmt: skip
    lines += _part("Best places", ["zone", "XP per hour", "active hours"], [
        [row["name"], number(row["xp_per_hour"]), number(row["active_minutes"] / 60, 1)]
        for row in dashboard["best_places"]
    ])  # fmt: skip
    if dashboard["alerts"]:
        lines += ["", "## Alerts", ""]
        lines += [
            f"- **{row['severity']}** {row['since'][:10]}: {_cell(row['message'])}" for row in dashboard["alerts"]
        ]
    return "\n".join([*lines, "", _made(made_at)]) + "\n"


def _part(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["", f"## {title}", "", *_table(heads, rows)] if rows else []


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|--:" * (len(heads) - 1) + "|"]
    return lines + ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]


def _cell(text: str) -> str:
    """Text that stays in its place: no line breaks, no table rules, no markup or HTML of its own."""
    flat = plain(" ".join(text.split()))
    return "".join("\\" + sign if sign in "\\`*_[]<>|#&~@" else sign for sign in flat)


def _made(at: float) -> str:
    return f"Made by CombatLens on {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC."
