"""Readers that often waver on a display, and what that says of the numbers that two others are sure of."""

from __future__ import annotations

from collections import Counter

from combatlens.adapters.ocr.full import decide, sure_of
from combatlens.adapters.ocr.reading import ENOUGH, Meaning, Reading, meaning, only_difference

FEW, LAST = 8, 30
"""Of so many numbers at least, and of the last so many …"""
OFTEN = 1 / 3
"""… a reader wavered in this part at least, if its wavering says nothing."""


class Wavering:
    """Fed with every reading of the teachers.

    Where a reader often is sure of nothing, but never was of another number of the same kind than two others, it is the
    type that it can hardly read. Elsewhere it is something new that lies over the text.
    """

    def __init__(self) -> None:
        self._sure: dict[Meaning, set[str]] = {}
        """Who was sure of each of the last numbers that two were sure of, or of anything else instead."""
        self._against: set[str] = set()

    def mend(self, reading: Reading) -> Reading:
        """The reading without the looks of those that often waver, where two others are sure of the same.

        A reader whose look differs from theirs in one digit is always heard: it may be the one that saw the truth.
        """
        sure = sure_of(reading.looks)
        votes = Counter(sure.values()).most_common(1)
        if not votes or votes[0][1] < ENOUGH:
            return reading
        agreed = votes[0][0]
        example = next(look.text for look in reading.looks if meaning(look.found) == agreed)
        others = [look for look in reading.looks if _kind(meaning(look.found)) == _kind(agreed)]
        self._sure[agreed] = self._sure.pop(agreed, set()) | sure.keys()
        while len(self._sure) > LAST:
            del self._sure[next(iter(self._sure))]
        self._against.update(look.reader for look in others if sure.get(look.reader, agreed) != agreed)
        rivals = {look.reader for look in others if only_difference(look.text, example) is not None}
        kept = [look for look in reading.looks if look.reader in rivals | sure.keys() or not self._wavers(look.reader)]
        return decide(kept) if len(kept) < len(reading.looks) and reading == decide(reading.looks) else reading

    def _wavers(self, reader: str) -> bool:
        often = sum(reader not in sure for sure in self._sure.values()) >= OFTEN * len(self._sure)
        return len(self._sure) >= FEW and often and reader not in self._against


def _kind(number: Meaning) -> tuple[bool, ...]:
    """Which of value, need, percentage and level it has, whatever signs part its digits."""
    return tuple(part is not None for part in number)
