"""`sessions …`: the history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from combatlens.bootstrap.home import Home
from combatlens.bootstrap.past import open_past, session_events
from combatlens.cli import corrections
from combatlens.cli.common import home_option, json_option, minutes, number, plain, put_json, table, when
from combatlens.domain.present import detail_json, session_json
from combatlens.domain.records import SkillTotals
from combatlens.domain.words import counted
from combatlens.ports import History, SessionQuery
from combatlens.services.files import write_whole


@click.group("sessions")
def sessions_command() -> None:
    """The recorded sessions."""


for command in corrections.COMMANDS:
    sessions_command.add_command(command)


@contextmanager
def _history(home: Home) -> Iterator[History]:
    with open_past(home) as history:
        yield history


@sessions_command.command("list")
@home_option
@json_option
@click.option("--limit", type=click.IntRange(1), help="At most so many (default: all).")
@click.option("--offset", type=click.IntRange(0), default=0, help="Pass over the first so many.")
@click.option("--text", default="", help="In id, build, zone, mode, notes or character.")
@click.option("--build", default="", help="Of this build.")
@click.option("--character", default="", help="Of this character.")
@click.option(
    "--sort", default="start_time", show_default=True,
    type=click.Choice(["start_time", "active_minutes", "total_xp_gained", "xp_per_hour", "kills", "deaths", "build",
                       "rating"]),
)  # fmt: skip
@click.option("--ascending", is_flag=True, help="Smallest or oldest first.")
def list_sessions(home: Home, as_json: bool, ascending: bool, **query: Any) -> None:
    """List the sessions, newest first."""
    with _history(home) as history:
        page = history.sessions(SessionQuery(descending=not ascending, **query))
        if as_json:
            put_json([session_json(history.summary(row.session_id)) for row in page.rows])
            return
    if not page.rows:
        click.echo("no session yet; record the first with: combatlens run")
        return
    rows = [
        (row.session_id, when(row.start_time), minutes(row.active_minutes), number(row.total_xp_gained),
         number(row.xp_per_hour), str(row.kills), str(row.deaths), row.build or "", number(row.rating, 1), row.state)
        for row in page.rows
    ]  # fmt: skip
    table("", [("session", "left"), ("start", "left"), ("active", "right"), ("XP", "right"), ("XP/h", "right"),
               ("kills", "right"), ("deaths", "right"), ("build", "left"), ("rating", "right"), ("state", "left")],
          rows)  # fmt: skip
    if len(page.rows) < page.total:
        click.echo(f"{len(page.rows):,} of {counted(page.total, 'session')}")


@sessions_command.command("show")
@home_option
@json_option
@click.argument("session_id")
@click.option("--events", "events", is_flag=True, help="Its events, with the numbers that sessions edit takes.")
@click.option("--kind", default="", help="With --events: only those of this type, such as kill or xp.")
def show(home: Home, as_json: bool, session_id: str, events: bool, kind: str) -> None:
    """Show one session: its figures, skills and targets."""
    if events or kind:
        _show_events(session_events(home, session_id, kind), as_json)
        return
    with _history(home) as history:
        detail = history.detail(session_id)
    if as_json:
        put_json(detail_json(detail))
        return
    summary = detail.summary
    click.echo(f"{plain(summary.session_id)} ({summary.state}), {when(summary.start_time)}")
    click.echo(f"  active   {minutes(summary.active_minutes)} of {minutes(summary.elapsed_minutes)}")
    click.echo(f"  XP       {number(summary.total_xp_gained)}, {number(summary.xp_per_hour)} an hour")
    click.echo(
        f"  fighting {counted(summary.kills, 'kill')}, {counted(summary.deaths, 'death')}, "
        f"{counted(len(detail.encounters), 'encounter')}"
    )
    click.echo(f"  damage   {number(summary.total_damage_dealt)}, {number(summary.dps, 1)} DPS")
    if summary.skills:
        ranked = sorted(summary.skills.items(), key=lambda item: (-item[1].total_damage, -item[1].usage_count))
        columns = ("uses", "damage", "a use", "hits", "DPS", "XP a use")
        table("", [("skill", "left"), *((name, "right") for name in columns)], [_skill_row(*one) for one in ranked])
    if summary.targets:
        hunted = sorted(summary.targets.items(), key=lambda item: (-item[1].kills, -item[1].damage))[:15]
        table("", [("target", "left"), ("kills", "right"), ("damage", "right"), ("to kill", "right"), ("XP", "right")],
              [(name, str(t.kills), number(t.damage),
                "–" if t.time_to_kill_s is None else f"{t.time_to_kill_s:.1f} s", number(t.xp))
               for name, t in hunted])  # fmt: skip


def _skill_row(name: str, skill: SkillTotals) -> tuple[str, ...]:
    """What is never used, such as bleeding, has no figures of a use."""
    if not skill.usage_count:
        return name, "–", number(skill.total_damage), "–", "–", "–", "–"
    return (
        name, str(skill.usage_count), number(skill.total_damage), number(skill.average_damage, 1),
        f"{skill.success_rate:.1%}", number(skill.damage_per_second, 1), number(skill.xp_per_use, 1),
    )  # fmt: skip


def _show_events(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        put_json(found)
        return
    for event in found:
        rest = {key: value for key, value in event.items() if key not in ("seq", "at", "type", "source", "id")}
        told = ", ".join(f"{key} {value}" for key, value in rest.items())
        click.echo(plain(f"{event['seq']:>8}  {event['at']}  {event['type']:<12} {told}"))


@sessions_command.command("compare")
@home_option
@json_option
@click.argument("first")
@click.argument("second")
def compare(home: Home, as_json: bool, first: str, second: str) -> None:
    """Put two sessions side by side. Two sessions prove nothing: see combatlens insights for comparisons."""
    with _history(home) as history:
        pair = [session_json(history.summary(name)) for name in (first, second)]
    figures = ("active_minutes", "total_xp_gained", "xp_per_hour", "kills", "deaths", "dps", "total_damage_dealt",
               "total_damage_taken", "profit_per_hour")  # fmt: skip
    rows = [(name, pair[0][name], pair[1][name]) for name in figures]
    if as_json:
        put_json({
            "a": pair[0], "b": pair[1],
            "difference": {n: None if a is None or b is None else b - a for n, a, b in rows},
        })  # fmt: skip
        return
    table("", [("", "left"), (first, "right"), (second, "right"), ("difference", "right")],
          [(n.replace("_", " "), number(a, 1), number(b, 1), "–" if a is None or b is None else f"{b - a:+z,.1f}")
           for n, a, b in rows])  # fmt: skip


@sessions_command.command("export")
@home_option
@click.argument("session_ids", nargs=-1)
@click.option("--format", "kind", type=click.Choice(["json", "csv", "html"]), default="json", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Into this file (default: print).")
def export(home: Home, session_ids: tuple[str, ...], kind: str, out: Path | None) -> None:
    """Export sessions (default: all)."""
    with _history(home) as history:
        names = session_ids or [row.session_id for row in history.sessions(SessionQuery(descending=False)).rows]
        if kind == "json":
            import json

            text = json.dumps([detail_json(history.detail(name)) for name in names], indent=2, ensure_ascii=False)
        elif kind == "html":
            from combatlens.adapters.clock import SystemClock
            from combatlens.reports.session_html import sessions_page

            text = sessions_page([history.detail(name) for name in names], SystemClock().now())
        else:
            from combatlens.reports.csv_table import csv_table

            text = csv_table([flat_json(history, name) for name in names])
    if out is None:
        click.echo(text)
    else:
        write_whole(out, text.encode() + b"\n")
        click.echo(f"{counted(len(names), 'session')} written to {out}")


def flat_json(history: History, name: str) -> dict[str, Any]:
    found = session_json(history.summary(name))
    return {key: value for key, value in found.items() if not isinstance(value, dict | list)}
