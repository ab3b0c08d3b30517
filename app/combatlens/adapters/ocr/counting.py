"""Kinds of signs named by the counting: of all ways to name them only one lets every value be followed by a larger one.

Where any other name for a kind, or a change of two digits, would make values fall or leap, the name holds. So it does
where the teachers nearly always read that, and for the tenth digit where the nine others are told so. A digit whose own
signs they always know is no name for signs that they never read so: that asks less of the counting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyph_parts import DIGITS, UNKNOWN

MOST_KINDS = 40
"""With more kinds the signs are too unlike to be named."""
LEAP = 8.0
"""So many times the usual gain is a leap."""
WRONG_PRICE = 3.0
"""What a fall or a leap costs, in votes of the teachers: they have one for each kind."""
MOST_FALLS, MOST_LEAPS = 1, 0.05
"""Level-ups in the pictures kept, and the part of the gains that may be leaps."""
CONTRADICTED = 2
"""Any other name would make so many values more fall or leap; one fewer of what the teachers guess so too, where one
falls (a leap may be a bonus), and of a digit that they never read there."""
CERTAIN, MANY, CLAIMED = 0.9, 6, 0.2
"""A kind of so many signs is what the teachers read such a part of them as, if the counting does not deny it; no digit
that they read in such a part of another kind's signs."""
NEVER = 0.02
"""A kind read as a digit in a smaller part of its signs (none may be read at all) is hardly that, if the digit's own
signs are read with certainty and it is not the one that looks most like it."""
MOSTLY = 0.5
"""The part of the other digits that the counting has to deny where one is left, however seldom they are read there."""
TOLD, GUESSED = 0.6, 0.5
"""In such a part of the pictures each place's sign has to be told, and the teachers have to guess so in such a part."""
STAYS = 0.8
"""A digit that is the same in such a part of the pictures does not change."""
PAIRS = np.array(list(combinations(range(10), 2)))
_NUMBER, _SHOWN = re.compile(r"\?+(?:[.,']\?+)*"), re.compile(r"\d+(?:[., ']\d+)*")

Rows = NDArray[np.intp]


def names_of(
    rows: Rows, form: str, guesses: Sequence[Sequence[str]], apart: NDArray[np.float32]
) -> NDArray[np.str_] | None:
    """Each kind's digit, `?` where it cannot be told; and behind them all a `?`, for what is of no kind.

    `apart`: how much each two kinds differ, (kinds, kinds).
    """
    if not len(DIGITS) <= rows.max() + 1 <= MOST_KINDS:
        return None
    kinds = _Kinds(rows, form, guesses)
    digits = kinds.digits
    if kinds.falls > MOST_FALLS or kinds.leaps > MOST_LEAPS * len(rows) or not _pairs_hold(kinds):
        return None
    told = _told(kinds, apart)
    if not all(_counts(np.append(digits, -1)[part]) for part in _counting(rows, form)):
        return None
    known = np.append(told, False)[rows]
    if (
        not _mostly_told(digits, told, kinds.signs)
        or known.mean(axis=0).min() < TOLD
        or kinds.guessed[rows[known]].mean() < GUESSED
    ):
        return None
    return np.array([*(str(digit) if fine else UNKNOWN for digit, fine in zip(digits, told, strict=True)), UNKNOWN])


class _Kinds:
    """What is known of each kind: its likeliest digit, its signs, and what the teachers read them as."""

    def __init__(self, rows: Rows, form: str, guesses: Sequence[Sequence[str]]) -> None:
        count = int(rows.max()) + 1
        votes = _votes(rows, count, guesses)
        self.wrong = _wrongs(rows, form)
        self.share = votes / np.maximum(1.0, votes.sum(axis=1, keepdims=True))
        """The part of the teachers' guesses that say each digit, (kinds, 10)."""
        self.digits = _likeliest(self.share, self.wrong)
        self.falls, self.leaps = (int(number[0]) for number in self.wrong(self.digits[None]))
        self.signs = np.bincount(rows[rows >= 0], minlength=count)
        self.guessed = self.share.argmax(axis=1) == self.digits
        """Whether that is what the teachers read most."""
        enough = (self.signs >= MANY) & (votes.sum(axis=1) >= 2 * self.signs)
        self.sure = self.guessed & (self.share.max(axis=1) >= CERTAIN) & enough
        """Whether that is what they nearly always read …"""
        claimed = (self.share * (np.arange(10) != self.digits[:, None])).max(axis=0) >= CLAIMED
        self.spoken = self.sure & ~claimed[self.digits]
        """… and no other kind as it."""


