"""What an operation's success depends on: names that fail too often, and what done just before makes them succeed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy import special

from combatlens.learning.confidence import confidence_in
from combatlens.learning.operations import ActionLearning, Operation, Thresholds, chance_above

DIFFERENCE = 0.1
FALSE_DISCOVERIES = 0.05


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
        recommendation=f"Look at why {name} fails before using it more",
        type="success_rate",
        confidence=confidence_in(n, 1 - chance_above(good, n, limits.low_success)),
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
                confidence=confidence_in(n, 1 - q),
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
