"""How long each use of a skill kept its user busy (METRICS, 'Occupied time of a use')."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby, pairwise
from statistics import median

from msgspec import Struct

OUTSIDE = -1
"""The `encounter` of a use that belongs to none."""

CAP = 2.0
"""A gap counts up to this many times the skill's median gap: what is beyond is not the skill's doing."""


class Use(Struct, frozen=True, gc=False):
    """One use of a skill. `at`: Unix seconds. `encounter`: uses of the same number fight on without a break."""

    at: float
    skill: str
    duration_ms: float | None = None
    encounter: int = OUTSIDE


def occupied_seconds(uses: Sequence[Use]) -> list[float]:
    """Occupied seconds of each of a session's `uses`, in their order. They must be sorted by `at`.

    A given `duration_ms` counts as it is. Else the uses of one time stamp share the gap to the encounter's next
    stamp equally; such a share counts up to CAP times the median share of its skill. A use without a next stamp
    (the last of its encounter, or one outside) gets that median, or the median over all skills where its
    skill has none. 0.0 where the session has no gap at all: nothing is known then.
    """
    shares = _shares(uses)
    by_skill: defaultdict[str, list[float]] = defaultdict(list)
    for use, share in zip(uses, shares, strict=True):
        if share is not None:
            by_skill[use.skill].append(share)
    typical = {skill: median(gaps) for skill, gaps in by_skill.items()}
    anything = median([gap for gaps in by_skill.values() for gap in gaps]) if by_skill else 0.0
    return [_occupied(use, share, typical.get(use.skill, anything)) for use, share in zip(uses, shares, strict=True)]


def _occupied(use: Use, share: float | None, typical: float) -> float:
    if use.duration_ms is not None:
        return use.duration_ms / 1000.0
    return typical if share is None else min(share, CAP * typical)


def _shares(uses: Sequence[Use]) -> list[float | None]:
    """Each use's part of the gap to the next stamp of its encounter; None where there is no next one."""
    shares: list[float | None] = [None] * len(uses)
    by_encounter: defaultdict[int, list[int]] = defaultdict(list)
    for index, use in enumerate(uses):
        if use.encounter != OUTSIDE:
            by_encounter[use.encounter].append(index)
    for members in by_encounter.values():
        stamps = [(at, list(same)) for at, same in groupby(members, key=lambda i: uses[i].at)]
        for (at, same), (following, _) in pairwise(stamps):
            for index in same:
                shares[index] = (following - at) / len(same)
    return shares
