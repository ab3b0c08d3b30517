"""Signs that look alike put together as one kind, whatever character they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from combatlens.adapters.ocr.counting import Rows
from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_parts import UNKNOWN, Floats

HIGH = 24
"""Rows of a sign that is compared: more take longer."""
FINE = 3
"""Signs are laid over each other to this part of a column."""
ALIKE = (0.02, 0.05, 0.09, 0.13)
"""Parts of their ink by which signs of one kind may differ: tried in this order."""
FEW, FEW_SHARE = 3, 0.015
"""A kind has so many signs at least, and such a part of all; others are taken for spoiled."""
CLEARLY = 2.0
"""So many times as much as from a sign of its own name another one differs from any of another name."""


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


def groupings(apart: Floats) -> Iterator[Rows]:
    """The ways to put signs that are alike together, as of `_kinds`."""
    known: set[bytes] = set()
    for alike, ways in product(ALIKE, (_linked, _around)):
        kinds = _kinds(ways(apart < alike))
        if kinds.tobytes() not in known:
            known.add(kinds.tobytes())
            yield kinds


def _kinds(groups: Iterator[NDArray[np.bool_]]) -> Rows:
    """Each sign's kind, the most common first; -1 for those that are like too few."""
    members = list(groups)
    kinds = np.full(len(members[0]), -1)
    least = max(FEW, FEW_SHARE * len(kinds))
    for kind, member in enumerate(sorted((each for each in members if each.sum() >= least), key=np.sum, reverse=True)):
        kinds[member] = kind
    return kinds


def _linked(near: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
    """Groups of signs of which each is near another one: type that is scaled changes by steps."""
    left = np.ones(len(near), bool)
    while left.any():
        group = edge = np.arange(len(near)) == left.argmax()
        while edge.any():
            edge = near[edge].any(axis=0) & ~group
            group = group | edge
        left &= ~group
        yield group


def _around(near: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
    """Groups of signs that are near one of them."""
    left = np.ones(len(near), bool)
    while left.any():
        group = near[((near & left).sum(axis=1) * left).argmax()] & left
        left &= ~group
        yield group


def all_named(names: NDArray[np.str_], apart: Floats) -> NDArray[np.str_]:
    """Each sign's name, where the one most like it has it too; that one's where it has none and is clearly so."""
    others = apart + np.diag(np.full(len(apart), np.inf, np.float32))
    digits = np.array(sorted({*names[names != UNKNOWN]}))
    near = np.array([others[:, names == digit].min(axis=1) for digit in digits])
    first, second = np.partition(near, 1, axis=0)[:2]
    alike, clear = digits[near.argmin(axis=0)], (first < ALIKE[-1]) & (CLEARLY * first < second)
    return np.where((alike == names) | ((names == UNKNOWN) & clear), alike, UNKNOWN)


def kinds_apart(apart: Floats, kinds: Rows) -> Floats:
    """How much each two kinds' signs differ in the mean: float32 (kinds, kinds)."""
    share = (kinds[:, None] == np.arange(kinds.max() + 1)).astype(np.float32)
    share /= share.sum(axis=0)
    return np.asarray(share.T @ apart @ share, np.float32)
