"""`insights` and `recommend`: what was learned, and what to try next."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import click

from combatlens.bootstrap.home import Home
from combatlens.bootstrap.past import open_past
from combatlens.cli.common import home_option, json_option, plain, put_json, recording
from combatlens.cli.learned_tables import show
from combatlens.domain.errors import NotFound
from combatlens.learning.news import outcome_words
from combatlens.ports import StoreAway


@click.command("insights")
@home_option
@json_option
def insights_command(home: Home, as_json: bool) -> None:
    """Show what was learned: skills, targets, rotations, builds; each with its evidence."""
    with open_past(home) as history:
        found = history.insights()
    if as_json:
        put_json(found)
        return
    if not found:
        click.echo("nothing learned yet; it comes with the first session that ends")
        return
    show(found)


@click.command("recommend")
@home_option
@json_option
@click.option("--accept", metavar="ID", help="Say that you do this from now on.")
@click.option("--modify", metavar="ID", help="Say that you do something like it.")
@click.option("--reject", metavar="ID", help="Say that it is not for you.")
@click.option("--outcomes", is_flag=True, help="What became of advice that was decided on (with --json: these alone).")
def recommend_command(
    home: Home, as_json: bool, accept: str | None, modify: str | None, reject: str | None, outcomes: bool
) -> None:
    """Show what to try next: the change, the gain to expect, and how sure that is.

    CombatLens changes nothing by itself. Say what you do about advice; the sessions after that tell whether it helps.
    """
    chosen = [(name, what) for name, what in ((accept, "accepted"), (modify, "modified"), (reject, "rejected")) if name]
    if chosen:
        _decide(home, chosen)
        return
    with open_past(home) as history:
        found = history.insights()
    rows = found.get("advice", {}).get("outcomes", []) if outcomes else found.get("recommendations", [])
    if as_json:
        put_json(rows)
    elif outcomes:
        _show_outcomes(found.get("advice", {}).get("trust"), rows)
    else:
        _show_advice(rows)


def _decide(home: Home, chosen: list[tuple[str, str]]) -> None:
    with suppress(StoreAway):  # nobody can tell what was advised; it is kept until the server is back
        _ensure_advised(home, [name for name, _ in chosen])
    with recording(home) as recorder:
        recorder.decide(chosen)
    for name, what in chosen:
        then = "it stays listed, last" if what == "rejected" else "the sessions from now on tell whether it helps"
        click.echo(f"{plain(name)}: {what}; {then}")


def _ensure_advised(home: Home, names: list[str]) -> None:
    with open_past(home) as history:
        for name in names:
            if not history.was_advised(name):
                known = ", ".join(sorted(row["id"] for row in history.insights().get("recommendations", []))) or "none"
                raise NotFound(f"there is no advice {name!r} (now: {known})", "see combatlens recommend")


def _show_advice(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("no advice yet: nothing is sure enough; play on")
    for row in sorted(rows, key=lambda row: (row["decision"] or {}).get("decision") == "rejected"):
        click.echo(plain(row["text"]))
        click.echo(f"  {row['reason']}, confidence {row['confidence']:.0%}, {row['impact']} impact, id {row['id']}")
        if row["decision"]:
            click.echo(plain(f"  {_decided(row['decision'])}"))


def _decided(row: dict[str, Any]) -> str:
    told = f"{row['decision']} on {row['at'][:10]}"
    return told if row["decision"] == "rejected" else f"{told}: {outcome_words(row)}"


def _show_outcomes(trust: float | None, rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("nothing was decided on yet: combatlens recommend --accept ID")
    for row in rows:
        click.echo(plain(str(row.get("text") or row["recommendation_id"])))
        click.echo(plain(f"  {_decided(row)}"))
    if trust is not None and trust < 1:
        click.echo(f"advice made things worse before: all of it is trusted {trust:.0%} as far")
