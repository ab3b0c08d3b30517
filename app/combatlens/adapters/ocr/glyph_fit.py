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
from combatlens.adapters.ocr.glyph_way import NOWHERE, Columns, Hit, Laid, Place, alone, behind_gaps, cheapest

FAR = 0.12
"""Largest squared difference to its template, as a part of the template's ink."""
CLEAR = 0.5
"""How clearly nearer to its template than to any other glyph's: 1 is on the template, 0 halfway between."""
SKIP = 0.5
"""What a column without a glyph costs, as a part of its ink: more than any glyph that fits."""
BESIDE_SIGN = 1
"""Columns between a comma and the digit behind it, at most, that are too few to tell them apart."""
BESIDE = np.array([-1, 0, 1])
SMALL = frozenset(".,'")
"""Signs that may stand beneath a digit's overhang, or beside its foot, by so many columns."""
OVERHANG = 3
ALIKE = 0.05
"""Looks no further apart, as a part of the fainter one's ink, are one look: under two names it says neither."""
SLACK = 0.01
"""More than what sums of rounded numbers are wrong by."""
ABREAST = 8
"""A product of matrices is faster with so many columns, or twice as many, though some are empty."""
ONE_THREAD = 1 << 18
"""Matrix products with no more multiplications stay on the calling thread: others wait long on a busy machine."""


