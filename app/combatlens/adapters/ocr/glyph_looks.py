"""How wide each character is and what it looks like, from lines whose text is known and whose letters may touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from combatlens.adapters.ocr.glyph_cut import Cell, Looks, Places, cells, cut
from combatlens.adapters.ocr.glyph_difference import contains, difference
from combatlens.adapters.ocr.glyph_learning import AKIN
from combatlens.adapters.ocr.glyph_parts import DIGITS, SIMILAR, UNKNOWN, Floats

WIDEST, SOME_WIDTHS = 1.6, 4
"""No digit is so many times as wide as they usually are, which so many of those tell."""
NARROW = 0.8
"""A picture of no more than such a part of digits' usual width may be a part of a whole one."""
Line = tuple[str, Floats, Places]
"""A line's text, its ink as `Sheet.ink` gives it, and where its signs stand in that."""
_Kind = tuple[Floats, set[tuple[str, str]]]
"""A character's picture, and between which neighbours it was seen."""


def refined(
    lines: Sequence[Line], widths: Mapping[str, float], guesses: int, rounds: int
) -> tuple[dict[str, float], Looks]:
    """Each character's width in pixels, from its boundary to the next, and its looks: guessed, then refined.

    `widths`: what is known of them so far. Both empty where no line can be taken apart.
    """
    widths = {**widths}
    looks: Looks = {}
    for turn in range(guesses + rounds):
        if turn >= guesses:
            looks = _looks([cells(ink, text, widths, looks, places) for text, ink, places in lines])
        found: dict[str, list[float]] = {}
        for text, ink, places in lines:
            cuts = cut(text, ink, widths, looks, places)
            for char, (start, end) in zip(text.replace(" ", ""), pairwise(cuts), strict=False):
                found.setdefault(char, []).append(end - start)
        if not found:
            return {}, {}
        widths = _likely_widths({char: float(np.median(seen)) for char, seen in found.items()})
    return widths, looks


def _likely_widths(widths: dict[str, float]) -> dict[str, float]:
    """Without those of digits far wider than the others: a few pictures were cut wrongly, and later ones would be."""
    usual = _usual_width(widths)
    if not usual:
        return widths
    return {char: width for char, width in widths.items() if char not in DIGITS or width <= WIDEST * usual}


def _usual_width(widths: Mapping[str, float]) -> float:
    """How wide digits are; 0 where too few are known."""
    digits = [width for char, width in widths.items() if char in SIMILAR]
    return float(np.median(digits)) if len(digits) >= SOME_WIDTHS else 0.0


def _looks(lines: Sequence[Sequence[Cell]]) -> Looks:
    """Each character's picture with the most different neighbours: those of badly cut ones are always the same.

    But of digits that touch `_whole` ones.
    """
    kinds: dict[str, list[_Kind]] = {}
    for line in lines:
        signs = ["", *(cell.label for cell in line), ""]
        for cell, before, after in zip(line, signs, signs[2:], strict=False):
            if cell.label == UNKNOWN:
                continue
            own = kinds.setdefault(cell.label, [])
            kind = next((kind for kind in own if difference(kind[0], cell.pixels) < AKIN), None)
            if kind is None:
                own.append((cell.pixels, {(before, after)}))
            else:
                kind[1].add((before, after))
    usual = {label: max(own, key=_pairs) for label, own in kinds.items()}
    wide = _usual_width({label: float(pixels.shape[1]) for label, (pixels, _) in usual.items()})
    for label in SIMILAR & set(usual) if wide else ():
        usual[label] = _whole(usual[label], kinds[label], wide)
    return {label: [pixels] for label, (pixels, _) in usual.items()}


def _pairs(kind: _Kind) -> int:
    """Between how many pairs of neighbours it was seen."""
    return len(kind[1])


def _whole(kind: _Kind, own: Sequence[_Kind], wide: float) -> _Kind:
    """Of a digit's pictures that one which a narrow one is a part of, where that was seen half as often.

    Of digits that touch, the same part is cut off behind several others. `wide`: digits usually are.
    """
    part, least = kind[0], NARROW * wide
    if part.shape[1] > least:
        return kind
    wholes = [
        other
        for other in own
        if least < other[0].shape[1] <= wide + 1 and 2 * _pairs(other) >= _pairs(kind) and contains(other[0], part)
    ]
    return max(wholes, key=_pairs, default=kind)
