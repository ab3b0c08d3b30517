"""`session …`: recording from scripts, across separate calls."""

from __future__ import annotations

import json
from typing import Any

import click

from combatlens.bootstrap.home import Home
from combatlens.bootstrap.script import ensure_accepted
from combatlens.cli.common import home_option, json_option, minutes, number, plain, put_json, recording
from combatlens.domain.words import counted

_BOOL = click.BOOL


@click.group("session")
def session_command() -> None:
    """Record from a script, across separate calls. Each call returns once its event is on disk."""


def _send(home: Home, profile: str | None, events: list[dict[str, Any]], as_json: bool, said: str) -> None:
    told = [{key: value for key, value in event.items() if value is not None} for event in events]
    with recording(home, profile) as target:
        receipt = ensure_accepted(target.send(told))
    if as_json:
        put_json(receipt)
    else:
        click.echo(said + (f" in {plain(receipt['session_id'])}" if receipt["session_id"] else ""))


profile_option = click.option("--profile", help="The game profile (default: the one in the settings).")


@session_command.command("start")
@home_option
@json_option
@profile_option
@click.option("--id", "session_id", help="The session's id; a number is added where it was used.")
@click.option("--build")
@click.option("--mode")
@click.option("--zone")
@click.option("--notes")
@click.option("--context", help="A JSON object: zone, mode, build, weapon, level, boost, party_size, tags, quest.")
def start(home: Home, as_json: bool, profile: str | None, context: str | None, **fields: str | None) -> None:
    """Start a session; one that is open ends."""
    events: list[dict[str, Any]] = [{"type": "session", "op": "start", **fields}]
    if context is not None:
        events.append({"type": "context", **_object(context)})
    with recording(home, profile) as target:
        told = [{key: value for key, value in event.items() if value is not None} for event in events]
        receipt = ensure_accepted(target.send(told))
    if as_json:
        put_json(receipt)
    else:
        click.echo(plain(str(receipt["session_id"])))


def _object(text: str) -> dict[str, Any]:
    """`--context`: known names are the context's, others go into its `meta`."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"--context is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise click.UsageError("--context is no JSON object")
    known = ("zone", "mode", "build", "weapon", "level", "boost", "party_size", "tags", "quest", "meta")
    event = {name: found[name] for name in known if name in found}
    rest = {name: value for name, value in found.items() if name not in known}
    if rest:
        event["meta"] = {**event.get("meta", {}), **rest}
    return event


@session_command.command("log-skill")
@home_option
@json_option
@profile_option
@click.option("--skill", required=True)
@click.option("--damage", type=float, default=0.0)
@click.option("--xp", type=float, default=0.0)
@click.option("--success", type=_BOOL, default=True)
@click.option("--target")
@click.option("--critical", type=_BOOL, default=False)
@click.option("--time", "duration_ms", type=float, help="How long it took, in milliseconds.")
@click.option("--error")
def log_skill(home: Home, as_json: bool, profile: str | None, **fields: Any) -> None:
    """Record one use of a skill."""
    _send(home, profile, [{"type": "skill", **fields}], as_json, "recorded")


@session_command.command("log-action")
@home_option
@json_option
@profile_option
@click.option("--name", "--tool", "name", required=True, help="What was done: travel, loot, heal …")
@click.option("--success", type=_BOOL, default=True)
@click.option("--time", "duration_ms", type=float, help="How long it took, in milliseconds.")
@click.option("--error")
def log_action(home: Home, as_json: bool, profile: str | None, **fields: Any) -> None:
    """Record an action besides fighting."""
    _send(home, profile, [{"type": "action", **fields}], as_json, "recorded")


@session_command.command("log-kill")
@home_option
@json_option
@profile_option
@click.option("--xp", type=float, default=0.0)
@click.option("--target")
def log_kill(home: Home, as_json: bool, profile: str | None, **fields: Any) -> None:
    """Record a kill."""
    _send(home, profile, [{"type": "kill", **fields}], as_json, "recorded")


@session_command.command("log-death")
@home_option
@json_option
@profile_option
@click.option("--cause")
def log_death(home: Home, as_json: bool, profile: str | None, **fields: Any) -> None:
    """Record a death."""
    _send(home, profile, [{"type": "death", **fields}], as_json, "recorded")


@session_command.command("feedback")
@home_option
@json_option
@profile_option
@click.option("--rating", type=click.IntRange(1, 5), required=True)
@click.option("--text")
@click.option("--tags", default="", help="Separated by commas.")
def feedback(home: Home, as_json: bool, profile: str | None, rating: int, text: str | None, tags: str) -> None:
    """Rate the session, 1 to 5."""
    _send(home, profile, [_feedback(rating, text, tags)], as_json, "recorded")


def _feedback(rating: int, text: str | None, tags: str) -> dict[str, Any]:
    named = [tag.strip() for tag in tags.split(",") if tag.strip()]
    return {"type": "feedback", "rating": rating, "text": text, "tags": named}


@session_command.command("end")
@home_option
@json_option
@profile_option
@click.option("--feedback", "rating", type=click.IntRange(1, 5), help="Your rating, 1 to 5.")
@click.option("--text", help="What to say about it.")
@click.option("--tags", default="", help="Separated by commas.")
def end(home: Home, as_json: bool, profile: str | None, rating: int | None, text: str | None, tags: str) -> None:
    """End the session; print its summary once its files are written."""
    with recording(home, profile) as target:
        if rating is not None:
            event = {key: value for key, value in _feedback(rating, text, tags).items() if value is not None}
            ensure_accepted(target.send([event]))
        summary = target.end()
    if as_json:
        put_json(summary)
        return
    click.echo(
        f"{plain(summary['session_id'])}: {minutes(summary['duration_minutes'])}, "
        f"{number(summary['total_xp_gained'])} XP, "
        f"{counted(summary['kills'], 'kill')}, {counted(summary['deaths'], 'death')}"
    )
