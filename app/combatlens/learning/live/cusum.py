"""Is a rate lower than it used to be? A CUSUM on per-minute rates against the user's own baseline."""

from __future__ import annotations

import itertools
from functools import lru_cache
from math import exp, log, sqrt

from msgspec import Struct

LEAST_MINUTES = 15
"""A baseline needs so many minutes."""

DOUBT = 1.3
"""The baseline's mean is taken lower by so many of its standard errors: what is hardly known must not raise alarms."""

DROP = 0.4
"""The fall that is watched for, as a share of the baseline."""

SUCCESS_DROP = 0.25
"""Likewise for the rate of success."""

LEAST_USES = 60
"""Uses before a rate of success is called usual."""

FALSE_ALARM_MINUTES = 10_000.0
"""A detector's false alarms are this many minutes apart by the formula. Three together may raise one in 20 hours (3,600
minutes each); the rest is for what the formula does not know: rates are not normal, and baselines are estimates."""

SHRUNK = 60.0
"""So many minutes it takes until what neighbouring minutes share is half believed."""

MAX_STEP = 4.0
ONE_MINUTE = 0.8
"""One minute alone never raises an alarm: it brings at most this share of what is needed."""

LEAST_REFERENCE = 0.15


class Baseline(Struct, frozen=True):
    """Per-minute rates so far: how many, their sum, sum of squares, and sum of products of neighbours."""

    n: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    lagged: float = 0.0

    def plus(self, other: Baseline) -> Baseline:
        return Baseline(
            self.n + other.n, self.total + other.total, self.squares + other.squares, self.lagged + other.lagged
        )

    @property
    def mean(self) -> float:
        return self.total / self.n if self.n else 0.0

    @property
    def deviation(self) -> float:
        """The standard deviation of a minute's rate."""
        if self.n < 2:
            return 0.0
        return sqrt(max(0.0, self.squares / self.n - self.mean**2) * self.n / (self.n - 1))

    def spread(self, minutes: float) -> float:
        """The standard deviation that matters for a mean over so many minutes, for one of them: minutes that go with
        their neighbours widen it, minutes that make up for each other (a kill just missed by one is the next one's)
        narrow it, to a half of the variance at most."""
        variance = self.deviation**2
        if variance == 0.0:
            return 0.0
        shared = self.lagged / self.n - self.mean**2 * (self.n - 1) / self.n
        pairs = max(0.0, 1.0 - 1.0 / minutes) * self.n / (self.n + SHRUNK)
        return sqrt(max(variance / 2, variance + 2.0 * shared * pairs))


def baseline_of(rates: list[float]) -> Baseline:
    """The baseline of one session's minutes, in order."""
    lagged = sum(a * b for a, b in itertools.pairwise(rates))
    return Baseline(float(len(rates)), sum(rates), sum(rate * rate for rate in rates), lagged)


@lru_cache(maxsize=1024)
def _threshold(reference: float, false_alarm_minutes: float) -> float:
    low, high = 0.0, 60.0
    for _ in range(50):
        middle = (low + high) / 2
        b = middle + 1.166
        minutes = (exp(2 * reference * b) - 2 * reference * b - 1) / (2 * reference**2)
        low, high = (middle, high) if minutes < false_alarm_minutes else (low, middle)
    return high


def threshold(reference: float, false_alarm_minutes: float = FALSE_ALARM_MINUTES) -> float:
    """The height that a CUSUM with this `reference` (both in standard deviations) reaches by chance once in so many
    minutes (D. Siegmund, Sequential Analysis, 1985, 2.4)."""
    return _threshold(round(reference, 3), false_alarm_minutes)


class Fall(Struct, frozen=True):
    """A fall was found. `since`: when it began, in the units of the minutes' starts. Rates as they were given."""

    since: float
    expected: float
    observed: float


class FallDetector:
    """Feed it a rate a minute; it answers with a Fall when the rate has dropped. One answer a fall.

    Baseline: that of earlier sessions where there is one, else this session's first minutes; it learns on while
    nothing is suspected.
    """

    def __init__(self, past: Baseline | None = None, *, drop: float = DROP) -> None:
        self._known = past or Baseline()
        self._own = Baseline()
        self._last: float | None = None
        self._sum = 0.0
        self._run: list[tuple[float, float]] = []
        self._drop = drop
        self._told = False

    @property
    def baseline(self) -> Baseline:
        return self._known.plus(self._own)

    def feed(self, start: float, rate: float) -> Fall | None:
        """A whole minute's rate; `start` is when the minute began."""
        base = self.baseline
        plain = base.deviation
        if base.n < LEAST_MINUTES or plain <= 0 or base.mean <= 0:
            self._learn(rate)
            return None
        spread = base.spread(2 * log(FALSE_ALARM_MINUTES) / (self._drop * base.mean / plain) ** 2)
        usual = base.mean - DOUBT * spread / sqrt(base.n)
        reference = min(max(self._drop * usual / spread, 2 * LEAST_REFERENCE), MAX_STEP) / 2
        limit = threshold(reference)
        self._sum = max(0.0, self._sum + min((usual - rate) / spread - reference, ONE_MINUTE * limit))
        self._run.append((start, rate))
        if self._sum == 0.0:
            for _, seen in self._run:
                self._learn(seen)
            self._run = []
            self._told = False
            return None
        if self._sum <= limit or self._told:
            self._sum = min(self._sum, 2 * limit)
            return None
        self._told = True
        return Fall(self._run[0][0], base.mean, sum(value for _, value in self._run) / len(self._run))

    def _learn(self, rate: float) -> None:
        lagged = rate * self._last if self._last is not None else 0.0
        self._own = self._own.plus(Baseline(1.0, rate, rate * rate, lagged))
        self._last = rate


class SuccessDetector:
    """Is the rate of success lower than it used to be? The log likelihood ratio of misses, summed (CUSUM).

    A threshold of log(m) is exceeded by chance at most once in m minutes, whatever the number of uses (G. Lorden,
    Annals of Mathematical Statistics 42, 1971), given the usual rate; that is taken lower by DOUBT standard errors.
    """

    def __init__(self, past: Baseline | None = None, *, drop: float = SUCCESS_DROP) -> None:
        self._uses = past.n if past else 0.0
        self._successes = past.total if past else 0.0
        self._drop = drop
        self._sum = 0.0
        self._run: list[tuple[float, float, float]] = []
        self._told = False

    def feed(self, start: float, successes: float, uses: float) -> Fall | None:
        """A whole minute's uses; `start` is when it began."""
        if self._uses < LEAST_USES or self._successes == 0:
            self._uses, self._successes = self._uses + uses, self._successes + successes
            return None
        rate = (self._successes + 0.5) / (self._uses + 1.0)
        usual = rate - DOUBT * sqrt(rate * (1 - rate) / self._uses)
        worse = usual * (1 - self._drop)
        self._run.append((start, successes, uses))
        step = successes * log(worse / usual) + (uses - successes) * log((1 - worse) / (1 - usual))
        self._sum = max(0.0, self._sum + step)
        limit = log(FALSE_ALARM_MINUTES)
        if self._sum == 0.0:
            self._successes += sum(row[1] for row in self._run)
            self._uses += sum(row[2] for row in self._run)
            self._run, self._told = [], False
            return None
        if self._sum <= limit or self._told:
            self._sum = min(self._sum, 2 * limit)
            return None
        self._told = True
        seen = sum(row[1] for row in self._run) / max(1.0, sum(row[2] for row in self._run))
        return Fall(self._run[0][0], rate, seen)
