"""A line's last slash and the need behind it, read as one glyph where its letters cannot be told apart.

A level's need stands for hours while the number before it counts. Where its letters touch, `/6000` is no harder to
know again than a letter is: it is one sign, of a private character that tells how many signs it shows. There is no
other glyph that it could be taken for, so it has to be nearly the same picture; and a need changes with a level, so
a value that fell is not read by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np

from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_difference import difference, laid, local
from combatlens.adapters.ocr.glyph_parts import (
    FIRST_TAIL,
    MOST_SIGNS,
    SAME,
    TAIL_FAR,
    UNKNOWN,
    VARIANTS,
    Doubt,
    Floats,
    Glyph,
    signs_in,
)

TAIL_LOCAL = 0.1
"""Largest mean difference in 3×3 pixels: where digits of small type lie on one another, a digit changes little more."""
_NEED = re.compile(r" ?\d[\d.,' ]*[KMB]?")


def tail_of(text: str) -> str:
    """The last slash and the number behind it; empty where that is less than two signs, or something else."""
    head, slash, need = text.rstrip().rpartition("/")
    found = head and _NEED.fullmatch(need) and 2 <= len(_bare(need)) < MOST_SIGNS
    return slash + need if found else ""


def has_tail(text: str, tail: str) -> bool:
    """Whether the text ends so; teachers differ in the spaces they see."""
    return bool(tail) and _bare(tail_of(text)) == _bare(tail)


def folded(text: str, tail: str) -> str:
    """The text with that tail as one sign; as it is where it has another."""
    if not has_tail(text, tail):
        return text
    return text.rpartition("/")[0] + label_of(tail)


def label_of(tail: str) -> str:
    """The one sign that shows it."""
    return chr(FIRST_TAIL + len(_bare(tail)))


def folded_lesson(text: str, sure: str, places: Sequence[float], tail: str) -> tuple[str, str, Sequence[float]]:
    """The same of a text, of what of it is sure, and of its signs' columns: the one sign stands amid those it shows."""
    short = folded(text, tail)
    if short == text:
        return text, sure, places
    head, signs = short[:-1], signs_in(short[-1])
    last = UNKNOWN if UNKNOWN in sure[len(head) :] else short[-1]
    columns = (*places[:-signs], sum(places[-signs:]) / signs) if places else ()
    return short, sure and sure[: len(head)] + last, columns


def unfolded(text: str, tail: str) -> str:
    """Each sign spelt out, in a text or in what is known of one."""
    return "".join(tail if signs_in(char) > 1 else char for char in text)


def unfolded_doubt(doubt: Doubt, tail: str) -> Doubt:
    """The same of what is known of a line that could not be read."""
    return Doubt(doubt.reason, unfolded(doubt.partly, _bare(tail)))


def unfolded_signs(signs: str, tail: str) -> str:
    """What is known of each sign of a folded text: of each one of the text itself. `?` tells nothing of the tail."""
    bare = _bare(tail)
    return signs[:-1] + (UNKNOWN * len(bare) if signs[-1:] == UNKNOWN else bare)


def is_known_tail(glyphs: Sequence[Glyph], cell: Cell) -> bool:
    """Whether the cell shows a trusted look of a tail; nothing else could be taken for it."""
    return any(glyph.trusted for glyph in _same_looks(glyphs, cell))


def learn_tail(glyphs: list[Glyph], cell: Cell) -> None:
    """Average into the look that the cell shows, else keep it as a new one: its signs do not always stand alike.

    Each look needs votes of its own, since no other glyph would deny it.
    """
    same, pixels = _same_looks(glyphs, cell), cell.pixels
    for glyph in same:
        glyph.votes += 1
        if glyph.pixels.shape == pixels.shape and laid(glyph.pixels, pixels) * signs_in(cell.label) <= SAME:
            glyph.average(pixels)
            return
    if sum(glyph.label == cell.label for glyph in glyphs) < VARIANTS:
        glyphs.append(Glyph(cell.label, pixels.copy(), max((glyph.votes for glyph in same), default=1)))


def _same_looks(glyphs: Sequence[Glyph], cell: Cell) -> list[Glyph]:
    own = [glyph for glyph in glyphs if glyph.label == cell.label]
    return [glyph for glyph in own if _is_same(glyph.pixels, cell.pixels, signs_in(cell.label))]


def _is_same(one: Floats, two: Floats, signs: int) -> bool:
    """Whether two pictures, (rows, columns) both, show the same of so many signs."""
    return difference(one, two) * signs <= TAIL_FAR and local(one, two) <= TAIL_LOCAL


def is_seen_tail(seen: Floats, shown: Floats) -> bool:
    """Whether what is seen, (columns, rows), is nearly the same as what is shown."""
    return bool(cv2.blur(cv2.absdiff(np.ascontiguousarray(seen), shown), (3, 3)).max() <= TAIL_LOCAL)


def _bare(tail: str) -> str:
    return tail.replace(" ", "")
