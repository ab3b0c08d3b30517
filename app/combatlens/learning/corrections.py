"""Many comparisons at once."""

from __future__ import annotations

from collections.abc import Sequence


def benjamini_hochberg(ps: Sequence[float]) -> list[float]:
    """Adjusted p values, in the order given (Y. Benjamini and Y. Hochberg, JRSS B 57, 1995)."""
    adjusted = [1.0] * len(ps)
    least = 1.0
    for rank, i in sorted(enumerate(sorted(range(len(ps)), key=lambda i: ps[i]), start=1), reverse=True):
        least = min(least, ps[i] * len(ps) / rank)
        adjusted[i] = least
    return adjusted
