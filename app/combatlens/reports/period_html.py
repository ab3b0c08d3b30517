"""A period, or the whole history, as a page: what `analytics` answers, with pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from combatlens.domain.words import counted
from combatlens.learning.trend_words import became, chance, decided_after, foretold, verdict_words
from combatlens.reports.page import escape, number, page, percent, says, section, table, tiles
from combatlens.reports.svg import area, columns, share_bar, short

Found = Mapping[str, Any]


def period_page(dashboard: Found, insights: Sequence[Found], made_at: float) -> str:
    """`dashboard`, `insights`: as `services.analytics` answers; `made_at`: Unix seconds."""
    return page(title_of(dashboard), subtitle_of(dashboard), [
        tiles(figures(dashboard)),
        section("What stands out", says([(row["impact"], row["message"]) for row in insights[:8]])),
        section("XP per hour", _progress(dashboard), note=_trend_words(dashboard)),
        section("Trends", _trends(dashboard["trends"])),
        section("What comes next", _predictions(dashboard["predictions"])),
        section("Best hours", _hours(dashboard["best_hours"]),
                note="XP per hour by the hour of the day; whiskers are 95 % intervals."),
        section("Best places", _places(dashboard["best_places"])),
        section("Skills and actions", _effectiveness(dashboard["effectiveness"]), long=True),
        section("Builds, modes, characters and tags", _contexts(dashboard["contexts"])),
        section("Satisfaction", _satisfaction(dashboard["satisfaction"])),
        section("Advice, and what became of it", _advice(dashboard["recommendations"])),
        section("Tried, and scripts offered", _tried(dashboard["learning"])),
        section("Alerts", says([(a["severity"], _alert_words(a)) for a in dashboard["alerts"][:12]])),
        section("What the advice rests on", _bias(dashboard["bias"])),
        section("How it was recorded", _recorded(dashboard)),
    ], made_at)  # fmt: skip


def _alert_words(alert: Found) -> str:
    where = f" ({alert['session_id']})" if alert["session_id"] else ""
    return f"{alert['since'][:10]}: {alert['message']}{where}"


def title_of(dashboard: Found) -> str:
    days = dashboard["period"]["days"]
    return "The whole history" if days is None else f"The last {days:g} days"


def subtitle_of(dashboard: Found) -> str:
    period = dashboard["period"]
    since = (period["since"] or period["until"])[:10]
    return f"{since} to {period['until'][:10]} · {counted(dashboard['totals']['sessions'], 'session')}"


def figures(dashboard: Found) -> list[tuple[str, str]]:
    sums = dashboard["totals"]
    found = [
        (short(sums["total_xp_gained"]), "XP gained"),
        (number(sums["xp_per_hour"]), "XP per hour"),
        (number(sums["active_minutes"] / 60, 1), "hours active"),
        (number(sums["kills"]), "kills"),
        (number(sums["deaths"]), "deaths"),
        (number(sums["deaths_per_hour"], 2), "deaths per hour"),
    ]
    return found + ([(f"{sums['rating']:.1f} of 5", "rating")] if sums["rating"] is not None else [])


def _progress(dashboard: Found) -> str:
    row = next(row for row in dashboard["trends"] if row["metric"] == "xp_per_hour")
    if len(row["series"]) < 2:
        return ""
    points = [(datetime.fromisoformat(at).timestamp(), value) for at, value in row["series"]]
    line = None
    if row["verdict"] in ("rising", "falling") and not row["step"]:
        middle = (points[0][0] + points[-1][0]) / 2
        line = tuple(row["median"] + row["slope_per_day"] * (x - middle) / 86400 for x in (points[0][0], points[-1][0]))
    step = max(1, (len(points) - 1) // 6)
    ticks = [(x, row["series"][i][0][5:10]) for i, (x, _) in enumerate(points)][:: step or 1]
    words = [(x, word) for n, (x, word) in enumerate(ticks) if n == 0 or word != ticks[n - 1][1]]
    return area(points, "XP per hour over the period", words, height=220, line=line)


def _trend_words(dashboard: Found) -> str:
    row = next(row for row in dashboard["trends"] if row["metric"] == "xp_per_hour")
    if row["verdict"] == "needs_data":
        return "Five sessions of five minutes and more show a trend."
    if row["verdict"] == "no_change_shown":
        return f"No change over time is shown (p = {row['p_adjusted']:.2f})."
    if row["verdict"] == "too_little_time":
        return "Sessions of more than a day show a trend."
    if row["step"]:
        begin, end = row["step"]["before"], row["step"]["after"]
        return (
            f"From {begin:,.0f} to {end:,.0f} on {row['step']['at'][:10]} (Pettitt; "
            f"p {escape(chance(row['p_adjusted'], '= '))})."
        )
    return (
        f"{row['verdict'].capitalize()}: {row['slope_per_day']:+,.1f} a day (Theil–Sen; "
        f"p {escape(chance(row['p_adjusted'], '= '))}, Mann–Kendall)."
    )


def _trends(rows: Sequence[Found]) -> str:
    return table(
        ["figure", "median", "latest", "change", "a day, 95 % interval", "p", "verdict"],
        [
            [escape(row["metric"].replace("_", " ")), _figure(row["median"]), _figure(row["latest"]),
             "–" if row["change"] is None else f"{row['change']:+.0%}", _interval(row["slope_per_day_ci"]),
             escape(chance(row["p_adjusted"])), verdict_words(row)]
            for row in rows
        ],
        words=(6,),
    )  # fmt: skip


def prediction_words(row: Found) -> tuple[str, str]:
    """What is foretold, and the answer, as plain text."""
    what = foretold(row)
    if row["interval"]:
        return what, f"{_figure(row['value'])}, in 8 of 10 cases {_interval(row['interval'])}"
    return what, f"{row['chance']:.0%}" if row["chance"] is not None else f"needs {row['needs']} more sessions"


def _predictions(rows: Sequence[Found]) -> str:
    return table(["", ""], [[escape(part) for part in prediction_words(row)] for row in rows]).replace(
        "<thead><tr><th></th><th></th></tr></thead>", ""
    )


def _hours(rows: Sequence[Found]) -> str:
    known = {row["name"]: row for row in rows if row["xp_per_hour"] is not None}
    if len(known) < 2:
        return ""
    bars = []
    for hour in range(24):
        row = known.get(f"{hour:02d}:00")
        value = row["xp_per_hour"] if row else 0.0
        words = (
            f"{hour:02d}:00  {value:,.0f} XP per hour, {row['active_minutes'] / 60:.1f} h"
            if row
            else f"{hour:02d}:00  nothing"
        )
        bars.append(
            (f"{hour:02d}", value, words, tuple(row["xp_per_hour_ci"]) if row and row["xp_per_hour_ci"] else None)
        )
    return columns(bars, "XP per hour by the hour of the day")


def _places(rows: Sequence[Found]) -> str:
    best = max((row["xp_per_hour"] or 0.0 for row in rows), default=0.0) or 1.0
    return table(
        ["zone", "", "XP per hour", "95 % interval", "active"],
        [
            [escape(row["name"]), share_bar((row["xp_per_hour"] or 0.0) / best, row["name"]),
             number(row["xp_per_hour"]), _interval(row["xp_per_hour_ci"]), f"{row['active_minutes'] / 60:,.1f} h"]
            for row in rows[:15]
        ],
    )  # fmt: skip


def _effectiveness(rows: Sequence[Found]) -> str:
    return table(
        ["", "kind", "uses", "success", "", "damage a use", "DPS", "XP a use", "seconds"],
        [
            [escape(row["name"]), row["kind"], number(row["uses"]), percent(row["success_rate"], 1),
             share_bar(row["success_rate"], f"{row['success_rate']:.0%}"), number(row["average_damage"], 1),
             number(row["damage_per_second"], 1), number(row["xp_per_use"], 1), number(row["seconds_per_use"], 2)]
            for row in rows[:25]
        ],
        words=(1,),
    )  # fmt: skip


def _contexts(rows: Sequence[Found]) -> str:
    return table(
        ["", "kind", "sessions", "XP per hour", "95 % interval", "rating"],
        [
            [escape(row["name"]), row["context"], number(row["sessions"]), number(row["xp_per_hour"]),
             _interval(row["xp_per_hour_ci"]), number(row["rating"], 1)]
            for row in rows
            if row["context"] != "zone"
        ],
        words=(1,),
    )  # fmt: skip


def _satisfaction(said: Found) -> str:
    if not said["ratings"]:
        return ""
    stars = [
        (f"{star} ★", float(count), f"{counted(count, 'rating')} of {star}", None)
        for star, count in said["stars"].items()
    ]
    themes = table(
        ["theme", "said", "mean rating"],
        [[escape(row["theme"]), number(row["count"]), number(row["rating"], 1)] for row in said["themes"][:10]],
    )
    return (
        f"<p>{said['mean']:.1f} of 5 over {counted(said['ratings'], 'rating')}.</p>"
        + columns(stars, "ratings", height=140)
        + themes
    )


def _advice(advice: Found) -> str:
    if not advice["given"]:
        return ""
    summary = (
        f"<p>{advice['given']} given; {advice['accepted']} accepted, {advice['modified']} modified, "
        f"{advice['rejected']} rejected{decided_after(advice['median_hours_to_decide'])}.</p>"
    )
    return summary + table(
        ["advice", "since", "gain in XP per hour", "confidence", "what became of it"],
        [
            [escape(row["text"]), row["first_at"][:10], number(row["expected_gain"]), percent(row["confidence"]),
             became(row)]
            for row in advice["each"][:12]
        ],
        wrapped=0,
    )  # fmt: skip


def _tried(rows: Sequence[Found]) -> str:
    return table(
        ["", "kind", "times", "success", "seconds to decide"],
        [
            [escape(row["name"]), row["kind"], number(row["tries"]), percent(row["success_rate"]),
             number(row["seconds_to_decide"], 1)]
            for row in rows[:12]
        ],
        words=(1,),
    )  # fmt: skip


def _recorded(dashboard: Found) -> str:
    """How late events came, how sure the reader was, what was refused, and what was corrected."""
    rows = [
        [escape(row["source"]), number(row["events"]), number(row["delay_p95_s"], 2), percent(row["confidence"])]
        for row in dashboard["reader"]
    ]
    refused = [f"{row['what']} from {row['source']}: {row['reason']} ({row['count']})"
               for row in dashboard["intake"]["refused"][:5]]  # fmt: skip
    edits = [f"{what} {count}" for what, count in dashboard["corrections"].items()]
    told = [(name, "; ".join(found)) for name, found in (("Refused", refused), ("Corrected", edits)) if found]
    return table(["source", "events", "95 of 100 within seconds", "sure"], rows) + "".join(
        f"<p class=muted>{name}: {escape(words)}.</p>" for name, words in told
    )


def _bias(found: Found) -> str:
    rows = [
        [escape(kind), escape(", ".join(f"{name} {share:.0%}" for name, share in list(row["shares"].items())[:4])),
         percent(row["evenness"])]
        for kind, row in found["rests_on"].items()
    ]  # fmt: skip
    rare = ", ".join(f"{row['kind']} {row['name']} ({row['share']:.0%})" for row in found["hardly_seen"][:12])
    note = f"<p class=muted>Hardly seen, so little is known of it: {escape(rare)}.</p>" if rare else ""
    return table(["", "shares of the active time", "evenness"], rows, wrapped=1) + note


def _figure(value: float | None) -> str:
    return number(value, 2 if value is not None and abs(value) < 10 else 0)


def _interval(bounds: Sequence[float] | None) -> str:
    if not bounds:
        return "–"
    digits = 2 if max(abs(bound) for bound in bounds) < 10 else 0
    return f"{bounds[0]:,.{digits}f} to {bounds[1]:,.{digits}f}"
