"""Two numbers that are read now so, now otherwise: no counter goes back and forth, so one of them is misread."""

from __future__ import annotations

from combatlens.adapters.ocr.reading import Meaning
from combatlens.adapters.screen.demands import DISPUTED_SECONDS

RETURNS = 2
"""So often one of them came back, each time within `DISPUTED_SECONDS`, before both are contested."""
CONTESTED = "read now so, now otherwise: waits until it stands"


class BackAndForth:
    """Told of each return; knows which numbers are to wait."""

    def __init__(self) -> None:
        self._numbers: frozenset[Meaning] = frozenset()
        self._returns, self._at = 0, -DISPUTED_SECONDS

    def returned(self, number: Meaning, other: Meaning, at: float) -> None:
        """`number` was read again behind `other`. `at`: seconds of a steady clock."""
        numbers = frozenset((number, other))
        again = numbers == self._numbers and at - self._at < DISPUTED_SECONDS
        self._numbers, self._returns, self._at = numbers, self._returns + 1 if again else 1, at

    def contests(self, number: Meaning, at: float) -> bool:
        recent = self._returns >= RETURNS and at - self._at < DISPUTED_SECONDS
        return recent and number in self._numbers
