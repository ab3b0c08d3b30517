"""How a sheet of glyphs begins: the colour, rows and slant under which confirmed characters look most alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyph_cut import Cell, Looks, cells
from combatlens.adapters.ocr.glyph_learning import AKIN, teach
from combatlens.adapters.ocr.glyph_looks import refined
from combatlens.adapters.ocr.glyph_parts import EDGE, UNKNOWN
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.preprocess import Box, text_box, to_gray
from combatlens.adapters.ocr.stack import still
from combatlens.adapters.ocr.tail import folded_lesson, tail_of

if TYPE_CHECKING:
    from combatlens.ports import Image

SHARES = (0.75, 0.55, 0.95)
"""How far from the text's colour ink may be, as parts of the nearest ground's distance: tried in this order."""
SLANTS = (0.0, 0.12, 0.18, 0.24, 0.3)
"""Columns a row that italics lean."""
CLEARLY_SHARPER = 1.02
LEAST_CONTRAST = 25.0
LEAST_SCORE, ENOUGH = 0.5, 0.95
"""The part of the characters that must look like themselves; above the second nothing better is looked for."""
LIKELY = 0.3
"""The same where they were parted by their widths alone, to be looked at closely."""
GUESSES, ROUNDS = 3, 3
"""Times that the samples are taken apart by their characters' widths, then by their looks too."""
TRIALS = 6
"""Pictures on which each look is tried."""


class Sample(Struct, frozen=True):
    """A picture and its true text, without spaces trimmed away; `?` for signs that are not known.

    `sure` and `places` as in `glyph_learning.teach`. `shown`: the last of the pictures that `image` was laid of.
    """

    image: NDArray[np.uint8]
    text: str
    sure: str = ""
    places: tuple[float, ...] = ()
    shown: NDArray[np.uint8] | None = None


def start_sheet(*spellings: Sequence[Sample], tail: str = "") -> Sheet | None:
    """The sheet in which the samples' characters look most like themselves, taught with them; None where none does.

    `spellings`: the same samples, their texts with and without signs that may have been missed. `tail`: what one
    sign of their texts stands for (`tail`).
    """
    scored = [(_likeliest_sheet(samples), samples) for samples in spellings]
    (best, _), samples = max(reversed(scored), key=lambda each: each[0][1])  # signs are missed, seldom made up
    return _taught(best, samples, tail) if best is not None else None


def likely_sheets(samples: Sequence[Sample], tail: str = "") -> Iterator[Sheet]:
    """Every sheet in which the samples' characters may look like themselves, taught with them; `tail` as above."""
    for trial in _likeliest(of_last_size(samples)) if samples else ():
        if (taught := _taught(trial, samples, tail)) is not None:
            yield taught


def _taught(sheet: Sheet, samples: Sequence[Sample], tail: str = "") -> Sheet | None:
    """That sheet, with only the rows that it needs and all that the samples teach; None where that is nothing."""
    same = of_last_size(samples)
    sheet.widths, looks = _widths(sheet, same, 1, ROUNDS)
    found = _fitted(sheet, same, looks)
    if found is None:
        return None
    fitted, looks = found
    fitted.tail = tail
    for sample in same:
        teach(fitted, sample.image, sample.text, sample.sure, looks, sample.places)
    return fitted if fitted.glyphs else None


def with_tail(samples: Sequence[Sample]) -> tuple[list[Sample], str]:
    """Those of the samples that have the last one's tail, as one sign; and it: empty where it has none."""
    tail = tail_of(samples[-1].text)
    made = []
    for sample in samples if tail else ():
        text, sure, places = folded_lesson(sample.text, sample.sure, sample.places, tail)
        if text != sample.text:
            made.append(Sample(sample.image, text, sure, tuple(places)))
    return made, tail


def of_last_size(samples: Sequence[Sample]) -> list[Sample]:
    """Those of the samples whose pictures are as large as the last one's."""
    return [sample for sample in samples if sample.image.shape[:2] == samples[-1].image.shape[:2]]


def _likeliest_sheet(samples: Sequence[Sample]) -> tuple[Sheet | None, float]:
    """That sheet, not taught yet, and the part of its characters that look like themselves."""
    same = of_last_size(samples)
    best, most = None, LEAST_SCORE
    for trial in _likeliest(same):
        trial.widths, looks = _widths(trial, same[-TRIALS:], 1, ROUNDS)
        score = _score(trial, same[-TRIALS:], looks)
        if score > most + 0.01:
            best, most = trial, score
        if most > ENOUGH:
            break
    return best, most


