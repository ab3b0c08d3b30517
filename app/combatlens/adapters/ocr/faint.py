"""Signs of hardly any ink: which they are, and where the gaps say that they stand though they are not seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from combatlens.adapters.ocr.glyph_cut import Cell, spaced_after
from combatlens.adapters.ocr.glyph_line import AS_HIGH, FAR
from combatlens.adapters.ocr.glyph_parts import ACROSS_SLASH, DIGITS, EDGE, SMALL, Floats, Gap, Glyph, kind_of
from combatlens.adapters.ocr.glyph_way import Place
from combatlens.adapters.ocr.lesson import point_of
from combatlens.adapters.ocr.reading import digits_in

if TYPE_CHECKING:
    from combatlens.adapters.ocr.glyph_fit import Fitter
    from combatlens.adapters.ocr.glyphs import Sheet

Span = tuple[int, int]
"""The first column of a gap, and the first behind it."""
WideGap = tuple[int, int]
"""A gap wider than any seen between such signs: the place in the text behind it, and its columns."""
LAID_FAINT = SMALL | {"/"}
"""Of faint signs these are laid: their places, or the gap around them, tell whether one stands there."""
_THIRD = re.compile(r"\d{3}(?!\d)")
_THIRDS = re.compile(r"\d(?=(?:\d{3})+(?!\d))")
"""The digit before each group of three that no sign parts from it."""


def faint_signs(glyphs: Sequence[Glyph]) -> set[int]:
    """Which signs, no digits, hold less ink than a digit may be off by and are not as high: they fit wherever nothing
    is."""
    sizes = np.array(
        [(float((glyph.pixels**2).sum()), int((glyph.pixels >= EDGE).any(axis=1).sum())) for glyph in glyphs]
    )
    is_digit = np.array([glyph.label in DIGITS for glyph in glyphs], bool)
    if not is_digit.any():
        return set()
    ink, height = np.median(sizes[is_digit], axis=0)
    small = (sizes[:, 0] < FAR * ink) & (sizes[:, 1] < AS_HIGH * height)
    return set(np.flatnonzero(small & ~is_digit).tolist())


def slash_gap(sheet: Sheet, fitter: Fitter, signs: Sequence[Place], needed: str) -> Span | None:
    """Between which columns a `/` stands that is too faint to be seen clearly: where the gap is as wide as there
    always, before the digits that are `needed` as ever; else in the only such gap, or the only one that holds ink.

    `signs`: the others' places. A gap wider by the narrowest digit's columns than one there was may hide a digit.
    """
    across = sheet.gaps.get(ACROSS_SLASH)
    if across is None or across.wide is None:
        return None
    most = min(across.widest + 1, across.wide + fitter.narrowest - 1)
    labels = [fitter.labels[sign.which] for sign in signs]
    spans = [(before.end, after.start) for before, after in pairwise(signs)]
    gaps = [at for at, (end, start) in enumerate(spans) if across.wide - 1 <= start - end <= most]
    there = [at for at in gaps if needed and digits_in("".join(labels[at + 1 :])) == needed] or gaps
    if len(there) > 1:
        there = [at for at in there if 1 in fitter.solid[slice(*spans[at])]]
    return spans[there[0]] if len(there) == 1 else None


def compared(
    fitter: Fitter, places: Sequence[Place], left: int, right: int, slash: Span | None
) -> tuple[Floats, Floats]:
    """What is seen and what is shown between two columns, nothing where a slash is too faint to be compared."""
    seen, shown = fitter.shown(places, left, right)
    if slash:
        seen = seen.copy()
        seen[slash[0] - left : slash[1] - left] = 0
    return seen, shown


def signs_of(fitter: Fitter, places: Sequence[Place], slash: Span | None) -> list[str]:
    """Each place's label, a slash that is not among the places before the label behind it."""
    return ["/" * bool(slash and place.start == slash[1]) + fitter.labels[place.which] for place in places]


def signed_gaps(sheet: Sheet, text: str, wide: Sequence[WideGap], slack: int) -> tuple[str, bool]:
    """The text with the signs between thirds, or before a share's decimals, that are too faint to be seen; and
    whether more may be hidden.

    `wide`: the place in the text behind each wide gap, and how wide it is. There is room for a sign and no digit.
    """
    signs = {glyph.label for glyph in sheet.glyphs if glyph.trusted and glyph.label in ".,'"}
    sign = signs.pop() if len(signs) == 1 else ""
    before, behind = sheet.gaps.get("9" + sign), sheet.gaps.get(sign + "9")
    if not sign or before is None or behind is None:
        return text, True
    width = max(glyph.pixels.shape[1] for glyph in sheet.glyphs if glyph.trusted and glyph.label == sign)
    most = before.widest + width + behind.widest + slack
    point = point_of(sheet.forms)
    due = re.compile(rf"{_THIRD.pattern}|\d{{{point[1]}}}%") if point is not None and point[0] == sign else _THIRD
    for at, apart in reversed(wide):
        if apart > most or not due.match(text, at) or text[at - 1] not in DIGITS:
            return text, True
        text = text[:at] + sign + text[at:]
    return text, False


def learn_gaps(sheet: Sheet, text: str, line: Sequence[Cell]) -> None:
    """Where groups of three meet a teacher that wrote no space may have missed it."""
    thirds = {len(text[: found.start()].replace(" ", "")) for found in _THIRDS.finditer(text)}
    for index, ((before, after), space) in enumerate(zip(pairwise(line), spaced_after(text), strict=False)):
        gap = sheet.gaps.setdefault(kind_of(before.label, after.label), Gap())
        gap.learn(after.start - before.end, spaced=None if index in thirds else space)
    for before, sign, after in zip(line, line[1:], line[2:], strict=False):
        if sign.label == "/":
            sheet.gaps.setdefault(ACROSS_SLASH, Gap()).learn(after.start - before.end, spaced=True)
