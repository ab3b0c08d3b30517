"""What the glyph reader is made of: a learned picture of a character, where the line stands, and a doubt in words."""

from __future__ import annotations

import math
import re

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float32]

TRUST_VOTES = 2
"""A glyph speaks once so many different readings have shown it."""
EDGE = 0.15
"""Columns with less ink than this do not belong to a glyph."""
SOLID = 0.3
"""A column with so much ink in a pixel must belong to a glyph."""
SAME, VARIANTS = 0.05, 14
"""Below such a part of its ink two pictures show the same rendering of a glyph, and are averaged; and how many
renderings of a character are kept: sub-pixel places, scaling, noise."""
UNKNOWN = "?"
MAYBE = "\u2009"
"""Stands in a text where a gap is as wide as a space has been, and as the widest gap that was none."""
DIGITS = frozenset("0123456789")
SMALL = frozenset(".,'")
"""Signs of little ink: the points at the line's foot, the apostrophe at its head."""
SIMILAR = DIGITS - {"1"}
"""Digits that are about equally wide."""
FIRST_TAIL, MOST_SIGNS = 0xE000, 40
"""A private character so many places on stands for as many signs that are one glyph (`tail`), fewer than the second."""
TAIL_FAR = 0.03
"""Such a glyph's largest squared difference, as a part of the ink of one of its signs."""
BETWEEN_THIRDS = re.compile(r"(?<=\d)[.,'](?=\d{3}(?!\d))")
"""A sign between groups of three digits: which it is does not matter, as long as it is always the same."""


BRACKETS = str.maketrans("])", "[(")
"""Thin ones look alike: where each stands tells which it is."""


def are_two(one: str, two: str) -> bool:
    """Whether two labels are of signs that may not look alike."""
    return one.translate(BRACKETS) != two.translate(BRACKETS)


def signs_in(char: str) -> int:
    """How many signs a glyph's label stands for."""
    return max(1, ord(char) - FIRST_TAIL) if ord(char) <= FIRST_TAIL + MOST_SIGNS else 1


class Doubt(Struct, frozen=True):
    """Why a line was not read. `partly`: what was, `?` for each stretch without a glyph; empty where nothing was."""

    reason: str
    partly: str = ""

    def allows(self, text: str) -> bool:
        """Whether `text` is the line for all that is known of it, and most of it is known.

        A sign between groups of three may not have been seen: it stands where it must.
        """
        known = len(self.partly) - self.partly.count(UNKNOWN)
        pattern = "".join(".{1,4}" if char == UNKNOWN else re.escape(char) for char in self.partly)
        bare = text.replace(" ", "")
        texts = {bare, BETWEEN_THIRDS.sub("", bare)}
        return 2 * known >= len(bare) > 0 and any(re.fullmatch(pattern, each) for each in texts)


class Glyph(Struct):
    """A learned picture of one character. `pixels`: float32 (rows, width), 0 to 1.

    `firm`: two teachers read it so; else one alone did, time and again.
    """

    label: str
    pixels: Floats
    votes: int = 1
    seen: int = 1
    firm: bool = True

    @property
    def trusted(self) -> bool:
        """Whether it may speak."""
        return self.votes >= TRUST_VOTES

    def average(self, pixels: Floats) -> None:
        """Take another picture of this rendering into it: the mean of the latest."""
        self.seen += 1
        self.pixels += (pixels - self.pixels) * np.float32(1 / min(self.seen, 8))


ACROSS_SLASH = "9/9"
"""The key in `Sheet.gaps` of the gap between two numbers and a `/`, from digit to digit."""


class Gap(Struct):
    """How far apart two kinds of signs stand, in columns: as one word (the widest), and as two (narrowest, widest)."""

    narrow: int | None = None
    wide: int | None = None
    widest: int = 0

    def learn(self, gap: int, *, spaced: bool | None) -> None:
        """`spaced`: None where a space may have been missed."""
        self.widest = gap if self.narrow is None and self.wide is None else max(gap, self.widest)
        if spaced:
            self.wide = gap if self.wide is None else min(gap, self.wide)
        elif spaced is not None:
            self.narrow = gap if self.narrow is None else max(gap, self.narrow)

    @property
    def space(self) -> float:
        """A gap as wide as this is a space. None is where none was seen between such signs: beside a `1` any is so."""
        if self.wide is None:
            return math.inf
        return -math.inf if self.narrow is None else max((self.narrow + self.wide) / 2, self.narrow + 0.5)

    def least(self, *, beside_one: bool) -> float:
        """A gap as wide as this may be a space: beside a `1` as wide as none elsewhere, if spaces are hardly wider."""
        if self.wide is None:
            return math.inf
        hardly = beside_one and self.narrow is not None and self.wide == self.narrow + 1
        return self.wide - 1 if hardly else min(self.space, self.wide)


def kind_of(before: str, after: str) -> str:
    """Two signs' key in `Sheet.gaps`: digits are all one kind."""
    return ("9" if before in DIGITS else before) + ("9" if after in DIGITS else after)


class Anchor(Struct):
    """Where the text is held: by its left end, its right end or its middle. What never held is forgotten."""

    left: tuple[float, float] | None = None
    right: tuple[float, float] | None = None
    middle: tuple[float, float] | None = None
    room: float = 0.0
    longest: int = 0
    most: int = 0
    taught: int = 0

    def learn(self, start: int, end: int, room: float, signs: int) -> None:
        """`room`: how far (pixels) an end may wander with the shapes of its letters; less than a digit is wide.

        `signs`: how many the text has.
        """
        middle = (start + end) / 2
        if not self.taught:
            self.left, self.right, self.middle = (start, start), (end, end), (middle, middle)
        self.room = room = max(room, self.room)
        self.left, self.right = _widened(self.left, start, room), _widened(self.right, end, room)
        self.middle = _widened(self.middle, middle, room)
        self.longest, self.most = max(self.longest, end - start), max(self.most, signs)
        self.taught += 1

    def begins(self, start: int, narrowest: int) -> bool:
        """Whether the text begins where it always did, to less than the narrowest digit's width: the first is shown."""
        if self.left is None:
            return False
        low, high = self.left
        return low - 1 <= start <= high + 1 and high - low + 2 < narrowest

    def holds(self, start: int, end: int, signs: int) -> bool:
        """Whether the text stands as it always did; one end suffices for a text longer than ever, or of as many signs.

        A sign may be narrower than the one that stood in its place; one that is hidden is missing.
        """
        held = [
            _holds(span, seen, self.room)
            for span, seen in ((self.left, start), (self.right, end), (self.middle, (start + end) / 2))
            if span is not None
        ]
        whole = end - start > self.longest + 2 or signs >= self.most
        return True in held if held and whole else False not in held


def _holds(span: tuple[float, float], seen: float, room: float) -> bool:
    low, high = span
    return (high if high > seen else seen) - (low if low < seen else seen) <= room


def _widened(span: tuple[float, float] | None, seen: float, room: float) -> tuple[float, float] | None:
    if span is None:
        return None
    low, high = min(span[0], seen), max(span[1], seen)
    return (low, high) if high - low <= room else None
