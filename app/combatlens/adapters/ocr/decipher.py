"""Which digit is which, told by the counting itself: for type that no teacher can read.

Experience grows, and seldom leaps. So pictures of unread numbers are taken apart, signs that look alike are put
together as one kind, and the kinds are named so that the values grow; the teachers' guesses are where that begins. A
name holds only where any other would make values fall or leap, so it takes a few dozen values. Where all teachers take
one digit for another, glyphs read some of the values; those are pictures of the same counting.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from combatlens.adapters.ocr.counting import in_order, names_of
from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_parts import BETWEEN_THIRDS, DIGITS, UNKNOWN
from combatlens.adapters.ocr.glyph_start import Sample, taken_apart, trial_sheets
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.adapters.ocr.kinds import groupings, how_apart, kinds_apart, named
from combatlens.adapters.ocr.lesson import places_of
from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.recognition import known_signs

if TYPE_CHECKING:
    from combatlens.ports import Image

KEPT, KEPT_BYTES, SECONDS = 128, 16 << 20, 2.0
"""Pictures kept, fewer where they are large, and how far apart they are at least."""
FEWEST, MORE = 28, 4
"""Pictures at the first attempt, and how many more before the next; before each further one a fifth more again."""
MOST_DIGITS, MOST_SIGNS = 20, 1000
"""Of one text, and of all pictures: what takes longer is left."""
FORMS, FORM_SHARE = 3, 0.1
"""Forms of the text that are tried, the most often read first, each read in such a part of all looks at least."""
TRIALS, TWIN = 16, 0.12
"""Pictures on which a way to take them apart is tried; a sign has a twin that differs by less than this part."""
WAYS, LEAST_SCORE = 2, 0.3
"""Ways to take them apart that are followed; and how well a way has to do at least, of 1."""
SPEAK_SHARE = 0.85
"""Where glyphs read more of the pictures than this part, nothing is to be deciphered."""
KNOWN = 5
"""A sheet that knows so many digits helps to take the pictures apart."""
_SIGN = DIGITS | {UNKNOWN}
_NAME = re.compile(r"([^\W\d_]{2,8}[:.]? ?)?(.*)")
_LONE = re.compile(r"(.*\d[\w.,']*) \w (\w{4,}|\w{1,3}(?:[.,']\w{3})+)$")
"""Two numbers and a character alone between them: a slash misread, where one was read now and then."""
_SIGNS = re.compile(r"[9.,'/%\[\]() ]*9[9.,'/%\[\]() ]*")


class _Kept(Struct, frozen=True):
    """`shown`: the last of the pictures that `image` was laid of."""

    image: NDArray[np.uint8]
    shown: NDArray[np.uint8]
    looks: tuple[Look, ...]
    by_glyphs: bool = False


class Decipher:
    """Fed with every picture that teachers looked at, and those between that glyphs read; not for several threads."""

    _kept: list[_Kept]
    _waits: int
    _more: int

    def __init__(self) -> None:
        self._at = -SECONDS
        self.forget()

    def hear(
        self, image: Image, shown: Image, looks: Sequence[Look], at: float, sheet: Sheet | None = None
    ) -> list[Sample]:
        """The pictures with what they say, where that can be told; mostly nothing.

        `image`: what was looked at, the last pictures laid on one another; `shown`: the last of them. `at`: seconds of
        a steady clock. `sheet`: what is known of the display's signs.
        """
        if not looks or not self._keep(_Kept(image, shown, tuple(looks)), at) or self._waits > 0:
            return []
        self._waits, self._more = self._more, self._more + max(1, self._more // 5)
        return deciphered(self._kept, sheet)

    def spoke(self, image: Image, reading: Reading, at: float) -> None:
        """What glyphs said was believed: where they say nearly all, nothing is to be deciphered."""
        if self._kept:
            look = Look(reading.reader, "", reading.text, reading.confidence, reading.found)
            self._keep(_Kept(image, image, (look,), by_glyphs=True), at)
        if len(self._kept) >= FEWEST and sum(each.by_glyphs for each in self._kept) > SPEAK_SHARE * len(self._kept):
            self.forget()

    def forget(self) -> None:
        self._kept = []
        self._waits, self._more = FEWEST, MORE

    def _keep(self, kept: _Kept, at: float) -> bool:
        if at - self._at < SECONDS:
            return False
        self._at = at
        if self._kept and self._kept[-1].image.shape != kept.image.shape:
            self.forget()
        many = max(FEWEST, min(KEPT, KEPT_BYTES // (2 * kept.image.nbytes)))
        image = kept.image.copy()
        shown = image if kept.shown is kept.image else kept.shown.copy()
        self._kept = [*self._kept[1 - many :], structs.replace(kept, image=image, shown=shown)]
        self._waits -= 1
        return True


def deciphered(kept: Sequence[_Kept], sheet: Sheet | None = None) -> list[Sample]:
    """Those of the pictures whose every digit can be told, with their texts."""
    for form, guesses in _forms(kept):
        if form.count(UNKNOWN) <= MOST_DIGITS and (told := _told(kept, form, guesses, sheet)):
            return told
    return []


def _told(kept: Sequence[_Kept], form: str, guesses: Sequence[list[str] | None], sheet: Sheet | None) -> list[Sample]:
    """Those of them whose text has that form; `guesses` as of `_forms`."""
    at = [index for index, guess in enumerate(guesses) if guess is not None][-(MOST_SIGNS // form.count(UNKNOWN)) :]
    samples = [
        Sample(kept[index].image, form, places=places_of(form, kept[index].looks), shown=kept[index].shown)
        for index in at
    ]
    for parted in chain(_ways(samples), _known(samples, [guesses[index] or [] for index in at], sheet)):
        whole = [each for each in zip(at, samples, parted, strict=True) if each[2]]
        if len(whole) >= FEWEST // 2 and (told := _told_by(whole, form, guesses)):
            return told
    return []


def _told_by(
    whole: Sequence[tuple[int, Sample, list[Cell]]], form: str, guesses: Sequence[list[str] | None]
) -> list[Sample]:
    """Those of the samples, with their places in `guesses` and their signs, whose every digit can be named."""
    signs = [cell for _, _, line in whole for cell in line if cell.label in _SIGN]
    apart = how_apart(signs)
    votes = [guesses[index] or [] for index, _, _ in whole]
    for kinds in groupings(apart, [sign.label for sign in signs]):
        rows = kinds.reshape(len(whole), -1)
        names = names_of(rows, form, votes, kinds_apart(apart, kinds))
        if names is None:
            continue
        digits = named(names, kinds, apart).reshape(len(whole), -1)
        told = [index for index, row in enumerate(digits) if UNKNOWN not in row]
        texts = [_spelt(form, digits[index]) for index in told]
        sure = in_order(texts)
        if len(sure) >= FEWEST // 2:
            return [structs.replace(whole[told[index]][1], text=texts[index]) for index in sure]
    return []


def _forms(kept: Sequence[_Kept]) -> Iterator[tuple[str, list[list[str] | None]]]:
    """The text's likely forms, `?` for each digit; with each picture's guesses at its digits, None if it has another.

    Signs between thirds are sooner missed than made up, so the form that has them goes first.
    """
    read = [_read(each) for each in kept]
    every = [form for seen in read for form, _ in seen]
    if FORM_SHARE * len(every) <= sum("/" in form for form in every):
        read = [_read(each, slashed=True) for each in kept]
    bare = [[_unparted(form) for form, _ in seen] for seen in read]
    counted = Counter(form for forms in bare for form in forms)
    for number, count in counted.most_common(FORMS):
        if count < FORM_SHARE * counted.total():
            return
        mine = [
            seen if forms and Counter(forms).most_common(1)[0][0] == number else None
            for seen, forms in zip(read, bare, strict=True)
        ]
        spelt = Counter(form for seen in mine if seen for form, _ in seen if _unparted(form) == number)
        groups = Counter(form.replace(" ", "") for form in spelt.elements())
        for group in sorted(groups, key=lambda group: (-len(group), -groups[group])):
            if groups[group] < FORM_SHARE * groups.total():
                continue
            form = max((form for form in spelt if form.replace(" ", "") == group), key=lambda form: spelt[form])
            guesses = [
                None if seen is None else [digits for read, digits in seen if _unparted(read) == number]
                for seen in mine
            ]
            yield form, guesses


def _read(kept: _Kept, *, slashed: bool = False) -> list[tuple[str, str]]:
    """Each look's text as `_form` gives it. `slashed`: with a slash that was misread."""
    texts = [look.text.strip().replace("°", "'").replace("’", "'") for look in kept.looks]
    forms = (_form(_LONE.sub(r"\1 / \2", text) if slashed and "/" not in text else text) for text in texts)
    return [seen for seen in forms if seen is not None]


