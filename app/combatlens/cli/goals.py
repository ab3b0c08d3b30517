"""`goals …`: what the user wants to reach, and how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from combatlens.adapters.clock import SystemClock
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.past import open_past
from combatlens.cli.common import home_option, json_option, number, plain, put_json, table, when
from combatlens.learning.goal_metrics import metrics
from combatlens.learning.goals import GoalState
from combatlens.services.goal_book import GoalBook, goal_json


@click.group("goals")
def goals_command() -> None:
    """What you want to reach, and how far you are."""


@contextmanager
def _book(home: Home) -> Iterator[GoalBook]:
    with open_past(home) as history:
        yield GoalBook(home.goals, history, SystemClock())


@goals_command.command("add", epilog=f"Metrics: {', '.join(metrics())}.")
@home_option
@json_option
@click.argument("metric")
@click.argument("target", type=float)
@click.option("--id", "goal_id", default="", help="A short name (default: made of the metric).")
@click.option("--description", default="", help="The goal in your words.")
@click.option("--direction", type=click.Choice(["up", "down"]), help="down: lower is better (default: as usual).")
@click.option("--character", default="", help="Of this character alone.")
def add(home: Home, as_json: bool, **wanted: Any) -> None:
    """Set a goal: `goals add xp_per_hour 50000`, `goals add kills 1000`, `goals add deaths_per_hour 1`.

    Sums such as kills or XP count from now on.
    """
    with _book(home) as book:
        goal = book.add(**wanted)
        state = next(s for s in book.states() if s.goal_id == goal.goal_id)
    if as_json:
        put_json(goal_json(state))
    else:
        click.echo(f"goal {plain(goal.goal_id)}: {plain(goal.description)}")


@goals_command.command("list")
@home_option
@json_option
def list_goals(home: Home, as_json: bool) -> None:
    """Show every goal, how far it is, and when it will be reached in 80 of 100 cases."""
    with _book(home) as book:
        states = book.states()
    if as_json:
        put_json([goal_json(state) for state in states])
        return
    if not states:
        click.echo("no goal yet; set one with: combatlens goals add xp_per_hour 50000")
        return
    rows = [
        (s.goal_id, s.description, number(s.current, _digits(s.current)), number(s.target, _digits(s.target)),
         f"{s.completion_percentage:.0f} %", _finish(s))
        for s in states
    ]  # fmt: skip
    table("", [("goal", "left"), ("what", "left"), ("now", "right"), ("target", "right"), ("done", "right"),
               ("reached", "left")], rows)  # fmt: skip


@goals_command.command("remove")
@home_option
@click.argument("goal_id")
def remove(home: Home, goal_id: str) -> None:
    """Forget a goal."""
    with _book(home) as book:
        book.remove(goal_id)
    click.echo(f"goal {plain(goal_id)} removed")


def _digits(value: float | None) -> int:
    return 0 if value is None or abs(value) >= 100 or value == int(value) else 2


def _finish(state: GoalState) -> str:
    if state.is_completed:
        return f"yes, {when(state.completed_at)}"
    if state.eta is None:
        return state.eta_unknown or "–"
    if state.eta_80 is None:
        return f"about {when(state.eta)}, or much later"
    return f"about {when(state.eta)} ({when(state.eta_80[0])} … {when(state.eta_80[1])})"
