"""How well each trusted glyph fits at each column of a line, and which of them, side by side, explain it.

All glyphs are one matrix, and a line lies in memory column by column, so that the stretch of picture that begins at a
column is one row of numbers: one product of matrices compares all glyphs at all columns wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyph_parts import DIGITS, EDGE, SOLID, Floats, Glyph
from combatlens.adapters.ocr.glyph_way import NOWHERE, Hit, Laid, Place, alone, cheapest

FAR = 0.12
"""Largest squared difference to its template, as a part of the template's ink."""
CLEAR = 0.5
"""How clearly nearer to its template than to any other glyph's: 1 is on the template, 0 halfway between."""
SKIP = 0.5
"""What a column without a glyph costs, as a part of its ink: more than any glyph that fits."""
BESIDE_SIGN = 1
"""Columns between a comma and the digit behind it, at most, that are too few to tell them apart."""
BESIDE = np.array([-1, 0, 1])
ONE_THREAD = 1 << 18
"""Matrix products with no more multiplications stay on the calling thread: others wait long on a busy machine."""


class Fitter:
    """Trusted glyphs, ready to be laid on lines. `see` takes a line; the other methods speak of the line seen last."""

    def __init__(self, glyphs: Sequence[Glyph], rows: int, columns: int, strict: float) -> None:
        """`rows`, `columns`: the lines' size in pixels. `strict`: the limits of fitting are multiplied by this."""
        self.labels = [glyph.label for glyph in glyphs]
        self._pictures = [glyph.pixels for glyph in glyphs]
        self._widths = np.array([glyph.pixels.shape[1] for glyph in glyphs], np.intp)
        self._window = window = int(self._widths.max()) + 1
        self._rows, self._wide = rows, self._widths.tolist()
        still, moved = np.zeros((2, len(glyphs), window, rows), np.float32)
        asked = np.zeros((len(glyphs), window, rows + 1), np.float32)
        for index, pixels in enumerate(glyph.pixels.T for glyph in glyphs):
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
        self._blank = np.zeros((rows, columns), np.float32)
        self._line = np.zeros((columns + window, rows + 1), np.float32)
        column, pixel = self._line.strides
        self._windows = as_strided(self._line, (columns, window * (rows + 1)), (column, pixel), writeable=False)
        self._some = max(1, ONE_THREAD // self._asked.size)
        self._sums = np.zeros(columns + window + 1, np.float32)
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
        self._ink = ink
        self._energy = energy = np.einsum("ij,ij->j", ink, ink)
        cv2.transpose(ink, dst=self._line[:columns, :rows])
        self._line[:columns, rows] = energy
        np.add.accumulate(energy, out=self._sums[1 : columns + 1])
        self._sums[columns + 1 :] = self._sums[columns]
        self._prices = SKIP * energy * (peaks >= SOLID)
        self._inked = (peaks >= EDGE).tobytes()

    def lay(self, low: int, high: int) -> Laid:
        """The glyphs that explain most ink between two columns, left to right, and whether they explain all of it.

        No glyph may begin before `low` or end behind `high`; one column apart they may lie on one another. Where the
        letters stand apart it is enough to look for them behind the gaps.
        """
        self._low = low
        paid = [0.0, *np.add.accumulate(self._prices[low:high], dtype=np.float64).tolist()]
        begin = self._behind_gaps(low, high)
        if self._apart:
            places, whole = self._explain(begin, paid)
            if whole:
                return places, whole
        places, whole = self._explain(dict.fromkeys(range(low, high), True), paid)
        self._apart = whole and all(begin.get(place.start) for place in places)
        return places, whole

    def _behind_gaps(self, low: int, high: int) -> dict[int, bool]:
        """The columns no more than two from where ink begins, in order, and whether they are no more than one."""
        inked, begin = self._inked, dict[int, bool]()
        start = inked.find(1, low, high)
        while start >= 0:
            for column in range(max(start - 2, low), min(start + 3, high)):
                near = column == start or (abs(column - start) == 1 and low < column < high - 1)
                begin[column] = near or begin.get(column, False)
            gap = inked.find(0, start, high)
            start = inked.find(1, gap, high) if gap >= 0 else -1
        return begin

    def _explain(self, begin: dict[int, bool], paid: list[float]) -> Laid:
        """The same with glyphs that begin at some columns alone; at all that are named the glyphs are compared."""
        self._spots = spots = np.fromiter(begin, np.intp, len(begin))
        self._scores = scores = np.empty((len(spots), len(self.labels)), np.float32)
        for first in range(0, len(spots), self._some):
            part = slice(first, first + self._some)
            np.dot(self._windows[spots[part]], self._asked, out=scores[part])
        fits = (scores >= self._least).ravel().nonzero()[0]
        offs = (self._norms - scores).ravel()[fits]
        hits = self._best(begin, fits.tolist(), offs.tolist(), paid)
        return alone(hits, paid, self._low) or cheapest(hits, paid, self._low)

    def _best(self, begin: dict[int, bool], fits: list[int], offs: list[float], paid: list[float]) -> list[Hit]:
        """Hits in order of their columns: of one character's renderings a column apart only the one that saves most."""
        begins, size = [*begin.items()], len(paid) - 1
        hits: list[Hit] = []
        latest: dict[str, tuple[int, int, float]] = {}
        low, wide, labels = self._low, self._wide, self.labels
        for fit, off in zip(fits, offs, strict=True):
            row, index = divmod(fit, len(labels))
            column, may_begin = begins[row]
            spot = column - low
            end, label = spot + wide[index], labels[index]
            if not may_begin or end > size:
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

    def shown(self, places: Sequence[Place], low: int, high: int) -> tuple[Floats, Floats]:
        """The line between two columns and what the glyphs laid show of it: float32 (rows, columns) both."""
        parts, end = [], low
        for place in places:
            if place.start < end:
                return self._ink[:, low:high], self._overlaid(places, low, high)
            parts += [self._blank[:, end : place.start], self._pictures[place.which]]
            end = place.end
        return self._ink[:, low:high], np.concatenate([*parts, self._blank[:, end:high]], axis=1)

    def _overlaid(self, places: Sequence[Place], low: int, high: int) -> Floats:
        """The same where glyphs lie on one another."""
        shown = np.zeros((self._rows, high - low), np.float32)
        for place in places:
            area = shown[:, place.start - low : place.end - low]
            np.maximum(area, self._pictures[place.which], out=area)
        return shown

    def clear(self, places: Sequence[Place]) -> NDArray[np.bool_]:
        """For each place just laid whether no glyph of another label, a column to either side, fits nearly as well.

        Compared is the picture where either of the two glyphs stands.
        """
        starts, ends, index = np.array(places, np.intp).T
        rows = self._spots.searchsorted(starts)
        beside = np.minimum(np.maximum(rows[:, None] + BESIDE, 0), len(self._spots) - 1)
        off = self._norms[index] - self._scores[rows, index]
        near = self._sums[ends][:, None, None] - self._sums[starts[:, None, None] + self._covers[index]]
        near[:, 2] += self._energy[starts][:, None]
        near -= self._scores[beside]
        asks = self._asks[index] + self._rival[index] * off[:, None]
        self._spare(places, near, asks)
        return np.asarray((near.min(axis=1) >= asks).all(axis=1))

    def _spare(self, places: Sequence[Place], near: Floats, asks: Floats) -> None:
        """What stands right behind a sign is no rival to it; what has no room before that, if it fits."""
        for at, (place, after) in enumerate(pairwise(places)):
            if after.start - place.end > BESIDE_SIGN or not self._sign[place.which]:
                continue
            room = (after.start - place.start) - BESIDE
            near[at] += self._same[after.which]
            near[at] += np.where(self._widths - self._sign > room[:, None], asks[at] - self._unfit, 0)
