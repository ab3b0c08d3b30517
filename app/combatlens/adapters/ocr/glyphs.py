"""The glyph reader: explains what stands on the screen with glyphs it has learned, pixel by pixel.

A `Sheet` is what is known of one display: the text's colour, where its line stands, and the glyphs. The line is read
when glyphs laid side by side show the very same picture; every inked column must be one of theirs. Letters may touch or
fall apart: no cut between them is looked for, the glyphs are slid along the line. A doubtful glyph is never guessed.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
from msgspec import Struct
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

if TYPE_CHECKING:
    from combatlens.ports import Image

Floats = NDArray[np.float32]

TRUST_VOTES = 2
"""A glyph speaks once so many different readings have shown it."""
FAR = 0.12
"""Largest squared difference to its template, as a part of the template's ink."""
LOCAL = 0.30
"""Largest mean difference in any 3×3 pixels: a missing or added stroke shows here."""
CLEAR = 0.5
"""How clearly nearer to its template than to any other glyph's: 1 is on the template, 0 halfway between."""
STRICT = 0.4
"""While some digits are still unknown the limits are multiplied by this: what looks like a known one may be new."""
BARE = 0.3
"""Most ink in a pixel that the glyphs show nothing near to, or the other way round: a dot of one pixel shows here."""
_AROUND = np.ones((3, 3), np.uint8)
SOLID = 0.3
"""A column with so much ink in a pixel must belong to a glyph."""
SKIP = 0.5
"""What a column without a glyph costs, as a part of its ink: more than any glyph that fits."""
UNKNOWN = "?"
DIGITS = frozenset("0123456789")


class Doubt(Struct, frozen=True):
    """Why a line was not read. `partly`: what was, `?` for each stretch without a glyph; empty where nothing was."""

    reason: str
    partly: str = ""

    def allows(self, text: str) -> bool:
        """Whether `text` is the line for all that is known of it, and most of it is known."""
        known = len(self.partly) - self.partly.count(UNKNOWN)
        pattern = "".join(".{1,4}" if char == UNKNOWN else re.escape(char) for char in self.partly)
        bare = text.replace(" ", "")
        return 2 * known >= len(bare) > 0 and re.fullmatch(pattern, bare) is not None


class Glyph(Struct):
    """A learned picture of one character. `pixels`: float32 (rows, width), 0 to 1."""

    label: str
    pixels: Floats
    votes: int = 1
    seen: int = 1


class Place(Struct, frozen=True):
    """A glyph laid on the line: `start` and `end` column, `index` among the trusted glyphs, squared difference."""

    start: int
    end: int
    index: int
    off: float


class Anchor(Struct):
    """Where the text is held: by its left end, its right end or its middle. What never held is forgotten."""

    left: tuple[float, float] | None = None
    right: tuple[float, float] | None = None
    middle: tuple[float, float] | None = None
    room: float = 0.0
    longest: int = 0
    taught: int = 0

    def learn(self, start: int, end: int, room: float) -> None:
        """`room`: how far (pixels) an end may wander with the shapes of its letters; less than a digit is wide."""
        middle = (start + end) / 2
        if not self.taught:
            self.left, self.right, self.middle = (start, start), (end, end), (middle, middle)
        self.room = room = max(room, self.room)
        self.left, self.right = _widened(self.left, start, room), _widened(self.right, end, room)
        self.middle = _widened(self.middle, middle, room)
        self.longest = max(self.longest, end - start)
        self.taught += 1

    def holds(self, start: int, end: int) -> bool:
        """Whether the text stands as it always did; one end suffices for a text longer than ever."""
        held = [
            _widened(span, seen, self.room) is not None
            for span, seen in ((self.left, start), (self.right, end), (self.middle, (start + end) / 2))
            if span is not None
        ]
        return any(held) if held and end - start > self.longest + 2 else all(held)


def _widened(span: tuple[float, float] | None, seen: float, room: float) -> tuple[float, float] | None:
    if span is None:
        return None
    low, high = min(span[0], seen), max(span[1], seen)
    return (low, high) if high - low <= room else None


