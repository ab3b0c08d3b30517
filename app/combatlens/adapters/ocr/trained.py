"""The reader of a running game: glyphs where they are certain, the teachers for what is new, and learning from them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import numpy as np
from msgspec import structs

from combatlens.adapters.ocr.between import Between
from combatlens.adapters.ocr.confused import Confused
from combatlens.adapters.ocr.covered import rivals_of
from combatlens.adapters.ocr.decipher import Decipher
from combatlens.adapters.ocr.echo import Echo
from combatlens.adapters.ocr.full import ALONE, ReadingRules, decide, witnesses
from combatlens.adapters.ocr.glyph_parts import UNKNOWN, Doubt
from combatlens.adapters.ocr.glyph_start import Sample
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.groups import Groups
from combatlens.adapters.ocr.lesson import (
    doubtful_lesson,
    form_of,
    lesson_text,
    parted,
    places_of,
    seen_twice,
)
from combatlens.adapters.ocr.noted import Notes
from combatlens.adapters.ocr.pace import Pace
from combatlens.adapters.ocr.pupil import Pupil
from combatlens.adapters.ocr.reading import Meaning, Reading, digits_in, meaning, unreadable
from combatlens.adapters.ocr.recognition import bears_out, recognised
from combatlens.adapters.ocr.stack import Stack
from combatlens.adapters.ocr.standing import Standing
from combatlens.adapters.ocr.tail import unfolded
from combatlens.adapters.ocr.wavering import Wavering
from combatlens.adapters.ocr.xp_text import XpText, parse_xp
from combatlens.ports import Clock

if TYPE_CHECKING:
    from combatlens.ports import Image

SAVE_SECONDS = 5.0


class Teacher(Protocol):
    """Full OCR, slow and thorough. `TeacherProcess` and `FullReader` are ones."""

    def read(self, image: Image) -> Reading: ...
    def close(self) -> None: ...


class SheetStore(Protocol):
    """Where a profile's sheet is kept."""

    def load(self) -> Sheet | None: ...
    def save(self, sheet: Sheet | None) -> None: ...


