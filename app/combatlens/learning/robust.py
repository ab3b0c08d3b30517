"""Trends that an odd day cannot bend, and quantiles without scipy: a command that prints a table starts fast."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist, median
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Column = NDArray[np.float64]

NORMAL = NormalDist()
LEAST = 5
"""Fewer points show no trend."""
NEARBY = 5


class Trend(Struct, frozen=True, kw_only=True):
    """`slope`: per unit of x; `ci`: its 95 % interval; `tau`: Kendall's; `p`: two-sided."""

    points: int
    slope: float | None = None
    ci: tuple[float, float] | None = None
    intercept: float | None = None
    tau: float | None = None
    p: float | None = None


def trend(x: Column, y: Column) -> Trend:
    """Slope by Theil and Sen, significance by Mann and Kendall, for x ascending; both are unmoved by outliers.

    P. K. Sen, JASA 63, 1968 (slope and interval); M. G. Kendall, Rank Correlation Methods, 1975 (ties). The variance is
    widened for serial correlation (S. Yue and C. Y. Wang, Water Resources Management 18, 2004), never narrowed.
    Time and memory grow with the square of the points: meant for at most some 1,500.
    """
    n = len(y)
    if n < LEAST:
        return Trend(points=n)
    first, second = np.triu_indices(n, 1)
    dx, dy = x[second] - x[first], y[second] - y[first]
    s = float(np.sign(dy[dx > 0]).sum())
    slopes = np.sort(dy[dx > 0] / dx[dx > 0])
    if not len(slopes):
        return Trend(points=n)
    slope = middle(slopes)
    intercept = middle(y - slope * x)
    counts = np.unique(y, return_counts=True)[1].astype(float)
    variance = (n * (n - 1) * (2 * n + 5) - float((counts * (counts - 1) * (2 * counts + 5)).sum())) / 18
    variance *= _serial(y - slope * x)
    if variance <= 0:
        return Trend(points=n, slope=slope, ci=(slope, slope), intercept=intercept, tau=0.0, p=1.0)
    z = (abs(s) - 1) / sqrt(variance) if s else 0.0
    reach = NORMAL.inv_cdf(0.975) * sqrt(variance)
    low = int(np.clip((len(slopes) - reach) / 2, 0, len(slopes) - 1))
    high = int(np.clip(np.ceil((len(slopes) + reach) / 2), 0, len(slopes) - 1))
    return Trend(
        points=n, slope=slope, ci=(float(slopes[low]), float(slopes[high])), intercept=intercept,
        tau=s / len(slopes), p=min(1.0, 2 * (1 - NORMAL.cdf(z))),
    )  # fmt: skip


class Step(Struct, frozen=True):
    """One change of level. `at`: the index of the first value after it; the medians on both sides; `p`: two-sided."""

    at: int
    before: float
    after: float
    p: float


def step(y: Column) -> Step | None:
    """Where the level changed most, and whether it did at all; a line sees a sudden change badly, and the more badly
    the larger it is. None with too few values, or where the medians are alike.

    A. N. Pettitt, Applied Statistics 28, 1979: ranks alone count. Widened for serial correlation about the two medians,
    as `trend` is. Time and memory grow with the square of the values.
    """
    n = len(y)
    if n < LEAST:
        return None
    lead = np.sign(y[:, None] - y[None, :]).sum(axis=1).cumsum()[:-1]
    most = int(np.abs(lead).argmax())
    nearby = range(max(1, most + 1 - NEARBY), min(n, most + 2 + NEARBY))
    at = min(nearby, key=lambda t: _apart(y[:t]) + _apart(y[t:]))  # ranks alone are off by a value or two
    before, after = middle(y[:at]), middle(y[at:])
    if before == after:
        return None
    size = (n**3 + n**2) * _serial(np.concatenate([y[:at] - before, y[at:] - after]))
    return Step(at, before, after, float(min(1.0, 2 * np.exp(-6 * float(lead[most]) ** 2 / size))))


