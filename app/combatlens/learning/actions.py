"""What the actions of a bot teach: slow or erratic ones, what follows a failure and works, proven workflows, refusals.

A learning's confidence is `confidence.confidence_in`: below `min_confidence` (60 %) it is shown as needing data and not
handed on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from combatlens.domain.words import counted
from combatlens.learning.confidence import confidence_in
from combatlens.learning.contexts import success_contexts
from combatlens.learning.known_failures import ErrorPattern
from combatlens.learning.operations import (
    ActionLearning,
    Impact,
    Operation,
    Refusal,
    Thresholds,
    by_session,
    chance_above,
    is_validation,
)
from combatlens.learning.recovery import error_recovery
from combatlens.learning.workflows import workflows

NEWEST = 2000
"""Durations looked at for each name; older ones say little about how it is now."""
DRAWS = 300
SEED = 20_240_602

Analysis = Callable[[Sequence[Sequence[Operation]], Thresholds], Iterable[ActionLearning]]
"""A further kind of analysis: gets the operations of each session in order. Entry-point group `combatlens.analyses`."""


class Extract(Struct, frozen=True, kw_only=True):
    """Everything found, weightiest first. `handed_on` are those sure enough; `needs` says what is missing. `kept`: so
    many of the learnings are an earlier run's, since these actions are too few to teach anything."""

    operations: int
    sessions: int
    refusals: int
    learnings: tuple[ActionLearning, ...]
    handed_on: tuple[ActionLearning, ...]
    needs: str = ""
    kept: int = 0


USUAL = Thresholds()


def extract(
    operations: Iterable[Operation],
    refusals: Iterable[Refusal] = (),
    limits: Thresholds = USUAL,
    *,
    own: Sequence[ErrorPattern] = (),
    further: Sequence[Analysis] = (),
) -> Extract:
    """Run every analysis. Under `min_actions` operations only refusals teach; `needs` says how many are missing."""
    sessions = by_session(operations)
    count = sum(len(s) for s in sessions)
    refused = [*refusals, *_refused_by_tools(sessions)]
    missing = limits.min_actions - count
    found: list[ActionLearning] = []
    if missing <= 0:
        found += performance(sessions, limits)
        found += error_recovery(sessions, limits, own)
        found += workflows(sessions, limits)
        found += success_contexts(sessions, limits)
        for analysis in further:
            found += analysis(sessions, limits)
    found += validation(refused, limits)
    return _ranked(
        Extract(
            operations=count,
            sessions=len(sessions),
            refusals=sum(one.count for one in refused),
            learnings=tuple(found),
            handed_on=(),
            needs=counted(missing, "more action") if missing > 0 else "",
        ),
        limits,
    )


def with_earlier(found: Extract, earlier: Iterable[ActionLearning], limits: Thresholds) -> Extract:
    """Too few actions disprove nothing: what an earlier run learned stays beside what this one found."""
    new = {one.pattern for one in found.learnings}
    kept = [one for one in earlier if one.pattern not in new]
    return _ranked(replace(found, learnings=(*found.learnings, *kept), kept=len(kept)), limits)


def _ranked(found: Extract, limits: Thresholds) -> Extract:
    ranked = sorted(found.learnings, key=lambda one: (_RANK[one.impact], -one.confidence, one.pattern))
    sure = tuple(one for one in ranked if one.confidence >= limits.min_confidence)
    return replace(found, learnings=tuple(ranked), handed_on=sure)


_RANK = {"high": 0, "medium": 1, "low": 2}


def performance(sessions: Sequence[Sequence[Operation]], limits: Thresholds) -> list[ActionLearning]:
    """Names of which most uses take longer than they should, and those whose durations vary wildly."""
    found = []
    for name, own in sorted(_named(sessions).items()):
        durations = np.asarray([one.duration_ms for one in own if one.duration_ms is not None][-NEWEST:])
        if len(durations) < limits.min_sample_size:
            continue
        found += _slow(name, durations, own[0].kind == "tool", limits)
        found += _erratic(name, durations, limits)
    return found


