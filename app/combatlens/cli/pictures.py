"""`read-image`: what the screen reader makes of picture files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from combatlens.bootstrap.home import Home
from combatlens.cli.common import home_option
from combatlens.domain.profile import Region


class RegionType(click.ParamType[Region]):
    name = "X,Y,W,H"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Region:
        try:
            x, y, width, height = (int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is no region; give X,Y,W,H in pixels, such as 10,20,300,40", param, ctx)
        if width < 1 or height < 1:
            self.fail(f"{value!r} has no size; width and height are at least 1", param, ctx)
        return Region(x, y, width, height)


@click.command("read-image")
@home_option
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--region", type=RegionType(), help="Only this part of each picture.")
@click.option("--profile", help="Read by this profile's rules (default: the one in the settings).")
@click.option("--learn", is_flag=True, help="Learn glyphs from what is read with certainty; they read later pictures.")
def read_image_command(
    home: Home, files: tuple[Path, ...], region: Region | None, profile: str | None, learn: bool
) -> None:
    """Read picture files, or all pictures of a folder; print a JSON line each.

    In a whole screenshot the XP is looked for; where it stands is told behind the reader's name. A reading that is
    not certain is refused, with its reason; the exit code is 0 all the same.
    """
    from combatlens.bootstrap.screen import read_pictures

    for row in read_pictures(home, files, region, profile, learn=learn):
        click.echo(json.dumps(row, ensure_ascii=False))
