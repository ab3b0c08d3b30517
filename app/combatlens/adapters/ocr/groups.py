"""`16,543.758` and `21248,532`: in small type every reader takes one sign between groups for another, or misses it."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import structs

from combatlens.adapters.ocr.full import understood_anew
from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.xp_text import XpText

FEW = 2
"""So many accepted numbers show that the display's signs part groups of three digits, and no decimals."""
LEAST_DIGITS = 7
"""Two signs or more are due: if one is read wrongly, the others still say where the thirds are."""
_GROUPED = re.compile(r"(?<![\d.,'])\d{1,3}([.,'])\d{3}(?:\1\d{3})+(?![.,'\d])")
_NUMBER = re.compile(r"\d+(?:(?:[.,'] ?| )\d+)*")
_SIGN = re.compile(r"[.,'] ?| ")
_WHOLE = re.compile(r"(?<![\d.,'])\d+(?:(?:[.,']{1,2}| )\d+)+(?![\d.,']| ?[%A-Za-z])")
_SMALL = re.compile(r"[.,']")


class Groups:
    """Fed with every accepted text; writes the signs between groups as they are, once it knows them."""

    def __init__(self) -> None:
        self._sign, self._texts = "", set[str]()

    def accepted(self, text: str) -> None:
        grouped = _GROUPED.search(text)
        if grouped is not None:
            self._sign = grouped[1]
            self._texts.add(text)

    def mend(self, reading: Reading, parse: Callable[[str], XpText]) -> Reading:
        """The same looks understood anew, where one of them was misread in its signs alone."""
        if len(self._texts) < FEW:
            return reading
        return understood_anew(reading, lambda look: self._mended(look, parse))

    def _mended(self, look: Look, parse: Callable[[str], XpText]) -> Look:
        text = _NUMBER.sub(self._regrouped, look.text)
        return look if text == look.text else structs.replace(look, text=text, found=parse(text))

    def _regrouped(self, number: re.Match[str]) -> str:
        return _regrouped(number[0], self._sign)


def signed(text: str) -> str:
    """A text with signs between all thirds of its whole numbers where it has them between some.

    A point of few pixels easily hides beneath a digit's overhang, and glyphs may take one for two.
    """
    return _WHOLE.sub(_parted, text)


def _parted(number: re.Match[str]) -> str:
    signs = set(_SMALL.findall(number[0]))
    if len(signs) != 1:
        return number[0]
    sign = signs.pop()
    return _regrouped(number[0].replace(2 * sign, sign), sign)


def _regrouped(number: str, sign: str) -> str:
    parts = _SIGN.split(number)
    digits = "".join(parts)
    if len(digits) < LEAST_DIGITS or len(parts) < 2 or any(len(part) % 3 for part in parts[1:]):
        return number  # none at all is no sign misread; elsewhere than between thirds a digit may be missing
    return f"{int(digits):,}".replace(",", sign) if digits[0] != "0" else number
