"""`db …`: care of the store."""

from __future__ import annotations

from pathlib import Path

import click

from combatlens.bootstrap.home import Home
from combatlens.cli.common import home_option, json_option, put_json


@click.group("db")
def db_command() -> None:
    """Care of the store."""


@db_command.command("check")
@home_option
@json_option
def check(home: Home, as_json: bool) -> int:
    """Check the store: the file is whole, rollups equal a recount, no row without its session. Exit 0 when sound."""
    from combatlens.bootstrap.care import check_store

    found = check_store(home)
    if as_json:
        put_json(found)
    else:
        for problem in found["problems"]:
            click.echo(problem)
        click.echo(
            f"{found['sessions']} sessions, {found['events']} events: " + ("sound" if found["sound"] else "NOT sound")
        )
    return 0 if found["sound"] else 1


@db_command.command("upgrade")
@home_option
def upgrade(home: Home) -> None:
    """Bring the store's schema up to date, after a backup."""
    from combatlens.bootstrap.care import upgrade_store

    click.echo(upgrade_store(home))


@db_command.command("backup")
@home_option
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def backup(home: Home, target: Path) -> None:
    """Copy the store to a file, also while recording; the copy is opened and checked."""
    from combatlens.bootstrap.care import backup_store

    click.echo(f"{backup_store(home, target):,} events are in {target}")


@db_command.command("restore")
@home_option
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(home: Home, source: Path) -> None:
    """Put a backup in place of the store; the present one is kept beside it."""
    from combatlens.bootstrap.care import restore_store

    click.echo(restore_store(home, source))
