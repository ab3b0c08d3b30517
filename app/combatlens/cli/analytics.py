"""`analytics …`: trends, alerts and predictions over the history."""

from __future__ import annotations

import click

from combatlens.bootstrap.home import Home
from combatlens.cli.analytics_tables import (
    SIGNS,
    put_alerts,
    put_best,
    put_contexts,
    put_effectiveness,
    put_hardly_seen,
    put_intake,
    put_learning,
    put_predictions,
    put_said,
    put_sources,
    put_trends,
)
from combatlens.cli.common import F, home_option, json_option, number, plain, put_json
from combatlens.domain.words import counted

MOST_DAYS = 36_500
FEW = 10
"""In fewer sessions everything was hardly seen."""


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
    put_trends(found["trends"])
    put_effectiveness(found["effectiveness"][:12])
    put_best(found)
    put_contexts(found["contexts"])
    put_said(found)
    put_learning(found["learning"])
    put_sources(found["reader"], found["corrections"])
    put_intake(found["intake"])
    put_predictions(found["predictions"])
    if sums["sessions"] >= FEW:
        put_hardly_seen(found["bias"]["hardly_seen"])
    put_alerts(found["alerts"][:8], len(found["alerts"]))


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
        put_trends(found["trends"])


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
    put_predictions(found["predictions"])
    put_hardly_seen(found["bias"]["hardly_seen"])


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
        put_alerts(found, len(found), "Alerts")
    else:
        click.echo("no alert")
    return 1 if fail_on and at_least(found, fail_on) else 0
