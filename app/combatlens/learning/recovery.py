"""What follows a failure and works: the steps after which the failed action succeeded, against simply trying again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from combatlens.learning.confidence import confidence_in
from combatlens.learning.known_failures import ErrorPattern
from combatlens.learning.operations import (
    ActionLearning,
    Operation,
    Thresholds,
    chance_above,
    error_class,
)

WORKS = 0.5
"""A way to recover is one that works more often than not."""


class _Failure(Struct, frozen=True):
    """A failed operation, and the names and outcomes of those after it, up to `recovery_steps`."""

    name: str
    after: tuple[str, ...]
    worked: tuple[bool, ...]


def error_recovery(
    sessions: Sequence[Sequence[Operation]], limits: Thresholds, own: Sequence[ErrorPattern] = ()
) -> list[ActionLearning]:
    """For each kind of error the best way out of it that was seen at least `min_pattern_frequency` times.

    A way is the sequence of operations after the failure up to the next use of what had failed; it was tried whenever
    that sequence followed, and worked when that last use succeeded.
    """
    kinds: dict[str, list[_Failure]] = {}
    for session in sessions:
        for i, one in enumerate(session):
            if not one.success:
                after = session[i + 1 : i + 1 + limits.recovery_steps]
                kinds.setdefault(error_class(one.error, one.name, own), []).append(
                    _Failure(one.name, tuple(a.name for a in after), tuple(a.success for a in after))
                )
    found = []
    for kind, failures in sorted(kinds.items()):
        learning = _best(kind, failures, limits)
        if learning:
            found.append(learning)
    return found


def _best(kind: str, failures: Sequence[_Failure], limits: Thresholds) -> ActionLearning | None:
    tried: Counter[tuple[str, ...]] = Counter()
    worked: Counter[tuple[str, ...]] = Counter()
    again = solved = recovered = 0
    for failure in failures:
        if failure.name not in failure.after:
            continue
        end = failure.after.index(failure.name)
        way = failure.after[: end + 1]
        tried[way] += 1
        worked[way] += failure.worked[end]
        recovered += failure.worked[end]
        if end == 0:
            again += 1
            solved += failure.worked[end]
    ways = {way: n for way, n in tried.items() if worked[way] >= limits.min_pattern_frequency}
    if not ways:
        return None
    best = max(ways, key=lambda way: (confidence_in(tried[way], chance_above(worked[way], tried[way], WORKS)), way))
    n, good = tried[best], worked[best]
    if len(best) == 1:
        advice = f"When encountering {kind}, simply try {best[0]} again"
    else:
        advice = f"When encountering {kind}, consider using: {' → '.join(best)}"
    return ActionLearning(
        pattern=f"{kind}_recovery",
        description=f"Common recovery pattern for {kind} errors: it worked {good} of {n} times",
        recommendation=advice,
        type="error_recovery",
        confidence=confidence_in(n, chance_above(good, n, WORKS)),
        impact="medium",
        evidence={
            "failures": len(failures),
            "recovered": recovered,
            "sequence": list(best),
            "tried": n,
            "worked": good,
            "simply_again": {"tried": again, "worked": solved},
        },
    )
