"""The glyph reader: explains what stands on the screen with glyphs it has learned, pixel by pixel.

A `Sheet` is what is known of one display: the text's colour, where its line stands, and the glyphs. The line is read
when glyphs laid side by side show the very same picture; every inked column must be one of theirs. Letters may touch or
fall apart: no cut between them is looked for, the glyphs are slid along the line. A doubtful glyph is never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from combatlens.adapters.ocr.faint import LAID_FAINT, Span, compared, faint_signs, signed_gaps, signs_of, slash_gap
from combatlens.adapters.ocr.glyph_difference import LOCAL, shows_all, strange_columns
from combatlens.adapters.ocr.glyph_fit import Fitter
from combatlens.adapters.ocr.glyph_parts import (
    DIGITS,
    MAYBE,
    SMALL,
    TRUST_VOTES,
    UNKNOWN,
    Anchor,
    Doubt,
    Floats,
    Gap,
    Glyph,
    kind_of,
    signs_in,
)
from combatlens.adapters.ocr.glyph_way import Place
from combatlens.adapters.ocr.lesson import settled
from combatlens.adapters.ocr.strangers import Strangers
from combatlens.adapters.ocr.tail import is_seen_tail, unfolded, unfolded_doubt

if TYPE_CHECKING:
    from combatlens.ports import Image

STRICT, LEAST_STRICT = 0.4, 0.6
"""While digits are unknown the limits are multiplied by these (the glyphs', the picture's): a known one may be new."""
ELSEWHERE = "the text stands elsewhere than before: part of it may be hidden"
_NEVER = Gap()


class Sheet:
    """One display's glyphs. Not for several threads.

    `colour`: BGR of the text. `reach`: how far (mean of channels, 0 to 255) a pixel may be from it and still hold ink.
    `rows`: first and last + 1 of the line. `size`: (rows, columns) of the region. `slant`: columns a row leans.
    `gaps`: how far apart signs stand, by `kind_of` the two. `widths`: each character's width in columns, to its
    neighbour. `proofs`: how many texts it foretold. `forms`: the texts' signs, as `lesson.form_of` gives them: else it
    is not whole. `tail`: the text's last signs, where one of the glyphs shows them (`tail`). `strangers`: looks
    that were refused so far.
    """

    def __init__(
        self, colour: tuple[float, float, float], reach: float, rows: tuple[int, int], size: tuple[int, int],
        slant: float = 0.0,
    ) -> None:  # fmt: skip
        self.colour, self.reach, self.rows, self.size, self.slant = colour, reach, rows, size, slant
        self.glyphs: list[Glyph] = []
        self.anchor = Anchor()
        self.gaps: dict[str, Gap] = {}
        self.proofs = 0
        self.forms: set[str] = set()
        self.widths: dict[str, float] = {}
        self.tail = ""
        self.strangers = Strangers()
        height, width = rows[1] - rows[0], size[1]
        self._inks = np.clip(1.0 - np.arange(256) / max(1.0, reach), 0, 1).astype(np.float32)
        whole = all(float(part).is_integer() for part in colour)  # then a picture of it, which is faster to compare
        self._shade = np.full((height, width, 3), colour, np.uint8) if whole else np.array((*colour, 0.0))
        self._shifts = [round(slant * row) for row in range(height)]
        starts = [row for row, shift in enumerate(self._shifts) if row == 0 or shift != self._shifts[row - 1]]
        ends = [*starts[1:], height]
        self._steps = [(first, last, self._shifts[first]) for first, last in zip(starts, ends, strict=True)]
        self._slack = max(2, height // 6)  # columns that a gap may be wider than any seen
        self.begun = False
        """Whether the line read last begins where all lines began, so that no first digit of it is hidden."""
        self.faint: set[str] = set()
        """Small signs of so little ink that where one is read may stand none, and one where none is."""
        self.faint_slash = False
        """Whether a `/` is such a sign."""
        self._fitter: Fitter | None = None
        self._known: dict[tuple[int, int], tuple[float, float, int]] = {}  # as `_gap` gives it

    def __getstate__(self) -> dict[str, object]:
        """Without the glyphs laid out: these look at one memory, which copies of them would not."""
        return {**self.__dict__, "_fitter": None}

    def ink(self, image: Image) -> Floats:
        """BGR picture of the region -> its line, upright: float32 (rows, columns), 0 (ground) to 1 (text)."""
        return np.asarray(cv2.LUT(self._distances(image), self._inks), np.float32)

    def upright(self, places: Sequence[float]) -> list[float]:
        """Columns of the picture's text -> of `ink`."""
        lean = self._shifts[len(self._shifts) // 2]
        return [place + lean for place in places]

    def touches_edge(self, start: int, end: int) -> bool:
        """Whether a text that stands so in `ink` reaches the picture's first or last column."""
        return start <= self._shifts[-1] or end >= self.size[1]

    def _distances(self, image: Image) -> NDArray[np.uint8]:
        """How far from the text's colour the line's pixels are, upright: uint8 (rows, columns)."""
        off = cv2.absdiff(image[self.rows[0] : self.rows[1]], self._shade)
        means = cv2.blur(off.reshape(len(off), -1), (3, 1)).reshape(off.shape)
        distances = np.asarray(cv2.extractChannel(means, 1), np.uint8)  # amid a pixel's three stands their own mean
        if not self.slant:
            return distances
        height, width = distances.shape
        upright = np.full((height, width + self._shifts[-1]), 255, np.uint8)
        for first, last, shift in self._steps:
            upright[first:last, shift : shift + width] = distances[first:last]
        return upright

    @property
    def complete(self) -> bool:
        """All ten digits are trusted, so nothing unknown can pass for a known one."""
        return {glyph.label for glyph in self.glyphs if glyph.votes >= TRUST_VOTES} >= DIGITS

    @property
    def told_apart(self) -> set[str]:
        """The trusted signs that look like no other."""
        fitter = self._fitter or self._prepared()
        return fitter.told_apart if fitter is not None else set()

    def changed(self) -> None:
        """The glyphs are no longer those that were laid out."""
        self._fitter = None
        self._known.clear()

    def read(self, image: Image, needed: str = "") -> str | Doubt:
        """The line's text, or why it cannot be read. `needed`: digits that stood behind the slash before, if any."""
        told = self._read(image, needed)
        if not self.tail:
            return told
        return unfolded(told, self.tail) if isinstance(told, str) else unfolded_doubt(told, self.tail)

    def _read(self, image: Image, needed: str) -> str | Doubt:
        if image.shape[:2] != self.size:
            return Doubt("the region's size has changed")
        fitter = self._fitter or self._prepared()
        if fitter is None:
            return Doubt("no glyphs learned yet")
        if not fitter.see(self._distances(image)):
            return Doubt("no text found")
        places, whole = fitter.lay()
        self.begun = bool(places) and self.anchor.begins(places[0].start, fitter.narrowest)
        bare, slash = places, None
        if self.faint_slash:  # it fits wherever hardly anything is: its gap says where it stands
            bare = [place for place in places if fitter.labels[place.which] != "/"] or places
            slash = slash_gap(self, fitter, bare, needed)
        places = bare if slash else places
        if not whole and (not slash or UNKNOWN in seen_text(fitter, places, slash)):
            return Doubt("unknown glyphs", seen_text(fitter, places, slash))
        text, hides = self._joined(fitter, bare, slash)
        if self.tail and not _shows_tail(fitter, places):
            return Doubt("what is behind the slash is new, or something lies over it")
        doubt = self._doubt(fitter, places, hides, slash)
        if doubt is None:
            return text
        return (not slash and hides in ("", ELSEWHERE) and self._overhung(fitter, places, text)) or doubt

    def laid(self, image: Image) -> tuple[Fitter, list[Place]] | None:
        """The glyphs as they explain most of the line; None where there are none, or no line."""
        fitter = self._fitter or self._prepared()
        if fitter is None or image.shape[:2] != self.size or not fitter.see(self._distances(image)):
            return None
        return fitter, fitter.lay()[0]

    def _prepared(self) -> Fitter | None:
        """Lay out the trusted glyphs; what one teacher alone read only where ten digits look like ten."""
        trusted = [glyph for glyph in self.glyphs if glyph.trusted and (glyph.firm or self.complete)]
        faint = faint_signs(trusted)
        self.faint = {trusted[at].label for at in faint} & SMALL
        self.faint_slash = "/" in {trusted[at].label for at in faint}
        trusted = [glyph for at, glyph in enumerate(trusted) if at not in faint or glyph.label in LAID_FAINT]
        self._strict = 1.0 if self.complete else STRICT
        rows, columns = self.rows[1] - self.rows[0], self.size[1] + self._shifts[-1]
        self._fitter = Fitter(trusted, rows, columns, self._strict, self._inks) if trusted else None
        return self._fitter

    def _doubt(self, fitter: Fitter, places: list[Place], hides: str, slash: Span | None) -> Doubt | None:
        """None where the glyphs are clear and show the line wholly, nothing hidden. `hides`: what seems to be.

        `slash`: where one stands that is too faint to be compared.
        """
        left, right = max(0, places[0].start - 2), min(fitter.columns, places[-1].end + 2)
        limit = LOCAL * max(self._strict, LEAST_STRICT)
        clearly = fitter.surely_clear(places) or fitter.clear(places).all()
        alike = clearly and fitter.surely_alike(places, limit)
        if alike or (clearly and shows_all(*compared(fitter, places, left, right, slash), limit)):
            return Doubt(hides, "".join(signs_of(fitter, places, slash))) if hides else None
        strange, clear = strange_columns(*compared(fitter, places, left, right, slash)), fitter.clear(places)
        partly = "".join(
            sign
            if fine and strange[max(0, place.start - left - 1) : place.end - left + 1].max() <= limit
            else sign[:-1] + UNKNOWN
            for sign, place, fine in zip(signs_of(fitter, places, slash), places, clear.tolist(), strict=True)
        )
        if UNKNOWN in partly:
            return Doubt(f"{partly.count(UNKNOWN)} of {len(places)} glyphs are doubtful", partly)
        return Doubt("something between the glyphs")

    def _overhung(self, fitter: Fitter, places: list[Place], text: str) -> str:
        """The text with the signs beneath a digit's overhang, where these are all that was strange; or empty.

        The digits have to be clear by themselves, and with the signs the glyphs have to show the line wholly.
        """
        left, right = max(0, places[0].start - 2), min(fitter.columns, places[-1].end + 2)
        seen, shown = fitter.shown(places, left, right)
        limit = LOCAL * max(self._strict, LEAST_STRICT)
        odd = np.flatnonzero(strange_columns(seen, shown) > limit) + left
        borders = [(before.end + after.start) // 2 for before, after in pairwise(places)]
        if not odd.size or not borders or not fitter.clear(places).all():
            return ""
        chars = [at for at, char in enumerate(text) if char != " "]
        near = np.abs(np.array(borders) - odd[:, None]).argmin(axis=1)
        for at in sorted(set(near.tolist()), reverse=True):
            sign = fitter.beneath(seen, shown, left, borders[at])
            if sign is None or not {fitter.labels[each.which] for each in places[at : at + 2]} <= DIGITS:
                return ""
            label, shown = sign
            text = text[: chars[at] + 1] + label + text[chars[at] + 1 :]
        holds = self.anchor.holds(places[0].start, places[-1].end, len(places) + len(set(near.tolist())))
        return text if holds and shows_all(seen, shown, limit) else ""

    def _joined(self, fitter: Fitter, places: Sequence[Place], slash: Span | None) -> tuple[str, str]:
        """The text, with spaces where gaps are as wide as one, and why part of it may be hidden: empty if it is not."""
        known, labels = self._known, fitter.labels
        first, end, before = places[0].start, places[0].start, -1
        text, onto, maybe = "", False, False
        parted: list[tuple[int, int]] = []
        for start, after, which, _ in places:
            space, least, widest = known.get((before, which)) or self._gap(fitter, before, which)
            apart = start - end
            if slash and start == slash[1]:
                text += "/"
            elif apart >= least:
                text += " " if apart >= space else MAYBE
                maybe = maybe or apart < space
            text += labels[which]
            if apart > widest and not (slash and start == slash[1]):
                parted.append((len(text) - 1, apart))
            elif apart < -1:
                onto = True
            end, before = after, which
        hidden = bool(parted)
        if parted and " " not in text and not maybe:
            text, hidden = signed_gaps(self, text, parted, self._slack)
        text = settled(text) if maybe else text
        if self.touches_edge(first, end):
            return text, "the text touches the region's edge"
        if hidden:
            return text, "a gap in the text: part of it may be hidden"
        if onto:
            return text, "glyphs lie on one another"
        if not self.anchor.holds(first, end, len(places) + bool(slash)):
            return text, ELSEWHERE
        return text, ""

    def _gap(self, fitter: Fitter, before: int, after: int) -> tuple[float, float, int]:
        """Of two glyphs (-1: the line's edge) from where on the gap between is a space, from where on it may be one,
        and the widest there may be."""
        labels = fitter.labels
        gap = _NEVER if before < 0 else self.gaps.get(kind_of(labels[before], labels[after]), _NEVER)
        least = gap.least(beside_one="1" in (labels[before], labels[after]))
        known = self._known[before, after] = gap.space, least, gap.widest + self._slack
        return known


def _shows_tail(fitter: Fitter, places: Sequence[Place]) -> bool:
    """Whether the line ends with the glyph that is several signs, just as it was learned."""
    last = places[-1]
    if signs_in(fitter.labels[last.which]) == 1:
        return False
    touching = [place for place in places if place.end > last.start]
    low = touching[0].start
    seen, shown = (part[last.start - low :] for part in fitter.shown(touching, low, last.end))
    return is_seen_tail(seen, shown)


def seen_text(fitter: Fitter, places: Sequence[Place], slash: Span | None = None) -> str:
    """The labels laid, `?` where solid columns lie between but for those of a slash that is too faint to be laid."""
    text, before, solid = "", 0, fitter.solid
    for sign, place in zip(signs_of(fitter, places, slash), places, strict=True):
        text += UNKNOWN if 1 in solid[before : place.start] and sign[0] != "/" else ""
        text += sign
        before = place.end
    return text + (UNKNOWN if 1 in solid[before:] else "")
