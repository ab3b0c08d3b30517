"""How well each trusted glyph fits at each column of a line, and which of them, side by side, explain it.

All glyphs are one matrix, and a line lies in memory column by column, so that the stretch of picture that begins at a
column is one row of numbers: one product of matrices compares all glyphs at all columns wanted.
"""

from __future__ import annotations

from bisect import bisect_left
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
ALIKE = 0.05
"""Looks no further apart, as a part of the fainter one's ink, are one look: under two names it says neither."""
SLACK = 0.01
"""More than what sums of rounded numbers are wrong by."""
ONE_THREAD = 1 << 18
"""Matrix products with no more multiplications stay on the calling thread: others wait long on a busy machine."""


class Fitter:
    """Trusted glyphs, ready to be laid on lines. `see` takes a line; the other methods speak of the line seen last."""

    def __init__(self, glyphs: Sequence[Glyph], rows: int, columns: int, strict: float) -> None:
        """`rows`, `columns`: the lines' size in pixels. `strict`: the limits of fitting are multiplied by this."""
        self.labels = [glyph.label for glyph in glyphs]
        self._pictures = [np.ascontiguousarray(glyph.pixels.T) for glyph in glyphs]
        self._widths = np.array([glyph.pixels.shape[1] for glyph in glyphs], np.intp)
        self._window = window = int(self._widths.max()) + 1
        self._rows, self._wide = rows, self._widths.tolist()
        still, moved = np.zeros((2, len(glyphs), window, rows), np.float32)
        asked = np.zeros((len(glyphs), window, rows + 1), np.float32)
        for index, pixels in enumerate(self._pictures):
            still[index, : len(pixels)] = pixels
            asked[index, : len(pixels), rows] = -1.0
        moved[:, 1:] = still[:, :-1]
        asked[:, :, :rows] = 2 * still
        still, moved = still.reshape(len(glyphs), -1), moved.reshape(len(glyphs), -1)
        self._asked = np.ascontiguousarray(asked.reshape(len(glyphs), -1).T)
        self._norms = (still**2).sum(axis=1)
        self._limits = FAR * strict * np.maximum(self._norms, 1.0)
        self._least = (self._norms - self._limits).tolist()
        alike = np.stack([moved @ still.T, still @ still.T, still @ moved.T])
        self._compare(alike.max(axis=0))
        self._prove(alike, (still**2).reshape(len(glyphs), window, rows).sum(axis=2))
        self._bytes = [pixels.tobytes() for pixels in self._pictures]
        self._blank = bytes(4 * rows * columns)
        self._line = np.zeros((columns + window, rows + 1), np.float32)
        column, pixel = self._line.strides
        self._windows = as_strided(self._line, (columns, window * (rows + 1)), (column, pixel), writeable=False)
        self._some = max(1, ONE_THREAD // self._asked.size)
        self._upright, self._energy = self._line[:columns, :rows], self._line[:columns, rows]
        self._apart = True

    def _compare(self, alike: Floats) -> None:
        """What `clear` asks of each pair of glyphs. `alike`: their products, a column apart at most."""
        between = np.maximum(self._norms[:, None] + self._norms - 2 * alike, 1e-3)
        names, widths = np.array(self.labels, object), self._widths[:, None]
        wide = self._widths > widths + 2  # takes in what stands beside: enough that it does not fit
        self._unfit = (1.5 * self._limits).astype(np.float32)
        self._sign = [label not in DIGITS for label in self.labels]
        self._signs = np.array(self._sign)
        self._loose = self._unfit + np.float32(SLACK)
        self._asks = np.where(wide, 1.5 * self._limits, CLEAR * between).astype(np.float32)
        same = names[:, None] == names
        self._same = np.where(same, NOWHERE, 0.0).astype(np.float32)
        alike = between < ALIKE * np.minimum(self._norms[:, None], self._norms)
        self._asks[alike] = NOWHERE
        self._asks[same] = -NOWHERE
        self.told_apart = set(names) - set(names[(alike & ~same).any(axis=1)])
        """The labels no look of which is another's too."""
        self._rival = (~wide).astype(np.float32)
        self._covers = np.minimum(BESIDE[:, None] + self._widths, widths[:, None])

    def _prove(self, alike: Floats, energy: Floats) -> None:
        """How far off each glyph may be and still be clear for certain, in the columns where it stands alone.

        With a rival `d` from the glyph there, and the picture `e` from the glyph, the rival is no nearer to the picture
        than `d - e` (triangle inequality). `alike`: products with each rival a column before, there, a column behind.
        `energy`: of each glyph's columns.
        """
        before = np.zeros((len(energy), energy.shape[1] + 1), np.float32)
        np.cumsum(energy, axis=1, out=before[:, 1:])
        widths, rivals = self._widths[:, None], np.arange(len(energy))
        asks = np.stack([self._asks, np.maximum(self._asks, self._unfit)])
        far = np.full((2, *self._asks.shape), np.inf)
        for shift, products in zip(BESIDE.tolist(), alike, strict=True):
            there = before[rivals, np.clip(widths - shift, 0, self._widths)] - before[rivals, max(0, -shift)]
            apart = np.maximum(self._norms[:, None] + there - 2 * products, 1e-6)
            far = np.minimum(far, (apart - asks - SLACK) / (2 * np.sqrt(apart)))
        far = np.where((self._rival > 0) & (self._same == 0), np.maximum(far, 0.0) ** 2, NOWHERE)
        self._sure: list[list[list[tuple[float, int, float]]]] = [
            [sorted(zip(limits, rivals.tolist(), wanted, strict=True)) for limits, wanted in zip(*both, strict=True)]
            for both in zip(far.tolist(), (asks + SLACK).tolist(), strict=True)
        ]
        self._wider = [set(np.flatnonzero(rival == 0).tolist()) for rival in self._rival + self._same]

    def see(self, ink: Floats, peaks: Floats) -> bytes:
        """A line, float32 (rows, columns), and the most ink in each of its columns. A 1 for each solid column.

        Below each column lies its ink squared, so that a product of matrices gives the whole squared difference:
        (ink - glyph)² = glyph² - (2 ink glyph - ink²).
        """
        cv2.transpose(ink, dst=self._upright)
        energy = np.asarray(cv2.reduce(cv2.multiply(ink, ink), 0, cv2.REDUCE_SUM), np.float32)[0]
        self._energy[:] = energy
        solid = peaks >= SOLID
        self._prices = solid * energy * SKIP
        self._inked = (peaks >= EDGE).tobytes()
        return solid.tobytes()

    def lay(self, low: int, high: int) -> Laid:
        """The glyphs that explain most ink between two columns, left to right, and whether they explain all of it.

        No glyph may begin before `low` or end behind `high`; one column apart they may lie on one another. Where the
        letters stand apart it is enough to look for them behind the gaps.
        """
        self._low = low
        paid: list[float] = cv2.integral(self._prices[None, low:high])[1].tolist()
        spots, begin = self._behind_gaps(low, high)
        if self._apart:
            places, whole = self._explain(spots, begin, paid)
            if whole:
                return places, whole
        places, whole = self._explain([*range(low, high)], b"\1" * high, paid)
        self._apart = whole and all(begin[place.start] for place in places)
        return places, whole

    def _behind_gaps(self, low: int, high: int) -> tuple[list[int], bytearray]:
        """The columns no more than two from where ink begins; a 1 for each that is no more than one from there."""
        spots: list[int] = []
        find, begin, seen = self._inked.find, bytearray(high), low
        start = find(1, low, high)
        while start >= 0:
            first = start - 2 if start - 2 > seen else seen
            seen = start + 3 if start + 3 < high else high
            spots += range(first, seen)
            if low < start - 1 and start + 2 < high:
                begin[start - 1 : start + 2] = b"\1\1\1"
            else:  # never at either end, unless ink begins there
                for column in range(max(start - 1, low), min(start + 2, high)):
                    begin[column] |= column == start or low < column < high - 1
            gap = find(0, start, high)
            start = find(1, gap, high) if gap >= 0 else -1
        return spots, begin

    def _explain(self, columns: list[int], begin: bytes | bytearray, paid: list[float]) -> Laid:
        """The same by glyphs that are compared at some columns alone, and begin at those of them that `begin` marks."""
        spots = np.array(columns, np.intp)
        if len(columns) <= self._some:
            scores = np.dot(self._windows[spots], self._asked)
        else:
            parts = range(0, len(columns), self._some)
            scores = np.concatenate([self._windows[spots[at : at + self._some]] @ self._asked for at in parts])
        self._columns, self._off = columns, self._norms - scores
        near = (self._off < self._loose).ravel().nonzero()[0]
        self._near = near.tolist()
        hits = self._best(begin, scores.take(near).tolist(), self._off.take(near).tolist(), paid)
        return alone(hits, paid, self._low) or cheapest(hits, paid, self._low)

    def _best(self, begin: bytes | bytearray, scores: list[float], offs: list[float], paid: list[float]) -> list[Hit]:
        """Hits in order of their columns: of one character's renderings a column apart only the one that saves most."""
        hits: list[Hit] = []
        latest: dict[str, tuple[int, int, float]] = {}
        low, size, count = self._low, len(paid), len(self.labels)
        columns, wide, labels, least = self._columns, self._wide, self.labels, self._least
        for fit, score, off in zip(self._near, scores, offs, strict=True):
            column, index = columns[fit // count], fit % count
            spot = column - low
            end = spot + wide[index]
            if score < least[index] or not begin[column] or end >= size:
                continue
            label, cost = labels[index], off - paid[end] + paid[spot]
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
        """The line between two columns and what the glyphs laid show of it: float32 (columns, rows) both."""
        parts: list[bytes] = []
        end, column = low, 4 * self._rows
        for place in places:
            if place.start < end:
                return self._upright[low:high], self._overlaid(places, low, high)
            parts += self._blank[: (place.start - end) * column], self._bytes[place.which]
            end = place.end
        parts.append(self._blank[: (high - end) * column])
        return self._upright[low:high], np.frombuffer(b"".join(parts), np.float32).reshape(-1, self._rows)

    def _overlaid(self, places: Sequence[Place], low: int, high: int) -> Floats:
        """The same where glyphs lie on one another."""
        shown = np.zeros((high - low, self._rows), np.float32)
        for place in places:
            area = shown[place.start - low : place.end - low]
            np.maximum(area, self._pictures[place.which], out=area)
        return shown

    def surely_clear(self, places: Sequence[Place]) -> bool:
        """Whether the places just laid are all so near to their glyphs, or so far from the few rivals that are near to
        these, that `clear` need not be asked."""
        row, count, index, off = 0, len(self.labels), self._columns.index, self._off.item
        last = len(self._columns) - 1
        for at, (start, end, which) in enumerate(places):
            row = index(start, row)
            beside = self._sign[which] and places[at + 1 : at + 2] and places[at + 1].start - end <= BESIDE_SIGN
            own = off(row, which)
            for limit, rival, asks in self._sure[1 if beside else 0][which]:  # the nearest first
                if own <= limit:
                    break
                if min(off(max(row - 1, 0), rival), off(row, rival), off(min(row + 1, last), rival)) < asks + own:
                    return False
            if wider := self._wider[which]:  # their columns behind the place are not proven
                beside_it = slice(
                    bisect_left(self._near, (row - 1) * count), bisect_left(self._near, (row + 2) * count)
                )
                if any(near % count in wider for near in self._near[beside_it]):
                    return False
        return True

    def clear(self, places: Sequence[Place]) -> NDArray[np.bool_]:
        """For each place just laid whether no glyph of another label, a column to either side, fits nearly as well.

        Compared is the picture where either of the two glyphs stands.
        """
        starts, ends, index = np.array(places, np.intp).T
        off, rows = self._off, np.searchsorted(self._columns, starts)
        sums = np.append(np.float32(0), np.add.accumulate(self._energy))
        beside = rows[:, None] + BESIDE
        own = off.ravel().take(rows * len(self.labels) + index)[:, None]
        rest = sums.take(ends)[:, None, None] - sums.take(self._covers.take(index, axis=0) + starts[:, None, None])
        near = off.take(beside, axis=0, mode="clip") + rest
        near[:, 2] += self._energy.take(starts)[:, None]
        asks = self._asks.take(index, axis=0) + self._rival.take(index, axis=0) * own
        self._spare(places, near, asks)
        return np.asarray((near.min(axis=1) >= asks).all(axis=1))

    def _spare(self, places: Sequence[Place], near: Floats, asks: Floats) -> None:
        """What stands right behind a sign is no rival to it; what has no room before that, if it fits."""
        for at, (place, after) in enumerate(pairwise(places)):
            if after.start - place.end > BESIDE_SIGN or not self._sign[place.which]:
                continue
            room = (after.start - place.start) - BESIDE
            near[at] += self._same[after.which]
            near[at] += np.where(self._widths - self._signs > room[:, None], asks[at] - self._unfit, 0)
