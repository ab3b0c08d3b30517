"""Which digits the teachers take for one another on this display: in small type a `3` is now and then a `5` to both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from itertools import combinations

from combatlens.adapters.ocr.reading import Reading

FEW = 2
"""In so many different texts two looks must have read one digit otherwise."""


class Confused:
    """Fed with every reading of the teachers; knows which texts to doubt."""

    def __init__(self) -> None:
        self._texts: defaultdict[frozenset[str], set[str]] = defaultdict(set)

    def hear(self, reading: Reading) -> None:
        numbers = {"".join(filter(str.isdigit, look.text)) for look in reading.looks if not look.found.reason}
        for one, two in combinations(sorted(numbers), 2):
            if len(one) != len(two):
                continue
            apart = [index for index, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
            if len(apart) == 1:
                at = apart[0]
                self._texts[frozenset((one[at], two[at]))].add(one[:at] + "?" + one[at + 1 :])

    def doubts(self, text: str, told_apart: Collection[str]) -> bool:
        """Whether a digit of `text` may be another. `told_apart`: those whose looks are known, and differ."""
        return any(
            len(texts) >= FEW and not pair.isdisjoint(text) and not pair.issubset(told_apart)
            for pair, texts in self._texts.items()
        )
