"""Which digit is which, told by the counting itself: for type that no teacher can read.

Experience grows, and seldom leaps. So pictures of unread numbers are taken apart, signs that look alike are put
together as one kind, and the kinds are named so that the values grow; the teachers' guesses are where that begins. A
name holds only where any other would make values fall or leap, so it takes a few dozen values. What cannot be told
stays unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyph_cut import Cell, cells
from combatlens.adapters.ocr.glyph_parts import BETWEEN_THIRDS, DIGITS, UNKNOWN, Floats
from combatlens.adapters.ocr.glyph_start import Sample, trial_sheets
from combatlens.adapters.ocr.reading import Look

if TYPE_CHECKING:
    from combatlens.ports import Image

KEPT, SECONDS = 128, 2.0
"""Pictures kept, and how far apart they are at least."""
FEWEST, MORE = 32, 16
"""Pictures at the first attempt, and how many more there must be before the next."""
FORMS, FORM_SHARE = 3, 0.1
"""Forms of the text that are tried, the most often read first, each read in such a part of all looks at least."""
TRIALS, TWIN = 16, 0.12
"""Pictures on which a way to take them apart is tried; a sign has a twin that differs by less than this part."""
ALIKE = (0.05, 0.09, 0.13)
"""Parts of their ink by which signs of one kind may differ: tried in this order."""
FEW, MOST_KINDS = 3, 40
"""A kind has so many signs at least, others are taken for spoiled; with more kinds the signs are too unlike."""
FINE = 3
"""Signs are laid over each other to this part of a column."""
LEAP = 8.0
"""So many times the usual gain is a leap."""
WRONG_PRICE = 3.0
"""What a fall or a leap costs, in votes of the teachers: they have one for each kind."""
MOST_FALLS, MOST_LEAPS = 1, 0.05
"""Level-ups in the pictures kept, and the part of the gains that may be leaps."""
CONTRADICTED = 2
"""Any other name would make so many values more fall or leap; of what the teachers guess so too one fewer."""
TOLD, GUESSED = 0.8, 0.5
"""In such a part of the pictures each place's sign has to be told, and the teachers have to guess so in such a part."""
PAIRS = np.array(list(combinations(range(10), 2)))
_NAME = re.compile(r"([^\W\d_]{2,8}[:.]? ?)?(.*)")
_SIGNS = re.compile(r"[9.,'/%\[\]() ]*9[9.,'/%\[\]() ]*")
_NUMBER = re.compile(r"\?+(?:[.,']\?+)*")

Rows = NDArray[np.intp]


class _Kept(Struct, frozen=True):
    image: NDArray[np.uint8]
    looks: tuple[Look, ...]


