"""`run`: tray, overlay and recording."""

from __future__ import annotations

import click

from combatlens.bootstrap.home import Home
from combatlens.cli.common import home_option


@click.command("run")
@home_option
@click.option("--profile", help="The game profile (default: the one in the settings).")
@click.option("--headless", is_flag=True, help="Record without overlay and tray.")
@click.option("--for", "seconds", type=click.FloatRange(min=0.0), metavar="SECONDS", help="End after so long.")
def run_command(home: Home, profile: str | None, headless: bool, seconds: float | None) -> int:
    """Start CombatLens: tray, overlay and recording.

    Without a display it records headless and says so. A second start on the same home shows the first.
    """
    from combatlens.bootstrap.application import run

    return run(home, profile=profile, headless=headless, seconds=seconds, say=click.echo)
