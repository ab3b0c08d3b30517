"""What a sheet of glyphs says of a picture, where it is a text they may say; and whether that is what it shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from combatlens.adapters.ocr.glyph_parts import UNKNOWN, Doubt
from combatlens.adapters.ocr.glyph_start import Sample
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.groups import signed
from combatlens.adapters.ocr.lesson import bracketed, form_of, grouped, pointed
from combatlens.adapters.ocr.percent_sign import PercentSign
from combatlens.adapters.ocr.reading import Reading, meaning
from combatlens.adapters.ocr.xp_text import XpText

if TYPE_CHECKING:
    from combatlens.ports import Image


class Telling:
    """`parse`: what a text means. `percent`: what is known of the display's percent sign."""

    def __init__(self, parse: Callable[[str], XpText], percent: PercentSign) -> None:
        self._parse, self._percent = parse, percent
        self.reached = XpText()
        """What was accepted last."""

    def told(self, image: Image, sheet: Sheet) -> Reading | Doubt:
        """What the glyphs say, where it is a text they may say."""
        told = sheet.read(image, f"{self.reached.needed:.0f}" if self.reached.needed else "")
        if isinstance(told, Doubt):
            return told
        text = bracketed(grouped(told))
        found = self._parse(text)
        if found.reason or form_of(text) not in sheet.forms:
            text = pointed(signed(text), sheet.forms, sheet.faint)
            found = self._parse(text)
        if found.reason:
            return Doubt(found.reason)
        if self._percent.doubts(text, found):
            return Doubt("% or a digit at the end")
        if form_of(text) not in sheet.forms:
            return Doubt("another form than was learned: a sign may be missing", told.replace(" ", ""))
        return Reading(text=text, found=found, confidence=0.99, reader="glyphs", sure=True, begun=sheet.begun)

    def may_say(self, found: XpText, sheet: Sheet) -> bool:
        """Whether it may follow what was accepted last, where its slash is told by gaps."""
        return not sheet.faint_slash or may_follow(found, self.reached)

    def differs(self, told: Reading, text: str) -> bool:
        """Whether that is another text; `?` in it is any sign."""
        plain = told.text.replace(" ", "")
        if UNKNOWN in text:
            pattern = "".join("." if char == UNKNOWN else re.escape(char) for char in text.replace(" ", ""))
            return re.fullmatch(pattern, plain) is None
        if plain == text.replace(" ", ""):
            return False
        return meaning(told.found) != meaning(self._parse(text))

    def read_so(self, sheet: Sheet, samples: Sequence[Sample]) -> list[bool]:
        """Of those samples that the sheet's glyphs read as they were shown, whether they read them as their text."""
        shown = [sample.image if sample.shown is None else sample.shown for sample in samples]
        told = [(self.told(image, sheet), sample.text) for image, sample in zip(shown, samples, strict=True)]
        return [not self.differs(reading, text) for reading, text in told if isinstance(reading, Reading)]


def may_follow(found: XpText, last: XpText) -> bool:
    """Whether a value is no less than the last and its need the same, as it is where no level begins."""
    return last.needed is None or (found.needed == last.needed and (found.value or 0.0) >= (last.value or 0.0))
