"""Is it `34.28%` or `34.288`? In small type every reader takes a percent sign for a digit now and then, both alike.

Some take it apart: `34.280/`, `34.289/0`, `34.2896`, `34.28%6`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from msgspec import structs

from combatlens.adapters.ocr.full import understood_anew
from combatlens.adapters.ocr.lesson import point_in
from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.xp_text import XpText

_MAY_BE = re.compile(r"(?:^|[^\d.,])\d{1,2}[.,]\d{1,3}\d\s*$")
"""A number that would be a percentage if its last digit were the sign."""
_IS = re.compile(r"(?:^|[^\d.,])\d{1,2}[.,]\d{1,3}\s?%")
_SIGN_LAST = re.compile(r"\s?%\s*$")
FEW, SHARE = 2, 0.03
"""So many looks at a sign, and such a part of all looks at either, cast doubt on the digit …"""
ENOUGH_ENDS = 4
"""… until so many different digits were read there by all readers alike: the place is a digit's."""
MISTAKEN, TOLD_APART = 6, 3
"""One teacher takes the sign for a digit where another saw the sign, in so many different numbers; and the other saw
that digit too, as often, before the sign: to it they look different."""
NEARLY_ALL = 0.8
_IN_PARTS = re.compile(
    r"(?<![\d.,])(\d{1,3}[.,]\d{1,3}?)([0OoQ°º9]{1,2}/[0OoQ69e]?|%[0OoQ469e]|9[069])(?=\s*[\])]?\s*$)"
)
"""A fraction, and behind it what may be a sign's rings and stroke."""
_RING = re.compile(r"(?<![\d.,])(\d{1,3}[.,]\d{1,3})([°º]9?/[0OoQ]{1,2})(?=\s*[\])]?\s*$)")
"""Its small ring, which no digit looks like, the stroke and the other ring."""
IN_PARTS, OTHERWISE = 6, 3
"""One teacher reads the same parts behind so many different numbers, and behind so many the first ring is read
otherwise: what is always read as `0/0` stands there."""
MOST_NUMBERS = 64
"""Kept of each teacher's parts."""
_RINGS = str.maketrans("OoQ°º", "00000")


class PercentSign:
    """Fed with every reading of the teachers; knows which numbers may be percentages, and how their point is read."""

    def __init__(self) -> None:
        self._signs = self._digits = 0
        self._points: Counter[str] = Counter()
        self._ends: Counter[str] = Counter()
        self._mistaken: defaultdict[str, set[str]] = defaultdict(set)
        """Of each digit the numbers behind which one teacher read it, and another the sign."""
        self._seen_beside: Counter[str] = Counter()
        """Digits in numbers whose sign was seen."""
        self._parts: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        """Of each teacher and what it takes for a sign's parts the numbers in front of these."""
        self._pairs = False

    def hear(self, reading: Reading) -> None:
        for look in reading.looks:
            if look.found.reason:
                if (parts := _IN_PARTS.search(look.text)) and len(own := self._parts[_by(look, parts)]) < MOST_NUMBERS:
                    own.add(parts[1])
                continue
            self._pairs |= look.found.needed is not None
            if look.found.percent is not None:
                self._signs += _IS.search(look.text) is not None
                self._points[point_in(look.text)] += 1
            self._digits += _may_be(look.text, look.found)
        if reading.firm and _may_be(reading.text, reading.found):
            self._ends[reading.text.rstrip()[-1]] += 1
        for number, digit in _either(reading.looks):
            if number not in self._mistaken[digit]:
                self._mistaken[digit].add(number)
                self._seen_beside.update(set(number))

    @property
    def point(self) -> str:
        """The sign before a share's decimals, as most of the looks have it; empty where most have none."""
        return max(self._points, key=self._points.__getitem__, default="")

    def doubts(self, text: str, found: XpText) -> bool:
        """Whether the last digit of `text` may be a percent sign."""
        if self._signs < FEW or not _may_be(text, found):
            return False
        return self._signs >= SHARE * (self._signs + self._digits) and len(self._ends) < ENOUGH_ENDS

    def mend(self, reading: Reading, parse: Callable[[str], XpText]) -> Reading:
        """The same looks understood anew, where one teacher sees the sign and another takes it for its usual digit.

        And where a sign's parts stand behind every number.
        """
        known = {(number, digit) for number, digit in _either(reading.looks) if self._is_mistaken(digit)}

        def signed(look: Look) -> Look:
            if (parts := self._torn(look)) is not None:
                text = f"{look.text[: parts.end(1)]}%{look.text[parts.end(2) :]}"
                return structs.replace(look, text=text, found=parse(text))
            number, digit = look.text.rstrip()[:-1], look.text.rstrip()[-1:]
            if (number, digit) not in known:
                return look
            return structs.replace(look, text=f"{number}%", found=parse(f"{number}%"))

        return understood_anew(reading, signed)

    def _torn(self, look: Look) -> re.Match[str] | None:
        """The fraction, and what stands behind it in a sign's place."""
        if not look.found.reason:
            return None
        ring, parts = _RING.search(look.text), _IN_PARTS.search(look.text)
        if ring is not None and self._signs >= FEW and not self._pairs:
            return ring
        return parts if parts is not None and self._in_parts(_by(look, parts)) else None

    def _in_parts(self, by: tuple[str, str]) -> bool:
        rings = {parts.split("/")[0] for (_, parts), numbers in self._parts.items() if len(numbers) >= OTHERWISE}
        seen = self._signs >= FEW or len(rings) > 1
        return len(self._parts[by]) >= IN_PARTS and seen and not self._pairs

    def _is_mistaken(self, digit: str) -> bool:
        numbers = len(self._mistaken[digit])
        return (
            numbers >= MISTAKEN
            and numbers >= NEARLY_ALL * sum(map(len, self._mistaken.values()))
            and self._ends[digit] >= NEARLY_ALL * self._ends.total()
            and self._seen_beside[digit] >= TOLD_APART
        )


def _either(looks: Sequence[Look]) -> set[tuple[str, str]]:
    """Numbers behind which one look shows the sign and another a digit, and that digit."""
    signed = {_SIGN_LAST.sub("", look.text) for look in looks if _IS.search(look.text) and not look.found.reason}
    ends = {look.text.rstrip() for look in looks if _may_be(look.text, look.found)}
    return {(text[:-1], text[-1]) for text in ends if text[:-1] in signed}


def _by(look: Look, parts: re.Match[str]) -> tuple[str, str]:
    return look.reader, parts[2].translate(_RINGS)


def _may_be(text: str, found: XpText) -> bool:
    return found.percent is None and found.needed is None and _MAY_BE.search(text) is not None
