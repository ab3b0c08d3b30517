"""What a level needs stays as it is while its value grows: who reads it otherwise then says nothing of the value."""

from __future__ import annotations

from collections import Counter, defaultdict

from combatlens.adapters.ocr.full import decide, sure_of
from combatlens.adapters.ocr.reading import ENOUGH, Look, Reading, digits_in, meaning

FEW, EACH = 6, 2
"""Beside so many values two readers at least were sure of a need, and each reader beside so many, until it is known."""
SLASH = "/"


class KnownNeed:
    """Fed with every reading of the teachers."""

    def __init__(self) -> None:
        self._needed: float | None = None
        self._reached = 0.0
        """The last value that two readers were sure of beside this need."""
        self._beside: defaultdict[str, set[float]] = defaultdict(set)
        """The values beside which each reader was sure of this need."""
        self._values: set[float] = set()
        self._readers: set[str] = set()

    def mend(self, reading: Reading) -> Reading:
        """The reading without the looks that show its value, but another need than is known.

        A level's need changes when its value reaches it, and then the value falls, or is no less than it was.
        """
        self._readers |= {look.reader for look in reading.looks}
        sure = sure_of(reading.looks)
        votes = Counter(sure.values()).most_common(1)
        if not votes or votes[0][1] < ENOUGH:
            return reading
        value, needed, *_ = agreed = votes[0][0]
        if value is None or needed is None:
            return reading
        if needed != self._needed:
            self._needed, self._beside, self._values = needed, defaultdict(set), set()
        known = self._is_known and self._reached <= value < needed
        self._reached = value
        self._values.add(value)
        for reader in (reader for reader, number in sure.items() if number == agreed):
            self._beside[reader].add(value)
        if not known or reading != decide(reading.looks):
            return reading
        example = next(look for look in reading.looks if meaning(look.found) == agreed)
        kept = [look for look in reading.looks if meaning(look.found) == agreed or not _same_value(look, example)]
        return decide(kept) if len(kept) < len(reading.looks) else reading

    def in_question(self, reading: Reading) -> str:
        """The part of its text that may be another number: not a need that is known."""
        value, needed, *_ = meaning(reading.found)
        known = self._is_known and value is not None and needed is not None and needed == self._needed
        return reading.text.split(SLASH)[0] if known and self._reached <= value < needed else reading.text

    @property
    def _is_known(self) -> bool:
        if len(self._values) < FEW:
            return False
        return all(len(self._beside[reader]) >= EACH for reader in self._readers)


def _same_value(look: Look, example: Look) -> bool:
    one, two = (each.text.split(SLASH) for each in (look, example))
    return len(one) == len(two) == 2 and digits_in(one[0]) == digits_in(two[0])
