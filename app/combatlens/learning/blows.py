"""What a hit does to a target that has plenty of health left.

Many games tell a killing blow as what the target had left. A strong skill that often ends the fight looks weak then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from combatlens.learning.replay import UseRow

CUT_BELOW = 0.95
"""Killing blows are held to be cut short where they do less than this share of what the same skills do else."""


def hit_damage(uses: Sequence[UseRow]) -> dict[str, float]:
    """Mean damage of a hit, of each skill that hit at all. Killing blows that are cut short count as 'at least'."""
    hits: defaultdict[str, list[tuple[float, bool]]] = defaultdict(list)
    for use in uses:
        if use.success:
            hits[use.skill].append((use.damage, use.killed))
    cut = _cut_short(hits.values())
    return {
        skill: mean_of_censored((amount, killed and cut) for amount, killed in rows) for skill, rows in hits.items()
    }


def _cut_short(skills: Iterable[Sequence[tuple[float, bool]]]) -> bool:
    did = would = 0.0
    for rows in skills:
        full = [amount for amount, killed in rows if not killed]
        if full:
            last = [amount for amount, killed in rows if killed]
            did += sum(last)
            would += len(last) * sum(full) / len(full)
    return did < CUT_BELOW * would


def mean_of_censored(rows: Iterable[tuple[float, bool]]) -> float:
    """The mean of values, of those marked only a least value being known; not beyond the largest value.

    The area under the survival curve (E. L. Kaplan and P. Meier, JASA 53, 1958). `rows`: at least one, values >= 0.
    """
    ordered = sorted(rows)
    survival, mean, before, left = 1.0, 0.0, 0.0, len(ordered)
    alike = ended = 0  # of those with this value: how many, and how many that are known
    for value, censored in ordered:
        if value != before:
            survival *= 1 - ended / left
            left -= alike
            alike = ended = 0
            mean += survival * (value - before)
            before = value
        alike += 1
        ended += not censored
    return mean
