"""Other causes of a difference, held equal: strata within which two groups are compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from combatlens.learning.history import History

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
LEAST_SESSIONS = 3
LEVEL_BAND = 5
CONFOUNDERS = ("profile", "character", "boost", "party_size", "zone", "level")
"""Held equal within strata; given up from the end where the groups would share no stratum."""

ALSO_HELD = {"rotation": ("build", "weapon")}
"""What more may be the cause of a difference: another build brings another rotation."""

COMES_WITH = {"target": ("zone",)}
"""What a change brings with it is no other cause."""


def strata_of(
    codes_of: dict[str, Codes], kind: str, sessions: NDArray[np.int64], is_b: Flags
) -> tuple[Codes | None, list[str], list[str]]:
    """The strata, the confounders they hold equal, and those that differ but could not be held equal."""
    not_held = (kind, *COMES_WITH.get(kind, ()))
    names = [name for name in (*ALSO_HELD.get(kind, ()), *CONFOUNDERS) if name not in not_held]
    columns = {name: codes_of[name][sessions] for name in names if name in codes_of}
    varying = [name for name, column in columns.items() if (column != column[0]).any()]
    held = list(varying)
    while held:
        codes = np.unique(np.stack([columns[name] for name in held]), axis=1, return_inverse=True)[1].reshape(-1)
        if _shared(codes, is_b) >= min(LEAST_SESSIONS, int(is_b.sum()), int((~is_b).sum())):
            return codes.astype(np.int64), held, [name for name in varying if name not in held]
        held.pop()
    return None, [], varying


def _shared(codes: Codes, is_b: Flags) -> int:
    """How many sessions of the smaller group lie in strata that hold both groups."""
    both = set(codes[is_b].tolist()) & set(codes[~is_b].tolist())
    inside = np.isin(codes, list(both))
    return int(min((inside & is_b).sum(), (inside & ~is_b).sum()))


def confounders(history: History) -> dict[str, Codes]:
    """A number for each session, equal where the confounder is; only of those that are not always the same."""
    codes = {name: _confounder(history, name) for name in (*CONFOUNDERS, "build", "weapon")}
    return {name: column for name, column in codes.items() if (column != column[:1]).any()}


def _confounder(history: History, name: str) -> Codes:
    if name in ("party_size", "level"):
        column = np.nan_to_num(history.column(name), nan=-1.0)
        return np.asarray(column // (LEVEL_BAND if name == "level" else 1), dtype=np.int64)
    return history.numbered(name)[1]
