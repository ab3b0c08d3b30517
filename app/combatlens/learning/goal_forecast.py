"""When a goal will be met: the user's own sessions are played on, many times over.

Each of `DRAWS` futures resamples the sessions and the breaks between them (bootstrap; Efron 1979). So that few
sessions give a wide interval, every future draws from its own resample of the history, of a size at which the
spread of a resampled mean is that of Student's t instead of the normal distribution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

DRAWS = 600
RECENT = 40
"""Sessions looked back on; older ones say little about how the user plays now."""
MIN_SESSIONS = 5
MIN_RATE_SESSIONS = 8
"""A trend seen in fewer is as often noise."""
SMOOTH = 0.8
"""Width of the smoothed bootstrap, in units of sd · n^(-1/5) of the log spans (1.06 would be Silverman's, too wide)."""
MAX_STEPS = 600
"""Sessions looked ahead one by one; beyond, sums are continued by their mean and variance, rates say "not in sight"."""
SEED = 20_240_601


class Visit(Struct, frozen=True):
    """A session as a forecast sees it: start and end in Unix seconds (`end` None: under way), and its value."""

    start: float
    end: float | None
    value: float


class Eta(Struct, frozen=True):
    """The median finishing time and the interval that holds it in 80 of 100 cases (None: it has no end in sight)."""

    at: float
    interval: tuple[float, float] | None


def forecast_sum(visits: Sequence[Visit], remaining: float, now: float) -> Eta | None:
    """When sessions like the recent ones will have added `remaining`; None with under 5 sessions or no gain."""
    times = _sum_times(visits, remaining, now)
    return None if times is None else _eta(times)


def chance_by(visits: Sequence[Visit], remaining: float, now: float, until: float) -> float | None:
    """The share of the futures in which `remaining` is added by `until` (Unix seconds); None as for `forecast_sum`."""
    times = _sum_times(visits, remaining, now)
    return None if times is None else float((times <= until).mean())


def _sum_times(visits: Sequence[Visit], remaining: float, now: float) -> Floats | None:
    """The finishing time in each future, shape (DRAWS,)."""
    history = _History(visits, now)
    if not history.usable or remaining <= 0 or history.gains.mean() <= 0:
        return None
    rng = np.random.default_rng(SEED)
    steps = math.ceil(3 * remaining / history.gains.mean()) + 30
    if steps > MAX_STEPS:
        return _far(history, remaining, now, rng)
    picks = _picks(rng, len(history.gains), steps)
    factor = _smooth(rng, history.durations, np.ones(picks.shape))
    gains, durations = history.gains[picks] * factor, history.durations[picks] * factor
    starts, ends, share = history.calendar(rng, durations, now)
    gains[:, 0] *= share
    total = np.cumsum(gains, axis=1)
    reached = total >= remaining
    first = reached.argmax(axis=1)
    rows = np.arange(DRAWS)
    missing = remaining - (total[rows, first] - gains[rows, first])
    part = np.clip(missing / np.maximum(gains[rows, first], 1e-12), 0.0, 1.0)
    times: Floats = starts[rows, first] + part * (ends[rows, first] - starts[rows, first])
    return np.where(reached.any(axis=1), times, np.inf)


def forecast_rate(
    visits: Sequence[Visit],
    target: float,
    *,
    down: bool,
    window: int,
    now: float,
    bounds: tuple[float, float] | None = None,
) -> Eta | None:
    """When the mean over `window` sessions will reach `target`, if the trend from session to session goes on.

    Level, slope and scatter of the line are drawn from their distribution given the data (normal errors, flat prior).
    """
    history = _History(visits, now)
    values = np.asarray([v.value for v in visits][-RECENT:], dtype=np.float64)
    n = len(values)
    if n < MIN_RATE_SESSIONS or not history.usable:
        return None
    rng = np.random.default_rng(SEED)
    x = np.arange(n) - (n - 1) / 2
    spread = float((x * x).sum())
    slope = float((x * values).sum()) / spread
    rest = values - values.mean() - slope * x
    sigma = np.sqrt(float((rest * rest).sum()) / rng.chisquare(n - 2, DRAWS))[:, None]
    slopes = slope + sigma / math.sqrt(spread) * rng.standard_normal((DRAWS, 1))
    levels = values.mean() + sigma / math.sqrt(n) * rng.standard_normal((DRAWS, 1))
    ahead = (n - 1) / 2 + 1 + np.arange(MAX_STEPS)
    future = levels + slopes * ahead + sigma * rng.standard_normal((DRAWS, MAX_STEPS))
    if bounds:
        future = np.clip(future, *bounds)
    known = np.broadcast_to(values[max(0, n + 1 - window) :], (DRAWS, min(n, window - 1)))
    means = _running_mean(np.concatenate([known, future], axis=1), known.shape[1] + 1)
    reached = means <= target if down else means >= target
    picks = _picks(rng, len(history.durations), MAX_STEPS)
    _, ends, _ = history.calendar(rng, history.durations[picks], now)
    times = ends[np.arange(DRAWS), reached.argmax(axis=1)]
    times[~reached.any(axis=1)] = np.inf
    return _eta(times)


class _History:
    """Gains, durations and breaks of the recent sessions, in seconds. A session under way adds no duration."""

    def __init__(self, visits: Sequence[Visit], now: float) -> None:
        recent = sorted(visits, key=lambda v: v.start)[-RECENT:]
        done = [(v.start, v.end, v.value) for v in recent if v.end is not None]
        self.gains: Floats = np.asarray([value for *_, value in done], dtype=np.float64)
        self.durations: Floats = np.asarray([max(end - start, 1.0) for start, end, _ in done], dtype=np.float64)
        gaps = [max(b.start - a.end, 0.0) for a, b in pairwise(recent) if a.end is not None]
        self.gaps: Floats = np.asarray(gaps, dtype=np.float64)
        self.under_way = bool(recent) and recent[-1].end is None
        last = recent[-1] if recent else Visit(now, now, 0.0)
        self.since = max(0.0, now - (last.start if last.end is None else last.end))
        self.usable = len(done) >= MIN_SESSIONS and len(gaps) >= MIN_SESSIONS - 1

    def calendar(self, rng: np.random.Generator, durations: Floats, now: float) -> tuple[Floats, Floats, Floats]:
        """Start and end of each future session, shape (DRAWS, steps), and the part of the first that is still to come.

        The break (or the session) under way has lasted a while already: what is left of it is drawn from those that
        lasted longer; when none did, a whole one is drawn.
        """
        gaps = _smooth(rng, self.gaps, self.gaps[_picks(rng, len(self.gaps), durations.shape[1])])
        durations = durations.copy()
        share = np.ones(DRAWS)
        if self.under_way:
            gaps[:, 0] = 0.0
            whole = durations[:, 0].copy()
            durations[:, 0] = _rest(rng, _smooth(rng, self.durations, np.resize(self.durations, DRAWS)), self.since)
            share = durations[:, 0] / whole
        else:
            gaps[:, 0] = _rest(rng, _smooth(rng, self.gaps, np.resize(self.gaps, DRAWS)), self.since)
        ends = now + np.cumsum(gaps + durations, axis=1)
        return ends - durations, ends, share


def _rest(rng: np.random.Generator, spans: Floats, elapsed: float) -> Floats:
    longer = spans[spans > elapsed] - elapsed
    return rng.choice(longer if len(longer) else spans, DRAWS)


def _student(n: int) -> float:
    """How much wider than the normal distribution's an 80 % interval from `n` values has to be."""
    return float(special.stdtrit(n - 1, 0.9) / special.ndtri(0.9))


def _pools(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """A resample of `n` sessions for each future, shape (DRAWS, size)."""
    return rng.integers(0, n, (DRAWS, max(2, round((n - 1) / _student(n) ** 2))))


def _picks(rng: np.random.Generator, n: int, steps: int) -> NDArray[np.int64]:
    """Indices into a history of `n`, shape (DRAWS, steps): each row from a resample of its own."""
    pools = _pools(rng, n)
    return np.take_along_axis(pools, rng.integers(0, pools.shape[1], (DRAWS, steps)), axis=1)


def _smooth(rng: np.random.Generator, spans: Floats, drawn: Floats) -> Floats:
    """Between and beyond the few spans seen there are others: log-normal noise of mean 1 (smoothed bootstrap)."""
    width = SMOOTH * _student(len(spans)) * float(np.log(np.maximum(spans, 1.0)).std(ddof=1)) * len(spans) ** -0.2
    noise: Floats = np.exp(width * rng.standard_normal(drawn.shape) - width * width / 2)
    return drawn * noise


def _far(history: _History, remaining: float, now: float, rng: np.random.Generator) -> Floats:
    """Finishing times of a goal that is hundreds of sessions away: renewal-reward by its mean and variance."""
    pools = _pools(rng, len(history.gains))
    gains, durations = history.gains[pools], history.durations[pools]
    gaps = history.gaps[_pools(rng, len(history.gaps))]
    gain, cycle = gains.mean(axis=1), durations.mean(axis=1) + gaps.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        sessions = np.where(gain > 0, remaining / gain, np.inf)
        scatter = gaps.var(axis=1) + (durations - gains * (cycle / gain)[:, None]).var(axis=1)
        times = now + sessions * cycle + np.sqrt(sessions * scatter) * rng.standard_normal(DRAWS)
    return np.where(np.isfinite(times), np.maximum(times, now), np.inf)


def _running_mean(values: Floats, width: int) -> Floats:
    sums = np.cumsum(values, axis=1)
    sums[:, width:] -= sums[:, :-width].copy()
    return sums[:, width - 1 :] / width


def _eta(times: Floats) -> Eta | None:
    low, middle, high = np.quantile(times, [0.1, 0.5, 0.9], method="nearest")
    if not math.isfinite(middle):
        return None
    return Eta(float(middle), (float(low), float(high)) if math.isfinite(high) else None)