def _likeliest(samples: Sequence[Sample]) -> Iterator[Sheet]:
    """The looks under which the samples' characters, parted by their widths alone, may look like themselves."""
    for trial in trial_sheets(samples):
        if _score(trial, samples[-TRIALS:], {}) >= LIKELY:
            yield trial


def trial_sheets(samples: Sequence[Sample]) -> Iterator[Sheet]:
    """The looks that the samples' text may have, with their characters' widths."""
    size = (samples[-1].image.shape[0], samples[-1].image.shape[1])
    for picture, box, rows in _lines(samples):
        for light in (True, False):
            colour, ground = _colours(picture, box, light)
            for share in SHARES if ground >= LEAST_CONTRAST else ():
                trial = Sheet(colour, share * ground, rows, size)
                trial = Sheet(colour, share * ground, rows, size, _slant(trial, samples))
                trial.widths, _ = _widths(trial, samples[-TRIALS:], GUESSES)
                if trial.widths:
                    yield trial


def _lines(samples: Sequence[Sample]) -> Iterator[tuple[Image, Box, tuple[int, int]]]:
    """Where the line seems to stand: a picture, the text's box there, and the rows.

    Once as the pictures show it, once as what all of them share shows it: over moving scenery that is the text alone.
    """
    boxes = [box for sample in samples if (box := text_box(to_gray(sample.image))) is not None]
    if len(boxes) >= 2:
        yield samples[-1].image, boxes[-1], _rows(boxes, samples[-1].image)
    picture = still([sample.image for sample in samples])
    box = text_box(to_gray(picture))
    if box is not None and len(samples) > 1:
        yield picture, box, _rows([box], picture)


def _rows(boxes: Sequence[Box], image: Image) -> tuple[int, int]:
    top, bottom = min(box[1] for box in boxes), max(box[1] + box[3] for box in boxes)
    room = max(2, (bottom - top) // 6)
    return max(0, top - room), min(image.shape[0], bottom + room)


def _fitted(sheet: Sheet, samples: Sequence[Sample], looks: Looks) -> tuple[Sheet, Looks] | None:
    """The same sheet and looks with only the rows that the text needs; None where no sample can be taken apart."""
    every = [cell for sample in samples for cell in taken_apart(sheet, sample, looks)]
    if not every:
        return None
    peaks = np.sort([cell.pixels.max(axis=1) for cell in every], axis=0)
    used = np.flatnonzero(peaks[-max(1, len(every) // 12)] >= EDGE)  # scenery shines in here and there, ink often
    first, last = max(0, int(used[0]) - 2), min(sheet.rows[1] - sheet.rows[0], int(used[-1]) + 3)
    fitted = Sheet(sheet.colour, sheet.reach, (sheet.rows[0] + first, sheet.rows[0] + last), sheet.size, sheet.slant)
    fitted.widths = sheet.widths
    return fitted, {label: [look[first:last] for look in own] for label, own in looks.items()}


def taken_apart(sheet: Sheet, sample: Sample, looks: Looks | None = None) -> list[Cell]:
    """The sample's characters, whatever glyphs the sheet has; `looks`: what they look like."""
    return cells(sheet.ink(sample.image), sample.text, sheet.widths, looks, sheet.upright(sample.places))


def _slant(sheet: Sheet, samples: Sequence[Sample]) -> float:
    """The slant under which the columns differ most, in all samples together: 0 unless another is clearly better."""
    sharp = []
    for slant in SLANTS:
        upright = Sheet(sheet.colour, sheet.reach, sheet.rows, sheet.size, slant)
        sharp.append(sum(float((upright.ink(sample.image).sum(axis=0) ** 2).sum()) for sample in samples[-TRIALS:]))
    best = int(np.argmax(sharp))
    return SLANTS[best] if sharp[best] > CLEARLY_SHARPER * sharp[0] else 0.0


def _widths(sheet: Sheet, samples: Sequence[Sample], guesses: int, rounds: int = 0) -> tuple[dict[str, float], Looks]:
    """Each character's width in pixels, from its boundary to the next, and its looks: as `refined`."""
    lines = [(sample.text, sheet.ink(sample.image), sheet.upright(sample.places)) for sample in samples]
    return refined(lines, sheet.widths, guesses, rounds)


def _score(sheet: Sheet, samples: Sequence[Sample], looks: Looks) -> float:
    """The part of the samples' cells that look like another one of the same label and like none of another."""
    lines = [taken_apart(sheet, sample, looks) for sample in samples]
    every = [cell for line in lines for cell in line if cell.label != UNKNOWN]
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
    parted = sum(map(bool, lines)) / len(lines)
    return parted * float(good[paired].mean()) if paired.sum() >= 5 else 0.0


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
