"""A digit that no teacher reads, named by the values around it: what is counted only grows.

Teachers may take one digit of a display for another for ever; then its sheet knows nine, and may not speak. But it
reads the values without that digit, and sees the others as texts with one sign it does not know. Each lies between the
value shown before and the one shown behind it, and few digits at that place let it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import structs

from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_difference import difference, laid
from combatlens.adapters.ocr.glyph_learning import ALIKE, known_looks, teach
from combatlens.adapters.ocr.glyph_parts import DIGITS, SAME, UNKNOWN, Doubt
from combatlens.adapters.ocr.glyph_start import Sample, taken_apart
from combatlens.adapters.ocr.lesson import form_of
from combatlens.adapters.ocr.reading import Look, Reading, digits_in
from combatlens.adapters.ocr.tail import folded
from combatlens.adapters.ocr.xp_text import XpText

if TYPE_CHECKING:
    from combatlens.adapters.ocr.glyphs import Sheet
    from combatlens.ports import Image

FEWEST, NEVER_READ = 3, 6
"""Texts with a sign before it is named; and where no teacher ever reads it so: a cover looks alike on any digit."""
DENIED = 2
"""So many pairs of values deny each other digit, for one of them may be misread; one fewer where teachers read the
digit most, and where it is the only one that is not known."""
CHANGES, MOST_FALLS = 40, 0.1
"""Of so many values, where more fall than by level-ups, something is read wrongly."""
OPEN, KINDS, SHOWN = 12, 16, 24
"""Texts kept between two values, looks kept, and texts of each."""


class _Unread:
    """A text with one sign that is not known: the sign, what the values around let it be, and what it was read as."""

    def __init__(self, sample: Sample, sign: Cell) -> None:
        self.sample, self.sign = sample, sign
        self.span = 0.0, 0.0
        self.fits: frozenset[str] = DIGITS
        self.votes: Counter[str] = Counter()

    @property
    def text(self) -> str:
        return self.sample.text

    def vote(self, looks: Sequence[Look]) -> None:
        """Of the looks those with as many digits, of which one more at most is another, say what the sign is."""
        digits = _bare(self.text)
        for read in (digits_in(look.text) for look in looks):
            if len(read) == len(digits) and sum(map(str.__ne__, read, digits)) <= 2:
                self.votes[read[digits.index(UNKNOWN)]] += 1


def _bare(text: str) -> str:
    """A text without the signs that say nothing."""
    return "".join(char for char in text if char in DIGITS or char == UNKNOWN)


class Between:
    """One display's. `parse`: what a text means. Not for several threads."""

    def __init__(self, parse: Callable[[str], XpText]) -> None:
        self._parse = parse
        self._sheet: Sheet | None = None
        self._below: float | None = None
        self._fell: deque[bool] = deque(maxlen=CHANGES)
        self._now: _Unread | None = None
        self._open: list[_Unread] = []
        self._kinds: deque[list[_Unread]] = deque(maxlen=KINDS)

    def hear(self, image: Image, told: Reading | Doubt, sheet: Sheet) -> bool:
        """What the glyphs of a sheet that lacks a digit say of each picture; whether it was taught one."""
        if sheet is not self._sheet:
            self._sheet = sheet
            self._forget()
        self._now = None
        if isinstance(told, Doubt):
            self._see(image, told.partly, sheet)
            return False
        return True in [self._named(kind, sheet) for kind in self._reached(told.found.value)]

    def vote(self, looks: Sequence[Look]) -> None:
        """What teachers make of the picture that was heard last, once."""
        if self._now is not None:
            self._now.vote(looks)
        self._now = None

    def _forget(self) -> None:
        self._below = self._now = None
        self._fell.clear()
        self._open.clear()
        self._kinds.clear()

    def _reached(self, value: float | None) -> list[list[_Unread]]:
        """The looks of which the value that is shown now tells more."""
        below, seen = self._below, self._open
        self._below, self._open = value, []
        if value is None or below is None:
            return []
        if value != below:
            self._fell.append(value < below)
        if value < below or sum(self._fell) > MOST_FALLS * len(self._fell):  # known digits may be named wrongly
            return []
        kinds = [self._kind(unread, below, value) for unread in seen]
        return [kind for index, kind in enumerate(kinds) if kind and kind not in kinds[:index]]

    def _see(self, image: Image, partly: str, sheet: Sheet) -> None:
        """Keep a text whose signs are known but for one, where it stands as ever."""
        if partly.count(UNKNOWN) != 1 or self._below is None or form_of(partly) not in sheet.forms:
            return
        self._now = next((each for each in self._open if _bare(each.text) == _bare(partly)), None)
        if self._now is not None:
            return
        sample = Sample(image.copy(), partly)
        line = taken_apart(sheet, structs.replace(sample, text=folded(partly, sheet.tail)), known_looks(sheet))
        widest = max((glyph.pixels.shape[1] for glyph in sheet.glyphs if glyph.label in DIGITS), default=0)
        signs = [cell for cell in line if cell.label == UNKNOWN and cell.pixels.shape[1] <= widest + 1]
        if signs and sheet.anchor.holds(line[0].start, line[-1].end, len(line)):
            self._now = _Unread(sample, signs[0])
            self._open = [*self._open[1 - OPEN :], self._now]

    def _kind(self, unread: _Unread, below: float, above: float) -> list[_Unread]:
        """The texts with a sign of that look, with this one, which was shown between these values; empty if it was
        there."""
        unread.span = below, above
        unread.fits = frozenset(digit for digit in DIGITS if self._lies(unread, digit))
        kind = next((kind for kind in self._kinds if laid(kind[0].sign.pixels, unread.sign.pixels) <= SAME), None)
        if kind is None:
            self._kinds.append(kind := [])
        if any(_bare(other.text) == _bare(unread.text) for other in kind):
            return []
        kind.append(unread)
        del kind[:-SHOWN]
        return kind

    def _lies(self, unread: _Unread, digit: str) -> bool:
        value = self._parse(unread.text.replace(UNKNOWN, digit)).value
        return value is not None and unread.span[0] <= value <= unread.span[1]

    def _named(self, kind: list[_Unread], sheet: Sheet) -> bool:
        """Whether only one digit is left for that look; then the sheet is taught it."""
        starts = [unread.sign.start for unread in kind]
        if len(kind) < FEWEST or max(starts) - min(starts) < kind[0].sign.pixels.shape[1]:
            return False  # at one place something may lie over any digit
        known = {glyph.label for glyph in sheet.glyphs if glyph.trusted}
        left = [digit for digit in DIGITS - known if _can_only_be(kind, digit, known)]
        if len(left) != 1:
            return False
        looks = [unread.sign.pixels for unread in kind]
        sheet.glyphs = [  # teachers named it otherwise
            glyph for glyph in sheet.glyphs if not any(difference(glyph.pixels, look) < ALIKE for look in looks)
        ]
        sheet.changed()
        for unread in kind:
            teach(sheet, unread.sample.image, unread.text.replace(UNKNOWN, left[0]))
        self._kinds = deque((other for other in self._kinds if other is not kind), maxlen=KINDS)
        if sheet.complete:
            self._forget()
        return True


def _can_only_be(kind: Sequence[_Unread], digit: str, known: set[str]) -> bool:
    """Whether all of them may be that digit, which is not known, and enough of them no other."""
    denials = {(other, unread.span) for unread in kind for other in DIGITS - unread.fits}
    denied = Counter(other for other, _ in denials)
    votes: Counter[str] = sum((unread.votes for unread in kind), Counter())
    if denied[digit] or (not votes[digit] and len(kind) < NEVER_READ):
        return False
    most, alone = votes[digit] == max(votes.values(), default=1), len(DIGITS - known) == 1
    return all(denied[other] >= DENIED - (most or alone) for other in DIGITS - {digit})
