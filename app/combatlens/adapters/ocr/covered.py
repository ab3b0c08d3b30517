"""Digits that something may lie over, a cursor or a tooltip: what else the text may say."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from combatlens.adapters.ocr.glyph_parts import DIGITS, UNKNOWN
from combatlens.adapters.ocr.reading import meaning
from combatlens.adapters.ocr.xp_text import XpText

MOST = 2
"""With more digits unseen than this anything may stand there."""


def rivals_of(text: str, signs: str, parse: Callable[[str], XpText]) -> tuple[bool, tuple[XpText, ...]]:
    """`signs`: the text without spaces, `?` for each sign that was not recognised.

    Whether a digit may be another, and what the text may say then by its own arithmetic; nothing where that is too much
    to say.
    """
    at = [index for index, char in enumerate(text) if char != " "]
    unseen = [place for place, sign in zip(at, signs, strict=True) if sign == UNKNOWN and text[place] in DIGITS]
    if len(unseen) > MOST:
        return True, ()
    others = {}
    for digits in product(*[sorted(DIGITS)] * len(unseen)):
        chars = list(text)
        for place, digit in zip(unseen, digits, strict=True):
            chars[place] = digit
        other = parse("".join(chars))
        if not other.reason:
            others[meaning(other)] = other
    others.pop(meaning(parse(text)), None)
    return bool(others), tuple(others.values())