class Fitter:
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
        still, moved = np.zeros((2, len(glyphs), window, rows), np.float32)
        asked = np.zeros((-(-len(glyphs) // ABREAST) * ABREAST, window - 1, rows + 1), np.float32)
        for index, pixels in enumerate(self._pictures):
            still[index, : len(pixels)] = pixels
            asked[index, : len(pixels), rows] = -1.0
        moved[:, 1:] = still[:, :-1]
        asked[: len(glyphs), :, :rows] = 2 * still[:, :-1]
        still, moved = still.reshape(len(glyphs), -1), moved.reshape(len(glyphs), -1)
        self._asked = np.ascontiguousarray(asked.reshape(len(asked), -1).T)
        self._norms = (still**2).sum(axis=1)
        self._limits = FAR * strict * np.maximum(self._norms, 1.0)
        self._norm, self._farthest = self._norms.tolist(), self._limits.tolist()
        alike = np.stack([moved @ still.T, still @ still.T, still @ moved.T])
        self._compare(alike.max(axis=0))
        self._loose = np.full(len(asked), np.inf, np.float32)
        self._loose[: len(glyphs)] = self._norms - self._unfit - np.float32(SLACK)
        self._prove(alike, (still**2).reshape(len(glyphs), window, rows).sum(axis=2))
        self._bytes = [pixels.tobytes() for pixels in self._pictures]
        self._blank = bytes(4 * rows * columns)
        self._line = np.zeros((columns + window, rows + 1), np.float32)
        column, pixel = self._line.strides
        self._windows = as_strided(self._line, (columns, len(self._asked)), (column, pixel), writeable=False)
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
        self._surest = [min(one[0][0], other[0][0]) for one, other in zip(*self._sure, strict=True)]
        wider = [set(np.flatnonzero(rival == 0).tolist()) for rival in self._rival + self._same]
        self._wider = {which: rivals for which, rivals in enumerate(wider) if rivals}

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
        start, end = max(0, low - 2), min(self.columns, high + self._window)
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

    def surely_clear(self, places: Sequence[Place]) -> bool:
        """Whether the places just laid are all so near to their glyphs, or so far from the few rivals that are near to
        these, that `clear` need not be asked."""
        surest, wider = self._surest, self._wider
        beside: dict[int, set[int]] = {}
        for at, (start, _, which, own) in enumerate(places):
            if own > surest[which] and self._rivalled(places, at):
                return False
            if which in wider:
                row = self._columns.index(start - self._low)
                if row - 1 in beside:
                    return False
                beside[row - 1] = beside[row] = beside[row + 1] = wider[which]
        if beside:  # what is wider may fit for what stands behind the place, too
            count = len(self._loose)
            return not any(fit // count in beside and fit % count in beside[fit // count] for fit in self._near)
        return True

    def surely_alike(self, places: Sequence[Place], limit: float) -> bool:
        """Whether no pixel of the line is farther from what the places show than `limit`, which need not be looked at.

        No pixel's square is more than the sum of all; beside the places stands nothing solid.
        """
        end, most, solid = 0, limit**2 - SLACK, self.solid
        for start, after, _, off in places:
            if off > most or start < end or solid.find(1, end, start) >= 0:
                return False
            end = after
        return limit >= SOLID and solid.find(1, end) < 0

    def _rivalled(self, places: Sequence[Place], at: int) -> bool:
        """Whether some rival is near to what stands at that place."""
        start, end, which, own = places[at]
        beside = self._sign[which] and places[at + 1 : at + 2] and places[at + 1].start - end <= BESIDE_SIGN
        row, last = self._columns.index(start - self._low), len(self._columns) - 1
        score, norm, rows = self._scores.item, self._norm, {max(row - 1, 0), row, min(row + 1, last)}
        for limit, rival, asks in self._sure[1 if beside else 0][which]:  # the nearest first
            if own <= limit:
                return False
            if norm[rival] - max(score(near, rival) for near in rows) < asks + own:
                return True
        return False

    def clear(self, places: Sequence[Place]) -> NDArray[np.bool_]:
        """For each place just laid whether no glyph of another label, a column to either side, fits nearly as well.

        Compared is the picture where either of the two glyphs stands.
        """
        starts, ends, index = np.array([place[:3] for place in places], np.intp).T
        off = self._norms - self._scores[:, : len(self.labels)]
        rows = np.searchsorted(self._columns, starts - self._low)
        sums = np.append(np.float32(0), np.add.accumulate(self._energy))
        beside = rows[:, None] + BESIDE
        own = off.ravel().take(rows * len(self.labels) + index)[:, None]
        rest = sums.take(ends)[:, None, None] - sums.take(self._covers.take(index, axis=0) + starts[:, None, None])
        near = off.take(beside, axis=0, mode="clip") + rest
        near[:, 2] += self._energy.take(starts)[:, None]
        asks = self._asks.take(index, axis=0) + self._rival.take(index, axis=0) * own
        self._spare(places, near, asks)
        doubted = near.min(axis=1) < asks
        for at, rival in np.argwhere(doubted):
            shifts = BESIDE[near[at, :, rival] < asks[at, rival]]
            doubted[at, rival] = not all(self._outdone(places, at, rival, shift) for shift in shifts.tolist())
        return np.asarray(~doubted.any(axis=1))

    def _outdone(self, places: Sequence[Place], at: int, rival: int, shift: int) -> bool:
        """Whether a rival, `shift` columns from the place, is clearly farther from the picture than all that was laid
        where either stands: a point and a digit may be a little like one broad digit, and a digit that was cut with its
        neighbour's edge fits to that edge. Beside the rival its neighbours may stand as well."""
        place = places[at]
        begin = place.start + shift
        until = begin + self._wide[rival]
        low, high = min(begin, place.start), max(place.end, until)
        if self._asks[place.which, rival] == NOWHERE or begin < 0:
            return False
        touched = [each for each in places if each.start < high and each.end > low]
        first, end = min(low, touched[0].start), max(high, *(each.end for each in touched))
        seen, laid = self._line[low:high, : self.rows], self._overlaid(touched, first, end)[low - first : high - first]
        free = [each for each in touched if each != place and min(each.end, until) - max(each.start, begin) <= 1]
        beside = self._overlaid(free, first, end)[low - first : high - first]
        alone = np.zeros_like(laid)
        alone[begin - low : until - low] = self._pictures[rival]
        own = float(((seen - laid) ** 2).sum())
        for other in (alone, np.maximum(alone, beside)):
            between, off = float(((other - laid) ** 2).sum()), float(((seen - other) ** 2).sum())
            if between <= ALIKE * self._norm[rival] or off < own + CLEAR * between:
                return False
        return True

    def _spare(self, places: Sequence[Place], near: Floats, asks: Floats) -> None:
        """What stands right behind a sign is no rival to it; what has no room before that, if it fits."""
        for at, (place, after) in enumerate(pairwise(places)):
            if after.start - place.end > BESIDE_SIGN or not self._sign[place.which]:
                continue
            room = (after.start - place.start) - BESIDE
            near[at] += self._same[after.which]
            near[at] += np.where(self._widths - self._signs > room[:, None], asks[at] - self._unfit, 0)
