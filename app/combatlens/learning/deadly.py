"""Targets that mostly kill: what leaving them alone would bring."""

from __future__ import annotations

from math import exp, log
from typing import Any

import numpy as np
from msgspec import Struct
from scipy import special

from combatlens.learning.columns import Table
from combatlens.learning.compare import LEAST_MINUTES
from combatlens.learning.confidence import LIKELY, confidence
from combatlens.learning.history import History
from combatlens.learning.intervals import Estimate
from combatlens.learning.places import HOUR, xp_per_hour
from combatlens.learning.sequential import ALPHA

HALF = 0.5


class Deadly(Struct, frozen=True, kw_only=True):
    """A target that wins most of its fights. `gain`: XP/h of all active time, were its fights left out. `confidence`
    with the corrected p that it wins most; times in seconds."""

    name: str
    gain: Estimate
    confidence: float
    share_of_time: float
    evidence: dict[str, Any]


def deadly_targets(history: History) -> list[Deadly]:
    """Targets that surely win most of their fights, and whose time surely brings more elsewhere.

    The share of fights won is bounded at every look at once (`won_share`), corrected for all targets that ever killed
    (Bonferroni). At its upper bound a kill brings what its kills brought; where it was never killed, as much as the
    dearest kill. What the time brings elsewhere is the XP/h of the same sessions without it.
    """
    killers = {name: table for name, table in history.targets.items() if table.column("deaths").any()}
    alpha = ALPHA / max(1, len(killers))
    rows = [_deadly(history, name, table, alpha) for name, table in killers.items()]
    return [row for row in rows if row is not None and row.confidence >= LIKELY and (row.gain.low or 0.0) > 0]


def _deadly(history: History, name: str, table: Table, alpha: float) -> Deadly | None:
    kills, deaths = float(table.column("kills").sum()), float(table.column("deaths").sum())
    low, high = won_share(kills, kills + deaths, alpha)
    spent = float(table.moments("cycle")[:, 2].sum())
    if high >= HALF or spent <= 0:
        return None
    elsewhere = _elsewhere(history, table)
    if elsewhere.value is None or elsewhere.low is None or elsewhere.high is None:
        return None
    xp = float(table.column("xp").sum())
    fights_an_hour = (kills + deaths) / spent * HOUR
    paid = xp / kills if kills and xp else _dearest_kill(history)
    here, least, most = xp / spent * HOUR, low * paid * fights_an_hour, high * paid * fights_an_hour
    share = spent / float(history.column("active_s").sum())
    gain = Estimate(elsewhere.value - here, elsewhere.low - most, elsewhere.high - least).times(share)
    p = min(1.0, exp(-log_evidence(kills, kills + deaths, HALF)) * ALPHA / alpha)
    lost = table.moments("killed_by")[:, :3].sum(axis=0)
    evidence = {
        "kills": int(kills), "deaths": int(deaths), "won_share_ci": [low, high], "p_adjusted": p,
        "until_death_s": float(lost[1] / lost[0]) if lost[0] else None,
        "recovery_s": float(lost[2] / lost[0]) if lost[0] else None,
        "xp_per_hour": here, "xp_per_hour_at_most": most,
        "elsewhere_xp_per_hour": elsewhere.value, "elsewhere_xp_per_hour_ci": elsewhere.ci,
        "sessions": len(table), "share_of_time": share,
    }  # fmt: skip
    return Deadly(
        name=name, gain=gain, confidence=confidence(kills + deaths, gain, p), share_of_time=share, evidence=evidence
    )


def _elsewhere(history: History, table: Table) -> Estimate:
    """XP/h of the sessions in which it was met, without its time and XP; of all where they have hardly any other."""
    for chosen in (np.isin(np.arange(len(history)), table.index), np.ones(len(history), bool)):
        active_s, xp = float(history.column("active_s")[chosen].sum()), float(history.column("xp")[chosen].sum())
        rest_s = active_s - float(table.moments("cycle")[:, 2].sum())
        if rest_s >= LEAST_MINUTES * 60 and xp > 0:
            rest_xp = max(0.0, xp - float(table.column("xp").sum()))
            return xp_per_hour(history, chosen).times(rest_xp / xp * active_s / rest_s)
    return Estimate()


def _dearest_kill(history: History) -> float:
    """The most XP that a kill of any target brings, in the mean; the mean of all where kills name none."""
    told = [
        float(table.column("xp").sum() / table.column("kills").sum())
        for table in history.targets.values()
        if table.column("kills").any()
    ]
    kills = float(history.column("kills").sum())
    return max([*told, float(history.column("xp").sum()) / kills if kills else 0.0])


def log_evidence(wins: float, fights: float, share: float) -> float:
    """Log of the Bayes factor against `share`, the prior uniform: a martingale under it, so that its inverse is a p
    value that holds at every look (H. Robbins, Annals of Mathematical Statistics 41, 1970)."""
    told = special.xlogy(wins, share) + special.xlog1py(fights - wins, -share)
    return float(special.betaln(wins + 1, fights - wins + 1) - told)


def won_share(wins: float, fights: float, alpha: float) -> tuple[float, float]:
    """Bounds of the chance to win a fight that hold at every look together, with a chance of 1 - `alpha`."""
    if not fights:
        return 0.0, 1.0
    limit, seen = log(1 / alpha), wins / fights

    def edge(outside: float) -> float:
        inside = seen
        if log_evidence(wins, fights, outside) < limit:
            return outside
        for _ in range(40):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if log_evidence(wins, fights, middle) < limit else (inside, middle)
        return outside

    return edge(0.0), edge(1.0)
