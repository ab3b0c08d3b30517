"""Readers that often waver on a display, and what that says of the numbers that two others are sure of."""

from __future__ import annotations

from collections import Counter, deque

from msgspec import Struct, field

from combatlens.adapters.ocr.full import decide, sure_of
from combatlens.adapters.ocr.reading import ENOUGH, Look, Reading, meaning
from combatlens.adapters.ocr.xp_text import XpText

FEW, LAST = 8, 30
"""Of so many numbers at least, and of the last so many …"""
OFTEN = 1 / 3
"""… a reader wavered in this part at least, if its wavering says nothing."""


class _Number(Struct):
    """One that two readers were sure of: who was sure of anything, and who of another of its kind."""

    found: XpText
    sure: set[str] = field(default_factory=set)
    against: set[str] = field(default_factory=set)


class Wavering:
    """Fed with every reading of the teachers.

    Where a reader is seldom sure of a number, but never of another than two others are, it is the type that it cannot
    read. Elsewhere it is something new that lies over the text.
    """

    def __init__(self) -> None:
        self._numbers: deque[_Number] = deque(maxlen=LAST)

    def mend(self, reading: Reading) -> Reading:
        """The reading without the looks of those that waver and always have, where two others are sure of the same."""
        sure = sure_of(reading.looks)
        votes = Counter(sure.values()).most_common(1)
        if not votes or votes[0][1] < ENOUGH:
            return reading
        agreed = votes[0][0]
        found = next(look.found for look in reading.looks if meaning(look.found) == agreed)
        if not self._numbers or meaning(self._numbers[-1].found) != agreed:
            self._numbers.append(_Number(found))
        number = self._numbers[-1]
        number.sure.update(sure)
        number.against.update(
            look.reader
            for look in reading.looks
            if look.found.shape == found.shape and meaning(look.found) == sure.get(look.reader) != agreed
        )
        kept = [look for look in reading.looks if look.reader in sure or not self._wavers(look)]
        if len(kept) == len(reading.looks) or reading != decide(reading.looks):
            return reading
        return decide(kept)

    def _wavers(self, look: Look) -> bool:
        often = sum(look.reader not in number.sure for number in self._numbers) >= OFTEN * len(self._numbers)
        never_against = not any(look.reader in number.against for number in self._numbers)
        return len(self._numbers) >= FEW and often and never_against
