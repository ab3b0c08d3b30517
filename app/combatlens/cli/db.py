"""`db …`: care of the store."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from combatlens.bootstrap.home import Home
from combatlens.cli.common import confirm, home_option, json_option, put_json, table, when
from combatlens.domain.words import counted

TRANSFERS = ["jsonl", "csv", "parquet"]


@click.group("db")
def db_command() -> None:
    """Care of the store."""


@db_command.command("check")
@home_option
@json_option
@click.option("--mend", is_flag=True, help="First recover what can be read, and count every figure anew.")
def check(home: Home, as_json: bool, mend: bool) -> int:
    """Check the store: the file is whole, rollups equal a recount, no row without its session. Exit 0 when sound."""
    from combatlens.bootstrap.care import check_store, mend_store

    if mend:
        mend_store(home)
    found = check_store(home)
    if as_json:
        put_json(found)
    else:
        for problem in found["problems"]:
            click.echo(problem)
        click.echo(
            f"{counted(found['sessions'], 'session')}, {counted(found['events'], 'event')}: "
            + (
                "sound"
                if found["sound"]
                else "NOT sound" + ("" if mend else "; mend it with: combatlens db check --mend")
            )
        )
    return 0 if found["sound"] else 1


@db_command.command("upgrade")
@home_option
@json_option
def upgrade(home: Home, as_json: bool) -> None:
    """Bring the store's schema up to date, after a backup."""
    from combatlens.bootstrap.care import upgrade_store

    done = upgrade_store(home)
    if as_json:
        backup = str(done.backup) if done.backup else None
        put_json({"schema": done.schema, "schema_before": done.schema_before, "backup": backup})
    else:
        click.echo(done.told())


