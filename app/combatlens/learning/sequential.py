"""A test of two groups of sessions that may be looked at after every session.

The Bayes factor of the t statistic against a normal prior on the effect size (unit variance) is a test
martingale under 'no difference' whatever the mean and the spread are, so that the chance that it ever exceeds 20
is at most 5 % (right-Haar prior on mean and spread: A. Hendriksen, R. de Heide and P. Grünwald, Bayesian
Analysis 16, 2021; closed form: M. Gönen et al., The American Statistician 59, 2005).
"""

from __future__ import annotations

from math import ceil, inf, log, sqrt

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from combatlens.learning.intervals import LEVEL, t_quantile

Column = NDArray[np.float64]

ALPHA = 0.05
PRIOR_VARIANCE = 1.0
PATHS, HORIZON, SIMULATED = 300, 400, 60
LEAST_EACH = 2
"""A look needs so many sessions of each group."""


class Contrast(Struct, frozen=True, kw_only=True):
    """What two groups show so far. `difference`: b less a. `p`: always valid, over all looks up to now."""

    difference: float | None = None
    ci: tuple[float, float] | None = None
    effect_size: float | None = None
    spread: float | None = None
    p: float = 1.0


def log_bayes_factor(t: Column, df: Column, size: Column) -> Column:
    """Of t statistics with `df` degrees of freedom; `size` is the effective number: 1 / (1/n_a + 1/n_b)."""
    shrunk = 1.0 + PRIOR_VARIANCE * size
    ratio = np.log1p(t * t / df) - np.log1p(t * t / (df * shrunk))
    return np.asarray(-0.5 * np.log(shrunk) + 0.5 * (df + 1.0) * ratio)


def contrast(
    y: Column, is_b: NDArray[np.bool_], weights: Column, strata: NDArray[np.int64] | None = None, level: float = LEVEL
) -> Contrast:
    """Compare the sessions of b with those of a within `strata`, all in the order of play.

    The difference is the weighted mean of the differences inside the strata (blocks as fixed effects); its interval is
    for a fixed sample: Welch's where there is one stratum, else with the pooled spread. Hedges' g as effect size.
    """
    path = _Path(y, is_b, weights / weights.mean(), strata)
    if not path.usable[-1]:
        return Contrast()
    difference, spread, df = float(path.difference[-1]), float(path.spread[-1]), float(path.df[-1])
    looks = path.usable
    with np.errstate(divide="ignore", invalid="ignore"):
        t = path.difference[looks] * np.sqrt(path.size[looks]) / path.spread[looks]
    t = np.where(np.isnan(t), 0.0, np.clip(t, -1e6, 1e6))
    evidence = log_bayes_factor(t, path.df[looks], path.size[looks])
    p = float(min(1.0, np.exp(-evidence.max())))
    half = _welch_half(y, is_b, level) if path.strata == 1 else None
    if half is None:
        half = t_quantile(df, level) * spread / sqrt(float(path.size[-1]))
    correction = 1.0 - 3.0 / (4.0 * df - 1.0) if df > 1 else 0.0
    return Contrast(
        difference=difference,
        ci=(difference - half, difference + half),
        effect_size=correction * difference / spread if spread > 0 else None,
        spread=spread,
        p=p,
    )


class _Path:
    """The estimate after every session. Shape of all: (sessions,)."""

    def __init__(self, y: Column, is_b: NDArray[np.bool_], weights: Column, strata: NDArray[np.int64] | None) -> None:
        if strata is None:  # one stratum needs no second axis, and most comparisons have no more
            self.strata, member = 1, np.ones(len(y))
        else:
            names, index = np.unique(strata, return_inverse=True)
            self.strata, member = len(names), (index == np.arange(len(names))[:, None]).astype(float)
        a, b = ((member * (weights * side)).cumsum(axis=-1) for side in (~is_b, is_b))
        ya, yb = ((member * (weights * side * y)).cumsum(axis=-1) for side in (~is_b, is_b))
        squares = (weights * y * y).cumsum()
        both = a + b
        with np.errstate(divide="ignore", invalid="ignore"):
            overlap = np.where(both > 0, a * b / both, 0.0)
            lead = np.where((a > 0) & (b > 0), yb / b - ya / a, 0.0)
            within = squares - _over_strata(np.where(both > 0, (ya + yb) ** 2 / both, 0.0))
            self.size = _over_strata(overlap)
            self.difference = np.where(self.size > 0, _over_strata(overlap * lead) / self.size, 0.0)
            seen = _over_strata((both > 0).astype(float))
            self.df = np.arange(1.0, len(y) + 1.0) - seen - 1.0
            rest = np.maximum(0.0, within - self.difference**2 * self.size)
            self.spread = np.sqrt(rest / np.maximum(self.df, 1.0))
        counts = np.minimum(np.cumsum(is_b), np.cumsum(~is_b))
        self.usable = (self.size > 0) & (self.df >= 1) & (counts >= LEAST_EACH)


