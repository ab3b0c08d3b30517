"""How soon a fall is noticed, and how often one is seen where there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import log

import numpy as np
from tests.benchmarks.learning.table import Row
from tests.learn_world import SMALL, START, World, play, record, sessions, summary_of

from combatlens.learning.goal_forecast import Visit, forecast_sum
from combatlens.learning.history import history_of
from combatlens.learning.live.alerts import Alert
from combatlens.learning.live.cusum import Baseline
from combatlens.learning.minutes import xp_minutes
from combatlens.learning.session_alerts import baselines, session_alerts
from combatlens.learning.session_record import SessionStats
from combatlens.learning.session_stats import session_stats

BEFORE, AFTER = 40.0, 40.0
KEY = ("player", "default", None)
LATER = START + 100 * 86_400.0


def broken(world: World, worse: World, rng: np.random.Generator) -> SessionStats:
    """A session that goes over from one world to another after BEFORE minutes."""
    first = play(world, BEFORE, rng, LATER)[:-1]
    second = play(worse, AFTER, rng, LATER + BEFORE * 60)[1:]
    events = record([*first, *(pair for pair in second if pair[0] > first[-1][0])], "broken")
    return session_stats(summary_of(events), events)


def _delay(alerts: list[Alert], metric: str) -> float:
    """Minutes from the change to the alert; inf where it was missed, or came before."""
    found = [alert.detected_at for alert in alerts if alert.metric == metric]
    after = [at for at in found if at > LATER + BEFORE * 60]
    return (after[0] - LATER) / 60 - BEFORE if after else float("inf")


def detection(repeats: int) -> list[Row]:
    past = baselines(history_of(sessions(SMALL, 6, 45, seed=41)), KEY, LATER)
    rng = np.random.default_rng(42)
    weak = SMALL.with_damage(0.6)
    dps = [_delay(session_alerts(broken(SMALL, weak, rng), past), "dps") for _ in range(repeats)]
    fresh = [_delay(session_alerts(broken(SMALL, weak, rng), {}), "dps") for _ in range(repeats)]
    slow = replace(SMALL, travel=_travel_for(0.6))
    drops = [broken(SMALL, slow, rng) for _ in range(repeats)]
    ours = [_delay(session_alerts(one, past), "xp_per_hour") for one in drops]
    false, hours, calm = _false_alarms(repeats, past, rng)
    best = _optimal(drops, calm, max(1.0 / 60.0, false["xp_per_hour"] / hours))
    total = sum(false.values()) / hours * 20
    ratio = float(np.median(ours) / np.median(best))
    means = float(np.mean(ours) / np.mean(best))
    return [
        Row("damage per second falls by 40 %: minutes to the alert, median", "at most 5",
            f"{np.median(dps):.1f} (no history: {np.median(fresh):.1f})", bool(np.median(dps) <= 5)),
        Row("XP/h falls by 40 %: minutes, against an optimal CUSUM, medians", "at most 1.25",
            f"{np.median(ours):.1f} / {np.median(best):.1f} = {ratio:.2f}; means {means:.2f}", ratio <= 1.25),
        Row(f"false alarms in 20 hours, over {hours:.0f} h", "at most 1", f"{total:.2f} {false}", total <= 1),
    ]  # fmt: skip


def _travel_for(share: float) -> float:
    """Mean travel at which XP/h is this share of SMALL's, whose fights last about 12 s."""
    fight = 12.2
    return (fight + SMALL.travel) / share - fight


def _false_alarms(
    repeats: int, past: dict[str, Baseline], rng: np.random.Generator
) -> tuple[dict[str, int], float, list[SessionStats]]:
    counts = {"xp_per_hour": 0, "dps": 0, "success_rate": 0}
    calm = []
    for _ in range(repeats):
        events = record(play(SMALL, 120.0, rng, LATER), "calm")
        stats = session_stats(summary_of(events), events)
        calm.append(stats)
        for alert in session_alerts(stats, past):
            counts[alert.metric] += 1
    return counts, repeats * 2.0, calm


def _optimal(drops: list[SessionStats], calm: list[SessionStats], rate: float) -> list[float]:
    """The CUSUM that knows both means (log-likelihood ratio of counts), its height set on calm sessions."""
    quiet = [[value for _, value in xp_minutes(one.minutes)] for one in calm]
    mean = float(np.mean([value for one in quiet for value in one]))
    reference = mean * 0.4 / log(1 / 0.6)
    hours = sum(len(one) for one in quiet) / 60
    heights = np.linspace(0.2 * mean, 8 * mean, 200)
    height = next((h for h in heights if sum(_alarms(one, reference, h) for one in quiet) <= rate * hours), heights[-1])
    return [_first(xp_minutes(one.minutes), reference, float(height)) for one in drops]


def _alarms(values: list[float], reference: float, height: float) -> int:
    total, count = 0.0, 0
    for value in values:
        total = max(0.0, total + reference - value)
        if total > height:
            count, total = count + 1, 0.0
    return count


def _first(rates: list[tuple[float, float]], reference: float, height: float) -> float:
    total, change = 0.0, LATER + BEFORE * 60
    for start, value in rates:
        total = max(0.0, total + reference - value)
        if total > height:
            if start + 60 > change:
                return (start + 60 - change) / 60
            total = 0.0
    return float("inf")


Draw = Callable[[np.random.Generator], float]


def goals(worlds: int) -> Row:
    """A goal of XP: sessions of chance length and gain at chance times; 5 to 25 of them are known."""
    rng = np.random.default_rng(51)
    hits = []
    for _ in range(worlds):
        known, visits, now = int(rng.integers(5, 26)), [], START
        rate, spread = float(rng.uniform(3_000, 20_000)), float(rng.uniform(0.1, 0.4))

        def visit(begin: float, rate: float = rate, spread: float = spread) -> Visit:
            length = float(rng.gamma(6, 600.0))
            return Visit(begin, begin + length, length / 3600 * rate * float(rng.gamma(1 / spread**2, spread**2)))

        while len(visits) < known:
            now += float(rng.gamma(4, 6 * 3600.0))
            visits.append(visit(now))
            now = visits[-1].end or now
        remaining = rate * float(rng.uniform(2, 30))
        eta = forecast_sum(visits, remaining, now)
        gained, at = 0.0, now
        while gained < remaining:
            one = visit(at + float(rng.gamma(4, 6 * 3600.0)))
            end = one.end or one.start
            part = min(1.0, (remaining - gained) / one.value)
            at = one.start + part * (end - one.start) if gained + one.value >= remaining else end
            gained += one.value
        if eta is not None:
            hits.append(eta.interval is not None and eta.interval[0] <= at <= eta.interval[1])
    return Row("a goal's finishing time lies in its 80 % interval", "75–85 %", f"{np.mean(hits):.1%} of {len(hits)}",
               bool(0.75 <= np.mean(hits) <= 0.85))  # fmt: skip
