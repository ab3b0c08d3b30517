"""Signs that look alike put together as one kind, whatever character they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from combatlens.adapters.ocr.counting import Rows
from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_parts import DIGITS, UNKNOWN, Floats

HIGH = 24
"""Rows of a sign that is compared: more take longer."""
FINE = 3
"""Signs are laid over each other to this part of a column."""
ALIKE = (0.02, 0.05, 0.09, 0.13)
"""Parts of their ink by which signs of one kind may differ: tried in this order."""
FEW, FEW_SHARE = 3, 0.015
"""A kind has so many signs at least, and such a part of all; others are taken for spoiled."""
CLEAR = 2.0
"""From another name's signs a sign has to differ so many times as much as from those of the name it is given."""


def how_apart(signs: Sequence[Cell]) -> Floats:
    """How much each two signs differ, as a part of the lighter one's ink: float32 (signs, signs)."""
    high = min(HIGH, signs[0].pixels.shape[0])
    scale = high / signs[0].pixels.shape[0]
    wide = round((max(sign.pixels.shape[1] for sign in signs) + 2) * FINE * scale) + 1
    laid = np.zeros((len(signs), high, wide + FINE + 1), np.float32)
    for place, sign in zip(laid, signs, strict=True):
        framed = cv2.copyMakeBorder(sign.pixels, 0, 0, 1, 1, cv2.BORDER_CONSTANT)
        size = max(1, round(framed.shape[1] * FINE * scale)), high
        place[:, : size[0]] = cv2.resize(framed, size, interpolation=cv2.INTER_CUBIC if scale == 1 else cv2.INTER_AREA)
    still = laid.reshape(len(signs), -1)
    alike = still @ still.T
    for shift in range(1, FINE + 2):
        moved = np.roll(laid, shift, axis=2).reshape(len(signs), -1) @ still.T
        alike = np.maximum(alike, np.maximum(moved, moved.T))
    ink = (still**2).sum(axis=1)
    off = ink[:, None] + ink[None] - 2 * alike
    return np.asarray(off / np.maximum(1.0, np.minimum(ink[:, None], ink[None])), np.float32)


def groupings(apart: Floats, labels: Sequence[str]) -> Iterator[Rows]:
    """Each sign's kind, -1 for those that are like too few: in every way to group them.

    `labels`: what each sign is known as, `?` where it is not; signs of one label are one kind, before all others.
    """
    new, given = np.array(labels) == UNKNOWN, sorted({*labels} - {UNKNOWN})
    before = np.array([-1 if label == UNKNOWN else given.index(label) for label in labels])
    least, known = max(FEW, round(FEW_SHARE * len(apart))), set[bytes]()
    for alike, ways in product(ALIKE, (_linked, _around)):
        kinds = before.copy()
        near = (apart < alike) & new & new[:, None]
        for kind, group in enumerate(sorted(ways(near, least), key=np.sum, reverse=True), len(given)):
            kinds[group] = kind
        if kinds.tobytes() not in known:
            known.add(kinds.tobytes())
            yield kinds


def _linked(near: NDArray[np.bool_], least: int) -> Iterator[NDArray[np.bool_]]:
    """Groups in which each sign is near another one, and so on: type that is scaled changes by steps."""
    left = near.sum(axis=1) > 1
    while left.any():
        group = edge = np.arange(len(near)) == left.argmax()
        while edge.any():
            edge = near[edge].any(axis=0) & ~group
            group = group | edge
        left &= ~group
        if group.sum() >= least:
            yield group


def _around(near: NDArray[np.bool_], least: int) -> Iterator[NDArray[np.bool_]]:
    """Groups of signs that are near one of them."""
    left = np.ones(len(near), bool)
    while (many := (near & left).sum(axis=1) * left).max() >= least:
        group = near[many.argmax()] & left
        left &= ~group
        yield group


def named(names: NDArray[np.str_], kinds: Rows, apart: Floats) -> NDArray[np.str_]:
    """Each sign's name by its kind's, `names` as of `counting.names_of`: ten digits at least, `?` for the last.

    Not where the sign most like it has another one. A sign of no kind has the name of the one most like it, if it is
    as like it as signs of a kind may be, and clearly less like any of another name.
    """
    own, digits = names[kinds], np.array(sorted(DIGITS))
    others = apart + np.diag(np.full(len(apart), np.inf, np.float32))
    near = np.array([others[:, own == digit].min(axis=1, initial=np.inf) for digit in digits])
    first, second = np.partition(near, 1, axis=0)[:2]
    alike, clear = digits[near.argmin(axis=0)], (first < ALIKE[-1]) & (CLEAR * first < second)
    return np.where((alike == own) | ((kinds < 0) & clear), alike, UNKNOWN)


def kinds_apart(apart: Floats, kinds: Rows) -> Floats:
    """How much each two kinds' signs differ in the mean: float32 (kinds, kinds)."""
    share = (kinds[:, None] == np.arange(kinds.max() + 1)).astype(np.float32)
    share /= share.sum(axis=0)
    return np.asarray(share.T @ apart @ share, np.float32)
