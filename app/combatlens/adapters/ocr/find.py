"""Finding the XP in a whole picture: every text with a number is weighed by its form and by the words beside it.

Only one that is named XP, or written as only XP is, and that the reader reads with certainty is taken by itself; the
others are offered to the user, the likeliest first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from combatlens.adapters.ocr.reading import Reading, meaning, unreadable
from combatlens.adapters.ocr.spots import Spot
from combatlens.adapters.ocr.xp_text import XpText
from combatlens.domain.profile import Region

if TYPE_CHECKING:
    from combatlens.ports import Image

Read = Callable[["Image"], Reading]
Parse = Callable[[str], XpText]

NAMED, CLEAR, AHEAD = 5, 3, 2
"""Points for a name; what a text needs to be taken; by how much it must be ahead of a text that says otherwise."""
ROOMS = ((1.5, 0.35), (1.5, 0.1), (0.6, 0.1), (0.25, 0.0))
"""Room beside and above a text, in its heights."""
_XP = re.compile(
    r"(?:^|[^a-z])(?:exp|xp|experience|erfahrung|expérience|experiencia|esperienza)(?:$|[^a-z])|опыт|经验|經驗|経験|경험",
    re.IGNORECASE,
)
_ELSE = re.compile(
    r"(?:^|[^a-z])(?:hp|mp|sp|tp|life|mana|health|energy|stamina|rage|shield|gold|money|kills?|damage|dps|armou?r|"
    r"attack|defen[cs]e|resist\w*|strength|dexterity|vitality|magic|next level|to next|needed|fps|ping|ms|time|"
    r"per hour|per kill|gained|bonus|rate)(?:$|[^a-z])|/\s?h(?:$|[^a-z])|[+×]\s?\d",
    re.IGNORECASE,
)


class Candidate(Struct, frozen=True):
    """A text that may be the XP. `points`: the more the likelier; below 0 it is surely something else."""

    spot: Spot
    found: XpText
    points: int


def candidates(spots: Sequence[Spot], parse: Parse) -> list[Candidate]:
    """The texts that could be XP, the likeliest first."""
    found = [Candidate(spot, parse(spot.text), 0) for spot in spots]
    able = [structs.replace(one, points=_points(one, spots)) for one in found if not one.found.reason]
    able = [one for one in able if one.points >= 0]
    return sorted(able, key=lambda one: (-one.points, -one.spot.region.height))


def find_xp(image: Image, spots: Sequence[Spot], parse: Parse, read: Read) -> Reading:
    """The XP of a whole picture, or in words why none is taken. The place stands behind the reader's name."""
    able = candidates(spots, parse)
    if not able:
        return unreadable("no text in the picture looks like XP: give its place with --region X,Y,W,H")
    best = able[0]
    rivals = [one for one in able[1:] if best.points - one.points < AHEAD and not _same(best.found, one.found)]
    if best.points < CLEAR or rivals:
        many = "one text" if len(able) == 1 else f"{len(able)} texts"
        shown = " or ".join(f"{_words(one.spot.region)} for {one.spot.text!r}" for one in able[:3])
        return unreadable(
            f"{many} could be the XP, and nothing says so for sure: give its place with --region, {shown}"
        )
    reading, place = read_at(image, best.spot.region, read)
    if not reading.sure or not _same(best.found, reading.found):
        why = reading.reason or f"reader unsure: {best.spot.text!r} or {reading.text!r}"
        return unreadable(f"{why} (at {_words(place)})", reading.looks, reading.reader)
    return structs.replace(reading, reader=f"{reading.reader} at {_words(place)}")


def read_at(image: Image, box: Region, read: Read) -> tuple[Reading, Region]:
    """The text in a box, with as much room around it as can be read: a number that grows must find some."""
    tried: list[tuple[Reading, Region]] = []
    for room in ROOMS:
        place = with_room(box, image.shape, *room)
        reading = read(image[place.y : place.y + place.height, place.x : place.x + place.width])
        if reading.sure:
            return reading, place
        tried.append((reading, place))
    return max(tried, key=lambda one: one[0].confidence)


def with_room(box: Region, shape: Sequence[int], aside: float, above_below: float) -> Region:
    """So many heights more to the left and right, and above and below; inside the picture."""
    side, above = round(box.height * aside), round(box.height * above_below)
    left, top = max(0, box.x - side), max(0, box.y - above)
    right, bottom = min(shape[1], box.x + box.width + side), min(shape[0], box.y + box.height + above)
    return Region(left, top, right - left, bottom - top)


def _points(one: Candidate, spots: Sequence[Spot]) -> int:
    found, text = one.found, one.spot.text
    label = _label(one.spot, spots)
    if _ELSE.search(_outside_pair(text)) or (not _XP.search(text) and _ELSE.search(label)):
        return -1
    points = NAMED if _XP.search(text) or _XP.search(label) else 0
    if found.value is not None and found.percent is not None:
        points += 3
    elif found.value is not None and found.needed is not None:
        points += 2
    elif found.percent is not None:
        points += 1
    return points + (found.level is not None)


def _outside_pair(text: str) -> str:
    """`Exp: 12 / Next Level: 40` names the need by its right name; only what stands before the slash counts."""
    return text if re.search(r"/\s?h", text) else text.split("/")[0]


def _label(spot: Spot, spots: Sequence[Spot]) -> str:
    """The words to the left on the same row, else those right above; a number is no label."""
    box = spot.region
    words = [other for other in spots if other is not spot and not any(char.isdigit() for char in other.text)]
    for other in sorted(words, key=lambda one: -one.region.x):
        there = other.region
        gap = box.x - (there.x + there.width)
        if -box.height < gap < 5 * box.height and abs(_middle(there) - _middle(box)) < 0.5 * box.height:
            return other.text
    for other in words:
        there = other.region
        gap = box.y - (there.y + there.height)
        apart = abs(there.x + there.width / 2 - box.x - box.width / 2)
        if -box.height < 2 * gap < box.height and apart < max(there.width, box.width) / 2:
            return other.text
    return ""


def _middle(box: Region) -> float:
    return box.y + box.height / 2


def _same(one: XpText, two: XpText) -> bool:
    """Whether neither says a number that the other denies."""
    pairs = zip(meaning(one), meaning(two), strict=True)
    return all(a == b for a, b in pairs if a is not None and b is not None) and (
        (one.value is None) == (two.value is None) or one.percent is not None
    )


def _words(box: Region) -> str:
    return f"{box.x},{box.y},{box.width},{box.height}"
