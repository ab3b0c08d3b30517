"""`demo` and `simulate`: a world with known truth."""

from __future__ import annotations

from pathlib import Path

import click

from combatlens.cli.common import number


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
@click.option(
    "--out", metavar="FILE", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The event lines."
)
@click.option("--minutes", type=click.FloatRange(min=0.1), default=30.0, show_default=True, help="Of each session.")
@click.option("--sessions", type=click.IntRange(min=1), default=1, show_default=True, help="How many sessions.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed tells another story.")
def simulate_command(out: Path, minutes: float, sessions: int, seed: int) -> int:
    """Write event lines of simulated sessions, and their exact totals to FILE.truth.json.

    Take them in with: combatlens import FILE --profile events
    """
    from combatlens.adapters.clock import SystemClock
    from combatlens.simulation.simulate import simulate

    now = float(int(SystemClock().now()))
    for session_id, truth in simulate(out, minutes=minutes, sessions=sessions, seed=seed, ends_at=now).items():
        click.echo(
            f"{session_id}: {number(truth.total_xp_gained)} XP, {truth.kills} kills, {truth.deaths} deaths, "
            f"{number(truth.total_damage_dealt)} damage"
        )
    return 0
