"""Signs that stand elsewhere in a column than they were seen: scaled type draws one picture for each part of a column.

As they are such pictures may differ more than those of two characters do; both blurred along the row, hardly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from combatlens.adapters.ocr.glyph_difference import CLEARLY, MORE_CLEARLY, differences, local
from combatlens.adapters.ocr.glyph_parts import Floats, Glyph, are_two

ASIDE, LOCALLY_ASIDE = 0.08, 0.3
"""By such parts a sign differs at most from a look of it elsewhere in a column, both blurred along the row."""
MUCH_ALIKE = 0.12
"""By such a part at most from another sign's, so that it may be that."""
STILL_ALIKE, PLAINLY = 0.22, 1.25
"""By such a part at most from its own, where it differs so many times as much from any other's."""


def is_aside(glyphs: Sequence[Glyph], label: str, pixels: Floats) -> bool:
    """Whether that is a trusted look of that sign which stands elsewhere in a column, and clearly no other sign."""
    own, others = _near(glyphs, label, pixels)
    if not own or not pixels.any():
        return False
    off = _soft_differences(own, pixels)
    far = off.min()
    if far > ASIDE or _soft_local(own[int(off.argmin())], pixels) > LOCALLY_ASIDE:
        return False
    return bool(MORE_CLEARLY * far < _least(others, pixels))


def is_another(glyphs: Sequence[Glyph], label: str, pixels: Floats) -> bool:
    """Whether that may be another sign, wherever in a column it stands, and is not clearly more like this one.

    A `0` may be nearer to an `8` that stands as it does than to itself, which was only seen half a column aside.
    """
    own, stranger = _leasts(glyphs, label, pixels)
    return stranger <= MUCH_ALIKE and stranger < CLEARLY * own


def is_nearer(glyphs: Sequence[Glyph], label: str, pixels: Floats) -> bool:
    """Whether that is more like this sign than like any other, wherever in a column it stands, though hardly so."""
    own, stranger = _leasts(glyphs, label, pixels)
    return own < min(MUCH_ALIKE, stranger)


def may_be_own(glyphs: Sequence[Glyph], label: str, pixels: Floats) -> bool:
    """The same; or less like this sign, but plainly less like any other."""
    own, stranger = _leasts(glyphs, label, pixels)
    return own < min(MUCH_ALIKE, stranger) or (own < STILL_ALIKE and PLAINLY * own < stranger)


def _near(glyphs: Sequence[Glyph], label: str, pixels: Floats) -> tuple[list[Floats], list[Floats]]:
    """The looks about as wide as that: of that sign the trusted ones, of others all."""
    near = [glyph for glyph in glyphs if abs(glyph.pixels.shape[1] - pixels.shape[1]) <= 2]
    own = [glyph.pixels for glyph in near if glyph.label == label and glyph.trusted]
    return own, [glyph.pixels for glyph in near if are_two(glyph.label, label)]


def _leasts(glyphs: Sequence[Glyph], label: str, pixels: Floats) -> tuple[float, float]:
    """How much the most alike of that sign's looks differs, and of the others', wherever in a column they stand."""
    own, others = _near(glyphs, label, pixels)
    return _least(own, pixels), _least(others, pixels)


def _least(looks: Sequence[Floats], pixels: Floats) -> float:
    """How much the most alike of them differs, wherever in a column it stands."""
    return float(_soft_differences(looks, pixels).min()) if looks else float("inf")


def _soft_differences(many: Sequence[Floats], two: Floats) -> Floats:
    """`differences` wherever in a column each stands: both blurred alike along the row, half a column aside or not.

    Scaled type shows one sign in a picture for each part of a column that it stands aside.
    """
    off = differences([way for one in many for way in _ways(one)], _blurred(two))
    return np.asarray(off.reshape(-1, 2).min(axis=1), np.float32)


def _soft_local(one: Floats, two: Floats) -> float:
    """`local` so."""
    return min(local(way, _blurred(two)) for way in _ways(one))


def _ways(pixels: Floats) -> tuple[Floats, Floats]:
    """A look where it is, and half a column aside, blurred alike."""
    return _blurred(pixels), _aside(pixels)


def _aside(pixels: Floats) -> Floats:
    """A look drawn half a column to the side, a little blurred by it; one column wider."""
    wide = np.pad(pixels, ((0, 0), (1, 1)))
    return np.asarray((wide[:, :-1] + wide[:, 1:]) / 2, np.float32)


def _blurred(pixels: Floats) -> Floats:
    """As much blurred along the row, where it is; two columns wider."""
    return _aside(_aside(pixels))
