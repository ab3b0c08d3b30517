"""Which digit is which, told by the counting itself: for type that no teacher can read.

Experience grows, and seldom leaps. So pictures of unread numbers are taken apart, signs that look alike are put
together as one kind, and the kinds are named so that the values grow; the teachers' guesses are where that begins. A
name holds only where any other would make values fall or leap, so it takes a few dozen values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from combatlens.adapters.ocr.counting import Rows, in_order, names_of
from combatlens.adapters.ocr.glyph_cut import Cell
from combatlens.adapters.ocr.glyph_parts import BETWEEN_THIRDS, UNKNOWN, Floats
from combatlens.adapters.ocr.glyph_start import ENOUGH, Sample, taken_apart, trial_sheets
from combatlens.adapters.ocr.lesson import places_of
from combatlens.adapters.ocr.reading import Look

if TYPE_CHECKING:
    from combatlens.ports import Image

KEPT, KEPT_BYTES, SECONDS = 128, 16 << 20, 2.0
"""Pictures kept, fewer where they are large, and how far apart they are at least."""
FEWEST, MORE = 32, 8
"""Pictures at the first attempt, and how many more before the next; before each further one a fifth more again."""
MOST_DIGITS, MOST_SIGNS, HIGH = 20, 1000, 24
"""Of one text, of all pictures, and rows of a sign that is compared: what takes longer is left."""
FORMS, FORM_SHARE = 3, 0.1
"""Forms of the text that are tried, the most often read first, each read in such a part of all looks at least."""
TRIALS, TWIN = 16, 0.12
"""Pictures on which a way to take them apart is tried; a sign has a twin that differs by less than this part."""
ALIKE = (0.02, 0.05, 0.09, 0.13)
"""Parts of their ink by which signs of one kind may differ: tried in this order."""
FEW = 3
"""A kind has so many signs at least; others are taken for spoiled."""
FINE = 3
"""Signs are laid over each other to this part of a column."""
_NAME = re.compile(r"([^\W\d_]{2,8}[:.]? ?)?(.*)")
_LONE = re.compile(r"(.*\d[\w.,']*) \w (\w{4,}|\w{1,3}(?:[.,']\w{3})+)$")
"""Two numbers and a character alone between them: a slash misread, where one was read now and then."""
_SIGNS = re.compile(r"[9.,'/%\[\]() ]*9[9.,'/%\[\]() ]*")


class _Kept(Struct, frozen=True):
    image: NDArray[np.uint8]
    looks: tuple[Look, ...]


class Decipher:
    """Fed with every picture that teachers looked at, as long as glyphs seldom speak; not for several threads."""

    _kept: list[_Kept]
    _waits: int
    _more: int
    _spoken: int

    def __init__(self) -> None:
        self._at = -SECONDS
        self.forget()

    def hear(self, image: Image, looks: Sequence[Look], at: float) -> list[Sample]:
        """`at`: seconds of a steady clock. The pictures with what they say, once that can be told; mostly nothing."""
        if at - self._at < SECONDS or not looks:
            return []
        self._at = at
        if self._kept and self._kept[-1].image.shape != image.shape:
            self.forget()
        many = max(FEWEST, min(KEPT, KEPT_BYTES // image.nbytes))
        self._kept = [*self._kept[1 - many :], _Kept(image.copy(), tuple(looks))]
        self._waits -= 1
        if self._waits > 0:
            return []
        self._waits, self._more = self._more, self._more + self._more // 5
        if told := deciphered(self._kept):
            self.forget()
        return told

    def spoke(self) -> None:
        """What glyphs said was believed: where they speak more often than not, nothing is to be deciphered."""
        self._spoken += 1
        if self._spoken > len(self._kept):
            self.forget()

    def forget(self) -> None:
        self._kept = []
        self._waits, self._more, self._spoken = FEWEST, MORE, 0


def deciphered(kept: Sequence[_Kept]) -> list[Sample]:
    """Those of the pictures whose every digit can be told, with their texts."""
    for form, guesses in _forms(kept):
        if form.count(UNKNOWN) <= MOST_DIGITS and (told := _told(kept, form, guesses)):
            return told
    return []


def _told(kept: Sequence[_Kept], form: str, guesses: Sequence[list[str] | None]) -> list[Sample]:
    """Those of them whose text has that form; `guesses` as of `_forms`."""
    at = [index for index, guess in enumerate(guesses) if guess is not None][-(MOST_SIGNS // form.count(UNKNOWN)) :]
    samples = [Sample(kept[index].image, form, places=places_of(form, kept[index].looks)) for index in at]
    parted = _taken_apart(samples)
    whole = [each for each in zip(at, samples, parted, strict=False) if each[2]]
    if len(whole) < FEWEST // 2:
        return []
    apart = _apart([cell for _, _, line in whole for cell in line if cell.label == UNKNOWN])
    votes = [guesses[index] or [] for index, _, _ in whole]
    for alike in ALIKE:
        kinds = _kinds(apart, alike)
        rows = kinds.reshape(len(whole), -1)
        names = names_of(rows, form, votes, _kinds_apart(apart, kinds))
        if names is None:
            continue
        told = [index for index, row in enumerate(rows) if UNKNOWN not in names[row]]
        texts = [_spelt(form, names[rows[index]]) for index in told]
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


def _taken_apart(samples: Sequence[Sample]) -> list[list[Cell]]:
    """Each sample's signs, in the way under which most have a twin; empty where there is none."""
    best, most = None, 0.5
    for sheet in trial_sheets(samples):
        lines = [taken_apart(sheet, each) for each in samples[-TRIALS:]]
        signs = [cell for line in lines for cell in line if cell.label == UNKNOWN]
        if len(signs) < TRIALS:
            continue
        apart = _apart(signs)
        np.fill_diagonal(apart, np.inf)
        score = float((apart.min(axis=1) < TWIN).mean()) * sum(map(bool, lines)) / len(lines)
        if score > most + 0.01:
            best, most = sheet, score
        if most > ENOUGH:
            break
    return [taken_apart(best, each) for each in samples] if best is not None else []


