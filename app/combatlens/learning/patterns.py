"""Failures and what fixed them: attempts are grouped by the failure they ran into, and each group becomes a pattern.

Pure functions over records; `services.learning_files` keeps them in files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from combatlens.learning.attempt_record import Learning
from combatlens.learning.examples import best_pair, how_to_fix, why_fails
from combatlens.learning.known_failures import ErrorPattern


class Pattern(Struct, frozen=True, kw_only=True):
    """A failure seen again and again, with the closest pair of what failed and what worked. `good_example` is empty
    where nothing worked but what also failed.

    `occurrence_count` counts the attempts that met it, fixes included; `success_rate` is the share of fixes among
    them. `success_rate_before` and `_after`: of all attempts of this kind before and since the pattern
    was first known; null without attempts.
    """

    pattern_name: str
    language: str
    construct_type: str
    occurrence_count: int
    success_rate: float
    bad_example: str = ""
    good_example: str = ""
    why_fails: str = ""
    how_to_fix: str = ""
    learning_hashes: list[str] = []
    last_updated: str = ""
    first_known: str = ""
    failure_count: int = 0
    success_rate_before: float | None = None
    success_rate_after: float | None = None
    attempts_before: int = 0
    attempts_after: int = 0

    def to_dict(self) -> dict[str, Any]:
        """A plain dictionary, one key a field."""
        return msgspec.structs.asdict(self)


def statistics(learnings: Sequence[Learning]) -> dict[str, Any]:
    """`total_learnings`, `failures`, `successes`, `success_rate` (0–1), and counts by kind and by failure."""
    kinds: dict[str, dict[str, int]] = {}
    for one in learnings:
        kind = kinds.setdefault(one.construct_type, {"total": 0, "successes": 0, "failures": 0})
        kind["total"] += 1
        kind["successes" if one.success else "failures"] += 1
    wins = sum(one.success for one in learnings)
    failed = Counter(one.error_pattern for one in learnings if one.error_pattern and not one.success)
    return {
        "total_learnings": len(learnings),
        "failures": len(learnings) - wins,
        "successes": wins,
        "success_rate": wins / len(learnings) if learnings else 0.0,
        "by_construct_type": kinds,
        "error_patterns": dict(failed.most_common()),
    }


def consolidate(
    learnings: Sequence[Learning],
    before: Sequence[Pattern] = (),
    *,
    min_occurrences: int = 2,
    now: str,
    own: Sequence[ErrorPattern] = (),
) -> list[Pattern]:
    """The patterns among `learnings` (one profile's, oldest first), most frequent failure first.

    A group of at least `min_occurrences` attempts, one of them failed, makes a pattern. Patterns of `before` that were
    met as often are kept also when their attempts are gone. `now`: ISO 8601 with zone.
    """
    groups: dict[tuple[str, str], list[Learning]] = {}
    for one in learnings:
        if one.error_pattern:
            groups.setdefault((one.error_pattern, one.construct_type), []).append(one)
    old = {(p.pattern_name, p.construct_type): p for p in before}
    known = {key: p for key, p in old.items() if p.occurrence_count >= min_occurrences}
    for key, group in groups.items():
        if len(group) >= min_occurrences and not all(one.success for one in group):
            kind = [one for one in learnings if one.construct_type == key[1]]
            known[key] = _pattern(group, kind, old.get(key), now, own)
    return sorted(known.values(), key=lambda p: (-p.failure_count, p.pattern_name, p.construct_type))


def _pattern(
    group: Sequence[Learning], kind: Sequence[Learning], before: Pattern | None, now: str, own: Sequence[ErrorPattern]
) -> Pattern:
    name = group[0].error_pattern or ""
    bad, good = best_pair(group)
    alike = bad is not None and good is not None and bad.generated_code == good.generated_code
    fixes = sum(one.success for one in group)
    first_known = before.first_known if before and before.first_known else now
    earlier = [one.success for one in kind if one.timestamp <= first_known]
    later = [one.success for one in kind if one.timestamp > first_known]
    hashes = [one.hash for one in group]
    same = before is not None and before.learning_hashes == hashes
    return Pattern(
        pattern_name=name,
        language=group[0].language,
        construct_type=group[0].construct_type,
        occurrence_count=len(group),
        success_rate=round(fixes / len(group), 4),
        bad_example=bad.generated_code if bad else "",
        good_example=good.generated_code if good and not alike else "",
        why_fails=why_fails(name, group, own),
        how_to_fix=how_to_fix(name, group, bad, good, own),
        learning_hashes=hashes,
        last_updated=before.last_updated if before and same else now,
        first_known=first_known,
        failure_count=len(group) - fixes,
        success_rate_before=_share(earlier),
        success_rate_after=_share(later),
        attempts_before=len(earlier),
        attempts_after=len(later),
    )


def _share(results: Sequence[bool]) -> float | None:
    return round(sum(results) / len(results), 4) if results else None
