"""Where the fill of a bar ends in a picture of it, and what stands in the way of saying so.

Fill and empty may each have any colour in each row (gloss) and change along the bar (gradient): what counts is the step
between them, in rows that nothing is written on. Two such steps are none.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

LEAST_CONTRAST = 18.0
"""Mean difference of fill and empty, in levels of 255, below which they cannot be told apart."""
MARK = 9.0
"""Mean difference from every mixture of fill and empty, in levels of 255, from which a pixel is a mark."""
CLEAR = 0.07
"""A column with at most so much of the other side in it is fill, or empty."""
BLUR = 8
"""So many columns may lie between fill and empty, in a picture enlarged with smoothing."""
GAP = 6
"""Columns left out beside a step when the colours of its sides are taken."""
TOGETHER = 0.35
"""Rows whose ends lie so near each other, in columns, show the same end."""
CLEAN, DIRTY = 0.06, 0.18
"""How much more of a row than of the cleanest one may be written on, and of the cleanest one itself."""
OPEN = 4
"""So many columns beside the end must be plain; lines of segments are narrower."""
SURE = 0.07
"""Percent of the bar by which the place may be uncertain."""
_MEAN = np.full(3, 1 / 3, np.float32)
HIDDEN = "the end of the fill is hidden by a mark on the bar"
WRITTEN = "the end of the fill is hidden by what is written on the bar"


class End(Struct, frozen=True):
    """`place`: columns of fill, with parts; None with a `reason`. `fill`, `empty`: colours, (3,). `fit`: 0 to 1.

    `rows`: which of the rows show fill and empty at all.
    """

    place: float | None
    fill: Floats
    empty: Floats
    fit: float = 0.0
    reason: str = ""
    rows: Flags | slice = slice(None)


def median(values: Floats, axis: int | None = None) -> Floats:
    """`numpy.median` of finite numbers without its precautions, which take three times as long as the work."""
    if axis is None:
        values, axis = values.ravel(), 0
    half, odd = divmod(values.shape[axis], 2)
    found = np.partition(values, half if odd else (half - 1, half), axis)
    upper = found.take(half, axis)
    return np.asarray(upper if odd else (found.take(half - 1, axis) + upper) * np.float32(0.5), np.float32)


def colour_off(differences: Floats) -> Floats:
    """The mean difference of the channels, the last axis: in levels of 255."""
    return np.asarray(np.abs(differences) @ _MEAN, np.float32)


def profile_of(rows: Floats) -> Floats:
    """One colour a column, (width, 3): the median of the rows."""
    return median(rows, axis=0)


def steady_of(profile: Floats) -> Floats:
    """Without what is narrower than a sixtieth of the bar (lines of segments, ticks); steps stay where they are."""
    wide = max(5, profile.shape[0] // 60) | 1
    found = cv2.medianBlur(np.round(profile).astype(np.uint8)[:, None], wide)  # upright it takes a quarter of the time
    return np.asarray(found[:, 0], np.float32)


def steps_of(steady: Floats) -> list[int]:
    """The columns at which one side differs most from the other, the greatest first; none of little contrast."""
    count = steady.shape[0]
    reach = reach_of(count)
    total = np.cumsum(np.vstack([np.zeros(3), steady.astype(np.float64)]), axis=0)
    at = np.arange(1, count)
    low, high = np.maximum(0, at - reach), np.minimum(count, at + reach)
    left = (total[at] - total[low]) / (at - low)[:, None]
    right = (total[high] - total[at]) / (high - at)[:, None]
    size = colour_off(left - right)
    found: list[int] = []
    least = max(LEAST_CONTRAST, 0.4 * float(size.max()))
    for _ in range(4):
        best = int(size.argmax())
        if size[best] < least:
            break
        found.append(best + 1)
        size[max(0, best - reach) : best + reach + 1] = 0
    return found


def reach_of(count: int) -> int:
    """How far to both sides of a step its colours are looked for."""
    return max(12, count // 25)


def end_near(rows: Floats, place: int) -> End:
    """The end of the fill about a step. `rows`: (height, width, 3)."""
    count = rows.shape[1]
    reach = reach_of(count)
    low, high = max(0, place - reach), min(count, place + reach)
    near = min(GAP, (place - low) // 2, (high - place) // 2)
    part = rows[:, low:high]
    here = place - low
    fill, empty = median(part[:, : here - near], axis=1), median(part[:, here + near :], axis=1)
    middle = median(fill, axis=0), median(empty, axis=0)
    nothing = End(None, np.asarray(middle[0]), np.asarray(middle[1]), reason=HIDDEN)
    axis = fill - empty
    common = middle[0] - middle[1]
    if float(np.abs(common).mean()) < LEAST_CONTRAST:
        return nothing
    along = (axis @ common) / float(common @ common)
    usable = (along > 0.5) & (along < 2.0) & (colour_off(axis) > LEAST_CONTRAST / 2)
    if usable.sum() < min(3, rows.shape[0]):
        return nothing
    part, fill, empty, axis = part[usable], fill[usable], empty[usable], axis[usable]
    shares = np.einsum("rcd,rd->rc", part - empty[:, None], axis) / (axis**2).sum(axis=1)[:, None]
    off = colour_off(part - (empty[:, None] + shares[:, :, None] * axis[:, None]))
    marks = off > max(MARK, 4 * float(median(off)))
    clean = _clean_rows(shares, marks, here, near)
    end = _agreed(shares[clean], marks[clean], here, low, count, nothing)
    if end.place is None:
        return end
    if _others_say(shares, marks, end.place - low) or _others_go_on(rows[~usable], low, high, common):
        return _but(nothing, WRITTEN)
    return structs.replace(end, rows=usable)


def _others_say(shares: Floats, marks: Flags, place: float) -> bool:
    """Whether some rows are plain fill and empty as well, with their end somewhere else: then the end is text's."""
    no_fill, no_empty = (np.abs(shares - 1) > 0.25) | marks, (np.abs(shares) > 0.25) | marks
    wrong = np.zeros((shares.shape[0], shares.shape[1] + 1), np.intp)
    np.cumsum(no_fill.astype(np.intp) - no_empty, axis=1, out=wrong[:, 1:])
    wrong += no_empty.sum(axis=1)[:, None]
    least, here = wrong.min(axis=1), wrong[:, round(place)]
    others = (least <= 1 + CLEAN * shares.shape[1]) & (here > least + 2) & (np.abs(wrong.argmin(axis=1) - place) > 2)
    return int(others.sum()) >= 2


