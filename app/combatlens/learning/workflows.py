"""Sequences of 3–7 operations that come again and again, and how often they succeed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from scipy import special

from combatlens.learning.confidence import confidence_in
from combatlens.learning.operations import (
    ActionLearning,
    Impact,
    Operation,
    Thresholds,
    chance_above,
)

LENGTHS = range(3, 8)
LIFT = 1.5
"""A sequence is a workflow when it comes this many times more often than its parts would bring about by chance, and
when so many by chance (Poisson) are unlikely, all sequences of that length considered (Bonferroni)."""
MOST_NAMES = 500
"""The most used names; 500 to the power of 7 still is a whole number of 63 bits."""
OWN = 0.8
"""A part of a longer workflow is told too when it comes at least 1 / 0.8 as often."""
PROVEN = 0.8
FALSE_DISCOVERIES = 0.05

Names = tuple[str, ...]
Numbers = NDArray[np.int64]


def workflows(sessions: Sequence[Sequence[Operation]], limits: Thresholds) -> list[ActionLearning]:
    """For each length the sequence that comes most often, the longest first.

    It succeeded when every operation of it did. Left out: one that ends as it begins (a shorter one and the start of
    its next round), and one that is a part of a longer one told already and seldom comes without it.
    """
    log = _Log(sessions)
    told: list[tuple[Names, int]] = []
    found = []
    for length in reversed(LENGTHS):
        counted = log.counted(length)
        fitting = [
            (count, way, clean)
            for way, count, clean in log.frequent(counted, length, limits.min_pattern_frequency)
            if not _ends_as_it_begins(way) and log.no_chance(way, count, tested=len(counted[0]))
        ]
        count, way, clean = max(fitting, default=(0, (), 0))
        if count and not any(_within(way, longer) and count * OWN < seen for longer, seen in told):
            told.append((way, count))
            found.append(_workflow(way, count, clean))
    return found


class _Log:
    """All operations as numbers, a gap between two sessions, so that sequences are counted by sorting.

    The same several times in a row is one step, and succeeded when all of it did.
    """

    def __init__(self, sessions: Sequence[Sequence[Operation]]) -> None:
        self.uses = Counter(name for s in sessions for name, _ in groupby(s, key=lambda one: one.name))
        self.total = self.uses.total()
        self.names = [name for name, _ in self.uses.most_common(MOST_NAMES)]
        number = {name: i for i, name in enumerate(self.names)}
        ids: list[int] = []
        worked: list[bool] = []
        for session in sessions:
            for name, same in groupby(session, key=lambda one: one.name):
                ids.append(number.get(name, -1))
                worked.append(all(one.success for one in same))
            ids.append(-1)
            worked.append(True)
        self._ids = np.asarray(ids, dtype=np.int64)
        self._worked = np.asarray(worked)

    def counted(self, length: int) -> tuple[Numbers, Numbers, Numbers]:
        """Every sequence of this length as a number, how often it comes, and how often all of it succeeded.

        One that begins otherwise than it ends cannot overlap itself.
        """
        windows = max(0, len(self._ids) - length + 1)
        code = np.zeros(windows, dtype=np.int64)
        whole, clean = np.ones(windows, dtype=bool), np.ones(windows, dtype=bool)
        for i in range(length):
            part = self._ids[i : i + windows]
            code = code * len(self.names) + part
            whole &= part >= 0
            clean &= self._worked[i : i + windows]
        ways, inverse, count = np.unique(code[whole], return_inverse=True, return_counts=True)
        return ways, count, np.bincount(inverse[clean[whole]], minlength=len(ways))

    def frequent(
        self, counted: tuple[Numbers, Numbers, Numbers], length: int, least: int
    ) -> Iterator[tuple[Names, int, int]]:
        """Names, count and successes of the sequences that come at least so often."""
        ways, count, clean = counted
        for i in np.flatnonzero(count >= least):
            code, way = int(ways[i]), []
            for _ in range(length):
                code, last = divmod(code, len(self.names))
                way.append(self.names[last])
            yield tuple(reversed(way)), int(count[i]), int(clean[i])

    def no_chance(self, way: Names, count: int, *, tested: int) -> bool:
        """Whether the sequence comes more often than its parts would bring about, `tested` sequences considered."""
        expected = self.total * math.prod(self.uses[name] / self.total for name in way)
        return count >= LIFT * expected and tested * float(special.pdtrc(count - 1, expected)) < FALSE_DISCOVERIES


def _ends_as_it_begins(way: Names) -> bool:
    return any(way[:size] == way[-size:] for size in range(1, len(way)))


def _within(way: Names, longer: Names) -> bool:
    return any(longer[i : i + len(way)] == way for i in range(len(longer) - len(way) + 1))


def _workflow(way: Names, count: int, good: int) -> ActionLearning:
    share = good / count
    if share >= PROVEN:
        sure, impact = chance_above(good, count, PROVEN), "medium"
        advice = "This workflow is proven effective. Consider creating a macro or composite action."
    else:
        sure, impact = 1 - chance_above(good, count, PROVEN), "high"
        advice = "This workflow fails often. Look at its steps before repeating it."
    level: Impact = "high" if impact == "high" else "medium"
    return ActionLearning(
        pattern=f"workflow_{len(way)}_tools",
        description=f"Common {len(way)}-tool workflow with {share:.1%} success rate: {' → '.join(way)}",
        recommendation=advice,
        type="workflow",
        confidence=confidence_in(count, sure),
        impact=level,
        evidence={"sequence": list(way), "count": count, "succeeded": good, "success_rate": round(share, 4)},
    )
