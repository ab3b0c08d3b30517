"""What follows a failure and works: the steps after which the failed action succeeded, against simply trying again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct
from scipy import special

from combatlens.learning.confidence import confidence_in
from combatlens.learning.known_failures import ErrorPattern
from combatlens.learning.operations import (
    ActionLearning,
    Operation,
    Thresholds,
    error_class,
)

WORKS = 0.5
"""A way to recover is one that works more often than not."""


class _Failure(Struct, frozen=True):
    """A failed operation, and the names and outcomes of those after it, up to `recovery_steps`. `said`: the reason was
    told; else it may be a miss, and the next use succeeds as often as any."""

    name: str
    said: bool
    after: tuple[str, ...]
    worked: tuple[bool, ...]


def error_recovery(
    sessions: Sequence[Sequence[Operation]], limits: Thresholds, own: Sequence[ErrorPattern] = ()
) -> list[ActionLearning]:
    """For each kind of error the best way out of it that was seen at least `min_pattern_frequency` times.

    A way is the sequence of operations after the failure up to the next use of what had failed; it was tried whenever
    that sequence followed, and worked when that last use succeeded. It must work more often than not, several steps
    also more often than whatever else was done; after a failure without a reason more often than that name ever does.
    """
    kinds: dict[str, list[_Failure]] = {}
    usual: dict[str, list[int]] = {}
    for session in sessions:
        for one in session:
            counts = usual.setdefault(one.name, [0, 0])
            counts[0] += 1
            counts[1] += one.success
        for i, one in enumerate(session):
            if not one.success:
                after = session[i + 1 : i + 1 + limits.recovery_steps]
                kinds.setdefault(error_class(one.error, one.name, own), []).append(
                    _Failure(one.name, bool(one.error), tuple(a.name for a in after), tuple(a.success for a in after))
                )
    found = []
    for kind, failures in sorted(kinds.items()):
        learning = _best(kind, failures, limits, usual)
        if learning:
            found.append(learning)
    return found


def _best(
    kind: str, failures: Sequence[_Failure], limits: Thresholds, usual: Mapping[str, Sequence[int]]
) -> ActionLearning | None:
    tried: Counter[tuple[str, ...]] = Counter()
    worked: Counter[tuple[str, ...]] = Counter()
    again = solved = 0
    for failure in failures:
        if failure.name not in failure.after:
            continue
        end = failure.after.index(failure.name)
        way = failure.after[: end + 1]
        tried[way] += 1
        worked[way] += failure.worked[end]
        if end == 0:
            again += 1
            solved += failure.worked[end]
    ways = {way: n for way, n in tried.items() if worked[way] >= limits.min_pattern_frequency}
    if not ways:
        return None
    floors = [usual[one.name][1] / usual[one.name][0] for one in failures if not one.said]
    floor = max([WORKS, *floors])
    tries, successes = tried.total(), worked.total()

    def sure(way: tuple[str, ...]) -> float:
        """That it is no chance, it being the best of so many ways: 1 - p of the binomial test (Bonferroni)."""
        n, good, limit = tried[way], worked[way], floor
        if len(way) > 1 and tries > n:
            limit = max(limit, (successes - good) / (tries - n))
        return max(0.0, 1 - len(ways) * float(special.bdtrc(good - 1, n, limit)))

    best = max(ways, key=lambda way: (confidence_in(tried[way], sure(way)), -len(way), way))
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
        confidence=confidence_in(n, sure(best)),
        impact="medium",
        evidence={
            "failures": len(failures),
            "recovered": successes,
            "sequence": list(best),
            "tried": n,
            "worked": good,
            "simply_again": {"tried": again, "worked": solved},
        },
    )
