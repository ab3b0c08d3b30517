"""A guided comparison: the user says what to try against what, the app says how long it takes and when it knows."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from combatlens.learning.compare import KINDS, LEAST_MINUTES, planned, session_figures
from combatlens.learning.history import History
from combatlens.learning.sequential import sessions_until

LEAST_TO_PLAN = 4


def guided(history: History, kind: str, a: str, b: str, difference: float = 0.1) -> dict[str, Any]:
    """How `b` is doing against `a` (values of `kind`: build, weapon, mode) in XP per hour.

    `sessions_more`: how many more, taking turns, until a true `difference` (a share of a's figure) would be known, in
    the median; None where too little was played to say, or it would take too long. `known`: the verdict stands.
    """
    hours = history.column("active_s") / 3600.0
    y, _ = session_figures(history, "xp_per_hour")
    values = [set(KINDS[kind](label)) for label in history.labels]
    enough = hours >= LEAST_MINUTES / 60
    of_a, of_b = (y[enough & np.array([name in found for found in values], bool)] for name in (a, b))
    row = planned(history, kind, a, b)
    known = row["verdict"] in ("better", "worse")
    more = None
    if not known:
        past = of_a if len(of_a) >= len(of_b) else of_b
        if len(past) < LEAST_TO_PLAN:
            past = y[enough]
        if len(past) >= LEAST_TO_PLAN and past.std(ddof=1) > 0:
            found = sessions_until(len(of_a), len(of_b), difference * float(past.mean() / past.std(ddof=1)))
            more = int(found) if isfinite(found) else None
    return {
        "kind": kind, "a": a, "b": b, "sessions": [len(of_a), len(of_b)], "known": known, "sessions_more": more,
        "difference": difference, "comparison": row,
    }  # fmt: skip
