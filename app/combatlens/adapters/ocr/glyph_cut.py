"""Taking a line apart whose text is known: where each of its characters stands."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyph_parts import SOLID, Floats

EDGE = 0.15
"""Columns with less ink than this do not belong to a glyph."""
UNITS = {".": 0.5, ",": 0.5, "'": 0.45, ":": 0.5, "/": 0.75, "[": 0.6, "]": 0.6, "(": 0.6, ")": 0.6, "%": 1.5, " ": 0.5}
"""Widths to begin with, in digits."""
CUT_PRICE, WIDTH_PRICE = 6.0, 3.0
"""What a column's ink costs where it is cut, and a width where it is not as expected."""


class Cell(Struct, frozen=True):
    """One character's place and picture. `pixels`: float32 (rows, width)."""

    label: str
    start: int
    pixels: Floats


def cut(text: str, ink: Floats, widths: dict[str, float]) -> list[int]:
    """Boundary columns that part the line's characters: through little ink, near to the expected widths. Empty: none.

    A spaced pair's gap goes to the character before it, at no price.
    """
    solid = np.flatnonzero(ink.max(axis=0) >= SOLID)
    bare = text.replace(" ", "")
    if solid.size < len(bare) or not bare:
        return []
    first, last = int(solid[0]), int(solid[-1]) + 1
    profile = ink[:, first : last + 1].sum(axis=0) / max(1.0, float(ink.sum(axis=0).max()))
    units = sum(UNITS.get(char, 1.0) for char in text)
    unit = widths.get("0", (last - first) / units)
    total = last - first
    price = np.full(total + 1, np.inf)
    price[0] = 0.0
    steps: list[NDArray[np.intp]] = []
    spaced = spaced_after(text)
    spots = np.arange(total + 1)
    for char, space in zip(bare, spaced, strict=True):
        width = widths.get(char, unit * UNITS.get(char, 1.0)) + (
            unit * UNITS[" "] if space and char not in widths else 0
        )
        longest = min(total, int(2.2 * max(width, unit) + (unit if space else 0)) + 2)
        sizes = np.arange(1, longest + 1)
        stray = WIDTH_PRICE * (0.3 if space else 1.0) * ((sizes - width) / max(2.0, width)) ** 2
        before = spots[:, None] - sizes[None]
        options = np.where(before >= 0, price[np.maximum(before, 0)] + stray[None], np.inf)
        chosen = options.argmin(axis=1)
        steps.append(before[spots, chosen])
        price = options[spots, chosen] + CUT_PRICE * np.append(profile[:total], 0.0)
    if not np.isfinite(price[total]):
        return []
    cuts = [total]
    for step in reversed(steps):
        cuts.append(int(step[cuts[-1]]))
    return [first + spot for spot in reversed(cuts)]


def spaced_after(text: str) -> list[bool]:
    """For each character that is no space whether one follows."""
    return [text[index + 1 : index + 2] == " " for index, char in enumerate(text) if char != " "]


def cells(ink: Floats, text: str, widths: dict[str, float]) -> list[Cell]:
    cuts = cut(text, ink, widths)
    made = []
    for char, (start, end) in zip(text.replace(" ", ""), pairwise(cuts), strict=False):
        peaks = ink[:, start:end].max(axis=0)
        columns = np.flatnonzero(peaks >= EDGE)
        if peaks.max(initial=0.0) < SOLID:
            return []
        left, right = start + int(columns[0]), start + int(columns[-1]) + 1
        made.append(Cell(char, left, ink[:, left:right]))
    return made
