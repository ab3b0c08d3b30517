"""`learn …`: learnings from actions, and patterns of failure and fix."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from combatlens.bootstrap.home import Home
from combatlens.bootstrap.learnings import HomeLearnings, learnings_of
from combatlens.cli.common import home_option, json_option, plain, put_json
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.words import counted
from combatlens.learning.actions import Extract
from combatlens.learning.hints import hints, hints_text
from combatlens.learning.patterns import Pattern, statistics
from combatlens.reports.learnings_md import patterns_report
from combatlens.services.schedule import parse_every, repeat

F = TypeVar("F", bound=Callable[..., Any])


@click.group("learn")
def learn_command() -> None:
    """What your actions teach: what is slow, what fails and what fixes it, what is proven."""


def profile_option(function: F) -> F:
    return click.option("--profile", metavar="P", help="The game profile (default: the one in the settings).")(function)


def all_option(function: F) -> F:
    return click.option("--all", "every_profile", is_flag=True, help="Every profile that has learnings.")(function)


def _names(learnings: HomeLearnings, every_profile: bool) -> list[str]:
    return learnings.files.profiles() if every_profile else [learnings.profile.name]


@learn_command.command("run")
@home_option
@json_option
@profile_option
@click.option("--every", metavar="SPAN", help="Again and again: 6h, 90m, 1d. Ends with Ctrl-C.")
@click.option(
    "--tool-log", "tool_logs", multiple=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Learn from a log of tool uses instead (may be given more than once).",
)  # fmt: skip
def run(home: Home, as_json: bool, profile: str | None, every: str | None, tool_logs: Sequence[Path]) -> None:
    """Learn from the newest sessions, and write the files and reports into the home's logs."""
    learnings = learnings_of(home, profile, bring=bool(tool_logs))

    def once() -> None:
        found = learnings.learn_from_tool_logs(tool_logs) if tool_logs else learnings.learn()
        _tell(found, learnings, as_json)

    if every is None:
        once()
        return
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())

    def again() -> None:
        try:
            once()
        except EnvironmentFault as fault:
            click.echo(f"combatlens: this turn failed, the next one is tried: {fault}", err=True)

    repeat(again, parse_every(every), learnings.clock, ended.wait)


def _tell(found: Extract, learnings: HomeLearnings, as_json: bool) -> None:
    if as_json:
        put_json(msgspec.to_builtins(found))
        return
    click.echo(
        f"{counted(found.operations, 'action')}: "
        f"{counted(len(found.learnings), 'learning')}, {len(found.handed_on)} sure enough"
    )
    for one in found.handed_on:
        click.echo(f"  {one.impact:6} {one.confidence:4.0%}  {plain(one.description)}")
        click.echo(f"               {plain(one.recommendation)}")
    if found.kept:
        actions = f"{found.operations:,} of {learnings.runs.limits.min_actions:,}"
        click.echo(f"not enough new actions: {actions}; {counted(found.kept, 'earlier learning')} kept")
    elif found.needs:
        click.echo(f"to learn more, it takes {found.needs}")
    click.echo(f"written to {learnings.runs.folder}")


