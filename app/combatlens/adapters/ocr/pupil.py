"""What becomes of confirmed pictures: a sheet of glyphs is begun, foretells, is shown more, or thrown away."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence

from msgspec import structs

from combatlens.adapters.ocr.apostrophes import Apostrophes
from combatlens.adapters.ocr.glyph_learning import teach
from combatlens.adapters.ocr.glyph_parts import UNKNOWN, Doubt
from combatlens.adapters.ocr.glyph_start import Sample, likely_sheets, of_last_size, start_sheet, with_tail
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.implied import ImpliedNeeds
from combatlens.adapters.ocr.lesson import form_of, lost_slash, other_point, parted, points_of, same_point, same_signs
from combatlens.adapters.ocr.percent_sign import PercentSign
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.speech import Speech
from combatlens.adapters.ocr.tail import unfolded
from combatlens.adapters.ocr.telling import Telling
from combatlens.adapters.ocr.xp_text import XpText

PROOFS = 3
"""So many confirmed texts a new sheet must have foretold before it may speak."""
SAMPLES, FEWEST = 24, 3
"""Confirmed pictures kept, for the next beginning; and how many it takes."""
GIVE_UP = 8
"""A sheet that cannot use so many confirmed pictures in a row is thrown away: the game's interface has changed."""
BAD_START = 2
"""A sheet that may not speak yet is begun anew after so many, and from `MANY` pictures on when it foretold nothing for
`FORETOLD` lessons or more; of one that may, but seldom speaks, a better is looked for when that said nothing for
`SILENT`."""
FORETOLD, SILENT = 6, 24
MOST_PATIENT = 48
"""By so many lessons at most a search for a better sheet is put off that was in vain before."""
READ_SHARE, READ_ENOUGH = 0.5, 0.95
"""The part of the pictures it was learned from that a sheet has to read; above the second none better is looked for."""
MANY = 8
"""From so many pictures a sheet is learned that reads them, or the one that reads most."""


