"""Two numbers that are read now so, now otherwise: no counter goes back and forth, so one of them is misread."""

from __future__ import annotations

from combatlens.adapters.ocr.reading import Meaning
from combatlens.adapters.screen.demands import CONTESTED


class BackAndForth:
    """Told of each return; knows which numbers are to wait."""

    def __init__(self) -> None:
        self._numbers: frozenset[Meaning] = frozenset()
        self._returns, self._at = 0, -CONTESTED.seconds

    def returned(self, number: Meaning, other: Meaning, at: float) -> None:
        """`number` was read again behind `other`. `at`: seconds of a steady clock."""
        numbers = frozenset((number, other))
        again = numbers == self._numbers and at - self._at < CONTESTED.seconds
        self._numbers, self._returns, self._at = numbers, self._returns + 1 if again else 1, at

    def contests(self, number: Meaning, at: float) -> bool:
        recent = self._returns >= CONTESTED.frames and at - self._at < CONTESTED.seconds
        return recent and number in self._numbers