@db_command.command("backup")
@home_option
@json_option
@click.argument("target", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
def backup(home: Home, as_json: bool, target: Path) -> None:
    """Back up to FILE.zip (settings, profiles, goals and learnings too) or the store alone to any other name.

    Also while recording; the copy is opened and checked. With a PostgreSQL server, pg_dump makes it.
    """
    from combatlens.bootstrap.backup import backup_store

    events = backup_store(home, target)
    if as_json:
        put_json({"events": events, "file": str(target.absolute())})
    else:
        click.echo(f"{counted(events, 'event')} in {target}")


@db_command.command("restore")
@home_option
@json_option
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(home: Home, as_json: bool, source: Path) -> None:
    """Put a backup in place of what is there; that is kept in a folder beside it."""
    from combatlens.bootstrap.backup import restore_store

    kept = restore_store(home, source)
    if as_json:
        put_json({"file": str(source.absolute()), "kept": str(kept) if kept else None})
    else:
        click.echo(f"restored from {source}" + (f"; what was there before is kept in {kept}" if kept else ""))


def _age(_ctx: click.Context, _param: click.Parameter, value: str) -> float:
    """`90d`, `12w`, `6m`, `1y`, or days -> seconds."""
    found = re.fullmatch(r"(\d+)\s*([dwmy]?)", value.strip().lower())
    if found is None:
        raise click.BadParameter(f"{value!r} is no age; write 90d, 12w, 6m or 1y")
    return int(found[1]) * {"": 1, "d": 1, "w": 7, "m": 30, "y": 365}[found[2]] * 86_400.0


@db_command.command("prune")
@home_option
@json_option
@click.option(
    "--older-than",
    required=True,
    callback=_age,
    metavar="AGE",
    help="Sessions that ended so long ago: 90d, 12w, 6m, 1y.",
)
@click.option("--mode", "kinds", multiple=True, help="Only sessions of this mode; may be repeated.")
@click.option("--character", default="", help="Only this character's.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune(
    home: Home, as_json: bool, older_than: float, kinds: tuple[str, ...], character: str, dry_run: bool, yes: bool
) -> None:
    """Take away old events. Sessions and all their figures stay; favourites (sessions edit --favourite) keep all."""
    from combatlens.bootstrap.care import prune_store

    found = prune_store(home, older_than, kinds=kinds, character=character, dry_run=dry_run or not yes)
    if found.sessions and not dry_run and not yes:
        going = f"{counted(found.events, 'event')} of {counted(found.sessions, 'session')}"
        confirm(f"{going} are lost for good; the figures stay. Go on?")
        found = prune_store(home, older_than, kinds=kinds, character=character)
    if as_json:
        put_json({"sessions": found.sessions, "events": found.events, "kept_favourites": found.kept_favourites})
        return
    verb = "would go" if dry_run else "taken away"
    kept = f"; favourites that keep theirs: {found.kept_favourites}" if found.kept_favourites else ""
    click.echo(f"{counted(found.events, 'event')} of {counted(found.sessions, 'session')} {verb}{kept}")


@db_command.command("anonymise")
@home_option
@json_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def anonymise(home: Home, as_json: bool, yes: bool) -> None:
    """Turn names of characters, targets and other people into hashes, and drop notes. This cannot be undone."""
    from combatlens.bootstrap.care import anonymise_store

    if not yes:
        confirm("Names and notes are lost for good. Go on?")
    done = anonymise_store(home)
    if as_json:
        put_json({"sessions": done.sessions, "removed": done.removed, "left": done.left})
        return
    click.echo(f"no names are left in {counted(done.sessions, 'session')}; session ids, skills and places stay")
    if done.removed:
        click.echo(f"gone, to be made anew: {', '.join(done.removed)}")
    if done.left:
        click.echo(f"not touched, may hold names: {', '.join(done.left)}")


@db_command.command("audit")
@home_option
@json_option
@click.option("--limit", type=click.IntRange(1), help="Only the newest so many.")
def audit(home: Home, as_json: bool, limit: int | None) -> None:
    """What was corrected, deleted, merged, split, pruned or anonymised, and when."""
    from combatlens.bootstrap.care import audit_of
    from combatlens.domain.present import iso

    found = audit_of(home)
    found = found[-limit:] if limit else found
    if as_json:
        put_json([{"at": iso(e.at), "action": e.action, "subject": e.subject, "detail": e.detail} for e in found])
    elif not found:
        click.echo("nothing was corrected or taken away so far")
    else:
        columns = [("when", "left"), ("what", "left"), ("of", "left"), ("detail", "left")]
        table("", columns, [[when(e.at), e.action, e.subject, _short(e.detail)] for e in found])


def _short(detail: dict[str, Any]) -> str:
    text = json.dumps(detail, ensure_ascii=False) if detail else ""
    return text if len(text) <= 80 else text[:79] + "…"


@db_command.command("optimize")
@home_option
@json_option
def optimize(home: Home, as_json: bool) -> None:
    """Compact the store."""
    from combatlens.bootstrap.care import optimize_store

    before, after = optimize_store(home)
    if as_json:
        put_json({"bytes_before": before, "bytes_after": after})
    else:
        click.echo(f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB now")


@db_command.command("export")
@home_option
@json_option
@click.argument("target", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--format", "kind", type=click.Choice(TRANSFERS), help="Default: by the file's name, else jsonl.")
def export(home: Home, as_json: bool, target: Path, kind: str | None) -> None:
    """Write the whole store to a file: JSON lines, or a ZIP with one CSV or Parquet file a table."""
    from combatlens.bootstrap.care import export_to

    named = [suffix.lower().lstrip(".") for suffix in target.suffixes]
    kind = kind or next((one for one in TRANSFERS if one in named), "jsonl")
    events = export_to(home, target, kind)
    if as_json:
        put_json({"events": events, "file": str(target.absolute()), "format": kind})
        return
    inside = "" if kind == "jsonl" else f", a ZIP with a {kind} file a table"
    click.echo(f"{counted(events, 'event')} kept in {target}{inside}")


@db_command.command("import")
@home_option
@json_option
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(home: Home, as_json: bool, source: Path) -> None:
    """Fill an empty store from what db export wrote, also from a file to a server and back."""
    from combatlens.bootstrap.care import import_from

    events = import_from(home, source)
    if as_json:
        put_json({"events": events, "file": str(source.absolute())})
    else:
        click.echo(f"{counted(events, 'event')} taken in")


@db_command.command("grant")
@home_option
@click.argument("role", type=click.Choice(["recorder", "analyst", "owner"]))
@click.argument("login")
@click.option("--machine", default="", metavar="NAME", help="A recorder of this machine's sessions alone.")
def grant(home: Home, role: str, login: str, machine: str) -> None:
    """On a PostgreSQL server: let the user LOGIN add events (recorder), read views (analyst) or do all (owner)."""
    from combatlens.bootstrap.care import grant_role

    grant_role(home, role, login, machine)
    click.echo(f"{login} is {role}" + (f" of machine {machine} alone" if machine else ""))
