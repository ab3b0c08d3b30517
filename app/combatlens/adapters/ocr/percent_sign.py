"""Is it `34.28%` or `34.288`? In small type every reader takes a percent sign for a digit now and then, both alike."""

from __future__ import annotations

import re
from collections import Counter

from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.xp_text import XpText

_MAY_BE = re.compile(r"(?:^|[^\d.,])\d{1,2}[.,]\d{1,3}\d\s*$")
"""A number that would be a percentage if its last digit were the sign."""
_IS = re.compile(r"(?:^|[^\d.,])\d{1,2}[.,]\d{1,3}\s?%")
FEW, SHARE = 2, 0.03
"""So many looks at a sign, and such a part of all looks at either, cast doubt on the digit …"""
ENOUGH_ENDS = 4
"""… until so many different digits were read there by all readers alike: the place is a digit's."""


class PercentSign:
    """Fed with every reading of the teachers; knows which numbers may be percentages."""

    def __init__(self) -> None:
        self._signs = self._digits = 0
        self._ends: Counter[str] = Counter()

    def hear(self, reading: Reading) -> None:
        for look in reading.looks:
            if look.found.reason:
                continue
            self._signs += look.found.percent is not None and _IS.search(look.text) is not None
            self._digits += _may_be(look.text, look.found)
        if reading.firm and _may_be(reading.text, reading.found):
            self._ends[reading.text.rstrip()[-1]] += 1

    def doubts(self, text: str, found: XpText) -> bool:
        """Whether the last digit of `text` may be a percent sign."""
        if self._signs < FEW or not _may_be(text, found):
            return False
        return self._signs >= SHARE * (self._signs + self._digits) and len(self._ends) < ENOUGH_ENDS


def _may_be(text: str, found: XpText) -> bool:
    return found.percent is None and found.needed is None and _MAY_BE.search(text) is not None
