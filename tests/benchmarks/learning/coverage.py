"""Do 95 % intervals contain the truth in 95 % of cases, and are they no wider than they must be?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
from tests.benchmarks.learning.table import Row
from tests.learn_world import SMALL, START, World, stats_of

from combatlens.learning.history import history_of
from combatlens.learning.intervals import t_quantile, wilson
from combatlens.learning.places import targets, xp_per_hour
from combatlens.learning.sequential import contrast
from combatlens.learning.session_record import SessionStats
from combatlens.learning.skills import skills

WORLDS = {
    "any ready skill": SMALL,
    "a rotation": replace(SMALL, policy=("headshot", "burst_fire", "rifle_shot"), lag=0.2),
    "sessions differ": SMALL,
}
MINUTES = 15.0


def coverage(replicates: int) -> list[Row]:
    rows: list[Row] = []
    for name, world in WORLDS.items():
        for count in (4, 10):
            rows.extend(_cover(name, world, count, replicates))
    rows.append(_differences(replicates * 10))
    rows.extend(_widths(replicates))
    return rows


def _play(name: str, world: World, count: int, rng: np.random.Generator) -> list[SessionStats]:
    found = []
    for i in range(count):
        today = world
        if name == "sessions differ":
            today = replace(world, travel=world.travel * float(rng.gamma(25, 1 / 25))).with_damage(
                float(rng.gamma(100, 1 / 100))
            )
        found.append(stats_of(today, MINUTES, rng, f"s{i:03d}", START + i * 86_400.0))
    return found


def _cover(name: str, world: World, count: int, replicates: int) -> list[Row]:
    """Truth: the same figure over all replicates together."""
    rng = np.random.default_rng(len(name) * 100 + count)
    intervals: dict[str, list[tuple[float, float]]] = defaultdict(list)
    above: dict[str, float] = defaultdict(float)
    below: dict[str, float] = defaultdict(float)
    for _ in range(replicates):
        history = history_of(_play(name, world, count, rng))
        for skill in skills(history):
            table = history.skills[skill.name]
            for figure, estimate, column in (
                ("success rate", skill.success, None),
                ("average damage", skill.damage_per_use, "damage_per_use"),
                ("damage per second", skill.damage_per_second, "damage_per_second"),
                ("XP per use", skill.xp_per_use, "xp_per_use"),
            ):
                key = f"{figure}|{skill.name}"
                intervals[key].append((estimate.low or 0.0, estimate.high or 0.0))
                if column is None:
                    above[key] += float(table.column("successes").sum())
                    below[key] += float(table.column("uses").sum())
                else:
                    above[key] += float(table.moments(column)[:, 1].sum())
                    below[key] += float(table.moments(column)[:, 2].sum())
        hourly = xp_per_hour(history)
        intervals["XP per hour|"].append((hourly.low or 0.0, hourly.high or 0.0))
        above["XP per hour|"] += float(history.column("xp").sum())
        below["XP per hour|"] += float(history.column("active_s").sum()) / 3600
        row = targets(history)["wolf"]
        intervals["time to kill|"].append(tuple(row["time_to_kill_ci"]))
        moments = history.targets["wolf"].moments("time_to_kill")
        above["time to kill|"] += float(moments[:, 1].sum())
        below["time to kill|"] += float(moments[:, 2].sum())
    hits: dict[str, list[bool]] = defaultdict(list)
    for key, found in intervals.items():
        truth = above[key] / below[key]
        hits[key.split("|")[0]].extend(low <= truth <= high for low, high in found)
    return [
        Row(f"coverage, {name}, {count} sessions: {figure}", "93–97 %", f"{np.mean(hit):.1%} of {len(hit)}",
            bool(0.93 <= np.mean(hit) <= 0.97))
        for figure, hit in hits.items()
    ]  # fmt: skip


def _differences(replicates: int) -> Row:
    rng = np.random.default_rng(9)
    hits = []
    for _ in range(replicates):
        n = int(rng.integers(6, 30))
        is_b = np.arange(n) % 2 == 1
        y = rng.gamma(100, 100.0, n) * np.where(is_b, 0.9, 1.0)
        low, high = contrast(y, is_b, np.ones(n)).ci or (0.0, 0.0)
        hits.append(low <= -1000.0 <= high)
    return Row("coverage: difference of two builds in XP/h, 6 to 30 sessions", "93–97 %",
               f"{np.mean(hits):.1%} of {len(hits)}", bool(0.93 <= np.mean(hits) <= 0.97))  # fmt: skip


def _widths(replicates: int) -> list[Row]:
    """Against the textbook interval for independent observations: Wilson, and t over sessions."""
    rng = np.random.default_rng(11)
    ours: dict[str, list[float]] = defaultdict(list)
    best: dict[str, list[float]] = defaultdict(list)
    for _ in range(replicates):
        stats = _play("any ready skill", SMALL, 10, rng)
        history = history_of(stats)
        for skill in skills(history):
            low, high = wilson(sum(s.skills[skill.name].successes for s in stats), skill.uses)
            best["success rate"].append(high - low)
            ours["success rate"].append((skill.success.high or 0) - (skill.success.low or 0))
        y = np.array([s.xp / s.active_s * 3600 for s in stats])
        best["XP per hour"].append(2 * t_quantile(9) * float(y.std(ddof=1)) / 10**0.5)
        hourly = xp_per_hour(history)
        ours["XP per hour"].append((hourly.high or 0) - (hourly.low or 0))
    rows = []
    for key in ours:
        ratio = float(np.mean(ours[key]) / np.mean(best[key]))
        rows.append(Row(f"width against the best known interval: {key}", "at most 1.15", f"{ratio:.2f}", ratio <= 1.15))
    return rows
