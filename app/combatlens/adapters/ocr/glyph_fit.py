"""Whether the glyphs laid on a line are clearly these: what another glyph there would be, and how far off that is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyph_difference import local
from combatlens.adapters.ocr.glyph_line import SLACK, GlyphLine
from combatlens.adapters.ocr.glyph_parts import BRACKETS, DIGITS, SOLID, Floats, Glyph
from combatlens.adapters.ocr.glyph_way import NOWHERE, Place

CLEAR = 0.7
"""How clearly nearer to its template than to any other glyph's: 1 is on the template, 0 halfway between."""
BESIDE_SIGN = 1
"""Columns between a comma and the digit behind it, at most, that are too few to tell them apart."""
BESIDE = np.array([-1, 0, 1])
ALIKE, STROKE = 0.05, 0.35
"""Looks no further apart, as a part of the fainter one's ink, are one look: under two names it says neither. But in
large type a stroke may be less: that one has and the other has not, so much in 3×3 pixels."""


class Fitter(GlyphLine):
    """Lays the glyphs, and tells how sure each is."""

    def __init__(self, glyphs: Sequence[Glyph], rows: int, columns: int, strict: float, inks: Floats) -> None:
        super().__init__(glyphs, rows, columns, strict, inks)
        still = self._still
        moved = np.zeros_like(still)
        moved[:, rows:] = still[:, :-rows]
        alike = np.stack([moved @ still.T, still @ still.T, still @ moved.T])
        self._compare(alike.max(axis=0))
        self._prove(alike, (still**2).reshape(len(glyphs), -1, rows).sum(axis=2))

    def _compare(self, alike: Floats) -> None:
        """What `clear` asks of each pair of glyphs. `alike`: their products, a column apart at most."""
        between = np.maximum(self._norms[:, None] + self._norms - 2 * alike, 1e-3)
        names = np.array([label.translate(BRACKETS) for label in self.labels], object)
        widths = self._widths[:, None]
        wide = self._widths > widths + 2  # takes in what stands beside: enough that it does not fit
        self._sign = [label not in DIGITS for label in self.labels]
        self._signs = np.array(self._sign)
        self._asks = np.where(wide, 1.5 * self._limits, CLEAR * between).astype(np.float32)
        same = names[:, None] == names
        self._same = np.where(same, NOWHERE, 0.0).astype(np.float32)
        one_look = between < ALIKE * np.minimum(self._norms[:, None], self._norms)
        for one, two in np.argwhere(one_look & ~same):
            one_look[one, two] = local(self._pictures[one].T, self._pictures[two].T) < STROKE
        self._asks[one_look] = NOWHERE
        self._asks[same] = -NOWHERE
        self.told_apart = set(names) - set(names[(one_look & ~same).any(axis=1)])
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