class TrainedReader:
    """`LineReader` of the screen source. `confirm` tells it which readings time has borne out."""

    def __init__(
        self,
        teacher: Teacher,
        rules: ReadingRules,
        clock: Clock,
        store: SheetStore | None = None,
        *,
        paced: bool = True,
    ) -> None:
        """`paced`: leave the teachers alone for a while where they find nothing; off for files, which do not repeat."""
        self._teacher, self._rules, self._clock, self._store, self._paced = teacher, rules, clock, store, paced
        self._accepted: Meaning | None = None  # last
        self._digits = 0  # of the text that was accepted last: a doubtful one with fewer may be cut
        self._pace = Pace(clock)
        self._pupil = Pupil(self._parsed, store.load() if store else None, self._pace.learned)
        self._echo, self._stack = Echo(), Stack()
        self._confused, self._groups, self._wavering = Confused(), Groups(), Wavering()
        self._laid: Image = np.zeros((0, 0, 3), np.uint8)
        self._decipher, self._between = Decipher(), Between(self._parsed)
        self._notes, self._standing = Notes(), Standing(self._parsed)
        self._saved_at = clock.monotonic()

    @property
    def sheet(self) -> Sheet | None:
        """What is known of the display so far."""
        return self._pupil.sheet

    @sheet.setter
    def sheet(self, sheet: Sheet | None) -> None:
        self._pupil.sheet = sheet

    @property
    def trained(self) -> bool:
        """Whether the glyphs may speak for themselves."""
        return self._pupil.trained

    def read(self, image: Image) -> Reading:
        """What the picture says: by glyphs, else as it did when a reading was accepted, else by the teachers."""
        if stood := self._notes.stood(self._clock.monotonic()):
            self._pupil.take(stood)
        doubt = Doubt("not learned yet")
        sheet = self._pupil.sheet
        if sheet is not None and self._pupil.trained:
            anew, telling = self._pupil.may_be_anew, self._pupil.telling
            told = telling.told(image, sheet)
            if isinstance(told, Reading) and (anew(told.found) or not telling.may_say(told.found, sheet)):
                told = Doubt("the value fell: what is behind the slash is read anew")
            if isinstance(told, Reading) and sheet.complete:  # a digit nobody has named may pass for another
                self._stack.clear()
                return told
            if not sheet.complete and self._between.hear(image, told, sheet):
                self._pupil.unsaved = True
            doubt = told if isinstance(told, Doubt) else Doubt("not all digits are learned yet")
        heard = self._echo.hears(image)
        if heard is None:
            return self._ask(image, doubt)
        self._stack.clear()
        return heard

    def confirm(self, image: Image, reading: Reading) -> None:
        """`reading` of `image` was accepted: know it again, and learn from it if the teachers read it alike."""
        if reading.put_off:
            image = self._laid  # the text may have changed under the last picture
        else:
            self._echo.remember(image, reading)
        self._groups.accepted(reading.text)
        self._pupil.accepted(reading)
        self._digits = len(digits_in(reading.text))
        if reading.reader == "glyphs":
            self._pupil.spoke()
            self._decipher.spoke(image, reading, self._clock.monotonic())
        elif meaning(reading.found) != self._accepted:
            self._pace.learned()  # asking reads what the glyphs could not
        self._accepted = meaning(reading.found)
        if reading.reader == "glyphs" or not reading.agreed or reading.covered:
            return
        text = lesson_text(reading)
        if text is not None:
            text = self._pupil.spelt(text)
            self._pupil.take(Sample(image, text, places=places_of(text, reading.looks)))

    def idle(self) -> None:
        """Called at every turn of the loop: lets idle teachers go, keeps what was learned now and then."""
        rest = getattr(self._teacher, "rest", None)
        if rest is not None:
            rest()
        now = self._clock.monotonic()
        if self._pupil.unsaved and now - self._saved_at > SAVE_SECONDS:
            self._saved_at = now
            self.save()

    @property
    def learned(self) -> str:
        """The characters that the glyph reader knows, for the diagnostics; empty until it may speak."""
        sheet = self.sheet if self.trained else None
        return " ".join(sorted({unfolded(glyph.label, sheet.tail) for glyph in sheet.glyphs})) if sheet else ""

    @property
    def glyph_pictures(self) -> list[tuple[str, bool, Image]]:
        """What it has learned so far: the character, whether its picture is trusted yet, and the picture (grey)."""
        sheet = self.sheet
        if sheet is None:
            return []
        return [
            (unfolded(glyph.label, sheet.tail), self.trained and glyph.trusted, (255 * glyph.pixels).astype(np.uint8))
            for glyph in list(sheet.glyphs)
        ]

    def close(self) -> None:
        self.save()
        self._teacher.close()

    def save(self) -> None:
        if self._store is not None and self._pupil.unsaved:
            self._store.save(self.sheet)
            self._pupil.unsaved = False

    def _ask(self, image: Image, doubt: Doubt) -> Reading:
        self._pace.seen(new_text=self._stack.add(image, self._clock.monotonic()))
        if self._paced and not self._pace.may_ask(speaks=self._pupil.speaks):
            return unreadable(f"reader unsure: {doubt.reason}", put_off=True)
        high = self._stack.high
        shown, image = image, self._stack.laid()
        self._laid = image
        reading = self._groups.mend(self._teacher.read(image), self._parsed)
        self._pupil.hear(reading)
        self._between.vote(reading.looks)
        reading = self._pupil.percent.mend(reading, self._parsed)
        if told := self._decipher.hear(image, shown, reading.looks, self._clock.monotonic(), self.sheet):
            self._pupil.take_deciphered(told)
        self._confused.hear(reading)
        self._pupil.doubt(self._confused.hard)
        reading = self._wavering.mend(reading)
        if self._pupil.percent.doubts(reading.text, reading.found):
            reading = unreadable(f"reader unsure: % or a digit at the end of {reading.text.strip()!r}", reading.looks)
        told_apart = self.sheet.told_apart if self.sheet is not None else set[str]()
        if reading.sure and self._confused.doubts(reading.text, told_apart - self._pupil.doubted):
            reading = structs.replace(reading, disputed=True)
        useful = self._noted_lesson(image, reading) or reading.sure
        self._pace.answered(useful=useful)
        if useful:
            self._stack.clear()
        if high and not reading.agreed:
            return unreadable(reading.reason or ALONE, reading.looks, put_off=True)
        if high:
            reading = structs.replace(reading, put_off=True)
        text = lesson_text(reading)
        speaks = self._pupil.speaks and not (reading.sure and self._pupil.outlived(reading.found))
        if reading.sure and not speaks:
            self._pace.learned()  # until the glyphs speak, values are read by asking alone
        if speaks and (borne_out := self._borne_out(image, reading, text)):
            self._pace.learned()  # asking reads what the glyphs could not
            return borne_out
        speaks = speaks and not self._pupil.seldom_speaks
        if not speaks or text is None:
            return structs.replace(reading, doubted=speaks)
        return self._doubted(image, reading, self._pupil.spelt(text), doubt)

    def _doubted(self, image: Image, reading: Reading, text: str, doubt: Doubt) -> Reading:
        """A reading of `text` that the trained glyphs do not bear out, with what they know of it."""
        assert self.sheet is not None
        allowed = doubt.allows(text)
        if allowed and UNKNOWN not in doubt.partly:
            return structs.replace(reading, doubted=True, spelt=True)
        signs = recognised(self.sheet, image, text, agreed=reading.agreed)
        if _mostly_known(signs):
            covered, rivals = rivals_of(text, signs, self._parsed)
            certain = reading.unanimous or (reading.firm and allowed and not covered)
            if certain and not reading.disputed:
                self._note(Sample(image, text, text, places_of(text, reading.looks)))
            return structs.replace(reading, doubted=True, spelt=allowed and not covered, covered=covered, rivals=rivals)
        return structs.replace(reading, doubted=True, covered=_mostly_known(doubt.partly))

    def _borne_out(self, image: Image, reading: Reading, text: str | None) -> Reading | None:
        """The reading where all its signs look like the learned ones; else the only one of the looks that do."""
        sheet = self.sheet
        if sheet is None:
            return None
        if reading.sure:
            alike = reading.agreed and not reading.disputed
            if text is None or not self._looks_so(sheet, image, text, agreed=alike):
                return None
            return structs.replace(reading, borne_out=True)
        if not reading.looks or decide(reading.looks).reason != reading.reason:
            return None  # it was refused for more than what the looks say
        texts = [text for text in seen_twice(reading.looks) if self._looks_so(sheet, image, text, agreed=False)]
        found = {meaning(self._parsed(text)): text for text in texts}
        if len(found) != 1 or not witnesses(reading.looks, next(iter(found))):
            return None
        text = texts[0]
        same = [look for look in reading.looks if meaning(look.found) in found]
        return structs.replace(
            reading, text=text, found=self._parsed(text), confidence=max(look.confidence for look in same), sure=True,
            borne_out=True, reason="", reader="+".join(dict.fromkeys(look.reader for look in same)),
        )  # fmt: skip

    def _looks_so(self, sheet: Sheet, image: Image, text: str, *, agreed: bool) -> bool:
        spelt = self._pupil.spelt(text)
        if self._pupil.may_be_anew(self._parsed(spelt)):
            return False
        return form_of(spelt) in sheet.forms and bears_out(sheet, image, spelt, agreed=agreed)

    def _noted_lesson(self, image: Image, reading: Reading) -> bool:
        """Note a text that the teachers do not agree on, to learn from it later; whether there is one."""
        stood = self._standing.hear(reading.looks, self._clock.monotonic())
        if reading.firm and not reading.disputed:
            return False
        lesson = doubtful_lesson(reading.looks)
        if stood is not None and self._confused.doubts(stood, ()):
            stood = None  # what the teachers take for one another here is not taught by one alone
        if lesson is None and stood is None:
            return False
        written, borne_out = lesson or (str(stood), re.sub(r"\S", UNKNOWN, str(stood)))
        if self._pupil.percent.doubts(written, self._parsed(written)) or len(digits_in(written)) < self._digits:
            return False
        text, sure = self._pupil.spelt(written), borne_out
        if len(text) != len(sure):
            _, sure = parted(written, borne_out)
        sure = "".join(UNKNOWN if borne == UNKNOWN else char for char, borne in zip(text, sure, strict=True))
        sample = Sample(image, text, sure, places_of(text, reading.looks))
        if lesson:
            self._note(sample)
        else:
            self._pupil.take(sample)
        return True

    def _note(self, sample: Sample) -> None:
        """Learn from it once it is read alike again, or stays as it is."""
        if taught := self._notes.note(sample):
            self._pupil.take(taught)

    def _parsed(self, text: str) -> XpText:
        return parse_xp(text, decimal=self._rules.decimal, patterns=self._rules.patterns)


def _mostly_known(signs: str) -> bool:
    return 2 * signs.count(UNKNOWN) <= len(signs) > 0
