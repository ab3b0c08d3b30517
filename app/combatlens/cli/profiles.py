"""`profiles …`: the game profiles."""

from __future__ import annotations

import click
import msgspec

from combatlens.bootstrap.core import profile_folders
from combatlens.bootstrap.home import Home
from combatlens.cli.common import home_option, json_option, plain, put_json, table


@click.group("profiles")
def profiles_command() -> None:
    """Game profiles: how a game shows XP, where its log lies."""


@profiles_command.command("list")
@home_option
@json_option
def list_profiles(home: Home, as_json: bool) -> None:
    """List the profiles that can be used."""
    folders = profile_folders(home)
    paths = folders.paths()
    found = [(profile, paths.get(profile.name)) for profile in folders.all()]
    if as_json:
        put_json([{"name": p.name, "title": p.title, "file": str(path) if path else None} for p, path in found])
        return
    table("", [("profile", "left"), ("game", "left"), ("file", "left")],
          [(p.name, p.title, str(path or "built in")) for p, path in found])  # fmt: skip


@profiles_command.command("show")
@home_option
@click.argument("name")
def show(home: Home, name: str) -> None:
    """Show a profile with every key, defaults included (JSON)."""
    put_json(msgspec.to_builtins(profile_folders(home).load(name)))


@profiles_command.command("path")
@home_option
def path(home: Home) -> None:
    """Print the folder of your own profiles."""
    click.echo(plain(str(home.profiles)))
