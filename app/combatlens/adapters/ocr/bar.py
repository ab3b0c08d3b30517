"""Bar mode: how far an XP bar is filled, to a tenth of a percent; no number needed.

The picture is the bar alone, from its empty to its full end. Along each row the fill ends at one place; the rows vote,
so gloss, segments and text on the bar cost rows or columns, not the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

if TYPE_CHECKING:
    from combatlens.ports import Image

LEAST_CONTRAST = 18.0
"""Mean difference of fill and empty, in levels of 255, below which they cannot be told apart."""
LEAST_FIT = 0.75
HIDDEN = 0.15
"""Percent by which a mark over the end of the fill may leave the reading uncertain; beyond that it is no reading."""
MARK = 9.0
"""Mean difference from every mixture of fill and empty, in levels of 255, from which a column is a mark."""


class BarReading(Struct, frozen=True):
    """`percent` 0 to 100, None with a `reason`. `fit`: how much of the difference along the bar the edge explains."""

    percent: float | None
    fit: float = 0.0
    reason: str = ""


class BarReader:
    """Remembers the colours of fill and empty, so that a bar that is (nearly) full or empty can be read too."""

    def __init__(self) -> None:
        self._fill: NDArray[np.float32] | None = None
        self._empty: NDArray[np.float32] | None = None

    def read(self, image: Image) -> BarReading:
        """BGR (height, width, 3); at least 20 pixels wide and 3 high."""
        if image.shape[0] < 3 or image.shape[1] < 20:
            return BarReading(None, reason="the bar is too small")
        profile = _profile(image)
        edge, hidden, fit, contrast = _edge(profile)
        if contrast >= LEAST_CONTRAST and fit >= LEAST_FIT and 1.0 < edge < profile.shape[0] - 1.0:
            fill, empty = _sides(profile, edge)
            if self._fill is not None and self._empty is not None:
                straight = _distance(fill, self._fill) + _distance(empty, self._empty)
                crossed = _distance(fill, self._empty) + _distance(empty, self._fill)
                if crossed <= straight:
                    return BarReading(None, fit, "the bar's colours have changed sides")
                if straight > 4 * LEAST_CONTRAST:
                    return BarReading(None, fit, "the bar's colours have changed")
            self._fill, self._empty = fill, empty
            if 100 * hidden / profile.shape[0] > 2 * HIDDEN:
                return BarReading(None, fit, "the end of the fill is hidden by a mark on the bar")
            return BarReading(round(100 * edge / profile.shape[0], 2), fit)
        return self._uniform(profile, fit)

    def _uniform(self, profile: NDArray[np.float32], fit: float) -> BarReading:
        """No edge: full or empty, by the colours seen before."""
        if self._fill is None or self._empty is None:
            return BarReading(None, fit, "no edge of a fill found yet")
        middle = np.median(profile, axis=0)
        to_fill, to_empty = _distance(middle, self._fill), _distance(middle, self._empty)
        spread = float(np.abs(profile - middle).mean())
        if spread < LEAST_CONTRAST and min(to_fill, to_empty) < 0.3 * max(to_fill, to_empty):
            return BarReading(100.0 if to_fill < to_empty else 0.0, 1 - spread / 255)
        return BarReading(None, fit, "the bar is covered, or its fill has no clear end")


def _profile(image: Image) -> NDArray[np.float32]:
    """One colour a column, (width, 3): the median of the middle rows."""
    height = image.shape[0]
    rows = image[height // 5 : max(height // 5 + 1, height - height // 5)]
    columns = np.median(rows.astype(np.float32), axis=0)
    return np.asarray(columns, np.float32)


def _edge(profile: NDArray[np.float32]) -> tuple[float, float, float, float]:
    """The place that best divides the columns in two even halves, to a part of a pixel; how many columns of it a mark
    hides; its fit; the contrast."""
    count = profile.shape[0]
    steady = _without_marks(profile)
    total = np.cumsum(np.vstack([np.zeros(3), steady.astype(np.float64)]), axis=0)
    squares = float(((steady - steady.mean(axis=0)) ** 2).sum())
    places = np.arange(1, count)
    left = total[1:-1] / places[:, None]
    right = (total[-1] - total[1:-1]) / (count - places)[:, None]
    between = (((left - right) ** 2).sum(axis=1)) * places * (count - places) / count
    best = int(between.argmax())
    place = best + 1
    fit = float(between[best]) / squares if squares > 1e-6 else 0.0
    contrast = float(np.abs(left[best] - right[best]).mean())
    edge, hidden = _finer(profile, steady, place, contrast)
    return edge, hidden, fit, contrast


def _without_marks(profile: NDArray[np.float32]) -> NDArray[np.float32]:
    """Dividing lines of segments and ticks are narrower than this median; the fill's end stays where it is."""
    wide = max(3, profile.shape[0] // 60) | 1
    padded = np.pad(profile, ((wide // 2, wide // 2), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, wide, axis=0)
    return np.asarray(np.median(windows, axis=2), np.float32)


def _finer(
    profile: NDArray[np.float32], steady: NDArray[np.float32], place: int, contrast: float
) -> tuple[float, float]:
    """The end of the fill near `place`, and how many columns a dividing line hides of where it may be.

    The column at the end is part fill, part empty: by how much says where within it the end lies. Columns that are no
    mixture of the two (marks, and their blurred neighbours) say nothing.
    """
    count = profile.shape[0]
    reach = max(8, count // 40)
    low, high = max(0, place - reach), min(count, place + reach)
    fill = np.median(steady[low : max(low + 1, place - reach // 3)], axis=0)
    empty = np.median(steady[min(place + reach // 3, high - 1) : high], axis=0)
    axis = fill - empty
    length = float((axis**2).sum())
    if length < 1.0 or float(np.abs(axis).mean()) < 0.5 * contrast:
        return float(place), float(count)  # there is no such step here: something lies over the end
    whole = np.median(steady[:place], axis=0), np.median(steady[place:], axis=0)
    if max(_distance(fill, whole[0]), _distance(empty, whole[1])) > 0.6 * contrast:
        return float(place), float(count)  # the step is that of something else
    part = profile[low:high]
    shares = np.clip(((part - empty) @ axis) / length, 0, 1)
    off = np.abs(part - (empty + shares[:, None] * axis)).mean(axis=1)
    marked = off > max(MARK, 4 * float(np.median(off)))
    marked = marked | np.roll(marked, 1) | np.roll(marked, -1)
    clear = np.flatnonzero(~marked)
    filled = clear[shares[clear] >= 0.5]
    after = clear[(shares[clear] < 0.5) & (clear > (filled[-1] if filled.size else -1))]
    if not filled.size or not after.size:
        return float(place), float(high - low)
    last, first = int(filled[-1]), int(after[0])
    before = clear[clear < last]
    if (shares[before] < 0.8).sum() > 0.1 * before.size or (shares[after[1:]] > 0.2).sum() > 0.1 * after.size:
        return float(place), float(count)
    if first == last + 1:  # both stand in the open: the end lies in one of the two
        return low + last + float(shares[last] + shares[first]), 0.0
    if shares[last] < 0.9:
        return low + last + float(shares[last]), 0.0
    if shares[first] > 0.1:
        return low + first + float(shares[first]), 0.0
    return low + (last + 1 + first) / 2, float(first - last - 1)


def _sides(profile: NDArray[np.float32], edge: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    place = round(edge)
    return (
        np.asarray(np.median(profile[: max(1, place)], axis=0), np.float32),
        np.asarray(np.median(profile[min(place, profile.shape[0] - 1) :], axis=0), np.float32),
    )


def _distance(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    return float(np.abs(one - two).mean())


def bar_contradicts(percent: float, bar: BarReading, slack: float = 1.5) -> bool:
    """Whether a text's percentage (or value / need) and the bar cannot both be right."""
    return bar.percent is not None and abs(bar.percent - percent) > slack