class Sheet:
    """One display's glyphs. Reading holds no state but the line before; not for several threads."""

    def __init__(
        self, colour: tuple[float, float, float], reach: float, rows: tuple[int, int], size: tuple[int, int],
        slant: float = 0.0, gap: float = 1e9,
    ) -> None:  # fmt: skip
        self.colour, self.reach, self.rows, self.size, self.slant, self.gap = colour, reach, rows, size, slant, gap
        self.glyphs: list[Glyph] = []
        self.anchor = Anchor()
        self.widest = self.proofs = 0
        self.widths: dict[str, float] = {}
        self._table = np.clip(1.0 - np.arange(256) / max(1.0, reach), 0, 1).astype(np.float32)
        self._scalar = np.array((*colour, 0.0), np.float64)
        self._mix = np.full((1, 3), 1 / 3, np.float32)
        height = rows[1] - rows[0]
        self._shifts = [round(slant * row) for row in range(height)]
        self._ready = False
        self._before: tuple[list[Place], Floats] = ([], np.zeros((0, 0), np.float32))

    def ink(self, image: Image) -> Floats:
        """BGR picture of the region -> its line, upright: float32 (rows, columns), 0 (ground) to 1 (text)."""
        band = image[self.rows[0] : self.rows[1]]
        distance = cv2.transform(cv2.absdiff(band, self._scalar), self._mix)
        ink = np.asarray(cv2.LUT(distance, self._table), np.float32)
        if not self.slant:
            return ink
        height, width = ink.shape
        upright = np.zeros((height, width + self._shifts[-1]), np.float32)
        for row, shift in enumerate(self._shifts):
            upright[row, shift : shift + width] = ink[row]
        return upright

    @property
    def complete(self) -> bool:
        """All ten digits are trusted, so nothing unknown can pass for a known one."""
        return {glyph.label for glyph in self.glyphs if glyph.votes >= TRUST_VOTES} >= DIGITS

    def changed(self) -> None:
        """The glyphs are no longer those that were laid out."""
        self._ready = False

    def read(self, image: Image) -> str | Doubt:
        """The line's text, or why it cannot be read."""
        if image.shape[:2] != self.size:
            return Doubt("the region's size has changed")
        if not self._ready:
            self._prepare()
        if not self._labels:
            return Doubt("no glyphs learned yet")
        ink = self.ink(image)
        peaks = np.asarray(cv2.reduce(ink, 0, cv2.REDUCE_MAX))[0]
        solid = np.flatnonzero(peaks >= SOLID)
        if not solid.size:
            return Doubt("no text found")
        first, last = int(solid[0]), int(solid[-1]) + 1
        known, after = self._unchanged(ink, first, last)
        if known or after:
            low, high = (
                known[-1].end if known else max(0, first - 2),
                after[0].start if after else min(ink.shape[1], last + 2),
            )
            between, whole = self._lay(ink, peaks, low, high) if high > low else ([], True)
            places = [*known, *between, *after]
            if whole and self._checked(ink, places, between) is None:
                return self._joined(places)
        places, whole = self._lay(ink, peaks, max(0, first - 2), min(ink.shape[1], last + 2))
        if not whole:
            return Doubt("unknown glyphs", self._text(places, peaks))
        return self._checked(ink, places, places) or self._joined(places)

    def _unchanged(self, ink: Floats, first: int, last: int) -> tuple[list[Place], list[Place]]:
        """The glyphs at the beginning and at the end that stand as in the line before; none where all may have moved.

        So near to its template no other glyph can be clearer: half of what parts two glyphs, squared, four times less.
        """
        before, shown = self._before
        if not before or first < before[0].start - 1 or last > before[-1].end + 1:
            return [], []
        left, right = before[0].start, before[-1].end
        off = ink[:, left:right] - shown[:, left:right]
        sums = np.concatenate(([0.0], np.cumsum(np.einsum("ij,ij->j", off, off))))
        starts = np.array([place.start for place in before]) - left
        ends = np.array([place.end for place in before]) - left
        same = sums[ends] - sums[starts] <= self._tight[[place.index for place in before]]
        changed = np.flatnonzero(~same)
        if not changed.size:
            return before, []
        return before[: changed[0]], before[changed[-1] + 1 :]

    def _prepare(self) -> None:
        """Lay out the trusted glyphs as one matrix; the widest sets the window."""
        trusted = [glyph for glyph in self.glyphs if glyph.votes >= TRUST_VOTES]
        self._labels = [glyph.label for glyph in trusted]
        self._pixels = [glyph.pixels for glyph in trusted]
        self._widths = np.array([glyph.pixels.shape[1] for glyph in trusted], np.intp)
        self._window = int(self._widths.max(initial=1)) + 1
        rows = self.rows[1] - self.rows[0]
        sheet = np.zeros((len(trusted), rows, self._window), np.float32)
        for index, glyph in enumerate(trusted):
            sheet[index, :, : glyph.pixels.shape[1]] = glyph.pixels
        flat = sheet.reshape(len(trusted), rows * self._window)
        self._flat = np.ascontiguousarray(flat.T)
        self._norms = (flat**2).sum(axis=1)
        moved = np.zeros_like(sheet)
        moved[:, :, 1:] = sheet[:, :, :-1]
        moved = moved.reshape(flat.shape)
        alike = np.maximum.reduce([flat @ flat.T, moved @ flat.T, flat @ moved.T])
        between = self._norms[:, None] + self._norms[None] - 2 * alike
        names = np.array(self._labels)
        self._other = names[:, None] != names[None] if trusted else np.zeros((0, 0), bool)
        self._between = np.maximum(between, 1e-3)
        self._strict = 1.0 if self.complete else STRICT
        self._limits = FAR * self._strict * np.maximum(self._norms, 1.0)
        nearest = np.where(self._other, self._between, np.inf).min(axis=1, initial=np.inf)
        self._tight = np.minimum(self._limits, nearest / 16)
        self._before = ([], np.zeros((0, 0), np.float32))
        self._ready = True

    def _lay(self, ink: Floats, peaks: Floats, start: int, last: int) -> tuple[list[Place], bool]:
        """The glyphs that explain most ink between two columns, left to right, and whether they explain all of it."""
        window = self._window
        padded = np.zeros((ink.shape[0], last - start + window), np.float32)
        part = ink[:, start:last]
        padded[:, : part.shape[1]] = part
        views = sliding_window_view(padded, window, axis=1)[:, : last - start]
        flat = views.transpose(1, 0, 2).reshape(last - start, -1)
        energy = (padded * padded).sum(axis=0)
        sums = np.concatenate(([0.0], np.cumsum(energy)))
        spots = np.arange(last - start)
        off = sums[spots[:, None] + self._widths[None]] - sums[spots, None] + self._norms[None]
        off -= 2 * (flat @ self._flat)
        self._off, self._start, self._sums = off, start, sums
        room = spots[:, None] + self._widths[None] <= last - start
        where, which = np.nonzero((off <= self._limits) & room)
        fits: dict[int, list[tuple[int, int, float]]] = {}
        ends = (where + self._widths[which]).tolist()
        for spot, index, end, cost in zip(
            where.tolist(), which.tolist(), ends, off[where, which].tolist(), strict=True
        ):
            fits.setdefault(spot, []).append((index, end, cost))
        cost_of = np.where(peaks[start:last] >= SOLID, SKIP * energy[: last - start], 0.0).tolist()
        return self._cheapest(fits, cost_of, start)

    def _cheapest(
        self, fits: dict[int, list[tuple[int, int, float]]], skips: list[float], start: int
    ) -> tuple[list[Place], bool]:
        """Dynamic programming along the columns: lay a glyph, or leave the column out at its price."""
        size = len(skips) + self._window + 2
        best, back = [1e18] * size, [(-1, -1, 0.0)] * size
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
                    best[end], back[end] = before + cost, (begin, index, cost)
        places: list[Place] = []
        left_out, whole = 0, True
        spot = min(range(len(skips), size), key=best.__getitem__)
        while spot > 0:
            before, index, cost = back[spot]
            if index >= 0:
                width = int(self._widths[index])
                places.append(Place(start + spot - width, start + spot, index, cost))
                left_out = 0
            elif cost > 0:
                left_out += 1  # one column beside a glyph may be its soft edge: the comparison of the whole decides
                beside = bool(places and places[-1].start == start + spot) or (before >= 0 and back[before][1] >= 0)
                whole = whole and left_out == 1 and beside
            spot = before
        return places[::-1], whole and bool(places)

    def _checked(self, ink: Floats, places: list[Place], fresh: list[Place]) -> Doubt | None:
        """None where the glyphs are clear and show the line wholly, nothing hidden. `fresh`: not known to be clear."""
        if places[0].start <= self._shifts[-1] or places[-1].end >= ink.shape[1] - self._shifts[-1]:
            return Doubt("the text touches the region's edge")
        slack = max(2, (self.rows[1] - self.rows[0]) // 6)
        if any(after.start - before.end > self.widest + slack for before, after in pairwise(places)):
            return Doubt("a gap in the text: part of it may be hidden")
        if any(after.start < before.end - 1 for before, after in pairwise(places)):
            return Doubt("glyphs lie on one another")
        if not self.anchor.holds(places[0].start, places[-1].end):
            return Doubt("the text stands elsewhere than before: part of it may be hidden")
        shown = self._drawn(ink, places, fresh)
        left, right = max(0, places[0].start - 2), places[-1].end + 2
        local = cv2.blur(cv2.absdiff(ink[:, left:right], shown[:, left:right]), (3, 3))
        seen, laid = np.ascontiguousarray(ink[:, left:right]), np.ascontiguousarray(shown[:, left:right])
        bare = np.maximum(seen - cv2.dilate(laid, _AROUND), laid - cv2.dilate(seen, _AROUND)).max(axis=0)
        blurred = np.maximum(np.asarray(local).max(axis=0), bare * (LOCAL / BARE))
        limit = LOCAL * max(self._strict, 0.6)
        clear = self._clear(fresh) if fresh else np.ones(0, bool)
        if blurred.max() <= limit and clear.all():
            self._before = (places, shown)
            return None
        if len(fresh) < len(places):
            return Doubt("the line has changed")
        partly = [
            self._labels[place.index]
            if fine and blurred[place.start - left - 1 : place.end - left + 1].max() <= limit
            else UNKNOWN
            for place, fine in zip(places, clear.tolist(), strict=True)
        ]
        if UNKNOWN in partly:
            return Doubt(f"{partly.count(UNKNOWN)} of {len(places)} glyphs are doubtful", "".join(partly))
        return Doubt("something between the glyphs")

    def _drawn(self, ink: Floats, places: list[Place], fresh: list[Place]) -> Floats:
        """The line as the glyphs show it: the line before, with what is new in its place."""
        if len(fresh) < len(places):
            shown = self._before[1].copy()
            kept = {place.start for place in places} - {place.start for place in fresh}
            for place in self._before[0]:
                if place.start not in kept:
                    shown[:, place.start : place.end] = 0.0
        else:
            shown = np.zeros_like(ink)
        for place in fresh:
            area = shown[:, place.start : place.end]
            np.maximum(area, self._pixels[place.index], out=area)
        return shown

    def _clear(self, places: list[Place]) -> NDArray[np.bool_]:
        """For each place whether no glyph of another label, a column to either side, comes near to fitting as well."""
        index = np.array([place.index for place in places])
        first = np.array([place.start for place in places])[:, None, None] - self._start
        width = self._widths[index][:, None, None]
        spots = np.clip(first + np.array([-1, 0, 1])[None, :, None], 0, len(self._off) - 1)
        ends = np.minimum(spots + self._widths, first + width)
        sums = self._sums
        missed = sums[first + width] - sums[ends] + sums[np.maximum(spots, first)] - sums[first]
        near = (self._off[spots[:, :, 0]] + missed).min(axis=1)
        needed = np.array([place.off for place in places])[:, None] + CLEAR * self._between[index]
        wide = self._widths > width[:, 0] + 2  # it would take in what stands beside: enough that it does not fit
        needed = np.where(wide, 1.5 * self._limits, needed)
        return np.asarray(((near >= needed) | ~self._other[index]).all(axis=1))

    def _text(self, places: list[Place], peaks: Floats) -> str:
        """The labels laid, `?` where solid columns lie between."""
        text, before = "", 0
        for place in places:
            text += UNKNOWN if (peaks[before : place.start] >= SOLID).any() else ""
            text += self._labels[place.index]
            before = place.end
        return text + (UNKNOWN if (peaks[before:] >= SOLID).any() else "")

    def _joined(self, places: list[Place]) -> str:
        """Labels -> text, with a space where the gap is as wide as one."""
        text = self._labels[places[0].index]
        for before, after in pairwise(places):
            text += " " if after.start - before.end >= self.gap else ""
            text += self._labels[after.index]
        return text
