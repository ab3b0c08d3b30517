"""Taking a line apart whose text is known: where each of its characters stands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import cv2
import numpy as np
from msgspec import Struct
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyph_parts import EDGE, SMALL, SOLID, Floats, signs_in

UNITS = {".": 0.5, ",": 0.5, "'": 0.45, ":": 0.5, "/": 0.75, "[": 0.6, "]": 0.6, "(": 0.6, ")": 0.6, "%": 1.5, " ": 0.5}
"""Widths to begin with, in digits."""
CUT_PRICE, WIDTH_PRICE = 6.0, 3.0
"""What a column's ink costs where it is cut, and a width where it is not as expected."""
PLACE_PRICE = 12.0
"""What it costs where a character's middle is a digit's width from where a teacher saw it."""
LOOK_PRICE = 4.0
"""What it costs where a known character does not look like itself at all."""
AWAY_PRICE = 6.0
"""What it costs where all ink of a small sign's stretch is where that sign has none, above the line's middle or below:
it is a part of a digit."""
LIKE = 0.25
"""A stretch that differs from a look by less than this part of its ink shows that character."""

Places = Sequence[float]
"""The column of the middle of each sign that is no space, NaN where that is not known; empty: of none it is."""
Looks = Mapping[str, Sequence[Floats]]
"""Pictures of each character that is known already, float32 (rows, width)."""


class Cell(Struct, frozen=True):
    """One character's place and picture. `pixels`: float32 (rows, width)."""

    label: str
    start: int
    pixels: Floats

    @property
    def end(self) -> int:
        """The column behind it."""
        return int(self.start + self.pixels.shape[1])


def cut(text: str, ink: Floats, widths: dict[str, float], looks: Looks | None = None, places: Places = ()) -> list[int]:
    """Boundary columns that part the line's characters: through little ink, near to the expected widths. Empty: none.

    Where letters touch, the known ones tell: each cell should look like one of its character's `looks`; and teachers
    that tell the `places` of what they saw. A spaced pair's gap goes to the character before it, at no price.
    """
    inked = ink.max(axis=0) >= SOLID
    solid = np.flatnonzero(inked)
    bare = text.replace(" ", "")
    if solid.size < len(bare) or not bare:
        return []
    first, last = _with_edges(ink, int(solid[0]), int(solid[-1]) + 1, widths.get("0", 0.0))
    profile = ink[:, first : last + 1].sum(axis=0) / max(1.0, float(ink.sum(axis=0).max()))
    units = sum(_units(char) for char in text)
    unit = widths.get("0", (last - first) / units)
    total = last - first
    price = np.full(total + 1, np.inf)
    price[0] = 0.0
    steps: list[NDArray[np.intp]] = []
    spaced = spaced_after(text)
    spots = np.arange(total + 1)
    known = _Likeness(ink[:, first:last], looks or {})
    shown = np.concatenate([[0], np.cumsum(inked[first:last])])
    faintly = np.concatenate([[0], np.cumsum(ink[:, first:last].max(axis=0) >= EDGE)])
    high, every = _above_middle(ink[:, first:last])
    for char, space, place in zip(bare, spaced, places or [math.nan] * len(bare), strict=True):
        width = widths.get(char, unit * _units(char)) + (unit * UNITS[" "] if space and char not in widths else 0)
        longest = min(total, int(2.2 * max(width, unit) + (unit if space else 0)) + 2)
        sizes = np.arange(1, longest + 1)
        stray = WIDTH_PRICE * (0.3 if space else 1.0) * ((sizes - width) / max(2.0, width)) ** 2
        before = spots[:, None] - sizes[None]
        seen = faintly if char in SMALL else shown
        some = seen[:, None] > seen[np.maximum(before, 0)]  # else nothing is there to be seen
        options = np.where((before >= 0) & some, price[np.maximum(before, 0)] + stray[None], np.inf)
        if looks and char in looks:
            options += LOOK_PRICE * known.unlike(char, before, spots)
        if char in SMALL:
            above, whole = (sums[:, None] - sums[np.maximum(before, 0)] for sums in (high, every))
            share = above / np.maximum(1e-6, whole)
            options += AWAY_PRICE * (1 - share if char == "'" else share)
        if not math.isnan(place):
            options += PLACE_PRICE * (_beside(place - first, before, spots, loose=space) / unit) ** 2
        chosen = options.argmin(axis=1)
        steps.append(before[spots, chosen])
        price = options[spots, chosen] + CUT_PRICE * np.append(profile[:total], 0.0)
    if not np.isfinite(price[total]):
        return []
    cuts = [total]
    for step in reversed(steps):
        cuts.append(int(step[cuts[-1]]))
    return [first + spot for spot in reversed(cuts)]


