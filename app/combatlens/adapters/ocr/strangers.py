"""Looks of a sign that are more like another's: something lies over it, or scaled type draws it anew at that place.

What lies over a sign lies there once. The same look under the same name, in another text and at another place, is the
sign's own.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from msgspec import Struct

from combatlens.adapters.ocr.aside import is_nearer
from combatlens.adapters.ocr.glyph_difference import laid
from combatlens.adapters.ocr.glyph_parts import BRACKETS, SAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from combatlens.adapters.ocr.glyph_cut import Cell
    from combatlens.adapters.ocr.glyph_parts import Glyph

KEPT = 24
_BRACKETS = {*map(chr, BRACKETS), *BRACKETS.values()}


class _Seen(Struct, frozen=True):
    cell: Cell
    text: str


class Strangers:
    """One sheet's. Not for several threads."""

    def __init__(self) -> None:
        self._seen: deque[_Seen] = deque(maxlen=KEPT)

    def is_own(self, glyphs: Sequence[Glyph], cell: Cell, text: str) -> bool:
        """Whether that look, of a sign in `text`, was seen so before. A bracket stands at one place always."""
        if not is_nearer(glyphs, cell.label, cell.pixels):
            return False
        seen, self._seen = self._seen, deque([*self._seen, _Seen(cell, text)], maxlen=KEPT)
        return any(
            other.text != text and (cell.label in _BRACKETS or _apart(other.cell, cell)) and _same(other.cell, cell)
            for other in seen
        )


def _apart(one: Cell, two: Cell) -> bool:
    return bool(abs(one.start - two.start) >= two.pixels.shape[1])


def _same(one: Cell, two: Cell) -> bool:
    if one.label != two.label or one.pixels.shape != two.pixels.shape:
        return False
    return laid(one.pixels, two.pixels) <= SAME
