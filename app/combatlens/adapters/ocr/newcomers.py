"""Looks of a digit that nobody has shown the sheet yet, though all ten are known: a 9 that was always cut badly before.

Something may lie over a digit, so one picture proves nothing. But what lies there stays where it is: a look that both
teachers read alike in several numbers, in more than one place, is the digit's own.
"""

from __future__ import annotations

from msgspec import Struct

from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_learning import AKIN, LOCALLY_AKIN, difference, local
from combatlens.adapters.ocr.glyph_parts import Floats

NUMBERS, PLACES = 3, 2
"""In so many different numbers, and so many places of the line, the look was seen."""
KEPT = 40


class _Seen(Struct, frozen=True):
    cell: Cell
    text: str


class Newcomers:
    """Fed with the unknown digits of lines that both teachers read alike."""

    def __init__(self) -> None:
        self._seen: list[_Seen] = []

    def meet(self, cell: Cell, text: str) -> list[Floats]:
        """The looks of that digit that are its own by now; mostly none."""
        kin = [_Seen(cell, text), *(seen for seen in self._seen if _akin(seen.cell, cell))]
        self._seen = [*self._seen[1 - KEPT :], kin[0]]
        places: list[int] = []
        for seen in kin:
            if all(abs(seen.cell.start - place) > cell.pixels.shape[1] // 2 for place in places):
                places.append(seen.cell.start)
        if len({seen.text for seen in kin}) < NUMBERS or len(places) < PLACES:
            return []
        self._seen = [seen for seen in self._seen if seen.cell.label != cell.label]
        return [seen.cell.pixels for seen in kin]


def _akin(one: Cell, two: Cell) -> bool:
    same = one.label == two.label and one.pixels.shape[0] == two.pixels.shape[0]
    near = same and abs(one.pixels.shape[1] - two.pixels.shape[1]) <= 2
    return near and difference(one.pixels, two.pixels) < AKIN and local(one.pixels, two.pixels) < LOCALLY_AKIN
