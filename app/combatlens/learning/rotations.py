"""Sequences that the user plays."""

from __future__ import annotations

from math import sqrt
from typing import Any

from combatlens.learning.confidence import confidence
from combatlens.learning.corrections import benjamini_hochberg
from combatlens.learning.history import GramTotals, History, skills_of
from combatlens.learning.intervals import Estimate, ratio, two_sided_p

LEAST_COUNT = 10
"""A sequence seen less often is not judged."""

SHOWN = 20


def preferred(history: History) -> tuple[tuple[str, ...], dict[str, Any] | None]:
    """The sequence that covers most uses inside fights, of equal ones the shorter."""
    if not history.grams:
        return (), None
    key, totals = min(history.grams.items(), key=lambda item: (-_covered(*item), len(skills_of(item[0])), item[0]))
    uses = float(history.column("uses").sum())
    figure = ratio(totals.rate)
    return skills_of(key), {
        "count": totals.count,
        "sessions": totals.sessions,
        "uses_covered": _covered(key, totals),
        "share_of_uses": _covered(key, totals) / uses if uses else None,
        "damage_per_second": figure.value,
        "ci": figure.ci,
        "confidence": confidence(totals.count, figure),
    }


def _covered(key: str, totals: GramTotals) -> int:
    return totals.count * len(skills_of(key))


def sequences(history: History) -> list[dict[str, Any]]:
    """The judged sequences, best lift first: `q` is the p value of 'no better or worse than all sequences of its length
    at these targets', corrected over all judged ones (Benjamini–Hochberg)."""
    judged = [(skills_of(key), totals) for key, totals in sorted(history.grams.items()) if totals.count >= LEAST_COUNT]
    figures = [ratio(totals.rate) for _, totals in judged]
    ps = [_p_like_others(totals, figure) for (_, totals), figure in zip(judged, figures, strict=True)]
    rows = [
        (q, _over(totals, totals.expected, figure), figure, names, totals)
        for (names, totals), figure, q in zip(judged, figures, benjamini_hochberg(ps), strict=True)
    ]
    rows.sort(key=lambda row: (row[0] > 0.05, -(row[1].value or 0.0), -row[4].count))
    return [
        {
            "skills": list(names),
            "count": totals.count,
            "success_rate": totals.clean / totals.count,
            "damage_per_second": figure.value,
            "ci": figure.ci,
            "lift": lift.value,
            "lift_ci": lift.ci,
            "q": q,
        }
        for q, lift, figure, names, totals in rows[:SHOWN]
    ]


def _p_like_others(totals: GramTotals, figure: Estimate) -> float:
    """That its damage is what all sequences of its length do. The larger of their spread and its own counts."""
    own = _over(totals, totals.alike, figure)
    if own.value is None or own.se is None:
        return 1.0
    return two_sided_p(own.value - 1, max(own.se, sqrt(totals.variance) / totals.alike), own.df)


def _over(totals: GramTotals, expected: float, figure: Estimate) -> Estimate:
    """Damage of the sequence / what is expected in its time. `figure`: its damage per second."""
    if expected <= 0 or totals.rate.x <= 0:
        return Estimate()
    return figure.times(totals.rate.x / expected)
