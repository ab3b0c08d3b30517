"""Which digits the teachers take for one another on this display: in small type a `3` is now and then a `5` to both."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from itertools import combinations

from combatlens.adapters.ocr.reading import Reading

FEW = 2
"""In so many different texts two looks must have read one digit otherwise."""
HARDLY_TOLD, SOME_PICTURES = 0.2, 10
"""Where looks take two digits for one another in such a part of the pictures that show either, and in so many, no
teacher tells them apart; elsewhere that happens in a tenth at most."""

Pair = frozenset[str]


class Confused:
    """Fed with every reading of the teachers; knows which texts to doubt."""

    def __init__(self) -> None:
        self._texts: defaultdict[Pair, set[str]] = defaultdict(set)
        self._shown: Counter[Pair] = Counter()
        self._taken: Counter[Pair] = Counter()
        self.hard: frozenset[str] = frozenset()
        """The digits that no teacher tells from another."""

    def hear(self, reading: Reading) -> None:
        numbers = {"".join(filter(str.isdigit, look.text)) for look in reading.looks if not look.found.reason}
        shown = set("".join(numbers))
        self._shown.update(pair for pair in self._texts if pair & shown)
        taken: set[Pair] = set()
        for one, two in combinations(sorted(numbers), 2):
            if len(one) != len(two):
                continue
            apart = [index for index, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
            if len(apart) == 1:
                at = apart[0]
                pair = frozenset((one[at], two[at]))
                self._shown[pair] += pair not in self._texts
                self._texts[pair].add(one[:at] + "?" + one[at + 1 :])
                taken.add(pair)
        self._taken.update(taken)
        hard = [
            pair for pair, count in self._taken.items() if count >= max(SOME_PICTURES, HARDLY_TOLD * self._shown[pair])
        ]
        self.hard = frozenset().union(*hard)

    def doubts(self, text: str, told_apart: Collection[str]) -> bool:
        """Whether a digit of `text` may be another. `told_apart`: those whose looks are known, and differ."""
        return any(
            len(texts) >= FEW and not pair.isdisjoint(text) and not pair.issubset(told_apart)
            for pair, texts in self._texts.items()
        )
