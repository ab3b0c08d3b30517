"""`sessions edit`, `delete`, `merge` and `split`."""

from __future__ import annotations

import json
from typing import Any

import click

from combatlens.bootstrap.home import Home
from combatlens.cli.common import confirm, home_option, json_option, number, plain, put_json, recording
from combatlens.domain.door import parse_time
from combatlens.domain.words import counted
from combatlens.services.corrections import Correction


def _told(found: dict[str, Any], as_json: bool, what: str) -> None:
    if as_json:
        put_json(found)
        return
    click.echo(
        f"{what} {plain(found['session_id'])}: {number(found['total_xp_gained'])} XP, "
        f"{counted(found['kills'], 'kill')}, {counted(found['deaths'], 'death')}"
    )


def _object(text: str, option: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"{option} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise click.UsageError(f"{option} is no JSON object")
    return found


@click.command("edit")
@home_option
@json_option
@click.argument("session_id")
@click.option("--remove", type=int, multiple=True, metavar="N", help="Take out event N (see sessions show --events).")
@click.option("--change", type=(int, str), multiple=True, metavar="N JSON", help="Give event N these fields.")
@click.option("--add", multiple=True, metavar="JSON", help='Add an event, such as {"type": "kill", "at": ...}.')
@click.option("--start", metavar="TIME", help="When the session began.")
@click.option("--build", help="The build that was played.")
@click.option("--mode", help="What the session was for.")
@click.option("--zone", help="Where it took place.")
@click.option("--notes", help="In place of the present notes.")
@click.option("--rating", type=click.IntRange(1, 5), help="In place of the present ratings.")
@click.option("--favourite/--no-favourite", default=None, help="Favourites are never pruned.")
def edit(
    home: Home, as_json: bool, session_id: str, remove: tuple[int, ...], change: tuple[tuple[int, str], ...],
    add: tuple[str, ...], start: str | None, **fields: Any,
) -> None:  # fmt: skip
    """Correct a wrong kill, reading, build or start, with recount. What was changed is kept in the audit trail."""
    asked = Correction(
        remove=remove,
        change={seq: _object(text, "--change") for seq, text in change},
        add=tuple(_object(text, "--add") for text in add),
        start=None if start is None else _moment(start),
        **fields,
    )
    with recording(home) as target:
        found = target.edit(session_id, asked)
    _told(found, as_json, "corrected")


def _moment(text: str) -> float:
    """ISO 8601 with a zone, or Unix seconds."""
    try:
        return parse_time(float(text))
    except ValueError:
        return parse_time(text)


@click.command("delete")
@home_option
@click.argument("session_ids", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(home: Home, session_ids: tuple[str, ...], yes: bool) -> None:
    """Delete sessions with their events. That it was done stays in the audit trail."""
    if not yes:
        confirm(f"Delete {', '.join(plain(name) for name in session_ids)} for good?")
    with recording(home) as target:
        for name in session_ids:
            target.delete(name)
            click.echo(f"deleted {plain(name)}")


@click.command("merge")
@home_option
@json_option
@click.argument("session_ids", nargs=-1, required=True)
def merge(home: Home, as_json: bool, session_ids: tuple[str, ...]) -> None:
    """Make one session of several that follow each other; it keeps the id of the earliest."""
    with recording(home) as target:
        found = target.merge(session_ids)
    _told(found, as_json, "merged into")


@click.command("split")
@home_option
@json_option
@click.argument("session_id")
@click.option("--at", required=True, metavar="TIME", help="Where the second part begins.")
def split(home: Home, as_json: bool, session_id: str, at: str) -> None:
    """Split a session in two; the second part gets an id of its own."""
    with recording(home) as target:
        found = target.split(session_id, _moment(at))
    _told(found, as_json, "split off")


COMMANDS = (edit, delete, merge, split)
