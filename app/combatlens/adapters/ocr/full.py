"""Full OCR: every teacher looks at the line at two scales, and only what stands firm is called sure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from combatlens.adapters.ocr.game_type import GameTypeReader
from combatlens.adapters.ocr.numbers import Decimal
from combatlens.adapters.ocr.preprocess import MIN_TEXT_HEIGHT, Box, Invert, View, prepare, text_lines, to_gray
from combatlens.adapters.ocr.reading import ENOUGH, Look, Meaning, Reading, meaning, unreadable
from combatlens.adapters.ocr.xp_text import XpText, compile_patterns, parse_xp
from combatlens.domain.profile import ScreenRules
from combatlens.ports import TextReader

if TYPE_CHECKING:
    from combatlens.ports import Image

SURE_CONFIDENCE = {"rapidocr": 0.85, GameTypeReader.name: 0.7}
SURE_CONFIDENCE_ELSE = 0.6
"""Below this a reader's own confidence makes its reading a doubtful one."""
ALONE = "reader unsure: one reader alone"
TOO_SMALL = "text too small: scale the game's UI or choose 2×"
SMALL_TEXT = MIN_TEXT_HEIGHT + 1
"""Text no higher than this that cannot be read is too small, whatever else the readers say of it."""
MOST_LINES = 4
HIGHEST_LINE = 160


VIEWS = (View("48", 48), View("44 flat", 44, "flat"), View("48 white", 48, "white"))
"""Of readers that have no `views` of their own."""


class ReadingRules(Struct, frozen=True):
    """The part of a profile that reading a picture needs."""

    decimal: Decimal = "auto"
    patterns: tuple[re.Pattern[str], ...] = ()
    invert: Invert = "auto"

    @classmethod
    def of(cls, screen: ScreenRules) -> ReadingRules:
        """Raises EnvironmentFault for a pattern that cannot be used."""
        return cls(screen.decimal, compile_patterns(screen.patterns), screen.invert)

    def parse(self, text: str) -> XpText:
        return parse_xp(text, decimal=self.decimal, patterns=self.patterns)


