"""How a sheet learns: from pictures whose text two teachers read alike and time confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from combatlens.adapters.ocr.aside import is_another, is_aside, is_nearer
from combatlens.adapters.ocr.faint import learn_gaps
from combatlens.adapters.ocr.glyph_cut import Cell, Looks, Places, cells
from combatlens.adapters.ocr.glyph_difference import CLEARLY, LIKENESS, contains, difference, differences, laid, local
from combatlens.adapters.ocr.glyph_parts import (
    DIGITS,
    SAME,
    SIMILAR,
    SMALL,
    SOLID,
    TRUST_VOTES,
    UNKNOWN,
    VARIANTS,
    Floats,
    Glyph,
    are_two,
    signs_in,
)
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.left_over import left_over
from combatlens.adapters.ocr.lesson import unparted
from combatlens.adapters.ocr.tail import (
    folded_lesson,
    label_of,
    learn_tail,
)

if TYPE_CHECKING:
    from combatlens.ports import Image

ALIKE = 0.025
"""Below this part two pictures cannot be two different characters."""
UNLIKE = 0.9
"""Above this part two pictures are not the same character in one line, unless they were cut otherwise."""
AKIN = 0.25
"""Below this part another rendering of a trusted glyph is trusted at once, where it is like no other glyph."""
LOCALLY_AKIN, ODD = 0.35, 0.5
"""The same for the largest mean difference in 3×3 pixels; above the second it is no rendering of that glyph at all."""
LONE_VOTES = 2
"""So many votes more are asked of what one teacher alone has read."""
LOOKS = 6
"""Pictures of a character by which a line is taken apart."""


def teach(
    sheet: Sheet, image: Image, text: str, sure: str = "", looks: Looks | None = None, places: Places = ()
) -> bool:
    """Show the sheet a picture with its true text, `?` for signs that are not known.

    `sure`: the same text with `?` for signs that one teacher alone has read; empty: there are none.
    `looks`: what its characters look like, where the sheet does not know that yet. `places`: where they stand.
    False where it could not be taken apart or contradicts it.
    """
    if image.shape[:2] != sheet.size:
        return False
    text, sure, places = folded_lesson(text, sure, places, sheet.tail)
    if sheet.tail and text[-1:] != label_of(sheet.tail):
        return False
    known = known_looks(sheet) if looks is None else looks
    ink, columns = sheet.ink(image), sheet.upright(places)
    line = cells(ink, text, sheet.widths, known, columns)
    if not line and "'" in text:  # too faint to have a column of its own
        text, sure, columns = unparted(text, sure, columns)
        line = cells(ink, text, sheet.widths, known, columns)
    rest = left_over(sheet, image, text)
    if line and rest is not None:
        line[rest[0]] = rest[1]
    if not line or _contradicts(sheet, line, begun=looks is None):
        return False
    voted: set[int] = set()
    for cell, firm in zip(line, (sure or text).replace(" ", ""), strict=True):
        if cell.label != UNKNOWN:
            if signs_in(cell.label) > 1:
                if firm != UNKNOWN:
                    learn_tail(sheet.glyphs, cell)
            else:
                _add(sheet, cell, text, voted, firm=firm != UNKNOWN, explained=rest is None or cell is not rest[1])
    height = max(
        int(np.ptp(np.flatnonzero(cell.pixels.max(axis=1) >= SOLID))) for cell in line if (cell.pixels >= SOLID).any()
    )
    _weed(sheet)
    start, end = line[0].start, line[-1].end
    if not sheet.touches_edge(start, end):  # else a stroke runs through it
        sheet.anchor.learn(start, end, 2 + 0.3 * height, len(line))
    learn_gaps(sheet, text, line)
    sheet.changed()
    return True


def known_looks(sheet: Sheet) -> Looks:
    """The best known pictures of each trusted character."""
    looks: dict[str, list[Floats]] = {}
    for glyph in sorted(sheet.glyphs, key=lambda glyph: -glyph.votes):
        own = looks.setdefault(glyph.label, [])
        if glyph.trusted and len(own) < LOOKS:
            own.append(glyph.pixels)
    return {label: own for label, own in looks.items() if own}


def _contradicts(sheet: Sheet, line: Sequence[Cell], *, begun: bool) -> bool:
    """Whether one picture would stand for two characters, here or in what was learned, or two unlike ones for one.

    Then the text is not its. `begun`: the sheet knows looks, so that unlike ones may be one that was cut otherwise.
    """
    known = [cell for cell in line if cell.label != UNKNOWN]
    for index, cell in enumerate(known):
        for earlier in known[:index]:
            far = difference(earlier.pixels, cell.pixels)
            if far < ALIKE and are_two(earlier.label, cell.label):
                return True
            if far > UNLIKE and earlier.label == cell.label and not (begun and _cut_otherwise(earlier, cell)):
                return True
        glyph, far = nearest(sheet, cell.pixels)
        if glyph is not None and are_two(glyph.label, cell.label) and far < ALIKE:
            glyph.votes -= 1
            return True
    return False


def _cut_otherwise(one: Cell, two: Cell) -> bool:
    """Whether two cells of one character may differ as others touch it: a small sign, or a digit and a part of it.

    Not a 1: that is a part of many a 4.
    """
    return one.label in SMALL or (one.label in SIMILAR and contains(one.pixels, two.pixels))


def nearest(
    sheet: Sheet, pixels: Floats, label: str | None = None, other: str | None = None
) -> tuple[Glyph | None, float]:
    """The glyph of that label, or of no other, that is least different, and how different it is."""
    glyphs = [
        glyph
        for glyph in sheet.glyphs
        if (label is None or glyph.label == label)
        and (other is None or are_two(glyph.label, other))
        and abs(glyph.pixels.shape[1] - pixels.shape[1]) <= 2
    ]
    if not glyphs:
        return None, float("inf")
    off = differences([glyph.pixels for glyph in glyphs], pixels)
    best = int(off.argmin())
    return glyphs[best], float(off[best])


def _add(sheet: Sheet, cell: Cell, text: str, voted: set[int], *, firm: bool, explained: bool = True) -> None:
    """Average into the rendering it equals, else keep it as a new one. One vote a rendering and picture.

    What is not `firm` needs more votes, looks like no other sign, and like itself where that is known: a teacher that
    takes one digit for another gives one of them two looks, and the other none. What was not
    `explained` by the looks so far may be quite unlike them.
    """
    label, pixels = cell.label, cell.pixels
    for glyph in sheet.glyphs:
        if glyph.label == label and glyph.pixels.shape == pixels.shape and laid(glyph.pixels, pixels) <= SAME:
            glyph.firm |= firm
            if id(glyph) not in voted:  # a spoiled picture shows a `0` many times
                glyph.average(pixels)
                glyph.votes += 1
                voted.add(id(glyph))
            return
    if firm:
        sheet.glyphs = [
            other for other in sheet.glyphs if other.firm or other.label != label or local(other.pixels, pixels) <= ODD
        ]
    chief = max((glyph for glyph in sheet.glyphs if glyph.label == label), key=lambda glyph: glyph.votes, default=None)
    apart = local(chief.pixels, pixels) if chief is not None else 0.0
    aside = sheet.complete and is_aside(sheet.glyphs, label, pixels)
    if chief is not None and chief.votes > TRUST_VOTES and apart > ODD and explained and not aside:
        return  # cut with a neighbour's ink, or without its own
    akin, far = nearest(sheet, pixels, label)
    most, locally = (LIKENESS, ODD) if firm and sheet.complete else (AKIN, LOCALLY_AKIN)
    known = akin is not None and akin.votes >= TRUST_VOTES and far < most and local(akin.pixels, pixels) < locally
    _, stranger = nearest(sheet, pixels, other=label)
    strange = sheet.complete and akin is not None and not aside
    strange = strange and (stranger < far or is_another(sheet.glyphs, label, pixels))
    if strange and not (firm and sheet.strangers.is_own(sheet.glyphs, cell, text)):
        return  # something lies over it: a 0 that lost its side is a 9 to many
    if not firm and (stranger < SAME or (chief is not None and chief.trusted and not known and not aside)):
        return
    own = [other for other in sheet.glyphs if other.label == label]
    if len(own) >= VARIANTS:
        weakest = min(own, key=lambda other: other.votes)
        sheet.glyphs = [other for other in sheet.glyphs if other is not weakest]
    votes = 1 if firm else 1 - LONE_VOTES
    if strange or (known and CLEARLY * far < stranger):
        votes = TRUST_VOTES
    else:
        kin = [other for other in own if id(other) not in voted and _akin(other.pixels, pixels, stranger)]
        votes = max([votes, *(other.votes + 1 for other in kin)])
        for other in kin:
            other.votes += 1
            voted.add(id(other))
    fresh = Glyph(label, pixels.copy(), votes, firm=firm)
    sheet.glyphs.append(fresh)
    voted.add(id(fresh))


def _weed(sheet: Sheet) -> None:
    """Drop looks that belong to another digit: they were taught where that was not known yet.

    Such a look is akin to the other digit's, and less to those of its own that were seen more often; wherever in a
    column it stands.
    """
    if not sheet.complete:
        return
    digits = [glyph for glyph in sheet.glyphs if glyph.label in DIGITS and glyph.trusted]
    strange: set[int] = set()
    for look in digits:
        rivals = [other for other in digits if other.label != look.label or other.votes > look.votes]
        off = differences([other.pixels for other in rivals], look.pixels).tolist()
        own = min((far for far, other in zip(off, rivals, strict=True) if other.label == look.label), default=0.0)
        others = min(far for far, other in zip(off, rivals, strict=True) if other.label != look.label)
        if others < AKIN and CLEARLY * others < own and not is_nearer(rivals, look.label, look.pixels):
            strange.add(id(look))
    sheet.glyphs = [glyph for glyph in sheet.glyphs if id(glyph) not in strange]


def _akin(one: Floats, two: Floats, stranger: float) -> bool:
    """Whether two renderings vouch for one another: both are shown by pictures of one character, like no other."""
    far = difference(one, two) if abs(one.shape[1] - two.shape[1]) <= 2 else AKIN
    return far < AKIN and CLEARLY * far < stranger and local(one, two) < LOCALLY_AKIN