def _with_edges(ink: Floats, first: int, last: int, most: float) -> tuple[int, int]:
    """The line's columns with the fainter ones that touch them, `most` at either end: the thin side of a `4`."""
    faint = ink.max(axis=0) >= EDGE
    before, behind = faint[:first][::-1], faint[last:]
    left, right = (int(np.append(side, False).argmin()) for side in (before, behind))
    return first - min(left, int(most)), last + min(right, int(most))


def _above_middle(ink: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The line's ink above its middle, and all of it, up to each column."""
    rows = np.flatnonzero(ink.max(axis=1) >= SOLID)
    middle = int(rows[0] + rows[-1] + 1) // 2 if rows.size else 0
    high, every = (np.concatenate([[0.0], np.cumsum(part.sum(axis=0))]) for part in (ink[:middle], ink))
    return high, every


def _units(char: str) -> float:
    return UNITS.get(char, float(signs_in(char)))


def _beside(place: float, before: NDArray[np.intp], spots: NDArray[np.intp], *, loose: bool) -> NDArray[np.float64]:
    """How far each stretch's middle is from there; `loose`: how far it all is, for a gap is part of it."""
    ends = spots[:, None]
    outside = np.maximum(0.0, np.maximum(before - place, place - ends))
    return np.asarray(outside if loose else (before + ends) / 2 - place, np.float64)


def spaced_after(text: str) -> list[bool]:
    """For each character that is no space whether one follows."""
    return [text[index + 1 : index + 2] == " " for index, char in enumerate(text) if char != " "]


class _Likeness:
    """How little each stretch of a line looks like a known character: 0 as it, 1 not at all."""

    def __init__(self, ink: Floats, looks: Looks) -> None:
        self._ink, self._looks = ink, looks
        self._sums = np.concatenate([[0.0], np.cumsum((ink**2).sum(axis=0))])
        self._found: dict[tuple[str, int], NDArray[np.float64]] = {}

    def unlike(self, char: str, before: NDArray[np.intp], spots: NDArray[np.intp]) -> NDArray[np.float64]:
        """For each stretch from `before` (spots, sizes) to its row's spot."""
        key = char, before.shape[1]
        if key not in self._found:
            self._found[key] = self._compared(char, np.maximum(before, 0), spots, before.shape[1])
        return self._found[key]

    def _compared(
        self, char: str, before: NDArray[np.intp], spots: NDArray[np.intp], longest: int
    ) -> NDArray[np.float64]:
        energy = self._sums[spots][:, None] - self._sums[before]
        least = np.ones(before.shape)
        for look in self._looks[char]:
            width = look.shape[1]
            spare = longest - width + 1
            if width > min(longest, self._ink.shape[1]):
                continue
            alike = np.full(len(spots) + spare, -np.inf)
            found = cv2.matchTemplate(self._ink, look, cv2.TM_CCORR)[0]
            alike[: found.size] = found
            mass = max(1.0, float((look**2).sum()))
            best = np.maximum.accumulate(sliding_window_view(alike, spare), axis=1)  # begins so many columns later
            off = energy[:, width - 1 :] + mass - 2 * best[before[:, width - 1 :], np.arange(spare)]
            least[:, width - 1 :] = np.minimum(least[:, width - 1 :], off / mass)
        return np.maximum(least, 0.0)


def cells(
    ink: Floats, text: str, widths: dict[str, float], looks: Looks | None = None, places: Places = ()
) -> list[Cell]:
    """The characters of `text` where they stand; empty where the line cannot be taken apart so. Else as `cut`."""
    cuts = cut(text, ink, widths, looks, places)
    made = []
    for char, (start, end) in zip(text.replace(" ", ""), pairwise(cuts), strict=False):
        start, end = _trimmed(ink, start, end, looks[char] if looks and char in looks else ())
        peaks = ink[:, start:end].max(axis=0)
        columns = np.flatnonzero(peaks >= EDGE)
        if peaks.max(initial=0.0) < (EDGE if char in SMALL else SOLID):
            return []
        left, right = start + int(columns[0]), start + int(columns[-1]) + 1
        made.append(Cell(char, left, ink[:, left:right]))
    return made


def _trimmed(ink: Floats, start: int, end: int, looks: Sequence[Floats]) -> tuple[int, int]:
    """The stretch without a neighbour's ink, where one of the looks fits into it: a soft edge of a column is left."""
    least, found = LIKE, (start, end)
    for look in looks:
        width, mass = look.shape[1], max(1.0, float((look**2).sum()))
        if width > end - start:
            continue
        off = cv2.matchTemplate(ink[:, start:end], look, cv2.TM_SQDIFF)[0] / mass
        best = int(off.argmin())
        if off[best] < least:
            least, found = float(off[best]), (max(start, start + best - 1), min(end, start + best + width + 1))
    return found
