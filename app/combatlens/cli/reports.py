"""`report`: a session or a period as a page to read or share."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from combatlens.bootstrap.home import Home
from combatlens.cli.analytics import days_option
from combatlens.cli.common import home_option

KINDS = ["html", "md", "csv"]


@click.command("report")
@home_option
@click.option("--session", "session_id", metavar="ID", help="Of this session (default: the whole history).")
@days_option
@click.option("--format", "kind", type=click.Choice(KINDS), help="Default: by the name of --out, else html.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path),
              help="Into this file (default: print; on a terminal HTML goes to a file in the home).")  # fmt: skip
@click.option("--open", "show", is_flag=True, help="Show it in the browser.")
def report_command(
    home: Home, session_id: str | None, days: float | None, kind: str | None, out: Path | None, show: bool
) -> None:
    """Make a page to read or share: pictures in it, light and dark, prints well.

    csv has a line a skill of a session, or a line a day of a period.
    """
    from combatlens.bootstrap.reports import period_report, session_report
    from combatlens.services.files import write_whole

    if session_id is not None and days is not None:
        raise click.UsageError("--session and --days exclude each other.")
    named = out.suffix.lower().lstrip(".") if out else ""
    kind = kind or (named if named in KINDS else "html")
    text = period_report(home, days, kind) if session_id is None else session_report(home, session_id, kind)
    if out is None and (show or (kind == "html" and sys.stdout.isatty())):
        name = "".join(c if c.isalnum() or c in "-_" else "_" for c in session_id or "history")
        out = home.root / "reports" / f"{name[:60]}.{kind}"
    if out is None:
        click.echo(text.rstrip("\n"))
        return
    write_whole(out, text.encode())
    click.echo(f"written to {out}")
    if show:
        click.launch(str(out))
