"""Where text stands in a whole picture: lines of it, each with its box, for finding the XP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from combatlens.domain.profile import Region
from combatlens.ports import TextReader

if TYPE_CHECKING:
    from combatlens.ports import Image

BESIDE = 0.7
"""Pieces of one row that are nearer than this part of their height belong to one text."""


class Spot(Struct, frozen=True):
    """A piece of text and its box in the picture."""

    text: str
    confidence: float
    region: Region


class Spotter(Protocol):
    """A reader that also tells where text is. Tesseract and RapidOCR are ones."""

    def spots(self, image: Image) -> list[Spot]:
        """BGR picture of any size -> its texts, in no particular order."""


def spots_of(teachers: Sequence[TextReader], image: Image) -> list[Spot]:
    """The texts of the picture by the last teacher that can tell places (RapidOCR before Tesseract)."""
    for teacher in reversed(teachers):
        spotter = getattr(teacher, "spots", None)
        if spotter is not None:
            found: list[Spot] = spotter(image)
            return joined(found)
    return []


def joined(spots: Sequence[Spot]) -> list[Spot]:
    """Pieces of numbers that stand closely side by side as one: detectors split a text where its letters are wide
    apart. A word beside a number stays by itself: games write it in another font."""
    lines: list[Spot] = []
    for spot in sorted(spots, key=lambda one: one.region.x):
        for index, line in enumerate(lines):
            if _side_by_side(line.region, spot.region) and not (line.text.isalpha() or spot.text.isalpha()):
                lines[index] = _join(line, spot)
                break
        else:
            lines.append(spot)
    return lines


def _side_by_side(left: Region, right: Region) -> bool:
    height = min(left.height, right.height)
    if max(left.height, right.height) > 2 * height:
        return False
    shared = min(left.y + left.height, right.y + right.height) - max(left.y, right.y)
    gap = right.x - (left.x + left.width)
    return shared > 0.6 * height and -height < gap < BESIDE * height


def _join(left: Spot, right: Spot) -> Spot:
    one, two = left.region, right.region
    x, y = one.x, min(one.y, two.y)
    width = max(one.x + one.width, two.x + two.width) - x
    height = max(one.y + one.height, two.y + two.height) - y
    text = f"{left.text} {right.text}"
    return Spot(text, min(left.confidence, right.confidence), Region(x, y, width, height))
