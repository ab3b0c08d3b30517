"""Sequences of 3–7 operations that come again and again, and what an operation's success depends on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from scipy import special

from combatlens.learning.operations import (
    ActionLearning,
    Impact,
    Operation,
    Thresholds,
    chance_above,
    sample_size,
)

LENGTHS = range(3, 8)
LIFT = 1.5
"""A sequence is a workflow when it comes this many times more often than its parts would bring about by chance, and
when so many by chance (Poisson) are unlikely, all sequences of that length considered (Bonferroni)."""
OWN = 0.8
"""A part of a longer workflow is told too when it comes at least 1 / 0.8 as often."""
PROVEN = 0.8
DIFFERENCE = 0.1
FALSE_DISCOVERIES = 0.05

Names = tuple[str, ...]


def workflows(sessions: Sequence[Sequence[Operation]], limits: Thresholds) -> list[ActionLearning]:
    """For each length the sequence that comes most often, the longest first.

    It succeeded when every operation of it did. Left out: one that ends as it begins (a shorter one and the start of
    its next round), and one that is a part of a longer one told already and seldom comes without it.
    """
    total = sum(len(s) for s in sessions)
    names = Counter(one.name for s in sessions for one in s)
    told: list[tuple[Names, int]] = []
    found = []
    for length in reversed(LENGTHS):
        counted = _counted(sessions, length)
        fitting = [
            (count, way)
            for way, (count, _) in counted.items()
            if count >= limits.min_pattern_frequency
            and not _ends_as_it_begins(way)
            and _no_chance(way, count, names, total, len(counted))
        ]
        count, way = max(fitting, default=(0, ()))
        if count and not any(_within(way, longer) and count * OWN < seen for longer, seen in told):
            told.append((way, count))
            found.append(_workflow(way, count, counted[way][1]))
    return found


def _counted(sessions: Sequence[Sequence[Operation]], length: int) -> dict[Names, tuple[int, int]]:
    """How often each sequence comes without overlapping itself, and how often all of it succeeded."""
    counts: dict[Names, list[int]] = {}
    for session in sessions:
        names = [one.name for one in session]
        failed = [0]
        for one in session:
            failed.append(failed[-1] + (not one.success))
        free: dict[Names, int] = {}
        for start in range(len(names) - length + 1):
            way = tuple(names[start : start + length])
            if free.get(way, 0) > start:
                continue
            free[way] = start + length
            entry = counts.setdefault(way, [0, 0])
            entry[0] += 1
            entry[1] += failed[start + length] == failed[start]
    return {way: (n, good) for way, (n, good) in counts.items()}


def _ends_as_it_begins(way: Names) -> bool:
    return any(way[:size] == way[-size:] for size in range(1, len(way)))


def _within(way: Names, longer: Names) -> bool:
    return any(longer[i : i + len(way)] == way for i in range(len(longer) - len(way) + 1))


def _no_chance(way: Names, count: int, names: Counter[str], total: int, tested: int) -> bool:
    expected = total * math.prod(names[name] / total for name in way)
    return count >= LIFT * expected and tested * float(special.pdtrc(count - 1, expected)) < FALSE_DISCOVERIES


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
        confidence=round(min(sure * sample_size(count), 0.99), 4),
        impact=level,
        evidence={"sequence": list(way), "count": count, "succeeded": good, "success_rate": round(share, 4)},
    )


def success_contexts(sessions: Sequence[Sequence[Operation]], limits: Thresholds) -> list[ActionLearning]:
    """Names that fail too often, and what done just before makes a name succeed more often than otherwise.

    Each pair is a two-sided test of two proportions (pooled z); false discoveries among all are held at 5 %
    (Benjamini & Hochberg 1995).
    """
    alone: dict[str, list[int]] = {}
    pairs: dict[tuple[str, str], list[int]] = {}
    for session in sessions:
        before = ""
        for one in session:
            for entry in (alone.setdefault(one.name, [0, 0]), pairs.setdefault((before, one.name), [0, 0])):
                entry[0] += 1
                entry[1] += one.success
            before = one.name
    found = [
        _poor(name, n, good, limits)
        for name, (n, good) in sorted(alone.items())
        if n >= limits.min_sample_size and good / n < limits.low_success
    ]
    return found + _better_after(alone, pairs, limits)


def _poor(name: str, n: int, good: int, limits: Thresholds) -> ActionLearning:
    return ActionLearning(
        pattern=f"{name}_low_success_rate",
        description=f"{name} succeeds in only {good / n:.1%} of {n} uses",
        recommendation=f"Look at why {name} fails before using it more; see its error recovery",
        type="success_rate",
        confidence=round(min((1 - chance_above(good, n, limits.low_success)) * sample_size(n), 0.99), 4),
        impact="high",
        evidence={"uses": n, "successes": good, "success_rate": round(good / n, 4)},
    )


def _better_after(
    alone: dict[str, list[int]], pairs: dict[tuple[str, str], list[int]], limits: Thresholds
) -> list[ActionLearning]:
    tested = []
    for (before, name), (n, good) in sorted(pairs.items()):
        rest, rest_good = alone[name][0] - n, alone[name][1] - good
        if before not in ("", name) and min(n, rest) >= limits.min_sample_size:
            tested.append((_two_proportions(good, n, rest_good, rest), before, name, n, good, rest, rest_good))
    tested.sort()
    q = 1.0
    found = []
    for rank in range(len(tested), 0, -1):
        p, before, name, n, good, rest, rest_good = tested[rank - 1]
        q = min(q, p * len(tested) / rank)
        gain = good / n - rest_good / rest
        if q > FALSE_DISCOVERIES or gain < DIFFERENCE:
            continue
        found.append(
            ActionLearning(
                pattern=f"{before}_before_{name}",
                description=(
                    f"{name} succeeds in {good / n:.1%} of {n} uses right after {before}, "
                    f"in {rest_good / rest:.1%} of {rest} otherwise"
                ),
                recommendation=f"Use {before} right before {name}",
                type="success_rate",
                confidence=round(min((1 - q) * sample_size(n), 0.99), 4),
                impact="high" if rest_good / rest < limits.low_success else "medium",
                evidence={"after": [good, n], "otherwise": [rest_good, rest], "gain": round(gain, 4), "q": q},
            )
        )
    return found


def _two_proportions(a: int, n: int, b: int, m: int) -> float:
    """Two-sided p of a/n against b/m."""
    pooled = (a + b) / (n + m)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return 1.0 if error == 0 else float(2 * special.ndtr(-abs(a / n - b / m) / error))
