"""`doctor`: what works here, and what to do about the rest."""

from __future__ import annotations

import click

from combatlens.bootstrap.home import Home
from combatlens.cli.common import home_option, json_option, plain, put_json

_SIGNS = {"ok": ("✓", "green"), "off": ("–", "bright_black"), "starting": ("…", "yellow"),
          "warning": ("!", "yellow"), "failed": ("✗", "red")}  # fmt: skip


@click.command("doctor")
@home_option
@json_option
@click.option("--profile", help="Look at this game profile (default: the one in the settings).")
def doctor_command(home: Home, as_json: bool, profile: str | None) -> int:
    """Find out what works here: display, capture, reader, hotkeys, log file, API, store. Exit 1 where not."""
    from combatlens.bootstrap.doctor import examine

    found = list(examine(home, profile))
    if as_json:
        put_json([{"name": h.name, "state": h.state, "message": h.message, "remedy": h.remedy} for h in found])
    else:
        for health in found:
            sign, colour = _SIGNS[health.state]
            click.echo(f"{click.style(sign, fg=colour)} {health.name:<12} {plain(health.message)}")
            if health.remedy and health.state != "ok":
                click.echo(f"  {'':<12} {plain(health.remedy)}")
    return 1 if any(health.state == "failed" for health in found) else 0
