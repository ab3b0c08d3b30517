"""`profiles …`: the game profiles."""

from __future__ import annotations

import re
from pathlib import Path

import click
import msgspec

from combatlens.bootstrap.game_profiles import profile_folders
from combatlens.bootstrap.home import Home
from combatlens.cli.common import home_option, json_option, plain, put_json, table
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import decode_profile
from combatlens.domain.words import counted
from combatlens.services.files import write_whole


@click.group("profiles")
def profiles_command() -> None:
    """Game profiles: how a game shows XP, where its log lies."""


@profiles_command.command("list")
@home_option
@json_option
def list_profiles(home: Home, as_json: bool) -> None:
    """List the profiles, and what is wrong with one that cannot be used."""
    folders = profile_folders(home)
    rows: list[dict[str, str | None]] = []
    for name, path in sorted({"default": None, **folders.paths()}.items()):
        row = {"name": name, "title": None, "file": str(path) if path else None, "error": None}
        try:
            row["title"] = folders.load(name).title
        except EnvironmentFault as fault:
            row["error"] = str(fault)
        rows.append(row)
    if as_json:
        put_json(rows)
        return
    shown = [(str(row["name"]), row["title"] or "", row["file"] or "built in") for row in rows]
    table("", [("profile", "left"), ("game", "left"), ("file", "left")], shown)
    for row in rows:
        if row["error"]:
            click.echo(plain(row["error"]))


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


@profiles_command.command("new")
@home_option
@click.argument("name")
@click.option("--from-log", "log", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Propose the rules from a sample of the game's log.")  # fmt: skip
@click.option("--force", is_flag=True, help="Write over a profile of yours with that name.")
def new(home: Home, name: str, log: Path | None, force: bool) -> None:
    """Make a profile of your own, from a log's sample where one is given."""
    if not re.fullmatch(r"\w[\w .-]{0,60}", name):
        raise click.UsageError("a profile's name is made of letters, digits, spaces, dots, - and _")
    home.prepare()
    path = home.profiles / f"{name}.toml"
    if path.exists() and not force:
        raise EnvironmentFault(f"{path} exists already", "choose another name, or use --force")
    if log is None:
        text = f'name = "{name}"\ntitle = ""\n\n[screen]\nenabled = false\n\n[log]\nenabled = false\npaths = []\n'
    else:
        from combatlens.adapters.combat_log.proposing import propose_profile

        text = propose_profile(log.absolute(), name).toml
    decode_profile(text, str(path))
    write_whole(path, text.encode())
    click.echo(f"written: {path}")


@profiles_command.command("check")
@home_option
@json_option
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(home: Home, as_json: bool, name: str, file: Path) -> None:
    """Show what a profile makes of a log: what matched, what did not, and the totals."""
    from combatlens.adapters.combat_log.checking import check_log

    found = check_log(profile_folders(home).load(name), file)
    told = msgspec.to_builtins(found)
    if as_json:
        put_json(told)
        return
    silent = sum(found.silent.values())
    click.echo(
        f"{found.dialect}, {found.player or 'no player found'}: "
        f"{counted(found.lines, 'line')}, {found.understood:.1%} known"
    )
    for kind, count in sorted(found.events.items(), key=lambda item: -item[1]):
        click.echo(f"  {count:>8,}  {kind} events")
    click.echo(f"  {silent:>8,}  lines of a known shape without event")
    for rule, count in found.rules.items():
        click.echo(f"  {count:>8,}  {plain(rule)}")
    for shape in found.unmatched:
        click.echo(f"  {shape.count:>8,}  lines like `{plain(shape.shape)}`")
    rows = [
        (who, f"{sums.damage_dealt:,.0f}", f"{sums.damage_taken:,.0f}", str(sums.kills), str(sums.deaths))
        for who, sums in sorted(found.actors.items(), key=lambda item: -item[1].damage_dealt)[:12]
    ]
    table("", [("who", "left"), ("damage", "right"), ("taken", "right"), ("kills", "right"), ("deaths", "right")], rows)
