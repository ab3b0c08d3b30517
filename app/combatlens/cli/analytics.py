"""`analytics …`: trends, alerts and predictions over the history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from combatlens.bootstrap.home import Home
from combatlens.cli.common import F, home_option, json_option, number, plain, put_json, table
from combatlens.domain.words import counted
from combatlens.learning.trend_words import verdict_words

BARS = "▁▂▃▄▅▆▇█"
SPARK = 32
MOST_DAYS = 36_500
SIGNS = {"high": "▲ high", "medium": "● medium", "low": "· low"}


class _Days(click.ParamType[float]):
    name = "number"

    def convert(self, value: object, _param: click.Parameter | None, _ctx: click.Context | None) -> float:
        try:
            days = float(str(value))
        except ValueError:
            days = 0.0
        if not 0 < days <= MOST_DAYS:  # also what is no number
            self.fail(f"{value!r} is no number of days; write one above 0, at most {MOST_DAYS}")
        return days


def days_option(function: F) -> F:
    return click.option("--days", type=_Days(), metavar="N", help="Of the last so many days (default: all).")(function)


@click.group("analytics")
def analytics_command() -> None:
    """Trends, alerts and predictions over the history."""


@analytics_command.command("dashboard")
@home_option
@json_option
@days_option
def dashboard(home: Home, as_json: bool, days: float | None) -> None:
    """Everything on one page."""
    from combatlens.bootstrap.analytics import open_analytics

    with open_analytics(home) as analytics:
        found = analytics.dashboard(days)
    if as_json:
        put_json(found)
        return
    sums = found["totals"]
    if not sums["sessions"]:
        click.echo("no ended session in this time; record the first with: combatlens run")
        return
    click.echo(
        f"{counted(sums['sessions'], 'session')}, {number(sums['active_minutes'] / 60, 1)} h active, "
        f"{number(sums['total_xp_gained'])} XP, {number(sums['xp_per_hour'])} an hour, "
        f"{counted(sums['kills'], 'kill')}, {counted(sums['deaths'], 'death')}\n"
    )
    _trends(found["trends"])
    _effectiveness(found["effectiveness"][:12])
    _best(found)
    _said(found)
    _learning(found["learning"])
    _sources(found["reader"], found["corrections"])
    _intake(found["intake"])
    _predictions(found["predictions"])
    _alerts(found["alerts"][:8], len(found["alerts"]))


@analytics_command.command("trends")
@home_option
@json_option
@days_option
def trends(home: Home, as_json: bool, days: float | None) -> None:
    """How the figures move: slope by Theil and Sen, significance by Mann and Kendall."""
    from combatlens.bootstrap.analytics import open_analytics

    with open_analytics(home) as analytics:
        found = analytics.trends(days)
    if as_json:
        put_json(found)
    else:
        _trends(found["trends"])


@analytics_command.command("insights")
@home_option
@json_option
@days_option
def insights(home: Home, as_json: bool, days: float | None) -> None:
    """What follows from it, what comes next, and what all of it rests on."""
    from combatlens.bootstrap.analytics import open_analytics

    with open_analytics(home) as analytics:
        found = analytics.insights(days)
    if as_json:
        put_json(found)
        return
    if not found["insights"]:
        click.echo("nothing is sure enough to say; play on")
    for row in found["insights"]:
        click.echo(plain(f"{SIGNS[row['impact']]:<9} {row['message']}"))
    _predictions(found["predictions"])
    rare = found["bias"]["hardly_seen"]
    if rare:
        click.echo("\nhardly seen, so the advice knows little of it: " + plain(", ".join(
            f"{row['kind']} {row['name']} ({row['share']:.0%} of the time, {counted(row['sessions'], 'session')})"
            for row in rare[:8])))  # fmt: skip


@analytics_command.command("alerts")
@home_option
@json_option
@days_option
@click.option("--webhook", metavar="URL", help="Send them there, in the shape that its chat service takes.")
@click.option("--fail-on", type=click.Choice(["low", "medium", "high"]), help="Exit 1 when one is at least so severe.")
def alerts(home: Home, as_json: bool, days: float | None, webhook: str | None, fail_on: str | None) -> int:
    """What went wrong: in sessions and over weeks. For pipelines: --fail-on high."""
    from combatlens.bootstrap.analytics import open_analytics
    from combatlens.services.analytics import at_least

    if webhook is not None:
        from combatlens.adapters.webhook import ensure_address, post

        ensure_address(webhook)
    with open_analytics(home) as analytics:
        found = analytics.alerts(days)
    if webhook and found:
        post(webhook, found)
    if as_json:
        put_json(found)
    elif found:
        _alerts(found, len(found), "Alerts")
    else:
        click.echo("no alert")
    return 1 if fail_on and at_least(found, fail_on) else 0


def sparkline(values: Sequence[float]) -> str:
    """The values as bars, neighbours averaged to fit."""
    if not values:
        return ""
    size = max(1, -(-len(values) // SPARK))
    means = [sum(part) / len(part) for i in range(0, len(values), size) if (part := values[i : i + size])]
    low, high = min(means), max(means)
    if high == low:
        return BARS[3] * len(means)
    return "".join(BARS[round((value - low) / (high - low) * (len(BARS) - 1))] for value in means)


def _intake(found: dict[str, Any]) -> None:
    """How the screen reader did, and what was refused most."""
    screen, refused = found["screen"], found["refused"]
    if screen["pictures"]:
        read = screen["accepted"] / screen["pictures"]
        took = f", {screen['seconds_p95'] * 1000:.0f} ms a look (95 %)" if screen["seconds_p95"] is not None else ""
        click.echo(f"screen: {counted(screen['pictures'], 'changed picture')}, {read:.0%} read, "
                   f"{counted(screen['refused'], 'reading')} refused{took}")  # fmt: skip
    for row in refused[:5]:
        click.echo(
            plain(f"refused {counted(row['count'], 'time')}: {row['what']} from {row['source']}: {row['reason']}")
        )
    if screen["pictures"] or refused:
        click.echo("")


def _trends(rows: Sequence[dict[str, Any]]) -> None:
    table(
        "Trends",
        [("", "left"), ("", "left"), ("median", "right"), ("latest", "right"), ("change", "right"),
         ("a day, 95 % interval", "right"), ("p", "right"), ("verdict", "left")],
        [
            (row["metric"].replace("_", " "), sparkline([value for _, value in row["series"]]),
             number(row["median"], _digits(row["median"])), number(row["latest"], _digits(row["median"])),
             "–" if row["change"] is None else f"{row['change']:+.0%}",
             _interval(row["slope_per_day_ci"]), _chance(row["p_adjusted"]),
             verdict_words(row))
            for row in rows
        ],
    )  # fmt: skip


def _effectiveness(rows: Sequence[dict[str, Any]]) -> None:
    table(
        "\nSkills and actions",
        [("", "left"), ("", "left"), ("uses", "right"), ("success", "right"), ("damage a use", "right"),
         ("DPS", "right"), ("XP a use", "right"), ("seconds", "right")],
        [
            (row["name"], row["kind"], number(row["uses"]), f"{row['success_rate']:.1%}",
             number(row["average_damage"], 1), number(row["damage_per_second"], 1), number(row["xp_per_use"], 1),
             number(row["seconds_per_use"], 2))
            for row in rows
        ],
    )  # fmt: skip


def _best(found: dict[str, Any]) -> None:
    for title, key in (("Best hours", "best_hours"), ("Best places", "best_places")):
        rows = [row for row in found[key] if row["xp_per_hour_ci"]][:5]
        if rows:
            table(
                f"\n{title}", [("", "left"), ("XP/h", "right"), ("95 % interval", "right"), ("active", "right")],
                [(row["name"], number(row["xp_per_hour"]), _interval(row["xp_per_hour_ci"]),
                  f"{row['active_minutes'] / 60:,.1f} h") for row in rows],
            )  # fmt: skip


def _said(found: dict[str, Any]) -> None:
    said, advice = found["satisfaction"], found["recommendations"]
    if said["ratings"]:
        themes = ", ".join(f"{row['theme']} {row['rating']:.1f} ({row['count']})" for row in said["themes"][:6])
        click.echo(plain(
            f"\nSatisfaction {said['mean']:.1f} of 5 over {counted(said['ratings'], 'rating')}"
            + (f"; themes: {themes}" if themes else "")
        ))  # fmt: skip
    if advice["given"]:
        click.echo(
            f"\nAdvice: {advice['given']} given, {advice['accepted']} accepted, {advice['modified']} modified, "
            f"{advice['rejected']} rejected"
        )


def _learning(rows: Sequence[dict[str, Any]]) -> None:
    """What was tried and what was written, and what became of it."""
    if rows:
        table(
            "\nTried, and scripts offered",
            [("", "left"), ("", "left"), ("times", "right"), ("success", "right"), ("seconds to decide", "right")],
            [(row["name"], row["kind"], number(row["tries"]), f"{row['success_rate']:.0%}",
              number(row["seconds_to_decide"], 1)) for row in rows[:8]],
        )  # fmt: skip


def _sources(rows: Sequence[dict[str, Any]], corrections: dict[str, int]) -> None:
    """How late what was seen arrives, how sure the reader was, and what was corrected or taken away."""
    told = []
    for row in rows:
        late = row["delay_p95_s"]
        parts = [] if late is None else [f"95 of 100 events within {late:.2f} s"]
        parts += [f"{row['confidence']:.0%} sure over {counted(row['readings'], 'reading')}"] if row["readings"] else []
        told += [f"{row['source']}: {', '.join(parts)}"] if parts else []
    if corrections:
        told.append("in the audit trail: " + ", ".join(f"{what} {count}" for what, count in corrections.items()))
    if told:
        click.echo("\n" + "\n".join(map(plain, told)))


def _predictions(rows: Sequence[dict[str, Any]]) -> None:
    told = []
    for row in rows:
        if row["interval"]:
            low, high = row["interval"]
            digits = _digits(row["value"])
            what = f"{number(row['value'], digits)}, in 8 of 10 cases {number(low, digits)} to {number(high, digits)}"
        elif row["chance"] is not None:
            what = f"{row['chance']:.0%}"
        else:
            what = f"needs {row['needs']} more"
        told.append((_prediction_words(row), what))
    table("\nWhat comes next", [("", "left"), ("", "left")], told)


def _prediction_words(row: dict[str, Any]) -> str:
    return {
        "next_session": f"XP per hour of the next session with {row['subject']}",
        "goal_today": f"chance today: {row['subject']}",
        "skill": f"{row['subject']} keeps its {row['value'] or 0:.0%} success",
        "rotation": f"{row['subject']} keeps its {row['value'] or 0:.0%} success",
        "satisfaction": "next rating",
    }[row["kind"]]


def _alerts(rows: Sequence[dict[str, Any]], total: int, title: str = "\nAlerts") -> None:
    if not rows:
        return
    table(
        title,
        [("", "left"), ("since", "left"), ("session", "left"), ("", "left")],
        [(SIGNS[row["severity"]], row["since"][:16].replace("T", " "), row["session_id"] or "", row["message"])
         for row in rows],
    )  # fmt: skip
    if total > len(rows):
        click.echo(f"and {total - len(rows)} more: combatlens analytics alerts")


def _chance(p: float | None) -> str:
    return "–" if p is None else f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _digits(value: float | None) -> int:
    return 2 if value is not None and abs(value) < 10 else 1 if value is not None and abs(value) < 100 else 0


def _interval(bounds: Sequence[float] | None) -> str:
    if not bounds:
        return "–"
    digits = _digits(max(abs(bound) for bound in bounds))
    return " to ".join(f"{bound:,.{digits}f}" for bound in bounds)