class FullReader:
    """Reads one line with all its teachers; holds no state between pictures."""

    def __init__(self, teachers: Sequence[TextReader], rules: ReadingRules | None = None) -> None:
        self._teachers = tuple(teachers)
        self._rules = rules or ReadingRules()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(teacher.name for teacher in self._teachers)

    def read(self, image: Image) -> Reading:
        """BGR or grey picture of one line -> what it says, or why that cannot be said."""
        lines = text_lines(to_gray(image))
        if not lines:
            return unreadable("no text found")
        tall = [line for line in lines if line[3] >= max(MIN_TEXT_HEIGHT, max(box[3] for box in lines) // 3)]
        if not tall:
            return unreadable(TOO_SMALL)
        if len(tall) > MOST_LINES or max(line[3] for line in tall) > HIGHEST_LINE:
            return unreadable("no single line of text: choose a smaller region")
        readings = [self._line(*crop(image, box)) for box in tall]
        sure = [reading for reading in readings if reading.sure]
        if len(sure) > 1:
            return unreadable("several lines with numbers: choose a smaller region", sure[0].looks)
        best = sure[0] if sure else max(readings, key=lambda reading: reading.confidence)
        if not sure and max(line[3] for line in tall) <= SMALL_TEXT and best.found.reason:
            return unreadable(TOO_SMALL, best.looks, best.reader)
        return best

    def _line(self, image: Image, left: int) -> Reading:
        return decide(heard([look for teacher in self._teachers for look in self._look(teacher, image, left)]))

    def _look(self, teacher: TextReader, image: Image, left: int = 0) -> list[Look]:
        """Two views; a third where they differ. `left`: the whole picture's column where this part of it begins."""
        looks: list[Look] = []
        for view in getattr(teacher, "views", VIEWS):
            if len(looks) == 2 and meaning(looks[0].found) == meaning(looks[1].found) and looks[0].found.reason == "":
                break
            made = prepare(image, height=view.height, ground=view.ground, invert=self._rules.invert, pad=view.pad)
            line = teacher.read(made)
            found = parse_xp(line.text, decimal=self._rules.decimal, patterns=self._rules.patterns)
            wide = made.shape[1]
            scale = image.shape[1] / (wide - 2 * view.pad)
            places = tuple(left + (wide * place - view.pad) * scale for place in line.places)
            looks.append(Look(teacher.name, view.name, line.text, line.confidence, found, places))
        return looks

    def close(self) -> None:
        for teacher in self._teachers:
            teacher.close()


def crop(image: Image, box: Box) -> tuple[Image, int]:
    """The line with a little ground around it, and the column where that begins."""
    x, y, width, height = box
    across, down = max(3, height // 2), max(2, height // 5)
    left = max(0, x - across)
    return image[max(0, y - down) : y + height + down, left : x + width + across], left


def heard(looks: Sequence[Look]) -> list[Look]:
    """Where two readers are sure of the same, a third that found no number but theirs is not heard.

    CombatLens' own neither, where it is not sure: what the other two are sure of stood without it.
    """
    sure = sure_of(looks)
    votes = Counter(sure.values()).most_common(1)
    if not votes or votes[0][1] < ENOUGH:
        return list(looks)
    others = {look.reader for look in looks if not look.found.reason and meaning(look.found) != votes[0][0]}
    counted = set(sure) | others - {GameTypeReader.name}
    return [look for look in looks if look.reader in counted]


def decide(looks: Sequence[Look]) -> Reading:
    """Sure: a teacher agrees with itself in two views and no other is sure of something else.

    Where two outvote a third, what they read is the best understanding, for time and arithmetic to decide.
    """
    sure = sure_of(looks)
    votes = Counter(sure.values()).most_common()
    if votes:
        chosen, most = votes[0]
        backed = [look for look in looks if sure.get(look.reader) == chosen and not look.found.reason]
        if len(votes) == 1:
            witnessed = witnesses(looks, chosen)
            return _reading(backed, looks, sure=witnessed, reason="" if witnessed else ALONE)
        doubt = _differ(looks, {key: [look for look in looks if meaning(look.found) == key] for key, _ in votes})
        return _reading(backed, looks, sure=False, reason=doubt.reason) if most >= ENOUGH else doubt
    likely: dict[Meaning, list[Look]] = {}
    for look in looks:
        if not look.found.reason:
            likely.setdefault(meaning(look.found), []).append(look)
    if len(likely) > 1:
        return _differ(looks, likely)
    if likely:
        group = next(iter(likely.values()))
        return _reading(group, looks, sure=False, reason="reader unsure: read so in one view only")
    best = max(looks, key=lambda look: look.confidence)
    return unreadable(best.found.reason, (best, *(look for look in looks if look is not best)), best.reader)


def witnesses(looks: Sequence[Look], number: Meaning) -> bool:
    """Whether another than CombatLens' own reader saw that number, once at least, or there is no other.

    It was trained on whole lines: what it makes of covered ones it is as certain of.
    """
    readers = {look.reader for look in looks} - {GameTypeReader.name}
    return not readers or any(look.reader in readers and meaning(look.found) == number for look in looks)


def sure_of(looks: Sequence[Look]) -> dict[str, Meaning]:
    """What each reader is sure of: it read that in two views, in none another number, and once with confidence."""
    own: dict[str, dict[Meaning, list[float]]] = {}
    for look in looks:
        if not look.found.reason:
            own.setdefault(look.reader, {}).setdefault(meaning(look.found), []).append(look.confidence)
    return {
        reader: key
        for reader, read in own.items()
        for key, certain in read.items()
        if len(read) == 1 and len(certain) >= 2 and max(certain) >= SURE_CONFIDENCE.get(reader, SURE_CONFIDENCE_ELSE)
    }


def understood_anew(reading: Reading, anew: Callable[[Look], Look]) -> Reading:
    """The same looks, some of them understood otherwise; unchanged where it was refused for more than what they say."""
    looks = [anew(look) for look in reading.looks]
    if all(one is other for one, other in zip(looks, reading.looks, strict=True)) or reading != decide(reading.looks):
        return reading
    return decide(looks)


def _reading(group: Sequence[Look], looks: Sequence[Look], *, sure: bool, reason: str = "") -> Reading:
    best = max(group, key=lambda look: look.confidence)
    agreeing = [look for look in looks if meaning(look.found) == meaning(best.found)]
    return Reading(
        text=best.text, found=best.found, confidence=round(best.confidence, 3), sure=sure, reason=reason,
        agreed=sure and _agreed(looks, {look.reader for look in agreeing}),
        disputed=_disputed(best, looks),
        reader="+".join(dict.fromkeys(look.reader for look in group)), looks=tuple(looks),
    )  # fmt: skip


def _disputed(best: Look, looks: Sequence[Look]) -> bool:
    """Whether a look saw another number; not where only what is beside the value differs, and its reader outvotes it.

    What stands still, as the level's need, one view of one reader may read otherwise for ever.
    """
    number = meaning(best.found)
    odd = [look for look in looks if not look.found.reason and meaning(look.found) != number]
    if len(odd) != 1 or best.found.value is None or odd[0].found.value != best.found.value:
        return bool(odd)
    return sum(look.reader == odd[0].reader and meaning(look.found) == number for look in looks) < 2


def _agreed(looks: Sequence[Look], agreeing: set[str]) -> bool:
    """Whether two at least read it so, and every other found no number at all; where one alone looks, that one."""
    number = {look.reader for look in looks if not look.found.reason}
    return number == agreeing and len(agreeing) >= min(ENOUGH, len({look.reader for look in looks}))


def _differ(looks: Sequence[Look], groups: dict[Meaning, list[Look]]) -> Reading:
    texts = [max(group, key=lambda look: look.confidence).text for group in groups.values()]
    return unreadable(f"reader unsure: {_doubt(texts)}", looks)


def _doubt(texts: Sequence[str]) -> str:
    """Where two texts differ in one sign, that sign: `8 or 6 in '12,8?5'`; else the texts."""
    one, two = texts[0], texts[1]
    places = [index for index, (a, b) in enumerate(zip(one, two, strict=False)) if a != b]
    if len(texts) == 2 and len(one) == len(two) and len(places) == 1:
        at = places[0]
        return f"{one[at]} or {two[at]} in {one[:at] + '?' + one[at + 1 :]!r}"
    return " or ".join(repr(text) for text in texts[:3])
