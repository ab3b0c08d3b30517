"""Whether what teachers read looks like what was learned, sign by sign: where the glyphs alone could not tell it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from combatlens.adapters.ocr.aside import is_another, is_aside
from combatlens.adapters.ocr.glyph_cut import Cell, cells
from combatlens.adapters.ocr.glyph_difference import CLEARLY, LIKENESS, MORE_CLEARLY
from combatlens.adapters.ocr.glyph_learning import known_looks, nearest
from combatlens.adapters.ocr.glyph_parts import BETWEEN_THIRDS, DIGITS, SOLID, UNKNOWN, Floats, Gap, kind_of, signs_in
from combatlens.adapters.ocr.glyph_start import Sample, taken_apart
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.tail import folded, has_tail, is_known_tail, unfolded, unfolded_signs

if TYPE_CHECKING:
    from combatlens.ports import Image

FAINTER = 0.7
"""What has less than such a part of the ink that each digit has somewhere is no part of a digit."""


def bears_out(sheet: Sheet, image: Image, text: str, *, agreed: bool) -> bool:
    """Whether each sign of a line that was read as `text` looks like what it was read as, and clearly like no other.

    It may look otherwise than ever before, so that the glyphs alone could not tell it. Only where all ten digits are
    known and nothing can be hidden. `agreed`: two teachers read it so.
    """
    line, signs = _recognised(sheet, image, folded(text, sheet.tail), agreed)
    unlike = {index for index, sign in enumerate(signs) if sign == UNKNOWN}
    if not line or unlike - (_small_signs(sheet, line) if agreed else set()):
        return False
    return (
        not _may_hide(sheet, line)
        and len(line) >= sheet.anchor.most
        and sheet.anchor.holds(line[0].start, line[-1].end, len(line))
    )


def recognised(sheet: Sheet, image: Image, text: str, *, agreed: bool) -> str:
    """`text` without spaces, `?` for each sign that something may lie over: it looks like another, or like none.

    Of a tail that looks otherwise than ever each sign is looked at: a longer number moves it by a part of a column.
    Empty where the line cannot be taken apart so, or not all ten digits are known.
    """
    signs = _recognised(sheet, image, folded(text, sheet.tail), agreed)[1]
    if not signs or not sheet.tail:
        return signs
    whole = unfolded_signs(signs, sheet.tail)
    if agreed and signs[-1] == UNKNOWN:
        single = _recognised(sheet, image, text, agreed=False)[1]
        return whole[: len(signs) - 1] + (single or whole)[len(signs) - 1 :]
    return whole


def _may_hide(sheet: Sheet, line: Sequence[Cell]) -> bool:
    """Whether signs may be hidden between two of these, which stand further apart than ever."""
    room = max(2, (sheet.rows[1] - sheet.rows[0]) // 6)
    gaps = ((sheet.gaps.get(kind_of(one.label, two.label), Gap()), two.start - one.end) for one, two in pairwise(line))
    return any(apart > known.widest + room for known, apart in gaps)


def _small_signs(sheet: Sheet, line: Sequence[Cell]) -> set[int]:
    """Which are signs between groups, no wider than ever: how they look says nothing that the thirds do not say."""
    widest = {
        sign: max((glyph.pixels.shape[1] for glyph in sheet.glyphs if glyph.label == sign and glyph.trusted), default=0)
        for sign in ".,'"
    }
    between = (found.start() for found in BETWEEN_THIRDS.finditer("".join(cell.label for cell in line)))
    return {index for index in between if line[index].pixels.shape[1] <= widest[line[index].label] + 1}


def _recognised(sheet: Sheet, image: Image, text: str, agreed: bool) -> tuple[list[Cell], str]:
    other = sheet.tail != "" and not has_tail(unfolded(text, sheet.tail), sheet.tail)
    if other or not sheet.complete or image.shape[:2] != sheet.size:
        return [], ""
    ink = _text_alone(sheet, image) if agreed else sheet.ink(image)
    line, signs = cells(ink, text, sheet.widths, known_looks(sheet)), ""
    for cell in line:
        if signs_in(cell.label) > 1:
            signs += cell.label if is_known_tail(sheet.glyphs, cell) else UNKNOWN
            continue
        clear = _is_clear(sheet, cell, CLEARLY if agreed else MORE_CLEARLY)
        signs += cell.label if clear or (agreed and is_aside(sheet.glyphs, cell.label, cell.pixels)) else UNKNOWN
    return line, signs


def _is_clear(sheet: Sheet, cell: Cell, clearly: float) -> bool:
    """Whether it looks like what it was read as, and so many times less like any other sign."""
    _, far = nearest(sheet, cell.pixels, cell.label)
    _, stranger = nearest(sheet, cell.pixels, other=cell.label)
    clear = far <= LIKENESS and far * clearly <= stranger
    return clear and not is_another(sheet.glyphs, cell.label, cell.pixels)


def known_signs(sheet: Sheet, sample: Sample) -> list[Cell]:
    """The sample's signs, where not all ten digits are known: `?` for each digit that is not clearly what is said."""
    line = taken_apart(sheet, sample, known_looks(sheet))
    return [
        structs.replace(cell, label=UNKNOWN)
        if cell.label in DIGITS and not _is_clear(sheet, cell, MORE_CLEARLY)
        else cell
        for cell in line
    ]


def _text_alone(sheet: Sheet, image: Image) -> Floats:
    """The line's ink without sparks: fainter than any digit, and further from the text than a sign of it could be.

    Only where the text begins where it always did.
    """
    ink, laid = sheet.ink(image), sheet.laid(image)
    solid = np.flatnonzero(ink.max(axis=0) >= SOLID)
    if laid is None or not solid.size:
        return ink
    (fitter, places), known = laid, [glyph.pixels for glyph in sheet.glyphs if glyph.label in DIGITS]
    widest = max(pixels.shape[1] for pixels in known)
    room = widest + max([widest, *(gap.widest for gap in sheet.gaps.values())])
    digits = np.array([place.start for place in places if fitter.labels[place.which] in DIGITS])
    parts = np.split(solid, np.flatnonzero(np.diff(solid) > room) + 1)
    shown = [part for part in parts if ((part[0] - 2 <= digits) & (digits <= part[-1])).any()]
    if len(shown) != 1 or not sheet.anchor.begins(int(shown[0][0]), fitter.narrowest):
        return ink
    alone, text = np.zeros_like(ink), slice(max(0, shown[0][0] - 2), shown[0][-1] + 3)
    alone[:, text] = ink[:, text]
    return alone if (ink - alone).max() < FAINTER * min(pixels.max() for pixels in known) else ink
