"""`trial …`: one way against another, and how long it takes until that is known."""

from __future__ import annotations

from typing import Any

import click

from combatlens.bootstrap.home import Home
from combatlens.bootstrap.trials import open_trials
from combatlens.cli.common import home_option, json_option, plain, put_json
from combatlens.learning.compare import KINDS, METRICS


@click.group("trial")
def trial_command() -> None:
    """Try one way against another: builds, weapons, modes, rotations, tags.

    You play both; CombatLens says after how many more sessions it will know, and when it knows.
    """


@trial_command.command("add")
@home_option
@json_option
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("a")
@click.argument("b")
@click.option("--metric", type=click.Choice(METRICS), default="xp_per_hour", show_default=True, help="By what.")
@click.option(
    "--difference", type=click.FloatRange(1, 100), default=10.0, show_default=True, metavar="PERCENT",
    help="The difference that is worth knowing, of A's figure.",
)  # fmt: skip
@click.option("--id", "trial_id", default="", help="A short name (default: made of A and B).")
@click.option("--character", default="", help="Sessions of this character alone.")
def add(home: Home, as_json: bool, difference: float, **wanted: Any) -> None:
    """Begin a trial: `trial add build Rifleman Medic`, `trial add tag without "double xp"`.

    Sessions that begin from now on count: the choice of A and B may rest on the earlier ones. A rotation is named as
    "A > B > C"; a session counts for the one that it was played with most.
    """
    with open_trials(home) as trials:
        made = trials.book.add(difference=difference / 100, **wanted)
        state = next(one for one in trials.states() if one["trial_id"] == made.trial_id)
    put_json(state) if as_json else click.echo(_line(state))


@trial_command.command("list")
@home_option
@json_option
def list_trials(home: Home, as_json: bool) -> None:
    """Show every trial: the answer where it is known, else how many more sessions it takes and which side is next."""
    with open_trials(home) as trials:
        states = trials.states()
    if as_json:
        put_json(states)
    elif not states:
        click.echo("no trial yet; begin one with: combatlens trial add build A B")
    else:
        for state in states:
            click.echo(_line(state))


@trial_command.command("remove")
@home_option
@click.argument("trial_id")
def remove(home: Home, trial_id: str) -> None:
    """Forget a trial. The sessions stay."""
    with open_trials(home) as trials:
        trials.book.remove(trial_id)
    click.echo(f"trial {plain(trial_id)} removed")


def _line(state: dict[str, Any]) -> str:
    return plain(f"{state['trial_id']}: {state['kind']} {state['b']} against {state['a']}\n  {state['message']}")
