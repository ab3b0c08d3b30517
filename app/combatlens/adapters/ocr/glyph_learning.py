"""How a sheet of glyphs comes to be: from pictures whose text two teachers read alike and time confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyphs import Floats, Glyph, Inked, Sheet
from combatlens.adapters.ocr.preprocess import text_box, to_gray

if TYPE_CHECKING:
    from combatlens.ports import Image

SAME = 0.05
"""Below this part of its ink two pictures show the same rendering of a glyph, and are averaged."""
ALIKE = 0.025
"""Below this part two pictures cannot be two different characters."""
UNLIKE = 0.7
"""Above this part two pictures are not the same character in one line."""
PART = "\u200b"
"""The label of a further piece of a character that falls apart; nothing in the text."""
VARIANTS = 12
"""Renderings kept a character: sub-pixel places, scaling, noise."""
SHARES = (0.75, 0.55, 0.95)
CUTS = (90, 60, 75, 110, 50, 130, 40, 170, 210)
LEAST_CONTRAST = 25.0


class Sample(Struct, frozen=True):
    """A picture and its true text, without spaces trimmed away."""

    image: NDArray[np.uint8]
    text: str


def start_sheet(samples: Sequence[Sample]) -> Sheet | None:
    """The sheet that takes most samples apart into their characters, taught with them; None where none does."""
    image = samples[-1].image
    size = (image.shape[0], image.shape[1])
    box = text_box(to_gray(image))
    same = [sample for sample in samples if sample.image.shape[:2] == size]
    if box is None:
        return None
    best, most = None, 0
    for light in (True, False):
        colour, ground = _colours(image, box, light)
        for share in SHARES if ground >= LEAST_CONTRAST else ():
            for cut in CUTS:
                trial = Sheet(colour, share * ground, cut, (0, size[0]), size)
                lines = [(sample, trial.take_apart(sample.image)) for sample in same]
                fitting = _alike([(sample.text, line) for sample, line in lines])
                if len(fitting) > most:
                    most = len(fitting)
                    best = Sheet(colour, share * ground, cut, _rows(fitting, size[0]), size)
    if best is None or most < len(same) / 2:
        return None
    for sample in same:
        teach(best, sample.image, sample.text)
    return best


def _alike(lines: Sequence[tuple[str, Inked]]) -> list[Inked]:
    """The lines that fall into their characters in the most common way: one to one, or with a `%` in parts."""
    ways: dict[int, list[Inked]] = {}
    for text, line in lines:
        if len(line.runs) and assign(text, line) is not None:
            ways.setdefault(len(line.runs) - len(text.replace(" ", "")), []).append(line)
    return max(ways.values(), key=len, default=[])


def _rows(lines: Sequence[Inked], height: int) -> tuple[int, int]:
    used = np.zeros(height, bool)
    for line in lines:
        for piece in line.pieces:
            used |= piece.max(axis=1) > 40
    rows = np.flatnonzero(used)
    return max(0, int(rows[0]) - 2), min(height, int(rows[-1]) + 3)


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


def assign(text: str, line: Inked) -> list[str] | None:
    """One label a run of ink, or None where they do not match one to one.

    A `%` may fall into two or three runs: its parts are then labelled `%`, "" and "".
    """
    chars = [char for char in text if char != " "]
    extra = len(line.runs) - len(chars)
    if extra == 0:
        return chars
    if 0 < extra <= 2 and chars.count("%") == 1:
        place = chars.index("%")
        return [*chars[: place + 1], *[""] * extra, *chars[place + 1 :]]
    return None


def teach(sheet: Sheet, image: Image, text: str) -> bool:
    """Show the sheet a picture with its true text. False where it could not be taken apart or contradicts it."""
    if image.shape[:2] != sheet.size:
        return False
    line = sheet.take_apart(image)
    labels = assign(text, line) if len(line.runs) else None
    if labels is None or line.runs[0, 0] == 0 or line.runs[-1, 1] == line.width:
        return False
    named = [label or PART for label in labels]
    pieces = [_floats(piece) for piece in line.pieces]
    if _contradicts(sheet, named, pieces):
        return False
    voted: set[int] = set()
    for label, piece in zip(named, pieces, strict=True):
        _add(sheet, label, piece, voted)
    sheet.anchor.learn(line.runs)
    _learn_gap(sheet, text, line.runs)
    sheet.changed()
    return True


def _floats(piece: NDArray[np.uint8]) -> Floats:
    return np.multiply(piece, np.float32(1 / 255), dtype=np.float32)


def _contradicts(sheet: Sheet, labels: Sequence[str], pieces: Sequence[Floats]) -> bool:
    """Whether one picture would stand for two characters, here or in what was learned: then the text is not its."""
    for index, (label, piece) in enumerate(zip(labels, pieces, strict=True)):
        for other, earlier in zip(labels[:index], pieces[:index], strict=True):
            far = min(difference(earlier, piece), difference(earlier[:, 1:], piece), difference(earlier, piece[:, 1:]))
            if (other != label and far < ALIKE) or (other == label != PART and far > UNLIKE):
                return True
        glyph, far = _nearest(sheet, piece)
        if glyph is not None and glyph.label != label and far < ALIKE:
            glyph.votes -= 1
            return True
    return False


def difference(one: Floats, two: Floats) -> float:
    """Squared difference of two glyphs laid left to left, as a part of the lighter one's ink."""
    width = min(one.shape[1], two.shape[1])
    off = float(((one[:, :width] - two[:, :width]) ** 2).sum())
    off += float((one[:, width:] ** 2).sum() + (two[:, width:] ** 2).sum())
    return off / max(1.0, min(float((one**2).sum()), float((two**2).sum())))


