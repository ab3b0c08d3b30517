"""How far a statement can be trusted, and how much hangs on it (METRICS, 'Confidence and impact').

One definition for everything that is learned: sample size × consistency × significance, each 0 to 1. Where a figure is
claimed (`confidence`), consistency is how narrow its interval is. Where a share lies beyond a limit is claimed
(`confidence_in`), the probability of that is consistency and significance in one.
"""

from __future__ import annotations

from typing import Literal

from combatlens.learning.intervals import Estimate

Impact = Literal["high", "medium", "low"]

HALF_SURE = 15.0
"""So many observations are worth a half of full trust in the sample size; 30 two thirds, 135 nine tenths."""

SESSION_WORTH, ACTION_WORTH = 10.0, 3.0
"""Where the session is the unit, each is worth this many observations; so is a bot's action, which stands by itself: a
skill use is one of many in the same fight."""

MOST_SURE = 0.99

LIKELY, ACTIONABLE = 0.6, 0.8
HIGH_STAKE, MEDIUM_STAKE = 0.15, 0.05
POOR_SUCCESS = 0.8


def sample_size(n: float) -> float:
    """0 to 1: how far `n` observations can be trusted."""
    return n / (n + HALF_SURE)


def confidence_in(actions: int, sure: float) -> float:
    """Of a claim on a bot's actions; `sure`: its probability, or 1 − q of a comparison."""
    return round(min(max(sample_size(ACTION_WORTH * actions) * sure, 0.0), MOST_SURE), 4)


def confidence(n: float, figure: Estimate, p: float = 0.0, *, is_rate: bool = False) -> float:
    """0 to 1: sample size × consistency × significance.

    Size is `sample_size`. Consistency is 1 less the half width of the 95 % interval, relative to the figure
    (absolute for a rate). Significance is 1 - `p`, the p value of the claim made; 0 where none is made.
    """
    if figure.value is None or figure.low is None or figure.high is None:
        return 0.0
    scale = 1.0 if is_rate else abs(figure.value)
    half = (figure.high - figure.low) / 2
    consistency = max(0.0, 1.0 - half / scale) if scale > 0 else 0.0
    return sample_size(n) * consistency * (1.0 - p)


def impact_of(stake: float, success: float | None = None) -> Impact:
    """`stake`: the share of XP/h that hangs on it; `success`: a rate that is poor below 80 %."""
    if stake > HIGH_STAKE or (success is not None and success < POOR_SUCCESS):
        return "high"
    return "medium" if stake >= MEDIUM_STAKE else "low"
