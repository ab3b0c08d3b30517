"""Estimates with their intervals: Wilson for rates, t for ratios, sessions resampled where there are enough."""

from __future__ import annotations

from math import isfinite, sqrt

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import special

from combatlens.learning.moments import Moments

Column = NDArray[np.float64]

LEVEL = 0.95
SESSIONS_TO_RESAMPLE = 8
"""From so many sessions on the session is the unit; uses within one are not independent."""


DIFFER, DIFFER_FEW = 0.1, 0.25
"""Sessions are held to differ when chance alone would make them do so this rarely; few can show it less well."""


class Estimate(Struct, frozen=True, gc=False):
    """A figure with its interval; None where the data cannot give it. `se`: standard error, with `df`."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    se: float | None = None
    df: float = 0.0

    @property
    def ci(self) -> list[float] | None:
        return None if self.low is None or self.high is None else [self.low, self.high]

    def times(self, factor: float) -> Estimate:
        """In another unit; `factor` > 0."""
        value, low, high, se = (
            None if part is None else part * factor for part in (self.value, self.low, self.high, self.se)
        )
        return Estimate(value, low, high, se, self.df)


def t_quantile(df: float, level: float = LEVEL) -> float:
    """Two-sided quantile of Student's t."""
    return float(special.stdtrit(df, 0.5 + level / 2))


def normal_quantile(level: float = LEVEL) -> float:
    return float(special.ndtri(0.5 + level / 2))


def wilson(successes: float, n: float, level: float = LEVEL, z: float | None = None) -> tuple[float, float]:
    """Wilson's score interval of a rate (E. B. Wilson, JASA 22, 1927). `n` > 0; it may be an effective number."""
    z = normal_quantile(level) if z is None else z
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def mean_interval(value: float, se: float, df: float, level: float = LEVEL, floor: float | None = None) -> Estimate:
    """value ± t · se; `floor` is what the figure cannot fall below."""
    half = t_quantile(df, level) * se
    low = value - half
    return Estimate(value, low if floor is None else max(floor, low), value + half, se, df)


def ratio(moments: Moments, level: float = LEVEL) -> Estimate:
    """R = y / x of blocks. Variance by linearisation: Σ(y - Rx)² · n / (n - 1) / x² (Cochran 6.4), t with n - 1."""
    if moments.x <= 0:
        return Estimate()
    value = moments.y / moments.x
    if moments.n < 2:
        return Estimate(value)
    spread = max(0.0, moments.yy - 2 * value * moments.xy + value * value * moments.xx)
    se = sqrt(spread * moments.n / (moments.n - 1)) / moments.x
    return mean_interval(value, se, moments.n - 1, level, floor=0.0 if moments.y >= 0 else None)


def session_ratio(y: Column, x: Column, level: float = LEVEL) -> Estimate:
    """Σy / Σx over sessions, resampled leaving one session out at a time (the jackknife), t with n - 1.

    B. Efron and C. Stein, Annals of Statistics 9, 1981. It needs no random numbers, so the same sessions always
    give the same interval.
    """
    held = x > 0
    if not held.all():
        y, x = y[held], x[held]
    n, total_y, total_x = len(x), float(y.sum()), float(x.sum())
    if n == 0:
        return Estimate()
    value = total_y / total_x
    if n < 2:
        return Estimate(value)
    without = (total_y - y) / (total_x - x)
    se = sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))
    return mean_interval(value, se, n - 1, level, floor=0.0 if value >= 0 else None)


def pooled(rows: Column, level: float = LEVEL) -> Estimate:
    """A ratio over sessions, from their moments, shape (sessions, 6).

    From 8 sessions on they are resampled. With fewer their blocks are the units, unless the sessions differ by more
    than their blocks can explain (an F test at 25 %): then the sessions are, few as they may be.
    """
    if len(rows) >= SESSIONS_TO_RESAMPLE:
        return session_ratio(rows[:, 1], rows[:, 2], level)
    n, *sums = (float(total) for total in rows.sum(axis=0)) if len(rows) else (0.0,) * 6
    by_blocks = ratio(Moments(int(n), *sums), level)
    if len(rows) < 2:
        return by_blocks
    by_sessions = session_ratio(rows[:, 1], rows[:, 2], level)
    if by_blocks.se is None or by_sessions.se is None:
        return by_blocks
    limit = (
        float(special.fdtri(by_sessions.df, by_blocks.df, 1 - DIFFER_FEW)) if by_sessions.df and by_blocks.df else 0.0
    )
    return by_sessions if by_sessions.se**2 > limit * by_blocks.se**2 else by_blocks


def rate(successes: Column, uses: Column, level: float = LEVEL) -> Estimate:
    """A rate of success over sessions: Wilson; where the sessions differ by more than chance (chi² at 10 %), with the
    number of uses that the resampled variance is worth (L. Kish, Survey Sampling, 8.2)."""
    n, k = float(uses.sum()), float(successes.sum())
    if n <= 0:
        return Estimate()
    p, effective, z = k / n, n, normal_quantile(level)
    se = sqrt(p * (1 - p) / n)
    if len(uses) >= 2 and 0 < p < 1:
        resampled = session_ratio(successes, uses, level)
        excess = (resampled.se or 0.0) ** 2 / se**2
        if resampled.se and excess * resampled.df > float(special.chdtri(resampled.df, DIFFER)):
            se, effective, z = resampled.se, p * (1 - p) / resampled.se**2, t_quantile(resampled.df, level)
    low, high = wilson(p * effective, effective, level, z)
    return Estimate(p, low, high, se, n - 1)


def count_rate(counts: Column, exposure: Column, level: float = LEVEL) -> Estimate:
    """Events per unit of exposure (deaths an hour): Garwood's exact Poisson interval (Biometrika 28, 1936), widened
    by the dispersion between sessions where there are enough of them."""
    k, x = float(counts.sum()), float(exposure.sum())
    if x <= 0:
        return Estimate()
    dispersion = 1.0
    if len(counts) >= SESSIONS_TO_RESAMPLE and k > 0:
        expected = np.maximum(exposure * (k / x), 1e-12)
        dispersion = max(1.0, float(((counts - expected) ** 2 / expected).sum()) / (len(counts) - 1))
    k, x = k / dispersion, x / dispersion
    tail = (1 - level) / 2
    low = float(special.gammaincinv(k, tail)) / x if k > 0 else 0.0
    high = float(special.gammaincinv(k + 1, 1 - tail)) / x
    return Estimate(k / x, low, high, sqrt(k) / x, max(1.0, len(counts) - 1.0))


def two_sided_p(estimate: float, se: float, df: float) -> float:
    """P value of Student's t; 1.0 where the standard error tells nothing."""
    if not (isfinite(se) and se > 0 and df > 0):
        return 1.0
    return float(2 * special.stdtr(df, -abs(estimate / se)))