class Pupil:
    """One display's sheet and its school. `learned` is called when there is more to be learned."""

    def __init__(self, parse: Callable[[str], XpText], sheet: Sheet | None, learned: Callable[[], None]) -> None:
        self._parse, self.sheet, self._learned = parse, sheet, learned
        self.percent, self.apostrophes, self._needs = PercentSign(), Apostrophes(), ImpliedNeeds()
        self.telling = Telling(parse, self.percent)
        self.unsaved = False
        self.doubted: frozenset[str] = frozenset()
        """Digits that no teacher tells from another: no text teaches them, but one that was deciphered."""
        self.samples: list[Sample] = []
        self._needed: float | None = None
        """What the sheet's tail means."""
        self._useless = self._lessons = 0
        self._searched = self._patience = FORETOLD
        """Lessons since a sheet that reads more was looked for, and before the next time: twice as many after a vain
        one, for it takes seconds."""
        self._speech = Speech()

    @property
    def trained(self) -> bool:
        """Whether the glyphs may speak for themselves."""
        return self.sheet is not None and self.sheet.proofs >= PROOFS

    @property
    def speaks(self) -> bool:
        """Whether what the glyphs say is read: all ten digits are known too, so that a new one passes for no other."""
        return self.trained and self.sheet is not None and self.sheet.complete

    @property
    def seldom_speaks(self) -> bool:
        """Whether its glyphs, though they may speak, tell few of the values: then their silence says nothing."""
        return self._speech.seldom(self.sheet)

    def hear(self, reading: Reading) -> None:
        """Every reading of the teachers."""
        if self.speaks and reading.sure:
            self._speech.count(self.sheet, reading.found.value, told=False)
        self.percent.hear(reading)
        self.apostrophes.hear(reading)

    def spoke(self) -> None:
        """What the glyphs said was accepted: the interface is the one that was learned, whatever hid it before."""
        self._useless = self._lessons = 0

    def accepted(self, reading: Reading) -> None:
        """Every reading that was accepted: another need ends a sheet with a tail, and a fall that one alone saw."""
        if self.speaks and reading.reader == "glyphs":
            self._speech.count(self.sheet, reading.found.value, told=True)
        if self.outlived(reading.found) or (self.may_be_anew(reading.found) and not reading.agreed):
            self._discard(keep_samples=True)
        self.telling.reached = reading.found

    def outlived(self, found: XpText) -> bool:
        """Whether that has another need than the sheet knows as a whole."""
        if self.sheet is None or not self.sheet.tail or found.needed is None:
            return False
        return found.needed != self._needed

    def may_be_anew(self, found: XpText) -> bool:
        """Whether the need may be another than the sheet knows as a whole, as with a level: the value fell."""
        fell = found.value is not None and found.value < (self.telling.reached.value or 0.0)
        return fell and self.sheet is not None and self.sheet.tail != ""

    def doubt(self, digits: frozenset[str]) -> None:
        """Learn these no more from what teachers read; and forget what was learned of them, unless that speaks."""
        more, self.doubted = digits - self.doubted, digits
        if not more:
            return
        self.samples = [self._without_doubted(sample) for sample in self.samples]
        if self.sheet is not None and not self.speaks:
            tail = self.sheet.tail
            self.sheet.glyphs = [glyph for glyph in self.sheet.glyphs if more.isdisjoint(unfolded(glyph.label, tail))]
            self.sheet.changed()
            self.unsaved = True

    def _without_doubted(self, sample: Sample) -> Sample:
        text, sure = (
            line.translate(dict.fromkeys(map(ord, self.doubted), UNKNOWN)) for line in (sample.text, sample.sure)
        )
        return structs.replace(sample, text=text, sure=sure)

    def take(self, sample: Sample) -> None:
        """Learn from a picture whose text is known; where one teacher alone read it, glyphs that say otherwise win."""
        if lost_slash(sample.text, self.telling.reached.needed) or self._needs.denies(self._parse(sample.text)):
            return
        sample = self._without_doubted(sample)
        image, text, sure = sample.image, sample.text, sample.sure
        if sure and self.sheet is not None:
            told = self.telling.told(image, self.sheet)
            if isinstance(told, Reading) and self.telling.differs(told, text):
                if not self.trained:
                    self.sheet.proofs = 0
                return
        self.samples = [*self.samples[1 - SAMPLES :], structs.replace(sample, image=image.copy())]
        self._searched += 1
        if self.sheet is None:
            self._begin()
        else:
            self._learn(sample)

    def take_deciphered(self, samples: Sequence[Sample]) -> None:
        """Pictures whose texts the counting told: a sheet that reads them so may speak, where all digits are known.

        One that speaks stays where it reads any otherwise, and unless itself, once shown the others, or another reads
        more.
        """
        samples = self._pointed_alike(samples)
        read = self.telling.read_so(self.sheet, samples) if self.sheet is not None and self.speaks else []
        if not all(read) or len(read) == len(samples):
            return
        for sheet in self._taught(samples, grown=bool(read)):
            more = self.telling.read_so(sheet, samples)
            if sheet.complete and all(more) and len(more) > len(read) and len(more) >= READ_SHARE * len(samples):
                sheet.proofs, self._useless, self.unsaved = PROOFS, 0, True
                self.sheet, self.samples = sheet, list(samples[-SAMPLES:])
                return

    def _taught(self, samples: Sequence[Sample], *, grown: bool) -> Iterator[Sheet]:
        """Sheets that were shown all of them: if `grown` a copy of this one, which may know most; and a new one."""
        if sheet := copy.deepcopy(self.sheet) if grown else None:
            for sample in samples:
                if form_of(sample.text) in sheet.forms and not self.telling.read_so(sheet, [sample]):
                    teach(sheet, sample.image, sample.text, places=sample.places)
            yield sheet
        begun = self._most_read(samples[-SAMPLES:])
        if begun is not None:
            for sample in samples[:-SAMPLES]:
                teach(begun, sample.image, sample.text, places=sample.places)
            yield begun

    def _most_read(self, samples: Sequence[Sample], tail: str = "", enough: float = READ_ENOUGH) -> Sheet | None:
        """Of the sheets in which the samples may look like themselves the one that reads most of them so."""
        best, most = None, 0
        for sheet in likely_sheets(with_tail(samples)[0], tail) if tail else likely_sheets(samples):
            sheet.forms = {form_of(sample.text) for sample in samples}
            read = self.telling.read_so(sheet, samples)
            if all(read) and len(read) > most:
                best, most = sheet, len(read)
            if most >= enough * len(samples):
                break
        return best

    def spelt(self, text: str) -> str:
        """The text with the signs that say nothing as the sheet, or the pictures for one, have them."""
        sheet = self.sheet
        known = [*"".join(unfolded(glyph.label, sheet.tail) for glyph in sheet.glyphs)] if sheet is not None else []
        text = same_signs(text, known or [char for sample in self.samples for char in sample.text])
        text = parted(text)[0] if {*known} & {*".,'"} == {"'"} else text
        return same_point(text, self._point(self.samples))

    def _point(self, samples: Sequence[Sample]) -> str:
        """The sign before a share's decimals: the sheet's; else not the one between groups; else what most looks have.

        Teachers take it for `.` here and for `,` there, and a look under two names says neither.
        """
        sheet = self.sheet
        points = {point for point, _ in points_of(sheet.forms)} if sheet is not None else set()
        known = {glyph.label for glyph in sheet.glyphs} & {".", ","} if sheet is not None else set()
        other = other_point(sample.text for sample in samples)
        for signs in points, {other} - {""}, known:
            if len(signs) == 1:
                return next(iter(signs))
        return self.percent.point

    def _pointed_alike(self, samples: Sequence[Sample]) -> list[Sample]:
        """The samples with one sign before a share's decimals."""
        point = self._point(samples)
        return [structs.replace(each, text=same_point(each.text, point)) for each in samples]

    def _begin(self) -> None:
        if len(self.samples) < FEWEST:
            return
        self.samples = self._pointed_alike(self.samples)
        before = self.sheet
        ways = [self._begun, self._begun_with_tail]
        if before is not None and not before.tail:  # it foretold nothing, and its letters may touch
            ways.reverse()
        sheet = ways[0]() or ways[1]()
        if sheet is not None:
            sheet.forms = {form_of(sample.text) for sample in self.samples}
        sheet = self._reading_more(sheet)
        if sheet is not None and before is not None and self._reads(before) >= max(1, self._reads(sheet)):
            sheet = before
        self._take_up(sheet or before)

    def _take_up(self, sheet: Sheet | None) -> None:
        self._useless = self._lessons = 0
        if sheet is not None and sheet is not self.sheet and sheet.tail:
            self._needed = self._parse(self.samples[-1].text).needed
        self.sheet = sheet

    def _reading_more(self, sheet: Sheet | None) -> Sheet | None:
        """That sheet, unless it reads few of the samples and one in which they look less alike reads more of them."""
        samples = of_last_size(self.samples)
        enough, most = READ_SHARE * len(samples), self._reads(sheet) if sheet is not None else 0
        if len(samples) < MANY or most >= enough or self._searched < self._patience:
            return sheet
        self._searched = 0
        tail = with_tail(samples)[1] if self._parse(samples[-1].text).needed is not None else ""
        for end in dict.fromkeys(("", tail)):
            other = self._most_read(samples, end, READ_SHARE)
            if other is not None and (reads := self._reads(other)) > most:
                sheet, most = other, reads
            if most >= enough:
                return sheet
        self._patience = min(2 * self._patience, MOST_PATIENT)
        return sheet

    def _reads(self, sheet: Sheet) -> int:
        """How many of the samples it reads as they are; less by each that it reads otherwise."""
        read = self.telling.read_so(sheet, of_last_size(self.samples))
        return 2 * sum(read) - len(read)

    def _begun(self) -> Sheet | None:
        return start_sheet(*self.apostrophes.spellings(self.samples))

    def _begun_with_tail(self) -> Sheet | None:
        samples, tail = with_tail(self.samples)
        needed = self._parse(self.samples[-1].text).needed
        return start_sheet(samples, tail=tail) if len(samples) >= FEWEST and needed is not None else None

    def _learn(self, sample: Sample) -> None:
        """Let the sheet foretell the text, then show it. One wrong foretelling and it is thrown away."""
        sheet, image, text = self.sheet, sample.image, sample.text
        assert sheet is not None
        told = self.telling.told(image, sheet)
        if isinstance(told, Reading) and self.telling.differs(told, text):
            return self._discard(keep_samples=False)
        if isinstance(told, Reading):
            sheet.proofs += 1
            self._useless = 0
        known, proofs = len(sheet.glyphs), sheet.proofs - isinstance(told, Reading)
        taught = teach(sheet, image, text, sample.sure, places=sample.places)
        if taught:
            sheet.forms.add(form_of(text))
        if len(sheet.glyphs) > known or sheet.proofs <= PROOFS:
            self._learned()
        if not taught and isinstance(told, Doubt) and (UNKNOWN in told.partly or not told.allows(text)):
            self._useless += 1
        elif taught:
            self._useless = max(0, self._useless - 1)
        self.unsaved = True
        self._lessons = 0 if sheet.proofs > proofs else self._lessons + 1
        bad_start = self._useless >= BAD_START and len(self.samples) < MANY  # with more it takes seconds
        if self._useless >= GIVE_UP:
            self._discard(keep_samples=True)
        elif not self.trained and (bad_start or self._lessons >= self._patience or self.apostrophes.untried):
            self._begin()  # from more samples than at first
        elif self.seldom_speaks and self._lessons >= SILENT:
            self._take_up(self._reading_more(sheet))
        return None

    def _discard(self, *, keep_samples: bool) -> None:
        if self.trained:
            self._patience = FORETOLD
        self.sheet, self._useless, self.unsaved = None, 0, True
        self.samples = self.samples[-SAMPLES // 2 :] if keep_samples else []