def _form(text: str) -> tuple[str, str] | None:
    """A text with `?` for every digit and letter, and what was read there; None for what is no number."""
    found = _NAME.fullmatch(text)
    if found is None:
        return None
    name, number = found[1] or "", found[2]
    if _SIGNS.fullmatch(re.sub(r"[^\W_]", "9", number)) is None:
        return None
    return name + re.sub(r"[^\W_]", UNKNOWN, number), "".join(filter(str.isalnum, number))


def _unparted(form: str) -> str:
    return BETWEEN_THIRDS.sub("", form.replace(UNKNOWN, "9").replace(" ", ""))


def _known(
    samples: Sequence[Sample], guesses: Sequence[Sequence[str]], sheet: Sheet | None
) -> Iterator[list[list[Cell]]]:
    """Each sample's signs as a sheet takes them apart that knows some digits, once.

    Those under a name that look like it, and that teachers mostly read so.
    """
    if sheet is None or sheet.complete or sheet.tail or sheet.size != samples[-1].image.shape[:2]:
        return
    known = {glyph.label for glyph in sheet.glyphs if glyph.trusted} & DIGITS
    if len(known) < KNOWN:
        return
    lines = []
    for sample, texts in zip(samples, guesses, strict=True):
        digits = [Counter(column).most_common(1)[0][0] for column in zip(*texts, strict=True)]
        text = _spelt(sample.text, [digit if digit in known else UNKNOWN for digit in digits])
        lines.append(known_signs(sheet, structs.replace(sample, text=text)))
    yield lines


def _ways(samples: Sequence[Sample]) -> Iterator[list[list[Cell]]]:
    """Each sample's signs, taken apart in the likeliest ways: those of a colour under which most have a close twin."""
    best: dict[tuple[float, ...], tuple[float, Sheet]] = {}
    for sheet in trial_sheets(samples):
        lines = [taken_apart(sheet, each) for each in samples[-TRIALS:]]
        signs = [cell for line in lines for cell in line if cell.label == UNKNOWN]
        if len(signs) < TRIALS:
            continue
        apart = how_apart(signs)
        np.fill_diagonal(apart, np.inf)
        near, whole = apart.min(axis=1), sum(map(bool, lines)) / len(lines)
        score = float((near < TWIN).mean() + np.maximum(0.0, 1 - near / TWIN).mean()) / 2 * whole
        if score > best.get(sheet.colour, (LEAST_SCORE, sheet))[0]:
            best[sheet.colour] = score, sheet
    for _, sheet in sorted(best.values(), key=lambda way: -way[0])[:WAYS]:
        yield [taken_apart(sheet, each) for each in samples]


def _spelt(form: str, digits: Sequence[str]) -> str:
    told = iter(digits)
    return "".join(next(told) if char == UNKNOWN else char for char in form)