def _slow(
    name: str, durations: np.ndarray[tuple[int], np.dtype[np.float64]], is_tool: bool, limits: Thresholds
) -> list[ActionLearning]:
    slow = limits.slow_ms_for.get(name, limits.slow_ms)
    medium = slow * limits.medium_ms / limits.slow_ms
    for limit, impact in ((slow, "high"), (medium, "medium")):
        n, over = len(durations), int((durations > limit).sum())
        if over / n >= limits.slow_share:
            advice = (
                f"Consider: 1) Caching {name} results, 2) Batching operations, 3) Using alternative approaches"
                if is_tool
                else f"Consider: 1) Doing {name} less often, 2) Doing several at once, 3) Using another way"
            )
            return [
                ActionLearning(
                    pattern=f"{name}_consistently_slow",
                    description=(
                        f"{name} operations are consistently slow with {over / n:.1%} taking >{limit / 1000:g}s"
                    ),
                    recommendation=advice,
                    type="performance",
                    confidence=confidence_in(n, chance_above(over, n, limits.slow_share)),
                    impact="high" if impact == "high" else "medium",
                    evidence={
                        "uses": n,
                        "over_limit": over,
                        "limit_ms": limit,
                        "median_ms": float(np.median(durations)),
                        "total_s": float(durations.sum() / 1000),
                    },
                )
            ]
    return []


def _erratic(
    name: str, durations: np.ndarray[tuple[int], np.dtype[np.float64]], limits: Thresholds
) -> list[ActionLearning]:
    mean = float(durations.mean())
    spread = float(durations.std(ddof=1) / mean) if mean > 0 else 0.0
    if spread <= limits.high_variance_cv:
        return []
    rng = np.random.default_rng(SEED)
    newest = durations[-500:]
    draws = newest[rng.integers(0, len(newest), (DRAWS, len(newest)))]
    means = draws.mean(axis=1)
    over = float((draws.std(axis=1, ddof=1) > limits.high_variance_cv * means).mean())
    worst = float(np.quantile(durations, 0.9))
    impact: Impact = "high" if worst > limits.slow_ms else "medium" if worst > limits.medium_ms else "low"
    return [
        ActionLearning(
            pattern=f"{name}_high_variance",
            description=f"{name} takes {mean / 1000:.2f}s on average but varies by {spread:.0%} of that",
            recommendation=f"Look at what slow uses of {name} share: one in ten takes over {worst / 1000:.1f}s",
            type="performance",
            confidence=confidence_in(len(durations), over),
            impact=impact,
            evidence={"uses": len(durations), "mean_ms": mean, "coefficient_of_variation": spread, "p90_ms": worst},
        )
    ]


def validation(refusals: Sequence[Refusal], limits: Thresholds) -> list[ActionLearning]:
    """What is refused again and again, and the reason most often given."""
    kinds: dict[str, list[Refusal]] = {}
    for one in refusals:
        kinds.setdefault(one.what, []).append(one)
    found = []
    for what, own in sorted(kinds.items()):
        reasons: Counter[str] = Counter()
        for one in own:
            reasons[one.reason] += one.count
        total = reasons.total()
        if total < limits.min_pattern_frequency:
            continue
        reason, count = reasons.most_common(1)[0]
        found.append(
            ActionLearning(
                pattern=f"{what}_validation_failures",
                description=f"{what} was refused {total} times, {count} of them because: {reason}",
                recommendation=_remedy(what, reason),
                type="validation",
                confidence=confidence_in(total, 0.5 + 0.5 * count / total),
                impact="high",
                evidence={"refusals": total, "reasons": dict(reasons.most_common(10))},
            )
        )
    return found


def _remedy(what: str, reason: str) -> str:
    if what == "reading":
        return f"Look at the screen region in Diagnostics: {reason}"
    return f"Check {what} before sending it: {reason}"


def _refused_by_tools(sessions: Sequence[Sequence[Operation]]) -> list[Refusal]:
    return [
        Refusal(one.name, one.error or "", one.at)
        for own in sessions
        for one in own
        if not one.success and is_validation(one.error)
    ]


def _named(sessions: Sequence[Sequence[Operation]]) -> dict[str, list[Operation]]:
    names: dict[str, list[Operation]] = {}
    for own in sessions:
        for one in own:
            names.setdefault(one.name, []).append(one)
    return names