def _pairs_hold(kinds: _Kinds) -> bool:
    """Whether values would fall or leap if any two digits were changed over that the teachers do not tell for sure."""
    fallen, leapt = kinds.wrong(_swapped(kinds.digits))
    read = np.array([kinds.share[kinds.digits == digit].max(axis=0, initial=0.0) for digit in range(10)])
    one, two = PAIRS.T
    unlike = (np.maximum(read[one, two], read[two, one]) < NEVER) & (fallen > kinds.falls)
    open_pairs = ~np.isin(PAIRS, kinds.digits[kinds.spoken]).any(axis=1)
    return not (fallen + leapt - kinds.falls - kinds.leaps + unlike < CONTRADICTED)[open_pairs].any()


def _told(kinds: _Kinds, apart: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which kinds can be no other digit."""
    digits = kinds.digits
    fallen, leapt = (count.reshape(len(digits), -1) for count in kinds.wrong(_renamed(digits)))
    more, others = fallen + leapt - kinds.falls - kinds.leaps, _others(digits)
    nearest = digits[np.where(np.eye(len(digits), dtype=bool), np.inf, apart).argmin(axis=1)]
    akin = (nearest == digits) | (np.bincount(digits)[digits] == 1)  # or there are none of its name
    unread = np.isin(others, digits[kinds.spoken]) & (np.take_along_axis(kinds.share, others, axis=1) < NEVER)
    stranger = unread & (others != nearest[:, None])
    hardly = stranger | (kinds.guessed[:, None] & (fallen > kinds.falls))
    denied = (more + hardly >= CONTRADICTED) | (stranger & kinds.sure[:, None])
    told = (denied.all(axis=1) | kinds.spoken) & akin
    if len(set(digits[told])) == len(DIGITS) - 1:  # then no other digit is left for it
        left = ~np.isin(digits, digits[told]) & (kinds.signs >= MANY) & akin
        told |= left & (stranger | (more >= 1)).all(axis=1) & ((more >= 1).mean(axis=1) >= MOSTLY)
    return np.asarray(told)


def _votes(rows: Rows, kinds: int, guesses: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """How many of the teachers' guesses at each kind say each digit: (kinds, 10)."""
    votes = np.zeros((kinds, 10))
    for row, texts in zip(rows, guesses, strict=True):
        for text in texts:
            for kind, char in zip(row, text, strict=True):
                if kind >= 0 and char in DIGITS:
                    votes[kind, int(char)] += 1
    return votes


def _mostly_told(digits: Rows, told: NDArray[np.bool_], signs: Rows) -> bool:
    """Whether of each digit most signs are told: a few alone may be another one's, drawn otherwise."""
    every = np.bincount(digits, signs, 10)
    return bool((2 * np.bincount(digits[told], signs[told], 10) > every).all())


def _counting(rows: Rows, form: str) -> list[Rows]:
    """The columns of what counts: the first number, and a share behind it."""
    spans, at = [], 0
    for number in _NUMBER.finditer(form.replace(" ", "")):
        spans.append((at, at := at + number[0].count(UNKNOWN)))
    counting = spans if "%" in form and len(spans) == 2 else spans[:1]
    return [rows[:, slice(*span)] for span in counting]


def _counts(digits: Rows) -> bool:
    """Whether no digit of the values, (pictures, digits), stays as it is behind one that changes: it would be none."""
    common = [np.bincount(column[column >= 0], minlength=1).max() / len(column) for column in digits.T]
    changes = [share < STAYS for share in common]
    return True in changes and all(changes[changes.index(True) :])


def _wrongs(rows: Rows, form: str) -> Callable[[Rows], tuple[Rows, Rows]]:
    """What counts how often the values fall, and leap, under each of many namings of the kinds, (namings, kinds)."""
    parts = _counting(rows, form)
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


def _others(digits: Rows) -> Rows:
    """The nine digits that each kind is not named, (kinds, 9)."""
    others: Rows = (digits[:, None] + np.arange(1, 10)) % 10
    return others


def _renamed(digits: Rows) -> Rows:
    """Every naming in which one kind is another digit, nine for each kind."""
    kinds = len(digits)
    others = np.repeat(digits[None], 9 * kinds, axis=0)
    others[np.arange(9 * kinds), np.arange(kinds).repeat(9)] = _others(digits).ravel()
    return others


def _swapped(digits: Rows) -> Rows:
    """Every naming in which two digits are changed over, in the order of `PAIRS`."""
    one, two = PAIRS[:, :1], PAIRS[:, 1:]
    return np.where(digits == one, two, np.where(digits == two, one, digits))


def in_order(texts: Sequence[str]) -> list[int]:
    """Which of the texts lie between their neighbours: a spoiled picture's seldom does."""
    numbers = [_SHOWN.search(text) for text in texts]
    values = [int(re.sub(r"\D", "", number[0])) if number else 0 for number in numbers]
    low, high = [-1, *values[:-1]], [*values[1:], values[-1] if values else 0]
    return [index for index, value in enumerate(values) if low[index] <= value <= high[index]]
