"""The reader of a running game: glyphs where they are certain, the teachers for what is new, and learning from them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

import numpy as np
from msgspec import structs

from combatlens.adapters.ocr.echo import Echo
from combatlens.adapters.ocr.full import ReadingRules
from combatlens.adapters.ocr.glyph_learning import PART, Sample, start_sheet, teach
from combatlens.adapters.ocr.glyphs import TRUST_VOTES, Doubt, Sheet
from combatlens.adapters.ocr.reading import Reading, meaning, unreadable
from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.ports import Clock

if TYPE_CHECKING:
    from combatlens.ports import Image

PROOFS = 3
"""So many confirmed texts a new sheet must have foretold before it may speak."""
SAMPLES = 12
GIVE_UP = 8
"""A sheet that cannot use so many confirmed pictures in a row is thrown away: the game's interface has changed."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
"""Seconds between questions to the teachers while they find nothing: doubled each time, up to the second."""

SAVE_SECONDS = 30.0
REST_AFTER = 0.4
"""Seconds without questions after an accepted reading: over moving scenery the text mostly stays what it was."""


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
        self.sheet = store.load() if store else None
        self._proofs = PROOFS if self.sheet is not None else 0
        self._samples: list[Sample] = []
        self._useless = 0
        self._pause, self._asked = 0.0, 0.0
        self._unsaved = False
        self._echo = Echo()
        self._saved_at = clock.monotonic()

    @property
    def trained(self) -> bool:
        """Whether the glyphs may speak for themselves."""
        return self.sheet is not None and self._proofs >= PROOFS

    def read(self, image: Image) -> Reading:
        """What the picture says: by glyphs, else by the teachers, else why not."""
        heard = self._echo.hears(image)
        if heard is not None:
            return heard
        doubt = "not learned yet"
        if self.sheet is not None and self.trained:
            text = self.sheet.read(image)
            if isinstance(text, str):
                found = parse_xp(text, decimal=self._rules.decimal, patterns=self._rules.patterns)
                if not found.reason:
                    return Reading(text=text, found=found, confidence=0.99, reader="glyphs", sure=True)
                doubt = found.reason
            else:
                doubt = text.reason
        return self._ask(image, doubt)

    def confirm(self, image: Image, reading: Reading) -> None:
        """`reading` of `image` was accepted: know it again, and learn from it if the teachers read it alike."""
        self._echo.remember(image, reading)
        if reading.reader == "glyphs" or not reading.agreed:
            return
        self._pause = REST_AFTER
        text = lesson_text(reading)
        if text is None:
            return
        self._samples = [*self._samples[1 - SAMPLES :], Sample(image.copy(), text)]
        if self.sheet is None:
            self._begin()
        else:
            self._learn(image, text)

    def idle(self) -> None:
        """Called at every turn of the loop: lets idle teachers go, keeps what was learned now and then."""
        rest = getattr(self._teacher, "rest", None)
        if rest is not None:
            rest()
        now = self._clock.monotonic()
        if self._unsaved and now - self._saved_at > SAVE_SECONDS:
            self._saved_at = now
            self.save()

    @property
    def learned(self) -> str:
        """The characters that the glyph reader knows, for the diagnostics; empty until it may speak."""
        glyphs = self.sheet.glyphs if self.sheet is not None and self.trained else []
        return " ".join(sorted({glyph.label for glyph in glyphs if glyph.label != PART}))

    @property
    def glyph_pictures(self) -> list[tuple[str, bool, Image]]:
        """What it has learned so far: the character, whether its picture is trusted yet, and the picture (grey)."""
        glyphs = list(self.sheet.glyphs) if self.sheet is not None else []
        return [
            (glyph.label, self.trained and glyph.votes >= TRUST_VOTES, (255 * glyph.pixels).astype(np.uint8))
            for glyph in glyphs
            if glyph.label != PART
        ]

    def close(self) -> None:
        self.save()
        self._teacher.close()

    def save(self) -> None:
        if self._store is not None and self._unsaved and (self.trained or self.sheet is None):
            self._store.save(self.sheet)
            self._unsaved = False

    def _ask(self, image: Image, doubt: str) -> Reading:
        now = self._clock.monotonic()
        if self._paced and now - self._asked < self._pause:
            return unreadable(f"reader unsure: {doubt}", put_off=True)
        reading = self._teacher.read(image)
        self._asked = self._clock.monotonic()
        if reading.sure:
            self._pause = 0.0
        else:
            self._pause = min(LONGEST_PAUSE, max(FIRST_PAUSE, 2 * self._pause))
        complete = self.sheet is not None and self.trained and self.sheet.complete
        return structs.replace(reading, doubted=True) if complete else reading

    def _begin(self) -> None:
        if len(self._samples) < 3:
            return
        self.sheet = start_sheet(self._samples)
        self._proofs = self._useless = 0

    def _learn(self, image: Image, text: str) -> None:
        """Let the sheet foretell the text, then show it. One wrong foretelling and it is thrown away."""
        sheet = self.sheet
        assert sheet is not None
        told = sheet.read(image)
        if isinstance(told, str) and self._differ(told, text):
            return self._discard(keep_samples=False)
        if isinstance(told, str):
            self._proofs += 1
            self._useless = 0
        taught = teach(sheet, image, text)
        if not taught and isinstance(told, Doubt):
            self._useless += 1
        elif taught:
            self._useless = max(0, self._useless - 1)
        self._unsaved = True
        if self._useless >= GIVE_UP:
            self._discard(keep_samples=True)
        return None

    def _differ(self, told: str, text: str) -> bool:
        one, two = (parse_xp(line, decimal=self._rules.decimal, patterns=self._rules.patterns) for line in (told, text))
        return bool(one.reason) or meaning(one) != meaning(two)

    def _discard(self, *, keep_samples: bool) -> None:
        self.sheet, self._proofs, self._useless, self._unsaved = None, 0, 0, True
        self._samples = self._samples[-SAMPLES // 2 :] if keep_samples else []


def lesson_text(reading: Reading) -> str | None:
    """The text that most looks agree on, with its spaces; None where no two write it alike."""
    same = [look for look in reading.looks if meaning(look.found) == meaning(reading.found) and not look.found.reason]
    counted = Counter(look.text.replace(" ", "") for look in same)
    text, count = counted.most_common(1)[0] if counted else ("", 0)
    if count < 2:
        return None
    spaced = [look.text for look in same if look.text.replace(" ", "") == text]
    return max(spaced, key=lambda line: line.count(" "))
