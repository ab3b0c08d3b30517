"""Targets that mostly kill: is the advice to leave them alone right, looked at after every session?"""

from __future__ import annotations

import numpy as np
from tests.benchmarks.learning.table import Row

from combatlens.learning.deadly import deadly_targets
from combatlens.learning.history import history_of
from combatlens.learning.moments import moments_of
from combatlens.learning.session_record import SessionStats, TargetStats

SESSIONS, FIGHTS, MET = 20, 60, 0.25
WOLF_S, DRAGON_S, WOLF_XP = 25.0, 80.0, 100.0
KILLERS = 5
"""So many kinds of dragons, each met alike."""


def _session(rng: np.random.Generator, number: int, wins: float, pays: float) -> SessionStats:
    """Fights last as long as they do by a gamma distribution; wolves die, a dragon dies with a chance of `wins`."""
    fights: dict[str, list[tuple[float, float, bool]]] = {}
    for _ in range(FIGHTS):
        dragon = rng.random() < MET
        name = f"dragon {rng.integers(KILLERS)}" if dragon else "wolf"
        won = not dragon or bool(rng.random() < wins)
        seconds = float(rng.gamma(8.0, (DRAGON_S if dragon else WOLF_S) / 8.0))
        fights.setdefault(name, []).append(((pays if dragon else WOLF_XP) * won, seconds, won))
    every = [(xp, seconds) for own in fights.values() for xp, seconds, _ in own]
    targets = {
        name: TargetStats(
            kills=sum(won for _, _, won in own), deaths=sum(not won for _, _, won in own),
            xp=sum(xp for xp, _, _ in own), cycle=moments_of([(xp, seconds) for xp, seconds, _ in own]),
        )
        for name, own in fights.items()
    }  # fmt: skip
    xp, active_s = (float(total) for total in np.sum(every, axis=0))
    return SessionStats(
        session_id=f"s{number:03d}", start=number * 1e5, end=number * 1e5 + active_s, active_s=active_s, xp=xp,
        damage=0.0, kills=sum(one.kills for one in targets.values()),
        deaths=sum(one.deaths for one in targets.values()), targets=targets, xp_rate=moments_of(every),
    )  # fmt: skip


def _elsewhere(dragon_xp: float) -> float:
    """XP a second of everything but one of the dragons."""
    others = MET * (1 - 1 / KILLERS)
    return ((1 - MET) * WOLF_XP + others * dragon_xp) / ((1 - MET) * WOLF_S + others * DRAGON_S)


def deadly(worlds: int) -> list[Row]:
    rng = np.random.default_rng(41)
    false, found, inside, named = 0, 0, 0, 0
    for _ in range(worlds):
        wins = float(rng.uniform(0.05, 0.45))
        fair = [_session(rng, i, wins, WOLF_XP * DRAGON_S / WOLF_S / wins) for i in range(SESSIONS)]
        false += any(deadly_targets(history_of(fair[:upto])) for upto in range(1, SESSIONS + 1))
        wins, pays = float(rng.uniform(0.0, 0.1)), 3 * WOLF_XP
        bad = history_of([_session(rng, i, wins, pays) for i in range(SESSIONS)])
        rows = deadly_targets(bad)
        named += KILLERS
        found += len(rows)
        for row in rows:
            truth = row.share_of_time * 3600 * (_elsewhere(wins * pays) - wins * pays / DRAGON_S)
            inside += (row.gain.low or 0.0) <= truth <= (row.gain.high or 0.0)
    return [
        Row("targets as good as the rest: ever called to be left alone", "at most 5 %",
            f"{false / worlds:.1%} of {worlds}", false / worlds <= 0.05),
        Row(f"targets that win 90–100 %, {SESSIONS} sessions: advice to leave them", "", f"{found} of {named}"),
        Row("  the interval of its gain contains the truth", "at least 95 %",
            f"{inside / max(found, 1):.1%} of {found}", inside >= 0.95 * found),
    ]  # fmt: skip
