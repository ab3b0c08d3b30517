"""Glyphs laid on a line: how well each fits at each column, and which of them, side by side, explain it.

All glyphs are one matrix, and a line lies in memory column by column, so that the stretch of picture that begins at a
column is one row of numbers: one product of matrices compares all glyphs at all columns wanted.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyph_parts import DIGITS, EDGE, SMALL, SOLID, TAIL_FAR, Floats, Glyph, signs_in
from combatlens.adapters.ocr.glyph_way import Columns, Hit, Laid, Place, alone, behind_gaps, cheapest

FAR = 0.12
"""Largest squared difference to its template, as a part of the template's ink."""
SKIP = 0.5
"""What a column without a glyph costs, as a part of its ink: more than any glyph that fits."""
OVERHANG = 3
"""Small signs may stand beneath a digit's overhang, or beside its foot, by so many columns."""
AS_HIGH = 0.75
"""A thin sign reaches over such a part of a digit's height; what does not may be a piece of one."""
SLACK = 0.01
"""More than what sums of rounded numbers are wrong by."""
ABREAST = 8
"""A product of matrices is faster with so many columns, or twice as many, though some are empty."""
ONE_THREAD = 1 << 18
"""Matrix products with no more multiplications stay on the calling thread: others wait long on a busy machine."""


