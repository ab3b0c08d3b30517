"""The glyph reader: compares what stands on the screen with glyphs it has learned, pixel by pixel.

A `Sheet` is what is known of one display: the text's colour, where its line stands, and the glyphs. Every piece of
ink in the line must be one of them, clearly and wholly, or the line is not read. A doubtful glyph is never guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

if TYPE_CHECKING:
    from combatlens.ports import Image

Floats = NDArray[np.float32]

TRUST_VOTES = 2
"""A glyph speaks once so many different readings have shown it."""
FAR = 0.10
"""Largest squared difference to its template, as a part of the template's ink."""
LOCAL = 0.30
"""Largest mean difference in any 3×3 pixels: a missing or added stroke shows here."""
CLEAR = 0.5
"""How clearly nearer to its template than to any other glyph's: 1 is on the template, 0 halfway between."""
STRICT = 0.4
"""While some digits are still unknown the limits are multiplied by this: what looks like a known one may be new."""
MARGIN = 2
ANCHOR_SLACK = 2.0
MOST_FIGURES = 60
"""More pieces of ink than a line of text has: scenery shines through."""
DIGITS = frozenset("0123456789")


class Inked(Struct, frozen=True):
    """A line taken apart. `pieces`: each figure alone, uint8 (rows, width); `runs`: its columns (start, end)."""

    width: int
    pieces: list[NDArray[np.uint8]]
    runs: NDArray[np.intp]


class Doubt(Struct, frozen=True):
    """Why a line was not read."""

    reason: str


class Glyph(Struct):
    """A learned picture of one character. `pixels`: float32 (rows, width), 0 to 1."""

    label: str
    pixels: Floats
    votes: int = 1
    seen: int = 1


class Anchor(Struct):
    """Where the text is held: by its left end, its right end or its middle. Learned; what never held is forgotten."""

    left: float | None = None
    right: float | None = None
    middle: float | None = None
    taught: int = 0

    def learn(self, runs: NDArray[np.intp]) -> None:
        start, end = float(runs[0, 0]), float(runs[-1, 1])
        if not self.taught:
            self.left, self.right, self.middle = start, end, (start + end) / 2
        else:
            self.left = self.left if _near(self.left, start) else None
            self.right = self.right if _near(self.right, end) else None
            self.middle = self.middle if _near(self.middle, (start + end) / 2) else None
        self.taught += 1

    def holds(self, runs: NDArray[np.intp]) -> bool:
        """Whether the text stands as it always did; True while nothing is known."""
        start, end = float(runs[0, 0]), float(runs[-1, 1])
        held = ((self.left, start), (self.right, end), (self.middle, (start + end) / 2))
        return all(known is None or _near(known, seen) for known, seen in held)


def _near(known: float | None, seen: float) -> bool:
    return known is not None and abs(known - seen) <= ANCHOR_SLACK


def _group(stats: NDArray[np.int32]) -> list[tuple[int, int, list[int]]]:
    """Figures one above the other are one character (`%`, `:`, broken strokes): (start, end, marks), left to right."""
    boxes = sorted((int(x), int(x + width), mark) for mark, (x, _, width, _, _) in enumerate(stats.tolist()) if mark)
    groups: list[tuple[int, int, list[int]]] = []
    for start, end, mark in boxes:
        if groups:
            before_start, before_end, members = groups[-1]
            shared = min(before_end, end) - start
            if shared > 0.6 * min(before_end - before_start, end - start):
                groups[-1] = (before_start, max(before_end, end), [*members, mark])
                continue
        groups.append((start, end, [mark]))
    return groups


def _alone(
    ink: NDArray[np.uint8], marks: NDArray[np.int32], groups: list[tuple[int, int, list[int]]], index: int
) -> NDArray[np.uint8]:
    """The columns of one group, without the ink of neighbours that reach into them."""
    start, end, members = groups[index]
    part = ink[:, start:end]
    before = index > 0 and groups[index - 1][1] > start
    if not before and (index + 1 == len(groups) or groups[index + 1][0] >= end):
        return part
    mark = marks[:, start:end]
    mine = mark == members[0]
    for member in members[1:]:
        mine |= mark == member
    return np.where(mine, part, np.uint8(0))


