"""How much pictures of characters differ, as a part of their ink."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from combatlens.adapters.ocr.glyph_parts import Floats

LOCAL = 0.30
"""Largest mean difference in any 3×3 pixels: a missing or added stroke shows here."""
BARE = 0.3
"""Most ink in a pixel that the glyphs show nothing near to, or the other way round: a dot of one pixel shows here."""
LIKENESS, CLEARLY, MORE_CLEARLY = 0.5, 1.5, 2.0
"""A sign is what it is read as where it differs less than the first from how that looks, and so many times less than
from any other sign; the last where that is less sure."""
MOST_INK = 0.8
"""Of a picture, that a wider one which contains it shows."""
_AROUND = np.ones((3, 3), np.uint8)


def difference(one: Floats, two: Floats) -> float:
    """Least squared difference of two glyphs, a column apart at most, as a part of the lighter one's ink."""
    return min(laid(one, two), laid(one[:, 1:], two), laid(one, two[:, 1:]))


def local(one: Floats, two: Floats) -> float:
    """Largest mean difference in 3×3 pixels, a column apart at most: a dot or a stroke that only one of them has."""
    width = max(one.shape[1], two.shape[1]) + 3
    still = cv2.copyMakeBorder(one, 1, 1, 2, width - one.shape[1], cv2.BORDER_CONSTANT)
    least = float("inf")
    for shift in (1, 2, 3):
        moved = cv2.copyMakeBorder(two, 1, 1, shift, width + 2 - shift - two.shape[1], cv2.BORDER_CONSTANT)
        least = min(least, float(np.asarray(cv2.blur(cv2.absdiff(still, moved), (3, 3))).max()))
    return least


def laid(one: Floats, two: Floats) -> float:
    width = min(one.shape[1], two.shape[1])
    off = float(((one[:, :width] - two[:, :width]) ** 2).sum())
    off += float((one[:, width:] ** 2).sum() + (two[:, width:] ** 2).sum())
    return off / max(1.0, min(float((one**2).sum()), float((two**2).sum())))


def contains(one: Floats, two: Floats) -> bool:
    """Whether most ink of the narrower is in the wider too."""
    part, whole = sorted((one, two), key=lambda pixels: pixels.shape[1])
    wide = part.shape[1]
    shared = (np.minimum(whole[:, at : at + wide], part).sum() for at in range(whole.shape[1] - wide + 1))
    return bool(max(shared) >= MOST_INK * part.sum())


def differences(many: Sequence[Floats], two: Floats) -> Floats:
    """`difference` of each of many from one, at once."""
    wide = max(one.shape[1] for one in (*many, two))
    pictures = np.zeros((len(many) + 1, two.shape[0], wide + 1), np.float32)
    for place, one in zip(pictures, (*many, two), strict=True):
        place[:, : one.shape[1]] = one
    still, moved = pictures[:, :, :wide].reshape(len(pictures), -1), pictures[:, :, 1:].reshape(len(pictures), -1)
    ink, rest = (still**2).sum(axis=1), (moved**2).sum(axis=1)
    pairs = (still, still, ink, ink), (moved, still, rest, ink), (still, moved, ink, rest)
    return np.asarray(
        np.min(
            [
                (a[:-1] + b[-1] - 2 * one[:-1] @ other[-1]) / np.maximum(1.0, np.minimum(a[:-1], b[-1]))
                for one, other, a, b in pairs
            ],
            axis=0,
        ),
        np.float32,
    )


def shows_all(ink: Floats, shown: Floats, limit: float) -> bool:
    """Whether no column is stranger than that."""
    if cv2.norm(ink, shown, cv2.NORM_INF) <= limit:
        return True  # no pixel is, so no mean of several
    return cv2.minMaxLoc(_strangeness(ink, shown))[1] <= limit


def strange_columns(ink: Floats, shown: Floats) -> Floats:
    """How much each column shows of what the glyphs do not, or lacks of what they do.

    `ink`, `shown`: (columns, rows).
    """
    return np.asarray(cv2.reduce(_strangeness(ink, shown), 1, cv2.REDUCE_MAX), np.float32)[:, 0]


def _strangeness(ink: Floats, shown: Floats) -> Floats:
    """At each pixel by 3×3 pixels around it, and by itself: how far it is from everything around it in the other."""
    bare = cv2.max(cv2.subtract(ink, cv2.dilate(shown, _AROUND)), cv2.subtract(shown, cv2.dilate(ink, _AROUND)))
    means = cv2.blur(cv2.absdiff(ink, shown), (3, 3))
    return np.asarray(cv2.max(means, bare if LOCAL == BARE else bare * np.float32(LOCAL / BARE)), np.float32)