class Decipher:
    """Fed with every picture that teachers looked at, as long as glyphs seldom speak; not for several threads."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._at = -SECONDS
        self._waits, self._spoken = FEWEST, 0

    def hear(self, image: Image, looks: Sequence[Look], at: float) -> list[Sample]:
        """`at`: seconds of a steady clock. The pictures with what they say, once that can be told; mostly nothing."""
        if at - self._at < SECONDS or not looks:
            return []
        self._at = at
        if self._kept and self._kept[-1].image.shape != image.shape:
            self.forget()
        self._kept = [*self._kept[1 - KEPT :], _Kept(image.copy(), tuple(looks))]
        self._waits -= 1
        if self._waits > 0:
            return []
        self._waits = MORE
        return deciphered(self._kept)

    def spoke(self) -> None:
        """What glyphs said was believed: where they speak more often than not, nothing is to be deciphered."""
        self._spoken += 1
        if self._spoken > len(self._kept):
            self.forget()

    def forget(self) -> None:
        self._kept, self._waits, self._spoken = [], FEWEST, 0


def deciphered(kept: Sequence[_Kept]) -> list[Sample]:
    """Those of the pictures whose every digit can be told, with their texts."""
    for form, guesses in _forms(kept):
        at = [index for index, guess in enumerate(guesses) if guess is not None]
        samples = [Sample(kept[index].image, form) for index in at]
        lines = _taken_apart(samples)
        whole = [index for index, line in enumerate(lines) if line]
        if len(whole) < FEWEST // 2:
            continue
        signs = [cell for index in whole for cell in lines[index] if cell.label == UNKNOWN]
        apart = _apart(signs)
        votes = [guesses[at[index]] or [] for index in whole]
        for alike in ALIKE:
            rows = _kinds(apart, alike).reshape(len(whole), -1)
            names = _names(rows, form, votes)
            if names is None:
                continue
            told = [index for index, row in enumerate(rows) if UNKNOWN not in names[row]]
            if len(told) >= FEWEST // 2:
                return [Sample(samples[whole[index]].image, _spelt(form, names[rows[index]])) for index in told]
    return []


def _forms(kept: Sequence[_Kept]) -> Iterator[tuple[str, list[list[str] | None]]]:
    """The text's likely forms, `?` for each digit; with each picture's guesses at its digits, None if it has another.

    Signs between thirds are sooner missed than made up, so the form that has them goes first.
    """
    read = [[seen for look in each.looks if (seen := _form(look.text)) is not None] for each in kept]
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


def _form(text: str) -> tuple[str, str] | None:
    """A look's text with `?` for every digit and letter, and what was read there; None for what is no number."""
    found = _NAME.fullmatch(text.strip())
    if found is None:
        return None
    name, number = found[1] or "", found[2].replace("°", "'").replace("’", "'")
    if _SIGNS.fullmatch(re.sub(r"[^\W_]", "9", number)) is None:
        return None
    return name + re.sub(r"[^\W_]", UNKNOWN, number), "".join(filter(str.isalnum, number))


def _unparted(form: str) -> str:
    return BETWEEN_THIRDS.sub("", form.replace(UNKNOWN, "9").replace(" ", ""))


def _taken_apart(samples: Sequence[Sample]) -> list[list[Cell]]:
    """Each sample's signs, in the way under which most have a twin; empty where there is none."""
    best, most = None, 0.5
    for sheet in trial_sheets(samples):
        lines = [cells(sheet.ink(each.image), each.text, sheet.widths) for each in samples[-TRIALS:]]
        signs = [cell for line in lines for cell in line if cell.label == UNKNOWN]
        if len(signs) < TRIALS:
            continue
        apart = _apart(signs)
        np.fill_diagonal(apart, np.inf)
        score = float((apart.min(axis=1) < TWIN).mean()) * sum(map(bool, lines)) / len(lines)
        if score > most + 0.01:
            best, most = sheet, score
    return [cells(best.ink(each.image), each.text, best.widths) for each in samples] if best is not None else []


def _apart(signs: Sequence[Cell]) -> Floats:
    """How much each two signs differ, as a part of the lighter one's ink: float32 (signs, signs)."""
    wide = (max(sign.pixels.shape[1] for sign in signs) + 2) * FINE
    laid = np.zeros((len(signs), signs[0].pixels.shape[0], wide + FINE + 1), np.float32)
    for place, sign in zip(laid, signs, strict=True):
        framed = cv2.copyMakeBorder(sign.pixels, 0, 0, 1, 1, cv2.BORDER_CONSTANT)
        place[:, : framed.shape[1] * FINE] = cv2.resize(framed, None, fx=FINE, fy=1, interpolation=cv2.INTER_CUBIC)
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


