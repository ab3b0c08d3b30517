"""A sign that was cut wrongly from the start: what the known glyphs leave of a line where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_parts import DIGITS, EDGE, SOLID, UNKNOWN
from combatlens.adapters.ocr.glyphs import Sheet, seen_text

if TYPE_CHECKING:
    from combatlens.ports import Image


def left_over(sheet: Sheet, image: Image, text: str) -> tuple[int, Cell] | None:
    """The one sign of `text`, no digit, that the glyphs do not explain, where they explain all others; and which it is.

    Its looks may explain a part of it. None where more is unknown, or a digit.
    """
    laid = sheet.laid(image)
    if laid is None:
        return None
    (fitter, places), bare = laid, text.replace(" ", "")
    seen = seen_text(fitter, places)
    at = seen.find(UNKNOWN)
    if at >= 0 and seen[:at] + seen[at + 1 :] == bare:
        signs = [each for each in (at - 1, at) if 0 <= each < len(bare) and bare[each] not in {*DIGITS, UNKNOWN}]
        if len(signs) != 1:
            return None
        at = signs[0]
        del places[at]
    elif at < 0 or seen != bare[:at] + UNKNOWN + bare[at + 1 :] or bare[at] in {*DIGITS, UNKNOWN}:
        return None
    if not places:
        return None
    room = 2 * max(glyph.pixels.shape[1] for glyph in sheet.glyphs)
    low = places[at - 1].start if at else max(fitter.seen[0], places[0].start - room)
    high = places[at].end if at < len(places) else min(fitter.seen[1], places[-1].end + room)
    ink, shown = fitter.shown(places[max(0, at - 1) : at + 1], low, high)
    rest = np.clip(ink - shown, 0, 1).T
    solid = np.flatnonzero(rest.max(axis=0) >= SOLID)
    if not solid.size:
        return None
    inked = rest.max(axis=0) >= EDGE
    first, last = int(solid[0]), int(solid[-1])
    first -= bool(first and inked[first - 1])
    last += bool(last + 1 < len(inked) and inked[last + 1])
    return at, Cell(bare[at], low + first, np.ascontiguousarray(rest[:, first : last + 1], np.float32))
