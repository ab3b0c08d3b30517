"""What comes next, with how sure that is: the next session, skills and sequences, satisfaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np

from combatlens.learning.robust import NORMAL, next_value, t_share
from combatlens.learning.survey import LEAST_MINUTES, Point

RECENT = 30
KEPT = 0.05
"""A rate of success is kept when the next session's is at most so much below what it was."""


def next_session(points: Sequence[Point]) -> dict[str, Any]:
    """The next session's XP an hour, from the newest sessions with the newest one's build."""
    long = [p for p in points if p.active_s >= LEAST_MINUTES * 60]
    build = long[-1].build if long else None
    alike = [p for p in long if p.build == build][-RECENT:]
    found = next_value(np.array([p.xp / p.active_s * 3600 for p in alike]))
    return _prediction("next_session", build or "any build", "xp_per_hour", found, len(alike), low=0.0)


def next_rating(points: Sequence[Point]) -> dict[str, Any]:
    rated = [p.rating for p in points if p.rating is not None][-RECENT:]
    found = next_value(np.array(rated, dtype=float))
    return _prediction("satisfaction", "next rating", "rating", found, len(rated), low=1.0, high=5.0)


def _prediction(
    kind: str, subject: str, metric: str, found: dict[str, Any] | None, n: int, *, low: float, high: float = np.inf
) -> dict[str, Any]:
    def within(value: float) -> float:
        return float(min(max(value, low), high))

    return {
        "kind": kind,
        "subject": subject,
        "metric": metric,
        "value": within(found["value"]) if found else None,
        "interval": [within(bound) for bound in found["interval"]] if found else None,
        "level": found["level"] if found else None,
        "chance": None,
        "rests_on": n,
        "needs": max(0, 5 - n),
    }


def skills_kept(recent: Mapping[str, Sequence[tuple[int, int]]], most: int = 8) -> list[dict[str, Any]]:
    """The chance that each of the most used skills keeps its success in the next session.

    `recent`: (uses, successes) of each session that used it. The next session's rate is normal about the mean, with the
    spread between the sessions seen and that of its own uses; Student's t.
    """
    ranked = sorted(recent.items(), key=lambda item: -sum(uses for uses, _ in item[1]))[:most]
    return [row for name, sessions in ranked if (row := _kept(name, sessions)) is not None]


def _kept(name: str, sessions: Sequence[tuple[int, int]]) -> dict[str, Any] | None:
    uses = np.array([u for u, _ in sessions], dtype=float)
    good = np.array([s for _, s in sessions], dtype=float)
    if len(uses) < 5 or uses.sum() < 30:
        return None
    rate = float(good.sum() / uses.sum())
    rates, weights = good / uses, uses / uses.sum()
    n = len(rates)
    between = float((weights * (rates - rate) ** 2).sum()) * n / (n - 1)
    chance_alone = max(rate, 0.5 / uses.sum()) * max(1 - rate, 0.5 / uses.sum()) / float(uses.mean())
    sd = sqrt(max(between, chance_alone) * (1 + 1 / n))
    newest = next_value(rates) if n >= 10 else None
    expected = min(1.0, max(0.0, newest["value"])) if newest else rate
    return _chance("skill", name, rate, t_share((expected - (rate - KEPT)) / sd, n - 1), n)


def sequences_kept(rotations: Sequence[Mapping[str, Any]], most: int = 3) -> list[dict[str, Any]]:
    """The same for the most used sequences, over the next 50 times. `rotations`: those of the insights."""
    rows = []
    for row in sorted(rotations, key=lambda row: -row["count"] * len(row["skills"]))[:most]:
        n, rate = row["count"], row["success_rate"]
        if n < 30 or rate is None:
            continue
        mean = (rate * n + 0.5) / (n + 1)
        sd = sqrt(mean * (1 - mean) * (1 / 50 + 1 / n))
        chance = NORMAL.cdf((mean - (rate - KEPT)) / sd) if sd > 0 else 1.0
        rows.append(_chance("rotation", " → ".join(row["skills"]), rate, chance, n))
    return rows


def _chance(kind: str, subject: str, rate: float, chance: float, n: int) -> dict[str, Any]:
    return {
        "kind": kind, "subject": subject, "metric": "success_rate", "value": rate, "interval": None, "level": None,
        "chance": float(chance), "rests_on": n, "needs": 0,
    }  # fmt: skip
