"""Which of the glyphs that fit a line, side by side, explain it at the lowest price."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NOWHERE = 1e18

Columns = NDArray[np.intp]

Hit = tuple[int, int, int, float]
"""A glyph that fits: the column where it begins, which it is, where it ends, and how far off it is."""
Way = dict[int, tuple[int, int]]
"""For each column reached from which one, and by which glyph; -1 where the columns between were left out."""


class Place(NamedTuple):
    """A glyph laid on the line: `start` and `end` column, `which` of the trusted glyphs it is, and how far `off`."""

    start: int
    end: int
    which: int
    off: float


Laid = tuple[list[Place], bool]
"""Glyphs left to right, and whether they explain the line: no more than one column beside each was left out at a price.

Such a column may be a glyph's soft edge: the comparison of the whole decides.
"""


def behind_gaps(ink: bytes) -> tuple[Columns, bytes]:
    """The columns no more than two from where ink begins; a 1 for each that is no more than one from there.

    Never at either end, unless ink begins there. `ink`: a 1 for each column that has some. Columns are a number's
    bytes: a shift moves them all.
    """
    size = len(ink)
    inked, every = int.from_bytes(ink, "little"), (1 << 8 * size) - 1
    start = inked & ~(inked << 8)
    beside = start | start << 8 | start >> 8
    around = (beside | beside << 8 | beside >> 8) & every
    inside = every >> 16 << 8
    begin = (start | beside & inside).to_bytes(size, "little")
    return np.frombuffer(around.to_bytes(size, "little"), np.bool_).nonzero()[0], begin


def alone(hits: Sequence[Hit], paid: Sequence[float], low: int) -> Laid | None:
    """The cheapest way where no two glyphs lie on one another, each for itself; None where any do.

    `hits`: in order. `paid`: what leaving out all columns before each costs, counted from the line's column `low`.
    """
    places: list[Place] = []
    whole, last, before = True, 0, 0
    for spot, index, end, off in hits:
        if spot < last:
            return None
        last = end
        if off <= paid[end] - paid[spot]:
            if paid[spot] > paid[before]:
                whole &= paid[spot - 1] == paid[before] or (bool(places) and paid[before + 1] == paid[spot])
            places.append(Place(low + spot, low + end, index, off))
            before = end
    if paid[-1] > paid[before]:
        whole &= bool(places) and paid[before + 1] == paid[-1]
    return places, whole and bool(places)


def cheapest(hits: Sequence[Hit], paid: Sequence[float], low: int) -> Laid:
    """Dynamic programming along the line: lay a glyph, or leave columns out at their price.

    Looked at are the columns where a glyph may begin (a column later too) or end, and both ends of the line. One
    column apart glyphs may lie on one another.
    """
    fits: dict[int, list[Hit]] = {}
    marks = {0, len(paid) - 1}
    for hit in hits:
        fits.setdefault(hit[0], []).append(hit)
        marks.update((hit[0], hit[0] + 1, hit[2]))
    spots = sorted(marks)
    best, back = dict.fromkeys(spots, NOWHERE), dict.fromkeys(spots, (-1, -1))
    best[0] = 0.0
    for spot, after in pairwise(spots):
        here = best[spot]
        skipped = here + (paid[after] - paid[spot])
        if skipped < best[after]:
            best[after], back[after] = skipped, (spot, -1)
        for _, index, end, off in fits.get(spot, ()):
            begin, before = spot, here
            if after < end and best[after] + 0.01 < here and back[after][1] >= 0:
                begin, before = after, best[after]
            if before + off < best[end]:
                best[end], back[end] = before + off, (begin, index)
    return _way_back(back, {(hit[2], hit[1]): Place(low + hit[0], low + hit[2], *hit[1::2]) for hit in hits}, paid, low)


def _way_back(back: Way, ending: dict[tuple[int, int], Place], paid: Sequence[float], low: int) -> Laid:
    """The glyphs on the cheapest way. `ending`: by the column behind them, and which they are."""
    places: list[Place] = []
    left_out, whole, spot = False, True, len(paid) - 1
    while spot > 0:
        before, index = back[spot]
        if index >= 0:
            places.append(ending[spot, index])
            left_out = False
        elif paid[spot] > paid[before]:
            beside_next = paid[spot - 1] == paid[before] and bool(places) and places[-1].start == low + spot
            beside_last = paid[before + 1] == paid[spot] and back[before][1] >= 0
            whole = whole and not left_out and (beside_next or beside_last)
            left_out = True
        spot = before
    return places[::-1], whole and bool(places)