@learn_command.command("report")
@home_option
@json_option
def report(home: Home, as_json: bool) -> None:
    """Print the report of the last run (with --json: its learnings)."""
    name = "extracted_learnings.json" if as_json else "metrics_analysis_report.md"
    try:
        text = (home.root / "logs" / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise EnvironmentFault("nothing was learned yet", "start with: combatlens learn run") from None
    click.echo(text if as_json else plain(text), nl=False)


@learn_command.command("patterns")
@home_option
@json_option
@profile_option
@all_option
@click.option("--kind", help="Only of attempts of this kind.")
@click.option("--hints", "as_hints", is_flag=True, help="As hints for the next attempt.")
@click.option("--max", "most", type=click.IntRange(1), default=5, show_default=True, help="At most so many hints.")
def patterns(
    home: Home, as_json: bool, profile: str | None, every_profile: bool, kind: str | None, as_hints: bool, most: int
) -> None:
    """Show the known failures, why they happen and what fixes them."""
    learnings = learnings_of(home, profile)
    found = {name: learnings.files.patterns(name) for name in _names(learnings, every_profile)}
    chosen = {name: [p for p in rows if kind in (None, p.construct_type)] for name, rows in found.items()}
    if as_hints:
        told = [hint for rows in chosen.values() for hint in hints(rows, None, most)][:most]
        put_json(told) if as_json else click.echo(plain(hints_text(told)) or "no hints yet")
    elif as_json:
        put_json([p.to_dict() for rows in chosen.values() for p in rows])
    else:
        for name, rows in chosen.items():
            click.echo(plain(patterns_report(rows, title=f"Failures and fixes: {name}")), nl=False)


@learn_command.command("stats")
@home_option
@json_option
@profile_option
@all_option
def stats(home: Home, as_json: bool, profile: str | None, every_profile: bool) -> None:
    """Count attempts, failures and fixes."""
    learnings = learnings_of(home, profile)
    _show_stats(learnings, _names(learnings, every_profile), as_json)


@learn_command.command("consolidate")
@home_option
@json_option
@profile_option
@all_option
@click.option(
    "--min-occurrences", type=click.IntRange(1), default=2, show_default=True, help="A pattern needs so many."
)
@click.option("--stats-only", is_flag=True, help="Only count; change nothing.")
def consolidate(
    home: Home, as_json: bool, profile: str | None, every_profile: bool, min_occurrences: int, stats_only: bool
) -> None:
    """Make patterns of the attempts."""
    learnings = learnings_of(home, profile)
    names = _names(learnings, every_profile)
    if stats_only:
        _show_stats(learnings, names, as_json)
        return
    made = {name: learnings.files.consolidate(name, min_occurrences) for name in names}
    if as_json:
        put_json([p.to_dict() for rows in made.values() for p in rows])
        return
    for name, rows in made.items():
        click.echo(f"{plain(name)}: {counted(len(rows), 'pattern')}")
        for one in rows:
            click.echo(f"  {_line(one)}")


def _line(one: Pattern) -> str:
    seen = f"{counted(one.occurrence_count, 'occurrence')}, {one.success_rate:.0%} success rate"
    return plain(f"{one.pattern_name} ({one.construct_type}): {seen}")


def _show_stats(learnings: HomeLearnings, names: Sequence[str], as_json: bool) -> None:
    found = {name: statistics(learnings.files.learnings(name)) for name in names}
    if as_json:
        put_json(found)
        return
    for name, own in found.items():
        click.echo(f"{plain(name)}: {counted(own['total_learnings'], 'attempt')}, "
                   f"{counted(own['failures'], 'failure')}, "
                   f"{counted(own['successes'], 'success')}, success rate {own['success_rate']:.1%}")  # fmt: skip
        for kind, count in own["by_construct_type"].items():
            click.echo(f"  {plain(kind)}: {count['total']} ({count['successes']} worked, {count['failures']} failed)")
        for pattern, times in own["error_patterns"].items():
            click.echo(f"  {plain(pattern)}: {times}×")


@learn_command.command("export")
@home_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--profile", "profiles", multiple=True, metavar="P", help="Only this one (may be given more than once).")
@click.option("--patterns-only", is_flag=True, help="Leave the attempts out.")
def export(home: Home, file: Path, profiles: Sequence[str], patterns_only: bool) -> None:
    """Write attempts and patterns into one file to share."""
    path = learnings_of(home, None).files.export(file, profiles or None, patterns_only=patterns_only)
    click.echo(f"written to {path}")


@learn_command.command("import")
@home_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def import_(home: Home, file: Path) -> None:
    """Take in what someone exported; nothing is added twice."""
    for name, (attempts, patterns) in learnings_of(home, None, bring=True).files.bring_in(file).items():
        click.echo(f"{plain(name)}: {counted(attempts, 'attempt')} and {counted(patterns, 'pattern')} added")
