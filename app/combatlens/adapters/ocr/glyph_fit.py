"""How well each trusted glyph fits at each column of a line, and which of them, side by side, explain it.

All glyphs are one matrix, and a line lies in memory column by column, so that the stretch of picture that begins at a
column is one row of numbers: one product of matrices compares all glyphs at all columns wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyph_parts import DIGITS, EDGE, SOLID, Floats, Glyph

FAR = 0.12
"""Largest squared difference to its template, as a part of the template's ink."""
CLEAR = 0.5
"""How clearly nearer to its template than to any other glyph's: 1 is on the template, 0 halfway between."""
SKIP = 0.5
"""What a column without a glyph costs, as a part of its ink: more than any glyph that fits."""
BESIDE_SIGN = 1
"""Columns between a comma and the digit behind it, at most, that are too few to tell them apart."""
BESIDE = np.array([-1, 0, 1])
NOWHERE = 1e18
ONE_THREAD = 1 << 18
"""Matrix products with no more multiplications stay on the calling thread: others wait long on a busy machine."""


class Place(NamedTuple):
    """A glyph laid on the line: `start` and `end` column, and `which` of the trusted glyphs it is."""

    start: int
    end: int
    which: int


Hit = tuple[int, int, int, float]
"""A glyph that fits: the column where it begins, which it is, where it ends, and how far off it is."""
Way = dict[int, tuple[int, int]]
"""For each column reached from which one, and by which glyph; -1 where the columns between were left out."""