def _nearest(sheet: Sheet, piece: Floats, label: str | None = None) -> tuple[Glyph | None, float]:
    best, least = None, float("inf")
    for glyph in sheet.glyphs:
        if (label is not None and glyph.label != label) or abs(glyph.pixels.shape[1] - piece.shape[1]) > 1:
            continue
        off = difference(glyph.pixels, piece)
        if off < least:
            best, least = glyph, off
    return best, least


def _add(sheet: Sheet, label: str, piece: Floats, voted: set[int]) -> None:
    """Average into the rendering it equals, else keep it as a new one. One vote a rendering and picture."""
    glyph, far = _nearest(sheet, piece, label)
    if glyph is not None and far <= SAME and glyph.pixels.shape == piece.shape:
        glyph.seen += 1
        glyph.pixels += (piece - glyph.pixels) * np.float32(1 / min(glyph.seen, 8))
        if id(glyph) not in voted:
            glyph.votes += 1
            voted.add(id(glyph))
        return
    own = [other for other in sheet.glyphs if other.label == label]
    if len(own) >= VARIANTS:
        weakest = min(own, key=lambda other: other.votes)
        sheet.glyphs = [other for other in sheet.glyphs if other is not weakest]
    fresh = Glyph(label, piece.copy())
    sheet.glyphs.append(fresh)
    voted.add(id(fresh))


def _learn_gap(sheet: Sheet, text: str, runs: NDArray[np.intp]) -> None:
    """The width that divides gaps between words from gaps between letters."""
    sheet.widest = max(sheet.widest, int((runs[1:, 0] - runs[:-1, 1]).max()) if len(runs) > 1 else 0)
    if len(text.replace(" ", "")) != len(runs):
        return
    place, narrow = 0, [0]
    wide: list[int] = []
    for before, char in pairwise(text):
        if before == " ":
            continue
        gap = int(runs[place + 1, 0] - runs[place, 1])
        (wide if char == " " else narrow).append(gap)
        place += 1
    if wide and min(wide) > max(narrow):
        sheet.gap = (min(wide) + max(narrow)) / 2
