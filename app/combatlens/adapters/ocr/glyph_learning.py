"""How a sheet of glyphs comes to be: from pictures whose text two teachers read alike and time confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyph_parts import SOLID, TRUST_VOTES, Floats, Glyph
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.preprocess import text_box, to_gray

if TYPE_CHECKING:
    from combatlens.ports import Image

SAME = 0.05
"""Below this part of its ink two pictures show the same rendering of a glyph, and are averaged."""
ALIKE = 0.025
"""Below this part two pictures cannot be two different characters."""
UNLIKE = 0.9
"""Above this part two pictures are not the same character in one line."""
AKIN = 0.25
"""Below this part another rendering of a trusted glyph is trusted at once, where it is like no other glyph."""
LOCALLY_AKIN, ODD = 0.35, 0.5
"""The same for the largest mean difference in 3×3 pixels; above the second it is no rendering of that glyph at all."""
EDGE = 0.15
"""Columns with less ink than this do not belong to a glyph."""
VARIANTS = 14
"""Renderings kept a character: sub-pixel places, scaling, noise."""
SHARES = (0.75, 0.55, 0.95)
SLANTS = (0.0, 0.12, 0.18, 0.24, 0.3)
LEAST_CONTRAST = 25.0
LEAST_SCORE = 0.5
TRIALS = 6
UNITS = {".": 0.5, ",": 0.5, "'": 0.45, ":": 0.5, "/": 0.75, "[": 0.6, "]": 0.6, "(": 0.6, ")": 0.6, "%": 1.5, " ": 0.5}
"""Widths to begin with, in digits."""
CUT_PRICE, WIDTH_PRICE = 6.0, 3.0


class Sample(Struct, frozen=True):
    """A picture and its true text, without spaces trimmed away."""

    image: NDArray[np.uint8]
    text: str


class Cell(Struct, frozen=True):
    """One character's place and picture. `pixels`: float32 (rows, width)."""

    label: str
    start: int
    pixels: Floats


