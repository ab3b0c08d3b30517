"""Two builds, looked at after every session."""

from __future__ import annotations

import numpy as np
from tests.benchmarks.learning.table import Row

from combatlens.learning.guided import make_trial, trial_state
from combatlens.learning.history import history_of
from combatlens.learning.moments import moments_of
from combatlens.learning.sequential import ALPHA, contrast, sessions_until
from combatlens.learning.session_record import Circumstances, SessionStats

SPREADS = (0.05, 0.08, 0.15)
"""How far sessions of one build differ in XP/h, relative; 30-minute sessions of the simulated world: 0.03–0.08."""


def _sessions(rng: np.random.Generator, count: int, spread: float, drop: float) -> tuple[np.ndarray, np.ndarray]:
    is_b = np.arange(count) % 2 == 1
    y = rng.gamma(1 / spread**2, 10_000 * spread**2, count) * np.where(is_b, 1 - drop, 1.0)
    return y, is_b


def equal_builds(worlds: int) -> list[Row]:
    """`p` is the least over all looks: once is enough to be called different."""
    rows = []
    for spread in (0.08, 0.3):
        rng = np.random.default_rng(21)
        called = 0
        for _ in range(worlds):
            y, is_b = _sessions(rng, 100, spread, 0.0)
            called += contrast(y, is_b, np.ones(100)).p <= ALPHA
        rows.append(Row(f"equal builds ever called different in 100 sessions, spread {spread:.0%}", "at most 5 %",
                        f"{called / worlds:.1%} of {worlds}", called / worlds <= 0.05))  # fmt: skip
    return rows


def worse_build(worlds: int) -> list[Row]:
    """A true difference of 10 %. The app predicts from 12 earlier sessions of one build how many more it takes."""
    rows = []
    for spread in SPREADS:
        rng = np.random.default_rng(22)
        predicted, needed = [], []
        for _ in range(worlds):
            past = rng.gamma(1 / spread**2, 10_000 * spread**2, 12)
            predicted.append(sessions_until(0, 0, 0.1 * past.mean() / past.std(ddof=1)))
            y, is_b = _sessions(rng, 300, spread, 0.1)
            needed.append(_first_look(y, is_b))
        ratio = float(np.median(predicted) / np.median(needed))
        rows.append(Row(f"a build worse by 10 %, spread {spread:.0%}: sessions, predicted / found", "0.75–1.25",
                        f"{np.median(predicted):g} / {np.median(needed):g} = {ratio:.2f}",
                        0.75 <= ratio <= 1.25))  # fmt: skip
    return rows


def _first_look(y: np.ndarray, is_b: np.ndarray) -> float:
    low, high = 4, len(y)
    if contrast(y, is_b, np.ones(high)).p > ALPHA:
        return float("inf")
    while low < high:
        middle = (low + high) // 2
        if contrast(y[:middle], is_b[:middle], np.ones(middle)).p <= ALPHA:
            high = middle
        else:
            low = middle + 1
    return float(low)


def equal_trials(worlds: int) -> list[Row]:
    """Trials of two equal builds as the app runs them: a boost and a place come and go, and are held equal where they
    can be; looked at after every session."""
    decided = 0
    for seed in range(worlds):
        rng = np.random.default_rng([23, seed])
        days = [_day(i, "ab"[i % 2], bool(rng.random() < 0.3), int(rng.integers(3)), rng) for i in range(40)]
        history, trial = (
            history_of([]),
            make_trial("t", "build", "a", "b", metric="xp_per_hour", difference=0.1, now=0.0),
        )
        for day in days:
            history.append([day])
            if len(history) >= 4 and trial_state(history, trial)["state"] == "decided":
                decided += 1
                break
    share = decided / worlds
    return [Row("trials of equal builds ever decided in 40 sessions, a boost and three places mixed", "at most 5 %",
                f"{share:.1%} of {worlds}", share <= 0.05)]  # fmt: skip


def _day(number: int, build: str, boosted: bool, place: int, rng: np.random.Generator) -> SessionStats:
    rate = rng.gamma(100.0, 100.0) * (2 if boosted else 1) * (1 + place / 4)
    return SessionStats(
        session_id=f"s{number:03d}", start=1e9 + number * 1e5, end=1e9 + number * 1e5 + 3600, active_s=3600.0, xp=rate,
        damage=rate, kills=1, deaths=0, xp_rate=moments_of([(rate, 3600.0)]),
        circumstances=Circumstances(build=build, boost="2" if boosted else None, zone=f"z{place}"),
    )  # fmt: skip
