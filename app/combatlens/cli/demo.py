"""`demo` and `simulate`: a world with known truth."""

from __future__ import annotations

from pathlib import Path

import click

from combatlens.bootstrap.home import Home
from combatlens.cli.common import home_option, number
from combatlens.domain.words import counted


@click.command("demo")
@click.option("--minutes", type=click.FloatRange(min=0.2), default=1.0, show_default=True, help="How long to play.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed tells another story.")
@click.option(
    "--screenshots", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="Where to put the pictures."
)
@click.option(
    "--home", metavar="DIR", type=click.Path(file_okay=False, path_type=Path),
    help="Record into this data folder (default: a fresh one).",
)  # fmt: skip
def demo_command(minutes: float, seed: int, screenshots: Path | None, home: Path | None) -> int:
    """Watch a simulated game and bot with the real application.

    Without a display it starts a virtual one and presses the hotkeys there. At the end it prints what was recorded
    against what truly happened: exit code 0 when both agree, 1 when they do not.
    """
    from combatlens.simulation.demo import run_demo

    return run_demo(minutes=minutes, seed=seed, screenshots=screenshots, home=home, say=click.echo)


@click.command("simulate")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="The event lines.")
@click.option("--record", is_flag=True, help="Record them into the data folder's history, instead of a file.")
@click.option("--minutes", type=click.FloatRange(min=0.1), default=30.0, show_default=True, help="Of each session.")
@click.option("--sessions", type=click.IntRange(min=1), default=1, show_default=True, help="How many sessions.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed tells another story.")
@home_option
def simulate_command(out: Path | None, record: bool, minutes: float, sessions: int, seed: int, home: Home) -> int:
    """Write event lines of simulated sessions, and their exact totals to FILE.truth.json.

    Take them in with: combatlens import FILE --profile events

    With --record a whole history of them is made in the data folder: sessions of uneven length, recorded event by event
    and learned from. 10,000 sessions of 15 minutes are 10 million events.
    """
    from combatlens.adapters.clock import SystemClock

    if record == (out is not None):
        raise click.UsageError("name either --out FILE or --record")
    now = float(int(SystemClock().now()))
    if out is None:
        return _make_history(home, minutes, sessions, seed, now)
    from combatlens.simulation.simulate import simulate

    for session_id, truth in simulate(out, minutes=minutes, sessions=sessions, seed=seed, ends_at=now).items():
        click.echo(
            f"{session_id}: {number(truth.total_xp_gained)} XP, "
            f"{counted(truth.kills, 'kill')}, {counted(truth.deaths, 'death')}, "
            f"{number(truth.total_damage_dealt)} damage"
        )
    return 0


def _make_history(home: Home, minutes: float, sessions: int, seed: int, now: float) -> int:
    from combatlens.simulation.history import make_history

    made = make_history(home, sessions=sessions, minutes=minutes, seed=seed, ends_at=now, say=click.echo)
    click.echo(
        f"{counted(made.sessions, 'session')}, {counted(made.events, 'event')} in {home.root}: "
        f"{made.recording_s:.0f} s of CPU to play and record them, {made.learning_s:.0f} s to learn from them"
    )
    return 0
