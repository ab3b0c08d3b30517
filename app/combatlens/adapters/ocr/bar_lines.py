"""The dividing lines and the frame of a bar, found in a profile of it: (width, 3), one colour a column."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from combatlens.adapters.ocr.bar_end import LEAST_CONTRAST, Floats, colour_off, median, profile_of

FRAME = 8
"""A frame is at most so wide, in columns."""
ALIKE = 12.0
LINE = 6
"""Lines are narrower, in columns, or than a hundredth of the bar."""
SEGMENTS = (4, 5, 8, 10, 20)
SAME = 0.3
"""The two sides of a frame differ by less, in columns."""


class Inside(NamedTuple):
    """The columns at which a frame around the bar ends and begins, with parts; 0 and the width without one.

    `even`: both sides could be seen, and are as wide. `hidden`: there may be a frame of which neither could be seen.
    """

    left: float
    right: float
    even: bool = True
    hidden: bool = False


def inside(rows: Floats) -> Inside:
    """`rows`: (height, width, 3). A frame has the same colour at both ends.

    Where one of its sides looks like the fill (or the empty part) beside it, it is taken to be as wide as the other.
    """
    count = rows.shape[1]
    profile = profile_of(np.concatenate([rows[:, : FRAME + 7], rows[:, -FRAME - 7 :]], axis=1))
    if float(np.abs(profile[0] - profile[-1]).mean()) > ALIKE:
        return Inside(0.0, float(count))
    colour = (profile[0] + profile[-1]) / 2
    left, right = _width_of(profile, colour), _width_of(profile[::-1], colour)
    if left is None and right is None:
        return Inside(0.0, float(count), hidden=True)
    if left is None or right is None:
        wide = left or right or 0.0
        return Inside(wide, count - wide, even=False)
    return Inside(left, count - right, abs(left - right) < SAME)


def _width_of(profile: Floats, colour: Floats) -> float | None:
    """How wide the frame is at the start of the profile; None where that cannot be seen."""
    same = colour_off(profile[: FRAME + 1] - colour) <= ALIKE
    if same.all():
        return None
    wide = int(same.argmin())
    within = median(profile[wide + 3 : wide + 6], axis=0)
    axis = colour - within
    if float(np.abs(axis).mean()) < LEAST_CONTRAST:
        return None
    edge = profile[wide : wide + 3] - within
    shares = (edge @ axis) / float(axis @ axis)
    if float(colour_off(edge - shares[:, None] * axis).max()) > ALIKE:
        return None  # something else stands between the frame and what follows
    return wide + float(np.clip(shares, 0, 1).sum())


def lines_of(rows: Floats, end: float) -> list[tuple[float, float]]:
    """Middle and width, in columns, of every narrow line from top to bottom that can be seen away from the end."""
    reach = max(LINE, rows.shape[1] // 100)
    flags = np.zeros(rows.shape[1], np.bool_)
    off = flags[reach:-reach]
    off[:] = True
    for band in np.array_split(rows, min(3, rows.shape[0])):
        profile = profile_of(band)
        here = profile[reach:-reach]
        for beside in (profile[: -2 * reach], profile[2 * reach :]):
            off &= colour_off(here - beside) > LEAST_CONTRAST / 2
    edges = np.flatnonzero(flags[1:] != flags[:-1]) + 1  # its ends are no lines
    found = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if abs((start + stop) / 2 - end) > stop - start + reach:  # beside the end a step looks like a line
            found.append(((start + stop) / 2, float(stop - start)))
    return found


def may_hide(lines: list[tuple[float, float]], end: float, count: int) -> float:
    """How many columns a line at the end of the fill may hide that cannot be seen there: 0 where none is expected.

    Lines of segments stand evenly: the next is as far away as the one before, and one beside the end
    itself is not among `lines`.
    """
    if not lines:
        return 0.0
    left = [line for line in lines if line[0] < end]
    right = [line for line in lines if line[0] > end]
    expected: list[tuple[float, float]] = []
    if left:
        middle, wide = left[-1]
        apart = middle - (left[-2][0] if len(left) > 1 else wide / 2)
        expected += [(middle + apart, wide), (middle + 2 * apart, wide)]
    if right:
        middle, wide = right[0]
        apart = (right[1][0] if len(right) > 1 else count + wide / 2) - middle
        expected += [(middle - apart, wide), (middle - 2 * apart, wide)]
    near = [wide for middle, wide in expected if abs(middle - end) <= wide / 2 + 1.5]
    return max(near, default=0.0)


def may_be_next_line(lines: dict[int, float], end: float, count: int) -> bool:
    """Whether a line of evenly spaced ones is to be expected at the end, by those of the same bar seen so far.

    `lines`: middle and width; what is written on the bar may be among them.
    """
    middles = np.array(list(lines))
    wide = max(lines.values(), default=0.0)
    for parts in SEGMENTS:
        places = np.arange(1, parts) * (count / parts)
        if not (np.abs(end - places - wide / 2) <= wide / 2 + 1.5).any():
            continue
        elsewhere = places[np.abs(places - end) > LINE + wide]
        for side in (elsewhere[elsewhere < end], elsewhere[elsewhere > end]):
            seen = (np.abs(side[:, None] + wide / 2 - middles) <= wide / 2 + 1.5).any(axis=1)
            if seen.sum() >= max(2, 0.6 * len(seen)):
                return True
    return False


def may_be_first_line(end: float, count: int) -> bool:
    """Whether the first line of a usual number of segments may begin here, or the last one end here.

    Where no line was seen yet it may be the one that has the colour of the side it is on.
    """
    return any(abs(end - count / parts) <= 2 or -1 <= end - count * (1 - 1 / parts) <= LINE for parts in SEGMENTS)
