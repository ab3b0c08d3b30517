"""A history in numbers: trends, best hours and places, what users said, and what all of it rests on.

Pure functions over a session's few figures; every rate is a sum over a sum, so short sessions do not shout.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from combatlens.learning.days import Calendar, date_of
from combatlens.learning.robust import Sums, ratio, sums_of
from combatlens.learning.told import Said

LEAST_MINUTES = 5.0
LEAST_SHARE = 0.05


class Point(Struct, frozen=True, kw_only=True, gc=False):
    """One ended session. Times Unix seconds."""

    session_id: str
    start: float
    active_s: float
    xp: float
    kills: int
    deaths: int
    damage: float
    character: str = ""
    build: str | None = None
    zone: str | None = None
    mode: str | None = None
    rating: float | None = None


def totals(points: Sequence[Point]) -> dict[str, Any]:
    active_s = xp = damage = 0.0
    kills = deaths = 0
    rated = []
    for p in points:
        active_s += p.active_s
        xp += p.xp
        damage += p.damage
        kills += p.kills
        deaths += p.deaths
        if p.rating is not None:
            rated.append(p.rating)
    hours = active_s / 3600
    return {
        "sessions": len(points),
        "active_minutes": hours * 60,
        "total_xp_gained": xp,
        "kills": kills,
        "deaths": deaths,
        "xp_per_hour": xp / hours if hours else None,
        "kills_per_hour": kills / hours if hours else None,
        "deaths_per_hour": deaths / hours if hours else None,
        "damage_per_hour": damage / hours if hours else None,
        "rating": sum(rated) / len(rated) if rated else None,
    }


def by_day(points: Sequence[Point], calendar: Calendar) -> list[dict[str, Any]]:
    """The days on which something was played, oldest first."""
    days: defaultdict[int, list[Point]] = defaultdict(list)
    for p in points:
        days[calendar.day(p.start)].append(p)
    return [{"day": date_of(day), **totals(found)} for day, found in sorted(days.items())]


def best_hours(slots: Sequence[tuple[float, float, float]], calendar: Calendar) -> list[dict[str, Any]]:
    """The hours of the day by XP an hour. `slots`: (Unix seconds at an hour's beginning, XP, active seconds)."""
    by_hour: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for start, xp, active_s in slots:
        by_hour[calendar.hour(start)].append((xp, active_s))
    rows = [_rate(f"{hour:02d}:00", _sums_of(found)) for hour, found in sorted(by_hour.items())]
    return _ranked(rows)


def best_places(zones: Sequence[tuple[str, Sums]]) -> list[dict[str, Any]]:
    """Zones by XP an hour. `zones`: XP (y) and active seconds (x), a block a session."""
    return _ranked([_rate(name, sums) for name, sums in sorted(zones)])


def by_context(points: Sequence[Point], tags: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Builds, zones, modes, characters and tags with their XP an hour and rating; the most played first in each.

    `tags`: of the sessions that have any, by id. A session counts for each of its own.
    """
    rows = []
    for kind in ("build", "zone", "mode", "character", "tag"):
        groups: defaultdict[str, list[Point]] = defaultdict(list)
        for p in points:
            names = tags.get(p.session_id, ()) if kind == "tag" else (getattr(p, kind),)
            for name in filter(None, names):
                groups[name].append(p)
        for name, found in sorted(groups.items(), key=lambda item: -sum(p.active_s for p in item[1])):
            rated = [p.rating for p in found if p.rating is not None]
            row = _rate(name, _sums_of([(p.xp, p.active_s) for p in found]))
            rows.append({
                "context": kind, **row, "sessions": len(found), "rating": sum(rated) / len(rated) if rated else None,
            })  # fmt: skip
    return rows


def _sums_of(pairs: Sequence[tuple[float, float]]) -> Sums:
    table = np.array(pairs)
    return sums_of(table[:, 0], table[:, 1])


def _rate(name: str, sums: Sums) -> dict[str, Any]:
    """`sums`: y XP, x active seconds."""
    value, interval = ratio(sums)
    return {
        "name": name,
        "seen": sums.n,
        "active_minutes": sums.x / 60,
        "xp_per_hour": None if value is None else value * 3600,
        "xp_per_hour_ci": [bound * 3600 for bound in interval] if interval else None,
    }


def _ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By the lower bound: what was hardly seen is not the best of anything."""
    return sorted(rows, key=lambda row: -(row["xp_per_hour_ci"] or [0.0])[0])


def satisfaction(points: Sequence[Point], feedback: Sequence[Said], calendar: Calendar) -> dict[str, Any]:
    """Ratings by day, and the themes of what was said: tags and words, each with the mean rating it comes with."""
    rated = [p for p in points if p.rating is not None]
    days: defaultdict[int, list[float]] = defaultdict(list)
    for p in rated:
        days[calendar.day(p.start)].append(p.rating or 0.0)
    scores = [f.value for f in feedback if f.value is not None] or [p.rating or 0.0 for p in rated]
    return {
        "ratings": len(scores),
        "mean": sum(scores) / len(scores) if scores else None,
        "stars": {str(star): sum(round(score) == star for score in scores) for star in range(1, 6)},
        "by_day": [{"day": date_of(d), "rating": sum(v) / len(v), "ratings": len(v)} for d, v in sorted(days.items())],
        "themes": _themes(feedback),
    }


_WORD = re.compile(r"[^\W\d_]{4,}")
_PLAIN = frozenset({
    "about", "after", "again", "also", "been", "before", "could", "does", "from", "have", "just", "more", "most",
    "much", "only", "over", "really", "some", "than", "that", "their", "them", "then", "there", "they", "this",
    "very", "was", "were", "what", "when", "which", "will", "with", "would", "your",
})  # fmt: skip


def _themes(feedback: Sequence[Said]) -> list[dict[str, Any]]:
    ratings: defaultdict[str, list[float]] = defaultdict(list)
    tags: Counter[str] = Counter()
    for said in feedback:
        named = {tag.lower() for tag in said.tags}
        tags.update(named)
        words = {word for word in _WORD.findall(said.text.lower()) if word not in _PLAIN}
        for theme in named | words:
            ratings[theme].append(said.value or 0.0)
    rows: list[dict[str, Any]] = [
        {"theme": theme, "kind": "tag" if theme in tags else "word", "count": len(found),
         "rating": sum(found) / len(found)}
        for theme, found in ratings.items()
        if theme in tags or len(found) >= 2
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["count"], row["theme"]))[:20]


def bias(points: Sequence[Point], calendar: Calendar) -> dict[str, Any]:
    """What the advice rests on: shares of the active time, and what it has hardly seen (under 5 % or 3 sessions).

    `evenness` is the effective number of values, 1 / Σ share² (Simpson), over their number: 1 when all weigh the same.
    """
    whole = sum(p.active_s for p in points)
    kinds: dict[str, Callable[[Point], str | None]] = {
        "build": lambda p: p.build,
        "zone": lambda p: p.zone,
        "mode": lambda p: p.mode,
        "character": lambda p: p.character,
        "time of day": lambda p: _part_of_day(calendar.hour(p.start)),
        "weekday": lambda p: _WEEKDAYS[calendar.day(p.start) % 7],
    }
    rests, hardly = {}, []
    for kind, value_of in kinds.items():
        seconds: defaultdict[str, float] = defaultdict(float)
        sessions: Counter[str] = Counter()
        for p in points:
            name = value_of(p) or "not told"
            seconds[name] += p.active_s
            sessions[name] += 1
        shares = {name: s / whole for name, s in sorted(seconds.items(), key=lambda item: -item[1])} if whole else {}
        rests[kind] = {
            "shares": shares,
            "evenness": 1 / sum(s * s for s in shares.values()) / len(shares) if shares else None,
        }
        hardly += [
            {"kind": kind, "name": name, "share": share, "sessions": sessions[name]}
            for name, share in shares.items()
            if name != "not told" and (share < LEAST_SHARE or sessions[name] < 3)
        ]
        if kind == "time of day" and points:
            missing = {_part_of_day(h) for h in range(24)} - shares.keys()
            hardly += [{"kind": kind, "name": name, "share": 0.0, "sessions": 0} for name in sorted(missing)]
    return {"rests_on": rests, "hardly_seen": hardly}


_WEEKDAYS = ("Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday")


def _part_of_day(hour: int) -> str:
    return ("night", "morning", "afternoon", "evening")[hour // 6]