def _others_go_on(rows: Floats, low: int, high: int, common: Floats) -> bool:
    """Whether some of the rows without an end between two columns are plain there, and fill and empty elsewhere."""
    if rows.shape[0] < 2 or low < OPEN or rows.shape[1] - high < OPEN:
        return False
    sides = median(rows[:, :low], axis=1), median(rows[:, high:], axis=1)
    shows = (sides[0] - sides[1]) @ common > 0.5 * float(common @ common)
    plain = [(colour_off(rows[:, low:high] - side[:, None]) < LEAST_CONTRAST / 2).mean(axis=1) > 0.8 for side in sides]
    return int((shows & (plain[0] | plain[1])).sum()) >= 2


def _clean_rows(shares: Floats, marks: Flags, here: int, near: int) -> Flags:
    """The rows with the least that is neither fill on the one side nor empty on the other: lines go through all rows,
    what is written leaves out some."""
    stray = marks | (np.abs(shares - (np.arange(shares.shape[1]) < here)) > 0.25)
    stray[:, here - near : here + near] = False
    dirt = stray.mean(axis=1)
    return np.asarray(dirt <= min(DIRTY, dirt.min() + CLEAN), np.bool_)


def _agreed(shares: Floats, marks: Flags, here: int, low: int, count: int, nothing: End) -> End:
    """What the clean rows say together."""
    if shares.shape[0] < 3:
        return _but(nothing, WRITTEN)
    whole, marked = median(shares, axis=0), marks.mean(axis=0) > 0.3
    plain_fill = (np.abs(whole - 1) < _slack(shares, here, left=True)) & ~marked
    plain_empty = (np.abs(whole) < _slack(shares, here, left=False)) & ~marked
    if plain_fill[:here].mean() < 0.5 or plain_empty[here:].mean() < 0.5:
        return nothing
    crossings = [at for at in range(1, whole.shape[0]) if whole[at - 1] >= 0.5 > whole[at]]
    sharp = [found for at in crossings if (found := _between(whole, plain_fill, plain_empty, marked, at))]
    if len(sharp) != 1:
        return nothing
    first, last = sharp[0]
    full, none = float(whole[max(0, first - 2) : first + 1].mean()), float(whole[last : last + 3].mean())
    ends = first + 1 + ((shares[:, first + 1 : last] - none) / (full - none)).sum(axis=1)
    middle = float(median(ends))
    together = np.abs(ends - middle) <= TOGETHER
    if together.mean() < 0.8 or together.sum() < 3:
        return _but(nothing, WRITTEN)
    doubt = _doubt(whole, first, last) + float(ends[together].std()) / together.sum() ** 0.5
    if min(low + first + 1, count - low - last) < OPEN:
        doubt *= 3  # so few columns do not show the colour well
    if 100 * doubt / count > SURE:
        return _but(nothing, "the end of the fill is not sharp enough for a tenth of a percent")
    return End(low + float(ends[together].mean()), nothing.fill, nothing.empty, float(together.mean()))


def _between(
    whole: Floats, plain_fill: Flags, plain_empty: Flags, marked: Flags, crossing: int
) -> tuple[int, int] | None:
    """The last column of fill and the first empty one; None unless enough of both stands in the open beside them."""
    before, after = np.flatnonzero(plain_fill[:crossing]), np.flatnonzero(plain_empty[crossing:])
    if not before.size or not after.size:
        return None
    first, last = int(before[-1]), crossing + int(after[0])
    open_ = plain_fill[max(0, first - OPEN + 1) : first + 1].all() and plain_empty[last : last + OPEN].all()
    if not open_ or last - first - 1 > BLUR or marked[first + 1 : last].any():
        return None
    return (first, last) if (np.diff(whole[first : last + 1]) < CLEAR).all() else None


def _doubt(whole: Floats, first: int, last: int) -> float:
    """By how many columns the end may lie elsewhere: a side that is not even, and what seems to be a little of both."""
    fill, empty = whole[max(0, first - OPEN) : first + 1], whole[last : last + OPEN + 1]
    uneven = 1.5 * float(fill.std() + empty.std()) + abs(1 - float(fill.mean())) / 2 + abs(float(empty.mean())) / 2
    nearly = np.minimum(np.abs(whole[first + 1 : last]), np.abs(1 - whole[first + 1 : last]))
    return uneven + float(nearly[nearly < 0.25].sum()) / 2


def _slack(shares: Floats, here: int, *, left: bool) -> float:
    """How far a plain column may be off: more in a noisy picture."""
    side = shares[:, :here] if left else shares[:, here:]
    noise = float(median(np.abs(side - median(side))))
    return max(CLEAR, min(0.2, 3 * noise / math.sqrt(shares.shape[0])))


def _but(end: End, reason: str) -> End:
    return End(None, end.fill, end.empty, end.fit, reason)
