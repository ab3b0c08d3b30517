"""What commands share: the home, JSON on request, tables, and writing through whoever is the writer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import click

from combatlens.bootstrap.home import Home
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.words import plain as plain

if TYPE_CHECKING:
    from rich.table import Table

    from combatlens.bootstrap.script import LocalRecording, RemoteRecording

F = TypeVar("F", bound=Callable[..., Any])

_FILE_WIDTH = 200
"""Of tables where the output is no terminal."""


def home_option(function: F) -> F:
    """`--home DIR`, also after the command's name."""
    return click.option("--home", "home", metavar="DIR", callback=_home, expose_value=True, help="The data folder.")(
        function
    )


def json_option(function: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, to be read by a program.")(function)


def _home(ctx: click.Context, _param: click.Parameter, value: str | None) -> Home:
    return Home.of(value or ctx.find_root().obj)


def confirm(question: str) -> None:
    """Ask before what cannot be undone. Raises EnvironmentFault where the answer is not yes, or nobody can answer."""
    try:
        sure = click.confirm(question, err=True)  # what --json prints stays whole
    except click.Abort:
        click.echo("", err=True)
        sure = False
    if not sure:
        raise EnvironmentFault("nothing was changed", "answer y, or give --yes")


_PIECES = 20_000
"""Of JSON, written at once: a few hundred kilobytes."""


def put_json(value: Any) -> None:
    """Piece by piece: after a large import the whole text would take more memory than the import."""
    pieces = json.JSONEncoder(indent=2, ensure_ascii=False, allow_nan=False).iterencode(value)
    while part := "".join(islice(pieces, _PIECES)):
        click.echo(part, nl=False)
    click.echo()


@contextmanager
def recording(home: Home, profile: str | None = None) -> Iterator[RemoteRecording | LocalRecording]:
    """Whoever may write this home: the running instance, else this process."""
    from combatlens.bootstrap.script import open_recording

    found = open_recording(home, profile)
    try:
        yield found
    finally:
        found.close()


def table(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> None:
    """A table on the terminal. `columns`: (heading, left or right); what stands left is folded where it is too wide."""
    from rich.console import Console

    cells = [[plain(cell.replace("\t", " ")) for cell in row] for row in rows]
    console = Console(width=None if sys.stdout.isatty() else _FILE_WIDTH, highlight=False)
    if title:
        click.secho(title, italic=True)
    joined = [["\n".join(column) for column in zip(*cells, strict=True)]] if cells else []
    drawn = _table(columns, joined)  # as one row: four times faster, and a list of sessions may be long
    if console.measure(drawn).maximum > console.width or any("\n" in cell for row in cells for cell in row):
        drawn = _table(columns, cells)
    with console.capture() as lines:
        console.print(drawn)
    for line in lines.get().splitlines():  # no spaces at the ends of lines: they are copied, compared and wrapped
        click.echo(line.rstrip())


def _table(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> Table:
    from rich.table import Column, Table
    from rich.text import Text

    numbers = [side == "right" for _, side in columns]
    heads = (
        Column(heading, justify="right" if right else "left", no_wrap=right, overflow="fold")
        for (heading, _), right in zip(columns, numbers, strict=True)
    )
    found = Table(*heads, box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(name for name, _ in columns))
    for row in rows:
        found.add_row(*map(Text, row))
    return found


def number(value: float | None, digits: int = 0) -> str:
    """A number for people: thousands apart; a dash for what is not known."""
    return "–" if value is None else f"{value:,.{digits}f}"


def minutes(value: float | None) -> str:
    """Minutes as h:mm:ss."""
    if value is None:
        return "–"
    seconds = round(value * 60)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def when(at: float | None) -> str:
    """Unix seconds in the user's own zone."""
    from datetime import UTC, datetime

    return "–" if at is None else datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