def _apart(y: Column) -> float:
    return float(np.abs(y - middle(y)).sum())


def middle(values: Column) -> float:
    """The median. Before its first one numpy loads its masked arrays, which takes longer than all the rest here."""
    return float(median(values.tolist()))


def _serial(rest: Column) -> float:
    """By how much the variance of Kendall's S grows when each value remembers the one before it: (1 + r) / (1 - r).

    r: the autocorrelation of the ranks at lag 1, free of its bias in short series (M. G. Kendall, Biometrika 41, 1954).
    """
    n = len(rest)
    fine = max(float(np.abs(rest).max()), 1e-12) * 1e-9  # equal but for rounding is equal
    ranks = np.unique(np.round(rest / fine), return_inverse=True)[1].astype(float)
    ranks -= ranks.mean()
    power = float(ranks @ ranks)
    seen = float(ranks[:-1] @ ranks[1:]) / power if power else 0.0
    if seen <= NORMAL.inv_cdf(0.9) / sqrt(n):
        return 1.0
    r = min(0.95, (n * seen + 1) / max(n - 4, 1))
    return (1 + r) / (1 - r)


def t_quantile(df: float, share: float) -> float:
    """Quantile of Student's t for df >= 3: Cornish and Fisher's expansion (Abramowitz and Stegun 26.7.5)."""
    z = NORMAL.inv_cdf(share)
    return float(
        z
        + (z**3 + z) / (4 * df)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * df**3)
    )


def t_share(t: float, df: float) -> float:
    """Distribution function of Student's t (Abramowitz and Stegun 26.7.8)."""
    return NORMAL.cdf(t * (1 - 1 / (4 * df)) / sqrt(1 + t * t / (2 * df)))


class Sums(Struct, frozen=True):
    """Sums over blocks of y and x, and of their products."""

    n: int
    y: float
    x: float
    yy: float
    xy: float
    xx: float


def sums_of(y: Column, x: Column) -> Sums:
    return Sums(len(y), float(y.sum()), float(x.sum()), float(y @ y), float(y @ x), float(x @ x))


def ratio(sums: Sums) -> tuple[float | None, list[float] | None]:
    """y / x with its 95 % interval by linearisation (Cochran, Sampling Techniques, 6.4); t with n - 1.

    The interval is None with under four blocks.
    """
    if sums.x <= 0:
        return None, None
    value, n = sums.y / sums.x, sums.n
    if n < 4:
        return value, None
    spread = max(0.0, sums.yy - 2 * value * sums.xy + value * value * sums.xx)
    half = t_quantile(n - 1, 0.975) * sqrt(spread * n / (n - 1)) / sums.x
    return value, [max(0.0, value - half) if value >= 0 else value - half, value + half]


def next_value(y: Column, level: float = 0.8) -> dict[str, Any] | None:
    """What the next value will be, with the interval that holds it in `level` of all cases: the newest values go on as
    they are, or along their line where it is significant (p < 0.01). Normal errors, t; None with under 5 values."""
    n = len(y)
    if n < LEAST:
        return None
    x = np.arange(n, dtype=float)
    found = trend(x, y)
    if found.p is not None and found.p < 0.01 and n >= 10:
        middle = x - x.mean()
        steep = float((middle * y).sum() / (middle * middle).sum())
        rest = y - y.mean() - steep * middle
        ahead = n - float(x.mean())
        value = float(y.mean()) + steep * ahead
        spread, df = 1 + 1 / n + ahead**2 / float((middle * middle).sum()), n - 2
    else:
        rest, value, spread, df = y - y.mean(), float(y.mean()), 1 + 1 / n, n - 1
    sd = sqrt(float((rest * rest).sum()) / df)
    half = t_quantile(df, 0.5 + level / 2) * sd * sqrt(spread)
    return {"value": value, "interval": [value - half, value + half], "level": level, "sd": sd, "df": df, "n": n}
