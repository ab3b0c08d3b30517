"""How long each use of a skill kept its user busy (METRICS, 'Occupied time of a use')."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Protocol

from msgspec import Struct

OUTSIDE = -1
"""The `encounter` of a use that belongs to none."""

CAP = 2.0
"""A gap counts up to this many times the skill's median gap: what is beyond is not the skill's doing."""


class Timed(Protocol):
    """One use of a skill. `at`: Unix seconds. `encounter`: uses of the same number fight on without a break."""

    @property
    def at(self) -> float: ...
    @property
    def skill(self) -> str: ...
    @property
    def duration_ms(self) -> float | None: ...
    @property
    def encounter(self) -> int: ...


class Use(Struct, frozen=True, gc=False):
    """The least that is `Timed`."""

    at: float
    skill: str
    duration_ms: float | None = None
    encounter: int = OUTSIDE


def occupied_seconds(uses: Sequence[Timed]) -> list[float]:
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
    anything = 0.0
    if by_skill and any(use.skill not in typical for use in uses):
        anything = median([gap for gaps in by_skill.values() for gap in gaps])
    return [_occupied(use, share, typical.get(use.skill, anything)) for use, share in zip(uses, shares, strict=True)]


def _occupied(use: Timed, share: float | None, typical: float) -> float:
    if use.duration_ms is not None:
        return use.duration_ms / 1000.0
    return typical if share is None else min(share, CAP * typical)


def _shares(uses: Sequence[Timed]) -> list[float | None]:
    """Each use's part of the gap to the next stamp of its encounter; None where there is no next one."""
    shares: list[float | None] = [None] * len(uses)
    open_stamps: dict[
        int, tuple[float, list[int]]
    ] = {}  # of each encounter the newest stamp, and the uses that have it
    for index, use in enumerate(uses):
        encounter = use.encounter
        if encounter == OUTSIDE:
            continue
        at = use.at
        newest = open_stamps.get(encounter)
        if newest is None:
            open_stamps[encounter] = at, [index]
        elif newest[0] == at:
            newest[1].append(index)
        else:
            for same in newest[1]:
                shares[same] = (at - newest[0]) / len(newest[1])
            open_stamps[encounter] = at, [index]
    return shares