class GlyphLine:
    """Trusted glyphs, ready to be laid on lines. `see` takes a line; the other methods speak of the line seen last."""

    def __init__(self, glyphs: Sequence[Glyph], rows: int, columns: int, strict: float, inks: Floats) -> None:
        """`rows`, `columns`: the lines' size in pixels. `strict`: the limits of fitting are multiplied by this.

        `inks`: how much ink a pixel holds by its distance from the text's colour, 0 to 255; it falls.
        """
        self.rows, self.columns, self._inks = rows, columns, inks
        self._is_solid, self._is_edge = (inks >= SOLID).tobytes(), (inks >= EDGE).tobytes()
        self._price = np.where(inks >= SOLID, SKIP, 0).astype(np.float32)
        self.labels = [glyph.label for glyph in glyphs]
        self._pictures = [np.ascontiguousarray(glyph.pixels.T) for glyph in glyphs]
        self._widths = np.array([glyph.pixels.shape[1] for glyph in glyphs], np.intp)
        digits = [glyph.pixels.shape[1] for glyph in glyphs if glyph.label in DIGITS]
        self.narrowest = min(digits, default=0)
        """Columns of the narrowest digit."""
        self._window = window = int(self._widths.max()) + 1
        self._wide = self._widths.tolist()
        still: Floats = np.zeros((len(glyphs), window, rows), np.float32)
        asked = np.zeros((-(-len(glyphs) // ABREAST) * ABREAST, window - 1, rows + 1), np.float32)
        for index, pixels in enumerate(self._pictures):
            still[index, : len(pixels)] = pixels
            asked[index, : len(pixels), rows] = -1.0
        asked[: len(glyphs), :, :rows] = 2 * still[:, :-1]
        self._still = still = still.reshape(len(glyphs), -1)
        self._asked = np.ascontiguousarray(asked.reshape(len(asked), -1).T)
        self._norms = (still**2).sum(axis=1)
        signs = np.array([signs_in(label) for label in self.labels], np.float32)
        far = np.where(signs > 1, TAIL_FAR, FAR * strict).astype(np.float32)
        self._limits = far * np.maximum(self._norms / signs, 1.0)
        self._norm, self._farthest = self._norms.tolist(), self._limits.tolist()
        self._unfit = (1.5 * self._limits).astype(np.float32)
        self._loose = np.full(len(asked), np.inf, np.float32)
        self._loose[: len(glyphs)] = self._norms - self._unfit - np.float32(SLACK)
        self._bytes = [pixels.tobytes() for pixels in self._pictures]
        self._blank = bytes(4 * rows * columns)
        self._line = np.zeros((columns + window, rows + 1), np.float32)
        column, pixel = self._line.strides
        self._windows = as_strided(self._line, (columns, len(self._asked)), (column, pixel), writeable=False)
        self._some = max(1, ONE_THREAD // self._asked.size)
        self._upright, self._energy = self._line[:columns, :rows], self._line[:columns, rows]
        self._apart = True
        self.seen = 0, 0
        """The columns of the line seen last; others hold what was there before."""

    def see(self, distances: NDArray[np.uint8]) -> bool:
        """A line's distances from the text's colour, (rows, columns). False where no column is solid.

        Below each column lies its ink squared, so that a product of matrices gives the whole squared difference:
        (ink - glyph)² = glyph² - (2 ink glyph - ink²).
        """
        nearest = np.minimum.reduce(distances, axis=0)
        least = nearest.tobytes()
        self.solid = solid = least.translate(self._is_solid)
        first = solid.find(1)
        if first < 0:
            return False
        low, high = max(0, first - 2), min(self.columns, solid.rfind(1) + 3)
        self._low, self._high = low, high
        self._inked = least[low:high].translate(self._is_edge)
        self.seen = start, end = max(0, low - 2), min(self.columns, high + self._window)
        ink = cv2.LUT(distances[:, start:end], self._inks)
        cv2.transpose(ink, dst=self._upright[start:end])
        self._energy[start:end] = cv2.reduce(ink, 0, cv2.REDUCE_SUM2)[0]
        self._prices = self._price.take(nearest[low:high]) * self._energy[low:high]
        return True

    def lay(self) -> Laid:
        """The glyphs that explain most of the ink, left to right, and whether they explain all of it.

        They stand between two columns before the first solid one and two behind the last; one column apart they may
        lie on one another. Where the letters stand apart it is enough to look for them behind the gaps.
        """
        low, size = self._low, self._high - self._low
        paid: list[float] = cv2.integral(self._prices[None])[1].tolist()
        spots, begin = behind_gaps(self._inked)
        if self._apart:
            places, whole = self._explain(spots, begin, paid)
            if whole:
                return places, whole
        places, whole = self._explain(np.arange(size), b"\1" * size, paid)
        self._apart = whole and all(begin[place.start - low] for place in places)
        return places, whole

    def _explain(self, spots: Columns, begin: bytes, paid: list[float]) -> Laid:
        """The same by glyphs that are compared at some columns alone, and begin at those of them that `begin` marks."""
        windows, asked, some = self._windows[self._low : self._high], self._asked, self._some
        if len(spots) <= some:
            scores = np.dot(windows[spots], asked)
        else:
            parts = range(0, len(spots), some)
            scores = np.concatenate([windows[spots[at : at + some]] @ asked for at in parts])
        self._columns, self._scores = spots.tolist(), scores
        near = (scores > self._loose).ravel().nonzero()[0]
        self._near = near.tolist()
        hits = self._best(begin, scores.take(near).tolist(), paid)
        return alone(hits, paid, self._low) or cheapest(hits, paid, self._low)

    def _best(self, begin: bytes, scores: list[float], paid: list[float]) -> list[Hit]:
        """Hits in order of their columns: of one character's renderings a column apart only the one that saves most."""
        hits: list[Hit] = []
        size, count = len(paid), len(self._loose)
        columns, wide, labels, norm, farthest = self._columns, self._wide, self.labels, self._norm, self._farthest
        for fit, score in zip(self._near, scores, strict=True):
            spot, index = columns[fit // count], fit % count
            end, off = spot + wide[index], norm[index] - score
            if off > farthest[index] or not begin[spot] or end >= size:
                continue
            at = len(hits) - 1
            while at >= 0 and hits[at][0] >= spot - 2:  # the latest is no more than one column behind an earlier one
                start, rival, until, far = hits[at]
                if start >= spot - 1 and labels[rival] == labels[index]:
                    if off - paid[end] + paid[spot] < far - paid[until] + paid[start]:
                        hits[at] = spot, index, end, off
                    break
                at -= 1
            else:
                hits.append((spot, index, end, off))
        hits.sort()
        return hits

    def shown(self, places: Sequence[Place], low: int, high: int) -> tuple[Floats, Floats]:
        """The line between two columns and what the glyphs laid show of it: float32 (columns, rows) both."""
        parts: list[bytes] = []
        blank, shapes, column, end = self._blank, self._bytes, 4 * self.rows, low
        for start, after, which, _ in places:
            if start < end:
                return self._upright[low:high], self._overlaid(places, low, high)
            parts += blank[: (start - end) * column], shapes[which]
            end = after
        parts.append(blank[: (high - end) * column])
        return self._upright[low:high], np.frombuffer(b"".join(parts), np.float32).reshape(-1, self.rows)

    def _overlaid(self, places: Sequence[Place], low: int, high: int) -> Floats:
        """The same where glyphs lie on one another."""
        shown = np.zeros((high - low, self.rows), np.float32)
        for place in places:
            area = shown[place.start - low : place.end - low]
            np.maximum(area, self._pictures[place.which], out=area)
        return shown

    def beneath(self, seen: Floats, shown: Floats, low: int, border: int) -> tuple[str, Floats] | None:
        """The small sign that, laid over what is shown around a column, comes nearest to what is seen; and both shown.

        `seen`, `shown`: (columns, rows), as of column `low` on.
        """
        least, best = float("inf"), None
        for which in (which for which, label in enumerate(self.labels) if label in SMALL):
            wide = self._wide[which]
            for start in range(border - low - wide - OVERHANG, border - low + OVERHANG + 1):
                if start < 0 or start + wide > len(shown):
                    continue
                both = shown.copy()
                np.maximum(both[start : start + wide], self._pictures[which], out=both[start : start + wide])
                off = float(((seen - both) ** 2).sum())
                if off < least:
                    least, best = off, (self.labels[which], both)
        return best