def start_sheet(samples: Sequence[Sample]) -> Sheet | None:
    """The sheet in which the samples' characters look most like themselves, taught with them; None where none does."""
    size = (samples[-1].image.shape[0], samples[-1].image.shape[1])
    same = [sample for sample in samples if sample.image.shape[:2] == size]
    boxes = [box for sample in same if (box := text_box(to_gray(sample.image))) is not None]
    if len(boxes) < 2:
        return None
    top, bottom = min(box[1] for box in boxes), max(box[1] + box[3] for box in boxes)
    room = max(2, (bottom - top) // 6)
    rows = (max(0, top - room), min(size[0], bottom + room))
    best, most = None, LEAST_SCORE
    for light in (True, False):
        colour, ground = _colours(same[-1].image, boxes[-1], light)
        for share in SHARES if ground >= LEAST_CONTRAST else ():
            trial = Sheet(colour, share * ground, rows, size)
            trial = Sheet(colour, share * ground, rows, size, _slant(trial, same))
            widths = _widths(trial, same[-TRIALS:])
            score = _score(trial, same[-TRIALS:], widths) if widths else 0.0
            if score > most + 0.01:
                best, most = trial, score
                best.widths = widths
            if most > 0.95:
                break
    if best is None:
        return None
    best = _fitted(best, same)
    for sample in same:
        teach(best, sample.image, sample.text)
    return best


def _fitted(sheet: Sheet, samples: Sequence[Sample]) -> Sheet:
    """The same sheet with only the rows that the text needs."""
    every = [cell for sample in samples for cell in cells(sheet.ink(sample.image), sample.text, sheet.widths)]
    peaks = np.sort([cell.pixels.max(axis=1) for cell in every], axis=0)
    used = np.flatnonzero(peaks[-max(1, len(every) // 12)] >= EDGE)  # scenery shines in here and there, ink often
    top = sheet.rows[0]
    rows = (max(top, top + int(used[0]) - 2), min(sheet.rows[1], top + int(used[-1]) + 3))
    fitted = Sheet(sheet.colour, sheet.reach, rows, sheet.size, sheet.slant)
    fitted.widths = sheet.widths
    return fitted


def _slant(sheet: Sheet, samples: Sequence[Sample]) -> float:
    """The slant under which the columns differ most: 0 unless another is clearly better."""
    sharp = []
    for slant in SLANTS:
        upright = Sheet(sheet.colour, sheet.reach, sheet.rows, sheet.size, slant).ink(samples[-1].image)
        sharp.append(float((upright.sum(axis=0) ** 2).sum()))
    best = int(np.argmax(sharp))
    return SLANTS[best] if sharp[best] > 1.06 * sharp[0] else 0.0


def _widths(sheet: Sheet, samples: Sequence[Sample]) -> dict[str, float]:
    """Each character's width in pixels, from its boundary to the next: guessed, then refined."""
    lines = [(sample.text, sheet.ink(sample.image)) for sample in samples]
    widths: dict[str, float] = {}
    for _ in range(3):
        found: dict[str, list[float]] = {}
        for text, ink in lines:
            cuts = cut(text, ink, widths)
            for char, (start, end) in zip(text.replace(" ", ""), pairwise(cuts), strict=False):
                found.setdefault(char, []).append(end - start)
        if not found:
            return {}
        widths = {char: float(np.median(seen)) for char, seen in found.items()}
    return widths


def cut(text: str, ink: Floats, widths: dict[str, float]) -> list[int]:
    """Boundary columns that part the line's characters: through little ink, near to the expected widths. Empty: none.

    A spaced pair's gap goes to the character before it, at no price.
    """
    solid = np.flatnonzero(ink.max(axis=0) >= SOLID)
    bare = text.replace(" ", "")
    if solid.size < len(bare) or not bare:
        return []
    first, last = int(solid[0]), int(solid[-1]) + 1
    profile = ink[:, first : last + 1].sum(axis=0) / max(1.0, float(ink.sum(axis=0).max()))
    units = sum(UNITS.get(char, 1.0) for char in text)
    unit = widths.get("0", (last - first) / units)
    total = last - first
    price = np.full(total + 1, np.inf)
    price[0] = 0.0
    steps: list[NDArray[np.intp]] = []
    spaced = _spaced(text)
    spots = np.arange(total + 1)
    for char, space in zip(bare, spaced, strict=True):
        width = widths.get(char, unit * UNITS.get(char, 1.0)) + (
            unit * UNITS[" "] if space and char not in widths else 0
        )
        longest = min(total, int(2.2 * max(width, unit) + (unit if space else 0)) + 2)
        sizes = np.arange(1, longest + 1)
        stray = WIDTH_PRICE * (0.3 if space else 1.0) * ((sizes - width) / max(2.0, width)) ** 2
        before = spots[:, None] - sizes[None]
        options = np.where(before >= 0, price[np.maximum(before, 0)] + stray[None], np.inf)
        chosen = options.argmin(axis=1)
        steps.append(before[spots, chosen])
        price = options[spots, chosen] + CUT_PRICE * np.append(profile[:total], 0.0)
    if not np.isfinite(price[total]):
        return []
    cuts = [total]
    for step in reversed(steps):
        cuts.append(int(step[cuts[-1]]))
    return [first + spot for spot in reversed(cuts)]


def _spaced(text: str) -> list[bool]:
    """For each character that is no space whether one follows."""
    return [text[index + 1 : index + 2] == " " for index, char in enumerate(text) if char != " "]


def cells(ink: Floats, text: str, widths: dict[str, float]) -> list[Cell]:
    cuts = cut(text, ink, widths)
    made = []
    for char, (start, end) in zip(text.replace(" ", ""), pairwise(cuts), strict=False):
        peaks = ink[:, start:end].max(axis=0)
        columns = np.flatnonzero(peaks >= EDGE)
        if peaks.max(initial=0.0) < SOLID:
            return []
        left, right = start + int(columns[0]), start + int(columns[-1]) + 1
        made.append(Cell(char, left, ink[:, left:right]))
    return made


def _score(sheet: Sheet, samples: Sequence[Sample], widths: dict[str, float]) -> float:
    """The part of the samples' cells that look like another one of the same label and like none of another."""
    every = [cell for sample in samples for cell in cells(sheet.ink(sample.image), sample.text, widths)]
    if len(every) < 5:
        return 0.0
    wide = max(cell.pixels.shape[1] for cell in every) + 1
    laid = np.zeros((2, len(every), every[0].pixels.shape[0], wide), np.float32)
    for index, cell in enumerate(every):
        for shift in (0, 1):
            laid[shift, index, :, shift : shift + cell.pixels.shape[1]] = cell.pixels
    still, moved = laid.reshape(2, len(every), -1)
    mass = (still**2).sum(axis=1)
    off = mass[:, None] + mass[None] - 2 * np.maximum.reduce([still @ still.T, still @ moved.T, moved @ still.T])
    off /= np.maximum(1.0, np.minimum(mass[:, None], mass[None]))
    names = np.array([cell.label for cell in every])
    same = names[:, None] == names[None]
    own = np.where(same & ~np.eye(len(every), dtype=bool), off, np.inf).min(axis=1)
    other = np.where(same, np.inf, off).min(axis=1)
    paired = np.isfinite(own)
    good = (own < AKIN) & (own < other)
    return float(good[paired].mean()) if paired.sum() >= 5 else 0.0


def _colours(image: Image, box: tuple[int, int, int, int], light: bool) -> tuple[tuple[float, float, float], float]:
    """The text's colour, and how far (mean of channels) the nearest ground is from it."""
    x, y, width, height = box
    part = image[y : y + height, x : x + width]
    gray = to_gray(part)
    size = max(5, height // 2) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    strokes = cv2.morphologyEx(gray, cv2.MORPH_TOPHAT if light else cv2.MORPH_BLACKHAT, kernel)
    strong = strokes >= 0.85 * np.percentile(strokes, 99)
    colour = np.median(part[strong], axis=0)
    distance = np.abs(part.astype(np.float32) - colour).mean(axis=2)
    quiet = strokes <= 0.25 * np.percentile(strokes, 99)
    ground = float(np.percentile(distance[quiet], 10)) if quiet.any() else 0.0
    return (float(colour[0]), float(colour[1]), float(colour[2])), ground


def teach(sheet: Sheet, image: Image, text: str) -> bool:
    """Show the sheet a picture with its true text. False where it could not be taken apart or contradicts it."""
    if image.shape[:2] != sheet.size:
        return False
    line = cells(sheet.ink(image), text, sheet.widths)
    if not line or _contradicts(sheet, line):
        return False
    voted: set[int] = set()
    for cell in line:
        _add(sheet, cell, voted)
    height = max(
        int(np.ptp(np.flatnonzero(cell.pixels.max(axis=1) >= SOLID))) for cell in line if (cell.pixels >= SOLID).any()
    )
    sheet.anchor.learn(line[0].start, line[-1].start + line[-1].pixels.shape[1], 2 + 0.3 * height)
    _learn_gap(sheet, text, line)
    sheet.changed()
    return True


def _contradicts(sheet: Sheet, line: Sequence[Cell]) -> bool:
    """Whether one picture would stand for two characters, here or in what was learned: then the text is not its."""
    for index, cell in enumerate(line):
        for earlier in line[:index]:
            far = difference(earlier.pixels, cell.pixels)
            if (earlier.label != cell.label and far < ALIKE) or (earlier.label == cell.label and far > UNLIKE):
                return True
        glyph, far = _nearest(sheet, cell.pixels)
        if glyph is not None and glyph.label != cell.label and far < ALIKE:
            glyph.votes -= 1
            return True
    return False


def difference(one: Floats, two: Floats) -> float:
    """Least squared difference of two glyphs, a column apart at most, as a part of the lighter one's ink."""
    return min(_laid(one, two), _laid(one[:, 1:], two), _laid(one, two[:, 1:]))


def local(one: Floats, two: Floats) -> float:
    """Largest mean difference in 3×3 pixels, a column apart at most: a dot or a stroke that only one of them has."""
    width = max(one.shape[1], two.shape[1]) + 3
    still = cv2.copyMakeBorder(one, 1, 1, 2, width - one.shape[1], cv2.BORDER_CONSTANT)
    least = float("inf")
    for shift in (1, 2, 3):
        moved = cv2.copyMakeBorder(two, 1, 1, shift, width + 2 - shift - two.shape[1], cv2.BORDER_CONSTANT)
        least = min(least, float(np.asarray(cv2.blur(cv2.absdiff(still, moved), (3, 3))).max()))
    return least


def _laid(one: Floats, two: Floats) -> float:
    width = min(one.shape[1], two.shape[1])
    off = float(((one[:, :width] - two[:, :width]) ** 2).sum())
    off += float((one[:, width:] ** 2).sum() + (two[:, width:] ** 2).sum())
    return off / max(1.0, min(float((one**2).sum()), float((two**2).sum())))


def _nearest(
    sheet: Sheet, pixels: Floats, label: str | None = None, other: str | None = None
) -> tuple[Glyph | None, float]:
    best, least = None, float("inf")
    for glyph in sheet.glyphs:
        if (label is not None and glyph.label != label) or glyph.label == other:
            continue
        if abs(glyph.pixels.shape[1] - pixels.shape[1]) > 2:
            continue
        off = difference(glyph.pixels, pixels)
        if off < least:
            best, least = glyph, off
    return best, least


def _add(sheet: Sheet, cell: Cell, voted: set[int]) -> None:
    """Average into the rendering it equals, else keep it as a new one. One vote a rendering and picture."""
    label, pixels = cell.label, cell.pixels
    for glyph in sheet.glyphs:
        if glyph.label == label and glyph.pixels.shape == pixels.shape and _laid(glyph.pixels, pixels) <= SAME:
            glyph.seen += 1
            glyph.pixels += (pixels - glyph.pixels) * np.float32(1 / min(glyph.seen, 8))
            if id(glyph) not in voted:
                glyph.votes += 1
                voted.add(id(glyph))
            return
    chief = max((glyph for glyph in sheet.glyphs if glyph.label == label), key=lambda glyph: glyph.votes, default=None)
    apart = local(chief.pixels, pixels) if chief is not None else 0.0
    if chief is not None and chief.votes > TRUST_VOTES and apart > ODD:
        return  # cut with a neighbour's ink, or without its own
    akin, far = _nearest(sheet, pixels, label)
    known = akin is not None and akin.votes >= TRUST_VOTES and far < AKIN and local(akin.pixels, pixels) < LOCALLY_AKIN
    _, stranger = _nearest(sheet, pixels, other=label)
    own = [other for other in sheet.glyphs if other.label == label]
    if len(own) >= VARIANTS:
        weakest = min(own, key=lambda other: other.votes)
        sheet.glyphs = [other for other in sheet.glyphs if other is not weakest]
    fresh = Glyph(label, pixels.copy(), TRUST_VOTES if known and 1.5 * far < stranger else 1)
    sheet.glyphs.append(fresh)
    voted.add(id(fresh))


def _learn_gap(sheet: Sheet, text: str, line: Sequence[Cell]) -> None:
    """The width that divides gaps between words from gaps between letters."""
    gaps = [after.start - before.start - before.pixels.shape[1] for before, after in pairwise(line)]
    sheet.widest = max([sheet.widest, *gaps])
    spaced = _spaced(text)[:-1]
    wide = [gap for gap, space in zip(gaps, spaced, strict=True) if space]
    narrow = [0, *(gap for gap, space in zip(gaps, spaced, strict=True) if not space)]
    if wide and min(wide) > max(narrow):
        sheet.gap = (min(wide) + max(narrow)) / 2
