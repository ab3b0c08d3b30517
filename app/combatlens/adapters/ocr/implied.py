"""What a value and its percentage say together: how much the level needs. A text that says otherwise was misread."""

from __future__ import annotations

from combatlens.adapters.ocr.xp_text import XpText

Need = tuple[float, float]
"""The least and the most that a level may need."""
KEPT = 12
"""Texts remembered."""


def implied_need(found: XpText) -> Need | None:
    """By its value and its percentage, each rounded as it is shown; None where it has not both, or hardly any share."""
    if found.value is None or found.percent is None or found.percent < 1 or found.value <= 0:
        return None
    slack = found.percent_step
    return (
        100 * max(0.0, found.value - found.value_step) / (found.percent + slack),
        100 * (found.value + found.value_step) / max(1e-9, found.percent - slack),
    )


class ImpliedNeeds:
    """Of one display's texts, wrong ones among them. Not for several threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[float | None, float | None], Need] = {}

    def denies(self, found: XpText) -> bool:
        """Whether most of the texts before imply one need, and this one another; and remember it.

        With a level the need changes: then a few texts are denied until as many say so as half of those before.
        """
        need = implied_need(found)
        if need is None:
            return False
        self._kept[found.value, found.percent] = need
        for oldest in list(self._kept)[:-KEPT]:
            del self._kept[oldest]
        most = max(map(self._backing, self._kept.values()))
        return 2 * self._backing(need) < most

    def _backing(self, need: Need) -> int:
        """How many of the texts may imply the same."""
        return sum(need[0] <= high and low <= need[1] for low, high in self._kept.values())
