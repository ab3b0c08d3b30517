"""Which digits the teachers take for one another on this display: in small type a `3` is now and then a `5` to both."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from itertools import combinations

from combatlens.adapters.ocr.reading import Look, Reading, digits_in, meaning, only_difference

FEW = 2
"""In so many different texts two looks must have read one digit otherwise."""
HARDLY_TOLD, SOME_PICTURES = 0.1, 10
"""Two digits are hard where looks take them for one another in such a part of the pictures that show either, and in so
many, whichever teacher is left out: elsewhere it is one that errs."""

Pair = frozenset[str]


class Confused:
    """Fed with every reading of the teachers; knows which texts to doubt."""

    def __init__(self) -> None:
        self._texts: defaultdict[Pair, set[str]] = defaultdict(set)
        self._shown: Counter[Pair] = Counter()
        self._readers: set[str] = set()
        self._taken: defaultdict[Pair, Counter[str]] = defaultdict(Counter)
        self.hard: frozenset[str] = frozenset()
        """The digits that no teacher tells from another."""

    def hear(self, reading: Reading) -> None:
        looks = [look for look in reading.looks if not look.found.reason]
        for pair, text in _pairs(looks):
            if len(self._texts[pair]) < FEW:
                self._texts[pair].add(text)
        shown = {char for look in looks for char in look.text}
        self._shown.update(pair for pair in self._texts if pair & shown)
        self._readers |= {look.reader for look in reading.looks}
        for left_out in self._readers:
            others = [look for look in looks if look.reader != left_out]
            for pair in {pair for pair, _ in _pairs(others)}:
                self._taken[pair][left_out] += 1
        self.hard = frozenset().union(*filter(self._hardly_told, self._taken))

    def _hardly_told(self, pair: Pair) -> bool:
        least = min(self._taken[pair][left_out] for left_out in self._readers)
        return least >= max(SOME_PICTURES, HARDLY_TOLD * self._shown[pair])

    def doubts(self, text: str, told_apart: Collection[str]) -> bool:
        """Whether a digit of `text` may be another. `told_apart`: those whose looks are known, and differ."""
        return any(
            len(texts) >= FEW and not pair.isdisjoint(text) and not pair.issubset(told_apart)
            for pair, texts in self._texts.items()
        )


def _pairs(looks: Collection[Look]) -> Iterator[tuple[Pair, str]]:
    """The two digits in which two looks alone differ, and the number in which they do: a level's need is one for long.

    Of the value what they read, `?` there.
    """
    read = {digits_in(look.text): look.found for look in looks}
    for one, two in combinations(sorted(read), 2):
        at = only_difference(one, two)
        if at is not None:
            beside = read[one].value == read[two].value
            where = str(meaning(read[one])[1:]) if beside else one[:at] + "?" + one[at + 1 :]
            yield frozenset((one[at], two[at])), where
