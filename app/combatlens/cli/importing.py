"""`import`: combat logs and event lines."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import click

from combatlens.bootstrap.home import Home
from combatlens.cli.common import home_option, json_option, minutes, number, plain, put_json
from combatlens.domain.words import counted
from combatlens.services.importer import Progress


@click.command("import")
@home_option
@json_option
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--profile", help="The game's profile, or `events` for event lines (default: the one in the settings).")
@click.option("--player", default="", help="Your character's name in the log (default: found in the log).")
@click.option("--session-gap", type=click.FloatRange(min=0, min_open=True), metavar="MINUTES",
              help="A new session begins after so long without an event.")  # fmt: skip
def import_command(
    home: Home, as_json: bool, files: tuple[Path, ...], profile: str | None, player: str, session_gap: float | None
) -> int:
    """Take in combat logs (files or folders). What is in the store already is not taken twice.

    Ctrl-C stops between two batches; the same command goes on where it stopped. While CombatLens runs on this home, it
    does the import.
    """
    from combatlens.bootstrap.importing import import_anyhow

    bar = _Bar(silent=as_json or not sys.stderr.isatty())
    cancel = threading.Event()
    with _interrupts(cancel), bar:
        found = import_anyhow(home, files, profile, player, session_gap, bar.show, cancel.is_set)
    if as_json:
        put_json(found)
    else:
        _show(found)
    if found["cancelled"]:
        click.echo("stopped; the same command goes on where it stopped", err=True)
    return 1 if found["cancelled"] else 0


class _Bar:
    """A progress bar on stderr, with the time left."""

    def __init__(self, silent: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._silent = silent
        self._bar = RichProgress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[lines]:,} lines"), TimeRemainingColumn(), console=Console(stderr=True),
            disable=silent,
        )  # fmt: skip
        self._task = self._bar.add_task("importing", total=None, lines=0)

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, progress: Progress) -> None:
        self._bar.update(
            self._task, description=progress.file, completed=progress.done, total=progress.total, lines=progress.lines
        )


class _interrupts:
    """Ctrl-C asks to stop at the next batch; a second one stops at once."""

    def __init__(self, cancel: threading.Event) -> None:
        self._cancel = cancel
        self._before: Any = None

    def __enter__(self) -> None:
        import signal

        def asked(*_: object) -> None:
            if self._cancel.is_set():
                raise KeyboardInterrupt
            self._cancel.set()

        self._before = signal.signal(signal.SIGINT, asked)

    def __exit__(self, *_: object) -> None:
        import signal

        signal.signal(signal.SIGINT, self._before)


def _show(found: dict[str, Any]) -> None:
    for file in found["files"]:
        if file["skipped"]:
            click.echo(f"passed over: {plain(file['skipped'])}")
            continue
        click.echo(
            f"{plain(file['file'])}: {file['dialect']}, {counted(file['lines'], 'line')}, "
            f"{counted(file['events'], 'event')} ({file['added']:,} new), "
            f"{file['silent']:,} without event, {file['unmatched']:,} unmatched"
        )
        for shape, count in sorted(file["shapes"].items(), key=lambda item: -item[1])[:5]:
            click.echo(f"    {counted(count, 'line')} like `{plain(shape)}`")
    for session in found["sessions"]:
        click.echo(
            f"  {plain(session['session_id'])}: {minutes(session['active_minutes'])} active, "
            f"{number(session['total_xp_gained'])} XP, "
            f"{counted(session['kills'], 'kill')}, {counted(session['deaths'], 'death')}, "
            f"{number(session['total_damage_dealt'])} damage"
        )
