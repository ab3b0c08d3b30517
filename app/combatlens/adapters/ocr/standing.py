"""What one teacher keeps reading, picture after picture, where the other finds nothing and no two views agree."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Sequence

from combatlens.adapters.ocr.lesson import LONE_CERTAINTY
from combatlens.adapters.ocr.reading import Look
from combatlens.adapters.ocr.xp_text import XpText

PICTURES, SECONDS = 3, 4.0
"""In so many pictures, no longer apart than this, the same was read with certainty …"""
RIVALS = 0.5
"""… and anything else, since it was read first, in less than this part of as many."""
_JUNK = re.compile(r"^[^\w\[({]+|[^\w\])}%]+$")
"""Sparks beside the text."""


class Standing:
    """Fed with the looks at every picture; says each text once."""

    def __init__(self, parse: Callable[[str], XpText]) -> None:
        self._parse = parse
        self._seen: deque[tuple[float, frozenset[str]]] = deque()
        self._told = ""

    def hear(self, looks: Sequence[Look], at: float) -> str | None:
        """`at`: seconds of a steady clock. A text that has stood, read in these looks too."""
        while self._seen and at - self._seen[0][0] > SECONDS:
            self._seen.popleft()
        certain = {_JUNK.sub("", look.text) for look in looks if look.confidence >= LONE_CERTAINTY}
        now = frozenset(text for text in certain if not self._parse(text).reason)
        self._seen.append((at, now))
        for text in now - {self._told}:
            since = [texts for _, texts in self._seen]
            first = next(index for index, texts in enumerate(since) if text in texts)
            votes = Counter(each for texts in since[first:] for each in texts)
            most = max((count for each, count in votes.items() if each != text), default=0)
            if votes[text] >= PICTURES and most <= RIVALS * votes[text]:
                self._told = text
                return text
        return None
