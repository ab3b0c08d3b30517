"""Bar mode: how far an XP bar is filled, to a tenth of a percent, or why that cannot be said; no number needed.

The picture is the bar alone, from its empty to its full end, with or without its frame. What cannot be told apart
(two steps, text or a dividing line over the end of the fill, other colours than before) is no reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from combatlens.adapters.ocr.bar_end import (
    HIDDEN,
    LEAST_CONTRAST,
    WRITTEN,
    End,
    Floats,
    colour_off,
    end_near,
    median,
    profile_of,
    reach_of,
    steady_of,
    steps_of,
)
from combatlens.adapters.ocr.bar_lines import (
    SAME,
    Inside,
    inside,
    lines_of,
    may_be_first_line,
    may_be_next_line,
    may_hide,
)

if TYPE_CHECKING:
    from combatlens.ports import Image

COLOURS_DIFFER = 36.0
COLOURS_STAND = 30
"""A bar that shows other colours so many times running has them: the game or its theme has changed."""
SLIVER, FRAME_SLIVER = 4, 12
"""Columns of fill, or of empty, that are too few to take their colour from."""


class BarReading(Struct, frozen=True):
    """`percent` 0 to 100, None with a `reason`. `fit`: how many of the rows that can tell say the same, 0 to 1."""

    percent: float | None
    fit: float = 0.0
    reason: str = ""


class BarReader:
    """Remembers the colours of fill and empty, so that a full or empty bar can be read too, and where lines stand."""

    def __init__(self) -> None:
        self._sides: tuple[Floats, Floats] | None = None
        self._lines: dict[int, float] = {}
        self._plain = float("inf"), 0.0  # between the least and the greatest fill seen there is no line
        self._width = 0
        self._frame: Inside | None = None
        self._likely_frame: Inside | None = None
        self._others = 0

    def read(self, image: Image) -> BarReading:
        """BGR (height, width, 3); at least 20 pixels wide and 3 high."""
        height, width = image.shape[:2]
        if height < 3 or width < 20:
            return BarReading(None, reason="the bar is too small")
        rows = image[height // 8 : height - height // 8].astype(np.float32)
        profile = profile_of(rows)
        if width != self._width:
            self._width, self._lines, self._plain = width, {}, (float("inf"), 0.0)
            self._frame = self._likely_frame = None
        left, right, even, hidden = self._inside(rows)
        first, last = int(np.ceil(left)), int(right)
        rows, profile = rows[:, first:last], profile[first:last]
        steady = steady_of(profile)
        ends = [end_near(rows, place) for place in steps_of(steady)]
        if not ends:
            return self._uniform(profile, even=even)
        seen = [end for end in ends if end.place is not None]
        if len(seen) > 1:  # rounded corners let the game through: a step there is the bar's own end
            corner = height // 2 + 2
            seen = [end for end in seen if end.place and corner < end.place < len(steady) - corner]
        if len(seen) > 1 or (seen and not _one_fill(steady, seen[0])):
            return BarReading(None, reason="more than one place looks like the end of the fill")
        end = seen[0] if seen else ends[0]
        refused = (
            end.reason
            or ("" if _like_its_sides(steady, end) else WRITTEN)
            or ("what is bar and what is its frame cannot be told" if hidden else "")
            or self._foreign(end, len(steady), SLIVER if right - left == width else FRAME_SLIVER)
            or self._on_a_line(end, rows[end.rows])
        )
        if refused or end.place is None:
            return BarReading(None, end.fit, refused)
        return BarReading(round(100 * (first - left + end.place) / (right - left), 2), end.fit)

    def _inside(self, rows: Floats) -> Inside:
        """Where the bar begins and ends. What is written on it may hide a side of its frame, or look like one: a frame
        that is uneven, or whose one side cannot be seen, is one when two pictures in a row show it so."""
        found = inside(rows[len(rows) // 3 : len(rows) - len(rows) // 3])
        likely, self._likely_frame = self._likely_frame, found
        if found.even and not found.hidden:
            self._frame = found if found.left > 0 else self._frame
            return found
        if self._frame is not None:
            return self._frame
        same = likely is not None and max(abs(found.left - likely.left), abs(found.right - likely.right)) < SAME
        return found._replace(hidden=found.hidden or not same)

    def _foreign(self, end: End, count: int, least: int) -> str:
        """Why these are not the colours of this bar; empty when they are (and remembered from now on)."""
        known = self._sides
        sliver = end.place is not None and not least <= end.place <= count - least
        if sliver and (known is None or least > SLIVER):
            return "too little of the bar is filled, or empty, to know its colours"
        if known is not None:
            straight = max(_distance(end.fill, known[0]), _distance(end.empty, known[1]))
            crossed = max(_distance(end.fill, known[1]), _distance(end.empty, known[0]))
            differ = straight > max(COLOURS_DIFFER, 0.5 * _distance(*known)) or crossed <= straight
            self._others = self._others + 1 if differ else 0
            if self._others and (sliver or self._others < COLOURS_STAND):
                return (
                    "the bar's colours have changed sides" if crossed <= straight else "the bar's colours have changed"
                )
        if not sliver:
            self._sides, self._others = (end.fill, end.empty), 0
        return ""

    def _on_a_line(self, end: End, rows: Floats) -> str:
        """Lines in the colour of the fill or the empty part cannot be seen there: those seen elsewhere say where."""
        assert end.place is not None
        lines, count = lines_of(rows, end.place), rows.shape[1]
        hides = may_hide(lines, end.place, count)
        known = [wide for middle, wide in self._lines.items() if abs(middle - end.place) <= wide / 2 + 1.5]
        self._lines.update({round(middle): wide for middle, wide in lines})
        if self._lines and may_be_next_line(self._lines, end.place, count):
            return HIDDEN
        if not self._lines and not self._plain[0] < end.place < self._plain[1] and may_be_first_line(end.place, count):
            return HIDDEN
        if not lines:
            self._plain = min(self._plain[0], end.place), max(self._plain[1], end.place)
        return HIDDEN if hides or known else ""

    def _uniform(self, profile: Floats, *, even: bool) -> BarReading:
        """No step: full or empty, by the colours seen before. A sliver at either end would be a reading of its own;
        an uneven frame may hide one."""
        if self._sides is None:
            return BarReading(None, reason="no end of a fill found yet")
        middle = median(profile, axis=0)
        to_fill, to_empty = (_distance(middle, side) for side in self._sides)
        off = colour_off(profile - middle)
        ends = max(float(off[:SLIVER].max()), float(off[-SLIVER:].max()))
        near = min(to_fill, to_empty) < 0.3 * max(to_fill, to_empty)
        if even and near and ends < LEAST_CONTRAST and float((off > LEAST_CONTRAST).mean()) < 0.25:
            return BarReading(100.0 if to_fill < to_empty else 0.0, 1 - float(off.mean()) / 255)
        return BarReading(None, reason="the bar is covered, or its fill has no clear end")


def _one_fill(steady: Floats, end: End) -> bool:
    """Whether what lies before the end looks like the fill, and what lies behind it like the empty part."""
    assert end.place is not None
    nearer = colour_off(steady - end.fill) < colour_off(steady - end.empty)
    wrong = nearer != (np.arange(len(steady)) < end.place)
    return float(wrong.mean()) < 0.05


def _like_its_sides(steady: Floats, end: End) -> bool:
    """Whether the colours beside the end are those of more of the bar too, and not of a word that ends there."""
    if end.place is None:
        return True
    place, far = round(end.place), 8 * reach_of(len(steady))
    sides = median(steady[max(0, place - far) : place], axis=0), median(steady[place : place + far], axis=0)
    contrast = _distance(end.fill, end.empty)
    return _distance(sides[0], end.fill) < 0.3 * contrast and _distance(sides[1], end.empty) < 0.5 * contrast


def _distance(one: Floats, two: Floats) -> float:
    return float(np.abs(one - two).mean())


def bar_contradicts(percent: float, bar: BarReading, slack: float = 1.5) -> bool:
    """Whether a text's percentage (or value / need) and the bar cannot both be right."""
    return bar.percent is not None and abs(bar.percent - percent) > slack