class Sheet:
    """One display's glyphs. Reading holds no state but a memory of exact pictures; not for several threads."""

    def __init__(
        self, colour: tuple[float, float, float], reach: float, cut: int, rows: tuple[int, int],
        size: tuple[int, int], gap: float = 1e9,
    ) -> None:  # fmt: skip
        self.colour, self.reach, self.cut, self.rows, self.size, self.gap = colour, reach, cut, rows, size, gap
        self.glyphs: list[Glyph] = []
        self.anchor = Anchor()
        self.widest = 0
        table = np.clip(255.0 * (1.0 - np.arange(256) / max(1.0, reach)), 0, 255)
        self._table = table.astype(np.uint8)
        self._scalar = np.array((*colour, 0.0), np.float64)
        self._mix = np.full((1, 3), 1 / 3, np.float32)
        self._known: dict[tuple[int, bytes], str] = {}
        self._ready = False

    def take_apart(self, image: Image) -> Inked:
        """BGR picture of the region -> its line's ink and runs."""
        band = image[self.rows[0] : self.rows[1]]
        distance = cv2.transform(cv2.absdiff(band, self._scalar), self._mix)
        ink = np.asarray(cv2.LUT(distance, self._table), np.uint8)
        columns = np.flatnonzero(np.asarray(cv2.reduce(ink, 0, cv2.REDUCE_MAX))[0] >= self.cut)
        nothing = Inked(ink.shape[1], [], np.empty((0, 2), np.intp))
        if not columns.size:
            return nothing
        left = int(columns[0])
        text = ink[:, left : int(columns[-1]) + 1]
        count, figures, stats, _ = cv2.connectedComponentsWithStats((text >= self.cut).view(np.uint8), connectivity=8)
        if count > MOST_FIGURES:
            return nothing
        groups = _group(np.asarray(stats, np.int32))
        marks = np.asarray(figures, np.int32)
        pieces = [_alone(text, marks, groups, index) for index in range(len(groups))]
        runs = np.array([group[:2] for group in groups], np.intp).reshape(-1, 2) + left
        return Inked(ink.shape[1], pieces, runs)

    @property
    def complete(self) -> bool:
        """All ten digits are trusted, so nothing unknown can pass for a known one."""
        return {glyph.label for glyph in self.glyphs if glyph.votes >= TRUST_VOTES} >= DIGITS

    def read(self, image: Image) -> str | Doubt:
        """The line's text, or why it cannot be read."""
        if image.shape[:2] != self.size:
            return Doubt("the region's size has changed")
        line = self.take_apart(image)
        if not len(line.runs):
            return Doubt("no text found, or too much behind it")
        if line.runs[0, 0] == 0 or line.runs[-1, 1] == line.width:
            return Doubt("the text touches the region's edge")
        slack = max(2, (self.rows[1] - self.rows[0]) // 6)
        if len(line.runs) > 1 and (line.runs[1:, 0] - line.runs[:-1, 1]).max() > self.widest + slack:
            return Doubt("a gap in the text: part of it may be hidden")
        if not self.anchor.holds(line.runs):
            return Doubt("the text stands elsewhere than before: part of it may be hidden")
        labels = self._labels(line)
        if isinstance(labels, Doubt):
            return labels
        return self.join(labels, line.runs)

    def join(self, labels: list[str], runs: NDArray[np.intp]) -> str:
        """Labels -> text, with a space where the gap is as wide as one."""
        text = labels[0]
        for index in range(1, len(labels)):
            text += " " if runs[index, 0] - runs[index - 1, 1] >= self.gap else ""
            text += labels[index]
        return text

    def _labels(self, line: Inked) -> list[str] | Doubt:
        labels: list[str] = [""] * len(line.runs)
        new: list[int] = []
        keys: list[tuple[int, bytes]] = []
        for index, piece in enumerate(line.pieces):
            key = (piece.shape[1], piece.tobytes())
            label = self._known.get(key)
            keys.append(key)
            if label is None:
                new.append(index)
            else:
                labels[index] = label
        if new:
            found = self._match(line, new)
            if isinstance(found, Doubt):
                return found
            if len(self._known) > 4000:
                self._known.clear()
            for index, label in zip(new, found, strict=True):
                labels[index] = label
                self._known[keys[index]] = label
        return labels

    def _prepare(self) -> None:
        """Lay out the trusted glyphs as one matrix; the widest sets the canvas."""
        trusted = [glyph for glyph in self.glyphs if glyph.votes >= TRUST_VOTES]
        self._names = np.array([glyph.label for glyph in trusted])
        self._width = max((glyph.pixels.shape[1] for glyph in trusted), default=0) + MARGIN
        rows = self.rows[1] - self.rows[0]
        sheet = np.zeros((len(trusted), rows, self._width), np.float32)
        for index, glyph in enumerate(trusted):
            sheet[index, :, : glyph.pixels.shape[1]] = glyph.pixels
        self._sheet = sheet.reshape(len(trusted), rows * self._width)
        self._norms = (self._sheet**2).sum(axis=1)
        self._mass = np.maximum(self._norms, 1.0)
        between = self._norms[:, None] + self._norms[None] - 2 * self._sheet @ self._sheet.T
        self._between = np.maximum(between, 1e-3)
        self._other = self._names[:, None] != self._names[None]
        self._strict = 1.0 if self.complete else STRICT
        self._known.clear()
        self._ready = True

    def changed(self) -> None:
        """The glyphs are no longer those that were laid out."""
        self._ready = False

    def _match(self, line: Inked, which: list[int]) -> list[str] | Doubt:
        if not self._ready:
            self._prepare()
        if not len(self._names):
            return Doubt("no glyphs learned yet")
        labels = self._nearest(self._canvas(line, which, 0))
        doubtful = [place for place, label in enumerate(labels) if not label]
        for shift in (1, -1) if doubtful else ():
            again = self._nearest(self._canvas(line, [which[place] for place in doubtful], shift))
            for place, label in zip(doubtful, again, strict=True):
                labels[place] = labels[place] or label
            doubtful = [place for place in doubtful if not labels[place]]
            if not doubtful:
                break
        if doubtful:
            return Doubt(f"{len(doubtful)} of {len(line.runs)} glyphs are doubtful")
        return labels

    def _canvas(self, line: Inked, which: list[int], shift: int) -> Floats:
        width = self._width
        canvas = np.zeros((len(which), self.rows[1] - self.rows[0], width), np.float32)
        for place, index in enumerate(which):
            piece = line.pieces[index][:, max(0, shift) :]
            start = max(0, -shift)
            if start + piece.shape[1] <= width:
                canvas[place, :, start : start + piece.shape[1]] = piece
        canvas *= 1 / 255
        return canvas

    def _nearest(self, canvas: Floats) -> list[str]:
        """For each piece of ink the label of the one glyph that it is, or ""."""
        count = canvas.shape[0]
        flat = canvas.reshape(count, -1)
        distance = (flat**2).sum(axis=1)[:, None] + self._norms[None] - 2 * flat @ self._sheet.T
        best = distance.argmin(axis=1)
        nearest = distance[np.arange(count), best]
        clear = (distance - nearest[:, None]) / self._between[best]
        clear[~self._other[best]] = 9.0
        strict = self._strict
        good = (nearest <= FAR * strict * self._mass[best]) & (clear.min(axis=1) >= CLEAR)
        off = np.abs(flat - self._sheet[best]).reshape(-1, self._width)
        local = np.asarray(cv2.blur(off, (3, 3))).reshape(count, -1).max(axis=1)
        good &= local <= LOCAL * max(strict, 0.6)
        return [str(name) if fine else "" for name, fine in zip(self._names[best], good.tolist(), strict=True)]