class Fitter:
    """Trusted glyphs, ready to be laid on lines. `see` takes a line; the other methods speak of the line seen last."""

    def __init__(self, glyphs: Sequence[Glyph], rows: int, columns: int, strict: float) -> None:
        """`rows`, `columns`: the lines' size in pixels. `strict`: the limits of fitting are multiplied by this."""
        self.labels = [glyph.label for glyph in glyphs]
        self._columns = [np.ascontiguousarray(glyph.pixels.T) for glyph in glyphs]
        self._widths = np.array([glyph.pixels.shape[1] for glyph in glyphs], np.intp)
        self._window = window = int(self._widths.max()) + 1
        self._rows, self._wide = rows, self._widths.tolist()
        still, moved = np.zeros((2, len(glyphs), window, rows), np.float32)
        asked = np.zeros((len(glyphs), window, rows + 1), np.float32)
        for index, pixels in enumerate(self._columns):
            still[index, : len(pixels)] = pixels
            asked[index, : len(pixels), rows] = -1.0
        moved[:, 1:] = still[:, :-1]
        asked[:, :, :rows] = 2 * still
        still, moved = still.reshape(len(glyphs), -1), moved.reshape(len(glyphs), -1)
        self._asked = np.ascontiguousarray(asked.reshape(len(glyphs), -1).T)
        self._norms = (still**2).sum(axis=1)
        self._limits = FAR * strict * np.maximum(self._norms, 1.0)
        self._least = self._norms - self._limits
        self._compare(np.maximum.reduce([still @ still.T, moved @ still.T, still @ moved.T]))
        self._line = np.zeros((columns + window, rows + 1), np.float32)
        column, pixel = self._line.strides
        self._windows = as_strided(self._line, (columns, window * (rows + 1)), (column, pixel), writeable=False)
        self._stretches = np.empty(self._windows.shape, np.float32)
        self._some = max(1, ONE_THREAD // self._asked.size)
        self._sums = np.zeros(columns + window + 1, np.float32)
        self._row = np.zeros(columns + window, np.intp)
        self._count = np.arange(columns + window)
        self._apart = True

    def _compare(self, alike: Floats) -> None:
        """What `clear` asks of each pair of glyphs. `alike`: their products, a column apart at most."""
        between = np.maximum(self._norms[:, None] + self._norms - 2 * alike, 1e-3)
        names, widths = np.array(self.labels, object), self._widths[:, None]
        wide = self._widths > widths + 2  # takes in what stands beside: enough that it does not fit
        self._unfit = (1.5 * self._limits - self._norms).astype(np.float32)
        self._asks = np.where(wide, 1.5 * self._limits, CLEAR * between).astype(np.float32)
        self._sign = np.array([label not in DIGITS for label in self.labels])
        same = names[:, None] == names
        self._same = np.where(same, NOWHERE, 0.0).astype(np.float32)
        self._asks[same] = -NOWHERE
        self._asks -= self._norms
        self._rival = (~wide).astype(np.float32)
        self._covers = np.minimum(BESIDE[:, None] + self._widths, widths[:, None])

    def see(self, ink: Floats, peaks: Floats) -> None:
        """A line, float32 (rows, columns), and the most ink in each of its columns.

        Below each column lies its ink squared, so that a product of matrices gives the whole squared difference:
        (ink - glyph)² = glyph² - (2 ink glyph - ink²).
        """
        rows, columns = ink.shape
        self._energy = energy = np.einsum("ij,ij->j", ink, ink)
        self._line[:columns, :rows] = ink.T
        self._line[:columns, rows] = energy
        np.add.accumulate(energy, out=self._sums[1 : columns + 1])
        self._sums[columns + 1 :] = self._sums[columns]
        self._prices = SKIP * energy * (peaks >= SOLID)
        self._peaks = peaks

    def lay(self, low: int, high: int) -> tuple[list[Place], bool]:
        """The glyphs that explain most ink between two columns, left to right, and whether they explain all of it.

        No glyph may begin before `low` or end behind `high`; one column apart they may lie on one another. Where the
        letters stand apart it is enough to look for them behind the gaps.
        """
        self._low, self._last = low, high - 1
        paid = [0.0, *np.add.accumulate(self._prices[low:high], dtype=np.float64).tolist()]
        begin = self._behind_gaps(low, high)
        if self._apart:
            places, whole = self._explain(low, begin, paid)
            if whole:
                return places, whole
        every = np.ones(high - low, bool)
        places, whole = self._explain(low, every, paid)
        self._apart = whole and bool(begin[[place.start - low for place in places]].all())
        return places, whole

    def _behind_gaps(self, low: int, high: int) -> NDArray[np.bool_]:
        """Whether each column between the two is no more than one from where ink begins."""
        inked = self._peaks[low:high] >= EDGE
        begin = inked.copy()
        begin[1:] &= ~inked[:-1]
        begin[1:-1] |= begin[2:] | begin[:-2]
        return begin

    def _explain(self, low: int, begin: NDArray[np.bool_], paid: list[float]) -> tuple[list[Place], bool]:
        """The same with glyphs at the columns of `begin` alone; there and beside them all glyphs are compared."""
        looked = begin.copy()
        looked[1:] |= begin[:-1]
        looked[:-1] |= begin[1:]
        spots = looked.nonzero()[0]
        stretches = np.take(self._windows, spots + low, axis=0, out=self._stretches[: spots.size])
        self._scores = scores = np.empty((spots.size, len(self.labels)), np.float32)
        for first in range(0, spots.size, self._some):
            part = slice(first, first + self._some)
            np.matmul(stretches[part], self._asked, out=scores[part])
        self._row[low + spots] = self._count[: spots.size]
        rows, which = ((scores >= self._least) & begin[spots, None]).nonzero()
        offs = self._norms[which] - scores[rows, which]
        hits = self._best(zip(spots[rows].tolist(), which.tolist(), offs.tolist(), strict=True), paid)
        return self._way_back(_alone(hits, paid) or _cheapest(hits, paid), paid)

    def _best(self, found: Iterable[tuple[int, int, float]], paid: Sequence[float]) -> list[Hit]:
        """Hits in order of their columns: of one character's renderings a column apart only the one that saves most."""
        hits: list[Hit] = []
        latest: dict[str, tuple[int, int, float]] = {}
        size = len(paid) - 1
        for spot, index, off in found:
            end, label = spot + self._wide[index], self.labels[index]
            if end > size:
                continue
            cost = off - paid[end] + paid[spot]
            before = latest.get(label)
            if before is None or spot - before[1] > 1:
                latest[label] = len(hits), spot, cost
                hits.append((spot, index, end, off))
            elif cost < before[2]:
                latest[label] = before[0], spot, cost
                hits[before[0]] = spot, index, end, off
        hits.sort()
        return hits

    def _way_back(self, back: Way, paid: list[float]) -> tuple[list[Place], bool]:
        """The glyphs on the cheapest way, and whether no more than one column beside each was left out at a price.

        Such a column may be a glyph's soft edge: the comparison of the whole decides.
        """
        low, places = self._low, list[Place]()
        left_out, whole, spot = False, True, len(paid) - 1
        while spot > 0:
            before, index = back[spot]
            if index >= 0:
                places.append(Place(low + spot - self._wide[index], low + spot, index))
                left_out = False
            elif paid[spot] > paid[before]:
                beside_next = paid[spot - 1] == paid[before] and bool(places) and places[-1].start == low + spot
                beside_last = paid[before + 1] == paid[spot] and back[before][1] >= 0
                whole = whole and not left_out and (beside_next or beside_last)
                left_out = True
            spot = before
        return places[::-1], whole and bool(places)

    def shown(self, places: Sequence[Place], low: int, high: int) -> tuple[Floats, Floats]:
        """The line between two columns and what the glyphs laid show of it: float32 (columns, rows) both."""
        shown = np.zeros((high - low, self._rows), np.float32)
        end = 0
        for place in places:
            area = shown[place.start - low : place.end - low]
            if place.start < end:
                np.maximum(area, self._columns[place.which], out=area)
            else:
                area[:] = self._columns[place.which]
            end = place.end
        return self._line[low:high, : self._rows], shown

    def clear(self, places: Sequence[Place]) -> NDArray[np.bool_]:
        """For each place just laid whether no glyph of another label, a column to either side, fits nearly as well.

        Compared is the picture where either of the two glyphs stands.
        """
        starts, ends, index = np.fromiter(chain.from_iterable(places), np.intp, 3 * len(places)).reshape(-1, 3).T
        spots = np.minimum(np.maximum(starts[:, None] + BESIDE, self._low), self._last)
        scores, sums = self._scores[self._row[spots]], self._sums
        off = self._norms[index] - scores[self._count[: len(places)], 1, index]
        near = sums[ends][:, None, None] - sums[starts[:, None, None] + self._covers[index]]
        near[:, 2] += self._energy[starts][:, None]
        near -= scores
        asks = self._asks[index] + self._rival[index] * off[:, None]
        close = ((starts[1:] - ends[:-1] <= BESIDE_SIGN) & self._sign[index[:-1]]).nonzero()[0]
        if close.size:  # what stands right behind a sign is no rival to it; what has no room before that, if it fits
            room = (starts[close + 1] - starts[close])[:, None, None] - BESIDE[:, None]
            no_room = self._widths - self._sign > room
            near[close] += self._same[index[close + 1]][:, None]
            near[close] += np.where(no_room, (asks[close] - self._unfit)[:, None], 0)
        return np.asarray((near.min(axis=1) >= asks).all(axis=1))


def _alone(hits: Sequence[Hit], paid: Sequence[float]) -> Way | None:
    """The cheapest way where no two glyphs lie on one another, each for itself; None where any do.

    `paid`: what leaving out all columns before each costs.
    """
    back: Way = {}
    last = before = 0
    for spot, index, end, off in hits:
        if spot < last:
            return None
        last = end
        if off <= paid[end] - paid[spot]:
            if spot > before:
                back[spot] = (before, -1)
            back[end] = (spot, index)
            before = end
    if before < len(paid) - 1:
        back[len(paid) - 1] = (before, -1)
    back.setdefault(0, (-1, -1))
    return back


def _cheapest(hits: Sequence[Hit], paid: Sequence[float]) -> Way:
    """Dynamic programming along the line: lay a glyph, or leave columns out at their price.

    Looked at are the columns where a glyph may begin (a column later too) or end, and both ends of the line. One
    column apart glyphs may lie on one another.
    """
    fits: dict[int, list[Hit]] = {}
    marks = {0, len(paid) - 1}
    for hit in hits:
        fits.setdefault(hit[0], []).append(hit)
        marks.update((hit[0], hit[0] + 1, hit[2]))
    spots = sorted(marks)
    best, back = dict.fromkeys(spots, NOWHERE), dict.fromkeys(spots, (-1, -1))
    best[0] = 0.0
    for spot, after in pairwise(spots):
        here = best[spot]
        skipped = here + (paid[after] - paid[spot])
        if skipped < best[after]:
            best[after], back[after] = skipped, (spot, -1)
        for _, index, end, off in fits.get(spot, ()):
            begin, before = spot, here
            if best[after] + 0.01 < here and back[after][1] >= 0:
                begin, before = after, best[after]
            if before + off < best[end]:
                best[end], back[end] = before + off, (begin, index)
    return back