def _names(rows: Rows, form: str, guesses: Sequence[Sequence[str]]) -> NDArray[np.str_] | None:
    """Each kind's digit, `?` where it cannot be told; and behind them all a `?`, for what is of no kind."""
    kinds = int(rows.max()) + 1
    if not len(DIGITS) <= kinds <= MOST_KINDS:
        return None
    votes, wrong = _votes(rows, kinds, guesses), _wrongs(rows, form)
    share = votes / np.maximum(1.0, votes.sum(axis=1, keepdims=True))
    digits = _likeliest(share, wrong)
    falls, leaps = (int(count[0]) for count in wrong(digits[None]))
    if falls > MOST_FALLS or leaps > MOST_LEAPS * len(rows):
        return None
    guessed = share.argmax(axis=1) == digits
    if (np.asarray(sum(wrong(_swapped(digits)))) < falls + leaps + CONTRADICTED).any():
        return None
    renamed = np.asarray(sum(wrong(_renamed(digits)))).reshape(kinds, -1).min(axis=1)
    told = renamed >= falls + leaps + CONTRADICTED - guessed
    known = np.append(told, False)[rows]
    if set(digits[told]) != set(range(10)) or known.mean(axis=0).min() < TOLD or guessed[rows[known]].mean() < GUESSED:
        return None
    return np.array([*(str(digit) if fine else UNKNOWN for digit, fine in zip(digits, told, strict=True)), UNKNOWN])


def _votes(rows: Rows, kinds: int, guesses: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """How many of the teachers' guesses at each kind say each digit: (kinds, 10)."""
    votes = np.zeros((kinds, 10))
    for row, texts in zip(rows, guesses, strict=True):
        for text in texts:
            for kind, char in zip(row, text, strict=True):
                if kind >= 0 and char in DIGITS:
                    votes[kind, int(char)] += 1
    return votes


def _wrongs(rows: Rows, form: str) -> Callable[[Rows], tuple[Rows, Rows]]:
    """What counts how often the values fall, and leap, under each of many namings of the kinds, (namings, kinds).

    The first number counts, and a share behind it.
    """
    spans, at = [], 0
    for number in _NUMBER.finditer(form.replace(" ", "")):
        spans.append((at, at := at + number[0].count(UNKNOWN)))
    counting = spans if "%" in form and len(spans) == 2 else spans[:1]
    parts = [rows[:, slice(*span)] for span in counting]
    known = [part[(part >= 0).all(axis=1)] for part in parts]
    worth = [10.0 ** np.arange(part.shape[1])[::-1] for part in known]

    def wrong(namings: Rows) -> tuple[Rows, Rows]:
        falls = leaps = np.zeros(len(namings), np.intp)
        for part, each in zip(known, worth, strict=True):
            gains = np.diff(namings[:, part] @ each, axis=1)
            usual = np.maximum(gains, 0).sum(axis=1) / np.maximum(1, (gains > 0).sum(axis=1))
            falls = falls + (gains < 0).sum(axis=1)
            leaps = leaps + (gains > LEAP * usual[:, None]).sum(axis=1)
        return falls, leaps

    return wrong


def _likeliest(share: NDArray[np.float64], wrong: Callable[[Rows], tuple[Rows, Rows]]) -> Rows:
    """The naming of the lowest price that renaming one kind, or changing over two digits, leads to."""
    digits: Rows = share.argmax(axis=1)
    least = np.inf
    while True:
        others = np.concatenate([digits[None], _renamed(digits), _swapped(digits)])
        prices = WRONG_PRICE * sum(wrong(others)) - share[np.arange(len(share)), others].sum(axis=1)
        best = int(prices.argmin())
        if prices[best] >= least - 1e-9:
            return digits
        digits, least = others[best], prices[best]


def _renamed(digits: Rows) -> Rows:
    """Every naming in which one kind is another digit, nine for each kind."""
    kinds = len(digits)
    others = np.repeat(digits[None], 9 * kinds, axis=0)
    others[np.arange(9 * kinds), np.arange(kinds).repeat(9)] = (
        digits.repeat(9) + np.tile(np.arange(1, 10), kinds)
    ) % 10
    return others


def _swapped(digits: Rows) -> Rows:
    """Every naming in which two digits are changed over, in the order of `PAIRS`."""
    one, two = PAIRS[:, :1], PAIRS[:, 1:]
    return np.where(digits == one, two, np.where(digits == two, one, digits))


def _spelt(form: str, digits: Sequence[str]) -> str:
    told = iter(digits)
    return "".join(next(told) if char == UNKNOWN else char for char in form)