def _over_strata(parts: Column) -> Column:
    """The sum over strata; shape (strata, sessions), or (sessions,) where there is one."""
    total: Column = parts if parts.ndim == 1 else parts.sum(axis=0)
    return total


def _welch_half(y: Column, is_b: NDArray[np.bool_], level: float) -> float | None:
    """Half the width of Welch's interval (unweighted); None with fewer than two sessions of a group."""
    parts = [(float(side.var(ddof=1)) / len(side), len(side) - 1) for side in (y[~is_b], y[is_b]) if len(side) > 1]
    total = sum(part for part, _ in parts)
    if len(parts) < 2 or total <= 0:
        return None
    df = total**2 / sum(part**2 / less for part, less in parts)
    return t_quantile(df, level) * sqrt(total)


def sessions_until(n_a: int, n_b: int, effect: float, seed: int = 7) -> float:
    """How many more sessions, in the median, until a true difference of `effect` standard deviations is known.

    The groups take turns, after the one with fewer sessions has caught up. By simulation of the very test, or from the
    size at which the expected evidence is enough where there are many sessions already. `inf` beyond HORIZON, 0.0
    where it should have been found by now: the difference is smaller than that.
    """
    if not effect:
        return inf
    size = 2 * log(1 / ALPHA) / effect**2
    for _ in range(20):
        size = (2 * log(1 / ALPHA) + log(1 + size)) / effect**2
    if n_a and n_b and 1 / (1 / n_a + 1 / n_b) >= 2 * size:
        return 0.0
    if 4 * size > HORIZON:
        return inf
    if n_a + n_b > SIMULATED:
        larger, smaller = max(n_a, n_b), min(n_a, n_b)
        alone = size * larger / (larger - size) if larger > size else inf
        return float(ceil(min(max(1.0, alone - smaller), max(1.0, 4 * size - n_a - n_b) + larger - smaller)))
    horizon = int(8 * size) + 12 + abs(n_a - n_b)
    rng = np.random.default_rng(seed)
    flags = _alternate(n_a, n_b, horizon)
    is_b = np.concatenate([np.zeros(n_a, bool), np.ones(n_b, bool), flags])
    y = rng.standard_normal((PATHS, len(is_b))) + effect * is_b
    a, b = np.cumsum(~is_b).astype(float), np.cumsum(is_b).astype(float)
    ya, yb = np.cumsum(y * ~is_b, axis=1), np.cumsum(y * is_b, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        size, df = a * b / (a + b), a + b - 2.0
        lead = yb / b - ya / a
        rest = np.cumsum(y * y, axis=1) - (ya + yb) ** 2 / (a + b) - lead**2 * size
        t = lead * np.sqrt(size) / np.sqrt(rest / df)
        evidence = log_bayes_factor(t, df, size)
    usable = (np.minimum(a, b) >= LEAST_EACH) & (np.arange(len(is_b)) >= n_a + n_b)
    found = np.where(usable, np.nan_to_num(evidence, nan=-1.0), -1.0) >= log(1 / ALPHA)
    first = np.where(found.any(axis=1), found.argmax(axis=1) + 1.0 - n_a - n_b, inf)
    return float(np.median(first))


def _alternate(n_a: int, n_b: int, count: int) -> NDArray[np.bool_]:
    """Which of the next sessions are b's: the group that has fewer comes first, then they take turns."""
    behind = min(count, abs(n_a - n_b))
    rest = np.arange(count - behind) % 2 == 0
    return np.concatenate([np.full(behind, n_b < n_a), rest])
