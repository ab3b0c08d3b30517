"""What the analytics commands print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from combatlens.cli.common import number, plain, table
from combatlens.domain.words import counted
from combatlens.learning.trend_words import chance, decided_after, foretold, verdict_words

BARS = "▁▂▃▄▅▆▇█"
SPARK = 32
SIGNS = {"high": "▲ high", "medium": "● medium", "low": "· low"}


def sparkline(values: Sequence[float]) -> str:
    """The values as bars, neighbours averaged to fit."""
    if not values:
        return ""
    size = max(1, -(-len(values) // SPARK))
    means = [sum(part) / len(part) for i in range(0, len(values), size) if (part := values[i : i + size])]
    low, high = min(means), max(means)
    if high == low:
        return BARS[3] * len(means)
    return "".join(BARS[round((value - low) / (high - low) * (len(BARS) - 1))] for value in means)


def put_intake(found: dict[str, Any]) -> None:
    """How the screen reader did, and what was refused most."""
    screen, refused = found["screen"], found["refused"]
    if screen["pictures"]:
        read = screen["accepted"] / screen["pictures"]
        took = f", {screen['seconds_p95'] * 1000:.0f} ms a look (95 %)" if screen["seconds_p95"] is not None else ""
        click.echo(f"screen: {counted(screen['pictures'], 'changed picture')}, {read:.0%} read, "
                   f"{counted(screen['refused'], 'reading')} refused{took}")  # fmt: skip
    for row in refused[:5]:
        click.echo(
            plain(f"refused {counted(row['count'], 'time')}: {row['what']} from {row['source']}: {row['reason']}")
        )
    if screen["pictures"] or refused:
        click.echo("")


def put_trends(rows: Sequence[dict[str, Any]]) -> None:
    table(
        "Trends",
        [("", "left"), ("", "left"), ("median", "right"), ("latest", "right"), ("change", "right"),
         ("a day, 95 % interval", "right"), ("p", "right"), ("verdict", "left")],
        [
            (row["metric"].replace("_", " "), sparkline([value for _, value in row["series"]]),
             number(row["median"], _digits(row["median"])), number(row["latest"], _digits(row["median"])),
             "–" if row["change"] is None else f"{row['change']:+.0%}",
             _interval(row["slope_per_day_ci"]), chance(row["p_adjusted"]),
             verdict_words(row))
            for row in rows
        ],
    )  # fmt: skip


def put_effectiveness(rows: Sequence[dict[str, Any]]) -> None:
    table(
        "\nSkills and actions",
        [("", "left"), ("", "left"), ("uses", "right"), ("success", "right"), ("damage a use", "right"),
         ("DPS", "right"), ("XP a use", "right"), ("seconds", "right")],
        [
            (row["name"], row["kind"], number(row["uses"]), f"{row['success_rate']:.1%}",
             number(row["average_damage"], 1), number(row["damage_per_second"], 1), number(row["xp_per_use"], 1),
             number(row["seconds_per_use"], 2))
            for row in rows
        ],
    )  # fmt: skip


def put_best(found: dict[str, Any]) -> None:
    for title, key in (("Best hours", "best_hours"), ("Best places", "best_places")):
        rows = [row for row in found[key] if row["xp_per_hour_ci"]][:5]
        if rows:
            table(
                f"\n{title}", [("", "left"), ("XP/h", "right"), ("95 % interval", "right"), ("active", "right")],
                [(row["name"], number(row["xp_per_hour"]), _interval(row["xp_per_hour_ci"]),
                  f"{row['active_minutes'] / 60:,.1f} h") for row in rows],
            )  # fmt: skip


def put_contexts(rows: Sequence[dict[str, Any]]) -> None:
    """What goes with more XP; a kind of which there is but one tells nothing."""
    kinds = [row["context"] for row in rows]
    many = [row for row in rows if row["context"] != "zone" and kinds.count(row["context"]) > 1]
    if many:
        table(
            "\nBuilds, modes, characters and tags",
            [("", "left"), ("", "left"), ("sessions", "right"), ("XP/h", "right"), ("95 % interval", "right"),
             ("rating", "right")],
            [
                (row["name"], row["context"], number(row["sessions"]), number(row["xp_per_hour"]),
                 _interval(row["xp_per_hour_ci"]), number(row["rating"], 1))
                for row in many[:10]
            ],
        )  # fmt: skip


def put_hardly_seen(rare: Sequence[dict[str, Any]]) -> None:
    if rare:
        click.echo("\nhardly seen, so the advice knows little of it: " + plain(", ".join(
            f"{row['kind']} {row['name']} ({row['share']:.0%} of the time, {counted(row['sessions'], 'session')})"
            for row in rare[:8])))  # fmt: skip


def put_said(found: dict[str, Any]) -> None:
    said, advice = found["satisfaction"], found["recommendations"]
    if said["ratings"]:
        themes = ", ".join(f"{row['theme']} {row['rating']:.1f} ({row['count']})" for row in said["themes"][:6])
        click.echo(plain(
            f"\nSatisfaction {said['mean']:.1f} of 5 over {counted(said['ratings'], 'rating')}"
            + (f"; themes: {themes}" if themes else "")
        ))  # fmt: skip
    if advice["given"]:
        click.echo(
            f"\nAdvice: {advice['given']} given, {advice['accepted']} accepted, {advice['modified']} modified, "
            f"{advice['rejected']} rejected{decided_after(advice['median_hours_to_decide'])}"
        )


def put_learning(rows: Sequence[dict[str, Any]]) -> None:
    """What was tried and what was written, and what became of it."""
    if rows:
        table(
            "\nTried, and scripts offered",
            [("", "left"), ("", "left"), ("times", "right"), ("success", "right"), ("seconds to decide", "right")],
            [(row["name"], row["kind"], number(row["tries"]), f"{row['success_rate']:.0%}",
              number(row["seconds_to_decide"], 1)) for row in rows[:8]],
        )  # fmt: skip


def put_sources(rows: Sequence[dict[str, Any]], corrections: dict[str, int]) -> None:
    """How late what was seen arrives, how sure the reader was, and what was corrected or taken away."""
    told = []
    for row in rows:
        late = row["delay_p95_s"]
        parts = [] if late is None else [f"95 of 100 events within {late:.2f} s"]
        parts += [f"{row['confidence']:.0%} sure over {counted(row['readings'], 'reading')}"] if row["readings"] else []
        told += [f"{row['source']}: {', '.join(parts)}"] if parts else []
    if corrections:
        told.append("in the audit trail: " + ", ".join(f"{what} {count}" for what, count in corrections.items()))
    if told:
        click.echo("\n" + "\n".join(map(plain, told)))


def put_predictions(rows: Sequence[dict[str, Any]]) -> None:
    told = []
    for row in rows:
        if row["interval"]:
            low, high = row["interval"]
            digits = _digits(row["value"])
            what = f"{number(row['value'], digits)}, in 8 of 10 cases {number(low, digits)} to {number(high, digits)}"
        elif row["chance"] is not None:
            what = f"{row['chance']:.0%}"
        else:
            what = f"needs {row['needs']} more"
        told.append((foretold(row), what))
    table("\nWhat comes next", [("", "left"), ("", "left")], told)


def put_alerts(rows: Sequence[dict[str, Any]], total: int, title: str = "\nAlerts") -> None:
    if not rows:
        return
    table(
        title,
        [("", "left"), ("since", "left"), ("session", "left"), ("", "left")],
        [(SIGNS[row["severity"]], row["since"][:16].replace("T", " "), row["session_id"] or "", row["message"])
         for row in rows],
    )  # fmt: skip
    if total > len(rows):
        click.echo(f"and {total - len(rows)} more: combatlens analytics alerts")


def _digits(value: float | None) -> int:
    return 2 if value is not None and abs(value) < 10 else 1 if value is not None and abs(value) < 100 else 0


def _interval(bounds: Sequence[float] | None) -> str:
    if not bounds:
        return "–"
    digits = _digits(max(abs(bound) for bound in bounds))
    return " to ".join(f"{bound:,.{digits}f}" for bound in bounds)