def _apart(signs: Sequence[Cell]) -> Floats:
    """How much each two signs differ, as a part of the lighter one's ink: float32 (signs, signs)."""
    high = min(HIGH, signs[0].pixels.shape[0])
    scale = high / signs[0].pixels.shape[0]
    wide = round((max(sign.pixels.shape[1] for sign in signs) + 2) * FINE * scale) + 1
    laid = np.zeros((len(signs), high, wide + FINE + 1), np.float32)
    for place, sign in zip(laid, signs, strict=True):
        framed = cv2.copyMakeBorder(sign.pixels, 0, 0, 1, 1, cv2.BORDER_CONSTANT)
        size = max(1, round(framed.shape[1] * FINE * scale)), high
        place[:, : size[0]] = cv2.resize(framed, size, interpolation=cv2.INTER_CUBIC if scale == 1 else cv2.INTER_AREA)
    still = laid.reshape(len(signs), -1)
    alike = still @ still.T
    for shift in range(1, FINE + 2):
        moved = np.roll(laid, shift, axis=2).reshape(len(signs), -1) @ still.T
        alike = np.maximum(alike, np.maximum(moved, moved.T))
    ink = (still**2).sum(axis=1)
    off = ink[:, None] + ink[None] - 2 * alike
    return np.asarray(off / np.maximum(1.0, np.minimum(ink[:, None], ink[None])), np.float32)


def _kinds(apart: Floats, alike: float) -> Rows:
    """Each sign's kind, the most common first; -1 for those that are like too few."""
    near, kinds = apart < alike, np.full(len(apart), -1)
    for kind in range(len(apart)):
        left = kinds < 0
        many = (near & left[None]).sum(axis=1) * left
        chief = int(many.argmax())
        if many[chief] < FEW:
            break
        kinds[near[chief] & left] = kind
    return kinds


def _kinds_apart(apart: Floats, kinds: Rows) -> Floats:
    """How much each two kinds' signs differ in the mean: float32 (kinds, kinds)."""
    share = (kinds[:, None] == np.arange(kinds.max() + 1)).astype(np.float32)
    share /= share.sum(axis=0)
    return np.asarray(share.T @ apart @ share, np.float32)


def _spelt(form: str, digits: Sequence[str]) -> str:
    told = iter(digits)
    return "".join(next(told) if char == UNKNOWN else char for char in form)
