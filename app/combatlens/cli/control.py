"""`status` and `ctl`: the running instance."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import click

from combatlens.bootstrap.home import Home
from combatlens.bootstrap.remote import Remote, running_instance
from combatlens.cli.common import home_option, json_option, minutes, number, plain, put_json
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.words import counted

ALERTS = 3


def instance(home: Home) -> Remote:
    """The running instance. Raises EnvironmentFault when there is none."""
    remote = running_instance(home)
    if remote is None:
        raise EnvironmentFault(f"no CombatLens runs on {home.root}", "start it with: combatlens run")
    return remote


@click.command("status")
@home_option
@json_option
@click.option("--character", default="", help="Of this character (default: the current one).")
def status_command(home: Home, as_json: bool, character: str) -> None:
    """Show what the running instance records now, and what is wrong if something is."""
    from urllib.parse import quote

    found = instance(home).get("/v1/status" + (f"?character={quote(character)}" if character else ""))
    if as_json:
        put_json(found)
        return
    show_status(found)


def show_status(found: dict[str, Any]) -> None:
    state = str(found["state"]).replace("_", " ")
    if found["pause_reasons"]:
        state += " (" + ", ".join(found["pause_reasons"]).replace("_", " ") + ")"
    click.echo(f"{plain(found['character'])}: {state}")
    if found["session_id"]:
        click.echo(f"  session  {plain(found['session_id'])}, {minutes(found['active_s'] / 60)} active")
        click.echo(
            f"  XP       {number(found['xp_gained'])}, {number(found['xp_per_hour'])} an hour, "
            f"{number(found['xp_per_hour_window'])} in the last 10 min"
        )
        click.echo(
            f"  fighting {counted(found['kills'], 'kill')}, {counted(found['deaths'], 'death')}, "
            f"{number(found['dps'], 1)} DPS"
        )
        for skill in found["skills"][:5]:
            uses = counted(skill["uses"], "use")
            click.echo(f"    {plain(skill['name']):<24} {uses:>11} {skill['share']:>7.1%} of the damage")
    for alert in found.get("alerts", [])[:ALERTS]:
        at = datetime.fromisoformat(alert["detected_at"]).astimezone().strftime("%H:%M")
        click.echo(f"  alert    {at} {alert['severity']}: {plain(alert['message'])}")
    for health in found["health"]:
        if health["state"] in ("warning", "failed"):
            remedy = f"; {health['remedy']}" if health["remedy"] else ""
            click.echo(f"  {health['name']}: {plain(health['message'] + remedy)}")


@click.group("ctl")
def ctl_command() -> None:
    """Control the running instance. Any desktop can bind these to a key."""


def _shown(remote: Remote) -> str:
    """Whose session the overlay and `status` show: a bot may play another character than the profile names."""
    return str(remote.get("/v1/status")["character"])


def _session_call(name: str, path: str, text: str, done: str) -> None:
    @ctl_command.command(name, help=text)
    @home_option
    def command(home: Home) -> None:
        remote = instance(home)
        found = remote.post(f"{path}?{urlencode({'character': _shown(remote)})}")
        click.echo(f"{done}: {plain(str(found.get('session_id') or ''))}".rstrip(": "))


_session_call(
    "pause", "/v1/sessions/current/pause", "Pause the session: what happens is kept, not counted.", "the session pauses"
)
_session_call("resume", "/v1/sessions/current/resume", "Go on after a pause.", "the session goes on")
_session_call("end", "/v1/sessions/current/end", "End the session.", "the session has ended")


@ctl_command.command("start")
@home_option
@click.option("--id", "session_id", help="The session's id.")
@click.option("--build", help="The build that is played.")
@click.option("--mode", help="What the session is for.")
@click.option("--zone", help="Where it takes place.")
def start(home: Home, **options: str | None) -> None:
    """Start a session; one that is open ends."""
    body = {key: value for key, value in options.items() if value}
    found = instance(home).post("/v1/sessions", body)
    click.echo(f"started: {plain(str(found.get('session_id')))}")


@ctl_command.command("mark")
@home_option
@click.argument("label", default="mark")
def mark(home: Home, label: str) -> None:
    """Mark this moment of the session."""
    _count(home, {"type": "mark", "label": label})


@ctl_command.command("kill")
@home_option
def kill(home: Home) -> None:
    """Count a kill."""
    _count(home, {"type": "kill"})


@ctl_command.command("death")
@home_option
def death(home: Home) -> None:
    """Count a death."""
    _count(home, {"type": "death"})


def _count(home: Home, event: dict[str, Any]) -> None:
    remote = instance(home)
    found = remote.send([{**event, "character": _shown(remote)}])
    if found["rejected"]:
        raise EnvironmentFault(found["rejected"][0]["error"])
    click.echo("recorded" + (f" in {plain(found['session_id'])}" if found["session_id"] else ""))


def _desktop_call(name: str, text: str) -> None:
    @ctl_command.command(name, help=text)
    @home_option
    def command(home: Home) -> None:
        instance(home).post(f"/v1/app/{name}")


_desktop_call("overlay", "Show or hide the overlay.")
_desktop_call("lock", "Lock the overlay (clicks go through it) or unlock it.")
_desktop_call("setup", "Open the assistant: choose where the game shows the XP.")
_desktop_call("diagnostics", "Open the screen reader's diagnostics.")
_desktop_call("quit", "End the running instance.")


@ctl_command.command("tail")
@home_option
@click.option("--for", "seconds", type=float, help="Stop after so many seconds.")
def tail(home: Home, seconds: float | None) -> None:
    """Follow the live status, a line a second, until Ctrl-C."""
    remote = instance(home)
    end = None if seconds is None else time.monotonic() + seconds
    while end is None or time.monotonic() < end:
        found = remote.get("/v1/status")
        click.echo(
            f"{found['state']:<18} {minutes(found['active_s'] / 60)}  XP {number(found['xp_gained'])}  "
            f"{number(found['xp_per_hour'])}/h  kills {found['kills']}  deaths {found['deaths']}  "
            f"DPS {number(found['dps'], 1)}"
        )
        time.sleep(1.0)


@ctl_command.command("new-token")
@home_option
def new_token(home: Home) -> None:
    """Replace the API's token: programs that know the old one are shut out."""
    instance(home).post("/v1/token")
    click.echo(f"the new token is in {home.api_file}")
