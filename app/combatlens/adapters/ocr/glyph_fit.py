"""How well each trusted glyph fits at each column of a line, and which of them, side by side, explain it.

All glyphs are one matrix, and a line lies in memory column by column, so that the stretch of picture that begins at a
column is one row of numbers: one product of matrices compares all glyphs at all columns wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyph_parts import Floats, Glyph

FAR = 0.12
"""Largest squared difference to its template, as a part of the template's ink."""
CLEAR = 0.5
"""How clearly nearer to its template than to any other glyph's: 1 is on the template, 0 halfway between."""
SKIP = 0.5
"""What a column without a glyph costs, as a part of its ink: more than any glyph that fits."""
BESIDE = np.array([-1, 0, 1])
NOWHERE = 1e18


class Place(NamedTuple):
    """A glyph laid on the line: `start` and `end` column, and `which` of the trusted glyphs it is."""

    start: int
    end: int
    which: int


class Fitter:
    """Trusted glyphs, ready to be laid on lines. `see` takes a line; the other methods speak of the line seen last."""

    def __init__(self, glyphs: Sequence[Glyph], rows: int, columns: int, strict: float) -> None:
        """`rows`, `columns`: the lines' size in pixels. `strict`: the limits of fitting are multiplied by this."""
        self.labels = [glyph.label for glyph in glyphs]
        self.pixels = [glyph.pixels for glyph in glyphs]
        self._widths = np.array([glyph.pixels.shape[1] for glyph in glyphs], np.intp)
        self._window = window = int(self._widths.max()) + 1
        still, moved = np.zeros((2, len(glyphs), window, rows), np.float32)
        asked = np.zeros((len(glyphs), window, rows + 1), np.float32)
        for index, pixels in enumerate(self.pixels):
            still[index, : pixels.shape[1]] = pixels.T
            asked[index, : pixels.shape[1], rows] = -1.0
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
        self._sums = np.zeros(columns + window + 1, np.float32)

    def _compare(self, alike: Floats) -> None:
        """What `clear` asks of each pair of glyphs. `alike`: their products, a column apart at most."""
        between = np.maximum(self._norms[:, None] + self._norms - 2 * alike, 1e-3)
        names, widths = np.array(self.labels, object), self._widths[:, None]
        wide = self._widths > widths + 2  # takes in what stands beside: enough that it does not fit
        self._asks = np.where(wide, 1.5 * self._limits, CLEAR * between).astype(np.float32)
        self._asks[names[:, None] == names] = -NOWHERE
        self._rival = (~wide).astype(np.float32)
        self._covers = np.minimum(BESIDE[:, None] + self._widths, widths[:, None])

    def see(self, ink: Floats, solid: NDArray[np.bool_]) -> None:
        """A line, float32 (rows, columns), and which of its columns must belong to a glyph.

        Below each column lies its ink squared, so that a product of matrices gives the whole squared difference:
        (ink - glyph)² = glyph² - (2 ink glyph - ink²).
        """
        rows, columns = ink.shape
        energy = np.einsum("ij,ij->j", ink, ink)
        self._line[:columns, :rows] = ink.T
        self._line[:columns, rows] = energy
        np.cumsum(energy, out=self._sums[1 : columns + 1])
        self._sums[columns + 1 :] = self._sums[columns]
        self._prices = np.where(solid, SKIP * energy, 0.0)

    def lay(self, low: int, high: int) -> tuple[list[Place], bool]:
        """The glyphs that explain most ink between two columns, left to right, and whether they explain all of it.

        No glyph may begin before `low` or end behind `high`; one column apart they may lie on one another.
        """
        self._low, count, widths = low, len(self.labels), self._widths.tolist()
        stretches = self._stretches[: high - low]
        stretches[:] = self._windows[low:high]
        self._scores = scores = stretches @ self._asked
        hits = np.flatnonzero(scores >= self._least)
        offs = self._norms[hits % count] - scores.ravel()[hits]
        fits: dict[int, list[tuple[int, int, float]]] = {}
        for hit, off in zip(hits.tolist(), offs.tolist(), strict=True):
            spot, index = divmod(hit, count)
            end = spot + widths[index]
            if end <= high - low:
                fits.setdefault(spot, []).append((index, end, off))
        return self._cheapest(fits, self._prices[low:high].tolist(), low)

    def _cheapest(
        self, fits: dict[int, list[tuple[int, int, float]]], skips: list[float], low: int
    ) -> tuple[list[Place], bool]:
        """Dynamic programming along the columns: lay a glyph, or leave the column out at its price."""
        size = len(skips) + self._window + 2
        best, back = [NOWHERE] * size, [(-1, -1, 0.0)] * size
        best[0] = 0.0
        for spot, skip in enumerate(skips):
            here = best[spot]
            if here + skip < best[spot + 1]:
                best[spot + 1], back[spot + 1] = here + skip, (spot, -1, skip)
            for index, end, cost in fits.get(spot, ()):
                begin, before = spot, here
                if best[spot + 1] + 0.01 < here and back[spot + 1][1] >= 0:
                    begin, before = spot + 1, best[spot + 1]
                if before + cost < best[end]:
                    best[end], back[end] = before + cost, (begin, index, 0.0)
        places: list[Place] = []
        left_out, whole = 0, True
        spot = len(skips)
        while spot > 0:
            before_it, index, price = back[spot]
            if index >= 0:
                places.append(Place(low + spot - int(self._widths[index]), low + spot, index))
                left_out = 0
            elif price > 0:
                left_out += 1  # one column beside a glyph may be its soft edge: the comparison of the whole decides
                beside = bool(places and places[-1].start == low + spot) or back[before_it][1] >= 0
                whole = whole and left_out == 1 and beside
            spot = before_it
        return places[::-1], whole and bool(places)

    def clear(self, places: Sequence[Place]) -> NDArray[np.bool_]:
        """For each place just laid whether no glyph of another label, a column to either side, fits nearly as well.

        Compared is the picture where either of the two glyphs stands.
        """
        starts, ends, index = np.array(places).T
        spots = np.maximum(starts[:, None] + BESIDE - self._low, 0)
        scores, sums = self._scores[spots], self._sums
        off = self._norms[index] - scores[np.arange(len(places)), 1, index]
        near = sums[ends][:, None, None] - sums[starts[:, None, None] + self._covers[index]] - scores
        near[:, 2] += (sums[starts + 1] - sums[starts])[:, None]
        least = near.min(axis=1) + self._norms
        return np.asarray((least >= self._asks[index] + self._rival[index] * off[:, None]).all(axis=1))
