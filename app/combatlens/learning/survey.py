"""A history in numbers: trends, best hours and places, what users said, and what all of it rests on.

Pure functions over a session's few figures; every rate is a sum over a sum, so short sessions do not shout.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from combatlens.learning.corrections import benjamini_hochberg
from combatlens.learning.robust import LEAST, Column, Step, Sums, Trend, middle, ratio, step, sums_of, trend
from combatlens.learning.told import Said

LEAST_MINUTES = 5.0
LEAST_SHARE = 0.05
DAY = 86400.0
MOST_POINTS = 400
SIGNIFICANT = 0.05
LEAST_DAYS = 1.0
"""What is a day's figures spans at least one."""
LINE, STEP = 0.8, 0.2
"""Two questions are asked of each figure: so much of the error rate has either (weighted Bonferroni)."""


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


METRICS: dict[str, tuple[Callable[[Point], float], bool]] = {
    "xp_per_hour": (lambda p: p.xp, True),
    "kills_per_hour": (lambda p: float(p.kills), True),
    "deaths_per_hour": (lambda p: float(p.deaths), False),
    "damage_per_hour": (lambda p: p.damage, True),
}
"""Numerator over active hours, and whether more is better."""


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


class Calendar:
    """Days and hours as they are in `zone` (None: the computer's own). Fast over many times of the same days."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone = zone
        self._offsets: dict[int, float | None] = {}

    def day(self, at: float) -> int:
        """Days since 1970-01-01; a Thursday."""
        return int((at + self._offset(at)) // DAY)

    def hour(self, at: float) -> int:
        return int((at + self._offset(at)) % DAY // 3600)

    def _offset(self, at: float) -> float:
        """Seconds east of UTC; asked once a day, but on the days on which it changes."""
        day = int(at // DAY)
        if day not in self._offsets:
            ends = self._ask(day * DAY), self._ask((day + 1) * DAY - 1)
            self._offsets[day] = ends[0] if ends[0] == ends[1] else None
        known = self._offsets[day]
        return self._ask(at) if known is None else known

    def _ask(self, at: float) -> float:
        offset = datetime.fromtimestamp(at, UTC).astimezone(self._zone).utcoffset()
        return offset.total_seconds() if offset else 0.0


def date_of(day: int) -> str:
    """YYYY-MM-DD of a `Calendar.day`."""
    return datetime.fromtimestamp(day * DAY, UTC).strftime("%Y-%m-%d")


def by_day(points: Sequence[Point], calendar: Calendar) -> list[dict[str, Any]]:
    """The days on which something was played, oldest first."""
    days: defaultdict[int, list[Point]] = defaultdict(list)
    for p in points:
        days[calendar.day(p.start)].append(p)
    return [{"day": date_of(day), **totals(found)} for day, found in sorted(days.items())]


def trends(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Every metric and the rating over time; p-values corrected for there being several (Benjamini and Hochberg)."""
    start = np.array([p.start for p in points]) / DAY
    hours = np.array([p.active_s for p in points]) / 3600
    rows = []
    for name, (top, better) in METRICS.items():
        unit, x, y = _series(start, np.array([top(p) for p in points]), hours)
        rows.append(_row(name, better, unit, x, y))
    rated = [p for p in points if p.rating is not None]
    at, scores = np.array([p.start / DAY for p in rated]), np.array([p.rating or 0.0 for p in rated])
    rows.append(_row("rating", True, "session", *_thin(at, scores, np.ones(len(rated)))))
    tested = [row for row in rows if row["p"] is not None]
    for row, p in zip(tested, benjamini_hochberg([row["p"] for row in tested]), strict=True):
        row["p_adjusted"] = float(p)
        moved = row["step"]["after"] - row["step"]["before"] if row["step"] else row["slope_per_day"]
        if p <= SIGNIFICANT and moved:
            row["verdict"] = "rising" if moved > 0 else "falling"
        else:
            row["verdict"], row["step"] = "no_change_shown", None
    return rows


def _series(start: Column, amount: Column, hours: Column) -> tuple[str, Column, Column]:
    """Rates by the day where there are eight and more, else by the session."""
    day, index = np.unique(np.floor(start), return_inverse=True)
    if len(day) >= 8:
        return "day", *_thin(day, _sums(index, amount), _sums(index, hours))
    long = hours * 60 >= LEAST_MINUTES
    return "session", *_thin(start[long], amount[long], hours[long])


def _thin(x: Column, amount: Column, hours: Column) -> tuple[Column, Column]:
    """x and rate, neighbours put together until there are at most MOST_POINTS."""
    size = -(-len(x) // MOST_POINTS) or 1
    index = np.arange(len(x)) // size
    return _sums(index, x) / np.bincount(index), _sums(index, amount) / _sums(index, hours)


def _sums(index: NDArray[np.int64], values: Column) -> Column:
    return np.asarray(np.bincount(index, values), dtype=np.float64)


def _row(name: str, more_is_better: bool, unit: str, x: Column, y: Column) -> dict[str, Any]:
    row = {
        "metric": name, "more_is_better": more_is_better, "unit": unit, "points": len(y),
        "median": middle(y) if len(y) else None, "latest": float(y[-1]) if len(y) else None,
        "slope_per_day": None, "slope_per_day_ci": None, "change": None, "step": None, "tau": None, "p": None,
        "p_adjusted": None, "verdict": "needs_data",
        "series": [[_iso(at * DAY), float(value)] for at, value in zip(x, y, strict=True)],
    }  # fmt: skip
    if len(y) < LEAST:
        return row
    if x[-1] - x[0] < LEAST_DAYS:
        return row | {"verdict": "too_little_time"}
    return row | _movement(x, trend(x, y), step(y))


def _movement(x: Column, line: Trend, jump: Step | None) -> dict[str, Any]:
    """By a line, or by one step where that is the surer of the two. `change`: from the first to the last."""
    straight = line.p / LINE if line.p is not None else 1.0
    sudden = jump.p / STEP if jump is not None else 1.0
    found: dict[str, Any] = {
        "slope_per_day": line.slope, "slope_per_day_ci": list(line.ci) if line.ci else None, "tau": line.tau,
        "p": min(1.0, straight, sudden),
    }  # fmt: skip
    begin, end = 0.0, 0.0
    if line.slope is not None and line.intercept is not None:
        begin, end = line.intercept + line.slope * x[0], line.intercept + line.slope * x[-1]
    if jump is not None and sudden < straight:
        begin, end = jump.before, jump.after
        found["step"] = {"at": _iso(x[jump.at] * DAY), "before": begin, "after": end}
    return found | {"change": float((end - begin) / begin) if begin > 0 else None}


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


def by_context(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Builds, zones, modes and characters with their XP an hour and rating; the most played first in each."""
    rows = []
    for kind in ("build", "zone", "mode", "character"):
        groups: defaultdict[str, list[Point]] = defaultdict(list)
        for p in points:
            if getattr(p, kind):
                groups[getattr(p, kind)].append(p)
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


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
