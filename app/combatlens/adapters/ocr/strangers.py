"""Looks of a sign that are more like another's: something lies over it, or scaled type draws it anew at that place.

A cursor or a spark lies over a sign once. The same look under the same name, in another text and at another place, is
the sign's own; unless it is plainly another's, for a window that is scratched all over does the same to every sign.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from msgspec import Struct

from combatlens.adapters.ocr.aside import may_be_own
from combatlens.adapters.ocr.glyph_difference import laid
from combatlens.adapters.ocr.glyph_parts import SAME, UNKNOWN
from combatlens.adapters.ocr.reading import digits_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from combatlens.adapters.ocr.glyph_cut import Cell
    from combatlens.adapters.ocr.glyph_parts import Glyph

KEPT = 24
"""Looks remembered."""
_CLOSING = frozenset("])")


class _Seen(Struct, frozen=True):
    cell: Cell
    digits: str


class Strangers:
    """One sheet's. Not for several threads."""

    def __init__(self) -> None:
        self._seen: deque[_Seen] = deque(maxlen=KEPT)

    def is_own(self, glyphs: Sequence[Glyph], cell: Cell, text: str) -> bool:
        """Whether that look, of a sign in `text`, was asked about before, of another text and place; and remember it.

        A bracket that ends a text may stand where it stood. A text with signs that are not known is none.
        """
        if UNKNOWN in text or not may_be_own(glyphs, cell.label, cell.pixels):
            return False
        digits = digits_in(text)
        again = any(
            other.digits != digits
            and (cell.label in _CLOSING or _apart(other.cell, cell))
            and other.cell.label == cell.label
            and laid(other.cell.pixels, cell.pixels) <= SAME
            for other in self._seen
        )
        self._seen.append(_Seen(cell, digits))
        return again


def _apart(one: Cell, two: Cell) -> bool:
    return bool(abs(one.start - two.start) >= two.pixels.shape[1])
